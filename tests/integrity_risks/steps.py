"""Integrity risks through the JSON API, for every test that needs some."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.integrity_risks import operations as ops
from app.settings import Settings
from tests.walk.steps import API, ok
from tests.world import World

ROUNDS, RISKS, MEASURES = f"{API}/risk-rounds", f"{API}/integrity-risks", f"{API}/risk-measures"
WORDS = {
    "department": "总务处",
    "post": "采购员",
    "duty_item": "食材采购与验收",
    "risk_point": "采购价格虚高",
    "manifestation": "与供货商私下商定价格。",
    "source": "process",
    "likelihood": 3,
    "impact": 4,
}


def day(offset: int) -> str:
    return (today_of(now()) + timedelta(days=offset)).isoformat()


def opened(supervisor: TestClient, world: World, **fields: Any) -> dict[str, Any]:
    body = {"year": 2026, "title": "年度廉政风险排查", "deadline_on": day(30)}
    body |= {"unit_group_id": world.group["各学校（园）"], **fields}
    return ok(supervisor.post(ROUNDS, json=body), 201)  # type: ignore[no-any-return]


def identified(client: TestClient, **fields: Any) -> dict[str, Any]:
    return ok(client.post(RISKS, json=WORDS | fields), 201)  # type: ignore[no-any-return]


def controlled_by(client: TestClient, row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"text": "三家比价，两人验收。", "responsible_person": "何芳", **fields}
    return ok(client.post(f"{RISKS}/{row['id']}/measures", json=body), 201)  # type: ignore[no-any-return]


def submitted(client: TestClient, **fields: Any) -> dict[str, Any]:
    row = identified(client, **fields)
    controlled_by(client, row)
    return step(client, row, "submit")


def step(client: TestClient, row: dict[str, Any], action: str, note: str = "") -> dict[str, Any]:
    return ok(client.post(f"{RISKS}/{row['id']}/{action}", json={"note": note} if note else {}))  # type: ignore[no-any-return]


def read(client: TestClient, row: dict[str, Any]) -> dict[str, Any]:
    return ok(client.get(f"{RISKS}/{row['id']}"))  # type: ignore[no-any-return]


def figures(client: TestClient, row: dict[str, Any]) -> dict[str, int]:
    found = ok(client.get(f"{ROUNDS}/{row['id']}"))
    return {name: found[name] for name in ("asked", "risks", "nil", "missing", "risk_count")}


def day_comes(client: Any, world: World, on: str) -> None:
    """What the schedule does on that day."""

    def work(connection: sa.Connection) -> None:
        tx = Tx(connection, system_within(world.district), Settings())
        tx.today = date.fromisoformat(on)
        transact(tx, ops.fall_due)

    client.app.state.database.write_now(work)
