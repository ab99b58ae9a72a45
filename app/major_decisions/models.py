"""Major decisions (三重一大): a matter from its proposal to its completion, what the supervising office remarks on it,
and which office supervises which category."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
)
from app.indicators.amounts import Hundredths


class DecisionCategory(StrEnum):
    DECISION = "decision"
    PERSONNEL = "personnel"
    PROJECT = "project"
    FUND = "fund"


CATEGORY_LABELS = {
    DecisionCategory.DECISION: "重大决策",
    DecisionCategory.PERSONNEL: "重要人事任免",
    DecisionCategory.PROJECT: "重大项目安排",
    DecisionCategory.FUND: "大额度资金",
}


class DecisionState(StrEnum):
    REGISTERED = "registered"
    DELIBERATED = "deliberated"
    DECIDED = "decided"
    DISCLOSED = "disclosed"
    EXECUTED = "executed"
    COMPLETED = "completed"


STATE_LABELS = {
    DecisionState.REGISTERED: "已登记",
    DecisionState.DELIBERATED: "已酝酿",
    DecisionState.DECIDED: "已决策",
    DecisionState.DISCLOSED: "已公示",
    DecisionState.EXECUTED: "已执行",
    DecisionState.COMPLETED: "已办结",
}


class MeetingKind(StrEnum):
    PARTY_MEETING = "party_meeting"
    PRINCIPAL_MEETING = "principal_meeting"
    JOINT_MEETING = "joint_meeting"
    STAFF_CONGRESS = "staff_congress"
    OTHER = "other"


MEETING_LABELS = {
    MeetingKind.PARTY_MEETING: "党组织会议",
    MeetingKind.PRINCIPAL_MEETING: "校长办公会",
    MeetingKind.JOINT_MEETING: "党政联席会议",
    MeetingKind.STAFF_CONGRESS: "教职工代表大会",
    MeetingKind.OTHER: "其他会议",
}


class DecisionResult(StrEnum):
    PASSED = "passed"
    DEFERRED = "deferred"
    REJECTED = "rejected"


RESULT_LABELS = {
    DecisionResult.PASSED: "通过",
    DecisionResult.DEFERRED: "暂缓",
    DecisionResult.REJECTED: "未通过",
}


class Flag(StrEnum):
    WITHOUT_MEETING = "without_meeting"
    QUORUM_MISSED = "quorum_missed"
    CHAIR_FIRST = "chair_first"
    NO_LEGALITY_REVIEW = "no_legality_review"
    OVERDUE_DISCLOSURE = "overdue_disclosure"
    OVERDUE_EXECUTION = "overdue_execution"


FLAG_LABELS = {
    Flag.WITHOUT_MEETING: "未上会决定",
    Flag.QUORUM_MISSED: "到会人数不足",
    Flag.CHAIR_FIRST: "主持人未末位表态",
    Flag.NO_LEGALITY_REVIEW: "未作合法性审查",
    Flag.OVERDUE_DISCLOSURE: "公示逾期",
    Flag.OVERDUE_EXECUTION: "执行逾期",
}


class MajorDecision(Audited, table=True):
    """What makes it suspicious (``flags.py``) is computed from what stands here."""

    __tablename__ = "major_decision"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "year", "number"),
        sa.Index("ix_major_decision_district", "district_id", "id"),
        sa.Index("ix_major_decision_category", "district_id", "category", "id"),
        sa.Index("ix_major_decision_unit", "unit_id", "id"),
        sa.Index("ix_major_decision_disclosure", "state", "disclose_by", "id"),
    )
    audit_name: ClassVar[str] = "major_decision"

    unit_id: int = id_column("unit.id", index=False)
    year: int
    number: int
    """Without gaps among those that the unit registered in the year."""
    category: DecisionCategory = enum_column(DecisionCategory, "category")
    state: DecisionState = enum_column(DecisionState, "state", default=DecisionState.REGISTERED)
    subject: str = Field(max_length=500)
    proposer: str = Field(max_length=100)
    amount: Decimal | None = Field(default=None, sa_type=Hundredths, nullable=True)
    """In yuan."""
    preparation: str | None = text_column(default=None, nullable=True)
    legality_by: str | None = Field(default=None, max_length=100)
    legality_on: date | None = None
    legality_opinion: str | None = text_column(default=None, nullable=True)
    legality_waived: str | None = Field(default=None, max_length=500)
    """Why no review was needed."""
    meeting_kind: MeetingKind | None = enum_column(MeetingKind, "meeting_kind", default=None, nullable=True)
    """None of one that was decided: it was decided without a meeting."""
    held_at: datetime | None = instant_column(default=None, nullable=True)
    chair: str | None = Field(default=None, max_length=100)
    expected: int | None = None
    present: int | None = None
    quorum: int | None = None
    """How many had to be present, by the bureau's setting when it was decided: a change of it judges nothing anew."""
    observer: str | None = Field(default=None, max_length=200)
    """Who attended to supervise (列席监督)."""
    opinions: list[dict[str, Any]] = json_column(default_factory=list)
    """``[{"speaker", "text"}]`` in the order in which they spoke."""
    recusals: list[dict[str, Any]] = json_column(default_factory=list)
    """``[{"name", "reason"}]``."""
    votes_for: int | None = None
    votes_against: int | None = None
    votes_abstain: int | None = None
    result: DecisionResult | None = enum_column(DecisionResult, "result", default=None, nullable=True)
    earlier_meetings: list[dict[str, Any]] = json_column(
        default_factory=list, sa_column_kwargs={"server_default": "[]"}
    )
    """Those that put it off, the first one first: what ``MET`` names, days and instants in ISO format. All else of the
    matter, and every flag, is about the last meeting."""
    decided_on: date | None = None
    disclose_by: date | None = None
    """The last day for disclosing what was passed."""
    disclosed_from: date | None = None
    disclosed_to: date | None = None
    disclosure_place: str | None = Field(default=None, max_length=500)
    undisclosed_reason: str | None = Field(default=None, max_length=500)
    responsible_person: str | None = Field(default=None, max_length=100)
    deadline_on: date | None = None
    execution: str | None = text_column(default=None, nullable=True)
    flags_seen: int = 0
    """How many flags there were when the supervising office last looked at it."""
    looked_at: datetime | None = instant_column(default=None, nullable=True)
    answered_at: datetime | None = instant_column(default=None, nullable=True)
    """When its unit last answered a remark."""


class DecisionRemark(Audited, table=True):
    """What a supervising office says of a matter (监督意见), and the unit's answer."""

    __tablename__ = "decision_remark"
    __table_args__ = (sa.Index("ix_decision_remark_decision", "major_decision_id", "id"),)
    audit_name: ClassVar[str] = "decision_remark"

    major_decision_id: int = id_column("major_decision.id", index=False)
    text: str = text_column()
    remarked_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    answer: str | None = text_column(default=None, nullable=True)
    answered_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    answered_at: datetime | None = instant_column(default=None, nullable=True)


class DecisionSupervision(Audited, table=True):
    """Which office supervises a category."""

    __tablename__ = "decision_supervision"
    __table_args__ = (sa.UniqueConstraint("district_id", "category"), IDS_ONCE)
    audit_name: ClassVar[str] = "decision_supervision"

    category: DecisionCategory = enum_column(DecisionCategory, "category")
    office_id: int = id_column("unit.id")
    basis: str | None = Field(default=None, max_length=500)
    """What gives it to that office: the plan, or the rules of the bureau."""


MET = (
    *("meeting_kind", "held_at", "chair", "expected", "present", "observer", "opinions", "recusals"),
    *("votes_for", "votes_against", "votes_abstain", "result", "decided_on"),
)
"""What is known of a meeting and its outcome."""
DECISION, REMARK, SUPERVISION = (table_of(m) for m in (MajorDecision, DecisionRemark, DecisionSupervision))
