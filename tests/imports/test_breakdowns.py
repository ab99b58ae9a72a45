"""A school fills in its steps in a table: the drafts are made of it, and what goes out comes back unchanged."""

from typing import Any

import pytest

from app.plans.models import ResponsibilityRole
from tests.breakdowns.steps import AT, confirmed, step, taken
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import ok

HEADS = ("重点任务", "分解步骤", "负责人", "完成时限")
TASK, OTHER = "修订议事规则", "开展廉洁教育"


@pytest.fixture
def tasks(stock: Stock) -> list[int]:
    """Two of 实验小学, due in thirty days, on items that 人事股 leads."""
    plan, made = stock.plan(), []
    for title in (TASK, OTHER):
        item = stock.item(plan, title)
        stock.assignment(plan, item, "人事股", "in_progress", role=ResponsibilityRole.LEAD)
        made.append(stock.assignment(plan, item, "实验小学", "in_progress", days=30))
    return made


def imported(client: Any, *rows: Cells, mode: str = "commit", heads: Cells = HEADS) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "分解.csv", resource="breakdowns", mode=mode)


def drafts(client: Any) -> dict[str, list[tuple[str, str | None]]]:
    found = [ok(client.get(f"{AT}/{row['id']}")) for row in ok(client.get(AT))["data"]]
    return {row["item_title"]: [(each["text"], each["person"]) for each in row["steps"]] for row in found}


def test_steps_become_drafts_are_changed_and_taken_back(as_: As, tasks: list[int]) -> None:
    school, until = as_("school"), day(9).isoformat()
    rows = ((TASK, "集体审议", "刘敏", until), (TASK, "印发", "", ""), (f" {OTHER}。", "上一堂课", "高岩", until))
    run = imported(school, *rows)
    assert faults(rows_of(school, run)) == [] and counts(run) == (3, 0, 0, 0)
    assert drafts(school) == {TASK: [("集体审议", "刘敏"), ("印发", None)], OTHER: [("上一堂课", "高岩")]}
    assert counts(imported(school, *rows)) == (0, 0, 3, 0)
    more = imported(school, (TASK, "印发", "何芳", until), (TASK, "公布", "何芳", until), rows[0])
    assert counts(more) == (1, 1, 1, 0)
    assert drafts(school)[TASK] == [("集体审议", "刘敏"), ("印发", "何芳"), ("公布", "何芳")]
    assert school.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "rows_touched"
    ok(school.post(f"{IMPORTS}/{more['id']}/undo"))
    assert drafts(school)[TASK] == [("集体审议", "刘敏"), ("印发", None)]


def test_a_draft_that_was_written_in_several_goes_is_taken_back(
    as_: As, tasks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long table is written some rows at a time, and a version's lines may be among either of them."""
    school, until = as_("school"), day(9).isoformat()
    imported(school, (TASK, "审议", "刘敏", ""))
    before = drafts(school)
    monkeypatch.setattr("app.imports.examining.BATCH", 2)
    rows = ((TASK, "审议", "何芳", until), (OTHER, "上课", "高岩", until), (TASK, "印发", "何芳", until))
    run = imported(school, *rows, (TASK, "公布", "", ""), (OTHER, "总结", "高岩", until))
    assert drafts(school) == {
        TASK: [("审议", "何芳"), ("印发", "何芳"), ("公布", None)],
        OTHER: [("上课", "高岩"), ("总结", "高岩")],
    }
    ok(school.post(f"{IMPORTS}/{run['id']}/undo"))
    assert drafts(school) == before
    # Whatever a person did since still keeps it from being taken back.
    run = imported(school, *rows, (OTHER, "总结", "高岩", until))
    imported(school, (OTHER, "总结", "刘敏", until))
    assert school.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "rows_touched"


def test_the_table_of_steps_brought_back_changes_nothing(as_: As, tasks: list[int]) -> None:
    school, office = as_("school"), as_("office")
    row = confirmed(school, office, tasks[0], step("审议"), step("审议", 9), step("印发", 9))
    taken(school, row, "mark", line=1, done_on=day(0).isoformat())
    ok(school.post(AT, json={"assignment_id": tasks[0]}), 201)
    for client in (school, office):
        for suffix in ("csv", "xlsx"):
            content = client.get(f"{AT}/steps.{suffix}").content
            run = looked_through(client, content, f"分解.{suffix}", resource="breakdowns", mode="commit")
            assert counts(run) == (0, 0, 6, 0), (suffix, rows_of(client, run))


def test_each_wrong_step_is_named(as_: As, tasks: list[int]) -> None:
    school = as_("school")
    confirmed(school, as_("office"), tasks[0], step("审议"))
    heads = ("单位", *HEADS, "版次")
    rows = (
        ("", "没有的任务", "审议", "", "", ""),
        ("", OTHER, "审议", "", day(31).isoformat(), ""),
        ("第一中学", OTHER, "审议", "", "", ""),
        ("", TASK, "审议", "何芳", "", "1"),
        ("", TASK, "审议", "", "", "7"),
        ("", OTHER, "步" * 501, "", "", ""),
    )
    run = imported(school, *rows, mode="preview", heads=heads)
    found = {number: column for number, column, _, _ in faults(rows_of(school, run, kind="wrong"))}
    assert found == {2: "title", 3: "deadline_on", 4: "title", 5: "", 6: "number", 7: "text"}
    many = [(OTHER, f"第 {n} 步", "", "") for n in range(51)]
    assert counts(imported(school, *many, mode="preview")) == (50, 0, 0, 1)
