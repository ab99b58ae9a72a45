"""Who sees an activity, who registers it and who approves it; never its own unit nor the person who registered it."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    USER,
    Policy,
    Role,
    Roles,
    also_in_district,
    by,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.units.models import UNIT, Duty
from app.venue_activities.models import ACTIVITY, REVIEWER, VENUE_STATE_LABELS, VenueState

REGISTRARS = (Role.OFFICE, Role.SCHOOL)
_SUPERVISION = sa.select(UNIT.c.id).where(UNIT.c.district_id == DISTRICT, UNIT.c.duty == Duty.SUPERVISION)
_REVIEWED = sa.select(REVIEWER.c.kind).where(REVIEWER.c.district_id == DISTRICT, within(REVIEWER.c.office_id, OFFICES))
"""The kinds that the actor's offices approve."""


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all; a unit its own; an office also those of the kinds that it approves."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(ACTIVITY)
    own = within(ACTIVITY.c.unit_id, OWN)
    if Role.OFFICE in roles:
        return sa.and_(in_district(ACTIVITY), sa.or_(own, ACTIVITY.c.kind.in_(_REVIEWED.correlate(None))))
    return sa.and_(also_in_district(ACTIVITY), own)


def carry_out(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(REGISTRARS):
        return sa.false()
    return sa.and_(also_in_district(ACTIVITY), within(ACTIVITY.c.unit_id, OWN))


def review(roles: Roles) -> ColumnElement[bool]:
    """The supervisor, or the office named for the kind; of the supervision office's own a leader."""
    supervisions_own = ACTIVITY.c.unit_id.in_(_SUPERVISION.correlate(None))
    grounds: list[ColumnElement[bool]] = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(supervisions_own))
    if Role.OFFICE in roles:
        grounds.append(ACTIVITY.c.kind.in_(_REVIEWED.correlate(None)))
    if Role.LEADER in roles:
        grounds.append(supervisions_own)
    if not grounds:
        return sa.false()
    by_me = sa.func.coalesce(ACTIVITY.c.registered_by, 0) == USER
    return sa.and_(in_district(ACTIVITY), sa.or_(*grounds), stranger_to(ACTIVITY.c.unit_id), sa.not_(by_me))


def own_by(roles: Roles) -> sa.Column[int] | None:
    return ACTIVITY.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


POLICY = Policy(ACTIVITY, read, {"carry_out": carry_out, "review": review}, own_by)
REGISTERED, APPROVED, HELD, REFUSED, CANCELLED = (state.value for state in VenueState)
WORKFLOW = Workflow(
    "venue_activity",
    VenueState,
    VENUE_STATE_LABELS,
    POLICY,
    Transition("edit", (REGISTERED,), None, "修改", "carry_out"),
    Transition("link_evidence", (REGISTERED, APPROVED), None, "上传资料", "carry_out"),
    Transition("approve", (REGISTERED,), APPROVED, "批准", "review"),
    Transition("refuse", (REGISTERED,), REFUSED, "不批准", "review", note=True, danger=True),
    Transition("hold", (APPROVED,), HELD, "登记举办", "carry_out"),
    Transition("cancel", (REGISTERED, APPROVED), CANCELLED, "取消", "carry_out", note=True, danger=True),
)
targets.register("venue-activities", "阵地活动", POLICY, workflow=WORKFLOW, title=ACTIVITY.c.topic)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(REVIEWER)


REVIEWERS = Policy(REVIEWER, _everyone, {"edit": by(Role.SUPERVISOR, REVIEWER)})
