"""From what the parser found to the rows of a draft: areas, items, responsibilities."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.models import EARLIEST, LATEST
from app.core.operation import Tx
from app.plans.models import AREA, ITEM, RESPONSIBILITY, Cadence, DeadlineKind
from app.units.names import directory, fold

Found = dict[str, Any]

_CADENCE_WORDS = (
    (Cadence.STANDING, re.compile(r"每[日天周]|每个工作日|每星期|常态|长期|持续")),
    (Cadence.MONTHLY, re.compile(r"每个?月|月月|逐月|按月")),
    (Cadence.QUARTERLY, re.compile(r"每个?季|逐季|按季")),
    (Cadence.TERMLY, re.compile(r"每个?学期|每期|逐学期|按学期")),
    (Cadence.YEARLY, re.compile(r"每学?年|逐年|按年|[一1]年[一1]次|年度")),
)


def cadence_of(deadline: Found | None) -> Cadence:
    """How often, by the words of the deadline: a month is more than a year where both stand."""
    if deadline is None:
        return Cadence.ONCE
    if deadline["kind"] == DeadlineKind.STANDING:
        return Cadence.STANDING
    if deadline["kind"] in (DeadlineKind.RECURRING, DeadlineKind.COMPOUND):
        for cadence, words in _CADENCE_WORDS:
            if words.search(deadline["text"]):
                return cadence
    return Cadence.ONCE


def keys(items: Sequence[Found]) -> list[str]:
    """A key per item, the same in a later version that numbers it otherwise: a hash of its folded title."""
    seen: Counter[str] = Counter()
    made = []
    for item in items:
        folded = fold(item["title"]) or f"{item['section']}/{item['area']}/{item['number']}"
        key = hashlib.sha256(folded.encode()).hexdigest()[:16]
        seen[key] += 1
        made.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return made


def insert_parts(tx: Tx, plan_id: int, areas: Sequence[Found], items: Sequence[Found]) -> dict[str, int]:
    """Rows for a plan's areas, items and responsibilities, with names resolved where the directory knows them.

    Within ``audited_write``; the caller records the event, which takes the counts returned.
    """
    area_ids = _insert_areas(tx, plan_id, areas)
    keyed = zip(items, keys(items), strict=True)
    rows = [_item_row(tx, plan_id, area_ids, item, key, at) for at, (item, key) in enumerate(keyed, 1)]
    if not rows:
        return {"areas": len(areas), "items": 0, "responsibilities": 0, "unresolved": 0}
    item_ids = _insert(tx, ITEM, rows)
    named = _responsibility_rows(tx, plan_id, zip(item_ids, items, strict=True))
    if named:
        tx.connection.execute(sa.insert(RESPONSIBILITY), named)
    unresolved = sum(row["unit_id"] is None and row["unit_group_id"] is None for row in named)
    return {"areas": len(areas), "items": len(rows), "responsibilities": len(named), "unresolved": unresolved}


_LEAVING: list[Callable[[Tx, int, bool], None]] = []


def register(*leaving: Callable[[Tx, int, bool], None]) -> None:
    """What is called with the plan before a draft's items go, and whether the whole draft does: for what other folders'
    rows say of them. Raises where a person has to decide first.
    """
    _LEAVING.extend(leaving)


def remove_parts(tx: Tx, plan_id: int, *, whole: bool = False) -> None:
    """Within ``audited_write``: a draft's responsibilities, items and areas."""
    for leave in _LEAVING:
        leave(tx, plan_id, whole)
    for table in (RESPONSIBILITY, ITEM, AREA):
        tx.connection.execute(sa.delete(table).where(table.c.plan_id == plan_id))


def _insert(tx: Tx, table: sa.Table, rows: list[dict[str, Any]]) -> list[int]:
    insert = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(tx.connection.execute(insert, rows).scalars())


def _insert_areas(tx: Tx, plan_id: int, areas: Sequence[Found]) -> dict[tuple[str | None, str | None], int]:
    """(section, number) → id."""
    rows = [
        {
            "district_id": tx.actor.district_id,
            "plan_id": plan_id,
            "number": _short(area["number"], 40),
            "section": _short(area["section"], 40),
            "title": area["title"][:500],
            "position": at,
        }
        for at, area in enumerate(areas, 1)
    ]
    if not rows:
        return {}
    ids = _insert(tx, AREA, rows)
    return {(area["section"], area["number"]): each for each, area in reversed(list(zip(ids, areas, strict=True)))}


def _item_row(
    tx: Tx, plan_id: int, areas: dict[tuple[str | None, str | None], int], item: Found, key: str, position: int
) -> dict[str, Any]:
    deadline = item["deadline"]
    start, end = item["span"]
    return {
        **_audited(tx),
        "plan_id": plan_id,
        "area_id": _area_of(item, areas),
        "key": key,
        "number": _short(item["number"], 40) or str(position),
        "section": _short(item["section"], 40),
        "title": item["title"][:1000] or f"第 {position} 项",
        "measures": item["measures"],
        "position": position,
        "cadence": cadence_of(deadline),
        "deadline_text": deadline["text"][:500] if deadline else None,
        "deadline_kind": DeadlineKind(deadline["kind"]) if deadline else None,
        "deadline_on": _within_reach(deadline["date"]) if deadline else None,
        "weight": 1,
        "required_evidence": [],
        "for_information": False,
        "paired": False,
        "span_start": start,
        "span_end": end,
    }


def _area_of(item: Found, areas: dict[tuple[str | None, str | None], int]) -> int | None:
    """An area is told by its section and number; one at the highest level is a section itself and has none."""
    if not item["area"]:
        return None
    return areas.get((item["section"], item["area"])) or areas.get((None, item["area"]))


def _responsibility_rows(tx: Tx, plan_id: int, items: Iterable[tuple[int, Found]]) -> list[dict[str, Any]]:
    names = directory(tx)
    return [
        {
            **_audited(tx),
            "plan_id": plan_id,
            "plan_item_id": item_id,
            "name": named["name"][:200],
            "role": named["role"],
            "is_group": named["group"],
            "position": at,
            **(target._asdict() if (target := names.match(named["name"], is_group=named["group"])) else _UNKNOWN),
            "dropped_reason": None,
        }
        for item_id, item in items
        for at, named in enumerate(item["responsibilities"], 1)
    ]


_UNKNOWN = {"unit_id": None, "unit_group_id": None}


def _audited(tx: Tx) -> dict[str, Any]:
    return {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}


def _short(text: str | None, most: int) -> str | None:
    return text[:most] if text else None


def _within_reach(day: str | None) -> date | None:
    if day is None:
        return None
    found = date.fromisoformat(day)
    return found if EARLIEST <= found <= LATEST else None
