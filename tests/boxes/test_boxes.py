"""Boxes are filled by rule or by hand, say what is missing, keep their numbers, and show nobody more than they may read."""

from collections import Counter

import httpx
import pytest
from fastapi import FastAPI

from app.core.policy import Role
from app.identity import operations as identity
from app.identity.models import GrantCreate
from tests.at_once import at_once
from tests.boxes.steps import BOXES, FAR, SCHOOL, act, box, piece, read, titles, work
from tests.conftest import As
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World


def test_a_box_is_filled_by_rule_with_what_fits_and_lies_in_no_other(as_: As, stock: Stock) -> None:
    made = work(stock)
    other = stock.assignment(made.plan, made.items[0], "第一中学", "in_progress", FAR)
    piece(as_, "会议纪要", made.rows[0], kind="meeting", evidence_on="2026-03-02")
    piece(as_, "议事规则", made.rows[0], evidence_on="2026-03-01")
    piece(as_, "收费自查表", made.rows[1], kind="inspection", evidence_on="2026-04-01")
    piece(as_, "与方案无关")
    piece(as_, "别校的规则", other, account="middle")
    void = piece(as_, "重复上传", made.rows[0])
    ok(as_("school").post(f"{API}/evidence/{void}/void", json={"note": "重复了。"}))
    first, second = (box(as_, made.plan)["id"] for _ in range(2))
    assert titles(ok(act(as_, first, "fill", kinds=["meeting"]))) == ["会议纪要"]
    assert titles(ok(act(as_, first, "fill", item_ids=[made.items[0]], to_on="2026-03-01"))) == ["会议纪要", "议事规则"]
    assert titles(ok(act(as_, second, "fill", from_on="2026-03-02"))) == ["收费自查表"], "the minutes lie elsewhere"
    whole = ok(act(as_, first, "fill"))
    assert (titles(whole), whole["version"]) == (["会议纪要", "议事规则"], 3), "nothing left that fits, nothing changed"
    assert [(e["number"], e["item_title"], e["kind"]) for e in whole["entries"]] == [
        (1, "健全议事决策制度", "meeting"),
        (2, "健全议事决策制度", "policy"),
    ]
    ok(act(as_, first, "void", note="建错了。"))
    assert titles(ok(act(as_, second, "fill"))) == ["议事规则", "会议纪要", "收费自查表"], "from item to item, by kind"


def test_a_box_for_some_items_takes_no_others(as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    piece(as_, "收费自查表", made.rows[1], kind="inspection")
    of_second = box(as_, made.plan, item_ids=[made.items[1]])
    assert titles(ok(act(as_, of_second["id"], "fill"))) == ["收费自查表"]
    refused = act(as_, of_second["id"], "fill", item_ids=[made.items[0]])
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/item_ids"
    foreign = stock.item(stock.plan())
    for field in ("item_ids", "plan_id"):
        given = {"plan_id": made.plan, "name": "议事决策", field: [foreign] if field == "item_ids" else foreign + 999}
        answer = as_("school").post(BOXES, json=given)
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_what_is_missing_keeps_a_box_open_until_it_is_there_or_explained(as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    found = box(as_, made.plan)
    refused = act(as_, found["id"], "seal")
    assert refused.status_code == 409 and "还没有材料" in refused.text and "还缺 2 件" in refused.text
    found = ok(act(as_, found["id"], "fill"))
    gaps = [(gap["assignment_id"], gap["kind"], gap["explanation"]) for gap in found["missing"]]
    assert gaps == [(made.rows[0], "meeting", None)], "nothing is wanted of the second item"
    refused = act(as_, found["id"], "seal")
    assert refused.json()["code"] == "incomplete" and [e["pointer"] for e in refused.json()["errors"]] == ["/missing"]
    place = {"assignment_id": made.rows[0], "kind": "meeting"}
    assert act(as_, found["id"], "explain", **place).status_code == 422, "without a word of why"
    nowhere = act(as_, found["id"], "explain", assignment_id=made.rows[1], kind="meeting", note="没有。")
    assert nowhere.status_code == 422 and nowhere.json()["errors"][0]["pointer"] == "/assignment_id"
    for words in ("会议记录由党办归档。", "会议记录由局党办归档。"):
        found = ok(act(as_, found["id"], "explain", **place, note=words))
        assert [gap["explanation"] for gap in found["missing"]] == [words]
    by_hand = piece(as_, "会议纪要", kind="meeting")
    found = ok(act(as_, found["id"], "add", evidence_id=by_hand, assignment_id=made.rows[0]))
    assert found["missing"] == [] and titles(found) == ["议事规则", "会议纪要"]
    assert act(as_, found["id"], "add", evidence_id=by_hand).json()["code"] == "already_boxed"
    ok(as_("school").post(f"{API}/evidence/{by_hand}/void", json={"note": "看不清。"}))
    refused = act(as_, found["id"], "seal")
    assert refused.status_code == 409 and "已作废" in refused.text
    ok(act(as_, found["id"], "remove", evidence_id=by_hand))
    assert ok(act(as_, found["id"], "seal"))["state"] == "sealed", "what was said of the gap still holds"


def test_what_was_handed_in_is_what_is_boxed(as_: As, stock: Stock) -> None:
    """A newer revision that only another assignment took does not replace what was reviewed."""
    made = work(stock)
    rule = piece(as_, "议事规则", made.rows[0])
    ok(
        as_("school").post(
            f"{API}/assignments/{made.rows[0]}/progress-reports", json={"text": "已印发。", "percent": 90}
        ),
        201,
    )
    piece(as_, "会议纪要", made.rows[0], kind="meeting")
    ok(as_("school").post(f"{API}/assignments/{made.rows[0]}/submit"))
    ok(
        as_("school").post(f"{API}/evidence/{rule}/links", json={"target": "assignments", "target_id": made.rows[1]}),
        201,
    )
    newer = {"file": ("新.pdf", b"%PDF-1.4\nnewer\n%%EOF\n")}
    ok(as_("school").post(f"{API}/evidence/{rule}/revisions", files=newer), 201)
    found = box(as_, made.plan)
    (entry,) = [e for e in ok(act(as_, found["id"], "fill"))["entries"] if e["evidence_id"] == rule]
    assert (entry["revision"], entry["plan_item_id"]) == (1, made.items[0])
    change = {
        "entries": [
            {"evidence_id": e["evidence_id"], "plan_item_id": made.items[1]} for e in read(as_, found["id"])["entries"]
        ]
    }
    etag = {"if-match": f'"{read(as_, found["id"])["version"]}"'}
    moved = ok(as_("school").patch(f"{BOXES}/{found['id']}/catalogue", json=change, headers=etag))
    assert {e["evidence_id"]: e["revision"] for e in moved["entries"]}[rule] == 2, "the other assignment took it"


def test_a_catalogue_is_put_in_order_with_what_the_paper_says(as_: As, stock: Stock) -> None:
    made = work(stock)
    ids = [piece(as_, title, made.rows[0]) for title in ("甲", "乙", "丙")]
    apart = piece(as_, "收费自查表", made.rows[1])
    found = ok(act(as_, box(as_, made.plan)["id"], "fill"))
    path, etag = f"{BOXES}/{found['id']}/catalogue", {"if-match": f'"{found["version"]}"'}
    lines = [{"evidence_id": each, "plan_item_id": made.items[0]} for each in (ids[2], ids[0], ids[1])]
    lines[0] |= {"pages": 18, "copies": 2, "retention": "permanent"}
    for wrong in (lines, [*lines, lines[0]], [*lines, {"evidence_id": apart, "plan_item_id": 999_999}]):
        refused = as_("school").patch(path, json={"entries": wrong}, headers=etag)
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/entries"
    whole = {"entries": [*lines, {"evidence_id": apart, "plan_item_id": None}]}
    told = ok(as_("school").patch(path, json=whole, headers=etag))
    assert [(e["title"], e["item_title"], e["pages"], e["copies"], e["retention"]) for e in told["entries"]] == [
        ("丙", "健全议事决策制度", 18, 2, "permanent"),
        ("甲", "健全议事决策制度", None, 1, "ten_years"),
        ("乙", "健全议事决策制度", None, 1, "ten_years"),
        ("收费自查表", None, None, 1, "ten_years"),
    ]
    assert as_("school").patch(path, json=whole, headers=etag).status_code == 412
    again = as_("school").patch(path, json=whole, headers={"if-match": f'"{told["version"]}"'})
    assert ok(again)["version"] == told["version"], "the same again changes nothing"


def test_numbers_have_no_gaps_and_a_voided_one_never_returns(app: FastAPI, as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan(year=2026)

    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        # Every third is refused, and takes no number with it.
        return await client.post(BOXES, json={"plan_id": plan if n % 3 else plan + 999, "name": f"第{n}盒"})

    answers = at_once(app, world.token["school"], post, 12)
    assert Counter(answer.status_code for answer in answers) == {201: 8, 422: 4}
    made = sorted(answer.json()["number"] for answer in answers if answer.is_success)
    assert made == [f"2026-{n:03}" for n in range(1, 9)]
    last = next(a.json()["id"] for a in answers if a.is_success and a.json()["number"] == "2026-008")
    assert act(as_, last, "void").status_code == 422, "without a reason"
    assert ok(act(as_, last, "void", note="与上一盒重复。"))["state"] == "voided"
    assert box(as_, plan)["number"] == "2026-009"
    assert box(as_, plan, year=2025)["number"] == "2025-001"
    assert box(as_, plan, account="middle")["number"] == "2026-001", "each unit counts for itself"


def test_boxes_are_kept_by_their_unit_and_the_supervisor_alone(as_: As, stock: Stock, world: World) -> None:
    made = work(stock)
    shown, hidden = piece(as_, "议事规则", made.rows[0]), piece(as_, "校内草稿")
    found = ok(act(as_, box(as_, made.plan)["id"], "fill"))
    found = ok(act(as_, found["id"], "add", evidence_id=hidden))
    paths = ("", "/catalogue", "/candidates", "/export")
    seen = {"school": 2, "leader": 1, "discipline": 1, "supervisor": 1}
    for account, count in seen.items():
        told = read(as_, found["id"], account)
        assert len(told["entries"]) == told["entry_count"] == count, account
        (listed,) = ok(as_(account).get(f"{BOXES}?plan_id={made.plan}"))["data"]
        assert listed["entry_count"] == count, account
        assert all(as_(account).get(f"{BOXES}/{found['id']}{path}").status_code == 200 for path in paths)
    assert titles(read(as_, found["id"], "leader")) == ["议事规则"], "a draft of the school's own is linked to nothing"
    for account in ("kindergarten", "office", "sysadmin", "auditor", "other_supervisor"):
        assert ok(as_(account).get(BOXES))["data"] == []
        assert {as_(account).get(f"{BOXES}/{found['id']}{path}").status_code for path in paths} == {404}, account
        assert act(as_, found["id"], "fill", account).status_code == 404
    assert act(as_, found["id"], "seal", "leader").status_code == 403
    refused = act(as_, found["id"], "add", "supervisor", evidence_id=hidden)
    assert refused.status_code == 422, "what one may not read cannot be told to lie there"
    assert act(as_, found["id"], "remove", "supervisor", evidence_id=hidden).status_code == 422
    ok(act(as_, found["id"], "remove", "supervisor", evidence_id=shown))
    forbidden = as_("school").post(
        BOXES, json={"plan_id": made.plan, "name": "别校", "unit_id": world.unit["第一中学"]}
    )
    assert forbidden.status_code == 403
    assert box(as_, made.plan, "supervisor", unit_id=world.unit["第一中学"])["unit_name"] == "第一中学"


def test_paired_offices_see_their_schools_boxes(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan(year=2026)
    row = stock.assignment(plan, stock.item(plan), "第一中学", "in_progress", FAR)
    piece(as_, "校务公开", row, account="middle")
    found = ok(act(as_, box(as_, plan, "middle")["id"], "fill", "middle"))
    assert titles(read(as_, found["id"], "education")) == ["校务公开"]
    assert read(as_, found["id"], "education")["allowed_actions"] == []
    assert act(as_, found["id"], "seal", "education").status_code == 403
    assert as_("office").get(f"{BOXES}/{found['id']}").status_code == 404


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_box_hides_what_proves_an_unannounced_inspection(
    as_: As, stock: Stock, world: World, is_sealed: bool
) -> None:
    """To someone of the inspecting office who also belongs to the target: no line, no count, no gap in the numbers."""
    office = world.unit["督查室"]
    stock.do(lambda tx: identity.add_grant(tx, world.user["school"], GrantCreate(role=Role.OFFICE, unit_id=office)))
    inspection = stock.inspection(SCHOOL, team="督查室", days=FAR, mode="unannounced")
    visit = as_("supervisor").post(f"{API}/inspections/{inspection}/visits", json={"unit_id": world.unit[SCHOOL]})
    secret = piece(as_, "暗访照片", account="supervisor", target="visits", target_id=str(visit.json()["id"]))
    plain = piece(as_, "督查方案", account="supervisor")
    made = box(as_, stock.plan(year=2026), "supervisor", unit_id=office)
    for each in (secret, plain):
        ok(act(as_, made["id"], "add", "supervisor", evidence_id=each))
    if is_sealed:
        ok(act(as_, made["id"], "seal", "supervisor"))
    assert titles(read(as_, made["id"], "supervisor")) == ["暗访照片", "督查方案"]
    told = read(as_, made["id"])
    assert [(e["number"], e["title"]) for e in told["entries"]] == [(1, "督查方案")] and told["entry_count"] == 1
    assert ok(as_("school").get(f"{BOXES}?unit_id={office}"))["data"][0]["entry_count"] == 1
    whole = as_("school").get(f"{BOXES}/{made['id']}/export")
    assert whole.status_code == 200 and "暗访照片".encode() not in whole.content
    assert "督查方案".encode() in whole.content


def test_what_is_missing_is_counted_by_unit_and_item(as_: As, stock: Stock, world: World) -> None:
    made = work(stock)
    for school, state in (("第一中学", "in_progress"), ("第一幼儿园", "waived")):
        stock.assignment(made.plan, made.items[0], school, state, FAR)
    piece(as_, "议事规则", made.rows[0])
    table = ok(as_("supervisor").get(f"{BOXES}/completeness"))
    assert [item["id"] for item in table["items"]] == [made.items[0]] and table["plan_id"] == made.plan
    counted = {unit["unit_name"]: (unit["required"], unit["missing"]) for unit in table["data"]}
    assert counted == {SCHOOL: (2, 1), "第一中学": (2, 2)}, "nothing is asked of what was waived"
    places = ok(as_("supervisor").get(f"{BOXES}/missing?plan_id={made.plan}&count=true"))
    assert {row["unit_name"]: row["missing"] for row in places["data"]} == {
        SCHOOL: ["meeting"],
        "第一中学": ["policy", "meeting"],
    }
    assert places["total"] == 2
    assert [row["unit_name"] for row in ok(as_("school").get(f"{BOXES}/missing"))["data"]] == [SCHOOL]
    assert [unit["unit_name"] for unit in ok(as_("school").get(f"{BOXES}/completeness"))["data"]] == [SCHOOL]
    piece(as_, "会议纪要", made.rows[0], kind="meeting")
    assert ok(as_("school").get(f"{BOXES}/missing"))["data"] == []
    page = ok(as_("supervisor").get(f"{BOXES}/completeness?limit=1"))
    rest = ok(as_("supervisor").get(f"{BOXES}/completeness?after={page['next']}"))
    assert [unit["unit_name"] for each in (page, rest) for unit in each["data"]] == list(counted)
    assert rest["next"] is None


def test_what_lies_in_another_box_of_the_unit_is_not_missing(as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    first, second = box(as_, made.plan), box(as_, made.plan)
    kinds = [gap["kind"] for gap in ok(act(as_, first["id"], "fill"))["missing"]]
    assert kinds == [gap["kind"] for gap in read(as_, second["id"])["missing"]] == ["meeting"]
    ok(act(as_, first["id"], "void", note="建错了。"))
    assert [gap["kind"] for gap in read(as_, second["id"])["missing"]] == ["policy", "meeting"]
