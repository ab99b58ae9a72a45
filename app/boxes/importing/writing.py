"""Rows of a catalogue's table written, box by box, and taken back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.boxes import operations as ops
from app.boxes.correcting import LINE, Corrected, correct
from app.boxes.importing.known import Known
from app.boxes.models import BOX, ENTRY, BoxRemove, Retention
from app.core.audit import record, shown
from app.core.errors import Conflict
from app.core.operation import Tx
from app.imports.columns import day, plain
from app.imports.forms import version_of
from app.imports.registry import Draft, Written
from app.imports.taking_back import MOST_NAMED

_TYPES: dict[str, Any] = {
    "document_number": str,
    "evidence_on": day,
    "pages": int,
    "copies": int,
    "retention": Retention,
}


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """Each box's lines as they become, in one act that leaves one event; then what is new in it."""
    for box_id, rows in groupby(sorted(drafts, key=lambda draft: draft.target_id or 0), lambda draft: draft.target_id):
        assert box_id is not None
        mine = list(rows)
        corrected = {draft.values["entry_id"]: _change(draft) for draft in mine if draft.held is not None}
        place = next((each for draft in mine if (each := _moved(draft)) is not None), None)
        correct(tx, box_id, corrected, None if box_id in known.placed else place, known.versions[box_id])
        known.placed |= {box_id} if place is not None else set()
        for draft in mine:
            if draft.held is not None:
                _tell(tx, box_id, "import", draft.values["entry_id"], draft.changes)
        for draft in mine:
            if draft.held is None:
                draft.undo = (draft.undo or {}) | {"entry_id": _add(tx, box_id, draft)}
        known.versions[box_id] = version_of(tx, BOX, box_id)
        for draft in mine:
            draft.target_version = known.versions[box_id]


def _tell(tx: Tx, box_id: int, verb: str, entry_id: int, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Of a line what it was and what it becomes: the box's own event counts its lines alone."""
    of: dict[str, Any] = {"entry_id": entry_id}
    before, after = (of | {name: shown(pair[at]) for name, pair in changes.items()} for at in (0, 1))
    record(tx, "archive_box", box_id, operation=f"archive_box.{verb}", before=before, after=after)


def _change(draft: Draft) -> Corrected:
    """What its line becomes; as it was before is kept."""
    changes = {name: new for name, (_, new) in draft.changes.items() if name in LINE}
    draft.undo = {name: plain(draft.changes[name][0]) for name in changes} | {"entry_id": draft.values["entry_id"]}
    return changes


def _moved(draft: Draft) -> str | None:
    """Where its box is to stand, if elsewhere than before."""
    before = draft.held["location"] if draft.held is not None else draft.values["stood"]
    place: str | None = draft.values.get("location")
    if place is None or place == before:
        return None
    draft.undo = (draft.undo or {}) | {"location": plain(before)}
    return place


def _add(tx: Tx, box_id: int, draft: Draft) -> int:
    ops.add_paper(tx, box_id, draft.values["paper"])
    newest = sa.select(sa.func.max(ENTRY.c.id)).where(ENTRY.c.archive_box_id == box_id)
    return int(tx.connection.execute(newest).scalar_one())


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    by_box: dict[int, list[Written]] = defaultdict(list)
    for row in rows:
        by_box[row.target_id].append(row)
    for box_id, mine in sorted(by_box.items()):
        version = max(row.target_version for row in mine)
        if version_of(tx, BOX, box_id) != version:
            numbers = "、".join(str(row.number) for row in mine[:MOST_NAMED])
            raise Conflict(f"第 {numbers} 行的档案盒在导入之后又改动过，不能整批撤销", code="rows_touched")
        changes = {row.undo["entry_id"]: _as_it_was(row.undo) for row in mine if not row.is_new}
        before = next((row.undo["location"] for row in mine if "location" in row.undo), None)
        stood = tx.connection.execute(sa.select(BOX.c.location).where(BOX.c.id == box_id)).scalar_one()
        held = {row.id: row for row in tx.connection.execute(sa.select(ENTRY).where(ENTRY.c.archive_box_id == box_id))}
        correct(tx, box_id, changes, before, version)
        for row in (each for each in mine if not each.is_new):
            entry_id = row.undo["entry_id"]
            back = {name: (getattr(held[entry_id], name), old) for name, old in changes[entry_id].items()}
            back |= {"location": (stood, row.undo["location"] or None)} if "location" in row.undo else {}
            _tell(tx, box_id, "undo_import", entry_id, back)
        for row in mine:
            if row.is_new:
                ops.remove(tx, box_id, BoxRemove(entry_id=row.undo["entry_id"]))


def _as_it_was(undo: dict[str, Any]) -> Corrected:
    """From the words that were kept; an empty one was nothing."""
    return {name: _TYPES[name](undo[name]) if undo[name] else None for name in LINE if name in undo}
