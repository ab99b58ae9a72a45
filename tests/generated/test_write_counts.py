"""What a write asks of the database does not grow with what else stands there: no more statements among ten times the
rows than among few, for every route that changes something, by JSON and by page; and none of them goes through the
whole of a table that grows, as far as SQLite tells beforehand. And each leaves an event in the audit log.

Each write is answered as if it had been kept, and is taken back: so the very same one can be asked for again.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core.db import Database, owed
from tests.complaints.steps import PUBLIC, TEXT, reported, step, under_way
from tests.conftest import As
from tests.generated.bodies import PDF, as_form, request_body
from tests.generated.multiplied import multiply
from tests.generated.routes import API, CHANGING, Route, noun_of, routes, twins
from tests.generated.rows import MAKE, SCHOOL
from tests.generated.scenario import fitting
from tests.generated.situations import READY, STEPS, call
from tests.generated.stage import Stage
from tests.generated.statements import statements, through
from tests.generated.test_workflows import WORKFLOWS, Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.inspections.test_draw import inspectors as inspectors  # the fixture
from tests.world import PASSWORD, World

PERSONS = ("supervisor", "school", "education", "sysadmin", "secadmin", "leader", "discipline", "office")
"""Tried in this order where it is not said who may."""
ALSO = ("middle", "kindergarten", "central", "auditor")
APART = (f"{API}/sessions/current", f"{API}/unsubscribe", "/logout", "/unsubscribe")
"""Going out, which would end what all others are asked by, and what only the key of a mail opens."""
NOBODY = "nobody"
"""Who has not logged in: whoever does so, and the public."""
CHANGES = ("INSERT", "UPDATE", "DELETE")
EVENT = re.compile(r"INSERT INTO event\b")
UNRECORDED = {f"{API}/public/complaints/status", "/report/status"}
"""Whoever looks by a receipt changes nothing but the count of who did."""
IN_PERSON = ("me/calendar-feed", "me/calendar-feed/revoke", "complaints/{id}/identify")
IN_PERSON += tuple(f"me/notice-settings/email{step}" for step in ("", "/confirm", "/remove"))
IN_PERSON += tuple(f"me/second-factor{step}" for step in ("", "/confirm", "/remove"))
OF_A_BROWSER = tuple(f"account/notices/email{step}" for step in ("", "/confirm", "/remove"))
OF_A_BROWSER += tuple(f"account/second-factor{step}" for step in ("", "/confirm", "/remove"))
OF_A_BROWSER += ("account/notices/feed", "account/notices/feed/revoke", "complaints/{id}/identify")
OF_PARTS = ("accountability-actions", "archive-boxes/{id}/catalogue", "breakdowns/{id}/edit", "checklists")
OF_PARTS += ("plans/{id}/resolve", "plans/{id}/table-rows", "setup/bureau", "setup/calendar-days")
OF_PARTS += ("setup/unit-aliases", "setup/unit-groups", "unit-groups", "unit-groups/{id}", "unit-groups/{id}/aliases")
OF_PARTS += ("units/{id}/aliases", "calendar-days", "school-terms", "users", "webhooks", "account/password")
UNCOUNTED: dict[str, str] = {
    **{f"POST {API}/{path}": "takes a session, or a code that was sent, and no token" for path in IN_PERSON},
    **{f"POST /{path}": "its twin takes no token" for path in OF_A_BROWSER},
    **{f"POST /{path}": "its form has other fields than its twin, or some for each part" for path in OF_PARTS},
    **dict.fromkeys(
        (f"DELETE {API}/indicators/{{id}}", "POST /indicators/{id}/delete"), "the scenario's has been reported on"
    ),
    "POST /login/code": "after a login by a code, of which none is open",
}
"""Routes on which no write of these succeeds, and why: a new one is counted, or stands here."""
MORE = {
    "POST /api/v1/accountability-actions/run": 36,
    "POST /api/v1/appraisal-criteria/{id}/prove": 29,
    "POST /appraisal-criteria/{id}/prove": 28,
    "DELETE /api/v1/integrity-risks/{id}": 24,
    "POST /integrity-risks/{id}/delete": 24,
    "POST /api/v1/plans/import": 25,
    "POST /api/v1/plans/{id}/table-rows": 26,
    "POST /api/v1/risk-rounds/{id}/carry-over": 61,
    "POST /risk-rounds/{id}/carry-over": 55,
    "POST /api/v1/units/{id}/merge": 124,
    "POST /units/{id}/merge": 120,
}
"""How many statements those may take that go over what is their row's own, part by part, each with its event: the
deductions that a paper proves, the measures of a risk, the pieces of evidence of a school.
"""


class Asked(NamedTuple):
    account: str
    path: str
    sent: dict[str, Any]


Seen = list[tuple[str, Any]]
"""Statements with their parameters."""


class Asker:
    """Sends writes as persons do, by token or from a browser."""

    def __init__(self, app: FastAPI, client: TestClient, as_: As, browse: As) -> None:
        self.database: Database = app.state.database
        self.clients: dict[tuple[bool, str], Any] = {(True, NOBODY): client, (False, NOBODY): client}
        for account in (*PERSONS, *ALSO):
            self.clients |= {(True, account): as_(account), (False, account): browse(account)}

    def show(self) -> None:
        """Who asks is known from here on, as of every second request."""
        for client in self.clients.values():
            client.get(f"{API}/me")

    def send(self, route: Route, asked: Asked) -> tuple[httpx.Response, Seen]:
        client, sent = self.clients[route.is_json, asked.account], asked.sent
        if not route.is_json:
            held = {"version": sent["headers"]["if-match"].strip('"')} if "headers" in sent else {}
            token = {"csrf": client.headers["x-csrf-token"]} if asked.account != NOBODY else {}
            sent = as_form(sent, {**token, **held})
        with _taken_back(self.database), statements() as seen:
            answer: httpx.Response = client.request(route.method, asked.path, **sent)
        if asked.account == NOBODY:
            client.cookies.clear()  # A session that was taken back opens nothing.
        return answer, seen


@contextmanager
def _taken_back(database: Database) -> Iterator[None]:
    """What is written meanwhile is answered as if it had been kept."""
    kept = database.before_commit

    def undo(connection: Connection) -> None:
        if database.is_sqlite:  # On PostgreSQL the seal comes with the commit, in one statement.
            kept(connection)
        owed(connection).clear()
        driver: Any = connection.connection.driver_connection
        driver.execute("ROLLBACK")

    database.before_commit = undo
    try:
        yield
    finally:
        database.before_commit = kept


def test_statements_of_a_write_do_not_grow_with_the_rows(
    app: FastAPI, client: TestClient, hall: Hall, as_: As, browse: As, world: World, inspectors: list[int]
) -> None:
    asker = Asker(app, client, as_, browse)
    asker.show()
    few, told = _lawful(app, Stage(hall, as_, world), asker)
    uncounted = {route.label for route in _changing(app)} - {route.label for route in few}
    wrong = [f"{label}, counted or not: {told.get(label, '')}" for label in sorted(uncounted ^ UNCOUNTED.keys())]
    silent = [route.label for route, (_, seen) in few.items() if not _is_recorded(seen)]
    assert [label for label in silent if label.partition(" ")[2] not in UNRECORDED] == []
    multiply(asker.database, 9)
    asker.show()
    met: dict[str, Any] = {}
    wrong += [fault for route, (asked, before) in few.items() if (fault := _fault(asker, route, asked, before, met))]
    wrong += through(asker.database, met)
    assert wrong == [], "\n".join(wrong)


def _fault(asker: Asker, route: Route, asked: Asked, before: Seen, met: dict[str, Any]) -> str:
    """What came otherwise among more rows, or nothing; ``met`` gets each statement with parameters."""
    answer, seen = asker.send(route, asked)
    met |= dict(seen)
    if not _is_done(answer, seen):
        return f"{route.label}: {asked.account} was told {answer.status_code} {answer.text[:300]}"
    most = max(len(before), MORE.get(route.label, 0))
    if len(seen) > most:
        # Who asks is asked for anew now and then; what grows, grows again.
        asker.show()
        _, seen = asker.send(route, asked)
    if len(seen) <= most:
        return ""
    grown = Counter(statement for statement, _ in seen) - Counter(statement for statement, _ in before)
    said = "".join(f"\n    {n} more: {' '.join(statement.split())[:200]}" for statement, n in grown.most_common(3))
    return f"{route.label}: {len(before)} statements became {len(seen)}{said}"


def _is_done(answer: httpx.Response, seen: Seen) -> bool:
    return answer.status_code < 400 and any(statement.startswith(CHANGES) for statement, _ in seen)


def _is_recorded(seen: Seen) -> bool:
    """An event says that it was done, of whichever shape the statement is that writes it."""
    return any(EVENT.match(statement) and "'done'" in repr(given) for statement, given in seen)


def _strangers(asker: Asker, as_: As, world: World) -> dict[str, dict[str, Any]]:
    """Where somebody without a login writes, and what is sent there."""
    client, supervisor = asker.clients[True, NOBODY], as_("supervisor")
    row, replied = under_way(as_, client, world)
    step(supervisor, row, "conclude", result="substantiated", conclusion="已改正。")
    step(supervisor, row, "reply")
    receipt = reported(client, world)
    about = {"unit_id": world.unit[SCHOOL], "category": "paid_tutoring", "text": TEXT}
    file = {"file": ("收据.pdf", PDF, "application/pdf")}
    return {
        f"{API}/sessions": {"json": {"username": "school", "password": PASSWORD}},
        PUBLIC: {"json": about},
        f"{PUBLIC}/status": {"json": {"receipt": receipt}},
        f"{PUBLIC}/answers": {"json": {"receipt": receipt, "text": "还有一张收据。"}},
        f"{PUBLIC}/files": {"data": {"receipt": receipt}, "files": file},
        f"{PUBLIC}/ratings": {"json": {"receipt": replied, "satisfaction": "satisfied"}},
    }


def _changing(app: FastAPI) -> list[Route]:
    return [route for route in routes(app) if route.method in CHANGING and not route.path.startswith(APART)]


def _lawful(app: FastAPI, stage: Stage, asker: Asker) -> tuple[dict[Route, tuple[Asked, Seen]], dict[str, str]]:
    """For each changing route a request that succeeds, and its statements. A page is sent what its JSON twin is.
    And what those were told at last that do not succeed.
    """
    found: dict[Route, tuple[Asked, Seen]] = {}
    told: dict[str, str] = {}
    strangers = _strangers(asker, stage.as_, stage.world)
    changing = _changing(app)
    for route in (route for route in changing if route.is_json):
        by_nobody = [Asked(NOBODY, route.path, strangers[route.path])] if route.path in strangers else []
        for asked in by_nobody or _offered(stage, asker, route):
            answer, seen = asker.send(route, asked)
            if _is_done(answer, seen):
                found[route] = asked, seen
                break
            told[route.label] = _said(asked, answer)
    named = twins(app)
    for route in (route for route in changing if not route.is_json):
        twin = named.get(route.operation or "")
        if twin in found and ("{id}" in twin.path) == ("{id}" in route.path):
            asked, _ = found[twin]
            row_id = asked.path.removeprefix(twin.path.partition("{id}")[0]).partition("/")[0]
            asked = asked._replace(path=route.path.replace("{id}", row_id))
            answer, seen = asker.send(route, asked)
            told[route.label] = _said(asked, answer)
            if _is_done(answer, seen):
                found[route] = asked, seen
    assert set(strangers) <= {route.path for route in found}, "what strangers send was refused"
    return found, told


def _said(asked: Asked, answer: httpx.Response) -> str:
    words = " ".join(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2] or answer.text).split())
    return f"{asked.account} was told {answer.status_code} {words[:300]}"


def _offered(stage: Stage, asker: Asker, route: Route) -> Iterator[Asked]:
    """Requests of which one succeeds, if any."""
    if route.method == "POST" and (route.path.removeprefix(API) in READY or route.operation not in STEPS):
        made = call(stage, route)
        yield Asked(made.account, route.path.replace("{id}", str(made.row_id)), made.sent)
        return
    sent = {"json": {"note": "说明原因。"}} if route.method == "POST" else _edited(stage, route)
    for row_id in _rows(stage, route):
        path = route.path.replace("{id}", str(row_id))
        for account in PERSONS:
            held = {}
            if route.method != "POST":
                shown = asker.clients[True, account].get(path.removesuffix("/items"))
                held = {"headers": {"if-match": shown.headers["etag"]}} if "etag" in shown.headers else {}
            yield Asked(account, path, sent | held)


def _rows(stage: Stage, route: Route) -> Iterator[int | None]:
    """One in the state from which the step is taken; else the scenario's, and one in each state."""
    if route.operation in STEPS:
        workflow, transition = STEPS[route.operation]
        yield MAKE[workflow.name](stage.stock, transition.sources[0])
        return
    noun = noun_of(route.path)
    if noun == "plan-items":
        yield stage.stock.item(MAKE["plan"](stage.stock, "draft"))
    yield stage.made.ids.get(noun, {}).get(SCHOOL)
    if edited := WORKFLOWS.get((route.operation or "").partition(".")[0]):
        for state in edited.labels:
            yield MAKE[edited.name](stage.stock, state)


def _edited(stage: Stage, route: Route) -> dict[str, Any]:
    known = fitting(route.path, stage.made, SCHOOL)
    known |= {"name": "改过的名称", "title": "改过的标题", "problems": "改过的问题。", "place": "改过的地点"}
    known |= {"situation": "改过的情况。", "text": "改过的内容。"}
    if route.path.endswith("/items"):
        known.pop("ids")  # Those of the plan, all of them.
    if noun_of(route.path) == "complaints":
        known["category"] = "paid_tutoring"
    return request_body(stage.hall.apps[0].openapi(), route.method, route.path, known)
