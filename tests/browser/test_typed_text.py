"""Text typed on a page survives the buttons beside it, with scripts and without."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.accountability.steps import AT as ACTIONS
from tests.accountability.steps import late, proposed, take
from tests.assignments.conftest import Ledger
from tests.browser.conftest import Visit
from tests.browser.test_walk import press
from tests.campaigns.steps import CHECKS, own, started
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.venue_activities.steps import AT as ACTIVITIES
from tests.venue_activities.steps import days_go_by, registered
from tests.walk.steps import API, PDF, inspection, ok, rectification
from tests.world import World

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def choose(page: Page, folder: Path) -> None:
    proof = folder / "材料.pdf"
    proof.write_bytes(PDF)
    page.locator("input[type=file]").first.set_input_files(str(proof))


@BOTH
def test_upload_while_a_report_is_typed(visit: Visit, as_: As, stock: Stock, tmp_path: Path, scripts: bool) -> None:
    plan = stock.plan()
    task = Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=9)
    page = visit("school", f"/assignments/{task}", scripts=scripts)
    page.set_default_timeout(15_000)
    page.fill("textarea[name=text]", "已召开会议。")
    page.fill("input[name=percent]", "60")
    page.select_option("select[name=kind]", "meeting")
    choose(page, tmp_path)
    page.get_by_role("button", name="上传资料").click()
    page.get_by_text("已上传 1 份印证资料").wait_for()
    assert page.input_value("textarea[name=text]") == "已召开会议。"
    assert page.input_value("input[name=percent]") == "60"
    if scripts:
        assert page.url.endswith(f"/assignments/{task}")
    page.get_by_role("button", name="撤下").click()
    page.get_by_text("已撤下").wait_for()
    assert page.input_value("textarea[name=text]") == "已召开会议。"
    press(page, "提交审核")
    row = ok(as_("school").get(f"{API}/assignments/{task}"))
    assert row["state"] == "submitted" and row["progress_reports"][0]["text"] == "已召开会议。"


@BOTH
def test_going_back_after_a_report_files_it_once(visit: Visit, as_: As, stock: Stock, scripts: bool) -> None:
    plan = stock.plan()
    task = Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=9)
    page = visit("school", f"/assignments/{task}", scripts=scripts)
    page.fill("textarea[name=text]", "已召开会议。")
    page.fill("input[name=percent]", "60")
    press(page, "保存进展")
    page.go_back()
    page.fill("textarea[name=text]", "已召开会议。")
    page.fill("input[name=percent]", "60")
    press(page, "保存进展")
    page.get_by_text("同样的内容已经提交过").wait_for()
    assert page.input_value("textarea[name=text]") == "已召开会议。"
    assert ok(as_("school").get(f"{API}/assignments/{task}"))["report_count"] == 1


@BOTH
def test_upload_while_a_rectification_is_typed(
    visit: Visit, as_: As, world: World, tmp_path: Path, scripts: bool
) -> None:
    row = rectification(as_, world)
    page = visit("school", f"/rectifications/{row['id']}", scripts=scripts)
    page.set_default_timeout(15_000)
    page.fill("textarea[name=cause]", "总务换人。")
    choose(page, tmp_path)
    page.get_by_role("button", name="上传资料").click()
    page.get_by_text("已存为草稿").wait_for()
    assert page.input_value("textarea[name=cause]") == "总务换人。"
    page.fill("textarea[name=result]", "已更新。")
    page.get_by_role("button", name="撤下").click()
    page.get_by_text("已撤下").wait_for()
    assert page.input_value("textarea[name=result]") == "已更新。"
    page.fill("input[name=responsible_person]", "刘敏")
    page.press("input[name=responsible_person]", "Enter")
    page.get_by_text("已保存").first.wait_for()
    assert ok(as_("school").get(f"{API}/rectifications/{row['id']}"))["state"] == "pending"


@BOTH
def test_a_self_check_typed_and_handed_in_at_once(
    visit: Visit, as_: As, world: World, tmp_path: Path, scripts: bool
) -> None:
    row = own(as_("school"), started(as_, world))
    page = visit("school", f"/self-checks/{row['id']}", scripts=scripts)
    page.set_default_timeout(15_000)
    page.fill("textarea[name=situation]", "逐项核对了公示和票据。")
    page.locator("label", has_text="没有问题").click()
    press(page, "提交")
    page.get_by_text("请至少上传或关联一份资料").first.wait_for()
    assert page.input_value("textarea[name=situation]") == "逐项核对了公示和票据。"
    page.fill("textarea[name=situation]", "逐项核对了公示、票据和台账。")
    choose(page, tmp_path)
    page.get_by_role("button", name="上传文件").click()
    page.get_by_text("已上传 1 份印证资料").wait_for()
    assert page.input_value("textarea[name=situation]") == "逐项核对了公示、票据和台账。"
    press(page, "提交")
    page.get_by_text("已提交，由牵头股室审核").wait_for()
    done = ok(as_("school").get(f"{CHECKS}/{row['id']}"))
    assert (done["state"], done["situation"]) == ("submitted", "逐项核对了公示、票据和台账。")


@BOTH
def test_upload_while_who_came_is_typed(visit: Visit, as_: As, stock: Stock, tmp_path: Path, scripts: bool) -> None:
    row = registered(as_("school"))
    ok(as_("supervisor").post(f"{ACTIVITIES}/{row['id']}/approve"))
    days_go_by(stock, row["id"])
    page = visit("school", f"/venue-activities/{row['id']}", scripts=scripts)
    page.set_default_timeout(15_000)
    page.fill("input[name=attended]", "57")
    page.fill("textarea[name=note]:visible", "两名教师请假。")
    choose(page, tmp_path)
    page.get_by_role("button", name="上传文件").click()
    page.get_by_text("填写的内容还没有提交").wait_for()
    assert page.input_value("input[name=attended]") == "57"
    assert page.input_value("textarea[name=note]:visible") == "两名教师请假。"
    press(page, "登记举办")
    assert ok(as_("school").get(f"{ACTIVITIES}/{row['id']}"))["attended"] == 57


@BOTH
def test_upload_while_a_reply_is_typed(
    visit: Visit, as_: As, world: World, stock: Stock, tmp_path: Path, scripts: bool
) -> None:
    row = proposed(as_("supervisor"), world, late(stock))
    take(as_("leader"), row, "approve")
    take(as_("supervisor"), row, "serve")
    page = visit("school", f"/accountability-actions/{row['id']}", scripts=scripts)
    page.set_default_timeout(15_000)
    page.fill("textarea[name=note]:visible", "已补齐全部资料。")
    choose(page, tmp_path)
    page.get_by_role("button", name="上传资料").click()
    page.get_by_text("填写的内容还没有提交").wait_for()
    assert page.input_value("textarea[name=note]:visible") == "已补齐全部资料。"
    press(page, "答复")
    assert ok(as_("school").get(f"{ACTIONS}/{row['id']}"))["reply"] == "已补齐全部资料。"


@BOTH
@pytest.mark.parametrize("points", [3, 40])
def test_saving_the_sheet_while_a_finding_is_typed(
    visit: Visit, as_: As, world: World, scripts: bool, points: int
) -> None:
    listed = [{"area": "政风", "text": f"第 {n} 项检查内容", "score": 5} for n in range(points)]
    checklist = ok(as_("supervisor").post(f"{API}/checklists", json={"title": "检查表", "points": listed}), 201)
    unit = world.unit["实验小学"]
    made = inspection(as_, [unit], checklist_id=checklist["id"])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    page = visit("supervisor", f"/inspections/{made['id']}/visits/{unit}", scripts=scripts)
    page.set_default_timeout(15_000)
    page.fill("textarea[name=description]", "收费公示未更新。")
    page.fill("input[name=category]", "教育收费")
    page.locator("label", has_text="符合").first.click()
    press(page, "保存草稿")
    page.get_by_text("问题还没有保存").wait_for()
    assert page.input_value("textarea[name=description]") == "收费公示未更新。"
    assert page.input_value("input[name=category]") == "教育收费"
    page.fill("textarea[name=correction]", "更新公示。")
    press(page, "保存问题")
    page.get_by_text("问题已保存为草稿").wait_for()
    (found,) = ok(as_("supervisor").get(f"{API}/findings"))["data"]
    assert found["description"] == "收费公示未更新。"


def test_what_cannot_be_uploaded_is_told_before_it_is_sent_and_the_page_stays(
    visit: Visit, stock: Stock, tmp_path: Path
) -> None:
    plan = stock.plan()
    task = Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=9)
    page = visit("school", f"/assignments/{task}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.fill("textarea[name=text]", "已召开会议。")
    page.select_option("select[name=kind]", "meeting")
    choose(page, tmp_path)
    page.locator("input[type=file]").first.evaluate("(field) => (field.dataset.most = '0.00001')")
    page.get_by_role("button", name="上传资料").click()
    page.get_by_text("没有上传。请压缩或拆分后再传").wait_for()
    assert not sent
    # Without a session neither words nor files give way to a page that holds nothing.
    page.locator("input[type=file]").first.evaluate("(field) => (field.dataset.most = '200')")
    page.context.clear_cookies()
    page.get_by_role("button", name="上传资料").click()
    page.get_by_text("请先复制填写的内容").wait_for()
    assert page.input_value("textarea[name=text]") == "已召开会议。"


def test_another_severity_brings_its_deadline(visit: Visit, as_: As, world: World) -> None:
    unit = world.unit["实验小学"]
    made = inspection(as_, [unit])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    page = visit("supervisor", f"/inspections/{made['id']}/visits/{unit}")
    page.fill("textarea[name=description]", "收费没有公示。")
    major = page.input_value("input[name=deadline_on]")
    page.get_by_text("严重", exact=True).click()
    page.get_by_text("自今日起 7 个工作日").wait_for()
    assert page.input_value("input[name=deadline_on]") < major
    assert page.input_value("textarea[name=description]") == "收费没有公示。"
    page.fill("input[name=deadline_on]", "2199-01-01")
    with page.expect_response(lambda answer: "severity=minor" in answer.url):
        page.get_by_text("一般", exact=True).click()
    page.get_by_text("自今日起").wait_for(state="detached")
    assert page.input_value("input[name=deadline_on]") == "2199-01-01"


def test_a_page_from_the_browser_s_memory_has_forms_of_their_own(visit: Visit) -> None:
    """With the value of that rendering, what is pressed again would be answered as before and not done."""
    page = visit("school", "/account")
    values = "() => [...document.querySelectorAll('input[name=csrf]')].map((field) => field.value)"
    before = page.evaluate(values)
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    after = page.evaluate(values)
    assert [value.split(".")[0] for value in after] == [value.split(".")[0] for value in before]
    assert len(before) > 1 and len({*before, *after}) == 2 * len(before)
