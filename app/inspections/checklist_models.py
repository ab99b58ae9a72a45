"""Lists of points that an inspection goes by."""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import Audited, Input, Line, Name, ReadBase, json_column, table_of, whole


class Checklist(Audited, table=True):
    """A list of points with scores; changed by a new version, never in place."""

    __tablename__ = "checklist"
    __table_args__ = (sa.UniqueConstraint("district_id", "title", "edition"),)
    audit_name: ClassVar[str] = "checklist"

    title: str = Field(max_length=200)
    edition: int = 1
    points: list[dict[str, Any]] = json_column(default_factory=list)
    """``[{"key", "area", "text", "basis", "score"}]`` in order."""


CHECKLIST = table_of(Checklist)


class ChecklistPoint(Input):
    area: Name
    text: Line
    basis: Line | None = None
    score: whole(0, 1000) = 1  # type: ignore[valid-type]


class ChecklistCreate(Input):
    title: Name
    points: list[ChecklistPoint] = Field(min_length=1, max_length=500)


class ChecklistRead(ReadBase):
    title: str
    edition: int
    points: list[dict[str, Any]]
