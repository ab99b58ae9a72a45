"""The matters that are campaigns and their self-checks: which there are, and in full."""

from functools import partial
from typing import Any

import sqlalchemy as sa

from app.campaigns.models import (
    CAMPAIGN,
    CAMPAIGN_STATE_LABELS,
    OFFICE,
    SELF_CHECK,
    SELF_CHECK_STATE_LABELS,
    CampaignState,
    SelfCheckState,
)
from app.campaigns.rules import IN_TIME, OPEN, POLICY, RUNNING, SELF_CHECKS, SUBMITTED, SUMMARIZING
from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.policy import OFFICES, Role, Roles, in_district
from app.core.within import many, within
from app.my_work import words
from app.my_work.kinds import (
    AMBER,
    CHECK_ITSELF,
    CONCLUDE,
    CONFIRM_SELF_CHECK,
    OVERDUE,
    RECTIFY,
    REVIEW,
    SOON,
    SUMMARIZE,
    TODAY,
    branch,
)
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]


def matters(roles: Roles) -> list[sa.Select[Any]]:
    """For the unit to check itself, for the lead to look through and to conclude, for each office to summarize."""
    may = partial(SELF_CHECKS.may, roles)
    going_on = sa.select(CAMPAIGN.c.id).where(in_district(CAMPAIGN), CAMPAIGN.c.state.in_(RUNNING)).correlate(None)
    handed_in = sa.and_(SELF_CHECK.c.state == SUBMITTED, SELF_CHECK.c.campaign_id.in_(going_on))
    unsaid = sa.and_(CAMPAIGN.c.state == SUMMARIZING, CAMPAIGN.c.conclusion.is_(None))
    return [
        *_own(may("carry_out")),
        *branch(CONFIRM_SELF_CHECK, SELF_CHECK, REVIEW, may("review"), handed_in, due=None),
        *_unsummarized(roles),
        *branch(CONCLUDE, CAMPAIGN, RECTIFY, POLICY.may(roles, "lead"), unsaid, due="summary_to", since="updated_at"),
    ]


def _dated(kind: int, table: sa.Table, due: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Rows that are due on a day of their campaign's."""
    group = sa.case((due < TODAY, OVERDUE), (due <= AMBER, SOON), else_=RECTIFY)
    columns = [sa.literal(kind, sa.Integer).label("kind"), table.c.id, group.label("grp"), due.label("due")]
    rows = sa.select(*columns, table.c.updated_at.label("since"))
    return rows.select_from(table.join(CAMPAIGN, CAMPAIGN.c.id == table.c.campaign_id))


def _own(ground: sa.ColumnElement[bool]) -> list[sa.Select[Any]]:
    if isinstance(ground, sa.False_):
        return []
    rows = _dated(CHECK_ITSELF, SELF_CHECK, CAMPAIGN.c.self_check_to)
    return [rows.where(ground, SELF_CHECK.c.state.in_(OPEN), IN_TIME)]


def _unsummarized(roles: Roles) -> list[sa.Select[Any]]:
    if Role.OFFICE not in roles:
        return []
    mine = sa.and_(in_district(OFFICE), within(OFFICE.c.unit_id, OFFICES))
    rows = _dated(SUMMARIZE, OFFICE, CAMPAIGN.c.summary_to)
    return [rows.where(mine, OFFICE.c.summary.is_(None), CAMPAIGN.c.state == SUMMARIZING)]


# In full

_CHECKS = (
    sa.select(
        *(SELF_CHECK.c[name] for name in ("id", "unit_id", "state", "submitted_at", "updated_at", "has_problem")),
        CAMPAIGN.c.title,
        UNIT.c.name.label("unit_name"),
    )
    .select_from(
        SELF_CHECK.join(CAMPAIGN, CAMPAIGN.c.id == SELF_CHECK.c.campaign_id).join(
            UNIT, UNIT.c.id == SELF_CHECK.c.unit_id
        )
    )
    .where(within(SELF_CHECK.c.id, many("matter_ids")))
)


def _check(row: Any) -> dict[str, Any]:
    state = SelfCheckState(row.state)
    return {
        "resource": "self-checks",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"专项自查 · {row.unit_name}：{words.short(row.title)}",
        "state": state.value,
        "state_label": SELF_CHECK_STATE_LABELS[state],
    }


def to_check(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_CHECKS, {"matter_ids": ids}):
        why = "请填写自查情况，有问题的写明问题，上传自查报告"
        if row.state == SelfCheckState.SENT_BACK:
            why = f"{words.month_day(today_of(row.updated_at))}退回，请按意见补充后再提交"
        found[row.id] = _check(row) | {"why": why, "action": "edit", "verb": "填报自查"}
    return found


def to_confirm(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_CHECKS, {"matter_ids": ids}):
        told = "报告了问题" if row.has_problem else "没有发现问题"
        why = f"{row.unit_name}{told}，由{words.judge(see)}确认，{words.ago(see, row.submitted_at, '提交')}"
        found[row.id] = _check(row) | {"why": why, "action": "confirm", "verb": "审核"}
    return found


_CAMPAIGNS = sa.select(*(CAMPAIGN.c[name] for name in ("id", "unit_id", "title", "state", "summary_to")))


def _campaign(row: Any, unit_id: int, unit_name: str) -> dict[str, Any]:
    state = CampaignState(row.state)
    return {
        "resource": "campaigns",
        "id": row.id,
        "unit_id": unit_id,
        "unit_name": unit_name,
        "title": f"专项行动 · {words.short(row.title)}",
        "state": state.value,
        "state_label": CAMPAIGN_STATE_LABELS[state],
    }


def to_summarize(see: Reader, ids: list[int]) -> Details:
    at = OFFICE.join(CAMPAIGN, CAMPAIGN.c.id == OFFICE.c.campaign_id).join(UNIT, UNIT.c.id == OFFICE.c.unit_id)
    part = (OFFICE.c.id.label("part_id"), OFFICE.c.unit_id.label("part_unit_id"), UNIT.c.name.label("unit_name"))
    rows = _CAMPAIGNS.add_columns(*part).select_from(at).where(within(OFFICE.c.id, many("matter_ids")))
    found: Details = {}
    for row in see.connection.execute(rows, {"matter_ids": ids}):
        why = f"{row.unit_name}参加，请在{words.month_day(row.summary_to)}前报送小结"
        shown = _campaign(row, row.part_unit_id, row.unit_name)
        found[row.part_id] = shown | {"why": why, "action": "summarize", "verb": "报送小结"}
    return found


def to_conclude(see: Reader, ids: list[int]) -> Details:
    lead = CAMPAIGN.join(UNIT, UNIT.c.id == CAMPAIGN.c.unit_id)
    rows = _CAMPAIGNS.add_columns(UNIT.c.name.label("unit_name")).select_from(lead)
    found: Details = {}
    for row in see.connection.execute(rows.where(within(CAMPAIGN.c.id, many("matter_ids"))), {"matter_ids": ids}):
        why = f"{row.unit_name}牵头，请在{words.month_day(row.summary_to)}前写总结"
        found[row.id] = _campaign(row, row.unit_id, row.unit_name) | {"why": why, "action": "edit", "verb": "写总结"}
    return found


LOADERS = {
    CHECK_ITSELF: to_check,
    CONFIRM_SELF_CHECK: to_confirm,
    SUMMARIZE: to_summarize,
    CONCLUDE: to_conclude,
}
