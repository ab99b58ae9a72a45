"""An item that comes again: the breakdown of a new period begins with that of the period before."""

from datetime import date
from typing import Any

import pytest

from app.assignments.periods import cadence_of, moved, named
from app.plans.models import Cadence
from tests.breakdowns.steps import AT
from tests.conftest import As, form
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.units.merging import NEW, OLD, merge
from tests.units.merging import ok as done
from tests.walk.steps import ok
from tests.world import World

MEASURES = [{"text": "台账齐全", "weight": 60, "standard": None}]


def served(stock: Stock, plan: int, item: int, period: str, unit: str = "实验小学", **fields: Any) -> int:
    """A period whose breakdown was confirmed, with a step ten days hence; its assignment is done with."""
    done = stock.assignment(plan, item, unit, "completed", period=period)
    return stock.breakdown(done, unit, "confirmed", 10, **{"measures": MEASURES, **fields})


@pytest.mark.parametrize(
    ("old", "new", "day", "same"),
    [
        ("2025-10", "2025-11", "2025-10-31", "2025-11-30"),
        ("2025-12", "2026-02", "2025-12-15", "2026-02-15"),
        ("2025-Q4", "2026-Q1", "2025-11-20", "2026-02-20"),
        ("2024", "2025", "2024-02-29", "2025-02-28"),
        ("2024-T2", "2025-T1", "2025-02-11", "2025-09-11"),
        ("2025", "2026", "2026-01-05", "2027-01-05"),
    ],
)
def test_a_day_keeps_its_place_in_the_period(old: str, new: str, day: str, same: str) -> None:
    cadence = cadence_of(old)
    assert cadence is not None and cadence == cadence_of(new) and cadence_of("once") is None
    assert moved(cadence, named(cadence, old), named(cadence, new), date.fromisoformat(day)).isoformat() == same


def test_a_new_period_takes_steps_persons_and_indicators_from_the_one_before(as_: As, stock: Stock) -> None:
    school, plan = as_("school"), stock.plan()
    item = stock.item(plan, cadence=Cadence.YEARLY)
    served(stock, plan, item, "2024", number=1)
    served(stock, plan, item, "2025", "第一中学")
    last = served(stock, plan, item, "2025")
    was = ok(school.get(f"{AT}/{last}"))["steps"][0]
    task = stock.assignment(plan, item, "实验小学", "in_progress", 800, period="2026")
    made = ok(school.post(AT, json={"assignment_id": task, "take_previous": True}), 201)
    assert made["measures"] == MEASURES and made["state"] == "draft"
    (step,) = made["steps"]
    assert (step["text"], step["person"], step["line"], step["done_on"]) == (was["text"], was["person"], 1, None)
    due = date.fromisoformat(was["deadline_on"])
    assert step["deadline_on"] == due.replace(year=due.year + 1).isoformat()
    # Without asking, nothing is taken; what is given stands; no day is later than the task's.
    assert school.delete(f"{AT}/{made['id']}").status_code == 204
    plain = ok(school.post(AT, json={"assignment_id": task}), 201)
    assert plain["steps"] == plain["measures"] == []
    soon = stock.assignment(plan, item, "实验小学", "in_progress", 20, period="2027")
    given = ok(school.post(AT, json={"assignment_id": soon, "take_previous": True, "measures": []}), 201)
    assert given["measures"] == [] and given["steps"][0]["deadline_on"] == given["deadline_on"]


def test_an_item_that_goes_on_in_another_plan_goes_on_with_its_breakdown(as_: As, stock: Stock) -> None:
    school, old, new = as_("school"), stock.plan(), stock.plan("新一年清廉学校建设")
    first = stock.item(old)
    served(stock, old, first, "2025-Q4")
    between = stock.item(stock.plan("修订的方案"), continues_id=first)
    task = stock.assignment(new, stock.item(new, continues_id=between), "实验小学", "in_progress", period="2026-Q1")
    other = stock.assignment(new, stock.item(new), "实验小学", "in_progress", period="2026-Q1")
    monthly = stock.assignment(new, stock.item(new, continues_id=first), "实验小学", "in_progress", period="2026-01")
    made = ok(school.post(AT, json={"assignment_id": task, "take_previous": True}), 201)
    assert [each["text"] for each in made["steps"]] == ["修订议事规则"]
    for lacking in (other, monthly):
        refused = school.post(AT, json={"assignment_id": lacking, "take_previous": True})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/take_previous")
        assert ok(school.get(AT, params={"assignment_id": lacking}))["data"] == []


def test_a_successor_begins_with_what_a_unit_merged_into_it_had(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    plan, middle = stock.plan(), as_("middle")
    item = stock.item(plan, cadence=Cadence.YEARLY)
    for period in ("2024", "2025"):
        served(stock, plan, item, period, OLD)
    task = stock.assignment(plan, item, NEW, "in_progress", 800, period="2026")
    body = {"assignment_id": task, "take_previous": True}
    assert middle.post(AT, json=body).status_code == 422
    done(merge(as_, world))
    assert f"可沿用{OLD}（2025年）" in browse("middle").get("/breakdowns/new").text
    made = ok(middle.post(AT, json=body), 201)
    assert (made["unit_name"], made["measures"]) == (NEW, MEASURES)
    assert [(each["text"], each["done_on"]) for each in made["steps"]] == [("修订议事规则", None)]
    assert middle.delete(f"{AT}/{made['id']}").status_code == 204
    # Its own comes first, though it is older.
    measures = [{"text": "本校自己的指标", "weight": None, "standard": None}]
    served(stock, plan, item, "2023", NEW)
    served(stock, plan, item, "2024", NEW, measures=measures)
    assert "可沿用（2024年）" in browse("middle").get("/breakdowns/new").text
    assert ok(middle.post(AT, json=body), 201)["measures"] == measures


def test_taking_the_breakdown_before_on_the_page(browse: As, stock: Stock) -> None:
    school, plan = browse("school"), stock.plan()
    item = stock.item(plan)
    task = stock.assignment(plan, item, "实验小学", "in_progress", period="2026-T1")
    assert "take_previous" not in school.get("/breakdowns/new").text
    served(stock, plan, item, "2025-T2")
    page = school.get("/breakdowns/new").text
    assert "可沿用（2025学年第二学期）" in page and 'name="take_previous"' in page
    made = school.post("/breakdowns", data=form(school, assignment_id=task, take_previous="1"))
    assert made.status_code == 303 and "修订议事规则" in school.get(made.headers["location"]).text
