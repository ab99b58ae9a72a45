"""A login as a request makes it: for the JSON API and for the login page alike."""

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import invalid
from app.core.http import Ctx
from app.core.operation import Sight
from app.identity import sessions
from app.identity.gate import check_site, cookie_name, session_cookie


async def log_in(ctx: Ctx, username: str, password: str) -> sessions.Opened:
    """Compare off the loop, then open the session; 401 says neither which was wrong nor whether it exists."""
    check_site(ctx.request.headers)
    found = await _candidate(ctx, username)
    matches = await run_in_threadpool(sessions.password_matches, found, password)
    previous = session_cookie(ctx.request.headers, ctx.settings)
    opened = await ctx.run(sessions.open_session, found, matches, previous)
    if opened is None:
        raise sessions.refuse_login()
    return opened


async def change_own_password(ctx: Ctx, old: str, new: str) -> None:
    if old == new:
        raise invalid("new_password", "新密码不能与原密码相同，请换一个")
    found = await _candidate(ctx, ctx.actor.username)
    matches = await run_in_threadpool(sessions.password_matches, found, old)
    hashed = await run_in_threadpool(sessions.hash_new, new, ctx.actor.username)
    await ctx.run(sessions.change_password, found.password_hash if found and matches else None, hashed)


async def _candidate(ctx: Ctx, username: str) -> sessions.Candidate | None:
    def find(see: Sight) -> sessions.Candidate | None:
        return sessions.candidate(see.connection, username)

    return await ctx.read(find)


def set_session_cookie(ctx: Ctx, response: Response, secret: str) -> None:
    response.set_cookie(
        cookie_name(ctx.settings), secret, httponly=True, samesite="lax", secure=ctx.settings.https, path="/"
    )


def clear_session_cookie(ctx: Ctx, response: Response) -> None:
    response.delete_cookie(cookie_name(ctx.settings), path="/", secure=ctx.settings.https, httponly=True)
