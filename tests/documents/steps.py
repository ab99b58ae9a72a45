"""A document on its way, through the JSON API."""

from typing import Any

from tests.conftest import As
from tests.walk.steps import API, ok

DOCUMENTS = f"{API}/documents"


def draft(as_: As, kind: str, **given: Any) -> dict[str, Any]:
    return ok(as_("supervisor").post(DOCUMENTS, json={"kind": kind, **given}), 201)  # type: ignore[no-any-return]


def edit(as_: As, document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    headers = {"if-match": f'"{document["version"]}"'}
    return ok(as_("supervisor").patch(f"{DOCUMENTS}/{document['id']}", json=changes, headers=headers))  # type: ignore[no-any-return]


def submitted(as_: As, document: dict[str, Any]) -> dict[str, Any]:
    return ok(as_("supervisor").post(f"{DOCUMENTS}/{document['id']}/submit"))  # type: ignore[no-any-return]


def approved(as_: As, document: dict[str, Any]) -> dict[str, Any]:
    """A draft, submitted first."""
    submitted(as_, document)
    return ok(as_("leader").post(f"{DOCUMENTS}/{document['id']}/approve"))  # type: ignore[no-any-return]


def served(as_: As, document: dict[str, Any]) -> dict[str, Any]:
    approved(as_, document)
    return ok(as_("supervisor").post(f"{DOCUMENTS}/{document['id']}/serve"))  # type: ignore[no-any-return]


def receipt(as_: As, account: str, document: dict[str, Any], **given: Any) -> Any:
    return as_(account).post(f"{DOCUMENTS}/{document['id']}/receipt", json={"receiver": "刘敏", **given})
