"""What the parser finds in a plan, as plain data; `ParsedPlan.as_json()` is the shape that API and CLI print."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

Role = Literal["lead", "cooperate", "responsible"]
DeadlineKind = Literal["date", "range", "recurring", "standing", "school_calendar", "undetermined", "compound"]
Span = tuple[int, int]


class UnreadableDocument(ValueError):
    """A file that cannot be read as a plan; the message says in Chinese how to mend it."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text that is stored beside a plan: every span counts its code points.

    `tables` are the spans of the tables, one line a row and TAB between cells; None where they
    must be found in the text itself.
    """

    text: str
    tables: Sequence[Span] | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    issuer: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Organization:
    """A leading group as written; a post that the plan leaves blank is an empty string."""

    name: str
    leader: str
    deputy: str
    members: str
    office_in: str
    office_director: str


@dataclass(frozen=True, slots=True)
class Section:
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Area:
    number: str | None
    section: str | None
    title: str


@dataclass(frozen=True, slots=True)
class ParsedResponsibility:
    name: str
    role: Role
    group: bool


@dataclass(frozen=True, slots=True)
class ParsedDeadline:
    """`date` is the last day that the words state (…底前 means the last day), None where they state none."""

    text: str
    kind: DeadlineKind
    date: date | None


@dataclass(frozen=True, slots=True)
class ParsedItem:
    number: str | None
    section: str | None
    area: str | None
    title: str
    measures: str
    responsibilities: tuple[ParsedResponsibility, ...]
    deadline: ParsedDeadline | None
    span: Span


@dataclass(frozen=True, slots=True)
class Requirement:
    """A numbered demand (工作要求, 组织保障 …) that names no unit and is therefore no task."""

    number: str | None
    section: str | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedPlan:
    title: str | None
    year: int | None
    document_number: str | None
    basis: tuple[Basis, ...]
    organization: Organization | None
    sections: tuple[Section, ...]
    areas: tuple[Area, ...]
    items: tuple[ParsedItem, ...]
    table_rows: tuple[ParsedItem, ...]
    requirements: tuple[Requirement, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The result as JSON-ready data: dates as YYYY-MM-DD, tuples as lists."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
