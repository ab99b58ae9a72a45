"""On a phone the form by which somebody decides stands before what is long: nobody scrolls a paper to its end for it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.conftest import As
from tests.documents.steps import draft, edit, submitted
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
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
