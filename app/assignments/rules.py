"""Who sees an assignment, who carries it out, who reviews it, who presses for it."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.appointments.rules import REACHED
from app.assignments.models import ASSIGNMENT, ASSIGNMENT_STATE_LABELS, OPEN_STATES, AssignmentState
from app.core.lanes import Lane
from app.core.policy import (
    DISTRICT,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    PAIRED,
    Policy,
    Role,
    Roles,
    also_in_district,
    among,
    in_district,
    stranger_to,
)
from app.core.within import amid, within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.plans.models import ITEM, ResponsibilityRole
from app.units.models import OFFICES as OFFICE_KINDS
from app.units.models import SCHOOLS, UNIT, UnitKind
from app.units.reviewing import SUPERVISION

IMPORTED, TAKEN_BACK = "assignment.import", "assignment.undo_import"
"""The operations of the one event that a table of progress leaves, and that its end leaves; its reports refer to
both."""
SCHOOL_LIKE = (*SCHOOLS, UnitKind.PARTY_ORGANIZATION)
"""Units whose rows the responsible offices review."""
_LEAD, _RESPONSIBLE = ResponsibilityRole.LEAD, ResponsibilityRole.RESPONSIBLE

# Aliases: statements that also select from these tables would otherwise take the inner ones for their own.
_UNIT = UNIT.alias("row_unit")
_ONE: ColumnElement[int] = sa.literal_column("1", sa.Integer)
_HELD, _HOLDER = ASSIGNMENT.alias("held"), UNIT.alias("holder")


def of_kind(*kinds: UnitKind) -> ColumnElement[bool]:
    """The row's unit is of one of these kinds."""
    return _unit_is(among(_UNIT.c.kind, *kinds))


def _unit_is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    row = sa.select(_ONE).where(_UNIT.c.id == ASSIGNMENT.c.unit_id, condition)
    return row.correlate(ASSIGNMENT).exists()


_SUPERVISION = ASSIGNMENT.c.unit_id.in_(SUPERVISION)
_TEAM = of_kind(UnitKind.DISCIPLINE_TEAM)
_SCHOOLS = of_kind(*SCHOOL_LIKE)
_OWN = within(ASSIGNMENT.c.unit_id, OWN)
_STRANGER = stranger_to(ASSIGNMENT.c.unit_id)


def _holding(*roles: ResponsibilityRole) -> list[ColumnElement[bool]]:
    """A row makes its unit, an office, responsible for its item in one of these roles."""
    return [
        among(_HELD.c.role, *roles),
        sa.not_(among(_HELD.c.state, AssignmentState.CANCELLED)),
        _HELD.c.awaits_decision.is_(sa.false()),
        among(_HOLDER.c.kind, *OFFICE_KINDS),
    ]


_HOLDING = _HELD.join(_HOLDER, _HOLDER.c.id == _HELD.c.unit_id)


def _held(*roles: ResponsibilityRole, mine: bool) -> ColumnElement[bool]:
    """An office (``mine``: one of the actor's) is responsible for the row's item in one of these roles."""
    row = sa.select(_ONE).select_from(_HOLDING)
    row = row.where(_HELD.c.plan_item_id == ASSIGNMENT.c.plan_item_id, *_holding(*roles))
    if mine:
        row = row.where(within(_HELD.c.unit_id, OFFICES))
    return row.correlate(ASSIGNMENT).exists()


_MY_ITEM = _held(_LEAD, _RESPONSIBLE, mine=True)
_MY_ITEMS = (
    sa.select(_HELD.c.plan_item_id.label("key"))
    .select_from(_HOLDING)
    .where(within(_HELD.c.unit_id, OFFICES), *_holding(_LEAD, _RESPONSIBLE))
    .distinct()
)
"""The same for all rows at once: ids of the items, by the offices' own rows."""


def _has_row_under_my_item(unit: sa.Column[Any]) -> ColumnElement[bool]:
    """A school or party organisation with a row that an office of the actor's reviews. By the items: a unit may have
    thousands of rows of others'."""
    mine = amid(ASSIGNMENT.c.plan_item_id, _MY_ITEMS.correlate(None))
    row = sa.select(_ONE).where(ASSIGNMENT.c.unit_id == unit, mine, _SCHOOLS)
    return row.correlate(unit.table).exists()


REACHED.append(_has_row_under_my_item)


@cache
def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles everything; offices their own rows, schools' rows under their items, paired schools'."""
    if roles & DISTRICT_WIDE:
        return in_district(ASSIGNMENT)
    if Role.OFFICE in roles:
        paired = within(ASSIGNMENT.c.unit_id, PAIRED)
        return sa.and_(in_district(ASSIGNMENT), sa.or_(_OWN, paired, sa.and_(_MY_ITEM, _SCHOOLS)))
    # Own units lie in the own district; naming that too would lead the planner through the whole of it.
    return _OWN if Role.SCHOOL in roles else sa.false()


_NO = sa.false()
_SCHOOL = sa.select(_UNIT.c.id).where(_UNIT.c.district_id == DISTRICT, among(_UNIT.c.kind, *SCHOOL_LIKE))
_OF_SCHOOLS = amid(sa.literal_column("+assignment.unit_id", sa.BigInteger), _SCHOOL.correlate(None))
"""``_SCHOOLS`` for many rows: the units are gone through once, not for each row. The sign keeps PostgreSQL from reading
all rows of an item by its units, where the first in the list's order are wanted."""


def _of_units(units: sa.BindParameter[Any], without: str) -> Lane:
    named = {"unit_id": _UNIT.c.id == sa.bindparam("f_unit_id", type_=sa.BigInteger), without: _NO}
    keys = sa.select(_UNIT.c.id.label("key")).where(within(_UNIT.c.id, units))
    return Lane(ASSIGNMENT.c.unit_id, keys, [also_in_district(ASSIGNMENT)], named)


@cache
def lanes(roles: Roles) -> Sequence[Lane]:
    """Of an office, the grounds of ``read`` one by one."""
    if roles & DISTRICT_WIDE or Role.OFFICE not in roles:
        return ()
    column = {name: _HELD.c[name] for name in ("plan_id", "plan_item_id")}
    named = {name: one == sa.bindparam(f"f_{name}", type_=sa.BigInteger) for name, one in column.items()}
    named["own=true"] = _NO
    items = Lane(ASSIGNMENT.c.plan_item_id, _MY_ITEMS, [also_in_district(ASSIGNMENT), _OF_SCHOOLS], named)
    return _of_units(OWN, "own=false"), _of_units(PAIRED, "own=true"), items


_SOUGHT: sa.BindParameter[str] = sa.bindparam("f_q")


@cache
def search_lanes(roles: Roles) -> Sequence[Lane]:
    """By the items and the units that bear the words; a school's or an office's own rows are fewer than these."""
    if not roles & DISTRICT_WIDE:
        return ()
    items = sa.select(ITEM.c.id.label("key")).where(ITEM.c.district_id == DISTRICT, _bears(ITEM.c.title))
    units = sa.select(_UNIT.c.id.label("key")).where(_UNIT.c.district_id == DISTRICT, _bears(_UNIT.c.name))
    return Lane(ASSIGNMENT.c.plan_item_id, items), Lane(ASSIGNMENT.c.unit_id, units)


def _bears(words: sa.ColumnElement[str]) -> ColumnElement[bool]:
    return words.like(_SOUGHT, escape="\\")


def carry_out(roles: Roles) -> ColumnElement[bool]:
    """Through office and school grants alone, whatever other roles the person holds."""
    if not roles & {Role.OFFICE, Role.SCHOOL}:
        return sa.false()
    return sa.and_(also_in_district(ASSIGNMENT), _OWN)


def own_by(roles: Roles) -> sa.Column[int] | None:
    return ASSIGNMENT.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


def review(roles: Roles) -> ColumnElement[bool]:
    """Schools' rows: the item's lead office, else any responsible one, or the supervisor. Offices' rows: the
    supervisor; 督查室's own: a leader. The discipline team's: nobody. Never someone who carries the row out."""
    grounds: list[ColumnElement[bool]] = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(sa.or_(_TEAM, _SUPERVISION)))
    if Role.LEADER in roles:
        grounds.append(_SUPERVISION)
    if Role.OFFICE in roles:
        led = _held(_LEAD, mine=False)
        grounds.append(
            sa.and_(_SCHOOLS, sa.or_(_held(_LEAD, mine=True), sa.and_(_held(_RESPONSIBLE, mine=True), sa.not_(led))))
        )
    if not grounds:
        return sa.false()
    return sa.and_(in_district(ASSIGNMENT), _STRANGER, sa.or_(*grounds))


def supervise(roles: Roles) -> ColumnElement[bool]:
    return in_district(ASSIGNMENT) if Role.SUPERVISOR in roles else sa.false()


def reopen(roles: Roles) -> ColumnElement[bool]:
    """虚假办结. The bureau does not judge the discipline team's work."""
    return sa.and_(supervise(roles), sa.not_(_TEAM)) if Role.SUPERVISOR in roles else sa.false()


def urge(roles: Roles) -> ColumnElement[bool]:
    """The supervisor, offices responsible for the item, paired offices; never the discipline team, never oneself."""
    grounds: list[ColumnElement[bool]] = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(_TEAM))
    if Role.OFFICE in roles:
        grounds += [within(ASSIGNMENT.c.unit_id, PAIRED), sa.and_(_MY_ITEM, _SCHOOLS)]
    if not grounds:
        return sa.false()
    return sa.and_(in_district(ASSIGNMENT), _STRANGER, sa.or_(*grounds))


POLICY = Policy(
    ASSIGNMENT,
    read,
    {"carry_out": carry_out, "review": review, "supervise": supervise, "reopen": reopen, "urge": urge},
    own_by,
    lanes,
)

_PENDING, _DOING, _SENT = AssignmentState.PENDING, AssignmentState.IN_PROGRESS, AssignmentState.SUBMITTED
_DONE, _DECLINED = AssignmentState.COMPLETED, AssignmentState.DECLINED
_UNFINISHED = (_PENDING, _DECLINED, _DOING)


def dispatched(plan: sa.FromClause) -> ColumnElement[bool]:
    """A plan of that table has rows."""
    return sa.select(_ONE).where(ASSIGNMENT.c.plan_id == plan.c.id).correlate(plan).exists()


WORKFLOW = Workflow(
    "assignment",
    AssignmentState,
    ASSIGNMENT_STATE_LABELS,
    POLICY,
    Transition("acknowledge", (_PENDING,), _DOING, "签收", "carry_out"),
    Transition("report", (_DOING,), None, "填报进展", "carry_out"),
    Transition("link_evidence", (_DOING,), None, "上传资料", "carry_out"),
    Transition("submit", (_DOING,), _SENT, "提交审核", "carry_out"),
    Transition("withdraw", (_SENT,), _DOING, "撤回", "carry_out"),
    Transition("complete", (_SENT,), _DONE, "办结", "review"),
    Transition("send_back", (_SENT,), _DOING, "退回", "review", note=True, danger=True),
    Transition("request_extension", OPEN_STATES, None, "申请延期", "carry_out"),
    Transition("urge", (_PENDING, _DOING), None, "催办", "urge"),
    Transition("decline", (_PENDING,), _DECLINED, "退签", "carry_out", note=True, danger=True),
    Transition("redispatch", (_DECLINED,), _PENDING, "重新下发", "supervise"),
    Transition("reopen", (_DONE,), _DOING, "重新办理", "reopen", note=True, danger=True),
    Transition("waive", _UNFINISHED, AssignmentState.WAIVED, "免办", "supervise", note=True),
    Transition("cancel", _UNFINISHED, AssignmentState.CANCELLED, "撤销", "supervise", note=True, danger=True),
)

targets.register(
    "assignments",
    "任务",
    POLICY,
    workflow=WORKFLOW,
    title=sa.select(ITEM.c.title).where(ITEM.c.id == ASSIGNMENT.c.plan_item_id).scalar_subquery(),
)
