"""What hangs on a plan goes with the work to its next edition; what is closed stays with its own."""

from app.appraisals.models import Appraisal
from app.summaries.models import Summary
from tests.accountability.steps import run
from tests.appraisals.steps import AT as ROUNDS
from tests.appraisals.steps import YEAR, started
from tests.conftest import As
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

UNITS = {"柳林小学": "pending", "实验小学": "completed", "第一中学": "completed"}


def edition(stock: Stock, title: str, previous_id: int | None = None) -> int:
    """An issued plan of one item, which was due yesterday."""
    plan = stock.plan(title, previous_id=previous_id, edition=2 if previous_id else 1)
    item = stock.item(plan, deadline_on=day(-1))
    for unit, state in UNITS.items():
        stock.responsible(plan, item, unit)
        if previous_id is None:
            stock.assignment(plan, item, unit, state, days=-1)
    return plan


def test_an_open_round_a_draft_summary_and_claimed_ranks_follow_the_work(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    first = edition(stock, "清廉学校建设方案")
    low = [row for row in run(supervisor) if row["triggers"][0]["kind"] == "bottom_rank"]
    assert [row["unit_name"] for row in low] == ["柳林小学"]
    open_ = started(supervisor, world, plan_id=first)
    days = {"starts_on": day(-200), "ends_on": day(0), "appeal_workdays": 5}
    of = {"year": YEAR, "unit_group_id": world.group["各学校（园）"], "plan_id": first}
    frozen = stock.add(Appraisal, title="上半年考核", state="frozen", **of, **days)
    summary = ok(supervisor.post(f"{API}/summaries", json={"plan_id": first}), 201)
    second = edition(stock, "清廉学校建设方案", first)
    ok(supervisor.post(f"{API}/plans/{second}/dispatch"))
    assert ok(supervisor.get(f"{ROUNDS}/{open_['id']}"))["plan_id"] == second
    assert ok(supervisor.get(f"{ROUNDS}/{frozen}"))["plan_id"] == first
    assert ok(supervisor.get(f"{API}/summaries/{summary['id']}"))["plan_id"] == second
    assert run(supervisor) == [], "nobody is called in twice for one rank"


def test_a_final_summary_and_one_begun_anew_stay_where_they_are(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    for title, state, begun in (("甲方案", "frozen", False), ("乙方案", "draft", True)):
        old = edition(stock, title)
        kept = stock.add(Summary, plan_id=old, state=state)
        new = edition(stock, title, old)
        if begun:
            stock.add(Summary, plan_id=new)
        ok(supervisor.post(f"{API}/plans/{new}/dispatch"))
        assert ok(supervisor.get(f"{API}/summaries/{kept}"))["plan_id"] == old, title
