"""Official documents: drafted from what is known, approved with a number, served, and receipted by whom they reach."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, BeforeValidator, StringConstraints
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Line,
    Name,
    Owned,
    ReadBase,
    Step,
    Text,
    clean,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
)


class DocumentKind(StrEnum):
    RECTIFICATION_NOTICE = "rectification_notice"
    URGING_ORDER = "urging_order"
    TALK_NOTICE = "talk_notice"
    TALK_RECORD = "talk_record"
    CIRCULAR = "circular"
    CASE_CIRCULAR = "case_circular"


DOCUMENT_KIND_LABELS = {
    DocumentKind.RECTIFICATION_NOTICE: "整改通知书",
    DocumentKind.URGING_ORDER: "督办单",
    DocumentKind.TALK_NOTICE: "约谈通知书",
    DocumentKind.TALK_RECORD: "约谈记录",
    DocumentKind.CIRCULAR: "督查通报",
    DocumentKind.CASE_CIRCULAR: "典型案例通报",
}
TO_MANY = (DocumentKind.CIRCULAR, DocumentKind.CASE_CIRCULAR)
"""Whose units are chosen; the others go to those that they are about."""
TALKS = (DocumentKind.TALK_NOTICE, DocumentKind.TALK_RECORD)


class DocumentState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SERVED = "served"
    RECEIPTED = "receipted"
    VOIDED = "voided"


DOCUMENT_STATE_LABELS = {
    DocumentState.DRAFT: "拟稿",
    DocumentState.SUBMITTED: "待批准",
    DocumentState.APPROVED: "已批准",
    DocumentState.SERVED: "已送达",
    DocumentState.RECEIPTED: "已回执",
    DocumentState.VOIDED: "已作废",
}
MOST_UNITS = 1000
"""Units that one document is served to."""
LONGEST = 10_000
"""Characters of a body, as ``Text`` takes them."""
MOST_COPIES = 50
"""Units that 抄送 names: it stands on one page, above the last rule."""
LONGEST_OTHERS = 200
"""Characters in which it names bodies that are no units here."""


class Document(Audited, table=True):
    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("district_id", "prefix", "year", "number"),
        sa.Index("ix_document_district", "district_id", "id"),
    )
    audit_name: ClassVar[str] = "document"
    audit_omit: ClassVar[frozenset[str]] = frozenset({"case_file_id"})

    kind: DocumentKind = enum_column(DocumentKind, "kind")
    state: DocumentState = enum_column(DocumentState, "state", default=DocumentState.DRAFT)
    prefix: str | None = Field(default=None, max_length=20)
    """机关代字, as the series had it on the day of approval: 青教督."""
    year: int | None = None
    number: int | None = None
    """Without gaps within the kind's series and year; that of a voided document is never given again."""
    issuer: str = Field(max_length=100)
    """发文机关, as it was called when the document was drafted."""
    title: str = Field(max_length=500)
    addressee: str | None = Field(default=None, max_length=500)
    """主送; None: the units by name."""
    body: str = text_column()
    """A paragraph a line; 一、（一）1.（1）at its beginning say its level."""
    unit_ids: list[int] = json_column(default_factory=list)
    """To whom it goes; from its service on ``document_recipient`` holds them."""
    copy_unit_ids: list[int] = json_column(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    """抄送: units that are named on the paper; from its service on ``document_copy`` holds them."""
    copy_others: str | None = Field(default=None, max_length=LONGEST_OTHERS)
    """抄送 to bodies that are no units here, such as 区纪委: named on the paper."""
    unit_names: dict[str, str] | None = json_column(default=None, nullable=True)
    """By their ids, those of the units that the paper names, as they were called when it was approved, and who takes it
    in another's place when it was served; None before."""
    printed_by: str | None = Field(default=None, max_length=100)
    """印发机关; None: the issuer."""
    figures: dict[str, Any] | None = json_column(default=None, nullable=True)
    """A table as it was when its data was taken: ``{title, headings, lines, notes, plan_id}``."""
    drawn: dict[str, Any] | None = json_column(default=None, nullable=True)
    """What the program itself wrote, and from what: ``{from, title, lines, unit_ids}``; the rest is by hand."""
    drawn_at: datetime | None = instant_column(default=None, nullable=True)
    """When its data was taken; None: nothing of it can be taken anew."""
    notice_id: int | None = id_column("document.id", default=None, nullable=True)
    """The 约谈通知书 that a 约谈记录 belongs to, by whose number it is known."""
    case_file_id: int | None = id_column("case_file.id", default=None, nullable=True)
    """The case that a 典型案例通报 is about: for whoever knows of that alone."""
    talk_with: str | None = Field(default=None, max_length=500)
    talk_on: date | None = None
    talk_time: str | None = Field(default=None, max_length=5)
    talk_place: str | None = Field(default=None, max_length=100)
    talk_by: str | None = Field(default=None, max_length=500)
    talk_recorder: str | None = Field(default=None, max_length=100)
    drafted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    sent_back_at: datetime | None = instant_column(default=None, nullable=True)
    """Since when it lies with whoever drew it up again; None: it was not sent back, or is submitted anew."""
    approved_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    approved_at: datetime | None = instant_column(default=None, nullable=True)
    served_at: datetime | None = instant_column(default=None, nullable=True)
    reply_by: date | None = None
    """The day by which its receipt is asked for; set when it is served."""


class DocumentRecipient(Owned, table=True):
    """A unit that a document was served to, and its receipt (回执)."""

    __tablename__ = "document_recipient"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "unit_id"),
        sa.Index("ix_document_recipient_unit", "unit_id", "document_id"),
    )

    district_id: int = id_column("unit.id", index=False)
    document_id: int = id_column("document.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    receiver: str | None = Field(default=None, max_length=100)
    received_on: date | None = None
    opinion: str | None = text_column(default=None, nullable=True)
    receipted_at: datetime | None = instant_column(default=None, nullable=True)
    receipted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)


class DocumentCopy(Owned, table=True):
    """A unit that a document was copied to (抄送) when it was served: it reads it, and is asked for nothing."""

    __tablename__ = "document_copy"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "unit_id"),
        sa.Index("ix_document_copy_unit", "unit_id", "document_id"),
    )

    district_id: int = id_column("unit.id", index=False)
    document_id: int = id_column("document.id", index=False)
    unit_id: int = id_column("unit.id", index=False)


CITED = ("assignment_id", "rectification_id", "inspection_id", "plan_id")


class DocumentCitation(Owned, table=True):
    """What a document is about: one row of one kind."""

    __tablename__ = "document_citation"
    __table_args__ = (
        sa.CheckConstraint(
            " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in CITED) + " = 1", name="one_target"
        ),
        sa.Index("ix_document_citation_document", "document_id"),
        IDS_ONCE,
    )

    district_id: int = id_column("unit.id", index=False)
    document_id: int = id_column("document.id", index=False)
    assignment_id: int | None = id_column("assignment.id", default=None, nullable=True)
    rectification_id: int | None = id_column("rectification.id", default=None, nullable=True)
    inspection_id: int | None = id_column("inspection.id", default=None, nullable=True)
    plan_id: int | None = id_column("plan.id", default=None, nullable=True)


class DocumentSeries(Audited, table=True):
    """The 机关代字 of a kind, where the bureau has set it; otherwise it is made of the bureau's name."""

    __tablename__ = "document_series"
    __table_args__ = (sa.UniqueConstraint("district_id", "kind"),)
    audit_name: ClassVar[str] = "document_series"

    kind: DocumentKind = enum_column(DocumentKind, "kind")
    prefix: str = Field(max_length=20)


DOCUMENT, RECIPIENT, COPY, CITATION, SERIES = (
    table_of(m) for m in (Document, DocumentRecipient, DocumentCopy, DocumentCitation, DocumentSeries)
)

Prefix = Annotated[
    str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=20, pattern=r"^[^\s〔〕\d]+$")
]
Bodies = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=LONGEST_OTHERS)]
Clock = Annotated[str, BeforeValidator(clean), StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class DocumentCreate(Input):
    """What the text is drawn up from, by its kind.

    整改通知书: ``rectification_id``. 督办单: ``assignment_ids`` of one unit, or ``unit_id`` for all of it that is
    overdue or was urged. 约谈通知书: ``unit_id``. 约谈记录: ``notice_id``. 督查通报: ``inspection_ids`` (released
    ones), or ``plan_id``, whose ranking it holds. A 典型案例通报 is drawn up by ``POST /cases/{id}/draw-up``.
    """

    kind: DocumentKind
    rectification_id: Id | None = None
    assignment_ids: list[Id] = Field(default_factory=list, max_length=100)
    unit_id: Id | None = None
    notice_id: Id | None = None
    inspection_ids: list[Id] = Field(default_factory=list, max_length=20)
    plan_id: Id | None = None


class DocumentPatch(Input):
    """While it is a draft. ``unit_ids`` and ``copy_unit_ids`` are whole choices; the first of a 督查通报 or
    典型案例通报 alone. ``copy_others``: bodies that are no units here, by name, with ，or 、between them."""

    title: Line | None = None
    addressee: Line | None = None
    body: Text | None = None
    unit_ids: list[Id] | None = Field(default=None, max_length=MOST_UNITS)
    copy_unit_ids: list[Id] | None = Field(default=None, max_length=MOST_COPIES)
    copy_others: Bodies | None = None
    printed_by: Name | None = None
    talk_with: Line | None = None
    talk_on: Date | None = None
    talk_time: Clock | None = None
    talk_place: Name | None = None
    talk_by: Line | None = None
    talk_recorder: Name | None = None


class DocumentReceipt(Step):
    """Who took it and when (today unless said); the note is the unit's opinion."""

    receiver: Name
    received_on: Date | None = None


class SeriesPut(Input):
    kind: DocumentKind
    prefix: Prefix


class DocumentRead(ReadBase):
    kind: DocumentKind
    state: DocumentState
    number: str | None
    """发文字号: 青教督〔2026〕5号, from its approval on; a 约谈记录 has that of its notice."""
    title: str
    issuer: str
    addressee: str | None
    notice_id: int | None
    drafted_by_name: str | None
    submitted_at: datetime | None
    approved_by_name: str | None
    approved_at: datetime | None
    served_at: datetime | None
    reply_by: date | None
    recipient_count: int
    receipt_count: int
    """Of the units whose receipts the reader may see; of what was copied to the reader's units, 0 of 0."""
    created_at: datetime
    updated_at: datetime


class RecipientRead(BaseModel):
    unit_id: int
    unit_name: str
    receiver: str | None
    received_on: date | None
    opinion: str | None
    receipted_at: datetime | None


class CitationRead(BaseModel):
    """A row that it is about and that the reader may read.

    ``resource``: assignments, rectifications, inspections or plans.
    """

    resource: str
    id: int
    title: str


class Figures(BaseModel):
    plan_id: int
    title: str
    headings: list[str]
    lines: list[list[str | int | float]]
    notes: list[str]


class DocumentDetail(DocumentRead):
    """A document with its text. ``recipients`` are, for those it was served to, their own units.

    ``drawn_at``: when its data was taken. ``sent_back``: who sent a draft back and why, until it is submitted again.
    """

    body: str
    unit_ids: list[int]
    copy_unit_ids: list[int]
    copy_others: str | None
    printed_by: str | None
    drawn_at: datetime | None
    sent_back: dict[str, Any] | None
    figures: Figures | None
    talk_with: str | None
    talk_on: date | None
    talk_time: str | None
    talk_place: str | None
    talk_by: str | None
    talk_recorder: str | None
    recipients: list[RecipientRead]
    citations: list[CitationRead]


class SeriesRead(BaseModel):
    kind: DocumentKind
    prefix: str
    year: int
    last: int
    """The last number given this year; 0: none yet."""


class SeriesList(BaseModel):
    data: list[SeriesRead]
