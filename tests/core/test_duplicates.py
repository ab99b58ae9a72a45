"""A duplicate names its field, in the same words on both databases; other refusals of the database do not."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Connection
from sqlmodel import SQLModel

from app.core.db import Database
from app.core.errors import Conflict
from app.core.operation import Tx, operation, transact
from app.core.policy import system_within
from app.settings import Settings
from app.units.models import Liaison
from tests.conftest import As, form
from tests.world import World

API = "/api/v1"
Body = Callable[[World], dict[str, Any]]
DUPLICATES: dict[str, tuple[str, str, Body, str]] = {
    "username": ("sysadmin", "users", lambda _: {"username": "School", "name": "新"}, "/username"),
    "code": ("sysadmin", "units", lambda _: {"code": "U012", "name": "新", "kind": "school"}, "/code"),
    "name": ("supervisor", "unit-groups", lambda _: {"name": "各幼儿园", "rule": {"kinds": ["school"]}}, "/name"),
    "folded": (
        "supervisor",
        "unit-aliases",
        lambda world: {"name": "各 学校", "unit_id": world.unit["人事股"]},
        "/name",
    ),
}


@pytest.mark.parametrize("case", DUPLICATES)
def test_duplicate_names_its_field(as_: As, world: World, case: str) -> None:
    account, noun, body, pointer = DUPLICATES[case]
    refused = as_(account).post(f"{API}/{noun}", json=body(world))
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate"), refused.text
    assert refused.json()["errors"] == [{"pointer": pointer, "detail": "与已有的记录重复，请改用别的值"}]


def test_pair_of_the_same_day_and_a_group_renamed_into_another_are_duplicates(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"], "valid_from": "2026-09-01"}
    assert supervisor.post(f"{API}/liaisons", json=pair).status_code == 201
    again = supervisor.post(f"{API}/liaisons", json=pair).json()
    assert (again["code"], again["errors"][0]["pointer"]) == ("duplicate", "/valid_from")
    made = supervisor.post(f"{API}/unit-groups", json={"name": "甲组", "rule": {"kinds": ["school"]}})
    path, sent = f"{API}/unit-groups/{made.json()['id']}", {"if-match": made.headers["etag"]}
    renamed = supervisor.patch(path, json={"name": "各幼儿园"}, headers=sent).json()
    assert (renamed["code"], renamed["errors"][0]["pointer"]) == ("duplicate", "/name")


def test_duplicate_beneath_blames_no_field_of_another_row(as_: As) -> None:
    """The new unit's name is free: it is its alias that stands for a group already."""
    unit = {"code": "N1", "name": "新学校", "kind": "school", "aliases": ["各学校"]}
    refused = as_("sysadmin").post(f"{API}/units", json=unit).json()
    assert refused["code"] == "duplicate" and "errors" not in refused


def test_page_shows_a_duplicate_at_its_field(browse: As) -> None:
    browser = browse("sysadmin")
    page = browser.post("/users", data=form(browser, username="school", name="新同事"))
    assert page.status_code == 409 and page.text.count("与已有的记录重复，请改用别的值") == 2
    assert 'value="新同事"' in page.text


def test_what_fits_nothing_is_no_duplicate(app: FastAPI, world: World, settings: Settings) -> None:
    """A foreign key to nowhere."""

    @operation("liaison.create")
    def pair_with_nobody(tx: Tx) -> None:
        tx.add(Liaison(office_id=999, school_id=999, valid_from=date(2026, 9, 1)))

    def job(connection: Connection) -> None:
        tx = Tx(connection, system_within(world.district), settings)
        transact(tx, pair_with_nobody)

    with pytest.raises(Conflict) as refused:
        app.state.database.write_now(job)
    assert (refused.value.code, refused.value.errors) == ("integrity", ())


def test_unique_constraints_are_called_in_the_database_as_in_the_models(app: FastAPI) -> None:
    """PostgreSQL gives a violated constraint's name alone; its columns are looked up by it."""
    database: Database = app.state.database
    compared = 0
    with database.reader.connect() as connection:
        look = sa.inspect(connection)
        for table in SQLModel.metadata.sorted_tables:
            declared = {str(c.name): c.columns.keys() for c in table.constraints if isinstance(c, sa.UniqueConstraint)}
            declared |= {str(index.name): index.columns.keys() for index in table.indexes if index.unique}
            found = {str(c["name"]): c["column_names"] for c in look.get_unique_constraints(table.name)}
            found |= {str(i["name"]): i["column_names"] for i in look.get_indexes(table.name) if i["unique"]}
            assert found == declared
            compared += len(found)
    assert compared > 20
