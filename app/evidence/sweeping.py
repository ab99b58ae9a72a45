"""Uploads that a crash kept from ending go away, and files that nobody keeps any longer: at start and every hour, on
whichever instance looks first.

A request killed between moving its file and its commit leaves a file that no row records, and a mark; so does, for a
while, what was let go. Only marked files are looked at: a store beside the wrong database loses nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from app.core.calendar import now
from app.core.db import Database
from app.core.errors import Conflict
from app.core.files import Store, store_of, sweep
from app.core.stored import discard
from app.settings import Settings

EVERY_S = 3600
LEAST_AGE_S = 3600
"""A file in staging that grew within this time is still being received."""
Awaited = Callable[[Connection], Collection[str]]
AWAITED: list[Awaited] = []
"""What others keep in staging, by name, until it is worked on: filled by ``app.main``, like the links' targets."""
_LOG = logging.getLogger("qinglian.sweeping")


async def sweep_all(database: Database, settings: Settings, older_than_s: float = LEAST_AGE_S) -> int:
    """Take away what was received and never recorded, or let go; how many files.

    A transaction that is just recording a file holds its key: ``discard`` waits for it, and then finds the row.
    """
    store = store_of(settings)
    awaited = await database.read(_awaited)
    taken = await run_in_threadpool(sweep, store, older_than_s, awaited)
    for sha256, mark in await run_in_threadpool(_marked, store):
        try:
            taken += await database.write(lambda connection, sha=sha256: discard(connection, store, sha, now()))  # type: ignore[misc]
        except Conflict:
            continue  # Its transaction takes longer than we wait: next time.
        mark.unlink(missing_ok=True)
    return taken


def _marked(store: Store) -> list[tuple[str, Path]]:
    return [*store.marks(), *store.released()]


def _awaited(connection: Connection) -> set[str]:
    return {name for names in AWAITED for name in names(connection)}


async def keep_swept(database: Database, settings: Settings) -> None:
    """While the server runs; a sweep that fails is noted and the next one comes all the same."""
    while True:
        try:
            await sweep_all(database, settings)
        except Exception:
            _LOG.exception("sweeping failed")
        await asyncio.sleep(EVERY_S)
