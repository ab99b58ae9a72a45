"""Every write to rounds, and a unit's word that it found nothing."""

import sqlalchemy as sa

from app.core.errors import Conflict, FieldError, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.integrity_risks.models import RISK
from app.integrity_risks.round_models import ROUND, NilReportCreate, RiskNilReport, RiskRound, RoundCreate, RoundPatch
from app.integrity_risks.rules import CLOSED, OPEN, ROUND_WORKFLOW, ROUNDS
from app.notifications.models import Kind
from app.notifications.operations import tell_each, tell_units
from app.units import groups
from app.units.models import UnitKind
from app.units.operations import check_group, office_of_district, unit_of_district
from app.units.reviewing import CARRIERS

NEVER_SEARCHING = (UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM)


@operation("risk_round.create")
def create(tx: Tx, given: RoundCreate) -> int:
    """Asked of the group's units from now on. 409 where the year has one of that title."""
    require(tx.actor, Role.SUPERVISOR)
    _check(tx, given.unit_group_id, given.office_id)
    if given.deadline_on < tx.today:
        raise invalid("deadline_on", f"{given.deadline_on} 已过，请填写今天或以后的日期")
    made = tx.add(RiskRound(**given.model_dump()))
    assert made.id is not None
    _tell_units(tx, made)
    return made.id


@operation("risk_round.edit")
def edit(tx: Tx, round_id: int, given: RoundPatch, version: int | None = None) -> int:
    row = ROUND_WORKFLOW.guard(tx, round_id, "edit")
    risk_round = changing(tx, RiskRound, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "title", "deadline_on", "unit_group_id")
    _check(tx, changes.get("unit_group_id"), changes.get("office_id"))
    risk_round.sqlmodel_update(changes)
    tx.session.flush()
    if risk_round.unit_group_id != row.unit_group_id:
        _tell_units(tx, risk_round)
    return round_id


def _tell_units(tx: Tx, risk_round: RiskRound) -> None:
    """Whoever is asked now, each once until that day."""
    told = ((unit_id, risk_round.id or 0, risk_round.deadline_on) for unit_id in _asked(tx, risk_round.unit_group_id))
    tell_each(tx, Kind.GIVEN, "risk_round", told)


def _asked(tx: Tx, group_id: int) -> set[int]:
    return set(groups.members(tx, [group_id], tx.today)[group_id])


@operation("risk_round.close")
def close(tx: Tx, round_id: int, note: str | None = None) -> int:
    """Nothing more is found in it; what was found goes on."""
    row = ROUND_WORKFLOW.guard(tx, round_id, "close", note)
    ROUND_WORKFLOW.step(tx, row, "close", note, closed_at=tx.now)
    return round_id


@operation("risk_round.reopen")
def reopen(tx: Tx, round_id: int, note: str | None = None) -> int:
    """Whoever is asked now is told of it each time."""
    row = ROUND_WORKFLOW.guard(tx, round_id, "reopen", note)
    ROUND_WORKFLOW.step(tx, row, "reopen", note, closed_at=None)
    tell_units(tx, _asked(tx, row.unit_group_id), Kind.REOPENED, "risk_round", round_id)
    return round_id


STEPS = {"close": close, "reopen": reopen}


def _check(tx: Tx, group_id: int | None, office_id: int | None) -> None:
    if group_id is not None:
        check_group(tx, group_id)
    if office_id is not None:
        office_of_district(tx, office_id, "审核的须是股室或二级单位")


# By a unit


def unit_to_report(tx: Tx, unit_id: int | None) -> int:
    """One of the actor's own units that there is, the only one unless said."""
    require(tx.actor, *CARRIERS)
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if unit_id not in tx.actor.units:
        raise Forbidden("只能填报本单位的廉政风险")
    if unit.kind in NEVER_SEARCHING:
        raise invalid("unit_id", f"{unit.name}不向教育局报送廉政风险，请选择其他单位")
    return unit_id


def refuse_unasked(tx: Tx, risk_round: RiskRound, unit_id: int, field: str = "unit_id") -> None:
    """409 once the round is closed, 422 for a unit of which it is not asked."""
    if risk_round.state == CLOSED:
        raise Conflict(f"“{risk_round.title}”已结束，不能再填报", code="wrong_state", state=CLOSED)
    if unit_id not in groups.members(tx, [risk_round.unit_group_id], tx.today)[risk_round.unit_group_id]:
        raise invalid(field, "这个单位不在本轮排查范围内，请选择其他单位")


@operation("risk_nil_report.create")
def report_nil(tx: Tx, round_id: int, given: NilReportCreate) -> int:
    """The unit has searched and found nothing. 409 where it has risk points in the round, or said so already."""
    find(tx, ROUNDS, round_id)
    unit_id = unit_to_report(tx, given.unit_id)
    refuse_unasked(tx, held(tx, round_id), unit_id)
    mine = sa.select(RISK.c.id).where(RISK.c.round_id == round_id, RISK.c.unit_id == unit_id).limit(1)
    if tx.connection.execute(mine).first() is not None:
        raise Conflict("本单位在这一轮已有风险点，不能再作零报告", code="risks_found")
    if nil_report(tx, round_id, unit_id) is not None:
        why = "本单位在这一轮已作零报告"
        raise Conflict(why, code="duplicate", errors=[FieldError("/unit_id", why)])
    tx.add(RiskNilReport(round_id=round_id, unit_id=unit_id, note=given.note or None))
    return round_id


def nil_report(tx: Tx, round_id: int, unit_id: int) -> RiskNilReport | None:
    mine = sa.select(RiskNilReport).where(
        RiskNilReport.round_id == round_id,  # type: ignore[arg-type]
        RiskNilReport.unit_id == unit_id,  # type: ignore[arg-type]
    )
    return tx.session.scalars(mine).one_or_none()


def take_back_nil(tx: Tx, round_id: int, unit_id: int) -> None:
    """What was found takes back that there was nothing."""
    nothing = nil_report(tx, round_id, unit_id)
    if nothing is not None:
        tx.session.delete(nothing)


def held(tx: Tx, round_id: int) -> RiskRound:
    """The round, standing as it is until the end: it is not closed while a unit reports in it, and of what a unit says
    at the same moment (a risk point, that there is none) one is said after the other."""
    tx.connection.execute(sa.select(ROUND.c.id).where(ROUND.c.id == round_id).with_for_update())
    found = tx.session.get(RiskRound, round_id)
    assert found is not None
    return found


def only_open(tx: Tx) -> int:
    """The round in which units report now, where there is one."""
    mine = sa.select(ROUND.c.id).where(ROUND.c.district_id == tx.actor.district_id, ROUND.c.state == OPEN).limit(2)
    found = tx.connection.execute(mine).scalars().all()
    if len(found) != 1:
        raise invalid("round_id", "请选择排查轮次" if found else "现在没有进行中的排查，请等督查室部署后再填报")
    only: int = found[0]
    return only
