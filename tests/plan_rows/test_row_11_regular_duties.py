"""What the plan demands, row 11 (and the recurring duties of rows 8 and 12): reports on the rule of law are heard
regularly, period after period and across the new year; each is recorded with day, place and who took part."""

from datetime import date

from app.assignments import renewal
from tests.assignments.test_dispatch import on
from tests.conftest import As, form
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, issued_plan, ok
from tests.world import World

PLAN = """2026年推进依法治校实施方案
一、重点任务
（一）依法治校
1.定期听取法治工作汇报。主要措施：每季度听取一次，研究部署法治建设。牵头股室：安稳股；责任单位：各学校（园）；完成时限：每季度末
"""


def test_from_one_quarters_report_to_the_next_years(as_: As, browse: As, stock: Stock, world: World) -> None:
    plan = issued_plan(as_, PLAN)
    school = browse("school")
    (row,) = ok(as_("school").get(f"{API}/assignments?plan_id={plan['id']}"))["data"]
    home = f"/assignments/{row['id']}"
    assert school.post(f"{home}/acknowledge", data=form(school)).status_code == 303
    held = {"text": "听取德育处法治工作汇报，部署普法活动。", "percent": 100, "participants": 18}
    refused = school.post(f"{home}/progress-reports", data=form(school, **held))
    assert refused.status_code == 422 and "活动地点" in refused.text and held["text"] in refused.text
    held |= {"place": "校会议室", "activity": "rule_of_law_report"}
    assert school.post(f"{home}/progress-reports", data=form(school, **held)).status_code == 303
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    ok(as_("supervisor").post(f"{API}/assignments/{row['id']}/complete"))
    # It stands among the activities, for the school and for who supervises it, and nobody else.
    (mine,) = ok(as_("school").get(f"{API}/activities"))["data"]
    assert (mine["place"], mine["participants"], mine["unit_name"]) == ("校会议室", 18, "实验小学")
    shown = browse("supervisor").get("/activities?q=会议室&activity=rule_of_law_report").text
    assert "校会议室" in shown and "法治工作汇报" in shown
    assert ok(as_("supervisor").get(f"{API}/activities?activity=meeting"))["data"] == []
    assert "参加 18 人" in school.get(home).text
    assert ok(as_("kindergarten").get(f"{API}/activities"))["data"] == []
    # The next period comes by itself, also across the new year.
    year, quarter = int(row["period"][:4]), int(row["period"][-1])
    coming = date(year + 1, 1, 1) if quarter == 4 else date(year, quarter * 3 + 1, 1)
    assert on(stock, coming, renewal.renew, plan["id"]) > 0
    periods = {each["period"] for each in ok(as_("school").get(f"{API}/assignments?plan_id={plan['id']}"))["data"]}
    assert periods == {row["period"], f"{coming.year}-Q{(coming.month + 2) // 3}"}
