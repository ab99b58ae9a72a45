"""A foreign row against a missing one, an unknown account against a wrong password: the time each takes.

    python -m benchmarks.foreign [--database sqlite|postgresql] [--rounds 400]

What a stranger could measure to learn that something is there. The two requests of a pair alternate within one run,
so that both meet the same machine; the figures are ratios of medians, of the clock and of this process's CPU time
(which a busy machine disturbs less, and which leaves out PostgreSQL's own); 1.00 tells nothing, and a ratio of CPU
times outside ALIKE ends the command with 1. Tests compare
the statements that run (tests/generated/test_foreign.py); this shows that nothing else tells the two apart.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from argon2 import PasswordHasher
from fastapi import FastAPI
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from starlette.testclient import TestClient

from app.core import refusals
from app.core.audit import watch
from app.core.db import Database
from app.identity import passwords
from app.schema import migrate
from app.settings import Settings
from tests.databases import Postgresql, Sqlite, short_folder
from tests.generated import scenario
from tests.generated.asking import Request, request, send
from tests.world import PASSWORD, World, build
from web.main import create_app

# What the scenario comes with hashes passwords lightly; here they are hashed as they are in use.
passwords._HASHER = PasswordHasher()
# Each refused read is recorded, as the first one of an hour is.
refusals.ONCE = refusals.ONCE._replace(most=1_000_000)
API = "/api/v1"
MISSING = 987_654_321
WARM = 10
ALIKE = (0.85, 1.15)
"""Between runs on a busy machine the ratios of medians move by several hundredths."""
SCHOOL = "实验小学"


class Pair(NamedTuple):
    name: str
    foreign: Request
    missing: Request
    account: str | None = "kindergarten"


@contextmanager
def server(name: str) -> Iterator[str]:
    folder = short_folder()
    if name == "sqlite":
        yield Sqlite(folder).url
    else:
        started = Postgresql(folder)
        yield started.url
        started.stop()


def pairs(made: scenario.Scenario) -> list[Pair]:
    def of(noun: str, method: str, path: str, account: str = "kindergarten", **sent: Any) -> Pair:
        one, other = (
            request(method, path.format(id=each), sent, {"if-match": '"1"'} if method == "PATCH" else {})
            for each in (made.ids[noun][SCHOOL], MISSING)
        )
        return Pair(f"{method} {path} · {account}", one, other, account)

    return [
        of("assignments", "GET", f"{API}/assignments/{{id}}"),
        of("assignments", "GET", "/assignments/{id}"),
        of("assignments", "POST", f"{API}/assignments/{{id}}/submit", json={}),
        of("rectifications", "PATCH", f"{API}/rectifications/{{id}}", json={"cause": "无人负责更新。"}),
        of("evidence", "GET", f"{API}/evidence/{{id}}/file"),
        of("inspections", "GET", f"{API}/inspections/{{id}}", "school"),
        of("inspections", "GET", f"{API}/inspections/{{id}}/findings", "school"),
        of("plans", "GET", f"{API}/plans/{{id}}", "other_supervisor"),
        of("assignments", "GET", f"{API}/extensions?assignment_id={{id}}"),
    ]


def doors() -> list[Pair]:
    """Logging in, where the password is compared with one that nobody has or with the account's."""

    def attempt(username: str) -> Request:
        return request("POST", f"{API}/sessions", {"json": {"username": username, "password": f"not-{PASSWORD}"}})

    return [Pair("POST /api/v1/sessions · wrong password, unknown account", attempt("school"), attempt("nobody"), None)]


async def measure(app: FastAPI, pair: Pair, token: str | None, rounds: int) -> tuple[float, float]:
    """Foreign ÷ missing: by the clock, and in CPU time."""
    shown = [(b"authorization", f"Bearer {token}".encode())] if token else []
    clock: tuple[list[float], list[float]] = ([], [])
    cpu: tuple[list[float], list[float]] = ([], [])
    for n in range(rounds + WARM):
        for side, asked in enumerate((pair.foreign, pair.missing)):
            began, worked = time.perf_counter(), time.process_time()
            answer = await send(app, asked, shown)
            if n >= WARM:
                clock[side].append(time.perf_counter() - began)
                cpu[side].append(time.process_time() - worked)
            assert answer.status in (200, 401, 404), f"{pair.name}: {answer.status}"
    wall, work = (statistics.median(taken[0]) / statistics.median(taken[1]) for taken in (clock, cpu))
    return wall, work


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--rounds", type=int, default=400)
    chosen = parser.parse_args()
    databases = chosen.database or ["sqlite", "postgresql"]
    first = Column("foreign ÷ missing", no_wrap=True)
    table = Table(first, *(f"{name} {measured}" for name in databases for measured in ("clock", "CPU")))
    columns = [figures(name, chosen.rounds) for name in databases]
    for name in columns[0]:
        table.add_row(name, *(f"{figure:.2f}" for column in columns for figure in column[name]))
    console = Console(width=max(Console().width, 120))
    console.print(table)
    told = [name for name in columns[0] if any(not ALIKE[0] <= column[name][1] <= ALIKE[1] for column in columns)]
    if told:
        console.print(f"Told apart by the work they take: {', '.join(told)}")
    return 1 if told else 0


def figures(database_name: str, rounds: int) -> dict[str, tuple[float, float]]:
    with server(database_name) as url, tempfile.TemporaryDirectory() as folder:
        # Room for every attempt: what is measured is the comparison, not the lockout.
        settings = Settings(data=Path(folder), database_url=url, login_attempts=100, address_attempts=10_000)
        world, app = _prepared(url, settings)
        with TestClient(app, base_url="http://testserver", follow_redirects=False) as client, Progress() as progress:

            def as_(account: str) -> TestClient:
                other = TestClient(app, base_url="http://testserver", follow_redirects=False)
                other.portal = client.portal
                other.headers["authorization"] = f"Bearer {world.token[account]}"
                return other

            every = [*pairs(scenario.build(as_, world)), *doors()]
            found = {}
            for pair in progress.track(every, description=database_name):
                token = world.token[pair.account] if pair.account else None
                times = rounds if pair.account else max(rounds // 10, 5)
                assert client.portal is not None
                found[pair.name] = client.portal.call(measure, app, pair, token, times)
            return found


def _prepared(url: str, settings: Settings) -> tuple[World, FastAPI]:
    migrate(url)
    database = Database(url)
    watch(database)
    world = build(database, settings)
    database.close()
    return world, create_app(settings)


if __name__ == "__main__":
    raise SystemExit(main())
