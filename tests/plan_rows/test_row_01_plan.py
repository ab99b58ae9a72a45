"""What the plan demands, row 1: the yearly plan with what it is based on, its editions, and its issue."""

from tests.boxes.steps import BOXES
from tests.conftest import As, form
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, assignment, ok, submitted
from tests.world import World

CHANGED = (
    PLAN.replace("修订议事规则，重大事项集体研究并留存记录", "修订议事规则，重大事项集体研究、全程记录")
    .replace("责任股室：党办、人事股，各学校（园）", "责任股室：党办，各学校（园）")
    .replace("2.开展教育收费自查", "2.建立校务公开清单")
    .replace("逐项核对收费公示，发现问题立即纠正", "编制公开目录并按月更新")
)
"""One item's measures and parties are changed, one is put in another's place, one stays."""


def uploaded(browser: object, text: str) -> str:
    upload = {"file": ("方案.txt", text.encode(), "text/plain")}
    sent = browser.post("/plans/import", data=form(browser), files=upload)  # type: ignore[attr-defined]
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"].split("/review")[0])


def issued(browser: object, page: str) -> None:
    for step in ("issue", "dispatch"):
        assert browser.post(f"{page}/{step}", data=form(browser)).status_code == 303  # type: ignore[attr-defined]


def test_from_the_first_edition_to_the_work_that_goes_on_in_the_second(as_: As, browse: As, world: World) -> None:
    supervisor, unit = browse("supervisor"), world.unit["实验小学"]
    first = uploaded(supervisor, PLAN)
    assert "关于加强清廉校园建设的意见" in supervisor.get(first).text
    assert as_("school").get(f"{API}{first}").status_code == 404  # A draft is nobody's business.
    issued(supervisor, first)
    assert ok(as_("school").get(f"{API}{first}"))["state"] == "issued"
    # Work begins: a school hands its row in, an office is at work on an item that will go, a box is begun.
    done = submitted(as_, "school", unit)
    plan_id, fees = int(first.rsplit("/", 1)[1]), assignment(as_, "education", world.unit["教育股"], item=0)
    ok(as_("education").post(f"{API}/assignments/{fees['id']}/acknowledge"))
    box = ok(
        as_("school").post(BOXES, json={"plan_id": plan_id, "name": "议事", "item_ids": [done["plan_item_id"]]}), 201
    )
    ok(as_("school").post(f"{BOXES}/{box['id']}/fill", json={}))

    # The changed text becomes the next edition by its title, and is compared before it is issued.
    second = uploaded(supervisor, CHANGED)
    told = ok(as_("supervisor").get(f"{API}{second}"))
    assert (told["edition"], told["previous_id"], told["previous"]["id"]) == (2, plan_id, plan_id)
    compared = ok(as_("supervisor").get(f"{API}{second}/comparison"))
    assert compared["counts"] == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    by = {row["change"]: row for row in compared["data"]}
    assert by["changed"]["changed"] == ["measures", "responsibilities"]
    pieces = by["changed"]["texts"]["measures"]
    assert "".join(each["text"] for each in pieces if each["op"] != "added") == by["changed"]["before"]["measures"]
    assert "".join(each["text"] for each in pieces if each["op"] != "removed") == by["changed"]["after"]["measures"]
    assert (by["added"]["after"]["title"], by["removed"]["before"]["title"]) == ("建立校务公开清单", "开展教育收费自查")
    shown = supervisor.get(f"{second}/comparison").text
    assert "<ins>" in shown and "<del>" in shown and "建立校务公开清单" in shown
    assert as_("school").get(f"{API}{second}/comparison").status_code == 404

    assert supervisor.post(f"{second}/issue", data=form(supervisor)).status_code == 303
    assert "第2版" in browse("school").get(first).text
    preview = supervisor.get(f"{second}/dispatch").text
    assert "上一版有、这一版没有的任务" in preview and "开展教育收费自查" in preview
    assert ok(as_("school").get(f"{API}/assignments/{done['id']}"))["plan_id"] == plan_id  # Nothing moved yet.
    assert supervisor.post(f"{second}/dispatch", data=form(supervisor)).status_code == 303

    # The school's row goes on with its state, reports and evidence; its box with it.
    went_on = ok(as_("school").get(f"{API}/assignments/{done['id']}"))
    new_id = int(second.rsplit("/", 1)[1])
    assert (went_on["plan_id"], went_on["state"], went_on["percent"]) == (new_id, "submitted", 80)
    assert went_on["plan_item_id"] == by["changed"]["after"]["id"]
    boxed = ok(as_("school").get(f"{BOXES}/{box['id']}"))
    assert (boxed["plan_id"], boxed["item_ids"]) == (new_id, [went_on["plan_item_id"]])
    assert [entry["plan_item_id"] for entry in boxed["entries"]] == [went_on["plan_item_id"]]
    # Who is no longer responsible, and what lost its item, is taken back: unseen rows go, work waits for a decision.
    kept = ok(as_("education").get(f"{API}/assignments/{fees['id']}"))
    assert (kept["plan_id"], kept["state"], kept["awaits_decision"]) == (plan_id, "in_progress", True)
    (dropped,) = ok(as_("office").get(f"{API}/assignments?unit_id={world.unit['人事股']}"))["data"]
    assert (dropped["state"], dropped["plan_id"]) == ("cancelled", new_id)
    rows = ok(as_("supervisor").get(f"{API}/assignments?plan_id={new_id}&limit=200"))["data"]
    assert {world.unit[n] for n in ("计财股", "督查室")} <= {
        row["unit_id"] for row in rows if row["plan_item_id"] == by["added"]["after"]["id"]
    }
    assert ok(as_("supervisor").get(f"{API}{first}"))["state"] == "archived"
    again = ok(as_("supervisor").post(f"{API}{second}/dispatch"))
    assert again["add"] == again["retire"] == []
