"""A generated client follows every reference of the contract."""

from typing import Any

from starlette.testclient import TestClient


def test_every_reference_leads_somewhere(client: TestClient) -> None:
    document: Any = client.get("/api/v1/openapi.json").json()

    def broken(part: Any) -> list[str]:
        if isinstance(part, list):
            return [each for one in part for each in broken(one)]
        if not isinstance(part, dict):
            return []
        found = [each for one in part.values() for each in broken(one)]
        if isinstance(reference := part.get("$ref"), str):
            place = document
            for step in reference.removeprefix("#/").split("/"):
                place = place.get(step.replace("~1", "/"), {})
            found += [] if place else [reference]
        return found

    assert broken(document) == []
