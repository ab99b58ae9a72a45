"""What is worth being known: the year's briefs that the bureau promoted, by their titles."""

from app.briefs.models import BRIEF, BRIEF_KIND_LABELS
from app.briefs.queries import LIST, present
from app.briefs.rules import PROMOTED, SELECTED
from app.summaries.telling import Cell, Scene, Told, by_value, groups, link

PATH = "/briefs"
MOST = 30
"""Titles that are named, the newest first."""


def told(scene: Scene) -> Told:
    found, see = Told(), scene.see
    period = written(scene)
    states = by_value(groups(see, LIST, period, {"state": BRIEF.c.state}), "state")
    if not states.get(PROMOTED) and not states.get(SELECTED):
        found.sentences.append("本年度没有选用和推广的简报。")
        return found
    promoted = {**period, "state": PROMOTED}
    found.count("选用未推广", states.get(SELECTED, 0), link(PATH, **period, state=SELECTED))
    found.count("推广", states.get(PROMOTED, 0), link(PATH, **promoted))
    rows, _ = LIST.page(see, LIST.asked({**promoted, "sort": "written_on", "limit": str(MOST)}), frozenset())
    found.headings = ["标题", "单位", "类别", "日期"]
    for brief in (present(see, row) for row in rows):
        kind, on = BRIEF_KIND_LABELS[brief["kind"]], brief["written_on"].isoformat()
        found.lines.append(
            [Cell(brief["title"], f"{PATH}/{brief['id']}"), Cell(brief["unit_name"]), Cell(kind), Cell(on)]
        )
    found.sentences.append(f"本年度推广简报 {states.get(PROMOTED, 0)} 篇。")
    if states.get(PROMOTED, 0) > MOST:
        found.notes = [f"列出最近的 {MOST} 篇。"]
    return found


def written(scene: Scene) -> dict[str, str]:
    between = scene.between
    return {"written_from": between["since"], "written_to": between["until"]}
