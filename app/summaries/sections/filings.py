"""What units filed with the bureau, by kind."""

from app.filings.models import FILING, FILING_KIND_LABELS
from app.filings.queries import LIST
from app.filings.rules import FILED, SENT_BACK
from app.summaries.telling import Cell, Scene, Told, groups, link, number, total

PATH = "/filings"


def told(scene: Scene) -> Told:
    found = Told()
    asked = {"year": str(scene.year), "state": f"{FILED},{SENT_BACK}"}
    by = {"kind": FILING.c.kind}
    sums = {"filed": FILING.c.state == FILED, "sent_back": FILING.c.state == SENT_BACK}
    sums["reviewed"] = FILING.c.reviewed_at.is_not(None) & (FILING.c.state == FILED)
    rows = groups(scene.see, LIST, asked, by, sums)
    if not rows:
        found.sentences.append("本年度没有报送备案。")
        return found
    filed, reviewed, back = (total(rows, name) for name in ("filed", "reviewed", "sent_back"))
    ways = {
        "filed": {"state": FILED},
        "reviewed": {"state": FILED, "reviewed": "true"},
        "sent_back": {"state": SENT_BACK},
    }
    found.count("有效备案", filed, link(PATH, **asked | ways["filed"]))
    found.count("已审核", reviewed, link(PATH, **asked | ways["reviewed"]))
    found.count("退回待补", back, link(PATH, **asked | ways["sent_back"]))
    found.headings = ["备案类别", "有效备案", "已审核", "退回待补"]
    of_kind = {row.kind: row for row in rows}
    for kind, label in FILING_KIND_LABELS.items():
        if row := of_kind.get(kind):
            of = {**asked, "kind": kind.value}
            cells = [number(getattr(row, name), link(PATH, **of | way)) for name, way in ways.items()]
            found.lines.append([Cell(label), *cells])
    found.plot = ("有效备案", "份", [(line[0].text, int(line[1].text)) for line in found.lines])
    found.sentences.append(f"本年度有效备案 {filed} 份，其中已审核 {reviewed} 份；退回待补 {back} 份。")
    return found
