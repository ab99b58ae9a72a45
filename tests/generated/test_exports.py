"""Every list goes out as CSV and as a workbook, and screen, CSV and workbook hold the same rows for whoever asks."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import paging
from tests.conftest import As
from tests.exported import book_lines, csv_lines
from tests.generated import scenario
from tests.generated.routes import API, noun_of, routes
from tests.walk.steps import ok
from tests.world import World

ROLES = ("supervisor", "office", "school", "central", "discipline", "leader", "sysadmin", "secadmin", "auditor")
LISTS_AT_LEAST = 25


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


def test_every_list_has_its_exports(app: FastAPI, client: TestClient) -> None:
    known = {route.path for route in routes(app) if route.method == "GET"}
    lacking = [path for path in lists(client) if not {f"{path}.csv", f"{path}.xlsx"} <= known]
    assert lacking == []


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
