"""Every read of evidence."""

from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.core.db import unbounded
from app.core.errors import NotFound, invalid
from app.core.operation import Reader
from app.core.paging import MAX_LIMIT, Asked, Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_flag, parse_text
from app.core.policy import OWN, Policy, Roles
from app.core.stored import FILE
from app.core.within import many, within
from app.evidence import rules, targets
from app.evidence.models import EVIDENCE, LINK, REVISION
from app.identity.models import USER
from app.plans.models import EvidenceKind
from app.units.models import UNIT

# Aliases: the conditions of targets bring the plain tables with them.
AUTHOR, UPLOADER = UNIT.alias("author"), USER.alias("uploader")

_COLUMNS = [
    EVIDENCE.c.id,
    EVIDENCE.c.version,
    EVIDENCE.c.unit_id,
    AUTHOR.c.name.label("unit_name"),
    EVIDENCE.c.title,
    EVIDENCE.c.kind,
    EVIDENCE.c.document_number,
    EVIDENCE.c.evidence_on,
    EVIDENCE.c.revision,
    EVIDENCE.c.sha256,
    EVIDENCE.c.filename,
    FILE.c.size,
    FILE.c.media_type,
    EVIDENCE.c.voided_at,
    UPLOADER.c.name.label("uploaded_by_name"),
    EVIDENCE.c.created_at,
    EVIDENCE.c.updated_at,
]
_NAMES = [column.name for column in _COLUMNS]
_SOURCE = (
    EVIDENCE.join(AUTHOR, AUTHOR.c.id == EVIDENCE.c.unit_id)
    .join(FILE, FILE.c.sha256 == EVIDENCE.c.sha256)
    .outerjoin(UPLOADER, UPLOADER.c.id == EVIDENCE.c.uploaded_by)
)


def _linked_to(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    link = sa.select(sa.literal(1)).select_from(LINK).where(LINK.c.evidence_id == EVIDENCE.c.id, *conditions)
    return link.correlate(EVIDENCE).exists()


class _Listing(Listing):
    def asked(self, params: QueryParams | Any) -> Asked:
        asked = super().asked(params)
        if "target_id" in asked.filters and "target" not in asked.filters:
            raise invalid("target", "请同时写明 target，如 target=assignments")
        return asked


_TARGET = LINK.c.target == sa.bindparam("f_target")
LIST = _Listing(
    policy=rules.POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    detail=[EVIDENCE.c.void_reason],
    sorts={"id": by_id(EVIDENCE), "evidence_on": Sort(EVIDENCE.c.evidence_on, True, date.fromisoformat)},
    filters={
        "unit_id": equals(EVIDENCE.c.unit_id, "unit_id"),
        "kind": one_of(EVIDENCE.c.kind, "kind", EvidenceKind),
        "target": Filter(lambda roles: _linked_to(_TARGET, targets.readable(roles)), parse_text),
        "target_id": Filter(
            lambda roles: _linked_to(
                _TARGET, LINK.c.target_id == sa.bindparam("f_target_id", type_=sa.BigInteger), targets.readable(roles)
            )
        ),
        "voided": Filter((EVIDENCE.c.voided_at.is_not(None)) == sa.bindparam("f_voided", type_=sa.Boolean), parse_flag),
    },
    search=[EVIDENCE.c.title, EVIDENCE.c.document_number, EVIDENCE.c.filename],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _NAMES}
    return shown | {"allowed_actions": rules.allowed_actions(row)}


@cache
def _links_statement(roles: Roles) -> sa.Select[Any]:
    titles = [
        (LINK.c.target == t.name, sa.select(t.title).where(t.table.c.id == LINK.c.target_id).scalar_subquery())
        for t in targets.TARGETS.values()
    ]
    title = sa.case(*titles, else_="") if titles else sa.literal("")
    columns = [LINK.c.target, LINK.c.target_id, title.label("target_title"), LINK.c.revision, LINK.c.linked_at]
    mine = LINK.c.evidence_id == sa.bindparam("evidence")
    is_open = targets.is_open().label("open")
    return sa.select(*columns, is_open).where(mine, targets.readable(roles)).order_by(LINK.c.id)


_REVISIONS = (
    sa.select(
        REVISION.c.number,
        REVISION.c.sha256,
        REVISION.c.filename,
        FILE.c.size,
        FILE.c.media_type,
        UPLOADER.c.name.label("uploaded_by_name"),
        REVISION.c.created_at,
    )
    .select_from(
        REVISION.join(FILE, FILE.c.sha256 == REVISION.c.sha256).outerjoin(
            UPLOADER, UPLOADER.c.id == REVISION.c.uploaded_by
        )
    )
    .where(REVISION.c.evidence_id == sa.bindparam("evidence"))
    .order_by(REVISION.c.number.desc())
)


def one(see: Reader, evidence_id: int) -> dict[str, Any]:
    """One piece with its revisions, and its links to what the actor may read."""
    row = LIST.one(see, evidence_id)
    links = see.connection.execute(
        _links_statement(see.actor.roles), {**see.actor.binds, "evidence": evidence_id}
    ).all()
    revisions = see.connection.execute(_REVISIONS, {"evidence": evidence_id}).all()
    return present(see, row) | {
        "void_reason": row.void_reason,
        "links": [dict(link._mapping) for link in links],
        "revisions": [dict(revision._mapping) for revision in revisions],
    }


def stored(see: Reader, evidence_id: int, revision: int | None = None) -> dict[str, Any]:
    """What a download needs of the newest revision, or of the one named."""
    found = one(see, evidence_id)
    wanted = found["revision"] if revision is None else revision
    for entry in found["revisions"]:
        if entry["number"] == wanted:
            return {name: entry[name] for name in ("sha256", "filename", "media_type", "size", "created_at")}
    raise NotFound("没有这一版")


# For the pages and steps of targets

_LINKED = (
    sa.select(
        EVIDENCE.c.id,
        EVIDENCE.c.unit_id,
        EVIDENCE.c.title,
        EVIDENCE.c.kind,
        EVIDENCE.c.document_number,
        EVIDENCE.c.evidence_on,
        LINK.c.revision,
        REVISION.c.filename,
        FILE.c.size,
        FILE.c.media_type,
        UPLOADER.c.name.label("uploaded_by_name"),
        REVISION.c.created_at,
    )
    .select_from(
        LINK.join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id)
        .join(REVISION, sa.and_(REVISION.c.evidence_id == EVIDENCE.c.id, REVISION.c.number == LINK.c.revision))
        .join(FILE, FILE.c.sha256 == REVISION.c.sha256)
        .outerjoin(UPLOADER, UPLOADER.c.id == REVISION.c.uploaded_by)
    )
    .where(
        LINK.c.target == sa.bindparam("target"),
        LINK.c.target_id == sa.bindparam("target_row"),
        EVIDENCE.c.voided_at.is_(None),
    )
    .order_by(LINK.c.id)
)


def linked(see: Reader, target: str, target_id: int) -> list[dict[str, Any]]:
    """The evidence of a row the actor may read, as it counts there: its revision, file and author.

    Download address: ``/evidence/{id}/file?revision={revision}``. Voided files are left out.
    """
    rows = see.connection.execute(_LINKED, {"target": target, "target_row": target_id}).all()
    return [dict(row._mapping) for row in rows]


def kinds_linked(see: Reader, target: str, target_id: int) -> dict[str, int]:
    """How many pieces of each kind a row has, voided ones aside: ``{"scheme": 1, "meeting": 2}``."""
    found: dict[str, int] = {}
    for entry in linked(see, target, target_id):
        found[str(entry["kind"])] = found.get(str(entry["kind"]), 0) + 1
    return found


_WITH_REPORTS = (
    sa.select(LINK.c.progress_report_id, LINK.c.revision, *(EVIDENCE.c[name] for name in ("id", "title", "kind")))
    .join_from(LINK, EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id)
    .where(within(LINK.c.progress_report_id, many("reports")), EVIDENCE.c.voided_at.is_(None))
    .order_by(LINK.c.id)
)


def with_reports(see: Reader, report_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What came with each of these reports, voided pieces aside; for reports that the actor may read."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in see.connection.execute(_WITH_REPORTS, {"reports": report_ids}):
        piece = {"id": row.id, "title": row.title, "kind": row.kind, "revision": row.revision}
        found.setdefault(row.progress_report_id, []).append(piece)
    return found


_COUNTS = (
    sa.select(LINK.c.target_id, sa.func.count().label("pieces"))
    .select_from(LINK.join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id))
    .where(
        LINK.c.target == sa.bindparam("target"), within(LINK.c.target_id, many("rows")), EVIDENCE.c.voided_at.is_(None)
    )
    .group_by(LINK.c.target_id)
)


def counts_linked(see: Reader, target: str, target_ids: list[int]) -> dict[int, int]:
    """How many pieces each of these rows has, voided ones aside; for rows that the actor may read."""
    rows = see.connection.execute(_COUNTS, {"target": target, "rows": target_ids})
    return {row.target_id: row.pieces for row in rows}


def authors(see: Reader) -> list[tuple[int, str]]:
    """(id, name) of the units in whose name the actor may upload."""
    mine = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, OWN)).order_by(UNIT.c.id)
    return [(row.id, row.name) for row in see.connection.execute(mine, see.actor.binds)]


def target_title(see: Reader, target: str, target_id: int) -> str:
    """How a readable target is called; 404 when it does not exist for the actor."""
    found = targets.find(target)
    row = sa.select(found.title).where(found.table.c.id == target_id, found.policy.read(see.actor.roles))
    title = see.connection.execute(row, see.actor.binds).scalar_one_or_none()
    if title is None:
        raise NotFound()
    return f"{found.label} · {title}"


_NEWEST = (
    sa.select(EVIDENCE.c.id, EVIDENCE.c.title)
    .where(within(EVIDENCE.c.unit_id, OWN), EVIDENCE.c.voided_at.is_(None))
    .order_by(EVIDENCE.c.id.desc())
    .limit(MAX_LIMIT)
)


def newest(see: Reader) -> list[tuple[int, str]]:
    """(id, title) of the newest evidence of the actor's units."""
    return [(row.id, row.title) for row in see.connection.execute(_NEWEST, see.actor.binds)]


_HERE = (
    LINK.c.target == sa.bindparam("f_target"),
    LINK.c.target_id == sa.bindparam("f_target_id", type_=sa.BigInteger),
)
CHOICES = Listing(
    policy=Policy(EVIDENCE, rules.own, rules.POLICY.conditions),
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(EVIDENCE)},
    filters={
        "kind": LIST.filters["kind"],
        # Both name the row that it is chosen for; what it has already is left out by the second.
        "target": Filter(sa.true(), parse_text),
        "target_id": Filter(sa.not_(_linked_to(*_HERE))),
    },
    search=LIST.search,
)
"""What the actor's units have in use and a target has not yet, for 从资料库选."""


@unbounded
def choices(see: Reader, asked: Asked) -> dict[str, Any]:
    """A page of it, the newest first, and what the target is called."""
    title = target_title(see, asked.filters["target"], asked.filters["target_id"])
    rows, following = CHOICES.page(see, asked)
    return {"title": title, "rows": [present(see, row) for row in rows], "next": following}
