"""Every write of a bureau's beginning.

Until it is enabled, its system administrator names the three and does what is the supervision office's, which has no
people yet. All of it goes through the operations that others use ever after; this right of his ends with ``enable``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.calendars import operations as calendars
from app.calendars.models import DayCreate
from app.core.errors import Conflict, FieldError, Invalid
from app.core.operation import Put, Tx, operation
from app.core.policy import DISTRICT, ROLE_LABELS, Role, require
from app.core.workflow import changing
from app.identity import operations as identity
from app.identity.founding import ADMINISTRATORS
from app.identity.models import User, UserPatch
from app.setup import checking, queries
from app.setup.models import SETUP, AdministratorsName, Setup
from app.units import operations as units
from app.units.models import AliasCreate, GroupCreate

_LOCKED = sa.select(SETUP).where(SETUP.c.district_id == DISTRICT).with_for_update()


@operation("setup.begin")
def begin(tx: Tx) -> None:
    """A new bureau is to be set up."""
    tx.add(Setup())


def open_setup(tx: Tx) -> Any:
    """The row of a setup that goes on, locked: what is done by it and its end never overlap.

    403 for others than the system administrator, 409 once the bureau is enabled.
    """
    require(tx.actor, Role.SYSADMIN)
    row = tx.connection.execute(_LOCKED, tx.actor.binds).one_or_none()
    if row is None or row.enabled_at is not None:
        raise Conflict(queries.OVER, code="already_enabled")
    return row


@contextmanager
def _for_the_supervision_office(tx: Tx) -> Iterator[None]:
    """What is done within it is done by the same person, with that office's right beside their own."""
    open_setup(tx)
    own = tx.actor
    tx.actor = replace(own, roles=own.roles | {Role.SUPERVISOR})
    try:
        yield
    finally:
        tx.actor = own


# The three administrators


@operation("setup.name_administrators")
def name_administrators(tx: Tx, given: AdministratorsName) -> list[dict[str, Any]]:
    """Three persons for the three duties that nobody holds together; 422 where two of them are one.

    Whoever is named anew and has not logged in yet gets a one-time password: the one that ``init`` showed on the
    server opens nothing from then on. What somebody chose as their own password nobody replaces here.
    """
    open_setup(tx)
    names = {role: str(getattr(given, role.value)) for role in ADMINISTRATORS}
    _refuse_one_person(names)
    held = queries.holders(tx)
    if lacking := checking.absent(held):
        raise Conflict(lacking, code="administrator_missing")
    return [_name(tx, held[role], names[role], given.reissue) for role in ADMINISTRATORS]


def _refuse_one_person(names: dict[Role, str]) -> None:
    errors = []
    for role, name in names.items():
        label = ROLE_LABELS[role]
        same = next((other for other in names if other != role and _plain(names[other]) == _plain(name)), None)
        if name in ROLE_LABELS.values():
            errors.append(FieldError(f"/{role.value}", f"“{name}”是职责，请填写担任{label}的人的姓名"))
        elif same is not None and role != ADMINISTRATORS[0]:
            mend = "确为同名的两个人时请加注区别，如 张伟（人事股）"
            said = f"“{name}”与{ROLE_LABELS[same]}同名，三员须由三个人担任，{mend}"
            errors.append(FieldError(f"/{role.value}", said))
    if errors:
        raise Invalid("请改正标出的内容", errors=errors)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _name(tx: Tx, held: Any, name: str, reissue: bool) -> dict[str, Any]:
    renamed = name != held.name
    if renamed:
        identity.edit(tx, held.id, UserPatch(name=name))
    # Of the row as it is to be changed: whoever chooses a password of their own meanwhile keeps it.
    user = tx.session.get_one(User, held.id)
    waits = user.must_change_password and held.id != tx.actor.user_id
    secret = identity.issue_anew(tx, user) if waits and (renamed or reissue) else None
    shown = queries.administrator(held) | {"name": name, "named": True}
    return shown | {"one_time_password": secret}


# What will be the supervision office's


@operation("unit_alias.create_in_setup")
def create_alias(tx: Tx, given: AliasCreate) -> int:
    with _for_the_supervision_office(tx):
        return units.create_alias(tx, given)


@operation("unit_alias.delete_in_setup")
def delete_alias(tx: Tx, alias_id: int) -> None:
    with _for_the_supervision_office(tx):
        units.delete_alias(tx, alias_id)


@operation("unit_group.create_in_setup")
def create_group(tx: Tx, given: GroupCreate) -> int:
    with _for_the_supervision_office(tx):
        return units.create_group(tx, given)


@operation("calendar_day.put_in_setup")
def put_day(tx: Tx, given: DayCreate) -> Put:
    with _for_the_supervision_office(tx):
        return calendars.put_day(tx, given)


@operation("calendar_day.delete_in_setup")
def delete_day(tx: Tx, day_id: int) -> None:
    with _for_the_supervision_office(tx):
        calendars.delete_day(tx, day_id)


@operation("calendar_day.load_year_in_setup")
def load_year(tx: Tx, year: int) -> dict[str, int]:
    with _for_the_supervision_office(tx):
        return calendars.load_year(tx, year)


# The end


@operation("setup.enable")
def enable(tx: Tx) -> None:
    """The bureau begins its work, once. 409 while the three are not named: one person may not hold their duties."""
    row = open_setup(tx)
    unnamed = checking.unnamed([queries.administrator(each) for each in queries.holders(tx).values()])
    if unnamed:
        who = "、".join(ROLE_LABELS[role] for role in unnamed)
        raise Conflict(f"还不能启用：{who}还没有落实到人，请先填写三名管理员的姓名", code="administrators_unnamed")
    setup = changing(tx, Setup, row)
    setup.enabled_at, setup.enabled_by = tx.now, tx.actor.user_id
    tx.session.flush()
