"""Promise 17: whoever reads the database, or a dump of it, holds no password, token, code or running session."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import idempotency
from app.core.calendar import now
from app.core.errors import Invalid
from app.core.idempotency import fingerprint
from tests.conftest import As, form
from tests.identity.test_second_factor import FACTOR, enrolled
from tests.walk.steps import ok
from tests.world import PASSWORD, World

API = "/api/v1"
TYPED_BY_MISTAKE = "hunter-in-the-name-field"


def dump(app: FastAPI) -> bytes:
    """Every row of every table as the driver gives it; of SQLite also the file's and its log's own bytes."""
    database = app.state.database
    with database.reader.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        assert len(names) > 30
        rows = [tuple(row) for name in names for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]
    text = "\n".join(" ".join(map(_as_text, row)) for row in rows).encode()
    if database.is_sqlite:
        file = Path(str(database.url.database))
        text += b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    return text


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes | memoryview) else json.dumps(value, default=str)


def test_secrets_cannot_be_read_from_the_database(
    app: FastAPI, client: TestClient, as_: As, browse: As, world: World
) -> None:
    browser, leader = browse("school"), browse("leader")
    secret, recovery = enrolled(leader)
    begun = browser.post(FACTOR, json={"password": PASSWORD}, headers={"idempotency-key": "4once-only-key"})
    pending = ok(begun, 201)["secret"]
    client.post("/login", data={"username": "leader", "password": PASSWORD})
    halfway = client.cookies["ql-code"]
    client.post(f"{API}/sessions", json={"username": TYPED_BY_MISTAKE, "password": PASSWORD})
    code = pyotp.TOTP(secret).at(now())
    used = {"username": "leader", "password": PASSWORD, "code": recovery[0]}
    assert client.post(f"{API}/sessions", json=used).status_code == 201
    key = "once-only-key"
    made = ok(
        as_("sysadmin").post(
            f"{API}/users", json={"username": "newcomer", "name": "新"}, headers={"idempotency-key": f"1{key}"}
        ),
        201,
    )
    token = ok(
        as_("school").post(f"{API}/api-tokens", json={"name": "抄送"}, headers={"idempotency-key": f"2{key}"}), 201
    )["token"]
    reset = ok(
        as_("sysadmin").post(
            f"{API}/users/{world.user['office']}/reset-password", headers={"idempotency-key": f"3{key}"}
        )
    )
    changed = {"old_password": PASSWORD, "new_password": "春眠不觉晓 and so on", "again": "春眠不觉晓 and so on"}
    assert browser.post("/account/password", data=form(browser, **changed)).status_code == 303
    held = {
        "password": PASSWORD,
        "new password": changed["new_password"],
        "bearer token": world.token["school"],
        "made token": token,
        "one-time password": made["one_time_password"],
        "reset password": reset["one_time_password"],
        "session": browser.cookies["ql"],
        "session of the second factor": leader.cookies["ql"],
        "csrf": browser.headers["x-csrf-token"],
        "between password and code": halfway.rpartition(".")[2],
        "phone's secret": secret,
        "pending secret": pending,
        "a code": f'"{code}"',
        "installation's secret": app.state.settings.secret,
        "typed into the name": TYPED_BY_MISTAKE,
        "idempotency key": key,
        "what a password can be tried against": fingerprint("POST", FACTOR, begun.request.content),
        "address": "testclient",
        **{f"recovery code {n}": each for n, each in enumerate(recovery)},
        **{f"recovery code {n} bare": each.replace("-", "") for n, each in enumerate(recovery)},
    }
    found = dump(app)
    assert re.search(rb"argon2id", found) and b"\xe5\xae\x9e\xe9\xaa\x8c" in found.replace(
        b"\\u5b9e\\u9a8c", "实验".encode()
    )
    assert [name for name, value in held.items() if value.encode() in found or _escaped(value) in found] == []


def test_a_guessed_key_opens_no_saved_answer(app: FastAPI, as_: As, world: World) -> None:
    """A client may choose a key that is easily guessed, as the guide does (``school-1``): whoever tries it on a dump,
    and knows the program, has still to have the installation's secret."""
    key = {"idempotency-key": "school-1"}
    made = as_("school").post(f"{API}/api-tokens", json={"name": "抄送"}, headers=key)
    tx = lookalike("another installation's secret, of some length", world.user["school"])
    [saved] = [row.body for row in records(app) if row.user_id == world.user["school"]]
    with pytest.raises(Invalid):
        idempotency._open(tx, "school-1", saved)
    with pytest.raises(ValueError):
        idempotency._open_former("school-1", saved.removeprefix(idempotency.SEALED))
    again = as_("school").post(f"{API}/api-tokens", json={"name": "抄送"}, headers=key)
    assert ok(again, 201)["token"] == ok(made, 201)["token"]


def records(app: FastAPI) -> Sequence[Any]:
    return app.state.database.read_now(  # type: ignore[no-any-return]
        lambda connection: connection.execute(sa.select(idempotency.RECORD)).all()
    )


def lookalike(secret: str, user_id: int) -> Any:
    """A transaction of whoever has the dump and all but the secret."""
    return SimpleNamespace(settings=SimpleNamespace(secret=secret), actor=SimpleNamespace(user_id=user_id))


def _escaped(value: str) -> bytes:
    """As JSON columns and this dump write what is not ASCII."""
    return json.dumps(value)[1:-1].encode()
