"""What is suggested for a wrong cell is taken unseen by 采用全部建议: only what is like the cell is suggested."""

from app.imports.options import like, offered

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
