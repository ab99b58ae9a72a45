"""Who gets past the door of every route: routes × accounts × whose row it is, held against an approved table.

``matrix.txt`` is read by people: Y done, ~ past authorisation but refused for another reason, x 403, . 404,
- 401. A route without a line there fails. ``QL_APPROVE=1`` writes the table anew, for reading once more.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.db import Database
from app.identity.gate import PUBLIC
from tests.conftest import As
from tests.generated import scenario
from tests.generated.bodies import request_body
from tests.generated.routes import API, Route, routes
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
]
MARKS = {401: "-", 403: "x", 404: "."}
SECOND_IDS = {"target": "assignments", "target_id": "1"}


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
    app: FastAPI, client: TestClient, as_: As, world: World, dry: Callable[[], None]
) -> None:
    made = scenario.build(as_, world)
    described = client.app.openapi()  # type: ignore[attr-defined]
    dry()
    lines = [f"{'':<58} {'':<4} anon {' '.join(ACCOUNTS)}"]
    for route in routes(app):
        if not route.is_json:
            continue
        whose = scenario.SCHOOLS.values() if "{id}" in route.path else ("",)
        for school in whose:
            marks = [_mark(client, route, described, made, school)]
            marks += [_mark(as_(account), route, described, made, school) for account in ACCOUNTS]
            row = "  ".join(mark.center(len(name)) for mark, name in zip(marks, ["anon", *ACCOUNTS], strict=True))
            lines.append(f"{route.label:<58} {school:<4} {row}".rstrip())
    found = "\n".join(lines) + "\n"
    if os.environ.get("QL_APPROVE"):
        TABLE.write_text(found)
    assert found == TABLE.read_text()


def _mark(client: TestClient, route: Route, described: Any, made: scenario.Scenario, school: str) -> str:
    noun = route.path.removeprefix(f"{API}/").split("/")[0]
    path = route.path.replace("{id}", str(made.ids[noun][school])) if school else route.path
    for name, value in SECOND_IDS.items():
        path = path.replace(f"{{{name}}}", value)
    sent = request_body(described, route.method, route.path, fitting(route.path, made, school))
    headers = {"if-match": '"999999"'} if route.method == "PATCH" else {}
    answer = client.request(route.method, path, headers=headers, **sent)
    assert answer.status_code < 500, f"{route.label}: {answer.text}"
    return MARKS.get(answer.status_code, "Y" if answer.status_code < 400 else "~")


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
