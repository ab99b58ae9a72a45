"""Who sees a brief: its unit; the district's overseers once it is submitted; everybody once it is promoted."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.briefs.models import BRIEF, BRIEF_STATE_LABELS, BriefKind, BriefState
from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OWN,
    USER,
    Policy,
    Role,
    Roles,
    also_in_district,
    among,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.units.reviewing import SUPERVISION

WRITERS = (Role.OFFICE, Role.SCHOOL)
_OWN = within(BRIEF.c.unit_id, OWN)


def read(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return sa.and_(in_district(BRIEF), sa.or_(sa.not_(among(BRIEF.c.state, BriefState.DRAFT)), _OWN))
    return sa.and_(in_district(BRIEF), sa.or_(among(BRIEF.c.state, BriefState.PROMOTED), _OWN))


def carry_out(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(WRITERS):
        return sa.false()
    return sa.and_(also_in_district(BRIEF), _OWN)


def choose(roles: Roles) -> ColumnElement[bool]:
    """The supervisor; of the supervision office's own a leader. Never its own unit, nor who submitted it."""
    supervisions_own = BRIEF.c.unit_id.in_(SUPERVISION.correlate(None))
    grounds: list[ColumnElement[bool]] = []
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


POLICY = Policy(BRIEF, read, {"carry_out": carry_out, "choose": choose, "adopt": adopt})
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
    Transition("promote", (SELECTED,), PROMOTED, "推广", "choose"),
    Transition("adopt", CHOSEN, None, "采纳", "adopt"),
)
targets.register("briefs", "简报", POLICY, workflow=WORKFLOW, title=BRIEF.c.title)
