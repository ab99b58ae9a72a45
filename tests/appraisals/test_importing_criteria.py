"""By what a round judges, from a table: written as the form does, and what goes out comes back unchanged."""

from typing import Any

from tests.appraisals.steps import AT, YEAR, deductions, judged_by, started, step, taken_off
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of, send
from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("考核项目", "权重", "来源", "每项扣", "篇数", "评分股室", "评分标准")
ENTERED = ("会风会纪", "２０分", "人工评分", "", "", "人　事股", "无故缺席一次扣 2 分。")
LATE = ("按时办结", "10", "逾期数", "2.50分", "", "", "")
BRIEFS = ("信息报送", "10", "推广简报数", "", "4篇", "", "")


def imported(client: Any, *rows: Cells, mode: str = "commit", heads: Cells = HEADS) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "指标.csv", resource="appraisal-criteria", mode=mode)


def test_criteria_come_from_a_table_and_go_out_and_back_unchanged(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    row = started(supervisor, world)
    home = f"{AT}/{row['id']}"
    run = imported(supervisor, ENTERED, LATE, BRIEFS)
    assert counts(run) == (3, 0, 0, 0), faults(rows_of(supervisor, run))
    judged_by(supervisor, row, "filings", name="会风、会纪")  # Alike, and another one.
    made = ok(supervisor.get(f"{home}/criteria"))["data"]
    assert [(each["weight"], each["each"], each["required"], each["office_name"]) for each in made[:3]] == [
        (20, None, None, "人事股"),
        (10, "2.5", None, None),
        (10, None, 4, None),
    ]
    last = started(supervisor, world, year=YEAR - 1)
    for suffix in ("csv", "xlsx"):  # Two are open now: the table says which it is of.
        content = supervisor.get(f"{home}/criteria.{suffix}").content
        again = looked_through(supervisor, content, f"指标.{suffix}", resource="appraisal-criteria", mode="commit")
        assert counts(again) == (0, 0, 4, 0), faults(rows_of(supervisor, again))
    heads = ("年度", *HEADS)
    named = imported(supervisor, (str(YEAR), "按时办结", "30", *LATE[2:]), heads=heads)
    assert counts(named) == (0, 1, 0, 0)
    assert counts(imported(supervisor, (f"{YEAR - 1}年度", *LATE), heads=heads, mode="preview")) == (1, 0, 0, 0)
    ok(supervisor.post(f"{IMPORTS}/{named['id']}/undo"))
    assert ok(supervisor.get(f"{home}/criteria"))["data"][1]["weight"] == 10
    ok(supervisor.delete(f"{AT}/{last['id']}"), 204)
    # What an office took off under one is not taken from under it.
    more = imported(supervisor, ("廉洁自律", *ENTERED[1:]))
    taken_off(as_("office"), ok(supervisor.get(f"{home}/criteria"))["data"][-1], world.unit["实验小学"])
    assert supervisor.post(f"{IMPORTS}/{more['id']}/undo").status_code == 409
    assert len(deductions(as_("office"), row, world.unit["实验小学"])) == 1


def test_what_does_not_fit_is_told_at_its_cell(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    assert "没有这一轮进行中的考核" in str(rows_of(supervisor, imported(supervisor, LATE, mode="preview")))
    row = started(supervisor, world)
    judged_by(supervisor, row, "filings", name="备案", weight=10)
    wrong = (
        ("weight", ("甲", "二十", *LATE[2:])),
        ("weight", ("乙", "1001", *LATE[2:])),
        ("weight", ("丙", "", *LATE[2:])),
        ("source", ("丁", "10", "群众评议", *LATE[3:])),
        ("each", ("戊", *LATE[1:3], "", *LATE[4:])),
        ("each", ("己", *LATE[1:3], "11", *LATE[4:])),
        ("required", (*("庚", "10"), *LATE[2:4], "3", "", "")),
        ("office_id", ("辛", *ENTERED[1:5], "", "")),
        ("office_id", ("壬", *ENTERED[1:5], "实验小学", "")),
        ("source", ("备案", "10", "整改销号率", *[""] * 4)),
        ("", ("会风会纪", *ENTERED[1:])),
    )
    run = imported(supervisor, *(cells for _, cells in wrong[:-1]), ENTERED, wrong[-1][1], mode="preview")
    said = faults(rows_of(supervisor, run))
    assert [column for _, column, *_ in said] == [column for column, _ in wrong], said
    step(supervisor, row, "score")
    content = as_csv(("备案", "20", "备案齐全率", *[""] * 4), heads=HEADS)
    told = looked_through(supervisor, content, "指标.csv", resource="appraisal-criteria")
    assert counts(told) == (0, 0, 0, 1)
    for account in ("office", "leader", "school"):
        assert send(as_(account), content, "指标.csv", resource="appraisal-criteria").status_code == 403
        assert as_(account).get(f"{API}/imports/templates/appraisal-criteria").status_code == 403
