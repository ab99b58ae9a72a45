"""Which units a campaign asks: made into self-checks at its start, and for units that its group takes in later."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.campaigns.models import CAMPAIGN, SELF_CHECK, SelfCheckState
from app.campaigns.rules import CHECKING
from app.core.audit import audited_write, record
from app.core.db import insert_or_ignore
from app.core.operation import Tx, operation
from app.core.within import many, within
from app.inspections.rules import NEVER_INSPECTED
from app.notifications.models import Kind
from app.notifications.operations import tell_units_of
from app.units import groups
from app.units.models import UNIT, WITHOUT_ACCOUNT

NEVER_ASKED = (*NEVER_INSPECTED, *WITHOUT_ACCOUNT)
"""Nobody there would hand in anything."""
_ABLE = sa.select(UNIT.c.id, UNIT.c.valid_from, UNIT.c.valid_to).where(
    within(UNIT.c.id, many("wanted")), UNIT.c.kind.not_in(NEVER_ASKED)
)
_KNOWN = sa.select(SELF_CHECK.c.unit_id).where(SELF_CHECK.c.campaign_id == sa.bindparam("campaign"))


def expand(tx: Tx, campaign_id: int, unit_ids: Iterable[int], group_id: int | None) -> int:
    """Ask those of these units that are not asked yet. How many; one event tells of all."""
    wanted = set(unit_ids)
    if group_id is not None:
        wanted |= set(groups.members(tx, [group_id], tx.today)[group_id])
    able = tx.connection.execute(_ABLE, {"wanted": sorted(wanted)}).all()
    asked = {unit.id for unit in able if groups.exists_on(unit, tx.today)}
    new = sorted(asked - set(tx.connection.execute(_KNOWN, {"campaign": campaign_id}).scalars()))
    if not new:
        return 0
    row = {
        "district_id": tx.actor.district_id,
        "campaign_id": campaign_id,
        "state": SelfCheckState.PENDING,
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    with audited_write(tx.connection):
        rows = [{**row, "unit_id": unit_id} for unit_id in new]
        put = insert_or_ignore(tx.connection, SELF_CHECK).values(rows).returning(SELF_CHECK.c.id)
        made = list(tx.connection.execute(put).scalars())
    record(tx, "self_check", None, operation="self_check.open", after={"campaign_id": campaign_id, "count": len(made)})
    tell_units_of(tx, SELF_CHECK, Kind.GIVEN, "self_check", None, SELF_CHECK.c.id.in_(made))
    return len(made)


_CHECKING = sa.select(CAMPAIGN.c.id, CAMPAIGN.c.unit_group_id).where(
    CAMPAIGN.c.district_id == sa.bindparam("district"),
    CAMPAIGN.c.state == CHECKING,
    CAMPAIGN.c.unit_group_id.is_not(None),
)


@operation("campaign.take_in")
def take_in(tx: Tx) -> int:
    """Units that a group's rule has come to hold since, while the self-check goes on. How many."""
    running = tx.connection.execute(_CHECKING, {"district": tx.actor.district_id}).all()
    return sum(expand(tx, campaign.id, (), campaign.unit_group_id) for campaign in running)
