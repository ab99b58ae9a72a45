"""Every write to rectifications, and the issuing of a finding, which opens one."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import standing
from app.core.errors import Conflict, FieldError, Forbidden, invalid
from app.core.numbers import next_number
from app.core.operation import Tx, operation
from app.core.policy import Role
from app.core.workflow import changing
from app.evidence.queries import linked
from app.inspections.models import (
    FINDING,
    INSPECTION,
    SEVERITY_WORKDAYS,
    InspectionState,
    Mode,
    Severity,
)
from app.inspections.recording import not_past
from app.inspections.rules import FINDING_WORKFLOW, NEVER_INSPECTED, issuable
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.rectifications.models import (
    RECTIFICATION,
    ROUND,
    Rectification,
    RectificationCreate,
    RectificationPatch,
    Source,
)
from app.rectifications.rules import PENDING, WORKFLOW
from app.units import groups
from app.units.operations import unit_of_district
from app.units.succession import is_answered_for

NUMBER_SERIES = "finding"
NEEDED = {"cause": "请填写原因", "measures": "请填写整改措施", "result": "请填写整改情况"}
KEPT_IN_ROUND = (
    *("cause", "goal", "measures", "responsible_leader", "responsible_person", "result", "opinion"),
    *("deadline_on", "submitted_at", "closed_at", "submitted_by", "verified_by"),
)


@operation("finding.issue")
def issue(tx: Tx, finding_id: int, note: str | None = None) -> int:
    """Issue a finding to its unit, numbered without gaps within the year: its rectification is opened."""
    row = FINDING_WORKFLOW.guard(tx, finding_id, "issue", note)
    inspection = tx.connection.execute(sa.select(INSPECTION).where(INSPECTION.c.id == row.inspection_id)).one()
    if not issuable(Mode(inspection.mode), InspectionState(inspection.state)):
        when = "发布后" if inspection.mode == Mode.UNANNOUNCED else "开始检查后"
        raise Conflict(f"这次督查的问题要在{when}下达", code="not_released")
    _refuse_nobody(tx, row.unit_id, "不能下达")
    if row.deadline_on is not None and row.deadline_on < tx.today:
        raise Conflict(f"整改时限 {row.deadline_on} 已过，请先修改时限再下达", code="deadline_passed")
    deadline_on = row.deadline_on or _default_deadline(tx, row.severity)
    year = tx.today.year
    given = {"year": year, "number": next_number(tx, NUMBER_SERIES, year), "deadline_on": deadline_on}
    FINDING_WORKFLOW.step(tx, row, "issue", note, **given)
    made = tx.add(
        Rectification(
            finding_id=finding_id,
            source=Source.FINDING,
            problem=row.description,
            unit_id=row.unit_id,
            original_deadline_on=deadline_on,
            deadline_on=deadline_on,
            **_answering(tx, row.unit_id),
        )
    )
    assert made.id is not None
    tell_unit(tx, row.unit_id, Kind.GIVEN, "rectification", made.id)
    return finding_id


def _refuse_nobody(tx: Tx, unit_id: int, act: str) -> None:
    """What a closed unit is to put right nobody would ever hand in, and that of one to come nobody yet."""
    if not is_answered_for(tx, unit_id):
        unit = unit_of_district(tx, unit_id)
        if unit.valid_from is not None and unit.valid_from > tx.today:
            raise Conflict(f"责任单位（{unit.name}）{unit.valid_from} 才启用，{act}", code="unit_not_open")
        raise Conflict(f"责任单位已停用，没有单位承接它的整改，{act}", code="unit_ended")


def _answering(tx: Tx, unit_id: int) -> dict[str, Any]:
    """Who answers for the unit today, to begin with; the unit may name others."""
    leader, person, _ = standing(tx, unit_id)
    return {"responsible_leader": leader and leader.name, "responsible_person": person and person.name}


def _default_deadline(tx: Tx, severity: str) -> Any:
    return tx.workdays.add(tx.today, SEVERITY_WORKDAYS[Severity(severity)])


@operation("rectification.create")
def create(tx: Tx, given: RectificationCreate) -> int:
    """Register a problem that no inspection found: by the unit itself, or for any unit by the supervisor."""
    if given.source == Source.FINDING:
        raise invalid("source", "督查发现的问题由下达产生，请选择其他来源")
    unit_id = given.unit_id
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择责任单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if not tx.actor.has(Role.SUPERVISOR):
        if unit_id not in tx.actor.units:
            raise Forbidden("只能登记本单位自查发现的问题")
        if given.source != Source.SELF_CHECK:
            raise invalid("source", "本单位登记的来源是自查发现；其他来源由督查室登记")
    return _registered(tx, unit, given)


@operation("rectification.create")
def create_for(tx: Tx, unit_id: int, given: RectificationCreate) -> int:
    """The same of what another resource found; whoever calls has looked whether the actor may."""
    return _registered(tx, unit_of_district(tx, unit_id), given)


def _registered(tx: Tx, unit: Any, given: RectificationCreate) -> int:
    if unit.kind in NEVER_INSPECTED:
        raise invalid("unit_id", f"{unit.name}不由督查室验收，不能登记整改，请选择其他单位")
    not_past(tx, given.deadline_on)
    if not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}{groups.absence(unit, tx.today)}，请选择其他单位")
    return opened(tx, unit.id, given.problem, given.source, given.deadline_on)


def opened(
    tx: Tx, unit_id: int, problem: str, source: Source, deadline_on: date | None, campaign_id: int | None = None
) -> int:
    """A rectification of the unit, told unless it says so itself; whoever calls has looked whether it may be."""
    made = tx.add(
        Rectification(
            source=source,
            campaign_id=campaign_id,
            problem=problem,
            unit_id=unit_id,
            original_deadline_on=deadline_on,
            deadline_on=deadline_on,
            **_answering(tx, unit_id),
        )
    )
    assert made.id is not None
    if unit_id not in tx.actor.units:
        tell_unit(tx, unit_id, Kind.GIVEN, "rectification", made.id)
    return made.id


@operation("rectification.disclose")
def disclose_source(tx: Tx, rectification_id: int, source: Source) -> None:
    """Where it really came from, once its unit may know; whoever calls has looked whether it may."""
    row = tx.connection.execute(sa.select(RECTIFICATION).where(RECTIFICATION.c.id == rectification_id)).one()
    changing(tx, Rectification, row).source = source
    tx.session.flush()


@operation("rectification.edit")
def edit(tx: Tx, rectification_id: int, given: RectificationPatch, version: int | None = None) -> int:
    """Cause, goal, measures, persons and result, by its unit while pending or in progress."""
    row = WORKFLOW.guard(tx, rectification_id, "edit")
    rectification = changing(tx, Rectification, row, version)
    rectification.sqlmodel_update(given.model_dump(exclude_unset=True))
    tx.session.flush()
    return rectification_id


@operation("rectification.start")
def start(tx: Tx, rectification_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, rectification_id, "start", note)
    WORKFLOW.step(tx, row, "start", note)
    return rectification_id


@operation("rectification.submit")
def submit(tx: Tx, rectification_id: int, note: str | None = None) -> int:
    """Cause, measures, result and a piece of evidence are needed (409 naming what is missing).

    From pending only what its finding says is to be put right at once (立行立改); all else is begun first (409).
    """
    row = WORKFLOW.guard(tx, rectification_id, "submit", note)
    if row.state == PENDING and not _is_immediate(tx, row):
        raise Conflict("这项整改不是立行立改，请先“开始整改”，再提交验收", code="not_started")
    WORKFLOW.step(tx, row, "submit", note, submitted_by=tx.actor.user_id, submitted_at=tx.now)
    # Under the row's lock, which the step took, as an assignment's: nobody takes its evidence away meanwhile.
    missing = [FieldError(f"/{name}", words) for name, words in NEEDED.items() if not getattr(row, name)]
    if not linked(tx, "rectifications", rectification_id):
        missing.append(FieldError("/evidence", "请至少上传或关联一份印证资料"))
    if missing:
        detail = "；".join(error.detail for error in missing)
        raise Conflict(f"还不能提交验收：{detail}", code="incomplete", errors=missing)
    return rectification_id


def _is_immediate(tx: Tx, row: Any) -> bool:
    """What no inspection found nobody ordered to be put right at once."""
    found = sa.select(FINDING.c.immediate).where(FINDING.c.id == row.finding_id)
    return row.finding_id is not None and bool(tx.connection.execute(found).scalar_one())


@operation("rectification.send_back")
def send_back(tx: Tx, rectification_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, rectification_id, "send_back", note)
    WORKFLOW.step(tx, row, "send_back", note)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "rectification", rectification_id)
    return rectification_id


@operation("rectification.close")
def close(tx: Tx, rectification_id: int, note: str | None = None) -> int:
    """Verified and closed out (销号); the note is the verifier's opinion."""
    row = WORKFLOW.guard(tx, rectification_id, "close", note)
    WORKFLOW.step(tx, row, "close", note, opinion=note, verified_by=tx.actor.user_id, closed_at=tx.now)
    return rectification_id


@operation("rectification.reopen")
def reopen(tx: Tx, rectification_id: int, note: str | None = None) -> int:
    """A new round with a new deadline by severity; the earlier round is kept as it was closed."""
    row = WORKFLOW.guard(tx, rectification_id, "reopen", note)
    _refuse_nobody(tx, row.unit_id, "不能重启")
    content = {name: _plain(getattr(row, name)) for name in KEPT_IN_ROUND}
    content["evidence"] = [{"id": e["id"], "revision": e["revision"]} for e in linked(tx, "rectifications", row.id)]
    cleared = dict.fromkeys(("result", "opinion", "submitted_by", "submitted_at", "verified_by", "closed_at"))
    deadline_on = _next_deadline(tx, row)
    WORKFLOW.step(tx, row, "reopen", note, round=row.round + 1, deadline_on=deadline_on, **cleared)
    tx.connection.execute(
        sa.insert(ROUND).values(
            district_id=row.district_id,
            rectification_id=row.id,
            number=row.round,
            content=content,
            reopened_reason=note,
            reopened_at=tx.now,
        )
    )
    tell_unit(tx, row.unit_id, Kind.REOPENED, "rectification", rectification_id)
    return rectification_id


def _next_deadline(tx: Tx, row: Any) -> Any:
    """A round that begins after its deadline has as long again as its severity gives; one without deadline has none."""
    if row.deadline_on is None or row.deadline_on >= tx.today:
        return row.deadline_on
    severity = None
    if row.finding_id is not None:
        found = sa.select(FINDING.c.severity).where(FINDING.c.id == row.finding_id)
        severity = tx.connection.execute(found).scalar_one()
    return _default_deadline(tx, severity or Severity.MINOR)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


STEPS = {
    "start": start,
    "submit": submit,
    "close": close,
    "send_back": send_back,
    "reopen": reopen,
}
