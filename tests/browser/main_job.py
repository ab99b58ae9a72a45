"""The main job on the pages, from the plan's upload to a rectification reopened: once written, done by any hands."""

from collections.abc import Callable
from pathlib import Path

from tests.browser.hands import Pointer
from tests.conftest import As
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, PDF, assignment, ok
from tests.world import World

Hands = Callable[[str], Pointer]
UNKNOWN = "人事科室"


def plan_to_work(hands: Hands, as_: As, folder: Path) -> None:
    """Upload, review with a name that nobody knows, issue, dispatch."""
    paper = folder / "方案.txt"
    paper.write_text(PLAN.replace("党办、人事股", f"党办、{UNKNOWN}", 1), encoding="utf-8")
    office = hands("supervisor")
    office.open("/plans/import")
    office.attach("方案文件", paper)
    office.press("读取方案")
    assert UNKNOWN in office.page.locator("#unresolved").inner_text()
    scripted = office.page.evaluate("document.documentElement.className") == "scripted"
    office.fill("对应单位", "人事股")
    office.press("确定", stays=scripted)
    office.page.locator("#unresolved").wait_for(state="detached")
    if scripted:
        # A swap keeps the focus, a moment after the old part is gone.
        office.page.wait_for_function("document.activeElement.id === 'review'")
    office.press("印发方案")
    office.press("下发预览")
    office.press("下发 ")
    assert ok(as_("supervisor").get(f"{API}/plans"))["data"][0]["state"] == "issued"


def work_to_completion(hands: Hands, as_: As, world: World, folder: Path) -> None:
    """Acknowledge in bulk, report, upload, submit; send back, submit again, complete."""
    proof = folder / "材料.pdf"
    proof.write_bytes(PDF)
    row = assignment(as_, "school", world.unit["实验小学"])
    place = f"/assignments/{row['id']}"
    office, school = hands("supervisor"), hands("school")
    office.open("/assignments?view=unit&q=实验小学")
    office.pick("选择 实验小学 ")
    office.press("催办")
    school.open("/assignments?view=unit")
    school.pick("选择 实验小学 健全学校议事决策制度")
    school.press("签收")
    assert _state(as_, row["id"]) == "in_progress"

    school.open(place)
    school.fill("进展情况", "已修订议事规则，经教职工会议讨论。")
    school.fill("完成进度", "80")
    school.press("保存进展")
    school.open(place)
    school.choose("资料类别", "制度")
    school.attach("文件", proof)
    school.press("上传资料", stays=True)
    school.page.get_by_text("已上传 1 份印证资料").wait_for()
    school.press("提交审核")
    assert _state(as_, row["id"]) == "submitted"

    office.open(place)
    office.press("退回")
    assert "必须写明原因" in office.page.locator("#errors").inner_text()
    assert office.page.evaluate("document.activeElement.id") == "errors", "the summary does not take the focus"
    office.fill("审核意见", "缺会议记录，请补充。")
    office.press("退回")
    assert _state(as_, row["id"]) == "in_progress"
    school.open(place)
    assert "缺会议记录" in school.page.locator("main").inner_text()
    school.fill("进展情况", "已补会议记录。")
    school.press("提交审核")
    office.open(place)
    office.fill("审核意见", "已核实。")
    office.press("办结")
    assert _state(as_, row["id"]) == "completed"


def extension(hands: Hands, as_: As, world: World) -> None:
    """Asked for by the unit, decided by a leader."""
    row = assignment(as_, "supervisor", world.unit["督查室"])
    office, leader = hands("supervisor"), hands("leader")
    office.open(f"/assignments/{row['id']}")
    office.press("签收")
    office.open(f"/assignments/{row['id']}")
    office.press("申请延期", stays=True)
    later = f"{int(row['deadline_on'][:4]) + 1}-01-15"
    office.fill("延至", later)
    office.fill("延期理由", "需等待审计结论。")
    office.press("申请延期")
    leader.open(f"/assignments/{row['id']}")
    leader.press("批准")
    assert ok(as_("supervisor").get(f"{API}/assignments/{row['id']}"))["deadline_on"] == later


def inspection_to_finding(hands: Hands, as_: As, world: World) -> int:
    """Planned, started, a sheet filled in, a finding recorded and issued, reported; the rectification it opened."""
    points = [{"area": "政风", "text": f"第 {n} 项检查内容", "score": 5} for n in (1, 2)]
    ok(as_("supervisor").post(f"{API}/checklists", json={"title": "收费检查表", "points": points}), 201)
    office = hands("supervisor")
    office.open("/inspections/new")
    office.fill("名称", "收费公示检查")
    office.choose("检查表", "收费检查表")
    office.tick("实验小学", "学校")
    office.press("制定计划")
    office.press("开始检查")
    office.press("记录检查")
    office.tick("不符", "1. 第 1 项检查内容")
    office.fill("第 1 项得分", "2")
    office.tick("符合", "2. 第 2 项检查内容")
    office.press("保存草稿")
    office.tick("较重", "严重程度")
    office.fill("问题类别", "教育收费")
    office.fill("问题描述", "收费公示栏未按学期更新。")
    office.fill("整改要求", "更新公示内容，明确专人负责。")
    office.press("保存问题")
    (found,) = ok(as_("supervisor").get(f"{API}/findings"))["data"]
    assert (found["severity"], found["unit_id"]) == ("major", world.unit["实验小学"])
    office.open(f"/inspections/{found['inspection_id']}")
    office.press("下达")
    office.open(f"/inspections/{found['inspection_id']}")
    office.press("报告", stays=True)
    office.fill("检查情况", "已查 1 个单位。")
    office.press("报告")
    assert ok(as_("supervisor").get(f"{API}/inspections/{found['inspection_id']}"))["state"] == "reported"
    (matter,) = ok(as_("school").get(f"{API}/rectifications"))["data"]
    return int(matter["id"])


def rectification_to_close_out(hands: Hands, as_: As, row: int, folder: Path) -> None:
    """Begun, filled in, submitted, sent back, submitted again, closed out, reopened."""
    place, proof = f"/rectifications/{row}", folder / "照片.pdf"
    proof.write_bytes(PDF)
    office, school = hands("supervisor"), hands("school")
    school.open(place)
    school.press("开始整改")
    school.open(place)
    for label, words in (("原因", "无人负责。"), ("整改措施", "明确专人。"), ("整改情况", "已更新。")):
        school.fill(label, words)
    school.attach("照片或文件", proof)
    school.press("上传资料", stays=True)
    school.page.get_by_text("已上传 1 份印证资料").wait_for()
    school.press("提交验收")
    office.open(place)
    office.fill("验收意见", "公示不全，请补充。")
    office.press("退回")
    assert _state(as_, row, "rectifications") == "in_progress"
    school.open(place)
    school.fill("整改情况", "已补全公示。")
    school.press("提交验收")
    office.open(place)
    office.press("销号")
    assert _state(as_, row, "rectifications") == "closed"
    office.open(place)
    office.press("重启整改", stays=True)
    office.fill("重启原因", "复查发现反弹。")
    office.press("重启整改")
    again = ok(as_("school").get(f"{API}/rectifications/{row}"))
    assert (again["state"], again["round"]) == ("in_progress", 2)


def _state(as_: As, row: int, noun: str = "assignments") -> str:
    return str(ok(as_("supervisor").get(f"{API}/{noun}/{row}"))["state"])
