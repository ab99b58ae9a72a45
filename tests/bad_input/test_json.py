"""What the JSON API takes for JSON, and what it says to the rest: never a fault, never what was typed."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.bad_input.places import places, putting, schema_of
from tests.conftest import As
from tests.fuzz.answers import faults
from tests.fuzz.stored import Stored
from tests.generated.bodies import sample
from tests.generated.routes import API, Route, routes
from tests.world import World

UNITS = "/api/v1/units"
JSON = {"content-type": "application/json"}
MARKS = [chr(n) for n in (0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x202A, 0x202E, 0x2066, 0x2069, 0x061C, 0x200E, 0xAD)]
NEW = {"code": "N1", "name": "新学校", "kind": "school"}
CANARY = "canary-7f3a"

REFUSED_AS_TEXT = {
    "duplicate key": (b'{"code": "N1", "code": "N2"}', 400, "duplicate_key"),
    "duplicate key within": (b'{"rule": {"kinds": [], "kinds": []}}', 400, "duplicate_key"),
    "NaN": (b'{"code": NaN}', 400, "invalid_json"),
    "Infinity": (b'{"code": -Infinity}', 400, "invalid_json"),
    "5,000 digits": (b'{"parent_id": ' + b"9" * 5000 + b"}", 400, "invalid_json"),
    "nesting of 100,000": (b'{"code": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "too_deep"),
    "nesting of 51": (b"[" * 51 + b"]" * 51, 400, "too_deep"),
    "invalid UTF-8": (b'{"name": "\xff\xfe"}', 400, "invalid_utf8"),
    "cut off": (b'{"name": "x', 400, "invalid_json"),
    "two values": (b"{} {}", 400, "invalid_json"),
    "lone surrogate": (b'{"name": "\\ud800"}', 422, "invalid"),
    "lone surrogate in another type": (b'{"parent_id": "\\uDFFF"}', 422, "invalid"),
    "lone surrogate in a list": (b'{"stages": ["\\ud800"]}', 422, "invalid"),
    "lone surrogate in a key": (b'{"\\ud800": 1}', 422, "invalid"),
    "not an object": (b"[1]", 422, "invalid"),
}


def test_depth_counts_brackets_not_those_within_text(as_: As) -> None:
    answer = as_("sysadmin").post(UNITS, json=NEW | {"name": "[{" * 40 + '"\\'})
    assert answer.status_code == 201


def test_only_json_in_utf_8_is_a_body(as_: As) -> None:
    sysadmin = as_("sysadmin")
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""):
        answer = sysadmin.post(UNITS, content=b"{}", headers={"content-type": media})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type"), media
    utf_16 = sysadmin.post(UNITS, content='{"name": "新"}'.encode("utf-16"), headers=JSON)
    assert utf_16.status_code == 400
    assert sysadmin.post(UNITS, json=NEW, headers={"content-type": 'application/json; charset="UTF-8"'}).is_success


class Bare(str):
    """Stands in the body as it is, as no value of a language would."""


WRONG: dict[str, tuple[tuple[str, Any], ...]] = {
    "text": (
        ("NUL", "a\0b"),
        ("an escape character", "a\x1bb"),
        ("a number", 5),
        ("a list", ["a"]),
        ("an object", {"a": "b"}),
        ("a million characters", "a" * 1_000_000),
    ),
    "whole": (
        ("true", True),
        ("a text", " 1_0 "),
        ("digits as text", "1"),
        ("an infinity as text", "inf"),
        ("a fraction", 1.0),
        ("2**63", 2**63),
        ("-2**63", -(2**63)),
    ),
    "number": (
        ("NaN", Bare("NaN")),
        ("1e999", Bare("1e999")),
        ("-1e999", Bare("-1e999")),
        ("1e308", Bare("1e308")),
        ("1e-9", Bare("1e-9")),
        ("true", True),
        ("a list", [1]),
        ("an object", {"a": 1}),
        ("a number below nothing", -1),
        ("nothing, but below", Bare("-0.0")),
        ("nothing, but below, as text", "-0"),
        ("three digits after the point", 0.125),
        ("too large by a hundredth", 1_000_000_000),
        ("2**63", 2**63),
        ("an infinity as text", "inf"),
        ("no number as text", "NaN"),
        ("an exponent as text", "1e5"),
        ("forty digits as text", "9" * 40),
        ("underscored digits", "1_0"),
        ("spaced digits", " 10 "),
        ("a sign", "+1"),
        ("digits of another script", "１２"),
        ("a comma for the point", "1,5"),
        ("a word", "许多"),
        ("nothing at all", ""),
    ),
    "date": (
        ("an epoch number", 1696809600),
        ("an epoch text", "1696809600"),
        ("an instant", "2023-10-09T00:00:00Z"),
        ("an instant before the first day", "0001-01-01T00:00+14:00"),
        ("a day that is none", "2024-02-30"),
        ("a day out of reach", "9999-12-31"),
        ("the first day of all", "0001-01-01"),
        ("a week's day", "2023-W01-1"),
        ("full-width digits", "２０２３-10-09"),
    ),
    "choice": (("no such option", "castle"), ("a number", 1), ("true", True)),
    "flag": (("a text", "yes"), ("a number", 1)),
    "list": (("a text", "primary"), ("an object", {}), ("a number", 1)),
}
"""What a value of each kind may not be; each is a 422 that names the place."""
STEPS = ("", "/confirm", "/remove")
SMUGGLED = (
    "id",
    "version",
    "district_id",
    "state",
    "role",
    "unit_id",
    "created_at",
    "allowed_actions",
    "password_hash",
)
OWN_WORDS = {f"{API}/{path}" for path in ("sessions", "me/password", *(f"me/second-factor{step}" for step in STEPS))}
"""Names and passwords are compared, not kept: what they may be is asked below and in tests/identity."""
PLACES_AT_LEAST, BODIES_AT_LEAST, INTEGERS_AT_LEAST = 130, 45, 20


def bodies(app: FastAPI) -> Iterator[tuple[Route, Any]]:
    """Each route with a JSON body, and the body's schema."""
    described = app.openapi()
    for route in routes(app):
        operation = described["paths"].get(route.path, {}).get(route.method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and route.path not in OWN_WORDS:
            yield route, content["schema"]


def send(client: TestClient, route: Route, **body: Any) -> Any:
    """Whoever is logged in, whatever the row: a body is checked before anything is looked for."""
    headers = {"if-match": '"1"', **body.pop("headers", {})}
    return client.request(route.method, route.path.replace("{id}", "1"), headers=headers, **body)


def test_every_value_of_every_body_is_checked(app: FastAPI, as_: As) -> None:
    described, sender, stored = app.openapi(), as_("supervisor"), Stored(app)
    before, seen, wrong = stored.look(), 0, []
    taken, kinds = list(bodies(app)), set()
    for route, schema in taken:
        for place in places(described, schema):
            seen += 1
            kinds.add(place.kind)
            for what, value in WRONG[place.kind]:
                body = putting(described, schema, {}, place.path, value)
                answer = send(sender, route, content=written(body, value), headers=JSON)
                right = _named(answer, place.pointer) if what != "NaN" else _no_json(answer)
                if not right or any(faults(answer, body)):
                    wrong.append(f"{route.label} {place.pointer} {what}: {answer.status_code} {answer.text[:200]}")
    assert wrong == [], "\n".join(wrong)
    assert len(taken) >= BODIES_AT_LEAST and seen >= PLACES_AT_LEAST, (len(taken), seen)
    assert kinds == WRONG.keys()
    assert stored.look() == before


def written(body: Any, value: Any) -> bytes:
    """As JSON, with a ``Bare`` value as it is."""
    text = json.dumps(body, ensure_ascii=False)
    return (text.replace(json.dumps(value), value) if isinstance(value, Bare) else text).encode()


def test_an_integer_of_32_bits_and_one_is_refused_and_no_fault(app: FastAPI, as_: As) -> None:
    """It may be an id, of a row that is not there: either database can hold it."""
    described, sender, stored = app.openapi(), as_("supervisor"), Stored(app)
    before, seen, wrong = stored.look(), 0, []
    for route, schema in bodies(app):
        for place in places(described, schema):
            if place.kind == "whole":
                seen += 1
                body = putting(described, schema, {}, place.path, 2**31)
                answer = send(sender, route, json=body)
                if answer.status_code < 400 or any(faults(answer)):
                    wrong.append(f"{route.label} {place.pointer}: {answer.status_code} {answer.text[:200]}")
    assert wrong == [], "\n".join(wrong)
    assert seen >= INTEGERS_AT_LEAST and stored.look() == before


def _named(answer: Any, pointer: str) -> bool:
    """A 422 at the place; a list's or an object's own place where the kind is wrong as a whole."""
    if (answer.status_code, answer.json()["code"]) != (422, "invalid"):
        return False
    return pointer in [error["pointer"] for error in answer.json()["errors"]]


def _no_json(answer: Any) -> bool:
    return (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_nothing_is_smuggled_into_a_body(app: FastAPI, as_: As) -> None:
    described, sender, tried, wrong = app.openapi(), as_("supervisor"), 0, []
    for route, schema in bodies(app):
        fields = schema_of(described, schema).get("properties", {})
        smuggled = [name for name in SMUGGLED if name not in fields]
        tried += len(smuggled)
        body = (sample(described, schema, {}, "") or {}) | dict.fromkeys(smuggled, 1)
        answer = send(sender, route, json=body)
        named = {error["pointer"] for error in answer.json().get("errors", ())}
        if answer.status_code != 422 or not named >= {f"/{name}" for name in smuggled}:
            wrong.append(f"{route.label}: {answer.status_code} {answer.text[:200]}")
    assert wrong == [], "\n".join(wrong)
    assert tried >= BODIES_AT_LEAST * 6, tried


def test_a_body_is_json_on_every_route(app: FastAPI, as_: As) -> None:
    """Each line of REFUSED_AS_TEXT on each route that takes a body, with the same answer."""
    sender, wrong = as_("supervisor"), []
    for route, _ in bodies(app):
        for what, (body, status, code) in REFUSED_AS_TEXT.items():
            answer = send(sender, route, content=body, headers=JSON)
            if (answer.status_code, answer.json()["code"]) != (status, code):
                wrong.append(f"{route.label} {what}: {answer.status_code} {answer.text[:200]}")
    assert wrong == [], "\n".join(wrong)


def test_an_infinity_is_no_number(as_: As) -> None:
    body = b'{"code": "N1", "name": "x", "kind": "school", "parent_id": 1e999}'
    answer = as_("sysadmin").post(UNITS, content=body, headers=JSON)
    assert _named(answer, "/parent_id"), answer.text


def test_marks_that_nobody_sees_are_never_kept(app: FastAPI, as_: As) -> None:
    """Zero-width and bidirectional characters, with which one name passes for another."""
    sysadmin = as_("sysadmin")
    for number, mark in enumerate(MARKS):
        made = sysadmin.post(UNITS, json={"code": f"M{number}", "name": f"实验{mark}小学{number}", "kind": "school"})
        assert made.status_code == 201 and made.json()["name"] == f"实验小学{number}", f"U+{ord(mark):04X}"
    assert sysadmin.post(UNITS, json=NEW | {"name": "\u200b\u202e　"}).status_code == 422
    assert sysadmin.post(UNITS, json=NEW | {"code": "a b"}).json()["errors"][0]["pointer"] == "/code"
    assert sysadmin.post(UNITS, json=NEW | {"name": "长" * 101}).json()["errors"][0]["pointer"] == "/name"


def test_refusal_never_echoes_what_was_typed(as_: As) -> None:
    sysadmin = as_("sysadmin")
    typed: list[dict[str, Any]] = [
        {"kind": CANARY},
        {"stages": [CANARY]},
        {"valid_from": CANARY},
        {"parent_id": CANARY},
        {"code": f"{CANARY} {CANARY}"},
        {"name": CANARY + "长" * 200},
        {"school_code": CANARY},
        {"credit_code": CANARY},
        {"colour": CANARY},
        {"host_ids": [CANARY]},
    ]
    for fields in typed:
        answer = sysadmin.post(UNITS, json=NEW | fields)
        assert answer.status_code == 422
        assert CANARY not in answer.text, fields
    assert CANARY not in sysadmin.post("/api/v1/users", json={"username": CANARY.upper() + "!", "name": "新"}).text
    for query in ("kind", "sort", "limit", "cursor", "count", "updated_since", "valid_on", "parent_id", "colour"):
        answer = sysadmin.get(UNITS, params={query: CANARY})
        assert answer.status_code == 422
        assert CANARY not in answer.text, query


def test_text_is_kept_as_text(as_: As) -> None:
    name = "<img hx-get=/x>{{7*7}} ‮= é"
    made = as_("sysadmin").post(UNITS, json=NEW | {"name": name}).json()
    assert made["name"] == "<img hx-get=/x>{{7*7}} = é"


def test_login_takes_no_name_the_database_could_not_hold(client: TestClient) -> None:
    for username in ("a\0b", "　", "", "x" * 200, "sc\u200bhool", "ѕсһооӏ"):
        answer = client.post("/api/v1/sessions", json={"username": username, "password": "qinglian-demo"})
        assert answer.status_code == 401, username
        page = client.post("/login", data={"username": username, "password": "qinglian-demo"})
        assert page.status_code == 401, username


def test_steps_take_a_note_an_empty_object_or_nothing(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    for number, body in enumerate(({"json": {"note": "换人。"}}, {"json": {}}, {})):
        pair = {"office_id": world.unit["人事股"], "school_id": world.unit["实验小学"]}
        since = {"valid_from": f"2023-10-0{number + 1}"}
        made = supervisor.post("/api/v1/liaisons", json=pair | since).json()
        assert supervisor.post(f"/api/v1/liaisons/{made['id']}/end", **body).status_code == 200
    refused = supervisor.post("/api/v1/liaisons/1/end", json={"note": "换人。", "state": "ended"})
    assert refused.json()["errors"][0]["pointer"] == "/state"
