"""A document that is served is told to its units, and what was decided on it to whoever drew it up; nobody is named."""

from typing import Any

from starlette.testclient import TestClient

from tests.cases.steps import drawn_up
from tests.channels.test_feeds import feed_of, titles
from tests.conftest import As
from tests.documents.steps import DOCUMENTS, approved, draft, edit, receipt, served, submitted
from tests.generated.rows import MAKE, document
from tests.notifications.test_happenings import heard
from tests.stock import Stock
from tests.walk.steps import API, ok, rectification
from tests.world import World


def told(as_: As, account: str) -> list[str]:
    return [row["text"] for row in ok(as_(account).get(f"{API}/notifications"))["data"]]


def notice(as_: As, world: World) -> dict[str, Any]:
    made = draft(as_, "rectification_notice", rectification_id=rectification(as_, world)["id"])
    return edit(as_, made, title="关于林青老师有关问题的整改通知书")


def test_a_served_document_is_told_once_to_its_units_by_kind_number_and_day(
    as_: As, browse: As, client: TestClient, world: World
) -> None:
    made = approved(as_, notice(as_, world))
    feed = feed_of(browse, "school")
    before = heard(as_)
    assert ("given", "documents", made["id"]) not in before and not [t for t in titles(client, feed) if "公文" in t]
    paper = ok(as_("supervisor").post(f"{DOCUMENTS}/{made['id']}/serve"))
    assert heard(as_) == [("given", "documents", made["id"]), *before]
    text = told(as_, "school")[0]
    assert (
        text == f"整改通知书（{paper['number']}）已送达本单位，请在 {paper['reply_by']} 前回执" and "林青" not in text
    )
    assert f'href="/documents/{made["id"]}"' in browse("school").get("/notifications").text
    assert heard(as_, "middle") == heard(as_, "leader") == []
    assert f"公文回执到期：实验小学 #{made['id']}" in titles(client, feed)
    ok(receipt(as_, "school", paper))
    assert not [title for title in titles(client, feed) if "公文" in title] and len(heard(as_)) == len(before) + 1


def test_its_drafter_is_told_that_it_was_sent_back_or_approved(as_: As, stock: Stock) -> None:
    made = {"id": document(stock, "draft")}
    submitted(as_, made)
    assert heard(as_, "supervisor") == []
    ok(as_("leader").post(f"{DOCUMENTS}/{made['id']}/send-back", json={"note": "请林青老师写明时限。"}))
    paper = approved(as_, made)
    about = ("documents", made["id"])
    assert heard(as_, "supervisor") == [("approved", *about), ("sent_back", *about)] and heard(as_, "leader") == []
    assert told(as_, "supervisor") == [
        f"督查通报（{paper['number']}）已批准，请及时送达",
        # It has its number by now.
        f"督查通报（{paper['number']}）被退回，请修改后再送审",
    ]


def test_of_a_confided_document_nobody_is_told_who_may_not_know_of_it_any_more(
    as_: As, stock: Stock, world: World
) -> None:
    case = {"id": MAKE["case_file"](stock, "concluded")}
    handlers = f"{API}/cases/{case['id']}"
    ok(as_("supervisor").post(f"{handlers}/add-handler", json={"user_id": world.user["discipline"]}))
    paper = drawn_up(as_, case, body="某校采购不规范。")
    submitted(as_, paper)
    ok(as_("discipline").post(f"{DOCUMENTS}/{paper['id']}/send-back", json={"note": "请补充。"}))
    assert ("sent_back", "documents", paper["id"]) in heard(as_, "supervisor")
    who = {"user_id": world.user["supervisor"]}
    assert as_("discipline").post(f"{handlers}/remove-handler", json=who).status_code == 204
    assert heard(as_, "supervisor") == []


def test_a_document_that_is_served_to_many_is_told_to_each_once(as_: As, stock: Stock, world: World) -> None:
    made = ok(as_("supervisor").get(f"{DOCUMENTS}/{document(stock, 'draft')}"))
    made = edit(as_, made, unit_ids=[world.unit["实验小学"], world.unit["第一中学"]])
    served(as_, made)
    for account in ("school", "middle"):
        assert heard(as_, account) == [("given", "documents", made["id"])], account
