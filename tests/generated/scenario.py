"""Work under way at two schools and at one of another district, with an id of every kind of row for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.assignments.periods import current
from app.core.audit import audited_write
from app.core.calendar import now, today_of
from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.exports.models import RUN as EXPORT
from app.jobs.models import JOB
from app.notifications import operations as notices
from app.plans.models import Cadence
from app.settings import Settings
from tests.conftest import As
from tests.integrity_risks.steps import WORDS as RISK
from tests.walk.steps import API, assignment, evidence, finding, inspection, issued_plan, items, ok, rectification
from tests.world import PASSWORD, World

SCHOOLS = {"school": "实验小学", "central": "柳林小学"}
LONG_AFTER = date(2199, 6, 3)
ABROAD = "临水小学"
VISITED = "2026-01-15"
CLUE = {"category": "procurement", "source": "audit", "title": "大宗采购只有一家报价", "text": "连续两次只有一家报价。"}
OCCASION = {"host": "德育处", "place": "报告厅", "audience": "全体教师", "expected": 60}
WHOSE = (*SCHOOLS.values(), ABROAD)
PLAN_ABROAD = """2026年临水区清廉学校建设方案
一、重点任务
（一）严实作风
1.健全学校议事决策制度。主要措施：修订议事规则，重大事项集体研究。责任单位：临水小学
2.开展教育收费自查。主要措施：逐项核对收费公示。牵头股室：临水督查室；完成时限：2026年12月底前
"""


@dataclass
class Scenario:
    """``ids[noun][school]``: ``ids["assignments"]["实验小学"]``."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)

    def put(self, noun: str, school: str, row_id: int) -> None:
        self.ids.setdefault(noun, {})[school] = row_id


def build(as_: As, world: World) -> Scenario:
    made = Scenario()
    plan = issued_plan(as_)
    for account, school in SCHOOLS.items():
        _work(as_, world, made, plan["id"], account, school)
    for noun, row_id in _shared(as_, world, "实验小学", "人事股", "school").items():
        for school in SCHOOLS.values():
            made.put(noun, school, row_id)
    made.bodies = _bodies(world, made)
    return made


def build_abroad(as_: As, world: World, made: Scenario) -> None:
    """The same in the other district, by its own people."""

    def abroad(account: str) -> Any:
        return as_(f"other_{account}")

    plan = issued_plan(abroad, PLAN_ABROAD)
    _work(abroad, world, made, plan["id"], "school", ABROAD)
    for noun, row_id in _shared(abroad, world, ABROAD, "临水督查室", "school").items():
        made.put(noun, ABROAD, row_id)


def _work(as_: As, world: World, made: Scenario, plan_id: int, account: str, school: str) -> None:
    unit_id = world.unit[school]
    item = items(as_, plan_id)[0]
    row = assignment(as_, account, unit_id)
    ok(as_(account).post(f"{API}/assignments/{row['id']}/acknowledge"))
    report = {"text": "已完成初稿。", "percent": 40}
    ok(as_(account).post(f"{API}/assignments/{row['id']}/progress-reports", json=report), 201)
    unit = {"unit_id": str(unit_id)} if account == "central" else {}
    proof = evidence(as_(account), f"{school}议事规则", **unit)
    link = {"target": "assignments", "target_id": row["id"]}
    as_(account).post(f"{API}/evidence/{proof['id']}/links", json=link)
    matter = rectification(as_, world, school)
    asked = {"deadline_on": "2199-01-01", "reason": "需要更多时间。"}
    extension = ok(as_(account).post(f"{API}/rectifications/{matter['id']}/extensions", json=asked), 201)
    surprise = inspection(as_, [unit_id], mode="unannounced", title=f"{school}暗访")
    ok(as_("supervisor").post(f"{API}/inspections/{surprise['id']}/start"))
    draft = finding(as_, surprise["id"], unit_id)
    box = {"plan_id": plan_id, "unit_id": unit_id, "name": "议事决策", "item_ids": [item["id"]]}
    box = ok(as_(account).post(f"{API}/archive-boxes", json=box), 201)
    ok(as_(account).post(f"{API}/archive-boxes/{box['id']}/fill", json={}))
    paper = ok(as_("supervisor").post(f"{API}/documents", json={"kind": "circular", "plan_id": plan_id}), 201)
    post = {"unit_id": unit_id, "name": "林青", "post": "党支部书记", "duty": "primary_responsible_person"}
    appointment = ok(as_(account).post(f"{API}/appointments", json=post), 201)
    leading = {"unit_id": unit_id, "name": f"{school}领导小组", "leader": "林青", "members": ["高岩"]}
    leading = ok(as_(account).post(f"{API}/leading-groups", json=leading), 201)
    charter = {"unit_id": unit_id, "kind": "charter", "title": f"{school}章程", "adopted_on": "2026-01-05"}
    charter = ok(as_(account).post(f"{API}/filings", json=charter), 201)
    ok(
        as_(account).post(
            f"{API}/evidence/{proof['id']}/links", json={"target": "filings", "target_id": charter["id"]}
        ),
        201,
    )
    ok(as_(account).post(f"{API}/evidence/{proof['id']}/links", json={"target": "filings", "target_id": charter["id"]}), 201)
    decision = _decision(as_, account, school, unit_id)
    complaint = _complaint(as_, world, unit_id)
    steps = [{"text": "修订议事规则", "person": "林青", "deadline_on": "2026-12-01"}]
    broken = {"assignment_id": row["id"], "steps": steps, "measures": [{"text": "按期印发", "weight": 100}]}
    broken = ok(as_(account).post(f"{API}/breakdowns", json=broken), 201)
    told = {"unit_id": unit_id, "kind": "highlight", "title": f"{school}家风课", "text": "微课。", "written_on": "2026-01-05"}
    told = ok(as_(account).post(f"{API}/briefs", json=told), 201)
    ok(as_(account).post(f"{API}/evidence/{proof['id']}/links", json={"target": "briefs", "target_id": told["id"]}), 201)
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
    action = _held_to_account(as_, matter["finding_id"], unit_id)
    person = ok(as_(account).get(f"{API}/me"))
    ok(as_(account).post(f"{API}/sessions", json={"username": person["username"], "password": PASSWORD}), 201)
    login = ok(as_(account).get(f"{API}/me/sessions"))["data"][0]
    for noun, value in {
        "assignments": row["id"],
        "evidence": proof["id"],
        "archive-boxes": box["id"],
        "documents": paper["id"],
        "accountability-actions": action,
        "cited": matter["finding_id"],
        "rectifications": matter["id"],
        "extensions": extension["id"],
        "filings": charter["id"],
        "major-decisions": decision["id"],
        "decision-remarks": decision["remarks"][0]["id"],
        "complaints": complaint,
        "breakdowns": broken["id"],
        "briefs": told["id"],
        **visit,
        "cases": case["id"],
        "venue-activities": lecture["id"],
        "inspections": surprise["id"],
        "findings": draft["id"],
        "plans": plan_id,
        "plan-items": item["id"],
        "units": unit_id,
        "appointments": appointment["id"],
        "leading-groups": leading["id"],
        "indicators": indicator["id"],
        "indicator-values": figures["id"],
        "risk-rounds": searched["id"],
        "integrity-risks": risk["id"],
        "risk-measures": measure["id"],
        "unit-groups": group["id"],
        "users": person["user_id"],
        "notifications": _reminded(as_(account)),
        "sessions": login["id"],
    }.items():
        made.put(noun, school, value)


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


def _reminded(client: Any) -> int:
    """A notice of the account's: long after, everything is overdue."""
    district = ok(client.get(f"{API}/me"))["district_id"]

    def remind(connection: sa.Connection) -> None:
        tx = Tx(connection, system_within(district), Settings())
        tx.today = LONG_AFTER
        transact(tx, notices.remind)

    client.app.state.database.write_now(remind)
    return int(ok(client.get(f"{API}/notifications"))["data"][0]["id"])


def _shared(as_: As, world: World, school: str, office: str, account: str) -> Mapping[str, int]:
    """Rows that belong to no school."""
    alias = {"name": "实小", "unit_id": world.unit[school]}
    pair = {"office_id": world.unit[office], "school_id": world.unit[school]}
    day = {"on": "2026-10-10", "is_workday": True, "name": "调休上班"}
    term = {"name": "2026-T1", "starts_on": "2026-09-01", "ends_on": "2027-01-22"}
    listed = _imported(as_("sysadmin"), world, school)
    system = {"name": "学籍系统", "url": "https://hooks.example.com/in", "unit_id": world.unit[school]}
    webhook = ok(as_("secadmin").post(f"{API}/webhooks", json=system), 201)["id"]
    export, job = _exported(as_(account), as_("sysadmin"))
    points = {"title": "收费公示检查表", "points": [{"area": "公示", "text": "按学期更新", "score": 5}]}
    supervisor = as_("supervisor")
    group = ok(supervisor.get(f"{API}/unit-groups?q=各学校（园）"))["data"][0]
    asked = {"kind": "charter", "unit_group_id": group["id"], "deadline": "三月底前"}
    supervised = {"category": "fund", "office_id": world.unit[office], "basis": "工作方案"}
    return {
        "accountability-rungs": ok(supervisor.get(f"{API}/accountability-rungs"))["data"][0]["id"],
        "case-circulars": _circulated(supervisor, world.unit[school]),
        "filing-requirements": ok(supervisor.post(f"{API}/filing-requirements", json=asked), 201)["id"],
        "decision-supervisions": ok(supervisor.post(f"{API}/decision-supervisions", json=supervised), 201)["id"],
        "unit-aliases": ok(supervisor.post(f"{API}/unit-aliases", json=alias), 201)["id"],
        "liaisons": ok(supervisor.post(f"{API}/liaisons", json=pair), 201)["id"],
        "calendar-days": ok(supervisor.post(f"{API}/calendar-days", json=day), 201)["id"],
        "school-terms": ok(supervisor.post(f"{API}/school-terms", json=term), 201)["id"],
        "checklists": ok(supervisor.post(f"{API}/checklists", json=points), 201)["id"],
        "role-grants": ok(as_(account).get(f"{API}/role-grants"))["data"][0]["id"],
        "imports": listed["id"],
        "exports": export,
        "jobs": job,
        "import-rows": ok(as_("sysadmin").get(f"{API}/imports/{listed['id']}/rows"))["data"][0]["id"],
        "events": ok(as_("auditor").get(f"{API}/events"))["data"][0]["id"],
        "webhooks": webhook,
        "webhook-deliveries": ok(as_("secadmin").post(f"{API}/webhooks/{webhook}/test"), 201)["id"],
        "api-tokens": ok(as_(account).get(f"{API}/api-tokens"))["data"][0]["id"],
    }


def _circulated(client: Any, unit_id: int) -> int:
    """What the district may read of a case that was concluded."""
    made = ok(client.post(f"{API}/cases", json={**CLUE, "unit_id": unit_id}), 201)
    path = f"{API}/cases/{made['id']}"
    words = {"conclusion": "反映属实。", "measures": "批评教育。"}
    ok(client.patch(path, json=words, headers={"if-match": str(made["version"])}))
    for step in ("examine", "file", "conclude"):
        ok(client.post(f"{path}/{step}"))
    return int(ok(client.post(f"{path}/circulate", json={"text": "某校采购不规范，已批评教育。"}))["circular_id"])


def _exported(client: Any, admin: Any) -> tuple[int, int]:
    """A long workbook of the account's, and its job, which failed."""
    export = ok(client.post(f"{API}/exports", json={"list": "units"}), 202)["id"]
    job = ok(admin.get(f"{API}/jobs"))["data"][0]["id"]

    def fail(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(EXPORT).where(EXPORT.c.id == export).values(state="failed", updated_at=now()))
        connection.execute(sa.update(JOB).where(JOB.c.id == job).values(state="failed", finished_at=now()))

    client.app.state.database.write_now(fail)
    return export, job


def _imported(client: Any, world: World, school: str) -> Any:
    """A table of units looked through: one is wrong, with a suggestion, and one is as it is."""
    table = f"单位名称,类别,上级单位\n新校,学样,{school}\n{school},学校,\n"
    sent = {"data": {"resource": "units", "mode": "preview"}, "files": {"file": ("名录.csv", table.encode())}}
    return ok(client.post(f"{API}/imports", **sent), 201)


def _bodies(world: World, made: Scenario) -> dict[str, Any]:
    """Values for the fields of request bodies, by the field's name."""
    today = today_of(now()).isoformat()
    return {
        "unit_id": world.unit["实验小学"],
        "unit_group_id": None,
        "group_id": world.group["各学校（园）"],
        "inspector_unit_id": world.unit["督查室"],
        "office_id": world.unit["教育股"],
        "school_id": world.unit["第一幼儿园"],
        "liaison_id": made.ids["liaisons"]["实验小学"],
        "answering_unit_id": None,
        "parent_id": None,
        "user_id": None,
        "list": "units",
        "filters": {},
        "import_id": made.ids["imports"]["实验小学"],
        "plan_id": made.ids["plans"]["实验小学"],
        "evidence_id": made.ids["evidence"]["实验小学"],
        "item_ids": [made.ids["plan-items"]["实验小学"]],
        "target": "assignments",
        "target_id": made.ids["assignments"]["实验小学"],
        "ids": [made.ids["assignments"]["实验小学"]],
        "unit_ids": [world.unit["第一幼儿园"]],
        "action": "acknowledge",
        "cause": "无人负责更新。",
        "starts_on": today,
        "ends_on": today,
        "evidence_on": today,
        "adopted_on": today,
        "written_on": today,
        "username": "newcomer",
        "old_password": "qinglian-demo",
        "new_password": "another-long-one",
        "password": PASSWORD,
        "role": "school",
        "scopes": ["units:read"],
        "days": 30,
        "valid_from": None,
        "valid_to": None,
        "host_ids": [],
        "recursive": False,
        "resource": "units",
        "resources": ["assignments"],
        "url": "https://hooks.example.com/in",
        "column": "kind",
        "value": "学校",
        "code": "NEW-1",
        "kind": "school",
        "score": 1,
        "sample": None,
        "checklist_id": None,
        "visit_id": None,
        "team_user_ids": [],
        "team_unit_ids": [],
        "deadline_on": "2199-01-02",
        "note": "说明原因。",
        "reason": "说明原因。",
        "handling_unit_id": world.unit["教育股"],
        "handler_id": None,
        "accused_user_id": None,
        "school_code": None,
        "credit_code": None,
        "duty": None,
        "threshold": 30,
    }


def _term_before() -> str:
    """The school's figures of this one are there."""
    this = current(Cadence.TERMLY, today_of(now()))
    assert this.starts_on is not None
    return current(Cadence.TERMLY, this.starts_on - timedelta(days=1)).name


def fitting(path: str, made: Scenario, school: str) -> dict[str, Any]:
    """The general values, but for fields that mean another thing on some route."""
    known = dict(made.bodies)
    if path.endswith("/appointments"):
        known["duty"] = "dual_duty"
    if "/indicators" in path:
        known |= {"unit_group_id": made.ids["unit-groups"]["实验小学"], "target": "98"}
        known |= {"numerator_name": "参加学生数", "denominator_name": "学生数"}
    if "/indicator-values" in path:
        known |= {"indicator_id": made.ids["indicators"]["实验小学"], "numerator": "1", "denominator": "2"}
        known["period"] = _term_before()
    if "/risk-rounds" in path:
        known |= {"unit_group_id": known["group_id"], "year": 2027}
    if "/integrity-risks" in path:
        known |= {"round_id": made.ids["risk-rounds"]["实验小学"], "department": "教务处"}
    if "/risk-measures" in path:
        known["responsible_person"] = "林青"
    if path.endswith("/imports"):
        known["mode"] = "preview"
    if "/evidence" in path:
        known["kind"] = "policy"
    if "/archive-boxes" in path:
        known |= {"kind": "meeting", "assignment_id": made.ids["assignments"]["实验小学"]}
    if "/briefs" in path:
        known |= {"kind": "highlight", "plan_item_id": None}
    if "/breakdowns" in path:
        known |= {"measures": [{"text": "按时报送"}], "line": 1}
    if path.endswith("/filings"):
        known["kind"] = "rules_of_procedure"
    if path.endswith("/accountability-actions"):
        cited = {"kind": "finding", "source_id": made.ids["cited"]["实验小学"]}
        known |= {"kind": "reminder", "triggers": [cited]}
    if "/accountability-actions/" in path:
        known["kind"] = "urging_order"
    if "/accountability-rungs" in path:
        known |= {"trigger": "overdue_assignment", "proposes": "talk"}
    if "/filing-requirements" in path:
        known |= {"kind": "assessment_method", "unit_group_id": known["group_id"]}
    if "/major-decisions" in path:
        known |= {"category": "project"}
        known |= {"remark_id": made.ids["decision-remarks"][school or "实验小学"]}
    if path.endswith(("/documents", "/document-series")):
        known |= {"kind": "circular", "prefix": "青教通"}
    if path.endswith("/inspections"):
        known["kind"] = "routine"
    if path.endswith(("/visits", "/findings")) and school:
        known["unit_id"] = made.ids["units"][school]
    if path.endswith("/api-tokens"):
        known["unit_id"] = None
    if path.endswith(("/role-grants", "/unit-aliases")):
        known["unit_id"] = made.ids["units"]["实验小学"]
    if "/public/complaints" in path:
        known["note"] = None
    if path.endswith("/conclude"):
        known["result"] = "substantiated"
    if "/calendar-days" in path:
        known |= {"on": "2026-12-26", "is_workday": True, "year": 2027}
    if "/liaison-visits" in path:
        known |= {"liaison_id": made.ids["visited-pairs"]["实验小学"], "visited_on": VISITED, "content": "查看台账。"}
    if "/venue-" in path:
        known |= {"kind": "forum", "held_on": "2199-01-03", **OCCASION}
    if path.endswith("/cases") or "/cases/" in path:
        known |= CLUE | {"user_id": made.ids["users"]["实验小学"]}
    if path.endswith("/school-terms"):
        known |= {"name": "2030-T1", "starts_on": "2030-09-01", "ends_on": "2031-01-20"}
    return known
