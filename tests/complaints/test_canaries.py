"""Promise 11 where nothing is asked for: what webhooks are told and what a fault leaves in the log."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.complaints import identities, telling
from app.core import log
from app.core.operation import Tx
from app.settings import Settings
from app.webhooks.models import DELIVERY
from tests.complaints.steps import AT, PUBLIC, TEXT, reported, status, step, under_way
from tests.complaints.test_registering import letter
from tests.complaints.test_traces import CONTACT, NAME, raw
from tests.conftest import As, form
from tests.walk.steps import API, ok
from tests.webhooks.conftest import Hook, Turn
from tests.webhooks.conftest import hook as hook  # the fixtures
from tests.webhooks.conftest import receiver as receiver
from tests.webhooks.conftest import settings as settings
from tests.webhooks.conftest import turn as turn
from tests.webhooks.receiver import Receiver
from tests.world import World

UNITS = ("教育局", "督查室", "人事股", "实验小学")


def test_no_webhook_hears_of_a_complaint_nor_of_who_sent_it(
    app: FastAPI, client: TestClient, as_: As, browse: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    """But of the rectification that it led to, by its number."""
    for unit in UNITS:
        hook(unit)
    row, receipt = under_way(as_, client, world, name=NAME, contact=CONTACT, accused="高岩")
    came = ok(as_("supervisor").post(AT, json=letter(world, name=NAME, contact=CONTACT)), 201)
    ok(client.post(f"{PUBLIC}/answers", json={"receipt": receipt, "text": "还有一次。"}))
    office = as_("office")
    step(browse("office"), row, "identify", note="需要当面核实。")
    body = {"category": "ethics", "source": "complaint", "title": "补课线索", "text": TEXT, "complaint_id": row["id"]}
    ok(office.post(f"{API}/cases", json=body), 201)
    step(office, row, "conclude", result="substantiated", conclusion="已责令退费。")
    step(office, row, "reply")
    step(as_("supervisor"), row, "rectify", problem="开展专项整治。", deadline_on="2199-01-01")
    turn()
    assert {got.data["resource"] for got in receiver.got} == {"rectifications"}
    every = sa.select(DELIVERY)
    kept = app.state.database.read_now(lambda connection: connection.execute(every).all())
    told = str(kept) + "".join(f"{got.headers} {got.body.decode()}" for got in receiver.got)
    for secret in (NAME, raw(NAME), CONTACT, TEXT, "高岩", receipt, row["code"], came["code"], came["receipt"]):
        assert secret not in told
    for noun in ("complaints", "cases"):
        refused = as_("secadmin").post(f"{API}/webhooks", json={"name": "x", "url": receiver.url, "resources": [noun]})
        assert refused.status_code == 422


def _raising(*given: Any, **more: Any) -> Any:
    raise RuntimeError(f"{given} {more}")


def _asking(tx: Tx, complaint_id: int) -> None:
    """A statement that the database refuses, with what was typed bound to it."""
    tx.connection.execute(sa.text("SELECT 1 FROM nowhere WHERE a = :a AND b = :b"), {"a": NAME, "b": CONTACT})


def test_a_fault_on_the_way_leaves_neither_name_nor_text_in_log_and_answer(
    app: FastAPI, settings: Settings, client: TestClient, as_: As, browse: As, world: World, monkeypatch: Any
) -> None:
    row, receipt = under_way(as_, client, world, name=NAME, contact=CONTACT)
    logged = io.StringIO()
    log.configure(settings, logged)
    calm = TestClient(app, base_url="http://testserver", raise_server_exceptions=False, follow_redirects=False)
    calm.portal = client.portal
    body = {"unit_id": world.unit["实验小学"], "category": "fees", "text": TEXT, "name": NAME, "contact": CONTACT}
    session = browse("supervisor")
    staff = {"authorization": f"Bearer {world.token['supervisor']}"}
    office = browse("office")
    handler = {"cookie": f"ql={office.cookies['ql']}", "x-csrf-token": office.headers["x-csrf-token"]}
    answers = []
    for module, name, broken in (
        (identities, "encrypt", _raising),
        (identities, "json", SimpleNamespace(dumps=_raising, loads=_raising)),
        (telling, "received", _asking),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, broken)
            answers.append(calm.post(PUBLIC, json=body))
            answers.append(calm.post("/report", data={**body, "nonce": "n"}))
            answers.append(calm.post(AT, json=letter(world, name=NAME, contact=CONTACT), headers=staff))
            calm.cookies.update(session.cookies)
            typed = {key: str(value) for key, value in letter(world, name=NAME, contact=CONTACT).items()}
            answers.append(calm.post("/complaints", data=form(session, **typed)))
            calm.cookies.clear()
    with monkeypatch.context() as patch:
        patch.setattr(identities, "json", SimpleNamespace(loads=_raising))
        answers.append(calm.post(f"{AT}/{row['id']}/identify", json={"note": "核实。"}, headers=handler))
    assert {answer.status_code for answer in answers} == {500}, [answer.status_code for answer in answers]
    said = logged.getvalue()
    assert said.count('"fault"') >= len(answers) and "RuntimeError" in said and "_raising" in said
    told = said + "".join(answer.text for answer in answers)
    for secret in (NAME, raw(NAME), CONTACT, TEXT, TEXT[:12], receipt):
        assert secret not in told
    assert ok(as_("discipline").get(f"{AT}?count=true"))["total"] == 1, "nothing half stored"
    assert status(client, receipt)["state"] == "investigating"


@pytest.mark.parametrize("broken", ["missing", "another", "empty", "bytes", "folder"])
def test_without_the_key_no_name_is_taken_and_everybody_who_would_need_it_is_told(
    app: FastAPI, settings: Settings, client: TestClient, as_: As, browse: As, world: World, broken: str
) -> None:
    row, _ = under_way(as_, client, world, name=NAME, contact=CONTACT)
    assert client.get("/readyz").json()["checks"]["complaint_key"] == "ok"
    path = settings.complaint_key_path
    kept = path.read_text()
    path.unlink()
    if broken == "folder":
        path.mkdir()
    elif broken != "missing":
        path.write_bytes({"another": b"another", "empty": b" \n", "bytes": b"\xff\xfe\x80"}[broken])
    body = {"unit_id": world.unit["实验小学"], "category": "fees", "text": TEXT, "name": NAME, "contact": CONTACT}
    supervisor, office = browse("supervisor"), browse("office")
    typed = {key: str(value) for key, value in letter(world, name=NAME, contact=CONTACT).items()}
    for refused in (
        client.post(PUBLIC, json=body),
        client.post("/report", data={**body, "bureau_id": world.district}),
        as_("supervisor").post(AT, json=letter(world, name=NAME, contact=CONTACT)),
        supervisor.post("/complaints", data=form(supervisor, **typed)),
    ):
        assert refused.status_code == 503 and "密钥" in refused.text and "匿名" in refused.text
        if refused.headers["content-type"].startswith("text/html"):
            assert TEXT in refused.text, "what was typed is there to be sent without the name"
    opened = office.post(f"/complaints/{row['id']}/identify", data=form(office, note="核实。"))
    assert opened.status_code == 503 and "密钥" in opened.text and row["code"] in opened.text
    assert ok(as_("discipline").get(f"{AT}?count=true"))["total"] == 1
    assert path.exists() == (broken != "missing"), "no new key is made"
    check = app.state.database.read_now(lambda connection: identities.fault(connection, settings))
    assert "密钥" in check
    reported(client, world)
    assert ok(as_("discipline").get(f"{AT}?count=true"))["total"] == 2, "without a name it is taken"
    app.state.readiness._until = 0
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["complaint_key"]) == (200, "failed")
    if path.is_dir():
        path.rmdir()
    path.write_text(kept)
    ok(client.post(PUBLIC, json=body), 201)
    step(office, row, "identify", note="核实。")
