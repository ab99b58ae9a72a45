"""What happened to a row, as its page tells it: the events of the audit log in people's words, newest first."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.core.audit import EVENT, Outcome
from app.core.calendar import SHANGHAI
from app.core.dated import lasting
from app.core.operation import Reader
from app.core.within import many, within
from app.core.workflow import Workflow

KINDS = {"submit": "submit", "complete": "accept", "close": "accept", "send_back": "back", "reopen": "urge"}
"""The colour of a step's dot; a ring for any other."""
MOST = 200


class Entry(NamedTuple):
    """One thing that happened; ``at`` is ready to read, ``kind`` the colour of its dot."""

    label: str
    who: str
    at: str
    note: str | None
    kind: str
    instant: datetime


Labels = Mapping[str, tuple[str, str]]
"""Operation → (words, kind); what is not named does not appear."""


def labels_of(workflow: Workflow, **others: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Words for each action of a workflow; ``others`` are further operations of it (``create=("登记", "")``)."""
    found = {f"{workflow.name}.{t.action}": (t.label, KINDS.get(t.action, "")) for t in workflow}
    return found | {f"{workflow.name}.{action}": words for action, words in others.items()}


def timeline(see: Reader, resource: str, row_id: int, labels: Labels, events: Iterable[int | None] = ()) -> list[Entry]:
    """The events of a row the actor may read, and those of bulk writes it refers to by id (``events``)."""
    further = [event_id for event_id in events if event_id is not None]
    asked = {"resource": resource, "row": row_id, "district": see.actor.district_id}
    rows = see.connection.execute(_statement(), asked | {"operations": list(labels), "further": further}).all()
    return [
        Entry(
            label=labels[row.operation][0],
            who=" · ".join(part for part in (row.name or "系统", row.unit_name) if part),
            at=row.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            note=row.reason,
            kind=labels[row.operation][1],
            instant=row.at,
        )
        for row in rows
    ]


@cache
def _statement() -> sa.Select[tuple[object, ...]]:
    user = EVENT.metadata.tables["user"]
    its_own = sa.and_(
        EVENT.c.resource == sa.bindparam("resource"),
        EVENT.c.resource_id == sa.bindparam("row"),
        sa.or_(EVENT.c.district_id.is_(None), EVENT.c.district_id == sa.bindparam("district")),
    )
    home = unit_of(EVENT.c.user_id, "office", "school")
    return (
        sa.select(EVENT.c.operation, EVENT.c.at, EVENT.c.reason, user.c.name, home.label("unit_name"))
        .select_from(EVENT.outerjoin(user, user.c.id == EVENT.c.user_id))
        .where(
            sa.or_(its_own, within(EVENT.c.id, many("further"))),
            EVENT.c.operation.in_(sa.bindparam("operations", expanding=True)),
            EVENT.c.outcome == Outcome.DONE,
        )
        .order_by(EVENT.c.id.desc())
        .limit(MOST)
    )


def unit_of(user_id: sa.ColumnElement[int], *roles: str) -> sa.ColumnElement[str]:
    """The unit for which a person acted in an event: of their first grant that held then, one on a unit before one on
    the whole district. A grant that is ended ends with the day before, so that none may hold of the morning of a move:
    then it is the last one that had been given. What was told of a day before there were any grants has the first.
    """
    # Grants and units are other resources' tables; the log's own foreign keys name them.
    grant, unit = (EVENT.metadata.tables[name] for name in ("role_grant", "unit"))
    day = _DayOf(EVENT.c.at)
    held = lasting(grant, day)
    given = grant.c.created_at <= EVENT.c.at
    mine = [grant.c.user_id == user_id, *([grant.c.role.in_(roles)] if roles else [])]
    on_all = sa.case((grant.c.unit_id == grant.c.district_id, 1), else_=0)

    def first(order: sa.ColumnElement[int], *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[str]:
        found = sa.select(unit.c.name).join(grant, grant.c.unit_id == unit.c.id).where(*mine, *conditions)
        return found.order_by(on_all, order).limit(1).correlate(EVENT).scalar_subquery()

    return sa.func.coalesce(first(grant.c.id, given, held), first(grant.c.id.desc(), given), first(grant.c.id))


class _DayOf(FunctionElement[date]):
    """The day in Shanghai of an instant."""

    type = sa.Date()
    inherit_cache = True
    name = "day_of"


@compiles(_DayOf, "sqlite")
def _on_sqlite(element: _DayOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(_DayOf, "postgresql")
def _on_postgresql(element: _DayOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)}) AT TIME ZONE 'Asia/Shanghai')::date"
