"""The ledgers on a screen: however many columns, heads of two lines at most, in a box of their own that scrolls."""

from playwright.sync_api import Browser

from tests.browser.conftest import browsing, log_in
from tests.browser.pages import Demo
from web.tables import SHEETS

HEADS = """() => {
  const lines = (head) => { const range = document.createRange(); range.selectNodeContents(head); return range.getClientRects().length; };
  const box = document.querySelector(".scroll");
  box.scrollTo(0, 300);
  const [head] = document.querySelectorAll(".sheet thead th");
  return {
    wrapped: [...document.querySelectorAll(".sheet thead th")].filter((each) => lines(each) > 2).map((each) => each.textContent),
    beyond: document.documentElement.scrollWidth - innerWidth,
    above: head.getBoundingClientRect().top - box.getBoundingClientRect().top,
    tall: box.clientHeight - innerHeight,
  };
}"""


def test_a_ledger_scrolls_beneath_its_heads(demo: Demo, chromium: Browser) -> None:
    context = browsing(chromium, demo.url)
    page = log_in(context.new_page(), "supervisor")
    plan = page.request.get("/api/v1/plans?state=issued").json()["data"][0]["id"]
    paths = [path.replace("{id}", str(plan)) for path in SHEETS if "{id}" not in path or path.startswith("/plans")]
    assert len(paths) > 12
    for path in paths:
        page.goto(path)
        found = page.evaluate(HEADS)
        assert found["wrapped"] == [] and found["beyond"] <= 0 and found["tall"] < 0, (path, found)
        assert abs(found["above"]) <= 1, f"{path}: the heads leave the box"
    context.close()
