"""What becomes of a problem that no route answered: it is recorded where it refused a write, then answered."""

import re
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from app.core.errors import Problem
from app.core.http import AS_PROBLEMS, REFUSALS, Ctx, as_problem, noun_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PLAIN_NOUN = re.compile(r"[a-z-]{1,40}")


async def note_refused_write(request: Request, problem: Problem, *, at_the_gate: bool = False) -> None:
    """A known person's write, refused outside any operation: at the gate, for a stale form, on an impossible id.

    Strangers leave nothing here, or they could fill the log. At the gate the operation is not known yet, only its noun.
    """
    state = request.state
    known = state.actor.user_id is not None and not getattr(state, "refused", False)
    if not known or request.method in SAFE or problem.status not in REFUSALS:
        return
    if at_the_gate:
        path = request.url.path
        noun = noun_of(path) if path.startswith("/api/") else path.split("/", 2)[1]
        plain = {"noun": noun} if _PLAIN_NOUN.fullmatch(noun) else {}
        await Ctx(request).note_refusal(f"request.{request.method.lower()[:20]}", problem, **plain)
    elif (name := getattr(request.scope.get("endpoint"), "performs", None)) is not None:
        await Ctx(request).note_refusal(name, problem, request.path_params.get("id"))


def install_problem_handlers(app: FastAPI, respond: Callable[[Request, Problem], Awaitable[Response]]) -> None:
    async def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        try:
            await note_refused_write(request, problem)
        except Problem as unrecorded:
            problem = unrecorded
        return await respond(request, problem)

    for kind in AS_PROBLEMS:
        app.add_exception_handler(kind, handle)
