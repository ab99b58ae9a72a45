"""Every write of the calendar: days, school terms, and the public holidays of a year at once."""

from datetime import date
from typing import Any

import holidays
import sqlalchemy as sa

from app.calendars import rules
from app.calendars.models import DAY, TERM, DayCreate, SchoolTerm, TermCreate
from app.core import epoch
from app.core.audit import audited_write, record
from app.core.calendar import CalendarDay
from app.core.db import insert_or_ignore
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Put, Tx, operation
from app.core.policy import Role, require
from app.core.workflow import changing, find
from app.units.operations import hold_district

ADJUSTED = "调休上班"
WORDS = {True: "上班", False: "休息"}


@operation("calendar_day.put")
def put_day(tx: Tx, given: DayCreate) -> Put:
    """What a day is from now on. 422 where the rule Monday to Friday says so, or would if the day's row went."""
    require(tx.actor, Role.SUPERVISOR)
    hold_district(tx)
    same = sa.select(DAY).where(DAY.c.district_id == tx.actor.district_id, DAY.c.on == given.on)
    known = tx.connection.execute(same).one_or_none()
    if given.is_workday == (given.on.weekday() < 5):
        raise invalid("on", f"{given.on} {_needless(given.is_workday, known)}")
    if known is None:
        return Put(_id(tx.add(CalendarDay(**given.model_dump())).id), created=True)
    changing(tx, CalendarDay, known).sqlmodel_update(given.model_dump())
    tx.session.flush()
    return Put(known.id, created=False)


def _needless(is_workday: bool, known: Any) -> str:
    if known is None:
        return f"不用登记：{'周一至周五本来就上班' if is_workday else '周六、周日本来就休息'}"
    name = f"（{known.name}）" if known.name else ""
    return f"已登记为{WORDS[known.is_workday]}{name}，要恢复为{WORDS[is_workday]}，请删除这一条"


@operation("calendar_day.delete")
def delete_day(tx: Tx, day_id: int) -> None:
    row = find(tx, rules.DAYS, day_id)
    if not row.may_delete:
        raise Forbidden("工作日历由督查室维护")
    tx.session.delete(changing(tx, CalendarDay, row))
    tx.session.flush()


@operation("calendar_day.load_year")
def load_year(tx: Tx, year: int) -> dict[str, int]:
    """The public holidays of a year and the weekends worked for them (放假办法 and the yearly notice of the State
    Council, as the ``holidays`` package knows them). What the bureau set itself stays. Gives how many were added."""
    require(tx.actor, Role.SUPERVISOR)
    rows = [
        {"on": on, "is_workday": worked, "name": name, "district_id": tx.actor.district_id, "version": 1}
        | {"created_at": tx.now, "updated_at": tx.now}
        for on, worked, name in public_days(year)
    ]
    if not rows:
        return {"year": year, "added": 0}
    hold_district(tx)
    with audited_write(tx.connection):
        added = len(tx.connection.execute(insert_or_ignore(tx.connection, DAY).returning(DAY.c.id), rows).all())
    if added:
        assert tx.actor.district_id is not None
        epoch.move(tx.connection, tx.actor.district_id)
        record(tx, "calendar_day", None, after={"year": year, "added": added})
    return {"year": year, "added": added}


def public_days(year: int) -> list[tuple[date, bool, str]]:
    """(day, whether worked, its name) for each day of a year that differs from the rule Monday to Friday."""
    known = holidays.country_holidays("CN", years=year, language="zh_CN")
    free = [(on, False, name) for on, name in sorted(known.items()) if on.weekday() < 5]
    worked = [(on, True, ADJUSTED) for on in sorted(known.weekend_workdays) if on.year == year]
    return sorted(free + worked)


@operation("school_term.create")
def create_term(tx: Tx, given: TermCreate) -> int:
    """A term of the table. 422 for one that ends before it begins, 409 where it overlaps another."""
    require(tx.actor, Role.SUPERVISOR)
    if given.ends_on <= given.starts_on:
        raise invalid("ends_on", f"结束日期 {given.ends_on} 须晚于开始日期 {given.starts_on}")
    hold_district(tx)
    mine = TERM.c.district_id == tx.actor.district_id
    overlapping = sa.and_(TERM.c.starts_on <= given.ends_on, TERM.c.ends_on >= given.starts_on)
    clash = sa.select(TERM.c.name).where(mine, sa.or_(overlapping, TERM.c.name == given.name))
    if other := tx.connection.execute(clash).scalar():
        raise Conflict(f"与已有的学期 {other} 重复或重叠，请先删除它或改日期", code="term_overlaps")
    return _id(tx.add(SchoolTerm(**given.model_dump())).id)


@operation("school_term.delete")
def delete_term(tx: Tx, term_id: int) -> None:
    row = find(tx, rules.TERMS, term_id)
    if not row.may_delete:
        raise Forbidden("学期由督查室维护")
    tx.session.delete(changing(tx, SchoolTerm, row))
    tx.session.flush()


def _id(row_id: int | None) -> int:
    assert row_id is not None
    return row_id
