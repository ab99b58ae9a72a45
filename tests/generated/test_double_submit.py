"""Promise 4: a double submit has one effect. Every POST of the API, twenty at once under one key, over two instances.

A route joins by itself. Which request succeeds there, and by whom, is said below where the general one does not.
"""

import hashlib

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.identity.gate import PUBLIC
from app.settings import Settings
from tests.at_once import AT_ONCE, at_once
from tests.conftest import As
from tests.generated.in_session import OWN, call_in_session
from tests.generated.routes import API, Route, routes
from tests.generated.situations import READY, call
from tests.generated.stage import Stage
from tests.generated.test_workflows import Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.inspections.test_draw import inspectors as inspectors  # the fixture
from tests.world import World

OPEN = {f"{API}/sessions"}
"""A stranger has no keys: a second login is a second session, and harmless."""
OPEN |= {f"{API}/unsubscribe"}
"""By the key of a mail; again, it changes nothing: tests/channels/test_digests.py."""
REPORTING = {f"{API}/public/complaints{end}" for end in ("", "/status", "/answers", "/files", "/ratings")}
"""No answer of theirs is kept; the same report twice is one: tests/complaints/test_receipts.py."""
REGISTERING = {f"{API}/complaints"}
"""No answer is kept of what names somebody, and the same twice is one: tests/complaints/test_registering.py."""
READING = {f"{API}/complaints/{{id}}/identify"}
"""Each is a reading of its own, and its answer is kept nowhere: tests/complaints/test_traces.py."""
PASSWORD_ITSELF = f"{API}/me/password"
"""Takes no key, since its hash would stand for a password: the second finds another password, and is refused."""
ASKED_AGAIN = {f"{API}/me/second-factor{step}" for step in ("", "/remove")}
"""Where the password is asked for again, which is counted: of twenty at once some have to wait."""

LAST = ("/me/password", "/users/{id}/reset-password", "/role-grants/{id}/end")
"""These end what others act by."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A bureau that knows of a mail server: what asks for a code to be sent is refused otherwise."""
    mail = {"smtp_url": SecretStr("smtp://127.0.0.1:1?tls=off"), "mail_from": "no-reply@example.cn"}
    return settings.model_copy(update=mail | {"site_url": "https://qinglian.example.cn"})


def test_a_double_submit_has_one_effect_on_every_route(
    hall: Hall, as_: As, world: World, inspectors: list[int]
) -> None:
    stage = Stage(hall, as_, world)
    posts = [route for route in routes(hall.apps[0]) if route.is_json and route.method == "POST"]
    posts = [route for route in posts if route.path not in OPEN | REPORTING | REGISTERING | READING]
    assert {route.path for route in posts} >= {f"{API}{path}" for path in OWN} and len(posts) >= 120
    posts.sort(key=lambda route: route.path.endswith(LAST))
    wrong = [f"{route.label}: {fault}" for route in posts if (fault := _fault(stage, route))]
    assert wrong == [], "\n".join(wrong)


def _fault(stage: Stage, route: Route) -> str:
    """What was not as promised, or nothing."""
    asked, shown = call_in_session(stage, route) if _in_session(route) else (call(stage, route), {})
    path = route.path.replace("{id}", str(asked.row_id))
    key = hashlib.sha256(route.path.encode()).hexdigest()[:20]

    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(path, headers={"idempotency-key": key, **shown}, **asked.sent)

    before = stage.hall.last_event()
    answers = at_once(stage.hall.apps, "" if shown else stage.world.token[asked.account], post)
    done = stage.hall.done_since(before)
    won = [answer for answer in answers if answer.is_success]
    may = {401, 409, 422, 429} if route.path == PASSWORD_ITSELF else {429} if route.path in ASKED_AGAIN else {409}
    odd = [answer for answer in answers if not answer.is_success and answer.status_code not in may]
    if not won or odd:
        first = (odd or answers)[0]
        return f"{asked.account} was told {first.status_code} {first.text[:300]}"
    if len({(answer.status_code, answer.content, answer.headers.get("etag")) for answer in won}) != 1:
        return "not the same bytes"
    if len({event.request_id for event in done}) != 1:
        return f"done {len({event.request_id for event in done})} times: {[event.operation for event in done]}"
    return ""


def _in_session(route: Route) -> bool:
    return route.path.removeprefix(API) in OWN


def test_only_what_strangers_may_send_takes_no_key(app: FastAPI) -> None:
    assert {path for method, path in PUBLIC if method == "POST" and path.startswith(API)} == OPEN | REPORTING
    assert {path for path in READY if f"{API}{path}" not in {route.path for route in routes(app)}} == set()
    assert AT_ONCE == 20
