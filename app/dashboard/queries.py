"""统计看板: how a plan stands, by lamp, by area, by week, by unit, and the ranking of schools.

Every figure is that of the rows behind its link: ``/assignments?plan_id=…&counted=true&standing=…``.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.assignments.queries import lamp_binds
from app.assignments.rules import dispatched
from app.core.calendar import SHANGHAI
from app.core.db import unbounded
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.policy import DISTRICT, DISTRICT_WIDE
from app.dashboard import figures
from app.dashboard.figures import Calendar, Tally
from app.plans.models import PLAN, PlanState
from app.plans.rules import POLICY as PLANS
from app.units.groups import exists_on
from app.units.models import SCHOOLS, UNIT, UnitKind

SIGN_WITHIN = 2
"""Workdays in which a row is to be acknowledged."""
WEEKS = 6
OFFERED = 100
"""Of how many plans, the newest, one is chosen."""
WEIGHTS = {"signed": 20, "in_time": 40, "not_sent_back": 10, "closed": 30}
FORMULA = (
    f"按时签收率 = 下发后 {SIGN_WITHIN} 个工作日内签收数 ÷ 应签收数；按期办结率 = 时限内办结数 ÷ 已到期数；"
    "退回率 = 退回数 ÷ 提交数；整改销号率 = 已销号数 ÷ 已销号和已到期数。"
    f"综合 = 签收率 × {WEIGHTS['signed']} + 办结率 × {WEIGHTS['in_time']} +（1 − 退回率）× {WEIGHTS['not_sent_back']}"
    f" + 销号率 × {WEIGHTS['closed']} − 逾期数；没有应办事项的比率按 100% 计。有牵头单位的任务只统计牵头单位。"
    "待处置的任务不计，已撤并、停办的单位不参加排名。"
)


def plans(see: Reader, asked: int | None = None) -> list[dict[str, Any]]:
    """The plans to choose from, newest first: issued ones and those that ended. One that is ``asked`` for is among
    them, however old."""
    readable = [PLANS.read(see.actor.roles), PLAN.c.state != PlanState.DRAFT]
    newest = sa.select(PLAN.c.id).where(*readable).order_by(PLAN.c.id.desc()).limit(OFFERED).correlate(None)
    columns = (PLAN.c[name] for name in ("id", "title", "state", "issued_on", "year"))
    offered = sa.or_(PLAN.c.id.in_(newest), PLAN.c.id == sa.bindparam("asked", type_=sa.BigInteger))
    statement = sa.select(*columns).where(*readable, offered).order_by(PLAN.c.id.desc())
    return [dict(row._mapping) for row in see.connection.execute(statement, {**see.actor.binds, "asked": asked})]


@unbounded
def dashboard(see: Reader, plan_id: int | None = None) -> dict[str, Any]:
    """All figures of a plan over what the actor may see; when none is named, of the newest dispatched one whose
    year has begun: another is issued, or dispatched for the next year, while this one is still carried out.

    404 for a plan out of sight. Rates are per cent with one decimal, null where nothing was due. ``ranking`` is
    for those who see the whole district: a rank among a part of the schools would say nothing.
    """
    choice = plans(see, plan_id)
    plan = _chosen(see, choice, plan_id)
    if plan is None:
        return _shown(see, None, [], Tally(), [], [], [], [], 0)
    roles = see.actor.roles
    amber = lamp_binds(see)["lamp_amber"]
    binds = {**see.actor.binds, "figures_plan": plan["id"], "figures_today": see.today, "figures_amber": amber}
    rows = see.connection.execute(figures.by_unit(roles), binds).all()
    days = see.connection.execute(figures.by_day(roles), binds).all()
    calendar = _calendar(see, rows)
    whole = Tally()
    tallies: dict[int, tuple[Tally, Tally]] = {}
    for row in rows:
        mine, ranked_by = tallies.setdefault(row.unit_id, (Tally(), Tally()))
        for tally in (whole, mine) if row.awaits_decision else (whole, mine, ranked_by):
            figures.add(tally, row, calendar)
            figures.add_conduct(tally, row, calendar)
    units = _units(see, tallies)
    areas = _areas(see, binds, calendar)
    ranking = ranked(units, closed_rates(see), SCHOOLS) if see.actor.has(*DISTRICT_WIDE) else []
    weeks = [_week(tick, days, whole.to_do) for tick in _ticks(see, plan["issued_on"])]
    late_change = whole.parts["late"] - figures.late_on(days, calendar.week_ago)
    return _shown(see, plan, choice, whole, areas, weeks, units, ranking, late_change)


def _shown(
    see: Reader,
    plan: dict[str, Any] | None,
    choice: list[dict[str, Any]],
    whole: Tally,
    areas: list[dict[str, Any]],
    weeks: list[dict[str, Any]],
    units: list[dict[str, Any]],
    ranking: list[dict[str, Any]],
    late_change: int,
) -> dict[str, Any]:
    about = {"items": sum(area["items"] for area in areas), "units": len(units), "late_change": late_change}
    return {
        "plan_id": plan and plan["id"],
        "plan_title": plan and plan["title"],
        "snapshot_at": see.now,
        "plans": choice,
        "totals": _parts(whole) | _conduct(whole) | about,
        "areas": areas,
        "weeks": weeks,
        "units": units,
        "ranking": ranking,
        "formula": FORMULA,
    }


_CARRIED_OUT = sa.select(PLAN.c.id).where(
    PLAN.c.district_id == DISTRICT, PLAN.c.state == PlanState.ISSUED, dispatched(PLAN)
)


def _chosen(see: Reader, choice: list[dict[str, Any]], plan_id: int | None) -> dict[str, Any] | None:
    if plan_id is None:
        carried_out = set(see.connection.execute(_CARRIED_OUT, see.actor.binds).scalars())
        issued = [plan for plan in choice if plan["state"] == PlanState.ISSUED]
        begun = [plan for plan in issued if not plan["year"] or plan["year"] <= see.today.year]
        sent = [plan for plan in issued if plan["id"] in carried_out]
        return next(iter([plan for plan in begun if plan in sent] or sent or begun or issued or choice), None)
    for plan in choice:
        if plan["id"] == plan_id:
            return plan
    raise NotFound()


def _calendar(see: Reader, rows: Sequence[Any]) -> Calendar:
    sign_by = {day: see.workdays.add(day, SIGN_WITHIN) for day in {row.sent_on for row in rows}}
    return Calendar(see.today, lamp_binds(see)["lamp_amber"], see.today - timedelta(days=7), sign_by)


def rate(part: int, whole: int) -> float | None:
    """Per cent with one decimal."""
    return round(100 * part / whole, 1) if whole else None


def _parts(tally: Tally) -> dict[str, Any]:
    return {
        "due": tally.due,
        **tally.parts,
        "declined": tally.declined,
        "untimed": tally.untimed,
        "rate": rate(tally.parts["completed"], tally.to_do),
    }


def _conduct(tally: Tally) -> dict[str, float | None]:
    return {
        "signed_rate": rate(tally.signed, tally.sign_due),
        "in_time_rate": rate(tally.in_time, tally.ran_out),
        "send_back_rate": rate(tally.send_backs, tally.submits),
    }


_NAMES = sa.select(*(UNIT.c[name] for name in ("id", "name", "kind", "valid_from", "valid_to"))).where(
    UNIT.c.district_id == sa.bindparam("district")
)


def _units(see: Reader, tallies: dict[int, tuple[Tally, Tally]]) -> list[dict[str, Any]]:
    """``ranked_by``: the same figures without what awaits someone's decision (待处置); None where all of it does, and
    of a unit that is no more: nobody answers for either."""
    known = {row.id: row for row in see.connection.execute(_NAMES, {"district": see.actor.district_id})}
    return [
        {
            "unit_id": unit_id,
            "unit_name": known[unit_id].name,
            "unit_kind": known[unit_id].kind,
            **_parts(tally),
            **_conduct(tally),
            "ranked_by": _conduct(ranked_by) | {"late": ranked_by.parts["late"]}
            if ranked_by.due and exists_on(known[unit_id], see.today)
            else None,
        }
        for unit_id, (tally, ranked_by) in sorted(tallies.items())
    ]


def _areas(see: Reader, binds: dict[str, Any], calendar: Calendar) -> list[dict[str, Any]]:
    """The areas in the plan's order that hold rows; items beside them last, under one head."""
    of_item = {row.item_id: row for row in see.connection.execute(figures.AREAS, binds)}
    found: dict[int | None, tuple[Any, Tally, set[int]]] = {row.id: (row, Tally(), set()) for row in of_item.values()}
    for row in see.connection.execute(figures.by_item(see.actor.roles), binds):
        _, tally, items = found[of_item[row.plan_item_id].id]
        figures.add(tally, row, calendar)
        items.add(row.plan_item_id)
    return [
        {
            "area_id": area_id,
            "number": area.number or "",
            "title": area.title or "未分方面",
            "items": len(items),
            **_parts(tally),
        }
        for area_id, (area, tally, items) in found.items()
        if items
    ]


def _ticks(see: Reader, issued_on: date | None) -> list[date]:
    """The last workday of each of the past weeks since the plan was issued, and today."""
    start = see.today - timedelta(days=see.today.weekday())
    ticks = []
    for n in range(WEEKS - 1, 0, -1):
        monday = start - timedelta(weeks=n)
        days = [monday + timedelta(days=d) for d in range(6, -1, -1)]
        last = next((day for day in days if see.workdays.is_workday(day)), None)
        if last is not None and (issued_on is None or last >= issued_on):
            ticks.append(last)
    return [*ticks, see.today]


def _week(tick: date, rows: Sequence[Any], whole: int) -> dict[str, Any]:
    done, asked = figures.completed_by(rows, tick), figures.asked_by(rows, tick)
    return {"on": tick, "completed_rate": rate(done, whole), "asked_rate": rate(asked, whole)}


# Ranking


def closed_rates(see: Reader, year: int | None = None) -> dict[int, float | None]:
    """Of each unit: 整改销号率, of all that there is to put right, or of what was taken up in a year."""
    binds = {**see.actor.binds, "figures_today": see.today}
    if year is not None:
        since, until = (datetime(each, 1, 1, tzinfo=SHANGHAI) for each in (year, year + 1))
        binds |= {"figures_since": since, "figures_until": until}
    rows = see.connection.execute(figures.rectified(see.actor.roles, year is not None), binds)
    return {row.unit_id: rate(int(row.closed), int(row.asked)) for row in rows}


def ranked(
    units: list[dict[str, Any]], closed: dict[int, float | None], kinds: tuple[UnitKind, ...]
) -> list[dict[str, Any]]:
    """The units of those kinds that exist, the best first; equals share a rank."""
    entries = []
    for unit in units:
        if unit["unit_kind"] in kinds and unit["ranked_by"] is not None:
            entry = {name: unit[name] for name in ("unit_id", "unit_name")} | unit["ranked_by"]
            entry["closed_rate"] = closed.get(unit["unit_id"])
            entries.append(entry | {"score": _score(entry)})
    entries.sort(key=lambda entry: (-entry["score"], entry["unit_id"]))
    scores = [entry["score"] for entry in entries]
    return [{"rank": scores.index(entry["score"]) + 1, **entry} for entry in entries]


def _score(entry: dict[str, Any]) -> float:
    """Nothing due counts as all done; nothing handed in as nothing sent back."""
    signed, in_time, closed = (_or(entry[name], 100) for name in ("signed_rate", "in_time_rate", "closed_rate"))
    kept = 100 - min(_or(entry["send_back_rate"], 0), 100)
    points: float = sum(
        WEIGHTS[name] * value for name, value in zip(WEIGHTS, (signed, in_time, kept, closed), strict=True)
    )
    return round(points / 100 - int(entry["late"]), 1)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
