"""Items of a draft made and changed in bulk, with who is responsible for them; and taken back."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.audit import record
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.pictures import Subject, traced
from app.core.within import many, within
from app.imports.registry import Draft, Written
from app.imports.taking_back import MOST_NAMED, referred, refuse_touched, unmake
from app.plans.drafts import cadence_of, keys
from app.plans.importing.checking import PLAIN, ROLES
from app.plans.importing.known import Known
from app.plans.models import ITEM, RESPONSIBILITY, Cadence, DeadlineKind, Responsibility
from app.plans.operations import guard, touch
from app.plans.parser import read_deadline
from app.units.names import fold

DROPPED = "导入时去掉"
DEADLINE = ("deadline_text", "deadline_kind", "deadline_on")
FIELDS = (*PLAIN, "area_id", *DEADLINE)
TARGET = ("unit_id", "unit_group_id")
_IDS = many("ids")


RESPONSIBLE = Subject(Responsibility, by="plan_item_id")


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    there = [draft.target_id for draft in drafts if draft.target_id is not None]
    with traced(tx, RESPONSIBLE, "plan_item.import", there) as further:
        _write(tx, known, drafts)
        further += [draft.target_id for draft in drafts if draft.target_id is not None]


def _write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    by_plan: dict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_plan[draft.values["plan"]].append(draft)
    for plan_id, rows in by_plan.items():
        # Held until the commit: nobody issues the plan meanwhile.
        guard(tx, plan_id, "edit")
        new, changed = [d for d in rows if d.held is None], [d for d in rows if d.held is not None]
        _make(tx, known, plan_id, new)
        _change(tx, known, plan_id, changed)
        touch(tx, plan_id)
        record(tx, "plan", plan_id, operation="plan.import_items", after={"new": len(new), "changed": len(changed)})


def _stamp(tx: Tx) -> dict[str, Any]:
    return {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}


def _deadline(known: Known, draft: Draft, held: Mapping[str, Any]) -> dict[str, Any]:
    """Words give kind and date; a day alone is the date, and leaves the words there are."""
    changes = draft.changes if draft.held is not None else draft.values
    found = {name: held[name] for name in DEADLINE}
    for column in ("deadline_text", "deadline"):
        if column not in changes:
            continue
        words = draft.values[column]
        stated = read_deadline(words, known.plan(draft.values["plan"]).year)
        assert stated is not None, "the check leaves none"
        if column == "deadline" and stated.date is not None and words == stated.date.isoformat():
            found |= {"deadline_kind": DeadlineKind.DATE, "deadline_on": stated.date}
        else:
            found = {"deadline_text": stated.text, "deadline_kind": stated.kind, "deadline_on": stated.date}
    return found


# New ones


def _make(tx: Tx, known: Known, plan_id: int, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    position, taken = tx.connection.execute(_LAST, {"plan": plan_id}).scalar_one(), _keys(tx, plan_id)
    rows = []
    for draft in drafts:
        position += 1
        rows.append(_item(tx, known, draft, position, taken))
    insert = sa.insert(ITEM).returning(ITEM.c.id, sort_by_parameter_order=True)
    ids = tx.connection.execute(insert, rows).scalars()
    kept: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for draft, item_id in zip(drafts, ids, strict=True):
        draft.target_id, draft.target_version, draft.undo = item_id, 1, {"responsibilities": kept[item_id]}
    if named := [row for draft in drafts for row in _named(tx, known, draft, 0)]:
        made = sa.insert(RESPONSIBILITY).returning(RESPONSIBILITY.c.id, RESPONSIBILITY.c.plan_item_id)
        for row in tx.connection.execute(made, named):
            kept[row.plan_item_id].append({"id": row.id, "version": 1})


_LAST = sa.select(sa.func.coalesce(sa.func.max(ITEM.c.position), 0)).where(ITEM.c.plan_id == sa.bindparam("plan"))


def _keys(tx: Tx, plan_id: int) -> set[str]:
    return set(tx.connection.execute(sa.select(ITEM.c.key).where(ITEM.c.plan_id == plan_id)).scalars())


def _item(tx: Tx, known: Known, draft: Draft, position: int, taken: set[str]) -> dict[str, Any]:
    values, plan_id = draft.values, draft.values["plan"]
    deadline = _deadline(known, draft, dict.fromkeys(DEADLINE))
    row = _stamp(tx) | {
        "plan_id": plan_id,
        "area_id": values.get("area"),
        "key": _free_key(values["title"], position, taken),
        "number": values.get("number") or str(position),
        "section": None,
        "title": values["title"],
        "measures": values.get("measures", ""),
        "position": position,
        "cadence": values.get("cadence") or _cadence(deadline),
        **deadline,
        "weight": values.get("weight", 1),
        "required_evidence": values.get("required_evidence", []),
        "for_information": False,
        "paired": False,
        "span_start": 0,
        "span_end": 0,
    }
    return row


def _cadence(deadline: dict[str, Any]) -> Cadence:
    if deadline["deadline_text"] is None:
        return Cadence.ONCE
    return cadence_of({"kind": deadline["deadline_kind"], "text": deadline["deadline_text"]})


def _free_key(title: str, position: int, taken: set[str]) -> str:
    (first,) = keys([{"title": title, "section": "", "area": "", "number": position}])
    found, times = first, 1
    while found in taken:
        times += 1
        found = f"{first}-{times}"
    taken.add(found)
    return found


def _named(
    tx: Tx, known: Known, draft: Draft, position: int, only: Container[str] | None = None
) -> list[dict[str, Any]]:
    """Rows for the names of the row's columns, or for those ``only`` of which the folded form is among them."""
    rows = []
    for column, role in ROLES.items():
        for name in draft.values.get(column, ()):
            if only is not None and fold(name) not in only:
                continue
            position += 1
            target = known.target(name)
            whose = {"plan_id": draft.values["plan"], "plan_item_id": draft.target_id, "position": position}
            what = {"name": name, "role": role, "is_group": target.unit_group_id is not None, "dropped_reason": None}
            rows.append(_stamp(tx) | whose | what | target._asdict())
    return rows


# Changed ones

_CHANGE = (
    sa.update(ITEM)
    .where(ITEM.c.id == sa.bindparam("item_id"), ITEM.c.version == sa.bindparam("held_version"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=ITEM.c[name].type) for name in FIELDS}
        | {"version": ITEM.c.version + 1, "updated_at": sa.bindparam("now", type_=ITEM.c.updated_at.type)}
    )
)
_REASSIGN = (
    sa.update(RESPONSIBILITY)
    .where(RESPONSIBILITY.c.id == sa.bindparam("row_id"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=RESPONSIBILITY.c[name].type) for name in ("role", *TARGET)}
        | {
            "dropped_reason": sa.bindparam("new_dropped_reason", type_=RESPONSIBILITY.c.dropped_reason.type),
            "version": RESPONSIBILITY.c.version + 1,
            "updated_at": sa.bindparam("now", type_=RESPONSIBILITY.c.updated_at.type),
        }
    )
)


def _change(tx: Tx, known: Known, plan_id: int, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    items = {item.id: item for item in known.items.of_plan(plan_id)}
    rows = []
    for draft in drafts:
        assert draft.target_version is not None
        item = items[draft.target_id]
        new = {name: getattr(item, name) for name in FIELDS}
        draft.undo = {"held": {name: _kept(value) for name, value in new.items()}}
        new |= {name: draft.values[name] for name in PLAIN if name in draft.values}
        new["area_id"] = draft.values.get("area", item.area_id)
        new |= _deadline(known, draft, new)
        draft.undo["responsibilities"] = _reassign(tx, known, draft)
        rows.append(_changed(draft.target_id, draft.target_version, new, tx))
        draft.target_version += 1
    _must(tx.connection.execute(_CHANGE, rows).rowcount == len(rows))


def _must(unmoved: bool) -> None:
    if not unmoved:
        raise Conflict("有任务刚刚被他人改动，没有写入，请重新核对", code="rows_moved")


def _changed(item_id: int | None, version: int, values: dict[str, Any], tx: Tx) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()} | {
        "item_id": item_id,
        "held_version": version,
        "now": tx.now,
    }


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _reassign(tx: Tx, known: Known, draft: Draft) -> list[dict[str, Any]]:
    """Who is responsible becomes what the row's columns say; how each row of it was, for taking it back."""
    given = {column: draft.values[column] for column in ROLES if column in draft.changes}
    if not given:
        return []
    wanted = {fold(name): ROLES[column] for column, names in given.items() for name in names}
    before, changed = [], []
    assert draft.target_id is not None
    held = known.responsible(draft.values["plan"])[draft.target_id]
    for row in held:
        new = {name: getattr(row, name) for name in ("role", *TARGET)} | {"dropped_reason": None}
        role = wanted.pop(fold(row.name), None)
        if role is not None:
            new["role"] = role
        elif any(ROLES[column] == row.role for column in given):
            new |= {**dict.fromkeys(TARGET), "dropped_reason": DROPPED}
        else:
            continue
        if new["role"] != row.role or new["dropped_reason"]:
            before.append({"id": row.id, "version": row.version + 1} | {name: getattr(row, name) for name in KEPT})
            changed.append({f"new_{name}": value for name, value in new.items()} | {"row_id": row.id, "now": tx.now})
    if changed:
        tx.connection.execute(_REASSIGN, changed)
    position = max((row.position for row in held), default=0)
    added = _named(tx, known, draft, position, wanted)
    if added:
        ids = tx.connection.execute(sa.insert(RESPONSIBILITY).returning(RESPONSIBILITY.c.id), added).scalars()
        before += [{"id": row_id, "version": 1} for row_id in ids]
    return before


KEPT = ("role", *TARGET)

# Taking back

IN_USE = "的任务已被简报采纳、归入档案盒或由别的方案接续，不能整批撤销，请先在那里改掉"
_OF_ITEMS = sa.delete(RESPONSIBILITY).where(within(RESPONSIBILITY.c.plan_item_id, _IDS))


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    with traced(tx, RESPONSIBLE, "plan_item.undo_import", [row.target_id for row in rows]):
        _take_back(tx, rows)


def _take_back(tx: Tx, rows: Sequence[Written]) -> None:
    _refuse_touched(tx, rows)
    new = [row.target_id for row in rows if row.is_new]
    if used := referred(tx, ITEM, new, but=RESPONSIBILITY):
        raise Conflict(f"第 {_numbers(rows, used)} 行{IN_USE}", code="rows_in_use")
    tx.connection.execute(_OF_ITEMS, {"ids": new})
    unmake(tx, ITEM, new, f"导入{IN_USE}")
    old = [row for row in rows if not row.is_new]
    entries = [entry for row in old for entry in row.undo["responsibilities"]]
    added = [entry["id"] for entry in entries if "role" not in entry]
    tx.connection.execute(sa.delete(RESPONSIBILITY).where(within(RESPONSIBILITY.c.id, _IDS)), {"ids": added})
    back = [
        {f"new_{name}": entry[name] for name in KEPT}
        | {"new_dropped_reason": None, "row_id": entry["id"], "now": tx.now}
        for entry in entries
        if "role" in entry
    ]
    if back:
        tx.connection.execute(_REASSIGN, back)
    restored = [_changed(row.target_id, row.target_version, _restored(row.undo["held"]), tx) for row in old]
    if restored:
        tx.connection.execute(_CHANGE, restored)


def _restored(held: dict[str, Any]) -> dict[str, Any]:
    day = held["deadline_on"]
    return held | {"deadline_on": date.fromisoformat(day) if day else None}


def _numbers(rows: Sequence[Written], item_ids: Container[int]) -> str:
    return "、".join([str(row.number) for row in rows if row.target_id in item_ids][:MOST_NAMED])


_PLANS = sa.select(ITEM.c.plan_id).where(within(ITEM.c.id, _IDS)).distinct().order_by(ITEM.c.plan_id)
_NAMED_NOW = sa.select(RESPONSIBILITY.c.id, RESPONSIBILITY.c.version, RESPONSIBILITY.c.plan_item_id).where(
    within(RESPONSIBILITY.c.plan_item_id, _IDS)
)


def _refuse_touched(tx: Tx, rows: Sequence[Written]) -> None:
    """409 unless all of it stands as the import left it, in drafts still: also who is responsible, whose names somebody
    may have settled without a word to the item."""
    ids = [row.target_id for row in rows]
    for plan_id in list(tx.connection.execute(_PLANS, {"ids": ids}).scalars()):
        guard(tx, plan_id, "edit")
        touch(tx, plan_id)
    refuse_touched(tx, ITEM, rows, "任务")
    standing: dict[int, dict[int, int]] = defaultdict(dict)
    for row in tx.connection.execute(_NAMED_NOW, {"ids": ids}):
        standing[row.plan_item_id][row.id] = row.version
    if touched := {row.target_id for row in rows if not _unmoved(row, standing[row.target_id])}:
        words = f"第 {_numbers(rows, touched)} 行任务的责任单位在导入之后又认定或改动过"
        raise Conflict(f"{words}，不能整批撤销，请在方案审阅里逐项处理", code="rows_touched")


def _unmoved(row: Written, now_at: dict[int, int]) -> bool:
    """``now_at``: the versions of all names of the row's item."""
    kept = {entry["id"]: entry["version"] for entry in row.undo.get("responsibilities", ())}
    if not row.is_new:
        return all(now_at.get(each) == version for each, version in kept.items())
    # An import of an earlier release kept none of a new item's.
    return now_at == kept if "responsibilities" in row.undo else all(version == 1 for version in now_at.values())


def beside(tx: Tx, item_ids: Sequence[int]) -> dict[int, dict[str, list[Any]]]:
    """Who is responsible for items, for their events."""
    found: dict[int, dict[str, list[Any]]] = defaultdict(lambda: {"responsibilities": []})
    for item_id, *named in tx.connection.execute(_RESPONSIBLE, {"ids": item_ids}):
        found[item_id]["responsibilities"].append(named)
    return found


_RESPONSIBLE = (
    sa.select(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.name, sa.type_coerce(RESPONSIBILITY.c.role, sa.String))
    .add_columns(RESPONSIBILITY.c.unit_id, RESPONSIBILITY.c.unit_group_id)
    .where(within(RESPONSIBILITY.c.plan_item_id, _IDS), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)
