"""A pair goes on in another: what it owes in a term it owes once, and what was made counts."""

from typing import Any

from app.units.models import Liaison
from tests.conftest import As
from tests.liaison_visits.steps import AT, QUOTAS, pair, standing, urged, visited
from tests.stock import Stock, day
from tests.units.merging import merge
from tests.walk.steps import API, ok
from tests.world import World


def long_paired(stock: Stock, world: World, office: str = "教育股", school: str = "实验小学", **fields: Any) -> int:
    units = {"office_id": world.unit[office], "school_id": world.unit[school]}
    return stock.add(Liaison, **units, **{"valid_from": day(-100), **fields})


def term(as_: As) -> dict[str, str]:
    """Begun long before today, so that what was merged today was merged within it."""
    body = {"name": f"{day(0).year}-T1", "starts_on": day(-60).isoformat(), "ends_on": day(60).isoformat()}
    ok(as_("supervisor").post(f"{API}/school-terms", json=body), 201)
    return body


def counted(as_: As, account: str, made: dict[str, str]) -> dict[str, int]:
    """Office and school → what was made, as the list behind each figure has rows."""
    found, client = {}, as_(account)
    for row in ok(client.get(f"{AT}/coverage?term={made['name']}"))["data"]:
        days = f"since={made['starts_on']}&until={made['ends_on']}&state=recorded,commented,confirmed"
        behind = ok(client.get(f"{AT}?liaison_id={row['id']}&{days}&count=true"))["total"]
        assert behind == row["made"], row
        found[f"{row['office_name']} {row['school_name']}"] = behind
    return found


def test_after_a_merger_the_pair_owes_once_and_what_was_made_counts(as_: As, world: World, stock: Stock) -> None:
    made = term(as_)
    behind = long_paired(stock, world)
    long_paired(stock, world, "人事股", "实验小学")  # The successor visits one of the schools already.
    kept = long_paired(stock, world, "教育股", "第一幼儿园")
    ok(as_("supervisor").post(QUOTAS, json={"visits": 3, "liaison_id": kept}), 201)
    visited(as_("education"), behind, visited_on=day(-40).isoformat())
    visited(as_("education"), kept, visited_on=day(-50).isoformat())
    visited(as_("education"), kept, visited_on=day(-90).isoformat())
    before = standing(as_("supervisor"), term="2001-T1")
    assert merge(as_, world, "教育股", "人事股").status_code == 200
    expected = {"人事股 实验小学": 1, "人事股 第一幼儿园": 1, "人事股 第一中学": 0}
    for account in ("supervisor", "office"):
        assert counted(as_, account, made) == expected, account
    assert standing(as_("supervisor"), term=made["name"])["第一幼儿园"] == (3, 1, 2)
    assert merge(as_, world, "第一幼儿园", "实验小学", across_kinds=True).status_code == 200
    # Both schools' visits are of the one that is left, with the number of its own pair.
    assert counted(as_, "school", made) == {"人事股 实验小学": 2}
    sums = ok(as_("supervisor").get(f"{AT}/summary?term={made['name']}"))
    assert (sums["pairs"], sums["none"], sums["visits"]) == (2, 1, 2)
    assert standing(as_("supervisor"), term="2001-T1") == before == {}


def test_terms_before_a_merger_stay_as_they_were(as_: As, world: World, stock: Stock) -> None:
    body = {"name": f"{day(0).year - 1}-T2", "starts_on": day(-90).isoformat(), "ends_on": day(-10).isoformat()}
    ok(as_("supervisor").post(f"{API}/school-terms", json=body), 201)
    visited(as_("education"), long_paired(stock, world), visited_on=day(-40).isoformat())
    long_paired(stock, world, "人事股", "实验小学")
    before = counted(as_, "supervisor", body)
    assert before == {"教育股 实验小学": 1, "人事股 实验小学": 0}
    assert merge(as_, world, "教育股", "人事股").status_code == 200
    assert counted(as_, "supervisor", body) == before


def test_a_pair_made_anew_goes_on_with_what_the_ended_one_made_and_owes(as_: As, world: World, stock: Stock) -> None:
    made = term(as_)
    ended = long_paired(stock, world, valid_to=day(-20))
    ok(as_("supervisor").post(QUOTAS, json={"visits": 2, "liaison_id": ended}), 201)
    visited(as_("education"), ended, visited_on=day(-30).isoformat())
    anew = pair(as_, world, school="实验小学", valid_from=day(-5).isoformat())
    visited(as_("education"), anew)
    assert counted(as_, "school", made) == {"教育股 实验小学": 2}
    assert standing(as_("school"), term=made["name"]) == {"实验小学": (2, 2, 0)}
    assert ok(as_("school").get(f"{AT}/summary?term={made['name']}"))["pairs"] == 1


def test_the_successor_mends_what_the_merged_office_left(as_: As, world: World) -> None:
    """A visit that the school commented on, one to be voided, and what is urged from now on is urged by itself."""
    commented, wrong = visited(as_("education"), pair(as_, world)), visited(as_("education"), pair(as_, world))
    path = f"{AT}/{commented['id']}"
    ok(as_("middle").post(f"{path}/comment", json={"note": "走访人有误。"}))
    assert merge(as_, world, "教育股", "人事股").status_code == 200
    office = as_("office")
    row = ok(office.get(path))
    assert row["unit_name"] == "教育股" and {"edit", "resubmit", "void", "urge"} <= set(row["allowed_actions"])
    mended = {"json": {"visitors": "周敏"}, "headers": {"if-match": str(row["version"])}}
    ok(office.patch(path, **mended))
    ok(office.post(f"{path}/resubmit"))
    ok(office.post(f"{AT}/{wrong['id']}/void", json={"note": "重复。"}))
    assert urged(office, commented)["unit_name"] == "人事股"
    ok(as_("middle").post(f"{path}/confirm"))
    # In the name of the office that is gone nothing new is made, and nobody else has got more by it.
    body = {"visited_on": day(0).isoformat(), "visitors": "周敏", "content": "查看台账。"}
    assert office.post(AT, json={**body, "liaison_id": commented["liaison_id"]}).status_code == 403
    assert as_("school").get(path).status_code == 404
