"""What was circulated of cases in the year, by category: what the district may read, and no more."""

from app.cases.models import CASE_CATEGORY_LABELS, CIRCULAR
from app.cases.queries import CIRCULAR_LIST
from app.summaries.telling import Scene, Told, by_value, groups, labelled, link, total

PATH = "/case-circulars"


def told(scene: Scene) -> Told:
    found, asked = Told(), scene.between
    rows = groups(scene.see, CIRCULAR_LIST, asked, {"category": CIRCULAR.c.category})
    if not rows:
        found.sentences.append("本年度没有案件通报。")
        return found
    found.count("案件通报", total(rows), link(PATH, **asked))
    found.headings = ["案件类别", "通报"]
    labelled(found, "category", CASE_CATEGORY_LABELS, by_value(rows, "category"), PATH, **asked)
    found.plot = ("案件通报", "件", [(line[0].text, int(line[1].text)) for line in found.lines])
    spoken = "、".join(f"{line[0].text} {line[1].text} 件" for line in found.lines)
    found.sentences.append(f"本年度通报案件 {total(rows)} 件：{spoken}。")
    found.notes = ["只统计已通报的案件，按通报日期归入年度。"]
    return found
