"""Every change and every refusal is in the audit log: all changing routes of the application, and all reads of a row, by
page and by JSON.

The answer's X-Request-ID finds what it left in the log, although a refused request's own transaction was rolled back.
"""

from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.audit import EVENT
from app.core.db import Database
from app.events.chain import check, districts
from tests.conftest import As
from tests.generated import scenario
from tests.generated.bodies import as_form, request_body
from tests.generated.routes import API, CHANGING, Route, noun_of, routes, twins
from tests.world import World

ACCOUNTS = ("school", "supervisor", "sysadmin", "secadmin")
ALSO = ("leader", "office", "discipline")
"""Asked where none of the first was refused."""
OUTSIDERS = ("auditor", "other_supervisor")
"""Asked at last, with values that fit: who has no business here, and another bureau's, who finds no row of this one."""
TICKED = ("accountability-actions", "assignments", "breakdowns", "briefs", "filings", "integrity-risks")
OF_ONES_OWN = ("notices", "notices/feed", "notices/feed/revoke", "notices/topics", "password", "second-factor")
OF_ONES_OWN += ("second-factor/confirm", "sessions/end-others", "tokens")
UNREFUSED: dict[str, tuple[str, ...]] = {
    "one's own account, which nobody is refused": (
        *(f"/account/{path}" for path in OF_ONES_OWN),
        *(
            f"{API}/{path}"
            for path in ("api-tokens", "me/notice-settings", "me/notice-settings/notices", "me/password")
        ),
        *("/logout", f"{API}/sessions/end-others", "/notifications/read-all", f"{API}/notifications/read-all"),
    ),
    "of many rows each is refused by itself, in an answer that succeeds": tuple(
        f"{root}/{noun}/bulk" for noun in TICKED for root in ("", API)
    ),
    "whoever sees a list takes it away": ("/exports", f"{API}/exports"),
    "opened by a secret of its own, whoever asks": ("/login/code", "/unsubscribe", f"{API}/unsubscribe"),
    "its form has parts that its twin, which is refused, has not": (
        *("/accountability-actions", "/checklists", "/school-terms"),
    ),
}
"""Where a known person is never refused, by POST, and why: a new route stands here, or is refused."""
REFUSED = {403, 404, 409}
"""A form without its version is 412 here, and bad input: tests/core/test_versions.py and its like record a stale edit."""
LAST = ("/logout", "/account/password", "/account/sessions/end-others")
LAST += (f"{API}/me/password", f"{API}/sessions/end-others", f"{API}/sessions/{{id}}/end")
"""What ends the session or the password that the other requests live by."""
APART = ("/login", f"{API}/sessions", f"{API}/sessions/current")
"""Coming in, which tests/identity looks at; and the end of a session by a token, which has none."""
UNWATCHED = ("/report", f"{API}/public/")
"""What strangers do leaves no id of a request: tests/complaints/test_traces.py."""


def test_every_change_and_every_refusal_is_recorded(
    app: FastAPI, client: TestClient, as_: As, browse: As, world: World
) -> None:
    made = scenario.build(as_, world)
    described = client.app.openapi()  # type: ignore[attr-defined]
    changing = sorted((r for r in routes(app) if r.method in CHANGING and r.operation), key=lambda r: r.path in LAST)
    changing = [r for r in changing if r.path not in APART and not r.path.startswith(UNWATCHED)]
    refused: set[str] = set()
    silent: list[str] = []
    done: set[str | None] = set()
    for account in (*ACCOUNTS, *ALSO, *OUTSIDERS):
        token, browser = as_(account), browse(account)
        for route in changing:
            if account not in ACCOUNTS and route.label in refused:
                continue
            client = token if route.is_json else browser
            send = _send_fitting if account in OUTSIDERS else _send
            answer = send(client, route, described, made)
            left = _left(app, answer)
            outcome = "refused" if answer.status_code in REFUSED else "done" if answer.status_code < 400 else ""
            # The same once more changes nothing; of many rows at once each may be refused by itself.
            enough = {"refused": left == ["refused"], "done": left or route.operation in done, "": True}[outcome]
            if not enough:
                silent.append(f"{account} {route.label}: {answer.status_code} left {left}")
            done |= {route.operation} if "done" in left else set()
            refused |= {route.label} if outcome == "refused" else set()
    assert silent == [], "\n".join(silent)
    # What succeeds: tests/generated/test_write_counts.py.
    unrefused = {route.label for route in changing} - refused
    known = {f"POST {path}" for paths in UNREFUSED.values() for path in paths}
    assert unrefused == known, "\n".join(sorted(unrefused ^ known))
    database: Database = app.state.database
    for district_id, _ in database.read_now(districts):
        assert database.read_now(check, district_id).fault is None


MISSING = 987_654_321
"""What has no row of another district is asked for by an id that nobody has, which is answered alike."""


def test_every_refused_read_of_a_row_is_recorded_once(app: FastAPI, as_: As, browse: As, world: World) -> None:
    made = scenario.build(as_, world)
    asking = {True: as_("other_supervisor"), False: browse("other_supervisor")}
    reads = [route for route in routes(app) if route.method == "GET" and "{id}" in route.path]
    assert len(reads) > 150
    for route in reads:
        row_id = made.ids.get(noun_of(route.path), {}).get("实验小学", MISSING)
        path = route.path.replace("{id}", str(row_id)).replace("{unit_id}", str(world.unit["实验小学"]))
        assert "{" not in path, f"{route.label}: what is to be asked for?"
        first, again = (asking[route.is_json].get(path) for _ in range(2))
        told = (first.status_code, _left(app, first), again.status_code, _left(app, again))
        assert told == (404, ["refused"], 404, []), f"{route.label}: {told}"


def _path(route: Route, made: scenario.Scenario) -> str:
    noun = route.path.removeprefix(API).strip("/").split("/")[0]
    path = route.path.replace("{target}", "assignments").replace("{target_id}", "1")
    for part in ("{id}", "{item_id}", "{name_id}", "{number}"):
        path = path.replace(part, str(made.ids.get(noun, {}).get("实验小学", 1)))
    return path


def _send_fitting(client: Any, route: Route, described: Any, made: scenario.Scenario) -> httpx.Response:
    """What would succeed, were it another who asks; a page is sent what its JSON twin is."""
    twin = twins(client.app)[route.operation or ""]
    sent = request_body(described, twin.method, twin.path, scenario.fitting(twin.path, made, "实验小学"))
    if not route.is_json:
        sent = as_form(
            sent, {"csrf": client.headers["x-csrf-token"]} | ({"version": "1"} if twin.method == "PATCH" else {})
        )
    headers = {"if-match": '"1"'} if route.method == "PATCH" else {}
    answer: httpx.Response = client.request(route.method, _path(route, made), headers=headers, **sent)
    return answer


def _send(client: Any, route: Route, described: Any, made: scenario.Scenario) -> httpx.Response:
    path = _path(route, made)
    if not route.is_json:
        values = {key: value for key, value in made.bodies.items() if isinstance(value, str | int)}
        values |= {"csrf": client.headers["x-csrf-token"], "ids[]": made.bodies["ids"]}
        answer: httpx.Response = client.post(path, data=values)
        return answer
    known, headers = made.bodies, {}
    if route.method == "PATCH":
        known = known | {"name": "改过的名称", "title": "改过的标题", "problems": "改过的问题。", "place": "改过的地点"}
        headers["if-match"] = client.get(path).headers.get("etag", '"1"')
    sent = request_body(described, route.method, route.path, known)
    answer = client.request(route.method, path, headers=headers, **sent)
    return answer


def _left(app: FastAPI, answer: httpx.Response) -> list[str]:
    mine = sa.select(EVENT.c.outcome).where(EVENT.c.request_id == answer.headers["x-request-id"])
    database: Database = app.state.database
    return [outcome.value for outcome in database.read_now(lambda connection: connection.execute(mine).scalars().all())]
