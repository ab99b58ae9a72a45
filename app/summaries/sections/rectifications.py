"""How what was found was put right: closed, overdue, reopened, by where it came from."""

from app.rectifications.models import RECTIFICATION, SOURCE_LABELS
from app.rectifications.queries import LAMPS, LIST, REOPENED, lamp_binds
from app.summaries.telling import Cell, Scene, Told, groups, link, number, percent, total

PATH = "/rectifications"


def told(scene: Scene) -> Told:
    found, asked = Told(), scene.between
    sums = {"closed": LAMPS["done"], "late": LAMPS["red"], "reopened": REOPENED}
    of = {"source": RECTIFICATION.c.source}
    rows = groups(scene.see, LIST, asked, of, sums, lamp_binds(scene.see))
    if not rows:
        found.sentences.append("本年度没有整改事项。")
        return found
    whole, closed, late = total(rows), total(rows, "closed"), total(rows, "late")
    found.count("整改事项", whole, link(PATH, **asked))
    found.count("已销号", closed, link(PATH, **asked, lamp="done"))
    found.count("逾期未销号", late, link(PATH, **asked, lamp="red"))
    found.count("重启整改", total(rows, "reopened"), link(PATH, **asked, reopened="true"))
    found.figures.append(("销号率", Cell(percent(closed, whole))))
    found.headings = ["问题来源", "整改事项", "已销号", "逾期未销号", "销号率"]
    of_source = {row.source: row for row in rows}
    for source, label in SOURCE_LABELS.items():
        if row := of_source.get(source):
            mine = {**asked, "source": source.value}
            found.lines.append(
                [
                    Cell(label),
                    number(row.rows, link(PATH, **mine)),
                    number(row.closed, link(PATH, **mine, lamp="done")),
                    number(row.late, link(PATH, **mine, lamp="red")),
                    Cell(percent(row.closed, row.rows)),
                ]
            )
    states: list[tuple[str, float]] = [("已销号", closed), ("逾期未销号", late), ("按期整改中", whole - closed - late)]
    found.plot = ("整改情况", "项", states)
    found.sentences.append(
        f"本年度立项整改 {whole} 项，已销号 {closed} 项，销号率 {percent(closed, whole)}，"
        f"逾期未销号 {late} 项，验收后重启 {total(rows, 'reopened')} 项。"
    )
    found.notes = ["销号率 = 已销号数 ÷ 本年度立项的整改事项数，按立项日期归入年度。"]
    return found
