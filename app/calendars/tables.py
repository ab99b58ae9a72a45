"""The calendar as tables."""

from app.calendars import queries
from app.calendars.operations import WORDS
from app.core.tables import Column, labelled, of_list

DAYS = of_list(
    "工作日历",
    (
        Column("日期", "on"),
        Column("当天", "is_workday", labelled(WORDS), 10),
        Column("名称", "name", width=24),
    ),
    queries.DAYS,
    queries.present_day,
)
TERMS = of_list(
    "学期",
    (Column("学期", "name"), Column("开始日期", "starts_on"), Column("结束日期", "ends_on")),
    queries.TERMS,
    queries.present_term,
)
