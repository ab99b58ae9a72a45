"""Cases (案件线索): from a clue to what is circulated, known to their handlers alone; and what the district may read of
them in the end."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Id,
    Input,
    Line,
    Name,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
)
from app.documents.models import DocumentState


class CaseCategory(StrEnum):
    ENROLMENT = "enrolment"
    CONSTRUCTION = "construction"
    RESEARCH_FUNDS = "research_funds"
    SCHOOL_ENTERPRISE = "school_enterprise"
    PROCUREMENT = "procurement"
    ETHICS = "ethics"
    OTHER = "other"


CASE_CATEGORY_LABELS = {
    CaseCategory.ENROLMENT: "招生考试",
    CaseCategory.CONSTRUCTION: "工程建设",
    CaseCategory.RESEARCH_FUNDS: "教研经费",
    CaseCategory.SCHOOL_ENTERPRISE: "校办企业",
    CaseCategory.PROCUREMENT: "招标采购",
    CaseCategory.ETHICS: "师德失范",
    CaseCategory.OTHER: "其他",
}


class CaseSource(StrEnum):
    COMPLAINT = "complaint"
    FINDING = "finding"
    TRANSFER = "transfer"
    AUDIT = "audit"
    DISCOVERED = "discovered"
    OTHER = "other"


CASE_SOURCE_LABELS = {
    CaseSource.COMPLAINT: "信访举报",
    CaseSource.FINDING: "督查问题",
    CaseSource.TRANSFER: "上级转办、移送",
    CaseSource.AUDIT: "审计",
    CaseSource.DISCOVERED: "工作中发现",
    CaseSource.OTHER: "其他",
}


class CaseState(StrEnum):
    CLUE = "clue"
    PRELIMINARY = "preliminary"
    FILED = "filed"
    CONCLUDED = "concluded"
    CIRCULATED = "circulated"
    CLOSED = "closed"


CASE_STATE_LABELS = {
    CaseState.CLUE: "线索",
    CaseState.PRELIMINARY: "初核",
    CaseState.FILED: "立案",
    CaseState.CONCLUDED: "已结案",
    CaseState.CIRCULATED: "已通报",
    CaseState.CLOSED: "不予立案",
}


class CaseFile(Audited, table=True):
    """Its id is drawn at random and is its number, too: handlers of different cases see different ones, and a number
    that counts on would tell each of them how many others there are."""

    __tablename__ = "case_file"
    __table_args__ = (sa.Index("ix_case_file_district", "district_id", "created_at", "id"),)
    audit_name: ClassVar[str] = "case_file"
    audit_omit: ClassVar[frozenset[str]] = frozenset(
        {"unit_id", "person", "person_folded", "finding_id", "complaint_id"}
    )

    unit_id: int = id_column("unit.id")
    """The unit concerned."""
    person: str | None = Field(default=None, max_length=100)
    person_folded: str = text_column(default="")
    """``person`` as names are compared (``core.naming``)."""
    category: CaseCategory = enum_column(CaseCategory, "category")
    source: CaseSource = enum_column(CaseSource, "source")
    finding_id: int | None = id_column("finding.id", default=None, nullable=True, ondelete="SET NULL")
    """A draft that is deleted is not kept back by what nobody may know of."""
    complaint_id: int | None = id_column("complaint.id", default=None, nullable=True)
    title: str = Field(max_length=500)
    text: str = text_column()
    state: CaseState = enum_column(CaseState, "state", default=CaseState.CLUE)
    of_discipline: bool = False
    """The stationed team's own: known to the discipline role beside the handlers."""
    conclusion: str | None = text_column(default=None, nullable=True)
    measures: str | None = text_column(default=None, nullable=True)
    filed_at: datetime | None = instant_column(default=None, nullable=True)
    concluded_at: datetime | None = instant_column(default=None, nullable=True)


class CaseHandler(Owned, table=True):
    """Who knows of a case and handles it."""

    __tablename__ = "case_handler"
    __table_args__ = (
        sa.UniqueConstraint("case_file_id", "user_id"),
        sa.Index("ix_case_handler_user", "user_id", "case_file_id"),
        IDS_ONCE,
    )

    case_file_id: int = id_column("case_file.id", index=False)
    user_id: int = id_column("user.id", index=False)


class CaseNote(Audited, table=True):
    """A note of the investigation; never changed."""

    __tablename__ = "case_note"
    audit_name: ClassVar[str] = "case_note"

    case_file_id: int = id_column("case_file.id")
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)
    text: str = text_column()


class CaseCircular(Audited, table=True):
    """What the district may read of a case, in a row of its own that says nothing of where it comes from: the text of
    the document that was served."""

    __tablename__ = "case_circular"
    __table_args__ = (
        sa.UniqueConstraint("case_file_id"),
        sa.Index("ix_case_circular_district", "district_id", "id"),
    )
    audit_name: ClassVar[str] = "case_circular"
    audit_omit: ClassVar[frozenset[str]] = frozenset({"case_file_id"})

    case_file_id: int = id_column("case_file.id", index=False)
    document_id: int | None = id_column("document.id", default=None, nullable=True)
    """None: circulated before circulars were official documents."""
    category: CaseCategory = enum_column(CaseCategory, "category")
    text: str = text_column()
    circulated_on: date


class CaseOffice(Audited, table=True):
    """The office without which a case of a category is not handled: ethics violations with the personnel office."""

    __tablename__ = "case_office"
    __table_args__ = (sa.UniqueConstraint("district_id", "category"),)
    audit_name: ClassVar[str] = "case_office"

    category: CaseCategory = enum_column(CaseCategory, "category")
    office_id: int | None = id_column("unit.id", default=None, nullable=True)


CASE, HANDLER, NOTE, CIRCULAR, OFFICE = (
    table_of(model) for model in (CaseFile, CaseHandler, CaseNote, CaseCircular, CaseOffice)
)


class CaseCreate(Input):
    """``unit_id`` is the unit concerned; of a finding or a complaint it is that one's unless said. A complaint is one
    that the actor handles, and that is being looked into or was concluded."""

    category: CaseCategory
    source: CaseSource
    title: Line
    text: Text
    unit_id: Id | None = None
    person: Name | None = None
    finding_id: Id | None = None
    complaint_id: Id | None = None


class CasePatch(Input):
    """Until it is concluded; ``unit_id``, the unit concerned, while it is a clue."""

    unit_id: Id | None = None
    category: CaseCategory | None = None
    source: CaseSource | None = None
    title: Line | None = None
    text: Text | None = None
    person: Name | None = None
    conclusion: Text | None = None
    measures: Text | None = None


class NoteCreate(Input):
    text: Text


class HandlerOf(Input):
    """A user of the district with a discipline, supervisor or office role and no grant on the unit concerned."""

    user_id: Id


class TakeOver(Input):
    """Why: nobody who handles it can act any more."""

    note: Text


class CaseLeftAlone(ReadBase):
    """A case that nobody can handle any more; no more of it until somebody takes it over."""

    category: CaseCategory
    state: CaseState
    of_discipline: bool
    created_at: datetime
    updated_at: datetime


class HandlerRead(BaseModel):
    user_id: int
    name: str


class NoteRead(BaseModel):
    text: str
    user_name: str | None
    created_at: datetime


class CaseRead(ReadBase):
    category: CaseCategory
    source: CaseSource
    title: str
    unit_id: int
    unit_name: str
    person: str | None
    state: CaseState
    of_discipline: bool
    filed_at: datetime | None
    concluded_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CaseDocument(BaseModel):
    """The newest document about a case, by which it is circulated."""

    id: int
    number: str | None
    title: str
    state: DocumentState


class CaseDetail(CaseRead):
    """With all that its handlers know of it."""

    text: str
    finding_id: int | None
    complaint_id: int | None
    """And its code: for whoever may also read the complaint."""
    complaint_code: str | None
    conclusion: str | None
    measures: str | None
    circular_id: int | None
    circular: str | None
    document: CaseDocument | None
    handlers: list[HandlerRead]
    notes: list[NoteRead]
    evidence: list[dict[str, Any]]


class CircularRead(ReadBase):
    """``document_id``: of its document, for the units that it was served to and whoever reads all documents."""

    category: CaseCategory
    text: str
    circulated_on: date
    document_id: int | None
    updated_at: datetime


class CaseOfficePut(Input):
    """``office_id`` null: no office is asked for any more."""

    category: CaseCategory
    office_id: Id | None = None


class CaseOfficeRead(ReadBase):
    category: CaseCategory
    office_id: int | None
    office_name: str | None
    updated_at: datetime
