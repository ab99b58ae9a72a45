"""Scope everywhere: what others do changes nothing a person sees.

Every answer a person gets — lists, counts, single rows, pages — is recorded; then another district and
other schools work; then the same bytes must come again, request ids and times apart.
"""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from tests.conftest import As
from tests.generated import scenario
from tests.generated.routes import API, routes
from tests.walk.steps import assignment, evidence, import_plan, inspection, ok, rectification, rectified, submitted
from tests.world import World

NOISE = re.compile(
    r'name="csrf" value="[^"]*"|\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|\+00:00)?|"snapshot_at":"[^"]*"|v=[0-9a-f]{10}'
)
PERSONS = ("school", "kindergarten", "office")


@pytest.mark.parametrize("person", PERSONS)
def test_others_work_changes_nothing(app: FastAPI, as_: As, browse: As, world: World, person: str) -> None:
    made = scenario.build(as_, world)
    browser = browse(person)
    before = _answers(app, as_, browser, made, person)
    assert sum(len(body) for body in before.values()) > 10_000
    _others_work(as_, world)
    after = _answers(app, as_, browser, made, person)
    changed = [path for path, body in before.items() if after[path] != body]
    assert changed == [], _difference(before[changed[0]], after[changed[0]])


def _answers(app: FastAPI, as_: As, browser: Any, made: scenario.Scenario, person: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for route in routes(app):
        if route.method != "GET" or "/docs" in route.path or route.path.endswith(("/me", "/account", "/openapi.json")):
            continue
        noun = route.path.removeprefix(API).strip("/").split("/")[0]
        if "{" in route.path and (noun not in made.ids or route.path.count("{") > 1):
            continue
        path = route.path
        if "{id}" in path:
            path = path.replace("{id}", str(made.ids[noun]["实验小学"]))
        elif route.is_json:
            path += "?count=true" if noun not in ("dashboard", "my-work", "plans", "dispatch") else ""
        if noun == "dashboard" and route.is_json:
            path += f"?plan_id={made.ids['plans']['实验小学']}"
        client = as_(person) if route.is_json else browser
        answer = client.get(path)
        assert answer.status_code < 500, f"{path}: {answer.text[:500]}"
        found[path] = f"{answer.status_code} {NOISE.sub('', answer.text)}"
    return found


def _others_work(as_: As, world: World) -> None:
    """Another district plans; another school reports, is inspected by surprise, and rectifies.

    All on an item for which the office of the test is not responsible.
    """
    import_plan(as_("other_supervisor"))
    submitted(as_, "middle", world.unit["第一中学"], item=1)
    row = assignment(as_, "central", world.unit["柳林镇中心校"], item=1)
    ok(as_("central").post(f"{API}/assignments/{row['id']}/acknowledge"))
    evidence(as_("middle"), "第一中学的材料")
    matter = rectification(as_, world, "第一中学")
    rectified(as_, "middle", matter)
    surprise = inspection(as_, [world.unit["第一中学"]], mode="unannounced", title="第一中学暗访")
    ok(as_("supervisor").post(f"{API}/inspections/{surprise['id']}/start"))


def _difference(before: str, after: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    return f"before: …{before[max(at - 200, 0) : at + 200]}…\nafter: …{after[max(at - 200, 0) : at + 200]}…"
