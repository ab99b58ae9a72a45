"""Units and groups as the cells of a table name them."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.imports.columns import Wrong, narrow, once
from app.units.models import UNIT
from app.units.names import Target, directory

_UNITS = sa.select(UNIT.c.id, UNIT.c.code, UNIT.c.name).where(UNIT.c.district_id == sa.bindparam("district"))


class UnitCells:
    """The actor's district by code, name and other names; units that have ended are known by code and name."""

    def __init__(self, see: Reader) -> None:
        rows = see.connection.execute(_UNITS.order_by(UNIT.c.id), {"district": see.actor.district_id}).all()
        self.titles = {row.id: row.name for row in rows}
        self.names = directory(see)
        named = Counter(row.name for row in rows)
        self._plainly = {row.name: row.id for row in rows if named[row.name] == 1} | {row.code: row.id for row in rows}
        self.unit = once(self._unit)
        self.ended = once(self.names.ended)

    def _unit(self, cell: str) -> int:
        written = narrow(cell)
        found = self.names.match(cell)
        if found is not None and found.unit_id is not None:
            return found.unit_id
        if written in self._plainly:
            return int(self._plainly[written])
        near = [each.name for each in self.names.suggest(cell) if each.unit_id is not None]
        raise Wrong("没有这个单位" if found is None else "这是一个单位组，请写单位", near)

    def target(self, cell: str) -> Target:
        """A unit or a group of units."""
        found = self.names.match(cell)
        if found is None:
            found = self.names.match(cell, is_group=True)
        if found is None and (unit_id := self._plainly.get(narrow(cell))) is not None:
            found = Target(unit_id, None)
        if found is None:
            raise Wrong("没有这个单位，也没有这个单位组", [each.name for each in self.names.suggest(cell)])
        return found

    def title(self, unit_id: Any) -> str:
        return "" if unit_id is None else self.titles[unit_id]
