"""The work-style appraisals (作风考核) of the year that are final: who ranks where, as far as the reader may know."""

from typing import Any

from app.appraisals.models import RESULT, ROUND
from app.appraisals.queries import LIST, RESULT_LIST
from app.appraisals.rules import FROZEN
from app.core.policy import DISTRICT_WIDE
from app.indicators.amounts import written
from app.summaries.sections.ranks import BEST, WORST
from app.summaries.telling import Cell, Scene, Told, groups, link

PATH, RESULTS = "/appraisals", "/appraisal-results"
MOST_SPOKEN = 3


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"year": str(scene.year), "state": FROZEN}
    rounds = groups(scene.see, LIST, asked, {"id": ROUND.c.id, "title": ROUND.c.title})
    if not rounds:
        found.sentences.append("本年度还没有定稿的作风考核。")
        return found
    found.count("作风考核", len(rounds), link(PATH, **asked))
    for each in sorted(rounds, key=lambda row: int(row.id)):
        _round(scene, found, each)
    if found.lines:
        found.headings = ["考核", "名次", "单位", "得分"]
        found.notes = [f"只统计已冻结的考核；超过 {BEST + WORST} 个单位时列出前 {BEST} 名和后 {WORST} 名。"]
    return found


def _round(scene: Scene, found: Told, of: Any) -> None:
    by = {name: RESULT.c[name] for name in ("rank", "unit_id", "unit_name", "score")}
    rows = groups(scene.see, RESULT_LIST, {"appraisal_id": str(of.id)}, by)
    ranking = sorted(rows, key=lambda row: (row.rank, row.unit_id))
    if not ranking:
        found.sentences.append(f"“{of.title}”已定稿，没有您可以查看的得分。")
        return
    found.count(f"“{of.title}”考核单位", len(ranking), link(RESULTS, appraisal_id=of.id))
    shown = ranking if len(ranking) <= BEST + WORST else [*ranking[:BEST], *ranking[-WORST:]]
    for row in shown:
        unit = Cell(row.unit_name, f"/units/{row.unit_id}")
        found.lines.append(
            [Cell(of.title, f"{PATH}/{of.id}"), Cell(str(row.rank)), unit, Cell(str(written(row.score)))]
        )
    wide = scene.see.actor.has(*DISTRICT_WIDE)
    spoken = "；".join(f"{row.unit_name}第 {row.rank} 名，{written(row.score)} 分" for row in ranking[:MOST_SPOKEN])
    found.sentences.append(f"“{of.title}”{f'共考核 {len(ranking)} 个单位，' if wide else ''}{spoken}。")
