"""What the plan demands, row 14: a special campaign with its own leading group; a joint inspection of fees by the office
that leads and seven more."""

from typing import Any

from tests.campaigns.steps import GROUP, PAID, TOLD, WORDS, days
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import day
from tests.walk.steps import API, PDF, evidence, finding, ok
from tests.world import OFFICES, World

SEVEN = tuple(name for name in OFFICES if name != "教育股")
LEAD = "教育股"
"""Here it leads; the bureau's plan names 计财股."""


def test_from_self_check_to_the_final_summary(as_: As, browse: As, world: World) -> None:
    supervisor, school, lead = browse("supervisor"), browse("school"), browse("education")
    fields = {**WORDS, "fees": "true", **days(), "unit_id": world.unit[LEAD]}
    fields |= {"office_ids[]": [world.unit[name] for name in SEVEN], "unit_group_id": world.group["各学校（园）"]}
    group = {f"leading_group/{name}": GROUP[name] for name in ("name", "leader")} | {
        "leading_group/members": "李卫东、张晓梅"
    }
    made = supervisor.post("/campaigns", data=form(supervisor, **fields, **group))
    assert made.status_code == 303, made.text
    home = made.headers["location"]
    number = int(home.rpartition("/")[2])
    assert school.get(home).status_code == 404  # Nobody is asked before its start.
    assert lead.post(f"{home}/start", data=form(lead)).status_code == 403
    assert supervisor.post(f"{home}/start", data=form(supervisor)).status_code == 303
    assert "张晓梅" in school.get(home).text
    # Each unit finds its self-check among its matters; one has a problem, one has none.
    assert f"专项自查 · 实验小学：{WORDS['title']}" in school.get("/my-work").text
    check = _self_check(as_, "school", number)
    version = ok(as_("school").get(f"{API}{check}"))["version"]
    said = {**TOLD, "has_problem": "true", **PAID}
    assert school.post(check, data=form(school, version=version, **said)).status_code == 303
    assert school.post(f"{check}/submit", data=form(school)).status_code == 409  # There is no report yet.
    upload = {"target": "self-checks", "target_id": check.rpartition("/")[2], "back": check, "kind": "inspection"}
    files = {"file": ("自查报告.pdf", PDF, "application/pdf")}
    assert school.post("/evidence/upload", data=form(school, **upload), files=files).status_code == 303
    assert school.post(f"{check}/submit", data=form(school)).status_code == 303
    assert lead.get("/my-work").text.count("专项自查 · 实验小学") == 1
    assert lead.post(f"{check}/send-back", data=form(lead, note="请写明学期。")).status_code == 303
    assert "请写明学期。" in school.get(check).text
    assert school.post(f"{check}/submit", data=form(school)).status_code == 303
    assert lead.post(f"{check}/confirm", data=form(lead)).status_code == 303
    nil = _self_check(as_, "middle", number)
    _hand_in(as_, nil)
    assert lead.post(f"{nil}/confirm", data=form(lead)).status_code == 303
    # The joint inspection: the office that leads and the seven inspect together.
    assert lead.post(f"{home}/begin-inspection", data=form(lead)).status_code == 303
    assert f"{home}/inspect" in lead.get(home).text and "联合检查" in lead.get(f"{home}/inspect").text
    inspected = [world.unit["实验小学"], world.unit["第一幼儿园"]]
    plan = {"title": "收费联合检查", "mode": "announced", "kind": "joint", "unit_ids[]": inspected}
    plan |= {"starts_on": day(0), "ends_on": day(7), "team_unit_ids[]": [world.unit[n] for n in (*SEVEN, "督查室")]}
    planned = lead.post(f"{home}/inspect", data=form(lead, **plan))
    assert planned.status_code == 303, planned.text
    joint = int(planned.headers["location"].rpartition("/")[2])
    assert planned.headers["location"] in lead.get(home).text
    ok(as_("education").post(f"{API}/inspections/{joint}/start"))
    for unit, severity in (("实验小学", "serious"), ("第一幼儿园", "minor")):
        found = finding(as_, joint, world.unit[unit], severity=severity)
        ok(as_("education").post(f"{API}/findings/{found['id']}/issue"))
    assert lead.post(f"{home}/begin-rectification", data=form(lead)).status_code == 303
    # Every figure is the number of rows behind its link, for whoever looks.
    for account in ("supervisor", "education", "office", "school", "kindergarten", "leader"):
        _figures_are_rows(as_(account), number)
    figures = ok(as_("education").get(f"{API}{home}/rollup"))
    assert (figures["targets"], figures["handed_in"], figures["problems"]) == (5, 2, 1)
    assert (figures["amount_involved"], figures["amount_returned"]) == ("1280.5", "300")
    assert figures["rectifications"] == {"total": 3, "open": 3, "closed": 0, "overdue": 0}
    assert [office["unit_name"] for office in figures["offices"]] == [LEAD, *SEVEN]
    # At the end each office says its part, and the lead sums up; what is open is named.
    assert lead.post(f"{home}/begin-summary", data=form(lead)).status_code == 303
    office = browse("office")
    assert "报送小结" in office.get("/my-work").text
    assert office.post(f"{home}/summarize", data=form(office, text="查了六所学校。")).status_code == 303
    assert "查了六所学校。" in lead.get(home).text and "查了六所学校。" not in school.get(home).text
    assert lead.post(f"{home}/close", data=form(lead)).status_code == 409
    version = ok(as_("education").get(f"{API}{home}"))["version"]
    summed = form(lead, version=version, conclusion="已清退三百元，其余限期清退。")
    assert lead.post(f"{home}/edit", data=summed).status_code == 303
    left = lead.post(f"{home}/close", data=form(lead))
    assert left.status_code == 409 and "3 项整改没有销号" in left.text and "3 个单位没有报送自查" in left.text
    assert lead.post(f"{home}/close", data=form(lead, note="转督查室跟踪。")).status_code == 303
    assert "其余限期清退" in school.get(home).text
    assert len(csv_lines(as_("supervisor").get(f"{API}/self-checks.csv?campaign_id={number}").content)) == 1 + 5
    assert "多收作业本费" in lead.get(f"/self-checks/print?campaign_id={number}").text
    assert LEAD in csv_lines(as_("supervisor").get(f"{API}/campaigns.csv").content)[1]


def _self_check(as_: As, account: str, number: int) -> str:
    (row,) = ok(as_(account).get(f"{API}/self-checks?campaign_id={number}"))["data"]
    return f"/self-checks/{row['id']}"


def _hand_in(as_: As, check: str) -> None:
    middle = as_("middle")
    said = {"json": {"situation": "没有代收费。", "has_problem": False}, "headers": {"if-match": "1"}}
    ok(middle.patch(f"{API}{check}", **said))
    evidence(middle, "自查报告", kind="inspection", target="self-checks", target_id=check.rpartition("/")[2])
    ok(middle.post(f"{API}{check}/submit"))


def _figures_are_rows(client: Any, number: int) -> None:
    of, opened = f"campaign_id={number}", "pending,in_progress,submitted"
    f = ok(client.get(f"{API}/campaigns/{number}/rollup"))
    rows = {
        f"self-checks?{of}": f["targets"],
        f"self-checks?{of}&state=submitted,confirmed": f["handed_in"],
        f"self-checks?{of}&state=submitted,confirmed&has_problem=true": f["problems"],
        f"inspections?{of}": f["inspections"],
        f"findings?{of}": f["findings"]["total"],
        f"rectifications?{of}&state={opened}": f["rectifications"]["open"],
        f"rectifications?{of}&lamp=red": f["rectifications"]["overdue"],
    } | {f"findings?{of}&severity={each}": f["findings"][each] for each in ("minor", "major", "serious")}
    for office in f["offices"]:
        by = f"{of}&inspecting_unit_id={office['unit_id']}"
        rows |= {
            f"inspections?{of}&unit_id={office['unit_id']}": office["inspections"],
            f"findings?{by}": office["findings"],
            f"rectifications?{by}&state={opened}": office["rectifications"]["open"],
        }
    for unit in ok(client.get(f"{API}/self-checks?{of}"))["data"]:
        at = f"{of}&unit_id={unit['unit_id']}"
        rows |= {
            f"inspections?{of}&target_unit_id={unit['unit_id']}": unit["inspection_count"],
            f"findings?{at}": unit["finding_count"],
            f"rectifications?{at}&state={opened}": unit["rectifications"]["open"],
        }
    for link, count in rows.items():
        assert ok(client.get(f"{API}/{link}&count=true"))["total"] == count, link
