"""The OpenAPI page says of every route what it takes and what it may be refused with, from one declaration."""

from typing import Any

from fastapi import FastAPI

from app.core.openapi import REFUSALS
from app.identity.gate import PUBLIC

EVERYWHERE = {"400", "401", "403", "431", "503"}
BY_METHOD = {
    "get": set(),
    "post": {"404", "409", "413", "415", "422", "507"},
    "patch": {"404", "409", "412", "413", "415", "422", "428", "507"},
    "delete": {"404", "409", "413", "415", "422", "507"},
}  # fmt: skip


def headers(operation: dict[str, Any]) -> dict[str, bool]:
    return {each["name"]: each["required"] for each in operation["parameters"] if each["in"] == "header"}


def test_every_route_says_what_it_may_be_refused_with(app: FastAPI) -> None:
    described, walked = app.openapi(), 0
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            walked += 1
            told = operation["responses"]
            assert EVERYWHERE | BY_METHOD[method] <= told.keys(), f"{method} {path}: {sorted(told)}"
            for status in told.keys() & {str(each) for each in REFUSALS}:
                assert told[status] == {"$ref": f"#/components/responses/{status}"}, f"{method} {path} {status}"
            if "{id}" in path:
                assert "404" in told and operation["parameters"][0]["schema"]["minimum"] == 1, f"{method} {path}"
            is_public = (method.upper(), path) in PUBLIC
            assert (operation.get("security") == []) == is_public, f"{method} {path}"
            wanted = {"patch": {"If-Match": True}, "post": {} if is_public else {"Idempotency-Key": False}}
            assert wanted.get(method, {}).items() <= headers(operation).items(), f"{method} {path}"
    assert walked >= 120


def test_every_parameter_of_a_list_has_its_type(app: FastAPI) -> None:
    found: dict[str, Any] = {}
    for path, methods in app.openapi()["paths"].items():
        for each in methods.get("get", {}).get("parameters", ()):
            if each["in"] == "query":
                found[f"{path}?{each['name']}"] = each["schema"]
    assert len(found) >= 130
    assert found["/api/v1/units?limit"] == {"type": "integer", "minimum": 1, "maximum": 200}
    assert "school" in found["/api/v1/units?kind"]["items"]["enum"]
    assert found["/api/v1/units?valid_on"] == {"type": "string", "format": "date"}
    assert found["/api/v1/units?count"] == {"type": "boolean"}
    assert found["/api/v1/assignments?lamp"]["enum"] == ["red", "amber", "green", "none", "done"]
    bounded = {"enum", "format", "maxLength", "pattern"}
    loose = [name for name, schema in found.items() if schema["type"] == "string" and not bounded & schema.keys()]
    assert loose == []


NOT_YET = {
    "GET /api/v1/inspections/{id}/targets",
    "GET /api/v1/inspections/{id}/draws",
    "GET /api/v1/my-work",
    "GET /api/v1/dashboard",
}
"""Whose answers are not described. This list only gets shorter."""


def test_every_answer_is_described(app: FastAPI) -> None:
    bare, walked = set(), 0
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            for status, told in operation["responses"].items():
                if status.startswith("2") and status != "204":
                    walked += 1
                    if not all(each.get("schema") for each in told.get("content", {"": {}}).values()):
                        bare.add(f"{method.upper()} {path}")
    assert bare == NOT_YET and walked >= 100


def test_rows_are_described_to_the_last_field(app: FastAPI) -> None:
    """Held against what is answered by tests/fuzz."""
    schemas = app.openapi()["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    for name in ("UnitRead", "AssignmentDetail", "PlanRead", "RectificationDetail", "EvidenceDetail", "EventRead"):
        assert schemas[name]["additionalProperties"] is False
    pages = [name for name in schemas if name.startswith("Page_")]
    assert len(pages) >= 15 and all(schemas[name]["required"] == ["data", "next"] for name in pages)
