"""Who can handle a case, and cases that nobody can any more: whose handlers are gone, moved, belong by now to the unit
concerned, or are the person. Nobody but who may take such a case over learns that there is one."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.cases.models import CASE, HANDLER, CaseCategory
from app.cases.rules import HANDLING, IMPARTIAL, OPEN
from app.complaints.models import COMPLAINT
from app.core.dated import lasting
from app.core.naming import is_named
from app.core.operation import Reader
from app.core.paging import Asked, Listing, Sort, one_of
from app.core.policy import DISTRICT, Actor, Policy, Role, Roles, in_district
from app.core.within import many, within
from app.identity.access import resolve
from app.identity.concerning import is_concerned
from app.identity.models import GRANT, USER
from app.units.models import HOST, UNIT
from app.units.succession_models import SUCCESSION

TAKING_OVER = (Role.DISCIPLINE, Role.SUPERVISOR)
"""Who takes over; of the stationed team's own the team alone."""
_People = dict[int, Actor | None]


def handlers_of(see: Reader, case_id: int) -> dict[int, str]:
    """User → name."""
    named = sa.select(HANDLER.c.user_id, USER.c.name).join(USER, USER.c.id == HANDLER.c.user_id)
    found = see.connection.execute(named.where(HANDLER.c.case_file_id == case_id).order_by(HANDLER.c.id))
    return {row.user_id: row.name for row in found}


class About(NamedTuple):
    """Whom a case concerns: its unit, the person in words, and whom its complaint is about: in words and, once it is
    known, by account."""

    unit_id: int
    person: str | None
    accused: str | None
    accused_user_id: int | None


_OF_COMPLAINT = CASE.outerjoin(COMPLAINT, COMPLAINT.c.id == CASE.c.complaint_id)
_WHOM = (CASE.c.unit_id, CASE.c.person, COMPLAINT.c.accused, COMPLAINT.c.accused_user_id)
_BY_ID = sa.select(*_WHOM).select_from(_OF_COMPLAINT).where(CASE.c.id == sa.bindparam("about_case"))


def about(see: Reader, case_id: int) -> About:
    return About(*see.connection.execute(_BY_ID, {"about_case": case_id}).one())


def is_meant(user_id: int | None, name: str, whom: About) -> bool:
    """Whether somebody is the person concerned, or is called so; as the rule ``MEANT`` asks it of the complaint."""
    if user_id is not None and user_id == whom.accused_user_id:
        return True
    accused = whom.accused if whom.accused_user_id is None else None
    return is_named(name, whom.person or "") or is_named(name, accused or "")


def must_withdraw(person: Actor, whom: About) -> bool:
    """As the rule ``IMPARTIAL`` asks it of whoever acts."""
    return not person.is_stranger_to(whom.unit_id) or is_meant(person.user_id, person.name, whom)


_TODAY = sa.bindparam("today", type_=sa.Date)
_STILL_HANDLING = (
    sa.select(USER.c.id)
    .join(GRANT, GRANT.c.user_id == USER.c.id)
    .where(
        within(USER.c.id, many("handlers")),
        USER.c.disabled_at.is_(None),
        GRANT.c.role.in_([role.value for role in HANDLING]),
        lasting(GRANT, _TODAY),
    )
)


def somebody_can(see: Reader, user_ids: Collection[int], whom: About, known: _People | None = None) -> bool:
    """Whether one of them can handle such a case today, as the rule ``handle`` says it of whoever acts."""
    known = _gone(see, user_ids) if known is None else known
    return any(_can(_person(see, user_id, known), whom) for user_id in user_ids)


def _gone(see: Reader, user_ids: Collection[int]) -> _People:
    """Those among them who can handle no case any more, whomever it concerns: nothing else need be asked of them."""
    binds = {"handlers": sorted(user_ids), "today": see.today}
    return dict.fromkeys(set(user_ids).difference(see.connection.execute(_STILL_HANDLING, binds).scalars()))


def _person(see: Reader, user_id: int, known: _People) -> Actor | None:
    if user_id not in known:
        known[user_id] = resolve(see.connection, user_id, see.today)
    return known[user_id]


def _can(person: Actor | None, whom: About) -> bool:
    return person is not None and person.has(*HANDLING) and not must_withdraw(person, whom)


# Those that nobody can handle any more

_HANDLED = (
    sa.select(CASE.c.id, *_WHOM, HANDLER.c.user_id)
    .select_from(_OF_COMPLAINT.outerjoin(HANDLER, HANDLER.c.case_file_id == CASE.c.id))
    .where(CASE.c.district_id == DISTRICT, CASE.c.state.in_(OPEN))
    .order_by(CASE.c.id, HANDLER.c.id)
)


def left_alone(see: Reader) -> list[int]:
    """Open cases of the district none of whose handlers can act. Each person is looked up once."""
    handled: dict[tuple[int, About], list[int]] = defaultdict(list)
    for row in see.connection.execute(_HANDLED, see.actor.binds):
        whom = About(row.unit_id, row.person, row.accused, row.accused_user_id)
        handled[row.id, whom] += [] if row.user_id is None else [row.user_id]
    known = _gone(see, {user_id for users in handled.values() for user_id in users})
    return [found for (found, whom), users in handled.items() if not somebody_can(see, users, whom, known)]


_LEFT_ALONE = many("left_alone")


def _to_take_over(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(TAKING_OVER):
        return sa.false()
    ours = sa.true() if Role.DISCIPLINE in roles else CASE.c.of_discipline.is_(sa.false())
    return sa.and_(in_district(CASE), within(CASE.c.id, _LEFT_ALONE), ours, IMPARTIAL)


class _LeftAlone(Listing):
    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        found = left_alone(see) if see.actor.has(*TAKING_OVER) else []
        return super().binds(see, asked) | {_LEFT_ALONE.key: found}


_NAMES = ("id", "version", "category", "state", "of_discipline", "created_at", "updated_at")
LEFT_ALONE = _LeftAlone(
    policy=Policy(CASE, _to_take_over),
    columns=[CASE.c[name] for name in _NAMES],
    sorts={"created_at": Sort(CASE.c.created_at, True, datetime.fromisoformat)},
    filters={"category": one_of(CASE.c.category, "category", CaseCategory)},
)


def present_left_alone(_see: Reader, row: Any) -> dict[str, Any]:
    """Not what it says nor whom it is about: that is for who takes it over."""
    return {name: getattr(row, name) for name in _NAMES} | {"allowed_actions": ["take_over"]}


def to_take_over(see: Reader, case_id: int) -> Any | None:
    """The case, if it is left alone and the actor may take it over. All of the district's are looked through, whichever
    is asked for: what is asked takes no longer for one that others handle than for one that there is not."""
    mine = sa.select(CASE).where(CASE.c.id == case_id, _to_take_over(see.actor.roles))
    binds = {**see.actor.binds, _LEFT_ALONE.key: left_alone(see)}
    return see.connection.execute(mine, binds).one_or_none()


# Who may be asked to handle it

_ABOUT = sa.bindparam("about", type_=sa.BigInteger)
_ANSWERED = sa.select(UNIT.c.id.label("of_id"), UNIT.c.answering_unit_id.label("to_id")).where(
    UNIT.c.answering_unit_id.is_not(None)
)
_MERGED = sa.select(SUCCESSION.c.unit_id, SUCCESSION.c.successor_id).where(SUCCESSION.c.successor_id.is_not(None))
_STEPS = sa.union_all(_ANSWERED, _MERGED, sa.select(HOST.c.unit_id, HOST.c.host_id)).subquery()


def _there() -> sa.CTE:
    """The unit itself, its host, and whoever answers for it or followed it."""
    start = sa.select(sa.cast(_ABOUT, sa.BigInteger).label("id")).cte(recursive=True)
    return start.union(sa.select(_STEPS.c.to_id).join(start, start.c.id == _STEPS.c.of_id))


_INVOLVED = sa.select(_there().c.id)


def involved(see: Reader, unit_id: int) -> set[int]:
    """The unit, and those whose people have to do with it as such: none of them handles a case about it."""
    return set(see.connection.execute(_INVOLVED, {"about": unit_id}).scalars())


_ELIGIBLE = (
    sa.select(USER.c.id, USER.c.name, UNIT.c.name.label("unit_name"))
    .select_from(USER.join(GRANT, GRANT.c.user_id == USER.c.id).join(UNIT, UNIT.c.id == GRANT.c.unit_id))
    .where(
        USER.c.district_id == DISTRICT,
        USER.c.disabled_at.is_(None),
        GRANT.c.role.in_([role.value for role in HANDLING]),
        lasting(GRANT, _TODAY),
        sa.not_(is_concerned(_there(), _TODAY)),
    )
    .order_by(UNIT.c.id, USER.c.id)
)


def eligible(see: Reader, whom: About, but: set[int]) -> list[tuple[int, str]]:
    """(id, name and unit) of those who may be asked to handle such a case."""
    found: dict[int, str] = {}
    for row in see.connection.execute(_ELIGIBLE, {**see.actor.binds, "about": whom.unit_id, "today": see.today}):
        if row.id not in but and not is_meant(row.id, row.name, whom):
            found.setdefault(row.id, f"{row.name}（{row.unit_name}）")
    return list(found.items())
