"""PostgreSQL as requests use it: nothing waits for a server that has stopped answering."""

import select
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event

CONNECT_S = 3
PLANS = "-c plan_cache_mode=force_generic_plan -c jit=off"
"""A list's statement takes six times as long to plan as to run; what is prepared is planned once. Not to machine code:
a server that can do that does it at each execution, for many times what a page takes."""
AWAY = ("08", "53", "57")
"""Classes of SQLSTATE that say the server is not there for us: connection, resources, operator."""

INSTANT = "ql_instant"
"""When the write under way began, until it is asked for."""


class Patient(psycopg.Connection[Any]):
    """Waits for an answer only so long. Then the connection is given up: what it would still say concerns nobody."""

    patience_s: float = 15

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def engine(url: sa.URL, pool_size: int, timeout_s: int, **options: Any) -> Engine:
    """``timeout_s``: how long a statement may take, and how long its answer is waited for; a lock, two thirds of it."""
    millis = timeout_s * 1000
    made = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        **options,
        connect_args={
            "connect_timeout": CONNECT_S,
            "application_name": "qinglian",
            "options": f"-c timezone=UTC -c lock_timeout={millis * 2 // 3} -c statement_timeout={millis} {PLANS}",
            # A machine that vanished closes nothing: its silence must show.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": millis,
        },
    )

    @event.listens_for(made, "do_connect")
    def _connect(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Patient:
        connection = Patient.connect(*arguments, **options)
        # The server cancels a slow statement first: a word from it is worth more than silence.
        connection.patience_s = timeout_s + 1
        return connection

    @event.listens_for(made, "checkout")
    def _check(connection: Patient, _record: Any, _proxy: Any) -> None:
        if was_spoken_to(connection):
            raise sa.exc.InvalidatePoolError("the server has ended a connection that rested")

    return made


def was_spoken_to(connection: Patient) -> bool:
    """Whether the server said something while nothing was asked of it: that it is going, by a word or by hanging up.
    Looked up in this machine alone, where asking it would be a round trip before each statement. (Of a server that
    vanished nothing is heard; the statement then waits as long as a question would.)
    """
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(waiting.poll(0))


def begin(connection: Connection) -> None:
    """Begin a write on a connection that begins none by itself, and take its instant from the server's clock: two
    answers, one round trip.
    """
    driver: Any = connection.connection.driver_connection
    try:
        cursor = driver.execute("BEGIN; SELECT clock_timestamp()")
        cursor.nextset()
        [connection.info[INSTANT]] = cursor.fetchone()
    except psycopg.Error as error:
        connection._handle_dbapi_exception(error, "BEGIN", None, None, None)


def is_away(error: psycopg.Error) -> bool:
    return error.sqlstate is None or error.sqlstate[:2] in AWAY
