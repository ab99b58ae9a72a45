"""A document whose unit was merged or closed before its service: it goes to the successor, or is refused with how to mend
it, and never to a unit that is no more."""

import io
from typing import Any

from docx import Document as Word

from tests.conftest import As
from tests.documents.steps import DOCUMENTS, approved, draft, edit, receipt, served, submitted
from tests.documents.test_documents import late
from tests.generated.rows import document
from tests.stock import Stock
from tests.units.merging import NEW, OLD, close, merge, rename
from tests.walk.steps import API, ok, rectification
from tests.world import World


def test_what_was_merged_is_served_to_its_successor(as_: As, browse: As, stock: Stock, world: World) -> None:
    late(stock)
    made = draft(as_, "urging_order", unit_id=world.unit[OLD])
    made = approved(as_, edit(as_, made, copy_unit_ids=[world.unit["第一幼儿园"]]))
    path = f"{DOCUMENTS}/{made['id']}"
    ok(merge(as_, world))
    ok(merge(as_, world, "第一幼儿园", across_kinds=True))
    shown = browse("supervisor").get(f"/documents/{made['id']}").text
    assert f"{OLD}已并入{NEW}，送达时送给{NEW}。" in shown
    found = ok(as_("supervisor").post(f"{path}/serve"))
    assert [each["unit_id"] for each in found["recipients"]] == [world.unit[NEW]]
    assert found["copy_unit_ids"] == [], "it is served to it already"
    after = browse("supervisor").get(f"/documents/{made['id']}").text
    for old in (OLD, "第一幼儿园"):
        assert after.count(f"{old}已并入{NEW}，送达时送给{NEW}。") == 1, "the step of its service says so"
    served = ok(as_("auditor").get(f"{API}/events?operation=document.serve"))["data"][0]
    assert served["resource_id"] == made["id"] and served["after"]["unit_ids"] == [world.unit[NEW]]
    assert ok(as_("middle").get(path))["allowed_actions"] == ["receipt"]
    again = as_("supervisor").post(DOCUMENTS, json={"kind": "talk_notice", "unit_id": world.unit[OLD]})
    assert again.status_code == 422 and f"{OLD}已并入{NEW}，请选择{NEW}" in again.text


def test_a_unit_that_nobody_follows_is_taken_out_before_a_circular_is_submitted_or_approved(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    made = ok(as_("supervisor").get(f"{DOCUMENTS}/{document(stock, 'draft')}"))
    made = edit(as_, made, unit_ids=[world.unit[name] for name in (OLD, NEW, "第一幼儿园")])
    path = f"{DOCUMENTS}/{made['id']}"
    ok(close(as_, world))
    refused = as_("supervisor").post(f"{path}/submit")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_gone")
    assert f"还不能送审：{OLD}已停办" in refused.json()["detail"] and "去掉这个送达单位" in refused.json()["detail"]
    assert "不会送达" in browse("supervisor").get(f"/documents/{made['id']}").text
    submitted(as_, edit(as_, made, unit_ids=[world.unit[NEW], world.unit["第一幼儿园"]]))
    ok(close(as_, world, "第一幼儿园"))
    late_ = as_("leader").post(f"{path}/approve")
    assert late_.status_code == 409 and "请退回，由起草人" in late_.json()["detail"]
    ok(as_("leader").post(f"{path}/send-back", json={"note": "第一幼儿园已停办。"}))
    made = ok(as_("supervisor").get(path))
    approved(as_, edit(as_, made, unit_ids=[world.unit[NEW]]))
    assert ok(as_("supervisor").post(f"{path}/serve"))["unit_ids"] == [world.unit[NEW]]


def test_what_is_approved_leaves_out_who_is_no_more_and_is_voided_where_nobody_is_left(
    as_: As, stock: Stock, world: World
) -> None:
    both, alone = (
        edit(as_, ok(as_("supervisor").get(f"{DOCUMENTS}/{document(stock, 'draft')}")), unit_ids=units)
        for units in ([world.unit[OLD], world.unit[NEW]], [world.unit[OLD]])
    )
    for each in (both, alone):
        approved(as_, each)
    ok(close(as_, world))
    assert ok(as_("supervisor").post(f"{DOCUMENTS}/{both['id']}/serve"))["unit_ids"] == [world.unit[NEW]]
    refused = as_("supervisor").post(f"{DOCUMENTS}/{alone['id']}/serve")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_gone")
    assert f"{OLD}已停办" in refused.json()["detail"] and "请作废" in refused.json()["detail"]
    ok(as_("supervisor").post(f"{DOCUMENTS}/{alone['id']}/void", json={"note": "已停办。"}))
    again = as_("supervisor").post(DOCUMENTS, json={"kind": "talk_notice", "unit_id": world.unit[OLD]})
    assert again.status_code == 422 and f"{OLD}已停办，没有承接的单位" in again.text


def test_a_notice_whose_unit_was_merged_is_drawn_up_to_its_successor(as_: As, world: World) -> None:
    matter = rectification(as_, world)["id"]
    made = draft(as_, "rectification_notice", rectification_id=matter)
    ok(merge(as_, world))
    found = ok(as_("supervisor").post(f"{DOCUMENTS}/{made['id']}/refresh"))
    assert found["unit_ids"] == [world.unit[NEW]]


def test_a_paper_names_its_units_as_they_were_called_when_it_was_approved(as_: As, stock: Stock, world: World) -> None:
    made = ok(as_("supervisor").get(f"{DOCUMENTS}/{document(stock, 'draft')}"))
    made = edit(as_, made, copy_unit_ids=[world.unit["第一中学"]])
    served(as_, made)
    assert ok(receipt(as_, "school", made))["state"] == "receipted"
    before = _paper(as_, made)
    assert "实验小学：" in before and any("抄送：第一中学" in line for line in before)
    ok(rename(as_, world, "实验学校"))
    ok(rename(as_, world, "青莲中学", "第一中学"))
    assert _paper(as_, made) == before
    later = document(stock, "draft")
    assert "实验学校：" in _paper(as_, {"id": later}), "what is not approved yet names it as it is called now"


def _paper(as_: As, made: dict[str, Any]) -> list[str]:
    content = as_("supervisor").get(f"{DOCUMENTS}/{made['id']}.docx").content
    return [paragraph.text for paragraph in Word(io.BytesIO(content)).paragraphs]
