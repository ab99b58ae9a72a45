"""Ids that requests hold, by the OpenAPI document: every whole number that may be as great as an id, or is called one.

A new field joins by itself, if its name says which noun it names; else it is named below, or the test fails.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.core.models import MAX_ID
from tests.generated.bodies import sample

Place = tuple[str, ...]
"""Where a value stands in a body: names of fields, and ``*`` for an item of a list."""
UNITS = ("office", "school", "parent", "successor", "host", "bureau", "includes", "excludes", "members")
OTHERWISE = {
    **dict.fromkeys(UNITS, "units"),
    "area": "plan-areas",
    "carry_into": "risk-rounds",
    "continues": "plan-items",
    "criterion": "appraisal-criteria",
    "dispatch": "events",
    "entry": "archive-box-entries",
    "group": "unit-groups",
    "handler": "users",
    "held_by": "plan-items",
    "item": "plan-items",
    "notice": "documents",
    "previous": "plans",
    "remark": "decision-remarks",
    "risk": "integrity-risks",
    "round": "risk-rounds",
}
"""What a field names whose name does not say so."""


def noun_named(field: str, nouns: Collection[str]) -> str:
    """``liaison-visits`` of ``liaison_visit_id``, ``units`` of ``handling_unit_ids`` and of ``office_id``."""
    stem = field.removesuffix("_ids").removesuffix("_id")
    for last, noun in (("unit", "units"), ("user", "users"), ("plan", "plans")):
        if stem == last or stem.endswith(f"_{last}"):
            return noun
    plain = stem.replace("_", "-")
    found = OTHERWISE.get(stem) or next((n for n in (plain, f"{plain}s", f"{plain[:-1]}ies") if n in nouns), None)
    assert found in nouns, f"what does {field} name? Say it in tests/generated/named_ids.py"
    return found


def is_id(name: str, schema: Mapping[str, Any]) -> bool:
    if schema.get("type") != "integer":
        return False
    return name == "ids" or name.endswith(("_id", "_ids")) or schema.get("maximum") == MAX_ID


def places(openapi: Mapping[str, Any], schema: Mapping[str, Any], name: str = "") -> Iterator[Place]:
    """Of every id that a body of this shape may hold."""
    schema = _plain(openapi, schema)
    if schema.get("type") == "array":
        yield from (("*", *rest) for rest in places(openapi, schema["items"], name))
    for key, each in schema.get("properties", {}).items():
        yield from ((key, *rest) for rest in places(openapi, each, key))
    if is_id(name, schema):
        yield ()


def put(
    openapi: Mapping[str, Any],
    schema: Mapping[str, Any],
    body: Any,
    place: Place,
    value: Any,
    known: Mapping[str, Any],
    beside: Mapping[str, Any],
) -> Any:
    """The body with ``value`` at the place, and ``beside`` it in the same object; what is wanted on the way is made."""
    if not place:
        return value
    schema, (key, *rest) = _plain(openapi, schema), place
    if key == "*" and not rest:
        return [*(body or ()), value]
    if key == "*":
        within = body[0] if body else sample(openapi, schema["items"], known, "")
        return [put(openapi, schema["items"], within, tuple(rest), value, known, beside)]
    made = dict(sample(openapi, schema, known, "") if body is None else body)
    made[key] = put(openapi, schema["properties"][key], made.get(key), tuple(rest), value, known, beside)
    return made if any(each != "*" for each in rest) else made | beside


def property_of(openapi: Mapping[str, Any], schema: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    for key in place:
        schema = _plain(openapi, schema)
        schema = schema["items"] if key == "*" else schema["properties"][key]
    return _plain(openapi, schema)


def _plain(openapi: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without references, and without the choice of null."""
    if "$ref" in schema:
        return _plain(openapi, openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    for options in (schema.get("anyOf"), schema.get("oneOf"), schema.get("allOf")):
        if options:
            return _plain(openapi, next(each for each in options if each.get("type") != "null"))
    return schema
