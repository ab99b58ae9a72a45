"""A worker: a thread that takes one job after the other and keeps its lease while it works, one beside it that leaves
the long ones alone, and those of the loops."""

import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.calendar import now, today_of
from app.core.errors import Problem, Unavailable
from app.core.log import fault, logger
from app.core.policy import Actor, system_within
from app.identity.access import resolve, with_limits
from app.identity.models import TOKEN
from app.installation import Installation
from app.jobs import queue
from app.jobs.models import LOST
from app.jobs.registry import KINDS, LOOPS, Work, long_kinds, passes

POLL_S, BEAT_S = 0.5, 15
_TOKEN = sa.select(TOKEN.c.id, TOKEN.c.unit_id, TOKEN.c.scopes).where(
    TOKEN.c.id == sa.bindparam("token"),
    TOKEN.c.revoked_at.is_(None),
    sa.or_(TOKEN.c.expires_at.is_(None), TOKEN.c.expires_at > sa.bindparam("now", type_=TOKEN.c.expires_at.type)),
)
NO_LONGER = "发起人的账号已停用或没有权限"
BROKEN = "系统多次未能完成，请联系系统管理员"


class Worker:
    """``start()`` … ``stop()``. What is under way at the end is left to whoever comes next, when its lease is over."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._stopped = threading.Event()
        self._threads = [
            self._thread("ql-worker", self.work_once),
            self._thread("ql-worker-short", lambda: self.work_once(long_kinds())),
        ]
        for name, loop in LOOPS.items():
            turn = partial(loop.turn, installation)
            self._threads += [self._thread(f"ql-{name}", turn, loop.pause_s) for _ in range(loop.threads)]

    def _thread(self, name: str, turn: Callable[[], bool], pause_s: float = POLL_S) -> threading.Thread:
        return threading.Thread(target=self._go_on, args=(turn, pause_s), name=name, daemon=True)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, within_s: float = 5) -> None:
        self._stopped.set()
        until = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _go_on(self, turn: Callable[[], bool], pause_s: float) -> None:
        pause: float = POLL_S
        while not self._stopped.wait(pause):
            pause = pause_s
            try:
                while not self._stopped.is_set() and turn():
                    pass
            except Unavailable:
                continue  # The database is away; whoever asks it for a person has told so already.
            except Exception as error:
                fault(error)

    def work_once(self, leaving: Collection[str] = ()) -> bool:
        """Do the next job that is due and not of the kinds ``leaving``; False where there is none."""
        database = self.installation.database
        # Looked for first: taking one is a write, and SQLite has but one writer.
        if not database.read_now(queue.any_due, now(), leaving):
            return False
        job = database.write_now(lambda connection: queue.claim(connection, now(), leaving))
        if job is None:
            return False
        if queue.is_hopeless(job):
            self._again_or_never(job, BROKEN, LOST, never=True)
            return True
        logger().info("job_begun", kind=job.kind, job=job.id, attempt=job.attempts)
        try:
            with _Lease(self.installation, job):
                self._do(job)
        except Problem as problem:
            self._again_or_never(job, problem.detail or problem.title, problem.code, never=not passes(problem))
        except Exception as error:
            fault(error)
            self._again_or_never(job, BROKEN, type(error).__name__[:80])
        else:
            database.write_now(lambda connection: queue.done(connection, job, now()))
        return True

    def _do(self, job: Any) -> None:
        work = self._work(job)
        if work is None:
            KINDS[job.kind].give_up(Work(self.installation, system_within(job.district_id), job.subject_id), NO_LONGER)
        else:
            KINDS[job.kind].run(work)

    def _work(self, job: Any) -> Work | None:
        """By the right that its person has now; None for one who is gone."""
        actor: Actor | None = system_within(job.district_id)
        if job.user_id is not None:
            actor = self.installation.database.read_now(_actor_of, job)
        return None if actor is None else Work(self.installation, actor, job.subject_id)

    def _again_or_never(self, job: Any, why: str, error: str, never: bool = False) -> None:
        database = self.installation.database
        if not database.write_now(lambda connection: queue.hold(connection, job, now())):
            return  # Its lease was over: another worker is at it, and has the say.
        if job.attempts % queue.MOST_ATTEMPTS and not never:
            database.write_now(lambda connection: queue.put_off(connection, job, now(), error))
            return
        logger().error("job_failed", kind=job.kind, job=job.id)
        if (kind := KINDS.get(job.kind)) is not None:  # One of a later release has nobody here to tell.
            kind.give_up(Work(self.installation, system_within(job.district_id), job.subject_id), why)
        database.write_now(lambda connection: queue.failed(connection, job, now(), error))


def _actor_of(connection: Connection, job: Any) -> Actor | None:
    instant = now()
    if job.token_id is None:
        return resolve(connection, job.user_id, today_of(instant))
    token = connection.execute(_TOKEN, {"token": job.token_id, "now": instant}).first()
    if token is None:
        return None
    actor = resolve(connection, job.user_id, today_of(instant), token.unit_id)
    return None if actor is None else with_limits(actor, token)


class _Lease:
    """Lengthened as long as the work goes on."""

    def __init__(self, installation: Installation, job: Any) -> None:
        self._database = installation.database
        self._job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="ql-lease", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                self._database.write_now(lambda connection: queue.hold(connection, self._job, now()))
            except Problem:
                continue
