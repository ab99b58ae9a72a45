"""What the plan demands, row 9: themed study and teachers' drills each term at every school, with place, people and
photos; how many read, as an indicator with a target; and which schools have not done it yet."""

from typing import Any

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.imports.tables import as_csv, counts, looked_through
from tests.indicators.steps import indicator, period
from tests.walk.steps import API, issued_plan, items, ok
from tests.world import World

PLAN = """2026年清廉教育学习实施方案
一、重点任务
（一）加强学习教育
1.开展主题学习教育。主要措施：每学期开展一次主题学习和读书活动，留存照片。牵头股室：党办；责任单位：各学校（园）；完成时限：每学期末
2.组织教师岗位练兵。主要措施：每学期组织一次岗位练兵。牵头股室：教育股；责任单位：各学校（园）；完成时限：每学期末
"""
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(13) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
HEADS = ("指标", "单位", "学期/周期", "分子", "分母")


def held(browser: Any, row: dict[str, Any], **told: Any) -> Any:
    """One form: what was held, where, by how many, and the photo."""
    home = f"/assignments/{row['id']}"
    assert browser.post(f"{home}/acknowledge", data=form(browser)).status_code == 303
    beside = {"target": "assignments", "target_id": row["id"], "beside": "1", "kind": "activity"}
    photo = {"file[]": ("现场.png", PHOTO, "image/png")}
    told = {"text": "全体教师参加。", "percent": 100, **told}
    return browser.post(f"{home}/progress-reports", data=form(browser, **told, **beside), files=photo)


def test_from_the_term_s_tasks_to_who_has_not_held_them(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_, PLAN)
    study, drill = (item["id"] for item in sorted(items(as_, plan["id"]), key=lambda item: item["id"]))

    def row(account: str, item: int) -> dict[str, Any]:
        (found,) = ok(as_(account).get(f"{API}/assignments?plan_item_id={item}"))["data"]
        return dict(found)

    assert row("school", study)["period"][5] == "T", "a term's"
    # Two schools hold their study, one of them its drill too.
    school, middle = browse("school"), browse("middle")
    hall = {"activity": "themed_study", "place": "报告厅", "participants": 45}
    assert held(school, row("school", study), **hall).status_code == 303
    assert held(middle, row("middle", study), **hall | {"place": "阶梯教室"}).status_code == 303
    nowhere = held(middle, row("middle", drill), activity="drill")
    assert nowhere.status_code == 422 and "请同时填写活动地点" in nowhere.text
    told = {"text": "说课比赛。", "percent": 100, "activity": "drill", "place": "录播教室", "participants": 60}
    path = f"/assignments/{row('middle', drill)['id']}"
    assert middle.post(f"{path}/progress-reports", data=form(middle, **told)).status_code == 303
    assert "录播教室 岗位练兵，参加 60 人" in middle.get(path).text
    assert middle.post(f"{path}/submit", data=form(middle)).status_code == 303
    assert ok(as_("education").post(f"{API}{path}/complete"))["state"] == "completed"
    # The supervision office sees them by kind and by school, and takes the list away; a school its own.
    supervisor = browse("supervisor")
    shown = supervisor.get("/activities?activity=themed_study").text
    assert "报告厅" in shown and "阶梯教室" in shown and "录播教室" not in shown
    of_middle = f"/activities?activity=themed_study&amp;unit_id={world.unit['第一中学']}"
    assert of_middle in shown and "报告厅" not in supervisor.get(of_middle.replace("&amp;", "&")).text
    (line,) = ok(as_("supervisor").get(f"{API}/activities?activity=drill"))["data"]
    assert (line["unit_name"], line["activity"], line["participants"]) == ("第一中学", "drill", 60)
    _, exported = csv_lines(supervisor.get("/activities.csv?activity=drill").content)
    assert "岗位练兵" in exported and "录播教室" in exported
    assert {each["unit_name"] for each in ok(as_("school").get(f"{API}/activities"))["data"]} == {"实验小学"}
    # Who has not begun is there with the task.
    missing = f"assignments?plan_item_id={study}&role=responsible&state=pending"
    behind = {each["unit_name"] for each in ok(as_("supervisor").get(f"{API}/{missing}"))["data"]}
    assert behind == {"柳林镇中心校", "柳林小学", "第一幼儿园"}
    listed = supervisor.get(f"/{missing}").text
    rows = {who: f"/assignments/{row(who, study)['id']}" for who in ("kindergarten", "middle")}
    assert f'"{rows["kindergarten"]}"' in listed and f'"{rows["middle"]}"' not in listed


def test_how_many_read_term_by_term_and_which_school_has_not_said(as_: As, browse: As, world: World) -> None:
    people = {"numerator_name": "参加阅读学生数", "denominator_name": "在校学生数"}
    reading = indicator(as_, world, code="YDFG", name="阅读覆盖率", target=95, **people)
    # Last term's came to the office as a table; this term each school brings in its own.
    rows = (("阅读覆盖率", "实验小学", period(1), 450, 500), ("YDFG", "第一中学", period(1), 950, 1000))
    table = {"resource": "indicator-values", "mode": "commit"}
    assert counts(looked_through(as_("education"), as_csv(*rows, heads=HEADS), "阅读.csv", **table)) == (2, 0, 0, 0)
    own = ("阅读覆盖率", "实验小学", period(), 490, 500)
    assert counts(looked_through(as_("school"), as_csv(own, heads=HEADS), "阅读.csv", **table)) == (1, 0, 0, 0)
    supervisor, path = browse("supervisor"), f"/indicators/{reading['id']}"
    shown = supervisor.get(path).text
    assert '<svg class="line"' in shown and "走势" in shown
    periods = ok(as_("supervisor").get(f"{API}{path}"))["periods"]
    assert [(each["reached"], each["not_reached"], each["missing"]) for each in periods[-2:]] == [(1, 1, 3), (1, 0, 4)]
    behind = supervisor.get(f"{path}?period={period()}&status=missing").text.partition('id="units"')[2]
    assert "第一中学" in behind and "实验小学" not in behind
