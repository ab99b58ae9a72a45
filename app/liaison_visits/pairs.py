"""A pair goes on: ended and made anew, or with the units that its office or school were merged into. What it owes in a
term and has made is reckoned over all of that, once."""

from datetime import date
from functools import cache

import sqlalchemy as sa

from app.liaison_visits.models import EARLIER_QUOTA, QUOTA, USUAL, VISIT, VisitState
from app.liaison_visits.rules import VOIDED
from app.units.models import LIAISON
from app.units.succession import merged_until

Day = sa.ColumnElement[date]
gone = cache(merged_until)
"""One for each day asked about: parts of a statement share it."""
_NEXT, _EARLIER = LIAISON.alias("next_pair"), LIAISON.alias("earlier_pair")


def paired(since: Day, until: Day, pair: sa.FromClause = LIAISON) -> sa.ColumnElement[bool]:
    """The pair stood on some day between."""
    ends = pair.c.valid_to
    return sa.and_(pair.c.valid_from <= until, sa.or_(ends.is_(None), ends >= since))


def _became(old: sa.ColumnElement[int], new: sa.ColumnElement[int], day: Day) -> sa.ColumnElement[bool]:
    """The same unit, or one that had gone into the other by that day."""
    into = sa.select(gone(day).c.old_id).where(gone(day).c.new_id == new)
    return sa.or_(old == new, old.in_(into.correlate_except(gone(day))))


def of_pair(pair: sa.FromClause, day: Day) -> sa.ColumnElement[bool]:
    """The visit is one of this pair, as its office and school stood on that day."""
    return sa.and_(
        _became(VISIT.c.unit_id, pair.c.office_id, day),
        _became(VISIT.c.school_id, pair.c.school_id, day),
    )


def made(since: Day, until: Day, day: Day | None = None, only: VisitState | None = None) -> sa.ColumnElement[int]:
    """How many visits of a pair count between two days. ``day``: by which units had been merged; the last of them
    unless said. ``only``: those in one state."""
    rows = sa.select(sa.func.count()).select_from(VISIT).where(of_pair(LIAISON, until if day is None else day))
    counted = VISIT.c.state != VOIDED if only is None else VISIT.c.state == only
    rows = rows.where(counted, VISIT.c.visited_on >= since, VISIT.c.visited_on <= until)
    return rows.correlate_except(VISIT).scalar_subquery()


def _number(until: Day | None) -> sa.ColumnElement[int]:
    """Of a quota in a term that ends on that day: what held until the first change after it, else what holds now."""
    if until is None:
        return QUOTA.c.visits
    changed = EARLIER_QUOTA.c.quota_id == QUOTA.c.id, EARLIER_QUOTA.c.changed_on > until
    then = sa.select(EARLIER_QUOTA.c.visits).where(*changed).order_by(EARLIER_QUOTA.c.changed_on).limit(1)
    is_changed = sa.select(sa.literal(1)).where(*changed).correlate_except(EARLIER_QUOTA).exists()
    return sa.case((is_changed, then.correlate_except(EARLIER_QUOTA).scalar_subquery()), else_=QUOTA.c.visits)


def own_number(until: Day | None = None) -> sa.ScalarSelect[int]:
    """What the bureau said of the pair itself, or of the one that it was made anew from. ``until``: in a term that ends
    on that day; today unless said."""
    before = sa.and_(
        _EARLIER.c.office_id == LIAISON.c.office_id,
        _EARLIER.c.school_id == LIAISON.c.school_id,
        _EARLIER.c.valid_from <= LIAISON.c.valid_from,
    )
    number = _number(until)
    own = sa.select(number).join_from(QUOTA, _EARLIER, _EARLIER.c.id == QUOTA.c.liaison_id)
    own = own.where(before, number.is_not(None))
    return own.order_by(_EARLIER.c.valid_from.desc()).limit(1).correlate_except(QUOTA, _EARLIER).scalar_subquery()


def required(until: Day) -> sa.ColumnElement[int]:
    """Of a pair in a term that ends on that day: its own number, else the district's, else the usual one."""
    all_pairs = sa.select(_number(until)).select_from(QUOTA)
    all_pairs = all_pairs.where(QUOTA.c.district_id == LIAISON.c.district_id, QUOTA.c.liaison_id.is_(None))
    every = all_pairs.correlate_except(QUOTA).scalar_subquery()
    return sa.func.coalesce(own_number(until), every, sa.literal(USUAL, sa.Integer))


def followed(since: Day, until: Day) -> sa.ColumnElement[bool]:
    """Another pair of that time goes on with it, and owes in its stead."""
    same = sa.and_(_NEXT.c.office_id == LIAISON.c.office_id, _NEXT.c.school_id == LIAISON.c.school_id)
    row = sa.select(sa.literal(1)).select_from(_NEXT)
    row = row.where(
        paired(since, until, _NEXT),
        _became(LIAISON.c.office_id, _NEXT.c.office_id, until),
        _became(LIAISON.c.school_id, _NEXT.c.school_id, until),
        sa.or_(sa.not_(same), _NEXT.c.valid_from > LIAISON.c.valid_from),
    )
    return row.correlate(LIAISON).exists()
