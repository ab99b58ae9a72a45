"""Evidence: the record of a stored file known by its hash, and links to whatever it proves."""

from datetime import date, datetime
from typing import Annotated, ClassVar

import sqlalchemy as sa
from pydantic import BeforeValidator, StringConstraints
from sqlmodel import Field, SQLModel

from app.core.models import (
    IDS_ONCE,
    Audited,
    Code,
    Date,
    Id,
    Input,
    Name,
    Owned,
    ReadBase,
    clean,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
)
from app.plans.models import EvidenceKind


class Evidence(Audited, table=True):
    __tablename__ = "evidence"
    __table_args__ = (
        sa.Index("ix_evidence_district", "district_id", "id"),
        sa.Index("ix_evidence_unit", "unit_id", "id"),
        sa.Index("ix_evidence_on", "district_id", "evidence_on", "id"),
    )
    audit_name: ClassVar[str] = "evidence"

    unit_id: int = id_column("unit.id", index=False)
    """The unit that made it."""
    title: str = Field(max_length=200)
    kind: EvidenceKind = enum_column(EvidenceKind, "kind")
    document_number: str | None = Field(default=None, max_length=100)
    evidence_on: date
    revision: int = 1
    sha256: str = Field(foreign_key="stored_file.sha256", max_length=64, index=True)
    filename: str = Field(max_length=300)
    """The name it was uploaded under, cleaned; the file itself lies under its hash."""
    uploaded_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    voided_at: datetime | None = instant_column(default=None, nullable=True)
    void_reason: str | None = text_column(default=None, nullable=True)


class EvidenceRevision(Audited, table=True):
    """Append-only: the first upload is revision 1."""

    __tablename__ = "evidence_revision"
    __table_args__ = (sa.UniqueConstraint("evidence_id", "number"),)
    audit_name: ClassVar[str] = "evidence_revision"

    evidence_id: int = id_column("evidence.id", index=False)
    number: int
    sha256: str = Field(foreign_key="stored_file.sha256", max_length=64, index=True)
    filename: str = Field(max_length=300)
    uploaded_by: int | None = id_column("user.id", index=False, default=None, nullable=True)


class EvidenceLink(Owned, table=True):
    """Evidence → a target of any registered kind, with the revision that counts there once it is submitted."""

    __tablename__ = "evidence_link"
    __table_args__ = (
        sa.UniqueConstraint("evidence_id", "target", "target_id"),
        sa.Index("ix_evidence_link_target", "target", "target_id"),
        sa.Index(
            "ix_evidence_link_progress_report",
            "progress_report_id",
            sqlite_where=sa.text("progress_report_id IS NOT NULL"),
            postgresql_where=sa.text("progress_report_id IS NOT NULL"),
        ),
        IDS_ONCE,
    )

    district_id: int = id_column("unit.id", index=False)
    evidence_id: int = id_column("evidence.id", index=False)
    target: str = Field(max_length=40)
    target_id: int = Field(sa_type=sa.BigInteger)
    revision: int = 1
    linked_at: datetime = instant_column(nullable=False)
    linked_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    progress_report_id: int | None = id_column("progress_report.id", index=False, default=None, nullable=True)
    """Of a link to an assignment: the report with which it came."""


Title = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=200)]
EVIDENCE, REVISION, LINK = (table_of(model) for model in (Evidence, EvidenceRevision, EvidenceLink))


class LinkCreate(Input):
    target: Code
    """``assignments``, ``rectifications``, ``findings`` or ``visits``."""
    target_id: Id


class Unlink(LinkCreate):
    """The target to take it off."""


class EvidenceCreate(Input):
    """What comes beside the file. ``unit_id`` is needed only where the user has several units."""

    title: Title
    kind: EvidenceKind
    evidence_on: Date
    document_number: Name | None = None
    unit_id: Id | None = None
    target: Code | None = None
    target_id: Id | None = None
    """With ``target``: what it is linked to at once."""


class LinkRead(SQLModel):
    target: str
    target_id: int
    target_title: str
    revision: int
    linked_at: datetime
    open: bool
    """Whether it may still be taken off."""


class RevisionRead(SQLModel):
    number: int
    sha256: str
    filename: str
    size: int
    uploaded_by_name: str | None
    created_at: datetime


class EvidenceRead(ReadBase):
    unit_id: int
    unit_name: str
    title: str
    kind: EvidenceKind
    document_number: str | None
    evidence_on: date
    revision: int
    sha256: str
    filename: str
    size: int
    media_type: str
    uploaded_by_name: str | None
    voided_at: datetime | None
    created_at: datetime
    updated_at: datetime


class EvidenceDetail(EvidenceRead):
    """One piece of evidence, with the links and revisions the actor may see."""

    void_reason: str | None
    links: list[LinkRead]
    revisions: list[RevisionRead]
