"""The public's page in a real browser: on a phone, with scripts off, nothing loaded from elsewhere, no cookie."""

from playwright.sync_api import Browser

from tests.browser.conftest import PHONE, browsing
from tests.world import World


def test_a_report_on_a_phone_without_scripts(server: str, world: World, chromium: Browser) -> None:
    context = browsing(chromium, server, PHONE, scripts=False)
    page = context.new_page()
    asked: list[str] = []
    referred: set[str] = set()
    page.on("request", lambda request: asked.append(request.url))
    page.on("request", lambda request: referred.add(request.headers.get("referer", "")))
    page.goto(f"/report?bureau_id={world.district}")
    for field in page.locator("main input:visible, main select, main textarea, main button").all():
        box = field.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0], field
    page.get_by_label("反映哪类问题").select_option("fees")
    page.get_by_label("反映哪个单位").select_option(str(world.unit["实验小学"]))
    page.get_by_label("具体情况").fill("收费没有公示。")
    page.get_by_role("button", name="提交").click()
    receipt = page.locator("p.prose b").inner_text()
    page.get_by_role("link", name="凭回执码查询").click()
    page.get_by_label("回执码").fill(receipt)
    page.get_by_role("button", name="查询").click()
    assert page.get_by_role("heading", name="待受理").is_visible()
    assert receipt not in page.url and context.cookies() == []
    assert all(each.startswith(f"{server}/") for each in asked) and referred == {""}
    context.close()
