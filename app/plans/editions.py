"""A plan's next edition: the one it takes the place of, and which item goes on as which.

A person may say which; else items are told by their key, which follows from the title, and a new title is recognised
where the rest stayed alike. What changed from item to item: ``comparison``. What work was begun is carried over when
the edition is dispatched: ``app.assignments.carrying``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from math import isqrt
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.errors import Conflict, invalid
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.plans.models import AREA, ITEM, PLAN, RESPONSIBILITY, PlanState
from app.units.models import UNIT
from app.units.names import fold

ALIKE = 0.6
"""From this share of common text on, two items of different titles are taken for the same."""
MOST_GUESSES = 2_000
"""Pairs of items that are looked at for that."""
MOST_TEXT = 2_000
"""Characters of an item that are looked at."""
MOST_COMPARED = 20 * MOST_TEXT**2
"""Characters of one item times those of another, over all pairs of one title: the more pairs, the less of each."""
UNSET: dict[str, Any] = {"required_evidence": [], "weight": 1, "for_information": False}
"""What review sets on an item beside its text, and as what it begins."""
TOLD = ("number", "title", "measures", "cadence", "deadline_text", "deadline_on", *UNSET)
_NEXT = PLAN.alias("next_plan")


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


def refuse_followed(tx: Tx, plan_id: int) -> None:
    """Before a plan ends by hand: a next edition that was issued takes its work over with its dispatch, which it could
    not where the plan has ended. 409 until then."""
    next_ = sa.select(PLAN.c.title, PLAN.c.edition)
    next_ = next_.where(PLAN.c.previous_id == plan_id, PLAN.c.state == PlanState.ISSUED)
    if (row := tx.connection.execute(next_).one_or_none()) is not None:
        raise Conflict(
            f"下一版《{row.title.strip('《》')}》（第{row.edition}版）已印发、尚未下发，本方案的进展和资料要由它接续。"
            "请先下发下一版（下发后本方案自动归档）；不再用下一版的，请先停止执行下一版",
            code="next_not_dispatched",
        )


def refuse_late(tx: Tx, previous_id: int | None) -> None:
    """At the issue: the plan it follows must still be carried out, and by no other edition."""
    if previous_id is None:
        return
    still = sa.select(PLAN.c.title, PLAN.c.state, _followed().label("followed")).where(PLAN.c.id == previous_id)
    # Held, so that nobody ends it while its next edition is issued.
    row = tx.connection.execute(still.with_for_update(key_share=True, of=PLAN)).one()
    if row.state != PlanState.ISSUED or row.followed:
        why = "已有印发的下一版" if row.followed else "已不在执行"
        raise Conflict(f"它接续的《{row.title}》{why}，请在审阅页改选接续的方案，或不接续", code="previous_gone")


# Item by item


_KEPT = ("id", "version", "key", "continues_id", "paired", "deadline_kind", *TOLD)
_ITEMS = (
    sa.select(*(ITEM.c[name] for name in _KEPT), AREA.c.title.label("area"))
    .select_from(ITEM.outerjoin(AREA, AREA.c.id == ITEM.c.area_id))
    .where(ITEM.c.plan_id == sa.bindparam("plan"))
    .order_by(ITEM.c.position, ITEM.c.id)
)


def pairs(see: Reader, plan_id: int, previous_id: int, said: Mapping[int, int | None] | None = None) -> list[Pair]:
    """In the order of the newer plan; what is gone from the older one stands at the end. ``said``: new id → old id, or
    None, where that is settled; unless given, what a person said."""
    left = {item.id: item for item in see.connection.execute(_ITEMS, {"plan": previous_id})}
    new = see.connection.execute(_ITEMS, {"plan": plan_id}).all()
    if said is None:
        said = {item.id: item.continues_id for item in new if item.paired}
    found = {item.id: left.pop(old_id) for item in new if (old_id := said.get(item.id)) in left}
    for item, same in _of_one_title([item for item in new if item.id not in said], list(left.values())):
        found[item.id] = left.pop(same.id)
    rest = [item for item in new if item.id not in said and item.id not in found]
    for item, alike in _retitled(rest, list(left.values())):
        found[item.id] = left.pop(alike.id)
    return [*(Pair(found.get(item.id), item) for item in new), *(Pair(item, None) for item in left.values())]


def going_on(see: Reader, plan_id: int, earlier: Sequence[int]) -> Iterator[dict[int, int]]:
    """For each of the editions before, the nearest first: old id → id of the plan's item that goes on from it.

    Through the editions between, as each was paired with the one before it; what one of them left out and the plan has
    again is told by its words.
    """
    said: dict[int, int | None] | None = None
    for old_plan, before_it in zip_longest(earlier, earlier[1:]):
        both = pairs(see, plan_id, old_plan, said)
        onward = _onward(both)
        yield {old: new for new, old in onward.items()}
        if before_it is not None:
            between = _onward(pairs(see, old_plan, before_it))
            alone = said or {pair.new.id: None for pair in both if pair.new and pair.new.paired}
            said = {**dict.fromkeys(alone), **{new: between.get(old) for new, old in onward.items()}}


def _onward(both: Iterable[Pair]) -> dict[int, int]:
    """New id → old id of those that go on."""
    return {pair.new.id: pair.old.id for pair in both if pair.old and pair.new}


def _of_one_title(new: Sequence[Any], old: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Items of one title. Where an edition has several (加强监督检查 in two areas), their keys only count them, so that
    one that is gone or put before the others would pass its key on: those in the same area go together, then those
    most alike.
    """
    before, now = _by_title(old), _by_title(new)
    sizes = [len(before[title]) * len(items) for title, items in now.items() if title in before]
    guesses = sum(size for size in sizes if 1 < size <= MOST_GUESSES)
    length = min(MOST_TEXT, isqrt(MOST_COMPARED // max(guesses, 1)))
    for title in (title for title in now if title in before):
        earlier, later = before[title], now[title]
        if len(earlier) == len(later) == 1:
            yield later[0], earlier[0]
        elif len(earlier) * len(later) > MOST_GUESSES:
            by_key = {item.key: item for item in earlier}
            yield from ((item, by_key[item.key]) for item in later if item.key in by_key)
        else:
            scored = _scored(later, earlier, least=0, length=length)
            yield from _best((((a.area == b.area) + score, a, b) for a, b, score in scored), least=0)


def _by_title(items: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        found[item.key.partition("-")[0]].append(item)
    return found


def _retitled(new: Sequence[Any], old: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Those most alike first; each at most once."""
    if len(new) * len(old) > MOST_GUESSES:
        return
    yield from _best(((score, a, b) for a, b, score in _scored(new, old, ALIKE)), ALIKE)


def _best(scores: Iterable[tuple[float, Any, Any]], least: float) -> Iterator[tuple[Any, Any]]:
    """The highest scores first, each item once; among equals in the order of the plans."""
    taken: set[int] = set()
    for score, item, before in sorted(scores, key=lambda one: -one[0]):
        if score >= least and not taken & {item.id, before.id}:
            taken |= {item.id, before.id}
            yield item, before


def _scored(
    new: Iterable[Any], old: Sequence[Any], least: float, length: int = MOST_TEXT
) -> Iterator[tuple[Any, Any, float]]:
    for item in new:
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(_text(item)[:length])
        for before in old:
            matcher.set_seq1(_text(before)[:length])
            alike = matcher.quick_ratio() >= least
            yield item, before, matcher.ratio() if alike else 0.0


def _text(item: Any) -> str:
    return f"{item.title}\n{item.measures}"[:MOST_TEXT]


# By hand


def before(tx: Tx, plan: Any, item_id: int, wanted: int, take_over: bool = False) -> Pair:
    """The item of the edition before that one of a draft is said to go on from, and which item it is to be taken from;
    422 where it cannot.
    """
    if plan.previous_id is None:
        raise invalid("continues_id", "这份方案没有接续别的方案，请先选择接续哪份方案")
    for old, new in pairs(tx, plan.id, plan.previous_id):
        if old is None or old.id != wanted:
            continue
        held = new if new is not None and new.id != item_id else None
        if held is not None and not take_over:
            raise invalid("continues_id", f"上一版的这一项已由第{new.number}项接续，请先把那一项改为不接续")
        return Pair(old, held)
    raise invalid("continues_id", "上一版没有这个任务项，请重新选择")


def unpair(tx: Tx, plan_id: int) -> None:
    """Within ``audited_write``: what was said of another edition before says nothing of this."""
    said = sa.update(ITEM).where(ITEM.c.plan_id == plan_id, ITEM.c.paired.is_(sa.true()))
    values: dict[str, Any] = {"continues_id": None, "paired": False, "version": ITEM.c.version + 1}
    tx.connection.execute(said.values(values | {"updated_at": tx.now}))


class Continued(NamedTuple):
    """For the review of a draft: the items of the edition before, and of each new item that continues one its id."""

    offered: list[tuple[int, str]]
    by: dict[int, int]


def continued(both: Sequence[Pair]) -> Continued:
    old = sorted((pair.old.id, f"第{pair.old.number}项 {pair.old.title}") for pair in both if pair.old)
    return Continued(old, {pair.new.id: pair.old.id for pair in both if pair.old and pair.new})


# What a draft begins with


def inherit(tx: Tx, plan_id: int, previous_id: int) -> int:
    """Within ``audited_write``: what was set on an item of the edition before holds of the one that continues it,
    unless review has set that already. Of how many items.
    """
    change = sa.update(ITEM).values(version=ITEM.c.version + 1, updated_at=tx.now)
    years = set(tx.connection.execute(sa.select(PLAN.c.year).where(PLAN.c.id.in_((plan_id, previous_id)))).scalars())
    one_year = len(years) == 1 and None not in years
    changed = 0
    for old, new in pairs(tx, plan_id, previous_id):
        if old is not None and new is not None and (values := taken_over(old, new, one_year)):
            tx.connection.execute(change.where(ITEM.c.id == new.id).values(values))
            changed += 1
    return changed


def taken_over(old: Any, new: Any, one_year: bool = False) -> dict[str, Any]:
    """What is set on the older item and not yet on the newer: of what review sets, and the day that it gave to a
    deadline without one, while that is written as before and the year is the same.
    """
    held = {name: getattr(old, name) for name, unset in UNSET.items() if getattr(new, name) == unset}
    found = {name: value for name, value in held.items() if value != UNSET[name]}
    if one_year and new.deadline_on is None and old.deadline_on and new.deadline_text == old.deadline_text:
        # With the kind that the day gave it: as what recurs, each period's day would be read from the words again.
        found |= {"deadline_on": old.deadline_on, "deadline_kind": old.deadline_kind}
    return found


_MEANT, _NO_MORE, _DROPPED = range(3)
_RANK = sa.case(
    (RESPONSIBILITY.c.dropped_reason.is_not(None), _DROPPED),
    (sa.and_(UNIT.c.id.is_(None), RESPONSIBILITY.c.unit_group_id.is_(None)), _NO_MORE),
    (UNIT.c.valid_to < sa.bindparam("today", type_=sa.Date), _NO_MORE),
    else_=_MEANT,
).label("rank")
_SAID = (
    sa.select(*(RESPONSIBILITY.c[name] for name in ("name", "unit_id", "unit_group_id", "dropped_reason")), _RANK)
    .outerjoin_from(RESPONSIBILITY, UNIT, UNIT.c.id == RESPONSIBILITY.c.unit_id)
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"))
    .order_by(_RANK, RESPONSIBILITY.c.id)
)
_OPEN_NAMES = sa.select(RESPONSIBILITY.c.id, RESPONSIBILITY.c.name).where(
    RESPONSIBILITY.c.plan_id == sa.bindparam("plan"),
    RESPONSIBILITY.c.unit_id.is_(None),
    RESPONSIBILITY.c.unit_group_id.is_(None),
    RESPONSIBILITY.c.dropped_reason.is_(None),
)


def settle(tx: Tx, plan_id: int, previous_id: int) -> int:
    """Within ``audited_write``: a name that the directory does not know means what the edition before was told it
    means, which is not asked again. How many responsibilities.
    """
    rows = tx.connection.execute(_OPEN_NAMES, {"plan": plan_id}).all()
    if not rows:
        return 0
    known: dict[str, Any] = {}
    for said in tx.connection.execute(_SAID, {"plan": previous_id, "today": tx.today}):
        # What it means comes before a drop: that a unit was taken off one item says nothing of its name elsewhere.
        known.setdefault(fold(said.name), said)
    told: dict[Any, list[int]] = defaultdict(list)
    for row in rows:
        if (same := known.get(fold(row.name))) is not None and same.rank != _NO_MORE:
            told[same].append(row.id)
    for same, ids in told.items():
        values = {"unit_id": same.unit_id, "unit_group_id": same.unit_group_id, "dropped_reason": same.dropped_reason}
        change = sa.update(RESPONSIBILITY).where(within(RESPONSIBILITY.c.id, many("ids")))
        values |= {"version": RESPONSIBILITY.c.version + 1, "updated_at": tx.now}
        tx.connection.execute(change.values(values), {"ids": ids})
    return sum(len(ids) for ids in told.values())
