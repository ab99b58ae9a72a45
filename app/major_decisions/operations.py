"""Every write to major decisions: registering, editing, their steps, and what the supervising office says of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.calendar import today_of
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, invalid
from app.core.numbers import next_number
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.evidence.queries import kinds_linked
from app.major_decisions import checks, flags
from app.major_decisions.models import (
    DECISION,
    MET,
    REMARK,
    DecisionRemark,
    DecisionResult,
    MajorDecision,
)
from app.major_decisions.quorum import quorum_of
from app.major_decisions.rules import DECIDED, REGISTRARS, WORKFLOW
from app.major_decisions.schemas import AnswerCreate, MajorDecisionCreate, MajorDecisionPatch, RemarkCreate
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.plans.models import EVIDENCE_KIND_LABELS, EvidenceKind
from app.units import groups
from app.units.models import UnitKind
from app.units.operations import unit_of_district

NEVER_DECIDING = (UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM)
NO_MEETING = "这一事项登记为未上会决定，不能再补填会议；有说明请写入执行情况，或在答复监督意见时说明"


@operation("major_decision.create")
def create(tx: Tx, given: MajorDecisionCreate) -> int:
    """A proposal of one's own unit; or what was decided already, also by whoever supervises its category."""
    return register(tx, given)


def register(tx: Tx, given: MajorDecisionCreate, *, is_past: bool = False) -> int:
    """``is_past``: of what was decided already, as far on its way as what is filled in leads."""
    require(tx.actor, *REGISTRARS)
    unit_id = given.unit_id
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if unit.kind in NEVER_DECIDING:
        raise invalid("unit_id", f"{unit.name}不登记三重一大事项，请选择其他单位")
    if not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}{groups.absence(unit, tx.today)}，请选择其他单位")
    fields = given.model_dump(exclude={"unit_id"})
    if given.decided_on is not None:
        fields |= outcome(tx, fields)
        if is_past:
            fields["state"] = checks.reached(fields)
    refuse(checks.faults(tx, fields))
    own = unit_id in tx.actor.units
    if not own and given.decided_on is None:
        raise Forbidden("只能登记本单位的事项；监督股室发现的已作决定请填写决定日期")
    year = tx.today.year
    number = next_number(tx, f"major_decision.{unit_id}", year)
    made = tx.add(MajorDecision(**fields, unit_id=unit_id, year=year, number=number))
    assert made.id is not None
    if not own:
        _refuse_strangers(tx, made.id)
    return made.id


def _refuse_strangers(tx: Tx, decision_id: int) -> None:
    """Asked of the row itself: one rule says who supervises it."""
    try:
        may = WORKFLOW.find(tx, decision_id).may_supervise
    except NotFound:
        may = False
    if not may:
        raise Forbidden("只能登记本单位的事项，或本股室监督的类别中已作出的决定")


def outcome(tx: Tx, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from a decision that was made already: where no result is said it was passed."""
    result = fields["result"] or DecisionResult.PASSED
    due, needed = _disclose_by(tx, fields["decided_on"], result), _needed(tx, fields["expected"])
    return {"result": result, "state": DECIDED, "disclose_by": due, "quorum": needed}


def _disclose_by(tx: Tx, decided_on: date, result: Any) -> date | None:
    if result != DecisionResult.PASSED:
        return None
    return tx.workdays.add(decided_on, tx.settings.decision_disclose_workdays)


def _needed(tx: Tx, expected: int | None) -> int | None:
    return None if expected is None else quorum_of(tx.settings).least(expected)


def refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid("请改正标出的内容", errors=errors)


@operation("major_decision.edit")
def edit(tx: Tx, decision_id: int, given: MajorDecisionPatch, version: int | None = None) -> int:
    """What the steps taken asked for stays filled in, and what was decided stays decided."""
    row = WORKFLOW.guard(tx, decision_id, "edit")
    decision = changing(tx, MajorDecision, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "category", "subject", "proposer")
    changes |= {name: [] for name in ("opinions", "recusals") if name in changes and changes[name] is None}
    before = {**row._mapping}
    if row.decided_on is None:
        if changes.get("decided_on") is not None:
            raise invalid("decided_on", "请在开会后用“形成决定”办理；没有上会的决定请另行补登")
    else:
        _keep_decided(tx, row, changes)
    after = {**before, **changes}
    refuse([*checks.faults(tx, after, before), *checks.taken_away(before, after)])
    quorum = quorum_of(tx.settings)
    kept = row.decided_on is not None and not checks.below_quorum(quorum, before)
    if kept and (why := checks.below_quorum(quorum, after)):
        raise invalid("present", why)
    decision.sqlmodel_update(changes)
    tx.session.flush()
    return decision_id


def _keep_decided(tx: Tx, row: Any, changes: dict[str, Any]) -> None:
    """The result stands, and so does that there was no meeting; the day follows the meeting's."""
    if changes.get("result", row.result) != row.result:
        raise invalid("result", "已形成决定，结果不能再改；暂缓的可再次上会，其他的请了结后另行登记")
    if row.meeting_kind is None and any(changes.get(name) is not None for name in checks.ABOUT_MEETING):
        raise invalid("meeting_kind", NO_MEETING)
    if row.meeting_kind is not None and changes.get("held_at") is not None:
        changes["decided_on"] = today_of(changes["held_at"])
    decided_on = changes.get("decided_on", row.decided_on)
    if decided_on is None:
        raise invalid("decided_on", "不能为空")
    if changes.get("expected", row.expected) != row.expected:
        changes["quorum"] = _needed(tx, changes["expected"])
    if decided_on != row.decided_on:
        changes["disclose_by"] = _disclose_by(tx, decided_on, row.result)


# Steps


@operation("major_decision.deliberate")
def deliberate(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """Talked over and argued; it goes to the meeting. 409 without what was prepared."""
    row = _ready(tx, decision_id, "deliberate", note)
    WORKFLOW.step(tx, row, "deliberate", note)
    return decision_id


@operation("major_decision.decide")
def decide(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """By the meeting that is filled in (409 naming what is missing, or that it had no quorum)."""
    row = _ready(tx, decision_id, "decide", note)
    if row.held_at > tx.now:
        raise Conflict("开会的时间还没有到，请在会后办理", errors=[FieldError("/held_at", "开会的时间还没有到")])
    if why := checks.below_quorum(quorum_of(tx.settings), {**row._mapping}):
        raise Conflict(why, code="no_quorum", title="到会人数不足", errors=[FieldError("/present", why)])
    decided_on = today_of(row.held_at)
    refuse(checks.faults(tx, {**row._mapping, "decided_on": decided_on}))
    due, needed = _disclose_by(tx, decided_on, row.result), _needed(tx, row.expected)
    WORKFLOW.step(tx, row, "decide", note, decided_on=decided_on, disclose_by=due, quorum=needed)
    return decision_id


@operation("major_decision.reconvene")
def reconvene(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """What was put off comes before a further meeting, with a quorum and votes of its own; the earlier one stays on
    record. 409 for what was passed or turned down."""
    row = WORKFLOW.guard(tx, decision_id, "reconvene", note)
    if row.result != DecisionResult.DEFERRED:
        raise Conflict("只有暂缓的事项可以再次上会", code="not_deferred")
    met = {name: as_kept(getattr(row, name)) for name in MET}
    blank: dict[str, Any] = {name: [] if name in ("opinions", "recusals") else None for name in MET}
    # Nothing is suspicious until it is decided again: what comes up then was not seen yet.
    WORKFLOW.step(tx, row, "reconvene", note, earlier_meetings=[*row.earlier_meetings, met], flags_seen=0, **blank)
    return decision_id


def as_kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@operation("major_decision.disclose")
def disclose(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """From when to when and where, or why not (409 naming what is missing)."""
    row = _ready(tx, decision_id, "disclose", note, passed=True)
    WORKFLOW.step(tx, row, "disclose", note)
    return decision_id


@operation("major_decision.execute")
def execute(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """Carried out; not before it is shown to anyone (409)."""
    row = _ready(tx, decision_id, "execute", note)
    if row.disclosed_from is not None and row.disclosed_from > tx.today:
        early = FieldError(
            "/disclosed_from", f"公示自 {row.disclosed_from} 开始，还没有到；请在公示后办理，日期填错的请改正"
        )
        raise Conflict(early.detail, code="not_disclosed_yet", errors=[early])
    # What is no flag any more was not seen either, so that the next one comes up.
    late = row.deadline_on is not None and row.deadline_on < tx.today
    seen = {"flags_seen": min(row.flags_seen, _flags(tx, decision_id) - 1)} if late else {}
    WORKFLOW.step(tx, row, "execute", note, **seen)
    return decision_id


@operation("major_decision.complete")
def complete(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """With its minutes among the files, that is one of the kind ``meeting``; of what never came to a meeting, with
    whatever shows the matter (409 without)."""
    row = WORKFLOW.guard(tx, decision_id, "complete", note)
    WORKFLOW.step(tx, row, "complete", note)
    # Under the row's lock, as an assignment's: nobody takes the minutes away meanwhile.
    if lacking := _no_minutes(tx, row):
        missing = FieldError("/evidence", lacking)
        raise Conflict(f"还不能办结：{missing.detail}", code="incomplete", errors=[missing])
    return decision_id


def _no_minutes(tx: Tx, row: Any) -> str:
    """What is lacking of the files, in words; empty where nothing is."""
    held = kinds_linked(tx, "major-decisions", row.id)
    if row.meeting_kind is None:
        return "" if held else "请上传或关联决定和说明材料"
    if EvidenceKind.MEETING in held:
        return ""
    kind = EVIDENCE_KIND_LABELS[EvidenceKind.MEETING]
    others = f"；已有的 {sum(held.values())} 份不是这一类" if held else ""
    return f"请上传或关联会议纪要，资料类别选“{kind}”{others}"


@operation("major_decision.close")
def close(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """The end of what was put off, turned down or never came to a meeting; what was passed goes its way (409)."""
    row = WORKFLOW.guard(tx, decision_id, "close", note)
    if row.decided_on is not None and row.result == DecisionResult.PASSED:
        raise Conflict("已通过的事项请公示、执行后办结，不能了结", code="passed")
    WORKFLOW.step(tx, row, "close", note)
    return decision_id


def _ready(tx: Tx, decision_id: int, step: str, note: str | None, *, passed: bool = False) -> Any:
    row = WORKFLOW.guard(tx, decision_id, step, note)
    if passed and row.result != DecisionResult.PASSED:
        raise Conflict("暂缓或未通过的事项不公示：暂缓的可再次上会，不再推进的请了结", code="not_passed")
    if missing := [FieldError(f"/{name}", words) for name, words in checks.lacking(step, {**row._mapping}).items()]:
        label = WORKFLOW.transitions[step].label
        detail = "；".join(error.detail for error in missing)
        raise Conflict(f"还不能“{label}”：{detail}", code="incomplete", errors=missing)
    return row


# What the supervising office says, and the unit answers


@operation("major_decision.remark")
def remark(tx: Tx, decision_id: int, given: RemarkCreate) -> int:
    """The unit sees it, and is asked to answer."""
    row = WORKFLOW.guard(tx, decision_id, "remark")
    tx.add(DecisionRemark(major_decision_id=decision_id, text=given.text, remarked_by=tx.actor.user_id))
    tell_unit(tx, row.unit_id, Kind.RECEIVED, "major_decision", decision_id)
    _look(tx, row)
    return decision_id


@operation("major_decision.check")
def check(tx: Tx, decision_id: int, note: str | None = None) -> int:
    """Looked at, with nothing to say. What becomes suspicious later on comes up again. 409 while nothing is new."""
    row = WORKFLOW.guard(tx, decision_id, "check", note)
    if _flags(tx, decision_id) <= row.flags_seen:
        raise Conflict("没有新的疑点要核", code="nothing_new")
    tx.reason = note
    _look(tx, row)
    return decision_id


def _look(tx: Tx, row: Any) -> None:
    decision = changing(tx, MajorDecision, row)
    decision.sqlmodel_update({"flags_seen": _flags(tx, row.id), "looked_at": tx.now})
    tx.session.flush()


def _flags(tx: Tx, decision_id: int) -> int:
    count = flags.how_many(sa.literal(tx.today, sa.Date))
    found: int = tx.connection.execute(sa.select(count).where(DECISION.c.id == decision_id)).scalar_one()
    return found


@operation("major_decision.answer")
def answer(tx: Tx, decision_id: int, given: AnswerCreate) -> int:
    """Each remark is answered once."""
    matter = WORKFLOW.guard(tx, decision_id, "answer")
    mine = REMARK.c.id == given.remark_id, REMARK.c.major_decision_id == decision_id
    row = tx.connection.execute(sa.select(REMARK).where(*mine)).one_or_none()
    if row is None:
        raise invalid("remark_id", "这一事项没有这条监督意见，请重新选择")
    if row.answered_at is not None:
        raise Conflict("这条监督意见已经答复", code="answered")
    said = changing(tx, DecisionRemark, row)
    said.sqlmodel_update({"answer": given.text, "answered_by": tx.actor.user_id, "answered_at": tx.now})
    changing(tx, MajorDecision, matter).sqlmodel_update({"answered_at": tx.now})
    tx.session.flush()
    return decision_id


STEPS = {
    "deliberate": deliberate,
    "decide": decide,
    "reconvene": reconvene,
    "disclose": disclose,
    "execute": execute,
    "complete": complete,
    "close": close,
    "check": check,
}
