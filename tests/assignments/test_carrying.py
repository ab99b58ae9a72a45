"""What hangs on a plan goes with the work to its next edition; what is closed stays with its own."""

from datetime import date

from app.appraisals.models import Appraisal
from app.assignments.dispatch import dispatch
from app.boxes.models import ArchiveBox
from app.core.calendar import long_day
from app.summaries.models import Summary
from tests.accountability.steps import run
from tests.appraisals.steps import AT as ROUNDS
from tests.appraisals.steps import YEAR, started
from tests.assignments.test_dispatch import OUTLINE, named, on
from tests.conftest import As
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

UNITS = {"柳林小学": "pending", "实验小学": "completed", "第一中学": "completed"}


def edition(stock: Stock, title: str, previous_id: int | None = None, due: int = -1) -> int:
    """An issued plan of one item, which was due yesterday unless said."""
    plan = stock.plan(title, previous_id=previous_id, edition=2 if previous_id else 1)
    item = stock.item(plan, deadline_on=day(due))
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


def test_a_row_tells_that_the_next_edition_moved_its_deadline(as_: As, stock: Stock, world: World) -> None:
    first = edition(stock, "清廉学校建设方案")
    (row,) = ok(as_("central").get(f"{API}/assignments", params={"plan_id": first}))["data"]
    second = edition(stock, "清廉学校建设方案", first, due=9)
    ok(as_("supervisor").post(f"{API}/plans/{second}/dispatch"))
    now = ok(as_("central").get(f"{API}/assignments/{row['id']}"))
    said = f"完成时限由 {long_day(day(-1))} 改为 {long_day(day(9))}"
    assert (now["plan_id"], now["deadline_on"]) == (second, day(9).isoformat())
    assert [(entry["label"], entry["note"]) for entry in now["timeline"]] == [("时限调整", said)]


def issued(stock: Stock, number: int, previous_id: int | None, *titles: str) -> tuple[int, list[int]]:
    """An issued edition of these items, all of which 柳林小学 and 实验小学 are to do monthly."""
    outline = OUTLINE | {"organization": None}
    plan = stock.plan("清廉学校建设方案", previous_id=previous_id, edition=number, outline=outline)
    items = [stock.item(plan, title, cadence="monthly") for title in titles]
    for item in items:
        for unit in ("柳林小学", "实验小学"):
            stock.responsible(plan, item, unit)
    return plan, items


GOES_ON, LEFT_OUT = "推进廉洁文化融入校园文化建设", "公开食堂大宗采购的比价结果"


def test_an_edition_put_right_before_anybody_dispatched_it_hands_on_the_work_of_the_one_before(
    as_: As, stock: Stock, world: World
) -> None:
    """The second edition was issued with an error: it left a task out. The third has it again."""
    supervisor = as_("supervisor")
    first, (one, left_out) = issued(stock, 1, None, GOES_ON, LEFT_OUT)
    ok(supervisor.post(f"{API}/plans/{first}/dispatch"))
    begun = ok(supervisor.get(f"{API}/assignments", params={"plan_id": first}))["data"]
    box = {"year": YEAR, "number": 1, "name": "廉洁文化", "plan_id": first, "item_ids": [one]}
    kept = stock.add(ArchiveBox, unit_id=world.unit["实验小学"], **box)
    second, _ = issued(stock, 2, first, GOES_ON)
    third, (now, again) = issued(stock, 3, second, GOES_ON, LEFT_OUT)
    previewed = ok(supervisor.get(f"{API}/plans/{third}/dispatch"))
    assert [len(previewed[part]) for part in ("add", "keep", "retire")] == [0, 4, 0]
    ok(supervisor.post(f"{API}/plans/{third}/dispatch"))
    ours = ok(supervisor.get(f"{API}/assignments", params={"plan_id": third}))["data"]
    assert {row["id"] for row in ours} == {row["id"] for row in begun}, "nobody has their work twice"
    to = {one: now, left_out: again}
    assert {row["id"]: row["plan_item_id"] for row in ours} == {row["id"]: to[row["plan_item_id"]] for row in begun}
    assert [ok(supervisor.get(f"{API}/plans/{each}"))["state"] for each in (first, second, third)] == [
        *("archived", "archived", "issued")
    ]
    moved = ok(as_("school").get(f"{API}/archive-boxes/{kept}"))
    assert (moved["plan_id"], moved["item_ids"]) == (third, [now])


def test_next_years_plan_carries_on_what_is_left_of_this_year(stock: Stock) -> None:
    old = stock.plan("清廉学校建设方案", year=2026, outline=OUTLINE)
    new = stock.plan("清廉学校建设方案", year=2027, previous_id=old, edition=2, outline=OUTLINE)
    for title, cadence in ((GOES_ON, "monthly"), (LEFT_OUT, "quarterly")):
        before = stock.item(old, title, cadence=cadence)
        after = stock.item(new, title, cadence=cadence, continues_id=before, paired=True)
        for plan, item in ((old, before), (new, after)):
            stock.responsible(plan, item, "人事股")
    named(stock, new, "人事股", cadence="monthly")
    on(stock, date(2026, 9, 30), dispatch, old)

    def added(today: date) -> list[str]:
        return sorted(row.period for row in on(stock, today, dispatch, new).add)

    assert added(date(2026, 10, 10)) == ["2026-10", "2026-Q4", "2027-01"], "what is new begins with its year"
    assert added(date(2026, 12, 1)) == ["2026-11", "2026-12"]
    assert added(date(2027, 1, 4)) == ["2027-01", "2027-Q1"]


def test_an_edition_does_not_end_while_the_next_waits_to_be_dispatched(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    first, _ = issued(stock, 1, None, GOES_ON)
    ok(supervisor.post(f"{API}/plans/{first}/dispatch"))
    begun = {row["id"] for row in ok(supervisor.get(f"{API}/assignments", params={"plan_id": first}))["data"]}
    second, _ = issued(stock, 2, first, GOES_ON)
    for step in ("archive", "withdraw"):
        refused = supervisor.post(f"{API}/plans/{first}/{step}", json={"note": "改用新版。"})
        assert (refused.status_code, refused.json()["code"]) == (409, "next_not_dispatched"), refused.text
        assert "请先下发下一版" in refused.text
    ok(supervisor.post(f"{API}/plans/{second}/dispatch"))
    ours = ok(supervisor.get(f"{API}/assignments", params={"plan_id": second}))["data"]
    assert {row["id"] for row in ours} == begun
    assert ok(supervisor.post(f"{API}/plans/{second}/archive"))["state"] == "archived"


def test_a_next_edition_that_is_given_up_lets_the_one_before_end(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    first, _ = issued(stock, 1, None, GOES_ON)
    second, _ = issued(stock, 2, first, GOES_ON)
    ok(supervisor.post(f"{API}/plans/{second}/withdraw", json={"note": "不再用。"}))
    assert ok(supervisor.post(f"{API}/plans/{first}/archive"))["state"] == "archived"


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
