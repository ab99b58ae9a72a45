"""Campaigns, and their self-checks unit by unit, as tables."""

from app.appointments.holders import RESPONSIBLE
from app.campaigns import queries, rollup, self_check_queries
from app.campaigns.models import CAMPAIGN_STATE_LABELS, PHASES, SELF_CHECK_STATE_LABELS
from app.campaigns.rules import POLICY
from app.core.operation import Reader
from app.core.tables import Column, Row, figure, labelled, of_list, of_whole, on_day, yes_no


def _complete(see: Reader, rows: list[Row]) -> None:
    queries.with_offices(see, rows)
    for row in rows:
        row |= {f"{phase}_days": f"{row[f'{phase}_from']} 至 {row[f'{phase}_to']}" for phase in PHASES}


def _problem(value: bool | None, _known: object = None) -> str:
    return "" if value is None else "有" if value else "没有"


def _of(name: str) -> Column:
    heading = {"open": "整改未销号", "closed": "整改已销号", "overdue": "整改逾期"}[name]
    return Column(heading, "rectifications", lambda sums, known: sums[name], 10)


CAMPAIGNS = of_list(
    "专项行动台账",
    (
        Column("名称", "title", width=36),
        Column("依据", "basis", width=40),
        Column("目的", "purpose", width=40),
        Column("牵头股室", "unit_name", width=16),
        Column("参加股室", "offices", width=40),
        Column("单位组", "unit_group_name", width=20),
        Column("涉及收费", "fees", yes_no, 10),
        *(Column(f"{CAMPAIGN_STATE_LABELS[phase]}时间", f"{phase}_days", width=24) for phase in PHASES),
        Column("阶段", "state", labelled(CAMPAIGN_STATE_LABELS), 10),
        Column("启动日期", "started_at", on_day),
        Column("结束日期", "closed_at", on_day),
        Column("总结", "conclusion", width=60),
    ),
    queries.LIST,
    queries.present,
    _complete,
    grounds=queries.INSIDE,
)
SELF_CHECKS = of_list(
    "专项自查台账",
    (
        Column("专项行动", "campaign_title", width=30),
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("时限", "deadline_on"),
        Column("状态", "state", labelled(SELF_CHECK_STATE_LABELS), 10),
        Column("逾期", "overdue", yes_no, 8),
        Column("自查情况", "situation", width=40),
        Column("发现问题", "has_problem", _problem, 10),
        Column("问题", "problem", width=40),
        Column("涉及金额（元）", "amount_involved", width=14),
        Column("已清退金额（元）", "amount_returned", width=14),
        Column("提交人", "submitted_by_name", width=10),
        Column("提交日期", "submitted_at", on_day),
        Column("审核人", "reviewed_by_name", width=10),
        Column("审核日期", "reviewed_at", on_day),
        Column("检查次数", "inspection_count", figure, 10),
        Column("检查发现问题", "finding_count", figure, 12),
        *(_of(name) for name in ("open", "closed", "overdue")),
    ),
    self_check_queries.LIST,
    self_check_queries.present,
    self_check_queries.complete,
)


def _offices(see: Reader, campaign_id: int) -> list[Row]:
    return list(rollup.rollup(see, queries.one(see, campaign_id))["offices"])


def _summarized(value: bool | None, _known: object = None) -> str:
    return "" if value is None else "已报" if value else "未报"


OFFICES = of_whole(
    "专项行动各股室情况",
    (
        Column("股室", "unit_name", width=24),
        Column("牵头", "leads", yes_no, 8),
        Column("督查", "inspections", figure, 8),
        Column("发现问题", "findings", figure, 10),
        *(_of(name) for name in ("open", "overdue", "closed")),
        Column("小结", "summarized", _summarized, 8),
    ),
    _offices,
    POLICY,
)
