"""Users and their grants: sysadmin keeps accounts, secadmin grants roles and stops tokens."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.policy import ROLE_LABELS, Role
from app.identity import issuing, operations, queries, second_factor, tables
from app.identity.models import GrantCreate, PasswordsIssue, UserCreate, UserPatch
from app.imports.outgoing import csv_lines
from app.units.queries import choices
from web.page import Page, PageContext, Typed, add_edit_page, note_of, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/users", tables.USERS)


def user_state(user: dict[str, Any]) -> tuple[str, str]:
    """A user's state in words and its colour."""
    if user["disabled_at"]:
        return "已停用", "bad"
    if not user["has_password"]:
        return "待发密码", "warn"
    return ("待改密码", "warn") if user["must_change_password"] else ("正常", "ok")


@router.get("/users")
async def list_users(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    listed = await page.listed(queries.LIST, queries.present, queries.complete)
    return await page.render(
        "identity/users.html",
        page_title="用户与授权",
        problem=problem,
        typed=typed or {},
        users=listed.rows,
        next=listed.next,
        params=Typed(listed.params),
        roles=ROLE_LABELS,
        user_state=user_state,
        may_create=page.actor.has(Role.SYSADMIN),
        may_grant=page.actor.has(Role.SECADMIN),
    )


@router.post("/users")
@performs(operations.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        issued = await page.run(operations.create, parse(UserCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return await show(page, issued.id, secret=issued.secret)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: Any = None, secret: str | None = None
) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        user = queries.one(see, id)
        keeps_tokens = see.actor.has(Role.SECADMIN) or id == see.actor.user_id
        return {
            "user": user,
            "tokens": queries.tokens_of(see, id) if keeps_tokens else None,
            "grants": queries.grants_to_keep(see, id),
            "units": [unit[:2] for unit in choices(see)],
            "locked": user["locked_until"] is not None and user["locked_until"] > see.now,
        }

    found = await page.read(query)
    return await page.render(
        "identity/user.html",
        page_title=found["user"]["name"],
        problem=problem,
        typed=typed or {},
        secret=secret,
        settings=page.settings,
        roles=ROLE_LABELS,
        user_state=user_state,
        may_grant=page.actor.has(Role.SECADMIN),
        **found,
    )


@router.post("/users/issue-passwords")
@performs(issuing.issue_passwords)
async def issue_passwords(page: Page) -> Response:
    """The list, once, on a page of its own: it is printed or saved from there, and not kept."""
    given = parse(PasswordsIssue, await page.form())
    issue = await page.run(issuing.issue_passwords, given.import_id)
    return await page.render(
        "identity/passwords.html",
        page_title="一次性密码",
        issue=issue,
        import_id=given.import_id,
        table=data_url(["账号", "姓名", "一次性密码"], [each[1:] for each in issue.data]),
        hours=page.settings.one_time_password_hours,
    )


def data_url(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for the browser to save: it is on the page already, and no second request could give it again."""
    lines = csv_lines(heads, rows)
    return f"data:text/csv;charset=utf-8;base64,{b64encode(lines.encode('utf-8-sig')).decode()}"


@router.get("/users/{id}")
async def read(page: Page, id: int) -> Response:
    return await show(page, id)


add_edit_page(router, "/users/{id}", operations.edit, UserPatch, show)


@router.post("/users/{id}/reset-password")
@performs(operations.reset_password)
async def reset_password(page: Page, id: int) -> Response:
    await page.form()
    issued = await page.run(operations.reset_password, id)
    return await show(page, id, secret=issued.secret)


@router.post("/users/{id}/reset-second-factor")
@performs(second_factor.reset)
async def reset_second_factor(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(second_factor.reset, id, note_of(typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/users/{id}", "动态验证码已取消，本人的登录已失效；之后凭密码登录，可重新设置。")


@router.post("/users/{id}/role-grants")
@performs(operations.grant)
async def grant(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.grant, id, parse(GrantCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/users/{id}", "已授权，从下一次请求起生效。")


@router.post("/role-grants/{id}/end")
@performs(operations.end_grant)
async def end_grant(page: Page, id: int) -> Response:
    typed = await page.form()
    note = note_of(typed)
    await page.run(operations.end_grant, id, note)
    return page.after(str(typed.get("back") or "/users"), "授权已结束，从下一次请求起生效。")
