"""Every write to a plan as a whole. Single items: ``items``; withdrawal and dispatch: ``app.assignments``."""

from typing import Any

import sqlalchemy as sa

from app.core.audit import audited_write, record, shown
from app.core.db import insert_or_ignore
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.plans import editions, review
from app.plans.drafts import insert_parts, remove_parts
from app.plans.models import PLAN, RESPONSIBILITY, Plan, PlanState
from app.plans.reading import Reading
from app.plans.rules import WORKFLOW
from app.plans.schemas import PlanPatch, Resolution, Resolutions
from app.units import operations as units
from app.units.models import ALIAS, AliasCreate
from app.units.names import Target, fold
from app.units.rules import GROUPS

_HOLD = sa.select(PLAN.c.id).where(PLAN.c.id == sa.bindparam("plan")).with_for_update(key_share=True)
_TOUCH = (
    sa.update(PLAN)
    .where(PLAN.c.id == sa.bindparam("plan"))
    .values(version=PLAN.c.version + 1, updated_at=sa.bindparam("now"))
)


def guard(tx: Tx, plan_id: int, action: str, note: str | None = None) -> Any:
    """``WORKFLOW.guard`` on a plan that nobody else changes meanwhile: what blocks its issue must not move."""
    tx.connection.execute(_HOLD, {"plan": plan_id})
    return WORKFLOW.guard(tx, plan_id, action, note)


def touch(tx: Tx, plan_id: int) -> None:
    """Within ``audited_write``: parts of the plan changed, so copies of it are old."""
    tx.connection.execute(_TOUCH, {"plan": plan_id, "now": tx.now})


# Import


@operation("plan.import")
def admit(tx: Tx) -> None:
    """May this person import at all? Asked before the file is received."""
    require(tx.actor, Role.SUPERVISOR)


@operation("plan.import")
def import_(tx: Tx, reading: Reading, issuer_unit_id: int | None = None) -> int:
    """A draft from a file that was read. The same bytes from the same issuer again: 409 ``plan_exists``."""
    require(tx.actor, Role.SUPERVISOR)
    issuer = issuer_unit_id or tx.actor.district_id
    assert issuer is not None
    units.unit_of_district(tx, issuer, "issuer_unit_id")
    year = _year(reading.found["year"])
    previous = editions.newest(tx, reading.title, issuer, year)
    with audited_write(tx.connection):
        plan_id = _claim(tx, reading, issuer, year, previous.id if previous else None)
        counts = _insert_parts(tx, plan_id, reading.found, "items", previous.id if previous else None)
    record(tx, "plan", plan_id, after={"source_sha256": reading.sha256, **counts})
    return plan_id


def _insert_parts(tx: Tx, plan_id: int, found: dict[str, Any], kind: str, previous_id: int | None) -> dict[str, int]:
    """Within ``audited_write``: what was found as rows, with what was set on the edition before."""
    counts = insert_parts(tx, plan_id, found["areas"], found[kind])
    return counts if previous_id is None else counts | _take_over(tx, plan_id, previous_id)


def _take_over(tx: Tx, plan_id: int, previous_id: int) -> dict[str, int]:
    inherited, settled = editions.inherit(tx, plan_id, previous_id), editions.settle(tx, plan_id, previous_id)
    return {"inherited": inherited, "settled_names": settled}


def _claim(tx: Tx, reading: Reading, issuer: int, year: int | None, previous_id: int | None) -> int:
    values = {
        "district_id": tx.actor.district_id,
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
        "issuer_unit_id": issuer,
        "title": reading.title,
        "year": year,
        "edition": _edition(tx, reading.title, issuer, year),
        "previous_id": previous_id,
        "document_number": (reading.found["document_number"] or "")[:100] or None,
        "state": PlanState.DRAFT,
        "source_name": reading.name,
        "source_sha256": reading.sha256,
        "source_text": reading.text,
        "outline": reading.found,
        "uses_table_rows": False,
        "created_by": tx.actor.user_id,
    }
    insert = insert_or_ignore(tx.connection, PLAN).values(values).returning(PLAN.c.id)
    made: int | None = tx.connection.execute(insert).scalar_one_or_none()
    if made is not None:
        return made
    same = sa.and_(PLAN.c.issuer_unit_id == issuer, PLAN.c.source_sha256 == reading.sha256)
    known = tx.connection.execute(sa.select(PLAN.c.id, PLAN.c.title).where(same)).one()
    raise Conflict(
        f"这份文件已经上传过（{known.title}）。请打开已有的方案；要重新读取，先删除那份草稿",
        code="plan_exists",
        plan_id=known.id,
    )


def _year(year: int | None) -> int | None:
    return year if year is not None and 1949 <= year <= 2199 else None


def _edition(tx: Tx, title: str, issuer: int, year: int | None) -> int:
    """第 n 版: one more than the newest issued plan of this issuer, title and year."""
    same = sa.and_(editions.of_one_year(title, issuer, year), PLAN.c.state != PlanState.DRAFT)
    newest = tx.connection.execute(sa.select(sa.func.max(PLAN.c.edition)).where(same)).scalar_one()
    return (newest or 0) + 1


@operation("plan.delete")
def delete(tx: Tx, plan_id: int) -> None:
    """A draft alone can be deleted."""
    row = guard(tx, plan_id, "delete")
    with audited_write(tx.connection):
        remove_parts(tx, plan_id, whole=True)
        tx.connection.execute(sa.delete(PLAN).where(PLAN.c.id == plan_id))
    record(tx, "plan", plan_id, before={"title": shown(row.title), "source_sha256": row.source_sha256})


# Review


@operation("plan.edit")
def edit(tx: Tx, plan_id: int, given: PlanPatch, version: int | None = None) -> int:
    row = guard(tx, plan_id, "edit")
    plan = changing(tx, Plan, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "title")
    if changes.get("previous_id", row.previous_id) != row.previous_id:
        year = changes.get("year", row.year)
        changes["edition"] = _edition(tx, changes.get("title", row.title), row.issuer_unit_id, year)
        if changes["previous_id"] is not None:
            changes["edition"] = editions.named(tx, changes["previous_id"], plan_id).edition + 1
    plan.sqlmodel_update(changes)
    tx.session.flush()
    if plan.previous_id != row.previous_id:
        _follow(tx, plan_id, plan.previous_id)
    return plan_id


def _follow(tx: Tx, plan_id: int, previous_id: int | None) -> None:
    """The draft's items go on from another edition, or from none."""
    with audited_write(tx.connection):
        editions.unpair(tx, plan_id)
        taken = {} if previous_id is None else _take_over(tx, plan_id, previous_id)
    if any(taken.values()):
        record(tx, "plan", plan_id, after=taken)


@operation("plan.table_rows")
def use_table_rows(tx: Tx, plan_id: int, use: bool) -> int:
    """Take the rows of the plan's tables for its items, or go back. What review has set on the items is lost."""
    row = guard(tx, plan_id, "table_rows")
    found = row.outline
    kept = "table_rows" if use else "items"
    if not found[kept]:
        kind = "表格行" if use else "带编号的任务"
        raise Conflict(f"这份方案里没有{kind}，不能改用", code="no_items")
    if use == row.uses_table_rows:
        return plan_id
    with audited_write(tx.connection):
        remove_parts(tx, plan_id)
        counts = _insert_parts(tx, plan_id, found, kept, row.previous_id)
        tx.connection.execute(sa.update(PLAN).where(PLAN.c.id == plan_id).values(uses_table_rows=use))
        touch(tx, plan_id)
    record(tx, "plan", plan_id, before={"uses_table_rows": not use}, after={"uses_table_rows": use, **counts})
    return plan_id


@operation("plan.resolve")
def resolve(tx: Tx, plan_id: int, given: Resolutions) -> int:
    """Say what names stand for, wherever the plan writes them: a unit, a group, or nothing (with a reason)."""
    guard(tx, plan_id, "resolve")
    rows = tx.connection.execute(_NAMED, {"plan": plan_id}).all()
    by_name: dict[str, list[int]] = {}
    for row in rows:
        by_name.setdefault(fold(row.name), []).append(row.id)
    counts = {"names": len(given.resolutions), "responsibilities": 0}
    for at, resolution in enumerate(given.resolutions):
        ids = by_name.get(fold(resolution.name))
        if not ids:
            raise invalid(f"resolutions/{at}/name", "方案里没有这个责任单位，请按原文填写")
        _resolve_one(tx, resolution, ids, f"resolutions/{at}")
        counts["responsibilities"] += len(ids)
    with audited_write(tx.connection):
        touch(tx, plan_id)
    record(tx, "plan", plan_id, after=counts)
    return plan_id


_NAMED = sa.select(RESPONSIBILITY.c.id, RESPONSIBILITY.c.name).where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"))


def _resolve_one(tx: Tx, given: Resolution, ids: list[int], pointer: str) -> None:
    check_target(tx, given, pointer)
    target = Target(given.unit_id, given.unit_group_id)
    values = {**target._asdict(), "dropped_reason": given.drop_reason, "updated_at": tx.now}
    change = sa.update(RESPONSIBILITY).where(RESPONSIBILITY.c.id.in_(ids))
    with audited_write(tx.connection):
        tx.connection.execute(change.values(**values, version=RESPONSIBILITY.c.version + 1))
    if given.remember:
        _remember(tx, given.name, target)


def check_target(tx: Tx, given: Resolution, pointer: str) -> None:
    """Exactly one of a unit, a group, and a reason for dropping; 422 otherwise."""
    chosen = [given.unit_id is not None, given.unit_group_id is not None, given.drop_reason is not None]
    if sum(chosen) != 1:
        raise invalid(f"{pointer}/unit_id", f"请为“{given.name}”选择一个单位或单位组，或写明不采用的原因")
    if given.drop_reason is not None:
        if not given.drop_reason:
            raise invalid(f"{pointer}/drop_reason", f"不采用“{given.name}”时必须写明原因")
        if given.remember:
            raise invalid(f"{pointer}/remember", "不采用的名称不能记为别名")
    check_ids(tx, given.unit_id, given.unit_group_id, pointer)


def check_ids(tx: Tx, unit_id: int | None, unit_group_id: int | None, pointer: str) -> str:
    """The name of a unit or group of the district; 422 where there is none."""
    if unit_id is not None:
        return str(units.unit_of_district(tx, unit_id, f"{pointer}/unit_id").name)
    if unit_group_id is None:
        return ""
    mine = sa.and_(GROUPS.table.c.id == unit_group_id, GROUPS.table.c.district_id == tx.actor.district_id)
    name = tx.connection.execute(sa.select(GROUPS.table.c.name).where(mine)).scalar_one_or_none()
    if name is None:
        raise invalid(f"{pointer}/unit_group_id", f"没有编号为 {unit_group_id} 的单位组，请从单位组中选择")
    return str(name)


def _remember(tx: Tx, name: str, target: Target) -> None:
    """Keep the name as an alias; one that means something else already is a 409."""
    mine = sa.and_(ALIAS.c.district_id == tx.actor.district_id, ALIAS.c.folded == fold(name))
    known = tx.connection.execute(sa.select(ALIAS.c.unit_id, ALIAS.c.unit_group_id).where(mine)).one_or_none()
    if known is None:
        units.create_alias(tx, AliasCreate(name=name, **target._asdict()))
    elif Target(known.unit_id, known.unit_group_id) != target:
        raise Conflict(f"“{name}”已是另一个单位的别名，请取消“记为别名”，或先在单位与分组里改正", code="alias_taken")


# Issue and after


@operation("plan.issue")
def issue(tx: Tx, plan_id: int, note: str | None = None) -> int:
    """From now on the text is fixed. 409 while names are unresolved or an item that gives work has no unit, or where
    another edition has taken the place of the plan that it follows."""
    row = guard(tx, plan_id, "issue", note)
    editions.refuse_late(tx, row.previous_id)
    if blocked := review.blockers(tx, plan_id):
        first = blocked[0]
        raise Conflict(
            f"还不能印发：{first['text']}",
            code=first["code"],
            **{key: value for key, value in first.items() if key not in ("code", "text")},
        )
    WORKFLOW.step(tx, row, "issue", note, issued_on=tx.today)
    return plan_id


@operation("plan.archive")
def archive(tx: Tx, plan_id: int, note: str | None = None) -> int:
    """Done with: nothing new comes of it, what is there stays. 409 while its next edition waits to be dispatched."""
    row = guard(tx, plan_id, "archive", note)
    editions.refuse_followed(tx, plan_id)
    WORKFLOW.step(tx, row, "archive", note)
    return plan_id


@operation("plan.archive")
def make_way(tx: Tx, plan_id: int, note: str) -> None:
    """Archived by the dispatch of its next edition, which has its work."""
    WORKFLOW.step(tx, guard(tx, plan_id, "archive", note), "archive", note)
