"""Pages sit on the same API: each changing page route has exactly one JSON twin, and the two refuse alike."""

from collections import defaultdict
from typing import Any

from fastapi import FastAPI

from tests.conftest import As
from tests.generated import scenario
from tests.generated.routes import CHANGING, Route, routes
from tests.walk.steps import API, assignment, issued_plan, ok
from tests.world import World

PAGES_AT_LEAST = 25
THEIRS_TOO = {"risk_nil_report.create"}
"""What the stranger may do as well: done by the page, it is refused as done already."""


def by_operation(app: FastAPI) -> dict[str, tuple[list[Route], list[Route]]]:
    """operation → (its JSON routes, its page routes)."""
    found: dict[str, tuple[list[Route], list[Route]]] = defaultdict(lambda: ([], []))
    for route in routes(app):
        if route.method in CHANGING and route.operation:
            found[route.operation][0 if route.is_json else 1].append(route)
    return found


def test_every_changing_route_names_its_operation(app: FastAPI) -> None:
    assert [route.label for route in routes(app) if route.method in CHANGING and not route.operation] == []


def test_every_page_write_has_one_json_twin(app: FastAPI) -> None:
    pairs = by_operation(app)
    lone = {name: len(json) for name, (json, pages) in pairs.items() if pages and len(json) != 1}
    assert lone == {}
    assert sum(len(pages) for _, pages in pairs.values()) >= PAGES_AT_LEAST


def test_pages_and_json_refuse_alike(app: FastAPI, as_: As, browse: As, world: World) -> None:
    """A stranger to the row gets the same answer from both, and leaves the same refusal in the log."""
    made = scenario.build(as_, world)
    browser, client = browse("kindergarten"), as_("kindergarten")
    compared = 0
    for name, (json_routes, page_routes) in sorted(by_operation(app).items()):
        for page in page_routes:
            twin = json_routes[0]
            noun = twin.path.removeprefix(f"{API}/").split("/")[0]
            if (
                name in THEIRS_TOO
                or "{id}" not in twin.path
                or twin.method != "POST"
                or noun not in made.ids
                or "{id}" not in page.path
            ):
                continue
            row_id = str(made.ids[noun]["实验小学"])
            typed = {"csrf": browser.headers["x-csrf-token"], "note": "说明原因。"}
            shown = browser.post(page.path.replace("{id}", row_id), data=typed)
            told = client.post(twin.path.replace("{id}", row_id), json={"note": "说明原因。"})
            if {told.status_code, shown.status_code} & {415, 422}:
                continue  # Needs more than a note: the body is checked before the row is looked for.
            assert shown.status_code == told.status_code, f"{name}: page {shown.status_code}, JSON {told.status_code}"
            assert _last_event(as_, 0) == _last_event(as_, 1), name
            compared += 1
    assert compared >= 15


def _last_event(as_: As, back: int) -> dict[str, Any]:
    event = ok(as_("auditor").get(f"{API}/events?limit=2"))["data"][back]
    return {key: event[key] for key in ("operation", "resource", "resource_id", "outcome", "code")}


def test_pages_and_json_do_the_same(as_: As, browse: As, world: World) -> None:
    """One school acknowledges and reports by page, another by JSON: the events differ in nothing but whose they are."""
    issued_plan(as_)
    by_page = assignment(as_, "school", world.unit["实验小学"])["id"]
    by_json = assignment(as_, "middle", world.unit["第一中学"])["id"]
    browser, client = browse("school"), as_("middle")
    csrf = {"csrf": browser.headers["x-csrf-token"]}
    report: dict[str, Any] = {"text": "已召开会议。", "percent": 30}
    assert browser.post(f"/assignments/{by_page}/acknowledge", data=csrf).status_code == 303
    ok(client.post(f"{API}/assignments/{by_json}/acknowledge"))
    assert browser.post(f"/assignments/{by_page}/progress-reports", data=csrf | report).status_code == 303
    ok(client.post(f"{API}/assignments/{by_json}/progress-reports", json=report), 201)
    assert _trail(as_, by_page) == _trail(as_, by_json)


def _trail(as_: As, row_id: int) -> list[Any]:
    events = ok(as_("auditor").get(f"{API}/events?resource=assignment&resource_id={row_id}"))["data"]
    apart = {"acknowledged_at"}
    return [
        (event["operation"], event["before"], {k: v for k, v in (event["after"] or {}).items() if k not in apart})
        for event in events
    ]
