"""Plans and their items as the cells of a table name them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.policy import Roles, among
from app.imports.columns import Wrong, alike, narrow, once
from app.plans.models import ITEM, PLAN, PLAN_STATE_LABELS, PlanState
from app.plans.rules import POLICY

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
    the first of them that any is in."""

    def __init__(self, see: Reader, *states: PlanState) -> None:
        self._see = see
        self._states = states
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
        raise Wrong("没有这份方案", self._near(row.id for row in self._plans), "plan")

    def _usual(self) -> int:
        for state in self._states:
            found = [row.id for row in self._plans if row.state == state]
            if len(found) == 1:
                return int(found[0])
            if found:
                words = f"有 {len(found)} 份“{PLAN_STATE_LABELS[state]}”的方案，请写明是哪一份"
                raise Wrong(words, self._near(found), "plan")
        raise Wrong(f"没有“{PLAN_STATE_LABELS[self._states[0]]}”的方案", column="plan")

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
            return _only(both or found, "title", "方案里没有这项任务", [item.title for item in numbered])
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
