"""Coming in and going out, and one's own account."""

from urllib.parse import unquote, urlsplit

from fastapi import Response
from starlette.responses import HTMLResponse, RedirectResponse

from app.core.errors import Problem
from app.core.operation import performs
from app.core.policy import BUSINESS, Actor, Role
from app.identity import sessions
from app.identity.login import clear_session_cookie, log_in, set_session_cookie
from app.units.queries import only_bureau
from web.page import Page, PageContext, local, page_router

router = page_router()


def home_of(actor: Actor) -> str:
    """The first page: what waits for one, or what one administers."""
    if actor.has(*BUSINESS):
        return "/my-work"
    return "/events" if actor.has(Role.AUDITOR) else "/users" if actor.roles else "/account"


@router.get("/")
async def home(page: Page) -> Response:
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
    context = page.site.shell(page.actor, "/login") | {
        "page_title": "登录",
        "following": onward(following),
        "bureau": await page.read(only_bureau) or "",
        "problem": problem,
        "username": username,
        "settings": page.settings,
    }
    html = page.site.render("identity/login.html", context)
    return HTMLResponse(html, problem.status if problem else 200)


@router.post("/login")
@performs(sessions.open_session)
async def login(page: Page) -> Response:
    """No session yet, so no token: the browser's own word on where the form came from is checked instead."""
    form = await page.request.form()
    given = {name: str(form.get(name) or "") for name in ("username", "password", "next")}
    try:
        opened = await log_in(page, given["username"][:200], given["password"][:1000])
    except Problem as problem:
        return await _login(page, given["next"] or "/", problem, given["username"][:200])
    response = RedirectResponse(onward(given["next"] or "/"), 303)
    set_session_cookie(page, response, opened.secret)
    return response


@router.post("/logout")
@performs(sessions.close_session)
async def logout(page: Page) -> Response:
    await page.form()
    await page.run(sessions.close_session)
    response = RedirectResponse("/login", 303)
    clear_session_cookie(page, response)
    return response
