"""首次设置 in a real browser: a new bureau from the first login to 启用, by hand, with scripts off, wide and on a phone."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from app.core.operation import Tx
from app.core.policy import SYSTEM
from app.identity.founding import Administrator, BureauCreate, found
from app.installation import Installation
from app.setup import operations as setup
from tests.browser.conftest import DESKTOP, PHONE, browsing
from tests.browser.test_pages import problems

OWN = "a-long-one-of-his-26"
TABLE = "单位名称,类别,专项职责\n督查室,股室,督查\n人事股,股室,\n实验小学,学校,\n第一幼儿园,幼儿园,\n电教馆,二级单为,\n"
STEPS = ("administrators", "bureau", "units", "names", "calendar", "enable")


def founded(app: FastAPI) -> str:
    """The one-time password of the system administrator of a new bureau."""

    def begin(tx: Tx) -> list[Administrator]:
        made = found(tx, BureauCreate(bureau="北坪区教育局", code="BP"))
        setup.begin(tx)
        return made

    return Installation(app.state.settings, app.state.database).perform(SYSTEM, begin)[0].password


def enter(page: Page, password: str) -> None:
    page.goto("/")
    page.fill("[name=username]", "bp-sysadmin")
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录").click()
    page.fill("[name=old_password]", password)
    page.fill("[name=new_password]", OWN)
    page.fill("[name=again]", OWN)
    page.get_by_role("button", name="修改密码").click()
    page.goto("/")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_a_bureau_is_set_up_by_hand_without_scripts(
    app: FastAPI, server: str, chromium: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    table = tmp_path / "单位名录.csv"
    table.write_text(TABLE, encoding="utf-8")
    context = browsing(chromium, server, size, scripts=False)
    page = context.new_page()
    enter(page, founded(app))

    def fits(step: str) -> None:
        assert page.url.partition("?")[0].endswith(f"/setup/{step}"), page.url
        for part in page.locator(".foot .btn, main input:visible, main select:visible").all():
            box = part.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= size[0], (step, part)

    def forward(words: str = "下一步") -> None:
        page.locator(".foot").get_by_text(words, exact=True).click()

    fits("administrators")
    for label, name in (("系统管理员", "周岚"), ("安全管理员", "吴越"), ("审计管理员", "郑平")):
        page.get_by_label(label).fill(name)
    forward()
    assert page.locator("td code").count() == 2
    forward()
    fits("bureau")
    page.get_by_label("全称").fill("北坪区教育体育局")
    forward()
    fits("units")
    page.get_by_label("表格文件").set_input_files(table)
    page.get_by_role("button", name="读取并核对").click()
    fits("units")
    page.get_by_role("button", name="只写入有效的 4 行").click()
    assert page.get_by_text("共 4 个").is_visible()
    page.get_by_role("link", name="手工添加").click()
    fits("units")
    page.get_by_label("类别").select_option("subordinate_unit")
    page.get_by_label("编码").fill("BP9")
    page.get_by_label("名称").fill("电教馆")
    page.get_by_role("button", name="添加单位").click()
    assert page.get_by_text("共 5 个").is_visible()
    forward()
    fits("names")
    page.get_by_label("写法").fill("局督办")
    page.get_by_label("指的是").select_option(label="督查室")
    page.get_by_role("button", name="添加别名").click()
    assert page.get_by_text("“局督办”已记为别名").is_visible()
    forward()
    fits("calendar")
    forward("上一步")
    fits("names")
    forward("跳过")
    forward()
    fits("enable")
    forward("启用")
    assert page.get_by_text("本局已启用").is_visible() and page.url.endswith("/setup")
    page.goto("/")
    assert page.url.endswith("/users")
    context.close()


def test_every_step_is_readable_and_usable_by_everyone(app: FastAPI, server: str, chromium: Browser) -> None:
    context = browsing(chromium, server)
    page = context.new_page()
    enter(page, founded(app))
    wrong: list[str] = []
    for step in (*STEPS, "units?add=1", "names?add=1"):
        page.goto(f"/setup/{step}")
        wrong += problems(page, all_lights=True)
    page.goto("/setup/administrators")
    page.get_by_label("系统管理员").fill("周岚")
    page.get_by_label("安全管理员").fill("周岚")
    page.get_by_label("审计管理员").fill("郑平")
    page.locator(".foot .acts").get_by_text("下一步").click()
    assert page.locator("#errors").is_visible()
    wrong += problems(page, all_lights=True)
    assert wrong == [], "\n".join(wrong)
    context.close()
