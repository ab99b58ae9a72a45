"""Who may import whom (DESIGN §1): read from the source, so that a shortcut shows before it becomes a habit."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("app", "web") for path in (ROOT / folder).rglob("*.py"))
SHARED = {"core", "settings"}
TOP = {
    "main", "cli", "schema", "assets", "doctor", "demo", "installation", "reference", "terminal",
    "readiness", "probes", "serving", "backup",
}  # fmt: skip
"""What stands beside the resources: applications, commands and what they share."""
MOST_LINES = 400


class Import(NamedTuple):
    source: str
    target: str
    line: int
    late: bool
    """Within a function: it runs when called, not when the module is loaded."""

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in SOURCES}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def resource_of(module: str) -> str:
    """``app.plans.api`` → ``plans``; a top-level file's own name."""
    return module.split(".")[1] if "." in module else module


def imports() -> Iterator[Import]:
    for name, tree in TREES.items():
        late = {id(node) for function in ast.walk(tree) if _is_function(function) for node in ast.walk(function)}
        for node in ast.walk(tree):
            for target in _targets(node, name):
                yield Import(name, target, node.lineno, id(node) in late)  # type: ignore[attr-defined]


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _targets(node: ast.AST, source: str) -> Iterator[str]:
    """Modules of the project that an import statement names: ``from app import x`` may mean ``app.x``."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.split(".")[0] in ("app", "web"))
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = source if MODULES[source].name == "__init__.py" else source.rpartition(".")[0]
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([node.module] if node.module else [])])
        if base.split(".")[0] not in ("app", "web"):
            return
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in MODULES else base


ALL = list(imports())
WITHIN_APP = [each for each in ALL if each.source.startswith("app.") and each.target.startswith("app.")]


def test_the_imports_are_seen_at_all() -> None:
    assert len(ALL) > 300
    assert any(each.source == "web.main" and each.target == "app.main" for each in ALL)


def test_app_never_imports_web() -> None:
    assert not [str(each) for each in ALL if each.source.startswith("app") and each.target.startswith("web")]


def test_only_serve_names_web_and_only_as_a_string() -> None:
    naming = {
        name
        for name, tree in TREES.items()
        if name.startswith("app")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("web.")
    }
    assert naming == {"app.cli"}


def test_core_imports_no_resource() -> None:
    allowed = {"core", "settings"}
    assert not [
        str(each)
        for each in WITHIN_APP
        if resource_of(each.source) == "core" and resource_of(each.target) not in allowed
    ]


def test_settings_import_nothing_of_the_project() -> None:
    assert not [str(each) for each in WITHIN_APP if each.source == "app.settings"]


def test_no_resource_imports_the_api_of_another() -> None:
    """Only ``main`` gathers the routers; a page shares its own resource's request helpers at most."""
    wrong = []
    for each in ALL:
        target = each.target.split(".")
        if target[0] != "app" or target[-1] != "api" or each.source == "app.main":
            continue
        same = resource_of(each.source) in (resource_of(each.target), "account")
        if not (each.source.startswith("web.") and same):
            wrong.append(str(each))
    assert not wrong


LAYERS = {"api": 4, "uploads": 4, "cli": 4, "operations": 3, "queries": 3, "rules": 2, "models": 1}
"""Within one resource a file imports only from its own layer or one beneath; others lie between, where they fit."""


def test_layers_within_a_resource_point_downwards() -> None:
    wrong = []
    for each in WITHIN_APP:
        if resource_of(each.source) != resource_of(each.target) or resource_of(each.source) in SHARED | TOP:
            continue
        above, beneath = (LAYERS.get(name.rsplit(".", 1)[-1]) for name in (each.source, each.target))
        if above is not None and beneath is not None and beneath > above:
            wrong.append(str(each))
    assert not wrong


def test_resources_do_not_import_what_gathers_them() -> None:
    applications = TOP - {"installation", "terminal"}
    assert not [
        str(each)
        for each in WITHIN_APP
        if resource_of(each.source) not in TOP and resource_of(each.target) in applications
    ]


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_circle_between_files() -> None:
    """``models`` that import each other lazily for a type or a late lookup still tangle two files."""
    edges: dict[str, set[str]] = defaultdict(set)
    for each in ALL:
        if each.source != each.target and not each.late and not each.source.startswith(f"{each.target}."):
            edges[each.source].add(each.target)
    assert not circle(edges)


def test_no_circle_between_folders() -> None:
    edges: dict[str, set[str]] = defaultdict(set)
    for each in WITHIN_APP:
        source, target = resource_of(each.source), resource_of(each.target)
        if source != target and source not in TOP and target not in TOP and "cli" not in each.source.split("."):
            edges[source].add(target)
    assert not circle(edges)


def calls(tree: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
        for node in ast.walk(tree)
    )


def test_only_core_commits() -> None:
    committing = {name for name, tree in TREES.items() if calls(tree, "commit")}
    assert committing == {"app.core.operation"}


def test_only_core_knows_http_exception() -> None:
    knowing = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.alias) and getattr(node, "id", getattr(node, "name", "")) == "HTTPException"
    }
    assert knowing == {"app.core.http"}


def test_pages_hold_no_sql() -> None:
    """They ask the queries and operations that the JSON API asks."""
    wrong = [
        name
        for name, tree in TREES.items()
        if name.startswith("web.")
        for node in ast.walk(tree)
        for named in _named(node)
        if named.split(".")[0] in ("sqlalchemy", "sqlmodel")
    ]
    assert not wrong


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_is_one_room(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_no_drawers_for_everything() -> None:
    names = {path.stem for path in SOURCES} | {path.parent.name for path in SOURCES}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "managers", "services", "base"}


def test_model_files_do_not_postpone_annotations() -> None:
    """SQLModel reads them when the class is made."""
    postponed = [
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert not postponed
