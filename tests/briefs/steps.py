"""Briefs through the JSON API, for every test that needs some."""

from typing import Any

from starlette.testclient import TestClient

from tests.stock import day
from tests.walk.steps import API, ok

AT = f"{API}/briefs"
LINK = "https://news.example.com/2026/01.html?id=1"


def written(client: TestClient, kind: str = "highlight", **fields: Any) -> dict[str, Any]:
    body = {"kind": kind, "title": "清廉家风进课堂", "text": "微课十二节。", "written_on": day(0).isoformat(), **fields}
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def taken(client: TestClient, row: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    return ok(client.post(f"{AT}/{row['id']}/{action}", json=body))  # type: ignore[no-any-return]


def promoted(client: TestClient, supervisor: TestClient, kind: str = "highlight", **fields: Any) -> dict[str, Any]:
    row = taken(client, written(client, kind, **fields), "submit")
    return taken(supervisor, taken(supervisor, row, "select"), "promote")


def seen(client: TestClient, **params: Any) -> list[int]:
    return [row["id"] for row in ok(client.get(AT, params=params))["data"]]
