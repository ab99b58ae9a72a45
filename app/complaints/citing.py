"""Complaints that were found to be true may be cited against their unit, and reach the ladder by how many they are;
those of a paper ledger are history."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.accountability.models import TRIGGER
from app.accountability.triggers import Found, Source, Wanted
from app.complaints.models import CATEGORY_LABELS, COMPLAINT, Category, ComplaintState, Result
from app.complaints.rules import OUTSIDE, read
from app.core.operation import Reader
from app.core.policy import Roles, in_district
from app.core.within import many, within
from app.documents.drafting import NEVER_ADDRESSED
from app.units.models import UNIT

_TRUE = sa.and_(
    sa.not_(COMPLAINT.c.is_past),
    COMPLAINT.c.state.in_((ComplaintState.CONCLUDED, ComplaintState.REPLIED)),
    COMPLAINT.c.result.in_((Result.SUBSTANTIATED, Result.PARTLY)),
)
_FOUND = (
    sa.select(*(COMPLAINT.c[name] for name in ("id", "unit_id", "category")))
    .select_from(COMPLAINT.join(UNIT, UNIT.c.id == COMPLAINT.c.unit_id))
    .where(_TRUE, UNIT.c.kind.not_in(NEVER_ADDRESSED))
    .order_by(COMPLAINT.c.unit_id, COMPLAINT.c.id)
)


def _there_for(see: Reader) -> sa.ColumnElement[bool]:
    """What its reader may see; the schedule, which is nobody, what the supervision office handles."""
    return read(see.actor.roles) if see.actor.user_id is not None else sa.and_(in_district(COMPLAINT), OUTSIDE)


def substantiated(see: Reader, wanted: Wanted) -> Iterator[Found]:
    rows: Any = see.connection.execute(_FOUND.where(_there_for(see)), see.actor.binds)
    for row in rows:
        if not wanted.leaves_out(row.unit_id, row.id):
            yield Found(row.id, row.unit_id, f"信访举报（{CATEGORY_LABELS[Category(row.category)]}）经调查属实")


def readable(see: Reader, ids: list[int]) -> set[int]:
    mine = sa.select(COMPLAINT.c.id).where(within(COMPLAINT.c.id, many("cited")), _there_for(see))
    return set(see.connection.execute(mine, {**see.actor.binds, "cited": ids}).scalars())


def _known(roles: Roles) -> sa.ColumnElement[bool]:
    """To whoever may read the complaint."""
    mine = sa.select(sa.literal(1)).where(COMPLAINT.c.id == TRIGGER.c.source_id, read(roles))
    return mine.correlate(TRIGGER).exists()


COMPLAINTS = Source(
    "complaint",
    "信访举报",
    "查实的举报满 {n} 件",
    substantiated,
    readable,
    "complaints",
    adds_up=True,
    confidential=_known,
)
