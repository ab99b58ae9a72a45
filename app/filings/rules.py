"""Who sees a filing, who files it, and who reviews it; never its own unit nor the person who filed it."""

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
    never,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.filings.models import FILING, FILING_STATE_LABELS, REQUIREMENT, FilingState
from app.units.models import UNIT, Duty

FILERS = (Role.OFFICE, Role.SCHOOL)
_SUPERVISION = sa.select(UNIT.c.id).where(UNIT.c.district_id == DISTRICT, UNIT.c.duty == Duty.SUPERVISION)
_REVIEWED = sa.select(REQUIREMENT.c.kind).where(
    REQUIREMENT.c.district_id == DISTRICT, within(REQUIREMENT.c.office_id, OFFICES)
)
"""The kinds that the actor's offices review."""


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all; a unit its own; an office also those of the kinds that it reviews."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(FILING)
    own = within(FILING.c.unit_id, OWN)
    if Role.OFFICE in roles:
        return sa.and_(in_district(FILING), sa.or_(own, FILING.c.kind.in_(_REVIEWED.correlate(None))))
    return sa.and_(also_in_district(FILING), own)


def carry_out(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(FILERS):
        return sa.false()
    return sa.and_(also_in_district(FILING), within(FILING.c.unit_id, OWN))


def review(roles: Roles) -> ColumnElement[bool]:
    """The supervisor, or the office named for the kind; of the supervision office's own a leader."""
    supervisions_own = FILING.c.unit_id.in_(_SUPERVISION.correlate(None))
    grounds: list[ColumnElement[bool]] = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(supervisions_own))
    if Role.OFFICE in roles:
        grounds.append(FILING.c.kind.in_(_REVIEWED.correlate(None)))
    if Role.LEADER in roles:
        grounds.append(supervisions_own)
    if not grounds:
        return sa.false()
    by_me = sa.func.coalesce(FILING.c.filed_by, 0) == USER
    return sa.and_(in_district(FILING), sa.or_(*grounds), stranger_to(FILING.c.unit_id), sa.not_(by_me))


def own_by(roles: Roles) -> sa.Column[int] | None:
    return FILING.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


POLICY = Policy(FILING, read, {"carry_out": carry_out, "review": review, "by_itself": lambda roles: never()}, own_by)
DRAFT, FILED, SENT_BACK, SUPERSEDED = (state.value for state in FilingState)
STANDING = (FILED, SENT_BACK)
"""What lies with the bureau; the next version that is filed takes its place."""
WORKING = (DRAFT, SENT_BACK)
WORKFLOW = Workflow(
    "filing",
    FilingState,
    FILING_STATE_LABELS,
    POLICY,
    Transition("edit", WORKING, None, "修改", "carry_out"),
    Transition("link_evidence", WORKING, None, "上传文件", "carry_out"),
    Transition("file", WORKING, FILED, "报送备案", "carry_out"),
    Transition("delete", (DRAFT,), None, "删除草稿", "carry_out", danger=True),
    Transition("confirm", (FILED,), None, "审核通过", "review"),
    Transition("send_back", (FILED,), SENT_BACK, "退回", "review", note=True, danger=True),
    Transition("supersede", STANDING, SUPERSEDED, "被新版取代", "by_itself"),
)
targets.register("filings", "备案", POLICY, workflow=WORKFLOW, title=FILING.c.title)

_supervisor = by(Role.SUPERVISOR, REQUIREMENT)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(REQUIREMENT)


REQUIREMENTS = Policy(REQUIREMENT, _everyone, {"edit": _supervisor, "delete": _supervisor})
LABELS = {"edit": "修改", "delete": "删除"}
