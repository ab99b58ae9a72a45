"""What the JSON API takes for JSON, and what it says to the rest: never a fault, never what was typed."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import As
from tests.world import World

UNITS = "/api/v1/units"
JSON = {"content-type": "application/json"}
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
    "null": (b"null", 422, "invalid"),
}


@pytest.mark.parametrize("name", REFUSED_AS_TEXT)
def test_what_is_no_json_is_refused(as_: As, name: str) -> None:
    body, status, code = REFUSED_AS_TEXT[name]
    answer = as_("sysadmin").post(UNITS, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


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


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"colour": 1}, "/colour"),
    "smuggled district": ({"district_id": 1}, "/district_id"),
    "smuggled version": ({"version": 7}, "/version"),
    "epoch number as a date": ({"valid_from": 1696809600}, "/valid_from"),
    "epoch text as a date": ({"valid_from": "1696809600"}, "/valid_from"),
    "instant as a date": ({"valid_from": "2023-10-09T00:00:00Z"}, "/valid_from"),
    "a day that is none": ({"valid_from": "2023-02-30"}, "/valid_from"),
    "full-width date": ({"valid_from": "２０２３-10-09"}, "/valid_from"),
    "a day out of reach": ({"valid_to": "9999-12-31"}, "/valid_to"),
    "true as an integer": ({"parent_id": True}, "/parent_id"),
    "text as an integer": ({"parent_id": " 1_0 "}, "/parent_id"),
    "a fraction": ({"parent_id": 1.0}, "/parent_id"),
    "infinity by exponent": ({"parent_id": float("1e308") * 10}, "/parent_id"),
    "2**63": ({"parent_id": 2**63}, "/parent_id"),
    "zero": ({"parent_id": 0}, "/parent_id"),
    "NUL": ({"name": "a\0b"}, "/name"),
    "escape character": ({"name": "a\x1bb"}, "/name"),
    "blank": ({"name": " \u200b　"}, "/name"),
    "a number as text": ({"name": 5}, "/name"),
    "101 characters": ({"name": "长" * 101}, "/name"),
    "a million characters": ({"code": "a" * 1_000_000}, "/code"),
    "a code with a space": ({"code": "a b"}, "/code"),
    "no such option": ({"kind": "castle"}, "/kind"),
    "no such option in a list": ({"stages": ["castle"]}, "/stages/0"),
    "a list of the wrong type": ({"stages": "primary"}, "/stages"),
    "null where none may be": ({"code": None}, "/code"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_value_is_named_by_its_pointer(as_: As, name: str) -> None:
    fields, pointer = WRONG[name]
    text = str(NEW | fields)
    if "inf" in text:
        body = b'{"code": "N1", "name": "x", "kind": "school", "parent_id": 1e999}'
        answer = as_("sysadmin").post(UNITS, content=body, headers=JSON)
    else:
        answer = as_("sysadmin").post(UNITS, json=NEW | fields)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


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
