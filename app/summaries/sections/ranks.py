"""The ranking of schools and of offices by the dashboard's formula, for those who see the whole district."""

from typing import Any

from app.core.policy import DISTRICT_WIDE
from app.dashboard.queries import FORMULA, closed_rates, ranked
from app.summaries.telling import Cell, Scene, Told, link, number, rated
from app.units.models import OFFICES, SCHOOLS

BEST, WORST = 10, 5
_HEADINGS = ["类别", "名次", "单位", "按时签收率", "按期办结率", "退回率", "逾期", "整改销号率", "综合"]


def told(scene: Scene) -> Told:
    found = Told()
    if not scene.see.actor.has(*DISTRICT_WIDE):
        found.sentences.append("单位排名由督查室按全区数据统计通报，这里不显示。")
        return found
    closed = closed_rates(scene.see, scene.year)
    for kind, kinds in (("学校（园）", SCHOOLS), ("股室和二级单位", OFFICES)):
        ranking = ranked(scene.board["units"], closed, kinds)
        if not ranking:
            continue
        found.headings = _HEADINGS
        found.sentences.append(
            f"{kind}共 {len(ranking)} 个单位参加排名，第一名是{_names(ranking)}，综合 {ranking[0]['score']:.1f} 分。"
        )
        shown = ranking if len(ranking) <= BEST + WORST else [*ranking[:BEST], *ranking[-WORST:]]
        found.lines += [_line(scene, kind, entry) for entry in shown]
    if not found.lines:
        found.sentences.append("还没有可以排名的单位。")
        return found
    found.notes = [
        FORMULA,
        "整改销号率只计本年度立项的整改。",
        f"每类超过 {BEST + WORST} 个单位时列出前 {BEST} 名和后 {WORST} 名。",
    ]
    return found


def _names(ranking: list[dict[str, Any]]) -> str:
    first = [entry["unit_name"] for entry in ranking if entry["rank"] == 1]
    return "、".join(first[:3]) + (f"等 {len(first)} 个单位" if len(first) > 3 else "")


def _line(scene: Scene, kind: str, entry: dict[str, Any]) -> list[Cell]:
    of = {"counted": "true", "unit_id": entry["unit_id"], "awaits_decision": "false"}
    late = link("/assignments", plan_id=scene.plan_id, standing="late", **of)
    rates = ("signed_rate", "in_time_rate", "send_back_rate")
    return [
        Cell(kind),
        Cell(str(entry["rank"])),
        Cell(entry["unit_name"], f"/units/{entry['unit_id']}"),
        *(Cell(rated(entry[name])) for name in rates),
        number(entry["late"], late),
        Cell(rated(entry["closed_rate"])),
        Cell(f"{entry['score']:.1f}"),
    ]
