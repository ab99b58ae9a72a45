"""What became of units: merged into another, closed, renamed. Each a row that is only ever added."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    Date,
    Flag,
    Id,
    Input,
    Line,
    Name,
    Owned,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
)


class SuccessionKind(StrEnum):
    MERGED = "merged"
    CLOSED = "closed"
    RENAMED = "renamed"


SUCCESSION_LABELS = {
    SuccessionKind.MERGED: "并入",
    SuccessionKind.CLOSED: "撤销",
    SuccessionKind.RENAMED: "更名",
}
_ENDS = sa.text("kind IN ('merged', 'closed')")


class UnitSuccession(Owned, table=True):
    """``effective_on`` is the first day on which it is so; a unit ends once."""

    __tablename__ = "unit_succession"
    __table_args__ = (
        sa.Index("ix_unit_succession_unit", "unit_id", "id"),
        sa.Index("uq_unit_succession_end", "unit_id", unique=True, sqlite_where=_ENDS, postgresql_where=_ENDS),
        sa.CheckConstraint("(kind = 'merged') = (successor_id IS NOT NULL)", name="successor"),
    )

    unit_id: int = id_column("unit.id", index=False)
    kind: SuccessionKind = enum_column(SuccessionKind, "kind")
    successor_id: int | None = id_column("unit.id", default=None, nullable=True)
    effective_on: date
    old_name: str = Field(max_length=100)
    new_name: str | None = Field(default=None, max_length=100)
    reason: str = Field(max_length=500)
    counts: dict[str, Any] = json_column(default_factory=dict, nullable=False)
    """What it moved, closed and ended: ``{"assignment": {"moves": 5, "merges": 1}}``."""
    done_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    done_at: datetime = instant_column(nullable=False)


SUCCESSION = table_of(UnitSuccession)


class MergeCreate(Input):
    """``effective_on``: the first day on which the successor stands in its place, today unless said, never later."""

    successor_id: Id
    effective_on: Date | None = None
    reason: Line
    across_kinds: Flag = False
    """Must be said where the successor is of another kind, as when a kindergarten goes into a school."""


class CloseCreate(Input):
    """``effective_on``: the first day on which it is no more, today unless said, never later."""

    effective_on: Date | None = None
    reason: Line


class RenameCreate(Input):
    """``effective_on``: the first day of the new name, today unless said, never later."""

    name: Name
    effective_on: Date | None = None
    reason: Line


class SuccessionOfUnit(BaseModel):
    """``successor_id`` of a merged unit; of another one that took it in, ``unit_id`` is the unit that went."""

    kind: SuccessionKind
    unit_id: int
    successor_id: int | None
    effective_on: date
    old_name: str
    new_name: str | None
    reason: str


class EndingEntry(BaseModel):
    """Of one kind of row: how many go to the successor, go into its own, end, are cancelled, or stay as they are."""

    name: str
    label: str
    moves: int = 0
    merges: int = 0
    ends: int = 0
    cancels: int = 0
    stays: int = 0
    path: str | None = None
    """The list that holds them."""


class EndingPreview(BaseModel):
    """What a merging or closing would do. ``obstacles`` must be out of the way first; ``warnings`` are to be known."""

    unit_id: int
    unit_name: str
    successor_id: int | None
    successor_name: str | None
    effective_on: date
    across_kinds: bool
    entries: list[EndingEntry]
    warnings: list[str]
    obstacles: list[str]
