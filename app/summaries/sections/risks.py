"""Integrity risks that the year's rounds found: by level, how far they are controlled."""

from app.integrity_risks.models import RISK, RISK_LEVEL_LABELS, RISK_STATE_LABELS
from app.integrity_risks.queries import LIST
from app.integrity_risks.rules import CONTROLLED, STRUCK_OFF
from app.summaries.telling import Cell, Scene, Told, by_value, groups, link, number, total

PATH = "/integrity-risks"


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"year": str(scene.year)}
    rows = groups(scene.see, LIST, asked, {"level": RISK.c.level, "state": RISK.c.state})
    if not rows:
        found.sentences.append("本年度没有登记廉政风险点。")
        return found
    levels, states = by_value(rows, "level"), by_value(rows, "state")
    found.count("风险点", total(rows), link(PATH, **asked))
    for level, label in RISK_LEVEL_LABELS.items():
        found.count(label, levels.get(level, 0), link(PATH, **asked, level=level.value))
    found.headings = ["等级", *RISK_STATE_LABELS.values(), "合计"]
    counts = {(str(row.level), str(row.state)): row.rows for row in rows}
    for level, label in RISK_LEVEL_LABELS.items():
        of = {**asked, "level": level.value}
        cells = [
            number(counts.get((level, state), 0), link(PATH, **of, state=state.value)) for state in RISK_STATE_LABELS
        ]
        found.lines.append([Cell(label), *cells, number(levels.get(level, 0), link(PATH, **of))])
    found.plot = ("风险等级", "个", [(label, levels.get(level, 0)) for level, label in RISK_LEVEL_LABELS.items()])
    spoken = "、".join(f"{label} {levels.get(level, 0)} 个" for level, label in RISK_LEVEL_LABELS.items())
    closed = f"，已销号 {states[STRUCK_OFF]} 个" if states.get(STRUCK_OFF) else ""
    found.sentences.append(
        f"本年度排查廉政风险点 {total(rows)} 个，其中{spoken}；已审核并防控 {states.get(CONTROLLED, 0)} 个{closed}。"
    )
    found.notes = ["按排查轮次的年度统计。"]
    return found
