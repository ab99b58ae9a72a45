"""What a webhook may hear of: what its unit's people may read, asked by the same rule that serves lists and files."""

from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

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


@lru_cache(maxsize=256)
def _rows(resource: str, roles: Roles) -> sa.Select[Any]:
    policy, since = SUBJECTS[resource].policy, SUBJECTS[resource].known_since
    told_since = sa.null() if since is None or not roles.isdisjoint(DISTRICT_WIDE) else since
    ids = within(policy.table.c.id, many("rows"))
    columns = (policy.table.c.id, policy.table.c.version, told_since.label("since"))
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
    return sa.union(*parts)


def touched(connection: Connection, actor: Actor, resource: str, events: Collection[int]) -> set[int]:
    """Of these bulk writes' events, those that some row which may be read was part of."""
    if not SUBJECTS[resource].parts:
        return set()
    return set(connection.execute(_bulk(resource, actor.roles), {**actor.binds, "events": sorted(events)}).scalars())
