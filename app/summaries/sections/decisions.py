"""Major decisions of the year by category, and what is suspicious about them."""

from app.major_decisions.models import CATEGORY_LABELS, DECISION, FLAG_LABELS
from app.major_decisions.queries import ANY, FLAGGED, LIST
from app.summaries.telling import Cell, Scene, Told, groups, link, number, total

PATH = "/major-decisions"


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"year": str(scene.year)}
    suspicious = {f"flag_{name}": condition for name, condition in FLAGGED.items()}
    today = {"flags_today": scene.see.today}
    rows = groups(scene.see, LIST, asked, {"category": DECISION.c.category}, suspicious, today)
    if not rows:
        found.sentences.append("本年度没有登记三重一大事项。")
        return found
    flagged = total(rows, f"flag_{ANY}")
    found.count("事项", total(rows), link(PATH, **asked))
    found.count("有疑点", flagged, link(PATH, **asked, flag=ANY))
    for flag, label in FLAG_LABELS.items():
        found.count(label, total(rows, f"flag_{flag.value}"), link(PATH, **asked, flag=flag.value))
    found.headings = ["类别", "事项", "有疑点"]
    of_category = {row.category: row for row in rows}
    for category, label in CATEGORY_LABELS.items():
        if row := of_category.get(category):
            of = {**asked, "category": category.value}
            doubtful = number(getattr(row, f"flag_{ANY}"), link(PATH, **of, flag=ANY))
            found.lines.append([Cell(label), number(row.rows, link(PATH, **of)), doubtful])
    found.plot = ("三重一大事项", "项", [(line[0].text, int(line[1].text)) for line in found.lines])
    found.sentences.append(
        f"本年度登记三重一大事项 {total(rows)} 项，"
        + (f"系统提示有疑点的 {flagged} 项。" if flagged else "没有系统提示的疑点。")
    )
    found.notes = ["疑点由系统按登记内容计算：" + "、".join(FLAG_LABELS.values()) + "。"]
    return found
