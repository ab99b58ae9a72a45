"""What can be imported: a registry that ``app.main`` fills; this folder knows no resource.

A resource says in a file of its own (``app/units/importing/``) which columns it has, how a row is checked against
what there is, and how rows are written::

    UNITS = Importable(name="units", label="单位", columns=(Column(…), …), roles=…, known=…, check=…, write=…, undo=…)
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.core.errors import Forbidden, NotFound
from app.core.models import Audited
from app.core.operation import OPERATIONS, Reader, Tx
from app.core.pictures import Beside
from app.core.policy import Actor, Role
from app.imports.columns import Column, Wrong, as_told


@dataclass(slots=True)
class Fault:
    """One wrong cell (or, with a ``column`` of "", the row): why, and what may have been meant."""

    column: str
    detail: str
    suggestions: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A row on its way: what its cells say, and what they mean beside what there is."""

    number: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    """By column; a cell left empty, or wrong, has none."""
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    """Worth a look, and no hindrance."""
    target_id: int | None = None
    target_version: int | None = None
    held: dict[str, Any] | None = None
    """What the target has now, by column; None where the row makes a new one."""
    undo: dict[str, Any] | None = None
    """What ``undo`` needs, as JSON; set when the row is written."""

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        if self.held is None:
            return {}
        held = self.held
        return {name: (held[name], new) for name, new in self.values.items() if name in held and held[name] != new}

    def wrong(self, column: str, detail: str, suggestions: Sequence[str] = ()) -> None:
        self.faults.append(Fault(column, detail, tuple(suggestions)))

    def unmatched(self, wrong: Wrong) -> None:
        """Cells that are read together fit nothing."""
        self.wrong(wrong.column, wrong.why, wrong.suggestions)

    def remark(self, column: str, detail: str) -> None:
        self.remarks.append(Fault(column, detail))

    def untaken(self, columns: Iterable[Column], words: Mapping[str, Collection[str]]) -> None:
        """Of cells that no table changes: why not, where one says another thing than the ledger; ``words``: by column
        what it may say there."""
        for column in columns:
            cell, said = self.cells.get(column.name), words.get(column.name)
            if not column.told or not cell or said is None or any(as_told(cell, each) for each in said):
                continue
            now = next(filter(None, said), "")
            self.remark(column.name, f"{column.told}，这一格没有采用{now and f'，现在是“{now}”'}")


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it was written, for taking it back."""

    number: int
    target_id: int
    target_version: int
    is_new: bool
    undo: dict[str, Any]


Settled = Callable[[], None]
Query = Callable[[Reader], Settled]
"""Something to look up; what it gives puts what was found where it belongs."""
Ask = Callable[[Query], Settled]
"""How a query is put: at once, or beside other work, and then what this gives waits for it."""


def nothing_ahead(_known: Any, _drafts: Sequence[Draft]) -> Query:
    return lambda see: lambda: None


def at_once(see: Reader) -> Ask:
    return lambda query: query(see)


@dataclass(frozen=True, slots=True)
class Straight:
    """How long tables are written, of which each row changes one that is there and is told by its version.

    ``keep(draft)`` says as JSON what a row will write and replace; it is kept with the row. Where
    ``stands(tx, run_id)``, that is where every target is as it was compared, ``write(tx, run_id, count)`` writes all
    that was kept in a few statements, 409 unless it was so many rows. ``undo(tx, run_id, count)`` takes them back.
    """

    keep: Callable[[Draft], dict[str, Any]]
    stands: Callable[[Tx, int], bool]
    write: Callable[[Tx, int, int], None]
    undo: Callable[[Tx, int, int], None]


@dataclass(frozen=True, slots=True)
class Following:
    """What remains to be done when rows were made: an act of the resource's own, which takes the ``import_id``."""

    path: str
    label: str
    words: str


@dataclass(frozen=True)
class Importable:
    """A resource whose rows can be imported.

    ``known(see, drafts)`` looks up once what all rows are read and checked with, and ``ahead(known, drafts)`` says what
    is to be looked up of the next of them, where all together would be too much; ``check(known, draft)`` finds the row
    that a draft means (``target_id``, ``held``) and what is wrong with it; ``write(tx, known, drafts)`` makes and
    changes rows in bulk and sets ``target_id``, ``target_version`` and ``undo`` of each; ``undo(tx, rows)`` takes them
    back, 409 where one was touched since. A resource with ``straight`` has no use for these two.
    """

    name: str
    label: str
    model: type[Audited]
    """What its rows are, and by whose name their events go."""
    columns: tuple[Column, ...]
    roles: frozenset[Role]
    """Who may import them: who may create and edit them."""
    known: Callable[[Reader, Iterable[Draft]], Any]
    check: Callable[[Any, Draft], None]
    ahead: Callable[[Any, Sequence[Draft]], Query] = nothing_ahead
    write: Callable[[Tx, Any, Sequence[Draft]], None] = lambda tx, known, drafts: None
    undo: Callable[[Tx, Sequence[Written]], None] = lambda tx, rows: None
    straight: Straight | None = None
    finish: Callable[[Tx, Any], None] = lambda tx, known: None
    """After the last rows were written: what could not be before."""
    notes: tuple[str, ...] = ()
    following: Following | None = None
    keeps_upload: bool = True
    """Whether the workbook itself is kept with the import. What else it holds than the table nobody has looked at."""
    bars: Callable[[str], str] = lambda heading: ""
    """Why a file with a column of this heading is not taken at all; empty where it is."""
    sweeps: bool = False
    """``write`` and ``undo`` put rows in bulk: the engine leaves an event of each, and one for them all."""
    beside: Beside = lambda tx, ids: {}
    """What of its rows lies in other tables, for these events."""

    @cached_property
    def filled_in(self) -> tuple[Column, ...]:
        """The columns that a table may change: those of the template."""
        return tuple(column for column in self.columns if not column.told)

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """Whatever its columns may be called."""
        return tuple(word for column in self.columns for word in (column.heading, *column.aliases))

    @cached_property
    def example(self) -> dict[str, str]:
        """The cells of the template's example."""
        return {column.name: column.example for column in self.columns if column.example}

    def open_to(self, actor: Actor) -> bool:
        return not actor.roles.isdisjoint(self.roles)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def act(self, verb: str) -> str:
        """The operation of its rows' events: ``unit.import``."""
        return f"{self.model.audit_name}.{verb}"


WRITE, UNDO = "import", "undo_import"


IMPORTABLES: dict[str, Importable] = {}


def register(*importables: Importable) -> None:
    for each in importables:
        assert each.name not in IMPORTABLES, f"{each.name} is registered twice"
        IMPORTABLES[each.name] = each
        OPERATIONS.update(each.act(verb) for verb in (WRITE, UNDO))


def find(actor: Actor, name: str, verb: str = "write") -> Importable:
    """404 for what there is not; 403 for what is not the actor's to import, or not their token's to write."""
    if name not in IMPORTABLES:
        raise NotFound(f"没有这一类，可选：{'、'.join(IMPORTABLES)}")
    if not IMPORTABLES[name].open_to(actor):
        raise Forbidden(f"您不能导入{IMPORTABLES[name].label}")
    if not actor.admits(name, verb):
        why = f"令牌没有 {name}:{verb} 这一范围，不能导入{IMPORTABLES[name].label}，请换用有这一范围的令牌"
        raise Forbidden(why, code="insufficient_scope")
    return IMPORTABLES[name]


def admit(actor: Actor) -> None:
    """403 for whoever may import nothing at all."""
    if not any(each.open_to(actor) for each in IMPORTABLES.values()):
        raise Forbidden("您没有可以导入的内容")
