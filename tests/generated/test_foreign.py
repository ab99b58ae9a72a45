"""A row of others and a row that is not there answer alike, on every route with an id: in words and in work.

Work is compared by the statements that run, parameters apart: what takes the same steps takes the same time.
(``python -m benchmarks.foreign`` measures that.)
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import As
from tests.generated import scenario
from tests.generated.asking import Request, ask, request
from tests.generated.bodies import form_body, request_body
from tests.generated.routes import API, CHANGING, Route, noun_of, routes, twins
from tests.walk.steps import ok
from tests.world import World

MISSING = 987_654_321
PERSONS = ("other_supervisor", "kindergarten", "school")
"""To the first every row is another district's, to the second a neighbour's; the third is inspected unannounced."""
FORM_S_OWN = re.compile(r'name="csrf" value="[^"]*"')
TOUCH = re.compile(r"UPDATE (api_token|user_session|session) SET last_(used|seen)_at")
SEALING = re.compile(r"(?<=hashtextextended\('event_seal').*", re.DOTALL)
"""On PostgreSQL a seal is one statement with its own figures in it."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the databases are asked, in order; noting a credential's last use is left out, and so is what a server
    does of itself."""
    made: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not TOUCH.match(statement):
            made.append(SEALING.sub("", statement))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield made
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


class Asker:
    """Asks as one account, and says what the answer was and what it took: of a missing row, as if of ``row_id``."""

    def __init__(self, browser: TestClient, statements: list[str], token: str | None = None) -> None:
        self.client, self.statements, self.token = browser, statements, token
        self.cookie = browser.cookies.get("ql")
        self.csrf = browser.headers.get("x-csrf-token", "")
        self(request("GET", f"{API}/me"), MISSING)  # Who it is is remembered from the first request on.

    def refresh(self, asked: Request) -> None:
        """Who it is may have changed meanwhile, and what is remembered or recorded once is so by now."""
        self(request("GET", f"{API}/me"), MISSING)
        if asked.method == "GET":
            self(asked, MISSING)

    def __call__(self, asked: Request, row_id: int) -> tuple[Any, ...]:
        self.statements.clear()
        answer = ask(self.client, [asked], self.token, self.cookie)[0]
        apart = ("x-request-id", "content-length")
        headers = {name: value for name, value in answer.headers.items() if name not in apart}
        # Each form of a page has a value of its own behind the session's token.
        text = FORM_S_OWN.sub("", packed(answer.body) if answer.body.startswith(b"PK") else answer.text)
        body = text.replace(answer.headers["x-request-id"], "").replace(str(MISSING), str(row_id))
        return answer.status, headers, body, list(self.statements)


def test_foreign_and_missing_rows_answer_alike(
    statements: list[str], app: FastAPI, client: TestClient, as_: As, browse: As, world: World
) -> None:
    made = scenario.build(as_, world)
    described = client.app.openapi()  # type: ignore[attr-defined]
    twin_of = twins(app)
    compared = 0
    for person in PERSONS:
        asker = Asker(browse(person), statements)
        foreign = _foreign(app, asker, made, person)
        assert len(foreign) >= (1 if person == "school" else 6), f"{person}: {foreign}"
        for route in routes(app):
            noun = noun_of(route.path)
            if "{id}" not in route.path or noun not in foreign:
                continue
            sent = _sent(route, twin_of, described, made, asker.csrf)
            headers = {"x-csrf-token": asker.csrf} | ({"if-match": '"1"'} if route.method == "PATCH" else {})
            row_id = _row(made, noun)
            theirs, nobodys = (
                asker(request(route.method, _at(route, each, made), sent, headers), row_id)
                for each in (row_id, MISSING)
            )
            assert theirs == nobodys, apart(f"{person}: {route.label}", theirs, nobodys)
            assert theirs[0] in (404, 403, 422, 303) and (theirs[0] == 404 or route.method != "GET"), (
                f"{person}: {route.label} answers {theirs[0]}"
            )
            compared += theirs[0] == 404
    assert compared > 150, compared
    _refusals_alike(as_, "auditor", made)
    _refusals_alike(as_, "other_auditor", made)


def packed(archive: bytes) -> str:
    """What a paper holds; when it was made stands beside each part, and in one."""
    with ZipFile(BytesIO(archive)) as parts:
        return str({each.filename: each.CRC for each in parts.infolist() if each.filename != "docProps/core.xml"})


def apart(what: str, theirs: tuple[Any, ...], nobodys: tuple[Any, ...]) -> str:
    parts = zip(("status", "headers", "body", "statements"), theirs, nobodys, strict=True)
    return "\n".join([what, *(f"{name}:\n  {one}\n  {other}" for name, one, other in parts if one != other)])


def _foreign(app: FastAPI, asker: Asker, made: scenario.Scenario, person: str) -> set[str]:
    """The nouns of which the row asked for does not exist for the person: what reading says holds of every act."""
    read = {noun_of(route.path) for route in routes(app) if route.label.startswith(f"GET {API}") and _is_one(route)}
    unread = set()
    for noun in read & set(made.ids):
        if asker(request("GET", f"{API}/{noun}/{_row(made, noun)}"), 0)[0] == 404:
            unread.add(noun)
            # Both are recorded by now, and neither is again.
            asker(request("GET", f"{API}/{noun}/{MISSING}"), 0)
    own = {"role-grants", "api-tokens", "sessions"} & set(made.ids)
    others = {"other_supervisor": set(made.ids) - read, "kindergarten": own, "school": set()}
    return unread | others[person]


def _is_one(route: Route) -> bool:
    return route.path.endswith("/{id}")


def _row(made: scenario.Scenario, noun: str) -> int:
    return made.ids[noun]["实验小学"]


def _sent(route: Route, twin_of: Any, described: Any, made: scenario.Scenario, csrf: str) -> dict[str, Any]:
    if route.is_json:
        return request_body(described, route.method, route.path, made.bodies)
    twin = twin_of.get(route.operation)
    return form_body(described, twin, made.bodies | {"csrf": csrf}) if twin and route.method in CHANGING else {}


def _at(route: Route, row_id: int, made: scenario.Scenario) -> str:
    return route.path.replace("{id}", str(row_id)).replace("{unit_id}", str(made.ids["units"]["实验小学"]))


def _refusals_alike(as_: As, auditor: str, made: scenario.Scenario) -> None:
    """The log holds the same refusals for the missing id as for the rows of others."""
    told: dict[bool, list[tuple[str, ...]]] = {True: [], False: []}
    target = f"{API}/events?outcome=refused&limit=200"
    cursor: str | None = ""
    while cursor is not None:
        page = ok(as_(auditor).get(target + (f"&cursor={cursor}" if cursor else "")))
        for event in page["data"]:
            said = [str(event[name]) for name in ("operation", "resource", "code", "after", "user_id", "token_id")]
            told[event["resource_id"] == MISSING].append(tuple(said))
        cursor = page["next"]
    assert told[True], "no refusal was recorded"
    assert sorted(told[True]) == sorted(told[False])


def test_foreign_and_missing_rows_to_prove_answer_alike(
    statements: list[str], client: TestClient, as_: As, browse: As, world: World
) -> None:
    """Pages that are asked for what is to be proved."""
    made = scenario.build(as_, world)
    for person in PERSONS[:2]:
        asker = Asker(browse(person), statements)
        for page in ("choose", "upload"):
            for noun in ("assignments", "findings", "rectifications"):
                theirs, nobodys = (
                    asker(request("GET", f"/evidence/{page}?target={noun}&target_id={each}"), _row(made, noun))
                    for each in (_row(made, noun), MISSING)
                )
                assert theirs == nobodys, apart(f"{person}: /evidence/{page} for {noun}", theirs, nobodys)


def test_a_key_of_another_user_is_a_key_nobody_used(statements: list[str], as_: As, world: World) -> None:
    """An Idempotency-Key is its user's own: another's use of it is neither replayed nor refused."""
    made = scenario.build(as_, world)
    path = f"{API}/assignments/{made.ids['assignments']['实验小学']}/progress-reports"
    report = {"text": "已完成二稿。", "percent": 50}
    first = ok(as_("school").post(path, json=report, headers={"idempotency-key": "k1"}), 201)
    asked = []
    ok(as_("kindergarten").get(f"{API}/me"))
    for key in ("k1", "k2"):
        statements.clear()
        answer = as_("kindergarten").post(path, json=report, headers={"idempotency-key": key})
        asked.append((answer.status_code, answer.json(), list(statements)))
    assert asked[0] == asked[1] and asked[0][0] == 404
    again = as_("school").post(path, json=report, headers={"idempotency-key": "k1"})
    assert (again.status_code, again.json()) == (201, first)


def test_who_holds_a_file_learns_nothing_of_others_who_do(as_: As, world: World) -> None:
    """The hash of a foreign file is no key to it: not as an ETag, nor by uploading the same bytes."""
    made = scenario.build(as_, world)
    row_id = made.ids["evidence"]["实验小学"]
    mine = ok(as_("school").get(f"{API}/evidence/{row_id}"))
    etag = {"if-none-match": f'"{mine["sha256"]}"'}
    client = as_("kindergarten")
    for path in (f"{API}/evidence/{row_id}/file", f"/evidence/{row_id}/file"):
        assert as_("school").get(path, headers=etag).status_code == 304
        assert client.get(path, headers=etag).status_code == client.get(path).status_code == 404
