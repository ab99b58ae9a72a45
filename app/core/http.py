"""HTTP, once for every route: context, strict routes, If-Match, idempotent writes, problems.

A JSON route is a few lines: it names an operation or a query and hands over to ``Ctx``.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import pydantic_core
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Scope

from app.core import audit, idempotency
from app.core.bulk_steps import BulkResults, BulkStep
from app.core.db import Database, marked_as
from app.core.errors import BadRequest, Invalid, NotFound, PreconditionRequired, Problem, Stale
from app.core.models import MAX_ID
from app.core.operation import Reader, Sight, Tx, operation_name, performs, transact
from app.core.paging import Asked, Listing
from app.core.policy import Actor
from app.core.strict_json import check_json
from app.core.validation import field_errors
from app.core.workflow import Workflow
from app.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
PROBLEM_JSON = "application/problem+json"
REFUSALS = {403, 404, 409, 412}


class Ctx:
    """One request: who asks, and the ways to read and to write."""

    def __init__(self, request: Request):
        self.request = request
        self.database: Database = request.app.state.database
        self.settings: Settings = request.app.state.settings
        self.actor: Actor = request.state.actor
        self.request_id: str = request.state.request_id
        self.changed = False
        """Whether any write of this request changed anything."""

    # Reads

    async def read(self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``query(see, …)`` through the actor's eyes."""

        def run(connection: Connection) -> T:
            return query(Sight(connection, self.actor, self.settings), *args, **kwargs)

        return await self.database.read(marked_as(query, run))

    def asked(self, listing: Listing) -> Asked:
        return listing.asked(self.request.query_params)

    async def page(
        self,
        listing: Listing,
        present: Callable[[Reader, Any], dict[str, Any]],
        complete: Callable[[Reader, list[dict[str, Any]]], None] | None = None,
    ) -> Response:
        """A list's page as JSON. ``complete`` adds to all presented rows at once what lies in other tables."""
        asked = self.asked(listing)

        def query(see: Sight) -> dict[str, Any]:
            body = listing.body(see, asked, present)
            if complete:
                complete(see, body["data"])
            return body

        query.__dict__["unbounded"] = asked.unbounded
        return answer(await self.read(query))

    async def one(
        self, query: Callable[Concatenate[Any, P], dict[str, Any]], *args: P.args, **kw: P.kwargs
    ) -> Response:
        return answer(await self.read(query, *args, **kw))

    # Writes

    async def run(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Perform an operation in a transaction of its own. A refusal is recorded, then raised."""
        return await self._write(operation, lambda tx: operation(tx, *args, **kwargs))

    async def perform(
        self,
        operation: Callable[..., Any],
        *args: Any,
        show: Callable[[Tx, Any], Any] | None = None,
        status: int | Callable[[Any], int] = 200,
        identity: bytes | None = None,
        location: Callable[[Any], str] | None = None,
        **kwargs: Any,
    ) -> Response:
        """Perform an operation for the JSON API and answer with ``show(tx, result)``, read in the same transaction.

        With an Idempotency-Key the answer is saved with the write. ``identity`` stands for the body where that
        is not JSON (a file's hash). Without ``show`` the answer is 204. ``status`` may depend on the result, as does
        ``location``: where to ask what becomes of it.
        """
        key = idempotency.check_key(self.request.headers.get("idempotency-key"))
        if key and self.request.method != "POST":
            key = None
        body = identity if identity is not None else (await self.request.body() if key else b"")
        asked = (self.settings.secret, self.request.method, self.request.url.path, body)
        sent = idempotency.told_apart(*asked) if key else ""

        def act(tx: Tx) -> Response:
            if key and (saved := idempotency.claim(tx, key, sent)) is not None:
                code, headers, text = saved
                return Response(text or None, code, json.loads(headers or "{}"), "application/json" if text else None)
            result = operation(tx, *args, **kwargs)
            tx.session.flush() if tx._session is not None else None
            code = status(result) if callable(status) else status
            made = Response(status_code=204) if show is None else answer(show(tx, result), code)
            if location is not None:
                made.headers["location"] = location(result)
            if key:
                kept = {name: made.headers[name] for name in ("etag", "location") if name in made.headers}
                idempotency.keep(tx, key, made.status_code, json.dumps(kept), bytes(made.body).decode())
            return made

        return await self._write(operation, act)

    async def _write(self, operation: Callable[..., Any], act: Callable[[Tx], T]) -> T:
        def job(connection: Connection) -> tuple[Tx, T]:
            tx = Tx(connection, self.actor, self.settings, request_id=self.request_id)
            return tx, transact(tx, act)

        try:
            tx, result = await self.database.write(job)
        except Problem as problem:
            if problem.status in REFUSALS:
                await self.note_refusal(operation_name(operation), problem, self.request.path_params.get("id"))
            raise
        self.changed = self.changed or tx.changed
        for effect in tx.after_commit:
            effect()
        return result

    async def note_refusal(self, name: str, problem: Problem, row_id: Any = None, **after: Any) -> None:
        """The event of a refusal, once a request, in a transaction of its own: the refused one leaves nothing."""
        said: dict[str, Any] = {"outcome": audit.Outcome.REFUSED, "code": problem.code, "after": after or None}
        self.request.state.refused = True
        await self.note(lambda tx: audit.record(tx, name.split(".")[0], id_of(row_id), operation=name, **said))

    async def note(self, act: Callable[[Tx], object]) -> None:
        """What is written beside what the request itself does, in a transaction of its own."""

        def job(connection: Connection) -> None:
            transact(Tx(connection, self.actor, self.settings, request_id=self.request_id), act)

        await self.database.write(job)

    def if_match(self) -> int:
        """The version a PATCH was based on. 428 without If-Match."""
        sent = self.request.headers.get("if-match")
        if sent is None:
            raise PreconditionRequired("请带上 If-Match：读取时 ETag 的值")
        digits = sent.removeprefix("W/").strip('"')
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            raise Stale("If-Match 与当前版本不符，请重新读取后再修改")
        return int(digits)

    def seen(self) -> int | None:
        """The version that a step was decided on, where If-Match tells."""
        return self.if_match() if "if-match" in self.request.headers else None


async def context(request: Request) -> Ctx:
    return Ctx(request)


Context = Annotated[Ctx, Depends(context)]


def answer(body: Any, status: int = 200) -> Response:
    """JSON without a second validation: queries give plain rows, pydantic-core writes them."""
    headers = {}
    if isinstance(body, dict) and "version" in body:
        headers["ETag"] = f'"{body["version"]}"'
    return Response(pydantic_core.to_json(body), status, headers, "application/json")


# Routes


class StrictRoute(APIRoute):
    """Reaches its handler with ids that a row can have and with JSON as it should be."""

    @cached_property
    def ending(self) -> str:
        """What every path of this route ends with."""
        return self.path_format.rpartition("}")[2]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # The steps of a noun differ in their last word: to compare it costs a fraction of a pattern.
        return super().matches(scope) if scope["path"].endswith(self.ending) else (Match.NONE, {})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_json = not (self.body_field is not None and type(self.body_field.field_info).__name__ in ("Form", "File"))

        async def strict(request: Request) -> Response:
            check_path_ids(request)
            if takes_json and request.method not in ("GET", "HEAD"):
                body = await request.body()
                if body:
                    check_json(request.headers.get("content-type", ""), body)
            return await handle(request)

        return strict


class NounRouter(APIRouter):
    """Asks its routes only about paths of their own nouns: one look-up in place of a pattern for each route. No route
    of it may begin with a parameter.
    """

    @cached_property
    def stems(self) -> frozenset[str]:
        """Read when the first request comes; by then every route is there."""
        return frozenset(stem_of(route.path) for route in iter_route_contexts(self.routes) if route.path is not None)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if stem_of(scope["path"].removeprefix(scope.get("root_path", ""))) not in self.stems:
            return Match.NONE, {}
        return super().matches(scope)


@lru_cache(maxsize=256)
def stem_of(path: str) -> str:
    """``/api/v1/assignments`` of ``/api/v1/assignments/7/submit`` and of ``/api/v1/assignments.csv``; of their pages,
    ``/assignments``.
    """
    depth = 4 if path.startswith("/api/") else 2
    return "/".join(path.split("/", depth)[:depth]).partition(".")[0]


def noun_of(path: str) -> str:
    """``assignments`` of ``/api/v1/assignments/7/submit`` and of ``/api/v1/assignments.csv``."""
    return path.split("/", 4)[3].partition(".")[0] if path.count("/") > 2 else ""


def api_router(prefix: str, tag: str) -> APIRouter:
    """A router of the JSON API; its routes are strict and answer problems as documented."""
    return NounRouter(prefix=f"/api/v1{prefix}", tags=[tag], route_class=StrictRoute)


PathId = int
"""Ids in paths are declared ``int`` and checked by ``path_id``."""


Op = Callable[..., Any]


def add_steps(
    router: APIRouter,
    workflow: Workflow,
    operations: Mapping[str, Op],
    show: Callable[[Any, Any], dict[str, Any]],
    model: type[BaseModel],
    on_version: Collection[str] = (),
) -> None:
    """One POST per action of a workflow: ``/{id}/send-back``. Each operation is ``op(tx, id, note)``.

    ``show`` answers with the row as it is then, in the shape of ``model``. ``on_version``: actions that hold of what
    was seen; their operation takes its version as well, and 412 is for a row that has changed since.
    """
    from app.core.models import Step

    for action, operation in operations.items():
        transition = workflow.transitions[action]

        def route(
            operation: Op = operation, guarded: bool = action in on_version
        ) -> Callable[..., Awaitable[Response]]:
            @performs(operation)
            async def take(ctx: Context, id: int, body: Step | None = None) -> Response:
                given = ((body.note if body else None) or None, *([ctx.seen()] if guarded else []))
                return await ctx.perform(operation, path_id(id), *given, show=lambda tx, _: show(tx, id))

            return take

        router.add_api_route(
            f"/{{id}}/{transition.slug}",
            route(),
            methods=["POST"],
            responses={200: {"model": model}},
            name=f"{workflow.name}_{action}",
            summary=transition.label,
            description=f"{transition.label}。从 {'、'.join(transition.sources)} 起"
            + (f"到 {transition.target}。" if transition.target else "，状态不变。")
            + ("必须写明原因。" if transition.note else "")
            + ("带上 If-Match 的，改过以后答 412。" if action in on_version else ""),
        )


def add_bulk(router: APIRouter, workflow: Workflow, operations: Mapping[str, Op], operation: Op) -> None:
    """``POST /bulk``: one of ``operations`` on many rows, by the operation that ``in_bulk`` made of them."""

    @performs(operation)
    async def take(ctx: Context, body: BulkStep) -> Response:
        return await ctx.perform(operation, body, show=lambda _, results: {"results": results})

    offered = "、".join(f"{action} {workflow.transitions[action].label}" for action in operations)
    router.add_api_route(
        "/bulk",
        take,
        methods=["POST"],
        responses={200: {"model": BulkResults}},
        name=f"{workflow.name}_bulk",
        summary="批量办理",
        description=f"对至多 500 项办理同一步：{offered}。每一项单独判断，按次序逐项答复。",
    )


def check_path_ids(request: Request) -> None:
    """Whatever a route does with an id of its path: only plain digits that a row can have reach it."""
    if None in path_ids(request).values():
        raise NotFound()


def path_ids(request: Request) -> dict[str, int | None]:
    """The rows that a path names, each by its id; None stands for one that no row can have."""
    params = request.path_params.items()
    return {name: id_of(value) for name, value in params if name == "id" or name.endswith("_id")}


def id_of(value: Any) -> int | None:
    """Plain digits that a row can have for an id; None of anything else."""
    digits = str(value)
    plain = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_ID))
    return int(digits) if plain and 1 <= int(digits) <= MAX_ID else None


def path_id(value: int) -> int:
    """An id from a path; one that no row can have is simply not found."""
    if not 1 <= value <= MAX_ID:
        raise NotFound()
    return value


# Problems


def problem_response(problem: Problem) -> Response:
    return Response(pydantic_core.to_json(problem.body()), problem.status, problem.headers, PROBLEM_JSON)


AS_PROBLEMS: tuple[type[Exception], ...] = (
    Problem,
    RequestValidationError,
    HTTPException,
    ClientDisconnect,
)
"""What ``as_problem`` turns into one."""


def as_problem(error: Exception) -> Problem:
    """Any error FastAPI or Starlette raises, as a problem. The input is never echoed."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        if any(e["type"] == "json_invalid" for e in error.errors()):
            return BadRequest("不是有效的 JSON", code="invalid_json")
        if any(e["loc"][0] == "path" for e in error.errors()):
            return NotFound()
        return Invalid("请改正标出的内容", errors=field_errors(error.errors()))
    if isinstance(error, ClientDisconnect):
        return BadRequest("请求没有传完就中断了，没有办理", code="incomplete_body")
    if isinstance(error, HTTPException):
        made = Problem(
            code=_CODES.get(error.status_code, "http_error"), title=_TITLES.get(error.status_code, "请求有误")
        )
        made.status = error.status_code
        made.headers = dict(error.headers or {})
        return made
    raise error


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
_TITLES = {404: "没有找到", 405: "不支持这种请求方法", 413: "内容过大", 415: "不支持的内容类型"}


async def respond_json(_request: Request, problem: Problem) -> Response:
    return problem_response(problem)
