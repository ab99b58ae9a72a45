"""Reads of cases by those who know of them, and of what the district may read."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.cases import clues
from app.cases.models import CASE, CIRCULAR, HANDLER, NOTE, OFFICE, CaseCategory, CaseSource, CaseState
from app.cases.rules import CIRCULARS, OFFICES, POLICY, WORKFLOW
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_date
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.documents.models import DOCUMENT
from app.documents.paper import number_of
from app.evidence.queries import linked
from app.identity.models import USER
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
AT, WHO, OF = UNIT.alias("about"), USER.alias("who"), HANDLER.alias("handling")
_NAMES = (
    *("id", "version", "category", "source", "title", "unit_id", "person", "state", "of_discipline", "filed_at"),
    *("concluded_at", "created_at", "updated_at"),
)
_COLUMNS = [*(CASE.c[name] for name in _NAMES), AT.c.name.label("unit_name")]
_SOURCE = CASE.join(AT, AT.c.id == CASE.c.unit_id)
_IN_FULL = ("text", "finding_id", "conclusion", "measures")
_CIRCULATED = sa.and_(CIRCULAR.c.case_file_id == CASE.c.id, CASE.c.state == CaseState.CIRCULATED)


def _of_circular(column: sa.Column[Any], name: str) -> sa.ColumnElement[Any]:
    return sa.select(column).where(_CIRCULATED).correlate(CASE).scalar_subquery().label(name)


LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=[*_COLUMNS, *(CASE.c[name] for name in _IN_FULL)],
    sorts={"created_at": Sort(CASE.c.created_at, True, datetime.fromisoformat)},
    filters={
        "category": one_of(CASE.c.category, "category", CaseCategory),
        "source": one_of(CASE.c.source, "source", CaseSource),
        "state": one_of(CASE.c.state, "state", CaseState),
        "unit_id": equals(CASE.c.unit_id, "unit_id"),
        "complaint_id": Filter(
            lambda roles: sa.and_(
                CASE.c.complaint_id == sa.bindparam("f_complaint_id", type_=sa.BigInteger),
                clues.readable_complaint(roles),
            )
        ),
    },
    search=[CASE.c.title, CASE.c.text, AT.c.name],
    detail=[_of_circular(CIRCULAR.c.id, "circular_id"), _of_circular(CIRCULAR.c.text, "circular"), CASE.c.complaint_id],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, "unit_name")}
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


def present_in_full(see: Reader, row: Any) -> dict[str, Any]:
    return present(see, row) | {name: getattr(row, name) for name in _IN_FULL}


_NAMED = (
    sa.select(OF.c.case_file_id, WHO.c.name)
    .join(WHO, WHO.c.id == OF.c.user_id)
    .where(within(OF.c.case_file_id, many("of_cases")))
    .order_by(OF.c.id)
)


def with_handlers(see: Reader, rows: list[dict[str, Any]]) -> None:
    """To each case of a list the names of those who handle it."""
    found: dict[int, list[str]] = {}
    for row in see.connection.execute(_NAMED, {"of_cases": [row["id"] for row in rows]}):
        found.setdefault(row.case_file_id, []).append(row.name)
    for each in rows:
        each["handler_names"] = "、".join(found.get(each["id"], ()))


_OF_CASE = sa.bindparam("of_case", type_=sa.BigInteger)
_HANDLERS = (
    sa.select(OF.c.user_id, WHO.c.name)
    .join(WHO, WHO.c.id == OF.c.user_id)
    .where(OF.c.case_file_id == _OF_CASE)
    .order_by(OF.c.id)
)
_NOTES = (
    sa.select(NOTE.c.text, WHO.c.name.label("user_name"), NOTE.c.created_at)
    .select_from(NOTE.outerjoin(WHO, WHO.c.id == NOTE.c.user_id))
    .where(NOTE.c.case_file_id == _OF_CASE)
    .order_by(NOTE.c.id.desc())
)
_PAPER = (
    sa.select(*(DOCUMENT.c[name] for name in ("id", "prefix", "year", "number", "title", "state")))
    .where(DOCUMENT.c.case_file_id == _OF_CASE)
    .order_by(DOCUMENT.c.id.desc())
    .limit(1)
)
_LABELS = labels_of(WORKFLOW, create=("登记线索", ""), take_over=("接手承办", "submit")) | {
    "case_file.file": ("立案", "submit")
}
del _LABELS["case_file.edit"]


def one(see: Reader, case_id: int) -> dict[str, Any]:
    """A case with all that its handlers know of it."""
    row = LIST.one(see, case_id)
    shown = present_in_full(see, row) | {"circular_id": row.circular_id, "circular": row.circular}
    shown |= clues.complaint_of(see, row.complaint_id) | {"document": _paper(see, case_id)}
    for name, statement in (("handlers", _HANDLERS), ("notes", _NOTES)):
        shown[name] = [dict(each._mapping) for each in see.connection.execute(statement, {"of_case": case_id})]
    return shown | {"evidence": linked(see, "cases", case_id)}


def _paper(see: Reader, case_id: int) -> dict[str, Any] | None:
    """Whoever reads a case reads its document."""
    row = see.connection.execute(_PAPER, {"of_case": case_id}).one_or_none()
    if row is None:
        return None
    number = number_of(row.prefix, row.year, row.number)
    return {"id": row.id, "number": number, "title": row.title, "state": str(row.state)}


def with_history(see: Reader, case_id: int) -> tuple[dict[str, Any], list[Entry]]:
    return one(see, case_id), timeline(see, "case_file", case_id, _LABELS)


# What the district may read

_OF_CIRCULAR = ("id", "version", "category", "text", "circulated_on", "document_id", "updated_at")
CIRCULAR_LIST = Listing(
    policy=CIRCULARS,
    columns=[CIRCULAR.c[name] for name in _OF_CIRCULAR],
    sorts={"id": by_id(CIRCULAR)},
    filters={
        "category": one_of(CIRCULAR.c.category, "category", CaseCategory),
        "since": Filter(CIRCULAR.c.circulated_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(CIRCULAR.c.circulated_on <= sa.bindparam("f_until", type_=sa.Date), parse_date),
    },
    search=[CIRCULAR.c.text],
)


def present_circular(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _OF_CIRCULAR} | {"allowed_actions": []}
    return shown if row.may_document else shown | {"document_id": None}


def one_circular(see: Reader, circular_id: int) -> dict[str, Any]:
    return present_circular(see, CIRCULAR_LIST.one(see, circular_id))


# Which office takes part

NAMED = UNIT.alias("taking_part")
_OF_OFFICE = ("id", "version", "category", "office_id", "updated_at")
OFFICE_LIST = Listing(
    policy=OFFICES,
    source=OFFICE.outerjoin(NAMED, NAMED.c.id == OFFICE.c.office_id),
    columns=[*(OFFICE.c[name] for name in _OF_OFFICE), NAMED.c.name.label("office_name")],
    sorts={"id": by_id(OFFICE, descending=False)},
)


def present_office(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_OF_OFFICE, "office_name")}
    return shown | {"allowed_actions": ["edit"] if row.may_edit else []}


def one_office(see: Reader, office_id: int) -> dict[str, Any]:
    return present_office(see, OFFICE_LIST.one(see, office_id))


_SAID = sa.select(OFFICE.c.category).where(OFFICE.c.district_id == sa.bindparam("bureau", type_=sa.BigInteger))


def without_office(connection: sa.Connection, district_id: int | None) -> list[CaseCategory]:
    """The categories of which the bureau has not said yet which office takes part, be it none; never the rest."""
    said = {*connection.execute(_SAID, {"bureau": district_id}).scalars(), CaseCategory.OTHER}
    return [category for category in CaseCategory if category not in said]
