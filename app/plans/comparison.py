"""What a plan's next edition changes of the one before, item by item: for its page, the API and the tables."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from app.core.db import unbounded
from app.core.errors import Conflict
from app.core.operation import Reader
from app.plans.editions import ALIKE, MOST_GUESSES, TOLD, Pair, pairs
from app.plans.models import (
    CADENCE_LABELS,
    EVIDENCE_KIND_LABELS,
    RESPONSIBILITY,
    ROLE_WORDS,
    Cadence,
    EvidenceKind,
    ResponsibilityRole,
)
from app.plans.schemas import EditionRead

TEXTS = ("title", "measures")
CHANGES = {"added": "新增", "changed": "修改", "removed": "删去", "unchanged": "未变"}
"""How an item stands to the edition before."""
LONGEST_CHANCE = 2
"""So few characters between two changes stayed by chance: two sentences are told one after the other, not mixed."""
COMPARED = {
    "title": "标题",
    "measures": "主要措施",
    "area": "方面",
    "cadence": "办理周期",
    "deadline_text": "时限写法",
    "deadline_on": "完成时限",
    "required_evidence": "须附印证资料",
    "weight": "权重",
    "for_information": "是否下发",
    "responsibilities": "责任单位",
}
"""What is compared. Not the number: that moves whenever something is put before it."""


class ItemOfEdition(BaseModel):
    """An item as one edition has it."""

    id: int
    number: str
    area: str | None
    """The title of the area it stands in."""
    title: str
    measures: str
    cadence: Cadence
    deadline_text: str | None
    deadline_on: date | None
    required_evidence: list[EvidenceKind]
    weight: int
    for_information: bool
    responsibilities: list[dict[str, str]]
    """``name`` and ``role``, in the plan's own words."""


class AkinItem(BaseModel):
    """An item as it is called in its edition."""

    id: int
    version: int
    """For the If-Match of a PATCH that is decided on by this."""
    number: str
    title: str


class ItemComparison(BaseModel):
    """``change``: added, changed, removed or unchanged; ``changed`` names the fields."""

    change: str
    before: ItemOfEdition | None
    after: ItemOfEdition | None
    changed: list[str]
    texts: dict[str, list[dict[str, str]]]
    """For a changed title or measures: pieces with ``op`` (same, removed, added) and ``text``."""
    akin: AkinItem | None
    """Of an added item the one of the edition before that most of its words stood in (it was split off); of a removed
    one the item of this edition where they stand now."""


class Regrouping(BaseModel):
    """``kind``: split, where the words of an item of the edition before stand in several of this one, or joined, where
    those of several stand in one. Told from the words, so it is what is likely.
    """

    kind: str
    whole: AkinItem
    """The item that was split, or that others were joined into."""
    parts: list[AkinItem]
    goes_on_id: int | None
    """The part that shares the whole's open work: it goes on there when this edition is dispatched, and the other parts
    begin anew (split) or their work retires (joined). A PATCH of a new item's ``continues_id`` says otherwise."""


class ComparisonRead(BaseModel):
    previous: EditionRead
    counts: dict[str, int]
    regroupings: list[Regrouping]
    data: list[ItemComparison]


_PARTIES = (
    sa.select(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.name, RESPONSIBILITY.c.role)
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)


@unbounded
def comparison(see: Reader, plan: dict[str, Any]) -> dict[str, Any]:
    """What the plan changes of the one it follows; ``plan`` as ``queries.one`` gives it."""
    previous = plan["previous"]
    if previous is None:
        raise Conflict("这份方案没有接续别的方案，没有可以对比的", code="no_previous")
    parties = {each: _parties(see, each) for each in (plan["id"], previous["id"])}
    both = pairs(see, plan["id"], previous["id"])
    akin = _akin(both)
    now, before = parties[plan["id"]], parties[previous["id"]]
    rows = [_compared(pair, before, now) | {"akin": akin.get(at)} for at, pair in enumerate(both)]
    counts = {change: sum(row["change"] == change for row in rows) for change in CHANGES}
    return {"previous": previous, "counts": counts, "regroupings": list(_regroupings(both, akin)), "data": rows}


def _akin(both: Sequence[Pair]) -> dict[int, dict[str, Any]]:
    """By place, for what is new or gone, the other edition's item that holds most of its words, by runs of three."""
    old, new = [pair.old for pair in both if pair.old], [pair.new for pair in both if pair.new]
    alone = [(at, pair) for at, pair in enumerate(both) if not (pair.old and pair.new)]
    if len(alone) * max(len(old), len(new)) > MOST_GUESSES:
        return {}
    runs = {item.id: _runs(f"{item.title}\n{item.measures}") for item in (*old, *new)}
    found = {}
    for at, pair in alone:
        item, others = (pair.new, old) if pair.new else (pair.old, new)
        own = _runs(item.measures or item.title)
        shares = [(len(own & runs[other.id]) / len(own), other) for other in others if own]
        share, other = max(shares, key=lambda each: each[0], default=(0.0, None))
        if share >= ALIKE:
            found[at] = _called(other)
    return found


def _called(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("id", "version", "number", "title")}


def regroupings(both: Sequence[Pair]) -> list[dict[str, Any]]:
    """The items that were split, and those that others were joined into, in the order of the newer plan."""
    return list(_regroupings(both, _akin(both)))


def _regroupings(both: Sequence[Pair], akin: Mapping[int, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for kind, whole_of, part_of in (("split", "old", "new"), ("joined", "new", "old")):
        wholes = {item.id: _called(item) for pair in both if (item := getattr(pair, whole_of))}
        parts: dict[int, list[dict[str, Any]]] = defaultdict(list)
        going: dict[int, int] = {}
        for at, pair in enumerate(both):
            part, whole = getattr(pair, part_of), getattr(pair, whole_of)
            if part and whole:
                parts[whole.id].append(_called(part))
                going[whole.id] = part.id
            elif part and at in akin:
                parts[akin[at]["id"]].append(_called(part))
        for whole_id, several in parts.items():
            if len(several) > 1:
                yield {"kind": kind, "whole": wholes[whole_id], "parts": several, "goes_on_id": going.get(whole_id)}


def _runs(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _parties(see: Reader, plan_id: int) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    for row in see.connection.execute(_PARTIES, {"plan": plan_id}):
        found.setdefault(row.plan_item_id, []).append({"name": row.name, "role": row.role})
    return found


def _compared(pair: Pair, before: dict[int, Any], now: dict[int, Any]) -> dict[str, Any]:
    old, new = (_told(pair.old, before), _told(pair.new, now))
    shown: dict[str, Any] = {"before": old, "after": new, "changed": [], "texts": {}}
    if old is None or new is None:
        return {"change": "added" if old is None else "removed", **shown}
    changed = [name for name in COMPARED if old[name] != new[name]]
    texts = {name: segments(old[name], new[name]) for name in TEXTS if name in changed}
    return {"change": "changed" if changed else "unchanged", **shown, "changed": changed, "texts": texts}


def _told(item: Any, parties: dict[int, Any]) -> dict[str, Any] | None:
    if item is None:
        return None
    kinds = [kind for kind in EvidenceKind if kind in item.required_evidence]
    shown = {name: getattr(item, name) for name in ("id", "area", *TOLD)}
    return shown | {"required_evidence": kinds, "responsibilities": parties.get(item.id, [])}


def segments(old: str, new: str) -> list[dict[str, str]]:
    """The text difference, in reading order: what stayed, what is gone, what is new."""
    told: list[dict[str, str]] = []
    removed = added = ""
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (op, a, b, c, d) in enumerate(codes):
        if op != "equal" or (0 < at < len(codes) - 1 and b - a <= LONGEST_CHANCE):
            removed, added = removed + old[a:b], added + new[c:d]
            continue
        told += _exchanged(removed, added)
        told.append({"op": "same", "text": old[a:b]})
        removed = added = ""
    return told + _exchanged(removed, added)


def _exchanged(removed: str, added: str) -> list[dict[str, str]]:
    return [{"op": op, "text": text} for op, text in (("removed", removed), ("added", added)) if text]


def in_words(item: Mapping[str, Any], name: str) -> str:
    """One compared field of an item, as people read it."""
    value = item[name]
    if name == "cadence":
        return CADENCE_LABELS[Cadence(value)]
    if name == "required_evidence":
        return "、".join(EVIDENCE_KIND_LABELS[EvidenceKind(kind)] for kind in value) or "不要求"
    if name == "for_information":
        return "仅供知悉" if value else "照常下发"
    if name == "responsibilities":
        return "、".join(map(_party, value)) or "没有"
    return "没有" if value is None or value == "" else str(value)


def akin_in_words(row: Mapping[str, Any]) -> str:
    """Where the words of an added item come from, or those of a removed one have gone; empty where that is unknown."""
    if row["akin"] is None:
        return ""
    whence = "文字来自上一版" if row["before"] is None else "文字并入本版"
    return f"{whence}第{row['akin']['number']}项“{row['akin']['title']}”"


def regrouped_in_words(row: Mapping[str, Any]) -> str:
    """Which item became which, and where the open work goes."""
    whole = f"第{row['whole']['number']}项“{row['whole']['title']}”"
    parts = "、".join(f"第{part['number']}项“{part['title']}”" for part in row["parts"])
    stays = next((part["number"] for part in row["parts"] if part["id"] == row["goes_on_id"]), None)
    retired = "下发时未签收的撤销、已办理的标为待处置"
    if row["kind"] == "split":
        told = f"拆分：上一版{whole}的文字分在本版{parts}。"
        if stays is None:
            return f"{told}原任务没有接续的一项，{retired}。"
        return f"{told}在办的任务转到第{stays}项，其余作为新任务下发。"
    told = f"合并：上一版{parts}的文字并在本版{whole}。"
    if stays is None:
        return f"{told}各项原任务都不接续，{retired}。"
    return f"{told}原第{stays}项在办的任务转到这一项，其余原任务{retired}。"


def _party(named: Mapping[str, str]) -> str:
    role = ResponsibilityRole(named["role"])
    return named["name"] if role == ResponsibilityRole.RESPONSIBLE else f"{named['name']}（{ROLE_WORDS[role]}）"
