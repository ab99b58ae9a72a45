"""A double submit has one effect: the same key and body get the saved answer."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.core import idempotency, secrecy
from app.core.calendar import now
from app.core.idempotency import KEPT, RECORD, SLACK
from app.core.operation import Tx
from app.core.policy import system_within
from app.installation import Installation
from app.jobs.registry import KINDS, Work
from tests.conftest import As
from tests.world import World

UNITS = "/api/v1/units"
NEW = {"code": "N1", "name": "新学校", "kind": "school"}


def post(client: Any, key: str, path: str = UNITS, **body: Any) -> Any:
    return client.post(path, json=body or NEW, headers={"idempotency-key": key})


def events(as_: As, operation: str) -> int:
    return int(as_("auditor").get("/api/v1/events", params={"operation": operation, "count": "true"}).json()["total"])


def test_same_key_and_body_replays_the_answer(as_: As) -> None:
    before = events(as_, "unit.create")
    first, second = post(as_("sysadmin"), "k-1"), post(as_("sysadmin"), "k-1")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.headers["etag"] == second.headers["etag"]
    assert second.headers["content-type"] == "application/json"
    assert events(as_, "unit.create") == before + 1


def test_another_body_under_the_same_key_is_422(as_: As) -> None:
    assert post(as_("sysadmin"), "k-1").status_code == 201
    other = post(as_("sysadmin"), "k-1", code="N2", name="又一校", kind="school")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = post(as_("sysadmin"), "k-1", "/api/v1/users", username="newcomer", name="新")
    assert elsewhere.status_code == 422


def test_failed_operation_keeps_no_key(as_: As) -> None:
    sysadmin = as_("sysadmin")
    wrong = NEW | {"valid_from": "2023-10-02", "valid_to": "2023-10-01"}
    assert post(sysadmin, "k-1", **wrong).status_code == 422
    assert post(as_("school"), "k-2").status_code == 403
    assert post(sysadmin, "k-1").status_code == 201
    assert post(sysadmin, "k-3").status_code == 409
    assert post(sysadmin, "k-3", code="N3", name="第三校", kind="school").status_code == 201


def test_key_belongs_to_its_user(as_: As, world: World) -> None:
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"]}
    assert post(as_("sysadmin"), "shared").status_code == 201
    assert post(as_("supervisor"), "shared", "/api/v1/liaisons", **pair).status_code == 201


def test_step_without_an_answer_body_or_input_replays_too(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"]}
    made = supervisor.post("/api/v1/liaisons", json=pair | {"valid_from": "2023-10-01"}).json()
    path = f"/api/v1/liaisons/{made['id']}/end"
    answers = [supervisor.post(path, headers={"idempotency-key": "end"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_senseless_key_is_422(as_: As) -> None:
    for key in ("", " ", "x" * 201, "键"):
        answer = as_("sysadmin").post(UNITS, json=NEW, headers={"idempotency-key": key.encode()})
        assert answer.status_code == 422, key


def test_replayed_secret_cannot_be_read_from_the_database(as_: As, app: FastAPI) -> None:
    """Promise 17: the saved answer of a new token holds the token, yet no dump shows it, nor the key."""
    school = as_("school")
    body = {"name": "抄送", "days": 3}
    first, second = (post(school, "a-key-of-my-own", "/api/v1/api-tokens", **body) for _ in range(2))
    assert first.json()["token"] == second.json()["token"]
    rows = app.state.database.read_now(lambda connection: str(connection.execute(sa.select(RECORD)).all()))
    assert first.json()["token"] not in rows
    assert "api_token" not in rows and '"id"' not in rows and "a-key-of-my-own" not in rows


def formerly(key: str, text: str) -> str:
    """As the release before sealed an answer."""
    data, salt = text.encode(), bytes(16)
    stream = hashlib.shake_256(b"seal" + salt + key.encode()).digest(len(data))
    return base64.b64encode(salt + bytes(one ^ other for one, other in zip(data, stream, strict=True))).decode()


def test_what_the_release_before_answered_is_answered_again_and_not_done_again(as_: As, app: FastAPI) -> None:
    """It was saved under the key alone, and is met for two days after the upgrade."""
    first, before = post(as_("sysadmin"), "k-1"), events(as_, "unit.create")

    as_it_was = sa.update(RECORD).values(body=formerly("k-1", first.text))
    app.state.database.write_now(lambda connection: connection.execute(as_it_was))
    again = post(as_("sysadmin"), "k-1")
    assert (again.status_code, again.text, again.headers["etag"]) == (201, first.text, first.headers["etag"])
    assert events(as_, "unit.create") == before


def test_a_form_that_the_release_before_took_is_the_same_form_here(
    as_: As, browse: As, app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the two run side by side a browser meets now one, now the other."""

    def once(tx: Tx, sent: idempotency.Sent, shape: TypeAdapter[Any], act: Callable[[Tx], Any]) -> Any:
        assert idempotency.claim(tx, sent.key, "") is None
        result = act(tx)
        body = formerly(sent.key, shape.dump_json(result).decode())
        tx.connection.execute(sa.update(RECORD).values(headers=idempotency.CHANGED, body=body))
        return result

    pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"], "valid_from": "2023-10-01"}
    path = f"/liaisons/{as_('supervisor').post('/api/v1/liaisons', json=pair).json()['id']}/end"
    browser = browse("supervisor")
    sent = {"csrf": browser.headers["x-csrf-token"] + ".one-rendering"}
    with monkeypatch.context() as formerly_:
        formerly_.setattr(idempotency, "once", once)
        first = browser.post(path, data=sent)
    before = events(as_, "liaison.end")
    again = browser.post(path, data=sent)
    assert (first.status_code, again.status_code) == (303, 303), again.text
    assert again.headers["location"] == first.headers["location"]
    assert before == events(as_, "liaison.end") == 1


def test_keys_of_single_answers_push_none_out_that_last(as_: As) -> None:
    assert post(as_("sysadmin"), "k-0", code="K0", name="第零校", kind="school").status_code == 201
    before = secrecy._key.cache_info()
    for number in range(1, 4):
        assert post(as_("sysadmin"), f"k-{number}", code=f"K{number}", name=f"第{number}校", kind="school").is_success
    assert secrecy._key.cache_info().misses == before.misses


def test_an_answer_that_cannot_be_opened_any_more_is_refused_and_nothing_done(
    as_: As, browse: As, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installation's secret was changed since; of a form nothing else tells that."""
    browser = browse("supervisor")
    csrf = browser.headers["x-csrf-token"] + ".one-rendering"
    sent = {"name": "夜班组", "kinds": "school", "csrf": csrf}
    assert browser.post("/unit-groups", data=sent).status_code == 303
    before = events(as_, "unit_group.create")
    monkeypatch.setattr(idempotency, "_purpose", lambda key: "sealed under another")
    again = browser.post("/unit-groups", data=sent)
    assert again.status_code == 422 and "答复不能再取出" in again.text
    assert events(as_, "unit_group.create") == before


def test_key_is_free_after_48_hours_and_its_record_goes(
    as_: As, app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def age(by: timedelta) -> None:
        older = sa.update(RECORD).values(created_at=now() - by)
        app.state.database.write_now(lambda connection: connection.execute(older))

    def left() -> int:
        count = sa.select(sa.func.count()).select_from(RECORD)
        return int(app.state.database.read_now(lambda connection: connection.execute(count).scalar_one()))

    sysadmin, other = as_("sysadmin"), {"code": "N2", "name": "又一校", "kind": "school"}
    first = post(sysadmin, "k-1")
    age(KEPT - timedelta(minutes=1))
    assert post(sysadmin, "k-1").json() == first.json()
    age(KEPT)
    later = post(sysadmin, "k-1", **other)
    assert (later.status_code, later.json()["code"]) == (201, "N2")
    assert post(sysadmin, "k-1", **other).json() == later.json(), "taken anew, for as long"
    assert post(sysadmin, "k-1").json()["code"] == "idempotency_key_reused"

    for number in range(4):
        assert (
            post(sysadmin, f"old-{number}", code=f"K{number}", name=f"第{number}校", kind="school").status_code == 201
        )
    age(KEPT + SLACK + timedelta(minutes=1))
    assert post(sysadmin, "fresh", code="N3", name="第三校", kind="school").status_code == 201
    monkeypatch.setattr(idempotency, "BATCH", 2)
    installation = Installation(app.state.settings, app.state.database)
    KINDS["idempotency.prune"].run(Work(installation, system_within(world.district), world.district))
    assert left() == 1, "of five in batches of two, all; and not the one of today"
