"""Every write to filings and to what is asked of whom."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.bulk_steps import in_bulk
from app.core.errors import Conflict, FieldError, Forbidden, invalid
from app.core.numbers import next_number
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.evidence.operations import drop_links
from app.evidence.queries import linked
from app.filings.models import (
    FILING,
    FILING_KIND_LABELS,
    NEVER_FILING,
    REQUIREMENT,
    YEARLY,
    Filing,
    FilingCreate,
    FilingKind,
    FilingPatch,
    FilingRequirement,
    RequirementCreate,
    RequirementPatch,
)
from app.filings.rules import DRAFT, REQUIREMENTS, STANDING, WORKFLOW
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units import groups
from app.units.models import GROUP
from app.units.operations import check_group, office_of_district, unit_of_district
from app.units.reviewing import CARRIERS

KEPT_BY_SUPERVISOR = "备案要求由督查室维护"


@operation("filing.create")
def create(tx: Tx, given: FilingCreate) -> int:
    """A draft of the unit's next version. 409 while there is a draft of the kind (and year) already."""
    require(tx.actor, *CARRIERS)
    unit_id = given.unit_id
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if unit_id not in tx.actor.units:
        raise Forbidden("只能办理本单位的备案")
    if unit.kind in NEVER_FILING:
        raise invalid("unit_id", f"{unit.name}不向教育局备案，请选择其他单位")
    if not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}{groups.absence(unit, tx.today)}，请选择其他单位")
    check_adopted(given.adopted_on, tx.today)
    year = year_of(given.kind, given.year, given.adopted_on)
    _only_draft(tx, unit_id, given.kind, year)
    fields = given.model_dump(exclude={"unit_id", "year"})
    made = tx.add(Filing(**fields, unit_id=unit_id, year=year))
    assert made.id is not None
    return made.id


def check_adopted(adopted_on: date, today: date) -> None:
    if adopted_on > today:
        raise invalid("adopted_on", f"{adopted_on} 还没有到，请填写通过的日期")


def year_of(kind: FilingKind, year: int | None, adopted_on: date) -> int:
    if year is not None and kind not in YEARLY and year != adopted_on.year:
        raise invalid("year", f"{FILING_KIND_LABELS[kind]}不分年度，请不要填写年度")
    return year or adopted_on.year


def _only_draft(tx: Tx, unit_id: int, kind: FilingKind, year: int, but: int = 0) -> None:
    """In words, before the index says it to whoever was slower."""
    for_year = year if kind in YEARLY else 0
    drafts = sa.select(FILING.c.id).where(*_of_same(unit_id, kind, for_year), FILING.c.state == DRAFT)
    if tx.connection.execute(drafts.where(FILING.c.id != but)).first() is not None:
        raise Conflict(f"这个单位的{FILING_KIND_LABELS[kind]}已有草稿，请在草稿上修改", code="draft_exists")


def _of_same(unit_id: int, kind: FilingKind, for_year: int) -> tuple[sa.ColumnElement[bool], ...]:
    return FILING.c.unit_id == unit_id, FILING.c.kind == kind, FILING.c.for_year == for_year


@operation("filing.edit")
def edit(tx: Tx, filing_id: int, given: FilingPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, filing_id, "edit")
    filing = changing(tx, Filing, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "title", "adopted_on")
    kind, adopted_on = FilingKind(row.kind), changes.get("adopted_on", row.adopted_on)
    check_adopted(adopted_on, tx.today)
    kept = row.year if kind in YEARLY else None
    changes["year"] = year_of(kind, changes.get("year") or kept, adopted_on)
    if kind in YEARLY and changes["year"] != row.year:
        _change_year(tx, row, changes["year"])
    filing.sqlmodel_update(changes)
    tx.session.flush()
    return filing_id


def _change_year(tx: Tx, row: Any, year: int) -> None:
    """What was filed for a year stays that year's, also while it is mended."""
    if row.state != DRAFT:
        raise invalid("year", f"这一份是 {row.year} 年度的，年度不能再改；其他年度请另行新建")
    _only_draft(tx, row.unit_id, FilingKind(row.kind), year, row.id)


@operation("filing.delete")
def delete(tx: Tx, filing_id: int, note: str | None = None) -> None:
    """A draft that is not to be filed; its files stay in the library."""
    row = WORKFLOW.guard(tx, filing_id, "delete", note)
    drop_links(tx, "filings", [filing_id])
    tx.session.delete(changing(tx, Filing, row))
    tx.session.flush()


# Steps


@operation("filing.file")
def file(tx: Tx, filing_id: int, note: str | None = None) -> int:
    """On record from now on, under the unit's next number of the kind; the version before it is superseded. A file is
    needed (409)."""
    row = WORKFLOW.guard(tx, filing_id, "file", note)
    older = sa.select(FILING).where(*_of_same(row.unit_id, row.kind, row.for_year), FILING.c.state.in_(STANDING))
    for before in tx.connection.execute(older.where(FILING.c.id != filing_id)).all():
        WORKFLOW.step(tx, before, "supersede")
    number = row.number or next_number(tx, f"{row.kind}.{row.unit_id}", 0)
    again = {"reviewed_by": None, "reviewed_at": None}
    WORKFLOW.step(tx, row, "file", note, number=number, filed_by=tx.actor.user_id, filed_at=tx.now, **again)
    # Under the row's lock, which the step took, as an assignment's: nobody takes its file away meanwhile.
    if not linked(tx, "filings", filing_id):
        missing = FieldError("/evidence", "请至少上传或关联一份文件")
        raise Conflict(f"还不能报送备案：{missing.detail}", code="incomplete", errors=[missing])
    return filing_id


@operation("filing.confirm")
def confirm(tx: Tx, filing_id: int, note: str | None = None) -> int:
    """Found in order: it waits for nobody any more."""
    row = WORKFLOW.guard(tx, filing_id, "confirm", note)
    if row.reviewed_at is not None:
        raise Conflict("这一份已审核通过，不用再审", code="reviewed")
    tx.reason = note
    filing = changing(tx, Filing, row)
    filing.sqlmodel_update({"reviewed_by": tx.actor.user_id, "reviewed_at": tx.now})
    tx.session.flush()
    return filing_id


@operation("filing.send_back")
def send_back(tx: Tx, filing_id: int, note: str | None = None) -> int:
    """To its unit, with what is to be mended; also one that was found in order before."""
    row = WORKFLOW.guard(tx, filing_id, "send_back", note)
    WORKFLOW.step(tx, row, "send_back", note, reviewed_by=None, reviewed_at=None)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "filing", filing_id)
    return filing_id


STEPS = {"file": file, "confirm": confirm, "send_back": send_back}
BULK = {"confirm": confirm, "send_back": send_back}
bulk = in_bulk(WORKFLOW, BULK)


# What is asked of whom


@operation("filing_requirement.create")
def create_requirement(tx: Tx, given: RequirementCreate) -> int:
    """Of a group a kind is asked once (409)."""
    require(tx.actor, Role.SUPERVISOR)
    _check(tx, given.unit_group_id, given.office_id)
    _once(tx, given.kind, given.unit_group_id)
    yearly = given.kind in YEARLY if given.yearly is None else given.yearly
    made = tx.add(FilingRequirement(**given.model_dump(exclude={"yearly"}), yearly=yearly))
    assert made.id is not None
    return made.id


@operation("filing_requirement.edit")
def edit_requirement(tx: Tx, requirement_id: int, given: RequirementPatch, version: int | None = None) -> int:
    row = find(tx, REQUIREMENTS, requirement_id)
    if not row.may_edit:
        raise Forbidden(KEPT_BY_SUPERVISOR)
    requirement = changing(tx, FilingRequirement, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "unit_group_id", "yearly")
    _check(tx, changes.get("unit_group_id"), changes.get("office_id"))
    _once(tx, FilingKind(row.kind), changes.get("unit_group_id", row.unit_group_id), requirement_id)
    requirement.sqlmodel_update(changes)
    tx.session.flush()
    return requirement_id


@operation("filing_requirement.delete")
def delete_requirement(tx: Tx, requirement_id: int) -> None:
    """Asked for no more; what was filed stays."""
    row = find(tx, REQUIREMENTS, requirement_id)
    if not row.may_delete:
        raise Forbidden(KEPT_BY_SUPERVISOR)
    tx.session.delete(changing(tx, FilingRequirement, row))
    tx.session.flush()


def _check(tx: Tx, group_id: int | None, office_id: int | None) -> None:
    if group_id is not None:
        check_group(tx, group_id)
    if office_id is not None:
        office_of_district(tx, office_id, "审核的须是股室或二级单位")


def _once(tx: Tx, kind: FilingKind, group_id: int, but: int = 0) -> None:
    """In words, before the constraint says it to whoever was slower."""
    asked = sa.select(GROUP.c.name).join(REQUIREMENT, REQUIREMENT.c.unit_group_id == GROUP.c.id)
    same = (REQUIREMENT.c.kind == kind, REQUIREMENT.c.unit_group_id == group_id, REQUIREMENT.c.id != but)
    if (name := tx.connection.execute(asked.where(*same)).scalar()) is not None:
        detail = f"已要求“{name}”报送{FILING_KIND_LABELS[kind]}，请修改原有的要求，或者改选单位组"
        raise Conflict(detail, code="duplicate", errors=[FieldError("/unit_group_id", detail)])
