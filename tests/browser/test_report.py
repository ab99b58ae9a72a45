"""The public's page in a real browser: on a phone, with scripts off, nothing loaded from elsewhere, no cookie."""

from playwright.sync_api import Browser
from starlette.testclient import TestClient

from app.channels.sealed import unsubscribe_key
from app.settings import Settings
from tests.browser.conftest import PHONE, browsing
from tests.browser.test_pages import problems
from tests.complaints.steps import investigate, newest, step
from tests.conftest import As
from tests.identity.test_second_factor import code_of, enrolled, wrong_for
from tests.walk.steps import API, ok
from tests.world import PASSWORD, World


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


def test_what_stands_before_and_around_a_login_is_for_everyone(
    server: str, settings: Settings, browse: As, chromium: Browser
) -> None:
    """The pages of a code, of a mail, of refusals, and those that show a secret once: no walk of addresses meets them."""
    secret, _ = enrolled(browse("leader"))
    context = browsing(chromium, server)
    page = context.new_page()
    wrong: list[str] = []

    def look(*shown: str) -> None:
        for text in shown:
            page.get_by_text(text).first.wait_for()
        wrong.extend(problems(page, all_lights=True))

    def press(name: str) -> None:
        page.get_by_role("button", name=name).last.click()

    def enter(account: str, password: str = PASSWORD) -> None:
        page.goto("/login")
        page.fill("[name=username]", account)
        page.fill("[name=password]", password)
        press("登录")

    enter("leader", "not-the-password")
    look("账号或密码不对")
    enter("leader")
    look("恢复码")
    page.fill("[name=code]", wrong_for(secret))
    press("继续登录")
    look("验证码不对")
    page.goto("/calendar/nobody-s.ics")
    look("没有找到")
    page.goto("/unsubscribe")
    look("退订链接不完整")
    page.goto("/unsubscribe?key=1-nothing")
    look("确认退订")
    press("确认退订")
    look("退订链接不完整")
    ok(browse("office").post(f"{API}/me/notice-settings", json={"digest": "none"}))
    page.goto(f"/unsubscribe?key={unsubscribe_key(settings, 1)}")
    press("确认退订")
    look("已退订")
    context.clear_cookies()
    enter("school")
    page.goto("/account/second-factor")
    page.fill("[name=password]", PASSWORD)
    press("开始设置")
    look("验证器")
    key = page.locator("code.key").inner_text().replace(" ", "")
    page.fill("[name=code]", code_of(key))
    press("开启")
    look("恢复码")
    page.goto("/account")
    page.fill("[name=name]", "抄送")
    press("生成令牌")
    look("ql_")
    assert not wrong, "\n".join(wrong)
    context.close()
