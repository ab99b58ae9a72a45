"""A login as a request makes it: for the JSON API and for the login page alike."""

import ipaddress
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from fastapi import Response

from app.core import limits
from app.core.audit import Outcome, record
from app.core.calendar import now
from app.core.errors import FieldError, Invalid, TooManyRequests, Unauthenticated, Unavailable, invalid
from app.core.http import Ctx
from app.core.limits import Limit, Taken
from app.core.operation import Sight, Tx, operation
from app.core.secrecy import keyed_hash
from app.identity import attempts, hashing, operations
from app.identity.attempts import Attempt, Candidate, Halfway, Opened, Refused
from app.identity.devices import device_of
from app.identity.gate import check_site, cookie_name, session_cookie
from app.identity.models import PASSWORD, USER
from app.identity.passwords import PROFILES, hash_password, verify_password
from app.identity.second_factor import BAD_CODE
from app.settings import Settings
from app.units.models import UNIT

HALFWAY = timedelta(minutes=5)
"""So long a right password waits for its code."""


async def log_in(ctx: Ctx, username: str, password: str, code: str = "") -> Opened | Halfway:
    """Count the attempt, compare off the loop, then open the session or say that a code is wanted.

    401 says neither which was wrong nor whether the account exists; 429 when the address or the name has to wait.
    """
    attempt = await _counted(ctx, username.strip().lower())
    try:
        matches = await hashing.in_turn(attempts.password_matches, attempt.found, password)
    except Unavailable:
        await ctx.run(attempts.take_back, attempt)  # Nothing was compared: a crowd locks nobody out.
        raise
    return await _conclude(ctx, attempt, matches, code)


async def log_in_with_code(ctx: Ctx, code: str) -> Opened:
    """The second page of a login: its cookie stands for the password. 401 ``login_expired`` without one that holds."""
    found = await _halfway(ctx)
    if found is None:
        raise Unauthenticated("请重新输入账号和密码", code="login_expired", title="登录已过期")
    attempt = await _counted(ctx, found.username)
    concluded = await _conclude(ctx, attempt, attempt.found == found, code or "-")
    assert isinstance(concluded, Opened)
    return concluded


async def _counted(ctx: Ctx, username: str) -> Attempt:
    check_site(ctx.request.headers)
    attempt = await ctx.run(attempts.count_attempt, username, address_of(ctx))
    if attempt.of_account is None:
        raise _wait(attempt.of_address, "这个网络地址上失败的登录过多")
    if not attempt.of_account.passes:
        raise _wait(attempt.of_account, f"连续输错 {attempt.of_account.most} 次，这个账号已暂时锁定")
    return attempt


async def _conclude(ctx: Ctx, attempt: Attempt, matches: bool, code: str) -> Opened | Halfway:
    previous = session_cookie(ctx.request.headers, ctx.settings)
    device = device_of(ctx.request.headers.get("user-agent", ""))
    outcome = await ctx.run(attempts.open_session, attempt, matches, code, previous, device)
    if outcome is Refused.CODE:
        raise Unauthenticated("验证码不对，或已经用过", code=outcome.value, title="没有登录成功")
    if outcome is Refused.UNUSED:
        hours = ctx.settings.one_time_password_hours
        detail = f"一次性密码发出后 {hours} 小时没有使用，已经失效，请联系系统管理员重新生成"
        raise Unauthenticated(detail, code=outcome.value, title="没有登录成功")
    if isinstance(outcome, Refused):
        raise Unauthenticated("账号或密码不对", code=outcome.value, title="没有登录成功")
    return outcome


def _wait(taken: Taken, why: str) -> TooManyRequests:
    seconds = max(int((taken.until - now()).total_seconds()) + 1, 1)
    minutes = -(-seconds // 60)
    return TooManyRequests(f"{why}，请在 {minutes} 分钟后再试", headers={"Retry-After": str(seconds)})


def address_of(ctx: Ctx) -> str:
    """Where a request comes from, as the server knows it: the peer, or what a trusted proxy says of its own peer.

    Of IPv6 the network: whoever has one address of it has all of them.
    """
    host = ctx.request.client.host if ctx.request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return host


# Between the password and the code


def set_halfway_cookie(ctx: Ctx, response: Response, halfway: Halfway) -> None:
    """No session: it says whose password was right, until when, and is good for nothing but the code's page."""
    until = int((now() + HALFWAY).timestamp())
    value = f"{halfway.found.user_id}.{until}.{_sealed(ctx.settings, halfway.found, until)}"
    _set_cookie(ctx, response, _halfway_name(ctx), value)


def clear_halfway_cookie(ctx: Ctx, response: Response) -> None:
    _clear_cookie(ctx, response, _halfway_name(ctx))


def is_halfway(ctx: Ctx) -> bool:
    return _halfway_name(ctx) in ctx.request.cookies


async def _halfway(ctx: Ctx) -> Candidate | None:
    user_id, _, rest = ctx.request.cookies.get(_halfway_name(ctx), "").partition(".")
    until, _, sealed = rest.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in (user_id, until)):
        return None
    found = await ctx.read(lambda see: attempts.candidate_of(see.connection, int(user_id)))
    if found is None or int(until) < now().timestamp():
        return None
    holds = secrets.compare_digest(_sealed(ctx.settings, found, int(until)).encode(), sealed.encode())
    return found if holds else None


def _halfway_name(ctx: Ctx) -> str:
    return f"{cookie_name(ctx.settings)}-code"


def _sealed(settings: Settings, found: Candidate, until: int) -> str:
    return keyed_hash(settings.secret, "halfway", f"{found.user_id} {until} {found.password_hash}")


# One's own password


class _Own(NamedTuple):
    password_hash: str
    earlier: tuple[str, ...]
    guessable: tuple[str, ...]
    """What anyone would try first: the account's and the person's name, the bureau's name and code."""


async def confirm_password(ctx: Ctx, password: str, field: str = "password") -> str:
    """That it is the person, and not whoever found the session open; gives the hash it was compared with.

    422 at ``field`` for a wrong one, counted and recorded; 429 after too many.
    """
    taken = await ctx.run(count_confirmation)
    if not taken.passes:
        raise _wait(taken, f"密码连续输错 {taken.most} 次")
    own = await ctx.read(_own)
    try:
        matches = await hashing.in_turn(verify_password, own.password_hash, password)
    except Unavailable:
        await ctx.run(take_back_confirmation)
        raise
    if not matches:
        await ctx.run(refuse_confirmation)
        detail = "密码不对，请重新输入"
        raise Invalid(detail, errors=[FieldError(f"/{field}", detail)], code="wrong_password")
    await ctx.run(forget_confirmation)
    return own.password_hash


@asynccontextmanager
async def password_and_code(ctx: Ctx, password: str) -> AsyncIterator[None]:
    """The same where what is done within takes a code: a wrong one is recorded too, and counted by itself. By the right
    password, which is forgotten wherever it is asked for, nobody gets further guesses at the code."""
    await confirm_password(ctx, password)
    taken = await ctx.run(count_code)
    if not taken.passes:
        raise _wait(taken, f"验证码连续输错 {taken.most} 次")
    wrong = False
    try:
        yield
    except Invalid as problem:
        if wrong := problem.code == BAD_CODE:
            await ctx.run(refuse_code)
        raise
    finally:
        if not wrong:
            await ctx.run(forget_codes)


async def change_own_password(ctx: Ctx, old: str, new: str) -> None:
    if old == new:
        raise invalid("new_password", "新密码不能与原密码相同，请换一个")
    confirmed = await confirm_password(ctx, old, "old_password")
    own = await ctx.read(_own)
    profile = PROFILES[ctx.settings.password_profile]
    profile.check(new, own.guessable)
    hashed = await hashing.in_turn(_hash_unless_earlier, new, own.earlier, profile.remembered)
    await ctx.run(operations.change_password, confirmed, hashed)


def _hash_unless_earlier(password: str, earlier: tuple[str, ...], remembered: int) -> str:
    """Slow on purpose: run it on a thread."""
    if any(verify_password(each, password) for each in earlier):
        raise invalid("new_password", f"不能是最近 {remembered} 个密码之一，请换一个")
    return hash_password(password)


def _own(see: Sight) -> _Own:
    bureau = sa.select(UNIT.c.name, UNIT.c.code).where(UNIT.c.id == see.actor.district_id)
    names = see.connection.execute(bureau).one()
    user_id = see.actor.user_id
    earlier = sa.select(PASSWORD.c.password_hash).where(PASSWORD.c.user_id == user_id).order_by(PASSWORD.c.id.desc())
    kept = max(PROFILES[see.settings.password_profile].remembered - 1, 0)
    return _Own(
        see.connection.execute(sa.select(USER.c.password_hash).where(USER.c.id == user_id)).scalar_one(),
        tuple(see.connection.execute(earlier.limit(kept)).scalars()),
        (see.actor.username, see.actor.name, names.name, names.code),
    )


@operation("user.confirm_password")
def count_confirmation(tx: Tx) -> Taken:
    return limits.take(tx.connection, tx.settings.secret, _confirmations(tx.settings), str(tx.actor.user_id), tx.now)


@operation("user.confirm_password")
def refuse_confirmation(tx: Tx) -> None:
    record(tx, "user", tx.actor.user_id, outcome=Outcome.REFUSED, code="wrong_password")


@operation("user.confirm_password")
def refuse_code(tx: Tx) -> None:
    record(tx, "user", tx.actor.user_id, outcome=Outcome.REFUSED, code=BAD_CODE)


@operation("user.confirm_password")
def count_code(tx: Tx) -> Taken:
    return limits.take(tx.connection, tx.settings.secret, _codes(tx.settings), str(tx.actor.user_id), tx.now)


@operation("user.confirm_password")
def forget_codes(tx: Tx) -> None:
    limits.clear(tx.connection, tx.settings.secret, _codes(tx.settings), str(tx.actor.user_id))


@operation("user.confirm_password")
def take_back_confirmation(tx: Tx) -> None:
    """It was not compared."""
    limits.give_back(tx.connection, tx.settings.secret, _confirmations(tx.settings), str(tx.actor.user_id))


@operation("user.confirm_password")
def forget_confirmation(tx: Tx) -> None:
    limits.clear(tx.connection, tx.settings.secret, _confirmations(tx.settings), str(tx.actor.user_id))


def _confirmations(settings: Settings) -> Limit:
    return Limit("own password", settings.login_attempts, timedelta(minutes=settings.lockout_minutes))


def _codes(settings: Settings) -> Limit:
    return Limit("own code", settings.login_attempts, timedelta(minutes=settings.lockout_minutes))


# Cookies


def set_session_cookie(ctx: Ctx, response: Response, secret: str) -> None:
    _set_cookie(ctx, response, cookie_name(ctx.settings), secret)


def clear_session_cookie(ctx: Ctx, response: Response) -> None:
    """At logout; and the browser lets go of what it kept of this site.

    Not of ``"cookies"`` at large: that would take those of the whole domain, the bureau's other systems among them.
    """
    _clear_cookie(ctx, response, cookie_name(ctx.settings))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _set_cookie(ctx: Ctx, response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, httponly=True, samesite="lax", secure=ctx.settings.https, path="/")


def _clear_cookie(ctx: Ctx, response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=ctx.settings.https, httponly=True)
