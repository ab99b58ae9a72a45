"""Reads of filings and of what is asked of whom: the lists, and one with its files and earlier versions."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_flag, parse_number
from app.core.policy import DISTRICT, Roles
from app.core.timeline import Entry, labels_of, timeline
from app.evidence.queries import linked
from app.filings.models import FILING, FILING_KIND_LABELS, REQUIREMENT, FilingKind
from app.filings.models import FilingState as State
from app.filings.rules import LABELS, POLICY, REQUIREMENTS, SENT_BACK, WORKFLOW
from app.identity.models import USER
from app.notifications.queries import titled
from app.units.models import GROUP, UNIT

# Aliases: the conditions bring the plain tables with them.
AT, FILER, REVIEWER = UNIT.alias("at"), USER.alias("filer"), USER.alias("reviewer")
_NAMES = (
    *("id", "version", "unit_id", "kind", "number", "title", "document_number", "adopted_on", "year", "state"),
    *("filed_at", "reviewed_at", "created_at", "updated_at"),
)
_JOINED = ("unit_name", "filed_by_name", "reviewed_by_name")
_COLUMNS = [
    *(FILING.c[name] for name in _NAMES),
    AT.c.name.label("unit_name"),
    FILER.c.name.label("filed_by_name"),
    REVIEWER.c.name.label("reviewed_by_name"),
]
_SOURCE = (
    FILING.join(AT, AT.c.id == FILING.c.unit_id)
    .outerjoin(FILER, FILER.c.id == FILING.c.filed_by)
    .outerjoin(REVIEWER, REVIEWER.c.id == FILING.c.reviewed_by)
)
_REVIEWED = FILING.c.reviewed_at.is_not(None) == sa.bindparam("f_reviewed", type_=sa.Boolean)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(FILING)},
    filters={
        "unit_id": equals(FILING.c.unit_id, "unit_id"),
        "kind": one_of(FILING.c.kind, "kind", FilingKind),
        "state": one_of(FILING.c.state, "state", State),
        "year": equals(FILING.c.year, "year", parse_number(1949, 2199)),
        "reviewed": Filter(_REVIEWED, parse_flag),
    },
    search=[FILING.c.title, FILING.c.document_number, AT.c.name],
    detail=[FILING.c.for_year],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    actions = WORKFLOW.allowed_actions(row)
    if row.reviewed_at is not None and "confirm" in actions:
        actions.remove("confirm")
    return {name: getattr(row, name) for name in (*_NAMES, *_JOINED)} | {"allowed_actions": actions}


_VERSION = ("id", "number", "title", "document_number", "adopted_on", "year", "state", "filed_at")
_VERSIONS = (
    sa.select(*(FILING.c[name] for name in _VERSION))
    .where(
        FILING.c.unit_id == sa.bindparam("unit", type_=sa.BigInteger),
        FILING.c.kind == sa.bindparam("of_kind", type_=FILING.c.kind.type),
        FILING.c.id != sa.bindparam("row_id", type_=sa.BigInteger),
    )
    .order_by(FILING.c.id.desc())
    .limit(50)
)
_LABELS = labels_of(WORKFLOW, create=("新建", "")) | {
    "filing.file": ("报送备案", "submit"),
    "filing.confirm": ("审核通过", "accept"),
}
del _LABELS["filing.edit"]  # A draft saved is no news.


def one(see: Reader, filing_id: int) -> dict[str, Any]:
    """A filing with its files and the unit's other versions of the kind."""
    return with_history(see, filing_id)[0]


def with_history(see: Reader, filing_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """The same, and what happened to it, newest first."""
    shown = _whole(see, filing_id)
    told = timeline(see, "filing", filing_id, _LABELS)
    said = (entry.note for entry in told if entry.label == _LABELS["filing.send_back"][0])
    return shown | {"sent_back_note": next(said, None) if shown["state"] == SENT_BACK else None}, told


def _whole(see: Reader, filing_id: int) -> dict[str, Any]:
    row = LIST.one(see, filing_id)
    shown = present(see, row)
    with_responsible(see, [shown])
    versions = see.connection.execute(_VERSIONS, {"unit": row.unit_id, "of_kind": row.kind, "row_id": filing_id})
    shown["versions"] = [dict(each._mapping) for each in versions]
    shown["evidence"] = linked(see, "filings", filing_id)
    return shown


# What is asked of whom

OFFICE = UNIT.alias("reviewing")
_ASKED = REQUIREMENT.join(GROUP, GROUP.c.id == REQUIREMENT.c.unit_group_id).outerjoin(
    OFFICE, OFFICE.c.id == REQUIREMENT.c.office_id
)
_OF_REQUIREMENT = ("id", "version", "kind", "unit_group_id", "yearly", "deadline", "deadline_on", "office_id")
_STAMPS = ("created_at", "updated_at")
_REQUIREMENT_COLUMNS = [
    *(REQUIREMENT.c[name] for name in (*_OF_REQUIREMENT, *_STAMPS)),
    GROUP.c.name.label("unit_group_name"),
    OFFICE.c.name.label("office_name"),
]
REQUIREMENT_LIST = Listing(
    policy=REQUIREMENTS,
    source=_ASKED,
    columns=_REQUIREMENT_COLUMNS,
    sorts={"id": by_id(REQUIREMENT, descending=False)},
    filters={"kind": one_of(REQUIREMENT.c.kind, "kind", FilingKind)},
)


def present_requirement(_see: Reader, row: Any) -> dict[str, Any]:
    names = (*_OF_REQUIREMENT, *_STAMPS, "unit_group_name", "office_name")
    actions = [action for action in LABELS if getattr(row, f"may_{action}")]
    return {name: getattr(row, name) for name in names} | {"allowed_actions": actions}


@cache
def _requirement_statement(roles: Roles) -> sa.Select[Any]:
    mine = REQUIREMENT.c.id == sa.bindparam("row_id", type_=sa.BigInteger)
    columns = [*_REQUIREMENT_COLUMNS, *REQUIREMENTS.columns(roles)]
    return sa.select(*columns).select_from(_ASKED).where(mine, REQUIREMENTS.read(roles))


def one_requirement(see: Reader, requirement_id: int) -> dict[str, Any]:
    binds = {**see.actor.binds, "row_id": requirement_id}
    row = see.connection.execute(_requirement_statement(see.actor.roles), binds).one_or_none()
    if row is None:
        raise NotFound()
    return present_requirement(see, row)


_BY_KIND = (
    sa.select(*_REQUIREMENT_COLUMNS)
    .select_from(_ASKED)
    .where(REQUIREMENT.c.district_id == DISTRICT)
    .order_by(REQUIREMENT.c.id)
)


def requirements(see: Reader) -> dict[FilingKind, list[Any]]:
    """Kind → what is asked of it, of one group after the other; in the order of the kinds."""
    found: dict[FilingKind, list[Any]] = {}
    for row in see.connection.execute(_BY_KIND, see.actor.binds):
        found.setdefault(FilingKind(row.kind), []).append(row)
    return {kind: found[kind] for kind in FilingKind if kind in found}


# What notices call one

for _table in (FILING, REQUIREMENT):
    titled(_table, sa.case(*((_table.c.kind == kind, label) for kind, label in FILING_KIND_LABELS.items())))
