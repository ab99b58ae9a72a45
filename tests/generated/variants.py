"""What lists are asked for beside their bare address, with values of their own rows: each filter, each sort, words, a
count, what was changed since, the page after the first; and of pages whatever they link to themselves, as their views.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote

from app.core.calendar import now, today_of

PLAIN = {"limit", "cursor", "sort", "count", "q"}
"""Asked for in a way of their own."""
CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
HREF = re.compile(r'href="([^"?]*)\?([^"]*)"')
EVER = "2020-01-01T00:00:00Z"


def variants(schemas: Mapping[str, Any], first: Mapping[str, Any], following: str | None) -> Iterator[str]:
    """Queries; ``first`` is the list's first row, ``following`` the cursor of its page of one."""
    for name, schema in schemas.items():
        if name not in PLAIN:
            yield from (f"{name}={quote(str(value))}" for value in _values(name, schema, first))
    yield from (f"sort={sort}" for sort in schemas.get("sort", {}).get("enum", ()))
    if "q" in schemas:
        yield f"q={quote(_words(first))}"
        if "count" in schemas:
            yield f"q={quote(_words(first))}&count=true"
    if "count" in schemas:
        yield "count=true"
    if following:
        yield f"limit=1&cursor={following}"


def _values(name: str, schema: Mapping[str, Any], first: Mapping[str, Any]) -> list[Any]:
    """One that the row has, where it has one; of options all, where each may be a condition of its own."""
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("type") == "array":
        return [first.get(name) or schema["items"]["enum"][0]]
    if schema.get("type") == "boolean":
        return ["true", "false"]
    if schema.get("format") == "date-time":
        return [EVER]
    if schema.get("format") == "date":
        return [str(first.get(name) or today_of(now()))[:10]]
    if schema.get("type") == "integer":
        return [first.get(name) or _within(schema, today_of(now()).year if name == "year" else 1)]
    return [first.get(name) or _words(first)]


def _within(schema: Mapping[str, Any], number: int) -> int:
    return max(int(schema.get("minimum", number)), number)


def _words(first: Mapping[str, Any]) -> str:
    return next((found[0] for value in first.values() if (found := CHINESE.search(str(value)))), "学校")


def links(path: str, html: str) -> Iterator[str]:
    """The queries that a page links to itself with, one of those that differ in nothing but an id."""
    seen: set[frozenset[tuple[str, str]]] = set()
    for at, query in HREF.findall(html):
        if unescape(at) in ("", path):
            asked = parse_qsl(unescape(query))
            kind = frozenset((name, "" if value.isdigit() else value) for name, value in asked)
            if kind not in seen:
                seen.add(kind)
                yield unescape(query)
