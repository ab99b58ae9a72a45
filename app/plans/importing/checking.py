"""Which item a row means, who is responsible for it, and whether what it says may be."""

import re
from typing import Any

from pydantic import ValidationError

from app.core.errors import Invalid, Problem
from app.core.validation import field_errors
from app.imports.columns import Wrong, alike, several, text
from app.imports.registry import Draft
from app.plans.importing.columns import COLUMNS
from app.plans.importing.known import Known
from app.plans.models import ROLE_WORDS, ResponsibilityRole
from app.plans.parser import read_deadline
from app.plans.reading import MOST_ITEMS
from app.plans.rules import WORKFLOW
from app.plans.schemas import PlanItemPatch
from app.units.names import fold

ROLES = {
    "lead": ResponsibilityRole.LEAD,
    "cooperate": ResponsibilityRole.COOPERATE,
    "responsible": ResponsibilityRole.RESPONSIBLE,
}
DEADLINE = ("deadline", "deadline_text")
PLAIN = ("title", "measures", "cadence", "weight", "required_evidence")
LONGEST_NUMBER, LONGEST_NAME = 40, 200


def check(known: Known, draft: Draft) -> None:
    try:
        plan_id = known.items.plan(draft.cells.get("plan", ""))
        item = known.item(plan_id, draft.cells)
        if "area" in draft.values:
            draft.values["area"] = known.area(plan_id, draft.values["area"])
    except Wrong as wrong:
        draft.values.pop("area", None)
        draft.unmatched(wrong)
        return
    draft.values["plan"] = plan_id
    for column in DEADLINE:
        if read_deadline(draft.values.get(column, ""), None) is None:
            draft.values.pop(column, None)  # 无 and — state none.
    title = item.title if item is not None else draft.values.get("title", "")
    if (first := known.met.setdefault((plan_id, alike(title) or f"#{draft.number}"), draft.number)) != draft.number:
        draft.wrong("title", f"与第 {first} 行是同一项任务，请只留一行")
    if item is not None:
        _compare(known, draft, item)
    elif len(known.items.of_plan(plan_id)) + known.new[plan_id] >= MOST_ITEMS:
        draft.wrong("", f"一份方案最多 {MOST_ITEMS} 项任务，请分成几份方案")
    else:
        known.new[plan_id] += 1
        # The words of the draft's own text stand for what the plan says already.
        _read_names(known, draft, [])
    if len(draft.values.get("number", "")) > LONGEST_NUMBER:
        draft.wrong("number", f"不能超过 {LONGEST_NUMBER} 个字")
    _by_types(draft)
    if known.is_ledger and item is not None:
        said = known.told(plan_id).get(item.id, {})
        draft.untaken(COLUMNS, {name: [words] for name, words in said.items()})
    if item is None or draft.changes:
        if not draft.cells.get("plan") and len(known.items.titles) > 1:
            draft.remark("", f"表里没有写方案，按“{known.items.titles[plan_id]}”核对")
        _may_change(known, draft, plan_id)


def _compare(known: Known, draft: Draft, item: Any) -> None:
    named = known.responsible(item.plan_id).get(item.id, [])
    known.areas(item.plan_id)
    draft.target_id, draft.target_version = item.id, item.version
    draft.held = {name: getattr(item, name) for name in PLAIN} | {"area": item.area_id}
    stated = item.deadline_on.isoformat() if item.deadline_on else None
    draft.held |= {"deadline": item.deadline_text or stated, "deadline_text": item.deadline_text}
    draft.held |= {column: [row.name for row in named if row.role == role] for column, role in ROLES.items()}
    _read_names(known, draft, named)
    if draft.values.get("deadline") in (item.deadline_text, str(item.deadline_on)):
        draft.values["deadline"] = draft.held["deadline"]
    if "responsible" not in known.headed:
        _ledgers_names(draft, known.is_ledger)


def _ledgers_names(draft: Draft, is_ledger: bool) -> None:
    """The ledger has no column of its own for who is responsible: where an item has no lead, they stand in the lead's
    place, else beside."""
    assert draft.held is not None
    lead, cooperate, responsible = (draft.held[column] for column in ROLES)
    same = not lead and sorted(draft.values.get("lead", ())) == sorted(responsible)
    if same and draft.values.pop("lead", None) and not is_ledger:
        draft.remark("lead", "与台账一致：这项任务没有牵头单位，责任单位列在这里；要改为牵头，请加上“责任股室”一列")
    if lead and sorted(draft.values.get("cooperate", ())) == sorted([*cooperate, *responsible]):
        draft.values.pop("cooperate", None)


def _read_names(known: Known, draft: Draft, named: list[Any]) -> None:
    """Names stay as they are written; those that the item has already, known or not, are its own."""
    own: dict[str, str] = {fold(row.name): row.name for row in named}
    targets: dict[Any, str] = {
        (row.unit_id, row.unit_group_id): row.name for row in named if row.unit_id or row.unit_group_id
    }

    def read(part: str, _known: Any) -> str:
        if (held := own.get(fold(part))) is not None:
            return held
        return targets.get(tuple(known.target(part)), part)

    _take_apart(draft)
    met: dict[str, str] = {}
    for column in ROLES:
        if column not in draft.values:
            continue
        try:
            names = several(read)(draft.values.pop(column), None)
        except Wrong as wrong:
            draft.wrong(column, wrong.why, wrong.suggestions)
            continue
        if doubled := next((name for name in names if met.setdefault(fold(name), column) != column), None):
            draft.wrong(column, f"“{doubled}”在别的列里也有，请只留一处")
        held = draft.held[column] if draft.held is not None else []
        draft.values[column] = held if sorted(held) == sorted(names) else names


_parts = several(text)
_TOLD = re.compile(r"(.+)[（(](牵头|配合|责任)[）)]")


def _take_apart(draft: Draft) -> None:
    """党办（牵头）、人事股（配合）: each name goes to its own column, and the cell says who is responsible in all."""
    parts = [_TOLD.fullmatch(part) for part in _parts(draft.values.get("responsible", ""), None)]
    if not any(parts):
        return
    column_of = {ROLE_WORDS[role]: column for column, role in ROLES.items()}
    sorted_out: dict[str, list[str]] = {column: [] for column in ROLES}
    for part, told in zip(_parts(draft.values["responsible"], None), parts, strict=True):
        sorted_out[column_of[told[2]] if told else "responsible"].append(told[1] if told else part)
    draft.values |= {column: "、".join(names) for column, names in sorted_out.items()}


def _by_types(draft: Draft) -> None:
    for column in ("title", "measures", "weight", *DEADLINE):
        if draft.values.get(column) is None:
            continue
        try:
            PlanItemPatch(**{"deadline_text" if column in DEADLINE else column: draft.values[column]})
        except ValidationError as error:
            draft.wrong(column, field_errors(error.errors(include_url=False))[0].detail)
    for column in ROLES:
        if any(len(name) > LONGEST_NAME for name in draft.values.get(column, ())):
            draft.wrong(column, f"单位名称不能超过 {LONGEST_NAME} 个字")


def _may_change(known: Known, draft: Draft, plan_id: int) -> None:
    try:
        WORKFLOW.admit(known.plan(plan_id), "edit")
    except Invalid as problem:
        draft.wrong("plan", problem.detail)
    except Problem as problem:
        draft.wrong("", f"方案{problem.detail or problem.title}")
