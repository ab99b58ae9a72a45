"""Breakdowns through the JSON API, for every test that needs some."""

from typing import Any

from starlette.testclient import TestClient

from tests.stock import day
from tests.walk.steps import API, ok

AT = f"{API}/breakdowns"


def step(text: str = "修订议事规则", days: int = 5, **fields: Any) -> dict[str, Any]:
    return {"text": text, "person": "刘敏", "deadline_on": day(days).isoformat(), **fields}


def drafted(client: TestClient, assignment_id: int, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"assignment_id": assignment_id, "steps": list(steps) or [step()], **fields}
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def taken(client: TestClient, row: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    return ok(client.post(f"{AT}/{row['id']}/{action}", json=body))  # type: ignore[no-any-return]


def confirmed(client: TestClient, reviewer: TestClient, assignment_id: int, *steps: dict[str, Any]) -> dict[str, Any]:
    return taken(reviewer, taken(client, drafted(client, assignment_id, *steps), "submit"), "confirm")


def edited(client: TestClient, row: dict[str, Any], **body: Any) -> Any:
    return client.patch(f"{AT}/{row['id']}", json=body, headers={"if-match": f'"{row["version"]}"'})
