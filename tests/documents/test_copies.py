"""抄送: units that a document is copied to read it once it is served, and are asked for nothing; others are named."""

import io
from typing import Any

from docx import Document as Word

from tests.cases.steps import concluded, drawn_up, joined, opened
from tests.conftest import As, form
from tests.documents.steps import DOCUMENTS, approved, draft, edit, receipt, served
from tests.generated.rows import document
from tests.notifications.test_happenings import heard
from tests.stock import Stock
from tests.units.merging import NEW, merge
from tests.walk.steps import API, ok, rectification
from tests.world import World

OUTSIDE = "区纪委监委、区委组织部"


def copied(as_: As, stock: Stock, world: World, *units: str, **changes: Any) -> dict[str, Any]:
    """To be served to 实验小学."""
    made = ok(as_("supervisor").get(f"{DOCUMENTS}/{document(stock, 'draft')}"))
    return edit(as_, made, copy_unit_ids=[world.unit[name] for name in units], **changes)


def listed(as_: As, account: str) -> list[tuple[int, int, int]]:
    rows = ok(as_(account).get(DOCUMENTS))["data"]
    return [(row["id"], row["receipt_count"], row["recipient_count"]) for row in rows]


def test_a_unit_reads_what_was_copied_to_it_from_its_service_on_and_receipts_nothing(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    made = approved(as_, copied(as_, stock, world, "教育股", "第一幼儿园"))
    path, page = f"{DOCUMENTS}/{made['id']}", f"/documents/{made['id']}"
    for account in ("education", "kindergarten", "middle"):
        assert as_(account).get(path).status_code == as_(account).get(f"{path}.docx").status_code == 404, account
        assert listed(as_, account) == [] and heard(as_, account) == [], account
    ours = f"{DOCUMENTS}?unit_id={world.unit['教育股']}"
    assert [row["id"] for row in ok(as_("supervisor").get(ours))["data"]] == [made["id"]]
    ok(as_("supervisor").post(f"{path}/serve"))
    for account, known in {"supervisor": 1, "education": 1, "kindergarten": 0, "school": 0}.items():
        assert len(ok(as_(account).get(ours))["data"]) == known, account
    for account in ("education", "kindergarten"):
        seen = ok(as_(account).get(path))
        assert (seen["allowed_actions"], seen["recipients"], seen["unit_ids"]) == ([], [], []), account
        assert listed(as_, account) == [(made["id"], 0, 0)], "it is not told of those that it was served to"
        assert heard(as_, account) == [("published", "documents", made["id"])], account
        assert as_(account).get(f"{path}.docx").status_code == 200, account
        assert receipt(as_, account, made).status_code == 403, account
        shown = browse(account).get(page).text
        assert "抄送本单位，供阅知，不用回执" in shown and "回执期限" not in shown and "送达单位" not in shown, account
        assert ">抄送</td>" in browse(account).get("/documents").text, account
        assert "documents" not in as_(account).get(f"{API}/my-work").text, account
    assert as_("middle").get(path).status_code == 404 and heard(as_, "middle") == []
    assert heard(as_) == [("given", "documents", made["id"])] and listed(as_, "school") == [(made["id"], 0, 1)]
    assert ok(receipt(as_, "school", made))["state"] == "receipted", "no copy is waited for"


def test_the_paper_names_bodies_outside_first_and_then_the_units_in_the_order_chosen(
    browse: As, as_: As, stock: Stock, world: World
) -> None:
    made = document(stock, "draft")
    path, supervisor = f"/documents/{made}/edit", browse("supervisor")
    assert 'name="copy_others"' in supervisor.get(path).text
    chosen = [str(world.unit[name]) for name in ("派驻组", "教育股")]
    typed = {
        "title": "通报",
        "body": "现通报如下：",
        "unit_ids[]": str(world.unit["实验小学"]),
        "copy_unit_ids[]": chosen,
    }
    version = {"version": str(ok(as_("supervisor").get(f"{DOCUMENTS}/{made}"))["version"])}
    long = supervisor.post(path, data=form(supervisor, **typed, **version, copy_others="区" * 201))
    assert long.status_code == 422 and "区" * 201 in long.text
    assert supervisor.post(path, data=form(supervisor, **typed, **version, copy_others=OUTSIDE)).status_code == 303
    line = "抄送：区纪委监委，区委组织部，派驻组，教育股。"
    assert line in supervisor.get(f"/documents/{made}").text
    content = supervisor.get(f"/documents/{made}.docx").content
    assert line in [paragraph.text for paragraph in Word(io.BytesIO(content)).paragraphs]


def test_who_was_made_a_recipient_later_is_asked_for_a_receipt_and_gets_no_copy(
    as_: As, stock: Stock, world: World
) -> None:
    made = copied(as_, stock, world, "第一中学")
    made = edit(as_, made, unit_ids=[world.unit["实验小学"], world.unit["第一中学"]])
    assert made["copy_unit_ids"] == [], "the paper would name it twice"
    served(as_, made)
    assert heard(as_, "middle") == [("given", "documents", made["id"])]
    assert ok(as_("middle").get(f"{DOCUMENTS}/{made['id']}"))["allowed_actions"] == ["receipt"]


def test_what_was_copied_to_a_merged_unit_is_read_by_its_successors_people(as_: As, stock: Stock, world: World) -> None:
    matter = rectification(as_, world, "第一幼儿园")["id"]
    made = draft(as_, "rectification_notice", rectification_id=matter)
    served(as_, edit(as_, made, copy_unit_ids=[world.unit["实验小学"]]))
    path = f"{DOCUMENTS}/{made['id']}"
    assert as_("middle").get(path).status_code == 404 and as_("school").get(path).status_code == 200
    ok(merge(as_, world))
    assert NEW == "第一中学" and ok(as_("middle").get(path))["allowed_actions"] == []


def test_a_circular_of_a_case_is_copied_like_others_and_names_nobody_among_those_it_is_copied_to(
    as_: As, world: World
) -> None:
    row = concluded(as_("supervisor"), opened(as_("supervisor"), world, person="高岩"))
    joined(as_("supervisor"), row, world.user["discipline"])
    chosen = {"unit_ids": [world.unit["实验小学"]], "copy_unit_ids": [world.unit["教育股"]]}
    paper = drawn_up(as_, row, **chosen)
    path, version = f"{DOCUMENTS}/{paper['id']}", {"if-match": str(paper["version"])}
    refused = as_("supervisor").patch(path, json={"copy_others": "区纪委、高 岩"}, headers=version)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/copy_others"
    for account, step in (("supervisor", "submit"), ("discipline", "approve"), ("supervisor", "serve")):
        assert as_("education").get(path).status_code == as_("leader").get(path).status_code == 404, step
        assert heard(as_, "education") == [], step
        ok(as_(account).post(f"{path}/{step}"))
    assert ok(as_("education").get(path))["allowed_actions"] == []
    assert ("published", "documents", paper["id"]) in heard(as_, "education")
