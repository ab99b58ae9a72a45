"""Workers for the tests of long work: within the test, or in processes of their own that can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.calendar import now
from app.installation import Installation
from app.jobs.models import JOB
from app.settings import Settings
from app.worker import Worker


@pytest.fixture
def work(app: FastAPI) -> Callable[[], int]:
    """Do all that is due; how many jobs."""
    mine = Worker(Installation(app.state.settings, app.state.database))

    def work() -> int:
        done = 0
        while mine.work_once():
            done += 1
        return done

    return work


def lapse(app: FastAPI) -> None:
    """Every lease is over."""
    passed = sa.update(JOB).values(lease_until=now() - timedelta(seconds=1))
    app.state.database.write_now(lambda connection: connection.execute(passed))


Start = Callable[[], int]
NURSERY = """
import json, os, signal, sys
from app.cli import main
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    child = os.fork()
    if child:
        print(child, flush=True)
    else:
        os.environ |= json.loads(line)
        main(["worker"])
        os._exit(0)
"""
"""A process in which the program is loaded once; each line makes a worker of its own of it."""


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", NURSERY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def other(settings: Settings, nursery: subprocess.Popen[str]) -> Iterator[Start]:
    """``qinglian worker`` in processes of their own; their ids."""
    started: list[int] = []

    def start() -> int:
        assert nursery.stdin is not None and nursery.stdout is not None
        print(
            json.dumps({"QL_DATA": str(settings.data), "QL_DATABASE_URL": settings.url}), file=nursery.stdin, flush=True
        )
        started.append(int(nursery.stdout.readline()))
        return started[-1]

    yield start
    for each in started:
        kill(each)


def kill(process: int) -> None:
    """Dead and gone when this returns."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
        while True:
            os.kill(process, 0)
            time.sleep(0.01)
