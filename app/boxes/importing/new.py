"""Rows of a catalogue's table that mean nothing in the box: pieces on paper alone, which the row registers."""

from collections.abc import Sequence
from typing import Any

from app.boxes.importing.known import Known, one_place, shut
from app.boxes.models import MOST_ENTRIES, BoxPaper
from app.boxes.rules import OPEN, VOIDED, WORKFLOW
from app.imports.columns import Wrong, alike
from app.imports.forms import allowed, fits
from app.imports.registry import Draft

_FIELDS = {"made_by": "unit_name", "kind": "classified", "plan_item_id": "classified"}
_COPIED = ("title", "document_number", "evidence_on", "pages", "copies", "retention")


def new_piece(known: Known, draft: Draft, boxes: Sequence[Any]) -> None:
    """What has a file is uploaded and put in by hand: nothing of a table says which file it would be."""
    if all(box.state == VOIDED for box in boxes):
        raise Wrong("这个盒号已作废，盒里的材料在别的盒里，请填写那一盒", column="box_number")
    if len(boxes) > 1:
        near = [known.units.title(box.unit_id) for box in boxes]
        raise Wrong("几个单位都有这个盒号，盒里都没有这份材料，请填写装盒单位", near, "unit")
    (box,) = boxes
    if box.state != OPEN:
        raise Wrong(f"盒里没有这份材料。{shut(box)}", column="title")
    if "filename" in draft.values:
        how = "有电子件的请先上传，在这一盒的页面上“从资料库放入”；只有纸质的请把这一格留空"
        raise Wrong(f"盒里没有这份材料。{how}", column="filename")
    if known.added[box.id] + len(known.lines[box.id]) >= MOST_ENTRIES:
        raise Wrong(f"一盒最多 {MOST_ENTRIES} 件，这一盒放不下了，请分盒", column="box_number")
    if any(alike(line["title"]) == alike(draft.values["title"]) for line in known.lines[box.id]):
        draft.remark("title", "盒里已有同名的材料，这一行登记为另一份纸质件")
    _describe(known, draft, box)
    allowed(draft, lambda: WORKFLOW.admit(box, "add_paper"))
    one_place(known, draft, box)


def _describe(known: Known, draft: Draft, box: Any) -> None:
    values = draft.values
    for column, heading in (("classified", "分项"), ("evidence_on", "日期")):
        if column not in values and column not in draft.cells:
            draft.wrong(column, f"新登记的纸质件，{heading}必须填写")
    if "box_name" in values and alike(values["box_name"]) != alike(box.name):
        draft.wrong("box_name", "与这一盒的盒名不同，请核对盒号", [box.name])
    key = box.id, alike(values["title"]), values.get("evidence_on"), values.get("document_number")
    if (first := known.met.setdefault(key, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一份材料，请只留一行")
    if "classified" not in values or "evidence_on" not in values:
        return
    item, kind = known.place(box.plan_id, values["classified"])
    given = {name: values[name] for name in _COPIED if name in values}
    if given.get("retention") == box.retention:
        del given["retention"]  # As long as the box.
    made_by = {"made_by": values["unit_name"]} if "unit_name" in values else {}

    def make() -> None:
        values["paper"] = BoxPaper(**given, **made_by, kind=kind, plan_item_id=item)

    fits(draft, make, _FIELDS)
    draft.target_id, draft.target_version = box.id, box.version
    values["stood"] = box.location
    known.added[box.id] += 1
