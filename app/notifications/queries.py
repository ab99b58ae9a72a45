"""Every read of notices: the list, and how many are unread."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, one_of
from app.core.params import parse_flag
from app.core.policy import USER, Roles
from app.core.workflow import find
from app.notifications.models import NOTICE, READ, Kind
from app.notifications.operations import is_read
from app.notifications.rules import POLICY

MOST = 100
"""Unread ones are counted among so many newest."""
NOUNS = {
    "assignment": "assignments",
    "dispatch": "dispatches",
    "rectification": "rectifications",
    "webhook": "webhooks",
    "accountability_action": "accountability-actions",
    "appraisal_result": "appraisal-results",
    "brief": "briefs",
    "complaint": "complaints",
    "extension": "extensions",
    "filing": "filings",
    "filing_requirement": "filing-requirements",
    "indicator": "indicators",
    "breakdown": "breakdowns",
    "self_check": "self-checks",
    "integrity_risk": "integrity-risks",
    "risk_measure": "risk-measures",
    "risk_round": "risk-rounds",
    "liaison_matter": "liaison-matters",
    "appraisal_appeal": "appraisal-appeals",
    "major_decision": "major-decisions",
    "venue_activity": "venue-activities",
    "case_file": "cases",
    "case_circular": "case-circulars",
    "document": "documents",
    "api_token": "api-tokens",
}
_WHAT = {
    "assignment": "任务“{title}”",
    "dispatch": " {title} 项任务",
    "rectification": "整改 {title}",
    "webhook": "推送 #{id}",
    "accountability_action": "问责 {title}",
    "appraisal_result": "{title}作风考核得分",
    "brief": "简报（{title}）",
    "complaint": "信访举报 #{id}",
    "extension": "{title}的延期申请",
    "filing": "{title}备案",
    "filing_requirement": "{title}备案报送",
    "indicator": "指标“{title}”填报",
    "breakdown": "“{title}”的任务分解",
    "self_check": "{title}的专项自查",
    "integrity_risk": "{title}的廉政风险点",
    "risk_measure": "防控措施 #{id}",
    "risk_round": "{title}廉政风险排查",
    "liaison_matter": "督促事项 #{id}",
    "appraisal_appeal": "考核申诉 #{id}",
    "major_decision": "三重一大事项 {title}",
    "venue_activity": "阵地活动 {title}",
    "case_file": "案件线索 #{id}",
    "case_circular": "案件通报 #{id}",
    "document": "{title}",
    "api_token": "令牌 #{id}",
}
_TEXTS = {
    Kind.SOON: "{what}将于 {on} 到期，请抓紧办理",
    Kind.DUE: "{what}的时限是 {on}，请按时办结",
    Kind.OVERDUE: "{what}的时限是 {on}，已逾期，请尽快办理",
    Kind.WEBHOOK_DISABLED: "{what}已自动停用，请核对对方系统后再启用",
    Kind.DECLINED: "{what}没有选用，意见写在那一页上",
    Kind.RECEIVED: "收到{what}，请决定是否受理",
    Kind.ASSIGNED: "{what}已交由本单位承办",
    Kind.ANSWERED: "{what}的举报人有新的答复或材料",
    Kind.URGED: "{what}被催办，请抓紧办理",
    Kind.GIVEN: "收到{what}，请在时限内办理",
    Kind.SENT_BACK: "{what}被退回，请按意见修改后再报",
    Kind.REOPENED: "{what}已重启，请继续办理",
    Kind.SENT_AGAIN: "{what}退签后再次下发，请签收办理",
    Kind.WAIVED: "{what}已免办，不用再办理",
    Kind.CANCELLED: "{what}已撤销，不用再办理",
    Kind.APPROVED: "{what}已批准",
    Kind.REFUSED: "{what}未批准，原因写在那一页上",
    Kind.SELECTED: "{what}已选用",
    Kind.PROMOTED: "{what}已推广，全区可以阅读",
    Kind.FINAL: "{what}已确定，不再改动",
    Kind.PUBLISHED: "{what}已印发，请阅知",
}
_OF = {
    ("accountability_action", Kind.GIVEN): "{what}已送达本单位，请在 {on} 前答复",
    ("accountability_action", Kind.SENT_AGAIN): "{what}的执行情况已记录，请在 {on} 前答复",
    ("accountability_action", Kind.SENT_BACK): "{what}的答复被退回，请在 {on} 前重新答复",
    ("appraisal_result", Kind.PUBLISHED): "{what}已公布，有异议请在 {on} 前申诉",
    ("appraisal_result", Kind.SOON): "{what}的申诉期到 {on} 为止，有异议请及时申诉",
    ("appraisal_result", Kind.DUE): "{what}的申诉期到 {on} 为止，有异议请及时申诉",
    ("appraisal_appeal", Kind.APPROVED): "{what}成立，扣分已撤销",
    ("appraisal_appeal", Kind.REFUSED): "{what}不成立，理由写在那一页上",
    ("api_token", Kind.RECEIVED): "安全管理员以您的名义生成了{what}，请在“我的账号”核对；不知情的请停用",
    ("case_file", Kind.ASSIGNED): "{what}已交由您承办",
    ("breakdown", Kind.SOON): "{what}有步骤将于 {on} 到期，请抓紧办理",
    ("breakdown", Kind.DUE): "{what}有步骤的时限是 {on}，请按时完成",
    ("breakdown", Kind.OVERDUE): "{what}有步骤的时限是 {on}，已逾期，请尽快完成",
    ("dispatch", Kind.GIVEN): "下发了{what}，{asked}",
    ("document", Kind.GIVEN): "{what}已送达本单位，请在 {on} 前回执",
    ("document", Kind.SOON): "{what}的回执期限是 {on}，请及时回执",
    ("document", Kind.DUE): "{what}的回执期限是 {on}，请及时回执",
    ("document", Kind.OVERDUE): "{what}的回执期限是 {on}，已逾期，请尽快回执",
    ("document", Kind.PUBLISHED): "{what}抄送本单位，请阅知",
    ("document", Kind.APPROVED): "{what}已批准，请及时送达",
    ("document", Kind.SENT_BACK): "{what}被退回，请修改后再送审",
    ("major_decision", Kind.RECEIVED): "{what}有新的监督意见，请答复",
    ("risk_round", Kind.REOPENED): "{what}已重启，请继续填报",
    ("risk_round", Kind.GIVEN): "{what}已经部署，请在 {on} 前填报",
    ("self_check", Kind.SENT_BACK): "{what}须补报，请按意见补充后再提交",
    ("liaison_matter", Kind.SENT_BACK): "{what}的答复被退回，请重新答复",
}
"""What a kind says of some rows otherwise."""
_TOGETHER = "{what}等 {many} 项已逾期，最早的时限是 {on}，请尽快办理"
_UNDATED = {("accountability_action", Kind.GIVEN): "{what}已送达本单位，请查阅，执行以后再答复"}
"""The same, where no day is set yet."""
_LISTED = {"dispatch": "assignments?dispatch_id={id}&unit_id={unit}", "api_token": "api-tokens"}
"""Where a notice is about several rows, or one without an address of its own: the list that shows them."""
_OVERDUE = "my-work?group=overdue"
_NAMES = ("id", "version", "kind", "unit_id", "resource", "resource_id", "deadline_on", "at")
_MARK = sa.and_(READ.c.notification_id == NOTICE.c.id, READ.c.user_id == USER)
_SOURCE = NOTICE.outerjoin(READ, _MARK)
_ALSO = NOTICE.alias("also_told")
_TOLD_WITH = sa.select(sa.func.count()).where(_ALSO.c.told_with_id == NOTICE.c.id).correlate(NOTICE)
_COLUMNS: list[sa.ColumnElement[Any]] = [
    *(NOTICE.c[name] for name in _NAMES),
    READ.c.at.label("read_at"),
    _TOLD_WITH.scalar_subquery().label("also"),
]


def titled(table: sa.Table, title: sa.ColumnElement[str], source: sa.FromClause | None = None) -> None:
    """Notices call the rows of ``table`` by what its people know them by and no person wrote: a number, a kind, an
    item of the plan. It is read along with the notice, from the table or a ``source`` that joins it."""
    rows = sa.select(title).select_from(table if source is None else source)
    called(table.name, rows.where(table.c.id == NOTICE.c.resource_id))


def called(resource: str, title: sa.Select[Any], word: str = "title") -> None:
    """The same of a resource that is no table: ``title``, or another ``word`` of what is said, finds it for a row of
    ``NOTICE``."""
    mine = title.where(NOTICE.c.resource == resource).correlate(NOTICE)
    _COLUMNS.append(mine.scalar_subquery().label(f"{resource}_{word}"))


def by_id_alone(table: sa.Table) -> sa.ColumnElement[str]:
    return sa.literal("#") + sa.cast(table.c.id, sa.String)


LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(NOTICE)},
    filters={
        "kind": one_of(NOTICE.c.kind, "kind", Kind),
        "unread": Filter(sa.not_(is_read(USER)) == sa.bindparam("f_unread", type_=sa.Boolean), parse_flag),
    },
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _NAMES}
    noun = NOUNS[row.resource]
    what = _WHAT[row.resource].format(title=getattr(row, f"{row.resource}_title", None), id=row.resource_id)
    about = (row.resource, row.kind)
    said = (_UNDATED.get(about) if row.deadline_on is None else None) or _OF.get(about) or _TEXTS[row.kind]
    said = _TOGETHER if row.also else said
    asked = _asked(row) if row.resource == "dispatch" else ""
    text = said.format(what=what, on=row.deadline_on, asked=asked, many=row.also + 1)
    shown |= {"resource": noun, "also": row.also, "text": text}
    listed = _OVERDUE if row.also else _LISTED.get(row.resource, f"{noun}/{{id}}")
    place = listed.format(id=row.resource_id, unit=row.unit_id)
    shown |= {"href": f"/api/v1/{place}", "read_at": row.read_at}
    return shown | {"allowed_actions": [] if row.read_at else ["mark_read"]}


def _asked(row: Any) -> str:
    """What is still to be done of rows that were dispatched together: some may be acknowledged since, or cancelled."""
    if row.dispatch_waiting == row.dispatch_title:
        return "请签收办理"
    return f"还有 {row.dispatch_waiting} 项待签收" if row.dispatch_waiting else "已没有待签收的"


def one(see: Any, notice_id: int) -> dict[str, Any]:
    find(see, POLICY, notice_id)
    statement = sa.select(*LIST.columns).select_from(_SOURCE).where(NOTICE.c.id == notice_id)
    return present(see, see.connection.execute(statement, see.actor.binds).one())


@cache
def _unread(roles: Roles) -> sa.Select[Any]:
    newest = sa.select(NOTICE.c.id).where(POLICY.read(roles)).order_by(NOTICE.c.id.desc()).limit(MOST).subquery()
    mark = sa.select(sa.literal(1)).where(READ.c.notification_id == newest.c.id, READ.c.user_id == USER)
    return sa.select(sa.func.count()).select_from(newest).where(sa.not_(mark.correlate(newest).exists()))


def unread_count(see: Reader) -> int:
    """For the bell of every page: as dear as a page of a list, however many there are."""
    count: int = see.connection.execute(_unread(see.actor.roles), see.actor.binds).scalar_one()
    return count
