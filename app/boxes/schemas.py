"""Boxes, their catalogues and what is missing of them as the API shows them."""

from datetime import date, datetime

from pydantic import BaseModel

from app.boxes.models import BoxState, Retention
from app.core.models import ReadBase
from app.plans.models import EvidenceKind


class BoxRead(ReadBase):
    number: str
    """年度与盒号: 2023-012."""
    year: int
    name: str
    category: str | None
    unit_id: int
    unit_name: str
    plan_id: int
    plan_title: str
    item_ids: list[int]
    area_id: int | None
    """Of its items, where all are of one area; else none."""
    area_title: str | None
    retention: Retention
    location: str | None
    state: BoxState
    entry_count: int
    """Of what the reader may read."""
    created_by_name: str | None
    sealed_at: datetime | None
    sealed_by_name: str | None
    handed_over_to: str | None
    handed_over_on: date | None
    created_at: datetime
    updated_at: datetime


class BoxesMade(BaseModel):
    data: list[BoxRead]


class EntryRead(BaseModel):
    """A line of the catalogue: as it is now, or as it was sealed."""

    number: int
    entry_id: int | None
    """The line's own; none of a catalogue that was sealed before lines had one."""
    evidence_id: int | None
    """None: on paper alone, and so without revision, hash and file."""
    assignment_id: int | None
    plan_item_id: int | None
    item_number: str | None
    item_title: str | None
    kind: EvidenceKind
    title: str
    document_number: str | None
    evidence_on: date
    unit_name: str
    """形成单位."""
    pages: int | None
    copies: int
    retention: Retention
    revision: int | None
    sha256: str | None
    filename: str | None
    size: int
    media_type: str | None
    voided: bool


class GapRead(BaseModel):
    """What an assignment requires and the box does not hold; ``explanation``: why."""

    assignment_id: int
    plan_item_id: int
    item_number: str
    item_title: str
    period: str
    kind: EvidenceKind
    linkable: bool
    """Whether the assignment still takes evidence."""
    explanation: str | None


class SealRead(BaseModel):
    number: int
    sealed_at: datetime
    sealed_by_name: str | None
    unsealed_at: datetime | None
    unsealed_by_name: str | None
    unsealed_reason: str | None


class BoxDetail(BoxRead):
    """A box with its catalogue, what is missing, and every seal it had."""

    size: int
    """Bytes of its files together; the ZIP is a little more, and of any size."""
    catalogue_sha256: str | None
    entries: list[EntryRead]
    missing: list[GapRead]
    seals: list[SealRead]


class CatalogueRead(ReadBase):
    number: str
    entries: list[EntryRead]


class MissingRead(BaseModel):
    """An assignment without evidence of some kind that its item requires."""

    id: int
    """The assignment's."""
    plan_id: int
    plan_item_id: int
    item_number: str
    item_title: str
    unit_id: int
    unit_name: str
    period: str
    state: str
    required_evidence: list[EvidenceKind]
    missing: list[EvidenceKind]


class Completeness(BaseModel):
    plan_item_id: int
    required: int
    missing: int


class UnitCompleteness(BaseModel):
    unit_id: int
    unit_name: str
    required: int
    missing: int
    items: list[Completeness]


class ItemNamed(BaseModel):
    id: int
    number: str
    title: str


class CompletenessRead(BaseModel):
    """A plan by unit and item; ``next``: ask for the units after that one by ``after``."""

    plan_id: int | None
    plan_title: str | None
    items: list[ItemNamed]
    """Those that require evidence."""
    data: list[UnitCompleteness]
    next: int | None
