"""Every write to indicators and their figures."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.assignments.periods import terms
from app.assignments.words import dated
from app.core.audit import record
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.indicators import periods
from app.indicators.models import (
    EARLIER,
    INDICATOR,
    MOST_OF_A_SHARE,
    VALUE,
    Indicator,
    IndicatorCreate,
    IndicatorMeasure,
    IndicatorPatch,
    IndicatorValue,
    ValueCreate,
    ValuePatch,
)
from app.indicators.rules import KEEPERS, POLICY, REPORTERS, VALUES
from app.units import groups
from app.units.models import GROUP
from app.units.operations import office_of_district, unit_of_district

TOLD_BY = ("measure", "direction", "cadence")
"""What figures that were reported are read by."""

# Indicators


@operation("indicator.create")
def create(tx: Tx, given: IndicatorCreate) -> int:
    """What is to be counted, by which units, and what is to be reached."""
    require(tx.actor, *KEEPERS)
    office_id = _office_to_keep(tx, given.office_id)
    fields = given.model_dump(exclude={"office_id", "valid_from"})
    fields |= {"office_id": office_id, "valid_from": given.valid_from or tx.today}
    _check(tx, fields)
    made = tx.add(Indicator(**fields))
    assert made.id is not None
    return made.id


def _office_to_keep(tx: Tx, office_id: int | None) -> int:
    """An office keeps its own indicators; the supervisor says whose one is."""
    if office_id is None:
        homes = [unit_id for unit_id in tx.actor.home_units if unit_id in tx.actor.offices]
        if len(homes) != 1:
            raise invalid("office_id", "请选择主管股室")
        office_id = homes[0]
    office = office_of_district(tx, office_id, "主管股室须为股室或二级单位")
    if office_id not in tx.actor.offices and not tx.actor.has(Role.SUPERVISOR):
        raise Forbidden("只能设置本股室的指标")
    if not groups.exists_on(office, tx.today):
        raise invalid("office_id", f"{office.name}{groups.absence(office, tx.today)}，请选择其他股室")
    return office_id


@operation("indicator.edit")
def edit(tx: Tx, indicator_id: int, given: IndicatorPatch, version: int | None = None) -> int:
    """Another wording, time or target; what was reached before stays so, unless an earlier period is named."""
    _hold(tx, indicator_id)
    row = find(tx, POLICY, indicator_id)
    if not row.may_edit:
        raise Forbidden("指标由主管股室和督查室维护")
    indicator = changing(tx, Indicator, row, version)
    changes = given.model_dump(exclude_unset=True)
    since, was = changes.pop("target_from", None), row.target
    open_ended = {"numerator_name", "denominator_name", "valid_to"}
    refuse_emptied(changes, *(name for name in changes if name not in open_ended))
    if changes.get("office_id", row.office_id) != row.office_id:
        _office_to_keep(tx, changes["office_id"])
    _check(tx, {**row._mapping, **changes})
    _refuse_other_figures(tx, row, changes)
    indicator.sqlmodel_update(changes)
    keep_earlier(tx, indicator, was, since)
    tx.session.flush()
    return indicator_id


def keep_earlier(tx: Tx, indicator: Indicator, was: Decimal, since: str | None = None) -> None:
    """The target that it has now holds from ``since`` on, the present period unless said; ``was`` the one before.

    Where nothing was reported yet, and no period is named, there is nothing to keep: it holds of all of them.
    """
    if since is None and indicator.target == was:
        return
    known = terms(tx)
    if since is not None:
        since = periods.of_name(indicator, since, tx.today, known, "target_from").name
    elif _is_reported(tx, indicator.id):
        since = periods.present(indicator, tx.today, known)
    of_it = EARLIER.c.indicator_id == indicator.id
    held = tx.connection.execute(sa.select(EARLIER).where(of_it).order_by(EARLIER.c.before_period)).all()
    before = next((row.target for row in held if since is not None and row.before_period >= since), was)
    tx.connection.execute(sa.delete(EARLIER).where(of_it, EARLIER.c.before_period >= (since or "")))
    if since is not None:
        kept = {"indicator_id": indicator.id, "before_period": since, "target": before}
        tx.connection.execute(sa.insert(EARLIER).values(district_id=indicator.district_id, **kept))
        record(tx, "indicator", indicator.id, after={"target_from": since})
        # Whoever holds an older copy is told, though the figure itself may be the same.
        indicator.updated_at = tx.now


@operation("indicator.delete")
def delete(tx: Tx, indicator_id: int, version: int | None = None) -> None:
    """One defined by mistake. 409 once figures were reported: it is ended instead."""
    _hold(tx, indicator_id)
    row = find(tx, POLICY, indicator_id)
    if not row.may_edit:
        raise Forbidden("指标由主管股室和督查室维护")
    if _is_reported(tx, indicator_id):
        raise Conflict("已有填报，不能删除；请先删除填错的数据，或填写“止”来结束这一指标", code="reported")
    indicator = changing(tx, Indicator, row, version)
    tx.connection.execute(sa.delete(EARLIER).where(EARLIER.c.indicator_id == indicator_id))
    tx.session.delete(indicator)
    tx.session.flush()


def _hold(tx: Tx, indicator_id: int, *, shared: bool = False) -> None:
    """Until the end of the transaction figures and the measure that they are read by change one after another; those
    who report share it among themselves.
    """
    held = sa.select(INDICATOR.c.id).where(INDICATOR.c.id == indicator_id).with_for_update(read=shared)
    tx.connection.execute(held)


def _refuse_other_figures(tx: Tx, row: Any, changes: Mapping[str, Any]) -> None:
    if all(changes.get(name, getattr(row, name)) == getattr(row, name) for name in TOLD_BY):
        return
    if _is_reported(tx, row.id):
        raise Conflict("已有填报，不能再改计量方式、要求和周期；请结束这一指标，另设一项", code="reported")
    # Periods of another cadence have other names.
    tx.connection.execute(sa.delete(EARLIER).where(EARLIER.c.indicator_id == row.id))


def _is_reported(tx: Tx, indicator_id: int | None) -> bool:
    reported = sa.select(VALUE.c.id).where(VALUE.c.indicator_id == indicator_id).limit(1)
    return tx.connection.execute(reported).first() is not None


def check_definition(fields: Mapping[str, Any]) -> None:
    """422 at what does not go together."""
    named = [fields[name] is not None for name in ("numerator_name", "denominator_name")]
    if fields["measure"] == IndicatorMeasure.COUNT:
        if any(named):
            raise invalid("numerator_name" if named[0] else "denominator_name", "数量没有分子和分母，请留空")
    else:
        if not all(named):
            raise invalid(
                "denominator_name" if named[0] else "numerator_name", "请写明数的是什么，如“参加课后服务学生数”"
            )
        if fields["target"] > MOST_OF_A_SHARE:
            raise invalid("target", f"百分比和比值的目标不能大于 {MOST_OF_A_SHARE}")
    if fields["valid_to"] is not None and fields["valid_to"] < fields["valid_from"]:
        raise invalid("valid_to", f"结束日期早于起始日期 {fields['valid_from']}，请改为同日或以后")


def _check(tx: Tx, fields: Mapping[str, Any]) -> None:
    check_definition(fields)
    mine = GROUP.c.id == fields["unit_group_id"], GROUP.c.district_id == tx.actor.district_id
    if tx.connection.execute(sa.select(GROUP.c.id).where(*mine)).first() is None:
        raise invalid("unit_group_id", "没有这个单位组，请重新选择")


# Figures


@operation("indicator_value.create")
def report(tx: Tx, given: ValueCreate) -> int:
    """A unit's figures of a period. 409 where it has reported already: that is changed instead."""
    require(tx.actor, *REPORTERS)
    _hold(tx, given.indicator_id, shared=True)
    try:
        indicator = find(tx, POLICY, given.indicator_id)
    except NotFound:
        raise invalid("indicator_id", "没有这一指标，请重新选择") from None
    unit = unit_of_district(tx, _unit_to_report(tx, given.unit_id))
    if unit.id not in tx.actor.units and indicator.office_id not in tx.actor.offices:
        raise Forbidden("只能填报本单位的数据，或由主管股室填报")
    known = terms(tx)
    name = given.period or periods.newest(periods.begun(indicator, tx.today, known))
    if name is None:
        raise invalid("period", f"这一指标从 {indicator.valid_from} 起，还没有可以填报的周期")
    period = periods.of_name(indicator, name, tx.today, known)
    day = periods.day_of(period, tx.today)
    if unit.id not in groups.members_by_day(tx, indicator.unit_group_id, [day])[day]:
        raise invalid("unit_id", f"{unit.name}不在这一指标的填报范围内")
    reported_on = given.reported_on or tx.today
    check_figures(indicator, given.model_dump(), reported_on, tx.today)
    _refuse_second(tx, indicator.id, unit, name)
    fields = given.model_dump(include={"numerator", "denominator", "number", "note"})
    placed = {"indicator_id": indicator.id, "unit_id": unit.id, "period": name, "reported_on": reported_on}
    made = tx.add(IndicatorValue(**fields, **placed))
    assert made.id is not None
    return made.id


def _unit_to_report(tx: Tx, unit_id: int | None) -> int:
    if unit_id is None and len(tx.actor.home_units) != 1:
        raise invalid("unit_id", "请选择单位")
    return tx.actor.home_units[0] if unit_id is None else unit_id


def _refuse_second(tx: Tx, indicator_id: int, unit: Any, period: str) -> None:
    """In plain words; of two at once the database refuses one."""
    same = VALUE.c.indicator_id == indicator_id, VALUE.c.unit_id == unit.id, VALUE.c.period == period
    if tx.connection.execute(sa.select(VALUE.c.id).where(*same)).first() is not None:
        why = f"{unit.name}{dated(period)}已经填报，请在原记录上修改"
        raise Conflict(why, code="duplicate", errors=[FieldError("/period", why)])


@operation("indicator_value.edit")
def edit_value(tx: Tx, value_id: int, given: ValuePatch, version: int | None = None) -> int:
    row = find(tx, VALUES, value_id)
    if not row.may_edit:
        raise Forbidden("数据由填报单位和主管股室修改")
    value = changing(tx, IndicatorValue, row, version)
    indicator = find(tx, POLICY, row.indicator_id)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "reported_on")
    whole = {**row._mapping, **changes}
    check_figures(indicator, whole, whole["reported_on"], tx.today)
    value.sqlmodel_update(changes)
    tx.session.flush()
    return value_id


@operation("indicator_value.delete")
def delete_value(tx: Tx, value_id: int, version: int | None = None) -> None:
    """Figures entered by mistake, as of another unit: by the office that keeps the indicator. The log keeps them."""
    row = find(tx, VALUES, value_id)
    if not row.may_delete:
        raise Forbidden("填错的数据由主管股室删除；本单位的数据请改正")
    tx.session.delete(changing(tx, IndicatorValue, row, version))
    tx.session.flush()


NOT_YET = "填报日期不能晚于今天"


def check_figures(indicator: Any, given: Mapping[str, Any], reported_on: date, today: date) -> None:
    """422 at each figure that is wanting, out of place or cannot be."""
    counts = indicator.measure == IndicatorMeasure.COUNT
    parts = {"numerator": indicator.numerator_name, "denominator": indicator.denominator_name}
    wanted = {"number": "数值"} if counts else parts
    errors = [FieldError(f"/{name}", f"请填写{words}") for name, words in wanted.items() if given.get(name) is None]
    unwanted = parts if counts else {"number": ""}
    why = "这一指标只填数值，请留空" if counts else "这一指标填分子和分母，请留空"
    errors += [FieldError(f"/{name}", why) for name in unwanted if given.get(name) is not None]
    above, below = given.get("numerator"), given.get("denominator")
    if not errors and not counts and above is not None and below is not None:
        if below == 0 and above > 0:
            why = f"{indicator.denominator_name}为 0，{indicator.numerator_name}也只能是 0，请核对"
            errors.append(FieldError("/denominator", why))
        elif indicator.measure == IndicatorMeasure.PERCENT and above > below:
            why = f"{indicator.numerator_name}不能多于{indicator.denominator_name}"
            errors.append(FieldError("/numerator", why))
    if reported_on > today:
        errors.append(FieldError("/reported_on", NOT_YET))
    if errors:
        raise Invalid("请改正标出的内容", errors=errors)
