"""The series that documents are numbered in: one a kind, each with the 机关代字 that the bureau has given it."""

from typing import Any

import sqlalchemy as sa

from app.core.errors import invalid
from app.core.numbers import SERIES as COUNTED
from app.core.operation import Reader, Tx, operation
from app.core.policy import DISTRICT_WIDE, Role, require
from app.core.workflow import changing
from app.documents.models import DOCUMENT, DOCUMENT_KIND_LABELS, SERIES, DocumentKind, DocumentSeries, SeriesPut
from app.units.models import UNIT

WORDS = {
    DocumentKind.CIRCULAR: "教督",
    DocumentKind.RECTIFICATION_NOTICE: "教督改",
    DocumentKind.URGING_ORDER: "教督办",
    DocumentKind.TALK_NOTICE: "教督谈",
    DocumentKind.CASE_CIRCULAR: "教案通",
}
"""What follows the bureau's own character: 青教督. A 约谈记录 goes by the number of its notice."""


def series_of(kind: DocumentKind) -> str:
    """The name of its counter."""
    return f"document:{kind.value}"


_GIVEN = sa.select(SERIES).where(SERIES.c.district_id == sa.bindparam("district"))
_BUREAU = sa.select(UNIT.c.name).where(UNIT.c.id == sa.bindparam("district"))
_LAST = sa.select(COUNTED.c.series, COUNTED.c.last).where(
    COUNTED.c.district_id == sa.bindparam("district"), COUNTED.c.year == sa.bindparam("year")
)


def prefixes(see: Reader) -> dict[DocumentKind, str]:
    """Kind → 机关代字 as it stands today."""
    district = {"district": see.actor.district_id}
    given = {DocumentKind(row.kind): row.prefix for row in see.connection.execute(_GIVEN, district)}
    name = see.connection.execute(_BUREAU, district).scalar_one()
    return {kind: given.get(kind) or name[:1] + word for kind, word in WORDS.items()}


def listed(see: Reader) -> dict[str, Any]:
    """Every series with the last number of this year."""
    require(see.actor, *DISTRICT_WIDE)
    counted = {
        row.series: row.last
        for row in see.connection.execute(_LAST, {"district": see.actor.district_id, "year": see.today.year})
    }
    data = [
        {"kind": kind, "prefix": prefix, "year": see.today.year, "last": counted.get(series_of(kind), 0)}
        for kind, prefix in prefixes(see).items()
    ]
    return {"data": data}


@operation("document_series.put")
def put(tx: Tx, given: SeriesPut) -> DocumentKind:
    """What a kind's numbers begin with from now on; the counting goes on. Two kinds never share it, nor did this year:
    a number means one document.
    """
    require(tx.actor, Role.SUPERVISOR)
    if given.kind not in WORDS:
        raise invalid("kind", f"{DOCUMENT_KIND_LABELS[given.kind]}用约谈通知书的文号，不单独编号")
    known = prefixes(tx)
    if known[given.kind] == given.prefix:
        return given.kind
    other = next((kind for kind, prefix in known.items() if prefix == given.prefix), None) or _bearer(tx, given)
    if other is not None:
        raise invalid("prefix", f"{DOCUMENT_KIND_LABELS[other]}已用这个代字，请换一个，以免文号重复")
    mine = _GIVEN.where(SERIES.c.kind == given.kind)
    row = tx.connection.execute(mine, {"district": tx.actor.district_id}).one_or_none()
    if row is None:
        tx.add(DocumentSeries(kind=given.kind, prefix=given.prefix))
    else:
        changing(tx, DocumentSeries, row).prefix = given.prefix
        tx.session.flush()
    return given.kind


def _bearer(tx: Tx, given: SeriesPut) -> DocumentKind | None:
    """Another kind of which a document of this year has that prefix."""
    mine = sa.select(DOCUMENT.c.kind).where(
        DOCUMENT.c.district_id == tx.actor.district_id,
        DOCUMENT.c.prefix == given.prefix,
        DOCUMENT.c.year == tx.today.year,
        DOCUMENT.c.kind != given.kind,
    )
    found = tx.connection.execute(mine.limit(1)).scalar_one_or_none()
    return None if found is None else DocumentKind(found)
