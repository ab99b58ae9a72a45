"""What is no UTF-8 is refused wherever text comes in, and nothing is kept of it: no garbage that nobody typed.

JSON is asked in ``test_json.py``, the fields of an upload in ``test_files.py``, the wire itself in ``test_wire.py``.
"""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import As
from tests.fuzz.stored import Stored
from tests.generated.asking import Request, ask
from tests.generated.bodies import PDF
from tests.generated.routes import Route, routes
from tests.world import World

FORM = {"content-type": "application/x-www-form-urlencoded"}
PARTS = {"content-type": "multipart/form-data; boundary=x"}
IN_GBK = {"content-type": "multipart/form-data; charset=gbk; boundary=x"}
GBK = "实验".encode("gbk")
REST = b"&code=N1&kind=school"


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + value + b"\r\n"


FORMS: dict[str, tuple[dict[str, str], bytes]] = {
    "a value in GBK": (FORM, b"name=%CA%B5%D1%E9" + REST),
    "a value in GBK, unescaped": (FORM, b"name=" + GBK + REST),
    "a field's name in GBK": (FORM, b"%CA%B5%D1%E9=1&name=a" + REST),
    "a value cut off within a character": (FORM, b"name=%E5%AE" + REST),
    "an escaped surrogate": (FORM, b"name=%ED%A0%80" + REST),
    "an overlong form": (FORM, b"name=%C0%AF" + REST),
    "a form that calls itself GBK": ({"content-type": f"{FORM['content-type']}; charset=gbk"}, b"name=" + GBK + REST),
    "a part in GBK": (PARTS, part(b"name", GBK)),
    "a part's name in GBK": (PARTS, part(GBK, b"1")),
    "a part that calls itself GBK": (IN_GBK, part(b"name", GBK)),
}
"""What is sent where a unit is created, beside the session's token."""


def whole(media: dict[str, str], body: bytes, token: str) -> bytes:
    if media["content-type"].startswith("multipart"):
        return part(b"csrf", token.encode()) + part(b"code", b"N1") + part(b"kind", b"school") + body + b"--x--\r\n"
    return b"csrf=" + token.encode() + b"&" + body


def test_a_form_that_is_no_utf_8_is_400_and_nothing_is_stored(app: FastAPI, browse: As) -> None:
    browser, stored = browse("sysadmin"), Stored(app)
    before, wrong = stored.look(), []
    for what, (media, body) in FORMS.items():
        answer = browser.post("/units", content=whole(media, body, browser.headers["x-csrf-token"]), headers=media)
        if answer.status_code != 400 or "UTF-8" not in answer.text or "<h1" not in answer.text:
            wrong.append(f"{what}: {answer.status_code} {answer.text[:300]}")
    assert wrong == [], "\n".join(wrong)
    assert stored.look() == before


READABLE = {
    "escaped": (FORM, b"name=%E5%AE%9E%E9%AA%8C" + REST),
    "as it is": (FORM, "name=实验".encode() + REST),
    "in a part": (PARTS, part(b"name", "实验".encode())),
    "in a part that calls itself GBK": (IN_GBK, part(b"name", "实验".encode())),
}


@pytest.mark.parametrize("how", READABLE)
def test_utf_8_is_kept_as_it_was_typed(browse: As, as_: As, how: str) -> None:
    browser, (media, body) = browse("sysadmin"), READABLE[how]
    answer = browser.post("/units", content=whole(media, body, browser.headers["x-csrf-token"]), headers=media)
    assert answer.status_code == 303, answer.text[:300]
    assert [row["code"] for row in as_("sysadmin").get("/api/v1/units?q=实验").json()["data"] if row["name"] == "实验"]


BY_STRANGERS = {
    "/login": b"username=%D1%E9&password=x",
    "/report": b"text=%CA%B5%D1%E9",
    "/report/status": b"receipt=%D1%E9",
    "/unsubscribe": b"key=%FF",
}


def test_a_strangers_form_that_is_no_utf_8_is_400(app: FastAPI, client: TestClient) -> None:
    stored = Stored(app)
    before = stored.look()
    for path, body in BY_STRANGERS.items():
        answer = client.post(path, content=body, headers=FORM)
        assert answer.status_code == 400 and "UTF-8" in answer.text, f"{path}: {answer.status_code}"
    assert stored.look() == before


def test_an_upload_named_in_gbk_is_400_and_nothing_is_stored(app: FastAPI, as_: As) -> None:
    stored, fields = Stored(app), part(b"title", b"a") + part(b"kind", b"policy") + part(b"evidence_on", b"2026-01-01")
    before = stored.look()
    for what, named in {"file": (b"file", GBK), "field": (GBK, b"a.pdf")}.items():
        name, filename = named
        body = fields + part(name, PDF, b'; filename="' + filename + b'"') + b"--x--\r\n"
        answer = as_("school").post("/api/v1/evidence", content=body, headers=PARTS)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_utf8"), f"{what}: {answer.text[:300]}"
    assert stored.look() == before


QUERIES = {
    "a value": "q=%ff",
    "a value in GBK": "q=%CA%B5%D1%E9",
    "a value in GBK, unescaped": "q=\xd1\xe9",
    "a name": "%ff=1",
    "a value cut off": "q=%E5%AE",
    "beside what is in order": "limit=1&q=%ED%A0%80",
}


def test_a_query_that_is_no_utf_8_is_400_on_every_route(app: FastAPI, as_: As, browse: As, client: TestClient) -> None:
    """By page and by JSON, of whoever is logged in and of strangers."""
    token, cookie = (
        as_("supervisor").headers["authorization"].removeprefix("Bearer "),
        browse("supervisor").cookies["ql"],
    )
    asked = [route for route in routes(app) if route.method == "GET"]
    wrong = []
    for sent in QUERIES.values():
        requests = [Request("GET", f"{_filled(route, '1')}?{sent}") for route in asked]
        for known in ({"token": token}, {"cookie": cookie}, {}):
            for request, answer in zip(requests, ask(client, requests, **known), strict=True):
                page = "UTF-8" in answer.text and "<h1" in answer.text
                told = answer.json()["code"] == "invalid_utf8" if request.target.startswith("/api/") else page
                if answer.status != 400 or not told:
                    wrong.append(f"{request.target} {[*known]}: {answer.status} {answer.text[:200]}")
    assert wrong == [], "\n".join(wrong)


def test_a_query_in_utf_8_is_read_escaped_or_not(client: TestClient, world: World) -> None:
    targets = ["q=实验小学".encode().decode("latin-1"), "q=%E5%AE%9E%E9%AA%8C%E5%B0%8F%E5%AD%A6"]
    answers = ask(client, [Request("GET", f"/api/v1/units?{each}") for each in targets], world.token["supervisor"])
    found = [[row["name"] for row in answer.json()["data"]] for answer in answers]
    assert found[0] == found[1] and "实验小学" in found[0]


def test_a_path_that_is_no_utf_8_leads_nowhere(app: FastAPI, as_: As, browse: As) -> None:
    """No row is called so: whatever the route, nothing is found, and a browser is led to the page above."""
    stored, clients = Stored(app), {True: as_("supervisor"), False: browse("supervisor")}
    before, wrong, tried = stored.look(), [], 0
    for route in routes(app):
        if "{" in route.path:
            tried += 1
            answer = _asked(clients[route.is_json], route, _filled(route, "%ff"))
            right = {404, 303} if route.method == "GET" and not route.is_json else {404}
            if answer.status_code not in right or "\ufffd" in answer.text:
                wrong.append(f"{route.label}: {answer.status_code} {answer.text[:200]}")
    assert wrong == [], "\n".join(wrong)
    assert tried > 300 and stored.look() == before


def _filled(route: Route, value: str) -> str:
    first, *rest = route.path.split("{")
    return first + "".join(value + each.partition("}")[2] for each in rest)


def _asked(client: Any, route: Route, path: str) -> Any:
    if route.method == "GET":
        return client.get(path)
    if route.is_json:
        return client.request(route.method, path, headers={"if-match": '"1"'})
    return client.post(path, data={"csrf": client.headers["x-csrf-token"]})
