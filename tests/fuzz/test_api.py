"""Promise 7: no 5xx for any input, and nothing stored by a refused one. The whole OpenAPI, each role, both databases.

Schemathesis makes the requests, right and wrong ones; ids come from rows that are there, bodies are mixed with values
that fit, so that requests get past the 404 and the 422. ``QL_FUZZ_CASES`` asks for more of them on each database. A
landing sends half of them, others than another one does, by other actors (``tests/drawn.py``).
"""

import os
import random
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.conftest import As
from tests.drawn import WORD
from tests.fuzz.answers import faults
from tests.fuzz.stored import Stored
from tests.generated import scenario
from tests.generated.bodies import PDF, sample
from tests.generated.routes import API
from tests.world import World

ROUND = 1000 if WORD else 1990
"""Cases on one fresh bureau; more of them wear its rows out. A landing's two databases come to 2,000, as is promised."""
ROUNDS = max(1, int(os.environ.get("QL_FUZZ_CASES", ROUND)) // ROUND)
AT_LEAST = ROUND if WORD else 1800
"""What a round must come to."""
OPERATIONS_AT_LEAST = 600
ROLES = ("supervisor", "office", "school", "discipline", "leader", "sysadmin", "secadmin", "auditor")
NOBODY, SCOPED = "nobody", "scoped token"
ACTORS = (*ROLES, NOBODY, SCOPED, "supervisor", "school")
"""Two of them do most of the work."""
SCHOOL = "实验小学"
VICTIMS = {"users": "middle", "role-grants": "middle", "api-tokens": "middle"}
"""Accounts may be changed by the requests, but not those that send them."""
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Bureau:
    """An application with rows under way, and who asks it."""

    clients: dict[str, TestClient]
    ids: dict[str, list[int]]
    made: scenario.Scenario
    stored: Stored
    found: list[str] = field(default_factory=list)
    told: Counter[int] = field(default_factory=Counter)
    done: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    """Who asked; ``heard``: with success."""
    heard: set[str] = field(default_factory=set)


@pytest.fixture
def bureau(app: FastAPI, client: TestClient, as_: As, world: World) -> Bureau:
    made = scenario.build(as_, world)
    clients = {role: as_(role) for role in ROLES} | {NOBODY: client, SCOPED: as_("supervisor")}
    scopes = {"name": "抄送", "scopes": ["units:read", "assignments:write", "plans:read"]}
    token = as_("supervisor").post(f"{API}/api-tokens", json=scopes).json()["token"]
    clients[SCOPED].headers["authorization"] = f"Bearer {token}"
    for each in clients.values():
        each._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    ids = {noun: sorted(set(rows.values())) for noun, rows in made.ids.items()}
    ids |= {noun: [_owned(as_, world, noun, name)] for noun, name in VICTIMS.items()}
    return Bureau(clients, ids, made, Stored(app))


def _owned(as_: As, world: World, noun: str, account: str) -> int:
    if noun == "users":
        return world.user[account]
    listed: int = as_("secadmin").get(f"{API}/{noun}?user_id={world.user[account]}").json()["data"][0]["id"]
    return listed


@pytest.mark.parametrize("number", range(ROUNDS))
def test_no_input_breaks_a_route_and_no_refused_one_is_stored(app: FastAPI, bureau: Bureau, number: int) -> None:
    schema = schemathesis.openapi.from_dict(app.openapi())
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= OPERATIONS_AT_LEAST
    before = bureau.stored.look()
    for operation in operations:
        for case, actor, seed in cases(operation, number, -(-ROUND // len(operations))):
            before = _send(bureau, operation, case, actor, random.Random(seed), before)
    assert bureau.found == [], "\n\n".join(bureau.found)
    assert sum(bureau.told.values()) >= AT_LEAST, bureau.told
    _assert_reach(bureau, len(operations))


def _assert_reach(bureau: Bureau, operations: int) -> None:
    """The walk is worth its while: requests succeed, are refused for what they hold, and meet rows."""
    told = bureau.told
    # Of what a landing draws, some ten requests of the limited token are within its scopes, and none may succeed.
    assert bureau.sent == set(ACTORS) and bureau.heard >= ({*ROLES} if WORD else {*ROLES, SCOPED})
    assert len(bureau.done) >= operations * 0.5, "operations that were carried out at least once"
    for status in (401, 403, 404, 409, 412, 422):
        assert told[status], f"no request was answered {status}"


def cases(operation: Any, number: int, count: int) -> list[tuple[Any, str, int]]:
    """So many requests of one operation, the same each time for the same draw and round. The first is the simplest of
    all, with which Hypothesis always begins: the supervisor sends it, so that what succeeds is met. Then the actors take
    turns."""
    made: list[tuple[Any, int]] = []
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    own = zlib.crc32(f"{WORD}{operation.label}".encode()) + number

    @hypothesis.seed(own)
    @hypothesis.settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=st.one_of(modes), seed=st.integers(0, 2**32))
    def collect(case: Any, seed: int) -> None:
        made.append((case, seed))

    collect()
    turns = ("supervisor", *(ACTORS[(own + at) % len(ACTORS)] for at in range(count)))
    return [(case, actor, seed) for actor, (case, seed) in zip(turns, made, strict=False)]


def _send(bureau: Bureau, operation: Any, case: Any, actor: str, chance: random.Random, before: Any) -> Any:
    noun = operation.path.removeprefix(f"{API}/").split("/")[0]
    if "id" in case.path_parameters and chance.random() < 0.8 and noun in bureau.ids:
        case.path_parameters = {"id": chance.choice(bureau.ids[noun])}
    if operation.method == "patch" and chance.random() < 0.7:
        case.headers = {**case.headers, "If-Match": f'"{chance.choice([1, 1, 2, 3])}"'}
    known = scenario.fitting(operation.path, bureau.made, SCHOOL)
    case.body = _mixed(operation, case.body, known, chance)
    answer = _call(bureau.clients[actor], case)
    bureau.told[answer.status_code] += 1
    bureau.sent.add(actor)
    if answer.is_success:
        bureau.done.add(operation.label)
        bureau.heard.add(actor)
    where = f"{actor}: {operation.label} {case!r}"[:1500]
    bureau.found += [f"{where}: {fault}: {answer.text[:400]}" for fault in faults(answer, [case.body, case.query])]
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as error:
        bureau.found.append(f"{where}: {error.exceptions}"[:3000])
    if operation.method == "get":
        return before
    after = bureau.stored.look()
    if answer.status_code >= 400 and after != before:
        bureau.found.append(f"{where}: {answer.status_code}, but something was stored: {before} {after}")
    return after


def _mixed(operation: Any, body: Any, known: dict[str, Any], chance: random.Random) -> Any:
    """The generated body as it is, or some of its values among values that fit, or these alone."""
    described = operation.schema.raw_schema
    content = described["paths"][operation.path][operation.method].get("requestBody", {}).get("content")
    if not content or chance.random() < 0.3:
        return body
    fitting = sample(described, next(iter(content.values()))["schema"], known, "")
    if not isinstance(fitting, dict):
        return body
    if "file" in fitting:
        fitting["file"] = PDF
    wrong = body if isinstance(body, dict) and chance.random() < 0.6 else {}
    chosen = {name: value for name, value in wrong.items() if chance.random() < 0.4}
    return {**fitting, **chosen}


def _call(client: TestClient, case: Any) -> Any:
    """Sent as ``requests`` would put it on the wire, with the actor's credential and no other."""
    arguments = case.as_transport_kwargs(base_url="http://testserver")
    arguments["headers"] = {
        name: value
        for name, value in dict(arguments["headers"]).items()
        if name.lower() not in ("authorization", "host")
    }
    arguments.pop("cookies", None)
    wire = requests.Request(**arguments).prepare()
    headers = [(name.encode("latin-1"), _raw(value)) for name, value in wire.headers.items()]
    return client.request(wire.method or "GET", wire.url or "", content=wire.body, headers=headers)  # type: ignore[arg-type]


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")
