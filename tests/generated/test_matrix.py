"""Who gets past the door of every route: routes × accounts × whose row it is, held against an approved table.

``matrix.txt`` is read by people: Y done, ~ past authorisation but refused for another reason, x 403, . 404,
- 401. Whose: a school's own row (实验小学), one beneath a central school (柳林小学), each a neighbour's to the other's
people, and another district's (临水小学). Two accounts are named by rows: ``accused``, a supervisor, is who the district's
complaints and cases are about; ``handler`` handles them by name (tests/generated/named.py). A page that lets in whom its
JSON twin lets in has no line of its own; any other has; so it is with a list's exports. A route without a line fails.
``QL_APPROVE=1`` writes the table anew, for reading once more. PostgreSQL, which is given the same conditions, is asked
for the first school, and of its pages nothing.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.db import Database
from app.identity.gate import PUBLIC
from tests.conftest import As
from tests.generated import scenario
from tests.generated.asking import Answer, ask, request
from tests.generated.bodies import form_body, request_body
from tests.generated.named import name_people
from tests.generated.routes import API, CHANGING, Route, noun_of, routes, twins
from tests.generated.scenario import fitting
from tests.world import World

TABLE = Path(__file__).parent / "matrix.txt"
ACCOUNTS = [
    "supervisor",
    "office",
    "education",
    "school",
    "kindergarten",
    "central",
    "discipline",
    "leader",
    "sysadmin",
    "secadmin",
    "auditor",
    "other_supervisor",
    "other_school",
    "accused",
    "handler",
]
MARKS = {401: "-", 403: "x", 404: "."}


@pytest.fixture
def dry(app: FastAPI) -> Iterator[Callable[[], None]]:
    """Once called, every write is rolled back: each request meets the same rows."""
    database: Database = app.state.database

    def start() -> None:
        def run(job: Callable[[Any], Any]) -> Any:
            with database.writer.connect() as connection:
                begun = connection.begin()
                try:
                    return job(connection)
                finally:
                    begun.rollback()

        async def write(job: Callable[[Any], Any]) -> Any:
            return await asyncio.to_thread(run, job)

        database.write = write  # type: ignore[method-assign, assignment]

    yield start


def test_every_route_answers_as_approved(
    app: FastAPI, client: TestClient, as_: As, browse: As, world: World, dry: Callable[[], None]
) -> None:
    made = scenario.build(as_, world)
    scenario.build_abroad(as_, world, made)
    name_people(app, world, made)
    browsers = {account: browse(account) for account in ACCOUNTS}
    asking = Asking(client, world, client.app.openapi(), made, browsers)  # type: ignore[attr-defined]
    dry()
    found: dict[tuple[str, str], list[str]] = {}
    on_sqlite: bool = app.state.database.is_sqlite
    whose = scenario.WHOSE if on_sqlite else scenario.WHOSE[:1]
    for route in (each for each in routes(app) if each.is_json):
        for school in whose if "{id}" in route.path else ("",):
            found[route.label, school] = asking.json(route, school)
    own = dict(found)
    for (label, school), marks in found.items():
        stem, _, suffix = label.rpartition(".")
        if suffix in ("csv", "xlsx") and found.get((stem, school)) == marks:
            del own[label, school]
    if not on_sqlite:
        approved = TABLE.read_text().splitlines()
        assert [line for line in _table(own).splitlines() if line not in approved] == []
        return
    table = _table(own | _pages_of_their_own(app, asking, found))
    if os.environ.get("QL_APPROVE"):
        TABLE.write_text(table)
    assert table == TABLE.read_text()


def _pages_of_their_own(app: FastAPI, asking: "Asking", known: dict[tuple[str, str], list[str]]) -> Any:
    """Those that let in others than their JSON twin does."""
    found: dict[tuple[str, str], list[str]] = {}
    twin_of = twins(app)
    for route in (each for each in routes(app) if not each.is_json and not each.path.startswith("/static")):
        twin = twin_of[route.operation].label if route.operation in twin_of else f"{route.method} {API}{route.path}"
        for school in scenario.WHOSE if "{id}" in route.path else ("",):
            marks = asking.page(route, twin_of.get(route.operation or ""), school)
            if _passes(marks) != _passes(known.get((twin, school), [])):
                found[route.label, school] = marks
    assert len({label for label, _ in found}) < 140, "most pages answer as their JSON twins"
    return found


def _passes(marks: list[str]) -> list[str]:
    return [mark.replace("~", "Y") for mark in marks]


def _table(found: dict[tuple[str, str], list[str]]) -> str:
    lines = [f"{'':<58} {'':<4} anon {' '.join(ACCOUNTS)}"]
    for (label, school), marks in found.items():
        row = "  ".join(mark.center(len(name)) for mark, name in zip(marks, ["anon", *ACCOUNTS], strict=True))
        lines.append(f"{label:<58} {school:<4} {row}".rstrip())
    return "\n".join(lines) + "\n"


@dataclass
class Asking:
    """One route asked by a stranger and by every account; the marks of the answers."""

    client: TestClient
    world: World
    described: Any
    made: scenario.Scenario
    browsers: dict[str, TestClient]

    def json(self, route: Route, school: str) -> list[str]:
        sent = request_body(self.described, route.method, route.path, fitting(route.path, self.made, school))
        headers = {"if-match": '"999999"'} if route.method == "PATCH" else {}
        asked = request(route.method, self._at(route, school, noun_of(route.path)), sent, headers)
        tokens = [None, *(self.world.token[account] for account in ACCOUNTS)]
        return [_mark(route, ask(self.client, [asked], token)[0]) for token in tokens]

    def page(self, route: Route, twin: Route | None, school: str) -> list[str]:
        noun = noun_of(route.path)
        target = self._at(route, school, noun if noun in self.made.ids else noun_of((twin or route).path))
        marks = []
        for account in (None, *ACCOUNTS):
            browser = self.browsers[account] if account else None
            known = fitting((twin or route).path, self.made, school)
            known["csrf"] = browser.headers["x-csrf-token"] if browser else ""
            sent = form_body(self.described, twin, known) if twin and route.method in CHANGING else {}
            asked = request(route.method, target, sent)
            answer = ask(self.client, [asked], cookie=browser.cookies["ql"] if browser else None)[0]
            marks.append("-" if answer.headers.get("location", "").startswith("/login") else _mark(route, answer))
        return marks

    def _at(self, route: Route, school: str, noun: str) -> str:
        if not school:
            return route.path.replace("{resource}", "units")
        unit_id = str(self.made.ids["units"][school])
        return route.path.replace("{id}", str(self.made.ids[noun][school])).replace("{unit_id}", unit_id)


def _mark(route: Route, answer: Answer) -> str:
    assert answer.status < 500, f"{route.label}: {answer.text}"
    return MARKS.get(answer.status, "Y" if answer.status < 400 else "~")


def test_strangers_get_in_nowhere_but_at_the_named_doors(app: FastAPI, client: TestClient) -> None:
    for route in routes(app):
        path = route.path.replace("{id}", "1").replace("{target}", "assignments").replace("{target_id}", "1")
        answer = client.request(route.method, path)
        if (route.method, route.path) in PUBLIC:
            assert answer.status_code != 401 or route.operation == "session.create", route.label
        elif route.is_json or route.method != "GET":
            assert answer.status_code == 401, f"{route.label}: {answer.status_code}"
        else:
            assert answer.status_code == 303 and answer.headers["location"].startswith("/login"), route.label
