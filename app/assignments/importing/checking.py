"""Which assignment a row reports on, and whether what it says may be."""

import re
from collections.abc import Container

from app.assignments.importing.known import Held, Known
from app.assignments.operations import check_place, check_reported_on
from app.assignments.rules import WORKFLOW
from app.core.errors import Problem
from app.imports.checking import by_rule
from app.imports.columns import Wrong, narrow
from app.imports.registry import Draft

_PLACE = ("place", "participants", "activity")
REPORTED = ("text", "percent", "reported_on", "place", "activity", "participants")
_SUM = re.compile(r"\d{1,3}%（办结 \d+/\d+）")
"""What 任务分解台账 says of all rows of an item together."""


def check(known: Known, draft: Draft) -> None:
    held = _find(known, draft)
    if held is None:
        # Whoever mends the row is told at once what else is wrong with it.
        _check_cells(known, draft, draft.values)
        return
    if _SUM.fullmatch(draft.values.get("text", "")):
        del draft.values["text"]
        draft.remark("text", "这是分解台账里的汇总，不作为进展读取")
    draft.target_id, draft.target_version = held.id, held.version
    draft.held = {name: getattr(held, name) for name in REPORTED}
    changes = draft.changes
    if not changes:
        return
    try:
        WORKFLOW.admit(held, "report")
        _check_report(known, draft, changes)
    except Problem as problem:
        draft.wrong("", problem.detail or problem.title)


def _find(known: Known, draft: Draft) -> Held | None:
    draft.values.setdefault("title", "")  # What is missing is said of all that tell a row together.
    try:
        held = known.assignment(draft)
    except Wrong as wrong:
        draft.unmatched(wrong)
        return None
    if (first := known.met.setdefault(held.id, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一项任务，请只留一行")
    return held


def _check_report(known: Known, draft: Draft, changes: Container[str]) -> None:
    """The report as it would be made, by the rules of one that is filled in."""
    assert draft.held is not None
    if draft.values.get("text", draft.held["text"]) is None and not any(f.column == "text" for f in draft.faults):
        draft.wrong("text", "请填写进展")
    _check_cells(known, draft, changes)
    reported_on = draft.values.get("reported_on")
    if reported_on and draft.held["reported_on"] and reported_on < draft.held["reported_on"]:
        draft.remark("reported_on", f"早于最近一次填报（{draft.held['reported_on']}），写入后以这一次为准")


def _check_cells(known: Known, draft: Draft, said: Container[str]) -> None:
    """What the cells say by themselves, whichever assignment they report on; ``said``: what may be wrong with it."""
    if "percent" in said and narrow(draft.cells["percent"]) == "1" and known.only_ones:
        draft.wrong("percent", "看不出是 1% 还是 100%", ["100%", "1%"])
    of = draft.values.get
    if not draft.values.keys().isdisjoint(_PLACE):
        by_rule(draft, lambda: check_place(of("place"), of("participants"), of("activity")))
    if reported_on := of("reported_on"):
        by_rule(draft, lambda: check_reported_on(reported_on, known.today))
