"""Coming in and going out, and one's own account."""

from urllib.parse import quote, unquote, urlsplit

from fastapi import Response
from starlette.responses import HTMLResponse, RedirectResponse

from app.core.errors import Problem
from app.core.forms import read_form
from app.core.operation import performs
from app.core.policy import BUSINESS, Actor, Role
from app.identity import attempts, sessions
from app.identity.attempts import Halfway, Opened
from app.identity.login import (
    clear_halfway_cookie,
    clear_session_cookie,
    is_halfway,
    log_in,
    log_in_with_code,
    set_halfway_cookie,
    set_session_cookie,
)
from app.setup.queries import goes_on, has_nobody
from app.units.queries import only_bureau
from web.page import Page, PageContext, page_router
from web.site import local

router = page_router()


def home_of(actor: Actor) -> str:
    """The first page: what waits for one, or what one administers."""
    if actor.has(*BUSINESS):
        return "/my-work"
    return "/events" if actor.has(Role.AUDITOR) else "/users" if actor.roles else "/account"


@router.get("/")
async def home(page: Page) -> Response:
    if await page.read(goes_on):
        return RedirectResponse("/setup", 303)
    return RedirectResponse(home_of(page.actor), 303)


def onward(following: str) -> str:
    """Where a login leads: to the page asked for, or home where that one would only lead in or out again."""
    path = unquote(urlsplit(local(following)).path).rstrip("/")
    return "/" if path in ("/login", "/logout") else local(following)


@router.get("/login")
async def login_form(page: Page, next: str = "/") -> Response:
    if page.actor.user_id is not None:
        return RedirectResponse(onward(next), 303)
    return await _login(page, next)


async def _login(page: PageContext, following: str, problem: Problem | None = None, username: str = "") -> Response:
    return await _bare(page, "identity/login.html", "登录", following, problem, username=username)


async def _bare(
    page: PageContext, template: str, title: str, following: str, problem: Problem | None, **more: str
) -> Response:
    bureau = await page.read(only_bureau)
    context = page.site.shell(page.actor, "/login") | more | {"nobody": bureau is None and await page.read(has_nobody)}
    context |= {
        "page_title": title,
        "following": onward(following),
        "bureau": bureau.name if bureau else "",
        "problem": problem,
        "settings": page.settings,
    }
    html = page.site.render(template, context)
    return HTMLResponse(html, problem.status if problem else 200, problem.headers if problem else None)


async def _typed(page: PageContext, *names: str) -> dict[str, str]:
    """No session yet, so no token: the browser's own word on where the form came from is checked instead."""
    form = await read_form(page.request)
    return {name: str(form.get(name) or "")[:1000] for name in names}


@router.post("/login")
@performs(attempts.open_session)
async def login(page: Page) -> Response:
    given = await _typed(page, "username", "password", "next")
    try:
        opened = await log_in(page, given["username"][:200], given["password"])
    except Problem as problem:
        return await _login(page, given["next"] or "/", problem, given["username"][:200])
    if isinstance(opened, Halfway):
        response = RedirectResponse(f"/login/code?next={quote(onward(given['next'] or '/'))}", 303)
        set_halfway_cookie(page, response, opened)
        return response
    return _in(page, opened, given["next"])


def _in(page: PageContext, opened: Opened, following: str) -> Response:
    response = RedirectResponse(onward(following or "/"), 303)
    set_session_cookie(page, response, opened.secret)
    if is_halfway(page):
        clear_halfway_cookie(page, response)
    return response


@router.get("/login/code")
async def code_form(page: Page, next: str = "/") -> Response:
    if not is_halfway(page):
        return RedirectResponse("/login", 303)
    return await _code(page, next)


async def _code(page: PageContext, following: str, problem: Problem | None = None) -> Response:
    return await _bare(page, "identity/code.html", "动态验证码", following, problem)


@router.post("/login/code")
@performs(attempts.open_session)
async def login_with_code(page: Page) -> Response:
    """A login that has lasted too long begins anew at its first page."""
    given = await _typed(page, "code", "next")
    try:
        opened = await log_in_with_code(page, given["code"][:100])
    except Problem as problem:
        again = _login if problem.code == "login_expired" else _code
        return await again(page, given["next"] or "/", problem)
    return _in(page, opened, given["next"])


@router.post("/logout")
@performs(sessions.close_session)
async def logout(page: Page) -> Response:
    await page.form()
    await page.run(sessions.close_session)
    response = RedirectResponse("/login", 303)
    clear_session_cookie(page, response)
    return response
