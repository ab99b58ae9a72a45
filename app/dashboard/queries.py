"""统计看板: how a plan stands, by lamp, by area, by week, by unit, and the ranking of schools.

Every figure is that of the rows behind its link: ``/assignments?plan_id=…&counted=true&standing=…``.
"""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.assignments.queries import lamp_binds
from app.core.db import unbounded
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.policy import DISTRICT_WIDE
from app.dashboard import figures
from app.dashboard.figures import PARTS
from app.plans.models import PLAN, PlanState
from app.plans.rules import POLICY as PLANS
from app.units.models import SCHOOLS

SIGN_WITHIN = 2
"""Workdays in which a row is to be acknowledged."""
WEEKS = 6
WEIGHTS = {"signed": 20, "in_time": 40, "not_sent_back": 10, "closed": 30}
FORMULA = (
    f"按时签收率 = 下发后 {SIGN_WITHIN} 个工作日内签收数 ÷ 应签收数；按期办结率 = 时限内办结数 ÷ 已到期数；"
    "退回率 = 退回数 ÷ 提交数；整改销号率 = 已销号数 ÷ 已销号和已到期数。"
    f"综合 = 签收率 × {WEIGHTS['signed']} + 办结率 × {WEIGHTS['in_time']} +（1 − 退回率）× {WEIGHTS['not_sent_back']}"
    f" + 销号率 × {WEIGHTS['closed']} − 逾期数；没有应办事项的比率按 100% 计。有牵头单位的任务只统计牵头单位。"
)


def plans(see: Reader) -> list[dict[str, Any]]:
    """The plans to choose from, newest first: issued ones and those that ended."""
    readable = [PLANS.read(see.actor.roles), PLAN.c.state != PlanState.DRAFT]
    statement = sa.select(PLAN.c.id, PLAN.c.title, PLAN.c.state, PLAN.c.issued_on).where(*readable)
    rows = see.connection.execute(statement.order_by(PLAN.c.id.desc()).limit(100), see.actor.binds)
    return [dict(row._mapping) for row in rows]


@unbounded
def dashboard(see: Reader, plan_id: int | None = None) -> dict[str, Any]:
    """All figures of a plan (the newest issued one when none is named) over what the actor may see.

    404 for a plan out of sight. Rates are per cent with one decimal, null where nothing was due. ``ranking`` is
    for those who see the whole district: a rank among a part of the schools would say nothing.
    """
    choice = plans(see)
    plan = _chosen(choice, plan_id)
    if plan is None:
        return {"plan_id": None, "plan_title": None, "snapshot_at": see.now, "plans": [], **_nothing()}
    week = timedelta(days=7)
    ticks = _ticks(see, plan["issued_on"])
    binds = {
        **see.actor.binds,
        **lamp_binds(see),
        "figures_plan": plan["id"],
        "figures_today": see.today,
        "week_ago": see.today - week,
        **{f"tick_{n}": tick for n, tick in enumerate(ticks)},
    }
    roles = see.actor.roles
    units = [_unit(row) for row in see.connection.execute(figures.by_unit(roles), binds)]
    _add_signed(see, units, binds)
    by_day = see.connection.execute(figures.by_day(roles, len(ticks)), binds).one()
    areas = [_area(row) for row in see.connection.execute(figures.by_area(roles), binds)]
    ranked = _ranking(see, units, binds) if see.actor.has(*DISTRICT_WIDE) else []
    return {
        "plan_id": plan["id"],
        "plan_title": plan["title"],
        "snapshot_at": see.now,
        "plans": choice,
        "totals": _totals(units, areas, by_day),
        "areas": areas,
        "weeks": [_week(tick, by_day, n) for n, tick in enumerate(ticks)],
        "units": units,
        "ranking": ranked,
        "formula": FORMULA,
    }


def _chosen(choice: list[dict[str, Any]], plan_id: int | None) -> dict[str, Any] | None:
    if plan_id is None:
        issued = [plan for plan in choice if plan["state"] == PlanState.ISSUED]
        return next(iter(issued or choice), None)
    for plan in choice:
        if plan["id"] == plan_id:
            return plan
    raise NotFound()


def _nothing() -> dict[str, Any]:
    totals = {name: 0 for name in (*PARTS, "due", "declined", "untimed", "items", "units")}
    return {
        "totals": totals | {"rate": None, "late_change": 0},
        "areas": [],
        "weeks": [],
        "units": [],
        "ranking": [],
        "formula": FORMULA,
    }


def rate(part: int, whole: int) -> float | None:
    """Per cent with one decimal."""
    return round(100 * part / whole, 1) if whole else None


def _parts(row: Any) -> dict[str, Any]:
    found = {name: int(getattr(row, name)) for name in (*PARTS, "due", "declined", "untimed")}
    return found | {"rate": rate(found["completed"], found["due"] - found["waived"])}


def _unit(row: Any) -> dict[str, Any]:
    shown = {"unit_id": row.unit_id, "unit_name": row.unit_name, "unit_kind": row.unit_kind, **_parts(row)}
    return shown | {
        "in_time_rate": rate(int(row.in_time), int(row.ran_out)),
        "send_back_rate": rate(int(row.send_backs), int(row.submits)),
        "signed_rate": None,
    }


def _area(row: Any) -> dict[str, Any]:
    title = row.title or "未分方面"
    return {"area_id": row.area_id, "number": row.number or "", "title": title, "items": row.items, **_parts(row)}


def _add_signed(see: Reader, units: list[dict[str, Any]], binds: dict[str, Any]) -> None:
    """On time, and due: acknowledged, or past the day by which it was to be."""
    known: dict[date, date] = {}
    found: dict[int, list[int]] = {}
    for row in see.connection.execute(figures.signed(see.actor.roles), binds):
        by = known.setdefault(row.sent_on, see.workdays.add(row.sent_on, SIGN_WITHIN))
        on_time, due = found.setdefault(row.unit_id, [0, 0])
        if row.signed_on is not None or by < see.today:
            in_time = row.signed_on is not None and row.signed_on <= by
            found[row.unit_id] = [on_time + row.rows * in_time, due + row.rows]
    for unit in units:
        unit["signed_rate"] = rate(*found.get(unit["unit_id"], [0, 0]))


def _totals(units: list[dict[str, Any]], areas: list[dict[str, Any]], by_day: Any) -> dict[str, Any]:
    found = {name: sum(unit[name] for unit in units) for name in (*PARTS, "due", "declined", "untimed")}
    return found | {
        "rate": rate(found["completed"], found["due"] - found["waived"]),
        "late_change": found["late"] - int(by_day.late_then),
        "items": sum(area["items"] for area in areas),
        "units": len(units),
    }


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


def _week(tick: date, by_day: Any, n: int) -> dict[str, Any]:
    whole = by_day.whole
    done, asked = (int(getattr(by_day, f"{name}_{n}")) for name in ("done", "asked"))
    return {"on": tick, "completed_rate": rate(done, whole), "asked_rate": rate(asked, whole)}


def _ranking(see: Reader, units: list[dict[str, Any]], binds: dict[str, Any]) -> list[dict[str, Any]]:
    rows = see.connection.execute(figures.rectified(see.actor.roles), binds)
    closed = {row.unit_id: rate(int(row.closed), int(row.asked)) for row in rows}
    ranked = []
    for unit in units:
        if unit["unit_kind"] not in SCHOOLS:
            continue
        entry = {
            "unit_id": unit["unit_id"],
            "unit_name": unit["unit_name"],
            "signed_rate": unit["signed_rate"],
            "in_time_rate": unit["in_time_rate"],
            "send_back_rate": unit["send_back_rate"],
            "late": unit["late"],
            "closed_rate": closed.get(unit["unit_id"]),
        }
        ranked.append(entry | {"score": _score(entry)})
    ranked.sort(key=lambda entry: (-entry["score"], entry["unit_id"]))
    scores = [entry["score"] for entry in ranked]
    return [{"rank": scores.index(entry["score"]) + 1, **entry} for entry in ranked]


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
