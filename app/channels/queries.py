"""What a person chose, and the calendar behind a secret address."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.channels import mailing
from app.channels.ics import Entry, calendar
from app.channels.models import FEED, Frequency
from app.channels.operations import choice_of
from app.channels.sealed import opened
from app.core.errors import NotFound
from app.core.operation import Reader, Sight
from app.core.secrecy import keyed_hash
from app.core.within import many, within
from app.documents.queries import to_receipt
from app.identity.access import digest, resolve
from app.inspections.models import INSPECTION, InspectionState
from app.inspections.rules import POLICY as INSPECTIONS
from app.my_work.deadlines import DEADLINES, EXPECTED, Deadline, Expected
from app.notifications.models import KINDS_OF, LEFT_OUT, NoticeTopic
from app.notifications.queries import NOUNS
from app.units.models import UNIT

BACK = timedelta(days=180)
MOST = 500
"""Entries of one kind: those that press most."""
LONGEST_TOKEN = 100
_OF = UNIT.alias("deadline_of")
"""The conditions bring the plain table with them."""


def own(see: Reader) -> dict[str, Any]:
    user_id = see.actor.user_id or 0
    row = choice_of(see.connection, user_id)
    since = see.connection.execute(sa.select(FEED.c.made_at).where(FEED.c.user_id == user_id)).scalar()
    shown: dict[str, Any] = {"mail_on": mailing.is_on(see.settings), "feed_since": since}
    shown["notices_left_out"] = _left_out(see, user_id)
    if row is None:
        empty = dict.fromkeys(("email", "asked_email", "fault", "fault_at"))
        return shown | {"digest": Frequency.NONE, "left_out": [], **empty}
    return shown | {
        "digest": row.digest,
        "left_out": row.left_out,
        "email": _shown(see, opened(see.settings, user_id, row.address)),
        "asked_email": _shown(see, opened(see.settings, user_id, row.asked_address)),
        "fault": row.fault,
        "fault_at": row.fault_at,
    }


def _left_out(see: Reader, user_id: int) -> list[NoticeTopic]:
    kinds = set(see.connection.execute(sa.select(LEFT_OUT.c.kind).where(LEFT_OUT.c.user_id == user_id)).scalars())
    return [topic for topic, told in KINDS_OF.items() if kinds.issuperset(told)]


def _shown(see: Reader, address: str | None) -> str | None:
    """Whole to the person in a session of their own; any token of theirs may ask too, and gets its first letter."""
    if address is None or see.actor.session_id is not None:
        return address
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"


# The calendar


def calendar_of(see: Reader, token: str) -> str:
    """As its owner may see it now: what they may not see any more is gone, and so is all of a disabled account."""
    owner = sa.select(FEED.c.user_id).where(FEED.c.token_sha256 == digest(token[:LONGEST_TOKEN]))
    user_id = see.connection.execute(owner).scalar()
    actor = None if user_id is None else resolve(see.connection, user_id, see.today)
    if actor is None:
        raise NotFound()
    theirs = Sight(see.connection, actor, see.settings, see.now)
    return calendar("清廉工作平台", entries(theirs))


def entries(see: Sight) -> Iterator[Entry]:
    """Deadlines of what one's units have to do, and inspections; no text that a person wrote, so no name either."""
    for each in DEADLINES:
        yield from _deadlines(see, each)
    for expected in EXPECTED:
        yield from _missing(see, expected)
    for row in to_receipt(see, see.today - BACK, MOST):
        title = f"公文回执到期：{row.name} #{row.id}"
        yield _entry(see, "documents", row, row.reply_by, row.reply_by, title, row.unit_id)
    yield from _inspections(see)


def _deadlines(see: Sight, each: Deadline) -> Iterator[Entry]:
    table, ground = each.policy.table, each.policy.may(see.actor.roles, each.ground)
    if isinstance(ground, sa.False_):
        return
    since = see.today if each.lapses else see.today - BACK
    rows = (
        sa.select(table.c.id, table.c.version, table.c.updated_at, each.due.label("due"), _OF.c.name)
        .where(_OF.c.id == each.unit_id, ground, each.waits, each.due >= since)
        .order_by(each.due, table.c.id)
        .limit(MOST)
    )
    for row in see.rows(rows.distinct() if each.apart else rows):
        title = f"{each.title}：{row.name} #{row.id}"
        yield _entry(see, NOUNS[each.resource], row, row.due, row.due, title, row.due if each.apart else None)


def _missing(see: Sight, each: Expected) -> Iterator[Entry]:
    found = [one for one in each.missing(see) if one.due_on >= see.today - BACK]
    if not found:
        return
    stamps = sa.select(*(each.table.c[name] for name in ("id", "version", "updated_at")))
    ids = sorted({one.row_id for one in found})
    rows = {row.id: row for row in see.rows(stamps.where(within(each.table.c.id, many("rows"))), rows=ids)}
    for one in found:
        title = f"{each.title}：{one.name} #{one.row_id}"
        apart = f"{one.unit_id}/{one.period}" if one.period else one.unit_id
        yield _entry(see, NOUNS[each.resource], rows[one.row_id], one.due_on, one.due_on, title, apart)


def _inspections(see: Sight) -> Iterator[Entry]:
    coming = (InspectionState.PLANNED, InspectionState.ONGOING)
    columns = [INSPECTION.c[name] for name in ("id", "version", "updated_at", "starts_on", "ends_on")]
    seen = (INSPECTIONS.read(see.actor.roles), INSPECTION.c.state.in_(coming), INSPECTION.c.ends_on >= see.today - BACK)
    rows = sa.select(*columns).where(*seen).order_by(INSPECTION.c.starts_on, INSPECTION.c.id).limit(MOST)
    for row in see.rows(rows):
        yield _entry(see, "inspections", row, row.starts_on, row.ends_on, f"督查检查 #{row.id}")


def _entry(see: Reader, noun: str, row: Any, starts_on: Any, ends_on: Any, title: str, apart: Any = None) -> Entry:
    """``apart``: what tells it from others of the same row, such as the unit where each of several has it before it."""
    what = f"{noun}/{row.id}" if apart is None else f"{noun}/{row.id}/{apart}"
    uid = keyed_hash(see.settings.secret, "calendar entry", what)[:32] + "@qinglian"
    url = f"{see.settings.site_url}/{noun}/{row.id}" if see.settings.site_url else ""
    return Entry(uid, row.version, row.updated_at, starts_on, ends_on, title, url)
