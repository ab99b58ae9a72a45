"""JSON routes of sessions, users, grants and tokens."""

from dataclasses import asdict
from typing import Any

from fastapi import Response
from starlette.responses import JSONResponse

from app.core.errors import Unauthenticated
from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import Tx, performs
from app.identity import attempts, issuing, operations, queries, second_factor, sessions, tables
from app.identity.attempts import Halfway
from app.identity.login import (
    change_own_password,
    clear_session_cookie,
    confirm_password,
    log_in,
    password_and_code,
    set_session_cookie,
)
from app.identity.models import (
    Code,
    GrantCreate,
    GrantRead,
    Login,
    Me,
    OwnPassword,
    OwnPasswordAndCode,
    OwnSessions,
    PasswordChange,
    PasswordsIssue,
    PasswordsIssued,
    RecoveryCodes,
    SecondFactorBegun,
    SecondFactorRead,
    SessionOpened,
    TokenCreate,
    TokenIssued,
    TokenRead,
    UserCreate,
    UserIssued,
    UserPatch,
    UserRead,
    UserRow,
)

router = api_router("", "用户与会话")
Responses = dict[int | str, dict[str, Any]]
USER: Responses = {200: {"model": UserRead}}
GRANT: Responses = {200: {"model": GrantRead}}


@router.post("/sessions", status_code=201, responses={201: {"model": SessionOpened}})
@performs(attempts.open_session)
async def create_session(ctx: Context, body: Login) -> Response:
    """Log in: sets the session cookie and gives the CSRF token that unsafe requests carry as X-CSRF-Token.

    401 ``second_factor_required``: the password is right and the account asks for ``code`` as well, in the same
    request; ``bad_second_factor``: it was wrong, or taken before. 429 says in ``Retry-After`` how long to wait.
    """
    opened = await log_in(ctx, body.username, body.password, body.code or "")
    if isinstance(opened, Halfway):
        raise Unauthenticated("请连同 code 再提交一次", code="second_factor_required", title="还需要动态验证码")
    response = JSONResponse({"csrf_token": opened.csrf, "user_id": opened.user_id}, 201)
    set_session_cookie(ctx, response, opened.secret)
    return response


@router.delete("/sessions/current", status_code=204)
@performs(sessions.close_session)
async def delete_session(ctx: Context) -> Response:
    await ctx.run(sessions.close_session)
    response = Response(status_code=204)
    clear_session_cookie(ctx, response)
    return response


@router.post("/sessions/{id}/end", status_code=204)
@performs(sessions.end_own_session)
async def end_session(ctx: Context, id: int) -> Response:
    """End one of one's own logins, also this one."""
    return await ctx.perform(sessions.end_own_session, path_id(id))


@router.post("/sessions/end-others", status_code=204)
@performs(sessions.end_other_sessions)
async def end_other_sessions(ctx: Context) -> Response:
    return await ctx.perform(sessions.end_other_sessions)


@router.get("/me", responses={200: {"model": Me}})
async def read_me(ctx: Context) -> Response:
    return await ctx.one(queries.me)


@router.get("/me/sessions", responses={200: {"model": OwnSessions}})
async def read_sessions(ctx: Context) -> Response:
    return await ctx.one(queries.my_sessions)


@router.get("/me/second-factor", responses={200: {"model": SecondFactorRead}})
async def read_second_factor(ctx: Context) -> Response:
    return await ctx.one(second_factor.standing)


@router.post("/me/second-factor", status_code=201, responses={201: {"model": SecondFactorBegun}})
@performs(second_factor.begin)
async def begin_second_factor(ctx: Context, body: OwnPassword) -> Response:
    """The shared secret and its ``otpauth:`` address, once; it asks for nothing until a code confirms it."""
    await confirm_password(ctx, body.password)
    return await ctx.perform(second_factor.begin, show=lambda tx, made: asdict(made), status=201)


@router.post("/me/second-factor/confirm", responses={200: {"model": RecoveryCodes}})
@performs(second_factor.confirm)
async def confirm_second_factor(ctx: Context, body: Code) -> Response:
    """Turns it on; the answer holds the recovery codes, once."""
    return await ctx.perform(second_factor.confirm, body.code, show=lambda tx, codes: {"recovery_codes": codes})


@router.post("/me/second-factor/remove", status_code=204)
@performs(second_factor.remove)
async def remove_second_factor(ctx: Context, body: OwnPasswordAndCode) -> Response:
    """By the password and a code, of the phone or a recovery code: a session that was found open does not do it."""
    async with password_and_code(ctx, body.password):
        return await ctx.perform(second_factor.remove, body.code)


@router.post("/me/password", status_code=204)
@performs(operations.change_password)
async def change_password(ctx: Context, body: PasswordChange) -> Response:
    await change_own_password(ctx, body.old_password, body.new_password)
    return Response(status_code=204)


@router.get("/users", **lists(queries.LIST, UserRow))
async def list_users(ctx: Context) -> Response:
    """Each with the roles held today. ``role`` and ``unit_id`` keep those who hold such a grant today."""
    return await ctx.page(queries.LIST, queries.present, queries.complete)


@router.post("/users", status_code=201, responses={201: {"model": UserIssued}})
@performs(operations.create)
async def create_user(ctx: Context, body: UserCreate) -> Response:
    """The answer holds the one-time password, once."""

    def show(tx: Tx, issued: operations.Issued) -> dict[str, Any]:
        return queries.one(tx, issued.id) | {"one_time_password": issued.secret}

    return await ctx.perform(operations.create, body, show=show, status=201)


@router.get("/users/{id}", responses=USER)
async def read_user(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.patch("/users/{id}", responses=USER)
@performs(operations.edit)
async def edit_user(ctx: Context, id: int, body: UserPatch) -> Response:
    return await ctx.perform(operations.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@router.post("/users/{id}/reset-password", responses={200: {"model": UserIssued}})
@performs(operations.reset_password)
async def reset_password(ctx: Context, id: int, body: Step | None = None) -> Response:
    def show(tx: Tx, issued: operations.Issued) -> dict[str, Any]:
        return queries.one(tx, issued.id) | {"one_time_password": issued.secret}

    return await ctx.perform(operations.reset_password, path_id(id), show=show)


@router.post("/users/issue-passwords", responses={200: {"model": PasswordsIssued}})
@performs(issuing.issue_passwords)
async def issue_passwords(ctx: Context, body: PasswordsIssue) -> Response:
    """One-time passwords for all accounts that an import made and that have no password of their own yet.

    The answer holds them, once. Again: others, and those of before open nothing any more. 409 where none waits.
    """
    return await ctx.perform(issuing.issue_passwords, body.import_id, show=issuing.present)


@router.post("/users/{id}/reset-second-factor", responses=USER)
@performs(second_factor.reset)
async def reset_second_factor(ctx: Context, id: int, body: Step | None = None) -> Response:
    """Of somebody who lost phone and recovery codes; the reason is required."""
    note = body.note if body else None
    return await ctx.perform(second_factor.reset, path_id(id), note, show=queries.one)


@router.get("/role-grants", **lists(queries.GRANT_LIST, GrantRead))
async def list_grants(ctx: Context) -> Response:
    return await ctx.page(queries.GRANT_LIST, queries.present_grant)


@router.post("/users/{id}/role-grants", status_code=201, responses={201: {"model": GrantRead}})
@performs(operations.grant)
async def create_grant(ctx: Context, id: int, body: GrantCreate) -> Response:
    return await ctx.perform(operations.grant, path_id(id), body, show=queries.one_grant, status=201)


@router.post("/role-grants/{id}/end", responses=GRANT)
@performs(operations.end_grant)
async def end_grant(ctx: Context, id: int, body: Step | None = None) -> Response:
    note = body.note if body else None
    return await ctx.perform(operations.end_grant, path_id(id), note, show=queries.one_grant)


@router.get("/api-tokens", **lists(queries.TOKEN_LIST, TokenRead))
async def list_tokens(ctx: Context) -> Response:
    return await ctx.page(queries.TOKEN_LIST, queries.present_token)


@router.post("/api-tokens", status_code=201, responses={201: {"model": TokenIssued}})
@performs(operations.create_token)
async def create_token(ctx: Context, body: TokenCreate) -> Response:
    """The answer holds the token, once."""

    def show(tx: Tx, issued: operations.Issued) -> dict[str, Any]:
        return queries.one_token(tx, issued.id) | {"token": issued.secret}

    return await ctx.perform(operations.create_token, body, show=show, status=201)


@router.post("/api-tokens/{id}/revoke", responses={200: {"model": TokenRead}})
@performs(operations.revoke_token)
async def revoke_token(ctx: Context, id: int, body: Step | None = None) -> Response:
    note = body.note if body else None
    return await ctx.perform(operations.revoke_token, path_id(id), note, show=queries.one_token)


add_exports(router, "/users", tables.USERS)
add_exports(router, "/role-grants", tables.GRANTS)
add_exports(router, "/api-tokens", tables.TOKENS)
