"""What the plan demands, row 10: work-style appraisal in the yearly responsibility score, every deduction with its
source, and reminders and talks for the lowest."""

import re
from datetime import timedelta

from app.core.calendar import now
from tests.appraisals.steps import AT, YEAR, days_pass, results
from tests.conftest import As, form
from tests.exported import csv_lines, page_lines
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, PDF, ok
from tests.world import World


def test_from_the_criteria_to_the_ranking_and_the_talk(as_: As, browse: As, world: World, stock: Stock) -> None:
    supervisor, office, school = browse("supervisor"), browse("office"), browse("school")
    unit = world.unit["实验小学"]
    plan = stock.plan()
    late = stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", days=-9)
    kept = now() - timedelta(days=2)
    stock.assignment(plan, stock.item(plan), "实验小学", "completed", days=-1, submitted_at=kept)
    unmended = stock.rectification("第一中学", "pending", days=-3)
    # The supervision office starts the year's round: two criteria from the system's rows, one that 人事股 enters.
    fields = {"year": YEAR, "title": f"{YEAR}年作风考核", "unit_group_id": world.group["各学校（园）"]}
    fields |= {
        "appeal_workdays": 5,
        "shows_ranking": "1",
        "starts_on": f"{YEAR - 1}-01-01",
        "ends_on": f"{YEAR + 1}-12-31",
    }
    made = supervisor.post("/appraisals", data=form(supervisor, **fields))
    assert made.status_code == 303, made.text
    at = made.headers["location"]
    assert supervisor.post(f"{at}/score", data=form(supervisor)).status_code == 409  # By what?
    for name, weight, source in (
        ("按期办结", 40, "completed"),
        ("整改销号", 30, "rectified"),
        ("会风会纪", 30, "entered"),
    ):
        by = {"office_id": world.unit["人事股"]} if source == "entered" else {}
        given = {"name": name, "weight": weight, "source": source, **by}
        assert supervisor.post(f"{at}/criteria", data=form(supervisor, **given)).status_code == 303, name
    # 人事股 finds it among its matters, takes off with a reason, and says that it is done.
    matters = office.get("/my-work").text
    found = re.search(r"/appraisal-criteria/\d+", matters)
    assert found and "会风会纪" in matters
    assert "等待录入完毕" in supervisor.post(f"{at}/score", data=form(supervisor)).text
    given = {"unit_id": unit, "points": "2.5", "reason": "9月例会无故缺席。"}
    assert office.post(f"{found[0]}/deductions", data=form(office, **given)).status_code == 303
    # It is done once what it took off is proved.
    unproven = office.post(f"{found[0]}/finish", data=form(office))
    assert unproven.status_code == 409 and "有 1 条扣分没有依据（实验小学）" in unproven.text
    (waiting,) = set(re.findall(r'href="/appraisal-deductions/(\d+)#f-evidence"', unproven.text))
    paper = {"target": "appraisal-deductions", "target_id": waiting, "back": found[0], "kind": "meeting"}
    upload = {"data": form(office, **paper), "files": {"file": ("会议签到表.pdf", PDF, "application/pdf")}}
    assert office.post("/evidence/upload", **upload).headers["location"] == found[0]
    assert "待补依据" not in office.get(found[0]).text
    assert office.post(f"{found[0]}/finish", data=form(office)).status_code == 303
    assert "会风会纪" not in office.get("/my-work").text
    # Scored: each deduction leads to its row. Nobody but the bureau sees it before it is published.
    assert supervisor.post(f"{at}/score", data=form(supervisor)).status_code == 303
    row = ok(as_("supervisor").get(f"{API}{at}"))
    assert results(as_("school"), row) == {} and "还没有得分" in school.get("/appraisal-results").text
    assert supervisor.post(f"{at}/publish", data=form(supervisor)).status_code == 303
    mine = results(as_("school"), row)
    assert list(mine) == ["实验小学"] and mine["实验小学"]["score"] == "77.5" and mine["实验小学"]["rank"] is None
    assert [each["figure"] for each in mine["实验小学"]["detail"]] == ["50%（1/2）", None, None]
    home = f"/appraisal-results/{mine['实验小学']['id']}"
    assert home in school.get("/my-work").text and "已公布，有异议请在" in school.get("/notifications").text
    page = school.get(home).text
    assert f"/assignments/{late}" in page and "9月例会无故缺席" in page
    theirs = results(as_("middle"), row)["第一中学"]
    assert f"/rectifications/{unmended}" in browse("middle").get(f"/appraisal-results/{theirs['id']}").text
    assert school.get(f"/appraisal-results/{theirs['id']}").status_code == 404
    assert school.post(f"{home}/confirm", data=form(school)).status_code == 303
    assert home not in school.get("/my-work").text
    # The school appeals with a proof; someone else decides, the deduction is void and the points are reckoned anew.
    taken = ok(as_("school").get(f"{API}{home}"))["deductions"]
    entered = next(each for each in taken if each["points"] == "2.5")
    appealed = school.post(
        f"/appraisal-deductions/{entered['id']}/appeals", data=form(school, reason="当日已书面请假。")
    )
    assert appealed.status_code == 303, appealed.text
    case = appealed.headers["location"]
    target = {"target": "appraisal-appeals", "target_id": case.rpartition("/")[2], "back": case, "kind": "meeting"}
    upload = {"data": form(school, **target), "files": {"file": ("请假条.pdf", PDF, "application/pdf")}}
    assert school.post("/evidence/upload", **upload).headers["location"] == case
    assert case in supervisor.get("/my-work").text and case not in office.get("/my-work").text
    assert office.post(f"{case}/uphold", data=form(office, note="属实。")).status_code == 403
    assert supervisor.post(f"{case}/uphold", data=form(supervisor)).status_code == 422
    assert supervisor.post(f"{case}/uphold", data=form(supervisor, note="请假条属实。")).status_code == 303
    assert "已撤销" in school.get(home).text and "请假条属实" in school.get(case).text
    assert results(as_("school"), row)["实验小学"]["score"] == "80"
    # Frozen when the days for appeals are over; what becomes of the rows changes nothing any more.
    assert supervisor.post(f"{at}/freeze", data=form(supervisor)).status_code == 409
    days_pass(as_("supervisor"), row)
    assert supervisor.post(f"{at}/freeze", data=form(supervisor)).status_code == 303
    ranking = results(as_("supervisor"), row)
    assert [each["rank"] for each in ranking.values()][:2] == [1, 1]  # Who has as much shares the place.
    assert (ranking["实验小学"]["rank"], ranking["第一中学"]["rank"]) == (len(ranking) - 1, len(ranking))
    ok(as_("supervisor").post(f"{API}/assignments/{late}/waive", json={"note": "不再要求。"}))
    assert results(as_("school"), row) == {
        name: each | {"allowed_actions": []} for name, each in ranking.items()
    }  # The round shows its ranking; only deductions stay each unit's own.
    assert ok(as_("school").get(f"{API}/appraisal-results/{theirs['id']}"))["deductions"] == []
    head, *lines = csv_lines(as_("supervisor").get(f"{API}/appraisal-results.csv?appraisal_id={row['id']}").content)
    assert len(lines) == len(ranking) and head[:7] == [
        "名次",
        "单位",
        "责任领导",
        "责任人",
        "得分",
        "满分",
        "按期办结（40）",
    ]
    assert next(line for line in lines if line[1] == "实验小学")[6] == "20"
    assert page_lines(supervisor.get(f"/appraisal-results/print?appraisal_id={row['id']}").text) == [head, *lines]
    kept = ok(as_("supervisor").get(f"{API}{at}"))["snapshot"]
    assert kept["units"] == len(ranking) and kept["criteria"][0]["formula"].startswith("40 × 时限内提交数")
    # The lowest are proposed for a talk and a reminder, which cite the rank.
    ok(as_("supervisor").post(f"{API}/accountability-actions/run"))
    actions = ok(as_("supervisor").get(f"{API}/accountability-actions?limit=200"))["data"]
    proposed = {
        (each["unit_name"], each["kind"])
        for each in actions
        if any(
            t["kind"] == "appraisal_rank"
            for t in ok(as_("supervisor").get(f"{API}/accountability-actions/{each['id']}"))["triggers"]
        )
    }
    assert proposed == {("第一中学", "talk"), ("实验小学", "reminder")}
    trail = ok(as_("auditor").get(f"{API}/events?resource=appraisal&resource_id={row['id']}"))["data"]
    done = [event["operation"] for event in reversed(trail) if event["outcome"] == "done"]
    assert done == [f"appraisal.{act}" for act in ("create", "score", "publish", "freeze")]
    assert ok(as_("supervisor").get(AT))["data"][0]["state"] == "frozen"
