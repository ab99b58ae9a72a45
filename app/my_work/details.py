"""The chosen matters in full: one or two statements for each kind that occurs on the page."""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, ASSIGNMENT_STATE_LABELS, AssignmentState
from app.assignments.words import item
from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.within import many, within
from app.evidence.models import EVIDENCE, LINK
from app.extensions.models import EXTENSION, EXTENSION_STATE_LABELS, ExtensionState
from app.inspections.found import number_of
from app.inspections.models import (
    FINDING,
    INSPECTION,
    INSPECTION_STATE_LABELS,
    MODE_LABELS,
    TARGET,
    VISIT,
    InspectionState,
    Mode,
)
from app.my_work import (
    accountability,
    appraisals,
    breakdowns,
    briefs,
    campaigns,
    cases,
    complaints,
    documents,
    filings,
    indicators,
    liaison_visits,
    major_decisions,
    risks,
    venue_activities,
    words,
)
from app.my_work.kinds import (
    CARRY_OUT,
    DECIDE,
    DECIDE_LEFT,
    EXTEND,
    IMPROVE,
    INSPECT,
    JUDGE,
    VERIFY,
)
from app.plans.models import ITEM, RESPONSIBILITY
from app.rectifications.models import RECTIFICATION, RECTIFICATION_STATE_LABELS, RectificationState
from app.units.models import UNIT

ACKNOWLEDGE_WITHIN = 2
"""Workdays in which a dispatched row is to be acknowledged."""
IDS = many("matter_ids")
Details = dict[int, dict[str, Any]]


def details(see: Reader, kind: int, ids: list[int]) -> Details:
    """Id → title, why, state, step and verb of the matters of one kind."""
    return _LOADERS[kind](see, ids)


_ASSIGNMENTS = (
    sa.select(
        *(ASSIGNMENT.c[name] for name in ("id", "plan_item_id", "unit_id", "period", "role", "state", "percent")),
        *(ASSIGNMENT.c[name] for name in ("report_count", "submit_count", "send_back_count", "submitted_at")),
        ITEM.c.number,
        ITEM.c.title,
        ITEM.c.required_evidence,
        UNIT.c.name.label("unit_name"),
    )
    .select_from(
        ASSIGNMENT.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id).join(UNIT, UNIT.c.id == ASSIGNMENT.c.unit_id)
    )
    .where(within(ASSIGNMENT.c.id, IDS))
)
_RESPONSIBLE = sa.select(
    RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.name, RESPONSIBILITY.c.unit_id, RESPONSIBILITY.c.unit_group_id
).where(within(RESPONSIBILITY.c.plan_item_id, IDS))
_KINDS = (
    sa.select(LINK.c.target_id, EVIDENCE.c.kind, sa.func.count().label("pieces"))
    .join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id)
    .where(LINK.c.target == sa.bindparam("of"), within(LINK.c.target_id, IDS), EVIDENCE.c.voided_at.is_(None))
    .group_by(LINK.c.target_id, EVIDENCE.c.kind)
)


def _kinds(see: Reader, target: str, ids: list[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in see.connection.execute(_KINDS, {"of": target, "matter_ids": ids}):
        found.setdefault(row.target_id, {})[str(row.kind)] = row.pieces
    return found


def _assignment(row: Any) -> dict[str, Any]:
    state = AssignmentState(row.state)
    return {
        "resource": "assignments",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": item(row.number, row.title, row.period),
        "state": state.value,
        "state_label": ASSIGNMENT_STATE_LABELS[state],
    }


def _own_assignments(see: Reader, ids: list[int]) -> Details:
    rows = see.connection.execute(_ASSIGNMENTS, {"matter_ids": ids}).all()
    kinds = _kinds(see, "assignments", ids)
    by_item: dict[int, list[Any]] = {}
    for each in see.connection.execute(_RESPONSIBLE, {"matter_ids": [row.plan_item_id for row in rows]}):
        by_item.setdefault(each.plan_item_id, []).append(each)
    found: Details = {}
    for row in rows:
        related = words.relation(row, by_item.get(row.plan_item_id, []))
        if row.state == AssignmentState.PENDING:
            missing, action, verb = f"请在 {ACKNOWLEDGE_WITHIN} 个工作日内签收", "acknowledge", "签收"
        else:
            missing, action, verb = words.to_do(row, kinds.get(row.id, {}))
        found[row.id] = _assignment(row) | {"why": f"{related}，{missing}", "action": action, "verb": verb}
    return found


def _assignments_to_review(see: Reader, ids: list[int]) -> Details:
    rows = see.connection.execute(_ASSIGNMENTS, {"matter_ids": ids}).all()
    kinds = _kinds(see, "assignments", ids)
    found: Details = {}
    for row in rows:
        files = words.evidence(sum(kinds.get(row.id, {}).values()))
        sent = words.ago(see, row.submitted_at, "提交")
        shown = _assignment(row)
        found[row.id] = shown | {
            "title": f"{shown['title']} · {row.unit_name}",
            "why": f"{row.unit_name}的进展由{words.judge(see)}审核，{sent}{files}",
            "action": "complete",
            "verb": "审核",
        }
    return found


def _to_decide(why: str, action: str, verb: str, see: Reader, ids: list[int]) -> Details:
    """Rows that the supervisor has to do something about; ``why`` is said of their unit."""
    found: Details = {}
    for row in see.connection.execute(_ASSIGNMENTS, {"matter_ids": ids}):
        shown = _assignment(row)
        title = f"{shown['title']} · {row.unit_name}"
        found[row.id] = shown | {"title": title, "why": f"{row.unit_name}{why}", "action": action, "verb": verb}
    return found


_declined = partial(_to_decide, "已退签，请重新下发、免办或撤销", "redispatch", "处理退签")
_left = partial(_to_decide, "不再承担这项任务，但已有进展，请决定继续办结、免办或撤销", "waive", "处置")


_RESPONSIBLE_UNIT, _INSPECTOR = UNIT.alias("responsible_unit"), UNIT.alias("inspecting_unit")
_RECTIFICATIONS = (
    sa.select(
        *(RECTIFICATION.c[name] for name in ("id", "unit_id", "state", "problem", "submitted_at", "created_at")),
        _RESPONSIBLE_UNIT.c.name.label("unit_name"),
        FINDING.c.year,
        FINDING.c.number,
        INSPECTION.c.mode,
        _INSPECTOR.c.name.label("inspector_name"),
    )
    .select_from(
        RECTIFICATION.join(_RESPONSIBLE_UNIT, _RESPONSIBLE_UNIT.c.id == RECTIFICATION.c.unit_id)
        .outerjoin(FINDING, FINDING.c.id == RECTIFICATION.c.finding_id)
        .outerjoin(INSPECTION, INSPECTION.c.id == FINDING.c.inspection_id)
        .outerjoin(_INSPECTOR, _INSPECTOR.c.id == INSPECTION.c.unit_id)
    )
    .where(within(RECTIFICATION.c.id, IDS))
)


def _rectification(row: Any) -> dict[str, Any]:
    state = RectificationState(row.state)
    return {
        "resource": "rectifications",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"整改 · {row.unit_name}：{words.short(row.problem)}",
        "state": state.value,
        "state_label": RECTIFICATION_STATE_LABELS[state],
    }


def _own_rectifications(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_RECTIFICATIONS, {"matter_ids": ids}):
        number = number_of(row.year, row.number)
        day = words.month_day(today_of(row.created_at))
        source = f"{row.inspector_name} {day}{MODE_LABELS[Mode(row.mode)]}发现" if row.mode else f"{day}登记"
        pending = row.state == RectificationState.PENDING
        found[row.id] = _rectification(row) | {
            "why": f"{source}，问题编号 {number}" if number else f"{source}，请整改后提交验收",
            "action": "edit",
            "verb": "制定措施" if pending else "填报整改",
        }
    return found


def _rectifications_to_verify(see: Reader, ids: list[int]) -> Details:
    kinds = _kinds(see, "rectifications", ids)
    found: Details = {}
    for row in see.connection.execute(_RECTIFICATIONS, {"matter_ids": ids}):
        files = words.evidence(sum(kinds.get(row.id, {}).values()))
        sent = words.ago(see, row.submitted_at, "提交")
        found[row.id] = _rectification(row) | {
            "why": f"{row.unit_name}的整改由{words.judge(see)}验收，{sent}{files}",
            "action": "close",
            "verb": "验收",
        }
    return found


_EXTENSIONS = (
    sa.select(
        *(EXTENSION.c[name] for name in ("id", "assignment_id", "rectification_id", "unit_id", "state")),
        *(EXTENSION.c[name] for name in ("deadline_on", "created_at")),
        UNIT.c.name.label("unit_name"),
        ITEM.c.number,
        ITEM.c.title,
        ASSIGNMENT.c.period,
        RECTIFICATION.c.problem,
    )
    .select_from(
        EXTENSION.join(UNIT, UNIT.c.id == EXTENSION.c.unit_id)
        .outerjoin(ASSIGNMENT, ASSIGNMENT.c.id == EXTENSION.c.assignment_id)
        .outerjoin(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
        .outerjoin(RECTIFICATION, RECTIFICATION.c.id == EXTENSION.c.rectification_id)
    )
    .where(within(EXTENSION.c.id, IDS))
)


def _extensions(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_EXTENSIONS, {"matter_ids": ids}):
        assigned = row.assignment_id is not None
        about = item(row.number, row.title, row.period) if assigned else words.short(row.problem)
        state = ExtensionState(row.state)
        asked = words.ago(see, row.created_at, "提出")
        found[row.id] = {
            "resource": "assignments" if assigned else "rectifications",
            "id": row.assignment_id if assigned else row.rectification_id,
            "extension_id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"延期 · {row.unit_name}：{about}",
            "why": f"{row.unit_name}申请延期到 {row.deadline_on}，由局领导批准，{asked}",
            "state": state.value,
            "state_label": EXTENSION_STATE_LABELS[state],
            "action": "approve",
            "verb": "审批延期",
        }
    return found


def _how_many(table: sa.Table) -> sa.ScalarSelect[int]:
    rows = sa.select(sa.func.count()).select_from(table).where(table.c.inspection_id == INSPECTION.c.id)
    return rows.correlate(INSPECTION).scalar_subquery()


_INSPECTIONS = (
    sa.select(
        *(INSPECTION.c[name] for name in ("id", "unit_id", "title", "state")),
        UNIT.c.name.label("unit_name"),
        _how_many(TARGET).label("targets"),
        _how_many(VISIT).label("visits"),
    )
    .join(UNIT, UNIT.c.id == INSPECTION.c.unit_id)
    .where(within(INSPECTION.c.id, IDS))
)


def _inspections(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_INSPECTIONS, {"matter_ids": ids}):
        left = max(row.targets - row.visits, 0)
        missing = f"还有 {left} 个未记录" if left else "已全部记录，请报告"
        state = InspectionState(row.state)
        found[row.id] = {
            "resource": "inspections",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"督查 · {row.title}",
            "why": f"{row.unit_name}组织，您在检查组，{row.targets} 个被查单位{missing}",
            "state": state.value,
            "state_label": INSPECTION_STATE_LABELS[state],
            "action": "record_visit",
            "verb": "填写记录",
        }
    return found


_LOADERS: dict[int, Callable[[Reader, list[int]], Details]] = {
    CARRY_OUT: _own_assignments,
    JUDGE: _assignments_to_review,
    DECIDE: _declined,
    DECIDE_LEFT: _left,
    IMPROVE: _own_rectifications,
    VERIFY: _rectifications_to_verify,
    EXTEND: _extensions,
    INSPECT: _inspections,
    **documents.LOADERS,
    **filings.LOADERS,
    **breakdowns.LOADERS,
    **briefs.LOADERS,
    **risks.LOADERS,
    **major_decisions.LOADERS,
    **accountability.LOADERS,
    **appraisals.LOADERS,
    **complaints.LOADERS,
    **liaison_visits.LOADERS,
    **venue_activities.LOADERS,
    **cases.LOADERS,
    **campaigns.LOADERS,
    **indicators.LOADERS,
}
