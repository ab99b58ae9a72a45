"""What inspections found: by severity and category, and what was found again at the same unit."""

from app.inspections.found import FINDINGS, INSPECTED
from app.inspections.models import FINDING, SEVERITY_LABELS, FindingState
from app.summaries.telling import Cell, Scene, Told, by_value, groups, link, number, total

PATH = "/findings"
MOST = 15
"""Repeated problems that are named."""


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"state": FindingState.ISSUED.value, **scene.between}
    of = {"unit_id": FINDING.c.unit_id, "unit": INSPECTED.c.name, "category": FINDING.c.category}
    rows = groups(scene.see, FINDINGS, asked, {**of, "severity": FINDING.c.severity})
    if not rows:
        found.sentences.append("本年度督查没有下达问题。")
        return found
    severities, categories = by_value(rows, "severity"), by_value(rows, "category")
    found.count("问题", total(rows), link(PATH, **asked))
    for severity, label in SEVERITY_LABELS.items():
        found.count(label, severities.get(severity, 0), link(PATH, **asked, severity=severity.value))
    found.headings = ["问题", "单位", "数量"]
    for category, count in sorted(categories.items(), key=lambda each: (-each[1], each[0]))[:MOST]:
        found.lines.append([Cell(category), Cell("合计"), number(count, link(PATH, **asked, category=category))])
    found.plot = ("问题类别", "个", [(line[0].text, int(line[2].text)) for line in found.lines])
    again: dict[tuple[str, str, int], int] = {}
    for row in rows:
        key = (row.category, row.unit, row.unit_id)
        again[key] = again.get(key, 0) + row.rows
    repeated = sorted((each for each in again.items() if each[1] > 1), key=lambda each: (-each[1], each[0]))
    for (category, unit, unit_id), count in repeated[:MOST]:
        href = link(PATH, **asked, category=category, unit_id=unit_id)
        found.lines.append([Cell(f"{category}（重复）"), Cell(unit, f"/units/{unit_id}"), number(count, href)])
    spoken = "、".join(f"{label} {severities.get(severity, 0)} 个" for severity, label in SEVERITY_LABELS.items())
    found.sentences.append(f"本年度督查下达问题 {total(rows)} 个，其中{spoken}。")
    found.sentences.append(
        f"同一单位同类问题重复出现的有 {len(repeated)} 处。" if repeated else "没有同一单位同类问题重复出现。"
    )
    found.notes = ["只统计已下达的问题，按检查日期归入年度；重复指同一单位在本年度出现两个以上同类问题。"]
    return found
