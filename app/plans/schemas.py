"""What may be sent of plans and their items, and what is answered."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import Date, Flag, Id, Input, Line, Name, Note, ReadBase, Text, whole
from app.plans.models import Cadence, DeadlineKind, EvidenceKind, PlanState, ResponsibilityRole


class IssuerField(Input):
    """The fields beside an import's file."""

    issuer_unit_id: Id | None = None
    """The bureau itself, unless said."""


class PlanPatch(Input):
    """``previous_id``: the issued plan whose next edition this is; null where it is a plan of its own."""

    title: Line | None = None
    year: whole(1949, 2199) | None = None  # type: ignore[valid-type]
    document_number: Name | None = None
    previous_id: Id | None = None


class ResponsibilitySet(Input):
    """One responsible unit or group of an item, as review or a later change sets it."""

    unit_id: Id | None = None
    unit_group_id: Id | None = None
    role: ResponsibilityRole


class PlanItemPatch(Input):
    """``reason`` is required once the plan is issued. ``lead_unit_ids`` makes those units lead, the others not.

    ``responsibilities`` is the whole set: names that are not in it are dropped, with ``reason``; those still
    unresolved stay.
    """

    title: Line | None = None
    measures: Text | None = None
    cadence: Cadence | None = None
    deadline_on: Date | None = None
    deadline_kind: DeadlineKind | None = None
    deadline_text: Line | None = None
    weight: whole(0, 1000) | None = None  # type: ignore[valid-type]
    required_evidence: list[EvidenceKind] | None = Field(default=None, max_length=20)
    for_information: Flag | None = None
    lead_unit_ids: list[Id] | None = Field(default=None, max_length=100)
    responsibilities: list[ResponsibilitySet] | None = Field(default=None, max_length=100)
    continues_id: Id | None = None
    """Of a draft: the item of the edition before that this one goes on from; null: none, it is a new task."""
    take_over: Flag | None = None
    """Where another item of the draft goes on from that one: it begins anew instead of a 422."""
    held_by_id: Id | None = None
    """With ``take_over``, which other item went on from that one as you saw it, null where none did: 412 where that is
    another by now."""
    reason: Note | None = None


class PlanItemsPatch(Input):
    """The same for several items of a plan at once: ``ids``, or all of them."""

    ids: list[Id] | None = Field(default=None, min_length=1, max_length=2000)
    cadence: Cadence | None = None
    deadline_on: Date | None = None
    deadline_kind: DeadlineKind | None = None
    weight: whole(0, 1000) | None = None  # type: ignore[valid-type]
    required_evidence: list[EvidenceKind] | None = Field(default=None, max_length=20)
    for_information: Flag | None = None
    lead_unit_ids: list[Id] | None = Field(default=None, max_length=100)
    """Each leads the items that name it."""
    reason: Note | None = None


class Resolution(Input):
    """What a name stands for: a unit, a group, or nothing (with a reason)."""

    name: Name
    unit_id: Id | None = None
    unit_group_id: Id | None = None
    drop_reason: Note | None = None
    remember: Flag = False
    """Keep the name as an alias, so that it is recognised from now on."""


class Resolutions(Input):
    resolutions: list[Resolution] = Field(min_length=1, max_length=500)


class TableRows(Input):
    """``use``: the rows of the plan's tables are its items; false goes back to the numbered items."""

    use: Flag


class Remark(BaseModel):
    """A remark about a plan. ``code``: no_deadline, no_cadence, no_lead, or parser."""

    code: str
    text: str
    item_ids: list[int]


class AreaRead(BaseModel):
    id: int
    number: str | None
    section: str | None
    title: str
    position: int


class PlanRow(ReadBase):
    issuer_unit_id: int
    issuer_name: str
    title: str
    year: int | None
    edition: int
    previous_id: int | None
    """The plan whose next edition it is."""
    document_number: str | None
    state: PlanState
    source_name: str
    issued_on: date | None
    created_at: datetime
    updated_at: datetime


class SourceText(ReadBase):
    """``text``: what the items' ``span`` counts in, by code points."""

    source_name: str
    text: str


class EditionRead(BaseModel):
    """The edition before or after."""

    id: int
    title: str
    year: int | None
    edition: int
    state: PlanState


class PlanRead(PlanRow):
    """A plan with what was found in it. ``blockers`` keep it from being issued, ``warnings`` do not."""

    previous: EditionRead | None
    next: EditionRead | None
    """Once that is issued."""
    uses_table_rows: bool
    table_row_count: int
    item_count: int
    responsibility_count: int
    unresolved_count: int
    areas: list[AreaRead]
    basis: list[dict[str, Any]]
    organization: dict[str, Any] | None
    sections: list[dict[str, Any]]
    requirements: list[dict[str, Any]]
    warnings: list[Remark]
    blockers: list[Remark]


class ResponsibilityRead(BaseModel):
    """``name`` is the plan's own word. Unresolved while both ids and ``dropped_reason`` are null."""

    id: int
    name: str
    role: ResponsibilityRole
    is_group: bool
    unit_id: int | None
    unit_group_id: int | None
    dropped_reason: str | None
    unit_name: str | None
    """The unit's or group's name today."""


class PlanItemRead(ReadBase):
    plan_id: int
    area_id: int | None
    area_number: str | None
    area_title: str | None
    key: str
    number: str
    section: str | None
    title: str
    measures: str
    position: int
    cadence: Cadence
    deadline_text: str | None
    deadline_kind: DeadlineKind | None
    deadline_on: date | None
    weight: int
    required_evidence: list[EvidenceKind]
    for_information: bool
    continues_id: int | None
    """As a person said, where ``paired``; what else an item is taken for tells the plan's comparison."""
    paired: bool
    span: tuple[int, int]
    """Where it stands in the plan's source text, in code points."""
    updated_at: datetime
    responsibilities: list[ResponsibilityRead]


class PlanItemDetail(PlanItemRead):
    plan_title: str
    plan_state: PlanState
    source_excerpt: str
