"""Every read of a bureau's beginning: whether it goes on, who the three are, what each step has come to."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.core.calendar import CalendarDay
from app.core.db import unbounded
from app.core.errors import Conflict
from app.core.models import table_of
from app.core.operation import Reader
from app.core.policy import DISTRICT, ROLE_LABELS, Role, require
from app.identity.founding import ADMINISTRATORS
from app.identity.models import GRANT, USER
from app.setup import checking
from app.setup.models import SETUP, STEP_LABELS, Step
from app.units import queries as units
from app.units.models import UNIT, UnitKind

OVER = "本局已经启用，首次设置不能再改，请到各自的栏目办理"
DAY = table_of(CalendarDay)
TODAY = sa.bindparam("today", type_=sa.Date)
_OPEN = sa.select(SETUP.c.id).where(SETUP.c.district_id == DISTRICT, SETUP.c.enabled_at.is_(None))
_ONE = (
    sa.select(SETUP.c.enabled_at, USER.c.name.label("enabled_by"))
    .select_from(SETUP.outerjoin(USER, USER.c.id == SETUP.c.enabled_by))
    .where(SETUP.c.district_id == DISTRICT)
)
_HOLDERS = (
    sa.select(GRANT.c.role, USER.c.id, USER.c.username, USER.c.name, USER.c.must_change_password)
    .join(USER, USER.c.id == GRANT.c.user_id)
    .where(
        GRANT.c.district_id == DISTRICT,
        GRANT.c.role.in_(ADMINISTRATORS),
        GRANT.c.valid_from <= TODAY,
        sa.func.coalesce(GRANT.c.valid_to, TODAY) >= TODAY,
        USER.c.disabled_at.is_(None),
    )
    .order_by(GRANT.c.id)
)
_OTHER_ACCOUNTS = sa.select(sa.func.count()).where(
    USER.c.district_id == DISTRICT,
    USER.c.disabled_at.is_(None),
    sa.not_(sa.exists().where(GRANT.c.user_id == USER.c.id, GRANT.c.role.in_(ADMINISTRATORS)).correlate(USER)),
)
_WITH_DUTY = sa.select(UNIT.c.duty).where(UNIT.c.district_id == DISTRICT, UNIT.c.duty.is_not(None))
_DAYS = sa.select(sa.func.count()).where(
    DAY.c.district_id == DISTRICT,
    DAY.c.on.between(sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date)),
)
_ANYBODY = sa.select(USER.c.id).limit(1)


def rows(see: Reader, statement: sa.Select[Any], **binds: Any) -> Sequence[Any]:
    """As an operation and a page alike see them, by the actor's own parameters."""
    return see.connection.execute(statement, {**see.actor.binds, **binds}).all()


def has_nobody(see: Reader) -> bool:
    """Whether there is no account at all: then a command on the server makes the first."""
    return see.connection.execute(_ANYBODY).first() is None


def goes_on(see: Reader) -> bool:
    """Whether the actor is the system administrator of a bureau that is still being set up."""
    return see.actor.has(Role.SYSADMIN) and bool(rows(see, _OPEN))


def require_open(see: Reader) -> None:
    """403 for others than the system administrator, 409 once the bureau is enabled."""
    require(see.actor, Role.SYSADMIN)
    if not rows(see, _OPEN):
        raise Conflict(OVER, code="already_enabled")


def holders(see: Reader) -> dict[Role, Any]:
    """Who holds each of the three duties today; of several the first."""
    found: dict[Role, Any] = {}
    for row in rows(see, _HOLDERS, today=see.today):
        found.setdefault(Role(row.role), row)
    return {role: found[role] for role in ADMINISTRATORS if role in found}


def is_named(role: Role, name: str) -> bool:
    """An account made by ``init`` bears the name of its duty until a person is named."""
    return name != ROLE_LABELS[role]


def administrator(row: Any) -> dict[str, Any]:
    return {
        "role": row.role,
        "user_id": row.id,
        "username": row.username,
        "name": row.name,
        "has_logged_in": not row.must_change_password,
        "named": is_named(Role(row.role), row.name),
    }


def directory(see: Reader) -> dict[UnitKind, list[str]]:
    """The names of the units that exist today by kind, without the bureau itself."""
    found: dict[UnitKind, list[str]] = defaultdict(list)
    for _, name, kind in units.choices(see):
        if kind != UnitKind.BUREAU:
            found[UnitKind(kind)].append(name)
    return dict(found)


def groups(see: Reader) -> list[dict[str, Any]]:
    """The district's groups, each with how many units belong today."""
    asked = units.GROUP_LIST.asked({"limit": "200"})
    found = [units.present_group(see, row) for row in units.GROUP_LIST.page(see, asked)[0]]
    units.complete_groups(see, found)
    return found


def days_of(see: Reader, year: int) -> int:
    """How many days of a year are in the calendar."""
    first, last = see.today.replace(year, 1, 1), see.today.replace(year, 12, 31)
    return int(rows(see, _DAYS, first=first, last=last)[0][0])


def other_accounts(see: Reader) -> int:
    """How many may log in beside the three administrators."""
    return int(rows(see, _OTHER_ACCOUNTS)[0][0])


NEEDED = {Step.ADMINISTRATORS: len(ADMINISTRATORS)}
"""How many make a step done; one, of the others."""


@unbounded
def one(see: Any) -> dict[str, Any]:
    """The bureau's setup, for its system administrator."""
    require(see.actor, Role.SYSADMIN)
    row = next(iter(rows(see, _ONE)), None)
    enabled = row is None or row.enabled_at is not None
    persons = [administrator(each) for each in holders(see).values()]
    named, known = groups(see), directory(see)
    counts = {
        Step.ADMINISTRATORS: sum(each["named"] for each in persons),
        Step.BUREAU: 1,
        Step.UNITS: sum(map(len, known.values())),
        Step.NAMES: sum(group["unit_count"] > 0 for group in named),
        Step.CALENDAR: days_of(see, see.today.year),
        Step.ENABLE: int(enabled),
    }
    duties = {duty.duty for duty in rows(see, _WITH_DUTY)}
    found = checking.Found(persons, known, duties, named, see.today.year, counts[Step.CALENDAR])
    return {
        "district_id": see.actor.district_id,
        "enabled": enabled,
        "enabled_at": row.enabled_at if row is not None else None,
        "enabled_by": row.enabled_by if row is not None else None,
        "steps": [
            {"step": step, "label": label, "done": counts[step] >= NEEDED.get(step, 1), "count": counts[step]}
            for step, label in STEP_LABELS.items()
        ],
        "administrators": persons,
        "missing": [] if enabled else [each._asdict() for each in checking.missing(found)],
        "allowed_actions": [] if enabled else ["name_administrators", "enable"],
    }
