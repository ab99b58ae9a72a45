"""Summaries as a table."""

from app.core.tables import Column, at_minute, figure, labelled, of_list
from app.summaries import queries
from app.summaries.models import SUMMARY_STATE_LABELS

SUMMARIES = of_list(
    "年度总结",
    (
        Column("方案", "plan_title", width=40),
        Column("状态", "state", labelled(SUMMARY_STATE_LABELS), 10),
        Column("定稿次数", "snapshots", figure, 10),
        Column("定稿时间", "frozen_at", at_minute, 17),
        Column("定稿人", "frozen_by_name"),
        Column("修改时间", "updated_at", at_minute, 17),
    ),
    queries.LIST,
    queries.present,
)
