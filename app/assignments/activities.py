"""活动台账: reports of activities that were held, of every row that the actor may read."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ACTIVITY_KIND_LABELS, ASSIGNMENT, REPORT, ActivityKind
from app.assignments.rules import read
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import Policy, Roles, in_district
from app.core.tables import Column, at_minute, figure, labelled, of_list
from app.evidence.models import LINK
from app.plans.models import ITEM
from app.units.models import UNIT


@cache
def _readable(roles: Roles) -> sa.ColumnElement[bool]:
    """With the row it belongs to."""
    row = sa.select(sa.literal(1)).select_from(ASSIGNMENT).where(ASSIGNMENT.c.id == REPORT.c.assignment_id, read(roles))
    return sa.and_(in_district(REPORT), REPORT.c.place.is_not(None), row.correlate(REPORT).exists())


# An alias: the condition brings the plain table with it.
_ROW = ASSIGNMENT.alias("of_report")
_EVIDENCE = (
    sa.select(sa.func.count())
    .where(LINK.c.target == "assignments", LINK.c.target_id == REPORT.c.assignment_id)
    .correlate(REPORT)
    .scalar_subquery()
)
_NAMES = ("id", "version", "assignment_id", "reported_on", "place", "participants", "activity", "text", "created_at")
LIST = Listing(
    policy=Policy(REPORT, _readable),
    source=REPORT.join(_ROW, _ROW.c.id == REPORT.c.assignment_id)
    .join(UNIT, UNIT.c.id == _ROW.c.unit_id)
    .join(ITEM, ITEM.c.id == _ROW.c.plan_item_id),
    columns=[
        *(REPORT.c[name] for name in _NAMES),
        *(_ROW.c[name] for name in ("unit_id", "plan_item_id", "period")),
        UNIT.c.name.label("unit_name"),
        ITEM.c.title.label("item_title"),
        _EVIDENCE.label("evidence_count"),
    ],
    sorts={"id": by_id(REPORT)},
    filters={
        "unit_id": equals(_ROW.c.unit_id, "unit_id"),
        "plan_id": equals(_ROW.c.plan_id, "plan_id"),
        "plan_item_id": equals(_ROW.c.plan_item_id, "plan_item_id"),
        "activity": one_of(REPORT.c.activity, "activity", ActivityKind),
        "since": Filter(REPORT.c.reported_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(REPORT.c.reported_on <= sa.bindparam("f_until", type_=sa.Date), parse_date),
    },
    search=[REPORT.c.text, REPORT.c.place, UNIT.c.name, ITEM.c.title],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    names = (*_NAMES, "unit_id", "plan_item_id", "period", "unit_name", "item_title", "evidence_count")
    return {name: getattr(row, name) for name in names} | {"allowed_actions": []}


ACTIVITIES = of_list(
    "活动台账",
    (
        Column("日期", "reported_on"),
        Column("单位", "unit_name", width=24),
        Column("任务", "item_title", width=36),
        Column("类别", "activity", labelled(ACTIVITY_KIND_LABELS), 10),
        Column("地点", "place", width=20),
        Column("参加人数", "participants", figure, 10),
        Column("活动情况", "text", width=60),
        Column("印证资料", "evidence_count", figure, 10),
        Column("填报时间", "created_at", at_minute, 17),
    ),
    LIST,
    present,
)
