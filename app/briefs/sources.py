"""What a brief was made of: an activity that was reported or held in a venue, or what was reported on a task.

It is named as its own page and JSON are: ``venue-activities/12``. A brief is read by many more people than what it was
made of, so that is said to whoever may read it, and to nobody else.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments import activities
from app.assignments import queries as assignments
from app.assignments.words import dated
from app.briefs.models import BRIEF, BRIEF_SOURCE_LABELS, MADE_OF, BriefSource
from app.core.errors import invalid
from app.core.operation import Reader, Tx
from app.core.paging import Filter, Listing, one_of
from app.core.params import Parse, parse_id
from app.core.policy import Roles, among
from app.core.within import many, within
from app.venue_activities import queries as venues
from app.venue_activities.rules import HELD

MOST_OFFERED, MOST_UNITS = 50, 3
"""Of each kind, and of how many of a person's units."""


class Kind(NamedTuple):
    """``title(row)``: what a row of the list is called; ``asked``: which rows a form offers; ``ready(row)``: whether
    there is something to be told of it."""

    listing: Listing
    title: Callable[[Any], str]
    asked: Mapping[str, str]
    ready: Callable[[Any], bool] = lambda row: True


def _with_period(row: Any) -> str:
    return str(row.item_title) if row.period == "once" else f"{row.item_title}（{dated(row.period)}）"


KINDS: dict[BriefSource, Kind] = {
    BriefSource.ACTIVITIES: Kind(
        activities.LIST, lambda row: f"{_with_period(row)} {row.reported_on} {row.place}", {"sort": "id"}
    ),
    BriefSource.VENUE_ACTIVITIES: Kind(
        venues.LIST, lambda row: f"{row.topic} {row.held_on}", {"state": HELD}, lambda row: row.state == HELD
    ),
    BriefSource.ASSIGNMENTS: Kind(
        assignments.LIST, _with_period, {"sort": "updated_at"}, lambda row: row.report_count > 0
    ),
}


def written(kind: BriefSource | None, row_id: int | None) -> str | None:
    return None if kind is None else f"{BriefSource(kind).value}/{row_id}"


def taken_apart(source: str) -> tuple[BriefSource, int]:
    kind, _, row_id = source.partition("/")
    return BriefSource(kind), int(row_id)


def found(see: Reader, source: str) -> Any:
    """Its row; None for what the actor may not read."""
    kind, row_id = taken_apart(source)
    return next(iter(KINDS[kind].listing.named(see, [row_id])), None)


def check(tx: Tx, source: str | None) -> dict[str, Any]:
    """The columns of a brief that is made of it; 422 for what the actor may not read, or is another unit's."""
    if source is None:
        return {"promoted_from": None, "promoted_from_id": None}
    kind, row_id = taken_apart(source)
    if not (row := found(tx, source)):
        raise invalid("promoted_from", f"没有 {source} 这一来源，请重新选择")
    if row.unit_id not in tx.actor.units:
        raise invalid("promoted_from", f"“{KINDS[kind].title(row)}”是{row.unit_name}的，请选择本单位的")
    if not KINDS[kind].ready(row):
        why = "还没有举办" if kind == BriefSource.VENUE_ACTIVITIES else "还没有填报进展"
        raise invalid("promoted_from", f"“{KINDS[kind].title(row)}”{why}，请填报后再选")
    return {"promoted_from": kind, "promoted_from_id": row_id}


# Shown


_OF = sa.select(BRIEF.c.id, BRIEF.c.promoted_from, BRIEF.c.promoted_from_id).where(
    within(BRIEF.c.id, many("briefs")), BRIEF.c.promoted_from.is_not(None)
)


def with_sources(see: Reader, rows: Sequence[dict[str, Any]]) -> None:
    """Say of presented briefs what each was made of, where the actor may read that: a statement for each kind."""
    named: dict[BriefSource, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in see.connection.execute(_OF, {"briefs": [row["id"] for row in rows]}) if rows else ():
        named[BriefSource(row.promoted_from)][row.promoted_from_id].append(row.id)
    by_id = {row["id"]: row for row in rows}
    for kind, briefs in named.items():
        for found in KINDS[kind].listing.named(see, briefs):
            told = {"promoted_from": written(kind, found.id), "promoted_from_title": KINDS[kind].title(found)}
            for brief_id in briefs[found.id]:
                by_id[brief_id] |= told


# Filtered by


@cache
def _there(roles: Roles) -> sa.ColumnElement[bool]:
    """Made of something that the actor may read."""
    grounds = []
    for kind, (listing, *_) in KINDS.items():
        mine = listing.policy.table.c.id == BRIEF.c.promoted_from_id
        row = sa.select(sa.literal(1)).select_from(listing.policy.table).where(mine, listing.policy.read(roles))
        grounds.append(sa.and_(among(BRIEF.c.promoted_from, kind), row.correlate(BRIEF).exists()))
    return sa.or_(*grounds)


def _those(condition: sa.ColumnElement[bool], parse: Parse) -> Filter:
    return Filter(lambda roles: sa.and_(condition, _there(roles)), parse)


_KIND = one_of(BRIEF.c.promoted_from, "promoted_from", BriefSource)
FILTERS = {
    "promoted_from": _those(BRIEF.c.promoted_from.in_(sa.bindparam("f_promoted_from", expanding=True)), _KIND.parse),
    "promoted_from_id": _those(
        BRIEF.c.promoted_from_id == sa.bindparam("f_promoted_from_id", type_=sa.BigInteger), parse_id
    ),
}


# What a form chooses from


def choices(see: Reader, *asked_for: str | None) -> list[tuple[str, str]]:
    """(``venue-activities/12``, words) of the newest of the actor's own units, after what is ``asked_for`` besides, be
    it among the newest or not: what a brief is made of already, or is to be written of."""
    offered = {source: words for source in asked_for if source and (words := _called(see, source))}
    for unit_id in see.actor.home_units[:MOST_UNITS]:
        for kind, (listing, _, asked, ready) in KINDS.items():
            wanted = {**asked, "unit_id": str(unit_id), "limit": str(MOST_OFFERED)}
            rows, _ = listing.page(see, listing.asked(wanted), frozenset())
            offered |= {f"{kind.value}/{row.id}": _words(kind, row) for row in rows if ready(row)}
    return list(offered.items())


def _called(see: Reader, source: str) -> str | None:
    """None for what is no source, or none that the actor may read."""
    if not re.fullmatch(MADE_OF, source):
        return None
    row = found(see, source)
    return _words(taken_apart(source)[0], row) if row else None


def _words(kind: BriefSource, row: Any) -> str:
    return f"{BRIEF_SOURCE_LABELS[kind]} · {KINDS[kind].title(row)}"
