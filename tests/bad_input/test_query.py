"""What is asked that cannot be answered: 422 at the parameter, the same of every list, sum, preview and export and on
both databases; and by page as by JSON.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from html import unescape
from typing import Any, NamedTuple

from fastapi import FastAPI

from app.core.cursors import packed, unpacked
from app.core.models import MAX_ID
from app.core.tables import PAGING
from tests.conftest import As
from tests.fuzz.answers import PROBLEM, faults
from tests.generated import scenario
from tests.generated.routes import API, routes
from tests.plan_rows.test_row_01_plan import CHANGED
from tests.walk.steps import import_plan
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
ASKED_AT_LEAST, LISTS_AT_LEAST, ROWS_AT_LEAST, PAGE_ROWS_AT_LEAST = 100, 18, 1500, 600
SCHOOL = "实验小学"
ACCOUNT = {
    "events": "auditor",
    "users": "sysadmin",
    "imports": "sysadmin",
    "role-grants": "secadmin",
    "calendar-days": "supervisor",
    **dict.fromkeys(("webhooks", "webhook-deliveries", "robots"), "secadmin"),
    "jobs": "sysadmin",
}
UNANSWERED = (".xlsx", "/complaints/{id}/file", "/merge-preview")
"""Not asked without a parameter: a workbook takes long, the scenario's complaint has no file, a merger wants to know into
what."""


class Asked(NamedTuple):
    account: str
    route: str
    path: str
    schemas: dict[str, Any]
    """By the parameter's name."""

    @property
    def is_list(self) -> bool:
        return "cursor" in self.schemas

    def beside(self, name: str) -> str:
        """What else must be asked where ``name`` is."""
        if self.path.endswith("/my-work") and name in ("limit", "cursor"):
            return "&group=overdue"  # They belong to a group of one's work.
        return ""


def built(as_: As, world: World) -> scenario.Scenario:
    """And a plan that is another edition of its plan."""
    made = scenario.build(as_, world)
    made.put("editions", SCHOOL, import_plan(as_("supervisor"), CHANGED)["id"])
    return made


def asked(app: FastAPI, made: scenario.Scenario) -> Iterator[Asked]:
    """Whatever takes parameters: lists, their exports, sums, previews, files."""
    for path, methods in app.openapi()["paths"].items():
        schemas = {p["name"]: p["schema"] for p in methods.get("get", {}).get("parameters", ()) if p["in"] == "query"}
        if schemas:
            noun = path.split("/")[3].partition(".")[0]
            whose = "editions" if "/comparison" in path else noun
            row_id = made.ids[whose][SCHOOL] if "{id}" in path else 0
            yield Asked(ACCOUNT.get(noun, "supervisor"), path, path.replace("{id}", str(row_id)), schemas)


def lists(app: FastAPI, made: scenario.Scenario) -> Iterator[Asked]:
    return (each for each in asked(app, made) if each.is_list)


def kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "choice"
    return "date" if schema.get("format") == "date" else str(schema["type"])


def wrong_values(name: str, schema: dict[str, Any]) -> tuple[str, ...]:
    return WRONG.get(name) or BY_TYPE[kind(schema)]


def test_what_cannot_be_answered_is_422_at_the_parameter(app: FastAPI, as_: As, world: World) -> None:
    made = built(as_, world)
    found, rows, walked, walked_lists = [], 0, 0, 0
    for each in asked(app, made):
        client, path = as_(each.account), each.path
        assert each.route.endswith(UNANSWERED) or client.get(path).status_code == 200, path
        walked, walked_lists = walked + 1, walked_lists + each.is_list
        wrong = [(name, value) for name, schema in each.schemas.items() for value in wrong_values(name, schema)]
        first = next(iter(each.schemas))
        wrong += [("colour", "red"), ("limit", "1&limit=1") if each.is_list else (first, f"1&{first}=1")]
        for name in (name for name, schema in each.schemas.items() if name != "limit" and kind(schema) == "integer"):
            # An id, of a row that is not there: either database can hold it. A part's own list is of its whole.
            answer = client.get(f"{path}?{name}={2**31}{each.beside(name)}")
            is_whole = path.count("/") == 3 and each.is_list
            if answer.status_code not in (200, 404, 422) or (is_whole and answer.json().get("data")):
                found.append(f"{path}?{name}=2**31: {answer.status_code} {answer.text[:200]}")
        for name, value in wrong:
            rows += 1
            answer = client.get(f"{path}?{name}={value}{each.beside(name)}")
            told = (answer.status_code, _pointers(answer))
            if told != (422, [f"/{name}"]) or any(faults(answer, [value])):
                found.append(f"{path}?{name}={value[:40]}: {answer.status_code} {answer.text[:200]}")
    assert found == [], "\n".join(found)
    assert walked >= ASKED_AT_LEAST and walked_lists >= LISTS_AT_LEAST and rows >= ROWS_AT_LEAST, (walked, rows)


def _pointers(answer: Any) -> list[str]:
    is_problem = answer.headers["content-type"] == PROBLEM
    return [error["pointer"] for error in answer.json().get("errors", ())] if is_problem else []


def test_a_page_refuses_what_its_twin_refuses(app: FastAPI, as_: As, browse: As, world: World) -> None:
    """In words of its own, on a page that leads on; a field left empty in a form is none."""
    made = built(as_, world)
    pages = {route.path for route in routes(app) if route.method == "GET" and not route.is_json}
    browsers: dict[str, Any] = {}
    found, rows = [], 0
    for each in asked(app, made):
        route, path = (at.removeprefix(API).removesuffix("-preview") for at in (each.route, each.path))
        if route not in pages:
            continue
        browser = browsers[each.account] = browsers.get(each.account) or browse(each.account)
        for name, schema in each.schemas.items():
            for value in wrong_values(name, schema):
                if value == "" or name in WHOLE.get(route, ()):
                    continue
                rows += 1
                answer = browser.get(f"{path}?{name}={value}{each.beside(name)}")
                page = unescape(answer.text)
                if answer.status_code != 422 or "<h1" not in page:
                    found.append(f"{path}?{name}={value[:40]}: {answer.status_code} {_said(page)}")
    assert found == [], "\n".join(found)
    assert rows >= PAGE_ROWS_AT_LEAST, rows


WHOLE: dict[str, set[str]] = {
    "/integrity-risks/ledger": set(PAGING),
    "/major-decisions/ledger": set(PAGING),
    "/summaries": {*PAGING, "plan_id", "state", "q", "updated_since", "sort"},
}
"""Pages that are shown whole, and take less than their twin: ledgers to be printed, and all plans with their summaries."""


def _said(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())[:200]


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
    made = built(as_, world)
    found, walked = [], set()
    for each in lists(app, made):
        client, path, beside = as_(each.account), each.path, each.beside("limit")
        for sort in each.schemas.get("sort", {}).get("enum") or [""]:
            query = f"limit=1&sort={sort}" if sort else "limit=1"
            first = client.get(f"{path}?{query}{beside}")
            if first.headers["content-type"] != "application/json" or not (given := first.json().get("next")):
                continue
            parts = unpacked(given)
            at = 1 if "." in str(parts[0]) else 0
            for edge in edges_of(parts[at]):
                walked.add((path, sort))
                sent = json.dumps([*parts[:at], edge, *parts[at + 1 :]]).encode()
                cursor = base64.urlsafe_b64encode(sent).decode().rstrip("=")
                answer = client.get(f"{path}?{query}&cursor={cursor}{beside}")
                if answer.status_code not in (200, 422) or any(faults(answer, [])):
                    found.append(f"{path}?{query} {edge!r}: {answer.status_code} {answer.text[:200]}")
    assert found == [], "\n".join(found)
    assert ("/api/v1/assignments", "updated_at") in walked and len(walked) > 18, walked
    for instant, expected in (*((edge, 422) for edge in EDGES[datetime][:2]), ("2026-09-01T00:00:00+00:00", 200)):
        cursor = packed("case_file.created_at", instant, 1)
        assert as_("discipline").get(f"/api/v1/cases?cursor={cursor}").status_code == expected, instant


def test_every_value_that_is_named_may_be_asked_for(app: FastAPI, as_: As, world: World) -> None:
    """The description tells the truth: what it names is answered, and counted."""
    made = built(as_, world)
    for each in (each for each in asked(app, made) if not each.path.endswith(".xlsx")):
        client, path = as_(each.account), each.path
        for name, schema in each.schemas.items():
            for value in schema.get("enum") or schema.get("items", {}).get("enum") or ():
                answer = client.get(f"{path}?{name}={value}{each.beside(name)}")
                assert answer.status_code == 200, f"{path}?{name}={value}: {answer.text[:200]}"
        if "count" in each.schemas:
            answer = client.get(path, params={"count": "true"})
            if answer.headers["content-type"] != "application/json":
                continue  # An export is the whole list.
            counted = answer.json()
            assert counted["total"] >= len(counted["data"]), path
