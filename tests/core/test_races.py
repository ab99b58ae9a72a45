"""Twenty at once: one effect under one Idempotency-Key, one winner of a step, nothing lost among many writers."""

from collections import Counter
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.at_once import AT_ONCE, at_once
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import import_plan, items, ok
from tests.world import World

API = "/api/v1"


@pytest.fixture
def row(stock: Stock) -> int:
    plan = stock.plan()
    return stock.assignment(plan, stock.item(plan), "实验小学", "in_progress")


def test_a_double_submit_has_one_effect(app: FastAPI, as_: As, world: World, row: int) -> None:
    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        report = {"text": "已开展主题活动。", "percent": 60}
        headers = {"idempotency-key": "only-once"}
        return await client.post(f"{API}/assignments/{row}/progress-reports", json=report, headers=headers)

    answers = at_once(app, world.token["school"], post)
    assert Counter(answer.status_code for answer in answers).keys() <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert ok(as_("school").get(f"{API}/assignments/{row}"))["report_count"] == 1


def test_of_twenty_racing_steps_one_wins(app: FastAPI, as_: As, world: World, row: int) -> None:
    ok(as_("school").post(f"{API}/assignments/{row}/progress-reports", json={"text": "已办。", "percent": 100}), 201)

    async def submit(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(f"{API}/assignments/{row}/submit")

    codes = Counter(answer.status_code for answer in at_once(app, world.token["school"], submit))
    assert codes == {200: 1, 409: AT_ONCE - 1}
    query = f"{API}/events?operation=assignment.submit&resource=assignment&resource_id={row}&limit=50"
    done: list[Any] = [event for event in ok(as_("auditor").get(query))["data"] if event["outcome"] == "done"]
    assert len(done) == 1


def test_among_many_writers_nothing_is_lost(app: FastAPI, as_: As, world: World, row: int) -> None:
    async def report(client: httpx.AsyncClient, n: int) -> httpx.Response:
        body = {"text": f"第 {n} 次进展。", "percent": n}
        return await client.post(f"{API}/assignments/{row}/progress-reports", json=body)

    answers = at_once(app, world.token["school"], report)
    written = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert ok(as_("school").get(f"{API}/assignments/{row}"))["report_count"] == len(written) > 0


def test_no_text_changes_once_its_plan_is_issued(app: FastAPI, as_: As, world: World) -> None:
    """An item edited while its plan is issued: the edit comes before, or it is refused."""
    plan = import_plan(as_("supervisor"))
    item = items(as_, plan["id"])[0]

    async def either(client: httpx.AsyncClient, n: int) -> httpx.Response:
        if n == AT_ONCE // 2:
            return await client.post(f"{API}/plans/{plan['id']}/issue")
        headers = {"if-match": f'"{item["version"]}"'}
        return await client.patch(f"{API}/plan-items/{item['id']}", json={"title": f"改名 {n}"}, headers=headers)

    answers = at_once(app, world.token["supervisor"], either)
    edited = [n for n, answer in enumerate(answers) if n != AT_ONCE // 2 and answer.status_code == 200]
    assert answers[AT_ONCE // 2].status_code == 200 and len(edited) <= 1
    assert {answer.status_code for answer in answers} <= {200, 409, 412, 422}
    title = f"改名 {edited[0]}" if edited else item["title"]
    assert items(as_, plan["id"])[0]["title"] == title
    events = ok(as_("auditor").get(f"{API}/events?limit=50"))["data"]
    done = [event["operation"] for event in events if event["outcome"] == "done"]
    assert "plan_item.edit" not in done[: done.index("plan.issue")]
