"""Nothing but a keyboard: at once past what stands on every page, and back the way one came."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE, browsing, log_in
from tests.browser.hands import FURTHEST, Keyboard
from tests.browser.pages import Demo

KEEP = "(window.way ??= []).push(document.activeElement)"
STOOD = "(at) => document.activeElement === window.way[at]"
IN_MAIN = "document.activeElement.matches('main *')"


def skip(hands: Keyboard, page: Page) -> None:
    """The first stop leads past the head and the navigation; the one before what comes next lies there again."""
    first = hands.stop()
    assert first is not None and first["name"] == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert hands.stop() and page.evaluate(IN_MAIN)
    assert hands.stop(back=True) and not page.evaluate(IN_MAIN)


def there_and_back(hands: Keyboard, page: Page) -> int:
    """All the stops of a page, each seen and showing the focus, and the same ones in reverse; how many."""
    names: list[str] = []
    while (at := hands.stop()) is not None:
        page.evaluate(KEEP)
        names.append(at["name"])
        assert len(names) < FURTHEST, names[-5:]
    for n in reversed(range(len(names))):
        hands.stop(back=True)
        assert page.evaluate(STOOD, n), f"not back at {names[n]}"
    return len(names)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_head_is_skipped_and_shift_tab_goes_back(demo: Demo, chromium: Browser, size: tuple[int, int]) -> None:
    context = browsing(chromium, demo.url, size)
    page = log_in(context.new_page(), "school")
    hands = Keyboard(page)
    task = page.request.get("/api/v1/assignments?state=in_progress&limit=1").json()["data"][0]["id"]
    for address in ("/assignments", f"/assignments/{task}"):
        page.goto(address)
        skip(hands, page)
        page.goto(address)
        assert there_and_back(hands, page) > 20
    if size == PHONE:
        page.goto("/my-work")
        hands.press("菜单", stays=True)
        hands.press("关闭菜单", stays=True)
        assert page.evaluate("document.activeElement.id") == "main"
    context.close()
