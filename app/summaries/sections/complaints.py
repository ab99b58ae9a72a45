"""Complaints by category and whether they were answered in time: counts alone, by what the reader may read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.complaints.models import CATEGORY_LABELS, COMPLAINT
from app.complaints.queries import LIST
from app.complaints.rules import CLOSE_WITHIN, READERS, REPLIED
from app.summaries.telling import Cell, Scene, Told, by_value, groups, labelled, link, percent, total

PATH = "/complaints"


def told(scene: Scene) -> Told:
    found, asked = Told(), scene.between
    if not scene.see.actor.has(*READERS):
        found.sentences.append("信访举报由受理和承办单位统计，这里不显示。")
        return found
    names = ("category", "state", "accepted_on", "concluded_on", "replied_on", "extended_days", "is_past")
    rows = groups(scene.see, LIST, asked, {name: COMPLAINT.c[name] for name in names})
    if not rows:
        found.sentences.append("本年度没有您可以查看的信访举报。")
        return found
    timed = [row for row in rows if not row.is_past]
    states = by_value(rows, "state")
    found.count("收到", total(rows), link(PATH, **asked))
    found.count("已答复", states.get(REPLIED, 0), link(PATH, **asked, state=REPLIED))
    found.figures.append(("按期办结率", Cell(_rate([row for row in timed if row.concluded_on], _in_time))))
    workdays, reply_within = scene.see.workdays, scene.see.settings.complaint_reply_workdays
    replied = [row for row in timed if row.replied_on and row.concluded_on]
    in_time = _rate(replied, lambda row: bool(row.replied_on <= workdays.add(row.concluded_on, reply_within)))
    found.figures.append(("按期答复率", Cell(in_time)))
    found.headings = ["类别", "件数"]
    labelled(found, "category", CATEGORY_LABELS, by_value(rows, "category"), PATH, **asked)
    found.plot = ("信访举报类别", "件", [(line[0].text, int(line[1].text)) for line in found.lines])
    found.sentences.append(f"本年度收到信访举报 {total(rows)} 件，已答复 {states.get(REPLIED, 0)} 件。")
    found.notes = [
        f"按期办结率 = 受理后 {CLOSE_WITHIN} 日（含批准的延长）内办结数 ÷ 已办结数；"
        f"按期答复率 = 办结后 {reply_within} 个工作日内答复数 ÷ 已答复数。",
        "历史台账补登的不计入按期率。",
        "本节只统计阅看人可以查看的举报，不含任何举报人信息。",
    ]
    return found


def _rate(rows: Sequence[Any], holds: Any) -> str:
    return percent(sum(row.rows for row in rows if holds(row)), total(rows))


def _in_time(row: Any) -> bool:
    """Accepted on the day of its coming in where no other is known."""
    return row.accepted_on is None or row.concluded_on <= row.accepted_on + timedelta(
        days=CLOSE_WITHIN + row.extended_days
    )
