"""Dispatch of a plan of 11 items to 500 units, against adding 5,500 objects through the ORM.

Both end in a commit on disk. The product's run is the whole operation: who may, the directory, what is there already,
the rows, the event. On PostgreSQL most of it is the server's own work, the same for both: each row goes into all of
the table's indexes and is held against 6 foreign keys; less is asked for there (docs/decisions/0013-like-with-like.md).
Between rounds the rows go away again; a round is short, so there are twice as many as of others.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.assignments.dispatch import dispatch
from app.assignments.models import ASSIGNMENT, Assignment
from app.core.audit import audited_write
from app.core.calendar import now, today_of
from app.core.db import Database
from app.core.operation import Tx, transact
from app.core.policy import Actor, system_within
from app.plans.models import ITEM, PLAN, RESPONSIBILITY, ResponsibilityRole
from app.settings import Settings
from app.units.models import UNIT
from benchmarks.measured import Measured, Taken, median, share
from benchmarks.run import Run
from tests.world import World

ITEMS, UNITS = 11, 500


def measure(run: Run, engine: str) -> Iterator[Measured]:
    database, settings, world = run.stages.empty(engine, "dispatch")
    plan, items, units = _prepare(database, world)
    actor = system_within(world.district)
    pairs = []
    for _ in range(2 * run.rounds + 1):
        ours = _timed(lambda: _dispatch(database, settings, actor, plan))
        _clear(database, ITEMS * UNITS)
        theirs = _timed(lambda: _add_all(database, world, plan, items, units))
        _clear(database, ITEMS * UNITS)
        pairs.append((ours, theirs))
    database.close()
    ours, theirs = median([a for a, _ in pairs[1:]]), median([b for _, b in pairs[1:]])
    yield Measured(
        benchmark=f"dispatch of {ITEMS} items to {UNITS} units ÷ ORM add_all",
        database=engine,
        scope="district",
        unit="ms",
        ours=ours.wall * 1000,
        theirs=theirs.wall * 1000,
        ratio=share(theirs.wall, ours.wall),
        cpu_ratio=share(theirs.cpu, ours.cpu),
        at_least=10 if engine == "sqlite" else 6,
        aim=17,
    )


def _timed(act: Callable[[], object]) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def _dispatch(database: Database, settings: Settings, actor: Actor, plan: int) -> None:
    database.write_now(lambda connection: transact(Tx(connection, actor, settings), lambda tx: dispatch(tx, plan)))


def _add_all(database: Database, world: World, plan: int, items: list[int], units: list[int]) -> None:
    at = now()

    def job(connection: sa.Connection) -> None:
        with audited_write(connection), Session(connection) as session:
            session.add_all(
                Assignment(
                    district_id=world.district,
                    created_at=at,
                    updated_at=at,
                    plan_id=plan,
                    plan_item_id=item,
                    unit_id=unit,
                    period="once",
                    role=ResponsibilityRole.RESPONSIBLE,
                    deadline_on=today_of(at),
                    original_deadline_on=today_of(at),
                )
                for item in items
                for unit in units
            )
            session.flush()

    database.write_now(job)


def _clear(database: Database, expected: int) -> None:
    def job(connection: sa.Connection) -> int:
        with audited_write(connection):
            return connection.execute(sa.delete(ASSIGNMENT)).rowcount

    count = database.write_now(job)
    assert count == expected, count


def _prepare(database: Database, world: World) -> tuple[int, list[int], list[int]]:
    """500 schools beside the bureau's offices, and an issued plan whose items each name them all by their group."""
    at = now()
    stamp: dict[str, Any] = {"district_id": world.district, "version": 1, "created_at": at, "updated_at": at}

    def job(connection: sa.Connection) -> tuple[int, list[int], list[int]]:
        with audited_write(connection):
            others = sa.update(UNIT).where(UNIT.c.kind.in_(SCHOOLS), UNIT.c.district_id == world.district)
            connection.execute(others.values(valid_to=today_of(at).replace(year=2000), valid_from=None))
            unit = {"kind": "school", "stages": ["primary"], "ownership": "public", "parent_id": world.district}
            rows = [stamp | unit | {"code": f"D{n:04}", "name": f"下发学校{n}"} for n in range(UNITS)]
            connection.execute(sa.insert(UNIT), rows)
            plan = stamp | {"issuer_unit_id": world.unit["督查室"], "title": "方案", "edition": 1, "state": "issued"}
            plan |= {"source_name": "x", "source_sha256": "x", "source_text": "x", "outline": {}}
            plan_id: int = connection.execute(sa.insert(PLAN).values(plan).returning(PLAN.c.id)).scalar_one()
            item = stamp | {"plan_id": plan_id, "measures": "", "cadence": "once", "required_evidence": [], "weight": 1}
            item |= {"for_information": False, "span_start": 0, "span_end": 0, "deadline_on": today_of(at)}
            given = [item | {"key": str(n), "number": str(n), "title": f"第{n}项", "position": n} for n in range(ITEMS)]
            connection.execute(sa.insert(ITEM), given)
            items = list(connection.execute(sa.select(ITEM.c.id).where(ITEM.c.plan_id == plan_id)).scalars())
            named = stamp | {"plan_id": plan_id, "name": "各学校（园）", "role": "responsible", "is_group": True}
            named |= {"unit_group_id": world.group["各学校（园）"], "position": 0}
            connection.execute(sa.insert(RESPONSIBILITY), [named | {"plan_item_id": item_id} for item_id in items])
            made = sa.select(UNIT.c.id).where(UNIT.c.code.like("D%"))
            return plan_id, items, list(connection.execute(made).scalars())

    return database.write_now(job)


SCHOOLS = ("school", "kindergarten", "central_school")
