"""What a webhook may hear of: what its unit's people may read, asked by the same rule that serves lists and files."""

from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import EVENT
from app.core.errors import invalid
from app.core.policy import DISTRICT_WIDE, Actor, Role, Roles
from app.core.within import many, within
from app.identity.access import as_unit
from app.units.models import OFFICES, SCHOOLS, UNIT, UnitKind
from app.webhooks.subjects import SUBJECTS

ROLES = {
    UnitKind.BUREAU: Role.SUPERVISOR,
    UnitKind.PARTY_ORGANIZATION: Role.SCHOOL,
    **dict.fromkeys(SCHOOLS, Role.SCHOOL),
    **dict.fromkeys(OFFICES, Role.OFFICE),
}
"""By the unit's kind. The discipline team's and bodies without an account have none: nothing of theirs goes out."""
_UNIT = sa.select(UNIT).where(UNIT.c.id == sa.bindparam("unit"))


def check_unit(unit: Any) -> None:
    if UnitKind(unit.kind) not in ROLES:
        raise invalid("unit_id", f"“{unit.name}”不能有推送：只有教育局、股室、二级单位、学校（园）和党组织可以")


def actor_of(connection: Connection, webhook: Any, today: date) -> Actor | None:
    """Whose eyes it has today; None once its unit is no more."""
    unit = connection.execute(_UNIT, {"unit": webhook.unit_id}).one()
    if (unit.valid_to is not None and unit.valid_to < today) or UnitKind(unit.kind) not in ROLES:
        return None
    return as_unit(connection, unit, ROLES[UnitKind(unit.kind)], webhook.recursive, today)


class Seen(NamedTuple):
    version: int
    since: datetime | None
    """What was before that is not told; None: all is."""

    def tells(self, at: datetime) -> bool:
        return self.since is None or self.since <= at


def is_ones_own(actor: Actor, event: Any) -> bool:
    """Not another unit's part of a row that both read: ``Subject.part_of_one``."""
    if event.operation not in SUBJECTS[event.resource].part_of_one or not actor.roles.isdisjoint(DISTRICT_WIDE):
        return True
    unit_ids = (event.after or {}).get("unit_ids")
    return unit_ids is None or not (actor.units | actor.former).isdisjoint(unit_ids)


def _known_since(resource: str, roles: Roles) -> sa.ColumnElement[Any] | None:
    return SUBJECTS[resource].known_since if roles.isdisjoint(DISTRICT_WIDE) else None


@lru_cache(maxsize=256)
def _rows(resource: str, roles: Roles) -> sa.Select[Any]:
    policy, since = SUBJECTS[resource].policy, _known_since(resource, roles)
    ids = within(policy.table.c.id, many("rows"))
    columns = (policy.table.c.id, policy.table.c.version, (sa.null() if since is None else since).label("since"))
    return sa.select(*columns).where(ids, policy.read(roles))


def seen(connection: Connection, actor: Actor, resource: str, ids: Collection[int]) -> dict[int, Seen]:
    """Of these rows, those that may be read."""
    statement = _rows(resource, actor.roles)
    rows = connection.execute(statement, {**actor.binds, "rows": sorted(ids)})
    return {row.id: Seen(row.version, row.since) for row in rows}


@lru_cache(maxsize=64)
def _bulk(resource: str, roles: Roles) -> sa.CompoundSelect[Any]:
    subject = SUBJECTS[resource]
    parts = [
        sa.select(event_id).select_from(source).where(within(event_id, many("events")), subject.policy.read(roles))
        for source, event_id in subject.parts
    ]
    return sa.union(*parts, _swept(resource, roles))


def _swept(resource: str, roles: Roles) -> sa.Select[Any]:
    """Rows that changed at the very instant of the event and have none of their own under another name: a transaction
    has one instant for all that it writes. What changed again since is told by what changed it."""
    policy, since = SUBJECTS[resource].policy, _known_since(resource, roles)
    table = policy.table
    own = EVENT.alias("own")
    of_row = (own.c.resource == resource, own.c.resource_id == table.c.id, own.c.at == table.c.updated_at)
    other = own.c.operation != EVENT.c.operation
    by_itself = sa.select(sa.literal(1)).where(*of_row, other).correlate(table, EVENT).exists()
    together = sa.and_(table.c.district_id == EVENT.c.district_id, table.c.updated_at == EVENT.c.at)
    found = sa.select(EVENT.c.id).select_from(EVENT.join(table, together))
    found = found.where(within(EVENT.c.id, many("events")), policy.read(roles), sa.not_(by_itself))
    return found if since is None else found.where(sa.or_(since.is_(None), since <= EVENT.c.at))


def touched(connection: Connection, actor: Actor, resource: str, events: Collection[int]) -> set[int]:
    """Of these bulk writes' events, those that some row which may be read was part of."""
    return set(connection.execute(_bulk(resource, actor.roles), {**actor.binds, "events": sorted(events)}).scalars())
