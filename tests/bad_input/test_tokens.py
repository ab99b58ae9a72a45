"""Tokens that open nothing, or not this: 401 or 403 before a body is read, and nothing is stored."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.audit import audited_write
from app.core.calendar import now
from app.identity.models import TOKEN
from tests.conftest import As
from tests.fuzz.answers import faults
from tests.fuzz.stored import Stored
from tests.walk.steps import API, ok
from tests.world import World

Spoil = Callable[[FastAPI, As, World, dict[str, Any]], None]


def expired(app: FastAPI, as_: As, world: World, token: dict[str, Any]) -> None:
    def change(connection: sa.Connection) -> None:
        with audited_write(connection):
            ended = {"expires_at": now() - timedelta(seconds=1)}
            connection.execute(sa.update(TOKEN).where(TOKEN.c.id == token["id"]).values(ended))

    app.state.database.write_now(change)


def revoked(app: FastAPI, as_: As, world: World, token: dict[str, Any]) -> None:
    ok(as_("supervisor").post(f"{API}/api-tokens/{token['id']}/revoke"))


def disabled(app: FastAPI, as_: As, world: World, token: dict[str, Any]) -> None:
    user = f"{API}/users/{world.user['supervisor']}"
    held = {"if-match": as_("sysadmin").get(user).headers["etag"]}
    ok(as_("sysadmin").patch(user, json={"disabled": True}, headers=held))


def as_it_was_made(app: FastAPI, as_: As, world: World, token: dict[str, Any]) -> None:
    pass


UNITS, LIAISONS = f"{API}/units", f"{API}/liaisons"
BAD_TOKEN, SCOPE, FORBIDDEN = (401, "bad_token"), (403, "insufficient_scope"), (403, "forbidden")
ROWS: dict[str, tuple[dict[str, Any], Spoil, tuple[int, str], tuple[int, str]]] = {
    "an expired token": ({}, expired, BAD_TOKEN, BAD_TOKEN),
    "a revoked token": ({}, revoked, BAD_TOKEN, BAD_TOKEN),
    "a token of somebody who was disabled": ({}, disabled, BAD_TOKEN, BAD_TOKEN),
    "a token of another scope": ({"scopes": ["plans:write"]}, as_it_was_made, SCOPE, SCOPE),
    "a token for reading": ({"scopes": ["units:read", "liaisons:read"]}, as_it_was_made, (200, ""), SCOPE),
    "a token of another unit": ({"unit": "督查室"}, as_it_was_made, (200, ""), FORBIDDEN),
}
"""What it is limited to, what becomes of it, and what a list and a write answer."""


@pytest.mark.parametrize("what", ROWS)
def test_a_token_opens_nothing_else(app: FastAPI, as_: As, client: TestClient, world: World, what: str) -> None:
    limits, spoil, reading, writing = ROWS[what]
    limits = {"unit_id": world.unit[limits["unit"]]} if "unit" in limits else limits
    token = ok(as_("supervisor").post(f"{API}/api-tokens", json={"name": "抄送", **limits}), 201)
    spoil(app, as_, world, token)
    client.headers["authorization"] = f"Bearer {token['token']}"
    stored = Stored(app)
    before = stored.look()
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"], "valid_from": "2023-10-01"}
    # A token that is sound reaches the operation: there the body counts.
    sent = {"json": pair} if writing == FORBIDDEN else {"content": unread()}
    for answer, (status, code) in ((client.get(UNITS), reading), (client.post(LIAISONS, **sent), writing)):
        assert (answer.status_code, answer.json().get("code", "")) == (status, code), answer.text
        assert list(faults(answer)) == []
    assert stored.look() == before


def unread() -> Iterator[bytes]:
    raise AssertionError("the body was read")
    yield b""
