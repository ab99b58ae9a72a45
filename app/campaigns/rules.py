"""Who sees a campaign and who runs it; who hands in a self-check and who looks it through.

A unit that is asked sees the campaign and its own self-check; an office sees those it leads or takes part in; the
district-wide roles see all. What an inspection found shows to whoever sees that inspection, here as elsewhere.
"""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.campaigns.models import (
    CAMPAIGN,
    CAMPAIGN_STATE_LABELS,
    OFFICE,
    PHASES,
    SELF_CHECK,
    SELF_CHECK_STATE_LABELS,
    CampaignState,
    SelfCheckState,
)
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.policy import (
    BUSINESS,
    DISTRICT,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    Policy,
    Role,
    Roles,
    also_in_district,
    among,
    by,
    in_district,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.inspections import rules as inspections
from app.inspections.models import FINDING, INSPECTION
from app.rectifications import rules as rectifications
from app.rectifications.models import RECTIFICATION
from app.units.reviewing import Reviewed

_LED = sa.select(CAMPAIGN.c.id).where(CAMPAIGN.c.district_id == DISTRICT, within(CAMPAIGN.c.unit_id, OFFICES))
_JOINED = sa.select(OFFICE.c.campaign_id).where(OFFICE.c.district_id == DISTRICT, within(OFFICE.c.unit_id, OFFICES))
_ASKED = sa.select(SELF_CHECK.c.campaign_id).where(
    SELF_CHECK.c.district_id == DISTRICT, within(SELF_CHECK.c.unit_id, OWN)
)
"""Campaigns that the actor's offices lead, that they take part in, and that ask the actor's units."""


def _involving(campaign_id: ColumnElement[int]) -> ColumnElement[bool]:
    return sa.or_(campaign_id.in_(_LED.correlate(None)), campaign_id.in_(_JOINED.correlate(None)))


_FOUND_FOR = (
    sa.select(sa.literal(1))
    .select_from(FINDING.join(INSPECTION, INSPECTION.c.id == FINDING.c.inspection_id))
    .where(FINDING.c.id == RECTIFICATION.c.finding_id, _involving(INSPECTION.c.campaign_id))
    .correlate(RECTIFICATION)
    .exists()
)

# An office knows what was inspected for its campaigns, by whomever, once that is open; and what is to be put right for
# what was found there or in the self-checks.
inspections.KNOWN_TO_OFFICES.append(_involving(INSPECTION.c.campaign_id))
rectifications.KNOWN_TO_OFFICES.append(_involving(RECTIFICATION.c.campaign_id))
rectifications.KNOWN_TO_OFFICES.append(_FOUND_FOR)


# Campaigns


def inside(roles: Roles) -> ColumnElement[bool]:
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(CAMPAIGN)
    return _involved(roles)


def _involved(roles: Roles) -> ColumnElement[bool]:
    if Role.OFFICE not in roles:
        return sa.false()
    return sa.and_(in_district(CAMPAIGN), _involving(CAMPAIGN.c.id))


def read(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(CAMPAIGN)
    asked = CAMPAIGN.c.id.in_(_ASKED.correlate(None))
    if Role.OFFICE in roles:
        return sa.and_(in_district(CAMPAIGN), sa.or_(asked, _involving(CAMPAIGN.c.id)))
    return sa.and_(also_in_district(CAMPAIGN), asked)


def lead(roles: Roles) -> ColumnElement[bool]:
    """The office that leads it, and the supervisor."""
    if Role.SUPERVISOR in roles:
        return in_district(CAMPAIGN)
    if Role.OFFICE in roles:
        return sa.and_(in_district(CAMPAIGN), within(CAMPAIGN.c.unit_id, OFFICES))
    return sa.false()


def involved(roles: Roles) -> ColumnElement[bool]:
    """Those, the offices that take part, and the discipline team for inspections of its own."""
    if not roles.isdisjoint({Role.SUPERVISOR, Role.DISCIPLINE}):
        return in_district(CAMPAIGN)
    return _involved(roles)


def take_part(roles: Roles) -> ColumnElement[bool]:
    if Role.OFFICE not in roles:
        return sa.false()
    return sa.and_(in_district(CAMPAIGN), CAMPAIGN.c.id.in_(_JOINED.correlate(None)))


POLICY = Policy(
    CAMPAIGN,
    read,
    {
        "see_inside": inside,
        "lead": lead,
        "supervise": by(Role.SUPERVISOR, CAMPAIGN),
        "take_part": take_part,
        "involved": involved,
    },
)
DRAFT, CHECKING, INSPECTING, RECTIFYING, SUMMARIZING, CLOSED, CANCELLED = (state.value for state in CampaignState)
RUNNING = (CHECKING, INSPECTING, RECTIFYING, SUMMARIZING)
WORKFLOW = Workflow(
    "campaign",
    CampaignState,
    CAMPAIGN_STATE_LABELS,
    POLICY,
    Transition("edit", (DRAFT, *RUNNING), None, "修改", "lead"),
    Transition("start", (DRAFT,), CHECKING, "启动", "supervise"),
    Transition("begin_inspection", (CHECKING,), INSPECTING, "进入检查", "lead"),
    Transition("begin_rectification", (INSPECTING,), RECTIFYING, "进入整改", "lead"),
    Transition("begin_summary", (RECTIFYING,), SUMMARIZING, "进入总结", "lead"),
    Transition("inspect", RUNNING, None, "安排检查", "involved"),
    Transition("attach", RUNNING, None, "列入督查", "involved"),
    Transition("detach", RUNNING, None, "移出督查", "involved"),
    Transition("summarize", (SUMMARIZING,), None, "报送小结", "take_part"),
    Transition("close", (SUMMARIZING,), CLOSED, "结束", "lead"),
    Transition("cancel", (DRAFT, *RUNNING), CANCELLED, "撤销", "supervise", note=True, danger=True),
)


# Self-checks

REVIEWED = Reviewed(SELF_CHECK, SELF_CHECK.c.submitted_by, SELF_CHECK.c.campaign_id.in_(_LED.correlate(None)))


def read_self_check(roles: Roles) -> ColumnElement[bool]:
    """Beside what its reviewers and its unit see: the offices that take part see all of the campaign's."""
    known = REVIEWED.read(roles)
    if Role.OFFICE not in roles or not roles.isdisjoint(DISTRICT_WIDE):
        return known
    joined = SELF_CHECK.c.campaign_id.in_(_JOINED.correlate(None))
    return sa.or_(known, sa.and_(in_district(SELF_CHECK), joined))


SELF_CHECKS = Policy(
    SELF_CHECK, read_self_check, {"carry_out": REVIEWED.carry_out, "review": REVIEWED.review}, REVIEWED.own_by
)
PENDING, SUBMITTED, SENT_BACK, CONFIRMED = (state.value for state in SelfCheckState)
OPEN = (PENDING, SENT_BACK)
SELF_CHECK_WORKFLOW = Workflow(
    "self_check",
    SelfCheckState,
    SELF_CHECK_STATE_LABELS,
    SELF_CHECKS,
    Transition("edit", OPEN, None, "填报", "carry_out"),
    Transition("link_evidence", OPEN, None, "上传资料", "carry_out"),
    Transition("submit", OPEN, SUBMITTED, "提交", "carry_out"),
    Transition("confirm", (SUBMITTED,), CONFIRMED, "确认", "review"),
    Transition("send_back", (SUBMITTED,), SENT_BACK, "退回", "review", note=True, danger=True),
    Transition("ask", (PENDING, CONFIRMED), SENT_BACK, "要求补报", "review", note=True),
)
BY_UNIT = frozenset({"edit", "link_evidence", "submit"})


def in_time(state: str, campaign_state: str, action: str) -> bool:
    """Nothing once the campaign has ended; in the summary phase a unit hands in only what it was asked for."""
    if campaign_state not in RUNNING:
        return False
    return campaign_state != SUMMARIZING or action not in BY_UNIT or state == SENT_BACK


def guard(tx: Tx, self_check_id: int, action: str, note: str | None = None) -> tuple[sa.Row, sa.Row]:  # type: ignore[type-arg]
    """The self-check, if the actor may take ``action`` on it now, and its campaign."""
    row = SELF_CHECK_WORKFLOW.guard(tx, self_check_id, action, note)
    campaign = tx.connection.execute(sa.select(CAMPAIGN).where(CAMPAIGN.c.id == row.campaign_id)).one()
    refuse_late(row.state, campaign.title, campaign.state, action)
    return row, campaign


def refuse_late(state: str, title: str, campaign_state: str, action: str) -> None:
    """409 for what the campaign is past."""
    if not in_time(state, campaign_state, action):
        stands = _now(WORKFLOW.labels[str(campaign_state)])
        more = "，需要补报时由牵头股室提出" if campaign_state == SUMMARIZING else ""
        raise Conflict(f"“{title}”{stands}，不能再办理自查{more}", code="not_in_time", state=campaign_state)


def _now(label: str) -> str:
    return label if label.startswith("已") else f"在{label}阶段"


_OF = sa.select(sa.literal(1)).where(CAMPAIGN.c.id == SELF_CHECK.c.campaign_id).correlate(SELF_CHECK)
_TITLE = sa.select(CAMPAIGN.c.title).where(CAMPAIGN.c.id == SELF_CHECK.c.campaign_id).correlate(SELF_CHECK)
IN_TIME = sa.or_(
    _OF.where(among(CAMPAIGN.c.state, *PHASES[:-1])).exists(),
    sa.and_(SELF_CHECK.c.state == SENT_BACK, _OF.where(CAMPAIGN.c.state == SUMMARIZING).exists()),
)
"""``in_time`` of what its unit does, as a condition."""
targets.register(
    "self-checks",
    "专项自查",
    SELF_CHECKS,
    guard=lambda tx, row_id: guard(tx, row_id, "link_evidence")[0],
    is_open=sa.and_(SELF_CHECK.c.state.in_(OPEN), IN_TIME),
    title=_TITLE.scalar_subquery(),
)
LEADERS = frozenset({Role.SUPERVISOR, Role.OFFICE})
"""Who may draw one up."""
