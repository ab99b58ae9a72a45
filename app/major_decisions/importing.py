"""Past matters from a table (三重一大台账): each that is not there yet is registered as it was decided."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError

from app.core.calendar import today_of
from app.core.errors import Conflict, FieldError, Invalid
from app.core.operation import Reader, Tx
from app.core.validation import field_errors
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, narrow, plain
from app.imports.forms import version_of
from app.imports.registry import Draft, Importable, Written
from app.major_decisions import checks, past, queries
from app.major_decisions.importing_columns import COLUMNS, NO_MEETING
from app.major_decisions.models import DECISION, DecisionResult, MajorDecision
from app.major_decisions.rules import DECIDED, POLICY, UNITS
from app.major_decisions.schemas import MajorDecisionCreate
from app.major_decisions.tables import LEDGER, line
from app.units.importing.naming import Units, meant

TOLD = [column for column in LEDGER.columns if column.name != "minutes"]
Matter = tuple[int, str, Any]


class Brought(NamedTuple):
    """A line that brings a meeting, and its matter as it is after it."""

    number: int
    fields: dict[str, Any]


class Known(Units):
    """The matters of the actor's own units."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.see, self.actor = see, see.actor
        mine = sa.select(DECISION).where(POLICY.may(see.actor.roles, "carry_out"))
        self.rows: dict[tuple[int, str, date | None], Any] = {}
        self.numbered: dict[str, Any] = {}
        self.put_off: dict[Matter, tuple[Any, date]] = {}
        """Those that wait for a further meeting, and when they were put off last."""
        for row in see.connection.execute(mine, see.actor.binds):
            self.rows[row.unit_id, alike(row.subject), row.decided_on] = row
            for met in row.earlier_meetings:
                self.rows.setdefault((row.unit_id, alike(row.subject), date.fromisoformat(met["decided_on"])), row)
            self.numbered[narrow(f"{self.titles[row.unit_id]} {row.year}-{row.number:03}")] = row
            if (put_off := _put_off_on(row)) is not None:
                self.put_off[row.unit_id, alike(row.subject), row.category] = row, put_off
        self.met: dict[tuple[int, str, date | None], int] = {}
        self.brought: dict[Matter, Brought] = {}
        """The last line of each matter so far."""
        self.after: dict[int, int] = {}
        """A line, and the one whose matter it goes on with."""
        self.made: dict[int, int] = {}
        """A line, and the matter that was made of it."""

    @cached_property
    def others(self) -> dict[str | Matter, dict[str, Any]]:
        """The matters of other units that the actor reads, by their numbers and by what tells them, as the ledger has
        them."""
        found: dict[str | Matter, dict[str, Any]] = {}
        asked = queries.LIST.asked({})
        for row in (row for rows in queries.LIST.every(self.see, asked) for row in rows):
            if row.unit_id in self.actor.units:
                continue
            shown = line(self.see, row)
            words = {column.heading: plain(column.show(shown.get(column.name), None)) for column in TOLD}
            words |= {"": row, "单位": self.titles[row.unit_id]}
            found[narrow(words["编号"])] = words
            found[row.unit_id, alike(row.subject), row.decided_on] = words
        return found


def _put_off_on(row: Any) -> date | None:
    """None where no further meeting is awaited."""
    if row.decided_on is None:
        return date.fromisoformat(row.earlier_meetings[-1]["decided_on"]) if row.earlier_meetings else None
    on: date = row.decided_on
    return on if row.state == DECIDED and row.result == DecisionResult.DEFERRED else None


_PLAIN = (
    *("category", "subject", "proposer", "preparation", "chair", "observer", "opinions", "recusals", "amount"),
    *("responsible_person", "deadline_on", "execution"),
)
_COLUMN_OF = {
    "legality_by": "review",
    "legality_on": "review",
    "legality_opinion": "review",
    "legality_waived": "review",
    "meeting_kind": "meeting",
    "held_at": "when",
    "decided_on": "when",
    "expected": "heads",
    "present": "heads",
    "votes_for": "votes",
    "votes_against": "votes",
    "votes_abstain": "votes",
    "disclosed_from": "disclosure",
    "disclosed_to": "disclosure",
    "disclosure_place": "disclosure",
    "undisclosed_reason": "disclosure",
}
"""Field → the column that says it."""


def _fields(draft: Draft) -> dict[str, Any]:
    values = draft.values
    given = {name: values[name] for name in _PLAIN if name in values}
    given |= {**values.get("review", {}), **values.get("disclosure", {})}
    when = values.get("when")
    if isinstance(when, datetime):
        given["decided_on"] = today_of(when)
    elif when is not None:
        given["decided_on"] = when
    if values.get("meeting", NO_MEETING) != NO_MEETING:
        given["meeting_kind"] = values["meeting"]
        given["held_at"] = when.isoformat(timespec="minutes") if isinstance(when, datetime) else f"{when}T00:00"
    for columns, name in ((("expected", "present"), "heads"), (tuple(checks.VOTES), "votes")):
        if name in values:
            given |= dict(zip(columns, values[name], strict=True))
    if "result" in values:
        given["result"] = values["result"]
    return given


def _create(draft: Draft) -> MajorDecisionCreate:
    return MajorDecisionCreate(**_fields(draft), unit_id=draft.values["unit"])


def check(known: Known, draft: Draft) -> None:
    number = narrow(draft.cells.get("number", ""))
    if (row := known.numbered.get(number)) is not None:
        _stays(draft, row)
        return
    if number and (words := known.others.get(number)) is not None:
        _of_others(known, draft, words)
        return
    homes = known.actor.home_units
    if not draft.cells.get("unit") and len(homes) == 1:
        draft.values["unit"] = homes[0]
    if draft.faults or not {"unit", "when", "subject"} <= draft.values.keys():
        if "unit" not in draft.values and not draft.cells.get("unit"):
            draft.wrong("unit", "请写明单位")
        return
    fields = _fields(draft)
    told = alike(draft.values["subject"]), fields["decided_on"]
    meant(known.directory, draft, lambda each: (each, *told) in known.rows or (each, *told) in known.others)
    key = draft.values["unit"], *told
    if draft.values["unit"] not in known.actor.units:
        if (words := known.others.get(key)) is not None:
            _of_others(known, draft, words)
        else:
            draft.wrong("unit", "只能导入本单位的事项")
    elif (first := known.met.setdefault(key, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一事项，请只留一行")
    elif (row := known.rows.get(key)) is not None:
        _stays(draft, row)
    else:
        _new(known, draft, fields["decided_on"])


def _new(known: Known, draft: Draft, decided_on: date) -> None:
    """A matter of its own; or the next meeting of one that a line above put off."""
    matter = draft.values["unit"], alike(draft.values["subject"]), draft.values.get("category")
    waiting, since = known.put_off.get(matter, (None, decided_on))
    if waiting is not None and since < decided_on:
        number = f"{waiting.year}-{waiting.number:03}"
        draft.wrong("when", f"这一事项已登记为 {number}，{since} 暂缓：请在它的页面上“再次上会”后填写这次会议")
        return
    before, deferred = known.brought.get(matter), DecisionResult.DEFERRED
    if before is not None and draft.values.get("result") == deferred and decided_on < before.fields["decided_on"]:
        draft.wrong("when", f"第 {before.number} 行是同一事项后来的会议，请把这一行移到它的上面")
        return
    if before is not None and not (before.fields["result"] == deferred and before.fields["decided_on"] < decided_on):
        before = None
    found: dict[str, Any] = {}
    by_rule(draft, lambda: found.update(_matter(known, draft, before and before.fields)), _COLUMN_OF)
    if draft.faults:
        return
    if before is not None:
        known.after[draft.number] = before.number
    known.brought[matter] = Brought(draft.number, found)


def _stays(draft: Draft, row: Any) -> None:
    """What is there is changed on its own page, step by step: nothing of the line is taken, whatever it says."""
    draft.target_id, draft.target_version, draft.held = row.id, row.version, {}
    draft.faults.clear()


def _of_others(known: Known, draft: Draft, words: dict[str, Any]) -> None:
    """A matter of another unit comes back as the ledger told it, or not at all."""
    row = words[""]
    draft.target_id, draft.target_version, draft.held = row.id, row.version, {}
    draft.faults.clear()
    if (first := known.met.setdefault((row.unit_id, f"#{row.id}", None), draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一事项，请只留一行")
    for column in COLUMNS:
        cell, told = draft.cells.get(column.name), words.get(column.heading, "")
        if cell and not _same(known, column, cell, told):
            why = f"这是{words['单位']}登记的事项，只能由它改动，请照台账填写，或删去这一行"
            draft.wrong(column.name, why, [told] if 0 < len(told) <= LONGEST_SUGGESTED else [])


LONGEST_SUGGESTED = 60


def _same(known: Known, column: Column, cell: str, told: str) -> bool:
    if alike(cell) == alike(told):
        return True
    try:
        return bool(told) and column.read(cell, known) == column.read(told, known)
    except Wrong:
        return False


def _matter(known: Known, draft: Draft, put_off: dict[str, Any] | None) -> dict[str, Any]:
    """As it is after the meeting of this line; 422 where something does not fit."""
    try:
        given = _create(draft)
    except ValidationError as error:
        faults = field_errors(error.errors(include_url=False))
        raise Invalid(errors=[FieldError(f"/{each.pointer.split('/')[1]}", each.detail) for each in faults]) from None
    if put_off is not None:
        fields = past.after_next(put_off, given)
    else:
        fields = given.model_dump() | {"result": given.result or DecisionResult.PASSED}
    if errors := checks.faults(known.see, fields):
        raise Invalid(errors=errors)
    return fields


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        given, before = _create(draft), known.after.get(draft.number)
        if before is None:
            draft.target_id = past.bring_in(tx, given)
        else:
            draft.target_id = past.bring_in_next(tx, known.made[before], given)
        known.made[draft.number] = draft.target_id
        draft.target_version, draft.undo = version_of(tx, DECISION, draft.target_id), {}


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    raise Conflict("导入的事项已经编号，编号不能收回；登记有误的请逐项修改", code="numbered")


MATTERS = Importable(
    name="major-decisions",
    label="三重一大事项",
    model=MajorDecision,
    columns=COLUMNS,
    roles=frozenset(UNITS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "用于补登过去的事项：按单位、议题和日期比对，已有的不改动；编号在导入时另编，导入后不能整批撤销。",
        "公示、执行情况填齐的列为已公示、已执行；会议纪要请在事项页面上传后办结。",
        "暂缓后再次上会的，每次会议一行，先开的在前，单位、议题、类别相同，导入后是一个事项。",
        "系统里已有的暂缓事项，请在它的页面上再次上会。",
    ),
)
