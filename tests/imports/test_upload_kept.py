"""How long the workbook itself is kept with an import, of whom it never is, and that record and file agree meanwhile."""

import asyncio
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.db import Database
from app.core.files import RELEASED_FOR_S, Staged, Store, store_of
from app.core.operation import Tx, operation
from app.core.policy import system_within
from app.core.stored import FILE, keep, missing, orphans
from app.evidence.sweeping import sweep_all
from app.imports.models import RUN
from app.imports.pruning import prune_all
from app.installation import Installation
from app.jobs.registry import Work
from app.settings import Settings
from tests.complaints.test_importing import HEADS as COMPLAINTS
from tests.complaints.test_importing import OF_SCHOOL
from tests.conftest import As
from tests.evidence.test_upload import files_on_disk, upload
from tests.imports.books import kept_by_a_clerk, parts
from tests.imports.tables import IMPORTS, as_csv, as_xlsx, looked_through, send
from tests.imports.test_pruning import grown_old
from tests.walk.steps import ok
from tests.world import World

WORKBOOK = kept_by_a_clerk()
SHA256 = hashlib.sha256(WORKBOOK).hexdigest()


@pytest.fixture
def store(settings: Settings) -> Store:
    return store_of(settings)


def recorded(app: FastAPI) -> list[str]:
    return app.state.database.read_now(  # type: ignore[no-any-return]
        lambda connection: list(connection.execute(sa.select(FILE.c.sha256)).scalars())
    )


def agree(app: FastAPI, store: Store) -> bool:
    """Promise 3: neither a record without its file, nor a file without its record."""
    return not app.state.database.read_now(lambda c: [*missing(c, store), *orphans(c, store)])


def swept(app: FastAPI, settings: Settings) -> int:
    return asyncio.run(sweep_all(app.state.database, settings, 0))


def a_day_on(store: Store) -> None:
    for mark in store.staging.glob("*.released"):
        os.utime(mark, (time.time() - RELEASED_FOR_S - 1,) * 2)


def sent(as_: As, name: str = "名录.xlsx") -> dict[str, Any]:
    return looked_through(as_("sysadmin"), WORKBOOK, name)


def grown(app: FastAPI, *runs: dict[str, Any]) -> None:
    for run in runs:
        grown_old(app, run, 31)


def prune(app: FastAPI, world: World, *runs: dict[str, Any], database: Database | None = None) -> None:
    installation = Installation(
        app.state.settings.model_copy(update={"import_days": 30}), database or app.state.database
    )
    assert prune_all(Work(installation, system_within(world.district), world.district)) == len(runs)


def test_a_workbook_is_there_until_the_import_is_pruned_and_gone_a_day_later(
    app: FastAPI, as_: As, settings: Settings, store: Store, world: World
) -> None:
    run = sent(as_)
    assert store.path(SHA256).read_bytes() == WORKBOOK
    assert recorded(app) == [SHA256] and agree(app, store) and store.marks() == []
    grown(app, run)
    prune(app, world, run)
    # A backup that began before has still to copy what it found recorded.
    assert recorded(app) == [] and swept(app, settings) == 0 and store.path(SHA256).exists()
    a_day_on(store)
    assert swept(app, settings) == 1 and files_on_disk(settings) == [] and [*store.staging.iterdir()] == []
    assert agree(app, store)


def test_one_that_is_discarded_lets_go_of_it_and_gives_back_its_rows_all_the_same(
    app: FastAPI, as_: As, store: Store
) -> None:
    run = sent(as_)
    ok(as_("sysadmin").post(f"{IMPORTS}/{run['id']}/discard"))
    assert recorded(app) == []
    back = as_("sysadmin").get(f"{IMPORTS}/{run['id']}/file")
    assert back.status_code == 200 and "xl/comments1.xml" not in parts(back.content)


def test_what_another_still_keeps_stays(app: FastAPI, as_: As, settings: Settings, store: Store, world: World) -> None:
    """Two imports of one file, and a piece of evidence of the same bytes."""
    first, second = sent(as_), sent(as_, "名录（二）.xlsx")
    assert ok(upload(as_("school"), WORKBOOK, "名录.xlsx"), 201)["sha256"] == SHA256
    grown(app, first)
    prune(app, world, first)
    assert recorded(app) == [SHA256]
    grown(app, second)
    prune(app, world, second)
    a_day_on(store)
    assert (recorded(app), swept(app, settings)) == ([SHA256], 0) and agree(app, store)


def test_what_was_let_go_stays_its_day_whoever_comes_with_it_again_in_vain(
    app: FastAPI, as_: As, settings: Settings, store: Store
) -> None:
    """A backup may have found it recorded, and have it still to copy."""
    run, client = sent(as_), as_("sysadmin")
    ok(client.post(f"{IMPORTS}/{run['id']}/discard"))
    assert send(client, WORKBOOK, "名录.xlsx", mode="commit").status_code == 422
    assert store.path(SHA256).read_bytes() == WORKBOOK and store.marks() == []
    # So it is where a crash left the mark of one that never ended.
    (store.staging / f"{SHA256}.x.moved").touch()
    assert swept(app, settings) == 0 and store.path(SHA256).exists() and store.marks() == []
    a_day_on(store)
    assert swept(app, settings) == 1 and files_on_disk(settings) == []


def test_a_mark_that_another_instance_takes_away_meanwhile_stops_no_sweep(
    app: FastAPI, settings: Settings, store: Store
) -> None:
    store.staging.mkdir(parents=True, exist_ok=True)
    (store.staging / f"{SHA256}.x.released").symlink_to("taken-away")
    assert store.released() == [] and swept(app, settings) == 0


def test_what_was_let_go_and_comes_again_stays(
    app: FastAPI, as_: As, settings: Settings, store: Store, world: World
) -> None:
    old = sent(as_)
    grown(app, old)
    prune(app, world, old)
    run = sent(as_)
    a_day_on(store)
    assert swept(app, settings) == 0 and agree(app, store)
    assert "xl/comments1.xml" in parts(as_("sysadmin").get(f"{IMPORTS}/{run['id']}/file").content)


def test_nobody_lets_go_of_what_another_is_just_recording(
    app: FastAPI, as_: As, settings: Settings, store: Store, world: World
) -> None:
    if app.state.database.is_sqlite:
        pytest.skip("SQLite has one writer: one of the two finds what the other did")
    again, old = sent(as_), sent(as_)
    ok(as_("sysadmin").post(f"{IMPORTS}/{again['id']}/discard"))
    grown(app, old)
    other, waited = Database(settings.url), []

    @operation("import_run.create")
    def recording(tx: Tx) -> None:
        keep(tx, Staged(store.staging / "x", SHA256, len(WORKBOOK), "名录.xlsx", "x"))
        pruning = pool.submit(prune, app, world, old, database=other)
        time.sleep(0.5)
        waited.append(not pruning.done())
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(RUN).where(RUN.c.id == again["id"]).values(upload=SHA256))

    do = Installation(settings, app.state.database)
    with ThreadPoolExecutor(1) as pool:
        do.perform(do.person("sysadmin"), recording)
    other.close()
    assert waited == [True] and recorded(app) == [SHA256] and agree(app, store)


def test_a_table_that_is_refused_or_is_no_workbook_of_parts_leaves_no_file(
    app: FastAPI, as_: As, settings: Settings, store: Store
) -> None:
    client = as_("sysadmin")
    assert send(client, WORKBOOK, "名录.xlsx", mode="commit").status_code == 422
    looked_through(client, as_csv(("N1", "青山小学", "学校", "", "")))
    looked_through(client, (Path(__file__).parent / "units.xls").read_bytes(), "名录.xls")
    assert recorded(app) == [] and files_on_disk(settings) == [] and [*store.staging.iterdir()] == []


def test_what_a_file_of_complaints_holds_beside_its_table_is_never_kept(
    app: FastAPI, as_: As, settings: Settings, store: Store
) -> None:
    """Promise 11: a sheet that nobody looked at may name who reported."""
    client = as_("supervisor")
    run = looked_through(client, as_xlsx(OF_SCHOOL, heads=COMPLAINTS), "台账.xlsx", resource="complaints")
    assert recorded(app) == [] and files_on_disk(settings) == [] and [*store.staging.iterdir()] == []
    back = client.get(f"{IMPORTS}/{run['id']}/file")
    assert back.status_code == 200 and parts(back.content)
    kept = sa.select(RUN.c.upload).where(RUN.c.id == run["id"])
    assert app.state.database.read_now(lambda connection: connection.execute(kept).scalar_one()) is None
