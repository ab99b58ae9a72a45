"""Filings through the JSON API, for every test that needs some."""

from typing import Any

from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from tests.walk.steps import API, evidence, ok
from tests.world import World

AT, ASKED = f"{API}/filings", f"{API}/filing-requirements"
THIS = today_of(now()).year
LAST = THIS - 1
ADOPTED = f"{THIS}-01-01"


def drafted(client: TestClient, kind: str = "charter", **fields: Any) -> dict[str, Any]:
    body = {"kind": kind, "title": "实验小学章程", "adopted_on": ADOPTED, **fields}
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def with_file(client: TestClient, row: dict[str, Any]) -> dict[str, Any]:
    evidence(client, row["title"], target="filings", target_id=str(row["id"]))
    return ok(client.get(f"{AT}/{row['id']}"))  # type: ignore[no-any-return]


def filed(client: TestClient, kind: str = "charter", **fields: Any) -> dict[str, Any]:
    row = with_file(client, drafted(client, kind, **fields))
    return ok(client.post(f"{AT}/{row['id']}/file"))  # type: ignore[no-any-return]


def sent_back(reviewer: TestClient, row: dict[str, Any], note: str = "缺少议事决策一章。") -> dict[str, Any]:
    return ok(reviewer.post(f"{AT}/{row['id']}/send-back", json={"note": note}))  # type: ignore[no-any-return]


def required(supervisor: TestClient, world: World, kind: str = "charter", **fields: Any) -> dict[str, Any]:
    body = {"kind": kind, "unit_group_id": world.group["各学校（园）"], **fields}
    return ok(supervisor.post(ASKED, json=body), 201)  # type: ignore[no-any-return]


def state(client: TestClient, row: dict[str, Any]) -> str:
    return str(ok(client.get(f"{AT}/{row['id']}"))["state"])


def missing(client: TestClient, kind: str = "charter", **params: Any) -> list[str]:
    return [row["name"] for row in ok(client.get(f"{AT}/missing", params={"kind": kind, **params}))["data"]]


def matrix(client: TestClient, **params: Any) -> dict[str, Any]:
    return ok(client.get(f"{AT}/matrix", params=params))  # type: ignore[no-any-return]


def standings(client: TestClient, kind: str = "charter", **params: Any) -> dict[str, str]:
    """Unit → how it stands with a kind, where it is asked for."""
    units = matrix(client, **params)["data"]
    return {u["unit_name"]: cell["standing"] for u in units for cell in u["cells"] if cell["kind"] == kind}
