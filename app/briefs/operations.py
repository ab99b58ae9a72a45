"""Every write to briefs: written, submitted, selected or declined, promoted, adopted."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.briefs import sources
from app.briefs.models import BRIEF, Brief, BriefAdopt, BriefCreate, BriefKind, BriefPatch
from app.briefs.rules import WORKFLOW, WRITERS
from app.core.audit import audited_write
from app.core.bulk_steps import in_bulk
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.evidence.operations import drop_links
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.plans.models import ITEM, PLAN, PlanState
from app.plans.rules import POLICY as PLANS
from app.units import groups
from app.units.operations import unit_of_district

MOST_NAMED = 3


@operation("brief.create")
def create(tx: Tx, given: BriefCreate) -> int:
    require(tx.actor, *WRITERS)
    unit_id = _unit(tx, given.unit_id)
    values = _checked(tx, given.model_dump(exclude={"unit_id", "promoted_from"}))
    made = tx.add(Brief(**values, **sources.check(tx, given.promoted_from), unit_id=unit_id))
    assert made.id is not None
    return made.id


def _unit(tx: Tx, unit_id: int | None) -> int:
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if unit_id not in tx.actor.units:
        raise Forbidden("只能报送本单位的简报")
    if not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}{groups.absence(unit, tx.today)}，请选择其他单位")
    return unit_id


def _checked(tx: Tx, values: dict[str, Any]) -> dict[str, Any]:
    """All fields of a brief as they would be. An item brings its plan along."""
    check_words(values, tx.today)
    if values["plan_item_id"] is not None:
        if (plan_id := _plan_of(tx, values["plan_item_id"])) is None:
            raise invalid("plan_item_id", "没有这个任务项，请重新选择")
        if values["plan_id"] not in (None, plan_id):
            raise invalid("plan_item_id", "这个任务项不在所选的方案里，请重新选择")
        values["plan_id"] = plan_id
    elif values["plan_id"] is not None and not _readable(tx, values["plan_id"], issued=True):
        raise invalid("plan_id", "没有这份方案，或它还没有印发，请重新选择")
    return values


def check_words(values: Mapping[str, Any], today: date) -> None:
    if values["written_on"] > today:
        raise invalid("written_on", f"{values['written_on']} 还没有到，请填写今天或以前的日期")
    if values["kind"] == BriefKind.PUBLICITY and not values["link"]:
        raise invalid("link", "宣传须填写发布的网址")


def _plan_of(tx: Tx, item_id: int) -> int | None:
    """The issued plan of an item; of others' items and of none alike, by one statement, nothing is found."""
    here = sa.select(ITEM.c.plan_id).join(PLAN, PLAN.c.id == ITEM.c.plan_id).where(ITEM.c.id == item_id)
    here = here.where(PLANS.read(tx.actor.roles), PLAN.c.state != PlanState.DRAFT)
    found: int | None = tx.connection.execute(here, tx.actor.binds).scalar_one_or_none()
    return found


def _readable(tx: Tx, plan_id: int, *, issued: bool = False) -> bool:
    """``issued``: a promoted brief shows its plan to everybody, so a draft cannot be it."""
    here = sa.select(PLAN.c.id).where(PLAN.c.id == plan_id, PLANS.read(tx.actor.roles))
    if issued:
        here = here.where(PLAN.c.state != PlanState.DRAFT)
    return tx.connection.execute(here, tx.actor.binds).first() is not None


@operation("brief.edit")
def edit(tx: Tx, brief_id: int, given: BriefPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, brief_id, "edit")
    brief = changing(tx, Brief, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "kind", "title", "text", "written_on")
    made_of = _made_of(tx, row, changes)
    names = BriefPatch.model_fields.keys() - {"promoted_from"}
    moved = "plan_id" in changes and "plan_item_id" not in changes and changes["plan_id"] != row.plan_id
    kept = {name: getattr(row, name) for name in names} | ({"plan_item_id": None} if moved else {})
    brief.sqlmodel_update(_checked(tx, kept | changes) | made_of)
    tx.session.flush()
    return brief_id


def _made_of(tx: Tx, row: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """What it is made of from now on. What stands is not asked about again, whatever became of it; and whoever may not
    read it was told of none, so that to save what they were shown takes nothing back."""
    held = sources.written(row.promoted_from, row.promoted_from_id)
    wanted = changes.pop("promoted_from", held)
    unseen = wanted is None and held is not None and not sources.found(tx, held)
    return {} if wanted == held or unseen else sources.check(tx, wanted)


@operation("brief.delete")
def delete(tx: Tx, brief_id: int, note: str | None = None) -> None:
    """A draft that is not to be; its files stay in the library."""
    row = WORKFLOW.guard(tx, brief_id, "delete", note)
    drop_links(tx, "briefs", [brief_id])
    tx.session.delete(changing(tx, Brief, row))
    tx.session.flush()


# Steps


@operation("brief.submit")
def submit(tx: Tx, brief_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, brief_id, "submit", note)
    WORKFLOW.step(tx, row, "submit", note, submitted_by=tx.actor.user_id, submitted_at=tx.now)
    return brief_id


@operation("brief.withdraw")
def withdraw(tx: Tx, brief_id: int, note: str | None = None) -> int:
    """By its unit, while nobody has decided."""
    row = WORKFLOW.guard(tx, brief_id, "withdraw", note)
    WORKFLOW.step(tx, row, "withdraw", note, submitted_by=None, submitted_at=None)
    return brief_id


@operation("brief.select")
def select(tx: Tx, brief_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, brief_id, "select", note)
    WORKFLOW.step(tx, row, "select", note, decided_by=tx.actor.user_id, decided_at=tx.now)
    tell_unit(tx, row.unit_id, Kind.SELECTED, "brief", brief_id)
    return brief_id


@operation("brief.decline")
def decline(tx: Tx, brief_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, brief_id, "decline", note)
    WORKFLOW.step(tx, row, "decline", note, decided_by=tx.actor.user_id, decided_at=tx.now)
    tell_unit(tx, row.unit_id, Kind.DECLINED, "brief", brief_id)
    return brief_id


@operation("brief.promote")
def promote(tx: Tx, brief_id: int, note: str | None = None) -> int:
    """From now on the whole district reads it, with its files."""
    row = WORKFLOW.guard(tx, brief_id, "promote", note)
    WORKFLOW.step(tx, row, "promote", note, promoted_at=tx.now)
    tell_unit(tx, row.unit_id, Kind.PROMOTED, "brief", brief_id)
    return brief_id


STEPS = {"submit": submit, "withdraw": withdraw, "select": select, "decline": decline, "promote": promote}
BULK = {"select": select, "decline": decline}
bulk = in_bulk(WORKFLOW, BULK)


@operation("brief.adopt")
def adopt(tx: Tx, brief_id: int, given: BriefAdopt) -> int:
    """A plan that is being drawn up takes the analysis up, or none does after all."""
    row = WORKFLOW.guard(tx, brief_id, "adopt")
    wanted: dict[str, Any] = {"adopted_plan_id": given.plan_id, "adopted_plan_item_id": given.plan_item_id}
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return brief_id
    _check_draft(tx, given)
    brief = changing(tx, Brief, row)
    if given.plan_id != row.adopted_plan_id:
        wanted["adopted_at"] = tx.now if given.plan_id else None
    brief.sqlmodel_update(wanted)
    tx.session.flush()
    return brief_id


def _check_draft(tx: Tx, given: BriefAdopt) -> None:
    """What is issued stands: an analysis improves the next edition, or the next year's plan."""
    if given.plan_id is None:
        if given.plan_item_id is not None:
            raise invalid("plan_id", "请选择这一项所在的方案；不采纳时，任务项也请留空")
        return
    if not _readable(tx, given.plan_id):
        raise invalid("plan_id", "没有这份方案，请重新选择")
    if _readable(tx, given.plan_id, issued=True):
        raise invalid("plan_id", "这份方案已经印发，请采纳到还在起草的方案：它的下一版，或下一年的方案")
    if given.plan_item_id is not None:
        mine = sa.and_(ITEM.c.id == given.plan_item_id, ITEM.c.plan_id == given.plan_id)
        if tx.connection.execute(sa.select(ITEM.c.id).where(mine)).first() is None:
            raise invalid("plan_item_id", "所选的方案里没有这个任务项，请重新选择")


def leave_draft(tx: Tx, plan_id: int, whole: bool) -> None:
    """A draft is to be deleted, ``whole`` or its items alone: what it took up is let go of by a person, not by the way;
    in which of its items is forgotten with them."""
    mine = BRIEF.c.adopted_plan_id == plan_id
    if not whole:
        in_items = sa.update(BRIEF).where(mine, BRIEF.c.adopted_plan_item_id.is_not(None))
        values: dict[str, Any] = {"adopted_plan_item_id": None, "version": BRIEF.c.version + 1}
        with audited_write(tx.connection):
            tx.connection.execute(in_items.values(values | {"updated_at": tx.now}))
        return
    found = tx.connection.execute(sa.select(BRIEF.c.id, BRIEF.c.title).where(mine).order_by(BRIEF.c.id)).all()
    if found:
        named = "、".join(f"《{row.title}》" for row in found[:MOST_NAMED]) + ("等" if len(found) > MOST_NAMED else "")
        raise Conflict(
            f"这份草稿采纳了 {len(found)} 篇研判（{named}）。请先在简报里改为采纳到别的方案，或不采纳，再删除草稿",
            code="adopted_briefs",
            brief_ids=[row.id for row in found],
        )
