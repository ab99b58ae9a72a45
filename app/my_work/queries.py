"""我的待办: what waits for a person, in five groups; each number is that of the rows behind it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from app.core.calendar import lamp, today_of
from app.core.cursors import packed, unpacked
from app.core.db import unbounded
from app.core.errors import NotFound, invalid
from app.core.models import MAX_ID
from app.core.operation import Reader
from app.core.params import WRONG_PLACE
from app.core.policy import DISTRICT_WIDE, ROLE_LABELS, Actor
from app.my_work import matters, words
from app.my_work.details import ACKNOWLEDGE_WITHIN, details
from app.my_work.kinds import (
    ACKNOWLEDGE,
    CONFIRM_POINTS,
    CONFIRM_VISIT,
    GROUPS,
    OVERDUE,
    RECEIPT,
    RECTIFY,
    SOON,
    TAKE_UP,
)
from app.units import queries as units

FIRST = 5
"""Rows of a group on the first page."""
NAMES = list(GROUPS)
_CAME = {RECEIPT: "送达", TAKE_UP: "收到", CONFIRM_VISIT: "登记", CONFIRM_POINTS: "公布"}
"""How what waits to be acknowledged came, where it was not dispatched."""


class Tally(NamedTuple):
    """Of a group: how many, and the words under its number."""

    pieces: int = 0
    note: str = ""


@unbounded
def counts(see: Reader, left_out: frozenset[int]) -> dict[str, int]:
    """As the overview counts them, by group, without some kinds."""
    statement = matters.counts_statement(see.actor.roles, left_out)
    found = [] if statement is None else see.connection.execute(statement, matters.binds(see)).all()
    pieces = {row.grp: row.pieces for row in found}
    return {name: pieces.get(n, 0) for n, name in enumerate(NAMES)}


@unbounded
def overview(see: Reader, unit_id: int | None = None) -> dict[str, Any]:
    """Every group with its first rows; ``unit_id`` looks through one of several grants (404 for any other)."""
    through = _through(see, unit_id)
    rows = _first(through)
    tallies = {row.grp: Tally(row.pieces, _note(through, row)) for row in rows}
    entries = _entries(through, rows)
    groups = []
    for n, (name, label) in enumerate(GROUPS.items()):
        tally = tallies.get(n, Tally())
        mine = [entry for grp, entry in entries if grp == n]
        groups.append({"group": name, "label": label, "count": tally.pieces, "note": tally.note, "data": mine})
    total = sum(tally.pieces for tally in tallies.values())
    everything = total if unit_id is None else _total(see)
    return {"unit_id": unit_id, "total": total, "all": everything, "views": _views(see), "groups": groups}


@unbounded
def group(see: Reader, name: str, unit_id: int | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of one group: ``{"data", "next"}``, in the overview's order."""
    through = _through(see, unit_id)
    after = _open(cursor) if cursor else None
    statement = matters.group_statement(through.actor.roles, after is not None)
    if statement is None:
        return {"data": [], "next": None}
    binds = {**matters.binds(through), "chosen": NAMES.index(name), "n": limit + 1, **(after or {})}
    rows = through.connection.execute(statement, binds).all()
    following = _close(rows[limit - 1]) if len(rows) > limit else None
    return {"data": [entry for _, entry in _entries(through, rows[:limit])], "next": following}


def count(see: Reader, name: str | None, unit_id: int | None) -> int:
    """How many there are of that group, or of all."""
    found = counts(_through(see, unit_id), frozenset())
    return sum(found.values()) if name is None else found[name]


def _through(see: Reader, unit_id: int | None) -> Reader:
    if unit_id is None:
        return see
    through = matters.narrowed(see, unit_id)
    if through is None:
        raise NotFound("您没有这一身份")
    return through


def identities(actor: Actor) -> list[int]:
    """The grants to look through, where there are several: a unit's, or those for the whole district."""
    district = [actor.district_id] if actor.roles & DISTRICT_WIDE and actor.district_id is not None else []
    ids = [*actor.home_units, *district]
    return ids if len(ids) > 1 else []


def _views(see: Reader) -> list[dict[str, Any]]:
    actor, wide = see.actor, sorted(see.actor.roles & DISTRICT_WIDE)
    ids = identities(actor)
    if not ids:
        return []
    names = units.names(see, list(actor.home_units))
    if wide and actor.district_id is not None:
        names[actor.district_id] = f"{'、'.join(ROLE_LABELS[role] for role in wide)}（全区）"
    return [
        {
            "unit_id": unit_id,
            "label": names.get(unit_id, ""),
            "count": _total(_through(see, unit_id)),
        }
        for unit_id in ids
    ]


def _total(see: Reader) -> int:
    statement = matters.total_statement(see.actor.roles)
    if statement is None:
        return 0
    total: int = see.connection.execute(statement, matters.binds(see)).scalar_one()
    return total


def _note(see: Reader, row: Any) -> str:
    if row.grp == OVERDUE:
        return f"最长 {max(see.workdays.between(row.earliest, see.today), 1)} 个工作日"
    if row.grp == SOON:
        return f"其中今日到期 {row.today} 项" if row.today else "今日没有到期的"
    if row.grp == RECTIFY:
        return "均未超期"
    if row.oldest is None:
        return ""
    since = today_of(row.oldest)
    if row.grp == ACKNOWLEDGE:
        return f"应于 {see.workdays.add(since, ACKNOWLEDGE_WITHIN):%m-%d} 前签收"
    return f"最早提交 {since:%m-%d}"


def _first(see: Reader) -> Sequence[Any]:
    statement = matters.first_statement(see.actor.roles)
    if statement is None:
        return []
    rows: Sequence[Any] = see.connection.execute(statement, {**matters.binds(see), "n": FIRST}).all()
    return rows


def _entries(see: Reader, rows: Sequence[Any]) -> list[tuple[int, dict[str, Any]]]:
    """(group, entry) in the rows' order."""
    ids: dict[int, list[int]] = {}
    for row in rows:
        ids.setdefault(row.kind, []).append(row.id)
    known = {kind: details(see, kind, wanted) for kind, wanted in ids.items()}
    return [(row.grp, _entry(see, row, known[row.kind][row.id])) for row in rows]


def _entry(see: Reader, row: Any, detail: dict[str, Any]) -> dict[str, Any]:
    due = row.due if row.due.year < 9999 else None
    colour, said, short = lamp(due, see.today, see.workdays, see.settings.lamp_days)
    came_on = detail.pop("came_on", None)
    if row.grp == ACKNOWLEDGE:
        colour, said = "none", f"{words.month_day(came_on or today_of(row.since))}{_CAME.get(row.kind, '下发')}"
    # Whatever waits here is the reader's own to do.
    pressing = due is not None and due <= see.today
    return detail | {
        "deadline_on": due,
        "lamp": colour,
        "lamp_words": said,
        "lamp_short": short,
        "pressing": pressing,
        "allowed_actions": [detail["action"]] if detail["action"] else [],
    }


def _close(row: Any) -> str:
    return packed(row.due, row.kind, row.id)


def _open(cursor: str) -> dict[str, Any]:
    try:
        if len(cursor) > 200:
            raise ValueError
        due, kind, row_id = unpacked(cursor)
        if type(kind) is not int or type(row_id) is not int or not 0 <= kind < 100 or not 0 < row_id <= MAX_ID:
            raise ValueError
        return {"after_due": date.fromisoformat(due), "after_kind": kind, "after_id": row_id}
    except (ValueError, TypeError, RecursionError):
        raise invalid("cursor", WRONG_PLACE) from None
