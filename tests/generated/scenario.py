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
from tests.generated.mechanisms import ABROAD, CLUE, OCCASION, PHASES, VISITED, circulated, of_mechanisms
from tests.generated.routes import noun_of
from tests.walk.steps import API, assignment, evidence, finding, inspection, issued_plan, items, ok, rectification
from tests.world import PASSWORD, World

SCHOOLS = {"school": "实验小学", "central": "柳林小学"}
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0"
LONG_AFTER = date(2199, 6, 3)
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
    report = {"text": "已完成初稿。", "percent": 40, "place": "会议室"}
    report = ok(as_(account).post(f"{API}/assignments/{row['id']}/progress-reports", json=report), 201)
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
    box = ok(as_(account).post(f"{API}/archive-boxes/{box['id']}/fill", json={}))
    paper = ok(as_("supervisor").post(f"{API}/documents", json={"kind": "circular", "plan_id": plan_id}), 201)
    summary = _summary(as_, plan_id)
    mechanisms = of_mechanisms(as_, world, account, school, row["id"], proof["id"], matter["finding_id"])
    person = ok(as_(account).get(f"{API}/me"))
    ok(as_(account).post(f"{API}/sessions", json={"username": person["username"], "password": PASSWORD}), 201)
    login = ok(as_(account).get(f"{API}/me/sessions"))["data"][0]
    for noun, value in {
        "assignments": row["id"],
        "activities": report["id"],
        "evidence": proof["id"],
        "archive-boxes": box["id"],
        "archive-box-entries": box["entries"][0]["entry_id"],
        "documents": paper["id"],
        "rectifications": matter["id"],
        "extensions": extension["id"],
        **mechanisms,
        "inspections": surprise["id"],
        "findings": draft["id"],
        "visits": draft["visit_id"],
        "plans": plan_id,
        "summaries": summary,
        "plan-areas": item["area_id"],
        "plan-items": item["id"],
        "units": unit_id,
        "users": person["user_id"],
        "notifications": _reminded(as_(account)),
        "sessions": login["id"],
    }.items():
        made.put(noun, school, value)


def _summary(as_: As, plan_id: int) -> int:
    """Of the plan there is one, whichever school is asked about."""
    supervisor = as_("supervisor")
    there = ok(supervisor.get(f"{API}/summaries?plan_id={plan_id}"))["data"]
    made = there[0] if there else ok(supervisor.post(f"{API}/summaries", json={"plan_id": plan_id}), 201)
    return int(made["id"])


def _reminded(client: Any) -> int:
    """A notice of the account's: long after, everything is overdue."""
    district = ok(client.get(f"{API}/me"))["district_id"]

    def remind(connection: sa.Connection) -> None:
        tx = Tx(connection, system_within(district), Settings())
        tx.today = LONG_AFTER
        transact(tx, notices.remind)

    client.app.state.database.write_now(remind)
    return int(ok(client.get(f"{API}/notifications?kind=overdue"))["data"][0]["id"])


def _shared(as_: As, world: World, school: str, office: str, account: str) -> Mapping[str, int]:
    """Rows that belong to no school."""
    alias = {"name": "实小", "unit_id": world.unit[school]}
    pair = {"office_id": world.unit[office], "school_id": world.unit[school]}
    day = {"on": "2026-10-10", "is_workday": True, "name": "调休上班"}
    term = {"name": "2026-T1", "starts_on": "2026-09-01", "ends_on": "2027-01-22"}
    listed = _imported(as_("sysadmin"), world, school)
    system = {"name": "学籍系统", "url": "https://hooks.example.com/in", "unit_id": world.unit[school]}
    webhook = ok(as_("secadmin").post(f"{API}/webhooks", json=system), 201)["id"]
    group = {"name": "工作群", "unit_id": world.unit[school], "kind": "wecom", "url": ROBOT}
    robot = ok(as_("secadmin").post(f"{API}/robots", json=group), 201)["id"]
    export, job = _exported(as_(account), as_("sysadmin"))
    points = {"title": "收费公示检查表", "points": [{"area": "公示", "text": "按学期更新", "score": 5}]}
    supervisor = as_("supervisor")
    group = ok(supervisor.get(f"{API}/unit-groups?q=各学校（园）"))["data"][0]
    asked = {"kind": "charter", "unit_group_id": group["id"], "deadline": "三月底前"}
    supervised = {"category": "fund", "office_id": world.unit[office], "basis": "工作方案"}
    looking = {"kind": "situation_analysis", "office_id": world.unit[office]}
    return {
        "accountability-rungs": ok(supervisor.get(f"{API}/accountability-rungs"))["data"][0]["id"],
        "case-circulars": circulated(as_, world, world.unit[school]),
        "filing-requirements": ok(supervisor.post(f"{API}/filing-requirements", json=asked), 201)["id"],
        "brief-reviewers": ok(supervisor.post(f"{API}/brief-reviewers", json=looking), 201)["id"],
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
        "robots": robot,
        "webhook-deliveries": ok(as_("secadmin").post(f"{API}/webhooks/{webhook}/test"), 201)["id"],
        "api-tokens": ok(as_(account).get(f"{API}/api-tokens"))["data"][0]["id"],
    }


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
        "effective_on": None,
        "across_kinds": True,
        "successor_id": world.unit["第一中学"],
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


IN_BULK = {
    "accountability-actions": "approve",
    "assignments": "acknowledge",
    "breakdowns": "confirm",
    "briefs": "select",
    "filings": "confirm",
    "integrity-risks": "confirm",
}
"""Of each list that is ticked, a step that needs no note."""


def fitting(path: str, made: Scenario, school: str) -> dict[str, Any]:
    """The general values, but for fields that mean another thing on some route."""
    known = dict(made.bodies)
    if path.endswith("/bulk"):
        known |= {"ids": [made.ids[noun_of(path)]["实验小学"]], "action": IN_BULK[noun_of(path)]}
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
    if path.endswith("/carry-over"):
        known["risk_ids"] = [made.ids["integrity-risks"]["实验小学"]]
    if "/risk-measures" in path:
        known["responsible_person"] = "林青"
    if path.endswith("/imports"):
        known["mode"] = "preview"
    if path.endswith("/enter"):
        known.pop("evidence_id", None)  # Of another office: nobody who enters may take it for proof.
    if "/evidence" in path:
        known["kind"] = "policy"
    if "/archive-boxes" in path:
        known |= {"kind": "meeting", "assignment_id": made.ids["assignments"]["实验小学"]}
    if "/briefs" in path:
        known |= {"kind": "highlight", "plan_item_id": None}
    if path.endswith("/adopt"):
        known["plan_id"] = None
    if path.endswith("/brief-reviewers"):
        known["kind"] = "highlight"
    if "/breakdowns" in path:
        known |= {"measures": [{"text": "按时报送"}], "line": 1}
    if "/appraisal" in path:
        known |= {"unit_group_id": known["group_id"], "office_id": None, "points": "1.5", "year": 2027}
        known["unit_id"] = made.ids["units"][school or "实验小学"]
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
    if path.endswith(("/inspections", "/inspect")):
        known["kind"] = "routine"
    if path.endswith(("/visits", "/findings")) and school:
        known["unit_id"] = made.ids["units"][school]
    if path.endswith("/api-tokens"):
        known["unit_id"] = None
    if path.endswith("/unit-aliases"):
        known["unit_id"] = made.ids["units"]["实验小学"]
    if path.endswith("/role-grants"):
        # Of a school that is not the person's own, whose role they have already.
        known["unit_id"] = made.ids["units"]["柳林小学" if school == "实验小学" else "实验小学"]
    if "/robots" in path:
        known |= {"kind": "wecom", "url": ROBOT, "secret": None}
    if path.endswith("/complaints"):
        known |= {"channel": "letter", "received_on": today_of(now()).isoformat()}
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
    if "/campaigns" in path:
        known |= {
            **PHASES,
            "unit_id": known["office_id"],
            "office_ids": [],
            "leading_group": None,
            "leading_group_id": None,
        }
        known["inspection_id"] = made.ids["inspections"]["实验小学"]
    if path.endswith("/cases") or "/cases/" in path:
        known |= CLUE | {"user_id": made.ids["users"]["实验小学"]}
    if path.endswith("/school-terms"):
        known |= {"name": "2030-T1", "starts_on": "2030-09-01", "ends_on": "2031-01-20"}
    return known
