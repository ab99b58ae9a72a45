"""Units made and changed in bulk, and taken back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.core import epoch
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.pictures import Subject, traced
from app.core.within import many, within
from app.imports.registry import Draft, Written
from app.imports.taking_back import MOVED, refuse_touched, unmake
from app.units.history import keep_name, tell
from app.units.importing.columns import DAYS, PLAIN
from app.units.importing.known import Known
from app.units.models import ALIAS, HOST, UNIT, Ownership, Unit, UnitAlias
from app.units.names import fold
from app.units.succession_models import SuccessionKind

BY_TABLE, TAKEN_BACK = "单位表导入", "撤销单位表导入"


NAMES = Subject(UnitAlias, by="unit_id")


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    there = [draft.target_id for draft in drafts if draft.target_id is not None]
    with traced(tx, NAMES, "unit.import", there) as further:
        _make(tx, known, [draft for draft in drafts if draft.held is None])
        _change(tx, known, [draft for draft in drafts if draft.held is not None])
        further += [draft.target_id for draft in drafts if draft.target_id is not None]
    assert known.district_id is not None
    epoch.move(tx.connection, known.district_id)


def finish(tx: Tx, known: Known) -> None:
    """What refers to units of the file, now that all of them are there."""
    with traced(tx, Subject(Unit, beside=beside), "unit.import", [unit_id for unit_id, _, _ in known.waiting]):
        for unit_id, parent, hosts in known.waiting:
            if parent:
                found = _resolved(known, parent)
                tx.connection.execute(sa.update(UNIT).where(UNIT.c.id == unit_id).values(parent_id=found))
            if hosts:
                tx.connection.execute(sa.delete(HOST).where(HOST.c.unit_id == unit_id))
                rows = [{"unit_id": unit_id, "host_id": _resolved(known, host)} for host in hosts]
                tx.connection.execute(sa.insert(HOST), rows)


_HOSTS = sa.select(HOST.c.unit_id, HOST.c.host_id).where(within(HOST.c.unit_id, many("ids"))).order_by(HOST.c.host_id)
_ALIASES = sa.select(ALIAS.c.unit_id, ALIAS.c.name).where(within(ALIAS.c.unit_id, many("ids"))).order_by(ALIAS.c.id)


def beside(tx: Tx, unit_ids: Sequence[int]) -> dict[int, dict[str, list[Any]]]:
    """What of units lies in other tables, for their events."""
    found: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    for name, statement in (("host_ids", _HOSTS), ("aliases", _ALIASES)):
        for unit_id, each in tx.connection.execute(statement, {"ids": unit_ids}):
            found[unit_id].setdefault(name, []).append(each)
    return found


def _resolved(known: Known, unit_id: int) -> int:
    found = known.real(unit_id)
    if found is None:
        raise Conflict(f"第 {-unit_id} 行的“{known.titles[unit_id]}”有错没有写入，而别的行要用到它，请先改正这一行")
    return found


def _make(tx: Tx, known: Known, drafts: list[Draft]) -> None:
    if not drafts:
        return
    stamped = {"district_id": known.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    rows = []
    for draft in drafts:
        row: dict[str, Any] = {**dict.fromkeys(PLAIN), "stages": [], "ownership": Ownership.PUBLIC, **stamped}
        row |= {name: draft.values[name] for name in PLAIN if name in draft.values}
        row["code"] = draft.values.setdefault("code", draft.values.get("school_code") or known.free_code())
        row["kind"] = draft.values["kind"]
        row["parent_id"] = known.real(draft.values.get("parent")) or known.district_id
        row["answering_unit_id"] = known.real(draft.values.get("answering"))
        rows.append(row)
    insert = sa.insert(UNIT).returning(UNIT.c.id, UNIT.c.code)
    ids = {row.code: row.id for row in tx.connection.execute(insert, rows)}
    for draft in drafts:
        unit_id = ids[draft.values["code"]]
        draft.target_id, draft.target_version = unit_id, 1
        known.made[-draft.number] = unit_id
    for draft in drafts:
        draft.undo = {"alias_ids": _add_aliases(tx, draft, [])}
        _wait(known, draft)


def _wait(known: Known, draft: Draft) -> None:
    assert draft.target_id is not None
    parent, hosts = draft.values.get("parent"), draft.values.get("hosts", [])
    answering = draft.values.get("answering")
    if answering is not None:
        _resolved(known, answering)
    if hosts or (parent is not None and parent < 0):
        known.waiting.append((draft.target_id, parent if parent is not None and parent < 0 else 0, hosts))


REFERENCES = ("parent_id", "answering_unit_id")
RESTORED = (*PLAIN, "parent", "answering", "hosts")
_CHANGE = (
    sa.update(UNIT)
    .where(UNIT.c.id == sa.bindparam("unit_id"), UNIT.c.version == sa.bindparam("held_version"))
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=UNIT.c[name].type)
            for name in (*PLAIN, "parent_id", "answering_unit_id")
        }
        | {"version": UNIT.c.version + 1, "updated_at": sa.bindparam("now", type_=UNIT.c.updated_at.type)}
    )
)


def _change(tx: Tx, known: Known, drafts: list[Draft]) -> None:
    rows = []
    for draft in drafts:
        assert draft.held is not None and draft.target_id is not None and draft.target_version is not None
        held, values = draft.held, draft.values
        row = {f"new_{name}": values.get(name, held[name]) for name in PLAIN}
        row["new_parent_id"] = known.real(values.get("parent", held["parent"])) or held["parent"]
        row["new_answering_unit_id"] = known.real(values.get("answering", held["answering"]))
        rows.append(row | {"unit_id": draft.target_id, "held_version": draft.target_version, "now": tx.now})
        aliases = [*_add_aliases(tx, draft, held["aliases"]), *_rename(tx, known, draft)]
        draft.undo = {
            "alias_ids": aliases,
            "held": {name: _kept(held[name]) for name in (*PLAIN, "parent", "answering", "hosts")},
        }
        draft.target_version += 1
        if values.get("hosts", held["hosts"]) != held["hosts"] or values.get("parent", 0) < 0:
            _wait(known, draft)
    if rows and tx.connection.execute(_CHANGE, rows).rowcount != len(rows):
        raise Conflict(f"有单位{MOVED}", code="rows_moved")


def _rename(tx: Tx, known: Known, draft: Draft) -> list[int]:
    """更名: the old name becomes a former one; the aliases made. A name spelt otherwise is the same one."""
    assert draft.held is not None and draft.target_id is not None
    name, unit = draft.values.get("name", draft.held["name"]), known.units[draft.target_id]
    if fold(name) == fold(unit.name):
        return []
    tell(tx, unit, SuccessionKind.RENAMED, BY_TABLE, on=tx.today, new_name=name)
    kept = keep_name(tx, unit, unit.id, tx.today - timedelta(days=1))
    return [] if kept is None else [kept]


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _add_aliases(tx: Tx, draft: Draft, held: list[str]) -> list[int]:
    added = [name for name in draft.values.get("aliases", ()) if name not in held]
    if not added:
        return []
    stamped = {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    rows = [stamped | {"name": name, "folded": fold(name), "unit_id": draft.target_id} for name in added]
    return list(tx.connection.execute(sa.insert(ALIAS).returning(ALIAS.c.id), rows).scalars())


# Taking back


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    with traced(tx, NAMES, "unit.undo_import", [row.target_id for row in rows]):
        _take_back(tx, rows)


def _take_back(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, UNIT, rows, "单位")
    alias_ids = [alias for row in rows for alias in row.undo["alias_ids"]]
    if alias_ids:
        tx.connection.execute(sa.delete(ALIAS).where(within(ALIAS.c.id, many("ids"))), {"ids": alias_ids})
    them = sa.select(UNIT.c.id, UNIT.c.district_id, UNIT.c.name).where(within(UNIT.c.id, many("ids")))
    units = {unit.id: unit for unit in tx.connection.execute(them, {"ids": [row.target_id for row in rows]})}
    _refuse_taken(tx, rows, units)
    changed = []
    for row in (each for each in rows if not each.is_new):
        held, unit = row.undo["held"], units[row.target_id]
        if fold(held["name"]) != fold(unit.name):
            keep_name(tx, unit, unit.id, tx.today - timedelta(days=1))
            tell(tx, unit, SuccessionKind.RENAMED, TAKEN_BACK, on=tx.today, new_name=held["name"])
        new = {f"new_{name}": held[name] for name in PLAIN}
        new |= {f"new_{name}": date.fromisoformat(held[name]) if held[name] else None for name in DAYS}
        new |= {"new_parent_id": held["parent"], "new_answering_unit_id": held["answering"]}
        changed.append(new | {"unit_id": row.target_id, "held_version": row.target_version, "now": tx.now})
        _restore_hosts(tx, row.target_id, held["hosts"])
    if changed:
        tx.connection.execute(_CHANGE, changed)
    made = [row.target_id for row in rows if row.is_new]
    tx.connection.execute(sa.delete(HOST).where(within(HOST.c.unit_id, many("ids"))), {"ids": made})
    unmake(tx, UNIT, made, "导入的单位已有账号、任务或下级单位，不能整批撤销，请逐个停用")
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)


def _refuse_taken(tx: Tx, rows: Sequence[Written], units: dict[int, Any]) -> None:
    """As for any renaming: another unit may have a former name by now."""
    back = {row.target_id: row.undo["held"]["name"] for row in rows if not row.is_new}
    back = {unit_id: name for unit_id, name in back.items() if fold(name) != fold(units[unit_id].name)}
    if not back:
        return
    there = sa.select(UNIT.c.id, UNIT.c.code, UNIT.c.name).where(
        UNIT.c.district_id == tx.actor.district_id,
        sa.or_(UNIT.c.valid_to.is_(None), UNIT.c.valid_to >= tx.today),
    )
    taken = {fold(row.name): row for row in tx.connection.execute(there) if row.id not in units}
    for name in back.values():
        if (other := taken.get(fold(name))) is not None:
            raise Conflict(
                f"“{name}”现在是另一个单位（编码 {other.code}）的名称，不能改回，请逐个更名", code="name_taken"
            )


def _restore_hosts(tx: Tx, unit_id: int, hosts: list[int]) -> None:
    held = list(tx.connection.execute(sa.select(HOST.c.host_id).where(HOST.c.unit_id == unit_id)).scalars())
    if sorted(held) != sorted(hosts):
        tx.connection.execute(sa.delete(HOST).where(HOST.c.unit_id == unit_id))
        if hosts:
            tx.connection.execute(sa.insert(HOST), [{"unit_id": unit_id, "host_id": host} for host in hosts])
