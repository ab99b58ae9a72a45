"""Who sees a brief: its unit; the district's overseers, and offices that were named for its kind, once it is submitted;
everybody once it is promoted."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.briefs.models import BRIEF, BRIEF_STATE_LABELS, REVIEWER, BriefKind, BriefState
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
    among,
    by,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.units.reviewing import SUPERVISION

WRITERS = (Role.OFFICE, Role.SCHOOL)
_OWN = within(BRIEF.c.unit_id, OWN)
_REVIEWED = sa.select(REVIEWER.c.kind).where(REVIEWER.c.district_id == DISTRICT, within(REVIEWER.c.office_id, OFFICES))
_LOOKED_THROUGH = BRIEF.c.kind.in_(_REVIEWED.correlate(None))
"""Of a kind that the actor's offices were named for."""
_HANDED_IN = sa.not_(among(BRIEF.c.state, BriefState.DRAFT))


def read(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return sa.and_(in_district(BRIEF), sa.or_(_HANDED_IN, _OWN))
    grounds = [among(BRIEF.c.state, BriefState.PROMOTED), _OWN]
    if Role.OFFICE in roles:
        grounds.append(sa.and_(_HANDED_IN, _LOOKED_THROUGH))
    return sa.and_(in_district(BRIEF), sa.or_(*grounds))


def carry_out(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(WRITERS):
        return sa.false()
    return sa.and_(also_in_district(BRIEF), _OWN)


def choose(roles: Roles) -> ColumnElement[bool]:
    """Whoever promotes, and the offices that were named for its kind."""
    return _decide(roles, *([_LOOKED_THROUGH] if Role.OFFICE in roles else []))


def promote(roles: Roles) -> ColumnElement[bool]:
    """The supervisor; of the supervision office's own a leader."""
    return _decide(roles)


def _decide(roles: Roles, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    """Never its own unit, nor who submitted it."""
    supervisions_own = BRIEF.c.unit_id.in_(SUPERVISION)
    grounds: list[ColumnElement[bool]] = list(further)
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(supervisions_own))
    if Role.LEADER in roles:
        grounds.append(supervisions_own)
    if not grounds:
        return sa.false()
    by_me = sa.func.coalesce(BRIEF.c.submitted_by, 0) == USER
    return sa.and_(in_district(BRIEF), sa.or_(*grounds), stranger_to(BRIEF.c.unit_id), sa.not_(by_me))


def adopt(roles: Roles) -> ColumnElement[bool]:
    """Situation analyses alone."""
    analysis = among(BRIEF.c.kind, BriefKind.SITUATION_ANALYSIS)
    return sa.and_(in_district(BRIEF), analysis) if Role.SUPERVISOR in roles else sa.false()


POLICY = Policy(BRIEF, read, {"carry_out": carry_out, "choose": choose, "promote": promote, "adopt": adopt})
DRAFT, SUBMITTED, SELECTED, DECLINED, PROMOTED = (state.value for state in BriefState)
CHOSEN = (SELECTED, PROMOTED)
WORKFLOW = Workflow(
    "brief",
    BriefState,
    BRIEF_STATE_LABELS,
    POLICY,
    Transition("edit", (DRAFT,), None, "修改", "carry_out"),
    Transition("link_evidence", (DRAFT,), None, "上传资料", "carry_out"),
    Transition("submit", (DRAFT,), SUBMITTED, "提交", "carry_out"),
    Transition("withdraw", (SUBMITTED,), DRAFT, "撤回", "carry_out"),
    Transition("delete", (DRAFT,), None, "删除草稿", "carry_out", danger=True),
    Transition("select", (SUBMITTED,), SELECTED, "选用", "choose"),
    Transition("decline", (SUBMITTED,), DECLINED, "不选用", "choose", note=True, danger=True),
    Transition("promote", (SELECTED,), PROMOTED, "推广", "promote"),
    Transition("adopt", CHOSEN, None, "采纳", "adopt"),
)
targets.register("briefs", "简报", POLICY, workflow=WORKFLOW, title=BRIEF.c.title)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(REVIEWER)


REVIEWERS = Policy(REVIEWER, _everyone, {"delete": by(Role.SUPERVISOR, REVIEWER)})
