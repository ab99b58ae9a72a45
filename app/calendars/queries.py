"""Every read of the calendar."""

from typing import Any

import sqlalchemy as sa

from app.calendars import rules
from app.calendars.models import DAY, TERM
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort
from app.core.params import parse_date, parse_flag
from app.core.workflow import find


def _bound(condition: Any, description: str) -> Filter:
    return Filter(condition, parse_date, description=description)


DAYS = Listing(
    policy=rules.DAYS,
    columns=list(DAY.c),
    sorts={"on": Sort(DAY.c.on, load=lambda value: parse_date("cursor", value))},
    filters={
        "since": _bound(DAY.c.on >= sa.bindparam("f_since", type_=sa.Date), "从这一天起"),
        "until": _bound(DAY.c.on <= sa.bindparam("f_until", type_=sa.Date), "到这一天止"),
        "is_workday": Filter(DAY.c.is_workday == sa.bindparam("f_is_workday", type_=sa.Boolean), parse_flag),
    },
)
TERMS = Listing(
    policy=rules.TERMS,
    columns=list(TERM.c),
    sorts={"starts_on": Sort(TERM.c.starts_on, load=lambda value: parse_date("cursor", value))},
)


def present_day(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "version", "on", "is_workday", "name", "updated_at")}
    return shown | {"allowed_actions": ["delete"] if row.may_delete else []}


def present_term(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "version", "name", "starts_on", "ends_on", "updated_at")}
    return shown | {"allowed_actions": ["delete"] if row.may_delete else []}


def one_day(see: Any, day_id: int) -> dict[str, Any]:
    return present_day(see, find(see, rules.DAYS, day_id))


def one_term(see: Any, term_id: int) -> dict[str, Any]:
    return present_term(see, find(see, rules.TERMS, term_id))


def of_year(see: Any, year: int) -> dict[str, Any]:
    """A year's days and every term, for the page."""
    asked = DAYS.asked({"since": f"{year}-01-01", "until": f"{year}-12-31", "limit": "200"})
    return {
        "days": [present_day(see, row) for row in DAYS.page(see, asked)[0]],
        "terms": [present_term(see, row) for row in TERMS.page(see, TERMS.asked({"limit": "200"}))[0]],
    }
