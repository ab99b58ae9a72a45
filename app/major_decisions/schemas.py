"""What may be sent of major decisions, and what is answered."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema
from pydantic import Field as Constraint

from app.core.calendar import SHANGHAI
from app.core.models import EARLIEST, LATEST, Date, Id, Input, Line, Name, ReadBase, Text, whole
from app.indicators.amounts import Amount, Figure
from app.major_decisions.models import (
    DecisionCategory,
    DecisionResult,
    DecisionState,
    Flag,
    MeetingKind,
)

MOST_PEOPLE = 200
MOST_HEADS = 100_000
_MINUTE = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$"
_WRITTEN = re.compile(_MINUTE, re.ASCII)


def minute_of(value: Any) -> datetime:
    """``2023-10-31T09:30``, in Asia/Shanghai unless it says otherwise; ValueError in Chinese for what is none."""
    how = "请按 2023-10-31T09:30 的格式填写日期和时间"
    if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
        raise ValueError(how)
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"没有这一时间，{how}") from None
    if not EARLIEST <= instant.date() <= LATEST:
        raise ValueError(f"日期须在 {EARLIEST} 与 {LATEST} 之间")
    return (instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)).replace(second=0)


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _without_colon(value: str) -> str:
    if "：" in value or ":" in value:
        raise ValueError("姓名里不能有冒号")
    return _one_line(value)


Minute = Annotated[datetime, BeforeValidator(minute_of), WithJsonSchema({"type": "string", "pattern": _MINUTE})]
Person = Annotated[Name, AfterValidator(_without_colon)]
Said = Annotated[Line, AfterValidator(_one_line)]


class Opinion(Input):
    speaker: Person
    text: Said


class Recusal(Input):
    name: Person
    reason: Said


class _Optional(Input):
    """What is filled in as the matter goes on, all of it or some. Votes and recusals make up those present.

    ``opinions`` stand in the order in which people spoke; that of the chair is the one whose speaker is ``chair``.
    """

    amount: Amount | None = None
    """In yuan; needed for a large fund."""
    preparation: Text | None = None
    legality_by: Name | None = None
    legality_on: Date | None = None
    legality_opinion: Text | None = None
    legality_waived: Line | None = None
    meeting_kind: MeetingKind | None = None
    held_at: Minute | None = None
    chair: Person | None = None
    expected: whole(0, MOST_HEADS) | None = None  # type: ignore[valid-type]
    present: whole(0, MOST_HEADS) | None = None  # type: ignore[valid-type]
    observer: Name | None = None
    votes_for: whole(0, MOST_HEADS) | None = None  # type: ignore[valid-type]
    votes_against: whole(0, MOST_HEADS) | None = None  # type: ignore[valid-type]
    votes_abstain: whole(0, MOST_HEADS) | None = None  # type: ignore[valid-type]
    result: DecisionResult | None = None
    decided_on: Date | None = None
    disclosed_from: Date | None = None
    disclosed_to: Date | None = None
    disclosure_place: Line | None = None
    undisclosed_reason: Line | None = None
    responsible_person: Name | None = None
    deadline_on: Date | None = None
    execution: Text | None = None


class MajorDecisionCreate(_Optional):
    """A proposal; with ``decided_on`` a matter that was decided already, without a meeting where none is given.

    ``unit_id`` is needed where the user has several units; the supervising office names the unit of a decision that it
    found.
    """

    unit_id: Id | None = None
    category: DecisionCategory
    subject: Line
    proposer: Name
    opinions: list[Opinion] = Constraint(default_factory=list, max_length=MOST_PEOPLE)
    recusals: list[Recusal] = Constraint(default_factory=list, max_length=MOST_PEOPLE)


class MajorDecisionPatch(_Optional):
    """By its unit, until it is completed. ``decided_on`` of one that was decided without a meeting."""

    category: DecisionCategory | None = None
    subject: Line | None = None
    proposer: Name | None = None
    opinions: list[Opinion] | None = Constraint(default=None, max_length=MOST_PEOPLE)
    recusals: list[Recusal] | None = Constraint(default=None, max_length=MOST_PEOPLE)


class RemarkCreate(Input):
    text: Text


class AnswerCreate(Input):
    remark_id: Id
    text: Text


class SupervisionCreate(Input):
    category: DecisionCategory
    office_id: Id
    basis: Line | None = None


class SupervisionPatch(Input):
    office_id: Id | None = None
    basis: Line | None = None


# What is answered


class OpinionRead(BaseModel):
    speaker: str
    text: str
    is_chair: bool


class RecusalRead(BaseModel):
    name: str
    reason: str


class EarlierMeetingRead(BaseModel):
    """A meeting that put the matter off; without ``meeting_kind`` it was put off without one."""

    meeting_kind: MeetingKind | None
    held_at: datetime | None
    chair: str | None
    expected: int | None
    present: int | None
    observer: str | None
    opinions: list[OpinionRead]
    recusals: list[RecusalRead]
    votes_for: int | None
    votes_against: int | None
    votes_abstain: int | None
    result: DecisionResult
    decided_on: date


class MajorDecisionRead(ReadBase):
    """``flags``: what the supervising office is to look at, computed from the matter as it is today."""

    unit_id: int
    unit_name: str
    year: int
    number: int
    category: DecisionCategory
    state: DecisionState
    flags: list[Flag]
    subject: str
    proposer: str
    amount: Figure | None
    preparation: str | None
    legality_by: str | None
    legality_on: date | None
    legality_opinion: str | None
    legality_waived: str | None
    meeting_kind: MeetingKind | None
    held_at: datetime | None
    chair: str | None
    expected: int | None
    present: int | None
    observer: str | None
    opinions: list[OpinionRead]
    recusals: list[RecusalRead]
    votes_for: int | None
    votes_against: int | None
    votes_abstain: int | None
    result: DecisionResult | None
    earlier_meetings: list[EarlierMeetingRead]
    """Those that put it off, the first one first; all else is about the last meeting."""
    decided_on: date | None
    disclose_by: date | None
    disclosed_from: date | None
    disclosed_to: date | None
    disclosure_place: str | None
    undisclosed_reason: str | None
    responsible_person: str | None
    deadline_on: date | None
    execution: str | None
    looked_at: datetime | None
    """When the supervising office last looked at it."""
    answered_at: datetime | None
    """When the unit last answered a remark."""
    open_remarks: int
    """How many wait for the unit's answer."""
    created_at: datetime
    updated_at: datetime


class MajorDecisionListed(MajorDecisionRead):
    """``responsible_person`` is whom the unit named for the matter."""

    responsible_leader: dict[str, str] | None
    """责任领导 of the unit today, by the appointments that the reader sees: ``{name, post}``."""


class MajorDecisionLine(BaseModel):
    """A line of 三重一大台账: exactly its columns, in their order. What several fields of a matter make up, such as the
    legality review or the votes, is told in words, as on paper."""

    written_number: str
    category: DecisionCategory
    subject: str
    proposer: str
    preparation: str | None
    legality: str
    meeting: str
    when: str
    heads: str
    """Expected/present."""
    chair: str | None
    observer: str | None
    said: str
    voted: str
    result: DecisionResult | None
    recused: str
    disclosed: str
    amount: Figure | None
    responsible_person: str | None
    deadline_on: date | None
    execution: str | None
    minutes: list[str]
    """The titles of the files linked to it."""


class RemarkRead(BaseModel):
    id: int
    text: str
    remarked_by_name: str | None
    created_at: datetime
    answer: str | None
    answered_by_name: str | None
    answered_at: datetime | None


class MajorDecisionDetail(MajorDecisionListed):
    """With the remarks, newest first, and the files linked to it: its minutes among them."""

    remarks: list[RemarkRead]
    evidence: list[dict[str, Any]]


class SupervisionRead(ReadBase):
    category: DecisionCategory
    office_id: int
    office_name: str
    basis: str | None
    created_at: datetime
    updated_at: datetime
