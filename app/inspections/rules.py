"""Who knows of an inspection, who runs it, who records, and what a target sees of it.

Until it is released an unannounced inspection exists for its team, supervisor, discipline and leader alone, minus
anyone concerned in a target; for its target, the central school above and the liaison office it is not there.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.operation import Tx
from app.core.policy import (
    BUSINESS,
    CONCERNED,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    PAIRED,
    USER,
    Policy,
    Role,
    Roles,
    in_district,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow, find
from app.evidence import targets
from app.inspections.checklist_models import CHECKLIST
from app.inspections.models import (
    FINDING,
    FINDING_STATE_LABELS,
    INSPECTION,
    INSPECTION_STATE_LABELS,
    MEMBER,
    TARGET,
    VISIT,
    FindingState,
    InspectionState,
    Mode,
)
from app.units.models import UNIT, UnitKind

ATTACHED = frozenset({Role.OFFICE, Role.SCHOOL})
"""Roles that tie a person to units."""


PLANNERS = (Role.SUPERVISOR, Role.DISCIPLINE)
"""Roles that may plan any inspection and write checklists; an office inspects its paired schools."""
NEVER_INSPECTED = (UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM)
INSPECTING = (UnitKind.OFFICE, UnitKind.SUBORDINATE_UNIT, UnitKind.DISCIPLINE_TEAM)


def has_target(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """An inspection has a target of which this holds."""
    row = sa.select(sa.literal(1)).where(TARGET.c.inspection_id == INSPECTION.c.id, condition)
    return row.correlate(INSPECTION).exists()


def _has_target(units: sa.BindParameter[Sequence[int]]) -> ColumnElement[bool]:
    return has_target(within(TARGET.c.unit_id, units))


_MEMBERSHIP = (
    sa.select(sa.literal(1))
    .where(
        MEMBER.c.inspection_id == INSPECTION.c.id,
        sa.or_(within(MEMBER.c.unit_id, OWN), MEMBER.c.user_id == USER),
    )
    .correlate(INSPECTION)
    .exists()
)
IN_TEAM = sa.or_(_MEMBERSHIP, INSPECTION.c.created_by == USER)
OPENLY = sa.or_(INSPECTION.c.mode == Mode.ANNOUNCED, INSPECTION.c.state == InspectionState.RELEASED)
"""Announced from the plan on, or released: its targets may know."""
KNOWN_TO_OFFICES: list[ColumnElement[bool]] = []
"""Of which further ones an office knows once they are open. ``campaigns`` says it here when it is imported."""


# Inspections


def inside(roles: Roles) -> ColumnElement[bool]:
    """Who sees the whole of it: targets, visits, drafts of findings."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    everywhere = not roles.isdisjoint(DISTRICT_WIDE)
    conditions = [in_district(INSPECTION)]
    if not everywhere:
        conditions.append(IN_TEAM)
    strangers = [sa.not_(_has_target(CONCERNED))]
    if not everywhere:
        strangers.append(sa.not_(_has_target(PAIRED)))
    return sa.and_(*conditions, sa.or_(OPENLY, sa.and_(*strangers)))


def read(roles: Roles) -> ColumnElement[bool]:
    """Those inside, and once it is open its targets, the offices paired with them, and who further grounds name."""
    if roles.isdisjoint(ATTACHED):
        return inside(roles)
    concerned = _has_target(OWN)
    if Role.OFFICE in roles:
        concerned = sa.or_(concerned, _has_target(PAIRED), *KNOWN_TO_OFFICES)
    return sa.or_(inside(roles), sa.and_(in_district(INSPECTION), OPENLY, concerned))


IMPARTIAL = sa.not_(_has_target(CONCERNED))
"""Whoever is inspected neither runs the inspection nor records in it."""


def manage(roles: Roles) -> ColumnElement[bool]:
    """The supervisor, who planned it, and the office that inspects."""
    planner = sa.or_(INSPECTION.c.created_by == USER, within(INSPECTION.c.unit_id, OFFICES))
    return sa.and_(inside(roles), IMPARTIAL, *([] if Role.SUPERVISOR in roles else [planner]))


def inspect(roles: Roles) -> ColumnElement[bool]:
    """The team records visits and findings."""
    return sa.and_(inside(roles), IMPARTIAL, IN_TEAM)


POLICY = Policy(INSPECTION, read, {"see_inside": inside, "manage": manage, "inspect": inspect})
PLANNED, ONGOING, REPORTED, RELEASED = (state.value for state in list(InspectionState)[:4])
WORKFLOW = Workflow(
    "inspection",
    InspectionState,
    INSPECTION_STATE_LABELS,
    POLICY,
    Transition("start", (PLANNED,), ONGOING, "开始检查", "manage"),
    Transition("record_visit", (ONGOING,), None, "记录检查", "inspect"),
    Transition("record_finding", (ONGOING,), None, "记录问题", "inspect"),
    Transition("report", (ONGOING,), REPORTED, "报告", "manage"),
    Transition("release", (REPORTED,), RELEASED, "发布", "manage"),
    Transition("edit", (PLANNED, ONGOING, REPORTED), None, "修改", "manage"),
    Transition("redraw", (PLANNED,), None, "重新抽取", "manage", note=True),
    Transition("cancel", (PLANNED,), InspectionState.CANCELLED.value, "取消", "manage", note=True, danger=True),
)


# What is recorded within an inspection


def _of_inspection(table: sa.Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    row = sa.select(sa.literal(1)).select_from(INSPECTION)
    return row.where(INSPECTION.c.id == table.c.inspection_id, condition).correlate(table).exists()


def _within(table: sa.Table, who: Callable[[Roles], ColumnElement[bool]]) -> Callable[[Roles], ColumnElement[bool]]:
    """The grounds of ``who`` on the inspection of a row; never of one's own unit."""

    def condition(roles: Roles) -> ColumnElement[bool]:
        unconcerned = sa.not_(within(table.c.unit_id, CONCERNED))
        return sa.and_(in_district(table), unconcerned, _of_inspection(table, who(roles)))

    return condition


VISIT_POLICY = Policy(VISIT, _within(VISIT, inside), {"inspect": _within(VISIT, inspect)})


def read_finding(roles: Roles) -> ColumnElement[bool]:
    """Those inside see every one; its unit and the paired office see what was issued to it, and no other's; an office
    also what was issued in the inspections that it knows by further grounds."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    issued = sa.and_(in_district(FINDING), FINDING.c.state == FindingState.ISSUED)
    if roles.isdisjoint(DISTRICT_WIDE):
        grounds: list[ColumnElement[bool]] = [within(FINDING.c.unit_id, OWN)]
        if Role.OFFICE in roles:
            known = [_of_inspection(FINDING, sa.and_(OPENLY, each)) for each in KNOWN_TO_OFFICES]
            grounds += [within(FINDING.c.unit_id, PAIRED), *known]
        issued = sa.and_(issued, sa.or_(*grounds))
    return sa.or_(issued, _within(FINDING, inside)(roles))


FINDING_POLICY = Policy(
    FINDING, read_finding, {"inspect": _within(FINDING, inspect), "manage": _within(FINDING, manage)}
)
DRAFT, ISSUED = (state.value for state in FindingState)
FINDING_WORKFLOW = Workflow(
    "finding",
    FindingState,
    FINDING_STATE_LABELS,
    FINDING_POLICY,
    Transition("edit", (DRAFT,), None, "修改", "inspect"),
    Transition("link_evidence", (DRAFT,), None, "上传资料", "inspect"),
    Transition("issue", (DRAFT,), ISSUED, "下达", "manage"),
    Transition("delete", (DRAFT,), None, "删除", "inspect", danger=True),
)


def issuable(mode: Mode, state: InspectionState) -> bool:
    """Findings of an unannounced inspection are issued after its release, of an announced one once it goes on."""
    if mode == Mode.UNANNOUNCED:
        return state == InspectionState.RELEASED
    return state in (InspectionState.ONGOING, InspectionState.REPORTED, InspectionState.RELEASED)


# Checklists


def read_checklist(roles: Roles) -> ColumnElement[bool]:
    """Whoever may inspect knows by what."""
    inspectors = DISTRICT_WIDE | {Role.OFFICE}
    return sa.false() if roles.isdisjoint(inspectors) else in_district(CHECKLIST)


CHECKLIST_POLICY = Policy(CHECKLIST, read_checklist)


# Evidence of visits and findings: photographs and papers, added while they are being recorded

_VISIT_OPEN = _of_inspection(VISIT, INSPECTION.c.state == InspectionState.ONGOING)
_OCCASION = sa.select(INSPECTION.c.title).where(INSPECTION.c.id == VISIT.c.inspection_id).correlate(VISIT)
_VISITED = sa.select(UNIT.c.name).where(UNIT.c.id == VISIT.c.unit_id).correlate(VISIT)


def _open_visit(tx: Tx, visit_id: int) -> Any:
    row = find(tx, VISIT_POLICY, visit_id)
    WORKFLOW.guard(tx, row.inspection_id, "record_visit")
    return row


targets.register(
    "visits",
    "检查记录",
    VISIT_POLICY,
    guard=_open_visit,
    is_open=_VISIT_OPEN,
    title=_OCCASION.scalar_subquery() + " · " + _VISITED.scalar_subquery(),
    confidential=True,
)
targets.register(
    "findings",
    "督查问题",
    FINDING_POLICY,
    workflow=FINDING_WORKFLOW,
    title=FINDING.c.description,
    confidential=True,
)
