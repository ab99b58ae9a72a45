"""By what units assess themselves, line by line over units: whoever sees a breakdown sees its measures, and no more."""

from tests.breakdowns.steps import AT, drafted, step, taken
from tests.breakdowns.test_breakdowns import task as task  # the fixture
from tests.conftest import As
from tests.exported import book_lines, csv_lines, page_lines
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

LIST = f"{API}/breakdown-measures"
OWN = [{"text": "按期印发", "weight": 60, "standard": "逾期不得分"}, {"text": "=资料齐全", "standard": "缺一扣 5 分"}]


def test_measures_stand_line_by_line_for_whoever_sees_the_breakdown(
    as_: As, browse: As, task: int, stock: Stock, world: World
) -> None:
    school, office, supervisor = as_("school"), as_("office"), as_("supervisor")
    row = drafted(school, task, step("审议"), measures=OWN)
    taken(office, taken(school, row, "submit"), "confirm")
    plan = stock.plan()
    other = stock.assignment(plan, stock.item(plan), "第一中学", "in_progress")
    drafted(as_("middle"), other, measures=[{"text": "教职工知晓率"}])

    def seen(account: str, **params: object) -> list[tuple[str, str, int | None]]:
        found = ok(as_(account).get(LIST, params={"count": "true", **params}))
        assert found["total"] == len(found["data"])
        return [(each["unit_name"], each["text"], each["weight"]) for each in found["data"]]

    mine = [("实验小学", "按期印发", 60), ("实验小学", "=资料齐全", None)]
    assert seen("supervisor") == [*mine, ("第一中学", "教职工知晓率", None)]
    assert seen("school") == seen("office") == mine and seen("middle") == [("第一中学", "教职工知晓率", None)]
    assert seen("other_supervisor") == seen("sysadmin") == []
    # By unit, plan, state, version and words.
    assert seen("supervisor", unit_id=world.unit["第一中学"]) == seen("supervisor", plan_id=plan) == seen("middle")
    assert seen("supervisor", state="confirmed") == seen("supervisor", breakdown_id=row["id"]) == mine
    assert seen("supervisor", q="知晓") == seen("supervisor", state="draft") == seen("middle")
    assert seen("supervisor", q="缺一") == mine[1:]
    # One at a time, over the seam within a version.
    ids, cursor = [], None
    while True:
        page = ok(supervisor.get(LIST, params={"limit": 1, **({"cursor": cursor} if cursor else {})}))
        ids += [each["id"] for each in page["data"]]
        if (cursor := page["next"]) is None:
            break
    assert len(ids) == 3 and ids == sorted(ids)
    # Page, paper and files have the same rows.
    heads, *lines = csv_lines(supervisor.get(f"{LIST}.csv").content)
    assert heads[:4] == ["单位", "责任领导", "责任人", "序号"]
    assert heads[4:] == ["任务", "周期", "版次", "考核指标", "权重（%）", "评分标准", "状态"]
    unescaped = [[cell.removeprefix("'") for cell in line] for line in lines]
    assert [line[7:] for line in unescaped[:2]] == [
        ["按期印发", "60", "逾期不得分", "已确认"],
        ["=资料齐全", "", "缺一扣 5 分", "已确认"],
    ]
    assert book_lines(supervisor.get(f"{LIST}.xlsx").content) == [heads, *unescaped]
    browser = browse("supervisor")
    assert page_lines(browser.get("/breakdown-measures/print").text) == [heads, *unescaped]
    shown = browser.get("/breakdown-measures").text
    assert "教职工知晓率" in shown and f'<a href="/breakdowns/{row["id"]}">按期印发</a>' in shown
    # What is replaced is shown no more.
    newer = ok(school.post(AT, json={"assignment_id": task, "measures": [{"text": "集体审议"}]}), 201)
    taken(office, taken(school, newer, "submit"), "confirm")
    assert seen("school") == [("实验小学", "集体审议", None)]
