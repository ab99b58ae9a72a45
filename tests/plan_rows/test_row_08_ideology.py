"""What the plan demands, row 8: the venues of ideology (lectures, forums, societies) are registered, checked, approved
and reported; risks are checked and the situation is analysed regularly, period after period."""

from datetime import date

from app.assignments import renewal
from tests.assignments.test_dispatch import on
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.venue_activities.steps import CHECK, WORDS, days_go_by, tomorrow
from tests.walk.steps import API, PDF, evidence, issued_plan, ok
from tests.world import World

PLAN = """2026年意识形态工作实施方案
一、重点任务
（一）守好意识形态阵地
1.定期排查意识形态风险。主要措施：每季度对课堂、社团、网络平台排查一次，列出问题清单。牵头股室：党办；责任单位：各学校（园）；完成时限：每季度末
2.定期研判思想动态。主要措施：每季度听取一次师生思想动态汇报，形成研判意见。牵头股室：安稳股；责任单位：各学校（园）；完成时限：每季度末
"""


def test_risk_checks_and_situation_analyses_recur_each_with_its_record(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    plan = issued_plan(as_, PLAN)
    school = browse("school")
    rows = ok(as_("school").get(f"{API}/assignments?plan_id={plan['id']}"))["data"]
    assert len(rows) == 2 and {row["period"][5] for row in rows} == {"Q"}, "a quarter's"
    kinds = {"排查": ("risk_check", "信息中心"), "研判": ("situation_analysis", "会议室")}
    for row in rows:
        home = f"/assignments/{row['id']}"
        kind, place = next(kinds[word] for word in kinds if word in row["item_title"])
        assert school.post(f"{home}/acknowledge", data=form(school)).status_code == 303
        assert kind in school.get(home).text, "offered among the kinds"
        target = {"target": "assignments", "target_id": row["id"]}
        minutes = evidence(as_("school"), f"{place}记录", **target)
        held = {"text": "形成清单和意见。", "percent": 100, "place": place, "participants": 12, "activity": kind}
        held |= {"evidence_ids": [minutes["id"]]}
        ok(as_("school").post(f"{API}/assignments/{row['id']}/progress-reports", json=held), 201)
        assert school.post(f"{home}/submit", data=form(school)).status_code == 303
        ok(as_("supervisor").post(f"{API}/assignments/{row['id']}/complete"))
    # Who supervises it sees each by its kind, with its own record.
    supervisor = browse("supervisor")
    for kind, place in kinds.values():
        (line,) = ok(as_("supervisor").get(f"{API}/activities?activity={kind}"))["data"]
        assert (line["place"], [piece["title"] for piece in line["evidence"]]) == (place, [f"{place}记录"])
    shown = supervisor.get("/activities").text
    assert "风险排查" in shown and "思想动态研判" in shown and "会议室记录" in shown
    # The next quarter's come by themselves.
    year, quarter = int(rows[0]["period"][:4]), int(rows[0]["period"][-1])
    coming = date(year + 1, 1, 1) if quarter == 4 else date(year, quarter * 3 + 1, 1)
    assert on(stock, coming, renewal.renew, plan["id"]) > 0
    assert len(ok(as_("school").get(f"{API}/assignments?plan_id={plan['id']}"))["data"]) == 4


def test_from_registering_to_what_was_held(as_: As, browse: As, world: World, stock: Stock) -> None:
    supervisor, office, school = browse("supervisor"), browse("office"), browse("school")
    named = {"kind": "lecture", "office_id": world.unit["人事股"]}
    assert supervisor.post("/venue-reviewers", data=form(supervisor, **named)).status_code == 303
    assert "人事股" in school.get("/venue-reviewers").text
    # Registered before its day; what was typed wrongly is shown again.
    fields = {"kind": "lecture", **WORDS, "speaker": "沈清和", "speaker_unit": "市教育学院", "begins": "14:30"}
    fields["unit_id"] = world.unit["实验小学"]
    late = school.post("/venue-activities", data=form(school, **fields, held_on="2026-01-01"))
    assert late.status_code == 422 and "不在今天以后" in late.text and 'value="沈清和"' in late.text
    sent = school.post("/venue-activities", data=form(school, **fields, held_on=tomorrow()))
    assert sent.status_code == 303, sent.text
    home = sent.headers["location"]
    # Without the content check nobody approves it, and it waits for the school alone.
    assert "补内容审核" in school.get("/my-work").text and "沈清和" in office.get(home).text
    refused = office.post(f"{home}/approve", data=form(office))
    assert refused.status_code == 409 and "内容审核人" in refused.text
    version = ok(as_("school").get(f"{API}{home}"))["version"]
    checked = {**fields, **CHECK, "held_on": tomorrow(), "version": version}
    del checked["unit_id"]
    assert school.post(f"{home}/edit", data=form(school, **checked)).status_code == 303
    assert "廉洁文化讲座" in office.get("/my-work").text
    assert office.post(f"{home}/refuse", data=form(office)).status_code == 422
    assert office.post(f"{home}/approve", data=form(office, note="同意。")).status_code == 303
    assert "已批准" in school.get(home).text
    # Its day goes by: the school has it among its matters until it says how many came.
    days_go_by(stock, int(home.rpartition("/")[2]))
    assert "登记举办" in school.get("/my-work").text
    assert "举办后未报" in supervisor.get(home).text
    assert "廉洁文化讲座" in supervisor.get("/venue-activities?unreported=true").text
    assert school.post(f"{home}/hold", data=form(school, attended="58")).status_code == 409
    target = {"target": "venue-activities", "target_id": home.rpartition("/")[2], "back": home, "kind": "activity"}
    upload = {"data": form(school, **target), "files": {"file": ("签到.pdf", PDF, "application/pdf")}}
    assert school.post("/evidence/upload", **upload).headers["location"] == home
    assert school.post(f"{home}/hold", data=form(school, attended="58")).status_code == 303
    assert "已举办" in supervisor.get(home).text and "58 人" in supervisor.get(home).text
    assert "廉洁文化讲座" not in school.get("/my-work").text
    (head, line) = csv_lines(office.get("/venue-activities.csv").content)
    shown = dict(zip(head, line, strict=True))
    assert (shown["主题"], shown["审核结果"], shown["到场人数"]) == ("廉洁文化讲座", "通过", "58")
    assert browse("middle").get(home).status_code == 404
    trail = ok(as_("auditor").get(f"{API}/events?resource=venue_activity&resource_id={home.rpartition('/')[2]}"))
    done = [event["operation"] for event in reversed(trail["data"]) if event["outcome"] == "done"]
    assert done == [f"venue_activity.{step}" for step in ("create", "edit", "approve", "hold")]
