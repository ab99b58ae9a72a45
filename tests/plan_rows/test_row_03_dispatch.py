"""What the plan demands, row 3: its items with their responsible offices, groups expanded to units, dispatched to each."""

from tests.conftest import As, form
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, ok
from tests.world import World

ITEMS = {
    "议事决策": {"党办", "人事股", "柳林镇中心校", "柳林小学", "实验小学", "第一中学", "第一幼儿园"},
    "收费自查": {"计财股", "督查室", "教育股"},
}


def test_from_the_plans_text_to_a_row_for_every_unit(as_: As, browse: As, world: World) -> None:
    supervisor = browse("supervisor")
    upload = {"file": ("方案.txt", PLAN.encode(), "text/plain")}
    plan = supervisor.post("/plans/import", data=form(supervisor), files=upload).headers["location"]
    page = plan.split("?")[0].removesuffix("/review")
    shown = supervisor.get(f"{page}/review").text
    assert "严实作风" in shown and "涵养文化" in shown and "各学校（园）" in shown
    assert supervisor.post(f"{page}/issue", data=form(supervisor)).status_code == 303
    # Before anything is sent, the page says to whom it would go.
    preview = supervisor.get(f"{page}/dispatch").text
    assert "下发 18 项" in preview and "各学校" in preview, preview
    assert ok(as_("school").get(f"{API}/assignments"))["data"] == []
    assert supervisor.post(f"{page}/dispatch", data=form(supervisor)).status_code == 303
    plan_id = page.rsplit("/", 1)[1]
    items = {
        each["id"]: each["title"] for each in ok(as_("supervisor").get(f"{API}/plan-items?plan_id={plan_id}"))["data"]
    }
    rows = ok(as_("supervisor").get(f"{API}/assignments?plan_id={plan_id}&limit=200"))["data"]
    for words, units in ITEMS.items():
        of_item = {row["unit_id"] for row in rows if words in items[row["plan_item_id"]]}
        assert of_item == {world.unit[name] for name in units}, words
    leads = {row["unit_id"]: row["role"] for row in rows if "收费" in items[row["plan_item_id"]]}
    assert (leads[world.unit["计财股"]], leads[world.unit["教育股"]]) == ("lead", "cooperate")
    # Each finds its own among its matters, and dispatching again sends nothing twice.
    assert "议事决策" in browse("school").get("/my-work").text
    again = ok(as_("supervisor").post(f"{API}/plans/{plan_id}/dispatch"))
    assert again["add"] == [] and len(again["keep"]) == len(rows)
