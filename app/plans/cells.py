"""Plans and their items as the cells of a table name them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.policy import Roles, among
from app.imports.columns import Wrong, alike, beside, narrow, once
from app.imports.options import like, offered
from app.imports.registry import Draft
from app.plans.models import ITEM, PLAN, PLAN_STATE_LABELS, PlanState
from app.plans.rules import POLICY

BESIDE = (
    beside("leader", "责任领导", ("分管领导", "主管领导"), "责任领导按任职登记，请在任职里改"),
    beside("person", "责任人", ("具体责任人", "负责人"), "责任人按任职登记，请在任职里改"),
    beside("state", "状态", ("办理状态", "当前状态", "任务状态"), "状态由签收、提交审核和办结得出，请在任务页面办理"),
    beside("evidence", "印证材料", ("印证资料", "佐证材料"), "印证材料按已上传的件数统计，请在任务页面上传"),
    beside("note", "备注", (), "台账没有登记备注的地方，请写在进展里"),
)
"""Columns of 任务分解台账 that tell what was done elsewhere."""
LIKELY_WITHIN = 2000
"""Rows by which it is told which plan a table without its name is about."""
_AROUND = re.compile(r"第|项|[^\w]")


@cache
def _plans(roles: Roles, states: tuple[PlanState, ...]) -> sa.Select[Any]:
    columns = (PLAN.c.id, PLAN.c.title, PLAN.c.year, PLAN.c.edition, PLAN.c.document_number, PLAN.c.state)
    return sa.select(*columns).where(POLICY.read(roles), among(PLAN.c.state, *states)).order_by(PLAN.c.id.desc())


_ITEMS = sa.select(ITEM).where(ITEM.c.plan_id == sa.bindparam("plan")).order_by(ITEM.c.position, ITEM.c.id)


def bare(number: str) -> str:
    """第3项, 3. and （3） are 3."""
    return _AROUND.sub("", narrow(number))


class _Items:
    """A plan's items by what a row may call them, in the plan's order."""

    def __init__(self, items: list[Any]) -> None:
        self.by_key: dict[str, list[Any]] = defaultdict(list)
        self.by_number: dict[str, list[Any]] = defaultdict(list)
        self.by_title: dict[str, list[Any]] = defaultdict(list)
        for item in items:
            self.by_key[item.key].append(item)
            self.by_number[bare(item.number)].append(item)
            self.by_title[alike(item.title)].append(item)


def _told_apart(plans: Sequence[Any]) -> dict[int, str]:
    """Of several of one title each with its edition, and with its year where even that is the same."""
    titles = Counter(row.title for row in plans)
    both = Counter((row.title, row.edition) for row in plans)
    found = {}
    for row in plans:
        year = f"{row.year}年" if row.year and both[row.title, row.edition] > 1 else ""
        found[row.id] = row.title if titles[row.title] == 1 else f"{row.title}（{year}第{row.edition}版）"
    return found


class ItemCells:
    """The items of plans in these states that the actor may read. A row need not name its plan where one alone is in
    the first of them that any is in. Of several that are at work, or were, it is the one that holds the most of what
    ``drafts`` name; in a draft nothing is guessed, and it is the one where nothing at work holds any of that."""

    def __init__(self, see: Reader, *states: PlanState, drafts: Iterable[Draft] = ()) -> None:
        self._see = see
        self._states = states
        self._drafts = drafts
        self.likely: int | None = None
        """The plan that was told by what it holds."""
        self._plans = see.connection.execute(_plans(see.actor.roles, states), see.actor.binds).all()
        self.titles = _told_apart(self._plans)
        self.plan = once(self._plan)
        self.of_plan = cache(self._of_plan)
        self._named = cache(lambda plan_id: _Items(self.of_plan(plan_id)))
        self._find = once(self._item)

    def _plan(self, cell: str) -> int:
        if not cell:
            return self._usual()
        wanted = alike(cell)
        found = [row.id for row in self._plans if wanted in self._names(row)]
        if len(found) == 1:
            return int(found[0])
        if found:
            raise Wrong("有几份方案叫这个名称，请写明是哪一份", self._near(found), "plan")
        raise Wrong(*offered("没有这份方案", cell, self._near(row.id for row in self._plans)), "plan")

    def _usual(self) -> int:
        if self._states[0] != PlanState.DRAFT and (plan_id := self._by_what_it_holds()) is not None:
            return plan_id
        for state in self._states:
            found = [row.id for row in self._plans if row.state == state]
            if len(found) == 1:
                return int(found[0])
            if found:
                words = f"有 {len(found)} 份“{PLAN_STATE_LABELS[state]}”的方案，请写明是哪一份"
                raise Wrong(words, self._near(found), "plan")
        raise Wrong(f"没有“{PLAN_STATE_LABELS[self._states[0]]}”的方案", column="plan")

    def _by_what_it_holds(self) -> int | None:
        """None where nothing tells it from another of its state; a draft's table is about none at work."""
        plans = [row for row in self._plans if row.state != PlanState.DRAFT]
        drafted = [row.id for row in self._plans if row.state == PlanState.DRAFT]
        if not plans or (len(plans) == 1 and len(drafted) != 1):
            return None
        rows = (draft.cells for draft in islice(self._drafts, LIKELY_WITHIN) if not draft.cells.get("plan"))
        lines = {tuple(cells.get(name, "") for name in ("number", "title", "measures")) for cells in rows}
        held = {row.id: self._held(row.id, lines) for row in plans}
        most = max(held.values())
        if not most[0] and len(drafted) == 1 and any(title for _, title, _ in lines):
            return int(drafted[0])
        if len(plans) == 1:
            return None
        best = [row for row in plans if held[row.id] == most]
        state = min(self._states.index(row.state) for row in best)
        best = [row for row in best if row.state == self._states[state]]
        if not most[0] or len(best) > 1:
            return None
        self.likely = best[0].id
        return self.likely

    def _held(self, plan_id: int, lines: Iterable[tuple[str, ...]]) -> tuple[int, int, int]:
        """How many of these a plan holds by their titles, with their numbers, and with their measures."""
        items, found = self._named(plan_id), [0, 0, 0]
        for number, title, measures in lines:
            titled = items.by_title.get(alike(title), []) if title else []
            found[0] += bool(titled)
            found[1] += any(bare(item.number) == bare(number) for item in titled) if number else 0
            found[2] += any(alike(item.measures or "") == alike(measures) for item in titled) if measures else 0
        return found[0], found[1], found[2]

    def _names(self, row: Any) -> set[str]:
        return {alike(row.title), alike(self.titles[row.id]), alike(row.document_number or "")} - {""}

    def _near(self, plan_ids: Iterable[int]) -> list[str]:
        return [self.titles[plan_id] for plan_id in plan_ids]

    def _of_plan(self, plan_id: int) -> list[Any]:
        return list(self._see.connection.execute(_ITEMS, {"plan": plan_id}))

    def item(self, cells: Mapping[str, str]) -> Any:
        """The item of a row: by its key, else by its title, else by its number."""
        get = cells.get
        return self._find((get("plan", ""), get("key", ""), get("number", ""), get("title", "")))

    def _item(self, cells: tuple[str, str, str, str]) -> Any:
        plan, key, number, title = cells
        items = self._named(self.plan(plan))
        if key:
            return _only(items.by_key.get(narrow(key), []), "key", "方案里没有这项任务")
        numbered = items.by_number.get(bare(number), []) if number else []
        if title:
            # A running number in front of each row is no number of an item: the title decides.
            found = items.by_title.get(alike(title), [])
            both = [item for item in found if item in numbered]
            near = [] if found else like(title, (item.title for each in items.by_title.values() for item in each))
            return _only(both or found, "title", "方案里没有这项任务", near)
        if number:
            return _only(numbered, "number", "方案里没有这一项")
        raise Wrong("请写明是哪一项任务", column="title")


def _only(found: list[Any], column: str, none: str, near: Iterable[str] = ()) -> Any:
    if len(found) > 1:
        numbers = "、".join(item.number for item in found[:5])
        raise Wrong(f"方案里有 {len(found)} 项是这样写的（第 {numbers} 项），请把序号和任务都写明", column=column)
    if not found:
        raise Wrong(none, list(near), column)
    return found[0]
