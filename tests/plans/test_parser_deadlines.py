"""Deadlines of every kind: the words are kept, a date is given only where one is stated."""

from datetime import date

import pytest

from app.plans.parser import parse
from app.plans.parser.deadlines import is_deadline, read_deadline


@pytest.mark.parametrize(
    ("words", "kind", "day"),
    [
        ("2024年3月底前", "date", "2024-03-31"),
        ("2024年2月底", "date", "2024-02-29"),
        ("２０２４年４月１０日前", "date", "2024-04-10"),
        ("2024-05-31", "date", "2024-05-31"),
        ("2024.6.30前", "date", "2024-06-30"),
        ("6月底前完成", "date", "2026-06-30"),
        ("7月中旬", "date", "2026-07-20"),
        ("9月上旬", "date", "2026-09-10"),
        ("第三季度末", "date", "2026-09-30"),
        ("上半年", "date", "2026-06-30"),
        ("2026年底", "date", "2026-12-31"),
        ("今年年底前", "date", "2026-12-31"),
        ("明年1月15日前", "date", "2027-01-15"),
        ("2026年3月—5月", "range", "2026-05-31"),
        ("2023年12月—3月", "compound", None),
        ("2023年12月—2024年3月", "range", "2024-03-31"),
        ("12月—3月", "compound", None),
        ("2026年11月1日至10月20日", "compound", None),
        ("2026年3月—3月15日", "range", "2026-03-15"),
        ("2026年—2026年6月", "range", "2026-06-30"),
        ("第三季度至9月10日", "range", "2026-09-10"),
        ("2026年9月1日至2026年12月20日", "range", "2026-12-20"),
        ("3月", "range", "2026-03-31"),
        ("每月", "recurring", None),
        ("每季度末", "recurring", None),
        ("每学期开学前", "recurring", None),
        ("4月、10月各一次", "recurring", None),
        ("长期坚持", "standing", None),
        ("全年", "standing", None),
        ("持续推进", "standing", None),
        ("寒假前", "school_calendar", None),
        ("2024年秋季开学前", "school_calendar", None),
        ("待定", "undetermined", None),
        ("立行立改", "undetermined", None),
        ("按上级要求", "undetermined", None),
        ("2026年12月底前，长期坚持", "compound", "2026-12-31"),
        ("立行立改，长期坚持", "compound", None),
        ("制度寒假前，运行全年", "compound", None),
        ("3月底前制定，9月底前完成", "compound", None),
        ("6月、12月", "compound", None),
        ("十月底前", "date", "2026-10-31"),
        ("十二月三十日前", "date", "2026-12-30"),
        ("2026-06", "range", "2026-06-30"),
        ("2026年6月30日前，此后每季度报送一次", "compound", "2026-06-30"),
        ("每月二十五日前", "recurring", None),
        ("2026年2月30日前", "date", None),
        ("2026年13月底", "date", None),
        ("每月25日前", "recurring", None),
        ("每周五前", "recurring", None),
        ("即日起至2026年12月31日", "date", "2026-12-31"),
        ("即日起至年底", "date", "2026-12-31"),
        ("年底前", "date", "2026-12-31"),
        ("第三季度", "date", "2026-09-30"),
        ("春季学期", "school_calendar", None),
        ("2025—2026学年第一学期", "school_calendar", None),
        ("本学年末", "school_calendar", None),
        ("2026 年 9 月 10 日 前", "date", "2026-09-10"),
        ("2025 年 4 月 — 11 月", "range", "2025-11-30"),
        ("2025年10月底前，并长期坚持", "compound", "2025-10-31"),
    ],
)
def test_kind_and_date(words: str, kind: str, day: str | None) -> None:
    found = read_deadline(words, 2026)
    assert found is not None
    assert (found.text, found.kind, found.date and found.date.isoformat()) == (words, kind, day)


def test_a_month_of_a_plan_without_a_year_gives_no_date() -> None:
    found = read_deadline("7月底前", None)
    assert found is not None
    assert (found.kind, found.date) == ("date", None)


@pytest.mark.parametrize("words", ["", " ", "—", "/", "无"])
def test_nothing_is_no_deadline(words: str) -> None:
    assert read_deadline(words, 2026) is None


@pytest.mark.parametrize(
    "words",
    ["每月25日前", "每周五前", "即日起至2026年12月31日", "春季学期", "2026年秋季学期开学前", "学期末", "每学期各1次"],
)
def test_phrases_that_say_nothing_but_when(words: str) -> None:
    assert is_deadline(words)


@pytest.mark.parametrize("words", ["教育股", "开展自查", "2024年教育工作要点", "每个学校"])
def test_other_phrases_are_no_deadline(words: str) -> None:
    assert not is_deadline(words)


def test_a_date_in_the_body_counts_where_the_work_is_completed_by_then() -> None:
    text = """课后服务提升工作方案
一、主要任务
1.建设服务站。2025年底全面完成站点建设。（牵头单位：基教科）
2.开展培训。3月10日召开会议，分批培训。（牵头单位：人事科）
"""
    first, second = parse(text).items
    assert first.deadline is not None and first.deadline.date == date(2025, 12, 31)
    assert second.deadline is None
