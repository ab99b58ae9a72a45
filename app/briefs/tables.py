"""Briefs, and how many each unit has, as tables."""

from collections.abc import Mapping

from app.briefs import queries, reviewing, sources
from app.briefs.models import BRIEF_KIND_LABELS, BRIEF_STATE_LABELS
from app.core.params import read_params
from app.core.tables import Column, Table, figure, labelled, of_list, on_day

BRIEFS = of_list(
    "简报",
    (
        Column("单位", "unit_name", width=24),
        Column("类别", "kind", labelled(BRIEF_KIND_LABELS), 8),
        Column("标题", "title", width=40),
        Column("日期", "written_on"),
        Column("链接", "link", width=40),
        Column("方案", "plan_title", width=30),
        Column("任务", "item_title", width=30),
        Column("来源", "promoted_from_title", width=30),
        Column("状态", "state", labelled(BRIEF_STATE_LABELS), 10),
        Column("提交日期", "submitted_at", on_day),
        Column("提交人", "submitted_by_name"),
        Column("选用日期", "decided_at", on_day),
        Column("办理人", "decided_by_name"),
        Column("推广日期", "promoted_at", on_day),
        Column("采纳于", "adopted_plan_title", width=30),
        Column("采纳的任务", "adopted_item_title", width=30),
    ),
    queries.LIST,
    queries.present,
    sources.with_sources,
)


def _asked(params: Mapping[str, str]) -> Mapping[str, str]:
    read_params(params, queries.PARSERS)
    return params


COUNTS = Table(
    "简报统计",
    (
        Column("单位", "unit_name", width=24),
        Column("报送", "submitted", figure, 8),
        Column("选用", "selected", figure, 8),
        Column("推广", "promoted", figure, 8),
        Column("未选用", "declined", figure, 8),
        Column("研判采纳", "adopted", figure, 10),
    ),
    queries.PARSERS,
    _asked,
    queries.all_counts,
)
REVIEWERS = of_list(
    "简报审阅分工",
    (
        Column("类别", "kind", labelled(BRIEF_KIND_LABELS), 14),
        Column("审阅股室", "office_name", width=20),
    ),
    reviewing.LIST,
    reviewing.present,
)
