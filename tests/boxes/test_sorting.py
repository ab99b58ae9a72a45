"""Boxes by the plan's areas or items, made and filled by rule."""

import re
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.boxes import sorting
from app.boxes.models import ENTRY
from tests.at_once import at_once
from tests.boxes.steps import BOXES, FAR, SCHOOL, act, box, piece, read, titles
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

AREAS = ("建设清明政风", "建设清正教风")


def classified(as_: As, stock: Stock) -> tuple[int, list[int], list[int]]:
    """A plan of two areas with two items and one, and an item of none; a piece of proof for the 1st, 3rd and 4th."""
    plan = stock.plan(year=2026)
    areas = [stock.area(plan, title) for title in AREAS]
    of = (areas[0], areas[0], areas[1], None)
    items = [stock.item(plan, f"任务{n}", **({"area_id": area} if area else {})) for n, area in enumerate(of, 1)]
    for n, item in enumerate(items, 1):
        row = stock.assignment(plan, item, SCHOOL, "in_progress", FAR)
        if n != 2:
            piece(as_, f"材料{n}", row, evidence_on=f"2026-0{n}-01")
    return plan, areas, items


def by_rule(as_: As, plan: int, by: str, account: str = "school", **given: Any) -> Any:
    return as_(account).post(f"{BOXES}/by-rule", json={"plan_id": plan, "by": by, **given})


def test_a_box_is_made_for_each_area(as_: As, stock: Stock) -> None:
    plan, areas, items = classified(as_, stock)
    made = ok(by_rule(as_, plan, "area", location="A1", retention="permanent"), 201)["data"]
    assert [(each["number"], each["name"], each["area_title"], each["entry_count"]) for each in made] == [
        ("2026-001", AREAS[0], AREAS[0], 1),
        ("2026-002", AREAS[1], AREAS[1], 1),
        ("2026-003", "其他任务项", None, 1),
    ]
    assert [each["item_ids"] for each in made] == [items[:2], items[2:3], items[3:]]
    assert {(each["location"], each["retention"]) for each in made} == {("A1", "permanent")}
    assert titles(read(as_, made[1]["id"])) == ["材料3"]
    again = by_rule(as_, plan, "area")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_fits"), "all of it lies in a box"
    listed = ok(as_("school").get(f"{BOXES}?area_id={areas[1]}"))["data"]
    assert [each["id"] for each in listed] == [made[1]["id"]]
    assert csv_lines(as_("school").get(f"{BOXES}.csv?area_id={areas[0]}").content)[1][3] == AREAS[0]


def test_a_box_is_made_for_each_item_with_what_is_asked_for(as_: As, stock: Stock) -> None:
    plan, areas, items = classified(as_, stock)
    made = ok(by_rule(as_, plan, "item", from_on="2026-02-01"), 201)["data"]
    assert [(each["name"], each["item_ids"], each["area_id"]) for each in made] == [
        ("第3项 任务3", [items[2]], areas[1]),
        ("第4项 任务4", [items[3]], None),
    ]
    refused = by_rule(as_, plan, "item", from_on="2026-02-01", to_on="2026-01-01")
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/to_on"
    assert by_rule(as_, plan, "item", kinds=["meeting"]).json()["code"] == "nothing_fits"
    assert by_rule(as_, plan, "kind").status_code == 422
    assert by_rule(as_, plan, "item", "leader").status_code == 403


def test_more_than_a_box_holds_goes_into_several(as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_ENTRIES", 2)
    plan = stock.plan(year=2026)
    row = stock.assignment(plan, stock.item(plan, "收费公示"), SCHOOL, "in_progress", FAR)
    for n in range(5):
        piece(as_, f"材料{n}", row)
    made = ok(by_rule(as_, plan, "item"), 201)["data"]
    assert [(each["name"], each["entry_count"]) for each in made] == [
        ("第1项 收费公示", 2),
        ("第1项 收费公示（2）", 2),
        ("第1项 收费公示（3）", 1),
    ]


def test_a_piece_that_fits_into_several_goes_into_the_first_area(as_: As, stock: Stock) -> None:
    """In the order of the boxes: the plan's last item belongs to its first area."""
    plan = stock.plan(year=2026)
    areas = [stock.area(plan, title) for title in AREAS]
    items = [stock.item(plan, f"任务{n}", area_id=areas[of]) for n, of in enumerate((0, 1, 0), 1)]
    rows = [stock.assignment(plan, item, SCHOOL, "in_progress", FAR) for item in items]
    shared = piece(as_, "会议纪要", rows[2])
    link = {"target": "assignments", "target_id": rows[1]}
    ok(as_("school").post(f"{API}/evidence/{shared}/links", json=link), 201)
    for n in (0, 1):
        piece(as_, f"材料{n}", rows[n])
    made = ok(by_rule(as_, plan, "area"), 201)["data"]
    assert [titles(read(as_, each["id"])) for each in made] == [["材料0", "会议纪要"], ["材料1"]]


def test_a_plan_without_areas_has_one_box_of_its_name_for_all_its_items(as_: As, stock: Stock) -> None:
    plan = stock.plan(year=2026, title="廉洁从教专项实施方案")
    items = [stock.item(plan, f"任务{n}") for n in range(201)]
    piece(as_, "材料", stock.assignment(plan, items[200], SCHOOL, "in_progress", FAR))
    (made,) = ok(by_rule(as_, plan, "area"), 201)["data"]
    assert (made["name"], made["category"], made["entry_count"]) == ("廉洁从教专项实施方案", None, 1)
    assert made["item_ids"] == items
    etag = {"if-match": f'"{made["version"]}"'}
    ok(as_("school").patch(f"{BOXES}/{made['id']}", json={"name": "全部", "item_ids": items}, headers=etag))


def test_what_is_boxed_at_once_lies_in_one_box(app: FastAPI, as_: As, stock: Stock, world: World) -> None:
    plan, _, _ = classified(as_, stock)
    whole = box(as_, plan)

    async def reach(client: httpx.AsyncClient, n: int) -> httpx.Response:
        if n % 4 == 3:
            return await client.post(f"{BOXES}/{whole['id']}/fill", json={})
        return await client.post(f"{BOXES}/by-rule", json={"plan_id": plan, "by": ("area", "item")[n % 2]})

    answers = at_once(app, world.token["school"], reach, 8)
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    lying = stock.do(lambda tx: tx.connection.execute(sa.select(ENTRY.c.evidence_id)).scalars().all())
    assert len(lying) == len(set(lying)) == 3


def test_a_box_belongs_to_the_area_that_all_its_items_are_of(as_: As, stock: Stock) -> None:
    plan, areas, items = classified(as_, stock)
    made = box(as_, plan, item_ids=items[:2])
    assert (made["area_id"], made["area_title"]) == (areas[0], AREAS[0])
    for chosen, area in ((items[1:3], None), (items[2:3], areas[1]), ([], None)):
        etag = {"if-match": f'"{made["version"]}"'}
        made = ok(as_("school").patch(f"{BOXES}/{made['id']}", json={"item_ids": chosen}, headers=etag))
        assert made["area_id"] == area, chosen
    assert act(as_, made["id"], "fill").status_code == 200


def test_boxes_are_made_by_a_form_and_found_by_area(browse: As, as_: As, stock: Stock) -> None:
    plan, areas, _ = classified(as_, stock)
    school = browse("school")
    page = school.get("/archive-boxes/by-rule")
    assert "每个领域一盒" in page.text and "每项任务一盒" in page.text
    refused = school.post("/archive-boxes/by-rule", data=form(school, plan_id=plan, by="area", from_on="2030-01-01"))
    assert refused.status_code == 409 and "请换个条件再试" in refused.text and 'value="2030-01-01"' in refused.text
    sent = school.post("/archive-boxes/by-rule", data=form(school, plan_id=plan, by="area", location="A1"))
    assert sent.headers["location"] == "/archive-boxes" and "已建 3 盒" in school.get("/archive-boxes").text
    shown = school.get(f"/archive-boxes?area_id={areas[0]}").text
    assert len(re.findall(r'href="/archive-boxes/\d+"', shown)) == 1
    assert f'<div class="sub">{AREAS[0]}</div>' in shown
    assert f'<option value="{areas[0]}" selected>{AREAS[0]}（2026年）</option>' in shown
