"""A school fills in by what it assesses itself; the table goes out and comes back unchanged."""

from typing import Any

from tests.breakdowns.steps import AT, confirmed, drafted, edited, step, taken
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of
from tests.imports.test_breakdowns import OTHER, TASK
from tests.imports.test_breakdowns import tasks as tasks  # the fixture
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok

HEADS = ("重点任务", "指标名称", "权重", "计分办法")


def imported(client: Any, *rows: Cells, mode: str = "commit", heads: Cells = HEADS) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "指标.csv", resource="breakdown-measures", mode=mode)


def held(client: Any) -> list[tuple[str, str, int | None, str | None]]:
    rows = ok(client.get(f"{API}/breakdown-measures"))["data"]
    return [(row["item_title"], row["text"], row["weight"], row["standard"]) for row in rows]


def test_measures_become_drafts_are_changed_and_taken_back(as_: As, tasks: list[int]) -> None:
    school = as_("school")
    rows = ((TASK, "按期印发", "60%", "逾期不得分"), (TASK, "资料齐全", "", ""), (f" {OTHER}。", "知晓率", "100", ""))
    run = imported(school, *rows)
    assert faults(rows_of(school, run)) == [] and counts(run) == (3, 0, 0, 0)
    begun = [(TASK, "按期印发", 60, "逾期不得分"), (TASK, "资料齐全", None, None), (OTHER, "知晓率", 100, None)]
    assert held(school) == begun
    assert counts(imported(school, *rows)) == (0, 0, 3, 0)
    more = imported(school, (TASK, "资料齐全", "40", ""), (TASK, "公布及时", "", "迟一天扣 1 分"), rows[0])
    assert counts(more) == (1, 1, 1, 0)
    assert held(school)[1:3] == [(TASK, "资料齐全", 40, None), (TASK, "公布及时", None, "迟一天扣 1 分")]
    assert school.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "rows_touched"
    ok(school.post(f"{IMPORTS}/{more['id']}/undo"))
    assert held(school) == begun
    ok(school.post(f"{IMPORTS}/{imported(school, (TASK, '再加一项', '', ''))['id']}/undo"))
    assert held(school) == begun


def test_the_table_of_measures_brought_back_changes_nothing(as_: As, tasks: list[int]) -> None:
    school, office = as_("school"), as_("office")
    measures = [
        {"text": "按期印发", "weight": 60},
        {"text": "按期印发"},
        {"text": "资料齐全", "standard": "缺一扣 5 分"},
    ]
    draft = drafted(school, tasks[0], step("审议"), measures=measures)
    taken(office, taken(school, draft, "submit"), "confirm")
    ok(school.post(AT, json={"assignment_id": tasks[0]}), 201)
    for client in (school, office):
        for suffix in ("csv", "xlsx"):
            content = client.get(f"{API}/breakdown-measures.{suffix}").content
            run = looked_through(client, content, f"指标.{suffix}", resource="breakdown-measures", mode="commit")
            assert counts(run) == (0, 0, 6, 0), (suffix, rows_of(client, run))


def test_each_wrong_measure_is_named(as_: As, tasks: list[int]) -> None:
    school = as_("school")
    row = drafted(school, tasks[0], step("审议"), measures=[{"text": "按期印发", "weight": 60}])
    taken(as_("office"), taken(school, row, "submit"), "confirm")
    heads = ("单位", *HEADS, "版次")
    rows = (
        ("", "没有的任务", "按期", "", "", ""),
        ("", OTHER, "按期", "101", "", ""),
        ("", OTHER, "按期", "六成", "", ""),
        ("第一中学", OTHER, "按期", "", "", ""),
        ("", TASK, "按期印发", "50", "", "1"),
        ("", TASK, "按期印发", "", "", "7"),
    )
    run = imported(school, *rows, mode="preview", heads=heads)
    found = {number: column for number, column, _, _ in faults(rows_of(school, run, kind="wrong"))}
    assert found == {2: "title", 3: "weight", 4: "weight", 5: "title", 6: "", 7: "number"}
    many = [(OTHER, f"第 {n} 项", "", "") for n in range(31)]
    assert counts(imported(school, *many, mode="preview")) == (30, 0, 0, 1)


def test_a_new_version_by_measures_alone_keeps_the_steps_that_serve(as_: As, tasks: list[int]) -> None:
    school = as_("school")
    confirmed(school, as_("office"), tasks[0], step("审议"), step("印发", 9))
    assert counts(imported(school, (TASK, "按期印发", "100", ""))) == (1, 0, 0, 0)
    (draft,) = ok(school.get(f"{AT}?state=draft"))["data"]
    shown = ok(school.get(f"{AT}/{draft['id']}"))
    assert [each["text"] for each in shown["steps"]] == ["审议", "印发"] and shown["number"] == 2
    assert ok(edited(school, shown, measures=[]))["measures"] == []


def test_a_percent_cell_is_never_read_as_another_weight(as_: As, tasks: list[int]) -> None:
    """A workbook keeps 40% as 0.4 and 1% as 0.01, which can be nothing else, and 100% as 1, which can."""
    school = as_("school")
    least = imported(school, (TASK, "按期印发", "0.01", ""), mode="preview")
    assert faults(rows_of(school, least)) == [] and counts(least) == (1, 0, 0, 0)
    run = imported(school, (TASK, "按期印发", "0.4", ""), (OTHER, "知晓率", "1", ""), mode="preview")
    assert faults(rows_of(school, run)) == [(3, "weight", "看不出是 1% 还是 100%，请带上百分号填写", ["100%", "1%"])]
    rows = ((TASK, "按期印发", "0.4", ""), (OTHER, "知晓率", "1%", ""))
    assert counts(imported(school, *rows)) == (2, 0, 0, 0)
    assert [each[2] for each in held(school)] == [40, 1]
    content = school.get(f"{API}/breakdown-measures.csv").content
    again = looked_through(school, content, "指标.csv", resource="breakdown-measures", mode="commit")
    assert counts(again) == (0, 0, 2, 0), "what is there already is no question"
