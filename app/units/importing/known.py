"""The directory as it stands, looked up once for a whole file."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.policy import Role
from app.imports.columns import narrow
from app.imports.registry import Draft
from app.units.importing.naming import Units
from app.units.models import ALIAS, HOST, KIND_LABELS, UNIT, UnitKind
from app.units.names import Target, fold
from app.units.succession_models import SUCCESSION, SuccessionKind

_KIND = {label: kind for kind, label in KIND_LABELS.items()}
_HOSTS = sa.select(HOST.c.unit_id, HOST.c.host_id).join(UNIT, UNIT.c.id == HOST.c.unit_id)
_HOSTS = _HOSTS.where(UNIT.c.district_id == sa.bindparam("district")).order_by(HOST.c.host_id)
_ALIASES = sa.select(ALIAS).where(ALIAS.c.district_id == sa.bindparam("district")).order_by(ALIAS.c.id)
_ENDED = sa.select(SUCCESSION.c.unit_id, SUCCESSION.c.kind).where(
    SUCCESSION.c.district_id == sa.bindparam("district"), SUCCESSION.c.kind != SuccessionKind.RENAMED
)


class Known(Units):
    """The directory as it stands, with the units that the file itself brings: these have negative ids, their rows'."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        district = {"district": self.district_id}
        self.may_alias = see.actor.has(Role.SUPERVISOR)
        self.by_code = {row.code: row for row in self.units.values()}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        self.hosts: dict[int, list[int]] = defaultdict(list)
        self.aliases: dict[int, list[str]] = defaultdict(list)
        self.alias_of: dict[str, int] = {}
        for row in self.units.values():
            self.by_name[fold(row.name)].append(row)
        for pair in see.connection.execute(_HOSTS, district):
            self.hosts[pair.unit_id].append(pair.host_id)
        for alias in see.connection.execute(_ALIASES, district):
            self.alias_of[alias.folded] = alias.unit_id or 0
            if alias.unit_id:
                self.aliases[alias.unit_id].append(alias.name)
        self.ended = {row.unit_id: row.kind for row in see.connection.execute(_ENDED, district)}
        """Which were merged or closed, and have their last day for good."""
        self.parents = {row.id: row.parent_id for row in self.units.values()}
        self.met: dict[str, int] = {}
        self.renamed: dict[str, int] = {}
        """A new name of a unit that is there → the row of the file that gives it."""
        self.made: dict[int, int] = {}
        self.waiting: list[tuple[int, int, list[int]]] = []
        for draft in drafts:
            self._bring(draft)
        self._next = 0

    def _bring(self, draft: Draft) -> None:
        """A unit that only the file knows so far, for others of its rows to refer to."""
        name, its_code = draft.cells.get("name", "").strip(), "".join(narrow(draft.cells.get("code", "")).split())
        held = self.by_code.get(its_code)
        if held is not None and held.id not in self.ended and name and fold(name) != fold(held.name):
            # The file renames it, and may call it so wherever it refers to it.
            self.directory.add(name, Target(held.id, None), alias=True)
        if its_code in self.codes or not name or (not its_code and fold(name) in self.by_name):
            return
        self.directory.add(name, Target(-draft.number, None))
        self.titles[-draft.number] = name
        self.kinds[-draft.number] = _KIND.get(draft.cells.get("kind", "").strip(), UnitKind.SCHOOL)
        if its_code:
            self.codes[its_code] = -draft.number

    def free_code(self) -> str:
        """For a new unit that came without one."""
        while True:
            self._next += 1
            made = f"U{self._next:04}"
            if made not in self.codes:
                self.codes[made] = 0
                return made

    def real(self, unit_id: int | None) -> int | None:
        """The unit's own id; None while its row is still to be written."""
        return unit_id if unit_id is None or unit_id > 0 else self.made.get(unit_id)
