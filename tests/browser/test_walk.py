"""The main job in a real browser, with scripts and without: from the plan's upload to 销号."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.conftest import As
from tests.walk.plan_text import PLAN
from tests.walk.steps import PDF, assignment, rectification
from tests.world import World


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def upload(page: Page, folder: Path) -> None:
    proof = folder / "材料.pdf"
    proof.write_bytes(PDF)
    page.locator("select[name=kind]").last.select_option("rectification")
    page.locator("input[type=file]").first.set_input_files(str(proof))
    press(page, "上传资料")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_upload_to_close_out(visit: Visit, as_: As, world: World, tmp_path: Path, scripts: bool) -> None:
    plan = tmp_path / "方案.txt"
    plan.write_text(PLAN, encoding="utf-8")
    office = visit("supervisor", "/plans/import", scripts=scripts)
    office.set_default_timeout(15_000)
    office.locator("input[type=file]").set_input_files(str(plan))
    press(office, "读取方案")
    office.get_by_text("健全学校议事决策制度").first.wait_for()
    press(office, "印发方案")
    office.goto(office.url.replace("/review", "").split("?")[0].removesuffix("/dispatch") + "/dispatch")
    with office.expect_navigation():
        office.locator("button", has_text="下发").last.click()

    row = assignment(as_, "school", world.unit["实验小学"])
    school = visit("school", f"/assignments/{row['id']}", scripts=scripts)
    school.set_default_timeout(15_000)
    press(school, "签收")
    school.fill("textarea[name=text]", "已修订议事规则，经教职工会议讨论。")
    school.fill("input[name=percent]", "100")
    press(school, "保存进展")
    school.goto(f"/assignments/{row['id']}")
    upload(school, tmp_path)
    school.get_by_text("材料").first.wait_for()
    school.goto(f"/assignments/{row['id']}")
    press(school, "提交审核")
    office.goto(f"/assignments/{row['id']}")
    press(office, "退回")
    assert "必须写明原因" in office.content()
    office.fill("textarea[name=note]", "已核实。")
    press(office, "办结")
    assert assignment(as_, "school", world.unit["实验小学"])["state"] == "completed"

    matter = rectification(as_, world)
    place = f"/rectifications/{matter['id']}"
    school.goto(place)
    press(school, "开始整改")
    for field, words in (("cause", "无人负责。"), ("measures", "明确专人。"), ("result", "已更新。")):
        school.fill(f"textarea[name={field}]", words)
    press(school, "保存草稿")
    school.goto(place)
    upload(school, tmp_path)
    school.goto(place)
    press(school, "提交验收")
    school.goto(place)
    assert "待验收" in school.locator("main").inner_text()
    office.goto(place)
    press(office, "销号")
    office.goto(place)
    assert "已销号" in office.locator("main").inner_text()
