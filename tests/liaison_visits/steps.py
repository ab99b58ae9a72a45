"""Liaison visits through the JSON API, for every test that needs some."""

from datetime import date, timedelta
from typing import Any

from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

AT, MATTERS, QUOTAS = f"{API}/liaison-visits", f"{API}/liaison-matters", f"{API}/liaison-quotas"


def today() -> date:
    return today_of(now())


def tomorrow() -> str:
    return (today() + timedelta(days=1)).isoformat()


def pair(as_: As, world: World, office: str = "教育股", school: str = "第一中学", **fields: Any) -> int:
    """The id of a pair; that of 教育股 and 第一中学 stands from the beginning."""
    units = {"office_id": world.unit[office], "school_id": world.unit[school]}
    known = ok(as_("supervisor").get(f"{API}/liaisons", params=units))["data"]
    if known and not fields:
        return int(known[0]["id"])
    return int(ok(as_("supervisor").post(f"{API}/liaisons", json={**units, **fields}), 201)["id"])


def visited(client: TestClient, liaison_id: int, **fields: Any) -> dict[str, Any]:
    body = {"visited_on": today().isoformat(), "visitors": "张晓梅、陈立", "content": "查看收费公示和师德台账。"}
    return ok(client.post(AT, json={"liaison_id": liaison_id, **body, **fields}), 201)  # type: ignore[no-any-return]


def urged(client: TestClient, visit: dict[str, Any], text: str = "更新收费公示。", **fields: Any) -> dict[str, Any]:
    body = {"text": text, "deadline_on": tomorrow(), **fields}
    return ok(client.post(f"{AT}/{visit['id']}/urge", json=body), 201)  # type: ignore[no-any-return]


def standing(client: TestClient, **params: Any) -> dict[str, tuple[int, int, int]]:
    """School → what its pair owes, has made and lacks."""
    rows = ok(client.get(f"{AT}/coverage", params=params))["data"]
    return {row["school_name"]: (row["required"], row["made"], row["missing"]) for row in rows}
