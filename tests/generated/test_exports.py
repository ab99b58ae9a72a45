"""Every list goes out as CSV and as a workbook, and screen, CSV and workbook hold the same rows for whoever asks."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import paging
from app.core.exports import LISTS as LISTED
from tests.conftest import As
from tests.exported import book_lines, csv_lines
from tests.generated import scenario
from tests.generated.routes import API, noun_of, routes
from tests.walk.steps import ok
from tests.world import World
from web.tables import LISTS as PAGES

ROLES = ("supervisor", "office", "school", "central", "discipline", "leader", "sysadmin", "secadmin", "auditor")
LISTS_AT_LEAST = 25
NO_LISTS = {
    "/accountability-actions/preview": "the first of what would be proposed, to decide by; it goes out once it is",
    "/me/sessions": "one's own sessions, to end them",
}
"""Answers that hold a list and are none for people to take away, and why."""
NEVER_LONG = {
    "archive-boxes/completeness": "units of a plan",
    "archive-boxes/{id}/catalogue": "pieces of one box",
    "briefs/counts": "units",
    "campaigns/{id}/rollup": "offices",
    "dashboard/ranking": "units",
    "document-series": "kinds of documents",
    "filings/matrix": "units",
    "inspections/{id}/draws": "draws of one inspection",
    "inspections/{id}/targets": "units",
    "plans/{id}/comparison": "items of two editions",
    "plans/{id}/ledger": "items of a plan",
    "plans/{id}/unresolved": "names in a plan",
}
"""Tables that nobody counts before they go out: what their rows are, of which there are no 50,000."""
SHOWS, LINK = re.compile(r"共 (\d+) 项"), re.compile(r'href="([^"]+\.csv[^"]*)"')


def lists(client: TestClient) -> dict[str, set[str]]:
    """Path of each list → its parameters: of every GET that is described as a page of rows."""
    found = {}
    described = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    for path, methods in described.items():
        get = methods.get("get", {})
        schema = (
            get.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        )
        if schema.get("$ref", "").rsplit("/", 1)[-1].startswith("Page_"):
            found[path] = {each["name"] for each in get["parameters"] if each["in"] == "query"}
    assert len(found) >= LISTS_AT_LEAST, "the walk over the description found too few lists"
    return found


def test_every_list_has_its_exports(app: FastAPI, as_: As, world: World) -> None:
    """Whatever its description calls it: each address that answers somebody with a list."""
    known = {route.path for route in routes(app) if route.method == "GET"}
    made = scenario.build(as_, world)
    found = {path for path in known if path.startswith(API) and _answers_with_a_list(as_, made, path)}
    assert len(found) > LISTS_AT_LEAST
    lacking = {path for path in found if not {f"{path}.csv", f"{path}.xlsx"} <= known}
    assert lacking == {API + path for path in NO_LISTS}


def _answers_with_a_list(as_: As, made: scenario.Scenario, path: str) -> bool:
    at = path.replace("{id}", str(made.ids.get(noun_of(path), {}).get("实验小学", 1)))
    if "{" in at or at.endswith((".csv", ".xlsx")):
        return False
    for role in ROLES:
        answer = as_(role).get(at)
        if answer.status_code == 200 and answer.headers["content-type"].startswith("application/json"):
            return _is_list(answer.json())
    return False


def _is_list(body: Any) -> bool:
    """Rows at once, as ``data``, or by groups that have theirs."""
    if not isinstance(body, dict):
        return isinstance(body, list)
    return isinstance(body.get("data"), list) or any(
        isinstance(each, list) and each and isinstance(each[0], dict) and isinstance(each[0].get("data"), list)
        for each in body.values()
    )


def test_a_table_that_is_not_counted_before_it_goes_out_is_never_long(client: TestClient) -> None:
    assert {path for path, listed in LISTED.items() if listed.table.size is None} == NEVER_LONG.keys()


def test_what_has_a_list_within_or_no_pages_goes_out_as_it_is_shown(as_: As, world: World) -> None:
    """Answers that are no pages of rows: their rows, as the JSON has them."""
    made, rows = scenario.build(as_, world), 0
    plan = made.ids["plans"]["实验小学"]
    inspection = made.ids["inspections"]["实验小学"]
    campaign = made.ids["campaigns"]["实验小学"]
    ways = {
        f"{API}/my-work": lambda body: body["total"],
        f"{API}/document-series": lambda body: len(body["data"]),
        f"{API}/archive-boxes/completeness": lambda body: len(body["data"]),
        f"{API}/plans/{plan}/unresolved": lambda body: len(body["data"]),
        f"{API}/inspections/{inspection}/targets": lambda body: len(body["data"]),
        f"{API}/inspections/{inspection}/draws": lambda body: len(body["data"]),
        f"{API}/campaigns/{campaign}/rollup": lambda body: len(body["offices"]),
    }
    for path, count in ways.items():
        for role in ROLES:
            shown = as_(role).get(path)
            files = [as_(role).get(f"{path}{suffix}") for suffix in (".csv", ".xlsx")]
            assert {answer.status_code for answer in files} == {shown.status_code}, f"{role} {path}"
            if shown.status_code == 200:
                lines, whole = csv_lines(files[0].content), book_lines(files[1].content)
                notes = 2 if path.endswith("completeness") else 0
                assert len(lines) - 1 - notes == count(shown.json()), f"{role} {path}"
                unescaped = [[cell.removeprefix("'") for cell in line] for line in lines[: len(lines) - notes]]
                assert unescaped == whole[: len(unescaped)], f"{role} {path}"
                rows += len(lines) - 1
    assert rows > 50


def test_the_number_on_a_lists_page_is_that_of_the_rows_that_its_link_gives(browse: As, as_: As, world: World) -> None:
    scenario.build(as_, world)
    shown = 0
    for role in ROLES:
        person = browse(role)
        groups = [f"/my-work?group={name}" for name in ("overdue", "soon", "acknowledge", "review", "rectify")]
        pages = [page for path, page in PAGES.items() if "{id}" not in path]
        narrowed = [f"{page}?unit_id={world.unit['实验小学']}" for page in pages]
        for page in (*pages, *narrowed, *groups):
            answer = person.get(page)
            links = set(LINK.findall(answer.text)) if answer.status_code == 200 else set()
            if len(links) == 1 and (said := set(SHOWS.findall(answer.text))):
                lines = csv_lines(person.get(unescape(links.pop())).content)
                assert said == {str(len(lines) - 1)}, f"{role} {page}"
                shown += 1
    assert shown > 10


def test_screen_csv_and_workbook_agree(
    client: TestClient, as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read off the key in steps of two rows, so that every list of more than two goes over a seam."""
    monkeypatch.setattr(paging, "AT_ONCE", 2)
    made = scenario.build(as_, world)
    rows = 0
    for path, parameters in lists(client).items():
        for role in ROLES:
            asker = as_(role)
            at = path.replace("{id}", str(made.ids.get(noun_of(path), {}).get("实验小学", 1)))
            for query in ("?", "?q=学&", "?unit_id=" + str(world.unit["实验小学"]) + "&"):
                if query != "?" and query.strip("?&").partition("=")[0] not in parameters:
                    continue
                if "/events" in path and query != "?":
                    continue  # Each export of the log is one more of its rows.
                rows += _agree(asker, at, query)
    assert rows > 500


def _agree(asker: Any, path: str, query: str) -> int:
    shown = asker.get(f"{path}{query}count=true")
    files = [asker.get(f"{path}{suffix}{query}") for suffix in (".csv", ".xlsx")]
    assert {answer.status_code for answer in files} == {shown.status_code}, f"{path}{query}"
    if shown.status_code != 200:
        return 0
    (head, *lines), whole = csv_lines(files[0].content), book_lines(files[1].content)
    if path.endswith("/events"):
        # The export is noted before it is read: as the CSV's row in the CSV, as one more in the workbook.
        lines, whole = lines[-ok(shown)["total"] :], [whole[0], *whole[1:][-ok(shown)["total"] :]]
    assert len(lines) == ok(shown)["total"], f"{path}{query}"
    unescaped = [[cell.removeprefix("'") for cell in line] for line in lines]
    assert [head, *unescaped] == whole, f"{path}{query}"
    return len(lines)


def test_an_export_is_whole_or_refused(client: TestClient, as_: As) -> None:
    """What would cut it, or what no list knows, is not passed over."""
    supervisor = as_("supervisor")
    for path in lists(client):
        for parameter in ("limit=1", "cursor=x", "count=true", "unknown=1"):
            if "{id}" not in path:
                assert supervisor.get(f"{path}.csv?{parameter}").status_code == 422, f"{path} {parameter}"


def test_exports_of_parts_are_not_there_where_their_row_is_not(client: TestClient, as_: As, world: World) -> None:
    made = scenario.build(as_, world)
    asked = 0
    for path in lists(client):
        if "{id}" in path:
            at = path.replace("{id}", str(made.ids[noun_of(path)]["实验小学"]))
            for suffix in (".csv", ".xlsx"):
                assert as_("other_supervisor").get(f"{at}{suffix}").status_code == 404, at
                assert as_("supervisor").get(f"{API}/{noun_of(path)}/999999/x{suffix}").status_code == 404
            asked += 1
    assert asked >= 5
