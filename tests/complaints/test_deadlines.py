"""15 workdays to accept and to reply, 60 days to conclude, prolonged once by 30 at most."""

from datetime import timedelta

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.complaints.models import COMPLAINT
from app.core.audit import audited_write
from app.core.calendar import now, today_of
from tests.complaints.steps import AT, newest, reported, step
from tests.conftest import As
from tests.exported import csv_lines
from tests.walk.steps import ok
from tests.world import World


def test_each_stage_has_its_own_and_is_overdue_after_it(client: TestClient, as_: As, browse: As, world: World) -> None:
    reported(client, world)
    supervisor, today = as_("supervisor"), today_of(now())
    row = newest(as_)
    assert row["lamp"] == "green" and row["due_on"] > (today + timedelta(days=14)).isoformat()
    assert step(supervisor, row, "accept")["due_on"] == (today + timedelta(days=60)).isoformat()
    step(supervisor, row, "prolong", 422, days=31, note="还要取证。")
    step(supervisor, row, "prolong", 422, days=30)
    assert (
        step(supervisor, row, "prolong", days=30, note="还要取证。")["due_on"]
        == (today + timedelta(days=90)).isoformat()
    )
    step(supervisor, row, "prolong", 409, days=1, note="再延一天。")
    step(supervisor, row, "investigate", 409)  # Given to nobody yet.
    step(supervisor, row, "assign", handling_unit_id=world.unit["督查室"])
    step(supervisor, row, "investigate")
    late = sa.update(COMPLAINT).values(due_on=today - timedelta(days=1), conclude_by=today - timedelta(days=1))

    def set_back(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(late)

    client.app.state.database.write_now(set_back)  # type: ignore[attr-defined]
    assert newest(as_)["lamp"] == "red"
    assert [each["id"] for each in ok(supervisor.get(f"{AT}?overdue=true"))["data"]] == [row["id"]]
    assert row["code"] in supervisor.get("/my-work").text.partition("逾期")[2]
    done = step(supervisor, row, "conclude", result="unsubstantiated", conclusion="没有发现所反映的问题。")
    assert done["due_on"] > (today + timedelta(days=14)).isoformat() and done["lamp"] == "green"
    closed = step(supervisor, row, "reply")
    assert closed["due_on"] is None and closed["lamp"] == "done"
    stages = [(each["stage"], each["due_on"], each["kept"]) for each in closed["stages"]]
    late_by = (today - timedelta(days=1)).isoformat()
    assert stages == [("accept", row["due_on"], True), ("conclude", late_by, False), ("reply", done["due_on"], True)]
    (_, line) = csv_lines(supervisor.get(f"{AT}.csv").content)
    assert line[10] == f"受理 {row['due_on']} 按期；办结 {late_by} 逾期；答复 {done['due_on']} 按期"
    assert late_by in browse("supervisor").get(f"/complaints/{row['id']}").text
    assert "archive" not in step(supervisor, row, "archive")["allowed_actions"]
    step(supervisor, row, "archive", 409)


def test_harm_to_a_minor_waits_for_nobody(client: TestClient, as_: As, browse: As, world: World) -> None:
    """Also where the discipline team finds out only later what it is about."""
    reported(client, world, category="harm")
    row, today = newest(as_), today_of(now())
    due = next(day for n in range(9) if (day := today + timedelta(days=n)).weekday() < 5).isoformat()
    assert (row["due_on"], row["urgent"]) == (due, True)
    supervisor = browse("supervisor")
    assert "紧急" in supervisor.get("/complaints").text
    assert f"【紧急】信访举报 {row['code']}" in supervisor.get("/my-work").text
    assert "公安机关" in supervisor.get(f"/complaints/{row['id']}").text
    reported(client, world)
    other = newest(as_)
    assert other["due_on"] > due and not other["urgent"]
    assert "公安机关" not in supervisor.get(f"/complaints/{other['id']}").text
    known = as_("discipline").patch(f"{AT}/{other['id']}", json={"category": "harm"}, headers={"if-match": "1"})
    assert (ok(known)["due_on"], known.json()["urgent"]) == (due, True)
