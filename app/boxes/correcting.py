"""A catalogue put right line by line, as a table of it brings it."""

from collections.abc import Mapping
from typing import Any

from app.boxes import operations as ops
from app.boxes.catalogue import lines
from app.boxes.models import BOX, BoxPatch, CataloguePatch, EntryPatch
from app.boxes.rules import WORKFLOW
from app.core.operation import Tx
from app.imports.forms import version_of

LINE = ("document_number", "evidence_on", "pages", "copies", "retention")
"""What the paper says of a piece."""
Corrected = dict[str, Any]


def correct(tx: Tx, box_id: int, changes: Mapping[int, Corrected], location: str | None, version: int) -> None:
    """By line: what is other than before; and where the box stands, ``location`` "" for nowhere said."""
    if location is not None:
        ops.edit(tx, box_id, BoxPatch(location=location or None), version)
        version = version_of(tx, BOX, box_id)
    if not any(changes.values()):
        return
    row = WORKFLOW.guard(tx, box_id, "arrange")
    whole = [_entry(line, row.retention, changes.get(line["entry_id"], {})) for line in lines(tx, row)]
    ops.arrange(tx, box_id, CataloguePatch(entries=whole), version)


def _entry(line: Mapping[str, Any], retention: str, changed: Corrected) -> EntryPatch:
    values = {name: line[name] for name in ("entry_id", "plan_item_id", *LINE)} | changed
    # As long as the box: what the box is kept for later, the piece is too.
    values["retention"] = None if values["retention"] == retention else values["retention"]
    return EntryPatch(**values)
