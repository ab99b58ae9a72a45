"""活动台账: reports of activities that were held, of every row that the actor may read."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ACTIVITY_KIND_LABELS, ASSIGNMENT, REPORT, STANDS, ActivityKind
from app.assignments.rules import WORKFLOW, carry_out, read
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import Policy, Roles, in_district
from app.core.tables import Column, at_minute, figure, joined, labelled, of_list
from app.evidence import queries as evidence
from app.plans.models import ITEM
from app.units.models import UNIT


def _of_row(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    row = sa.select(sa.literal(1)).select_from(ASSIGNMENT).where(ASSIGNMENT.c.id == REPORT.c.assignment_id, *conditions)
    return row.correlate(REPORT).exists()


@cache
def _readable(roles: Roles) -> sa.ColumnElement[bool]:
    """With the row it belongs to."""
    return sa.and_(in_district(REPORT), REPORT.c.place.is_not(None), STANDS, _of_row(read(roles)))


@cache
def _correctable(roles: Roles) -> sa.ColumnElement[bool]:
    """As long as its unit may report."""
    own = carry_out(roles)
    if isinstance(own, sa.False_):
        return own
    under_way = ASSIGNMENT.c.state.in_(WORKFLOW.transitions["report"].sources)
    return sa.and_(_readable(roles), _of_row(own, under_way))


POLICY = Policy(REPORT, _readable, {"edit": _correctable})
# An alias: the condition brings the plain table with them.
_ROW = ASSIGNMENT.alias("of_report")
_NAMES = (
    *("id", "version", "assignment_id", "reported_on", "place", "participants", "activity", "text", "created_at"),
    "updated_at",
)
_JOINED = ("unit_id", "plan_item_id", "period", "unit_name", "item_title")
_SOURCE = (
    REPORT.join(_ROW, _ROW.c.id == REPORT.c.assignment_id)
    .join(UNIT, UNIT.c.id == _ROW.c.unit_id)
    .join(ITEM, ITEM.c.id == _ROW.c.plan_item_id)
)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=[
        *(REPORT.c[name] for name in _NAMES),
        *(_ROW.c[name] for name in ("unit_id", "plan_item_id", "period")),
        UNIT.c.name.label("unit_name"),
        ITEM.c.title.label("item_title"),
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
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    return shown | {"allowed_actions": ["edit"] if row.may_edit else []}


def with_evidence(see: Reader, rows: list[dict[str, Any]]) -> None:
    """Give presented activities what came with them: one statement for them all."""
    found = evidence.with_reports(see, [row["id"] for row in rows]) if rows else {}
    for row in rows:
        row["evidence"] = found.get(row["id"], [])
        row["evidence_count"] = len(row["evidence"])


def one(see: Reader, report_id: int) -> dict[str, Any]:
    row = LIST.one(see, report_id)
    shown = present(see, row)
    with_evidence(see, [shown])
    return shown


ACTIVITIES = of_list(
    "活动台账",
    (
        Column("日期", "reported_on"),
        Column("单位", "unit_name", width=24),
        Column("任务", "item_title", width=36),
        Column("活动类别", "activity", labelled(ACTIVITY_KIND_LABELS), 12),
        Column("活动地点", "place", width=20),
        Column("参加人数", "participants", figure, 10),
        Column("活动情况", "text", width=60),
        Column("印证资料", "evidence", joined(lambda piece, known: str(piece["title"])), 30),
        Column("份数", "evidence_count", figure, 8),
        Column("填报时间", "created_at", at_minute, 17),
    ),
    LIST,
    present,
    with_evidence,
)
