"""Every write of a person's own choices: the digest, the address it goes to, and the calendar feed."""

import re
import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.channels import mailing
from app.channels.models import CHOICE, FEED, AddressAsk, ChoicesPut, Frequency
from app.channels.sealed import choice_of_key, opened, seal
from app.core.audit import record
from app.core.db import insert_or_ignore, insert_or_update
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.identity.access import digest
from app.jobs import queue
from app.notifications.models import KINDS_OF, LEFT_OUT, NoticesLeftOut
from app.settings import MAIL_ADDRESS

CONFIRM = "channels.confirm"
GOOD_FOR = timedelta(hours=24)
AGAIN_AFTER = timedelta(minutes=2)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is mistaken for another when copied by hand."""
_CODE = 12


@operation("notice_choice.put")
def choose(tx: Tx, given: ChoicesPut) -> None:
    user_id = _self(tx)
    row = choice_of(tx.connection, user_id)
    if given.digest != Frequency.NONE and (row is None or row.address is None):
        raise invalid("digest", "请先填写并确认电子邮箱，再选择多久发一次")
    values = {"digest": given.digest, "left_out": sorted(set(given.left_out))}
    _put(tx, user_id, values)
    record(tx, "notice_choice", user_id, after={"digest": given.digest.value, "left_out": len(values["left_out"])})


@operation("notice_choice.leave_out")
def leave_out(tx: Tx, given: NoticesLeftOut) -> None:
    """What one wants no notices of in the application: those that come, and those that are there."""
    user_id = _self(tx)
    topics = set(given.topics)
    kinds = sorted(kind.value for topic in topics for kind in KINDS_OF[topic])
    tx.connection.execute(sa.delete(LEFT_OUT).where(LEFT_OUT.c.user_id == user_id))
    if kinds:
        rows = [{"user_id": user_id, "kind": kind} for kind in kinds]
        tx.connection.execute(insert_or_ignore(tx.connection, LEFT_OUT).values(rows))
    record(tx, "notice_choice", user_id, after={"topics": len(topics)})


@operation("notice_choice.ask_address")
def ask_address(tx: Tx, given: AddressAsk) -> None:
    """Send a code to the address; until it comes back, the one that was confirmed before stays."""
    user_id = _self(tx, in_person=True)
    if not mailing.is_on(tx.settings):
        raise Conflict("本系统没有设置发信服务器，不能发邮件，请联系系统管理员", code="mail_off")
    email = given.email.strip()
    if not re.fullmatch(MAIL_ADDRESS, email):
        raise invalid("email", "请填写电子邮箱，如 name@example.cn")
    row = choice_of(tx.connection, user_id)
    if row is not None and row.asked_at is not None and tx.now - row.asked_at < AGAIN_AFTER:
        raise Conflict("确认码刚刚发过，请查收邮件；没有收到，请两分钟后再发", code="asked_already")
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE))
    sealed = {"asked_address": seal(tx.settings, user_id, email), "code": seal(tx.settings, user_id, code)}
    _put(tx, user_id, sealed | {"asked_at": tx.now, "fault": None, "fault_at": None})
    record(tx, "notice_choice", user_id)
    queue.enqueue(tx, CONFIRM, user_id)


@operation("notice_choice.confirm_address")
def confirm_address(tx: Tx, code: str) -> None:
    user_id = _self(tx, in_person=True)
    row = choice_of(tx.connection, user_id)
    if row is None or row.code is None or tx.now - row.asked_at > GOOD_FOR:
        raise Conflict("没有等待确认的邮箱，或确认码已过期，请重新填写邮箱", code="not_asked")
    right = opened(tx.settings, user_id, row.code)
    typed = "".join(code.split()).lower()
    if right is None or not secrets.compare_digest(right.encode(), typed.encode()):
        raise invalid("code", "确认码不对，请核对最近一封邮件")
    _put(tx, user_id, {"address": row.asked_address, **_NOT_ASKED})
    record(tx, "notice_choice", user_id)


_NOT_ASKED: dict[str, Any] = {"asked_address": None, "code": None, "asked_at": None, "fault": None, "fault_at": None}


@operation("notice_choice.remove_address")
def remove_address(tx: Tx) -> None:
    """The address is forgotten, and with it the mails."""
    user_id = _self(tx, in_person=True)
    row = choice_of(tx.connection, user_id)
    if row is None or (row.address is None and row.asked_address is None):
        raise Conflict("没有填写过邮箱", code="no_address")
    _put(tx, user_id, {"address": None, "digest": Frequency.NONE, **_NOT_ASKED})
    record(tx, "notice_choice", user_id)


@operation("notice_choice.unsubscribe")
def unsubscribe(tx: Tx, key: str) -> Frequency:
    """By the link of a mail, without a login; again, it changes nothing."""
    choice_id = choice_of_key(tx.settings, key)
    ended = sa.update(CHOICE).where(CHOICE.c.id == choice_id).values(digest=Frequency.NONE)
    row = tx.connection.execute(ended.returning(CHOICE.c.user_id, CHOICE.c.district_id)).one_or_none()
    if row is None:
        # Not "not found", which would leave an event of each try: a stranger could fill the log with them.
        raise invalid("key", "退订链接不完整，请从邮件里重新打开，或登录后在“我的通知设置”里关闭")
    record(tx, "notice_choice", row.user_id, district_id=row.district_id)
    return Frequency.NONE


@operation("calendar_feed.renew")
def renew_feed(tx: Tx) -> str:
    """A new secret address; one made before opens nothing from now on."""
    user_id = _self(tx, in_person=True)
    token = secrets.token_urlsafe(32)
    values = {"token_sha256": digest(token), "made_at": tx.now}
    insert = insert_or_update(tx.connection, FEED).values(district_id=tx.actor.district_id, user_id=user_id, **values)
    tx.connection.execute(insert.on_conflict_do_update(index_elements=[FEED.c.user_id], set_=values))
    record(tx, "calendar_feed", user_id)
    return token


@operation("calendar_feed.revoke")
def revoke_feed(tx: Tx) -> None:
    user_id = _self(tx)
    if tx.connection.execute(sa.delete(FEED).where(FEED.c.user_id == user_id)).rowcount == 0:
        raise Conflict("没有日历订阅", code="no_feed")
    record(tx, "calendar_feed", user_id)


def choice_of(connection: sa.Connection, user_id: int) -> Any:
    return connection.execute(sa.select(CHOICE).where(CHOICE.c.user_id == user_id)).one_or_none()


def _put(tx: Tx, user_id: int, values: dict[str, Any]) -> None:
    first = {"left_out": [], "digest": Frequency.NONE} | values
    insert = insert_or_update(tx.connection, CHOICE).values(district_id=tx.actor.district_id, user_id=user_id, **first)
    tx.connection.execute(insert.on_conflict_do_update(index_elements=[CHOICE.c.user_id], set_=values))


def _self(tx: Tx, *, in_person: bool = False) -> int:
    """``in_person``: where something is sent out from then on, a token that lies somewhere is not enough."""
    if tx.actor.user_id is None or (in_person and tx.actor.session_id is None):
        raise Forbidden("请登录网页后办理：令牌不能改动向外发送的地址", code="session_required")
    return tx.actor.user_id
