"""Definitions of indicators from a table: found by code, refused in the cell, taken back, and out and in unchanged."""

from typing import Any

from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of, send
from tests.indicators.steps import AT, indicator, reported
from tests.walk.steps import ok
from tests.world import World

HEADS = (
    "指标编码",
    "指标名称",
    "口径",
    "计量方式",
    "分子",
    "分母",
    "要求",
    "目标值",
    "周期",
    "填报单位",
    "主管股室",
    "起",
    "止",
)
READ = (
    "YDFG",
    "读书活动覆盖率",
    "参加读书活动的教师占比。",
    "百分比",
    "参加教师数",
    "教师总数",
    "≥",
    "95%",
    "每学期",
    "各学校（园）",
    "",
    "",
    "",
)
BOOKS = (
    "TS",
    "图书数",
    "馆藏图书册数。",
    "数量",
    "",
    "",
    "不低于",
    "5000",
    "每年",
    "各学校（园）",
    "教育股",
    "2026/1/1",
    "",
)


def imported(client: Any, *rows: Cells, mode: str = "commit") -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=HEADS), "指标.csv", resource="indicators", mode=mode)


def test_definitions_are_taken_in_changed_and_taken_back(as_: As, world: World) -> None:
    office = as_("education")
    run = imported(office, READ, BOOKS)
    assert faults(rows_of(office, run)) == [] and counts(run) == (2, 0, 0, 0)
    found = {each["code"]: each for each in ok(office.get(AT))["data"]}
    assert (found["YDFG"]["target"], found["YDFG"]["office_name"], found["TS"]["measure"]) == ("95", "教育股", "count")
    assert counts(imported(office, READ, BOOKS)) == (0, 0, 2, 0)
    for suffix in ("csv", "xlsx"):
        content = office.get(f"{AT}.{suffix}").content
        again = looked_through(office, content, f"指标.{suffix}", resource="indicators", mode="commit")
        assert counts(again) == (0, 0, 2, 0), suffix
    changed = imported(office, (*READ[:7], "96.5", *READ[8:]))
    assert counts(changed) == (0, 1, 0, 0) and ok(office.get(f"{AT}/{found['YDFG']['id']}"))["target"] == "96.5"
    assert ok(office.post(f"{IMPORTS}/{changed['id']}/undo"))["state"] == "undone"
    assert ok(office.get(f"{AT}/{found['YDFG']['id']}"))["target"] == "95"
    refused = office.post(f"{IMPORTS}/{run['id']}/undo")
    assert refused.status_code == 409 and refused.json()["code"] == "rows_touched"


def test_each_wrong_cell_is_named(as_: As, world: World) -> None:
    of = indicator(as_, world)
    reported(as_("school"), of)
    office = as_("education")
    held = ("KHFW", "", "", "", "", "", "不高于", "", "", "", "", "", "")
    run = imported(
        office,
        held,
        ("X", *READ[1:7], "九成", *READ[8:]),
        ("Y", *READ[1:9], "各小学校", *READ[10:]),
        ("Z", *READ[1:10], "人事股", "", ""),
        ("Q", *READ[1:5], "", *READ[6:]),
        READ,
        READ,
        mode="preview",
    )
    found = [each[:3] for each in faults(rows_of(office, run, kind="wrong"))]
    assert found == [
        (2, "direction", "已有填报，不能再改；请结束这一指标，另设一项"),
        (3, "target", "请填写数字，如 96 或 96.5"),
        (4, "unit_group_id", "没有这个单位组"),
        (5, "office_id", "只能设置本股室的指标"),
        (6, "denominator_name", found[4][2]),
        (8, "", "与第 7 行是同一项指标，请只留一行"),
    ]
    assert send(as_("school"), as_csv(READ, heads=HEADS), resource="indicators").status_code == 403


def test_a_percent_cell_is_never_read_as_another_target(as_: As, world: World) -> None:
    """A workbook keeps 98% as 0.98, and 100% as 1."""
    office = as_("education")
    rows = [(f"P{n}", f"指标{n}", *READ[2:7], cell, *READ[8:]) for n, cell in enumerate(("0.98", "1", "0.985", "0.5%"))]
    books = (*BOOKS[:7], "1", *BOOKS[8:])
    run = imported(office, *rows, books, mode="preview")
    assert faults(rows_of(office, run)) == [
        (2, "target", "看不出是 0.98% 还是 98%，请带上百分号填写", ["98%", "0.98%"]),
        (3, "target", "看不出是 1% 还是 100%，请带上百分号填写", ["100%", "1%"]),
        (4, "target", "看不出是 0.985% 还是 98.5%，请带上百分号填写", ["98.5%", "0.985%"]),
    ]
    ok(office.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))
    ok(office.post(f"{IMPORTS}/{run['id']}/commit"))
    held = {each["code"]: each["target"] for each in ok(office.get(AT))["data"]}
    assert held == {"P0": "98", "P1": "100", "P2": "98.5", "P3": "0.5", "TS": "1"}
    content = office.get(f"{AT}.xlsx").content
    again = looked_through(office, content, "指标.xlsx", resource="indicators", mode="commit")
    assert counts(again) == (0, 0, 5, 0), "what is there already is no question"
