"""One's own account: who one is, the password, and API tokens."""

from typing import Annotated, Any

from fastapi import Response
from pydantic import Field

from app.core.errors import Mendable, Problem, invalid
from app.core.models import Input
from app.core.operation import Reader, performs
from app.core.policy import ROLE_LABELS
from app.identity import operations, queries, sessions
from app.identity.login import change_own_password
from app.identity.models import TokenCreate
from web.page import Page, PageContext, page_router, parse

router = page_router()


Password = Annotated[str, Field(max_length=1000)]


class PasswordForm(Input):
    old_password: Password
    new_password: Password
    again: Password


def _own(see: Reader) -> dict[str, Any]:
    user_id = see.actor.user_id
    assert user_id is not None
    grants = queries.grants_of(see, user_id)
    return {
        "grants": grants,
        "own_units": list({grant["unit_id"]: grant["unit_name"] for grant in grants if not grant["ended"]}.items()),
        "tokens": queries.tokens_of(see, user_id),
        "sessions": queries.my_sessions(see)["data"],
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
        **await page.read(_own),
    )


@router.get("/account")
async def account(page: Page) -> Response:
    return await show(page)


@router.post("/account/password")
@performs(sessions.change_password)
async def change_password(page: Page) -> Response:
    typed = await page.form()
    try:
        given = parse(PasswordForm, typed)
        if given.new_password != given.again:
            raise invalid("again", "两次输入的新密码不一致，请重新输入")
        await change_own_password(page, given.old_password, given.new_password)
    except Mendable as problem:
        return await show(page, problem)
    return page.after("/account", "密码已修改，其他设备上的登录已失效。")


@router.post("/account/tokens")
@performs(operations.create_token)
async def create_token(page: Page) -> Response:
    """The token is shown on the answer to this very form, once."""
    typed = await page.form()
    try:
        given = parse(TokenCreate, typed | {"scopes": str(typed["scopes"]).split() or ""})
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
