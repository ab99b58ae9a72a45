"""Every column that names a unit, and what becomes of its rows when the unit goes.

A test holds this against all tables: whoever adds a column decides here.
"""

import sqlalchemy as sa

from app.accountability.models import ACTION, CLAIM, ActionState
from app.appointments.models import APPOINTMENT
from app.appraisals.models import CRITERION, CriterionState
from app.assignments.models import ASSIGNMENT
from app.boxes.models import BOX, BoxState
from app.breakdowns.models import BREAKDOWN
from app.briefs.models import BRIEF, BriefState
from app.briefs.models import REVIEWER as BRIEF_REVIEWER
from app.campaigns.models import CAMPAIGN, SELF_CHECK, CampaignState, SelfCheckState
from app.campaigns.models import OFFICE as CAMPAIGN_OFFICE
from app.campaigns.rules import IN_TIME
from app.cases.models import OFFICE as CASE_OFFICE
from app.complaints.models import COMPLAINT
from app.complaints.rules import OPEN as COMPLAINTS_OPEN
from app.core.operation import Reader, Tx
from app.core.policy import among
from app.core.within import within
from app.documents.models import DOCUMENT, RECIPIENT
from app.documents.rules import SERVED
from app.extensions.models import EXTENSION
from app.filings.models import FILING, REQUIREMENT, FilingState
from app.indicators.models import INDICATOR
from app.inspections.models import FINDING, INSPECTION, MEMBER, TARGET, VISIT, FindingState, InspectionState, Mode
from app.integrity_risks.models import ENDED as RISKS_ENDED
from app.integrity_risks.models import RISK, RiskState
from app.integrity_risks.round_models import NIL, ROUND, RoundState
from app.leading_groups.models import LEADING_GROUP
from app.liaison_visits.models import MATTER, MatterState
from app.major_decisions.models import DECISION, SUPERVISION, DecisionState
from app.plans.models import PLAN, RESPONSIBILITY, PlanState
from app.rectifications.models import RECTIFICATION, RectificationState
from app.succession.directory import Grants, Hosts, InCharge, Names, Pairs, Rules
from app.succession.parts import (
    DUTY,
    IDS,
    NEW,
    OLD,
    Blocks,
    Dated,
    Ending,
    Found,
    Moving,
    Part,
    Standing,
    change,
    ids_of,
)
from app.succession.work import Assignments
from app.units.models import UNIT
from app.venue_activities.models import ACTIVITY, REVIEWER, VenueState

_UNFINISHED = (InspectionState.PLANNED, InspectionState.ONGOING, InspectionState.REPORTED)


def _inspection(column: sa.Column[int], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    row = sa.select(sa.literal(1)).select_from(INSPECTION).where(INSPECTION.c.id == column, *conditions)
    return row.correlate(column.table).exists()


def _announced(column: sa.Column[int]) -> sa.ColumnElement[bool]:
    """An unannounced inspection is not counted before its time, not even here."""
    return _inspection(column, INSPECTION.c.mode == Mode.ANNOUNCED)


def _unfinished(column: sa.Column[int]) -> sa.ColumnElement[bool]:
    return _inspection(column, INSPECTION.c.state.in_(_UNFINISHED))


_NOT_VISITED = sa.not_(
    sa.select(sa.literal(1))
    .where(VISIT.c.inspection_id == TARGET.c.inspection_id, VISIT.c.unit_id == TARGET.c.unit_id)
    .correlate(TARGET)
    .exists()
)
_RUNNING_PLAN = (
    sa.select(sa.literal(1))
    .where(PLAN.c.id == RESPONSIBILITY.c.plan_id, PLAN.c.state.in_((PlanState.DRAFT, PlanState.ISSUED)))
    .correlate(RESPONSIBILITY)
    .exists()
)
_OPEN_ROUND = (
    sa.select(sa.literal(1))
    .where(ROUND.c.id == RISK.c.round_id, ROUND.c.state == RoundState.OPEN)
    .correlate(RISK)
    .exists()
)
_STANDING = sa.and_(_OPEN_ROUND, sa.not_(among(RISK.c.state, *RISKS_ENDED)))
_RUNNING_CAMPAIGN = CAMPAIGN.c.state.not_in((CampaignState.CLOSED, CampaignState.CANCELLED))
_IN_CAMPAIGN = (
    sa.select(sa.literal(1))
    .where(CAMPAIGN.c.id == CAMPAIGN_OFFICE.c.campaign_id, _RUNNING_CAMPAIGN)
    .correlate(CAMPAIGN_OFFICE)
    .exists()
)
_OF_SELF_CHECK = sa.select(sa.literal(1)).where(CAMPAIGN.c.id == SELF_CHECK.c.campaign_id).correlate(SELF_CHECK)
_STILL_CHECKED = sa.or_(
    sa.and_(SELF_CHECK.c.state.in_((SelfCheckState.PENDING, SelfCheckState.SENT_BACK)), IN_TIME),
    sa.and_(SELF_CHECK.c.state == SelfCheckState.SUBMITTED, _OF_SELF_CHECK.where(_RUNNING_CAMPAIGN).exists()),
)
"""What its unit may still hand in, and what may open a rectification once it is confirmed."""
_OF_RECIPIENT = sa.select(sa.literal(1)).where(DOCUMENT.c.id == RECIPIENT.c.document_id).correlate(RECIPIENT)


class Risks(Moving):
    """In rounds that are open. That the successor had found none is then not so any more."""

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        super().act(tx, ending, found, event_id)
        if ending.new is None:
            return
        rounds = sa.select(RISK.c.round_id).where(within(RISK.c.id, IDS))
        taken_back = sa.delete(NIL).where(NIL.c.unit_id == NEW, NIL.c.round_id.in_(rounds))
        tx.connection.execute(taken_back, {"ids": found["moves"], "new": ending.new.id})


class TakingPart(Moving):
    """An office takes part in a campaign beside the lead: whoever leads it, before or after, does not take part too."""

    def look(self, see: Reader, ending: Ending) -> Found:
        found = super().look(see, ending)
        if ending.new is None:
            return found
        led = [sa.and_(self.column == one, self.open, _led_by(other)) for one, other in ((OLD, NEW), (NEW, OLD))]
        leads = ids_of(see, self.table, ending, sa.or_(*led))
        moves = [row_id for row_id in found["moves"] if row_id not in leads]
        return {"moves": moves, "merges": sorted({*found["merges"], *leads})}


def _led_by(unit: sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    led = sa.select(sa.literal(1)).where(CAMPAIGN.c.id == CAMPAIGN_OFFICE.c.campaign_id, CAMPAIGN.c.unit_id == unit)
    return led.correlate(CAMPAIGN_OFFICE).exists()


class Handled:
    """Complaints that the unit was given to handle, never those about it: these stay, and as little as its own people
    do the successor's ever see them (``Actor.concerned``). Nobody is told how many there are.
    """

    name, label, path = "complaint.handling_unit_id", "承办的信访举报", None
    columns = (COMPLAINT.c.handling_unit_id,)

    def look(self, see: Reader, ending: Ending) -> Found:
        ours = (COMPLAINT.c.handling_unit_id == OLD, COMPLAINT.c.state.in_(COMPLAINTS_OPEN))
        return {"moves": ids_of(see, COMPLAINT, ending, *ours)}

    def told(self, see: Reader, found: Found) -> Found:
        return {}

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        """Whoever handled it had the right to from the old unit: it is to be given to someone anew."""
        unit_id = ending.new.id if ending.new is not None else None
        change(tx, COMPLAINT, found["moves"], handling_unit_id=unit_id, handler_id=None)


def _about(path: str) -> str:
    return f"{path}?unit_id={{unit}}"


PARTS: tuple[Part, ...] = (
    Assignments(),
    Moving(
        RECTIFICATION.c.unit_id,
        "整改",
        RECTIFICATION.c.state != RectificationState.CLOSED,
        path=_about("/rectifications"),
        blocks=Blocks("请先整改、验收销号", RECTIFICATION.c.problem, by_its_own=True),
    ),
    Moving(
        FINDING.c.unit_id,
        "未下达的问题",
        FINDING.c.state == FindingState.DRAFT,
        countable=_announced(FINDING.c.inspection_id),
    ),
    Moving(
        TARGET.c.unit_id,
        "待查的督查",
        sa.and_(_unfinished(TARGET.c.inspection_id), _NOT_VISITED),
        unique=("inspection_id",),
        dropped=True,
        countable=_announced(TARGET.c.inspection_id),
    ),
    Moving(
        MEMBER.c.unit_id,
        "参加的督查组",
        _unfinished(MEMBER.c.inspection_id),
        unique=("inspection_id",),
        dropped=True,
        countable=_announced(MEMBER.c.inspection_id),
    ),
    Moving(
        INSPECTION.c.unit_id,
        "牵头的督查",
        INSPECTION.c.state.in_(_UNFINISHED),
        countable=INSPECTION.c.mode == Mode.ANNOUNCED,
    ),
    Moving(
        ACTION.c.unit_id,
        "问责",
        ACTION.c.state.not_in((ActionState.CLOSED, ActionState.WITHDRAWN)),
        path=_about("/accountability-actions"),
        blocks=Blocks("请先办结或撤回", ACTION.c.reason, by_its_own=True),
    ),
    Moving(CLAIM.c.unit_id, "问责阶梯的记录", unique=("rung_id", "source_id", "period"), countable=sa.false()),
    Handled(),
    Risks(
        RISK.c.unit_id,
        "排查中的廉政风险",
        _STANDING,
        path=_about("/integrity-risks"),
        ended={"state": RiskState.CLOSED},
        at_closing=sa.not_(among(RISK.c.state, *RISKS_ENDED)),
    ),
    Moving(
        ACTIVITY.c.unit_id,
        "未举办的阵地活动",
        ACTIVITY.c.state.in_((VenueState.REGISTERED, VenueState.APPROVED)),
        path=_about("/venue-activities"),
        ended={"state": VenueState.CANCELLED},
    ),
    Moving(
        BRIEF.c.unit_id,
        "未选用的简报",
        BRIEF.c.state.in_((BriefState.DRAFT, BriefState.SUBMITTED)),
        countable=BRIEF.c.state == BriefState.SUBMITTED,
    ),
    Moving(MATTER.c.school_id, "未办结的督促事项", MATTER.c.state.in_((MatterState.OPEN, MatterState.ANSWERED))),
    Moving(
        MATTER.c.unit_id,
        "提出的督促事项",
        MATTER.c.state.in_((MatterState.OPEN, MatterState.ANSWERED)),
        blocks=Blocks("请先办结或撤回", MATTER.c.text),
    ),
    Moving(CAMPAIGN.c.unit_id, "牵头的专项行动", _RUNNING_CAMPAIGN, blocks=DUTY),
    TakingPart(
        CAMPAIGN_OFFICE.c.unit_id,
        "参加的专项行动",
        sa.and_(_IN_CAMPAIGN, CAMPAIGN_OFFICE.c.summary.is_(None)),
        unique=("campaign_id",),
        dropped=True,
    ),
    Moving(
        SELF_CHECK.c.unit_id,
        "专项行动的自查",
        SELF_CHECK.c.state.in_((SelfCheckState.PENDING, SelfCheckState.SENT_BACK)),
        unique=("campaign_id",),
        at_closing=_STILL_CHECKED,
        blocks=Blocks("请先提交、确认", _OF_SELF_CHECK.with_only_columns(CAMPAIGN.c.title).scalar_subquery()),
    ),
    Standing(BOX.c.unit_id, "未封的档案盒", BOX.c.state == BoxState.OPEN, _about("/archive-boxes")),
    Standing(
        DECISION.c.unit_id,
        "未办结的三重一大",
        DECISION.c.state != DecisionState.COMPLETED,
        blocks=Blocks("请先办结或了结", DECISION.c.subject),
    ),
    Standing(
        FILING.c.unit_id,
        "未报送的备案",
        FILING.c.state.in_((FilingState.DRAFT, FilingState.SENT_BACK)),
        _about("/filings"),
        blocks=Blocks("请先报送，或删除草稿", FILING.c.title),
    ),
    Standing(
        RECIPIENT.c.unit_id,
        "未回执的公文",
        sa.and_(RECIPIENT.c.receipted_at.is_(None), _OF_RECIPIENT.where(DOCUMENT.c.state == SERVED).exists()),
        blocks=Blocks("请先回执", _OF_RECIPIENT.with_only_columns(DOCUMENT.c.title).scalar_subquery()),
    ),
    Moving(
        RESPONSIBILITY.c.unit_id,
        "方案中的责任分工",
        sa.and_(_RUNNING_PLAN, RESPONSIBILITY.c.dropped_reason.is_(None)),
    ),
    Moving(UNIT.c.parent_id, "下级单位", path="/units?parent_id={unit}", blocks=DUTY),
    Moving(UNIT.c.answering_unit_id, "代管的单位", blocks=DUTY),
    Moving(INDICATOR.c.office_id, "主管的指标", blocks=DUTY),
    Moving(CRITERION.c.office_id, "录入的考核指标", CRITERION.c.state == CriterionState.WAITING, blocks=DUTY),
    Moving(REQUIREMENT.c.office_id, "审核的备案", blocks=DUTY),
    Moving(REVIEWER.c.office_id, "审批的阵地活动", blocks=DUTY),
    Moving(BRIEF_REVIEWER.c.office_id, "审阅的简报", unique=("kind",), blocks=DUTY),
    Moving(SUPERVISION.c.office_id, "监督的三重一大", blocks=DUTY),
    Moving(CASE_OFFICE.c.office_id, "承办的案件类别", blocks=DUTY),
    Moving(ROUND.c.office_id, "审核的廉政风险排查", ROUND.c.state == RoundState.OPEN, blocks=DUTY),
    Hosts(),
    Names(),
    Rules(),
    InCharge(),
    Pairs(),
    Dated(APPOINTMENT.c.unit_id, "任职", _about("/appointments")),
    Dated(LEADING_GROUP.c.unit_id, "领导小组", _about("/leading-groups")),
    Grants(),
)

HELD_ELSEWHERE = frozenset(
    table.name
    for table in (
        ASSIGNMENT,
        RECTIFICATION,
        FINDING,
        INSPECTION,
        ACTION,
        RISK,
        ACTIVITY,
        BRIEF,
        MATTER,
        CAMPAIGN,
        SELF_CHECK,
        UNIT,
        APPOINTMENT,
        LEADING_GROUP,
        BREAKDOWN,
        EXTENSION,
    )
)
"""What other systems mirror, and hear of by webhooks: its table is called as it is in events."""
FOLLOW = {
    "breakdown.unit_id": "with its assignment",
    "breakdown_step.unit_id": "with its assignment",
    "extension.unit_id": "asked for and not yet decided: with its assignment or rectification",
    "risk_nil_report.unit_id": "the successor's is taken back where risk points come to it",
}
STAY = {
    "api_token.unit_id": "shows nothing once the grants have ended",
    "appraisal_appeal.office_id": "whose deduction it was",
    "appraisal_appeal.unit_id": "what was held against its own points",
    "appraisal_deduction.office_id": "who entered it",
    "appraisal_deduction.unit_id": "what it lost; the next scoring asks the units there are",
    "appraisal_result.unit_id": "what it got",
    "assignment.former_unit_id": "says where the row came from",
    "campaign.unit_ids": "whom it was to ask, as it was written; the lead office adds the successor",
    "case_file.unit_id": "what a case is about; the successor's people are kept from it as its own were",
    "complaint.unit_id": "what a complaint is about; as above",
    "document.copy_unit_ids": "the paper as it was written; what is served later goes to the successor",
    "document_copy.unit_id": "the paper as it was sent; the successor's people read it there",
    "document.unit_ids": "the paper as it was written; what is served later goes to the successor",
    "evidence.unit_id": "who made it",
    "import_unit.unit_id": "by which right an import was made",
    "indicator_value.unit_id": "what was reported",
    "leading_group.office_unit_id": "a standing group is given another office first",
    "liaison_visit.school_id": "where one was",
    "liaison_visit.unit_id": "who was there",
    "notification.unit_id": "what was told; the successor is told of what it has",
    "plan.issuer_unit_id": "who issued it",
    "robot.unit_id": "tells of what stays; the successor has a group of its own",
    "unit_host.unit_id": "of a party organisation that goes itself",
    "unit_succession.successor_id": "history",
    "unit_succession.unit_id": "history",
    "visit.unit_id": "where one was",
    "webhook.unit_id": "hears of what stays; for the successor the security administrator makes one anew",
}
