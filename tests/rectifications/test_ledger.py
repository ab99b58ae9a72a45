"""The ledger: who sees which rows, its filters, and what is registered without an inspection."""

from typing import Any

import pytest

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, finding, inspection, ok, rectification, rectified
from tests.world import World

TODAY = today_of(now()).isoformat()


def ids(as_: As, account: str, query: str = "") -> list[int]:
    return [row["id"] for row in ok(as_(account).get(f"{API}/rectifications{query}"))["data"]]


def register(as_: As, account: str, status: int = 201, **fields: Any) -> Any:
    answer = as_(account).post(f"{API}/rectifications", json={"problem": "消防通道堆放杂物。", **fields})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_each_sees_their_own_part(as_: As, world: World) -> None:
    mine = rectification(as_, world, "实验小学")["id"]
    middle = rectification(as_, world, "第一中学")["id"]
    beneath = rectification(as_, world, "柳林小学")["id"]
    for account in ("supervisor", "leader", "discipline"):
        assert ids(as_, account) == [beneath, middle, mine]
    assert ids(as_, "school") == [mine]
    assert ids(as_, "central") == [beneath]
    assert ids(as_, "education") == [middle]  # paired
    for account in ("office", "kindergarten", "sysadmin", "auditor", "other_supervisor"):
        assert ids(as_, account) == []
        assert as_(account).get(f"{API}/rectifications/{mine}").status_code == 404
        assert as_(account).post(f"{API}/rectifications/{mine}/start").status_code == 404


def test_an_office_sees_what_its_inspection_found(as_: As, world: World) -> None:
    unit = world.unit["实验小学"]
    made = inspection(as_, [unit], team_unit_ids=[world.unit["人事股"]])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    found = finding(as_, made["id"], unit)
    ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    assert len(ids(as_, "office")) == 1
    assert ids(as_, "education") == []


def test_lamps_divide_the_rows(as_: As, world: World, stock: Stock) -> None:
    stock.rectification("实验小学", days=-30)
    made = inspection(as_, [world.unit["实验小学"]])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    for deadline in (TODAY, "2199-01-01"):
        found = finding(as_, made["id"], world.unit["实验小学"], deadline_on=deadline)
        ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    unbounded = register(as_, "school")["id"]
    closed = rectified(as_, "middle", rectification(as_, world, "第一中学"))["id"]
    ok(as_("supervisor").post(f"{API}/rectifications/{closed}/close"))
    red, amber, green = (ids(as_, "supervisor", f"?lamp={lamp}") for lamp in ("red", "amber", "green"))
    assert len(red) == len(amber) == len(green) == 1
    assert ids(as_, "supervisor", "?lamp=none") == [unbounded]
    assert ids(as_, "supervisor", "?lamp=done") == [closed]
    everything = ok(as_("supervisor").get(f"{API}/rectifications?count=true"))
    assert everything["total"] == 5
    for row in everything["data"]:
        assert row["id"] in ids(as_, "supervisor", f"?lamp={row['lamp']}")
    by_deadline = ids(as_, "supervisor", "?sort=deadline")
    assert by_deadline[0] == red[0] and by_deadline[-1] == unbounded
    first = ok(as_("supervisor").get(f"{API}/rectifications?sort=deadline&limit=2"))
    rest = ok(as_("supervisor").get(f"{API}/rectifications?sort=deadline&limit=9&cursor={first['next']}"))
    assert [row["id"] for row in first["data"] + rest["data"]] == by_deadline
    assert as_("supervisor").get(f"{API}/rectifications?lamp=blue").status_code == 422


def test_filters_and_search(as_: As, world: World) -> None:
    row = rectification(as_, world, "实验小学")
    own = register(as_, "kindergarten", problem="100%_未落实")["id"]
    assert ids(as_, "supervisor", f"?inspection_id={row['inspection_id']}") == [row["id"]]
    assert ids(as_, "supervisor", f"?unit_id={world.unit['第一幼儿园']}") == [own]
    assert ids(as_, "supervisor", "?q=100%25_") == [own]
    assert ids(as_, "supervisor", "?q=收费公示") == [row["id"]]
    assert ids(as_, "supervisor", "?state=pending,closed&severity=major") == [row["id"]]
    assert ids(as_, "supervisor", "?source=self_check") == [own]
    ok(as_("school").post(f"{API}/rectifications/{row['id']}/start"))
    assert ids(as_, "supervisor", "?state=in_progress") == [row["id"]]


def test_a_unit_registers_its_own_check(as_: As, world: World) -> None:
    made = register(as_, "school", deadline_on="2199-01-01")
    assert made["unit_id"] == world.unit["实验小学"] and made["source"] == "self_check"
    assert made["finding"] is None and made["number"] is None and made["deadline_on"] == "2199-01-01"
    assert "start" in made["allowed_actions"] and "request_extension" in made["allowed_actions"]
    assert ids(as_, "kindergarten") == []
    assert "request_extension" not in register(as_, "school")["allowed_actions"]


def test_nobody_registers_for_another_unit_but_the_supervisor(as_: As, world: World) -> None:
    unit = world.unit["第一中学"]
    register(as_, "school", 403, unit_id=unit)
    register(as_, "education", 403, unit_id=unit)
    register(as_, "leader", 422)
    register(as_, "leader", 403, unit_id=unit)
    register(as_, "school", 422, source="complaint")
    register(as_, "supervisor", 422, source="finding", unit_id=unit)
    register(as_, "supervisor", 422, unit_id=world.unit["临水小学"])
    made = register(as_, "supervisor", source="audit", unit_id=unit)
    assert ids(as_, "middle") == [made["id"]]


@pytest.mark.parametrize(
    "query", ["?unit_id=0", "?unit_id=x", "?state=gone", "?sort=problem", "?nothing=1", "?limit=0"]
)
def test_what_cannot_be_asked_is_422(as_: As, query: str) -> None:
    assert as_("supervisor").get(f"{API}/rectifications{query}").status_code == 422


@pytest.mark.parametrize("unit", ["青川区教育局", "派驻组"])
def test_nothing_is_registered_that_nobody_could_put_right_or_verify(as_: As, world: World, unit: str) -> None:
    unit_id = world.district if unit == "青川区教育局" else world.unit[unit]
    refused = register(as_, "supervisor", 422, source="audit", unit_id=unit_id)
    assert refused["errors"][0]["pointer"] == "/unit_id"


def test_a_deadline_is_never_set_in_the_past(as_: As, world: World) -> None:
    unit_id = world.unit["实验小学"]
    register(as_, "supervisor", 422, source="audit", unit_id=unit_id, deadline_on="2020-01-01")
    made = inspection(as_, [unit_id])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    found = {
        "unit_id": unit_id,
        "category": "教育收费",
        "severity": "minor",
        "description": "未公示。",
        "correction": "补公示。",
    }
    late = found | {"deadline_on": "2020-01-01"}
    refused = as_("supervisor").post(f"{API}/inspections/{made['id']}/findings", json=late)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/deadline_on"
    draft = ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/findings", json=found), 201)
    change = {"deadline_on": "2020-01-01"}
    path, tag = f"{API}/findings/{draft['id']}", {"if-match": '"1"'}
    assert as_("supervisor").patch(path, json=change, headers=tag).status_code == 422
