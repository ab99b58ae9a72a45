"""Which assignment a row reports on, and whether what it says may be."""

import re
from collections.abc import Container

from app.assignments.importing.columns import COLUMNS, percentage
from app.assignments.importing.known import Held, Known
from app.assignments.operations import check_place, check_reported_on
from app.assignments.rules import WORKFLOW
from app.core.errors import Problem
from app.imports.checking import by_rule
from app.imports.columns import Wrong, narrow
from app.imports.registry import Draft

_PLACE = ("place", "participants", "activity")
REPORTED = ("text", "percent", "reported_on", "place", "activity", "participants")
_SUM = re.compile(r"(\d{1,3})%\(办结 ?\d+/(\d+)\)")
"""What 任务分解台账 says of all rows of an item together."""
_PERCENT = re.compile("[%％﹪]")
_SHARE = re.compile(r"(\d{1,3})%")


def check(known: Known, draft: Draft) -> None:
    text = draft.values.get("text", "")
    # The words of nearly all rows are long, and say no figure.
    said = narrow(text) if _PERCENT.search(text) else ""
    summed = _SUM.fullmatch(said)
    if summed:
        del draft.values["text"]
    of_ledger = not draft.cells.keys().isdisjoint(BESIDE)
    held = _find(known, draft, bool(summed) or (of_ledger and draft.cells.keys().isdisjoint(REPORTED)))
    if draft.held is None and held is None:
        # Whoever mends the row is told at once what else is wrong with it.
        _check_cells(known, draft, draft.values)
        return
    words = known.words(draft, held) if of_ledger or summed else {}
    if words:
        draft.untaken(COLUMNS, words)
    if summed:
        _read_sum(draft, held, summed, words.get("progress", [""])[0])
    elif found := _SHARE.fullmatch(said):
        _read_share(draft, found[1])
    if held is not None:
        _compare(known, draft, held)
    if known.items.likely is not None and draft.changes and not draft.cells.get("plan"):
        draft.remark("", f"表里没有写方案，按“{known.items.titles[known.items.likely]}”核对")


BESIDE = frozenset(column.name for column in COLUMNS if column.told)


def _read_sum(draft: Draft, held: Held | None, summed: re.Match[str], now: str) -> None:
    """The ledger's figure; another one is a new percentage, where it is of one row alone and that is the actor's."""
    if summed[0] == narrow(now):
        return
    if held is not None and held.may_carry_out and summed[2] == "1" and narrow(now).endswith("/1)"):
        _read_share(draft, summed[1])
    else:
        draft.remark("text", f"这是分解台账里的汇总（现在是“{now}”），不作为进展读取，填报请写文字")


def _read_share(draft: Draft, share: str) -> None:
    """A percentage in the place of the words: how far it is, as those of the latest report tell."""
    draft.values.pop("text", None)
    if "percent" in draft.cells:
        return
    try:
        draft.values["percent"] = percentage(int(share))
    except Wrong as wrong:
        draft.wrong("text", wrong.why)


def _compare(known: Known, draft: Draft, held: Held) -> None:
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


def _find(known: Known, draft: Draft, reports_nothing: bool) -> Held | None:
    """A line of the ledger that reports nothing need not mean a row of the actor's own, or one alone."""
    draft.values.setdefault("title", "")  # What is missing is said of all that tell a row together.
    try:
        held = known.assignment(draft)
    except Wrong as wrong:
        names_one = not draft.cells.keys().isdisjoint(("unit", "period"))
        if reports_nothing and not names_one and known.item(draft) is not None:
            draft.held = {}
        else:
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
    if "percent" in said and narrow(draft.cells.get("percent", "")) == "1" and known.only_ones:
        draft.wrong("percent", "看不出是 1% 还是 100%", ["100%", "1%"])
    of = draft.values.get
    if not draft.values.keys().isdisjoint(_PLACE):
        by_rule(draft, lambda: check_place(of("place"), of("participants"), of("activity")))
    if reported_on := of("reported_on"):
        by_rule(draft, lambda: check_reported_on(reported_on, known.today))
