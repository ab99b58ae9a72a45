"""Promise 4: a double submit has one effect. Every POST of the API, twenty at once under one key, over two instances.

A route joins by itself. Which request succeeds there, and by whom, is said below where the general one does not.
"""

import hashlib

import httpx
from fastapi import FastAPI

from app.identity.gate import PUBLIC
from tests.at_once import AT_ONCE, at_once
from tests.conftest import As
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
BY_SESSION = {f"{API}/me/second-factor{step}" for step in ("", "/confirm", "/remove")}
BY_SESSION |= {f"{API}/me/notice-settings/email{step}" for step in ("", "/confirm", "/remove")}
BY_SESSION |= {f"{API}/me/calendar-feed{step}" for step in ("", "/revoke")}
"""Not for tokens, and each done once by what it asks for: tests/identity/test_second_factor.py."""
OWN = f"{API}/me/"
"""What one does to one's own account takes no key, since its hash would stand for a password; done once all the same."""

LAST = ("/me/password", "/users/{id}/reset-password", "/role-grants/{id}/end")
"""These end what others act by."""


def test_a_double_submit_has_one_effect_on_every_route(
    hall: Hall, as_: As, world: World, inspectors: list[int]
) -> None:
    stage = Stage(hall, as_, world)
    posts = [route for route in routes(hall.apps[0]) if route.is_json and route.method == "POST"]
    posts = [route for route in posts if route.path not in OPEN | BY_SESSION | REPORTING | REGISTERING | READING]
    assert len(posts) >= 55
    posts.sort(key=lambda route: route.path.endswith(LAST))
    wrong = [f"{route.label}: {fault}" for route in posts if (fault := _fault(stage, route))]
    assert wrong == [], "\n".join(wrong)


def _fault(stage: Stage, route: Route) -> str:
    """What was not as promised, or nothing."""
    asked = call(stage, route)
    path = route.path.replace("{id}", str(asked.row_id))
    key = hashlib.sha256(route.path.encode()).hexdigest()[:20]

    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(path, headers={"idempotency-key": key}, **asked.sent)

    before = stage.hall.last_event()
    answers = at_once(stage.hall.apps, stage.world.token[asked.account], post)
    done = stage.hall.done_since(before)
    won = [answer for answer in answers if answer.is_success]
    may = {401, 409, 422, 429} if route.path.startswith(OWN) else {409}
    odd = [answer for answer in answers if not answer.is_success and answer.status_code not in may]
    if not won or odd:
        first = (odd or answers)[0]
        return f"{asked.account} was told {first.status_code} {first.text[:300]}"
    if len({(answer.status_code, answer.content, answer.headers.get("etag")) for answer in won}) != 1:
        return "not the same bytes"
    if len({event.request_id for event in done}) != 1:
        return f"done {len({event.request_id for event in done})} times: {[event.operation for event in done]}"
    return ""


def test_only_what_strangers_may_send_takes_no_key(app: FastAPI) -> None:
    assert {path for method, path in PUBLIC if method == "POST" and path.startswith(API)} == OPEN | REPORTING
    assert {path for path in READY if f"{API}{path}" not in {route.path for route in routes(app)}} == set()
    assert AT_ONCE == 20
