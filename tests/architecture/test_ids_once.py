"""A row's id is never given to another one: each table whose rows are deleted somewhere is declared with ``IDS_ONCE``.

Which those are is read from the source: what stands in ``sa.delete(…)`` and ``session.delete(…)``, followed through the
names of the function and the module. That SQLite's tables are as declared: ``tests/migrations/test_ids_once.py``.
"""

import ast
import importlib
import inspect
import sys
import typing
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import SQLModel

import app.main  # noqa: F401  # Registers what can be imported.
from app.core.models import table_of
from app.imports.forms import Forms
from app.succession.parts import DUTY, Moving
from app.succession.registry import PARTS
from tests.architecture.test_imports import TREES

HANDED = {"app.imports.taking_back.unmake": 1}
"""Functions that delete from a table they are handed: as which argument."""
LOADED = [module for name, module in sorted(sys.modules.items()) if name.startswith("app.")]
FORMS = [forms for module in LOADED for forms in vars(module).values() if isinstance(forms, Forms)]
OF_A_FIELD = {
    "app.imports.forms": {forms.table for forms in FORMS if forms.delete is None},
    "app.succession.parts": {
        part.table
        for part in PARTS
        if isinstance(part, Moving) and (part.dropped or (part.unique and part.blocks is DUTY))
    },
}
"""What is deleted from where the source only says that it is an object's own table."""
NOT_ONCE = {
    "event": "what removes old events writes one before, which is newer than all of them and stays",
    "idempotency_record": "nobody is told its id, and every request makes one",
}
"""Tables that do without, and why."""


class Place(NamedTuple):
    module: str
    node: ast.stmt
    """A function, or a statement of the module itself."""

    def __str__(self) -> str:
        return f"{self.module}.{getattr(self.node, 'name', self.node.lineno)}"


def places() -> Iterator[Place]:
    for module, tree in TREES.items():
        if module.startswith("app."):
            yield from (Place(module, node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
            yield from (Place(module, node) for node in tree.body if isinstance(node, ast.Assign))


def what_goes(place: Place, node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.Call):
        return None
    called = ast.unparse(node.func)
    if called == "sa.delete" or called.endswith("session.delete"):
        return node.args[0]
    known = getattr(importlib.import_module(place.module), called, None)
    at = HANDED.get(f"{getattr(known, '__module__', '')}.{called}")
    return None if at is None else node.args[at]


def tables_of(place: Place, given: ast.AST, further: int = 4) -> set[sa.Table]:
    """The tables and models that an expression is made of; of its local names, what these were made of."""
    module = importlib.import_module(place.module)
    names = {node.id for node in ast.walk(given) if isinstance(node, ast.Name)}
    found = {table for name in names for table in _known(getattr(module, name, None))}
    if found or not further:
        return found
    origins = [origin for name in names for origin in _origins(place.node, name)]
    return {table for origin in origins for table in tables_of(place, origin, further - 1)}


def _known(named: object) -> Iterator[sa.Table]:
    if isinstance(named, sa.Table):
        yield named
    elif isinstance(named, type) and issubclass(named, SQLModel) and hasattr(named, "__table__"):
        yield table_of(named)
    elif inspect.isfunction(named):
        gives = typing.get_type_hints(named).get("return")
        for each in (gives, *typing.get_args(gives)):
            if isinstance(each, type):
                yield from _known(each)


def _origins(scope: ast.AST, name: str) -> Iterator[ast.AST]:
    """What a local name was made of: an assignment, a loop, an argument's type."""
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=origin) if found == name:
                yield origin
            case ast.For(target=ast.Name(id=found), iter=origin) if found == name:
                yield origin
            case ast.arg(arg=found, annotation=ast.expr() as origin) if found == name:
                yield origin


@cache
def going() -> dict[str, set[str]]:
    """Table → where its rows are deleted."""
    found: dict[str, set[str]] = {}
    unseen = []
    for place in places():
        for given in (given for node in ast.walk(place.node) if (given := what_goes(place, node)) is not None):
            tables = tables_of(place, given) or OF_A_FIELD.get(place.module, set())
            if not tables and str(place) not in HANDED:
                unseen.append(f"{place}: {ast.unparse(given)}")
            for table in tables:
                found.setdefault(table.name, set()).add(str(place))
    assert not unseen, f"from which table, the source does not tell: {unseen}"
    assert len(found) > 50
    return found


def test_ids_of_deleted_rows_are_not_given_again() -> None:
    numbered = [table for table in SQLModel.metadata.tables.values() if table.primary_key.columns.keys() == ["id"]]
    again = {table.name: going()[table.name] for table in numbered if table.name in going() and not is_once(table)}
    assert again.keys() == NOT_ONCE.keys(), f"declare with IDS_ONCE, and make SQLite's table so by a migration: {again}"


def test_where_nothing_is_deleted_ids_cost_nothing() -> None:
    assert {table.name for table in SQLModel.metadata.tables.values() if is_once(table)} <= going().keys()


def is_once(table: sa.Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])
