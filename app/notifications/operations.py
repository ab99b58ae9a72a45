"""Every write to notices: what falls due, what happened, what an administrator must know, and that one has read them.

This folder knows no resource: whoever has something to tell imports it.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.audit import record
from app.core.db import insert_or_ignore
from app.core.operation import Tx, operation
from app.core.policy import Role
from app.core.within import many, within
from app.core.workflow import find
from app.identity.models import GRANT, USER
from app.notifications.models import NOTICE, READ, Kind
from app.notifications.rules import POLICY, TOLD_APART
from app.units.models import UNIT

KEPT = timedelta(days=180)
MOST_APART = 3
"""Of so many overdue rows a unit is told one by one on a morning; of more in one notice for each kind of row: deadlines
that nobody was told of before an upgrade all come at once."""
FAR_BACK = date(1949, 10, 1)
ALSO: dict[str, Callable[[Tx, Kind, date, date], int]] = {}
"""Resources with deadlines: each tells of its own between two days, and says by how many notices."""


def spans(tx: Tx) -> dict[Kind, tuple[date, date]]:
    """Which deadlines are told of on this workday. A free day has none: what falls on it is told the workday before."""
    next_workday = tx.workdays.add(tx.today, 1)
    last_soon = tx.workdays.last_within(tx.today, tx.settings.lamp_days)
    day = timedelta(days=1)
    return {
        Kind.OVERDUE: (FAR_BACK, tx.today - day),
        Kind.DUE: (tx.today, next_workday - day),
        Kind.SOON: (next_workday, last_soon),
    }


@operation("notification.remind")
def remind(tx: Tx) -> int:
    """Tell units of what falls due soon, now, or is overdue: each once a deadline. How many notices."""
    if not tx.workdays.is_workday(tx.today):
        return 0
    newest = tx.connection.execute(_NEWEST, {"district": tx.actor.district_id}).scalar()
    told = {
        f"{resource}_{kind.value}": tell(tx, kind, *span)
        for kind, span in spans(tx).items()
        for resource, tell in ALSO.items()
    }
    if count := sum(told.values()):
        _gather(tx, newest or 0)
        record(tx, "notification", None, after={"on": tx.today.isoformat(), **told})
    return count


_NEWEST = sa.select(sa.func.max(NOTICE.c.id)).where(NOTICE.c.district_id == sa.bindparam("district"))


def _gather(tx: Tx, since: int) -> None:
    """Where a unit was told of many overdue rows just now, the earliest of each kind stands for all of its kind: the
    others keep their notices, so that none is told of again, and show none."""
    alike, earliest = (NOTICE.c.unit_id, NOTICE.c.resource), (NOTICE.c.deadline_on, NOTICE.c.id)
    first = sa.func.first_value(NOTICE.c.id).over(partition_by=alike, order_by=earliest).label("first_id")
    many_ = sa.func.count().over(partition_by=NOTICE.c.unit_id).label("many")
    told = sa.select(NOTICE.c.id, first, many_).where(
        NOTICE.c.district_id == tx.actor.district_id,
        NOTICE.c.id > since,
        NOTICE.c.kind == Kind.OVERDUE,
        NOTICE.c.unit_id.is_not(None),
        NOTICE.c.resource.not_in(sorted(TOLD_APART)),
    )
    together = told.subquery("together")
    others = together.c.many > MOST_APART, together.c.id != together.c.first_id
    put = sa.update(NOTICE).where(NOTICE.c.id == together.c.id, *others)
    tx.connection.execute(put.values(told_with_id=together.c.first_id))


# Whom to tell: of a deadline once, of what happened each time


def tell_unit(tx: Tx, unit_id: int, kind: Kind, resource: str, row_id: int, deadline_on: date | None = None) -> int:
    """The people who carry out the unit's rows; where it concerns a deadline, once for each."""
    about = {"kind": kind, "resource": resource, "resource_id": row_id, "deadline_on": deadline_on}
    made = insert_or_ignore(tx.connection, NOTICE).values(**about, **_stamps(tx), unit_id=unit_id)
    return len(tx.connection.execute(made.returning(NOTICE.c.id)).all())


def tell_each(tx: Tx, kind: Kind, resource: str, told: Iterable[tuple[int, int, date]]) -> int:
    """``(unit, row, deadline)``, once for each: how many notices."""
    about = {"kind": kind, "resource": resource, **_stamps(tx)}
    rows = [{**about, "unit_id": unit, "resource_id": row, "deadline_on": day} for unit, row, day in told]
    if not rows:
        return 0
    made = insert_or_ignore(tx.connection, NOTICE).returning(NOTICE.c.id)
    return len(tx.connection.execute(made, rows).all())


def tell_units(tx: Tx, unit_ids: Collection[int], kind: Kind, resource: str, row_id: int) -> None:
    """Several units of one row that concerns them all."""
    about = {"kind": kind, "resource": resource, "resource_id": row_id, **_stamps(tx)}
    columns = {name: sa.literal(value, NOTICE.c[name].type) for name, value in about.items()}
    rows = sa.select(*columns.values(), UNIT.c.id).where(within(UNIT.c.id, many("told_units"))).order_by(UNIT.c.id)
    put = sa.insert(NOTICE).from_select([*columns, "unit_id"], rows, include_defaults=False)
    tx.connection.execute(put, {"told_units": sorted(unit_ids)})


def tell_units_of(
    tx: Tx,
    table: sa.Table,
    kind: Kind,
    resource: str,
    deadline_on: Any,
    *which: sa.ColumnElement[bool],
    unit_id: sa.ColumnElement[Any] | None = None,
) -> int:
    """The unit of each of these rows, once for each deadline (None: without one): how many notices."""
    columns: dict[str, Any] = {
        "district_id": table.c.district_id,
        "unit_id": table.c.unit_id if unit_id is None else unit_id,
        "kind": sa.literal(kind, NOTICE.c.kind.type),
        "resource": sa.literal(resource),
        "resource_id": table.c.id,
        "deadline_on": sa.literal(None, NOTICE.c.deadline_on.type) if deadline_on is None else deadline_on,
        "version": sa.literal(1),
        "at": sa.literal(tx.now, NOTICE.c.at.type),
    }
    rows = sa.select(*columns.values()).where(table.c.district_id == tx.actor.district_id, *which)
    put = insert_or_ignore(tx.connection, NOTICE)
    # Without a conflict clause of its own, SQLite takes ON for a part of the SELECT's join.
    made = put.from_select(list(columns), rows.order_by(table.c.id), include_defaults=False).returning(NOTICE.c.id)
    return len(tx.connection.execute(made).all())


def tell_holders(
    tx: Tx, roles: Collection[Role], kind: Kind, resource: str, row_id: int, deadline_on: date | None = None
) -> int:
    """Everyone who holds one of the roles in the district today; where it concerns a deadline, once for each."""
    about = {"kind": kind, "resource": resource, "resource_id": row_id, "deadline_on": deadline_on}
    holders = (
        sa.select(USER.c.id)
        .join(GRANT, GRANT.c.user_id == USER.c.id)
        .where(
            USER.c.district_id == tx.actor.district_id,
            USER.c.disabled_at.is_(None),
            GRANT.c.role.in_(sorted(roles)),
            GRANT.c.valid_from <= tx.today,
            sa.func.coalesce(GRANT.c.valid_to, tx.today) >= tx.today,
        )
        .distinct()
    )
    if deadline_on is not None:
        told = sa.select(sa.literal(1)).where(
            NOTICE.c.user_id == USER.c.id, *(NOTICE.c[n] == v for n, v in about.items())
        )
        holders = holders.where(sa.not_(told.correlate(USER).exists()))
    found = tx.connection.execute(holders.order_by(USER.c.id)).scalars().all()
    if found:
        tx.connection.execute(sa.insert(NOTICE), [{**about, **_stamps(tx), "user_id": user_id} for user_id in found])
    return len(found)


def tell_person(tx: Tx, user_id: int, kind: Kind, resource: str, row_id: int) -> None:
    about = {"kind": kind, "resource": resource, "resource_id": row_id, "user_id": user_id}
    tx.connection.execute(sa.insert(NOTICE).values(**about, **_stamps(tx)))


def tell_of_token(tx: Tx, user_id: int, token_id: int) -> None:
    """Its user, of one that somebody else made in their name."""
    tell_person(tx, user_id, Kind.RECEIVED, "api_token", token_id)


def _stamps(tx: Tx) -> dict[str, Any]:
    return {"district_id": tx.actor.district_id, "version": 1, "at": tx.now}


# By whoever reads them


@operation("notification.mark_read")
def mark_read(tx: Tx, notice_id: int) -> int:
    """By oneself alone; the unit's others still have it before them."""
    find(tx, POLICY, notice_id)
    mark = insert_or_ignore(tx.connection, READ).values(notification_id=notice_id, user_id=tx.actor.user_id, at=tx.now)
    tx.connection.execute(mark)
    record(tx, "notification", notice_id)
    return notice_id


@operation("notification.mark_all_read")
def mark_all_read(tx: Tx) -> int:
    """Everything that is there for one now; how many were unread."""
    columns = [NOTICE.c.id, sa.literal(tx.actor.user_id, sa.BigInteger), sa.literal(tx.now, READ.c.at.type)]
    mine = sa.select(*columns).where(POLICY.read(tx.actor.roles), sa.not_(is_read(tx.actor.user_id)))
    put = insert_or_ignore(tx.connection, READ).from_select(["notification_id", "user_id", "at"], mine)
    count = len(tx.connection.execute(put.returning(READ.c.notification_id), tx.actor.binds).all())
    record(tx, "notification", None, after={"count": count})
    return count


def is_read(user_id: Any) -> sa.ColumnElement[bool]:
    mark = sa.select(sa.literal(1)).where(READ.c.notification_id == NOTICE.c.id, READ.c.user_id == user_id)
    return mark.correlate(NOTICE).exists()


def take_back(tx: Tx, resource: str, row_ids: Collection[int]) -> None:
    """What was told of rows that are no more."""
    told = sa.select(NOTICE.c.id).where(NOTICE.c.resource == resource, within(NOTICE.c.resource_id, many("told_rows")))
    rows = {"told_rows": sorted(row_ids)}
    tx.connection.execute(sa.update(NOTICE).where(NOTICE.c.told_with_id.in_(told)).values(told_with_id=None), rows)
    tx.connection.execute(sa.delete(READ).where(READ.c.notification_id.in_(told)), rows)
    tx.connection.execute(sa.delete(NOTICE).where(NOTICE.c.id.in_(told)), rows)


def prune(tx: Tx) -> None:
    old = sa.select(NOTICE.c.id).where(NOTICE.c.district_id == tx.actor.district_id, NOTICE.c.at < tx.now - KEPT)
    tx.connection.execute(sa.delete(READ).where(READ.c.notification_id.in_(old)))
    tx.connection.execute(sa.delete(NOTICE).where(NOTICE.c.id.in_(old)))
