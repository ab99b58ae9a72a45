"""A declined row that goes out again: from that day on it waits to be acknowledged, and is due by a day to come."""

from datetime import timedelta

from app.appraisals.measures import SIGN_WITHIN
from app.core.calendar import now, today_of
from tests.appraisals.steps import judged_by, results, started
from tests.appraisals.steps import step as taken
from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.stock import day
from tests.walk.steps import API, ok
from tests.world import World

LONG_AGO = now() - timedelta(days=30)


def test_what_was_sent_again_and_signed_the_same_day_was_signed_in_time(as_: As, ledger: Ledger, world: World) -> None:
    row = ledger.row("实验小学", "declined", days=20, created_at=LONG_AGO)
    supervisor, school = as_("supervisor"), as_("school")
    ok(supervisor.post(f"{API}/assignments/{row}/redispatch"))
    (waiting,) = (each for each in ok(school.get(f"{API}/my-work"))["groups"] if each["group"] == "acknowledge")
    with_days = today_of(now()) + timedelta(days=SIGN_WITHIN)
    assert waiting["count"] == 1 and waiting["note"] >= f"应于 {with_days:%m-%d} 前签收", waiting["note"]
    ok(school.post(f"{API}/assignments/{row}/acknowledge"))
    (mine,) = ok(supervisor.get(f"{API}/dashboard", params={"plan_id": ledger.plan}))["ranking"]
    assert (mine["unit_name"], mine["signed_rate"]) == ("实验小学", 100.0)
    appraisal = started(supervisor, world, starts_on=str(day(-200)), ends_on=str(day(200)))
    judged_by(supervisor, appraisal, "acknowledged")
    taken(supervisor, appraisal, "score")
    assert results(supervisor, appraisal)["实验小学"]["detail"][0]["figure"] == "100%（1/1）"


def test_past_its_deadline_it_goes_out_with_another(as_: As, browse: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "declined", days=-3, created_at=LONG_AGO)
    supervisor, home = as_("supervisor"), f"{API}/assignments/{row}"
    for given in ({}, {"deadline_on": day(-1).isoformat()}):
        refused = supervisor.post(f"{home}/redispatch", json=given)
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "/deadline_on" and str(day(-3)) in error["detail"]
    page = browse("supervisor")
    typed = {"csrf": page.headers["x-csrf-token"]}
    assert "新的完成时限" in page.get(f"/assignments/{row}").text
    asked = page.post(f"/assignments/{row}/redispatch", data=typed).text
    assert asked.count("请填写新的完成时限") == 2  # in the summary, which leads to the date, and at it; not at the note
    assert 'href="#f-redispatch-deadline_on"' in asked and 'id="f-redispatch-deadline_on"' in asked
    step = asked.partition(f'action="/assignments/{row}/redispatch"')[0].rpartition("<details")[2]
    assert " open>" in step
    sent = page.post(f"/assignments/{row}/redispatch", data=typed | {"deadline_on": day(9).isoformat()})
    assert sent.status_code == 303
    found = ok(supervisor.get(home))
    dates = (found["state"], found["deadline_on"], found["original_deadline_on"])
    assert dates == ("pending", str(day(9)), str(day(-3)))


def test_it_takes_no_deadline_where_that_has_not_passed_or_there_is_none(as_: As, ledger: Ledger) -> None:
    """Before it has passed it moves by an approved extension alone (rule 7)."""
    given = {"deadline_on": day(5).isoformat()}
    for days in (9, 2, 0, None):
        row = ledger.row("实验小学", "declined", days=days, period=f"{days}")
        refused = as_("supervisor").post(f"{API}/assignments/{row}/redispatch", json=given)
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/deadline_on"
