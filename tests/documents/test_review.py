"""A draft is submitted, approved or sent back with a note; its data is taken anew while it is a draft."""

from typing import Any

import pytest

from app.core.policy import Role
from app.documents.merging import merged
from app.identity import operations as identity
from app.identity.models import GrantCreate
from tests.conftest import As, form
from tests.documents.steps import DOCUMENTS, draft, edit, served, submitted
from tests.documents.test_documents import late
from tests.generated.forms import forms_of
from tests.generated.rows import document
from tests.stock import Stock, day
from tests.walk.steps import API, ok, rectification
from tests.world import World


def step(as_: As, account: str, document_id: int, action: str, **body: Any) -> Any:
    return as_(account).post(f"{DOCUMENTS}/{document_id}/{action}", json=body)


def waiting(as_: As, account: str) -> list[tuple[str, int, str]]:
    groups = ok(as_(account).get(f"{API}/my-work"))["groups"]
    return [(row["resource"], row["id"], row["verb"]) for each in groups for row in each["data"]]


# Submitted, approved, sent back


def test_only_what_was_submitted_is_approved_and_only_a_draft_is_edited(as_: As, stock: Stock) -> None:
    made = document(stock, "draft")
    assert step(as_, "leader", made, "approve").json()["code"] == "wrong_state"
    assert step(as_, "leader", made, "submit").status_code == 403, "by the supervision office"
    seen = submitted(as_, {"id": made})
    assert (seen["state"], seen["allowed_actions"]) == ("submitted", ["withdraw", "void"])
    late_edit = as_("supervisor").patch(
        f"{DOCUMENTS}/{made}", json={"title": "改了"}, headers={"if-match": f'"{seen["version"]}"'}
    )
    assert (late_edit.status_code, late_edit.json()["code"]) == (409, "wrong_state")
    assert ok(as_("leader").get(f"{DOCUMENTS}/{made}"))["allowed_actions"] == ["approve", "send_back", "void"]
    assert ok(step(as_, "leader", made, "approve"))["state"] == "approved"


def test_a_leader_sends_back_with_a_note_to_whoever_drew_it_up(as_: As, stock: Stock) -> None:
    made = document(stock, "draft")
    assert waiting(as_, "leader") == waiting(as_, "supervisor") == []
    submitted(as_, {"id": made})
    assert waiting(as_, "leader") == [("documents", made, "审批")] and waiting(as_, "supervisor") == []
    assert step(as_, "leader", made, "send-back").status_code == 422, "what is to be mended?"
    back = ok(step(as_, "leader", made, "send-back", note="请写明整改时限。"))
    assert back["state"] == "draft" and back["sent_back"]["note"] == "请写明整改时限。"
    assert waiting(as_, "supervisor") == [("documents", made, "修改")] and waiting(as_, "leader") == []
    again = edit(as_, back, body="现将有关情况通报如下：整改时限为月底。")
    assert again["sent_back"] is not None, "until it is submitted again"
    assert submitted(as_, again)["sent_back"] is None
    assert waiting(as_, "leader") == [("documents", made, "审批")] and waiting(as_, "supervisor") == []


def test_what_was_sent_back_waits_for_its_drafter_alone(as_: As, stock: Stock, world: World) -> None:
    made = document(stock, "draft")
    stock.do(
        lambda tx: identity.add_grant(
            tx, world.user["education"], GrantCreate(role=Role.SUPERVISOR, unit_id=world.district)
        )
    )
    assert ok(step(as_, "education", made, "submit"))["state"] == "submitted", "a colleague may submit it"
    ok(step(as_, "leader", made, "send-back", note="请核对数字。"))
    assert ("documents", made, "修改") in waiting(as_, "supervisor")
    assert ("documents", made, "修改") not in waiting(as_, "education")


@pytest.mark.parametrize("action", ["approve", "send-back"])
def test_whoever_submitted_it_does_not_approve_it(as_: As, stock: Stock, world: World, action: str) -> None:
    for role in (Role.SUPERVISOR, Role.LEADER):
        grant = GrantCreate(role=role, unit_id=world.district)
        stock.do(lambda tx, grant=grant: identity.add_grant(tx, world.user["education"], grant))
    made = document(stock, "draft")
    assert ok(step(as_, "education", made, "submit"))["allowed_actions"] == ["withdraw", "void"]
    assert step(as_, "education", made, action, note="可以。").status_code == 403
    ok(step(as_, "leader", made, action, note="可以。"))


def test_review_by_page(browse: As, as_: As, stock: Stock) -> None:
    made = document(stock, "draft")
    home, supervisor, leader = f"/documents/{made}", browse("supervisor"), browse("leader")
    assert ">送审</button>" in supervisor.get(home).text and ">批准</button>" not in leader.get(home).text
    assert supervisor.post(f"{home}/submit", data=form(supervisor)).status_code == 303
    assert f'href="{home}"' in leader.get("/my-work").text
    empty = leader.post(f"{home}/send-back", data=form(leader, note=""))
    assert empty.status_code == 422 and "没有退回" in empty.text
    assert leader.post(f"{home}/send-back", data=form(leader, note="请写明时限。")).status_code == 303
    page = supervisor.get(home).text
    assert "请写明时限。" in page and f'href="{home}/edit"' in page
    assert f'href="{home}"' in supervisor.get("/my-work").text


# Taken anew


def test_data_is_taken_anew_and_what_was_written_by_hand_stays(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan("2026年清廉学校建设方案")
    first = stock.assignment(plan, stock.item(plan, "规范收费公示"), "实验小学", "in_progress", days=-3, percent=40)
    made = draft(as_, "urging_order", unit_id=world.unit["实验小学"])
    by_hand = made["body"].replace("收到本单后请及时回执。", "收到本单后请电话告知督查室。")
    made = edit(as_, made, title="关于收费公示的督办单", body=by_hand)
    second = stock.assignment(plan, stock.item(plan, "修订议事规则"), "实验小学", "pending", days=-9)
    fresh = ok(step(as_, "supervisor", made["id"], "refresh"))
    assert "修订议事规则" in fresh["body"] and "规范收费公示" in fresh["body"]
    assert "请电话告知督查室" in fresh["body"] and fresh["title"] == "关于收费公示的督办单"
    assert {each["id"] for each in fresh["citations"]} == {first, second}
    assert fresh["drawn_at"] > made["drawn_at"]
    told = ok(as_("auditor").get(f"{API}/events?operation=document.refresh"))["data"]
    assert [each["resource_id"] for each in told] == [made["id"]]
    submitted(as_, made)
    assert step(as_, "supervisor", made["id"], "refresh").json()["code"] == "wrong_state"


def test_a_circulars_ranking_is_taken_anew_and_its_units_stay_as_chosen(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan("2026年清廉学校建设方案")
    for unit in ("实验小学", "第一中学"):
        row = stock.assignment(plan, stock.item(plan), unit, "submitted", days=-3, submit_count=1)
    made = draft(as_, "circular", plan_id=plan)
    chosen = edit(as_, made, unit_ids=[world.unit["第一中学"]])
    ok(as_("supervisor").post(f"{API}/assignments/{row}/complete"))
    fresh = ok(step(as_, "supervisor", made["id"], "refresh"))
    ranking = ok(as_("leader").get(f"{API}/dashboard?plan_id={plan}"))["ranking"]
    assert [line[1] for line in fresh["figures"]["lines"]] == [each["unit_name"] for each in ranking]
    assert fresh["figures"]["lines"] != chosen["figures"]["lines"] and "已办结1项" in fresh["body"]
    assert fresh["unit_ids"] == [world.unit["第一中学"]]


def test_an_order_with_nothing_left_to_urge_stays_as_it_is(as_: As, stock: Stock, world: World) -> None:
    rows = [late(stock), late(stock)]
    named = draft(as_, "urging_order", assignment_ids=rows)
    whole = draft(as_, "urging_order", unit_id=world.unit["实验小学"])
    for row in rows:
        ok(
            as_("school").post(f"{API}/assignments/{row}/progress-reports", json={"text": "已办。", "percent": 100}),
            201,
        )
        ok(as_("school").post(f"{API}/assignments/{row}/submit"))
        if row == rows[0]:
            left = ok(step(as_, "supervisor", named["id"], "refresh"))
            assert [each["id"] for each in left["citations"]] == rows[1:]
    for made in (named, whole):
        refused = step(as_, "supervisor", made["id"], "refresh")
        assert (refused.status_code, refused.json()["code"]) == (409, "nothing_left")


def test_a_record_is_not_taken_anew(as_: As, stock: Stock, world: World) -> None:
    late(stock)
    notice = draft(as_, "talk_notice", unit_id=world.unit["实验小学"])
    edit(as_, notice, talk_on=day(3).isoformat(), talk_time="09:30", talk_place="三楼会议室")
    served(as_, notice)
    record = draft(as_, "talk_record", notice_id=notice["id"])
    assert record["drawn_at"] is None and "refresh" not in record["allowed_actions"]
    assert step(as_, "supervisor", record["id"], "refresh").status_code == 403


@pytest.mark.parametrize(
    ("held", "anew", "expected"),
    [
        ("abc", "aXc", "aXc"),
        ("aHc", "abc", "aHc"),
        ("aHc", "aXc", "aHc"),
        ("abHc", "aXc", "abHc"),
        ("Habc", "aXc", "HaXc"),
        ("ac", "aXc", "ac"),
        ("abc", "abXYc", "abXYc"),
        ("abcH", "abXYc", "abXYcH"),
        ("", "aXc", ""),
        ("aHc", "aXYZ", "aHc"),
    ],
)
def test_passages_written_by_hand_stand_and_others_follow(held: str, anew: str, expected: str) -> None:
    assert "".join(merged("abc", held, anew)) == expected


# To whom


def test_drafts_are_found_by_the_unit_they_will_go_to(as_: As, world: World) -> None:
    made = draft(as_, "rectification_notice", rectification_id=rectification(as_, world)["id"])
    mine, others = (f"{DOCUMENTS}?unit_id={world.unit[name]}" for name in ("实验小学", "第一中学"))

    def found(account: str, path: str) -> list[int]:
        return [row["id"] for row in ok(as_(account).get(path))["data"]]

    for account, seen in {"supervisor": [made["id"]], "leader": [made["id"]], "school": [], "middle": []}.items():
        assert (found(account, mine), found(account, others)) == (seen, []), account
    served(as_, made)
    for account, seen in {"supervisor": [made["id"]], "school": [made["id"]], "middle": []}.items():
        assert (found(account, mine), found(account, others)) == (seen, []), account


def test_copies_are_units_of_the_bureau_that_are_not_served_anyway(as_: As, stock: Stock, world: World) -> None:
    made = ok(as_("supervisor").get(f"{DOCUMENTS}/{document(stock, 'draft')}"))
    chosen = [world.unit["教育股"], world.unit["派驻组"]]
    kept = edit(as_, made, copy_unit_ids=chosen, printed_by="青川区教育局办公室")
    assert kept["copy_unit_ids"] == chosen
    for bad in (world.unit["实验小学"], world.district, world.unit["临水小学"], 999_999):
        refused = as_("supervisor").patch(
            f"{DOCUMENTS}/{made['id']}", json={"copy_unit_ids": [bad]}, headers={"if-match": f'"{kept["version"]}"'}
        )
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/copy_unit_ids", bad
    assert draft(as_, "circular", plan_id=stock.plan("另一份方案"))["printed_by"] == "青川区教育局办公室", (
        "never asked twice"
    )


# Taken back


def test_whoever_submitted_it_takes_it_back_until_it_is_decided(as_: As, browse: As, stock: Stock) -> None:
    made = document(stock, "draft")
    submitted(as_, {"id": made})
    assert waiting(as_, "leader") == [("documents", made, "审批")]
    assert step(as_, "leader", made, "withdraw").status_code == 403
    supervisor, path = browse("supervisor"), f"/documents/{made}"
    assert "撤回" in supervisor.get(path).text and "撤回" not in browse("leader").get(path).text
    assert supervisor.post(f"{path}/withdraw", data=form(supervisor)).status_code == 303
    seen = ok(as_("supervisor").get(f"{DOCUMENTS}/{made}"))
    assert (seen["state"], seen["submitted_at"], seen["sent_back"]) == ("draft", None, None)
    assert waiting(as_, "leader") == waiting(as_, "supervisor") == []
    assert step(as_, "supervisor", made, "withdraw").json()["code"] == "wrong_state", "twice"
    told = ok(as_("auditor").get(f"{API}/events?resource=document&resource_id={made}"))["data"]
    assert "document.withdraw" in [event["operation"] for event in told if event["outcome"] == "done"]
    submitted(as_, edit(as_, seen, body="改过的正文。"))
    ok(step(as_, "leader", made, "approve"))
    assert step(as_, "supervisor", made, "withdraw").json()["code"] == "wrong_state", "decided"


def test_a_colleague_does_not_take_back_what_another_submitted(as_: As, stock: Stock, world: World) -> None:
    made = document(stock, "draft")
    stock.do(
        lambda tx: identity.add_grant(
            tx, world.user["education"], GrantCreate(role=Role.SUPERVISOR, unit_id=world.district)
        )
    )
    submitted(as_, {"id": made})
    assert step(as_, "education", made, "withdraw").status_code == 403


def test_a_leader_approves_no_text_that_they_have_not_read(browse: As, as_: As, stock: Stock) -> None:
    """Their page is open while the drafter withdraws, writes something else and submits that."""
    made = document(stock, "draft")
    submitted(as_, {"id": made})
    leader, path = browse("leader"), f"/documents/{made}/approve"
    seen = next(each for each in forms_of(leader.get(f"/documents/{made}").text) if each.action == path)
    etag = as_("leader").get(f"{DOCUMENTS}/{made}").headers["etag"]
    ok(step(as_, "supervisor", made, "withdraw"))
    held = ok(as_("supervisor").get(f"{DOCUMENTS}/{made}"))
    edit(as_, held, body="另一段话。")
    submitted(as_, {"id": made})
    refused = leader.post(path, data=dict(seen.fields) | {"note": "同意。"})
    assert refused.status_code == 412 and "已被他人更新" in refused.text
    assert "另一段话。" in refused.text and "同意。</textarea>" in refused.text
    stale = as_("leader").post(f"{DOCUMENTS}/{made}/approve", headers={"if-match": etag})
    assert stale.status_code == 412
    now_shown = next(each for each in forms_of(refused.text) if each.action == path)
    assert leader.post(path, data=dict(now_shown.fields)).status_code == 303
    assert ok(as_("leader").get(f"{DOCUMENTS}/{made}"))["state"] == "approved"
