"""The number in the navigation is kept between changes, and is never old."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import operation
from app.core.calendar import now
from app.core.policy import Role
from app.my_work import matters
from tests.conftest import As
from tests.generated import scenario
from tests.generated.test_scope import siblings_drafts, siblings_people, siblings_work, surprises
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

ASIDE = "/account"
"""A page with nothing of its own that the number could follow from."""


def number(browser: TestClient) -> int:
    shown = re.search(r'我的待办(?:<span class="badge[^"]*">(\d+)</span>)?', browser.get(ASIDE).text)
    assert shown is not None
    return int(shown[1] or 0)


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_what_anyone_does_shows_on_the_next_page(as_: As, browse: As, stock: Stock) -> None:
    plan = stock.plan()
    rows = [stock.assignment(plan, stock.item(plan), "实验小学", "pending", 60) for _ in range(3)]
    school, supervisor = browse("school"), browse("supervisor")
    at_first = number(supervisor)
    assert [number(school), number(school)] == [3, 3]
    ok(as_("school").post(f"{API}/assignments/{rows[0]}/acknowledge"))
    assert number(school) == 2
    stock.assignment(plan, stock.item(plan), "实验小学", "submitted", 60)
    assert (number(school), number(supervisor)) == (2, at_first + 1)


def test_a_day_that_begins_shows(browse: As, stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", 30)
    school = browse("school")
    assert number(school) == 0
    monkeypatch.setattr(operation, "now", lambda: now() + timedelta(days=28))
    assert number(school) == 1


def test_between_changes_a_page_does_not_count_again(browse: As, stock: Stock) -> None:
    stock.plan()
    school = browse("school")
    with statements() as first:
        number(school)
    with statements() as second:
        number(school)
    assert max(map(len, first)) > 5_000 > max(map(len, second))


def test_whatever_changes_what_waits_is_sealed_with_it(app: FastAPI, as_: As, world: World) -> None:
    """No commit writes to a table that the number is counted from without moving a chain: the number would be old."""
    read = tables_of(matters.waiting_statement(frozenset(Role), 1), app)
    assert {"assignment", "breakdown_step", "case_handler", "document_recipient", "unit_succession"} <= read
    written: dict[Any, set[str]] = {}
    silent: list[set[str]] = []
    dml = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        written.setdefault(connection.connection.dbapi_connection, set()).update(dml.findall(statement))

    def committed(connection: Any) -> None:
        names = written.pop(connection.connection.dbapi_connection, set())
        if names & read and "event_seal" not in names:
            silent.append(names & read)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    sa.event.listen(sa.Engine, "commit", committed)
    try:
        made = scenario.build(as_, world)
        scenario.build_abroad(as_, world, made)
        siblings_work(as_, world, siblings_drafts(as_))
        siblings_people(as_)
        surprises(as_, world)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        sa.event.remove(sa.Engine, "commit", committed)
    assert silent == []


def tables_of(statement: Any, app: FastAPI) -> set[str]:
    sql = str(statement.compile(app.state.database.reader))
    return set(re.findall(r'(?:FROM|JOIN) "?([a-z_]+)"?', sql))
