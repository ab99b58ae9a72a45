"""A brief says what it was made of, to whoever may read that."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.briefs import sources
from app.briefs.models import BRIEF, Brief
from app.venue_activities.models import VenueActivity
from tests.briefs.steps import AT, promoted, seen, taken, written
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World


@pytest.fixture
def lecture(stock: Stock) -> str:
    """Held by 实验小学: its address."""
    row = stock.add(
        VenueActivity,
        unit_id=stock.world.unit["实验小学"],
        state="held",
        attended=80,
        held_on=day(-3),
        **{
            "kind": "lecture",
            "topic": "师德报告会",
            "host": "德育处",
            "place": "报告厅",
            "audience": "教师",
            "expected": 90,
        },
    )
    return f"venue-activities/{row}"


@pytest.fixture
def reported(as_: As, stock: Stock) -> tuple[str, str]:
    """A task of 实验小学's under way with an activity reported on it: the activity's address and the task's."""
    plan = stock.plan()
    task = stock.assignment(plan, stock.item(plan, "开展廉洁教育"), "实验小学", "in_progress", days=9)
    report = {"text": "廉洁班会。", "percent": 20, "place": "各班教室", "participants": 600}
    made = ok(as_("school").post(f"{API}/assignments/{task}/progress-reports", json=report), 201)
    return f"activities/{made['id']}", f"assignments/{task}"


def test_whoever_may_read_the_source_follows_it_and_nobody_else_learns_of_it(
    as_: As, browse: As, lecture: str, reported: tuple[str, str]
) -> None:
    school, supervisor = as_("school"), as_("supervisor")
    rows = [promoted(school, supervisor, promoted_from=each, title=f"来自{each}") for each in (lecture, *reported)]
    plain = promoted(school, supervisor, title="不来自哪里")
    titles = [f"师德报告会 {day(-3)}", f"开展廉洁教育 {day(0)} 各班教室", "开展廉洁教育"]
    for row, source, title in zip(rows, (lecture, *reported), titles, strict=True):
        assert ok(school.get(f"{API}/{source}")), "the address is the source's own"
        for account in ("school", "supervisor", "leader"):
            found = ok(as_(account).get(f"{AT}/{row['id']}"))
            assert (found["promoted_from"], found["promoted_from_title"]) == (source, title)
        # It is read by the whole district, what it was made of is not.
        other = ok(as_("middle").get(f"{AT}/{row['id']}"))
        assert (other["promoted_from"], other["promoted_from_title"]) == (None, None)
        kind, _, row_id = source.partition("/")
        asked = {"promoted_from": kind, "promoted_from_id": row_id}
        assert seen(school, **asked) == seen(supervisor, **asked) == [row["id"]] and seen(as_("middle"), **asked) == []
        assert f'<a href="/{source}">{title}</a>' in browse("school").get(f"/briefs/{row['id']}").text
        assert f"/{source}" not in browse("middle").get(f"/briefs/{row['id']}").text
    newest = [row["id"] for row in reversed(rows)]
    assert seen(school, promoted_from="activities,venue-activities,assignments") == newest
    assert seen(as_("middle"), promoted_from="activities,venue-activities,assignments") == []
    assert seen(as_("middle")) == seen(school) == [plain["id"], *newest]
    shown = {row["id"]: row["promoted_from"] for row in ok(school.get(AT))["data"]}
    assert [shown[row] for row in newest] == [*reversed(reported), lecture] and shown[plain["id"]] is None
    heads, *lines = csv_lines(school.get(f"{AT}.csv?promoted_from=venue-activities").content)
    assert [dict(zip(heads, line, strict=True))["来源"] for line in lines] == [titles[0]]
    for wrong in ("promoted_from=plans", "promoted_from_id=0", "promoted_from_id=x"):
        assert school.get(f"{AT}?{wrong}").status_code == 422, wrong


def test_a_source_is_a_held_or_reported_one_of_the_unit_s_own(as_: As, stock: Stock, lecture: str) -> None:
    plan = stock.plan()
    unreported = stock.assignment(plan, stock.item(plan), "实验小学", "in_progress")
    body: dict[str, Any] = {"kind": "highlight", "title": "家风课", "text": "微课。", "written_on": day(0).isoformat()}
    for account, source, why in (
        ("school", "venue-activities/999", "没有 venue-activities/999 这一来源"),
        ("middle", lecture, "没有"),
        ("supervisor", lecture, "是实验小学的"),
        ("school", f"assignments/{unreported}", "还没有填报进展"),
        ("school", "plans/1", ""),
        ("school", "activities/0", ""),
        ("school", "activities", ""),
    ):
        refused = as_(account).post(AT, json=body | {"promoted_from": source})
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/promoted_from", source
        assert why in refused.text


def test_the_form_offers_the_unit_s_own_and_keeps_what_was_chosen(
    as_: As, browse: As, lecture: str, reported: tuple[str, str], world: World
) -> None:
    browser = browse("school")
    for source in (lecture, reported[0]):
        shown = browser.get(f"/{source}").text
        kind, _, row_id = source.partition("/")
        assert f"/briefs/new?promoted_from={source}" in shown
        assert f"/briefs?promoted_from={kind}&amp;promoted_from_id={row_id}" in shown
    begun = browser.get(f"/briefs/new?promoted_from={lecture}").text
    assert f'<option value="{lecture}" selected>' in begun
    assert all(f'<option value="{each}"' in begun for each in reported)
    assert lecture not in browse("middle").get("/briefs/new").text
    fields = {"kind": "highlight", "title": "师德报告会侧记", "text": "座无虚席。", "written_on": day(0)}
    given = {"unit_id": world.unit["实验小学"], **fields, "promoted_from": lecture}
    home = browser.post("/briefs", data=form(browser, **given)).headers["location"]
    row = ok(as_("school").get(f"{API}{home}"))
    assert row["promoted_from"] == lecture
    # Saved with the rest as it stands; another may be chosen, or none.
    at = f"{home}/edit"
    same = form(browser, version=row["version"], **{**fields, "title": "师德报告会纪实"}, promoted_from=lecture)
    assert browser.post(at, data=same).status_code == 303
    for chosen, told in ((reported[1], reported[1]), ("", None)):
        version = ok(as_("school").get(f"{API}{home}"))["version"]
        sent = form(browser, version=version, **{**fields, "title": "师德报告会纪实"}, promoted_from=chosen)
        assert browser.post(at, data=sent).status_code == 303
        assert ok(as_("school").get(f"{API}{home}"))["promoted_from"] == told


def test_what_was_promoted_when_is_asked_for_by_days(as_: As) -> None:
    row = promoted(as_("school"), as_("supervisor"), written_on=day(-40).isoformat())
    taken(as_("school"), written(as_("school")), "submit")
    supervisor = as_("supervisor")
    assert seen(supervisor, promoted_since=day(0), promoted_until=day(0)) == [row["id"]]
    assert seen(supervisor, promoted_until=day(-1)) == seen(supervisor, promoted_since=day(1)) == []
    assert seen(supervisor, written_from=day(-41), written_to=day(-40)) == [row["id"]]


def test_a_source_that_is_asked_for_is_offered_be_it_among_the_newest_or_not(
    browse: As, lecture: str, reported: tuple[str, str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_UNITS", 0)
    browser = browse("school")
    for source in (lecture, *reported):
        at = f"/briefs/new?promoted_from={source}"
        assert f'<option value="{source}" selected>' in browser.get(at).text
        assert f'value="{source}"' not in browse("middle").get(at).text
        lacking = form(browser, unit_id=world.unit["实验小学"], kind="highlight", promoted_from=source)
        again = browser.post("/briefs", data=lacking)
        assert again.status_code == 422 and f'<option value="{source}" selected>' in again.text
    for none in ("activities/999", "activities", "plans/1", "activities/x"):
        assert browser.get(f"/briefs/new?promoted_from={none}").status_code == 200


def made(address: str) -> tuple[str, int]:
    kind, _, row_id = address.partition("/")
    return kind, int(row_id)


def test_an_edit_by_one_who_may_not_read_the_source_leaves_it(
    as_: As, browse: As, lecture: str, stock: Stock, world: World
) -> None:
    """Written by a clerk of both units, edited by one of this unit alone."""
    fields = {"kind": "highlight", "title": "侧记", "text": "座无虚席。", "written_on": day(0)}
    made_of = dict(zip(("promoted_from", "promoted_from_id"), made(lecture), strict=True))
    row = stock.add(Brief, unit_id=world.unit["第一中学"], state="draft", **fields, **made_of)
    stored = sa.select(BRIEF.c.title, BRIEF.c.promoted_from, BRIEF.c.promoted_from_id).where(BRIEF.c.id == row)
    browser = browse("middle")

    def saved(**more: Any) -> Any:
        version = ok(as_("middle").get(f"{AT}/{row}"))["version"]
        sent = form(browser, version=version, **{**fields, "title": "侧记二则"}, **more)
        assert browser.post(f"/briefs/{row}/edit", data=sent).status_code == 303
        return stock.do(lambda tx: tx.connection.execute(stored).one())

    assert lecture not in browser.get(f"/briefs/{row}/edit").text
    assert saved(promoted_from="") == ("侧记二则", *made(lecture))
    own = f"venue-activities/{stock.venue_activity('第一中学', 'held', attended=60)}"
    assert saved(promoted_from=own) == ("侧记二则", *made(own))
    assert saved(promoted_from="") == ("侧记二则", None, None), "what one reads oneself one may take back"
