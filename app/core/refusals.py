"""What becomes of a problem that no route answered: what a known person was refused is recorded, then it is answered.

A refused write is recorded before it is answered, each time. A refused read is answered as it would be in any case;
that it cannot be recorded is said in the service's log. A row of others and one that is not there leave the same event,
by the same statements.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response

from app.core import audit, limits
from app.core.errors import Problem
from app.core.http import AS_PROBLEMS, REFUSALS, Ctx, as_problem, noun_of, path_ids
from app.core.limits import Limit
from app.core.log import kind, logger
from app.core.operation import Reader, Tx

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
READ = "request.get"
ONCE = Limit("refused read", 1, timedelta(hours=1))
"""One event tells of the same read of the same row by the same person or token: a script that asks on and on, or a page
that somebody keeps loading, does not fill the log. The counter is in the database, and so holds for every instance."""
MANY = Limit("refused reads", 1000, timedelta(hours=1))
"""Of one person or token. Whoever counts ids upwards is told of by so many events; the rest would only cost."""
NOTED_WITHIN_S = 1.0
"""How long a refused read waits for its event; what takes longer is written without it."""
RESOURCES: dict[str, str] = {}
"""What events call the rows behind a noun of the API's paths: those of ``plan-items`` are each a ``plan_item``. Filled
by ``app.main`` from the routes, so that there is no second list to keep."""
API = "/api/v1"
_PLAIN_NOUN = re.compile(r"[a-z-]{1,40}")
_PARAMETER = re.compile(r"\{[^}]*\}")
_WORD = re.compile(r"[a-z0-9-]+")
_UNDER_WAY: set[asyncio.Task[None]] = set()
"""Held until they end: the loop itself would let them go."""


def register(routes: Iterable[Any]) -> None:
    """A noun's rows are what most of its operations are done to; one that is only read is called by its own name."""
    done_to: dict[str, Counter[str]] = defaultdict(Counter)
    for route in routes:
        found = done_to[noun_of(route.path)]
        if (name := getattr(route.endpoint, "performs", None)) is not None:
            found[name.partition(".")[0]] += 1
    for noun, found in done_to.items():
        RESOURCES[noun] = found.most_common(1)[0][0] if found else noun.replace("-", "_").removesuffix("s")


async def note_refused(request: Request, problem: Problem, *, at_the_gate: bool = False) -> Problem:
    """Record it, and give what is to be answered: of a write that cannot be recorded, why not."""
    try:
        await note_refused_write(request, problem, at_the_gate=at_the_gate)
    except Problem as unrecorded:
        return unrecorded
    await note_refused_read(request, problem)
    return problem


def _is_known(request: Request) -> bool:
    """Strangers leave nothing here, or they could fill the log; nor does what an operation has recorded already."""
    return request.state.actor.user_id is not None and not getattr(request.state, "refused", False)


async def note_refused_write(request: Request, problem: Problem, *, at_the_gate: bool = False) -> None:
    """A known person's write, refused outside any operation: at the gate, for a stale form, on an impossible id.

    At the gate the operation is not known yet, only its noun.
    """
    if not _is_known(request) or request.method in SAFE or problem.status not in REFUSALS:
        return
    if at_the_gate:
        path = request.url.path
        noun = noun_of(path) if path.startswith("/api/") else path.split("/", 2)[1]
        plain = {"noun": noun} if _PLAIN_NOUN.fullmatch(noun) else {}
        await Ctx(request).note_refusal(f"request.{request.method.lower()[:20]}", problem, **plain)
    elif (name := getattr(request.scope.get("endpoint"), "performs", None)) is not None:
        await Ctx(request).note_refusal(name, problem, request.path_params.get("id"))


async def note_refused_read(request: Request, problem: Problem) -> None:
    """A known person's read: one that they may not do, or of a row that is not there for them. An address that does not
    exist names no row. At the gate no route is known yet: its noun is told, where there is one.
    """
    ids, route = path_ids(request), request.scope.get("route")
    refused = problem.status == 403 or (problem.status == 404 and ids)
    if not (refused and _is_known(request) and request.method in SAFE):
        return
    words = _words(request.url.path if route is None else route.path)
    if route is None:
        words = [word for word in words[:1] if word in RESOURCES]
    view = ".".join(words)
    resource = RESOURCES.get(words[0], "request") if words else "request"

    def record(tx: Tx) -> None:
        said: dict[str, Any] = {"outcome": audit.Outcome.REFUSED, "code": problem.code}
        audit.record(tx, resource, ids.get("id"), operation=READ, after={"view": view} if view else None, **said)

    actor = request.state.actor
    who = repr((actor.user_id, actor.token_id))
    asked = {ONCE: repr((actor.user_id, actor.token_id, view, *ids.values())), MANY: who}
    noting = asyncio.create_task(_note_once(Ctx(request), asked, record))
    _UNDER_WAY.add(noting)
    noting.add_done_callback(_UNDER_WAY.discard)
    await asyncio.wait({noting}, timeout=NOTED_WITHIN_S)


def _words(path: str) -> list[str]:
    """``evidence``, ``file`` of ``/api/v1/evidence/{id}/file`` and of its page."""
    return _WORD.findall(_PARAMETER.sub("", path.removeprefix(API)))


async def _note_once(ctx: Ctx, asked: dict[Limit, str], record: Callable[[Tx], None]) -> None:
    def stands(see: Reader) -> bool:
        closed = partial(limits.is_closed, see.connection, see.settings.secret)
        return any(closed(limit, value, see.now) for limit, value in asked.items())

    def note(tx: Tx) -> None:
        taken = partial(limits.take, tx.connection, tx.settings.secret)
        if all(taken(limit, value, tx.now).passes for limit, value in asked.items()):
            record(tx)

    try:
        if not await ctx.read(stands):
            await ctx.note(note)
    except Exception as error:
        # Whatever it is: whoever reads is told the same as if it had been recorded.
        logger().warning("refusal_not_noted", cause=kind(error))


def install_problem_handlers(app: FastAPI, respond: Callable[[Request, Problem], Awaitable[Response]]) -> None:
    async def handle(request: Request, error: Exception) -> Response:
        return await respond(request, await note_refused(request, as_problem(error)))

    for each in AS_PROBLEMS:
        app.add_exception_handler(each, handle)
