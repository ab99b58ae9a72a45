"""Who may do what: the actor of a request, and one rule table per resource.

A rule is a SQL condition over the resource's table, built for symbolic roles with the actor's district and
units as bind parameters. So one statement per shape (roles, filters, sort) is built once and cached, and the
same condition filters lists, guards commands, and says which buttons a row shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql.visitors import replacement_traverse

from app.core.calendar import Workdays
from app.core.errors import Forbidden
from app.core.lanes import Lane
from app.core.naming import called
from app.core.within import Names, many, says, within


class Role(StrEnum):
    SUPERVISOR = "supervisor"
    OFFICE = "office"
    SCHOOL = "school"
    DISCIPLINE = "discipline"
    LEADER = "leader"
    SYSADMIN = "sysadmin"
    SECADMIN = "secadmin"
    AUDITOR = "auditor"


ROLE_LABELS = {
    Role.SUPERVISOR: "督查室",
    Role.OFFICE: "责任股室",
    Role.SCHOOL: "学校（园）",
    Role.DISCIPLINE: "派驻组",
    Role.LEADER: "局领导",
    Role.SYSADMIN: "系统管理员",
    Role.SECADMIN: "安全管理员",
    Role.AUDITOR: "审计管理员",
}
BUSINESS = frozenset({Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL, Role.DISCIPLINE, Role.LEADER})
DISTRICT_WIDE = frozenset({Role.SUPERVISOR, Role.DISCIPLINE, Role.LEADER})
Roles = frozenset[Role]

# The bind parameters of every rule; ``Actor.binds`` fills them.
DISTRICT = sa.bindparam("actor_district", type_=sa.BigInteger)
USER = sa.bindparam("actor_user", type_=sa.BigInteger)
IN_PERSON = sa.bindparam("actor_in_person", type_=sa.BigInteger)
"""USER again, but nobody where a token acts in their name."""
_NAMES = sa.bindparam("actor_names", type_=Names())
OWN = many("actor_units")
"""Units whose rows the actor carries out: of its office and school grants, beneath those, their party branches, units
merged into these, and bodies without an account that an office of its answers for."""
OFFICES = many("actor_offices")
"""The part of OWN that comes from ``office`` grants, and offices merged into these: what these left stays in hand."""
ENTRUSTED = many("actor_entrusted")
"""Of OFFICES those of today alone: what was confided to one that is gone is not its successor's to read."""
PAIRED = many("actor_paired")
"""Schools paired today with the actor's offices (包联), and the party organisations those schools host."""
CONCERNED = many("actor_concerned")
"""Units the person belongs to or stands above (a central school's schools), also where a token is narrower:
what must not be known before its time of one of them must not be known to this person."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: resolved anew for each request, so that a grant's end counts at once."""

    user_id: int | None
    district_id: int | None
    name: str = ""
    username: str = ""
    roles: Roles = frozenset()
    units: frozenset[int] = frozenset()
    former: frozenset[int] = frozenset()
    """Units that were merged into one of ``units``: what they left is carried on, nothing new is made for them."""
    offices: frozenset[int] = frozenset()
    former_offices: frozenset[int] = frozenset()
    """The part of ``former`` that was merged into one of ``offices``."""
    paired: frozenset[int] = frozenset()
    concerned: frozenset[int] = frozenset()
    home_units: tuple[int, ...] = ()
    """Units named by the office and school grants themselves, in order of the grants."""
    title: str = ""
    """The unit or duty shown beside the name."""
    session_id: int | None = None
    token_id: int | None = None
    csrf: str = ""
    scopes: frozenset[str] | None = None
    """What a token was limited to, such as ``assignments:read``; None allows all the user may do."""
    must_change_password: bool = False
    must_enrol: bool = False
    """The second factor is to be set up before anything else."""
    expires_at: datetime | None = None
    binds: Mapping[str, Any] = field(default_factory=dict, compare=False)
    workdays: Workdays | None = field(default=None, compare=False)
    """The district's, kept with the actor as long as the access epoch stands; None: to be read."""
    kept: dict[str, dict[int, Any]] = field(default_factory=dict, compare=False)
    """What a reader looked up for this actor and what changes only with the access epoch, by the reader's name."""

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def is_stranger_to(self, unit_id: int) -> bool:
        """As the rule ``stranger_to`` asks it of rows."""
        return unit_id not in self.concerned and unit_id not in self.units and unit_id not in self.former

    def admits(self, noun: str, verb: str) -> bool:
        """Whether the token that shows for this actor, if any, was given so much: ``read`` or ``write`` of a noun."""
        return self.scopes is None or not self.scopes.isdisjoint({f"{noun}:{verb}", f"{noun}:write"})

    @property
    def title_line(self) -> str:
        return f"{self.title} · {self.name}" if self.title else self.name


def bound(actor: Actor) -> dict[str, Any]:
    """The parameters of every rule."""
    return {
        "actor_district": actor.district_id,
        "actor_user": actor.user_id,
        "actor_in_person": actor.user_id if actor.token_id is None else None,
        "actor_names": called(actor.name),
        "actor_units": tuple(sorted(actor.units | actor.former)),
        "actor_offices": tuple(sorted(actor.offices | actor.former_offices)),
        "actor_entrusted": tuple(sorted(actor.offices)),
        "actor_paired": tuple(sorted(actor.paired)),
        "actor_concerned": tuple(sorted(actor.concerned)),
    }


SYSTEM = Actor(user_id=None, district_id=None, name="系统", binds={})
"""The installation itself: migrations of data, the command line, jobs."""


def system_within(district_id: int) -> Actor:
    """The installation itself in one district: whoever holds its data folder may do what administrators may."""
    roles = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.SUPERVISOR})
    actor = replace(SYSTEM, district_id=district_id, roles=roles)
    return replace(actor, binds=bound(actor))


Condition = Callable[[Roles], ColumnElement[bool]]


@dataclass(frozen=True)
class Policy:
    """The rules of one resource.

    ``read`` decides which rows exist for an actor. ``conditions`` are the distinct grounds on which someone
    may act (``carry_out``, ``review``, …); a workflow's transitions name one of them in ``who``.
    """

    table: sa.Table
    read: Condition
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    own_by: Callable[[Roles], sa.Column[Any] | None] = lambda roles: None
    """The unit's column, for roles whose ``read`` is no more than ``own_by IN OWN``: a list then takes each unit's rows
    in order off an index, and merges them."""
    lanes: Callable[[Roles], Sequence[Lane]] = lambda roles: ()
    """For roles whose ``read`` is an OR that no index serves: the same rows, ground by ground. Lists, counts and sums
    are found by these."""

    def columns(self, roles: Roles, grounds: frozenset[str] | None = None) -> list[ColumnElement[bool]]:
        """Each condition once, as a column ``may_<name>`` of a read; of named ``grounds`` alone it is looked at."""
        return _columns(self, roles, grounds)

    def may(self, roles: Roles, name: str) -> ColumnElement[bool]:
        return self.conditions[name](roles)

    def __hash__(self) -> int:
        return hash(self.table.name)


@cache
def _columns(policy: Policy, roles: Roles, grounds: frozenset[str] | None) -> list[ColumnElement[bool]]:
    return [
        (condition(roles) if grounds is None or name in grounds else sa.false()).label(f"may_{name}")
        for name, condition in policy.conditions.items()
    ]


def require(actor: Actor, *roles: Role) -> None:
    """For acts that concern no row yet, such as creating one."""
    if not actor.has(*roles):
        raise Forbidden()


def among(column: ColumnElement[Any], *values: StrEnum) -> ColumnElement[bool]:
    """The column holds one of these enum values, written into the statement: constants need no parameters,
    and a list of parameters is expanded anew at each execution."""
    return column.in_([sa.literal_column(f"'{value.value}'") for value in values])


def in_district(table: sa.Table) -> ColumnElement[bool]:
    return table.c.district_id == DISTRICT


def also_in_district(table: sa.Table) -> ColumnElement[bool]:
    """Beside a narrower condition: the sign keeps a database from going through the whole district by its index."""
    return sa.literal_column(f"+{table.name}.district_id", sa.BigInteger) == DISTRICT


def beside_narrower(condition: ColumnElement[bool], table: sa.Table) -> ColumnElement[bool]:
    """The same condition, its district as in ``also_in_district``."""
    district, signed = table.c.district_id, sa.literal_column(f"+{table.name}.district_id", sa.BigInteger)

    def signs(element: Any, **_: Any) -> Any:
        return signed if element is district else None

    return replacement_traverse(condition, {}, signs)


def of_district(table: sa.Table) -> Condition:
    """Every row of the district, whatever the role."""
    return lambda roles: in_district(table)


def by(role: Role, table: sa.Table) -> Condition:
    """Every row of the district, for whoever holds the role."""
    return lambda roles: in_district(table) if role in roles else sa.false()


def stranger_to(unit_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The actor neither belongs to the unit, also where a token is narrower, nor carries out its rows: who submits
    does not accept."""
    return sa.and_(sa.not_(within(unit_id, CONCERNED)), sa.not_(within(unit_id, OWN)))


def named_in(text: ColumnElement[str]) -> ColumnElement[bool]:
    """A text that is kept folded (``naming.folded``) has the actor's name in it, as ``is_named`` says it."""
    return says(text, _NAMES)


def always(_roles: Roles) -> ColumnElement[bool]:
    return sa.true()


def never() -> ColumnElement[bool]:
    return sa.false()
