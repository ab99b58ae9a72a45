"""Notices as a table."""

from app.core.tables import Column, at_minute, of_list
from app.notifications import queries

NOTICES = of_list(
    "通知",
    (
        Column("时间", "at", at_minute, 17),
        Column("内容", "text", width=60),
        Column("时限", "deadline_on"),
        Column("已读时间", "read_at", at_minute, 17),
    ),
    queries.LIST,
    queries.present,
)
