"""Every place of a JSON body in which a value stands, from the OpenAPI description: a new route joins by itself."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.generated.bodies import sample

Described = Mapping[str, Any]
BY_TYPE = {"string": "text", "integer": "whole", "number": "number", "boolean": "flag", "array": "list"}


class Place(NamedTuple):
    """Where a value stands, and what kind of value belongs there."""

    path: tuple[str | int, ...]
    kind: str

    @property
    def pointer(self) -> str:
        return "".join(f"/{part}" for part in self.path)


def schema_of(openapi: Described, schema: Described) -> Described:
    """A schema itself: what it refers to, or what it is when it is not null."""
    if "$ref" in schema:
        found: Described = openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema_of(openapi, found)
    if options := schema.get("anyOf") or schema.get("allOf"):
        return schema_of(openapi, options[0])
    return schema


def places(openapi: Described, schema: Described, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    schema = schema_of(openapi, schema)
    if "properties" in schema:
        for name, each in schema["properties"].items():
            yield from places(openapi, each, (*path, name))
        return
    if kind := kind_of(schema):
        yield Place(path, kind)
    if schema.get("type") == "array":
        yield from places(openapi, schema["items"], (*path, 0))


def kind_of(schema: Described) -> str | None:
    if "enum" in schema:
        return "choice"
    if schema.get("format") == "date":
        return "date"
    return BY_TYPE.get(schema.get("type", ""))


def putting(
    openapi: Described, schema: Described, known: Mapping[str, Any], path: tuple[str | int, ...], value: Any
) -> Any:
    """A body that fits, but for ``value`` at ``path``."""
    if not path:
        return value
    schema = schema_of(openapi, schema)
    if isinstance(path[0], int):
        return [putting(openapi, schema["items"], known, path[1:], value)]
    made = sample(openapi, schema, known, "") or {}
    return made | {path[0]: putting(openapi, schema["properties"][path[0]], known, path[1:], value)}
