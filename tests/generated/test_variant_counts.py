"""However a list is asked, what it asks of the database does not grow with its rows, nor go through the whole of a table:
by each filter, each sort, words, a count, what was changed, further pages, and the views of its page; by each kind of
person, those who see one school, some, or all, and whoever handles a complaint.

What the bare addresses ask: ``test_query_counts.py``.
"""

from typing import Any, NamedTuple

from fastapi import FastAPI

from tests.bad_input.test_query import Asked, asked, built
from tests.conftest import As
from tests.generated import scenario
from tests.generated.multiplied import multiply
from tests.generated.routes import API, routes
from tests.generated.statements import statements, through
from tests.generated.variants import links, variants
from tests.world import World

PERSONS = ("supervisor", "school", "central", "office", "discipline", "leader")
"""The office handles the scenario's complaints."""
ON_PAGES = ("supervisor", "school", "office")
"""A page asks as its list does, and for what stands around it."""
MOST = 16
MORE = {
    "/my-work": 41,
    "/api/v1/cases/left-alone": 25,
    "/cases/left-alone": 27,
    "/api/v1/units/{id}/close-preview": 53,
    "/units/{id}/close": 60,
    "/api/v1/plans/{id}/summary": 45,
    "/plans/{id}/summary": 48,
}
"""Statements of one request, and of which routes more."""
READ_OUT = "/events/export"
"""The log taken away is read page by page, and noted."""
UNANSWERED = {
    "/units/{id}/merge-preview": {"successor_id", "effective_on"},
    "/indicators/{id}/units": {"period"},
    "/evidence": {"target_id"},
    "/archive-boxes/{id}/candidates": {"target_id"},
    "/complaints/{id}/file": {"number"},
    "/liaison-visits/coverage": {"term"},
    "/liaison-visits/summary": {"term"},
    "/accountability-actions": {"trigger"},
    "/my-work": {"unit"},
    "/plans/{id}/summary": {"number"},
}
"""Parameters that want what no row of the list tells: another one beside, the name of a term or period, a kind of source,
a file or a version that the scenario has none of, a unit of one's own. Their own tests ask for them."""
FIRST_FOUND = {
    "/leading-groups/missing?kind=central_school",
    "/api/v1/major-decisions?unanswered=false",
    "/major-decisions?unanswered=false",
    "/accountability-actions?state=replied",
}
"""What finds its first rows among the copies asks once more, for what lies beside them."""
ANSWERED_AT_LEAST = 1500


class Ask(NamedTuple):
    account: str
    route: str
    path: str

    @property
    def is_json(self) -> bool:
        return self.route.startswith(API)


def test_statements_do_not_grow_however_a_list_is_asked(app: FastAPI, as_: As, browse: As, world: World) -> None:
    made = built(as_, world)
    clients: dict[tuple[bool, str], Any] = {(True, account): as_(account) for account in PERSONS}
    clients |= {(False, account): browse(account) for account in PERSONS}
    asks, unanswered = _asks(app, as_, browse, made, clients)
    wrong = [f"{path}: answers nobody" for path in unanswered]
    met: dict[str, Any] = {}
    few = _counts(clients, asks, met)
    assert len(few) >= ANSWERED_AT_LEAST, len(few)
    multiply(app.state.database, 9)
    many = _counts(clients, list(few), met)
    # Who asks is asked for anew now and then; what grows, grows again.
    again = _counts(clients, [ask for ask in few if many[ask] > few[ask]], met)
    many |= {ask: min(n, many[ask]) for ask, n in again.items()}
    wrong += [
        f"{ask}: {few[ask]} statements became {many[ask]}"
        for ask in few
        if many[ask] > few[ask] + (ask.path in FIRST_FOUND)
    ]
    wrong += [f"{ask}: {n} statements" for ask, n in many.items() if n > MORE.get(ask.route, MOST)]
    wrong += through(app.state.database, met)
    assert wrong == [], "\n".join(wrong)


def _asks(
    app: FastAPI, as_: As, browse: As, made: scenario.Scenario, clients: dict[tuple[bool, str], Any]
) -> tuple[list[Ask], list[str]]:
    """Each list in each way, of each person; and in which ways it answers nobody."""
    pages = {route.path for route in routes(app) if route.method == "GET" and not route.is_json}
    found: list[Ask] = []
    unanswered = []
    for each in (
        each
        for each in asked(app, made)
        if "." not in each.route.removeprefix(API) and not each.route.endswith(READ_OUT)
    ):
        route, path = (at.removeprefix(API) for at in (each.route, each.path))
        owners = PERSONS if each.account in PERSONS else (each.account,)
        for account in owners:
            clients.setdefault((True, account), as_(account))
            if (False, account) not in clients:
                clients[False, account] = browse(account)
        queries = _queries(clients[True, each.account], each)
        for query in queries:
            asks = [Ask(account, each.route, f"{each.path}?{query}") for account in owners]
            is_open = query.partition("=")[0] not in UNANSWERED.get(route, ())
            if is_open and not any(clients[True, ask.account].get(ask.path).status_code == 200 for ask in asks):
                unanswered.append(asks[0].path)
            found += asks
        if route in pages:
            linked = list(links(path, clients[False, each.account].get(path).text))
            people = ON_PAGES if len(owners) > 1 else owners
            found += [Ask(account, route, f"{path}?{query}") for query in (*queries, *linked) for account in people]
    return list(dict.fromkeys(found)), unanswered


def _queries(client: Any, each: Asked) -> list[str]:
    """With values of the first row that its reader finds; a page of one row, where it is a list, shows the next."""
    answer = client.get(f"{each.path}?limit=1{each.beside('limit')}" if each.is_list else each.path)
    body = answer.json() if answer.status_code == 200 and answer.headers["content-type"] == "application/json" else {}
    rows = body.get("data") if isinstance(body, dict) else None
    first = rows[0] if rows and isinstance(rows[0], dict) else {}
    asked = variants(each.schemas, first, body.get("next") if each.is_list else None)
    return [f"{query}{each.beside(query.partition('=')[0])}" for query in asked]


def _counts(clients: dict[tuple[bool, str], Any], asks: list[Ask], met: dict[str, Any]) -> dict[Ask, int]:
    """Statements of each that was answered; ``met`` gets each with parameters."""
    for client in clients.values():
        client.get(f"{API}/me")  # who asks is known from here on, as of every second request
    found: dict[Ask, int] = {}
    for ask in asks:
        with statements() as seen:
            answer = clients[ask.is_json, ask.account].get(ask.path)
        met |= dict(seen)
        assert answer.status_code < 500, f"{ask}: {answer.text[:300]}"
        if answer.status_code == 200:
            found[ask] = len(seen)
    return found
