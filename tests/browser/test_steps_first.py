"""On a phone the form by which somebody decides stands before what is long: nobody scrolls a paper to its end for it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.breakdowns.steps import drafted as broken_down
from tests.breakdowns.steps import taken
from tests.browser.conftest import PHONE, Visit
from tests.conftest import As
from tests.documents.steps import draft, edit, submitted
from tests.filings.steps import filed, required
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, assignment, issued_plan, ok, rectification, rectified
from tests.walk.steps import submitted as submitted_row
from tests.world import World

LINE = "请对照方案逐项落实。"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_leader_finds_the_decision_on_the_first_screen_of_a_phone(
    visit: Visit, as_: As, stock: Stock, world: World, scripts: bool
) -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", days=-3)
    made = draft(as_, "urging_order", unit_id=world.unit["实验小学"])
    paper = submitted(as_, edit(as_, made, body="\n".join([LINE] * 60)))
    page = visit("leader", f"/documents/{paper['id']}", size=PHONE, scripts=scripts)
    for verb in ("批准", "退回"):
        expect(page.get_by_role("button", name=verb, exact=True)).to_be_in_viewport(ratio=1)
    above, below = page.get_by_label("审批意见").bounding_box(), page.get_by_text(LINE).first.bounding_box()
    assert above and below and above["y"] < below["y"]


Reviewed = Callable[[As, World], str]


def _rectified(as_: As, world: World) -> str:
    return f"/rectifications/{rectified(as_, 'school', rectification(as_, world))['id']}"


def _filed(as_: As, world: World) -> str:
    required(as_("supervisor"), world)
    return f"/filings/{filed(as_('school'))['id']}"


def _broken_down(as_: As, world: World) -> str:
    issued_plan(as_)
    row = assignment(as_, "school", world.unit["实验小学"])
    ok(as_("school").post(f"{API}/assignments/{row['id']}/acknowledge"))
    return f"/breakdowns/{taken(as_('school'), broken_down(as_('school'), row['id']), 'submit')['id']}"


def _submitted(as_: As, world: World) -> str:
    issued_plan(as_)
    return f"/assignments/{submitted_row(as_, 'school', world.unit['实验小学'])['id']}"


@pytest.mark.parametrize(
    ("made", "form"),
    [(_rectified, "验收"), (_filed, "审核"), (_broken_down, "审核"), (_submitted, "审核")],
    ids=["rectification", "filing", "breakdown", "assignment"],
)
def test_a_reviewer_finds_the_form_before_what_is_reviewed(
    visit: Visit, as_: As, world: World, made: Reviewed, form: str
) -> None:
    home = made(as_, world)
    page = visit("supervisor", home, size=PHONE)
    panels = page.locator(".cols .panel:has(> header h2)")
    tops = {panel.locator("h2").first.inner_text(): panel.bounding_box() for panel in panels.all()}
    heights = {title: box["y"] for title, box in tops.items() if box}
    assert min(heights, key=lambda title: heights[title]) == form
    unit = visit("school", home, size=PHONE)
    assert not unit.locator(".acts-first").count(), "whoever has nothing to decide reads from the beginning"
