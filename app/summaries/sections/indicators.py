"""Indicators of the year: of what was reported, how much reached its target."""

from app.indicators.models import VALUE
from app.indicators.queries import FIGURES, STATUS, TOLD
from app.summaries.telling import MOST_LINES, Cell, Scene, Told, groups, link, number, percent, total

PATH = "/indicator-values"


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"year": str(scene.year)}
    of = {"indicator_id": VALUE.c.indicator_id, "code": TOLD.c.code, "name": TOLD.c.name}
    rows = groups(scene.see, FIGURES, asked, of, {name: STATUS[name] for name in ("reached", "no_need")})
    if not rows:
        found.sentences.append("本年度没有填报的指标数据。")
        return found
    whole, reached, unneeded = total(rows), total(rows, "reached"), total(rows, "no_need")
    judged = whole - unneeded
    found.count("填报数据", whole, link(PATH, **asked))
    found.count("达标", reached, link(PATH, **asked, status="reached"))
    found.count("未达标", judged - reached, link(PATH, **asked, status="not_reached"))
    if unneeded:
        found.count("无需求", unneeded, link(PATH, **asked, status="no_need"))
    found.figures.append(("达标率", Cell(percent(reached, judged))))
    found.headings = ["指标", "填报", "达标", "未达标", "达标率"]
    for row in sorted(rows, key=lambda row: row.code)[:MOST_LINES]:
        mine, held = {**asked, "indicator_id": row.indicator_id}, row.rows - row.no_need
        found.lines.append(
            [
                Cell(row.name, f"/indicators/{row.indicator_id}"),
                number(row.rows, link(PATH, **mine)),
                number(row.reached, link(PATH, **mine, status="reached")),
                number(held - row.reached, link(PATH, **mine, status="not_reached")),
                Cell(percent(row.reached, held)),
            ]
        )
    bars = [(line[0].text, _rate(line)) for line in found.lines[:15]]
    found.plot = ("指标达标率", "%", bars)
    found.sentences.append(
        f"本年度 {len(rows)} 项指标有数据，共填报 {whole} 条，达标 {reached} 条，达标率 {percent(reached, judged)}。"
    )
    found.notes = [
        "按数据所属周期开始的年份统计，上一学年的第二学期在内；达标率 = 达标条数 ÷ 填报条数，“无需求”的不计。"
    ]
    return found


def _rate(line: list[Cell]) -> float:
    reached, not_reached = int(line[2].text), int(line[3].text)
    return round(100 * reached / ((reached + not_reached) or 1), 1)
