"""What is suggested for a wrong cell is taken unseen by 采用全部建议: only what is like the cell is suggested."""

from typing import Any

import pytest

from app.imports.options import like, offered
from tests.conftest import As
from tests.imports.tables import as_csv, faults, looked_through, rows_of
from tests.walk.steps import API, issued_plan, ok
from tests.world import World

TASKS = ["逐级签订清廉校园建设责任书", "修订学校议事决策规则", "组织师德专题学习和个案通报"]


def test_a_part_of_a_title_and_a_slip_are_told_from_what_only_stands_in_the_list() -> None:
    assert like("组织师德专题学习", TASKS) == [TASKS[2]]
    assert like("修订学校议事决策规定", TASKS) == [TASKS[1]]
    assert like("1", TASKS) == like("", TASKS) == like("开展读书活动", TASKS) == []


def test_the_likest_is_the_first() -> None:
    """It is the one that is taken."""
    assert like("课后服务收费检查", ["课后服务", "课后服务收费专项检查"])[0] == "课后服务收费专项检查"
    assert like("2026年秋季督查", ["督查", "2026年秋季开学督查"])[0] == "2026年秋季开学督查"


def test_where_nothing_is_like_it_the_reason_says_what_there_is() -> None:
    assert offered("没有这项", "组织师德专题学习", TASKS) == ("没有这项", [TASKS[2]])
    assert offered("没有这项", "读书", [*TASKS, TASKS[0]]) == ("没有这项，可选：" + "、".join(TASKS), [])
    assert offered("没有这项", "读书", []) == ("没有这项", [])


@pytest.mark.parametrize(
    ("resource", "line"),
    [
        ("assignments", {"序号": "1", "重点任务": "健全学校议事决策制度", "进展情况": "已修订。"}),
        ("breakdowns", {"重点任务": "修订议事规则", "分解步骤": "审议"}),
        ("rectifications", {"问题表现": "收费公示栏未更新", "整改情况": "已更新。"}),
        ("integrity-risks", {"部门": "总务处", "岗位": "采购员", "职权事项": "采购", "廉政风险点": "价格虚高"}),
    ],
)
def test_whose_a_line_is_nobody_guesses(as_: As, world: World, resource: str, line: dict[str, Any]) -> None:
    """采用全部建议 must not lay a whole table of one unit to another of the same person's."""
    grant = {"role": "school", "unit_id": world.unit["第一中学"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['school']}/role-grants", json=grant), 201)
    issued_plan(as_)
    school = as_("school")
    run = looked_through(school, as_csv(tuple(line.values()), heads=tuple(line)), "表.csv", resource=resource)
    (fault,) = [each for each in faults(rows_of(school, run)) if each[1] == "unit"]
    assert "，可选：实验小学、第一中学" in fault[2] and fault[3] == []
