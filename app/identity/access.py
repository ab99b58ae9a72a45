"""From a session cookie or a bearer token to the actor of a request.

One small query per request says whether the credential still stands and where the district's access epoch
is; the actor itself is resolved anew only when the epoch, the day or the credential changed.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.calendar import today_of, workdays
from app.core.db import unframed
from app.core.epoch import EPOCH
from app.core.policy import ROLE_LABELS, Actor, Role, bound
from app.core.prepared import Prepared
from app.core.within import many, within
from app.identity.models import FACTOR, GRANT, SESSION, TOKEN, USER
from app.identity.passwords import PROFILES
from app.settings import Settings
from app.units.models import HOST, LIAISON, UNIT, UnitKind
from app.units.succession_models import SUCCESSION

SEEN_EVERY = timedelta(minutes=1)
CLOSELY_GUARDED = (Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR, Role.LEADER)
"""Who must have a second factor where the installation requires one."""
TOKEN_PREFIX = "ql_"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(secret: str) -> str:
    """The token that a session's forms carry: known to whoever holds its cookie, and to no reader of the database."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


_EPOCH_JOIN = sa.func.coalesce(EPOCH.c.value, 0).label("epoch")
_SESSION = Prepared(
    sa.select(
        SESSION.c.id, SESSION.c.user_id, SESSION.c.created_at, SESSION.c.last_seen_at, SESSION.c.ended_at, _EPOCH_JOIN
    )
    .select_from(SESSION.outerjoin(EPOCH, EPOCH.c.district_id == SESSION.c.district_id))
    .where(SESSION.c.token_sha256 == sa.bindparam("sha"))
)
_TOKEN = Prepared(
    sa.select(
        TOKEN.c.id,
        TOKEN.c.user_id,
        TOKEN.c.scopes,
        TOKEN.c.unit_id,
        TOKEN.c.expires_at,
        TOKEN.c.revoked_at,
        TOKEN.c.last_used_at,
        _EPOCH_JOIN,
    )
    .select_from(TOKEN.outerjoin(EPOCH, EPOCH.c.district_id == TOKEN.c.district_id))
    .where(TOKEN.c.token_sha256 == sa.bindparam("sha"))
)
_DUE = (
    sa.select(USER.c.must_change_password, USER.c.password_changed_at, USER.c.created_at, FACTOR.c.confirmed_at)
    .select_from(USER.outerjoin(FACTOR, FACTOR.c.user_id == USER.c.id))
    .where(USER.c.id == sa.bindparam("user_id"))
)
_USER = sa.select(USER).where(USER.c.id == sa.bindparam("user_id"))
_GRANTS = (
    sa.select(GRANT.c.role, GRANT.c.unit_id, GRANT.c.recursive, UNIT.c.name, UNIT.c.kind)
    .join(UNIT, UNIT.c.id == GRANT.c.unit_id)
    .where(
        GRANT.c.user_id == sa.bindparam("user_id"),
        GRANT.c.valid_from <= sa.bindparam("today", type_=sa.Date),
        sa.func.coalesce(GRANT.c.valid_to, date(9999, 12, 31)) >= sa.bindparam("today", type_=sa.Date),
    )
    .order_by(GRANT.c.id)
)


def _beneath() -> sa.Select[Any]:
    tree = sa.select(UNIT.c.id).where(within(UNIT.c.id, many("roots"))).cte(recursive=True)
    return sa.select(tree.union(sa.select(UNIT.c.id).join(tree, UNIT.c.parent_id == tree.c.id)).c.id)


_BENEATH = _beneath()


def _before() -> sa.Select[Any]:
    merged = sa.select(SUCCESSION.c.unit_id).where(within(SUCCESSION.c.successor_id, many("successors")))
    chain = merged.cte(recursive=True)
    further = sa.select(SUCCESSION.c.unit_id).join(chain, SUCCESSION.c.successor_id == chain.c.unit_id)
    return sa.select(chain.union(further).c.unit_id)


_BEFORE = _before()
_PAIRED = sa.select(LIAISON.c.school_id).where(
    within(LIAISON.c.office_id, many("offices")),
    LIAISON.c.valid_from <= sa.bindparam("today", type_=sa.Date),
    sa.func.coalesce(LIAISON.c.valid_to, date(9999, 12, 31)) >= sa.bindparam("today", type_=sa.Date),
)
_ANSWERED = sa.select(UNIT.c.id).where(within(UNIT.c.answering_unit_id, many("offices")))
_HOSTED = sa.select(HOST.c.unit_id).where(within(HOST.c.host_id, many("hosts")))
_DISTRICT = sa.select(UNIT.c.id).where(UNIT.c.district_id == sa.bindparam("district"))


def resolve(connection: Connection, user_id: int, today: date, only_unit: int | None = None) -> Actor | None:
    """The actor a user is today; None for a disabled one. ``only_unit`` narrows it to a token's unit."""
    user = connection.execute(_USER, {"user_id": user_id}).one_or_none()
    if user is None or user.disabled_at is not None:
        return None
    grants = connection.execute(_GRANTS, {"user_id": user_id, "today": today}).all()
    concerned = _concerned(connection, grants)
    if only_unit is not None:
        grants = [grant for grant in grants if grant.unit_id == only_unit]
    offices = _units(connection, [g for g in grants if g.role == Role.OFFICE])
    answered = connection.execute(_ANSWERED, {"offices": sorted(offices)}).scalars() if offices else ()
    schools = _units(connection, [g for g in grants if g.role == Role.SCHOOL])
    own = [g for g in grants if g.role in (Role.OFFICE, Role.SCHOOL)]
    roles = frozenset(Role(grant.role) for grant in grants)
    units = offices | schools | frozenset(answered)
    former = merged_into(connection, units)
    title = own[0].name if own else next((ROLE_LABELS[Role(g.role)] for g in grants), "")
    actor = Actor(
        user_id=user.id,
        district_id=user.district_id,
        name=user.name,
        username=user.username,
        roles=roles,
        units=units,
        former=former,
        offices=offices,
        former_offices=merged_into(connection, offices) if former else frozenset(),
        paired=_paired(connection, offices, today),
        concerned=concerned,
        home_units=tuple(dict.fromkeys(grant.unit_id for grant in own)),
        title=title,
        must_change_password=user.must_change_password,
        workdays=None if user.district_id is None else workdays(connection, user.district_id),
    )
    return replace(actor, binds=bound(actor))


def as_unit(connection: Connection, unit: Any, role: Role, recursive: bool, today: date) -> Actor:
    """Nobody in person: what a grant of ``role`` on the unit lets read, for another system that is told of it.

    The whole district concerns it: what a target must not know before its time, it is not told at all.
    """
    named = _Grant(role, unit.id, recursive, unit.name, unit.kind)
    district = connection.execute(_DISTRICT, {"district": unit.district_id}).scalars()
    actor = Actor(
        user_id=None,
        district_id=unit.district_id,
        roles=frozenset({role}),
        units=_units(connection, [named]) if role in (Role.OFFICE, Role.SCHOOL) else frozenset(),
        concerned=frozenset(district),
        workdays=workdays(connection, unit.district_id),
    )
    if role == Role.OFFICE:
        answered = connection.execute(_ANSWERED, {"offices": sorted(actor.units)}).scalars()
        offices, paired = actor.units, _paired(connection, actor.units, today)
        actor = replace(actor, units=offices | set(answered), offices=offices, paired=paired)
    former = merged_into(connection, actor.units)
    of_offices = merged_into(connection, actor.offices) if former else frozenset()
    actor = replace(actor, former=former, former_offices=of_offices)
    return replace(actor, binds=bound(actor))


class _Grant(NamedTuple):
    role: Role
    unit_id: int
    recursive: bool
    name: str
    kind: UnitKind


def _units(connection: Connection, grants: list[Any]) -> frozenset[int]:
    """The grants' units, those beneath recursive ones, and the party organisations all of them host."""
    if not grants:
        return frozenset()
    units = {grant.unit_id for grant in grants}
    if roots := [grant.unit_id for grant in grants if grant.recursive]:
        units |= set(connection.execute(_BENEATH, {"roots": roots}).scalars())
    return with_hosted(connection, units)


def _concerned(connection: Connection, grants: Sequence[Any]) -> frozenset[int]:
    units = _concerned_today(connection, grants)
    return units | merged_into(connection, units)


def _concerned_today(connection: Connection, grants: Sequence[Any]) -> frozenset[int]:
    mine = [grant for grant in grants if grant.role in (Role.OFFICE, Role.SCHOOL)]
    units = _units(connection, mine)
    above = [grant.unit_id for grant in mine if grant.kind == UnitKind.CENTRAL_SCHOOL]
    if not above:
        return units
    beneath = set(connection.execute(_BENEATH, {"roots": above}).scalars())
    return with_hosted(connection, set(units) | beneath)


def merged_into(connection: Connection, units: Collection[int]) -> frozenset[int]:
    """Units that were merged into one of these, or into one that was: what concerns them goes on with these."""
    if not units:
        return frozenset()
    return frozenset(connection.execute(_BEFORE, {"successors": sorted(units)}).scalars()) - frozenset(units)


def with_limits(actor: Actor, token: Any) -> Actor:
    """The actor as a token shows them: known by it, and limited to its scopes."""
    limits = None if token.scopes is None else frozenset(token.scopes)
    return replace(actor, token_id=token.id, scopes=limits, binds={**actor.binds, "actor_in_person": None})


def _paired(connection: Connection, offices: frozenset[int], today: date) -> frozenset[int]:
    if not offices:
        return frozenset()
    schools = set(connection.execute(_PAIRED, {"offices": sorted(offices), "today": today}).scalars())
    return with_hosted(connection, schools | merged_into(connection, schools)) if schools else frozenset()


def with_hosted(connection: Connection, units: set[int]) -> frozenset[int]:
    """These units and the party organisations they host."""
    return frozenset(units | set(connection.execute(_HOSTED, {"hosts": sorted(units)}).scalars()))


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request showed, and what came of it."""

    actor: Actor | None
    touch: tuple[str, int] | None = None
    """A session or token whose last use is due to be written."""


class Gatekeeper:
    """Resolves credentials, with a cache that the access epoch guards.

    The epoch is read first: an actor resolved from what was written after it is resolved anew at the next request.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.idle = timedelta(minutes=settings.session_idle_minutes)
        self.lifetime = timedelta(hours=settings.session_hours)
        self._cache: dict[str, tuple[int, date, Actor]] = {}

    @unframed
    def by_session(self, connection: Connection, secret: str, now: datetime) -> Credential:
        sha = digest(secret)
        row = _SESSION.one_or_none(connection, {"sha": sha})
        if row is None or row.ended_at is not None or self._over(row, now):
            return Credential(None)
        actor = self._actor(connection, sha, row, now, with_duties=True)
        if actor is None:
            return Credential(None)
        due = now - row.last_seen_at > SEEN_EVERY
        shown = replace(actor, session_id=row.id, csrf=csrf_of(secret))
        return Credential(shown, ("session", row.id) if due else None)

    def _over(self, row: Any, now: datetime) -> bool:
        return bool(now - row.last_seen_at > self.idle or now - row.created_at > self.lifetime)

    @unframed
    def by_token(self, connection: Connection, secret: str, now: datetime) -> Credential:
        sha = digest(secret)
        row = _TOKEN.one_or_none(connection, {"sha": sha})
        if row is None or row.revoked_at is not None or (row.expires_at and row.expires_at <= now):
            return Credential(None)
        actor = self._actor(connection, sha, row, now, only_unit=row.unit_id)
        if actor is None:
            return Credential(None)
        due = row.last_used_at is None or now - row.last_used_at > SEEN_EVERY
        return Credential(with_limits(actor, row), ("token", row.id) if due else None)

    def _actor(
        self,
        connection: Connection,
        sha: str,
        row: Any,
        now: datetime,
        *,
        only_unit: int | None = None,
        with_duties: bool = False,
    ) -> Actor | None:
        today = today_of(now)
        cached = self._cache.get(sha)
        if cached and cached[0] == row.epoch and cached[1] == today:
            return cached[2]
        actor = resolve(connection, row.user_id, today, only_unit)
        if actor is None:
            self._cache.pop(sha, None)
            return None
        if with_duties and not self.settings.demo:
            actor = self._with_duties(connection, actor, now)
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[sha] = (row.epoch, today, actor)
        return actor

    def _with_duties(self, connection: Connection, actor: Actor, now: datetime) -> Actor:
        """What the person has to do before anything else: replace an expired password, set up the second factor.

        Of a person who logs in, not of their tokens: those have an end of their own.
        """
        row = connection.execute(_DUE, {"user_id": actor.user_id}).one()
        expired = PROFILES[self.settings.password_profile].expired(row.password_changed_at or row.created_at, now)
        bare = row.confirmed_at is None and self.settings.second_factor == "required" and actor.has(*CLOSELY_GUARDED)
        return replace(actor, must_change_password=actor.must_change_password or expired, must_enrol=bare)


_TOUCH: Mapping[str, sa.Update] = {
    "session": sa.update(SESSION).values(last_seen_at=sa.bindparam("now")).where(SESSION.c.id == sa.bindparam("row")),
    "token": sa.update(TOKEN).values(last_used_at=sa.bindparam("now")).where(TOKEN.c.id == sa.bindparam("row")),
}


def touch(connection: Connection, kind: str, row_id: int, now: datetime) -> None:
    """Note the last use of a credential (at most once a minute); not a change worth an event."""
    from app.core.audit import audited_write

    with audited_write(connection):
        connection.execute(_TOUCH[kind], {"now": now, "row": row_id})
