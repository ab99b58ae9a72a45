"""Cases through the JSON API, for every test that needs some."""

from typing import Any

from starlette.testclient import TestClient

from tests.walk.steps import API, ok
from tests.world import World

AT, CIRCULARS, OFFICES = f"{API}/cases", f"{API}/case-circulars", f"{API}/case-offices"
WORDS = {"title": "大宗采购只有一家报价", "text": "连续两次采购只有一家报价，验收单由一人签字。"}
FOUND = {"conclusion": "反映属实。", "measures": "批评教育，限期整改。"}
TOLD = "某校采购不规范，已批评教育，请各单位引以为戒。"


def opened(client: TestClient, world: World, unit: str = "实验小学", **fields: Any) -> dict[str, Any]:
    body = {"category": "procurement", "source": "audit", "unit_id": world.unit[unit], **WORDS, **fields}
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def noted(client: TestClient, row: dict[str, Any], text: str = "与总务主任谈话。") -> dict[str, Any]:
    return ok(client.post(f"{AT}/{row['id']}/notes", json={"text": text}), 201)  # type: ignore[no-any-return]


def joined(client: TestClient, row: dict[str, Any], user_id: int) -> dict[str, Any]:
    return ok(client.post(f"{AT}/{row['id']}/add-handler", json={"user_id": user_id}))  # type: ignore[no-any-return]


def concluded(client: TestClient, row: dict[str, Any]) -> dict[str, Any]:
    path = f"{AT}/{row['id']}"
    ok(client.patch(path, json=FOUND, headers={"if-match": str(row["version"])}))
    for step in ("examine", "file", "conclude"):
        row = ok(client.post(f"{path}/{step}"))
    return row
