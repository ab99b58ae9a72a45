"""Rows that are cards on a phone: chosen by touch, and the steps over many of them taken from the foot of the screen."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.test_pages import AUDIT
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture


def test_cards_are_chosen_and_a_step_is_taken_on_them_on_a_phone_scripts_or_not(visit: Visit, stock: Stock) -> None:
    plan = stock.plan()
    for _ in range(9):
        stock.assignment(plan, stock.item(plan), "实验小学", "pending", days=9)
    for scripts, left in ((True, 7), (False, 5)):
        page = visit("school", "/assignments?view=unit&state=pending", size=PHONE, scripts=scripts)
        steps = page.locator("#bulk").get_by_role("button", name="签收")
        cards = page.locator("td.pick label")
        expect(steps).to_be_hidden()
        for card in (cards.first, cards.last):
            card.click()
        expect(steps).to_be_in_viewport(ratio=1)
        if scripts:
            page.keyboard.press("Tab")
            wrong = page.evaluate(AUDIT, {"width": PHONE[0], "phone": True})
            assert (wrong, page.locator("#bulk output").inner_text()) == ([], "已选 2 项")
        steps.click()
        expect(page.get_by_text("已签收 2 项。")).to_be_visible()
        assert cards.count() == left
