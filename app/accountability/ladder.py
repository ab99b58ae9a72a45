"""The ladder (问责阶梯): which rungs are reached by what, and what is proposed of it.

A source triggers a rung once, what is overdue once with each of its deadlines; claims go along with a merging, so that
a successor is not called in for what its predecessor was. Where it has reached several at once,
the gravest proposes and those beneath it count as triggered, so that nobody is reminded of what they are already called
in for.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.accountability import answering, sources, triggers
from app.accountability.models import (
    ACTION_KIND_LABELS,
    CLAIM,
    OF_UNITS,
    RUNG,
    TRIGGER,
    AccountabilityAction,
    AccountabilityRung,
    ActionKind,
    RungCreate,
    RungPatch,
)
from app.accountability.rules import RUNGS
from app.accountability.triggers import Found, Source
from app.core.audit import audited_write, record
from app.core.db import insert_or_ignore, unbounded
from app.core.errors import Forbidden, invalid
from app.core.operation import Reader, Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.within import many, within
from app.core.workflow import changing, find
from app.units.models import UNIT
from app.units.succession import stand_ins

DEFAULTS = (
    (sources.ASSIGNMENT_LATE, 1, ActionKind.REMINDER),
    (sources.ASSIGNMENT_LATE, 5, ActionKind.URGING_ORDER),
    (sources.ASSIGNMENT_LATE, 10, ActionKind.TALK),
    (sources.ASSIGNMENT_LATE, 20, ActionKind.CIRCULAR),
    (sources.RECTIFICATION_LATE, 1, ActionKind.REMINDER),
    (sources.RECTIFICATION_LATE, 5, ActionKind.URGING_ORDER),
    (sources.RECTIFICATION_LATE, 10, ActionKind.TALK),
    (sources.REFUSED, 2, ActionKind.TALK),
    (sources.REFUSED, 3, ActionKind.CIRCULAR),
    (sources.LAST, 3, ActionKind.REMINDER),
    (sources.LAST, 1, ActionKind.TALK),
    ("appraisal_rank", 3, ActionKind.REMINDER),
    ("appraisal_rank", 1, ActionKind.TALK),
    ("complaint", 1, ActionKind.REMINDER),
)
"""What a bureau begins with; the migrations gave those that were there the rungs of their day."""
MOST_AT_ONCE = 500
"""Actions that one run proposes; what is left is the next one's."""
MOST_SHOWN = 200
_ENABLED = (
    sa.select(*(RUNG.c[name] for name in ("id", "trigger", "threshold", "proposes")))
    .where(RUNG.c.district_id == sa.bindparam("district"), RUNG.c.enabled.is_(sa.true()))
    .order_by(RUNG.c.id)
)
_ANY = sa.select(RUNG.c.id).where(RUNG.c.district_id == sa.bindparam("district")).limit(1)
_HOLD = sa.select(RUNG.c.id).where(RUNG.c.district_id == sa.bindparam("district")).order_by(RUNG.c.id).with_for_update()
_KEY = ("rung_id", "unit_id", "source_id", "period")
_CLAIMED = sa.select(*(CLAIM.c[name] for name in _KEY)).where(
    within(CLAIM.c.rung_id, many("rungs")), within(CLAIM.c.source_id, many("sources"))
)
Key = tuple[int, int, int, str]


class Proposal(NamedTuple):
    """What a rung proposes of a unit, and of what."""

    rung: Any
    unit_id: int
    found: list[Found]


class Due(NamedTuple):
    proposals: list[Proposal]
    passed: list[Key]
    """Rungs that a graver one leaves behind."""


def due(see: Reader) -> Due:
    """What has reached a rung that it had not triggered before; of a person's own unit nothing: it does not exist for
    them before its service, and is left to others or to the daily run."""
    rungs = see.connection.execute(_ENABLED, {"district": see.actor.district_id}).all()
    proposals: dict[tuple[int, int], Proposal] = {}
    passed: list[Key] = []
    gone = stand_ins(see)
    for kind in triggers.ladder_kinds():
        mine = [rung for rung in rungs if rung.trigger == kind]
        if mine:
            source = triggers.SOURCES[kind]
            mildest = source.mildest(rung.threshold for rung in mine)
            found = answering.found(see, source, mildest, gone)
            others = [one for one in found if see.actor.is_stranger_to(one.unit_id)]
            _sort(see, source, mine, others, proposals, passed)
    return Due([proposals[key] for key in sorted(proposals)], sorted(passed))


def _sort(
    see: Reader,
    source: Source,
    rungs: Sequence[Any],
    found: Sequence[Found],
    proposals: dict[tuple[int, int], Proposal],
    passed: list[Key],
) -> None:
    known = _claimed(see, rungs, found)
    for one in found:
        reached = [rung for rung in rungs if source.reaches(one.measure, rung.threshold)]
        if not reached:
            continue
        top = source.gravest(rung.threshold for rung in reached)
        for rung in reached:
            if (key := _key(rung.id, one)) in known:
                continue
            if rung.threshold == top:
                proposals.setdefault((rung.id, one.unit_id), Proposal(rung, one.unit_id, [])).found.append(one)
            else:
                passed.append(key)


def _key(rung_id: int, found: Found) -> Key:
    return rung_id, found.unit_id, found.source_id, found.period


def _claimed(see: Reader, rungs: Sequence[Any], found: Sequence[Found]) -> set[Key]:
    about = {"rungs": [rung.id for rung in rungs], "sources": sorted({one.source_id for one in found})}
    rows = see.connection.execute(_CLAIMED, about)
    return {(row.rung_id, row.unit_id, row.source_id, row.period) for row in rows}


def in_words(rung: Any) -> str:
    """任务逾期满 10 个工作日."""
    source = triggers.SOURCES.get(rung.trigger)
    return source.in_words(rung.threshold) if source else f"{rung.trigger} {rung.threshold}"


_NAMES = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, many("units")))


@unbounded
def preview(see: Reader) -> dict[str, Any]:
    """What a run would propose now."""
    require(see.actor, Role.SUPERVISOR)
    proposals = due(see).proposals
    shown = proposals[:MOST_SHOWN]
    rows = see.connection.execute(_NAMES, {"units": sorted({each.unit_id for each in shown})})
    names = {row.id: row.name for row in rows}
    data = [
        {
            "rung_id": each.rung.id,
            "rung": in_words(each.rung),
            "kind": each.rung.proposes,
            "unit_id": each.unit_id,
            "unit_name": names[each.unit_id],
            "said": [one.said for one in each.found],
        }
        for each in shown
    ]
    return {"total": len(proposals), "data": data}


@operation("accountability_action.run")
def run(tx: Tx) -> list[int]:
    """Propose what is due: the ids of the actions. A source that has triggered a rung triggers it no more, whoever runs
    and however many at once.
    """
    require(tx.actor, Role.SUPERVISOR)
    if tx.connection.execute(_ANY, {"district": tx.actor.district_id}).first() is None:
        lay_down(tx)
    # One run after the other; the constraint would decide between two, but they would wait for each other's rows.
    tx.connection.execute(_HOLD, {"district": tx.actor.district_id})
    proposals, passed = due(tx)
    _claim(tx, passed)
    made = []
    for each in proposals[:MOST_AT_ONCE]:
        won = _claim(tx, [_key(each.rung.id, one) for one in each.found])
        if new := [one for one in each.found if _key(each.rung.id, one) in won]:
            made.append(_propose(tx, each, new))
    if made or tx.actor.user_id is not None:
        record(tx, "accountability_action", None, after={"proposed": len(made)})
    return made


def _claim(tx: Tx, keys: Sequence[Key]) -> set[Key]:
    """Which of them nobody had claimed before."""
    if not keys:
        return set()
    own = {"district_id": tx.actor.district_id}
    put = insert_or_ignore(tx.connection, CLAIM).returning(*(CLAIM.c[name] for name in _KEY))
    rows = tx.connection.execute(put, [own | dict(zip(_KEY, key, strict=True)) for key in keys])
    return {(row.rung_id, row.unit_id, row.source_id, row.period) for row in rows}


def _propose(tx: Tx, proposal: Proposal, found: list[Found]) -> int:
    rung = proposal.rung
    with tx.performing("accountability_action.propose"):
        reason = triggers.SOURCES[rung.trigger].reason(rung.threshold)
        fields = {"kind": rung.proposes, "reason": reason, "rung_id": rung.id}
        made = tx.add(AccountabilityAction(unit_id=proposal.unit_id, proposed_by=tx.actor.user_id, **fields))
        assert made.id is not None
        cite(tx, made.id, [(rung.trigger, one) for one in found])
    return made.id


def cite(tx: Tx, action_id: int, found: Sequence[tuple[str, Found]]) -> None:
    """Keep what an action cites, in the words of today."""
    own = {"district_id": tx.actor.district_id, "action_id": action_id}
    values = [{**own, "kind": kind, "source_id": one.source_id, "said": one.said} for kind, one in found]
    tx.connection.execute(sa.insert(TRIGGER), values)


# Its rungs


@operation("accountability_rung.lay_down")
def lay_down(tx: Tx) -> int:
    """What a bureau begins with; nothing where it is there already. How many rungs."""
    own = {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    values = [
        {**own, "trigger": trigger, "threshold": threshold, "proposes": kind, "enabled": True}
        for trigger, threshold, kind in DEFAULTS
    ]
    with audited_write(tx.connection):
        rows = tx.connection.execute(insert_or_ignore(tx.connection, RUNG).values(values).returning(RUNG.c.id)).all()
    if rows:
        record(tx, "accountability_rung", None, after={"count": len(rows)})
    return len(rows)


@operation("accountability_rung.create")
def create(tx: Tx, given: RungCreate) -> int:
    """Another rung; 409 where it is there."""
    require(tx.actor, Role.SUPERVISOR)
    triggers.of_ladder(given.trigger)
    _of_units(given.proposes)
    made = tx.add(AccountabilityRung(**given.model_dump()))
    assert made.id is not None
    return made.id


@operation("accountability_rung.edit")
def edit(tx: Tx, rung_id: int, given: RungPatch, version: int | None = None) -> int:
    """From now on; what it has proposed stays, and what has triggered it does not again."""
    row = find(tx, RUNGS, rung_id)
    if not row.may_edit:
        raise Forbidden("问责阶梯由督查室维护")
    rung = changing(tx, AccountabilityRung, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "threshold", "proposes", "enabled")
    if given.proposes is not None:
        _of_units(given.proposes)
    rung.sqlmodel_update(changes)
    tx.session.flush()
    return rung_id


def _of_units(kind: ActionKind) -> None:
    if kind not in OF_UNITS:
        raise invalid("proposes", f"{ACTION_KIND_LABELS[kind]}针对个人，由人提出，阶梯不能选")
