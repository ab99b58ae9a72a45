"""Boxes when the work goes on elsewhere: in a plan's next edition, or with the unit into which theirs was merged."""

from typing import Any

import pytest

from tests.assignments.test_dispatch import OUTLINE
from tests.boxes.steps import BOXES, FAR, SCHOOL, Work, act, box, piece, read, titles
from tests.conftest import As
from tests.stock import Stock
from tests.units.merging import merge
from tests.walk.steps import API, ok
from tests.world import World

TITLES = ("健全议事决策制度", "开展教育收费自查")
NEWER = {"file": ("新.pdf", b"%PDF-1.4\nnewer\n%%EOF\n")}


def begun(stock: Stock) -> Work:
    """Of the first item 制度 is wanted, of the second nothing; both are under way."""
    plan = stock.plan(year=2026)
    items = (stock.item(plan, TITLES[0], required_evidence=["policy"]), stock.item(plan, TITLES[1]))
    rows = [stock.assignment(plan, item, SCHOOL, "in_progress", FAR) for item in items]
    return Work(plan, items, (rows[0], rows[1]))


def dispatched(as_: As, stock: Stock, work: Work, *goes_on: int) -> tuple[int, list[int]]:
    """The plan's next edition, with those of its items and one that is new; its id and its items'."""
    plan = stock.plan(year=2026, previous_id=work.plan, edition=2)
    kept: list[dict[str, Any]] = [
        {"title": TITLES[n], "continues_id": work.items[n], "required_evidence": [["policy"], []][n]} for n in goes_on
    ]
    items = [stock.item(plan, paired=True, **fields) for fields in (*kept, {"title": "开展节日廉政提醒"})]
    for item in items:
        stock.responsible(plan, item, SCHOOL)
    ok(as_("supervisor").post(f"{API}/plans/{plan}/dispatch"))
    return plan, items


def test_what_was_sealed_before_an_edition_is_not_missing_after_it(as_: As, stock: Stock) -> None:
    work = begun(stock)
    piece(as_, "议事规则", work.rows[0])
    shut = box(as_, work.plan)
    for step in ("fill", "seal"):
        ok(act(as_, shut["id"], step))
    plan, _ = dispatched(as_, stock, work, 0, 1)
    next_box = box(as_, plan)
    assert next_box["missing"] == [] and titles(ok(act(as_, next_box["id"], "fill"))) == []
    ok(act(as_, next_box["id"], "add", evidence_id=piece(as_, "收费自查表", work.rows[1], kind="inspection")))
    assert ok(act(as_, next_box["id"], "seal"))["state"] == "sealed"


def revised_elsewhere(as_: As, work: Work) -> int:
    """A piece that was handed in with the first row, and revised since for the second, which is still open."""
    rule = piece(as_, "议事规则", work.rows[0])
    row, client = f"{API}/assignments/{work.rows[0]}", as_("school")
    ok(client.post(f"{row}/progress-reports", json={"text": "已印发。", "percent": 90}), 201)
    ok(client.post(f"{row}/submit"))
    ok(client.post(f"{API}/evidence/{rule}/links", json={"target": "assignments", "target_id": work.rows[1]}), 201)
    ok(client.post(f"{API}/evidence/{rule}/revisions", files=NEWER), 201)
    return rule


def test_a_box_unsealed_after_an_edition_goes_after_the_work(as_: As, stock: Stock) -> None:
    work = begun(stock)
    shut = box(as_, work.plan, item_ids=[work.items[0]])
    revised_elsewhere(as_, work)
    for step in ("fill", "seal"):
        ok(act(as_, shut["id"], step))
    plan, items = dispatched(as_, stock, work, 0, 1)
    assert read(as_, shut["id"])["plan_id"] == work.plan, "sealed, it stays as it was"
    opened = ok(act(as_, shut["id"], "unseal", note="漏装会议记录。"))
    assert (opened["plan_id"], opened["item_ids"]) == (plan, items[:1])
    (line,) = opened["entries"]
    assert (line["plan_item_id"], line["revision"]) == (items[0], 1), "what was handed in, not what came later"
    minutes = piece(as_, "会议纪要", kind="meeting")
    ok(act(as_, shut["id"], "add", evidence_id=minutes, assignment_id=work.rows[0]))
    assert [(e["revision"], e["plan_item_id"]) for e in ok(act(as_, shut["id"], "seal"))["entries"]] == [
        (1, items[0]),
        (1, items[0]),
    ]


def edition(stock: Stock, previous_id: int, *titles: str, state: str = "issued") -> int:
    plan = stock.plan(year=2026, previous_id=previous_id, edition=2, state=state, outline=OUTLINE)
    for title in titles:
        stock.responsible(plan, stock.item(plan, title), SCHOOL)
    return plan


@pytest.fixture
def shut(as_: As, stock: Stock) -> tuple[int, int]:
    """A plan at work, and a box that was sealed for it."""
    plan = stock.plan(year=2026, outline=OUTLINE)
    rows = [stock.assignment(plan, stock.item(plan, title), SCHOOL, "in_progress", FAR) for title in TITLES]
    piece(as_, "议事规则", rows[0])
    made = box(as_, plan)["id"]
    for step in ("fill", "seal"):
        ok(act(as_, made, step))
    return plan, made


def test_a_box_goes_after_the_work_past_an_edition_that_nobody_dispatched(
    as_: As, stock: Stock, shut: tuple[int, int]
) -> None:
    """The edition between had both items, the last has one: the other's row stays with the first plan."""
    first, sealed = shut
    last = edition(stock, edition(stock, first, *TITLES), TITLES[0])
    ok(as_("supervisor").post(f"{API}/plans/{last}/dispatch"))
    assert ok(act(as_, sealed, "unseal", note="漏装会议记录。"))["plan_id"] == last


def test_a_box_goes_after_the_work_and_not_to_an_edition_that_was_given_up(
    as_: As, stock: Stock, shut: tuple[int, int]
) -> None:
    first, sealed = shut
    dispatched = edition(stock, first, *TITLES)
    edition(stock, first, *TITLES, state="withdrawn")
    ok(as_("supervisor").post(f"{API}/plans/{dispatched}/dispatch"))
    assert ok(act(as_, sealed, "unseal", note="漏装会议记录。"))["plan_id"] == dispatched


def test_a_box_whose_items_are_gone_stays_with_theirs(as_: As, stock: Stock) -> None:
    """It would be one for the whole plan without any, and take in all that its unit has."""
    work = begun(stock)
    piece(as_, "议事规则", work.rows[0])
    piece(as_, "收费自查表", work.rows[1], kind="inspection")
    of_second = box(as_, work.plan, item_ids=[work.items[1]])
    plan, _ = dispatched(as_, stock, work, 0)
    told = read(as_, of_second["id"])
    assert (told["plan_id"], told["item_ids"]) == (work.plan, [work.items[1]])
    assert titles(ok(act(as_, of_second["id"], "fill"))) == ["收费自查表"]
    assert titles(ok(act(as_, box(as_, plan)["id"], "fill"))) == ["议事规则"]


@pytest.mark.parametrize("has_the_row", [False, True])
def test_boxes_of_a_merged_unit_hold_what_its_successor_handed_in(
    as_: As, stock: Stock, world: World, has_the_row: bool
) -> None:
    work = begun(stock)
    row = work.rows[0]
    if has_the_row:
        row = stock.assignment(work.plan, work.items[0], "第一中学", "in_progress", FAR)
    rule = revised_elsewhere(as_, work)
    shut, still_open = (box(as_, work.plan, name=name) for name in ("已封", "在用"))
    paper = {"title": "学习记录", "kind": "policy", "evidence_on": "2026-03-01"}
    ok(act(as_, shut["id"], "add-paper", **paper, assignment_id=work.rows[0]))
    ok(act(as_, shut["id"], "seal"))
    ok(act(as_, still_open["id"], "add", evidence_id=rule, assignment_id=work.rows[0]))
    merge(as_, world)
    (line,) = read(as_, still_open["id"], "middle")["entries"]
    assert (line["assignment_id"], line["revision"]) == (row, 1), "never the file that nobody reviewed"
    theirs = box(as_, work.plan, "middle")
    assert theirs["missing"] == [], "it lies in the box that the merged unit sealed"
    if not has_the_row:
        more = piece(as_, "会议纪要", row=work.rows[1], kind="meeting", account="middle")
        assert "会议纪要" in titles(ok(act(as_, still_open["id"], "fill", "middle")))
        assert act(as_, still_open["id"], "add", "middle", evidence_id=more).json()["code"] == "already_boxed"
    assert as_("middle").get(f"{BOXES}/{still_open['id']}").status_code == 200
