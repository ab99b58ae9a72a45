"""The service's log: a line for each request and each fault, never what anybody typed.

Lines name a route by its template, a person not at all: the audit log says who, and the request id leads there. An
exception is shown by its kind and where it happened; its message may quote input or bound values, and is left out.
"""

import errno
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TextIO

import pydantic_core
import structlog
from structlog.typing import EventDict, WrappedLogger

from app.core.errors import Problem
from app.core.metrics import FAULTS
from app.settings import Settings

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request under way."""
OWN = "qinglian"
_TOLD = "ql_told"
_SERVING = "Uvicorn running on"


# Until ``configure`` is called nothing is said: a command speaks to its terminal itself.
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
    logger_factory=structlog.ReturnLoggerFactory(),
)


def logger() -> Any:
    return structlog.get_logger(OWN)


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to ``stream`` (stderr), one way."""
    out = stream or sys.stderr
    text = settings.log_format == "text" or (settings.log_format == "auto" and out.isatty())
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _name_request,
        structlog.dev.ConsoleRenderer(colors=out.isatty(), timestamp_key="at") if text else _json,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Forwarded()]
    root.setLevel(max(logging.INFO, logging.getLevelName(settings.log_level)))
    threading.excepthook = lambda failed: fault(failed.exc_value) if failed.exc_value else None


def _name_request(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    if request_id := REQUEST.get():
        line["request_id"] = request_id
    return line


def _json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    return pydantic_core.to_json(line).decode()


class _Forwarded(logging.Handler):
    """What libraries log: their fixed words, and of what they fill in only numbers."""

    def emit(self, record: logging.LogRecord) -> None:
        raised = record.exc_info[1] if record.exc_info else None
        if raised is not None and raised.__dict__.get(_TOLD):
            return
        line: dict[str, Any] = {"event": _fixed(record)}
        if record.name not in ("uvicorn.error", OWN):
            line["source"] = record.name
        if raised is not None:
            line["exception"] = told(raised)
        logger().log(record.levelno, **line)


def _fixed(record: logging.LogRecord) -> str:
    # A message made beforehand (asyncio's) may hold a repr of anything after its first line.
    words = str(record.msg).strip().split("\n")[0]
    if words.startswith(_SERVING):
        return record.getMessage()
    if not record.args or isinstance(record.args, dict):
        return words
    try:
        return words.replace("%d", "%s") % tuple(a if isinstance(a, int | float) else "…" for a in record.args)
    except (TypeError, ValueError):
        return words


# Faults


def fault(error: BaseException, **more: Any) -> None:
    """A mistake of the program, or of what it runs on: its kind and where it happened. Told once."""
    error.__dict__[_TOLD] = True
    FAULTS.inc()
    logger().error("fault", exception=told(error), **more)


def kind(error: BaseException) -> str:
    """``psycopg.errors.UniqueViolation 23505 uq_unit_code``: names of the program's and the system's, no values."""
    named = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    parts = [named]
    if isinstance(error, Problem):
        parts.append(error.code)
    if isinstance(error, OSError) and error.errno is not None:
        parts.append(errno.errorcode.get(error.errno, str(error.errno)))
    parts += [
        value for name in ("sqlstate", "sqlite_errorname") if isinstance(value := getattr(error, name, None), str)
    ]
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return " ".join([*parts, constraint] if constraint else parts)


def told(error: BaseException) -> str:
    """A traceback without messages and values, the first cause first."""
    return "\n".join(_told(error, set()))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _told(cause, seen)
    yield kind(error)
    for frame in traceback.extract_tb(error.__traceback__, limit=-30):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}: {frame.line}"
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            if id(inner) not in seen:
                yield from _told(inner, seen)
