"""Promise 16: receipts cannot be guessed, and of N + 1 at once exactly N are judged."""

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.complaints.limiting import key_of, today
from app.settings import Settings
from tests.at_once import at_once
from tests.complaints.steps import PUBLIC, TEXT, reported, status
from tests.conftest import As
from tests.walk.steps import ok
from tests.world import World

WRONG = {"receipt": "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"}


def test_wrong_receipts_are_refused_after_some_and_a_right_one_costs_nothing(
    client: TestClient, settings: Settings, world: World
) -> None:
    receipt = reported(client, world)
    for _ in range(settings.receipt_attempts + 5):
        assert status(client, receipt.lower().replace("-", " "))["state"] == "received"
    for _ in range(settings.receipt_attempts):
        assert client.post(f"{PUBLIC}/status", json=WRONG).json()["code"] == "wrong_receipt"
    refused = client.post("/report/status", data=WRONG)
    assert refused.status_code == 429 and refused.headers["retry-after"] and "明天" in refused.text
    assert client.post(f"{PUBLIC}/status", json={"receipt": receipt}).status_code == 429


def test_of_many_at_once_over_two_instances_exactly_the_allowed_ones_are_judged(
    app: FastAPI, settings: Settings, world: World
) -> None:
    from web.main import create_app

    async def guess(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(f"{PUBLIC}/status", json=WRONG)

    answers = at_once([app, create_app(settings)], "", guess, settings.receipt_attempts + 12)
    codes = [answer.status_code for answer in answers]
    assert codes.count(404) == settings.receipt_attempts and codes.count(429) == 12, codes


def test_reports_of_one_address_are_limited_and_the_same_form_twice_is_one(
    client: TestClient, as_: As, settings: Settings, world: World
) -> None:
    body = {"unit_id": world.unit["实验小学"], "category": "fees", "text": TEXT}
    keyed = {"idempotency-key": "k1"}
    first, again = (ok(client.post(PUBLIC, json=body, headers=keyed), 201)["receipt"] for _ in range(2))
    other = ok(client.post(PUBLIC, json=body | {"text": "另一件事。"}, headers=keyed), 201)["receipt"]
    assert first == again != other
    assert ok(as_("discipline").get("/api/v1/complaints?count=true"))["total"] == 2
    for _ in range(settings.report_attempts - 3):
        reported(client, world)
    assert client.post(PUBLIC, json=body).status_code == 429


def test_where_it_cannot_be_counted_nothing_is_taken(client: TestClient, settings: Settings, world: World) -> None:
    (settings.data / "daily").write_text("no folder")
    body = {"unit_id": world.unit["实验小学"], "category": "fees", "text": TEXT}
    assert client.post(PUBLIC, json=body).status_code == 503
    assert client.post(f"{PUBLIC}/status", json=WRONG).status_code == 503


def test_a_key_that_another_is_making_is_not_thrown_away(settings: Settings) -> None:
    made = settings.data / "daily" / f".{today().isoformat()}-0f"
    made.parent.mkdir()
    made.write_text("half")
    (made.parent / "2020-01-01").write_text("old")
    key_of(settings, today())
    assert sorted(path.name for path in made.parent.iterdir()) == [made.name, today().isoformat()]
