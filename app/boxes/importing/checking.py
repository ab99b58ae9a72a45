"""What a row of a catalogue's table means in the box that it names, and what is wrong with it."""

from collections.abc import Sequence
from typing import Any

from app.boxes.importing.columns import CHANGED, FIELDS, FIXED, ORDER
from app.boxes.importing.known import Known, one_place, shut
from app.boxes.importing.new import new_piece
from app.boxes.rules import OPEN, WORKFLOW
from app.core.tables import Row
from app.imports.checking import by_types
from app.imports.columns import Wrong, alike
from app.imports.forms import allowed
from app.imports.registry import Draft


def check(known: Known, draft: Draft) -> None:
    by_types(draft, FIELDS)
    draft.values.setdefault("title", "")  # What is missing is said of all that tell a row together.
    try:
        boxes = known.of_row(draft)
        line = _line(known, draft, boxes)
        if line is None:
            new_piece(known, draft, boxes)
            return
    except Wrong as wrong:
        draft.unmatched(wrong)
        return
    box = known.boxes[line["box_id"]]
    known.met[box.id, line["number"]] = draft.number
    draft.target_id, draft.target_version = box.id, box.version
    draft.held = {name: line[name] for name in (*CHANGED, "entry_id")}
    draft.values["entry_id"] = line["entry_id"]
    for name, why in FIXED.items():
        if not _agrees(draft, line, name):
            draft.wrong(name, f"与目录里的不同，{why}", [str(line[name])] if line[name] else [])
    if not draft.changes:
        return
    if box.state == OPEN:
        allowed(draft, lambda: WORKFLOW.admit(box, "arrange"))
    else:
        draft.wrong("", shut(box))
    one_place(known, draft, box)


def _line(known: Known, draft: Draft, boxes: Sequence[Any]) -> Row | None:
    """The line that a row means: by box and title, and by all else that the row repeats where several are called so.
    None where nothing there is called so."""
    title = alike(draft.values["title"])
    if not title:
        raise Wrong("请填写材料名称", column="title")
    called = [line for box in boxes for line in known.lines[box.id] if alike(line["title"]) == title]
    if known.tells_files and "filename" not in draft.values:
        called = [line for line in called if line["filename"] is None]
    if not called:
        return None
    ranked = [(tuple(_repeats(draft, line, name) for name in ORDER), line) for line in called]
    best = max(rank for rank, _ in ranked)
    meant = [line for rank, line in ranked if rank == best]
    free = [line for line in meant if (line["box_id"], line["number"]) not in known.met]
    if not free and draft.values.get("evidence_on") not in (None, *(line["evidence_on"] for line in meant)):
        return None  # Another one of that title: of another day.
    if not free:
        first = known.met[meant[0]["box_id"], meant[0]["number"]]
        raise Wrong(f"与第 {first} 行是同一份材料，请只留一行")
    if any(line[name] != free[0][name] for line in free[1:] for name in ORDER):
        column = "unit" if len({line["box_id"] for line in free}) > 1 else "filename"
        raise Wrong(f"有 {len(free)} 份材料是这样写的，看不出是哪一份，请照台账填写其余各列", column=column)
    return free[0]


def _repeats(draft: Draft, line: Row, name: str) -> bool:
    return name in draft.values and _agrees(draft, line, name)


def _agrees(draft: Draft, line: Row, name: str) -> bool:
    """Whether a cell says what the ledger shows; an empty one says nothing. The catalogue that lies in a box's archive
    has for the file its path there."""
    if name not in draft.values:
        return True
    said, shown = draft.values[name], line[name]
    if name not in FIXED:
        return bool(said == shown)
    return alike(said) == alike(shown or "") or (name == "filename" and "/" in said and bool(shown))
