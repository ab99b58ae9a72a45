"""Whatever changes of a row that a list shows moves its ``updated_at``: a client that mirrors the list sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel

from app.core.db import Database
from tests.conftest import As
from tests.generated import scenario
from tests.walk.steps import API, evidence, finding, inspection, ok, rectification
from tests.world import World

UNSEEN = {"last_used_at", "password_hash", "token_sha256", "first_password_at", "folded"}
"""Columns that no list shows, or that say when a token was last used."""


def test_no_change_leaves_updated_at_where_it_was(app: FastAPI, as_: As, world: World) -> None:
    database: Database = app.state.database
    if not database.is_sqlite:
        pytest.skip("the writes are the same on PostgreSQL")
    watched = [table for table in SQLModel.metadata.tables.values() if "updated_at" in table.c]
    assert len(watched) > 15

    def watch(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE unmoved (what TEXT, at TEXT)")
        for table in watched:
            for column in set(table.c.keys()) - UNSEEN - {"updated_at"}:
                changed = f'OLD."{column}" IS NOT NEW."{column}" AND OLD.updated_at = NEW.updated_at'
                note = f"INSERT INTO unmoved VALUES ('{table.name}.{column}', NEW.updated_at);"
                named = f'"watch_{table.name}_{column}" AFTER UPDATE ON "{table.name}"'
                connection.exec_driver_sql(f"CREATE TRIGGER {named} WHEN {changed} BEGIN {note} END")
        # What is changed twice in one transaction has its instant, which the seal at its end has too.
        forget = "DELETE FROM unmoved WHERE at = NEW.at;"
        connection.exec_driver_sql(f"CREATE TRIGGER forgive AFTER INSERT ON event_seal BEGIN {forget} END")

    database.write_now(watch)
    scenario.build(as_, world)
    unmoved = sa.text("SELECT DISTINCT what FROM unmoved ORDER BY what")
    assert database.read_now(lambda connection: list(connection.execute(unmoved).scalars())) == []


FOLLOWING: tuple[str, ...] = ("_name", "_title", "_actions", " responsible_leader", " responsible_person")
FOLLOWING += (" appeal_until", " appraisal_state", " criterion_state")
"""Ends of what a row shows of another one, whose own list tells of it (a unit, its people, a round and its criteria),
and of what may be done with it. Receipts of documents are not looked at: one unit is not to learn when another has given its own."""


def test_what_a_list_counts_of_other_rows_moves_updated_at_too(app: FastAPI, as_: As, world: World) -> None:
    database: Database = app.state.database
    if not database.is_sqlite:
        pytest.skip("the writes are the same on PostgreSQL")
    lists = [path for path, takes in _lists(app) if {"updated_since", "cursor"} <= takes]
    assert len(lists) > 20
    supervisor, held, unmoved = as_("supervisor"), {}, set()

    def look(answer: httpx.Response) -> None:
        if answer.request.method == "GET" or not answer.is_success:
            return
        for path in lists:
            for row in ok(supervisor.get(f"{path}?limit=200"))["data"]:
                if not {"id", "updated_at"} <= row.keys():
                    break
                before = held.get((path, row["id"]), row)
                if before["updated_at"] == row["updated_at"]:
                    unmoved.update(f"{path} {name}" for name in row if row[name] != before[name])
                held[path, row["id"]] = row

    def watched(account: str) -> Any:
        client = as_(account)
        client.event_hooks["response"].append(look)
        return client

    scenario.build(watched, world)
    left = "\n".join(sorted(each for each in unmoved if not each.endswith(FOLLOWING)))
    assert left == ""
    assert len({path for path, _ in held}) > 15


def _lists(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    for path, item in app.openapi()["paths"].items():
        if "get" in item and "{" not in path and "." not in path:
            yield path, {each["name"] for each in item["get"].get("parameters", ())}


def test_a_mirror_is_told_of_each_count_that_goes_up_and_down(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    matter = rectification(as_, world, "实验小学")
    row = _watched(as_, "rectifications", matter["id"])
    for act, count in (
        (lambda: evidence(school, "公示照片", target="rectifications", target_id=str(matter["id"])), 1),
        (lambda: school.post(f"{API}/evidence/{_newest(school)}/unlink", json=_link(matter)), 0),
        (lambda: school.post(f"{API}/evidence/{_newest(school)}/links", json=_link(matter)), 1),
        (lambda: school.post(f"{API}/evidence/{_newest(school)}/void", json={"note": "传错了。"}), 0),
    ):
        act()
        assert next(row) == (count, True), "counted, and told of"
    surprise = inspection(as_, [world.unit["实验小学"]])
    ok(supervisor.post(f"{API}/inspections/{surprise['id']}/start"))
    found = _watched(as_, "inspections", surprise["id"], "finding_count")
    drawn_up = finding(as_, surprise["id"], world.unit["实验小学"])
    assert next(found) == (1, True)
    assert supervisor.delete(f"{API}/findings/{drawn_up['id']}").status_code == 204
    assert next(found) == (0, True)


def _watched(as_: As, noun: str, row_id: int, counted: str = "evidence_count") -> Iterator[tuple[int, bool]]:
    """What is counted of a row, and whether the row is newer than when it was last asked."""
    held = ok(as_("supervisor").get(f"{API}/{noun}/{row_id}"))["updated_at"]
    return _going(lambda: ok(as_("supervisor").get(f"{API}/{noun}/{row_id}")), held, counted)


def _going(ask: Callable[[], Any], held: str, counted: str) -> Iterator[tuple[int, bool]]:
    while True:
        row = ask()
        yield row[counted], row["updated_at"] > held
        held = row["updated_at"]


def _newest(client: Any) -> int:
    return int(ok(client.get(f"{API}/evidence"))["data"][0]["id"])


def _link(matter: Any) -> dict[str, Any]:
    return {"target": "rectifications", "target_id": matter["id"]}
