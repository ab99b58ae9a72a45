"""What a page or a list asks of the database does not grow with what it shows: no more statements over ten times the
rows than over few, for every GET route; and never more of them than a person would think of. Nor does any of them
go through the whole of a table that grows, as far as SQLite tells beforehand.
"""

from typing import Any

from fastapi import FastAPI

from app.core.db import Database
from tests.conftest import As
from tests.generated import scenario
from tests.generated.multiplied import multiply
from tests.generated.routes import API, Route, routes
from tests.generated.statements import going_through, statements
from tests.world import World

PERSONS = ("supervisor", "office", "school")
OTHERS = ("secadmin", "auditor")
"""Whom those routes are asked as that are closed to the first."""
MOST = 14
"""Statements of one request, those that know who asks and count what waits for them among them."""
MORE = {
    "GET /my-work": 30,
    "GET /api/v1/my-work": 25,
    "GET /plans/{id}/dispatch": 21,
    "GET /units/{id}": 18,
    "GET /units/{id}/close": 60,
    "GET /units/{id}/merge": 55,
    "GET /api/v1/units/{id}/close-preview": 53,
    "GET /api/v1/units/{id}/merge-preview": 45,
    "GET /appraisal-criteria/{id}": 15,
    "GET /assignments/{id}": 18,
    "GET /inspections/{id}": 17,
    "GET /risk-rounds/{id}": 17,
    "GET /campaigns/{id}": 16,
    "GET /cases/left-alone": 24,
    "GET /api/v1/cases/left-alone": 24,
    "GET /cases/left-alone.xlsx": 23,
    "GET /api/v1/cases/left-alone.xlsx": 23,
    "GET /indicators/{id}/units/print": 16,
    "GET /accountability-actions/preview": 26,
    "GET /api/v1/accountability-actions/preview": 23,
    "GET /plans/{id}/summary": 48,
    "GET /api/v1/plans/{id}/summary": 45,
    "GET /plans/{id}/summary.docx": 45,
    "GET /api/v1/plans/{id}/summary.docx": 45,
    "GET /summaries/{id}": 49,
}
"""Routes that may take more, and how many."""
BESIDE = ("/api/v1/openapi.json", "/livez", "/favicon.ico", "/login", "/api/v1/events/export", "/events/export")
BESIDE += tuple(f"{at}/events{suffix}" for at in ("", "/api/v1") for suffix in (".csv", ".xlsx"))
"""The log taken away is read page by page, and noted."""
BESIDE += ("/api/v1/archive-boxes/{id}/export", "/archive-boxes/{id}/export")
"""An export reads the whole list, page by page; a box's goes through its files, of which copies of rows have none."""


def test_statements_do_not_grow_with_the_rows(app: FastAPI, as_: As, browse: As, world: World) -> None:
    made = scenario.build(as_, world)
    browsers = {account: browse(account) for account in (*PERSONS, *OTHERS)}
    met: dict[str, Any] = {}
    few = _counts(app, as_, browsers, made, met)
    assert len({route for route, _ in few}) > 60, "too few routes were counted"
    multiply(app.state.database, 9)
    many = _counts(app, as_, browsers, made, met)
    assert few.keys() <= many.keys(), few.keys() - many.keys()
    # Who asks is asked for anew now and then; what grows, grows again.
    grown = {asked for asked, n in few.items() if many[asked] > n}
    again = _counts(app, as_, browsers, made, met, grown) if grown else {}
    assert {asked: (few[asked], n) for asked, n in again.items() if min(n, many[asked]) > few[asked]} == {}
    many |= {asked: min(n, many[asked]) for asked, n in again.items()}
    dear = {asked: n for asked, n in many.items() if n > MORE.get(asked[0], MOST)}
    assert dear == {}
    database: Database = app.state.database
    if database.is_sqlite:
        with database.reader.connect() as connection:
            assert going_through(connection, met) == {}


def _counts(
    app: FastAPI,
    as_: As,
    browsers: dict[str, Any],
    made: scenario.Scenario,
    met: dict[str, Any],
    only: set[tuple[str, str]] | None = None,
) -> dict[tuple[str, str], int]:
    """Statements of each GET that was answered, by route and account; ``met`` gets each with parameters."""
    clients = {account: as_(account) for account in browsers}
    for client in (*clients.values(), *browsers.values()):
        client.get(f"{API}/me")  # who asks is known from here on, as of every second request
    found: dict[tuple[str, str], int] = {}
    for route in routes(app):
        path = _path(route, made)
        if route.method != "GET" or path is None:
            continue
        for account in (*PERSONS, *OTHERS):
            if account in OTHERS and (route.label, PERSONS[0]) in found:
                continue
            if only is not None and (route.label, account) not in only:
                continue
            with statements() as seen:
                answer = (clients if route.is_json else browsers)[account].get(path)
            met |= dict(seen)
            assert answer.status_code < 500, f"{path}: {answer.text[:300]}"
            if answer.status_code == 200:
                found[route.label, account] = len(seen)
    return found


def _path(route: Route, made: scenario.Scenario) -> str | None:
    noun = route.path.removeprefix(API).strip("/").split("/")[0]
    if route.path in BESIDE or ("{id}" in route.path and noun not in made.ids):
        return None
    path = route.path
    if "{id}" in path:
        path = path.replace("{id}", str(made.ids[noun]["实验小学"]))
    path = path.replace("{resource}", "units").replace("{target}", "assignments").replace("{target_id}", "1")
    # Not the newest plan, which is another one afterwards.
    return path + (f"?plan_id={made.ids['plans']['实验小学']}" if path in ("/assignments", "/dashboard") else "")
