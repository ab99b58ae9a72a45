"""100,000 rows of progress taken in: looked through and written, against the same rows written by the bare driver.

Ours is what ``qinglian import FILE --commit`` and a job do, in a process of its own: the file read by a child, each row
checked against what there is and kept with what it would do, all of them checked again and written, with the event.
Theirs is what no import can be spared: a CSV read, and for each row a report inserted and its assignment brought up to
date, by ``executemany`` on SQLite, by COPY into a temporary table and two statements on PostgreSQL. It is given the
ids, checks nothing, and keeps nothing that could be looked at first or taken back; what that costs, the same rows of
the same texts, made beforehand and written by the same means, is measured beside it and counts in the first line
(decision 28).

Beside it a workbook of those rows read, against openpyxl reading it (read-only, values alone).
"""

import contextlib
import csv
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import sqlalchemy as sa
import xlsxwriter  # type: ignore[import-untyped]

import app.main  # noqa: F401  # Registers what can be imported.
from app.assignments.models import ASSIGNMENT
from app.core.audit import audited_write
from app.core.calendar import now, today_of
from app.core.db import Database
from app.core.policy import Actor, Role
from app.core.tables import AS_TEXT
from app.identity.models import GRANT
from app.imports import operations, queries, sheets, working
from app.imports.beginning import Source
from app.imports.models import ImportCreate
from app.installation import Installation
from app.jobs.registry import Work
from app.settings import Settings
from benchmarks import stage
from benchmarks.measured import Measured, Taken, median, share
from benchmarks.run import Run
from tests.world import World

ROWS, QUICK = 100_000, 10_000
MIB = 1024 * 1024
ACCOUNT = "school"
HEADS = ("重点任务", "单位", "进展", "完成程度", "填报日期")
Line = tuple[str, str, str, str, str]


class Target(NamedTuple):
    """An assignment that the file has a row of."""

    id: int
    title: str
    unit: str


def measure(run: Run, engine: str) -> Iterator[Measured]:
    rows = QUICK if run.quick else ROWS
    database, settings, world = run.stages.empty(engine, "import")
    run.say(f"import {engine}: filling {rows:,} assignments")
    targets = _prepare(database, world, rows)
    ours: list[dict[str, Any]] = []
    theirs: list[Taken] = []
    kept: list[Taken] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "进展.csv"
        for at in range(run.rounds + 1):
            run.say(f"import {engine}: round {at}")
            _write_csv(file, _lines(targets, f"第{at}次填报"))
            ours.append(_in_a_process(settings, file))
            stage.settle(database)
            _write_csv(file, _lines(targets, f"第{at}次直写"))
            theirs.append(_timed(lambda: _bare(database, file, targets, world)))
            stage.settle(database)
            kept.append(_timed(partial(_keep, database, _kept(database, targets, f"第{at}次直写", world))))
            stage.settle(database)
        if engine == "sqlite":
            yield from _reading(run, Path(folder), targets)
        run.say(f"import {engine}: memory")
        book = _write_book(Path(folder) / "进展.xlsx", _lines(targets, "末次填报"))
        grown = {"csv": max(each["peak"] - each["idle"] for each in ours), "xlsx": _grown(settings, book)}
    database.close()
    yield from _compared(engine, rows, ours[1:], median(theirs[1:]), median(kept[1:]))
    for kind, mib in grown.items():
        name = f"import of {rows:,} rows, {kind}: peak above idle ÷ 200 MiB"
        scope = "the process" if kind == "csv" else "it and its child"
        yield Measured(name, engine, scope, "MiB", mib, 200.0, mib / 200, at_least=1, lower=True)


def _compared(engine: str, rows: int, ours: list[dict[str, Any]], bare: Taken, kept: Taken) -> Iterator[Measured]:
    steps = {name: median([Taken(*each[name]) for each in ours]) for name in ("preview", "commit")}
    both, all_of_it = _sum(*steps.values()), _sum(bare, kept)
    sqlite, by = engine == "sqlite", "executemany" if engine == "sqlite" else "COPY and merge"
    asked = (0.35, 0.55) if sqlite else (0.6, 0.85)
    # What PostgreSQL is asked for is asked of the commit (docs/decisions/0028); of both there is less.
    for part, mine, what, theirs, least, aim in (
        ("preview and commit", both, "all that it writes", all_of_it, *(asked if sqlite else (0.45, None))),
        ("commit", steps["commit"], "the reports alone", bare, *asked),
        ("preview and commit", both, "the reports alone", bare, 0.2 if sqlite else 0.35, None),
    ):
        yield Measured(
            benchmark=f"import of {rows:,} rows, {part} ÷ {by} of {what}",
            database=engine,
            scope="one clerk",
            unit="s",
            ours=mine.wall,
            theirs=theirs.wall,
            ratio=share(theirs.wall, mine.wall),
            cpu_ratio=share(theirs.cpu, mine.cpu),
            at_least=least,
            aim=aim,
        )


def _sum(one: Taken, other: Taken) -> Taken:
    return Taken(one.wall + other.wall, one.cpu + other.cpu)


def _timed(act: Callable[[], object]) -> Taken:
    wall, cpu = time.perf_counter(), _cpu()
    act()
    return Taken(time.perf_counter() - wall, _cpu() - cpu)


def _cpu() -> float:
    """Of this process and of the children it waited for: one reads the file."""
    return sum(os.times()[:4])


# What is imported


def _prepare(database: Database, world: World, rows: int) -> list[Target]:
    """So many assignments of one plan, all in progress, and an account that carries them out."""
    database.write_now(lambda connection: stage.fill_units(connection, world))
    plan = database.write_now(lambda connection: stage.fill_plan(connection, world, rows // stage.UNITS, stage.DONE))

    def begin(connection: sa.Connection) -> None:
        grant = stage.stamped(world) | {"user_id": world.user[ACCOUNT], "role": Role.SCHOOL, "unit_id": world.district}
        with audited_write(connection):
            connection.execute(sa.update(ASSIGNMENT).values(state="in_progress"))
            connection.execute(sa.insert(GRANT).values(**grant, recursive=True, valid_from=today_of(now())))

    database.write_now(begin)
    stage.settle(database)
    found = sa.text(
        "SELECT a.id, i.title, u.name FROM assignment a JOIN plan_item i ON i.id = a.plan_item_id"
        " JOIN unit u ON u.id = a.unit_id WHERE a.plan_id = :plan ORDER BY i.position, u.id"
    )
    with database.reader.connect() as connection:
        return [Target(*row) for row in connection.execute(found, {"plan": plan})]


def _lines(targets: Sequence[Target], words: str) -> Iterator[Line]:
    day = today_of(now()).isoformat()
    for at, target in enumerate(targets):
        text = f"{words}：已召开专题会议 {at % 7} 次，修订制度并公示，存档 {at} 号。"
        yield target.title, target.unit, text, f"{at % 101}%", day


def _write_csv(path: Path, lines: Iterable[Line]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADS, *lines])


def _write_book(path: Path, lines: Iterable[Line]) -> Path:
    with xlsxwriter.Workbook(str(path), AS_TEXT) as made:
        sheet = made.add_worksheet()
        for at, line in enumerate([HEADS, *lines]):
            sheet.write_row(at, 0, line)
    return path


# Ours


def _in_a_process(
    settings: Settings, file: Path, watch: Callable[[subprocess.Popen[bytes]], None] = lambda started: None
) -> dict[str, Any]:
    """The import in a process of its own, as the command has one: what it took, and what it held at the most."""
    environment = {**os.environ, "QL_DATA": str(settings.data), "QL_DATABASE_URL": settings.url}
    command = [sys.executable, "-m", "benchmarks.import", str(file)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as started:
        watch(started)
        told, _ = started.communicate()
    assert started.returncode == 0
    found: dict[str, Any] = json.loads(told)
    return found


def _grown(settings: Settings, file: Path) -> float:
    """MiB above idle of the process and of the child that reads the file, looked at fifty times a second. Not timed."""
    most = 0.0

    def watch(started: subprocess.Popen[bytes]) -> None:
        nonlocal most
        root = psutil.Process(started.pid)
        while started.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                held = sum(each.memory_info().rss for each in (root, *root.children(recursive=True)))
                most = max(most, held / MIB)
            time.sleep(0.02)

    idle = float(_in_a_process(settings, file, watch)["idle"])
    return most - idle


def main() -> None:
    """``python -m benchmarks.import FILE``, by the settings of the environment; what it took, as JSON."""
    file = Path(sys.argv[1])
    with Installation(Settings()) as installation, tempfile.TemporaryDirectory() as folder:
        actor = installation.person(ACCOUNT)
        gc.collect()
        idle = _memory("VmRSS")
        ids: list[int] = []
        preview = _timed(lambda: ids.append(_preview(installation, actor, file, Path(folder) / "lines")))
        commit = _timed(lambda: installation.perform(actor, operations.commit_all, ids[0]))
        done = installation.read(actor, queries.one, ids[0])
        assert done["written_count"] == done["changed_count"] == done["row_count"] > 0, done
    print(json.dumps({"preview": preview, "commit": commit, "idle": idle, "peak": _memory("VmHWM")}))


def _preview(installation: Installation, actor: Actor, file: Path, lines: Path) -> int:
    sheet = sheets.read(file, sheets.recognise(file, file.name), lines, HEADS)
    source = Source(sheet, file.name, "0" * 64, file.stat().st_size)
    run_id = installation.perform(actor, operations.begin, source, ImportCreate(resource="assignments"))
    run = installation.read(actor, queries.one, run_id)
    working.look_through(Work(installation, actor, run_id), run, sheet)
    return run_id


def _memory(name: str) -> float:
    """MiB of this process: ``VmRSS`` now, ``VmHWM`` at the most."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


# Theirs

_REPORT = (
    "INSERT INTO progress_report (district_id, version, created_at, updated_at, assignment_id, text, percent,"
    " reported_on, user_id) "
)
_FIGURES = "UPDATE assignment SET percent = {}, report_count = report_count + 1, version = version + 1, updated_at = {}"


def _bare(database: Database, file: Path, targets: Sequence[Target], world: World) -> None:
    at = now()
    whose = (world.district, 1, at.replace(tzinfo=None).isoformat(" ") if database.is_sqlite else at)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        read = csv.reader(lines)
        next(read)
        rows = [(t.id, row[2], int(row[3][:-1]), row[4]) for t, row in zip(targets, read, strict=True)]
    held = database.writer.raw_connection()
    (_sqlite if database.is_sqlite else _postgresql)(held.driver_connection, rows, whose, world.user[ACCOUNT])
    held.close()


def _sqlite(connection: Any, rows: Sequence[Any], whose: Sequence[Any], user: int) -> None:
    district, version, at = whose
    connection.execute("BEGIN IMMEDIATE")
    values = [(district, version, at, at, *row, user) for row in rows]
    connection.executemany(f"{_REPORT} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    figures = [(percent, at, row_id) for row_id, _, percent, _ in rows]
    connection.executemany(_FIGURES.format("?", "?") + " WHERE id = ?", figures)
    connection.execute("COMMIT")


def _postgresql(connection: Any, rows: Sequence[Any], whose: Sequence[Any], user: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE taken (id bigint, text text, percent int, day date) ON COMMIT DROP")
        with cursor.copy("COPY taken FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        district, version, at = whose
        values = "SELECT %s, %s, %s, %s, id, text, percent, day, %s FROM taken"
        cursor.execute(_REPORT + values, (district, version, at, at, user))
        cursor.execute(_FIGURES.format("taken.percent", "%s") + " FROM taken WHERE assignment.id = taken.id", (at,))
    connection.commit()


_KEEP = (
    "district_id", "import_run_id", "number", "kind", "cells", "changes", "faults", "remarks", "target_id",
    "target_version", "undo",
)  # fmt: skip
AFTER = 1_000_000
"""Numbers beyond those of the rows that the import itself kept."""


def _kept(database: Database, targets: Sequence[Target], words: str, world: World) -> list[tuple[Any, ...]]:
    """What the last import kept of each row, as it would be of these: texts that are made before the clock runs."""
    with database.reader.connect() as connection:
        run_id = connection.execute(sa.text("SELECT max(id) FROM import_run")).scalar_one()
    found = []
    for at, (target, cells) in enumerate(zip(targets, _lines(targets, words), strict=True)):
        _, _, text, percent, day = cells
        changes = {"text": [text, text], "percent": [percent, percent], "reported_on": [day, day]}
        undo = {"text": text, "percent": int(percent[:-1]), "place": None, "activity": None, "participants": None}
        texts = (_json(cells), _json(changes), "[]", "[]", target.id, 1, _json(undo | {"day": day, "held": 0}))
        found.append((world.district, run_id, AFTER + at, "changed", *texts))
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _keep(database: Database, rows: Sequence[tuple[Any, ...]]) -> None:
    held = database.writer.raw_connection()
    connection: Any = held.driver_connection
    names = ", ".join(_KEEP)
    if database.is_sqlite:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO import_row ({names}) VALUES ({', '.join('?' * len(_KEEP))})", rows)
        connection.execute("COMMIT")
    else:
        with connection.cursor() as cursor, cursor.copy(f"COPY import_row ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
    held.close()


# Reading a workbook


def _reading(run: Run, folder: Path, targets: Sequence[Target]) -> Iterator[Measured]:
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    book = _write_book(folder / "进展.xlsx", _lines(targets, "填报"))

    def theirs() -> None:
        rows = load_workbook(book, read_only=True, data_only=True).active.iter_rows(values_only=True)
        assert sum(1 for _ in rows) == len(targets) + 1

    def ours() -> None:
        assert sheets.read(book, sheets.recognise(book, book.name), folder / "book.lines").rows == len(targets) + 1

    pairs = []
    for at in range(run.rounds):
        run.say(f"reading a workbook: round {at}")
        pairs.append((_timed(ours), _timed(theirs)))
    mine, other = median([a for a, _ in pairs]), median([b for _, b in pairs])
    yield Measured(
        benchmark=f"reading {len(targets):,} rows of xlsx ÷ openpyxl",
        database="",
        scope="five columns",
        unit="s",
        ours=mine.wall,
        theirs=other.wall,
        ratio=share(other.wall, mine.wall),
        cpu_ratio=share(other.cpu, mine.cpu),
        at_least=6,
        aim=9,
    )


if __name__ == "__main__":
    main()
