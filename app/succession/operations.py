"""Units over time: merged into another, closed, renamed. Each in one transaction, with one event that tells how many
rows of each kind went where.
"""

from typing import Any

import sqlalchemy as sa

from app.core import epoch
from app.core.audit import audited_write, record
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.within import within
from app.core.workflow import changing, find
from app.succession import preview
from app.succession.parts import IDS, Ending, Part
from app.succession.registry import HELD_ELSEWHERE, PARTS
from app.succession.work import follow
from app.units import history, rules
from app.units.models import UNIT, Unit
from app.units.succession_models import (
    CloseCreate,
    MergeCreate,
    RenameCreate,
    SuccessionKind,
)

_HOLD = sa.select(UNIT.c.id).where(within(UNIT.c.id, IDS)).order_by(UNIT.c.id).with_for_update()


def _hold(tx: Tx, *unit_ids: int) -> None:
    """In order of their ids: of two that merge these units at once, the second sees what the first did."""
    tx.connection.execute(_HOLD, {"ids": sorted(unit_ids)})


@operation("unit.merge")
def merge(tx: Tx, unit_id: int, given: MergeCreate) -> int:
    """撤并: what is open goes to the successor, what has ended stays under the old name."""
    _hold(tx, unit_id, given.successor_id)
    ending = preview.merging(tx, unit_id, given.successor_id, given.effective_on)
    if preview.is_across(ending) and not given.across_kinds:
        raise Conflict("承接单位是另一类单位，请确认后再办理", code="across_kinds", title="类别不同", across_kinds=True)
    return _end(tx, ending, SuccessionKind.MERGED, given.reason)


@operation("unit.close")
def close(tx: Tx, unit_id: int, given: CloseCreate) -> int:
    """停办、撤销: nothing follows; what was not taken on is cancelled, what has work awaits someone's decision."""
    _hold(tx, unit_id)
    ending = preview.closing(tx, unit_id, given.effective_on)
    return _end(tx, ending, SuccessionKind.CLOSED, given.reason)


def _end(tx: Tx, ending: Ending, kind: SuccessionKind, reason: str) -> int:
    looked = preview.look(tx, ending)
    if in_the_way := preview.obstacles(tx, ending, looked):
        raise Conflict("；".join(in_the_way), code="in_the_way")
    counts = preview.counts(tx, looked)
    event_id = _tell(tx, ending, counts, reason)
    with audited_write(tx.connection):
        for part in PARTS:
            part.act(tx, ending, looked[part.name], event_id)
        followed = follow(tx, ending) if ending.new is not None else set()
        _last_day(tx, ending)
    _tell_of_rows(tx, ending, counts, followed, reason)
    history.tell(tx, ending.old, kind, reason, on=ending.on, successor_id=ending.new and ending.new.id, counts=counts)
    epoch.move(tx.connection, ending.old.district_id)
    unit_id: int = ending.old.id
    return unit_id


def _tell(tx: Tx, ending: Ending, counts: dict[str, Any], reason: str) -> int:
    before = {"valid_to": ending.old.valid_to and ending.old.valid_to.isoformat()}
    flat = {f"{name}.{verb}": count for name, figures in counts.items() for verb, count in figures.items()}
    after = {"valid_to": ending.last.isoformat(), "successor_id": ending.new and ending.new.id, "counts": flat}
    return record(tx, "unit", ending.old.id, before=before, after=after, reason=reason)


def _tell_of_rows(tx: Tx, ending: Ending, counts: dict[str, Any], followed: set[str], reason: str) -> None:
    """One event more for all rows of a kind that others hold copies of, by which they hear of it. Nothing of what may
    not be counted (``Part.told``)."""
    changed = followed | {part.columns[0].table.name for part in PARTS if _changes(part, counts.get(part.name, {}))}
    for resource in sorted(changed & HELD_ELSEWHERE):
        record(tx, resource, None, after={"unit_id": ending.old.id}, reason=reason)


def _changes(part: Part, counts: dict[str, int]) -> bool:
    """Whether any row is other than before. An assignment that stays awaits a decision; any other simply stays."""
    return not counts.keys() <= ({"stays"} if part.name != "assignment" else set())


def _last_day(tx: Tx, ending: Ending) -> None:
    ended = sa.update(UNIT).where(UNIT.c.id == ending.old.id, UNIT.c.version == ending.old.version)
    ended = ended.values(valid_to=ending.last, version=UNIT.c.version + 1, updated_at=tx.now)
    if tx.connection.execute(ended).rowcount != 1:
        raise Conflict("已被他人更新，请刷新后再办理", code="lost_race")


@operation("unit.rename")
def rename(tx: Tx, unit_id: int, given: RenameCreate) -> int:
    """更名: the old name becomes a former one, by which plans and searches still find the unit."""
    _hold(tx, unit_id)
    row = find(tx, rules.UNITS, unit_id)
    if not row.may_edit:
        raise Forbidden("单位由系统管理员维护")
    preview.refuse_ended(tx, row)
    if given.name == row.name:
        raise invalid("name", "与现在的名称相同，请填写新名称")
    day = preview.check_day(tx, row, given.effective_on)
    history.refuse_taken(tx, row, given.name)
    tx.reason = given.reason
    changing(tx, Unit, row).name = given.name
    tx.session.flush()
    with audited_write(tx.connection):
        history.rename(tx, row, given.name, given.reason, day)
    return unit_id
