"""Every page, for each role that sees it: readable by everyone (WCAG 2.2 AA), nothing wider than the screen."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.conftest import As
from tests.generated import scenario
from tests.generated.routes import routes
from tests.world import World

ROLES = ("supervisor", "school", "leader", "sysadmin", "secadmin", "auditor")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
ASKED = {"/evidence/choose": "?target=assignments&target_id={evidence}"}
"""What a page cannot be asked for without."""
SKIP = ("/logout", "/livez", "/favicon.ico", "/login")


def paths(app: FastAPI, made: scenario.Scenario) -> Iterator[str]:
    for route in routes(app):
        if route.method != "GET" or route.is_json or route.path in SKIP or route.path.startswith("/static"):
            continue
        noun = route.path.strip("/").split("/")[0]
        if "{" not in route.path:
            yield route.path + ASKED.get(route.path, "").format(**{noun: made.ids["assignments"]["实验小学"]})
        elif noun in made.ids and route.path.count("{") == 1 and not route.path.endswith("/file"):
            yield route.path.replace("{id}", str(made.ids[noun]["实验小学"]))


CASES = [(role, DESKTOP, False) for role in ROLES] + [(role, PHONE, True) for role in ("supervisor", "school")]


@pytest.mark.parametrize(("role", "size", "dark"), CASES, ids=lambda value: str(value))
def test_pages_are_accessible(
    app: FastAPI, as_: As, visit: Visit, world: World, role: str, size: tuple[int, int], dark: bool
) -> None:
    made = scenario.build(as_, world)
    wrong: list[str] = []
    seen = 0
    for path in paths(app, made):
        page = visit(role, "", size=size, dark=dark)
        answer = page.goto(path)
        if answer is None or answer.status in (403, 404):
            continue
        seen += 1
        assert answer.status == 200, f"{path}: {answer.status}"
        found = Axe().run(page, options=RULES)
        wrong += [f"{path}: {v['id']} {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > size[0]:
            wrong.append(f"{path}: wider than the screen")
    assert wrong == []
    assert seen >= 2
