"""Who reads a brief in which state, who chooses, and what is refused."""

import pytest

from tests.briefs.steps import AT, LINK, promoted, seen, taken, written
from tests.conftest import As, form
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, evidence, import_plan, items, ok
from tests.world import World


def test_a_brief_is_its_units_until_it_is_submitted_and_everybodys_once_promoted(as_: As, world: World) -> None:
    everyone = ("school", "supervisor", "leader", "discipline", "middle", "office", "other_supervisor")

    def readers() -> set[str]:
        found = {account for account in everyone if seen(as_(account)) == [row["id"]]}
        assert all(as_(account).get(f"{AT}/{row['id']}").status_code == 404 for account in {*everyone} - found)
        return found

    row = written(as_("school"))
    photo = evidence(as_("school"), "课堂照片", target="briefs", target_id=str(row["id"]))
    assert readers() == {"school"}
    taken(as_("school"), row, "submit")
    assert readers() == {"school", "supervisor", "leader", "discipline"}
    assert as_("middle").get(f"{API}/evidence/{photo['id']}").status_code == 404
    taken(as_("supervisor"), row, "select")
    taken(as_("supervisor"), row, "promote")
    assert readers() == {*everyone} - {"other_supervisor"}
    assert as_("middle").get(f"{API}/evidence/{photo['id']}").status_code == 200


def test_the_supervisor_chooses_and_the_unit_withdraws_before_that(as_: As) -> None:
    row = taken(as_("school"), written(as_("school")), "submit")
    for account in ("school", "leader", "discipline"):
        assert as_(account).post(f"{AT}/{row['id']}/select").status_code == 403, account
    assert taken(as_("school"), row, "withdraw")["submitted_at"] is None
    assert as_("supervisor").post(f"{AT}/{row['id']}/select").status_code == 404
    taken(as_("school"), row, "submit")
    assert as_("supervisor").post(f"{AT}/{row['id']}/decline", json={}).status_code == 422
    declined = taken(as_("supervisor"), row, "decline", note="请补充成效。")
    assert declined["state"] == "declined" and declined["declined_note"] == "请补充成效。"
    told = ok(as_("school").get(f"{API}/notifications"))["data"]
    assert [(each["kind"], each["resource_id"]) for each in told] == [("declined", row["id"])]
    assert "没有选用" in told[0]["text"] and ok(as_("middle").get(f"{API}/notifications"))["data"] == []
    assert as_("school").post(f"{AT}/{row['id']}/withdraw").status_code == 409
    own = taken(as_("supervisor"), written(as_("supervisor")), "submit")
    assert as_("supervisor").post(f"{AT}/{own['id']}/select").status_code == 403
    assert taken(as_("leader"), own, "select")["state"] == "selected"


@pytest.mark.parametrize(
    "link",
    [
        *("http://example.com", "javascript:alert(1)", "https://user:pass@example.com", "https://example.com/a b"),
        *("https://[::1", "https://localhost", "https://", "//example.com", "https://example.com:99999/"),
    ],
)
def test_a_link_is_a_whole_https_address(as_: As, link: str) -> None:
    body = {"kind": "publicity", "title": "报道", "text": "报道。", "written_on": day(0).isoformat(), "link": link}
    refused = as_("school").post(AT, json=body)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/link"
    assert "https://" in refused.json()["errors"][0]["detail"]


def test_bad_briefs_are_refused_with_the_place(as_: As, stock: Stock) -> None:
    body = {"kind": "publicity", "title": "报道", "text": "报道。", "written_on": day(0).isoformat()}
    draft = import_plan(as_("supervisor"))["id"]
    plan, other = stock.plan(), stock.plan("另一份方案")
    item = stock.item(plan)
    for change, pointer in (
        ({}, "/link"),
        ({"kind": "highlight", "written_on": day(1).isoformat()}, "/written_on"),
        ({"link": LINK, "plan_id": draft}, "/plan_id"),
        ({"link": LINK, "plan_id": other, "plan_item_id": item}, "/plan_item_id"),
    ):
        refused = as_("school").post(AT, json=body | change)
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == pointer, change
    assert written(as_("school"), plan_item_id=item)["plan_id"] == plan
    # Whoever reads the draft may not name it either: promoted, the brief would show it to everybody.
    assert as_("supervisor").post(AT, json=body | {"link": LINK, "plan_id": draft}).status_code == 422


def test_only_an_analysis_is_adopted_and_a_draft_plan_stays_unknown(as_: As) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    highlight = promoted(school, supervisor)
    analysis = promoted(school, supervisor, "situation_analysis", title="新情况")
    draft = import_plan(supervisor)
    assert supervisor.post(f"{AT}/{highlight['id']}/adopt", json={"plan_id": draft["id"]}).status_code == 403
    assert taken(supervisor, analysis, "adopt", plan_id=draft["id"])["adopted_plan_title"] == draft["title"]
    for account, known in (("supervisor", True), ("leader", True), ("school", False), ("middle", False)):
        row = ok(as_(account).get(f"{AT}/{analysis['id']}"))
        assert (row["adopted_plan_id"] == draft["id"]) is known and (draft["title"] in str(row)) is known, account
        assert bool(seen(as_(account), adopted_plan_id=draft["id"])) is known, account
    assert taken(supervisor, analysis, "adopt")["adopted_at"] is None


def test_a_draft_that_took_an_analysis_up_is_not_deleted_from_under_it(as_: As, browse: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    analysis = promoted(as_("school"), supervisor, "situation_analysis", title="新情况")
    draft, item = import_plan(supervisor), stock.item(stock.plan())
    for body, at in (
        ({"plan_id": stock.plan()}, "/plan_id"),
        ({"plan_item_id": item}, "/plan_id"),
        ({"plan_id": draft["id"], "plan_item_id": item}, "/plan_item_id"),
    ):
        refused = supervisor.post(f"{AT}/{analysis['id']}/adopt", json=body)
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == at, body
    first = items(as_, draft["id"])[0]
    taken(supervisor, analysis, "adopt", plan_id=draft["id"], plan_item_id=first["id"])
    refused = supervisor.delete(f"{API}/plans/{draft['id']}")
    assert refused.status_code == 409 and refused.json()["code"] == "adopted_briefs" and "《新情况》" in refused.text
    browser = browse("supervisor")
    shown = browser.post(f"/plans/{draft['id']}/delete", data=form(browser))
    assert shown.status_code == 409 and "《新情况》" in shown.text
    taken(supervisor, analysis, "adopt")
    assert supervisor.delete(f"{API}/plans/{draft['id']}").status_code == 204


def test_a_collection_holds_any_text_and_refuses_what_it_does_not_know(as_: As) -> None:
    promoted(as_("school"), as_("supervisor"), title="家风\ufffe课", text="一\uffff二\n\uffff")
    made = as_("middle").get(f"{AT}/collection.docx?title=选\uffff编")
    assert made.status_code == 200 and made.content[:2] == b"PK"
    for wrong in ("state=declined", "state=promoted&state=selected", "kind=none", "written_from=2026-02-30", "q=x"):
        assert as_("middle").get(f"{AT}/collection.docx?{wrong}").status_code == 422, wrong


def test_counts_are_the_rows_of_the_list(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    promoted(as_("school"), supervisor)
    taken(as_("school"), written(as_("school"), "experience"), "submit")
    written(as_("school"))
    promoted(as_("middle"), supervisor, "experience")
    counted = ok(supervisor.get(f"{AT}/counts"))["data"]
    figures = {row["unit_name"]: (row["submitted"], row["selected"], row["promoted"]) for row in counted}
    assert figures == {"实验小学": (2, 1, 1), "第一中学": (1, 1, 1)}
    for row in counted:
        listed = seen(supervisor, unit_id=row["unit_id"], state="submitted,selected,declined,promoted")
        assert len(listed) == row["submitted"]
    own = ok(as_("school").get(f"{AT}/counts?kind=experience"))["data"]
    assert [(row["unit_name"], row["submitted"]) for row in own] == [("实验小学", 1)]
    assert ok(as_("school").get(f"{AT}/counts?written_to=2020-01-01"))["data"] == []
