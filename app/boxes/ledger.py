"""档案盒目录: the lines of one box, or of every box that the list's filters leave, some boxes at a time.

A box that is open shows what lies in it now, one that was sealed what was sealed, by the names it had; each only what
its reader may read. A voided number is left out of the whole: what lay in that box may lie in another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.boxes import queries
from app.boxes.catalogue import lines_of, sealed_of
from app.boxes.models import BOX, ENTRY
from app.boxes.papers import item_of
from app.boxes.rules import OPEN, VOIDED
from app.core.operation import Reader
from app.core.paging import Asked
from app.core.params import read_params
from app.core.policy import Roles
from app.core.tables import Row
from app.plans.models import EVIDENCE_KIND_LABELS, EvidenceKind

TOGETHER = 50
"""Boxes that are read at once: each may hold hundreds of lines."""


def nothing_asked(params: Mapping[str, str]) -> None:
    read_params(params, {})


def of_one(see: Reader, box_id: int) -> Iterator[Sequence[Row]]:
    yield lines(see, [queries.LIST.one(see, box_id)], OPEN, VOIDED)


def of_all(see: Reader, asked: Asked) -> Iterator[Sequence[Row]]:
    for boxes in queries.LIST.every(see, asked):
        for at in range(0, len(boxes), TOGETHER):
            yield lines(see, boxes[at : at + TOGETHER], OPEN)


def lines(see: Reader, boxes: Sequence[Any], *as_they_are: str) -> list[Row]:
    """What of these boxes the ledger shows, and whose each line is. ``as_they_are``: the states in which a box shows
    what lies in it now."""
    held = lines_of(see, [box for box in boxes if box.state in as_they_are])
    sealed = sealed_of(see, [box for box in boxes if box.state not in (OPEN, VOIDED)])
    found: list[Row] = []
    for box in boxes:
        kept = sealed.get(box.id)
        name = kept["box"]["name"] if kept else box.name
        found += [_line(box, name, entry) for entry in (kept["entries"] if kept else held.get(box.id, ()))]
    return found


def size(see: Reader, asked: Asked, most: int) -> int:
    """How many lines, those that the reader may not see included, no further than ``most``."""
    statement = _size_statement(see.actor.roles, queries.LIST.shape(asked))
    binds = {**see.actor.binds, **queries.LIST.binds(see, asked), "most": most}
    return int(see.connection.execute(statement, binds).scalar_one())


@cache
def _size_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    assert queries.LIST.source is not None
    boxes = sa.select(BOX.c.id).select_from(queries.LIST.source).where(*queries.LIST.where(roles, shape))
    some = sa.select(ENTRY.c.id).where(ENTRY.c.archive_box_id.in_(boxes)).limit(sa.bindparam("most", type_=sa.Integer))
    return sa.select(sa.func.count()).select_from(some.subquery())


def _line(box: Any, name: str, entry: Mapping[str, Any]) -> Row:
    kind = EVIDENCE_KIND_LABELS[EvidenceKind(entry["kind"])]
    shown: Row = {
        part: entry[part] for part in ("title", "document_number", "evidence_on", "unit_name", "pages", "copies")
    }
    shown |= {
        "retention": entry["retention"],
        "filename": entry["filename"],
        "classified": f"{item_of(entry)} · {kind}",
        "box_id": box.id,
        "number": entry["number"],
        "entry_id": entry["entry_id"],
    }
    return shown | {"box_number": queries.number_of(box), "box_name": name, "location": box.location}
