"""What a page or a list asks of the database does not grow with what it shows: no more statements over ten times the
rows than over few, for every GET route; and never more of them than a person would think of. Nor does any of them
go through the whole of a table that grows, as far as SQLite tells beforehand.
"""

from typing import Any

from fastapi import FastAPI

from app.setup.models import Setup
from tests.conftest import As
from tests.generated import scenario
from tests.generated.multiplied import multiply
from tests.generated.routes import API, Route, noun_of, routes
from tests.generated.statements import statements, through
from tests.plan_rows.test_row_01_plan import CHANGED
from tests.stock import Stock
from tests.walk.steps import import_plan
from tests.world import World

PERSONS = ("supervisor", "office", "school", "leader", "discipline", "central")
"""One office handles the scenario's complaints."""
OTHERS = {
    "sysadmin": ("imports", "jobs", "users"),
    "secadmin": ("webhooks", "webhook-deliveries", "robots", "role-grants"),
    "auditor": ("events",),
}
"""Whom those routes are asked as that are closed to the first, and those where the first finds nothing."""
SCHOOL = "实验小学"
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
    "GET /api/v1/units/{id}/merge-preview": 61,
    "GET /appraisal-criteria/{id}": 15,
    "GET /complaints/{id}": 15,
    "GET /assignments/{id}": 18,
    "GET /inspections/{id}": 17,
    "GET /risk-rounds/{id}": 17,
    "GET /campaigns/{id}": 16,
    "GET /cases/left-alone": 24,
    "GET /api/v1/cases/left-alone": 24,
    "GET /indicators/{id}/units/print": 16,
    "GET /accountability-actions/preview": 26,
    "GET /api/v1/accountability-actions/preview": 23,
    "GET /plans/{id}/summary": 48,
    "GET /api/v1/plans/{id}/summary": 45,
    "GET /plans/{id}/summary.docx": 45,
    "GET /api/v1/plans/{id}/summary.docx": 45,
    "GET /summaries/{id}": 49,
    "GET /plans/{id}/comparison": 16,
    "GET /plans/{id}/review": 19,
    "GET /setup/bureau": 17,
    "GET /setup/names": 17,
    "GET /setup/units": 15,
    **{
        f"GET {root}{path}.{kind}": number
        for path, number in (("/cases/left-alone", 25), ("/my-work", 41), ("/plans/{id}/dispatch", 21))
        for root in ("", "/api/v1")
        for kind in ("csv", "xlsx")
    },
}
"""Routes that may take more, and how many."""
BESIDE = {"/api/v1/openapi.json", "/livez", "/favicon.ico", "/login", "/api/v1/events/export", "/events/export"}
BESIDE |= {f"{at}/events{suffix}" for at in ("", "/api/v1") for suffix in (".csv", ".xlsx")}
"""What is not counted. The log taken away is read page by page, and noted."""
BESIDE |= {"/api/v1/archive-boxes/{id}/export", "/archive-boxes/{id}/export"}
"""An export reads the whole list, page by page; a box's goes through its files, of which copies of rows have none."""
BESIDE |= {f"{at}/{noun}/{{id}}/file" for at in ("", "/api/v1") for noun in ("complaints", "exports")}
BESIDE |= {"/", "/setup", "/login/code", "/calendar/{token}.ics", "/metrics"}
"""Files that no row here has; what only leads on; what opens by a secret of its own."""


def test_statements_do_not_grow_with_the_rows(app: FastAPI, as_: As, browse: As, world: World) -> None:
    made = scenario.build(as_, world)
    made.put("editions", SCHOOL, import_plan(as_("supervisor"), CHANGED)["id"])
    Stock(app, world).add(Setup)  # Which goes on, so that its pages are there.
    browsers = {account: browse(account) for account in (*PERSONS, *OTHERS)}
    met: dict[str, Any] = {}
    few = _counts(app, as_, browsers, made, met)
    counted = {label for label, _ in few}
    left = {route.path for route in routes(app) if route.method == "GET" and route.label not in counted}
    assert left == BESIDE, "\n".join(sorted(left ^ BESIDE))
    multiply(app.state.database, 9)
    many = _counts(app, as_, browsers, made, met)
    assert few.keys() <= many.keys(), few.keys() - many.keys()
    # Who asks is asked for anew now and then; what grows, grows again.
    grown = {asked for asked, n in few.items() if many[asked] > n}
    again = _counts(app, as_, browsers, made, met, grown) if grown else {}
    many |= {asked: min(n, many[asked]) for asked, n in again.items()}
    wrong = [f"{asked}: {few[asked]} statements became {many[asked]}" for asked in again if many[asked] > few[asked]]
    wrong += [f"{asked}: {n} statements" for asked, n in many.items() if n > MORE.get(asked[0], MOST)]
    wrong += through(app.state.database, met)
    assert wrong == [], "\n".join(wrong)


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
            known = (route.label, PERSONS[0]) in found and noun_of(route.path) not in OTHERS.get(account, ())
            if account in OTHERS and known:
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
    noun = "editions" if "/comparison" in route.path or route.path.endswith("/review") else noun_of(route.path)
    if route.path in BESIDE or ("{id}" in route.path and noun not in made.ids):
        return None
    path = route.path.replace("{id}", str(made.ids.get(noun, {}).get(SCHOOL)))
    path = path.replace("{resource}", "units").replace("{unit_id}", str(made.ids["units"][SCHOOL]))
    this = {name: made.ids[name][SCHOOL] for name in ("plans", "assignments")}
    asked = {
        # Not the newest plan, which is another one afterwards.
        **dict.fromkeys(("/assignments", "/dashboard"), f"plan_id={this['plans']}"),
        "/evidence/choose": f"target=assignments&target_id={this['assignments']}",
        f"{API}/units/{{id}}/merge-preview": f"successor_id={made.ids['units']['柳林小学']}",
    }
    return path + (f"?{asked[route.path]}" if route.path in asked else "")
