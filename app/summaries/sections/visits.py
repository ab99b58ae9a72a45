"""Visits to paired schools, and whether each pair made those it owes in the terms of the year."""

from datetime import date
from typing import Any

from app.assignments.periods import begun_in, terms
from app.liaison_visits.coverage import COVERAGE, STANDINGS
from app.liaison_visits.queries import LIST
from app.liaison_visits.rules import COUNTED
from app.summaries.telling import Cell, Scene, Told, groups, link, number, percent

PATH = "/liaison-visits"


def told(scene: Scene) -> Told:
    found, see = Told(), scene.see
    asked = {"state": ",".join(COUNTED), **scene.between}
    made = groups(see, LIST, asked)[0].rows
    pairs = {name: _pairs(scene, name) for name in _terms(scene)}
    pairs = {name: row for name, row in pairs.items() if row.rows}
    if not made and not pairs:
        found.sentences.append("本年度没有包联走访。")
        return found
    found.count("走访", made, link(PATH, **asked))
    if pairs:
        found.headings = ["学期", "包联对子", "完成走访", "次数不足", "未走访", "完成率"]
    for name, row in pairs.items():
        home = f"{PATH}/coverage"
        counts = [number(getattr(row, each), link(home, term=name, standing=each)) for each in _STANDINGS]
        whole = number(row.rows, link(home, term=name))
        found.lines.append([Cell(name), whole, *counts, Cell(percent(row.complete, row.rows))])
    bars = [(line[0].text, round(100 * int(line[2].text) / int(line[1].text), 1)) for line in found.lines]
    found.plot = ("各学期走访完成率", "%", bars) if bars else None
    found.sentences.append(f"本年度包联走访 {made} 次。")
    found.sentences += [
        f"{name} 学期包联 {row.rows} 对，{row.complete} 对完成规定次数，{row.none} 对没有走访。"
        for name, row in pairs.items()
    ]
    found.notes = ["次数不足包括未走访；走访按日期归入年度，作废的不计。"]
    return found


_STANDINGS = ("complete", "missing", "none")


def _terms(scene: Scene) -> list[str]:
    """The spring term and the autumn term of the year, as far as they have begun."""
    both = begun_in(scene.year, terms(scene.see))
    return [term.name for term in both if (term.starts_on or date.max) <= scene.see.today]


def _pairs(scene: Scene, term: str) -> Any:
    return groups(scene.see, COVERAGE, {"term": term}, sums={name: STANDINGS[name] for name in _STANDINGS})[0]
