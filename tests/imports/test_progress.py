"""Progress from a table: each row a report on one of the unit's own assignments."""

from collections.abc import Callable
from typing import Any

import pytest

from app.assignments.importing import writing
from app.imports import examining, uploads, working
from app.imports import operations as ops
from app.jobs import queue
from tests.assignments.conftest import Ledger
from tests.assignments.conftest import ledger as ledger  # the fixtures
from tests.conftest import As
from tests.imports.tables import IMPORTS, TASKS, as_csv, counts, faults, looked_through, rows_of, send
from tests.stock import stock as stock
from tests.walk.steps import API, assignment, issued_plan, items, ok
from tests.workers import work as work
from tests.world import World

HEADS = ("序号", "重点任务", "责任单位", "进展情况", "完成比例", "填报日期")
RULES = "健全学校议事决策制度"
ACTIVITY = "举办清廉主题教育活动"
DONE = ("1", RULES, "实验小学", "已修订议事规则。", "60%", "2026-10-09")


def table(client: Any, *rows: Any, heads: Any = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "进展.csv", resource="assignments", **fields)


def begun(as_: As, world: World, account: str = "school", unit: str = "实验小学", item: int = 0) -> str:
    """The address of the unit's assignment, once it has taken it on."""
    path = f"{API}/assignments/{assignment(as_, account, world.unit[unit], item)['id']}"
    ok(as_(account).post(f"{path}/acknowledge"))
    return path


def operations(as_: As) -> list[str]:
    return [event["operation"] for event in ok(as_("auditor").get(f"{API}/events?limit=200"))["data"]]


def test_progress_is_looked_through_written_and_then_changes_nothing(as_: As, world: World) -> None:
    issued_plan(as_)
    path, client = begun(as_, world), as_("school")
    run = table(client, DONE)
    assert counts(run) == (0, 1, 0, 0) and run["change_count"] == 3
    (row,) = rows_of(client, run)
    assert row["changes"]["percent"] == ["0%", "60%"] and row["changes"]["text"] == ["", "已修订议事规则。"]
    assert ok(client.get(path))["report_count"] == 0
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit"))["written_count"] == 1
    held = ok(client.get(path))
    assert (held["percent"], held["report_count"]) == (60, 1)
    (report,) = held["progress_reports"]
    assert (report["text"], report["percent"], report["reported_on"]) == ("已修订议事规则。", 60, "2026-10-09")
    assert report["author"] == "刘敏" and "import_event_id" not in report
    # The one event of the table is told at each of its rows.
    first = held["timeline"][0]
    assert (first["label"], first["note"], first["who"]) == ("导入进展 60%", "已修订议事规则。", "刘敏 · 实验小学")
    assert operations(as_)[:2] == ["import_run.commit", "assignment.import"]
    event = next(e for e in ok(as_("auditor").get(f"{API}/events"))["data"] if e["operation"] == "assignment.import")
    assert event["after"] == {"reports": 1}
    before = len(operations(as_))
    again = table(client, DONE, mode="commit")
    assert counts(again) == (0, 0, 1, 0) and ok(client.get(path)) == held
    assert len(operations(as_)) == before + 2
    # Another text of the same day is another report.
    assert counts(table(client, ("", RULES, "", "已印发。", "", ""), mode="commit")) == (0, 1, 0, 0)
    assert [report["percent"] for report in ok(client.get(path))["progress_reports"]] == [60, 60]
    assert [entry["label"] for entry in ok(client.get(path))["timeline"]][:2] == ["导入进展 60%", "导入进展 60%"]


def test_a_time_in_a_plan_of_work_is_not_the_day_of_a_report(as_: As, world: World) -> None:
    issued_plan(as_)
    begun(as_, world)
    run = table(as_("school"), (*DONE[:5], "2199-12-31"), heads=(*HEADS[:5], "时间"))
    assert counts(run) == (0, 1, 0, 0) and run["columns"][-1] is None, rows_of(as_("school"), run)


def test_each_wrong_cell_is_named_with_what_may_have_been_meant(as_: As, world: World) -> None:
    issued_plan(as_)
    begun(as_, world)
    client = as_("school")
    run = table(
        client,
        ("1", "健全学校决策制度", "实验小学", "做了", "60", ""),
        ("", RULES, "实验小学校", "做了", "60", ""),
        ("9", "", "实验小学", "做了", "60", ""),
        ("", "", "", "做了", "60", ""),
        ("1", RULES, "实验小学", "", "60", ""),
        ("3", "", "实验小学", "做了", "60", ""),
        ("1", "", "实验小学", "做了", "130", "2199-01-01"),
        ("3", ACTIVITY, "城区联合党支部", "做了", "六成", ""),
    )
    found = faults(rows_of(client, run, kind="wrong"))
    assert found == [
        (2, "title", "方案里没有这项任务", [RULES]),
        (3, "unit", "没有这个单位", found[1][3]),
        (4, "number", "方案里没有这一项", []),
        (5, "title", "请写明是哪一项任务", []),
        (6, "text", "请填写进展", []),
        (7, "", "当前是“待签收”，不能“填报进展”", []),
        (8, "percent", "不能大于 100", []),
        (8, "", "与第 6 行是同一项任务，请只留一行", []),
        (8, "reported_on", "2199-01-01 还没有到，请填写今天或以前的日期", []),
        (9, "percent", "请填写 0 到 100 的整数，如 60 或 60%", []),
        (9, "", "没有“城区联合党支部”的这项任务，请核对任务和单位", []),
    ]
    assert found[1][3][0] == "实验小学"
    # What is wrong beside an unknown task is said along with it.
    heads = (*HEADS, "参加人数")
    unknown = table(client, ("1", "健全学校决策制度", "实验小学", "做了", "130", "2199-01-01", "40"), heads=heads)
    told = [column for _, column, _, _ in faults(rows_of(client, unknown))]
    assert told == ["percent", "title", "place", "reported_on"]
    late = table(client, ("1", RULES, "实验小学", "做了", "60", "2199-01-01"))
    assert faults(rows_of(client, late))[0][1:3] == ("reported_on", "2199-01-01 还没有到，请填写今天或以前的日期")


def test_a_row_out_of_sight_is_answered_like_one_that_is_not_there(as_: As, world: World) -> None:
    """第一中学's row exists, 教研室's does not; to another school both are the same."""
    issued_plan(as_)
    begun(as_, world, "middle", "第一中学")
    client = as_("school")
    run = table(client, ("1", "", "第一中学", "做了", "60", ""), ("1", "", "教研室", "做了", "60", ""))
    told = [detail for _, _, detail, _ in faults(rows_of(client, run))]
    assert [each.replace("第一中学", "教研室") for each in told] == [told[1]] * 2
    # Whoever may read it and not carry it out is told so, and what changes nothing is no fault.
    run = table(as_("office"), ("1", "", "第一中学", "做了", "60", ""), ("1", "", "柳林小学", "", "", ""))
    assert faults(rows_of(as_("office"), run)) == [(2, "", "您不能对这一项“填报进展”", [])]
    assert counts(run) == (0, 0, 1, 1)


def test_who_carries_out_nothing_may_not_import_progress(as_: As) -> None:
    issued_plan(as_)
    for account in ("leader", "sysadmin", "secadmin", "auditor", "other_supervisor"):
        answer = send(as_(account), as_csv(DONE, heads=HEADS), resource="assignments")
        expected = 201 if account == "other_supervisor" else 403
        assert answer.status_code == expected, account
        if expected == 201:  # of an office there; of this district's plan it learns nothing
            found = faults(rows_of(as_(account), answer.json()))
            assert [each[1:3] for each in found] == [("plan", "没有“印发”的方案")]


def test_what_another_reported_meanwhile_is_noticed(as_: As, world: World) -> None:
    issued_plan(as_)
    path, client = begun(as_, world), as_("school")
    run = table(client, DONE)
    ok(client.post(f"{path}/progress-reports", json={"text": "开始。", "percent": 10}), 201)
    refused = client.post(f"{IMPORTS}/{run['id']}/commit")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_moved")
    (row,) = rows_of(client, run)
    assert row["changes"]["text"] == ["开始。", "已修订议事规则。"]
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit"))["written_count"] == 1
    # A step that makes it another's turn: nothing of it can be written.
    run = table(client, ("1", "", "", "已印发。", "100", ""))
    ok(client.post(f"{path}/submit"))
    assert client.post(f"{IMPORTS}/{run['id']}/commit").json()["code"] == "rows_moved"
    assert faults(rows_of(client, run)) == [(2, "", "当前是“待审核”，不能“填报进展”", [])]


def test_what_changes_nothing_of_a_row_keeps_nothing_out(as_: As, world: World) -> None:
    """An assignment whose row says nothing new was sent in and taken back meanwhile: the others are written."""
    issued_plan(as_)
    path, other, client = begun(as_, world), begun(as_, world, item=1), as_("school")
    table(client, DONE, mode="commit")
    run = table(client, DONE, ("3", ACTIVITY, "实验小学", "已举办。", "30", ""))
    assert counts(run) == (0, 1, 1, 0)
    for step in ("submit", "withdraw"):
        ok(client.post(f"{path}/{step}"))
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit"))["written_count"] == 1
    assert (ok(client.get(path))["report_count"], ok(client.get(other))["percent"]) == (1, 30)


def test_whoever_left_the_unit_sees_its_imports_no_more(as_: As, world: World) -> None:
    issued_plan(as_)
    path, client, secadmin, own = begun(as_, world), as_("school"), as_("secadmin"), world.user["school"]
    run = table(client, DONE)
    (row,) = rows_of(client, run)
    held = ok(secadmin.get(f"{API}/role-grants?user_id={own}"))["data"]
    for grant in held:
        ok(secadmin.post(f"{API}/role-grants/{grant['id']}/end", json={"note": "调离。"}))
    given = {"role": "school", "unit_id": world.unit["第一中学"]}
    ok(secadmin.post(f"{API}/users/{own}/role-grants", json=given), 201)
    assert ok(client.get(IMPORTS))["data"] == []
    for address in (f"{IMPORTS}/{run['id']}", f"{IMPORTS}/{run['id']}/file", f"{API}/import-rows/{row['id']}"):
        assert client.get(address).status_code == 404, address
    assert client.post(f"{IMPORTS}/{run['id']}/commit").status_code == 404
    assert ok(as_("supervisor").get(path))["report_count"] == 0
    # Back in the unit, also beside another one: it is theirs again.
    given["unit_id"] = world.unit["实验小学"]
    ok(secadmin.post(f"{API}/users/{own}/role-grants", json=given), 201)
    assert ok(client.get(f"{IMPORTS}/{run['id']}"))["id"] == run["id"]


def test_the_ledgers_own_columns_come_back_unchanged(as_: As, world: World) -> None:
    plan = issued_plan(as_)
    begun(as_, world)
    table(as_("school"), DONE, mode="commit")
    done, other = items(as_, plan["id"])[0], items(as_, plan["id"])[2]
    rows = [
        (done["number"], done["title"], done["measures"], "", "", "", "", "", "", DONE[3], "办理中", "无", ""),
        (other["number"], other["title"], other["measures"], "", "", "", "", "", "", "0%（办结 0/5）", "待签收", 0, ""),
    ]
    assert counts(table(as_("school"), *rows, heads=TASKS)) == (0, 0, 2, 0)


def test_the_list_of_rows_comes_back_unchanged_to_whoever_sees_it(as_: As, world: World) -> None:
    """Also rows that are others' to carry out, or nobody's turn: nothing is said of what nobody changes."""
    issued_plan(as_)
    begun(as_, world)
    table(as_("school"), DONE, mode="commit")
    heads = ("方案", "序号", "重点任务", "单位", "期次", "分工", "完成时限", "进度", "状态", "填报次数")
    plan, names = "2026年推进清廉校园建设实施方案", ("item_number", "item_title", "unit_name")
    after = ("deadline_on", "percent", "state", "report_count")
    seen = ok(as_("supervisor").get(f"{API}/assignments"))["data"]
    rows = [
        (plan, *(row[name] for name in names), "", "责任", *("" if row[name] is None else row[name] for name in after))
        for row in seen
    ]
    assert counts(table(as_("supervisor"), *rows, heads=heads)) == (0, 0, len(rows), 0) and len(rows) > 10


def test_a_row_names_its_plan_where_several_are_issued(as_: As, ledger: Ledger) -> None:
    ledger.row("实验小学", "in_progress")
    client = as_("school")
    heads = ("方案", "重点任务", "进展")
    title = "推进廉洁文化融入校园文化建设"
    assert counts(table(client, ("", title, "已举办。"), heads=heads)) == (0, 1, 0, 0)
    other = ledger.stock.plan("2024年清廉学校建设")
    ledger.stock.assignment(other, ledger.stock.item(other, title), "实验小学", "in_progress")
    run = table(client, ("", title, "已举办。"), ("2024年清廉学校建设", title, "已举办。"), heads=heads)
    assert faults(rows_of(client, run, kind="wrong")) == [
        (2, "plan", "有 2 份“印发”的方案，请写明是哪一份", ["2024年清廉学校建设", "2023年清廉学校建设"])
    ]
    # Without the column nothing can be put right in it: what may have been meant is told in words.
    run = table(client, (title, "已举办。"), heads=heads[1:])
    near = "，如“2024年清廉学校建设”、“2023年清廉学校建设”"
    assert faults(rows_of(client, run)) == [(2, "plan", f"有 2 份“印发”的方案，请写明是哪一份{near}", [])]
    assert client.post(f"{IMPORTS}/{run['id']}/accept-suggestions").json()["code"] == "no_suggestions"


@pytest.mark.parametrize(
    ("cadence", "names", "written", "meant"),
    [
        ("monthly", ("2026-09", "2026-10"), ("2026年9月", "2026-09-01", "2026-9", "2026.9", "9月"), "2026-09"),
        ("quarterly", ("2026-Q3", "2026-Q4"), ("2026年第三季度", "2026年3季度", "2026Q3", "第三季度"), "2026-Q3"),
        ("termly", ("2025-T2", "2026-T1"), ("2025-2026学年第二学期", "2025学年下学期", "2025-T2", "下学期"), "2025-T2"),
        ("yearly", ("2025", "2026"), ("2025年", "2025年度", "2025"), "2025"),
    ],
)
def test_a_period_is_known_by_its_name_and_as_people_write_it(
    as_: As, ledger: Ledger, cadence: str, names: tuple[str, str], written: tuple[str, ...], meant: str
) -> None:
    item = ledger.stock.item(ledger.plan, "按期办理的任务", cadence=cadence)
    rows = {name: ledger.row("实验小学", "in_progress", item=item, period=name) for name in names}
    heads = ("任务", "周期", "进展")
    for words in written:
        (row,) = rows_of(as_("school"), table(as_("school"), ("按期办理的任务", words, "做了。"), heads=heads))
        assert row["target_id"] == rows[meant], words
    run = table(as_("school"), ("按期办理的任务", "", "做了。"), ("按期办理的任务", "1999", "做了。"), heads=heads)
    missing, unknown = faults(rows_of(as_("school"), run))
    assert missing[1:3] == ("period", "这项任务有 2 期，请写明是哪一期") and sorted(missing[3]) == sorted(names)
    assert unknown[1:3] == ("period", "这项任务没有这一期")


def test_a_month_that_two_years_have_is_not_guessed(as_: As, ledger: Ledger) -> None:
    item = ledger.stock.item(ledger.plan, "按期办理的任务", cadence="monthly")
    for name in ("2025-10", "2026-10"):
        ledger.row("实验小学", "in_progress", item=item, period=name)
    run = table(as_("school"), ("按期办理的任务", "10月", "做了。"), heads=("任务", "周期", "进展"))
    (fault,) = faults(rows_of(as_("school"), run))
    assert fault[1:3] == ("period", "这项任务没有这一期") and sorted(fault[3]) == ["2025-10", "2026-10"]


def test_fractions_of_a_workbook_are_percentages(as_: As, ledger: Ledger) -> None:
    for n, name in enumerate(("甲", "乙", "丙")):
        ledger.row("实验小学", "in_progress", item=ledger.stock.item(ledger.plan, f"任务{name}"), percent=n)
    heads, client = ("任务", "进展", "进度"), as_("school")
    run = table(client, ("任务甲", "办了", "0.6"), ("任务乙", "办了", "1"), ("任务丙", "办了", "0.07"), heads=heads)
    assert [row["changes"]["percent"][1] for row in rows_of(client, run)] == ["60%", "100%", "7%"]
    run = table(client, ("任务甲", "办了", "1"), ("任务乙", "办了", "1"), heads=heads)
    assert faults(rows_of(client, run))[0][2:] == ("看不出是 1% 还是 100%", ["100%", "1%"])
    run = table(client, ("任务甲", "办了", "1"), ("任务乙", "办了", "35"), ("任务丙", "办了", "5.5"), heads=heads)
    assert rows_of(client, run)[0]["changes"]["percent"][1] == "1%"
    assert faults(rows_of(client, run))[0][1:3] == ("percent", "请填写整数，如 60 或 60%")


def test_reports_are_looked_up_and_written_a_stretch_at_a_time(
    as_: As, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "BATCH", 3)
    monkeypatch.setattr(writing, "STRETCH", 3)
    rows = [ledger.row("实验小学", "in_progress", item=ledger.stock.item(ledger.plan, f"任务{n}")) for n in range(8)]
    lines = [(f"任务{n}", f"第{n}项办了。", str(n * 10)) for n in (5, 0, 3, 7, 1, 6, 2, 4)]
    lines.insert(4, ("没有的任务", "办了。", "5"))
    run = table(as_("school"), *lines, heads=("任务", "进展", "进度"), mode="commit-valid")
    assert (run["written_count"], run["wrong_count"]) == (8, 1)
    for n, row in enumerate(rows):
        held = ok(as_("school").get(f"{API}/assignments/{row}"))
        assert (held["percent"], held["progress_reports"][0]["text"]) == (n * 10, f"第{n}项办了。")
    assert ok(as_("school").post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    held = [ok(as_("school").get(f"{API}/assignments/{row}")) for row in rows]
    assert {(each["percent"], each["report_count"], len(each["progress_reports"])) for each in held} == {(0, 0, 0)}


def test_of_a_long_table_the_next_rows_are_looked_up_while_some_are_checked(
    as_: As, ledger: Ledger, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a row that was named before, in another batch, and one that means nothing."""
    for where, name in (
        (examining, "BATCH"),
        (working, "KEPT_TOGETHER"),
        (uploads, "AT_ONCE"),
        (ops, "AT_ONCE"),
    ):
        monkeypatch.setattr(where, name, 3)
    rows = [ledger.row("实验小学", "in_progress", item=ledger.stock.item(ledger.plan, f"任务{n}")) for n in range(8)]
    lines = [(f"任务{n}", f"第{n}项办了。", str(n * 10)) for n in (5, 0, 3, 7, 1, 6, 2, 4, 5)]
    lines.insert(4, ("没有的任务", "办了。", "5"))
    client, file = as_("school"), as_csv(*lines, heads=("任务", "进展", "进度"))
    run = ok(send(client, file, "进展.csv", resource="assignments", mode="commit-valid"), 202)
    assert work() == 2
    run = ok(client.get(f"{IMPORTS}/{run['id']}"))
    assert (run["state"], run["written_count"], run["wrong_count"]) == ("committed", 8, 2)
    assert [(fault[0], fault[2]) for fault in faults(rows_of(client, run, kind="wrong"))] == [
        (6, "方案里没有这项任务"),
        (11, "与第 2 行是同一项任务，请只留一行"),
    ]
    for n, row in enumerate(rows):
        held = ok(client.get(f"{API}/assignments/{row}"))
        assert (held["percent"], held["progress_reports"][0]["text"]) == (n * 10, f"第{n}项办了。")


def test_what_was_put_right_and_not_looked_at_again_is_not_written_as_it_was_before(
    as_: As, ledger: Ledger, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in (uploads, ops):
        monkeypatch.setattr(where, "AT_ONCE", 1)
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    tasks = [ledger.row("实验小学", "in_progress", item=ledger.stock.item(ledger.plan, f"任务{n}")) for n in range(2)]
    lines, client = [(f"任务{n}", f"第{n}项办了。", "10") for n in range(2)], as_("school")
    content = as_csv(*lines, heads=("任务", "进展", "进度"))
    run = ok(send(client, content, "进展.csv", resource="assignments"), 202)
    work()
    row, home = rows_of(client, run)[0], f"{IMPORTS}/{run['id']}"
    with monkeypatch.context() as broken:
        broken.setattr("app.imports.rows.anew", lambda *_, **__: 1 / 0)
        ok(client.post(f"{API}/import-rows/{row['id']}/correct", json={"column": "percent", "value": "90"}))
        assert work() == queue.MOST_ATTEMPTS
    assert ok(client.get(home))["busy"] is None
    ok(client.post(f"{home}/commit"), 202)
    assert work() == 1
    run = ok(client.get(home))
    assert (run["state"], run["busy"]) == ("checked", None) and "没有写入" in run["problem"]
    assert rows_of(client, run)[0]["changes"]["percent"] == ["0%", "90%"]
    ok(client.post(f"{home}/commit"), 202)
    work()
    assert [ok(client.get(f"{API}/assignments/{task}"))["percent"] for task in tasks] == [90, 10]
