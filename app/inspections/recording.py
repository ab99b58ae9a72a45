"""What the team writes down at a target: the visit's answers, and findings as drafts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.audit import audited_write, record
from app.core.db import insert_or_ignore
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.validation import refuse_emptied
from app.core.workflow import changing, counted_anew
from app.evidence.operations import drop_links
from app.inspections import scoring
from app.inspections.models import (
    INSPECTION,
    TARGET,
    VISIT,
    Finding,
    FindingCreate,
    FindingPatch,
    Visit,
    VisitCreate,
)
from app.inspections.rules import FINDING_WORKFLOW, WORKFLOW


@operation("visit.record")
def record_visit(tx: Tx, inspection_id: int, given: VisitCreate) -> tuple[int, bool]:
    """A target's visit while the inspection goes on, and whether it is new; again, it adds to the answers."""
    inspection = _ongoing(tx, inspection_id, "record_visit")
    _check_target(tx, inspection_id, given.unit_id)
    if given.visited_on and given.visited_on > tx.today:
        raise invalid("visited_on", f"{given.visited_on} 晚于今天，请改为今天或以前")
    points = scoring.points_of(tx, inspection.checklist_id)
    answers = scoring.check(points, given.answers)
    visited_on = given.visited_on or tx.today
    made = _claim_visit(
        tx, inspection_id, given.unit_id, visited_on=visited_on, note=given.note, **scoring.scored(answers)
    )
    if made is not None:
        return made, True
    visit = _visit_of(tx, inspection_id, given.unit_id)
    # Two inspectors at one school: what the other has answered stays.
    merged = {**visit.answers, **answers}
    values = scoring.scored({point["key"]: merged[point["key"]] for point in points if point["key"] in merged})
    if given.visited_on is not None:
        values["visited_on"] = given.visited_on
    if "note" in given.model_fields_set:
        values["note"] = given.note
    changing(tx, Visit, visit).sqlmodel_update(values)
    tx.session.flush()
    return visit.id, False


@operation("finding.create")
def create_finding(tx: Tx, inspection_id: int, given: FindingCreate) -> int:
    """A finding as a draft; where its target has no visit yet, it makes one."""
    return _create(tx, inspection_id, [given])[0]


@operation("finding.create")
def create_findings(tx: Tx, inspection_id: int, given: Sequence[FindingCreate]) -> list[int]:
    """The same of a table's: what holds of all of them is looked at once. Ids in their order."""
    return _create(tx, inspection_id, given)


def _create(tx: Tx, inspection_id: int, given: Sequence[FindingCreate]) -> list[int]:
    inspection = _ongoing(tx, inspection_id, "record_finding")
    asked = any(each.point_key for each in given)
    points = {point["key"] for point in scoring.points_of(tx, inspection.checklist_id)} if asked else frozenset()
    visits: dict[int, int] = {}
    made = []
    for each in given:
        if each.unit_id not in visits:
            _check_target(tx, inspection_id, each.unit_id)
        if each.point_key and each.point_key not in points:
            raise invalid("point_key", "检查表没有这一项，请重新选择")
        if each.unit_id not in visits:
            claimed = _claim_visit(tx, inspection_id, each.unit_id, visited_on=tx.today)
            visits[each.unit_id] = claimed or _visit_of(tx, inspection_id, each.unit_id).id
        visit_id = visits[each.unit_id]
        if each.visit_id not in (None, visit_id):
            raise invalid("visit_id", "不是这个被查单位的检查记录，请重新选择")
        not_past(tx, each.deadline_on)
        fields = each.model_dump(exclude={"visit_id"})
        made.append(Finding(inspection_id=inspection_id, visit_id=visit_id, **fields))
    tx.session.add_all(made)
    tx.session.flush()
    counted_anew(tx, INSPECTION, [inspection_id])
    return [finding.id for finding in made if finding.id is not None]


@operation("finding.edit")
def edit_finding(
    tx: Tx, finding_id: int, given: FindingPatch, version: int | None = None, *, taken_back: bool = False
) -> int:
    """Change a draft; an issued finding stays as it was issued (409). Where a change is ``taken_back``, the deadline
    that there was may have passed meanwhile."""
    row = FINDING_WORKFLOW.guard(tx, finding_id, "edit")
    finding = changing(tx, Finding, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "category", "severity", "description", "correction", "immediate")
    not_past(tx, given.deadline_on if "deadline_on" in changes and not taken_back else None)
    finding.sqlmodel_update(changes)
    tx.session.flush()
    return finding_id


@operation("finding.delete")
def delete_finding(tx: Tx, finding_id: int, note: str | None = None) -> None:
    """Drop a draft; the visit it was found on stays, and its photographs stay in the library."""
    row = FINDING_WORKFLOW.guard(tx, finding_id, "delete", note)
    tx.reason = note
    drop_links(tx, "findings", [finding_id])
    tx.session.delete(changing(tx, Finding, row))
    tx.session.flush()
    counted_anew(tx, INSPECTION, [row.inspection_id])


def not_past(see: Any, deadline_on: date | None) -> None:
    """A deadline that is set now lies ahead, or is today."""
    if deadline_on is not None and deadline_on < see.today:
        raise invalid("deadline_on", f"整改时限 {deadline_on} 已过，请改为今天或以后")


def _ongoing(tx: Tx, inspection_id: int, action: str) -> Any:
    """The inspection, held as it stands until the commit: nothing is written into one that was just reported."""
    row = WORKFLOW.guard(tx, inspection_id, action)
    # Not shared: each of two would then wait for the other, to count what it has written.
    held = sa.select(INSPECTION.c.state).where(INSPECTION.c.id == inspection_id).with_for_update(key_share=True)
    if tx.connection.execute(held).scalar_one() != row.state:
        raise Conflict("这次督查刚刚已报告，请刷新后再办理", code="lost_race")
    return row


def _check_target(tx: Tx, inspection_id: int, unit_id: int) -> None:
    target = sa.select(TARGET.c.id).where(TARGET.c.inspection_id == inspection_id, TARGET.c.unit_id == unit_id)
    if tx.connection.execute(target).one_or_none() is None:
        raise invalid("unit_id", "不是这次督查的被查单位，请从被查单位中选择")


def _claim_visit(tx: Tx, inspection_id: int, unit_id: int, **values: Any) -> int | None:
    """The id of a new visit; None when the target has one already."""
    row: dict[str, Any] = {
        "district_id": tx.actor.district_id,
        "inspection_id": inspection_id,
        "unit_id": unit_id,
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
        "note": "",
        "answers": {},
        **values,
    }
    insert = insert_or_ignore(tx.connection, VISIT).values(row).returning(VISIT.c.id)
    with audited_write(tx.connection):
        visit_id: int | None = tx.connection.execute(insert).scalar_one_or_none()
    if visit_id is not None:
        record(
            tx,
            "visit",
            visit_id,
            operation="visit.record",
            after={name: row.get(name) for name in ("inspection_id", "unit_id", "score")},
        )
        counted_anew(tx, INSPECTION, [inspection_id])
    return visit_id


def _visit_of(tx: Tx, inspection_id: int, unit_id: int) -> Any:
    """The target's visit, held until the commit."""
    mine = sa.select(VISIT).where(VISIT.c.inspection_id == inspection_id, VISIT.c.unit_id == unit_id)
    return tx.connection.execute(mine.with_for_update()).one()
