"""Visits, what was urged, and how the pairs stand, as tables."""

from app.appointments.holders import RESPONSIBLE, with_responsible
from app.core.tables import Column, figure, labelled, of_list, on_day, yes_no
from app.liaison_visits import coverage, queries
from app.liaison_visits.models import MATTER_STATE_LABELS, VISIT_STATE_LABELS

VISITS = of_list(
    "包联走访",
    (
        Column("走访日期", "visited_on"),
        Column("包联股室", "unit_name", width=20),
        *RESPONSIBLE,
        Column("学校（园）", "school_name", width=24),
        Column("走访人", "visitors", width=24),
        Column("走访内容", "content", width=40),
        Column("发现的问题", "problems", width=40),
        Column("督促事项", "matters", figure, 10),
        Column("未办结", "open_matters", figure, 10),
        Column("状态", "state", labelled(VISIT_STATE_LABELS), 10),
        Column("确认日期", "confirmed_at", on_day),
        Column("记录人", "recorded_by_name"),
    ),
    queries.LIST,
    queries.present,
    with_responsible,
)
MATTERS = of_list(
    "督促事项",
    (
        Column("走访日期", "visited_on"),
        Column("包联股室", "unit_name", width=20),
        Column("学校（园）", "school_name", width=24),
        *RESPONSIBLE,
        Column("督促事项", "text", width=40),
        Column("时限", "deadline_on"),
        Column("逾期", "late", yes_no, 8),
        Column("状态", "state", labelled(MATTER_STATE_LABELS), 10),
        Column("答复", "answer", width=40),
        Column("答复日期", "answered_at", on_day),
        Column("办结日期", "closed_at", on_day),
    ),
    queries.MATTER_LIST,
    queries.present_matter,
    queries.with_answering,
)
COVERAGE = of_list(
    "走访覆盖",
    (
        Column("包联股室", "office_name", width=20),
        *RESPONSIBLE,
        Column("学校（园）", "school_name", width=24),
        Column("包联起", "valid_from"),
        Column("包联止", "valid_to"),
        Column("应走访", "required", figure, 8),
        Column("已走访", "made", figure, 8),
        Column("其中待确认", "unconfirmed", figure, 10),
        Column("其中有意见", "disputed", figure, 10),
        Column("还差", "missing", figure, 8),
    ),
    coverage.COVERAGE,
    coverage.present_pair,
    coverage.with_responsible,
)
UNPAIRED = of_list(
    "未包联学校",
    (
        Column("编码", "code", width=12),
        Column("学校（园）", "name", width=24),
        Column("上级单位", "parent_name", width=24),
    ),
    coverage.UNPAIRED,
    coverage.present_unpaired,
)
QUOTAS = of_list(
    "走访次数",
    (
        Column("包联股室", "office_name", width=20),
        Column("学校（园）", "school_name", width=24),
        Column("每学期次数", "visits", figure, 10),
    ),
    queries.QUOTA_LIST,
    queries.present_quota,
)
