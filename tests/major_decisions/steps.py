"""Major decisions through the JSON API, for every test that needs some."""

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from app.core.calendar import SHANGHAI, now, today_of
from tests.walk.steps import API, ok
from tests.world import World

AT, SUPERVISED = f"{API}/major-decisions", f"{API}/decision-supervisions"
TODAY = today_of(now())
PREPARED = {
    "preparation": "已征求教职工意见。",
    "legality_by": "区司法所",
    "legality_on": (TODAY - timedelta(days=2)).isoformat(),
}
DISCLOSED = {
    "disclosed_from": TODAY.isoformat(),
    "disclosed_to": (TODAY + timedelta(days=6)).isoformat(),
    "disclosure_place": "校务公开栏",
}


def minute(days: int = 0) -> str:
    """A little before now, or as many days ago, as a form has it."""
    return (now() - timedelta(days=days, minutes=5)).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def held_on(days: int = 0) -> str:
    """The day of ``minute``."""
    return minute(days)[:10]


def meeting(**fields: Any) -> dict[str, Any]:
    return {
        "meeting_kind": "party_meeting",
        "held_at": minute(),
        "chair": "林青",
        "expected": 9,
        "present": 8,
        "opinions": [{"speaker": "高岩", "text": "同意。"}, {"speaker": "林青", "text": "同意，按程序采购。"}],
        "recusals": [{"name": "何芳", "reason": "亲属投标。"}],
        "votes_for": 6,
        "votes_against": 1,
        "votes_abstain": 0,
        "result": "passed",
        **fields,
    }


def registered(client: TestClient, category: str = "project", **fields: Any) -> dict[str, Any]:
    body = {"category": category, "subject": "维修教学楼屋面", "proposer": "林青", **fields}
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def step(client: TestClient, row: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    return ok(client.post(f"{AT}/{row['id']}/{action}", json=body))  # type: ignore[no-any-return]


def edited(client: TestClient, row: dict[str, Any], **fields: Any) -> Any:
    path = f"{AT}/{row['id']}"
    return client.patch(path, json=fields, headers={"if-match": client.get(path).headers["etag"]})


def deliberated(client: TestClient, category: str = "project", **fields: Any) -> dict[str, Any]:
    return step(client, registered(client, category, **{**PREPARED, **fields}), "deliberate")


def decided(client: TestClient, category: str = "project", **fields: Any) -> dict[str, Any]:
    return step(client, deliberated(client, category, **{**meeting(), **fields}), "decide")


def supervised(supervisor: TestClient, world: World, category: str, office: str) -> dict[str, Any]:
    body = {"category": category, "office_id": world.unit[office]}
    return ok(supervisor.post(SUPERVISED, json=body), 201)  # type: ignore[no-any-return]


def flagged(client: TestClient, flag: str = "any") -> list[int]:
    return [row["id"] for row in ok(client.get(f"{AT}?flag={flag}"))["data"]]
