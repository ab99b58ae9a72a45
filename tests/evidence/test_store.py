"""A file is there exactly when its row is: after crashes, after failures, and when its bytes have changed."""

import asyncio
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.calendar import now
from app.core.db import Database, insert_or_ignore
from app.core.errors import Conflict, Unavailable
from app.core.files import Staged, Store, has_size, same_bytes, store_of
from app.core.stored import FILE, missing
from app.doctor import examine
from app.evidence.sweeping import sweep_all
from app.settings import Settings
from tests.conftest import As
from tests.evidence.test_upload import PDF, files_on_disk, upload


@pytest.fixture
def store(settings: Settings) -> Store:
    return store_of(settings)


def sweep(app: FastAPI, settings: Settings, older_than_s: float = 0) -> int:
    return asyncio.run(sweep_all(app.state.database, settings, older_than_s))


def killed_after_the_move(store: Store, content: bytes = PDF) -> Path:
    """What is on disk when a process dies between the move and the commit: the file in its place, and its mark."""
    store.staging.mkdir(parents=True, exist_ok=True)
    path = store.staging / ("ab" * 8)
    path.write_bytes(content)
    staged = Staged(path, _sha(content), len(content), "方案.pdf", "application/pdf")
    store.keep(staged)
    return store.path(staged.sha256)


def test_what_a_crash_left_goes_at_the_next_sweep(app: FastAPI, settings: Settings, store: Store) -> None:
    stray = killed_after_the_move(store)
    half = store.staging / ("cd" * 8)
    half.write_bytes(b"still being received")
    assert stray.exists() and len(store.marks()) == 1
    assert sweep(app, settings, 3600) == 1 and not stray.exists() and half.exists(), "a young upload goes on"
    os.utime(half, (time.time() - 7200,) * 2)
    assert sweep(app, settings, 3600) == 1 and files_on_disk(settings) == []


def test_a_recorded_file_stays_whoever_crashed_with_the_same(
    as_: As, app: FastAPI, settings: Settings, store: Store
) -> None:
    assert upload(as_("school")).status_code == 201
    assert store.marks() == [], "a request that ended well leaves none"
    kept = killed_after_the_move(store)
    assert sweep(app, settings) == 0 and kept.exists() and store.marks() == []
    assert app.state.database.read_now(lambda c: missing(c, store)) == []


def test_a_file_is_on_disk_before_its_row_is(
    as_: As, app: FastAPI, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes before it moves, then each folder on its way, and only then the commit: no kill can show it."""
    happened: list[tuple[str, int]] = []
    synced, replaced = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        happened.append(("sync", os.fstat(descriptor).st_ino))
        synced(descriptor)

    def replace(path: Path, target: Path) -> Path:
        happened.append(("move", path.stat().st_ino))
        return replaced(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    sa.event.listen(app.state.database.writer, "commit", lambda _: happened.append(("commit", 0)))
    assert upload(as_("school")).status_code == 201
    path = store.path(_sha(PDF))
    file, *folders = (each.stat().st_ino for each in (path, path.parent, path.parent.parent, store.root))
    received = happened.index(("sync", file))
    assert happened[received:] == [("sync", file), ("move", file), *(("sync", each) for each in folders), ("commit", 0)]


def test_a_store_beside_the_wrong_database_loses_nothing(app: FastAPI, settings: Settings, store: Store) -> None:
    unknown = store.path("ab" * 32)
    unknown.parent.mkdir(parents=True)
    unknown.write_bytes(b"recorded elsewhere")
    os.utime(unknown, (0, 0))
    assert sweep(app, settings) == 0 and unknown.exists()


def test_a_sweep_waits_for_who_is_just_recording(app: FastAPI, settings: Settings, store: Store) -> None:
    """Another instance sweeps while an upload stands between its move and its commit."""
    database: Database = app.state.database
    other = Database(settings.url)
    inside, swept = [], []

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def record(connection: sa.Connection) -> None:
            insert = insert_or_ignore(connection, FILE)
            path = store.path(_sha(PDF))
            connection.execute(
                insert.values(sha256=_sha(PDF), size=len(PDF), media_type="application/pdf", stored_at=now())
            )
            killed_after_the_move(store)
            sweeping = asyncio.run_coroutine_threadsafe(sweep_all(other, settings, 0), loop)
            time.sleep(0.2)
            inside.append(path.exists() and not sweeping.done())
            swept.append(sweeping)

        await asyncio.to_thread(database.write_now, record)
        assert await asyncio.wrap_future(swept[0]) == 0

    asyncio.run(run())
    other.close()
    assert inside == [True] and store.path(_sha(PDF)).exists() and store.marks() == []


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_that_cannot_be_taken_away_at_once_is_later(
    as_: As, app: FastAPI, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction failed, and so does the tidying: the client hears of the first, the next sweep does the rest."""

    def fails(*_: Any, **__: Any) -> None:
        raise Conflict("late failure")

    def away(*_: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr("app.evidence.operations._add_revision", fails)
    monkeypatch.setattr("app.core.uploads.discard", away)
    assert upload(as_("school")).status_code == 409
    monkeypatch.undo()
    assert len(store.marks()) == 1
    assert sweep(app, settings) == 1 and files_on_disk(settings) == []


def test_changed_bytes_are_noticed(as_: As, app: FastAPI, settings: Settings, store: Store) -> None:
    """A length that differs at each download, the same length with other bytes by ``doctor --files``."""
    made = upload(as_("school")).json()
    path, address = store.path(made["sha256"]), f"/api/v1/evidence/{made['id']}/file"
    path.write_bytes(PDF[::-1])
    assert has_size(path, len(PDF)) and not same_bytes(path)
    assert _doctor(settings, read=False) == "" and "损坏 1 个" in _doctor(settings, read=True)
    path.write_bytes(PDF[:5])
    told = as_("school").get(address)
    assert (told.status_code, told.json()["code"]) == (503, "file_damaged")
    assert "损坏 1 个" in _doctor(settings, read=False)
    path.unlink()
    assert as_("school").get(address).json()["code"] == "file_damaged"
    assert "缺少 1 个" in _doctor(settings, read=False)
    assert upload(as_("school")).status_code == 201
    assert as_("school").get(address).content == PDF, "the same file uploaded again takes its place"


def _doctor(settings: Settings, *, read: bool) -> str:
    (found,) = [check for check in examine(settings, read_files=read) if check.name == "印证资料"]
    return found.found if found.mend else ""
