"""One's own account: who one is, the password, and API tokens."""

from typing import Any

from fastapi import Response
from pydantic import Field

from app.core.errors import Mendable, Problem, TooManyRequests, invalid
from app.core.operation import Reader, performs
from app.core.policy import ROLE_LABELS
from app.identity import operations, queries, scopes, second_factor, sessions
from app.identity.login import change_own_password
from app.identity.models import PasswordChange, TokenCreate
from app.identity.passwords import MAX_LENGTH, PROFILES
from web.page import Page, PageContext, page_router, parse

router = page_router()


class PasswordForm(PasswordChange):
    again: str = Field(max_length=1000)


def _own(see: Reader) -> dict[str, Any]:
    user_id = see.actor.user_id
    assert user_id is not None
    grants = queries.grants_of(see, user_id)
    return {
        "grants": grants,
        "own_units": list({grant["unit_id"]: grant["unit_name"] for grant in grants if not grant["ended"]}.items()),
        "tokens": queries.tokens_of(see, user_id),
        "sessions": queries.my_sessions(see)["data"],
        "factor": second_factor.standing(see),
    }


async def show(
    page: PageContext, problem: Problem | None = None, typed: Any = None, secret: str | None = None
) -> Response:
    return await page.render(
        "identity/own.html",
        page_title="我的账号",
        problem=problem,
        typed=typed or {},
        roles=ROLE_LABELS,
        secret=secret,
        settings=page.settings,
        profile=PROFILES[page.settings.password_profile],
        max_length=MAX_LENGTH,
        readable=scopes.choices("read"),
        writable=scopes.choices("write"),
        **await page.read(_own),
    )


@router.get("/account")
async def account(page: Page) -> Response:
    return await show(page)


@router.post("/account/password")
@performs(operations.change_password)
async def change_password(page: Page) -> Response:
    typed, first = await page.form(once=False), page.actor.must_change_password
    try:
        given = parse(PasswordForm, typed)
        if given.new_password != given.again:
            raise invalid("again", "两次输入的新密码不一致，请重新输入")
        await change_own_password(page, given.old_password, given.new_password)
    except (Mendable, TooManyRequests) as problem:
        return await show(page, problem)
    # Whoever had to change it came for something else.
    return page.after("/" if first else "/account", "密码已修改，其他设备上的登录已失效。")


@router.post("/account/sessions/end-others")
@performs(sessions.end_other_sessions)
async def end_other_sessions(page: Page) -> Response:
    await page.form()
    await page.run(sessions.end_other_sessions)
    return page.after("/account", "其他各处的登录已结束，从下一次请求起须重新登录。")


@router.post("/account/sessions/{id}/end")
@performs(sessions.end_own_session)
async def end_session(page: Page, id: int) -> Response:
    await page.form()
    await page.run(sessions.end_own_session, id)
    return page.after("/account", "那次登录已结束，从下一次请求起须重新登录。")


@router.post("/account/tokens")
@performs(operations.create_token)
async def create_token(page: Page) -> Response:
    """The token is shown on the answer to this very form, once."""
    typed = await page.form()
    try:
        given = parse(TokenCreate, typed | {"scopes": typed.get("scopes") or ""})
        issued = await page.run(operations.create_token, given)
    except Mendable as problem:
        return await show(page, problem, typed)
    return await show(page, secret=issued.secret)


@router.post("/account/tokens/{id}/revoke")
@performs(operations.revoke_token)
async def revoke_token(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.revoke_token, id)
    return page.after(str(typed.get("back") or "/account"), "令牌已停用，用它的程序从下一次请求起会被拒绝。")
