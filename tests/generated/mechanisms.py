"""Rows of the integrity mechanisms for the generated tests: one of each, of one school."""

from datetime import timedelta
from typing import Any

from app.core.calendar import now, today_of
from tests.cases.steps import circulated as circulate
from tests.cases.steps import concluded
from tests.conftest import As
from tests.integrity_risks.steps import WORDS as RISK
from tests.walk.steps import API, evidence, ok
from tests.world import World

ABROAD = "临水小学"
VISITED = "2026-01-15"
CLUE = {"category": "procurement", "source": "audit", "title": "大宗采购只有一家报价", "text": "连续两次只有一家报价。"}
OCCASION = {"host": "德育处", "place": "报告厅", "audience": "全体教师", "expected": 60}
PHASES = {
    f"{phase}_{end}": f"2199-{month:02}-{day}"
    for month, phase in enumerate(("self_check", "inspection", "rectification", "summary"), 1)
    for end, day in (("from", "01"), ("to", "20"))
}


def of_mechanisms(
    as_: As, world: World, account: str, school: str, row_id: int, proof_id: int, finding_id: int
) -> dict[str, int]:
    """Noun → id. ``row_id``, ``proof_id``: the school's assignment and evidence; ``finding_id``: what was found there."""
    unit_id = world.unit[school]
    post = {"unit_id": unit_id, "name": "林青", "post": "党支部书记", "duty": "primary_responsible_person"}
    appointment = ok(as_(account).post(f"{API}/appointments", json=post), 201)
    leading = {"unit_id": unit_id, "name": f"{school}领导小组", "leader": "林青", "members": ["高岩"]}
    leading = ok(as_(account).post(f"{API}/leading-groups", json=leading), 201)
    charter = {"unit_id": unit_id, "kind": "charter", "title": f"{school}章程", "adopted_on": "2026-01-05"}
    charter = ok(as_(account).post(f"{API}/filings", json=charter), 201)
    ok(
        as_(account).post(f"{API}/evidence/{proof_id}/links", json={"target": "filings", "target_id": charter["id"]}),
        201,
    )
    decision = _decision(as_, account, school, unit_id)
    complaint = _complaint(as_, world, unit_id)
    steps = [{"text": "修订议事规则", "person": "林青", "deadline_on": "2026-12-01"}]
    broken = {"assignment_id": row_id, "steps": steps, "measures": [{"text": "按期印发", "weight": 100}]}
    broken = ok(as_(account).post(f"{API}/breakdowns", json=broken), 201)
    told = {
        "unit_id": unit_id,
        "kind": "highlight",
        "title": f"{school}家风课",
        "text": "微课。",
        "written_on": "2026-01-05",
    }
    told = ok(as_(account).post(f"{API}/briefs", json=told), 201)
    ok(
        as_(account).post(f"{API}/evidence/{proof_id}/links", json={"target": "briefs", "target_id": told["id"]}),
        201,
    )
    visit = _visit(as_, school, unit_id)
    case = ok(as_("supervisor").post(f"{API}/cases", json={**CLUE, "unit_id": unit_id}), 201)
    lecture = {"unit_id": unit_id, "kind": "lecture", "topic": f"{school}廉洁讲座", "held_on": "2199-01-02", **OCCASION}
    lecture = ok(as_(account).post(f"{API}/venue-activities", json=lecture), 201)
    indicator = _indicator(as_, school, unit_id)
    figures = {"indicator_id": indicator["id"], "unit_id": unit_id, "numerator": 480, "denominator": 500}
    figures = ok(as_(account).post(f"{API}/indicator-values", json=figures), 201)
    group = ok(as_("supervisor").get(f"{API}/unit-groups?q=各学校（园）"))["data"][0]
    searched = {
        "year": 2026,
        "title": f"{school}廉政风险排查",
        "deadline_on": "2199-01-01",
        "unit_group_id": group["id"],
    }
    searched = ok(as_("supervisor").post(f"{API}/risk-rounds", json=searched), 201)
    risk = RISK | {"unit_id": unit_id, "round_id": searched["id"]}
    risk = ok(as_(account).post(f"{API}/integrity-risks", json=risk), 201)
    measure = {"text": "三家比价，两人验收。", "responsible_person": "何芳"}
    measure = ok(as_(account).post(f"{API}/integrity-risks/{risk['id']}/measures", json=measure), 201)
    appraised = _appraised(as_, account, school, unit_id, group["id"])
    action = _held_to_account(as_, finding_id, unit_id)
    campaign = _campaign(as_, school, unit_id)
    return {
        **appraised,
        "accountability-actions": action,
        **campaign,
        "cited": finding_id,
        "filings": charter["id"],
        "major-decisions": decision["id"],
        "decision-remarks": decision["remarks"][0]["id"],
        "complaints": complaint,
        "breakdowns": broken["id"],
        "briefs": told["id"],
        **visit,
        "cases": case["id"],
        "venue-activities": lecture["id"],
        "appointments": appointment["id"],
        "leading-groups": leading["id"],
        "indicators": indicator["id"],
        "indicator-values": figures["id"],
        "risk-rounds": searched["id"],
        "integrity-risks": risk["id"],
        "risk-measures": measure["id"],
        "unit-groups": group["id"],
    }


def _decision(as_: As, account: str, school: str, unit_id: int) -> Any:
    """A large sum to be spent, with a remark that waits for an answer."""
    given = {
        "unit_id": unit_id,
        "category": "fund",
        "subject": f"{school}购置录播设备",
        "proposer": "林青",
        "amount": "480000",
        "meeting_kind": "party_meeting",
        "chair": "林青",
        "opinions": [{"speaker": "高岩", "text": "同意。"}],
        "recusals": [{"name": "何芳", "reason": "亲属投标。"}],
    }
    made = ok(as_(account).post(f"{API}/major-decisions", json=given), 201)
    return ok(as_("supervisor").post(f"{API}/major-decisions/{made['id']}/remarks", json={"text": "请公示询价。"}), 201)


def _appraised(as_: As, account: str, school: str, unit_id: int, group_id: int) -> dict[str, int]:
    """A round that is open, with what the supervision office takes off; and one that is published, against which the
    school appeals."""
    client = as_("supervisor")
    office = next(row["id"] for row in ok(client.get(f"{API}/units?q=督查室"))["data"])
    made: dict[str, int] = {}
    for year in (2025, 2026):
        given = {"year": year, "title": f"{school}作风考核", "unit_group_id": group_id, "shows_ranking": False}
        made["appraisals"] = ok(client.post(f"{API}/appraisals", json=given), 201)["id"]
        at = f"{API}/appraisals/{made['appraisals']}"
        entered = {"name": "会风会纪", "weight": 10, "source": "entered", "office_id": office}
        made["appraisal-criteria"] = ok(client.post(f"{at}/criteria", json=entered), 201)["id"]
        criterion = f"{API}/appraisal-criteria/{made['appraisal-criteria']}"
        late = {"unit_id": unit_id, "points": 2, "reason": f"{school}缺席例会。"}
        made["appraisal-deductions"] = ok(client.post(f"{criterion}/deductions", json=late), 201)["id"]
        by = {"target": "appraisal-deductions", "target_id": str(made["appraisal-deductions"])}
        evidence(client, f"{school}例会签到表", kind="meeting", **by)
        if year == 2025:
            ok(client.post(f"{criterion}/finish"))
            ok(client.post(f"{at}/score"))
            ok(client.post(f"{at}/publish"))
            of = f"{API}/appraisal-results?appraisal_id={made['appraisals']}&unit_id={unit_id}"
            made["appraisal-results"] = ok(client.get(of))["data"][0]["id"]
            against = f"{API}/appraisal-deductions/{made['appraisal-deductions']}/appeals"
            made["appraisal-appeals"] = ok(as_(account).post(against, json={"reason": "已请假。"}), 201)["id"]
    return made


def _held_to_account(as_: As, finding_id: int, unit_id: int) -> int:
    """Proposed, and approved by nobody yet."""
    cited = [{"kind": "finding", "source_id": finding_id}]
    body = {"unit_id": unit_id, "kind": "reminder", "reason": "收费公示不全。", "triggers": cited}
    return int(ok(as_("supervisor").post(f"{API}/accountability-actions", json=body), 201)["id"])


def _complaint(as_: As, world: World, unit_id: int) -> int:
    """About that school; in the larger district it was given to an office."""
    about = {"unit_id": unit_id, "category": "fees", "text": "收费没有公示。"}
    ok(as_("supervisor").post(f"{API}/public/complaints", json=about), 201)
    made: int = ok(as_("supervisor").get(f"{API}/complaints?unit_id={unit_id}"))["data"][0]["id"]
    ok(as_("supervisor").post(f"{API}/complaints/{made}/accept"))
    if unit_id != world.unit[ABROAD]:
        handled = {"handling_unit_id": world.unit["人事股"], "handler_id": world.user["office"]}
        ok(as_("supervisor").post(f"{API}/complaints/{made}/assign", json=handled))
    return made


def _campaign(as_: As, school: str, unit_id: int) -> dict[str, int]:
    """Led by the supervision office, and asking that school alone."""
    client = as_("supervisor")
    lead = next(row["id"] for row in ok(client.get(f"{API}/units?q=督查室"))["data"])
    group = {"name": f"{school}收费检查领导小组", "leader": "王建国"}
    given = {"title": f"{school}收费检查", "basis": "工作要点", "purpose": "规范收费。", "fees": True, **PHASES}
    given |= {"unit_id": lead, "unit_ids": [unit_id], "leading_group": group}
    made = ok(client.post(f"{API}/campaigns", json=given), 201)
    ok(client.post(f"{API}/campaigns/{made['id']}/start"))
    check = ok(client.get(f"{API}/self-checks?campaign_id={made['id']}"))["data"][0]
    return {"campaigns": made["id"], "self-checks": check["id"]}


def _visit(as_: As, school: str, unit_id: int) -> dict[str, int]:
    """By the supervision office, in a pair that stands no more, with something that it urged."""
    client = as_("supervisor")
    office = next(row["id"] for row in ok(client.get(f"{API}/units?q=督查室"))["data"])
    pair = {"office_id": office, "school_id": unit_id, "valid_from": "2026-01-01", "valid_to": "2026-01-31"}
    pair = ok(client.post(f"{API}/liaisons", json=pair), 201)
    given = {"liaison_id": pair["id"], "visited_on": VISITED, "visitors": "李卫东", "content": f"{school}：查看公示。"}
    visit = ok(client.post(f"{API}/liaison-visits", json=given), 201)
    urged = {"text": "更新公示。", "deadline_on": "2199-01-02"}
    matter = ok(client.post(f"{API}/liaison-visits/{visit['id']}/urge", json=urged), 201)
    return {"liaison-visits": visit["id"], "liaison-matters": matter["id"], "visited-pairs": pair["id"]}


def _indicator(as_: As, school: str, unit_id: int) -> Any:
    """The supervision office's, of which that school knows; it began a year before."""
    group = ok(as_("supervisor").get(f"{API}/unit-groups?q=各学校（园）"))["data"][0]
    begun = today_of(now()) - timedelta(days=400)
    given = {
        "code": f"KH-{unit_id}",
        "name": f"{school}课后服务覆盖率",
        "definition": "有需要的学生都参加。",
        "measure": "percent",
        "numerator_name": "参加学生数",
        "denominator_name": "有需要的学生数",
        "direction": "at_least",
        "target": 98,
        "cadence": "termly",
        "unit_group_id": group["id"],
        "valid_from": begun.isoformat(),
    }
    return ok(as_("supervisor").post(f"{API}/indicators", json=given), 201)


def circulated(as_: As, world: World, unit_id: int) -> int:
    """What the district may read of a case that was concluded."""
    row = concluded(
        as_("supervisor"), ok(as_("supervisor").post(f"{API}/cases", json={**CLUE, "unit_id": unit_id}), 201)
    )
    return int(circulate(as_, world, row, unit_ids=[unit_id])["circular_id"])
