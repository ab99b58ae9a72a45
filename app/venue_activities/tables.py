"""Venue activities, and who approves them, as tables."""

from app.appointments.holders import RESPONSIBLE, with_responsible
from app.core.tables import Column, figure, labelled, of_list, on_day, yes_no
from app.venue_activities import queries
from app.venue_activities.models import CHECK_RESULT_LABELS, VENUE_KIND_LABELS, VENUE_STATE_LABELS

ACTIVITIES = of_list(
    "阵地活动台账",
    (
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("类别", "kind", labelled(VENUE_KIND_LABELS), 12),
        Column("主题", "topic", width=40),
        Column("主办", "host", width=20),
        Column("主讲人", "speaker", width=14),
        Column("主讲人单位", "speaker_unit", width=24),
        Column("地点", "place", width=24),
        Column("举办日期", "held_on"),
        Column("开始时间", "begins", width=10),
        Column("参加对象", "audience", width=20),
        Column("预计人数", "expected", figure, 10),
        Column("内容审核人", "checked_by", width=14),
        Column("审核日期", "checked_on"),
        Column("审核结果", "check_result", labelled(CHECK_RESULT_LABELS), 12),
        Column("状态", "state", labelled(VENUE_STATE_LABELS), 10),
        Column("审批人", "decided_by_name"),
        Column("审批日期", "decided_at", on_day),
        Column("到场人数", "attended", figure, 10),
        Column("未报结果", "unreported", yes_no, 10),
    ),
    queries.LIST,
    queries.present,
    with_responsible,
)
REVIEWERS = of_list(
    "活动审批分工",
    (
        Column("类别", "kind", labelled(VENUE_KIND_LABELS), 14),
        Column("审批股室", "office_name", width=20),
    ),
    queries.REVIEWER_LIST,
    queries.present_reviewer,
)
