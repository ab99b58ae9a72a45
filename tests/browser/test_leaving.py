"""Logged out, or idle for as long as a session lasts: what stood on the screen is gone from every tab (ASVS 5.0, 14.3.1)."""

from playwright.sync_api import Browser, Page

from tests.browser.conftest import browsing, log_in
from tests.browser.pages import Demo

PLACES = ("/my-work", "/dashboard")


def tabs(chromium: Browser, demo: Demo) -> tuple[Page, Page]:
    """Two windows of one person, whose clock the test moves."""
    context = browsing(chromium, demo.url)
    context.clock.install()
    first = log_in(context.new_page(), "supervisor")
    second = context.new_page()
    for page, place in zip((first, second), PLACES, strict=True):
        page.goto(place)
        assert page.locator("main h1").count() == 1
    return first, second


def test_logging_out_in_one_tab_clears_the_others(demo: Demo, chromium: Browser) -> None:
    first, second = tabs(chromium, demo)
    first.click(".person summary")
    first.get_by_role("button", name="退出登录").first.click()
    first.wait_for_url("**/login")
    second.get_by_text("已在另一个窗口退出登录").wait_for()
    assert second.locator("main, table, nav").count() == 0 and "看板" not in second.title()
    second.get_by_role("link", name="重新登录").click()
    second.wait_for_url("**/login")
    first.context.close()


def test_a_tab_that_nobody_used_is_cleared_when_its_session_is_over(demo: Demo, chromium: Browser) -> None:
    """While one of two tabs is used both stay; what is typed and not saved is left to be copied."""
    first, second = tabs(chromium, demo)
    clock = first.context.clock
    clock.fast_forward("25:00")
    first.goto("/account")
    clock.fast_forward("10:00")
    for page in (first, second):
        assert page.locator("main h1").count() == 1, "the session was used ten minutes ago"
    first.fill("[name=name]", "学籍系统抄送")
    clock.fast_forward("31:00")
    second.get_by_text("长时间没有操作，登录已结束").wait_for()
    assert second.locator("main").count() == 0
    assert first.input_value("[name=name]") == "学籍系统抄送"
    first.context.close()
