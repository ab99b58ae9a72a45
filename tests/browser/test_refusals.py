"""What is refused is said on the page: on top, where the focus goes, and at the field; in words that everyone can read."""

import re
import sqlite3
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.core.db import Database
from tests.browser.pages import Demo, addresses
from tests.browser.test_pages import problems, someone

DRAFTS = ("/rectifications/{id}",)
"""What is asked for when it is submitted; until then it may be saved as empty as it is."""
LATE = ("/inspections/{id}/visits",)
"""Whether the step may be done at all is asked before what was typed."""
FORMS = """() => [...document.querySelectorAll("main form[method=post]")]
  .map((form, n) => [n, form.getAttribute("action"), [...form.elements].some((e) => e.required && e.type !== "radio")])
  .filter(([, , asks]) => asks).map(([n, action]) => [n, action])"""
EMPTY = """(n) => {
  const form = document.querySelectorAll("main form[method=post]")[n];
  for (const field of form.elements) if (field.required) { if ("checked" in field) field.checked = false; field.value = field.type === "radio" ? field.value : ""; }
  form.noValidate = true;
  form.requestSubmit();
}"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What asks for the focus gets it as the page is painted first."""
SAID = """() => ({
  focused: document.activeElement?.id,
  fields: [...document.querySelectorAll("[aria-invalid]")].map((field) =>
    (field.getAttribute("aria-describedby") ?? "").split(" ").some((id) => document.getElementById(id)?.textContent.trim())),
  lost: [...document.querySelectorAll("#errors a")].filter((link) => !document.querySelector(link.hash.replaceAll("/", "\\\\/"))).map((link) => link.hash),
})"""


def refusal(page: Page, number: int) -> tuple[int, dict[str, Any]]:
    with page.expect_navigation() as gone:
        page.evaluate(EMPTY, number)
    page.evaluate(PAINTED)
    return gone.value.status, page.evaluate(SAID)


def asking(html: str) -> list[str]:
    """Where the forms of a page are sent that may ask for something."""
    _, _, main = html.partition("<main")
    forms = re.findall(r'<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>', main, re.S)
    return [action for action, fields in forms if " required" in fields or ' form="' in main]


def kind_of(action: str) -> str:
    return re.sub(r"\d+", "{id}", action)


def refused(demo: Demo, page: Page) -> list[str]:
    """Every form that asks for something, sent with nothing in it: one of each kind."""
    wrong: list[str] = []
    tried: set[str] = set()
    for address in addresses(demo.app, page, in_detail=False):
        if {kind_of(action) for action in asking(page.request.get(address).text())} <= tried:
            continue
        page.goto(address)
        for number, action in page.evaluate(FORMS):
            kind = kind_of(action)
            if kind in tried:
                continue
            tried.add(kind)
            status, said = refusal(page, number)
            if status == 200 and kind in DRAFTS:
                page.goto(address)
                continue
            if (
                status != (409 if kind in LATE else 422)
                or said["focused"] != "errors"
                or not all(said["fields"])
                or said["lost"]
            ):
                wrong.append(f"{action} on {address}: {status} {said}")
            wrong += problems(page)
            page.goto(address)
    assert len(tried) >= 3, tried
    return wrong


class TestSchool:
    def test_forms_sent_empty_say_what_is_missing(self, demo: Demo, chromium: Browser) -> None:
        with someone(chromium, demo.url, "school") as page:
            wrong = refused(demo, page)
        assert not wrong, "\n".join(wrong)


class TestSupervisor:
    def test_forms_sent_empty_say_what_is_missing(self, demo: Demo, chromium: Browser) -> None:
        with someone(chromium, demo.url, "supervisor") as page:
            wrong = refused(demo, page)
        assert not wrong, "\n".join(wrong)


def test_login_and_its_refusal_are_for_everyone(demo: Demo, chromium: Browser) -> None:
    with someone(chromium, demo.url) as page:
        page.goto("/login")
        wrong = problems(page)
        page.fill("[name=username]", "nobody")
        page.fill("[name=password]", "something else")
        page.click("main button")
        page.locator("[role=alert]").wait_for()
        assert wrong + problems(page) == []


def test_stale_form_keeps_what_was_typed(demo: Demo, chromium: Browser) -> None:
    with someone(chromium, demo.url, "school") as page:
        mine = page.request.get("/api/v1/rectifications?state=pending").json()["data"]
        page.goto(f"/rectifications/{mine[0]['id']}")
        page.fill("[name=cause]", "交接不清。")
        page.evaluate("document.querySelector('#fill [name=version]').value = '99'")
        with page.expect_navigation() as gone:
            page.get_by_role("button", name="保存草稿").last.click()
        assert gone.value.status == 412
        assert page.input_value("[name=cause]") == "交接不清。"
        assert page.evaluate("document.activeElement.id") == "errors"
        assert problems(page) == []


def take_away(demo: Demo, patch: pytest.MonkeyPatch, table: str) -> None:
    """The database answers nothing that asks for this table, as SQLite says it."""
    database: Database = demo.app.state.database
    execute = database.reader.dialect.do_execute

    def away(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if table in statement:
            error = sqlite3.OperationalError(f"disk I/O error: {statement}")
            error.sqlite_errorname = "SQLITE_IOERR"
            raise error
        execute(cursor, statement, parameters, context)

    patch.setattr(database.reader.dialect, "do_execute", away)


@pytest.mark.parametrize("table", ["user_session", "assignment"], ids=["all of it", "what the page shows"])
def test_a_database_that_is_away_is_a_page_for_everyone(demo: Demo, chromium: Browser, table: str) -> None:
    """Before it is known who asks, and within the shell; afterwards everything is as it was."""
    with someone(chromium, demo.url, "school") as page:
        page.goto("/assignments")
        with pytest.MonkeyPatch.context() as patch:
            take_away(demo, patch, table)
            answer = page.goto("/assignments")
            assert answer is not None and answer.status == 503
            said, source = page.locator("main").inner_text(), answer.text()
            wrong = problems(page, both=True)
        assert "稍后再试" in said and wrong == []
        assert [word for word in ("Traceback", "sqlite", "SELECT", "disk I/O", ".py") if word in source] == []
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", "without its stylesheet"
        with page.expect_navigation() as gone:
            page.get_by_role("link", name="再试一次").click() if table == "user_session" else page.reload()
        assert gone.value.status == 200 and page.locator("h1").inner_text().startswith("任务")
