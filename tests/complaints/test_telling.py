"""Notices of complaints: to whoever handles them, by number alone, and never to the unit or the person complained of."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.calendar import SHANGHAI, now, today_of
from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.notifications import operations as notices
from app.notifications.models import NOTICE
from tests.complaints.steps import AT, PUBLIC, newest, reported, step, under_way
from tests.complaints.test_conflicts import EVERYONE
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

NOTICES = f"{API}/notifications"


def told(as_: As, kind: str) -> set[str]:
    """Whom a notice of that kind is there for."""
    return {account for account in EVERYONE if ok(as_(account).get(NOTICES, params={"kind": kind}))["data"]}


def remind(app: FastAPI, world: World, day: date) -> None:
    from datetime import datetime

    instant = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)

    def job(connection: sa.Connection) -> int:
        return transact(
            Tx(connection, system_within(world.district), app.state.settings, instant=instant), notices.remind
        )

    app.state.database.write_now(job)


def test_a_new_one_is_told_to_those_who_may_take_it_up(client: TestClient, as_: As, world: World) -> None:
    reported(client, world, "人事股")
    assert told(as_, "received") == {"discipline"}
    reported(client, world, "实验小学", accused="李 卫东", text="某某同学反映食堂。")
    assert told(as_, "received") == {"discipline"}, "of what is said of oneself there is nothing"
    reported(client, world, "实验小学", text="某某同学反映食堂。")
    assert told(as_, "received") == {"discipline", "supervisor"}
    (notice,) = ok(as_("supervisor").get(NOTICES))["data"]
    row = newest(as_, "supervisor")
    assert (notice["resource"], notice["resource_id"]) == ("complaints", row["id"])
    assert notice["text"] == f"收到信访举报 #{row['id']}，请决定是否受理" and ok(as_("supervisor").get(notice["href"]))
    assert notice["at"].endswith("T16:00:00Z"), "the day alone"


def test_the_office_is_told_and_no_more_once_it_is_found_to_be_about_it(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    grant = {"role": "office", "unit_id": world.unit["人事股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['education']}/role-grants", json=grant), 201)
    reported(client, world, "实验小学", accused="张晓梅")
    row, supervisor = newest(as_), as_("supervisor")
    step(supervisor, row, "assign", handling_unit_id=world.unit["人事股"])
    assert told(as_, "assigned") == {"office"}, "a colleague who is the person is told nothing"
    assert "信访举报" in browse("office").get("/notifications").text
    step(supervisor, row, "assign", handling_unit_id=world.unit["人事股"], handler_id=world.user["office"])
    assert len(ok(as_("office").get(NOTICES))["data"]) == 1, "only the person was named"
    version = {"if-match": f'"{newest(as_)["version"]}"'}
    ok(as_("discipline").patch(f"{AT}/{row['id']}", json={"unit_id": world.unit["人事股"]}, headers=version))
    assert told(as_, "assigned") == set() and told(as_, "received") == {"discipline"}
    assert ok(as_("office").get(f"{NOTICES}?count=true&unread=true"))["total"] == 0
    assert "条未读" not in browse("office").get("/my-work").text


def test_an_office_from_which_it_was_taken_knows_nothing_of_it_any_more(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    row, _ = under_way(as_, client, world)
    former, page = as_("office"), browse("office")
    (notice,) = ok(former.get(NOTICES))["data"]
    assert (
        notice["text"] == f"信访举报 #{row['id']}已交由本单位承办" and ok(former.get(notice["href"]))["id"] == row["id"]
    )
    given = {"handling_unit_id": world.unit["教育股"], "handler_id": world.user["education"]}
    step(as_("supervisor"), row, "assign", **given)
    assert told(as_, "assigned") == {"education"} and ok(former.get(AT))["data"] == []
    assert former.get(notice["href"]).status_code == 404
    assert former.post(f"{NOTICES}/{notice['id']}/mark-read").status_code == 404
    assert "信访举报 #" not in page.get("/notifications").text
    shown, none = page.get(f"/complaints/{row['id']}"), page.get("/complaints/999999")
    assert (shown.status_code, none.status_code) == (404, 404)
    assert shown.text.partition("<main")[2] == none.text.partition("<main")[2]


def test_what_the_reporter_adds_is_told_once_until_somebody_looks(
    app: FastAPI, client: TestClient, as_: As, world: World
) -> None:
    row, receipt = under_way(as_, client, world)
    for text in ("还有一次。", "又有一次。"):
        ok(client.post(f"{PUBLIC}/answers", json={"receipt": receipt, "text": text}))
    assert told(as_, "answered") == {"office"}
    assert len(ok(as_("office").get(f"{NOTICES}?kind=answered"))["data"]) == 1
    step(as_("office"), row, "ask", text="哪一天？")
    ok(client.post(f"{PUBLIC}/answers", json={"receipt": receipt, "text": "周六。"}))
    found: list[Any] = ok(as_("office").get(f"{NOTICES}?kind=answered"))["data"]
    assert len(found) == 2 and "周六" not in str(found)
    held = app.state.database.read_now(lambda connection: connection.execute(sa.select(NOTICE.c.kind)).scalars().all())
    assert held.count("answered") == 2


def test_a_deadline_is_told_of_before_on_and_after_it_to_whoever_handles_it(
    app: FastAPI, client: TestClient, as_: As, world: World
) -> None:
    reported(client, world, "第一中学")
    due = date.fromisoformat(newest(as_)["due_on"])
    remind(app, world, due), remind(app, world, due)
    assert told(as_, "due") == {"discipline", "supervisor"}
    assert len(ok(as_("supervisor").get(f"{NOTICES}?kind=due"))["data"]) == 1
    reported(client, world, "人事股")
    own = newest(as_)
    step(as_("discipline"), own, "assign", handling_unit_id=world.unit["派驻组"])
    row, _ = under_way(as_, client, world)
    due = date.fromisoformat(row["due_on"])
    far = due + timedelta(days=20)
    while far.weekday() > 4 or far.month in (1, 2, 5, 10):  # No free day.
        far += timedelta(days=1)
    remind(app, world, far)
    assert told(as_, "overdue") == {"discipline", "supervisor", "office"}
    (office,) = ok(as_("office").get(f"{NOTICES}?kind=overdue"))["data"]
    assert (office["resource_id"], office["deadline_on"]) == (row["id"], row["due_on"])
    ids = {each["resource_id"] for each in ok(as_("supervisor").get(f"{NOTICES}?kind=overdue"))["data"]}
    assert own["id"] not in ids and row["id"] not in ids
    assert today_of(now()) < due
