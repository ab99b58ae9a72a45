"""Indicators through the API: who defines and who reports, what is reached, and that counts are the rows behind them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.at_once import at_once
from tests.conftest import As
from tests.generated.test_workflows import Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.indicators.steps import AT, SCHOOLS, VALUES, defined, indicator, listed, newest, period, reported, today
from tests.walk.steps import API, ok
from tests.world import World


def pointers(answer: Any, status: int = 422) -> list[str]:
    assert answer.status_code == status, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


def test_the_office_defines_its_own_and_the_supervisor_any(as_: As, world: World) -> None:
    own = indicator(as_, world)
    assert (own["office_name"], own["unit_group_name"], own["target"]) == ("教育股", "各学校（园）", "98")
    assert own["allowed_actions"] == ["edit", "delete"]
    other = defined(world, code="X", office_id=world.unit["人事股"])
    assert as_("education").post(AT, json=other).status_code == 403
    ok(as_("supervisor").post(AT, json=other), 201)
    for account in ("school", "leader", "sysadmin", "auditor"):
        assert as_(account).post(AT, json=defined(world, code="Y")).status_code == 403, account
    head = {"if-match": '"1"'}
    assert as_("office").patch(f"{AT}/{own['id']}", json={"target": 99}, headers=head).status_code == 403
    assert ok(as_("supervisor").patch(f"{AT}/{own['id']}", json={"target": 99.5}, headers=head))["target"] == "99.5"
    assert pointers(as_("education").post(AT, json=defined(world)), 409) == ["/code"]


def test_a_definition_that_cannot_be_is_refused_at_its_field(as_: As, world: World) -> None:
    client = as_("education")
    for more, field in (
        ({"measure": "count"}, "numerator_name"),
        ({"denominator_name": None}, "denominator_name"),
        ({"target": 10_001}, "target"),
        ({"target": -1}, "target"),
        ({"target": "NaN"}, "target"),
        ({"target": "9.999"}, "target"),
        ({"target": True}, "target"),
        ({"cadence": "once"}, "cadence"),
        ({"valid_to": "2000-01-01"}, "valid_to"),
        ({"unit_group_id": 999_999}, "unit_group_id"),
        ({"office_id": world.unit["实验小学"]}, "office_id"),
        ({"office_id": world.unit["临水督查室"]}, "office_id"),
    ):
        assert pointers(client.post(AT, json=defined(world, **more))) == [f"/{field}"], more


@pytest.mark.parametrize(
    "measure, direction, target, figures, status",
    [
        ("percent", "at_least", 98, (490, 500), "reached"),
        ("percent", "at_least", 98, (489, 500), "not_reached"),
        ("percent", "at_least", "98.01", (490, 500), "not_reached"),
        ("percent", "at_most", 98, (490, 500), "reached"),
        ("percent", "at_most", 98, (491, 500), "not_reached"),
        ("ratio", "at_least", 1, (300, 300), "reached"),
        ("ratio", "at_least", 1, (299, 300), "not_reached"),
        ("ratio", "at_most", "0.33", (1, 3), "not_reached"),
        ("ratio", "at_least", 10_000, ("999999999.99", "99999.99"), "reached"),
        ("count", "at_least", "4.5", "4.5", "reached"),
        ("count", "at_least", "4.5", "4.49", "not_reached"),
        ("count", "at_most", 0, 0, "reached"),
        ("count", "at_most", 0, "0.01", "not_reached"),
    ],
)
def test_reached_is_reckoned_exactly_in_the_targets_direction(
    as_: As, world: World, measure: str, direction: str, target: Any, figures: Any, status: str
) -> None:
    names = {} if measure != "count" else {"numerator_name": None, "denominator_name": None}
    of = indicator(as_, world, measure=measure, direction=direction, target=target, **names)
    given = {"numerator": figures[0], "denominator": figures[1]} if measure != "count" else {"number": figures}
    made = ok(as_("school").post(VALUES, json={"indicator_id": of["id"], **given}), 201)
    assert made["status"] == status
    found = newest(as_("school"), of)
    assert {name: found[name] for name in ("reached", "not_reached")} == {
        "reached": int(status == "reached"),
        "not_reached": int(status != "reached"),
    }


def test_a_result_never_reads_as_the_target_that_it_misses(as_: As, world: World) -> None:
    least = indicator(as_, world)
    made = reported(as_("school"), least, 97_999, 100_000)
    assert (made["result"], made["status"]) == ("97.99", "not_reached")
    most = indicator(as_, world, code="M", direction="at_most")
    made = reported(as_("school"), most, 98_001, 100_000)
    assert (made["result"], made["status"]) == ("98.01", "not_reached")


def test_figures_are_checked_at_their_fields(as_: As, world: World) -> None:
    of = indicator(as_, world)
    school = as_("school")
    given = {"indicator_id": of["id"], "numerator": 1, "denominator": 2}
    tomorrow = (today() + timedelta(days=1)).isoformat()
    for more, fields in (
        ({"numerator": None}, ["numerator"]),
        ({"number": 5}, ["number"]),
        ({"denominator": 0}, ["denominator"]),
        ({"numerator": 3}, ["numerator"]),
        ({"numerator": "1e3"}, ["numerator"]),
        ({"numerator": 1e300}, ["numerator"]),
        ({"denominator": 10**10}, ["denominator"]),
        ({"numerator": [1]}, ["numerator"]),
        ({"reported_on": tomorrow}, ["reported_on"]),
        ({"period": "2199-T1"}, ["period"]),
        ({"period": "2026-T7"}, ["period"]),
        ({"period": "9999-T2"}, ["period"]),
        ({"period": "２０２６-T1"}, ["period"]),
        ({"period": "2000-T1"}, ["period"]),
        ({"period": today().strftime("%Y-%m")}, ["period"]),
        ({"unit_id": world.unit["实验小学党支部"]}, ["unit_id"]),
        ({"indicator_id": 999_999}, ["indicator_id"]),
    ):
        assert pointers(school.post(VALUES, json=given | more)) == [f"/{name}" for name in fields], more
    assert ok(school.get(VALUES))["data"] == []


def test_the_unit_or_the_keeping_office_reports_and_nobody_else(as_: As, world: World) -> None:
    of = indicator(as_, world)
    given = {"indicator_id": of["id"], "unit_id": world.unit["实验小学"], "numerator": 1, "denominator": 2}
    for account in ("middle", "central", "office", "supervisor", "discipline", "leader", "sysadmin", "auditor"):
        assert as_(account).post(VALUES, json=given).status_code == 403, account
    assert as_("other_school").post(VALUES, json=given).status_code == 422
    made = reported(as_("education"), of, 1, 2, unit_id=world.unit["实验小学"])
    again = as_("school").post(VALUES, json=given)
    assert pointers(again, 409) == ["/period"] and "已经填报" in again.json()["detail"]
    head = {"if-match": '"1"'}
    path = f"{VALUES}/{made['id']}"
    assert as_("leader").patch(path, json={"numerator": 2}, headers=head).status_code == 403
    assert as_("middle").patch(path, json={"numerator": 2}, headers=head).status_code == 404
    changed = ok(as_("school").patch(path, json={"numerator": 2}, headers=head))
    assert (changed["result"], changed["version"]) == ("100", 2)
    assert as_("education").patch(path, json={"numerator": 1}, headers=head).status_code == 412
    trail = ok(as_("auditor").get(f"{API}/events?resource=indicator_value&resource_id={made['id']}"))["data"]
    done = [event for event in trail if event["outcome"] == "done"]
    assert [event["operation"] for event in done] == ["indicator_value.edit", "indicator_value.create"]
    assert done[0]["before"]["numerator"] == "1" or "numerator" in str(done)
    # A central school reports for the schools beneath it.
    reported(as_("central"), of, unit_id=world.unit["柳林小学"])


def test_each_sees_the_figures_of_their_units_and_of_the_indicators_they_keep(as_: As, world: World) -> None:
    of = indicator(as_, world)
    kept = indicator(as_, world, "supervisor", code="RS", office_id=world.unit["人事股"])
    for each in (of, kept):
        reported(as_("school"), each)
        reported(as_("middle"), each)
        reported(as_("central"), each, unit_id=world.unit["柳林小学"])
    for account, own, others in (
        ("supervisor", 3, 3),
        ("discipline", 3, 3),
        ("leader", 3, 3),
        ("education", 3, 0),
        ("office", 0, 3),
        ("school", 1, 1),
        ("central", 1, 1),
        ("kindergarten", 0, 0),
        ("sysadmin", 0, 0),
        ("other_supervisor", 0, 0),
    ):
        client = as_(account)
        for each, count in ((of, own), (kept, others)):
            found = ok(client.get(f"{VALUES}?indicator_id={each['id']}&count=true"))
            assert len(found["data"]) == found["total"] == count, (account, each["name"])
    assert len(listed(as_("central"), of)) == 2 and len(listed(as_("education"), of)) == len(SCHOOLS)
    assert listed(as_("office"), of) == [] and newest(as_("office"), of)["expected"] == 0
    for account in ("sysadmin", "other_school"):
        assert as_(account).get(f"{AT}/{of['id']}").status_code == 404, account
        assert as_(account).get(f"{AT}/{of['id']}/units").status_code == 404, account
        assert as_(account).get(f"{AT}/{of['id']}/units.csv").status_code == 404, account


def test_counts_are_the_rows_behind_them(as_: As, world: World) -> None:
    of = indicator(as_, world)
    reported(as_("school"), of, 490, 500)
    reported(as_("middle"), of, 100, 500)
    reported(as_("school"), of, 400, 500, period=period(1))
    for account in ("supervisor", "education", "leader", "school", "central", "middle", "kindergarten"):
        client = as_(account)
        periods = ok(client.get(f"{AT}/{of['id']}"))["periods"]
        assert [each["period"] for each in periods][-2:] == [period(1), period()]
        for each in periods:
            rows = {
                status: listed(client, of, period=each["period"], status=status)
                for status in ("reached", "not_reached", "missing")
            }
            assert {status: len(found) for status, found in rows.items()} == {status: each[status] for status in rows}
            assert each["expected"] == len(listed(client, of, period=each["period"])) == sum(map(len, rows.values()))
            for status in ("reached", "not_reached"):
                query = f"indicator_id={of['id']}&period={each['period']}&status={status}&count=true"
                assert ok(client.get(f"{VALUES}?{query}"))["total"] == each[status]
    found = newest(as_("supervisor"), of)
    assert (found["reached"], found["not_reached"], found["missing"]) == (1, 1, 3)
    assert found["result"] == "59", "sum over sum, of those that reported"
    row = next(row for row in listed(as_("education"), of) if row["name"] == "实验小学")
    assert row["earlier"][-1] == {"period": period(1), "result": "80", "status": "not_reached"} and row["may_report"]


def test_a_school_that_opened_later_is_not_missing_before(as_: As, world: World) -> None:
    of = indicator(as_, world)
    begins = {"valid_from": today().isoformat()}
    school = {"code": "N1", "name": "新建小学", "kind": "school", "stages": ["primary"], **begins}
    ok(as_("sysadmin").post(f"{API}/units", json=school), 201)
    now_, before = (listed(as_("supervisor"), of, period=period(back)) for back in (0, 1))
    assert {row["name"] for row in now_} - {row["name"] for row in before} == {"新建小学"}


def test_what_figures_are_read_by_stays_once_they_are_there(as_: As, world: World) -> None:
    of = indicator(as_, world)
    head = {"if-match": '"1"'}
    assert ok(as_("education").patch(f"{AT}/{of['id']}", json={"cadence": "yearly"}, headers=head))["version"] == 2
    reported(as_("school"), of, period=str(today().year))
    head = {"if-match": '"2"'}
    for changes in ({"cadence": "termly"}, {"measure": "ratio"}):
        refused = as_("education").patch(f"{AT}/{of['id']}", json=changes, headers=head)
        assert refused.status_code == 409 and refused.json()["code"] == "reported"
    assert pointers(as_("education").patch(f"{AT}/{of['id']}", json={"target": None}, headers=head)) == ["/target"]


def test_a_unit_reports_once_however_many_try_at_once(hall: Hall, client: TestClient, as_: As, world: World) -> None:
    of = indicator(as_, world)
    given = {"indicator_id": of["id"], "numerator": 1, "denominator": 2}

    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(VALUES, json=given)

    answers = at_once(hall.apps, world.token["school"], post)
    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {answer.status_code for answer in answers} == {201, 409}
    assert len(ok(as_("school").get(VALUES))["data"]) == 1
