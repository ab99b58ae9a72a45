"""Cases through the JSON API, for every test that needs some."""

from typing import Any

from starlette.testclient import TestClient

from tests.conftest import As
from tests.documents.steps import DOCUMENTS
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


def concluded(client: TestClient, row: dict[str, Any], **found: str) -> dict[str, Any]:
    path = f"{AT}/{row['id']}"
    row = ok(client.get(path))
    ok(client.patch(path, json=FOUND | found, headers={"if-match": str(row["version"])}))
    for step in ("examine", "file", "conclude"):
        row = ok(client.post(f"{path}/{step}"))
    return row


def drawn_up(as_: As, row: dict[str, Any], account: str = "supervisor", **changes: Any) -> dict[str, Any]:
    """The draft of a concluded case's circular."""
    case = ok(as_(account).post(f"{AT}/{row['id']}/draw-up", json={}))
    paper = ok(as_(account).get(f"{DOCUMENTS}/{case['document']['id']}"))
    if changes:
        version = {"if-match": str(paper["version"])}
        paper = ok(as_(account).patch(f"{DOCUMENTS}/{paper['id']}", json=changes, headers=version))
    return paper  # type: ignore[no-any-return]


def circulated(as_: As, world: World, row: dict[str, Any], by: str = "discipline", **changes: Any) -> dict[str, Any]:
    """Drawn up by the supervisor, approved by another, who is made a handler for it, and served."""
    paper = drawn_up(as_, row, **{"body": TOLD, **changes})
    user_id = world.user[ok(as_(by).get(f"{API}/me"))["username"]]
    if user_id not in [each["user_id"] for each in ok(as_("supervisor").get(f"{AT}/{row['id']}"))["handlers"]]:
        joined(as_("supervisor"), row, user_id)
    for account, step in (("supervisor", "submit"), (by, "approve"), ("supervisor", "serve")):
        ok(as_(account).post(f"{DOCUMENTS}/{paper['id']}/{step}"))
    return ok(as_("supervisor").get(f"{AT}/{row['id']}"))  # type: ignore[no-any-return]
