"""Figures that are awaited, as matters: one for each indicator, for all the person's units that have not reported.

They have no row of their own: which indicators there are, and until when, comes as parameters.
"""

from typing import Any

import sqlalchemy as sa

from app.assignments.words import dated
from app.core.operation import Reader
from app.core.policy import Roles, in_district
from app.core.within import many, within
from app.indicators.awaited import awaited
from app.indicators.models import INDICATOR
from app.indicators.rules import REPORTERS
from app.my_work.kinds import AMBER, NEVER, OVERDUE, RECTIFY, REPORT_FIGURES, SOON, TODAY

Details = dict[int, dict[str, Any]]
NAMED = 2
"""So many units are named, of further ones how many there are."""
DUES = range(8)
"""Last days that there may be: of four cadences, two periods each."""
_DUE = sa.case(
    *(
        (within(INDICATOR.c.id, many(f"matters_figures_{n}")), sa.bindparam(f"matters_figures_due_{n}", type_=sa.Date))
        for n in DUES
    ),
    else_=sa.literal(NEVER, sa.Date),
)


def binds(see: Reader) -> dict[str, Any]:
    """Which indicators wait for the actor's units, by the last day of the first period that is missing."""
    first = {each.indicator_id: each.due_on for each in reversed(awaited(see))}
    days = sorted(set(first.values()))
    found: dict[str, Any] = {}
    for n in DUES:
        day = days[n] if n < len(days) else NEVER
        found[f"matters_figures_due_{n}"] = day
        found[f"matters_figures_{n}"] = [indicator_id for indicator_id, due in first.items() if due == day]
    return found


def matters(roles: Roles) -> list[sa.Select[Any]]:
    """For whoever carries out the work of a unit that is asked; overdue once the period has ended."""
    if roles.isdisjoint(REPORTERS):
        return []
    rows = sa.select(INDICATOR.c.id, INDICATOR.c.created_at, _DUE.label("due")).where(in_district(INDICATOR))
    waiting = rows.subquery("awaited_figures")
    due = waiting.c.due
    columns = [
        sa.literal(REPORT_FIGURES, sa.Integer).label("kind"),
        waiting.c.id,
        sa.case((due < TODAY, OVERDUE), (due <= AMBER, SOON), else_=RECTIFY).label("grp"),
        due,
        waiting.c.created_at.label("since"),
    ]
    return [sa.select(*columns).where(due < sa.literal(NEVER, sa.Date))]


_INDICATORS = sa.select(INDICATOR.c.id, INDICATOR.c.name).where(within(INDICATOR.c.id, many("matter_ids")))


def to_report(see: Reader, ids: list[int]) -> Details:
    waiting = awaited(see)
    found: Details = {}
    for row in see.connection.execute(_INDICATORS, {"matter_ids": ids}):
        mine = [each for each in waiting if each.indicator_id == row.id]
        first = mine[0]
        units = {each.unit_id: each.unit_name for each in mine}
        named = "、".join([*units.values()][:NAMED])
        further = f"等 {len(units)} 个单位" if len(units) > NAMED else ""
        periods = "、".join(dict.fromkeys(dated(each.period) for each in mine))
        blank = f"/indicator-values/new?indicator_id={row.id}&unit_id={first.unit_id}&period={first.period}"
        found[row.id] = {
            "resource": "indicators",
            "id": row.id,
            "page": blank if len(units) == 1 else f"/indicators/{row.id}?period={first.period}&status=missing",
            "unit_id": first.unit_id,
            "unit_name": first.unit_name,
            "title": f"指标填报 · {row.name}",
            "why": f"{named}{further}还没有填报{periods}的数据",
            "state": "missing",
            "state_label": "待填报",
            "action": "create",
            "verb": "填报",
        }
    return found


LOADERS = {REPORT_FIGURES: to_report}
