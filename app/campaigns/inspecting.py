"""Inspections planned for a campaign, by the offices that lead it or take part: of the units that it asks."""

import sqlalchemy as sa

from app.campaigns.models import SELF_CHECK
from app.campaigns.rules import WORKFLOW
from app.core.operation import Reader, Tx, operation
from app.inspections import operations as inspections
from app.inspections.models import InspectionCreate
from app.inspections.team import Occasion

_ASKED = sa.select(SELF_CHECK.c.unit_id).where(SELF_CHECK.c.campaign_id == sa.bindparam("campaign"))


def occasion(see: Reader, campaign_id: int) -> Occasion:
    """404, 403, 409 for whoever may not inspect for it now."""
    WORKFLOW.guard(see, campaign_id, "inspect")
    asked = see.connection.execute(_ASKED, {"campaign": campaign_id}).scalars()
    return Occasion(frozenset(asked), campaign_id)


@operation("campaign.inspect")
def inspect(tx: Tx, campaign_id: int, given: InspectionCreate) -> int:
    """The inspection, which belongs to the campaign from the start. The event is the inspection's: of one that is not
    to be known, nothing is known here either."""
    return inspections.create(tx, given, occasion(tx, campaign_id))
