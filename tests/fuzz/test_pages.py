"""Promise 7 for the pages: no form and no address breaks one, nothing of a refused form is stored, what was typed stays.

Forms are made from the names that the templates and the JSON twins know, with values that fit, that do not, and that
no browser sends; so a new page joins by itself.
"""

import random
import re
from collections import Counter, defaultdict
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from fastapi import FastAPI

from tests.bad_input.places import schema_of
from tests.conftest import As
from tests.fuzz.stored import Stored
from tests.fuzz.test_api import ROLES, VICTIMS
from tests.generated import scenario
from tests.generated.bodies import PDF
from tests.generated.routes import API, Route, routes
from tests.world import World

WEB = Path(__file__).parents[2] / "web"
NAMES = sorted(
    {name for page in WEB.rglob("*.html") for name in re.findall(r'name="([a-z][\w-]*(?:\[\])?)"', page.read_text())}
)
TYPED = "打了一半的话（甲）"
FITTING = ("1", "2", "on", TYPED, "2026-12-31", "school", "pending", "met", "")
GARBAGE = (
    *("\0", "a\x1bb", "\u202e\u200b", "9" * 5000, str(2**63), "-1", "1.5", "1e999", "NaN", "true", "２", " 1_0 "),
    *("9999-12-31", "0001-01-01", "2024-02-30", "2023-W01-1", "1696809600", "../../etc/passwd", "//evil.example/x"),
    *(
        "{{7*7}}",
        "<script>alert(1)</script>",
        "'; DROP TABLE unit; --",
        "%",
        "长" * 20_000,
        '{"a": [1]}',
        "\ud7ff\uffff",
    ),
)
FORM = {"content-type": "application/x-www-form-urlencoded"}
KINDS = ("fitting", "typed", "typed", "typed", "mixed", "garbage", "missing", "twice", "lists", "file", "raw", "huge")
ENDS = {"/logout", "/login", "/account/password"}
"""These end a session or begin one; tests/identity asks them."""
PAGES_AT_LEAST, FORMS_AT_LEAST = 70, 700
OWNERS = {"/users": "sysadmin", "/role-grants": "secadmin", "/units": "sysadmin", "/assignments": "school"}


class Answers:
    def __init__(self) -> None:
        self.told: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.shown_again = 0


@pytest.fixture
def ids(as_: As, world: World) -> dict[str, list[int]]:
    made = scenario.build(as_, world)
    found = {noun: sorted(set(rows.values())) for noun, rows in made.ids.items()}
    for noun, account in VICTIMS.items():
        listed = as_("secadmin").get(f"{API}/{noun}?user_id={world.user[account]}") if noun != "users" else None
        found[noun] = [listed.json()["data"][0]["id"] if listed else world.user[account]]
    return found | {"calendar-days": found["calendar-days"], "tokens": found["api-tokens"]}


def fields_of(app: FastAPI) -> dict[str, list[str]]:
    """operation → the names that its JSON twin takes."""
    described = app.openapi()
    found: dict[str, list[str]] = defaultdict(list)
    for route in routes(app):
        body = described["paths"].get(route.path, {}).get(route.method.lower(), {}).get("requestBody")
        if body and route.operation:
            schema = schema_of(described, next(iter(body["content"].values()))["schema"])
            for name, each in schema.get("properties", {}).items():
                found[route.operation].append(
                    f"{name}[]" if schema_of(described, each).get("type") == "array" else name
                )
    return found


def address(route: Route, ids: dict[str, list[int]], chance: random.Random) -> str:
    nouns = [part for part in route.path.split("/") if part in ids]
    known = ids[nouns[-1]] if nouns and chance.random() < 0.9 else [999_999]
    path = route.path.replace("{id}", str(chance.choice(known)))
    return re.sub(r"{(\w+)}", lambda found: str(chance.choice(ids["units"])) if "unit" in found[1] else "1", path)


def typed(names: list[str], kind: str, chance: random.Random) -> list[tuple[str, str]]:
    chosen = [name for name in names if chance.random() < 0.8] + chance.sample(NAMES, 3)
    pool = {"fitting": FITTING, "garbage": GARBAGE}.get(kind, FITTING + GARBAGE)
    pairs = [(name, chance.choice(pool)) for name in dict.fromkeys(chosen) if name != "csrf"]
    if kind == "missing":
        return []
    if kind == "typed":
        return [(name, TYPED if chance.random() < 0.7 else chance.choice(GARBAGE)) for name in names]
    if kind == "twice":
        return pairs + pairs[:2]
    if kind == "lists":
        return [(f"{name.removesuffix('[]')}[]", value) for name, value in pairs for _ in range(2)]
    if kind == "huge":
        return [*pairs, (chance.choice(NAMES), "x" * 1_100_000)]
    return pairs


def send(browser: Any, path: str, pairs: list[tuple[str, str]], kind: str) -> Any:
    token = ("csrf", browser.headers["x-csrf-token"])
    if kind == "raw":
        return browser.post(path, content=b"csrf=" + token[1].encode() + b"&%ff=%fe&a=%zz&=&&\xff\x00", headers=FORM)
    if kind in ("file", "missing") or path.endswith(("/upload", "/import", "/revisions")):
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in (*pairs, token)]
        if kind == "file":
            parts += [(name, ("a.pdf", PDF)) for name, _ in pairs[:2]] or [("file", ("a.pdf", PDF))]
        return browser.post(path, files=parts)
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in (*pairs, token))
    return browser.post(path, content=body, headers=FORM)


def test_no_form_breaks_a_page_and_no_refused_one_is_stored(
    app: FastAPI, browse: As, ids: dict[str, list[int]]
) -> None:
    stored, answers, fields = Stored(app), Answers(), fields_of(app)
    browsers = {role: browse(role) for role in ROLES}
    for each in browsers.values():
        each._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    forms = [route for route in routes(app) if not route.is_json and route.method == "POST" and route.path not in ENDS]
    assert len(forms) >= PAGES_AT_LEAST
    before = stored.look()
    for route in forms:
        for number, kind in enumerate(KINDS):
            chance = random.Random(f"{route.label} {number}")
            role = chance.choice([*ROLES, *["supervisor"] * 6, *_owner(route.path)])
            path, pairs = address(route, ids, chance), typed(fields[route.operation or ""], kind, chance)
            answer = send(browsers[role], path, pairs, kind)
            after = stored.look()
            where = f"{role}: POST {path} {kind} {str(pairs)[:600]}"
            sent = {} if kind == "raw" else dict(pairs)
            _judge(answers, answer, where, sent, moved=after != before)
            before = after
    assert answers.wrong == [], "\n\n".join(answers.wrong)
    assert sum(answers.told.values()) >= FORMS_AT_LEAST
    for status in (200, 303, 400, 403, 404, 409, 413, 415, 422):
        assert answers.told[status] or status == 200, answers.told
    assert answers.shown_again >= 10, "forms that came back with what was typed"


def _owner(path: str) -> list[str]:
    return [role for start, role in OWNERS.items() if path.startswith(start)] * 12


def _judge(answers: Answers, answer: Any, where: str, sent: dict[str, str], *, moved: bool) -> None:
    answers.told[answer.status_code] += 1
    page = answer.text
    if answer.status_code >= 500:
        answers.wrong.append(f"{where}: {answer.status_code}")
    if answer.status_code >= 400 and moved:
        answers.wrong.append(f"{where}: {answer.status_code}, but something was stored")
    if answer.status_code >= 400 and not (answer.headers["content-type"].startswith("text/html") and "<h1" in page):
        answers.wrong.append(f"{where}: {answer.status_code} without a page")
    if any(raw in page for raw in ("<script>alert", "Traceback", "Input should", "Field required")):
        answers.wrong.append(f"{where}: shows what it must not")
    if answer.status_code in (409, 412, 422):
        for name in _boxes(page) & {name for name, value in sent.items() if value == TYPED}:
            answers.shown_again += 1
            if TYPED not in unescape(page):
                answers.wrong.append(f"{where}: {answer.status_code}, and {name} lost what was typed")


def _boxes(page: str) -> set[str]:
    """The names of a page's free text fields."""
    return set(re.findall(r'<textarea[^>]*\bname="([\w-]+)"', page)) | {
        found[1]
        for tag in re.findall(r"<input[^>]*>", page)
        if ('type="text"' in tag or "type=" not in tag) and (found := re.search(r'\bname="([\w-]+)"', tag))
    }


def test_no_address_breaks_a_page(app: FastAPI, browse: As, ids: dict[str, list[int]]) -> None:
    browsers = {role: browse(role) for role in ("supervisor", "school", "auditor", "sysadmin")}
    asked = sorted(
        set(NAMES) | {"sort", "limit", "cursor", "q", "page", "view", "next", "back", "from", "round", "count"}
    )
    told: Counter[int] = Counter()
    wrong = []
    for route in routes(app):
        if route.is_json or route.method != "GET" or route.path in ENDS or route.path.startswith("/static"):
            continue
        for number in range(6):
            chance = random.Random(f"{route.label} {number}")
            role = chance.choice(list(browsers))
            pairs = [(name.removesuffix("[]"), chance.choice(FITTING + GARBAGE)) for name in chance.sample(asked, 3)]
            path = f"{address(route, ids, chance)}?{_query(pairs[: number % 4])}"
            answer = browsers[role].get(path)
            told[answer.status_code] += 1
            if answer.status_code >= 500 or "<script>alert" in answer.text:
                wrong.append(f"{role}: GET {path[:300]}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)
    assert told[200] >= 60 and told[422] and told[404], told


def _query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(value[:2000])}" for name, value in pairs)
