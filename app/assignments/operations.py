"""Every write to an assignment: its steps, progress reports and urgings. Dispatch: ``dispatch``."""

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.assignments import queries
from app.assignments.activities import POLICY as ACTIVITIES
from app.assignments.models import (
    ASSIGNMENT,
    URGING,
    ActivityKind,
    ActivityPatch,
    ProgressReport,
    RedispatchCreate,
    ReportCreate,
    UrgingCreate,
)
from app.assignments.rules import WORKFLOW
from app.assignments.words import urging
from app.core.audit import audited_write, record
from app.core.bulk_steps import in_bulk
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.evidence.operations import come_with
from app.evidence.queries import kinds_linked
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.plans.models import EVIDENCE_KIND_LABELS, ITEM, EvidenceKind
from app.units.models import UNIT, UnitKind

# By the unit


@operation("assignment.acknowledge")
def acknowledge(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, assignment_id, "acknowledge", note)
    WORKFLOW.step(tx, row, "acknowledge", note, acknowledged_at=tx.now)
    return assignment_id


@operation("assignment.decline")
def decline(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    """退签: not ours, says the unit, and why; the supervisor decides."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, assignment_id, "decline", note), "decline", note)
    return assignment_id


@operation("assignment.report")
def report(tx: Tx, assignment_id: int, given: ReportCreate) -> int:
    """A progress report; the row takes its percentage. The report's id."""
    row = WORKFLOW.guard(tx, assignment_id, "report")
    reported_on = given.reported_on or tx.today
    check_reported_on(reported_on, tx.today)
    check_place(given.place, given.participants, given.activity)
    made = tx.add(
        ProgressReport(
            assignment_id=assignment_id,
            text=given.text,
            percent=given.percent,
            reported_on=reported_on,
            place=given.place,
            participants=given.participants,
            activity=given.activity,
            user_id=tx.actor.user_id,
        )
    )
    assert made.id is not None
    if given.evidence_ids:
        come_with(tx, "assignments", assignment_id, made.id, given.evidence_ids)
    _set(tx, row, percent=given.percent, report_count=ASSIGNMENT.c.report_count + 1)
    record(tx, "assignment", assignment_id, before={"percent": row.percent}, after={"percent": given.percent})
    return made.id


@operation("progress_report.edit")
def correct(tx: Tx, report_id: int, given: ActivityPatch, version: int | None = None) -> int:
    """An activity put right by its unit, while the row that it belongs to is under way."""
    found = find(tx, ACTIVITIES, report_id)
    row = WORKFLOW.guard(tx, found.assignment_id, "report")
    report = changing(tx, ProgressReport, found, version)
    changes = given.model_dump(exclude_unset=True)
    evidence_ids = changes.pop("evidence_ids", None)
    refuse_emptied(changes, *(name for name in changes if name not in ("participants", "activity")))
    if changes.get("reported_on", found.reported_on) != found.reported_on:
        check_reported_on(changes["reported_on"], tx.today)
    moved = evidence_ids is not None and come_with(tx, "assignments", row.id, report_id, evidence_ids)
    if not moved and all(getattr(found, name) == value for name, value in changes.items()):
        return report_id
    report.sqlmodel_update({**changes, "updated_at": tx.now})
    tx.session.flush()
    # Whoever has the row open, or would take back the table that the report came in, is told.
    _set(tx, row)
    return report_id


def check_place(place: str | None, participants: int | None, activity: ActivityKind | None) -> None:
    if place is None and (participants is not None or activity is not None):
        said = "参加人数" if activity is None else "活动类别"
        raise invalid("place", f"填写了{said}，请同时填写活动地点")


def check_reported_on(day: date, today: date) -> None:
    if day > today:
        raise invalid("reported_on", f"{day} 还没有到，请填写今天或以前的日期")


@operation("assignment.submit")
def submit(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    """Hand in for review: one progress report ever, and every kind of evidence the item requires (409 otherwise).

    What the discipline team submits is complete: the bureau does not review it.
    """
    row = WORKFLOW.guard(tx, assignment_id, "submit", note)
    if not row.report_count:
        raise Conflict("还没有填报过进展，请先填报一次进展，再提交审核", code="no_report")
    WORKFLOW.step(tx, row, "submit", note, submitted_at=tx.now, submit_count=row.submit_count + 1)
    # Under the row's lock, which the step took: whoever takes a piece away came before, or finds the row submitted.
    if missing := missing_evidence(tx, row):
        words = "、".join(EVIDENCE_KIND_LABELS[kind] for kind in missing)
        raise Conflict(f"还缺印证资料：{words}。请上传后再提交", code="missing_evidence", missing=missing)
    if _unit_kind(tx, row.unit_id) == UnitKind.DISCIPLINE_TEAM:
        sent = WORKFLOW.find(tx, assignment_id)
        WORKFLOW.step(tx, sent, "complete", "派驻组提交即办结", completed_at=tx.now, awaits_decision=False)
    return assignment_id


_REQUIRED = sa.select(ITEM.c.required_evidence).where(ITEM.c.id == sa.bindparam("item"))


def missing_evidence(see: Any, row: Any) -> list[EvidenceKind]:
    """The kinds that the row's item requires and that it has no evidence of, in their usual order."""
    required = see.connection.execute(_REQUIRED, {"item": row.plan_item_id}).scalar_one()
    if not required:
        return []
    present = kinds_linked(see, "assignments", row.id)
    return [kind for kind in EvidenceKind if kind in required and not present.get(kind)]


def _unit_kind(tx: Tx, unit_id: int) -> UnitKind:
    return UnitKind(tx.connection.execute(sa.select(UNIT.c.kind).where(UNIT.c.id == unit_id)).scalar_one())


@operation("assignment.withdraw")
def withdraw(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    """Back from review by the unit itself."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, assignment_id, "withdraw", note), "withdraw", note)
    return assignment_id


# By reviewers


@operation("assignment.complete")
def complete(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, assignment_id, "complete", note)
    WORKFLOW.step(tx, row, "complete", note, completed_at=tx.now, awaits_decision=False)
    return assignment_id


@operation("assignment.send_back")
def send_back(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, assignment_id, "send_back", note)
    WORKFLOW.step(tx, row, "send_back", note, send_back_count=row.send_back_count + 1)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "assignment", assignment_id)
    return assignment_id


@operation("assignment.urge")
def urge(tx: Tx, assignment_id: int, given: UrgingCreate) -> int:
    """催办. The urging's id. Where nobody wrote a note it says what is asked, and until when."""
    row = WORKFLOW.guard(tx, assignment_id, "urge")
    note = given.note or urging(tx, queries.row(tx, assignment_id))
    values = {
        "district_id": row.district_id,
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
        "assignment_id": assignment_id,
        "user_id": tx.actor.user_id,
        "level": given.level,
        "note": note,
    }
    with audited_write(tx.connection):
        made: int = tx.connection.execute(sa.insert(URGING).values(values).returning(URGING.c.id)).scalar_one()
    record(tx, "assignment", assignment_id, after={"level": given.level}, reason=note)
    tell_unit(tx, row.unit_id, Kind.URGED, "assignment", assignment_id)
    return made


# By the supervisor


@operation("assignment.redispatch")
def redispatch(tx: Tx, assignment_id: int, given: RedispatchCreate | None = None) -> int:
    """A declined row goes out again, its clocks anew: it is to be acknowledged from today on, and where its deadline
    has passed it gets another (the original one stays)."""
    given = given or RedispatchCreate()
    row = WORKFLOW.guard(tx, assignment_id, "redispatch", given.note or None)
    dates = {} if given.deadline_on is None else {"deadline_on": given.deadline_on}
    _check_new_deadline(row, given.deadline_on, tx.today)
    WORKFLOW.step(tx, row, "redispatch", given.note or None, sent_at=tx.now, **dates)
    tell_unit(tx, row.unit_id, Kind.SENT_AGAIN, "assignment", assignment_id)
    return assignment_id


def _check_new_deadline(row: Any, given: date | None, today: date) -> None:
    if row.deadline_on is None:
        if given is not None:
            raise invalid("deadline_on", "这一项没有完成时限，请留空")
    elif given is None and row.deadline_on < today:
        raise invalid("deadline_on", f"完成时限 {row.deadline_on} 已过，请填写新的完成时限")
    elif given is not None and row.deadline_on >= today:
        why = f"完成时限 {row.deadline_on} 还没有过，请留空；要推迟的，由责任单位签收后申请延期"
        raise invalid("deadline_on", why)
    elif given is not None and given < today:
        raise invalid("deadline_on", f"完成时限 {row.deadline_on} 已过，新的完成时限须是今天或以后")


@operation("assignment.waive")
def waive(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, assignment_id, "waive", note)
    WORKFLOW.step(tx, row, "waive", note, awaits_decision=False)
    tell_unit(tx, row.unit_id, Kind.WAIVED, "assignment", assignment_id)
    return assignment_id


@operation("assignment.cancel")
def cancel(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, assignment_id, "cancel", note)
    WORKFLOW.step(tx, row, "cancel", note, awaits_decision=False, retire_event_id=None)
    tell_unit(tx, row.unit_id, Kind.CANCELLED, "assignment", assignment_id)
    return assignment_id


@operation("assignment.reopen")
def reopen(tx: Tx, assignment_id: int, note: str | None = None) -> int:
    """虚假办结: what was called complete goes on."""
    row = WORKFLOW.guard(tx, assignment_id, "reopen", note)
    WORKFLOW.step(tx, row, "reopen", note, completed_at=None)
    tell_unit(tx, row.unit_id, Kind.REOPENED, "assignment", assignment_id)
    return assignment_id


STEPS: dict[str, Callable[..., int]] = {
    "acknowledge": acknowledge,
    "decline": decline,
    "submit": submit,
    "withdraw": withdraw,
    "complete": complete,
    "send_back": send_back,
    "reopen": reopen,
    "waive": waive,
    "cancel": cancel,
}
"""The steps that take a note alone."""


# Many at once


def _urge_with(tx: Tx, assignment_id: int, note: str | None) -> int:
    return urge(tx, assignment_id, UrgingCreate(note=note or ""))


BULK: dict[str, Callable[[Tx, int, str | None], int]] = {
    "acknowledge": acknowledge,
    "urge": _urge_with,
    "complete": complete,
    "send_back": send_back,
}
bulk = in_bulk(WORKFLOW, BULK)


def _set(tx: Tx, row: Any, **values: Any) -> None:
    """Change figures of a guarded row while its state stands; the caller writes the event."""
    table = ASSIGNMENT.c
    change = sa.update(ASSIGNMENT).where(table.id == row.id, table.state == row.state)
    with audited_write(tx.connection):
        done = tx.connection.execute(change.values(**values, version=table.version + 1, updated_at=tx.now))
    if done.rowcount != 1:
        raise Conflict("已被他人更新，请刷新后再办理", code="lost_race")
