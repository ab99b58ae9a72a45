"""Complaints as the public sends them and as they are handled, for every test that needs one."""

from typing import Any

from starlette.testclient import TestClient

from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

AT, PUBLIC = f"{API}/complaints", f"{API}/public/complaints"
TEXT = "校门口的托管班里有本校教师收费补课，每周六上午两小时，每次一百元。"


def reported(client: TestClient, world: World, unit: str | None = "实验小学", **fields: Any) -> str:
    """The receipt."""
    about = {"unit_id": world.unit[unit]} if unit else {"bureau_id": world.district}
    body = {**about, "category": "paid_tutoring", "text": TEXT, **fields}
    return str(ok(client.post(PUBLIC, json=body), 201)["receipt"])


def status(client: TestClient, receipt: str) -> dict[str, Any]:
    return ok(client.post(f"{PUBLIC}/status", json={"receipt": receipt}))  # type: ignore[no-any-return]


def newest(as_: As, account: str = "discipline") -> dict[str, Any]:
    return ok(as_(account).get(AT))["data"][0]  # type: ignore[no-any-return]


def step(client: TestClient, complaint: Any, action: str, status: int = 200, **body: Any) -> Any:
    row_id = complaint["id"] if isinstance(complaint, dict) else complaint
    return ok(client.post(f"{AT}/{row_id}/{action}", json=body), status)


def under_way(as_: As, client: TestClient, world: World, **fields: Any) -> tuple[dict[str, Any], str]:
    """Accepted, given to 职成股's like (人事股) and investigated; with its receipt."""
    receipt = reported(client, world, **fields)
    return investigate(as_, world, newest(as_)), receipt


def investigate(as_: As, world: World, row: dict[str, Any]) -> Any:
    supervisor = as_("supervisor")
    step(supervisor, row, "accept")
    handled = {"handling_unit_id": world.unit["人事股"], "handler_id": world.user["office"]}
    step(supervisor, row, "assign", **handled)
    return step(as_("office"), row, "investigate")
