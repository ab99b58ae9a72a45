"""What a list is asked that it cannot answer: 422 at the parameter, the same on every list and both databases."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from fastapi import FastAPI

from app.core.cursors import packed, unpacked
from app.core.models import MAX_ID
from tests.conftest import As
from tests.fuzz.answers import faults
from tests.generated import scenario
from tests.world import World

WRONG: dict[str, tuple[str, ...]] = {
    "limit": ("0", "-1", "201", "99999999999999999999", "1_0", "%201", "１", "", "1.0", "true", "9" * 5000),
    "sort": ("colour", "-id", "id;drop", "", "id,id"),
    "count": ("yes", "1", "TRUE", ""),
    "cursor": ("", "%00", "abc", "A" * 5000, "W10", "%F0%9F%92%A3", "bnVsbA"),
    "q": ("%00", "x" * 201, "a%1bb"),
    "updated_since": (
        *("yesterday", "0001-01-01T00:00%2B14:00", "1696809600", "2024-02-30", "9999-12-31T23:59:59-14:00", ""),
        *("2023-10-09T00:00:00%2B99:00", "NaN"),
    ),
}
"""By a parameter's name; all others by their type."""
BY_TYPE: dict[str, tuple[str, ...]] = {
    "integer": ("0", "-1", "9223372036854775808", "true", "1e3", "1.0", "%2B1", "１", "", "9" * 5000),
    "date": (
        *("2023-02-30", "20231001", "1696809600", "2023-W01-1", "9999-12-31", "0001-01-01", ""),
        *("2023-10-09T00:00:00Z", "２０２３-10-09"),
    ),
    "boolean": ("yes", "1", "True", ""),
    "array": ("castle", "", ",", "%00"),
    "choice": ("castle", "", "%00"),
    "string": ("%00", "x" * 500),
}
LISTS_AT_LEAST, ROWS_AT_LEAST = 18, 600
ACCOUNT = {
    "events": "auditor",
    "users": "sysadmin",
    "imports": "sysadmin",
    "role-grants": "secadmin",
    "calendar-days": "supervisor",
}


def lists(app: FastAPI, made: scenario.Scenario) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each list: who may read it, its address, its parameters' schemas."""
    for path, methods in app.openapi()["paths"].items():
        asked = {p["name"]: p["schema"] for p in methods.get("get", {}).get("parameters", ()) if p["in"] == "query"}
        if "cursor" in asked:
            noun = path.split("/")[3]
            row_id = made.ids[noun]["实验小学"] if "{id}" in path else 0
            yield ACCOUNT.get(noun, "supervisor"), path.replace("{id}", str(row_id)), asked


def kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "choice"
    return "date" if schema.get("format") == "date" else str(schema["type"])


def beside(path: str, name: str) -> str:
    """What else must be asked: limit and cursor of one's work belong to a group of it."""
    return "&group=overdue" if path.endswith("/my-work") and name in ("limit", "cursor") else ""


def test_what_no_list_can_answer_is_422_at_the_parameter(app: FastAPI, as_: As, world: World) -> None:
    made = scenario.build(as_, world)
    found, rows, walked = [], 0, 0
    for account, path, asked in lists(app, made):
        client = as_(account)
        assert client.get(path).status_code == 200, path
        walked += 1
        wrong = [(name, value) for name, schema in asked.items() for value in WRONG.get(name) or BY_TYPE[kind(schema)]]
        wrong += [("colour", "red"), ("limit", "1&limit=1")]
        for name in (name for name, schema in asked.items() if name != "limit" and kind(schema) == "integer"):
            # An id, of a row that is not there: either database can hold it. A part's own list is of its whole.
            answer = client.get(f"{path}?{name}={2**31}{beside(path, name)}")
            is_whole = path.count("/") == 3
            if answer.status_code not in (200, 404, 422) or (is_whole and answer.json().get("data")):
                found.append(f"{path}?{name}=2**31: {answer.status_code} {answer.text[:200]}")
        for name, value in wrong:
            rows += 1
            answer = client.get(f"{path}?{name}={value}{beside(path, name)}")
            pointers = [error["pointer"] for error in answer.json().get("errors", ())]
            if (answer.status_code, pointers) != (422, [f"/{name}"]) or any(faults(answer, [value])):
                found.append(f"{path}?{name}={value[:40]}: {answer.status_code} {answer.text[:200]}")
    assert found == [], "\n".join(found)
    assert walked >= LISTS_AT_LEAST and rows >= ROWS_AT_LEAST, (walked, rows)


EDGES = {
    datetime: ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+00:00", "2026-09-01"),
    date: ("0001-01-01", "9999-12-31", "2026-09-01T00:00:00+08:00", "2026-W01-1"),
    int: (2**31 - 1, 2**31, -(2**31), MAX_ID, 2**63, -1, 1.5, True),
    str: ("", "\0", "\ud800", "x" * 5000, 1),
}
"""By what a list is sorted by: keys of a cursor that is otherwise in order."""


def edges_of(key: Any) -> tuple[Any, ...]:
    if isinstance(key, str):
        for kind, read in ((date, date.fromisoformat), (datetime, datetime.fromisoformat)):
            with suppress(ValueError):
                read(key)
                return EDGES[kind]
    return EDGES[type(key)]


def test_a_cursor_with_an_edge_for_its_key_is_answered_or_422(app: FastAPI, as_: As, world: World) -> None:
    made = scenario.build(as_, world)
    found, walked = [], set()
    for account, path, asked in lists(app, made):
        client = as_(account)
        for sort in asked.get("sort", {}).get("enum") or [""]:
            query = f"limit=1&sort={sort}" if sort else "limit=1"
            first = client.get(f"{path}?{query}{beside(path, 'limit')}")
            if first.headers["content-type"] != "application/json" or not (given := first.json().get("next")):
                continue
            parts = unpacked(given)
            at = 1 if "." in str(parts[0]) else 0
            for edge in edges_of(parts[at]):
                walked.add((path, sort))
                sent = json.dumps([*parts[:at], edge, *parts[at + 1 :]]).encode()
                cursor = base64.urlsafe_b64encode(sent).decode().rstrip("=")
                answer = client.get(f"{path}?{query}&cursor={cursor}{beside(path, 'limit')}")
                if answer.status_code not in (200, 422) or any(faults(answer, [])):
                    found.append(f"{path}?{query} {edge!r}: {answer.status_code} {answer.text[:200]}")
    assert found == [], "\n".join(found)
    assert ("/api/v1/assignments", "updated_at") in walked and len(walked) > 18, walked
    for instant, expected in (*((edge, 422) for edge in EDGES[datetime][:2]), ("2026-09-01T00:00:00+00:00", 200)):
        cursor = packed("case_file.created_at", instant, 1)
        assert as_("discipline").get(f"/api/v1/cases?cursor={cursor}").status_code == expected, instant


def test_every_value_that_is_named_may_be_asked_for(app: FastAPI, as_: As, world: World) -> None:
    """The description tells the truth: what it names is answered, and counted."""
    made = scenario.build(as_, world)
    for account, path, asked in lists(app, made):
        client = as_(account)
        for name, schema in asked.items():
            for value in schema.get("enum") or schema.get("items", {}).get("enum") or ():
                answer = client.get(f"{path}?{name}={value}{beside(path, name)}")
                assert answer.status_code == 200, f"{path}?{name}={value}: {answer.text[:200]}"
        if "count" in asked:
            answer = client.get(path, params={"count": "true"})
            if answer.headers["content-type"] != "application/json":
                continue  # An export is the whole list.
            counted = answer.json()
            assert counted["total"] >= len(counted["data"]), path
