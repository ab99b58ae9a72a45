"""The audit log, newest first: names of fields, figures, dates and states; free text as its length and hash."""

import re
import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pydantic_core
import sqlalchemy as sa

from app.core.audit import EVENT, Outcome, shown
from app.core.calendar import SHANGHAI
from app.core.db import consistent, lengthy, unbounded
from app.core.errors import Conflict, NotFound, invalid
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date, parse_flag, takes
from app.core.seal import fingerprint
from app.core.timeline import unit_of
from app.core.within import many, within
from app.events import rules
from app.events.chain import Checked, check
from app.events.heads import public_of
from app.events.standing import stands
from app.identity.models import USER

PLAIN = re.compile(r"[A-Za-z0-9_.:+-]{1,40}", re.ASCII)
"""What may stand as it is: states, kinds, periods, dates. Any other text is shown as its hash."""
NOUN = re.compile(r"[a-z_]{1,40}(?:\.[a-z_]{1,40})?", re.ASCII)


@takes(type="string", pattern=f"^(?:{NOUN.pattern})$")
def _noun(name: str, value: str) -> str:
    if not NOUN.fullmatch(value):
        raise invalid(name, "请填写英文名称，如 assignment 或 assignment.send_back")
    return value


@takes(type="string", format="date")
def _start_of(name: str, value: str) -> datetime:
    return datetime.combine(parse_date(name, value), datetime.min.time(), SHANGHAI)


@takes(type="string", format="date")
def _end_of(name: str, value: str) -> datetime:
    return _start_of(name, value) + timedelta(days=1)


def _instant(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=EVENT.c.at.type)


RUNS = (
    *("plan.dispatch", "plan.renew", "plan.take_in", "plan.edit_items", "unit.merge", "unit.close"),
    *("import_run.commit", "import_run.commit_valid", "import_run.undo"),
    *("appraisal.publish", "appraisal.reopen", "appraisal.withdraw", "appraisal.freeze"),
)
"""Operations of which the event of the row they are done to stands for many rows beneath it."""
_NEVER = ("audit", "digest", "notification", "robot_message", "session")
"""A login, a look at the log, and what is told day by day."""
_OF_NO_ROW = sa.and_(EVENT.c.resource_id.is_(None), EVENT.c.resource.not_in(_NEVER))
_OF_A_RUN = sa.tuple_(EVENT.c.resource, EVENT.c.operation).in_([(run.partition(".")[0], run) for run in RUNS])
_BULK = sa.and_(EVENT.c.outcome == Outcome.DONE, sa.or_(_OF_A_RUN, _OF_NO_ROW))
_NAMES = ("id", "at", "user_id", "token_id", "operation", "resource", "resource_id", "outcome", "code", "request_id")
_SOURCE = EVENT.outerjoin(USER, USER.c.id == EVENT.c.user_id)
LIST = Listing(
    policy=rules.POLICY,
    source=_SOURCE,
    columns=[
        *(EVENT.c[name] for name in (*_NAMES, "before", "after", "reason", "district_id")),
        USER.c.name.label("user_name"),
    ],
    sorts={"id": by_id(EVENT)},
    filters={
        "operation": equals(EVENT.c.operation, "operation", _noun),
        "resource": equals(EVENT.c.resource, "resource", _noun),
        "resource_id": equals(EVENT.c.resource_id, "resource_id"),
        "user_id": equals(EVENT.c.user_id, "user_id"),
        "outcome": one_of(EVENT.c.outcome, "outcome", Outcome),
        "bulk": Filter(
            sa.bindparam("f_bulk", type_=sa.Boolean) == _BULK,
            parse_flag,
            description="一条记录代表许多行的，如下发、导入",
        ),
        "from": Filter(EVENT.c.at >= _instant("f_from"), _start_of),
        "to": Filter(EVENT.c.at < _instant("f_to"), _end_of),
    },
    search=[USER.c.name, EVENT.c.request_id, EVENT.c.operation],
)


def masked(value: Any) -> Any:
    """Free text that an event holds as it was typed, as its length and hash."""
    if isinstance(value, str) and not PLAIN.fullmatch(value):
        return shown(value)
    if isinstance(value, dict):
        return {key: masked(each) for key, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list) else value


def present(_see: Reader, row: Any) -> dict[str, Any]:
    """An event. ``version`` is always 1: it is written once."""
    made = {name: getattr(row, name) for name in _NAMES} | {"user_name": row.user_name}
    made |= {name: _masked_fields(getattr(row, name)) for name in ("before", "after")}
    return made | {"reason": shown(row.reason) if row.reason else None, "version": 1, "allowed_actions": []}


def _masked_fields(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {name: value if _is_hash(value) else masked(value) for name, value in fields.items()}


def _is_hash(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"length", "sha256"}


_ONE = sa.select(*LIST.columns).select_from(_SOURCE).where(EVENT.c.id == sa.bindparam("event"))


def one(see: Reader, event_id: int) -> dict[str, Any]:
    statement = _ONE.where(rules.read(see.actor.roles))
    row = see.connection.execute(statement, {**see.actor.binds, "event": event_id}).one_or_none()
    if row is None:
        raise NotFound()
    return present(see, row)


# For the page

VIEWS: dict[str, dict[str, str]] = {
    "refused": {"outcome": "refused"},
    "login": {"operation": "session.create", "outcome": "refused"},
    "grants": {"resource": "role_grant"},
    "identity": {"operation": "complaint.identify"},
    "bulk": {"bulk": "true"},
}
"""Saved filters of the page."""


@unbounded
def counts(see: Reader, asked: Asked) -> dict[str, int]:
    """How many events each saved filter holds within the dates asked for; ``all`` for none."""
    dates = {name: value for name, value in asked.filters.items() if name in ("from", "to")}
    found = {"all": LIST.count(see, Asked(dates))}
    for name, view in VIEWS.items():
        chosen = {field: LIST.filters[field].parse(field, value) for field, value in view.items()}
        found[name] = LIST.count(see, Asked({**dates, **chosen}))
    return found


_CAME_IN = sa.case((EVENT.c.resource == "session", EVENT.c.after["user_id"].as_integer()))
_WHO = sa.func.coalesce(EVENT.c.user_id, _CAME_IN)
_PEOPLE = (
    sa.select(EVENT.c.id, USER.c.name, unit_of(_WHO).label("unit_name"))
    .join(USER, USER.c.id == _WHO)
    .where(within(EVENT.c.id, many("events")))
)


def people(see: Reader, event_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Of each event the name of whoever acted, at a login of whoever came in, and the unit they acted for."""
    if not event_ids:
        return {}
    found = see.connection.execute(_PEOPLE, {"events": sorted(event_ids)})
    return {row.id: (row.name, row.unit_name or "") for row in found}


# The chain, and the log taken away

_LAST_CHECK = sa.select(EVENT.c.at, EVENT.c.after, USER.c.name).select_from(_SOURCE)
_LAST_CHECK = _LAST_CHECK.where(EVENT.c.resource == "audit", EVENT.c.operation == "audit.verify")
_LAST_CHECK = _LAST_CHECK.order_by(EVENT.c.id.desc()).limit(1)


def last_check(see: Reader) -> dict[str, Any] | None:
    """When the chain was checked last, by whom, and what came of it."""
    statement = _LAST_CHECK.where(rules.read(see.actor.roles), EVENT.c.outcome == Outcome.DONE)
    row = see.connection.execute(statement, see.actor.binds).one_or_none()
    return None if row is None else {"at": row.at, "by": row.name, **(row.after or {})}


def present_check(_see: Reader, found: Checked) -> dict[str, Any]:
    told = {"ok": found.ok, "events": found.events, "archived": found.archived, "seals": found.seals}
    told |= {"unproven": found.unproven, "restores": len(found.restores)}
    return told | {"fault": found.fault.words if found.fault else None}


@consistent
def sealed(see: Reader, event_id: int) -> bool | None:
    """Whether an event is what its seal holds, and the seal what those before and after it say; None without a seal."""
    assert see.actor.district_id is not None
    return stands(see.connection, see.actor.district_id, event_id)


_WALKING = threading.Lock()


@lengthy
def checked(see: Reader) -> Checked:
    """The chain of the actor's district, walked from its beginning. One walk at a time: of two threads for what is
    lengthy, it leaves the other to exports. 409 while one goes on.
    """
    assert see.actor.district_id is not None
    if not _WALKING.acquire(blocking=False):
        raise Conflict("日志链正在校验，请等它校验完再试", code="in_flight")
    try:
        return check(see.connection, see.actor.district_id, public_of(see.settings))
    finally:
        _WALKING.release()


@unbounded
def exported(see: Reader, asked: Asked) -> tuple[str, str | None]:
    """A page of the list as JSON lines, each event with its fingerprint as its seal holds it; and the next cursor."""
    rows, following = LIST.page(see, asked)
    lines = [present(see, row) | {"fingerprint": fingerprint(row.id, row._mapping)} for row in rows]
    return "".join(pydantic_core.to_json(line).decode() + "\n" for line in lines), following
