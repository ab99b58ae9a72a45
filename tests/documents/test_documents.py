"""Documents are drawn up from what is known, numbered when they are approved, seen when they are served, receipted."""

import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from docx import Document as Word
from fastapi import FastAPI

from app.core.policy import Role
from app.documents.models import Document
from app.identity import operations as identity
from app.identity.models import GrantCreate
from tests.at_once import at_once
from tests.conftest import As, form
from tests.documents.steps import DOCUMENTS, approved, draft, edit, receipt, served, submitted
from tests.generated.rows import document
from tests.stock import Stock, day
from tests.walk.steps import API, finding, inspection, ok, rectification
from tests.world import World

SERIES = f"{API}/document-series"
YEAR = day(0).year


def long(offset: int) -> str:
    on = day(offset)
    return f"{on.year}年{on.month}月{on.day}日"


def released(as_: As, world: World, *units: str, mode: str = "unannounced") -> dict[str, Any]:
    """A released inspection of those units, with a finding issued to each."""
    made = inspection(as_, [world.unit[name] for name in units], mode=mode, title="开学公示暗访")
    supervisor, path = as_("supervisor"), f"{API}/inspections/{made['id']}"
    ok(supervisor.post(f"{path}/start"))
    found = [finding(as_, made["id"], world.unit[name], description=f"{name}的收费公示过期。") for name in units]
    ok(supervisor.post(f"{path}/report"))
    ok(supervisor.post(f"{path}/release"))
    for each in found:
        ok(supervisor.post(f"{API}/findings/{each['id']}/issue"))
    return made


def late(stock: Stock, unit: str = "实验小学", **fields: Any) -> int:
    plan = stock.plan()
    return stock.assignment(plan, stock.item(plan), unit, "in_progress", days=-3, percent=40, **fields)


# From the draft to the receipt


def test_a_notice_goes_from_a_finding_to_its_receipt(as_: As, world: World) -> None:
    matter = rectification(as_, world)
    made = draft(as_, "rectification_notice", rectification_id=matter["id"])
    assert (made["state"], made["number"], made["title"]) == ("draft", None, "关于教育收费问题的整改通知书")
    for known in ("收费公示栏未按学期更新。", "更新公示内容，明确专人负责。", matter["number"], "收费公示检查"):
        assert known in made["body"], known
    assert as_("school").get(f"{DOCUMENTS}/{made['id']}").status_code == 404
    changed = edit(as_, made, title="关于收费公示的整改通知书")
    assert approved(as_, changed)["number"] == f"青教督改〔{YEAR}〕1号"
    assert as_("school").get(f"{DOCUMENTS}/{made['id']}").status_code == 404, "approved, and not yet served"
    assert ok(as_("school").get(DOCUMENTS))["data"] == []
    ok(as_("supervisor").post(f"{DOCUMENTS}/{made['id']}/serve"))
    seen = ok(as_("school").get(f"{DOCUMENTS}/{made['id']}"))
    assert (seen["state"], seen["allowed_actions"]) == ("served", ["receipt"])
    done = ok(receipt(as_, "school", made, note="已收到，立即整改。"))
    assert done["state"] == "receipted" and done["recipients"][0]["opinion"] == "已收到，立即整改。"
    paper = as_("school").get(f"{DOCUMENTS}/{made['id']}.docx")
    text = "\n".join(paragraph.text for paragraph in Word(io.BytesIO(paper.content)).paragraphs)
    assert done["number"] in text and "关于收费公示的整改通知书" in text and "实验小学：" in text and long(0) in text


def test_a_problem_has_one_notice_under_way(as_: As, world: World) -> None:
    given = {"kind": "rectification_notice", "rectification_id": rectification(as_, world)["id"]}
    first = draft(as_, **given)
    again = as_("supervisor").post(DOCUMENTS, json=given)
    assert (again.status_code, again.json()["code"]) == (409, "notice_exists")
    ok(as_("supervisor").post(f"{DOCUMENTS}/{first['id']}/void", json={"note": "写错了。"}))
    assert draft(as_, **given)["state"] == "draft"


def test_what_is_approved_is_not_edited_and_never_approved_by_who_drew_it_up(
    as_: As, stock: Stock, world: World
) -> None:
    both = GrantCreate(role=Role.LEADER, unit_id=world.district)
    stock.do(lambda tx: identity.add_grant(tx, world.user["supervisor"], both))
    late(stock)
    made = draft(as_, "urging_order", unit_id=world.unit["实验小学"])
    assert "approve" not in submitted(as_, made)["allowed_actions"]
    assert as_("supervisor").post(f"{DOCUMENTS}/{made['id']}/approve").status_code == 403
    ok(as_("leader").post(f"{DOCUMENTS}/{made['id']}/approve"))
    refused = as_("supervisor").patch(f"{DOCUMENTS}/{made['id']}", json={"title": "别的"}, headers={"if-match": '"2"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


# What they say


def test_an_order_names_what_one_unit_has_left_undone(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan("2026年清廉学校建设方案")
    overdue = stock.assignment(plan, stock.item(plan, "规范收费公示"), "实验小学", "in_progress", days=-3, percent=40)
    urged = stock.assignment(plan, stock.item(plan, "修订议事规则"), "实验小学", "pending", days=30)
    ok(as_("supervisor").post(f"{API}/assignments/{urged}/urgings", json={"level": 2}), 201)
    in_time = stock.assignment(plan, stock.item(plan, "师德学习"), "实验小学", "in_progress", days=30)
    sent = stock.assignment(plan, stock.item(plan, "课后服务"), "实验小学", "submitted", days=-9)
    others = stock.assignment(plan, stock.item(plan, "别校的事"), "第一中学", "in_progress", days=-9)
    made = draft(as_, "urging_order", unit_id=world.unit["实验小学"])
    assert f"规范收费公示，完成时限{long(-3)}，已逾期3天，目前办理中，进度40%。" in made["body"]
    assert "修订议事规则" in made["body"] and "已催办1次" in made["body"]
    assert [name for name in ("师德学习", "课后服务", "别校的事") if name in made["body"]] == []
    assert {each["id"] for each in made["citations"]} == {overdue, urged}
    assert [row["id"] for row in ok(as_("leader").get(f"{DOCUMENTS}?assignment_id={overdue}"))["data"]] == [made["id"]]
    for ids in ([in_time], [sent], [overdue, others], [others, 999_999]):
        refused = as_("supervisor").post(DOCUMENTS, json={"kind": "urging_order", "assignment_ids": ids})
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/assignment_ids", ids
    assert (
        as_("supervisor").post(DOCUMENTS, json={"kind": "urging_order", "unit_id": world.unit["派驻组"]}).status_code
        == 422
    )


def test_a_talk_has_its_reasons_and_its_record(as_: As, stock: Stock, world: World) -> None:
    late(stock)
    stock.rectification("实验小学", days=-5, problem="食堂采购只有一家报价。")
    made = draft(as_, "talk_notice", unit_id=world.unit["实验小学"])
    assert "食堂采购只有一家报价" in made["body"] and "已逾期5天" in made["body"] and "已逾期3天" in made["body"]
    early = as_("supervisor").post(f"{DOCUMENTS}/{made['id']}/submit")
    assert (early.status_code, early.json()["code"]) == (409, "incomplete")
    lacking = {error["pointer"] for error in early.json()["errors"]}
    assert lacking == {"/talk_on", "/talk_time", "/talk_place"}
    given = {"kind": "talk_record", "notice_id": made["id"]}
    assert as_("supervisor").post(DOCUMENTS, json=given).status_code == 409, "no talk was held yet"
    edit(as_, made, talk_on=day(3).isoformat(), talk_time="09:30", talk_place="三楼会议室")
    notice = served(as_, made)
    record = draft(as_, **given)
    assert (record["talk_with"], record["talk_place"]) == ("实验小学主要负责人", "三楼会议室")
    assert "食堂采购只有一家报价" in record["body"] and record["number"] == notice["number"]
    assert as_("supervisor").post(DOCUMENTS, json=given).json()["code"] == "record_exists"
    assert as_("supervisor").post(f"{DOCUMENTS}/{record['id']}/submit").json()["code"] == "incomplete"
    edit(as_, record, talk_by="王建国", talk_recorder="李卫东")
    assert approved(as_, record)["number"] == f"青教督谈〔{YEAR}〕1号", "it goes by the number of its notice"


def test_a_circular_keeps_the_ranking_as_it_was(as_: As, stock: Stock, world: World) -> None:
    held = released(as_, world, "实验小学", "第一中学")
    plan = stock.plan("2026年清廉学校建设方案")
    row = stock.assignment(plan, stock.item(plan), "实验小学", "submitted", days=-3, submit_count=1)
    made = draft(as_, "circular", inspection_ids=[held["id"]], plan_id=plan)
    ranking = ok(as_("leader").get(f"{API}/dashboard?plan_id={plan}"))
    figures = made["figures"]
    assert [line[1] for line in figures["lines"]] == [each["unit_name"] for each in ranking["ranking"]] == ["实验小学"]
    assert figures["headings"][2:7] == ["按时签收率", "按期办结率", "退回率", "逾期数", "整改销号率"]
    assert ranking["formula"] in figures["notes"] and any(note.startswith("数据快照 ") for note in figures["notes"])
    for said in ("检查2个单位，下达问题2个", "实验小学的收费公示过期", "第一中学的收费公示过期", "逾期未办结1项"):
        assert said in made["body"], said
    assert {each["resource"] for each in made["citations"]} == {"inspections", "plans"}
    ok(as_("supervisor").post(f"{API}/assignments/{row}/complete"))
    assert ok(as_("supervisor").get(f"{API}/dashboard?plan_id={plan}"))["ranking"] != ranking["ranking"]
    assert ok(as_("leader").get(f"{DOCUMENTS}/{made['id']}"))["figures"] == figures
    table = Word(io.BytesIO(as_("leader").get(f"{DOCUMENTS}/{made['id']}.docx").content)).tables[0]
    assert [cell.text for cell in table.rows[1].cells] == [str(cell) for cell in figures["lines"][0]]


def test_what_is_not_released_is_not_spoken_of(as_: As, world: World) -> None:
    made = inspection(as_, [world.unit["实验小学"]], mode="unannounced", title="突击暗访")
    by_the_team = {
        "mode": "unannounced",
        "kind": "routine",
        "title": "对督查室的暗访",
        "unit_ids": [world.unit["督查室"]],
    }
    by_the_team |= {"starts_on": day(0).isoformat(), "ends_on": day(3).isoformat()}
    of_ours = ok(as_("discipline").post(f"{API}/inspections", json=by_the_team), 201)
    early = as_("supervisor").post(DOCUMENTS, json={"kind": "circular", "inspection_ids": [made["id"]]})
    assert (early.status_code, early.json()["code"]) == (409, "not_released")
    hidden = as_("supervisor").post(DOCUMENTS, json={"kind": "circular", "inspection_ids": [of_ours["id"]]})
    missing = as_("supervisor").post(DOCUMENTS, json={"kind": "circular", "inspection_ids": [999_999]})
    assert (hidden.status_code, hidden.json()) == (422, missing.json()), "it does not exist for whom it inspects"


# Who sees them


def test_each_unit_of_a_circular_receipts_by_itself_and_sees_nobody_elses(as_: As, world: World) -> None:
    held = released(as_, world, "实验小学", "第一中学", mode="announced")
    made = draft(as_, "circular", inspection_ids=[held["id"]])
    assert set(made["unit_ids"]) == {world.unit["实验小学"], world.unit["第一中学"]}
    served(as_, made)
    before = as_("middle").get(f"{DOCUMENTS}/{made['id']}").content, as_("middle").get(DOCUMENTS).content
    assert as_("kindergarten").get(f"{DOCUMENTS}/{made['id']}").status_code == 404
    assert receipt(as_, "office", made).status_code == 404
    first = ok(receipt(as_, "school", made, note="我校已整改。"))
    assert (first["state"], first["allowed_actions"]) == ("served", []), "the other has not"
    assert receipt(as_, "school", made).status_code == 403, "once"
    after = as_("middle").get(f"{DOCUMENTS}/{made['id']}").content, as_("middle").get(DOCUMENTS).content
    assert before == after
    done = ok(receipt(as_, "middle", made))
    assert done["state"] == "receipted" and [each["unit_name"] for each in done["recipients"]] == ["第一中学"]
    assert "我校已整改" not in as_("middle").get(f"/documents/{made['id']}").text
    row = ok(as_("leader").get(DOCUMENTS))["data"][0]
    assert (row["receipt_count"], row["recipient_count"]) == (2, 2)


def test_two_last_receipts_at_once_end_the_document(app: FastAPI, as_: As, stock: Stock, world: World) -> None:
    held = released(as_, world, "实验小学", "第一中学", mode="announced")
    made = served(as_, draft(as_, "circular", inspection_ids=[held["id"]]))

    async def take(client: httpx.AsyncClient, n: int) -> httpx.Response:
        headers = {"authorization": f"Bearer {world.token[('school', 'middle')[n]]}"}
        return await client.post(f"{DOCUMENTS}/{made['id']}/receipt", json={"receiver": "某人"}, headers=headers)

    assert [answer.status_code for answer in at_once(app, "", take, 2)] == [200, 200]
    assert ok(as_("leader").get(f"{DOCUMENTS}/{made['id']}"))["state"] == "receipted"


def test_a_voided_document_holds_no_more_and_whoever_has_it_sees_that(as_: As, stock: Stock) -> None:
    made = document(stock, "served")
    assert as_("supervisor").post(f"{DOCUMENTS}/{made}/void").status_code == 422, "why?"
    ok(as_("supervisor").post(f"{DOCUMENTS}/{made}/void", json={"note": "依据有误。"}))
    seen = ok(as_("school").get(f"{DOCUMENTS}/{made}"))
    assert (seen["state"], seen["allowed_actions"]) == ("voided", [])
    assert "已作废" in as_("school").get(f"/documents/{made}").text


# Their numbers


def test_numbers_have_no_gaps_and_none_is_given_twice(as_: As, app: FastAPI, world: World, stock: Stock) -> None:
    ids = [document(stock, "submitted") for _ in range(6)]
    empty = stock.add(Document, kind="circular", state="submitted", issuer="局", title="通报", body="无", unit_ids=[])
    assert as_("leader").post(f"{DOCUMENTS}/{empty}/approve").json()["code"] == "incomplete"
    assert ok(as_("leader").post(f"{DOCUMENTS}/{ids[0]}/approve"))["number"] == f"青教督〔{YEAR}〕1号", (
        "a refused one takes none"
    )
    ok(as_("leader").post(f"{DOCUMENTS}/{ids[0]}/void", json={"note": "重复了。"}))

    async def approve(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(f"{DOCUMENTS}/{ids[1 + n // 2]}/approve")

    answers = at_once(app, world.token["leader"], approve, 8)
    given = [answer.json()["number"] for answer in answers if answer.status_code == 200]
    assert sorted(given) == [f"青教督〔{YEAR}〕{n}号" for n in (2, 3, 4, 5)]
    assert ok(as_("leader").get(f"{DOCUMENTS}?q=〔{YEAR}〕3号"))["data"][0]["number"] == f"青教督〔{YEAR}〕3号"
    ok(as_("supervisor").post(SERIES, json={"kind": "circular", "prefix": "川教督通"}))
    assert ok(as_("leader").post(f"{DOCUMENTS}/{ids[5]}/approve"))["number"] == f"川教督通〔{YEAR}〕6号", (
        "the counting goes on"
    )


def test_no_two_kinds_share_a_prefix(as_: As, stock: Stock) -> None:
    approved(as_, {"id": document(stock, "draft")})
    supervisor = as_("supervisor")
    ok(supervisor.post(SERIES, json={"kind": "circular", "prefix": "川教督"}))
    for prefix in ("川教督", "青教督"):
        refused = supervisor.post(SERIES, json={"kind": "urging_order", "prefix": prefix})
        assert refused.status_code == 422, f"{prefix} stands or stood on circulars of this year"
    for prefix in ("青 教", "青教〔2026〕", "青教5", ""):
        assert supervisor.post(SERIES, json={"kind": "urging_order", "prefix": prefix}).status_code == 422, prefix
    assert supervisor.post(SERIES, json={"kind": "talk_record", "prefix": "青教记"}).status_code == 422
    shown = {row["kind"]: row["prefix"] for row in ok(as_("leader").get(SERIES))["data"]}
    assert (shown["circular"], shown["urging_order"]) == ("川教督", "青教督办")


# On the pages


def test_from_a_rectification_to_a_receipt_by_page(as_: As, browse: As, world: World) -> None:
    matter = rectification(as_, world)
    supervisor, leader, school = browse("supervisor"), browse("leader"), browse("school")
    beside = supervisor.get(f"/rectifications/{matter['id']}")
    assert (
        "起草整改通知书" in beside.text and "起草整改通知书" not in school.get(f"/rectifications/{matter['id']}").text
    )
    hidden = {"kind": "rectification_notice", "rectification_id": matter["id"]}
    made = supervisor.post("/documents", data=form(supervisor, **hidden))
    home = made.headers["location"].removesuffix("/edit")
    assert "收费公示栏未按学期更新。" in supervisor.get(f"{home}/edit").text
    assert "起草整改通知书" not in supervisor.get(f"/rectifications/{matter['id']}").text, "there is one"
    sent = form(supervisor, version=1, title="", body="改过的正文")
    refused = supervisor.post(f"{home}/edit", data=sent)
    assert refused.status_code == 422 and "请填写标题" in refused.text and "改过的正文" in refused.text
    for browser, step in ((supervisor, "submit"), (leader, "approve"), (supervisor, "serve")):
        assert browser.post(f"{home}/{step}", data=form(browser)).status_code == 303
    waiting = school.get("/my-work")
    assert f'href="{home}"' in waiting.text and "请在" in waiting.text and "前回执" in waiting.text
    assert "青川区教育局" in school.get(f"{home}/print").text
    assert school.post(f"{home}/receipt", data=form(school, receiver="刘敏")).status_code == 303
    assert f'href="{home}"' not in school.get("/my-work").text
    assert "已回执" in school.get(f"/rectifications/{matter['id']}").text


@pytest.mark.parametrize("account", ["supervisor", "education"])
def test_an_urging_is_filled_in(browse: As, stock: Stock, account: str) -> None:
    plan = stock.plan()
    row = stock.assignment(plan, stock.item(plan, "规范收费公示"), "第一中学", "in_progress", days=-3, percent=40)
    page = browse(account).get(f"/assignments/{row}").text
    assert "第一中学：" in page and f"规范收费公示，完成时限 {long(-3)}，已逾期 3 天，目前进度 40%，请抓紧办理" in page
    assert ("起草督办单" in page) == (account == "supervisor")


def test_a_document_served_and_overdue_for_its_receipt_is_so_in_my_work(as_: As, stock: Stock) -> None:
    made = document(stock, "served")
    stock.do(lambda tx: setattr(tx.session.get(Document, made), "reply_by", day(0) - timedelta(days=1)))
    groups = {each["group"]: each for each in ok(as_("school").get(f"{API}/my-work"))["groups"]}
    # The verb is pressing whatever kind of matter it is: only what is due today or over is.
    assert [(entry["resource"], entry["id"], entry["pressing"]) for entry in groups["overdue"]["data"]] == [
        ("documents", made, True)
    ]


def test_an_order_about_more_than_it_cites_says_of_how_many(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan()
    for n in range(103):
        item = stock.item(plan, f"第{n}件事")
        stock.assignment(plan, item, "实验小学", "in_progress", days=-3)
    for kind in ("urging_order", "talk_notice"):
        made = draft(as_, kind, unit_id=world.unit["实验小学"])
        assert "另有73项，详见工作平台。" in made["body"], made["body"][-300:]
        assert len(made["citations"]) == 100
