"""Units as the cells of any table name them: by code, by name or by another name."""

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.imports.columns import Wrong, narrow
from app.imports.registry import Draft
from app.units import groups, names
from app.units.models import UNIT, UnitKind

_ROWS = sa.select(UNIT).where(UNIT.c.district_id == sa.bindparam("district")).order_by(UNIT.c.id)


class Units:
    """The district's units, looked up once for a whole file: what the columns of any resource read cells with."""

    def __init__(self, see: Reader) -> None:
        assert see.actor.district_id is not None
        self.district_id: int = see.actor.district_id
        self.today = see.today
        self.units: dict[int, Any] = {
            row.id: row for row in see.connection.execute(_ROWS, {"district": self.district_id})
        }
        self.codes: dict[str, int] = {row.code: row.id for row in self.units.values()}
        self.titles: dict[int, str] = {row.id: row.name for row in self.units.values()}
        self.kinds: dict[int, UnitKind] = {row.id: UnitKind(row.kind) for row in self.units.values()}
        self.directory = names.directory(see)


def unit(cell: str, known: Units) -> int:
    """A unit by its code, its name or another name of it; one that has ended where nobody goes by its name."""
    written = narrow(cell)
    if written in known.codes:
        return known.codes[written]
    found = known.directory.match(cell)
    if found is not None and found.unit_id is not None:
        return found.unit_id
    if found is None and not known.directory.bearers(cell) and len(ended := known.directory.ended(cell)) == 1:
        return ended[0]
    near = [each.name for each in known.directory.suggest(cell) if each.unit_id is not None]
    raise Wrong("没有这个单位" if found is None else "这是一个单位组，请写单位", near)


def meant(directory: names.Directory, draft: Draft, holds: Callable[[int], bool], column: str = "unit") -> int | None:
    """The unit of a draft's cell, as it stands from now on: one that has ended, where it ``holds`` the row that the
    draft means, not the one that goes by its name today. None where the cell names none."""
    found: int | None = draft.values.get(column)
    if found is not None:
        try:
            found = draft.values[column] = directory.meant(draft.cells.get(column, ""), found, holds)
        except Wrong as wrong:
            draft.wrong(column, wrong.why)
    return found


def standing(known: Units, draft: Draft, column: str, unit_id: int, on: date) -> None:
    """What has ended by that day gets nothing new."""
    unit = known.units.get(unit_id)
    if unit is not None and groups.has_ended(unit, on):
        draft.wrong(column, f"{unit.name}已停用，请选择其他单位")


def title(unit_id: int | None, known: Units) -> str:
    return "" if unit_id is None else known.titles[unit_id]
