"""Whoever owes a filing is reminded of it until it is sent in, and where it is missing one sees that it is late."""

from typing import Any

from starlette.testclient import TestClient

from tests.conftest import As
from tests.exported import csv_lines
from tests.filings.steps import ASKED, AT, LAST, THIS, drafted, filed, matrix, required, with_file
from tests.stock import day
from tests.walk.steps import API, ok
from tests.world import World


def owed(client: TestClient) -> list[tuple[str, int, str, str]]:
    """(group, requirement, lamp, why) of what waits to be sent in."""
    groups = ok(client.get(f"{API}/my-work"))["groups"]
    found = [(group["group"], entry) for group in groups for entry in group["data"]]
    return [(name, e["id"], e["lamp"], e["why"]) for name, e in found if e["resource"] == "filing-requirements"]


def moved(supervisor: TestClient, asked: dict[str, Any], **fields: Any) -> dict[str, Any]:
    path = f"{ASKED}/{asked['id']}"
    return ok(supervisor.patch(path, json=fields, headers={"if-match": supervisor.get(path).headers["etag"]}))  # type: ignore[no-any-return]


def test_a_unit_is_reminded_until_it_has_filed(as_: As, browse: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    asked = required(supervisor, world, deadline_on=day(-1).isoformat())
    assert owed(school) == [("overdue", asked["id"], "red", "实验小学应报送备案，尚未报送")]
    [(_, _, _, why)] = owed(as_("central"))
    assert why.startswith("柳林镇中心校、柳林小学")
    for account in ("supervisor", "office", "leader", "sysadmin", "other_supervisor"):
        assert owed(as_(account)) == [], account
    page = browse("school").get(f"/filing-requirements/{asked['id']}").text
    assert f"/filings/new?unit_id={world.unit['实验小学']}&amp;kind=charter" in page and "逾期" in page
    # A draft is not on record yet.
    draft = with_file(school, drafted(school))
    assert owed(school)[0][3] == "实验小学应报送备案，已有草稿，尚未报送"
    assert f'href="/filings/{draft["id"]}"' in browse("school").get(f"/filing-requirements/{asked['id']}").text
    moved(supervisor, asked, deadline_on=day(0).isoformat())
    assert owed(school)[0][0] == "soon"
    moved(supervisor, asked, deadline_on=None)
    assert owed(school)[0][:3] == ("rectify", asked["id"], "none")
    ok(school.post(f"{AT}/{draft['id']}/file"))
    assert owed(school) == []


def test_what_is_missing_after_its_day_is_shown_as_late(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    required(supervisor, world, deadline_on=day(-1).isoformat())
    filed(as_("school"))
    drafted(as_("middle"))
    late = {unit["unit_name"]: unit["cells"][0]["overdue"] for unit in matrix(supervisor)["data"]}
    assert late == {"柳林镇中心校": True, "柳林小学": True, "实验小学": False, "第一中学": True, "第一幼儿园": True}
    rows = ok(supervisor.get(f"{AT}/missing?kind=charter"))["data"]
    assert len(rows) == 3 and all(row["overdue"] and row["deadline_on"] == day(-1).isoformat() for row in rows)
    lines = dict(line[:2] for line in csv_lines(supervisor.get(f"{AT}/matrix.csv").content)[1:])
    assert lines["第一中学"] == "草稿（逾期）" and lines["第一幼儿园"] == "缺（逾期）"
    assert f"{day(-1)} 逾期" in browse("supervisor").get("/filings/missing?kind=charter").text
    assert "逾期" in browse("supervisor").get("/filings/matrix").text


def test_what_is_asked_yearly_is_due_on_the_same_day_of_later_years(as_: As, world: World) -> None:
    required(as_("supervisor"), world, "responsibility_letter", deadline_on=f"{THIS}-03-31")
    due = {
        year: matrix(as_("leader"), year=year)["kinds"][0]["asked"][0]["deadline_on"] for year in (LAST, THIS, THIS + 1)
    }
    assert due == {LAST: None, THIS: f"{THIS}-03-31", THIS + 1: f"{THIS + 1}-03-31"}
