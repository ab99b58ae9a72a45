"""A valid request for any route, from its own OpenAPI description."""

from collections.abc import Mapping
from typing import Any

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def request_body(openapi: Mapping[str, Any], method: str, path: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for the test client: ``json=`` or ``data=`` and ``files=``; none without a body."""
    described = openapi["paths"].get(path, {}).get(method.lower(), {}).get("requestBody")
    if described is None:
        return {}
    media, content = next(iter(described["content"].items()))
    value = sample(openapi, content["schema"], known, "")
    if media == "application/json":
        return {"json": value}
    fields = {key: str(each) for key, each in (value or {}).items() if key != "file" and each is not None}
    return {"data": fields, "files": {"file": ("方案.pdf", PDF, "application/pdf")}}


def form_body(openapi: Mapping[str, Any], twin: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a page's form: the fields of its JSON twin, with the token and the version that forms hold."""
    made = request_body(openapi, twin.method, twin.path, known)
    return as_form(made, {"csrf": known.get("csrf", "")} | ({"version": "1"} if twin.method == "PATCH" else {}))


def as_form(sent: Mapping[str, Any], hidden: Mapping[str, str]) -> dict[str, Any]:
    """What is sent to a JSON route, as its page's form sends it beside the hidden fields."""
    fields: dict[str, Any] = dict(hidden)
    for name, value in {**sent.get("json", {}), **sent.get("data", {})}.items():
        if isinstance(value, list):
            fields[f"{name}[]"] = [str(each) for each in value if not isinstance(each, dict)]
        elif value is not None and not isinstance(value, dict):
            fields[name] = str(value)
    return {"data": fields, **({"files": sent["files"]} if "files" in sent else {})}


def sample(openapi: Mapping[str, Any], schema: Mapping[str, Any], known: Mapping[str, Any], name: str) -> Any:
    if name in known:
        return known[name]
    if "$ref" in schema:
        return sample(openapi, openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], known, "")
    if options := schema.get("anyOf"):
        return sample(openapi, options[0], known, name)
    if "allOf" in schema:
        return sample(openapi, schema["allOf"][0], known, name)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        wanted = schema.get("properties", {})
        required = set(schema.get("required", ()))
        made = {
            key: sample(openapi, each, known, key) for key, each in wanted.items() if key in required or key in known
        }
        return {key: value for key, value in made.items() if value is not None or key in required}
    if kind == "array":
        return [sample(openapi, schema["items"], known, "")] * max(schema.get("minItems", 0), 0)
    if kind in ("integer", "number"):
        return max(int(schema.get("minimum", 1)), 1)
    if kind == "boolean":
        return True
    if schema.get("format") == "date":
        return "2026-12-31"
    return "样例"
