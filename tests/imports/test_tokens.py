"""An import by a token needs the token's leave for what is imported, until the last row is written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.audit import audited_write
from app.core.calendar import now
from app.identity.models import TOKEN
from app.imports import operations as ops
from app.imports.registry import IMPORTABLES
from app.installation import Installation
from app.worker import Worker
from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, looked_through, send
from tests.walk.steps import API, ok

TABLE = as_csv(*((f"L{n}", f"第{n}小学", "学校", "", "小学") for n in range(5)))
LIMITED = "令牌没有 units:write 这一范围，不能导入单位，请换用有这一范围的令牌"


@pytest.fixture
def limited(as_: As, client: TestClient) -> Callable[..., dict[str, Any]]:
    """The client shows a token of the system administrator's that has these scopes from now on."""

    def limit(*scopes: str) -> dict[str, Any]:
        made: dict[str, Any] = ok(
            as_("sysadmin").post(f"{API}/api-tokens", json={"name": "抄送", "scopes": scopes}), 201
        )
        client.headers["authorization"] = f"Bearer {made['token']}"
        return made

    return limit


def test_every_importable_is_a_noun_of_the_api(app: FastAPI, limited: Callable[..., Any]) -> None:
    limited(*(f"{name}:write" for name in IMPORTABLES))


def test_a_token_for_imports_alone_imports_nothing(
    as_: As, client: TestClient, limited: Callable[..., dict[str, Any]]
) -> None:
    run = looked_through(as_("sysadmin"), TABLE)
    for scopes in (("imports:write",), ("imports:write", "units:read", "users:write")):
        limited(*scopes)
        for mode in ("preview", "commit", "commit-valid"):
            refused = send(client, TABLE, mode=mode)
            assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
            assert refused.json()["detail"] == LIMITED
        for action in ("commit", "commit-valid"):
            assert client.post(f"{IMPORTS}/{run['id']}/{action}").json()["detail"] == LIMITED
    assert ok(as_("supervisor").get(f"{API}/units?q=第4小学"))["data"] == []
    limited("imports:write", "units:write")
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit"))["written_count"] == 5
    limited("imports:write")
    assert client.post(f"{IMPORTS}/{run['id']}/undo").json()["detail"] == LIMITED


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ({"scopes": ["imports:write"]}, LIMITED),
        ({"revoked_at": now()}, "发起人的账号已停用或没有权限"),
        ({"expires_at": now() - timedelta(seconds=1)}, "发起人的账号已停用或没有权限"),
    ],
    ids=["limited", "revoked", "expired"],
)
def test_a_job_has_its_tokens_limits_at_each_step(
    app: FastAPI,
    client: TestClient,
    limited: Callable[..., dict[str, Any]],
    as_: As,
    monkeypatch: pytest.MonkeyPatch,
    then: dict[str, Any],
    said: str,
) -> None:
    """The second job of a long import is put in by the first: it, too, acts by the token."""
    monkeypatch.setattr(ops, "AT_ONCE", 3)
    monkeypatch.setattr("app.imports.uploads.AT_ONCE", 3)
    token = limited("imports:write", "units:write")
    run = ok(send(client, TABLE, mode="commit"), 202)
    worker = Worker(Installation(app.state.settings, app.state.database))
    assert worker.work_once()

    def change(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(TOKEN).where(TOKEN.c.id == token["id"]).values(then))

    app.state.database.write_now(change)
    assert worker.work_once() and not worker.work_once()
    found = ok(as_("sysadmin").get(f"{IMPORTS}/{run['id']}"))
    assert (found["state"], found["busy"], found["problem"]) == ("checked", None, said)
    assert ok(as_("supervisor").get(f"{API}/units?q=第4小学"))["data"] == []
