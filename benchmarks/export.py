"""A whole list taken away: 100,000 assignments as CSV and as a workbook, from a server, with login and scope.

A workbook of so many rows is asked for, made by the server's worker, and fetched when it is done: all of that counts.

Beside it the same SQL by the bare driver, its rows written by csv.writer, or by xlsxwriter in its constant memory: no
login, no scope, no lamp, no words. And how far the server's memory grows meanwhile, and how others fare.
"""

import csv
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter  # type: ignore[import-untyped]

from app.assignments import queries
from app.core.calendar import now, today_of
from app.core.exports import MOST_AT_ONCE
from app.core.operation import Sight
from app.core.paging import Asked
from app.core.tables import AS_TEXT
from app.identity.access import resolve
from app.settings import Settings
from benchmarks.measured import Measured, share
from benchmarks.run import Run
from benchmarks.serving import Server, peak_growth, server
from benchmarks.stage import Stage

ROWS, QUICK = 100_000, 20_000
MIB = 1024 * 1024
PIECE = 256 * 1024
LIST = "/api/v1/assignments"
EXPORTS = "/api/v1/exports"


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stages.get(engine, QUICK if run.quick else ROWS)
    writers = {"csv": ("csv.writer", _as_csv), "xlsx": ("xlsxwriter", _as_xlsx)}
    # A long workbook is made by a job.
    with server(stage.settings, worker="inside") as one:
        _take(one, stage, "/api/v1/units.csv")
        alone = _median_list(one, stage, threading.Event(), 200)
        for suffix, (library, write) in writers.items():
            run.say(f"export {engine} {suffix}")
            ours, theirs, grown, beside = [], [], [], []
            for _ in range(run.rounds):
                over = threading.Event()
                met: list[float] = []
                asking = threading.Thread(target=lambda over=over, met=met: met.append(_median_list(one, stage, over)))  # type: ignore[misc]
                growth, _ = peak_growth(one, lambda suffix=suffix: _take_list(one, stage, suffix))  # type: ignore[misc]
                grown.append(growth)
                started = time.perf_counter()
                _take_list(one, stage, suffix)
                ours.append(time.perf_counter() - started)
                started = time.perf_counter()
                _bare(stage, write)
                theirs.append(time.perf_counter() - started)
                asking.start()
                _take_list(one, stage, suffix)
                over.set()
                asking.join()
                beside += met
            yield _line(
                f"{stage.rows:,} rows as {suffix} ÷ bare driver + {library}",
                engine,
                "s",
                statistics.median(ours),
                statistics.median(theirs),
                share(statistics.median(theirs), statistics.median(ours)),
                at_least=0.1 if suffix == "csv" else 0.3,
            )
            name = f"{stage.rows:,} rows as {suffix}: peak growth of the server"
            peak = max(grown) / MIB
            yield _line(f"{name} ÷ 200 MiB", engine, "MiB", peak, 200.0, peak / 200, at_least=1, lower=True)
            slow = statistics.median(beside)
            name = f"list of 50 while {stage.rows:,} rows go out as {suffix} ÷ alone"
            yield _line(name, engine, "ms", slow * 1000, alone * 1000, share(slow, alone), at_least=10, lower=True)


def _line(benchmark: str, engine: str, unit: str, ours: float, theirs: float, ratio: float, **more: Any) -> Measured:
    return Measured(benchmark, engine, "district", unit, ours, theirs, ratio, **more)


def _take_list(one: Server, stage: Stage, suffix: str) -> int:
    """The list as a file; a long workbook by way of an export run. Its length."""
    if suffix == "csv" or stage.rows <= MOST_AT_ONCE:
        return _take(one, stage, f"{LIST}.{suffix}")
    run = _json(one, stage, "POST", EXPORTS, {"list": "assignments"})
    path = f"{EXPORTS}/{run['id']}"
    while run["state"] in ("waiting", "running"):
        time.sleep(0.1)
        run = _json(one, stage, "GET", path)
    assert run["state"] == "done", run
    return _take(one, stage, f"{path}/file")


def _json(one: Server, stage: Stage, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", one.port)
    headers = {"authorization": f"Bearer {stage.world.token['supervisor']}", "content-type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status < 300, told
    connection.close()
    return json.loads(told)


def _take(one: Server, stage: Stage, path: str) -> int:
    """The whole file; its length."""
    connection = http.client.HTTPConnection("127.0.0.1", one.port)
    connection.request("GET", path, headers={"authorization": f"Bearer {stage.world.token['supervisor']}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    length = 0
    while piece := answer.read(PIECE):
        length += len(piece)
    connection.close()
    return length


def _median_list(one: Server, stage: Stage, over: threading.Event, most: int = 10**6) -> float:
    """Seconds of a list of 50, asked again and again until it is over."""
    taken: list[float] = []
    while len(taken) < most and not (over.is_set() and taken):
        started = time.perf_counter()
        _take(one, stage, LIST)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _bare(stage: Stage, write: Callable[[Path, Iterator[Sequence[Any]]], None]) -> None:
    """The list's own statement without a limit, off the driver's cursor into a file."""
    database = stage.database
    with database.reader.connect() as connection:
        actor = resolve(connection, stage.world.user["supervisor"], today_of(now()))
        assert actor is not None
        seen: list[tuple[str, Any]] = []
        sa.event.listen(connection, "before_cursor_execute", lambda c, cur, sql, values, *_: seen.append((sql, values)))
        queries.LIST.page(Sight(connection, actor, Settings()), Asked(sort="id", limit=1), frozenset())
    [(sql, values)] = seen
    values = {**values, "page_limit": 10**9} if isinstance(values, dict) else (*values[:-2], 10**9, 0)
    held = database.reader.raw_connection()
    with tempfile.TemporaryDirectory() as folder:
        driver: Any = held.driver_connection
        cursor = driver.cursor()
        cursor.execute(sql, values)
        write(Path(folder) / "rows", cursor)
        cursor.close()
    held.close()


def _as_csv(path: Path, rows: Iterator[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _as_xlsx(path: Path, rows: Iterator[Sequence[Any]]) -> None:
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(at, column, cell)
                elif cell is not None:
                    sheet.write_string(at, column, str(cell))
