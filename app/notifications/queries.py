"""Every read of notices: the list, and how many are unread."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, one_of
from app.core.params import parse_flag
from app.core.policy import USER, Roles
from app.core.workflow import find
from app.notifications.models import NOTICE, READ, Kind
from app.notifications.operations import is_read
from app.notifications.rules import POLICY
from app.plans.models import ITEM

MOST = 100
"""Unread ones are counted among so many newest."""
NOUNS = {
    "assignment": "assignments",
    "rectification": "rectifications",
    "webhook": "webhooks",
    "accountability_action": "accountability-actions",
    "appraisal_result": "appraisal-results",
    "brief": "briefs",
    "complaint": "complaints",
}
_WHAT = {
    "assignment": "任务“{title}”",
    "rectification": "整改 #{id}",
    "webhook": "推送 #{id}",
    "accountability_action": "问责 #{id}",
    "appraisal_result": "作风考核得分 #{id}",
    "brief": "简报 #{id}",
    "complaint": "信访举报 #{id}",
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
}
_OF = {
    ("accountability_action", Kind.SOON): "{what}已送达本单位，请在 {on} 前答复",
    ("appraisal_result", Kind.SOON): "{what}已公布，有异议请在 {on} 前申诉",
}
"""What a kind says of some rows otherwise."""
_NAMES = ("id", "version", "kind", "unit_id", "resource", "resource_id", "deadline_on", "at")
_MARK = sa.and_(READ.c.notification_id == NOTICE.c.id, READ.c.user_id == USER)
_TASK = sa.and_(NOTICE.c.resource == "assignment", ASSIGNMENT.c.id == NOTICE.c.resource_id)
_MARKED = NOTICE.outerjoin(READ, _MARK)
_SOURCE = _MARKED.outerjoin(ASSIGNMENT, _TASK).outerjoin(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=[*(NOTICE.c[name] for name in _NAMES), READ.c.at.label("read_at"), ITEM.c.title.label("title")],
    sorts={"id": by_id(NOTICE)},
    filters={
        "kind": one_of(NOTICE.c.kind, "kind", Kind),
        "unread": Filter(sa.not_(is_read(USER)) == sa.bindparam("f_unread", type_=sa.Boolean), parse_flag),
    },
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _NAMES}
    noun = NOUNS[row.resource]
    what = _WHAT[row.resource].format(title=row.title, id=row.resource_id)
    said = _OF.get((row.resource, row.kind)) or _TEXTS[row.kind]
    shown |= {"resource": noun, "text": said.format(what=what, on=row.deadline_on)}
    shown |= {"href": f"/api/v1/{noun}/{row.resource_id}", "read_at": row.read_at}
    return shown | {"allowed_actions": [] if row.read_at else ["mark_read"]}


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
