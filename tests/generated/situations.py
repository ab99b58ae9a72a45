"""For each POST of the API that the general request does not fit: who succeeds with it, on which row, with what body."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.appraisals.deduction_models import AppraisalDeduction
from app.appraisals.models import Appraisal
from app.campaigns.models import CampaignOffice
from app.core.operation import Tx
from tests.generated.bodies import PDF, request_body
from tests.generated.routes import API, Route
from tests.generated.rows import MAKE, SCHOOL, proof
from tests.generated.scenario import fitting
from tests.generated.stage import PERSONS, Stage, table_of
from tests.generated.test_workflows import WORKFLOWS
from tests.stock import day
from tests.walk.plan_text import PLAN
from tests.walk.steps import evidence, inspection
from tests.world import PASSWORD


class Call(NamedTuple):
    account: str
    row_id: int | None
    sent: dict[str, Any]


Ready = Callable[[Stage], tuple[str, int | None, Any]]
"""(account, the path's id, the JSON body; None for the general one)."""
STEPS = {f"{w.name}.{t.action}": (w, t) for w in WORKFLOWS.values() for t in w if t.target}


def call(stage: Stage, route: Route) -> Call:
    """The request that succeeds on the route."""
    noun = route.path.split("/")[3]
    if ready := READY.get(route.path.removeprefix(API)):
        account, row_id, body = ready(stage)
        files = isinstance(body, dict) and "files" in body
        sent = body if files else {"json": body} if body is not None else _general(stage, route)
        return Call(account, row_id, sent)
    if route.operation in STEPS:
        workflow, transition = STEPS[route.operation]
        row_id = MAKE[workflow.name](stage.stock, transition.sources[0])
        offered = stage.hall.allowed(workflow, row_id)
        account = next(step.account for step in offered if step.action == transition.action)
        return Call(account, row_id, {"json": {"note": "说明原因。"}})
    row_id = stage.made.ids[noun][SCHOOL] if "{id}" in route.path else None
    return Call("supervisor", row_id, _general(stage, route))


def _general(stage: Stage, route: Route) -> dict[str, Any]:
    described = stage.hall.apps[0].openapi()
    return request_body(described, "POST", route.path, fitting(route.path, stage.made, SCHOOL))


def _upload(content: bytes, **fields: str) -> dict[str, Any]:
    return {"data": fields, "files": {"file": ("照片.pdf", content, "application/pdf")}}


PAPER = {"title": "议事规则", "kind": "policy", "evidence_on": "2026-01-01"}
READY: dict[str, Ready] = {
    "/api-tokens": lambda s: ("school", None, {"name": "抄送", "days": 3}),
    "/api-tokens/{id}/revoke": lambda s: (
        "school",
        s.as_("school").post(f"{API}/api-tokens", json={"name": "旧的"}).json()["id"],
        {"note": "不用了。"},
    ),
    "/appraisals": lambda s: ("supervisor", None, None),
    "/appraisal-criteria/{id}/deductions": lambda s: (
        "education",
        MAKE["appraisal_criterion"](s.stock, "waiting"),
        {"unit_id": s.world.unit[SCHOOL], "points": "2.5", "reason": "缺席例会。"},
    ),
    "/appraisal-criteria/{id}/enter": lambda s: (
        "education",
        MAKE["appraisal_criterion"](s.stock, "waiting"),
        {"unit_ids": [s.world.unit[SCHOOL]], "points": "1.5", "reason": "缺席例会。"},
    ),
    "/appraisal-criteria/{id}/prove": lambda s: ("education", *_lacking(s)),
    "/appraisal-deductions/{id}/appeals": lambda s: ("school", _appealable(s), {"reason": "已请假。"}),
    "/accountability-actions/bulk": lambda s: ("leader", None, _two(s, "accountability_action", "proposed", "approve")),
    "/assignments/bulk": lambda s: ("school", None, _two(s, "assignment", "pending", "acknowledge")),
    "/breakdowns/bulk": lambda s: ("supervisor", None, _two(s, "breakdown", "submitted", "confirm")),
    "/briefs/bulk": lambda s: ("supervisor", None, _two(s, "brief", "submitted", "select")),
    "/filings/bulk": lambda s: ("supervisor", None, _two(s, "filing", "filed", "confirm")),
    "/integrity-risks/bulk": lambda s: ("supervisor", None, _two(s, "integrity_risk", "assessed", "confirm")),
    "/assignments/{id}/extensions": lambda s: ("school", s.task(), {"deadline_on": "2199-01-01", "reason": "搬迁。"}),
    "/assignments/{id}/progress-reports": lambda s: ("school", s.task(), {"text": "已开展。", "percent": 60}),
    "/assignments/{id}/urgings": lambda s: ("supervisor", s.task(), {"level": 1}),
    "/archive-boxes": lambda s: ("school", None, {"plan_id": MAKE["plan"](s.stock, "issued"), "name": "议事决策"}),
    "/archive-boxes/by-rule": lambda s: ("school", None, {"plan_id": _proven(s), "by": "item"}),
    "/archive-boxes/{id}/add": lambda s: (
        "school",
        MAKE["archive_box"](s.stock, "open"),
        {"evidence_id": s.evidence()},
    ),
    "/archive-boxes/{id}/add-paper": lambda s: (
        "school",
        MAKE["archive_box"](s.stock, "open"),
        {"title": "签到册", "kind": "meeting", "evidence_on": "2026-03-09"},
    ),
    "/archive-boxes/{id}/explain": lambda s: ("school", *_gap(s)),
    "/archive-boxes/{id}/fill": lambda s: ("school", _empty_box(s), {}),
    "/archive-boxes/{id}/hand-over": lambda s: ("school", MAKE["archive_box"](s.stock, "sealed"), {"to": "区档案馆"}),
    "/archive-boxes/{id}/remove": lambda s: ("school", *_boxed(s)),
    "/breakdowns": lambda s: ("school", None, {"assignment_id": s.task()}),
    "/breakdowns/{id}/mark": lambda s: (
        "school",
        MAKE["breakdown"](s.stock, "confirmed"),
        {"line": 1, "done_on": "2026-01-05"},
    ),
    "/briefs": lambda s: ("school", None, None),
    "/briefs/{id}/adopt": lambda s: (
        "supervisor",
        MAKE["brief"](s.stock, "selected"),
        {"plan_id": MAKE["plan"](s.stock, "draft"), "plan_item_id": None},
    ),
    "/calendar-days/load-year": lambda s: ("supervisor", None, {"year": 2027}),
    "/campaigns": lambda s: ("supervisor", None, None),
    "/campaigns/{id}/attach": lambda s: (
        "supervisor",
        MAKE["campaign"](s.stock, "inspection"),
        {"inspection_id": MAKE["inspection"](s.stock, "ongoing")},
    ),
    "/campaigns/{id}/inspect": lambda s: ("supervisor", MAKE["campaign"](s.stock, "inspection"), _inspection(s)),
    "/campaigns/{id}/detach": lambda s: ("supervisor", *_attached(s)),
    "/campaigns/{id}/summarize": lambda s: ("office", _joined(s), {"text": "查了三所学校。"}),
    "/document-series": lambda s: ("supervisor", None, {"kind": "circular", "prefix": "青教通"}),
    "/complaints/{id}/archive": lambda s: ("supervisor", MAKE["complaint"](s.stock, "replied"), {}),
    "/complaints/{id}/ask": lambda s: ("supervisor", MAKE["complaint"](s.stock, "investigating"), {"text": "在哪里？"}),
    "/complaints/{id}/assign": lambda s: (
        "supervisor",
        MAKE["complaint"](s.stock, "accepted"),
        {"handling_unit_id": s.world.unit["人事股"]},
    ),
    "/complaints/{id}/conclude": lambda s: (
        "supervisor",
        MAKE["complaint"](s.stock, "investigating"),
        {"result": "substantiated", "conclusion": "已改正。"},
    ),
    "/complaints/{id}/inspect": lambda s: ("supervisor", MAKE["complaint"](s.stock, "investigating"), _inspection(s)),
    "/complaints/{id}/prolong": lambda s: (
        "supervisor",
        MAKE["complaint"](s.stock, "investigating"),
        {"days": 20, "note": "还要取证。"},
    ),
    "/complaints/{id}/rectify": lambda s: (
        "supervisor",
        MAKE["complaint"](s.stock, "investigating"),
        {"problem": "收费没有公示。", "deadline_on": "2199-01-01"},
    ),
    "/complaints/{id}/remark": lambda s: ("supervisor", MAKE["complaint"](s.stock, "accepted"), {"text": "拟到现场。"}),
    "/documents": lambda s: (
        "supervisor",
        None,
        {"kind": "rectification_notice", "rectification_id": MAKE["rectification"](s.stock, "pending")},
    ),
    "/documents/{id}/receipt": lambda s: ("school", MAKE["document"](s.stock, "served"), {"receiver": "刘敏"}),
    "/events/verify": lambda s: ("auditor", None, {}),
    "/evidence": lambda s: ("school", None, _upload(PDF, **PAPER)),
    "/evidence/{id}/links": lambda s: (
        "school",
        s.evidence(),
        {"target": "assignments", "target_id": s.task()},
    ),
    "/evidence/{id}/revisions": lambda s: ("school", s.evidence(), _upload(PDF + b"%2\n")),
    "/evidence/{id}/unlink": lambda s: ("school", *_linked(s)),
    "/evidence/{id}/void": lambda s: ("school", s.evidence(), {"note": "重复了。"}),
    "/accountability-actions/{id}/draw-up": lambda s: (
        "supervisor",
        MAKE["accountability_action"](s.stock, "approved"),
        {},
    ),
    "/filings": lambda s: (
        "school",
        None,
        {"kind": "rules_of_procedure", "title": "议事规则", "adopted_on": "2026-01-01"},
    ),
    "/filings/{id}/confirm": lambda s: ("supervisor", MAKE["filing"](s.stock, "filed"), {}),
    "/integrity-risks": lambda s: ("school", None, None),
    "/integrity-risks/{id}/measures": lambda s: (
        "school",
        s.made.ids["integrity-risks"][SCHOOL],
        {"text": "张榜公示。", "responsible_person": "何芳"},
    ),
    "/summaries": lambda s: ("supervisor", None, {"plan_id": s.stock.plan()}),
    "/risk-rounds/{id}/nil-reports": lambda s: ("middle", s.made.ids["risk-rounds"][SCHOOL], {}),
    "/risk-rounds/{id}/carry-over": lambda s: ("school", *s.carried()),
    "/major-decisions": lambda s: (
        "school",
        None,
        {"category": "project", "subject": "维修屋面", "proposer": "林青"},
    ),
    "/major-decisions/{id}/answer": lambda s: (
        "school",
        s.made.ids["major-decisions"][SCHOOL],
        {"remark_id": s.made.ids["decision-remarks"][SCHOOL], "text": "已公示询价。"},
    ),
    "/major-decisions/{id}/check": lambda s: ("supervisor", s.stock.decision(SCHOOL, "decided", legality_on=None), {}),
    "/major-decisions/{id}/reconvene": lambda s: (
        "school",
        s.stock.decision(SCHOOL, "decided", result="deferred", disclose_by=None),
        {},
    ),
    "/major-decisions/{id}/remarks": lambda s: (
        "supervisor",
        MAKE["major_decision"](s.stock, "decided"),
        {"text": "请补充审查意见。"},
    ),
    "/import-rows/{id}/correct": lambda s: (
        "sysadmin",
        s.made.ids["import-rows"][SCHOOL],
        {"column": "kind", "value": "幼儿园"},
    ),
    "/imports": lambda s: ("sysadmin", None, table_of("units")),
    "/imports/{id}/accept-suggestions": lambda s: ("sysadmin", s.listed(), {}),
    "/inspections": lambda s: ("supervisor", None, _inspection(s)),
    "/inspections/{id}/findings": lambda s: ("supervisor", _ongoing(s), None),
    "/inspections/{id}/visits": lambda s: ("supervisor", _ongoing(s), {"unit_id": s.world.unit[SCHOOL]}),
    "/inspections/{id}/redraw": lambda s: ("supervisor", s.drawn(), {"reason": "有人请假。"}),
    "/jobs/{id}/retry": lambda s: ("sysadmin", s.made.ids["jobs"][SCHOOL], {"note": "磁盘已清理。"}),
    "/me/password": lambda s: (
        "kindergarten",
        None,
        {"old_password": PASSWORD, "new_password": "another-long-one-26"},
    ),
    "/me/notice-settings": lambda s: ("school", None, {"digest": "none"}),
    "/me/notice-settings/notices": lambda s: ("school", None, {"topics": []}),
    "/notifications/read-all": lambda s: ("school", None, {}),
    "/notifications/{id}/mark-read": lambda s: ("school", s.made.ids["notifications"][SCHOOL], {}),
    "/plans/import": lambda s: ("supervisor", None, _upload_plan()),
    "/plans/{id}/dispatch": lambda s: ("supervisor", MAKE["plan"](s.stock, "issued"), {}),
    "/plans/{id}/resolve": lambda s: (
        "supervisor",
        s.draft("2028")["id"],
        {"resolutions": [{"name": "党办", "unit_id": s.world.unit["办公室"]}]},
    ),
    "/plans/{id}/table-rows": lambda s: ("supervisor", s.with_table(), {"use": True}),
    "/rectifications/{id}/extensions": lambda s: (
        "school",
        MAKE["rectification"](s.stock, "in_progress"),
        {"deadline_on": "2199-01-01", "reason": "搬迁。"},
    ),
    "/role-grants/{id}/end": lambda s: ("secadmin", s.made.ids["role-grants"][SCHOOL], {"note": "调离。"}),
    "/sessions/end-others": lambda s: ("central", None, {}),
    "/sessions/{id}/end": lambda s: ("school", s.made.ids["sessions"][SCHOOL], {}),
    "/setup/administrators": lambda s: ("sysadmin", None, _set_up(s, PERSONS | {"sysadmin": "周岚岚"})),
    "/setup/calendar-days": lambda s: ("sysadmin", None, _set_up(s, {"on": "2026-12-19", "is_workday": True})),
    "/setup/calendar-days/load-year": lambda s: ("sysadmin", None, _set_up(s, {"year": 2028})),
    "/setup/enable": lambda s: ("sysadmin", None, s.named() or {}),
    "/setup/unit-aliases": lambda s: (
        "sysadmin",
        None,
        _set_up(s, {"name": "实小南部", "unit_id": s.world.unit[SCHOOL]}),
    ),
    "/setup/unit-groups": lambda s: (
        "sysadmin",
        None,
        _set_up(s, {"name": "又一组", "rule": {"kinds": ["school"]}}),
    ),
    "/unit-groups": lambda s: ("supervisor", None, {"name": "新的一组", "rule": {"kinds": ["school"]}}),
    "/unit-aliases": lambda s: ("supervisor", None, {"name": "实小本部", "unit_id": s.world.unit[SCHOOL]}),
    "/units": lambda s: ("sysadmin", None, None),
    "/units/{id}/close": lambda s: ("supervisor", s.world.unit["教研室"], {"reason": "撤销。"}),
    "/units/{id}/merge": lambda s: (
        "supervisor",
        s.world.unit["柳林小学"],
        {"successor_id": s.world.unit[SCHOOL], "reason": "撤并。"},
    ),
    "/units/{id}/rename": lambda s: ("sysadmin", s.world.unit["职成股"], {"name": "职业教育股", "reason": "更名。"}),
    "/users": lambda s: ("sysadmin", None, None),
    "/venue-activities": lambda s: ("school", None, None),
    "/venue-activities/{id}/hold": lambda s: (
        "school",
        MAKE["venue_activity"](s.stock, "approved"),
        {"attended": 56},
    ),
    "/cases/{id}/add-handler": lambda s: (
        "supervisor",
        MAKE["case_file"](s.stock, "clue"),
        {"user_id": s.world.user["office"]},
    ),
    "/cases/{id}/remove-handler": lambda s: (
        "supervisor",
        MAKE["case_file"](s.stock, "clue"),
        {"user_id": s.world.user["education"]},
    ),
    "/cases/{id}/take-over": lambda s: ("supervisor", s.stock.case(SCHOOL), {"note": "承办人已调离。"}),
    "/cases/{id}/draw-up": lambda s: ("supervisor", MAKE["case_file"](s.stock, "concluded"), {}),
    "/robots": lambda s: ("secadmin", None, None),
    "/robots/{id}/test": lambda s: ("secadmin", s.made.ids["robots"][SCHOOL], {}),
    "/webhooks": lambda s: ("secadmin", None, None),
    "/webhooks/{id}/rotate": lambda s: ("secadmin", s.made.ids["webhooks"][SCHOOL], {}),
    "/webhooks/{id}/test": lambda s: ("secadmin", s.made.ids["webhooks"][SCHOOL], {}),
    "/users/issue-passwords": lambda s: ("sysadmin", None, {"import_id": s.people()}),
    "/users/{id}/reset-password": lambda s: ("sysadmin", s.world.user["office"], {"note": "忘记了。"}),
    "/users/{id}/reset-second-factor": lambda s: ("secadmin", s.with_factor("office"), {"note": "换了手机。"}),
    "/users/{id}/role-grants": lambda s: (
        "secadmin",
        s.world.user["office"],
        {"role": "office", "unit_id": s.world.unit["党办"]},
    ),
}


def _set_up(s: Stage, body: dict[str, Any]) -> dict[str, Any]:
    s.setting_up()
    return body


def _two(s: Stage, resource: str, state: str, action: str) -> dict[str, Any]:
    return {"action": action, "ids": [MAKE[resource](s.stock, state) for _ in range(2)]}


def _lacking(s: Stage) -> tuple[int, dict[str, Any]]:
    """A criterion with something that nothing proves, and a piece of its office's own."""
    made = MAKE["appraisal_deduction"](s.stock, "standing", of="open")
    criterion = s.stock.do(lambda tx: tx.session.get_one(AppraisalDeduction, made).criterion_id)
    return criterion, {"evidence_id": evidence(s.as_("education"), "例会签到表")["id"]}


def _appealable(s: Stage) -> int:
    """Of a round in which the days for appeals go on."""
    made = MAKE["appraisal_deduction"](s.stock, "standing")
    s.stock.do(lambda tx: _prolong(tx, made))
    return made


def _prolong(tx: Tx, deduction_id: int) -> None:
    round_id = tx.session.get_one(AppraisalDeduction, deduction_id).appraisal_id
    tx.session.get_one(Appraisal, round_id).appeal_until = day(5)


def _attached(s: Stage) -> tuple[int, dict[str, Any]]:
    made = MAKE["campaign"](s.stock, "inspection")
    return made, {"inspection_id": s.stock.inspection(SCHOOL, campaign_id=made)}


def _joined(s: Stage) -> int:
    made = MAKE["campaign"](s.stock, "summary")
    s.stock.add(CampaignOffice, campaign_id=made, unit_id=s.world.unit["人事股"])
    return made


def _gap(s: Stage) -> tuple[int, dict[str, Any]]:
    plan = s.stock.plan()
    row = s.stock.assignment(plan, s.stock.item(plan, required_evidence=["policy"]), SCHOOL, "in_progress")
    return _box(s, plan), {"assignment_id": row, "kind": "policy", "note": "由局里统一归档。"}


def _empty_box(s: Stage) -> int:
    return _box(s, _proven(s))


def _proven(s: Stage) -> int:
    plan = s.stock.plan()
    proof(s.stock, "assignments", s.stock.assignment(plan, s.stock.item(plan), SCHOOL, "in_progress"))
    return plan


def _box(s: Stage, plan: int) -> int:
    answer = s.as_("school").post(f"{API}/archive-boxes", json={"plan_id": plan, "name": "议事决策"})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def _boxed(s: Stage) -> tuple[int, dict[str, Any]]:
    box = MAKE["archive_box"](s.stock, "open")
    entries = s.as_("school").get(f"{API}/archive-boxes/{box}").json()["entries"]
    return box, {"evidence_id": entries[0]["evidence_id"]}


def _linked(s: Stage) -> tuple[int, dict[str, Any]]:
    task = s.task()
    return proof(s.stock, "assignments", task), {"target": "assignments", "target_id": task}


def _inspection(s: Stage) -> dict[str, Any]:
    days = {"starts_on": day(0).isoformat(), "ends_on": day(7).isoformat()}
    return {"title": "暗访", "mode": "unannounced", "kind": "routine", "unit_ids": [s.world.unit[SCHOOL]], **days}


def _ongoing(s: Stage) -> int:
    made: int = inspection(s.as_, [s.world.unit[SCHOOL]])["id"]
    s.as_("supervisor").post(f"{API}/inspections/{made}/start")
    return made


def _upload_plan() -> dict[str, Any]:
    return {"files": {"file": ("方案.txt", PLAN.replace("2026", "2029").encode(), "text/plain")}}
