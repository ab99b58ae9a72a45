"""What a bureau has one of: of many who set it at once each has their value, and none is refused for another's sake."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.at_once import at_once
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

TERMS = f"{API}/school-terms"
PUT: dict[str, dict[str, Any]] = {
    "case-offices": {"category": "procurement", "office_id": None},
    "venue-reviewers": {"kind": "lecture", "office_id": None},
    "liaison-quotas": {"visits": 2},
    "calendar-days": {"on": "2027-05-03", "is_workday": False, "name": "劳动节"},
}


@pytest.mark.parametrize("noun", PUT)
def test_of_many_at_once_one_makes_it_and_the_others_change_it(app: FastAPI, as_: As, world: World, noun: str) -> None:
    before = len(ok(as_("supervisor").get(f"{API}/{noun}"))["data"])

    async def put(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(f"{API}/{noun}", json=PUT[noun])

    codes = sorted(answer.status_code for answer in at_once(app, world.token["supervisor"], put, 8))
    assert codes == [200] * 7 + [201]
    assert len(ok(as_("supervisor").get(f"{API}/{noun}"))["data"]) == before + 1


def test_of_terms_that_overlap_one_stands_however_many_are_written_at_once(app: FastAPI, as_: As, world: World) -> None:
    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        days = {"starts_on": f"2031-02-{n + 10}", "ends_on": f"2031-07-{n + 10}"}
        return await client.post(TERMS, json={"name": f"{2031 + n}-T1", **days})

    answers = at_once(app, world.token["supervisor"], post, 8)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7, answers[0].text
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"term_overlaps"}
    overlapping = [each for each in ok(as_("supervisor").get(TERMS))["data"] if each["starts_on"] > "2031"]
    assert len(overlapping) == 1
