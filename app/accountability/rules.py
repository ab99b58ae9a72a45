"""Who sees an action, who proposes, approves, serves and closes it; never someone of the unit it is about.

Whoever proposed does not approve, whoever replied does not close. The unit itself sees an action once it is served.
"""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.accountability.models import ACTION, ACTION_STATE_LABELS, FORMER_PAPER, RUNG, SANCTIONS, ActionState
from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    USER,
    Policy,
    Role,
    Roles,
    among,
    by,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.documents.models import DOCUMENT
from app.documents.rules import HELD_BACK
from app.evidence import targets
from app.units.models import UNIT, Duty
from app.units.reviewing import SUPERVISION

PROPOSERS = (Role.SUPERVISOR, Role.DISCIPLINE)
_EDUCATION = UNIT.alias("education_supervision")
_SANCTION = among(ACTION.c.kind, *SANCTIONS)
_STRANGER = stranger_to(ACTION.c.unit_id)
_OF_OTHERS = sa.or_(_STRANGER, sa.and_(USER.is_(None), sa.not_(within(ACTION.c.unit_id, OWN))))
"""Who may know of it before its service. A unit's other system is nobody in person, whom the whole district concerns:
it is told unless the action is its own unit's."""
SUPERVISIONS_OWN = ACTION.c.unit_id.in_(SUPERVISION)
_A_PAPER = [DOCUMENT.c.id, DOCUMENT.c.notice_id]
"""What serves it, and the record of the talk to which that calls."""
_UNKNOWN_YET = sa.select(sa.literal(1)).where(ACTION.c.served_at.is_(None), sa.not_(_OF_OTHERS))
_FORMER = _UNKNOWN_YET.join_from(FORMER_PAPER, ACTION, ACTION.c.id == FORMER_PAPER.c.action_id)
HELD_BACK += [
    _UNKNOWN_YET.where(ACTION.c.document_id.in_(_A_PAPER)).correlate(DOCUMENT).exists(),
    _FORMER.where(FORMER_PAPER.c.document_id.in_(_A_PAPER)).correlate(DOCUMENT).exists(),
]


def _education_office(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """There is a 督导室, other than the unit itself, of which these hold."""
    office = sa.select(sa.literal(1)).where(
        _EDUCATION.c.district_id == ACTION.c.district_id,
        among(_EDUCATION.c.duty, Duty.EDUCATION_SUPERVISION),
        _EDUCATION.c.id != ACTION.c.unit_id,
        *conditions,
    )
    return office.correlate(ACTION).exists()


_OURS_TO_SERVE = sa.and_(_SANCTION, _education_office(within(_EDUCATION.c.id, OFFICES)))


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all, of their own unit's what is served; a unit its own once served; the 督导室 what it is to
    serve once approved."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return sa.and_(in_district(ACTION), sa.or_(ACTION.c.served_at.is_not(None), _OF_OTHERS))
    grounds = [sa.and_(within(ACTION.c.unit_id, OWN), ACTION.c.served_at.is_not(None))]
    if Role.OFFICE in roles:
        grounds.append(sa.and_(_OURS_TO_SERVE, ACTION.c.approved_at.is_not(None), _OF_OTHERS))
    return sa.and_(in_district(ACTION), sa.or_(*grounds))


def draft(roles: Roles) -> ColumnElement[bool]:
    """The supervisor all proposals, the discipline team its own."""
    grounds: list[ColumnElement[bool]] = []
    if Role.DISCIPLINE in roles:
        grounds.append(sa.func.coalesce(ACTION.c.proposed_by, 0) == USER)
    if Role.SUPERVISOR in roles:
        grounds = [sa.true()]
    return sa.and_(in_district(ACTION), sa.or_(*grounds), _STRANGER) if grounds else sa.false()


def approve(roles: Roles) -> ColumnElement[bool]:
    """A leader who did not propose it."""
    if Role.LEADER not in roles:
        return sa.false()
    return sa.and_(in_district(ACTION), sa.func.coalesce(ACTION.c.proposed_by, 0) != USER, _STRANGER)


def withdraw(roles: Roles) -> ColumnElement[bool]:
    """Whoever drafts it, or a leader, who does not approve it."""
    if Role.LEADER in roles:
        return sa.and_(in_district(ACTION), _STRANGER)
    return draft(roles)


def draw_up(roles: Roles) -> ColumnElement[bool]:
    """Papers are drawn up by the supervision office."""
    return sa.and_(in_district(ACTION), _STRANGER) if Role.SUPERVISOR in roles else sa.false()


def serve(roles: Roles) -> ColumnElement[bool]:
    """Sanctions: the 督导室 where there is one. All else: the supervisor, and a leader about the supervision office."""
    grounds: list[ColumnElement[bool]] = []
    by_the_bureau = sa.not_(sa.and_(_SANCTION, _education_office()))
    if Role.SUPERVISOR in roles:
        grounds.append(sa.and_(by_the_bureau, sa.not_(SUPERVISIONS_OWN)))
    if Role.LEADER in roles:
        grounds.append(sa.and_(by_the_bureau, SUPERVISIONS_OWN))
    if Role.OFFICE in roles:
        grounds.append(_OURS_TO_SERVE)
    return sa.and_(in_district(ACTION), sa.or_(*grounds), _STRANGER) if grounds else sa.false()


def carry_out(roles: Roles) -> ColumnElement[bool]:
    """The unit that it is about, through its office and school grants."""
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return sa.false()
    return sa.and_(in_district(ACTION), within(ACTION.c.unit_id, OWN), ACTION.c.served_at.is_not(None))


def prove(roles: Roles) -> ColumnElement[bool]:
    """Its unit, for the reply; whoever serves it, for what was done."""
    grounds = [ground for ground in (carry_out(roles), serve(roles)) if not isinstance(ground, sa.False_)]
    return sa.or_(*grounds) if grounds else sa.false()


def judge(roles: Roles) -> ColumnElement[bool]:
    """The supervisor; of the supervision office's own a leader."""
    grounds: list[ColumnElement[bool]] = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(SUPERVISIONS_OWN))
    if Role.LEADER in roles:
        grounds.append(SUPERVISIONS_OWN)
    if not grounds:
        return sa.false()
    by_me = sa.func.coalesce(ACTION.c.replied_by, 0) == USER
    return sa.and_(in_district(ACTION), sa.or_(*grounds), _STRANGER, sa.not_(by_me))


POLICY = Policy(
    ACTION,
    read,
    {
        "draft": draft,
        "approve": approve,
        "withdraw": withdraw,
        "draw_up": draw_up,
        "serve": serve,
        "carry_out": carry_out,
        "prove": prove,
        "judge": judge,
    },
)
PROPOSED, APPROVED, SERVED, PERFORMED, REPLIED, CLOSED, WITHDRAWN = (state.value for state in ActionState)
AWAITING_REPLY = (SERVED, PERFORMED)
WORKFLOW = Workflow(
    "accountability_action",
    ActionState,
    ACTION_STATE_LABELS,
    POLICY,
    Transition("edit", (PROPOSED,), None, "修改", "draft"),
    Transition("approve", (PROPOSED,), APPROVED, "批准", "approve"),
    Transition("draw_up", (APPROVED,), None, "起草公文", "draw_up"),
    Transition("serve", (APPROVED,), SERVED, "送达", "serve"),
    Transition("perform", (SERVED,), PERFORMED, "记录执行情况", "serve", note=True),
    Transition("link_evidence", AWAITING_REPLY, None, "上传资料", "prove"),
    Transition("reply", AWAITING_REPLY, REPLIED, "答复", "carry_out", note=True),
    Transition("send_back", (REPLIED,), SERVED, "退回答复", "judge", note=True, danger=True),
    Transition("close", (REPLIED,), CLOSED, "办结", "judge", note=True),
    Transition("withdraw", (PROPOSED, APPROVED), WITHDRAWN, "撤回", "withdraw", note=True, danger=True),
)
targets.register("accountability-actions", "问责", POLICY, workflow=WORKFLOW, title=ACTION.c.reason)


def _read_rung(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(DISTRICT_WIDE) else in_district(RUNG)


RUNGS = Policy(RUNG, _read_rung, {"edit": by(Role.SUPERVISOR, RUNG)})
LABELS = {"edit": "修改"}
