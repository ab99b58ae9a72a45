"""The public's page in a real browser: on a phone, with scripts off, nothing loaded from elsewhere, no cookie."""

from playwright.sync_api import Browser
from starlette.testclient import TestClient

from tests.browser.conftest import PHONE, browsing
from tests.browser.test_pages import problems
from tests.complaints.steps import investigate, newest, step
from tests.conftest import As
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


def test_what_needs_no_account_is_for_everyone(
    server: str, world: World, as_: As, client: TestClient, chromium: Browser
) -> None:
    """The login and the public's pages, wide and narrow, light and dark: no role of test_pages meets them."""
    context = browsing(chromium, server)
    page = context.new_page()
    wrong: list[str] = []

    def look(*shown: str) -> None:
        for text in shown:
            assert page.get_by_text(text).first.is_visible(), text
        wrong.extend(problems(page, all_lights=True))

    def ask_by_receipt(receipt: str) -> None:
        page.goto("/report/status")
        page.get_by_label("回执码").fill(receipt)
        page.get_by_role("button", name="查询").click()

    page.goto("/login")
    look("忘记密码")
    page.goto("/report")
    look("请选择向哪个教育局反映")
    page.goto(f"/report?bureau_id={world.district}")
    look("具体情况")
    page.get_by_label("反映哪类问题").select_option("fees")
    page.get_by_label("反映哪个单位").select_option(str(world.unit["实验小学"]))
    page.get_by_label("具体情况").fill("收费没有公示。")
    page.get_by_role("button", name="提交").click()
    receipt = page.locator("p.prose b").inner_text()
    look("您的回执码")
    page.goto("/report/status")
    look("凭回执码查询")
    row = newest(as_)
    investigate(as_, world, row)
    step(as_("office"), row, "ask", text="请补充时间。")
    ask_by_receipt(receipt)
    look("请补充时间。", "回答或补充")
    step(as_("office"), row, "conclude", result="substantiated", conclusion="已清退。")
    step(as_("office"), row, "reply")
    ask_by_receipt(receipt)
    look("已清退。", "对办理是否满意")
    assert not wrong, "\n".join(wrong)
    context.close()
