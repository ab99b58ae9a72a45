"""Complaints (信访举报): what the public reports, the talk that goes on by receipt, and who reported it, kept apart."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.accountability.models import CitingRead
from app.complaints.stages import ComplaintStageRead
from app.core.calendar import LampColour
from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Note,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    table_of,
    text_column,
    whole,
)
from app.inspections.models import FindingState, InspectionState, Mode, Severity

NEVER = date(9999, 12, 31)
"""``due_on`` of what is due no more."""


class Category(StrEnum):
    PAID_TUTORING = "paid_tutoring"
    FEES = "fees"
    HIDDEN_TRAINING = "hidden_training"
    ETHICS = "ethics"
    ADMISSIONS = "admissions"
    PROCUREMENT = "procurement"
    HARM = "harm"
    OTHER = "other"


CATEGORY_LABELS = {
    Category.PAID_TUTORING: "有偿补课",
    Category.FEES: "乱收费",
    Category.HIDDEN_TRAINING: "隐形变异培训",
    Category.ETHICS: "师德师风",
    Category.ADMISSIONS: "招生入学",
    Category.PROCUREMENT: "工程与采购",
    Category.HARM: "伤害未成年人",
    Category.OTHER: "其他",
}


class Channel(StrEnum):
    WEB = "web"
    INTERFACE = "interface"
    LETTER = "letter"
    VISIT = "visit"
    PHONE = "phone"
    TRANSFER = "transfer"


CHANNEL_LABELS = {
    Channel.WEB: "网上举报",
    Channel.INTERFACE: "接口",
    Channel.LETTER: "来信",
    Channel.VISIT: "来访",
    Channel.PHONE: "来电",
    Channel.TRANSFER: "上级转办",
}


class Arrival(StrEnum):
    """Channels by which it comes to somebody of the bureau, who registers it."""

    LETTER = "letter"
    VISIT = "visit"
    PHONE = "phone"
    TRANSFER = "transfer"


ARRIVAL_LABELS = {each: CHANNEL_LABELS[Channel(each.value)] for each in Arrival}


class ComplaintState(StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    TRANSFERRED = "transferred"
    INVESTIGATING = "investigating"
    CONCLUDED = "concluded"
    REPLIED = "replied"


COMPLAINT_STATE_LABELS = {
    ComplaintState.RECEIVED: "待受理",
    ComplaintState.ACCEPTED: "已受理",
    ComplaintState.NOT_ACCEPTED: "不予受理",
    ComplaintState.TRANSFERRED: "已移送",
    ComplaintState.INVESTIGATING: "调查中",
    ComplaintState.CONCLUDED: "已办结",
    ComplaintState.REPLIED: "已答复",
}


class Result(StrEnum):
    SUBSTANTIATED = "substantiated"
    PARTLY = "partly"
    UNSUBSTANTIATED = "unsubstantiated"
    UNVERIFIABLE = "unverifiable"


RESULT_LABELS = {
    Result.SUBSTANTIATED: "属实",
    Result.PARTLY: "部分属实",
    Result.UNSUBSTANTIATED: "不属实",
    Result.UNVERIFIABLE: "无法查实",
}


class Satisfaction(StrEnum):
    SATISFIED = "satisfied"
    FAIR = "fair"
    DISSATISFIED = "dissatisfied"


SATISFACTION_LABELS = {
    Satisfaction.SATISFIED: "满意",
    Satisfaction.FAIR: "基本满意",
    Satisfaction.DISSATISFIED: "不满意",
}


class MessageKind(StrEnum):
    QUESTION = "question"
    ANSWER = "answer"
    NOTE = "note"


MESSAGE_KIND_LABELS = {
    MessageKind.QUESTION: "承办人询问",
    MessageKind.ANSWER: "举报人答复",
    MessageKind.NOTE: "内部记录",
}


class Complaint(Audited, table=True):
    """What was reported, without who reported it. Of its coming in only the day is kept."""

    __tablename__ = "complaint"
    __table_args__ = (
        *(sa.UniqueConstraint("district_id", "code"), sa.UniqueConstraint("receipt_hash")),
        sa.Index("ix_complaint_district", "district_id", "id"),
        sa.Index("ix_complaint_due", "district_id", "due_on", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "complaint"
    # Hashes of a name or of a short text can be tried against: not even these stand in the log.
    audit_omit: ClassVar[frozenset[str]] = frozenset(
        {"unit_named", "accused", "accused_folded", "text", "receipt_hash", "feedback"}
    )

    code: str = Field(max_length=20)
    """Drawn, not counted: a gap would tell of complaints that one does not see."""
    channel: Channel = enum_column(Channel, "channel")
    named: bool
    """Whether the reporter gave a name (实名)."""
    category: Category = enum_column(Category, "category")
    unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    """Complained of; None until the discipline team has found out which unit is meant."""
    unit_named: str | None = Field(default=None, max_length=100)
    """As the reporter wrote it, where the unit was not chosen from the list."""
    accused: str | None = Field(default=None, max_length=100)
    accused_folded: str = text_column(default="")
    """``accused`` as names are compared (``core.naming``)."""
    accused_user_id: int | None = id_column("user.id", default=None, nullable=True)
    """The account of the person complained of, where they have one."""
    text: str = text_column()
    received_on: date
    receipt_hash: str = Field(max_length=64)
    state: ComplaintState = enum_column(ComplaintState, "state", default=ComplaintState.RECEIVED)
    handling_unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    handler_id: int | None = id_column("user.id", default=None, nullable=True)
    due_on: date
    """Of what comes next: accepting, concluding, replying; ``NEVER`` afterwards."""
    accept_by: date | None = None
    conclude_by: date | None = None
    reply_by: date | None = None
    """What ``due_on`` was of each stage; None of one that was not reached, or is from before this was kept."""
    accepted_on: date | None = None
    ended_on: date | None = None
    """Rejected or handed on, without a conclusion of the bureau's own."""
    extended_days: int = 0
    result: Result | None = enum_column(Result, "result", default=None, nullable=True)
    conclusion: str | None = text_column(default=None, nullable=True)
    """In words for the reporter, who reads them once it is replied."""
    concluded_on: date | None = None
    replied_on: date | None = None
    archived_on: date | None = None
    answered: bool = False
    """Whether the reporter has written since a handler last did."""
    satisfaction: Satisfaction | None = enum_column(Satisfaction, "satisfaction", default=None, nullable=True)
    feedback: str | None = text_column(default=None, nullable=True)
    rectification_id: int | None = id_column("rectification.id", default=None, nullable=True)
    is_past: bool = False
    """Brought in from a paper ledger, as it ended: nothing of it is due, and the ladder does not know of it."""


class ComplaintIdentity(Owned, table=True):
    """Who reported it: sealed with a key that is not in the database."""

    __tablename__ = "complaint_identity"

    complaint_id: int = id_column("complaint.id", index=False, unique=True)
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class ComplaintMessage(Owned, table=True):
    """A handler's question, a reporter's answer, or a note that no reporter sees."""

    __tablename__ = "complaint_message"

    complaint_id: int = id_column("complaint.id")
    kind: MessageKind = enum_column(MessageKind, "kind")
    text: str = text_column()
    said_on: date
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)


class ComplaintFile(Owned, table=True):
    """What the reporter sent, under a number instead of its name; never any unit's evidence."""

    __tablename__ = "complaint_file"
    __table_args__ = (sa.UniqueConstraint("complaint_id", "number"),)

    complaint_id: int = id_column("complaint.id", index=False)
    number: int
    sha256: str = Field(foreign_key="stored_file.sha256", max_length=64, index=True)
    size: int = Field(sa_type=sa.BigInteger)
    media_type: str = Field(max_length=120)
    cleaned: bool
    """Whether what the file says of its maker was taken out."""
    added_on: date


class ComplaintInspection(Owned, table=True):
    """An inspection planned to look into it. It stands here and not at the inspection, which others read: there nothing
    tells that anybody complained."""

    __tablename__ = "complaint_inspection"

    complaint_id: int = id_column("complaint.id")
    inspection_id: int = id_column("inspection.id", index=False, unique=True)


COMPLAINT, IDENTITY, MESSAGE, FILE, INSPECTED = (
    table_of(model) for model in (Complaint, ComplaintIdentity, ComplaintMessage, ComplaintFile, ComplaintInspection)
)


# What those who handle it send and see


class ComplaintPatch(Input):
    """By the discipline team: which unit, whose account and what kind of matter it really is."""

    unit_id: Id | None = None
    accused_user_id: Id | None = None
    category: Category | None = None


class Assignment(Input):
    """The unit that handles it, and which of its people; ``handler_id`` alone may read who reported it."""

    handling_unit_id: Id
    handler_id: Id | None = None


class Saying(Input):
    text: Text


class Prolongation(Input):
    days: whole(1, 30)  # type: ignore[valid-type]
    note: Note | None = None


class Conclusion(Input):
    result: Result
    conclusion: Text
    note: Note | None = None
    """For those within; the reporter reads ``conclusion``."""


class ToRectify(Input):
    """The problem that the unit complained of is to put right, in words that reveal nobody."""

    problem: Text
    deadline_on: Date


class IdentityRead(BaseModel):
    name: str
    contact: str


class ComplaintRead(ReadBase):
    code: str
    channel: Channel
    named: bool
    category: Category
    urgent: bool
    """Harm to a minor that is not looked into to the end yet."""
    unit_id: int | None
    unit_name: str | None
    """Of the unit, or as the reporter wrote it."""
    accused: str | None
    accused_user_id: int | None
    text: str
    received_on: date
    state: ComplaintState
    handling_unit_id: int | None
    handling_unit_name: str | None
    handler_id: int | None
    handler_name: str | None
    due_on: date | None
    stages: list[ComplaintStageRead]
    lamp: LampColour
    lamp_words: str
    accepted_on: date | None
    extended_days: int
    result: Result | None
    conclusion: str | None
    concluded_on: date | None
    ended_on: date | None
    """Rejected or handed on."""
    replied_on: date | None
    archived_on: date | None
    answered: bool
    satisfaction: Satisfaction | None
    feedback: str | None
    rectification_id: int | None
    is_past: bool
    """Brought in from a paper ledger: who registered it then, and when each step was taken, is not known."""
    created_at: datetime
    updated_at: datetime


class MessageTold(BaseModel):
    kind: MessageKind
    text: str
    said_on: date


class MessageRead(MessageTold):
    id: int
    user_name: str | None


class FileRead(BaseModel):
    number: int
    size: int
    media_type: str
    cleaned: bool
    added_on: date


class FindingLed(BaseModel):
    id: int
    number: str | None
    """From the day it is issued."""
    severity: Severity
    description: str
    state: FindingState


class InspectionLed(BaseModel):
    """An inspection planned to look into it, as far as the account sees that."""

    id: int
    title: str
    mode: Mode
    state: InspectionState
    starts_on: date
    findings: list[FindingLed]


class ComplaintDetail(ComplaintRead):
    """With what was said, what the reporter sent, the inspections that it led to with what they found, and the
    accountability that cites it, for whoever sees what is cited."""

    messages: list[MessageRead]
    files: list[FileRead]
    inspections: list[InspectionLed]
    accountability_actions: list[CitingRead]
