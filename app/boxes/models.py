"""Archive boxes: evidence classified by the plan's items, catalogued, sealed and handed over (分类分项装盒)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Name,
    Note,
    Owned,
    Step,
    enum_column,
    enum_type,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
    whole,
)
from app.evidence.models import Title
from app.plans.models import EvidenceKind


class BoxState(StrEnum):
    OPEN = "open"
    SEALED = "sealed"
    HANDED_OVER = "handed_over"
    VOIDED = "voided"


BOX_STATE_LABELS = {
    BoxState.OPEN: "未封盒",
    BoxState.SEALED: "已封盒",
    BoxState.HANDED_OVER: "已移交",
    BoxState.VOIDED: "已作废",
}


class Retention(StrEnum):
    PERMANENT = "permanent"
    THIRTY_YEARS = "thirty_years"
    TEN_YEARS = "ten_years"


RETENTION_LABELS = {
    Retention.PERMANENT: "永久",
    Retention.THIRTY_YEARS: "30年",
    Retention.TEN_YEARS: "10年",
}
MOST_ENTRIES = 300
"""Pieces in one box: as many as a thick one of cardboard holds."""
MOST_ITEMS = 2_000
"""A plan has no more; a box made by rule may be for all of them, and is edited with them."""


_DESCRIBED = " AND ".join(f"{name} IS NOT NULL" for name in ("title", "kind", "made_by", "evidence_on"))
_DESCRIBED = f"evidence_id IS NOT NULL OR ({_DESCRIBED})"
"""What is on paper alone has no other record."""


class ArchiveBox(Audited, table=True):
    __tablename__ = "archive_box"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "year", "number"),
        sa.Index("ix_archive_box_district", "district_id", "id"),
        sa.Index("ix_archive_box_unit", "unit_id", "id"),
    )
    audit_name: ClassVar[str] = "archive_box"

    unit_id: int = id_column("unit.id", index=False)
    plan_id: int = id_column("plan.id")
    year: int
    number: int
    """Without gaps within the unit and year; that of a voided box is never given again."""
    name: str = Field(max_length=100)
    category: str | None = Field(default=None, max_length=20)
    """A word for the spine, such as 校风."""
    item_ids: list[int] = json_column(default_factory=list)
    """The plan's items that it is for; empty: all of them."""
    area_id: int | None = id_column("plan_area.id", default=None, nullable=True)
    """Of the items, where all are of one area."""
    retention: Retention = enum_column(Retention, "retention", default=Retention.TEN_YEARS)
    location: str | None = Field(default=None, max_length=100)
    state: BoxState = enum_column(BoxState, "state", default=BoxState.OPEN)
    created_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    seal_count: int = 0
    sealed_at: datetime | None = instant_column(default=None, nullable=True)
    sealed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    catalogue_sha256: str | None = Field(default=None, max_length=64)
    """Of the catalogue as it was sealed; the event of the seal holds it too."""
    handed_over_to: str | None = Field(default=None, max_length=100)
    handed_over_on: date | None = None


class ArchiveBoxEntry(Owned, table=True):
    """A piece of evidence in a box, or one that is on paper alone, under one of the plan's items (or none) and the
    assignment it proves there."""

    __tablename__ = "archive_box_entry"
    __table_args__ = (
        sa.UniqueConstraint("archive_box_id", "evidence_id"),
        sa.Index("ix_archive_box_entry_evidence", "evidence_id"),
        sa.CheckConstraint(_DESCRIBED, name="described"),
        IDS_ONCE,
    )

    district_id: int = id_column("unit.id", index=False)
    archive_box_id: int = id_column("archive_box.id", index=False)
    evidence_id: int | None = id_column("evidence.id", index=False, default=None, nullable=True)
    """None: it is on paper alone, and what the catalogue says of it stands here."""
    title: str | None = Field(default=None, max_length=200)
    kind: EvidenceKind | None = Field(default=None, sa_type=enum_type(EvidenceKind, "kind"), nullable=True)
    made_by: str | None = Field(default=None, max_length=100)
    plan_item_id: int | None = id_column("plan_item.id", default=None, nullable=True)
    assignment_id: int | None = id_column("assignment.id", default=None, nullable=True)
    position: int
    """Within its item."""
    document_number: str | None = Field(default=None, max_length=100)
    evidence_on: date | None = None
    """As the paper says, where the piece's own record says otherwise: that was reviewed, and stays as it was."""
    pages: int | None = None
    copies: int = 1
    retention: Retention | None = Field(default=None, sa_type=enum_type(Retention, "retention"), nullable=True)
    """Where it differs from the box's."""


class ArchiveBoxGap(Owned, table=True):
    """Why something required is not in the box: with it the box may be sealed all the same."""

    __tablename__ = "archive_box_gap"
    __table_args__ = (sa.UniqueConstraint("archive_box_id", "assignment_id", "kind"),)

    district_id: int = id_column("unit.id", index=False)
    archive_box_id: int = id_column("archive_box.id", index=False)
    assignment_id: int = id_column("assignment.id")
    kind: EvidenceKind = enum_column(EvidenceKind, "kind")
    reason: str = text_column()


class ArchiveBoxSeal(Owned, table=True):
    """The catalogue as it was sealed: revisions, voids and new names do not change it. Kept when the seal is broken."""

    __tablename__ = "archive_box_seal"
    __table_args__ = (sa.UniqueConstraint("archive_box_id", "number"),)

    district_id: int = id_column("unit.id", index=False)
    archive_box_id: int = id_column("archive_box.id", index=False)
    number: int
    catalogue: dict[str, Any] = json_column(nullable=False)
    sealed_at: datetime = instant_column(nullable=False)
    sealed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    unsealed_at: datetime | None = instant_column(default=None, nullable=True)
    unsealed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    unsealed_reason: str | None = text_column(default=None, nullable=True)


BOX, ENTRY, GAP, SEAL = (table_of(m) for m in (ArchiveBox, ArchiveBoxEntry, ArchiveBoxGap, ArchiveBoxSeal))

Category = Name
Year = whole(1949, 2199)


class BoxCreate(Input):
    """``unit_id`` is needed where the user has several units or none; the year is the plan's unless said."""

    plan_id: Id
    unit_id: Id | None = None
    name: Name
    category: Category | None = Field(default=None, max_length=20)
    item_ids: list[Id] = Field(default_factory=list, max_length=MOST_ITEMS)
    year: Year | None = None  # type: ignore[valid-type]
    retention: Retention = Retention.TEN_YEARS
    location: Name | None = None


class Classified(StrEnum):
    """What there is a box for."""

    AREA = "area"
    ITEM = "item"


class BoxesByRule(Input):
    """A box for each of the plan's areas, or items, filled with what fits: evidence of the unit's assignments."""

    plan_id: Id
    by: Classified
    unit_id: Id | None = None
    kinds: list[EvidenceKind] = Field(default_factory=list, max_length=20)
    from_on: Date | None = None
    to_on: Date | None = None
    year: Year | None = None  # type: ignore[valid-type]
    retention: Retention = Retention.TEN_YEARS
    location: Name | None = None


class BoxPatch(Input):
    """While it is open. ``item_ids`` is the whole choice; an empty one stands for all items."""

    name: Name | None = None
    category: Category | None = Field(default=None, max_length=20)
    item_ids: list[Id] | None = Field(default=None, max_length=MOST_ITEMS)
    retention: Retention | None = None
    location: Name | None = None


class BoxFill(Input):
    """What goes in: evidence of the unit's assignments, by item, kind and date. Unsaid: whatever the box is for."""

    item_ids: list[Id] = Field(default_factory=list, max_length=MOST_ITEMS)
    kinds: list[EvidenceKind] = Field(default_factory=list, max_length=20)
    from_on: Date | None = None
    to_on: Date | None = None


class BoxAdd(Input):
    """One piece by hand, under the assignment it proves, or an item, or where it is linked already."""

    evidence_id: Id
    assignment_id: Id | None = None
    plan_item_id: Id | None = None


class BoxPaper(Input):
    """A piece on paper alone: there is no file of it. Made by the box's unit unless said."""

    title: Title
    kind: EvidenceKind
    evidence_on: Date
    document_number: Name | None = None
    made_by: Name | None = None
    pages: whole(1, 9999) | None = None  # type: ignore[valid-type]
    copies: whole(1, 999) = 1  # type: ignore[valid-type]
    retention: Retention | None = None
    assignment_id: Id | None = None
    plan_item_id: Id | None = None


class BoxRemove(Input):
    """One line, by its piece of evidence or, what is on paper alone, by the line itself."""

    evidence_id: Id | None = None
    entry_id: Id | None = None


class BoxExplain(Input):
    """Why a required kind is not there."""

    assignment_id: Id
    kind: EvidenceKind
    note: Note | None = None


class EntryPatch(Input):
    """A line as the paper has it, told by its piece or by itself; ``document_number`` and ``evidence_on`` where the
    piece's record says otherwise."""

    evidence_id: Id | None = None
    entry_id: Id | None = None
    plan_item_id: Id | None = None
    document_number: Name | None = None
    evidence_on: Date | None = None
    pages: whole(1, 9999) | None = None  # type: ignore[valid-type]
    copies: whole(1, 999) = 1  # type: ignore[valid-type]
    retention: Retention | None = None


class CataloguePatch(Input):
    """Every piece in the order wanted, with what the paper says of it."""

    entries: list[EntryPatch] = Field(min_length=1, max_length=MOST_ENTRIES)


class HandOver(Step):
    """To whom, and on which day (today unless said)."""

    to: Name
    on: Date | None = None
