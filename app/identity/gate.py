"""The ASGI gate: it knows the actor before any body is read, and turns strangers away at the door."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response

from app.core.calendar import now
from app.core.db import Database
from app.core.errors import BadRequest, Forbidden, Problem, TooLarge, Unauthenticated
from app.core.forms import checked_query
from app.core.http import noun_of
from app.core.log import kind, logger
from app.core.policy import Actor
from app.core.refusals import SAFE, note_refused, note_refused_write
from app.core.unwatched import STATIC, is_unwatched
from app.identity import scopes
from app.identity.access import TOKEN_PREFIX, Credential, Gatekeeper, touch
from app.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Respond = Callable[[Request, Problem], Awaitable[Response]]

API = "/api/"
PUBLIC = frozenset(
    {
        ("POST", "/api/v1/sessions"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/login"),
        ("POST", "/login"),
        ("GET", "/login/code"),
        ("POST", "/login/code"),
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/favicon.ico"),
        ("GET", "/report"),
        ("POST", "/report"),
        ("GET", "/report/status"),
        ("POST", "/report/status"),
        ("POST", "/report/answers"),
        ("POST", "/report/files"),
        ("POST", "/report/ratings"),
        ("GET", "/api/v1/public/complaints/form"),
        ("POST", "/api/v1/public/complaints"),
        ("POST", "/api/v1/public/complaints/status"),
        ("POST", "/api/v1/public/complaints/answers"),
        ("POST", "/api/v1/public/complaints/files"),
        ("POST", "/api/v1/public/complaints/ratings"),
        ("GET", "/unsubscribe"),
        ("POST", "/unsubscribe"),
        ("POST", "/api/v1/unsubscribe"),
        ("GET", "/calendar/{token}.ics"),
    }
)
"""What a stranger may ask for; a test holds it against the routes. Static files are public by prefix."""
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked by machines, by whatever name they know this one; ``/metrics`` has a bearer token that is no person's."""
BY_SECRET = re.compile(r"/unsubscribe|/api/v1/unsubscribe|/calendar/[^/]+\.ics")
"""What is asked for says by itself who may: whoever asks, no other credential is looked at."""
ALWAYS_OPEN = frozenset({"/api/v1/me", "/api/v1/sessions/current", "/logout"})
CHANGE_PASSWORD = ALWAYS_OPEN | {"/api/v1/me/password", "/account", "/account/password"}
"""What is open to a person who has a one-time or expired password, until it is changed."""
ENROL = ALWAYS_OPEN | {
    "/api/v1/me/second-factor",
    "/api/v1/me/second-factor/confirm",
    "/account/second-factor",
    "/account/second-factor/confirm",
}
"""What is open to a person who must set up the second factor, until it is confirmed."""
EVERY_TOKENS = frozenset({"me:read", "openapi:read"})
"""Whose it is, every token may ask, and what there is to ask for, anybody."""
NOBODY = Actor(user_id=None, district_id=None)
NOTED_WITHIN_S, NOTED_AGAIN_S = 1.0, 10.0
"""How long a read waits until its credential's use is noted, and how long others then do not try."""
MAX_HEADERS = 32 * 1024
"""Bytes of all header names and values together: uvicorn with httptools knows no limit of its own."""


def _is_plain_413(message: MutableMapping[str, Any]) -> bool:
    if message["type"] != "http.response.start" or message["status"] != 413:
        return False
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")


def cookie_name(settings: Settings) -> str:
    return "__Host-ql" if settings.https else "ql"


class Gate:
    def __init__(self, app: Any, *, database: Database, settings: Settings, respond: Respond) -> None:
        self.app = app
        self.database = database
        self.settings = settings
        self.respond = respond
        self.keeper = Gatekeeper(settings)
        self.not_before = 0.0
        """When the use of a credential is noted again, by the monotonic clock, after it could not be."""
        self.hosts = {host.strip().lower() for host in settings.hosts.split(",")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["actor"] = NOBODY
        request = Request(scope, receive)
        try:
            refused = await self._admit(request)
        except Problem as problem:
            refused = await self._turn_away(request, problem)
        except Exception:
            await self._fail(request, send)
            raise
        await self._answer(refused or self.app, request, send)

    async def _turn_away(self, request: Request, problem: Problem) -> Response:
        return await self.respond(request, await note_refused(request, problem, at_the_gate=True))

    async def _answer(self, answer: Any, request: Request, send: Send) -> None:
        """A fault of the program is a problem too, and so is a body over the limit, which the framework's limiter
        answers in plain text of its own; the server logs the fault.
        """
        begun = replaced = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun, replaced
            begun = True
            if _is_plain_413(message):
                replaced = True
                refused = await self.respond(request, TooLarge())
                await refused(request.scope, request.receive, send)
            elif not replaced:
                await send(message)

        try:
            await answer(request.scope, request.receive, sending)
        except Exception:
            if not begun:
                await self._fail(request, send)
            raise

    async def _fail(self, request: Request, send: Send) -> None:
        failed = await self.respond(request, Problem(code="internal", title="系统出错，没有办理", status=500))
        await failed(request.scope, request.receive, send)

    async def _admit(self, request: Request) -> Response | None:
        """None lets the request pass, with its actor in ``request.state``."""
        check_size(request.scope["headers"])
        # What cannot be read is not there for whoever answers the refusal.
        query, request.scope["query_string"] = request.scope.get("query_string", b""), b""
        request.scope["query_string"] = checked_query(query)
        headers, path = request.headers, request.url.path
        if path in PROBES:
            return None
        host = headers.get("host", "").rsplit(":", 1)[0].lower()
        if "*" not in self.hosts and host not in self.hosts:
            raise BadRequest("主机名不在允许之列", code="wrong_host")
        if "ql_" in request.url.query and "token" in request.url.query.lower():
            raise BadRequest("令牌不能放在网址里，请放在 Authorization 头", code="token_in_url")
        if path.startswith(STATIC):
            # Whoever asks: a page that says the database is away wants its stylesheet all the same.
            return None
        if is_unwatched(path) or BY_SECRET.fullmatch(path):
            # Whoever asks is nobody: a credential that a browser sends along is not even looked at.
            return None
        credential = await self._credential(headers)
        if credential.actor is not None:
            request.state.actor = credential.actor
            if credential.touch:
                await self._touch(request, *credential.touch)
        public = (request.method, path) in PUBLIC
        if public and credential.actor is None:
            return None
        if credential.actor is None:
            if path.startswith(API) or request.method not in SAFE:
                raise Unauthenticated()
            here = path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse("/login" if here == "/" else f"/login?next={quote(here)}", 303)
        check_scope(credential.actor, request.method, path)
        if credential.actor.session_id is not None and request.method not in SAFE:
            check_origin(headers, path, credential.actor)
        return None if public else await lead(request, credential.actor)

    async def _touch(self, request: Request, which: str, row_id: int) -> None:
        """Who only reads neither waits long for the note of it nor is refused for want of it: a disk that is full, or a
        writer that is held, is a matter for those who write.
        """
        if request.method in SAFE and time.monotonic() < self.not_before:
            return
        noting = self.database.write(lambda connection: touch(connection, which, row_id, now()))
        if request.method not in SAFE:
            await noting
            return
        try:
            await asyncio.wait_for(noting, NOTED_WITHIN_S)
        except (Problem, DBAPIError, TimeoutError) as error:
            self.not_before = time.monotonic() + NOTED_AGAIN_S
            logger().warning("use_not_noted", cause=kind(error))

    async def _credential(self, headers: Headers) -> Credential:
        authorization = headers.get("authorization", "")
        if authorization:
            scheme, _, secret = authorization.partition(" ")
            if scheme.lower() != "bearer" or not secret.startswith(TOKEN_PREFIX) or len(secret) > 200:
                raise Unauthenticated("Authorization 须为 Bearer ql_…")
            found = await self.database.read(self.keeper.by_token, secret, now())
            if found.actor is None:
                raise Unauthenticated("令牌无效、已过期或已停用", code="bad_token")
            return found
        cookie = session_cookie(headers, self.settings)
        if cookie is None:
            return Credential(None)
        return await self.database.read(self.keeper.by_session, cookie, now())


async def lead(request: Request, actor: Actor) -> Response | None:
    """Whoever has something to do before anything else is led there; the API says what it is."""
    if actor.must_change_password:
        allowed, place = CHANGE_PASSWORD, "/account"
        wanted = Forbidden("请先修改一次性或已到期的密码", code="password_change_required")
    elif actor.must_enrol:
        allowed, place = ENROL, "/account/second-factor"
        wanted = Forbidden("请先设置动态验证码", code="second_factor_setup_required")
    else:
        return None
    if request.url.path in allowed:
        return None
    if request.url.path.startswith(API):
        raise wanted
    await note_refused_write(request, wanted, at_the_gate=True)
    return RedirectResponse(place, 303)


def check_size(headers: Iterable[tuple[bytes, bytes]]) -> None:
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEADERS:
        detail = f"请求头超过 {MAX_HEADERS // 1024} KiB，请清除本站的 Cookie，或减少请求头后再试"
        raise Problem(detail, code="headers_too_large", title="请求头过大", status=431)


def session_cookie(headers: Headers, settings: Settings) -> str | None:
    """Whatever stands beside it: other systems of the same host set cookies of any kind."""
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(settings), "")[:200] or None


def check_scope(actor: Actor, method: str, path: str) -> None:
    """A token's scopes name the first noun after ``/api/v1``."""
    if actor.scopes is None:
        return
    if not path.startswith(scopes.PREFIX):
        raise Forbidden("限定范围的令牌只用于 /api/v1 之下的接口", code="insufficient_scope")
    noun = noun_of(path)
    verb = "read" if method in SAFE else "write"
    if not actor.admits(noun, verb) and f"{noun}:{verb}" not in EVERY_TOKENS:
        raise Forbidden(f"令牌没有 {noun}:{verb} 这一范围", code="insufficient_scope")


def check_site(headers: Headers) -> None:
    """Refuse a write that a browser says comes from another site."""
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    elif origin is not None:
        foreign = urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    else:
        foreign = False
    if foreign:
        raise Forbidden("请求来自别的网站，没有办理", code="cross_site")


def check_origin(headers: Headers, path: str, actor: Actor) -> None:
    """CSRF for cookie sessions: the browser's word first, then the session's own token.

    A page's form carries the token in a hidden field, which is checked where the form is read.
    """
    check_site(headers)
    if path.startswith(API) and path != "/api/v1/sessions":
        check_csrf(actor, headers.get("x-csrf-token"))


def check_csrf(actor: Actor, sent: str | None) -> None:
    if not sent or not secrets.compare_digest(sent.encode(), actor.csrf.encode()):
        raise Forbidden("页面已过期，请刷新后再提交", code="csrf", title="没有保存")
