"""Reads of complaints for those who handle them: the list, and one with what was said and sent."""

from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.accountability import queries as accountability
from app.complaints.citing import COMPLAINTS
from app.complaints.inspecting import led_to
from app.complaints.models import COMPLAINT, FILE, MESSAGE, NEVER, Category
from app.complaints.models import ComplaintState as State
from app.complaints.rules import ASKING, POLICY, WORKFLOW
from app.complaints.stages import stages
from app.core.calendar import lamp
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_date, parse_flag
from app.core.policy import DISTRICT, Roles
from app.core.timeline import Entry, labels_of, timeline
from app.identity.models import USER
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
ABOUT, HANDLING = UNIT.alias("about"), UNIT.alias("handling")
HANDLER, SPEAKER = USER.alias("handler"), USER.alias("speaker")
_NAMES = (
    *("id", "version", "code", "channel", "named", "category", "unit_id", "accused", "accused_user_id", "text"),
    *("received_on", "state", "handling_unit_id", "handler_id", "accepted_on", "extended_days", "result"),
    *("conclusion", "concluded_on", "ended_on", "replied_on", "archived_on", "answered", "satisfaction", "feedback"),
    *("rectification_id", "is_past", "created_at", "updated_at"),
)
_DAYS = ("due_on", "accept_by", "conclude_by", "reply_by")
_JOINED = ("unit_name", "handling_unit_name", "handler_name")
_ABOUT = sa.func.coalesce(ABOUT.c.name, COMPLAINT.c.unit_named)
_COLUMNS = [
    *(COMPLAINT.c[name] for name in (*_NAMES, *_DAYS)),
    _ABOUT.label("unit_name"),
    HANDLING.c.name.label("handling_unit_name"),
    HANDLER.c.name.label("handler_name"),
]
_SOURCE = (
    COMPLAINT.outerjoin(ABOUT, ABOUT.c.id == COMPLAINT.c.unit_id)
    .outerjoin(HANDLING, HANDLING.c.id == COMPLAINT.c.handling_unit_id)
    .outerjoin(HANDLER, HANDLER.c.id == COMPLAINT.c.handler_id)
)
_TODAY = sa.bindparam("complaints_today", type_=sa.Date)
_OVERDUE = {"True": COMPLAINT.c.due_on < _TODAY, "False": COMPLAINT.c.due_on >= _TODAY}
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(COMPLAINT), "due_on": Sort(COMPLAINT.c.due_on, load=date.fromisoformat)},
    filters={
        "state": one_of(COMPLAINT.c.state, "state", State),
        "category": one_of(COMPLAINT.c.category, "category", Category),
        "unit_id": equals(COMPLAINT.c.unit_id, "unit_id"),
        "handling_unit_id": equals(COMPLAINT.c.handling_unit_id, "handling_unit_id"),
        "since": Filter(COMPLAINT.c.received_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(COMPLAINT.c.received_on <= sa.bindparam("f_until", type_=sa.Date), parse_date),
        "named": Filter(COMPLAINT.c.named == sa.bindparam("f_named", type_=sa.Boolean), parse_flag),
        "overdue": Filter(_OVERDUE, parse_flag, lambda see: {"complaints_today": see.today}),
    },
    search=[COMPLAINT.c.code, _ABOUT, COMPLAINT.c.text],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    actions = WORKFLOW.allowed_actions(row)
    for done, action in (("archived_on", "archive"), ("extended_days", "prolong"), ("rectification_id", "rectify")):
        if getattr(row, done) and action in actions:
            actions.remove(action)
    due = None if row.due_on == NEVER else row.due_on
    stands = lamp(due, see.today, see.workdays, see.settings.lamp_days, finished=due is None)
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    shown["urgent"] = row.category == Category.HARM and row.state in ASKING
    shown["stages"] = [stay._asdict() for stay in stages(row, see.today)]
    return shown | {"due_on": due, "lamp": stands.colour, "lamp_words": stands.words, "allowed_actions": actions}


_OF_COMPLAINT = sa.bindparam("row_id", type_=sa.BigInteger)
_MESSAGES = (
    sa.select(MESSAGE.c.id, MESSAGE.c.kind, MESSAGE.c.text, MESSAGE.c.said_on, SPEAKER.c.name.label("user_name"))
    .select_from(MESSAGE.outerjoin(SPEAKER, SPEAKER.c.id == MESSAGE.c.user_id))
    .where(MESSAGE.c.complaint_id == _OF_COMPLAINT)
    .order_by(MESSAGE.c.id)
)
_FILE = ("number", "size", "media_type", "cleaned", "added_on")
_FILES = sa.select(*(FILE.c[name] for name in _FILE)).where(FILE.c.complaint_id == _OF_COMPLAINT)


def one(see: Reader, complaint_id: int) -> dict[str, Any]:
    """A complaint with what was said about it, what the reporter sent, and what inspections and accountability it led
    to."""
    row = LIST.one(see, complaint_id)
    shown = present(see, row)
    mine = {"row_id": complaint_id}
    shown["messages"] = [dict(each._mapping) for each in see.connection.execute(_MESSAGES, mine)]
    shown["files"] = [dict(each._mapping) for each in see.connection.execute(_FILES.order_by(FILE.c.number), mine)]
    shown["inspections"] = led_to(see, complaint_id)
    shown["accountability_actions"] = accountability.citing(see, COMPLAINTS.kind, complaint_id)
    return shown


_LABELS = labels_of(WORKFLOW, register=("登记", ""), bring_in=("补登", ""))


def with_history(see: Reader, complaint_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """The same, and what its handlers did, newest first; what the reporter did stands among what was said."""
    return one(see, complaint_id), timeline(see, "complaint", complaint_id, _LABELS)


@cache
def _file_statement(roles: Roles) -> sa.Select[Any]:
    numbered = FILE.c.number == sa.bindparam("number", type_=sa.Integer)
    mine = (COMPLAINT.c.id == _OF_COMPLAINT, numbered)
    sent = COMPLAINT.join(FILE, FILE.c.complaint_id == COMPLAINT.c.id)
    columns = (FILE.c.sha256, FILE.c.size, FILE.c.media_type, COMPLAINT.c.code)
    return sa.select(*columns).select_from(sent).where(*mine, POLICY.read(roles))


def stored(see: Reader, complaint_id: int, number: int) -> Any:
    """A file that the reporter sent, for whoever may read the complaint."""
    binds = {**see.actor.binds, "row_id": complaint_id, "number": number}
    row = see.connection.execute(_file_statement(see.actor.roles), binds).one_or_none()
    if row is None:
        raise NotFound()
    return row


_PEOPLE = sa.select(USER.c.id, USER.c.name, USER.c.username).where(
    USER.c.district_id == DISTRICT, USER.c.disabled_at.is_(None)
)


def people(see: Reader) -> list[tuple[int, str]]:
    """(id, name and account) of the district's users, for a form's list."""
    rows = see.connection.execute(_PEOPLE.order_by(USER.c.name, USER.c.id), see.actor.binds)
    return [(row.id, f"{row.name}（{row.username}）") for row in rows]
