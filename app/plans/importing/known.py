"""The plans that a table of items may go into, with their items, areas and who is responsible."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.imports.columns import Wrong, alike, narrow, once
from app.imports.options import offered
from app.imports.registry import Draft
from app.plans.cells import ItemCells, bare
from app.plans.models import AREA, RESPONSIBILITY, PlanState
from app.plans.rules import WORKFLOW
from app.units.cells import UnitCells

_AREAS = (
    sa.select(AREA.c.id, AREA.c.number, AREA.c.title)
    .where(AREA.c.plan_id == sa.bindparam("plan"))
    .order_by(AREA.c.position, AREA.c.id)
)
_RESPONSIBLE = (
    sa.select(RESPONSIBILITY)
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)


AT_WORK = (PlanState.ISSUED, PlanState.ARCHIVED, PlanState.WITHDRAWN)
LEDGER: list[Callable[[Reader, int], dict[int, dict[str, str]]]] = []
"""What 任务分解台账 says of a plan's items, by column. ``assignments`` knows, and says it here when it is imported."""


class Known:
    """A draft alone takes a table; an issued plan's ledger comes back as it went out."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.see = see
        self.units = UnitCells(see)
        self.target = once(self.units.target)
        self.area_titles: dict[int, str] = {}
        self.met: dict[tuple[int, str], int] = {}
        self.new: dict[int, int] = defaultdict(int)
        """How many new items the file brings to each plan."""
        self.headed = {name for draft in drafts for name in draft.cells}
        # What tells how far a plan's work is goes out of a plan at work, and comes back beside any draft.
        self.is_ledger = not self.headed.isdisjoint(("progress", "state", "evidence"))
        states = (*AT_WORK, PlanState.DRAFT) if self.is_ledger else (PlanState.DRAFT, *AT_WORK)
        self.items = ItemCells(see, *states, drafts=drafts)
        self.told = cache(self._told)
        self.plan = cache(lambda plan_id: WORKFLOW.find(see, plan_id))
        self.areas = cache(self._areas)
        self.responsible = cache(self._responsible)

    def _told(self, plan_id: int) -> dict[int, dict[str, str]]:
        return {item_id: words for each in LEDGER for item_id, words in each(self.see, plan_id).items()}

    def item(self, plan_id: int, cells: Mapping[str, str]) -> Any | None:
        """By its key, else by its title, else by its number; None where the row is a new one."""
        items = self.items.of_plan(plan_id)
        key, number, title = (cells.get(name, "") for name in ("key", "number", "title"))
        if key:
            found = [item for item in items if item.key == narrow(key)]
            if not found:
                raise Wrong("方案里没有这项任务；新任务请不要填标识", column="key")
            return found[0]
        numbered = [item for item in items if bare(item.number) == bare(number)] if number else []
        titled = [item for item in items if alike(item.title) == alike(title)] if title else []
        found = [item for item in titled if item in numbered] or titled or numbered
        if len(found) > 1:
            numbers = "、".join(item.number for item in found[:5])
            words = f"方案里有 {len(found)} 项是这样写的（第 {numbers} 项），请把序号和任务都写明"
            raise Wrong(words, column="title" if titled else "number")
        return found[0] if found else None

    def _areas(self, plan_id: int) -> dict[str, int]:
        """What an area may be called → its id."""
        found: dict[str, int] = {}
        for area in self.see.connection.execute(_AREAS, {"plan": plan_id}):
            self.area_titles[area.id] = area.title
            for word in (area.title, f"{area.number or ''}{area.title}", area.number or ""):
                found.setdefault(alike(word), area.id)
        found.pop("", None)
        return found

    def area(self, plan_id: int, cell: str) -> int:
        found = self.areas(plan_id).get(alike(cell))
        if found is None:
            titles = [self.area_titles[area_id] for area_id in dict.fromkeys(self.areas(plan_id).values())]
            raise Wrong(*offered("方案里没有这个领域", cell, titles), "area")
        return found

    def _responsible(self, plan_id: int) -> dict[int, list[Any]]:
        """Item → who is responsible, those dropped left out."""
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self.see.connection.execute(_RESPONSIBLE, {"plan": plan_id}):
            found[row.plan_item_id].append(row)
        return found
