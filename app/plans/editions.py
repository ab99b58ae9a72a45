"""A plan's next edition: the one it takes the place of, and what changed from item to item.

Items are told by their key, which follows from the title; a new title is recognised where the rest stayed alike. What
work was begun is carried over when the edition is dispatched: ``app.assignments.carrying``.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel

from app.core.db import unbounded
from app.core.errors import Conflict, invalid
from app.core.operation import Reader, Tx
from app.plans.models import ITEM, PLAN, RESPONSIBILITY, Cadence, EditionRead, PlanState

ALIKE = 0.6
"""From this share of common text on, two items of different titles are taken for the same."""
MOST_GUESSES = 2_000
"""Pairs of items that are looked at for that."""
TEXTS = ("title", "measures")
TOLD = ("number", *TEXTS, "cadence", "deadline_text", "deadline_on")
"""What is compared of an item, beside who is responsible for it."""
_NEXT = PLAN.alias("next_plan")


class ItemOfEdition(BaseModel):
    """An item as one edition has it."""

    id: int
    number: str
    title: str
    measures: str
    cadence: Cadence
    deadline_text: str | None
    deadline_on: date | None
    responsibilities: list[dict[str, str]]
    """``name`` and ``role``, in the plan's own words."""


class ItemComparison(BaseModel):
    """``change``: added, changed, removed or unchanged; ``changed`` names the fields."""

    change: str
    before: ItemOfEdition | None
    after: ItemOfEdition | None
    changed: list[str]
    texts: dict[str, list[dict[str, str]]]
    """For a changed title or measures: pieces with ``op`` (same, removed, added) and ``text``."""


class ComparisonRead(BaseModel):
    previous: EditionRead
    counts: dict[str, int]
    data: list[ItemComparison]


class Pair(NamedTuple):
    """An item before and now; one of them is None where it is new or gone."""

    old: Any
    new: Any


def newest(tx: Tx, title: str, issuer: int, year: int | None) -> Any:
    """The issued plan of that title that a new one would take the place of; None where there is none."""
    same = sa.and_(of_one_year(title, issuer, year), PLAN.c.district_id == tx.actor.district_id)
    open_ = sa.select(PLAN.c.id, PLAN.c.edition).where(same, PLAN.c.state == PlanState.ISSUED, sa.not_(_followed()))
    return tx.connection.execute(open_.order_by(PLAN.c.edition.desc(), PLAN.c.id.desc()).limit(1)).one_or_none()


def of_one_year(title: str, issuer: int, year: int | None) -> sa.ColumnElement[bool]:
    """Plans of which one may be an edition of another: a title without a year comes again the next, as another plan."""
    same = sa.and_(PLAN.c.issuer_unit_id == issuer, PLAN.c.title == title)
    return same if year is None else sa.and_(same, sa.or_(PLAN.c.year.is_(None), PLAN.c.year == year))


def _followed() -> sa.ColumnElement[bool]:
    """Another edition is issued already."""
    return (
        sa.select(sa.literal(1))
        .where(_NEXT.c.previous_id == PLAN.c.id, _NEXT.c.state == PlanState.ISSUED)
        .correlate(PLAN)
        .exists()
    )


def named(tx: Tx, previous_id: int, plan_id: int) -> Any:
    """The plan that a draft is said to follow; 422 where it cannot."""
    mine = sa.and_(PLAN.c.id == previous_id, PLAN.c.district_id == tx.actor.district_id, PLAN.c.id != plan_id)
    row = tx.connection.execute(sa.select(PLAN.c.id, PLAN.c.state, PLAN.c.edition).where(mine)).one_or_none()
    if row is None or row.state != PlanState.ISSUED:
        raise invalid("previous_id", "接续的方案应是本局另一份已印发、正在执行的方案，请重新选择")
    return row


def to_follow(see: Reader, plan_id: int) -> list[tuple[int, str]]:
    """What a draft may be said to follow: id and how it is called; newest first."""
    issued = sa.and_(PLAN.c.district_id == see.actor.district_id, PLAN.c.state == PlanState.ISSUED)
    found = sa.select(PLAN.c.id, PLAN.c.title, PLAN.c.year, PLAN.c.edition).where(issued, PLAN.c.id != plan_id)
    rows = see.connection.execute(found.order_by(PLAN.c.id.desc())).all()
    return [(row.id, f"{row.title}（{f'{row.year}年' if row.year else ''}第{row.edition}版）") for row in rows]


def refuse_late(tx: Tx, previous_id: int | None) -> None:
    """At the issue: the plan it follows must still be carried out, and by no other edition."""
    if previous_id is None:
        return
    still = sa.select(PLAN.c.title, PLAN.c.state, _followed().label("followed")).where(PLAN.c.id == previous_id)
    row = tx.connection.execute(still).one()
    if row.state != PlanState.ISSUED or row.followed:
        why = "已有印发的下一版" if row.followed else "已不在执行"
        raise Conflict(f"它接续的《{row.title}》{why}，请在审阅页改选接续的方案，或不接续", code="previous_gone")


# Item by item


_PARTIES = (
    sa.select(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.name, RESPONSIBILITY.c.role)
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)
_ITEMS = (
    sa.select(ITEM.c.id, ITEM.c.key, *(ITEM.c[name] for name in TOLD))
    .where(ITEM.c.plan_id == sa.bindparam("plan"))
    .order_by(ITEM.c.position, ITEM.c.id)
)


def pairs(see: Reader, plan_id: int, previous_id: int) -> list[Pair]:
    """In the order of the newer plan; what is gone from the older one stands at the end."""
    old = see.connection.execute(_ITEMS, {"plan": previous_id}).all()
    new = see.connection.execute(_ITEMS, {"plan": plan_id}).all()
    known = {item.key: item for item in old}
    found = {item.id: known.pop(item.key) for item in new if item.key in known}
    rest = [item for item in new if item.id not in found]
    for item, before in _retitled(rest, list(known.values())):
        found[item.id] = known.pop(before.key)
    return [*(Pair(found.get(item.id), item) for item in new), *(Pair(item, None) for item in known.values())]


def _retitled(new: Sequence[Any], old: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Those most alike first; each at most once."""
    if len(new) * len(old) > MOST_GUESSES:
        return
    scores = [(score, at, a, b) for at, (a, b, score) in enumerate(_scored(new, old)) if score >= ALIKE]
    taken: set[int] = set()
    for _, _, item, before in sorted(scores, key=lambda one: (-one[0], one[1])):
        if not taken & {item.id, before.id}:
            taken |= {item.id, before.id}
            yield item, before


def _scored(new: Iterable[Any], old: Sequence[Any]) -> Iterator[tuple[Any, Any, float]]:
    for item in new:
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(_text(item))
        for before in old:
            matcher.set_seq1(_text(before))
            alike = matcher.quick_ratio() >= ALIKE
            yield item, before, matcher.ratio() if alike else 0.0


def _text(item: Any) -> str:
    return f"{item.title}\n{item.measures}"[:2000]


@unbounded
def comparison(see: Reader, plan: dict[str, Any]) -> dict[str, Any]:
    """What the plan changes of the one it follows; ``plan`` as ``queries.one`` gives it."""
    previous = plan["previous"]
    if previous is None:
        raise Conflict("这份方案没有接续别的方案，没有可以对比的", code="no_previous")
    parties = {each: _parties(see, each) for each in (plan["id"], previous["id"])}
    rows = [
        _compared(pair, parties[previous["id"]], parties[plan["id"]]) for pair in pairs(see, plan["id"], previous["id"])
    ]
    counts = {kind: sum(row["change"] == kind for row in rows) for kind in ("added", "changed", "removed", "unchanged")}
    return {"previous": previous, "counts": counts, "data": rows}


def _parties(see: Reader, plan_id: int) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    for row in see.connection.execute(_PARTIES, {"plan": plan_id}):
        found.setdefault(row.plan_item_id, []).append({"name": row.name, "role": row.role})
    return found


def _compared(pair: Pair, before: dict[int, Any], now: dict[int, Any]) -> dict[str, Any]:
    old, new = (_told(pair.old, before), _told(pair.new, now))
    shown: dict[str, Any] = {"before": old, "after": new, "changed": [], "texts": {}}
    if old is None or new is None:
        return {"change": "added" if old is None else "removed", **shown}
    # A number alone moves whenever something is put before it.
    changed = [name for name in (*TOLD[1:], "responsibilities") if old[name] != new[name]]
    texts = {name: segments(old[name], new[name]) for name in TEXTS if name in changed}
    return {"change": "changed" if changed else "unchanged", **shown, "changed": changed, "texts": texts}


def _told(item: Any, parties: dict[int, Any]) -> dict[str, Any] | None:
    if item is None:
        return None
    return {name: getattr(item, name) for name in ("id", *TOLD)} | {"responsibilities": parties.get(item.id, [])}


def segments(old: str, new: str) -> list[dict[str, str]]:
    """The text difference, in reading order: what stayed, what is gone, what is new."""
    told: list[dict[str, str]] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            told.append({"op": "same", "text": old[a:b]})
            continue
        told += [{"op": kind, "text": text} for kind, text in (("removed", old[a:b]), ("added", new[c:d])) if text]
    return told
