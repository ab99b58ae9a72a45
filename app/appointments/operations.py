"""Every write to appointments."""

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.appointments.models import (
    APPOINTMENT,
    Appointment,
    AppointmentCreate,
    AppointmentDuty,
    AppointmentEnd,
    AppointmentPatch,
)
from app.appointments.rules import KEEPERS, POLICY
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.within import many, within
from app.core.workflow import changing, find
from app.identity.models import GRANT
from app.units import groups
from app.units.models import OFFICES, UNIT, UnitKind
from app.units.operations import hold_unit, unit_of_district, unit_or_held


@operation("appointment.create")
def create(tx: Tx, given: AppointmentCreate) -> int:
    """A person's post at a unit, with its duty, from a day on."""
    require(tx.actor, *KEEPERS)
    unit = unit_to_keep(tx, given.unit_id)
    start = given.valid_from or tx.today
    check_span(start, given.valid_to)
    check_charge(tx, unit.kind, given.in_charge_unit_ids, ())
    _check_user(tx, given.user_id, unit.id)
    fields = given.model_dump(exclude={"unit_id", "valid_from", "in_charge_unit_ids"})
    charge = sorted(set(given.in_charge_unit_ids))
    _hold(tx, unit.id)
    made = tx.add(Appointment(**fields, in_charge_unit_ids=charge, unit_id=unit.id, valid_from=start))
    assert made.id is not None
    refuse_two_first(tx, [made.id])
    return made.id


def unit_to_keep(tx: Tx, unit_id: int | None) -> Any:
    """The unit whose people the actor keeps: their own, or any for the supervisor; 422 for one that has ended."""
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if unit_id not in tx.actor.units and not tx.actor.has(Role.SUPERVISOR):
        raise Forbidden("只能登记本单位的人员")
    if not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}{groups.absence(unit, tx.today)}，请选择其他单位")
    return unit


@operation("appointment.edit")
def edit(tx: Tx, appointment_id: int, given: AppointmentPatch, version: int | None = None) -> int:
    row = find(tx, POLICY, appointment_id)
    if not row.may_edit:
        raise Forbidden("任职由本单位和督查室维护")
    _refuse_ended(tx, row)
    _hold(tx, row.unit_id)
    appointment = changing(tx, Appointment, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "name", "post", "duty", "in_charge_unit_ids", "valid_from")
    check_span(changes.get("valid_from", row.valid_from), changes.get("valid_to", row.valid_to))
    if "in_charge_unit_ids" in changes:
        kind = tx.connection.execute(sa.select(UNIT.c.kind).where(UNIT.c.id == row.unit_id)).scalar_one()
        changes["in_charge_unit_ids"] = sorted(set(changes["in_charge_unit_ids"]))
        check_charge(tx, kind, changes["in_charge_unit_ids"], row.in_charge_unit_ids)
    if changes.get("user_id") != row.user_id:
        _check_user(tx, changes.get("user_id"), row.unit_id)
    appointment.sqlmodel_update(changes)
    tx.session.flush()
    refuse_two_first(tx, [appointment_id])
    return appointment_id


@operation("appointment.end")
def end(tx: Tx, appointment_id: int, given: AppointmentEnd) -> int:
    """The last day of an appointment; it stays readable for good."""
    row = find(tx, POLICY, appointment_id)
    if not row.may_end:
        raise Forbidden("任职由本单位和督查室维护")
    _refuse_ended(tx, row)
    last = given.on or tx.today
    if last < row.valid_from:
        raise invalid("on", f"结束日期 {last} 早于任职起始日期 {row.valid_from}，请改为同日或以后")
    tx.reason = given.note or None
    _hold(tx, row.unit_id)
    changing(tx, Appointment, row).valid_to = last
    tx.session.flush()
    refuse_two_first(tx, [appointment_id])
    return appointment_id


def _refuse_ended(tx: Tx, row: Any) -> None:
    if row.valid_to is not None and row.valid_to < tx.today:
        raise Conflict(f"这一任职已于 {row.valid_to} 结束，不能再改；重新任职请另行登记", code="ended")


_GIVEN = within(APPOINTMENT.c.id, many("ids"))
_HOLD = sa.select(UNIT.c.id).where(UNIT.c.id.in_(sa.select(APPOINTMENT.c.unit_id).where(_GIVEN)))
_HOLD = _HOLD.order_by(UNIT.c.id).with_for_update(key_share=True)
_OTHER = APPOINTMENT.alias("other")


def _hold(tx: Tx, unit_id: int) -> None:
    """Before a row of it is written, which moves the epoch: whoever changes a unit takes the two so as well."""
    hold_unit(tx, unit_id)


def _goes_beyond(one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.or_(one.c.valid_to.is_(None), one.c.valid_to > other.c.valid_from)


_SECOND = (
    sa.select(_OTHER.c.name, _OTHER.c.valid_from, _OTHER.c.valid_to, UNIT.c.name.label("unit_name"))
    .where(_OTHER.c.unit_id == APPOINTMENT.c.unit_id, UNIT.c.id == APPOINTMENT.c.unit_id)
    .where(_GIVEN, _OTHER.c.id != APPOINTMENT.c.id, UNIT.c.kind != UnitKind.BUREAU)
    .where(*(each.c.duty == AppointmentDuty.PRIMARY_RESPONSIBLE_PERSON for each in (APPOINTMENT, _OTHER)))
    .where(_goes_beyond(APPOINTMENT, _OTHER), _goes_beyond(_OTHER, APPOINTMENT))
    .order_by(_OTHER.c.id)
    .limit(1)
)


def refuse_two_first(tx: Tx, ids: Collection[int]) -> None:
    """Of appointments just written: a unit has one 第一责任人 at a time, but for the bureau, whose leaders each are.

    The day of handing over may be the last of the one and the first of the other. The units are held before it is
    looked, so that of two at once the second sees the first.
    """
    binds = {"ids": sorted(ids)}
    tx.connection.execute(_HOLD, binds)
    if (other := tx.connection.execute(_SECOND, binds).first()) is not None:
        raise Conflict(two_first(other.unit_name, other.name, other.valid_from, other.valid_to), code="two_first")


def two_first(unit: str, name: str, begins: date, ends: date | None) -> str:
    since = f"{begins} 起" if ends is None else f"{begins} 至 {ends}"
    return f"{unit}已有第一责任人{name}（{since}），请先结束其任职再登记接任的人，或改起止日期"


def check_span(start: date, end: date | None) -> None:
    if end is not None and end < start:
        raise invalid("valid_to", f"结束日期 {end} 早于起始日期 {start}，请改为同日或以后")


ONLY_LEADERS = "只有教育局领导才分管股室、二级单位；其他分管工作请写在“分管工作”里"
ONLY_OFFICES = "分管的单位须为股室或二级单位"


def check_charge(tx: Tx, kind: UnitKind, unit_ids: list[int], held: Collection[int]) -> None:
    """Leaders of the bureau are in charge of its offices; whoever else is in charge of something says it in words.
    Of what has ended they keep what they ``held``."""
    if not unit_ids:
        return
    if kind != UnitKind.BUREAU:
        raise invalid("in_charge_unit_ids", ONLY_LEADERS)
    named = sa.select(UNIT.c.kind).where(within(UNIT.c.id, many("ids")), UNIT.c.district_id == tx.actor.district_id)
    kinds = tx.connection.execute(named, {"ids": sorted(set(unit_ids))}).scalars().all()
    if len(kinds) != len(set(unit_ids)):
        raise invalid("in_charge_unit_ids", "有的单位不在单位名录里，请重新选择")
    if not set(kinds) <= set(OFFICES):
        raise invalid("in_charge_unit_ids", ONLY_OFFICES)
    for unit_id in unit_ids:
        unit_or_held(tx, unit_id, "in_charge_unit_ids", held)


def _check_user(tx: Tx, user_id: int | None, unit_id: int) -> None:
    """Someone who acts for the unit: whoever keeps its people learns of no other account."""
    if user_id is None:
        return
    held = sa.select(GRANT.c.id).where(GRANT.c.user_id == user_id, *granted_on(unit_id, tx.today)).limit(1)
    if tx.connection.execute(held).first() is None:
        raise invalid("user_id", "没有这个账号，或它没有这个单位的授权，请重新选择")


def granted_on(unit_id: int, day: date) -> tuple[sa.ColumnElement[bool], ...]:
    """Grants on a unit that hold on a day."""
    lasting = sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= day)
    return GRANT.c.unit_id == unit_id, GRANT.c.valid_from <= day, lasting
