"""JSON routes of sessions, users, grants and tokens."""

from typing import Any

from fastapi import Response
from pydantic import Field
from starlette.responses import JSONResponse

from app.core.http import Context, api_router, path_id
from app.core.models import Input, Step
from app.core.openapi import listing_docs
from app.core.operation import Tx, performs
from app.identity import operations, queries, sessions
from app.identity.login import change_own_password, clear_session_cookie, log_in, set_session_cookie
from app.identity.models import GrantCreate, Login, TokenCreate, UserCreate, UserPatch

router = api_router("", "用户与会话")


class PasswordChange(Input):
    old_password: str = Field(max_length=1000)
    new_password: str = Field(max_length=1000)


@router.post("/sessions", status_code=201)
@performs(sessions.open_session)
async def create_session(ctx: Context, body: Login) -> Response:
    """Log in: sets the session cookie and gives the CSRF token that unsafe requests carry as X-CSRF-Token."""
    opened = await log_in(ctx, body.username, body.password)
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


@router.get("/me")
async def read_me(ctx: Context) -> Response:
    return await ctx.one(queries.me)


@router.get("/me/sessions")
async def read_sessions(ctx: Context) -> Response:
    return await ctx.one(queries.my_sessions)


@router.post("/me/password", status_code=204)
@performs(sessions.change_password)
async def change_password(ctx: Context, body: PasswordChange) -> Response:
    await change_own_password(ctx, body.old_password, body.new_password)
    return Response(status_code=204)


@router.get("/users", openapi_extra=listing_docs(queries.LIST))
async def list_users(ctx: Context) -> Response:
    """Each with the roles held today. ``role`` and ``unit_id`` keep those who hold such a grant today."""
    return await ctx.page(queries.LIST, queries.present, queries.complete)


@router.post("/users", status_code=201)
@performs(operations.create)
async def create_user(ctx: Context, body: UserCreate) -> Response:
    """The answer holds the one-time password, once."""

    def show(tx: Tx, issued: operations.Issued) -> dict[str, Any]:
        return queries.one(tx, issued.id) | {"one_time_password": issued.secret}

    return await ctx.perform(operations.create, body, show=show, status=201)


@router.get("/users/{id}")
async def read_user(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.patch("/users/{id}")
@performs(operations.edit)
async def edit_user(ctx: Context, id: int, body: UserPatch) -> Response:
    return await ctx.perform(operations.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@router.post("/users/{id}/reset-password")
@performs(operations.reset_password)
async def reset_password(ctx: Context, id: int, body: Step | None = None) -> Response:
    def show(tx: Tx, issued: operations.Issued) -> dict[str, Any]:
        return queries.one(tx, issued.id) | {"one_time_password": issued.secret}

    return await ctx.perform(operations.reset_password, path_id(id), show=show)


@router.get("/role-grants", openapi_extra=listing_docs(queries.GRANT_LIST))
async def list_grants(ctx: Context) -> Response:
    return await ctx.page(queries.GRANT_LIST, queries.present_grant)


@router.post("/users/{id}/role-grants", status_code=201)
@performs(operations.grant)
async def create_grant(ctx: Context, id: int, body: GrantCreate) -> Response:
    return await ctx.perform(operations.grant, path_id(id), body, show=queries.one_grant, status=201)


@router.post("/role-grants/{id}/end")
@performs(operations.end_grant)
async def end_grant(ctx: Context, id: int, body: Step | None = None) -> Response:
    note = body.note if body else None
    return await ctx.perform(operations.end_grant, path_id(id), note, show=queries.one_grant)


@router.get("/api-tokens", openapi_extra=listing_docs(queries.TOKEN_LIST))
async def list_tokens(ctx: Context) -> Response:
    return await ctx.page(queries.TOKEN_LIST, queries.present_token)


@router.post("/api-tokens", status_code=201)
@performs(operations.create_token)
async def create_token(ctx: Context, body: TokenCreate) -> Response:
    """The answer holds the token, once."""

    def show(tx: Tx, issued: operations.Issued) -> dict[str, Any]:
        return queries.one_token(tx, issued.id) | {"token": issued.secret}

    return await ctx.perform(operations.create_token, body, show=show, status=201)


@router.post("/api-tokens/{id}/revoke")
@performs(operations.revoke_token)
async def revoke_token(ctx: Context, id: int, body: Step | None = None) -> Response:
    note = body.note if body else None
    return await ctx.perform(operations.revoke_token, path_id(id), note, show=queries.one_token)
