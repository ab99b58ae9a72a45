"""The unit that a row of a ledger is about: as its cell names it, else the actor's only one."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.imports.columns import Column, Wrong
from app.imports.options import told
from app.imports.registry import Draft
from app.units import groups
from app.units.cells import UnitCells
from app.units.importing.naming import meant
from app.units.models import UNIT, UnitKind

_ROWS = sa.select(UNIT).where(UNIT.c.district_id == sa.bindparam("district"))


class Places:
    """The district's units, those that have ended too, and which of them the file names."""

    def __init__(self, see: Reader) -> None:
        self.see, self.today, self.actor = see, see.today, see.actor
        self.cells = UnitCells(see)
        self.units: dict[int, Any] = {
            row.id: row for row in see.connection.execute(_ROWS, {"district": see.actor.district_id})
        }
        self.met: dict[Any, int] = {}

    def named(self, drafts: Iterable[Draft], *columns: str) -> list[int]:
        """The units of these columns, with the actor's own."""
        found = set(self.actor.units)
        for draft in drafts:
            for column in columns:
                cell = draft.cells.get(column, "")
                found |= set(self.cells.names.ended(cell))
                try:
                    found.add(self.cells.unit(cell))
                except Wrong:
                    continue
        return sorted(found)

    def home(
        self, draft: Draft, column: str = "unit", holds: Callable[[int], bool] = lambda unit_id: False
    ) -> int | None:
        """Of a cell that was left empty, the actor's only unit; None, and said so, where there are several. A unit that
        has ended, where it ``holds`` the row that is meant."""
        if column not in draft.values and column not in draft.cells:
            if len(self.actor.home_units) != 1:
                draft.wrong(column, told("请写明单位", [self.cells.titles[each] for each in self.actor.home_units]))
                return None
            draft.values[column] = self.actor.home_units[0]
        return meant(self.cells.names, draft, holds, column)

    def own(self, draft: Draft, what: str, never: Iterable[UnitKind] = (), column: str = "unit") -> None:
        """A new row is one of the actor's own units, which still exists."""
        unit = self.units[draft.values[column]]
        if unit.id not in self.actor.units:
            draft.wrong(column, f"只能导入本单位的{what}")
        elif unit.kind in never:
            draft.wrong(column, f"{unit.name}没有{what}，请选择其他单位")
        elif not groups.exists_on(unit, self.today):
            draft.wrong(column, f"{unit.name}{groups.absence(unit, self.today)}，请选择其他单位")


def unit(cell: str, known: Any) -> int:
    return int(known.cells.unit(cell))


def title(unit_id: Any, known: Any) -> str:
    """A unit that an import brought and took back again has no name any more."""
    return str(known.cells.titles.get(unit_id, ""))


UNIT_COLUMN = Column(
    "unit",
    "单位",
    ("单位名称", "填报单位", "学校", "学校（园）"),
    unit,
    title,
    example="青山小学",
    hint="名称或编码；只有一个单位的可以不填",
    width=24,
)
