"""Inspections of the year that were released: what their targets know of as well."""

from app.inspections.models import INSPECTION, INSPECTION_KIND_LABELS, MODE_LABELS, InspectionState
from app.inspections.queries import LIST
from app.summaries.telling import Cell, Scene, Told, by_value, groups, link, number, total

PATH = "/inspections"


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"state": InspectionState.RELEASED.value, **scene.between}
    rows = groups(scene.see, LIST, asked, {"mode": INSPECTION.c.mode, "kind": INSPECTION.c.kind})
    if not rows:
        found.sentences.append("本年度没有已发布的督查。")
        return found
    modes, kinds = by_value(rows, "mode"), by_value(rows, "kind")
    found.count("督查", total(rows), link(PATH, **asked))
    for mode, label in MODE_LABELS.items():
        found.count(label, modes.get(mode, 0), link(PATH, **asked, mode=mode.value))
    found.headings = ["督查类别", "次数"]
    for kind, label in INSPECTION_KIND_LABELS.items():
        if count := kinds.get(kind, 0):
            found.lines.append([Cell(label), number(count, link(PATH, **asked, kind=kind.value))])
    found.plot = ("督查类别", "次", [(line[0].text, int(line[1].text)) for line in found.lines])
    spoken = "、".join(f"{label} {modes.get(mode, 0)} 次" for mode, label in MODE_LABELS.items())
    found.sentences.append(f"本年度发布督查 {total(rows)} 次，其中{spoken}。")
    found.notes = ["只统计已发布的督查，按开始日期归入年度。"]
    return found
