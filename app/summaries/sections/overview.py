"""How the whole plan went: the dashboard's figures in sentences."""

from app.dashboard.queries import FORMULA
from app.summaries.telling import Cell, Scene, Told, link, number, rated

PARTS = {"due": "应办", "completed": "办结", "late": "逾期", "soon": "临期", "running": "正常在办", "waived": "免办"}


def told(scene: Scene) -> Told:
    """Rates with their formula; every count opens its assignments."""
    found, totals = Told(), scene.board["totals"]
    if not totals["due"]:
        found.sentences.append("本方案还没有下发任务，没有可以统计的完成情况。")
        return found
    found.figures.append(("任务", Cell(str(totals["items"]), f"/plans/{scene.plan_id}")))
    found.figures.append(("承办单位", Cell(str(totals["units"]))))
    for name, label in PARTS.items():
        href = link("/assignments", plan_id=scene.plan_id, counted="true", standing=name)
        found.figures.append((label, number(totals[name], href)))
    rates = {"办结率": "rate", "按时签收率": "signed_rate", "按期办结率": "in_time_rate", "退回率": "send_back_rate"}
    found.figures += [(label, Cell(rated(totals[name]))) for label, name in rates.items()]
    found.plot = ("任务构成", "项", [(PARTS[name], totals[name]) for name in list(PARTS)[1:]])
    found.sentences.append(
        f"本年度方案共 {totals['items']} 项任务，由 {totals['units']} 个单位承办，应办 {totals['due']} 项，"
        f"办结 {totals['completed']} 项，办结率 {rated(totals['rate'])}；"
        + (f"逾期未办结 {totals['late']} 项。" if totals["late"] else "没有逾期未办结的任务。")
    )
    found.notes = ["办结率 = 办结数 ÷（应办数 − 免办数）。", FORMULA.partition("综合 =")[0]]
    return found
