"""Who answers for a row stands on every row of what a unit has to do or is held to: in its list's JSON, on its page, and
in its files, and where one row is read or shown by itself; as far as the reader may know."""

import re
from itertools import pairwise
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.appointments.test_appointments import appointed
from tests.conftest import As
from tests.exported import book_lines, csv_lines
from tests.generated import scenario
from tests.generated.routes import routes
from tests.walk.steps import API, issued_plan, ok
from tests.world import World

SCHOOL = "实验小学"
LISTS = (
    "accountability-actions",
    "appraisal-appeals",
    "appraisal-deductions",
    "appraisal-results",
    "breakdowns",
    "breakdown-measures",
    "breakdowns/missing",
    "breakdowns/steps",
    "extensions",
    "filings",
    "filings/missing?kind=responsibility_letter",
    "findings",
    "indicator-values",
    "liaison-matters",
    "liaison-visits",
    "major-decisions",
    "self-checks",
    "venue-activities",
)
OWN_PERSON = {"breakdowns/steps", "major-decisions"}
"""Whose rows name a person themselves."""
IN_FORM = {"findings"}
"""Whose files have exactly the columns of their form."""
OF_OFFICE = {"liaison-visits"}
"""What the office has to do at the school."""


def at(path: str, suffix: str = "") -> str:
    noun, _, query = path.partition("?")
    return f"/{noun}{suffix}{f'?{query}' if query else ''}"


def named(row: dict[str, Any], path: str) -> tuple[Any, ...]:
    told = [row["responsible_leader"]] + ([] if path in OWN_PERSON else [row["responsible_person"]])
    return tuple(each and each["name"] for each in told)


def test_every_list_of_what_a_unit_is_held_to_names_who_answers_for_it(
    app: FastAPI, as_: As, browse: As, world: World
) -> None:
    made = scenario.build(as_, world)
    supervisor, browser = as_("supervisor"), browse("supervisor")
    asked = {"kind": "responsibility_letter", "unit_group_id": world.group["各学校（园）"]}
    ok(supervisor.post(f"{API}/filing-requirements", json=asked), 201)
    # 林青 heads the school since the scenario; whoever is named for it comes before.
    appointed(as_("school"), "何静", "办公室主任", "direct_responsible_person")
    charge = {"unit_id": world.district, "in_charge_unit_ids": [world.unit["督查室"]]}
    appointed(supervisor, "贺春明", "副局长", "dual_duty", **charge)
    appointed(supervisor, "李卫东", "主任", unit_id=world.unit["督查室"])
    amiss, alone = [], 0
    paths = {(route.method, route.path) for route in routes(app)}
    for path in LISTS:
        leader, person = ("贺春明", "李卫东") if path in OF_OFFICE else ("林青", "何静")
        of_school = [row for row in ok(supervisor.get(API + at(path)))["data"] if SCHOOL in row.values()]
        expected = (leader,) if path in OWN_PERSON else (leader, person)
        if {named(row, path) for row in of_school} != {expected}:
            amiss.append((path, "json", [named(row, path) for row in of_school]))
        if ("GET", f"{API}/{path}/{{id}}") in paths:
            alone += 1
            amiss += _read_alone(supervisor, browser, path, of_school[0]["id"], expected)
        shown = f"责任领导 {leader}" + ("" if path in OWN_PERSON else f" · 责任人 {person}")
        if shown not in browser.get(at(path)).text:
            amiss.append((path, "page", shown))
        for suffix, lines_of in ((".csv", csv_lines), (".xlsx", book_lines)):
            head, *lines = lines_of(supervisor.get(API + at(path, suffix)).content)
            if path in IN_FORM:
                assert "责任领导" not in head
                continue
            place = head.index("责任领导")
            mine = {
                tuple(line[place : place + len(expected)]) for line in lines if any(SCHOOL in each for each in line)
            }
            if mine != {expected}:
                amiss.append((path, suffix, sorted(mine)))
    assert not amiss, "\n".join(map(str, amiss))
    assert alone >= 13, "too few were read alone"
    _of_a_period(as_, browse, made)
    _of_an_inspection(as_, browse, made)


def _read_alone(
    client: TestClient, browser: TestClient, path: str, row_id: int, expected: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """One row by itself: as JSON, and on its page."""
    amiss: list[tuple[Any, ...]] = []
    if (said := named(ok(client.get(f"{API}/{path}/{row_id}")), path)) != expected:
        amiss.append((path, "one", said))
    page = re.sub("<[^>]+>", " ", browser.get(f"/{path}/{row_id}").text).split()
    for label, name in zip(("责任领导", "责任人"), expected, strict=False):
        if (label, name) not in pairwise(page):
            amiss.append((path, "its page", label, name))
    return amiss


def _of_a_period(as_: As, browse: As, made: scenario.Scenario) -> None:
    """Units as an indicator and a term list them."""
    row_id = made.ids["indicators"][SCHOOL]
    (unit,) = ok(as_("school").get(f"{API}/indicators/{row_id}/units"))["data"]
    assert named(unit, "") == ("林青", "何静")
    assert "责任领导 林青 · 责任人 何静" in browse("school").get(f"/indicators/{row_id}").text
    head, line = csv_lines(as_("school").get(f"{API}/indicators/{row_id}/units.csv").content)
    assert line[head.index("责任领导") : head.index("责任人") + 1] == ["林青", "何静"]


def _of_an_inspection(as_: As, browse: As, made: scenario.Scenario) -> None:
    """Its findings, as JSON and on its page."""
    row_id = made.ids["findings"][SCHOOL]
    inspection = ok(as_("supervisor").get(f"{API}/findings/{row_id}"))["inspection_id"]
    found = ok(as_("supervisor").get(f"{API}/inspections/{inspection}/findings"))["data"]
    assert {named(row, "") for row in found if row["unit_name"] == SCHOOL} == {("林青", "何静")}
    assert "责任领导 林青 · 责任人 何静" in browse("supervisor").get(f"/inspections/{inspection}").text


def test_a_list_names_nobody_whom_its_reader_may_not_see(as_: As, world: World) -> None:
    """A school reads the visits of an office of whose people it sees none."""
    scenario.build(as_, world)
    appointed(as_("supervisor"), "李卫东", "主任", unit_id=world.unit["督查室"])
    for account, expected in (("school", (None, None)), ("supervisor", (None, "李卫东"))):
        visits = ok(as_(account).get(f"{API}/liaison-visits"))["data"]
        assert {named(row, "") for row in visits if row["school_name"] == SCHOOL} == {expected}, account
    head, *lines = csv_lines(as_("school").get(f"{API}/liaison-visits.csv").content)
    assert lines and {tuple(line[head.index("责任领导") : head.index("责任人") + 1]) for line in lines} == {("", "")}


def test_a_school_that_lacks_something_is_listed_with_whoever_answers_for_it(as_: As, browse: As, world: World) -> None:
    appointed(as_("middle"), "郑宁", "校长")
    (found,) = ok(as_("middle").get(f"{API}/leading-groups/missing"))["data"]
    assert named(found, "") == ("郑宁", "郑宁")
    assert "责任领导 郑宁 · 责任人 郑宁" in browse("middle").get("/leading-groups/missing").text
    issued_plan(as_)
    assert ok(as_("middle").get(f"{API}/assignments"))["data"]
    for row in ok(as_("middle").get(f"{API}/archive-boxes/missing"))["data"]:
        assert named(row, "") == ("郑宁", "郑宁")
