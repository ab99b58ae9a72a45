"""Promise 5 on the pages: of two people with the same copy of a form, one saves; the other is told, and sees all that
was typed again. Every form that carries a version joins by itself, over two instances."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import As
from tests.generated import scenario
from tests.generated.forms import Form, forms_of
from tests.generated.routes import routes
from tests.walk.plan_text import PLAN
from tests.walk.steps import import_plan, inspection, items
from tests.world import PASSWORD, World
from web.main import create_app

PEOPLE = ("supervisor", "school", "sysadmin", "secadmin", "leader", "discipline", "office")
SCHOOL = "实验小学"
NOT_TYPED = {"csrf", "version", "back", "ids[]", "scope"}
"""What the page fills in itself; ``scope`` offers the items that lack a deadline while there are any."""


OTHERWISE = {"once": "yearly", "yearly": "once", "reminder": "talk"}
"""Where a form may hold no text: something in it is chosen otherwise."""
EDIT = re.compile(r"/[\w-]+/\d+(?:/edit)?")
"""Where a form goes that changes what its row holds, and takes no step."""
EDITS = {f"/{noun}/{{id}}" for noun in ("findings", "inspections", "rectifications", "unit-groups", "units", "users")}
EDITS |= {"/appointments/{id}", "/leading-groups/{id}", "/filings/{id}/edit", "/filing-requirements/{id}"}
EDITS |= {"/accountability-actions/{id}/edit", "/accountability-rungs/{id}"}
EDITS |= {"/indicators/{id}/edit", "/indicator-values/{id}"}
EDITS |= {"/integrity-risks/{id}/edit", "/risk-rounds/{id}", "/risk-measures/{id}"}
EDITS |= {"/major-decisions/{id}/edit", "/decision-supervisions/{id}"}
EDITS |= {"/breakdowns/{id}/edit", "/briefs/{id}/edit"}
EDITS |= {"/campaigns/{id}/edit", "/self-checks/{id}"}
EDITS |= {"/liaison-visits/{id}/edit", "/venue-activities/{id}/edit", "/cases/{id}/edit"}
EDITS |= {"/appraisals/{id}", "/appraisal-criteria/{id}", "/appraisal-deductions/{id}", "/appraisal-appeals/{id}"}
EDITS |= {"/summaries/{id}/edit"}
EDITS |= {"/activities/{id}", "/complaints/{id}/edit", "/robots/{id}", "/webhooks/{id}"}
EDITS |= {"/plan-items/{id}", "/plans/{id}/edit", "/archive-boxes/{id}/edit", "/documents/{id}/edit"}


@pytest.fixture
def elsewhere(app: FastAPI) -> Iterator[As]:
    """``elsewhere("school")``: logged in at another instance."""
    with TestClient(create_app(app.state.settings), base_url="http://testserver") as opened:

        def log_in(account: str) -> TestClient:
            client = TestClient(opened.app, base_url="http://testserver", follow_redirects=False)
            client.portal = opened.portal
            answer = client.post("/api/v1/sessions", json={"username": account, "password": PASSWORD})
            client.headers["x-csrf-token"] = answer.json()["csrf_token"]
            return client

        yield log_in


def test_of_two_who_save_one_form_the_second_loses_nothing(
    app: FastAPI, as_: As, browse: As, elsewhere: As, world: World
) -> None:
    made = _editable(as_, world)
    seen: dict[str, list[str]] = {}
    for person in PEOPLE:
        one, other = browse(person), elsewhere(person)
        for path in _pages(app, made):
            for n, form in enumerate(_versioned(one.get(path))):
                what = f"{form.action}: {sorted(form.names - NOT_TYPED)}"
                if what not in seen:
                    fresh = _versioned(one.get(path))[n]  # Another form of the page may have been saved meanwhile.
                    seen[what] = _faults(one, other, fresh)
    wrong = [f"{what} {fault}" for what, faults in seen.items() for fault in faults]
    assert wrong == [], "\n".join(wrong)
    assert {re.sub(r"\d+", "{id}", what.partition(":")[0]) for what in seen} >= EDITS


def test_a_form_sent_as_it_stands_is_not_called_saved(app: FastAPI, as_: As, browse: As, world: World) -> None:
    """It says that nothing was changed, and leaves version and audit log as they are."""
    made = _editable(as_, world)
    tried = set()
    for person in PEOPLE:
        browser = browse(person)
        for path in _pages(app, made):
            for n, form in enumerate(_versioned(browser.get(path))):
                if not EDIT.fullmatch(form.action) or form.action in tried:
                    continue
                tried.add(form.action)
                before = _newest(as_)
                sent = _send(browser, form, form.fields)
                assert sent.status_code == 303, f"{form.action}: {sent.status_code} {_notice(sent)}"
                told = browser.get(sent.headers["location"])
                assert "没有改动" in told.text and "已保存。" not in told.text, form.action
                again = _versioned(browser.get(path))[n]
                assert (again.value("version"), _newest(as_)) == (form.value("version"), before), form.action
    assert {re.sub(r"\d+", "{id}", action) for action in tried} == EDITS


def _newest(as_: As) -> int:
    newest: int = as_("auditor").get("/api/v1/events?limit=1").json()["data"][0]["id"]
    return newest


def _editable(as_: As, world: World) -> scenario.Scenario:
    made = scenario.build(as_, world)
    draft = import_plan(as_("supervisor"), PLAN.replace("2026", "2027"))
    made.put("plans", SCHOOL, draft["id"])
    made.put("plan-items", SCHOOL, items(as_, draft["id"])[0]["id"])
    made.put("inspections", SCHOOL, inspection(as_, [world.unit[SCHOOL]], title="下周检查")["id"])
    return made


def _versioned(answer: Any) -> list[Form]:
    """The forms of a page that carry a version."""
    found = forms_of(answer.text) if answer.headers.get("content-type", "").startswith("text/html") else []
    return [form for form in found if form.method == "post" and "version" in form.names]


def _pages(app: FastAPI, made: scenario.Scenario) -> list[str]:
    found = []
    for route in routes(app):
        noun = route.path.strip("/").split("/")[0]
        if route.method == "GET" and not route.is_json and route.path.count("{") == 1 and noun in made.ids:
            found.append(route.path.replace("{id}", str(made.ids[noun][SCHOOL])))
    return found


def _faults(one: Any, other: Any, form: Form) -> list[str]:
    """What was not as promised: nobody saved, both saved, not told, or a field that came back otherwise."""
    copies = [_typed(form, word) for word in ("甲", "乙")]
    first = _send(one, form, copies[0])
    if first.status_code not in (200, 303):
        return [f"the first was told {first.status_code}: {_notice(first)}"]
    second = _send(other, form, copies[1])
    if second.status_code not in (409, 412) or "已被他人更新" not in second.text:
        return [f"the second was told {second.status_code}: {_notice(second)}"]
    again = [each for each in _versioned(second) if each.action == form.action]
    kept = {pair for each in again for pair in each.fields}
    return [
        f"{name}: {value!r} is gone" for name, value in copies[1] if name not in NOT_TYPED and (name, value) not in kept
    ]


def _notice(answer: Any) -> str:
    return " ".join(re.findall(r'class="notice.*?</div>', answer.text, re.DOTALL))[-300:]


def _typed(form: Form, word: str) -> list[tuple[str, str]]:
    """The form with that word added in every text but codes, and what was left open chosen."""
    return [
        (
            name,
            f"{value}{word}"
            if name in form.texts and not name.endswith("_code")
            else OTHERWISE.get(value) or value or form.choices.get(name, ""),
        )
        for name, value in form.fields
    ]


def _send(browser: Any, form: Form, fields: list[tuple[str, str]]) -> Any:
    sent = [(name, browser.headers["x-csrf-token"] if name == "csrf" else value) for name, value in fields]
    head = {"content-type": "application/x-www-form-urlencoded"}
    return browser.post(form.action, content=urlencode(sent), headers=head)
