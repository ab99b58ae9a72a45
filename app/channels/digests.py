"""Digests by mail: how much waits, and where to look; no names, no titles.

A period's digest is a row, so that of two workers one makes it; it is sent by whoever moves that row to ``sending``.
One who dies at it leaves it there: a digest less is better than the same one twice.
"""

import secrets
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.channels import mailing
from app.channels.mailing import NotSent
from app.channels.models import CHOICE, DIGEST, TOPIC_LABELS, DigestState, Frequency, MailFault, Topic
from app.channels.operations import choice_of
from app.channels.sealed import opened, unsubscribe_key
from app.core.audit import record
from app.core.calendar import now, today_of
from app.core.db import insert_or_ignore, unbounded
from app.core.errors import Unavailable
from app.core.operation import Reader, Tx, operation
from app.core.policy import BUSINESS
from app.identity.access import resolve
from app.identity.models import USER
from app.jobs import queue
from app.jobs.registry import Work
from app.my_work.queries import overview
from app.notifications.queries import MOST, unread_count
from app.settings import Settings

SEND = "channels.digest"
KEPT = timedelta(days=90)


def period_of(frequency: Frequency, day: date) -> str:
    year, week, _ = day.isocalendar()
    return day.isoformat() if frequency == Frequency.DAILY else f"{year}-W{week:02d}"


@operation("digest.prepare")
def prepare(tx: Tx) -> int:
    """On a workday: the day's digests, and on the first one of a week the week's; how many."""
    if not mailing.is_on(tx.settings) or not tx.workdays.is_workday(tx.today):
        return 0
    made = [row_id for each in (Frequency.DAILY, Frequency.WEEKLY) for row_id in _make(tx, each)]
    for row_id in made:
        queue.put(tx.connection, SEND, row_id, tx.now, district_id=tx.actor.district_id)
    if made:
        record(tx, "digest", None, after={"on": tx.today.isoformat(), "count": len(made)})
    return len(made)


def _make(tx: Tx, frequency: Frequency) -> list[int]:
    columns: dict[str, Any] = {
        "district_id": CHOICE.c.district_id,
        "user_id": CHOICE.c.user_id,
        "period": sa.literal(period_of(frequency, tx.today)),
        "state": sa.literal(DigestState.WAITING, DIGEST.c.state.type),
        "created_at": sa.literal(tx.now, DIGEST.c.created_at.type),
    }
    who = (
        sa.select(*columns.values())
        .join(USER, USER.c.id == CHOICE.c.user_id)
        .where(
            CHOICE.c.district_id == tx.actor.district_id,
            CHOICE.c.digest == frequency,
            CHOICE.c.address.is_not(None),
            USER.c.disabled_at.is_(None),
        )
        .order_by(CHOICE.c.id)
    )
    made = insert_or_ignore(tx.connection, DIGEST).from_select(list(columns), who, include_defaults=False)
    return list(tx.connection.execute(made.returning(DIGEST.c.id)).scalars())


# Sending one


def send(work: Work) -> None:
    do = work.installation
    row = do.perform(work.actor, _claim, work.subject_id)
    if row is None:
        return
    found = do.database.read_now(lambda connection: _recipient(connection, do.settings, row.user_id))
    if found is None:
        do.perform(work.actor, _finish, row, DigestState.EMPTY)
        return
    actor, choice, address = found
    if address is None:
        do.perform(work.actor, _finish, row, DigestState.FAILED, MailFault.SECRET)
        return
    counts = do.read(actor, counted, choice.left_out)
    if not any(counts.values()):
        do.perform(work.actor, _finish, row, DigestState.EMPTY)
        return
    try:
        _send(do.settings, address, counts, choice.id, row)
    except NotSent as failed:
        state = DigestState.WAITING if failed.again else DigestState.FAILED
        do.perform(work.actor, _finish, row, state, failed.fault)
        if failed.again:
            raise Unavailable(code=failed.fault.value) from None
    else:
        do.perform(work.actor, _finish, row, DigestState.SENT)


def give_up(work: Work, why: str) -> None:
    mine = (DIGEST.c.id == work.subject_id, DIGEST.c.state == DigestState.WAITING)
    ended = sa.update(DIGEST).where(*mine)

    def end(tx: Tx) -> None:
        tx.connection.execute(ended.values(state=DigestState.FAILED, finished_at=tx.now))

    work.installation.perform(work.actor, end)


def _claim(tx: Tx, digest_id: int) -> Any:
    """None where another has it, or it was sent."""
    mine = (DIGEST.c.id == digest_id, DIGEST.c.state == DigestState.WAITING)
    taken = sa.update(DIGEST).where(*mine).values(state=DigestState.SENDING)
    return tx.connection.execute(taken.returning(DIGEST)).one_or_none()


def _recipient(connection: sa.Connection, settings: Settings, user_id: int) -> Any:
    """(actor, choice, address) as they are now; None where none is wanted any more."""
    choice = choice_of(connection, user_id)
    if choice is None or choice.digest == Frequency.NONE or choice.address is None:
        return None
    actor = resolve(connection, user_id, today_of(now()))
    return None if actor is None else (actor, choice, opened(settings, user_id, choice.address))


def _finish(tx: Tx, row: Any, state: DigestState, fault: MailFault | None = None) -> None:
    values = {"state": state, "finished_at": None if state == DigestState.WAITING else tx.now}
    tx.connection.execute(sa.update(DIGEST).where(DIGEST.c.id == row.id).values(values))
    if state != DigestState.EMPTY:
        note_fault(tx, row.user_id, fault)


def note_fault(tx: Tx, user_id: int, fault: MailFault | None) -> None:
    """What the person sees beside their address; None: the last mail was taken."""
    told = {"fault": fault, "fault_at": None if fault is None else tx.now}
    tx.connection.execute(sa.update(CHOICE).where(CHOICE.c.user_id == user_id).values(told))


@unbounded
def counted(see: Reader, left_out: list[str]) -> dict[Topic, int]:
    """As the first page and the bell count them for this person now."""
    counts: dict[Topic, int] = {}
    if see.actor.has(*BUSINESS):
        counts = {Topic(each["group"]): each["count"] for each in overview(see)["groups"]}
    counts[Topic.UNREAD] = unread_count(see)
    return {topic: count for topic, count in counts.items() if topic.value not in left_out}


def _send(settings: Settings, address: str, counts: dict[Topic, int], choice_id: int, row: Any) -> None:
    site = settings.site_url
    leave = f"{site}/unsubscribe?key={unsubscribe_key(settings, choice_id)}"
    waiting = sum(count for topic, count in counts.items() if topic != Topic.UNREAD)
    subject = f"清廉工作平台：{waiting} 项待办" if waiting else "清廉工作平台：有未读通知"
    links = {"待办": "/my-work", "通知": "/notifications", "设置": "/account/notices"}
    lines = [words(counts), "", *(f"{name}：{site}{path}" for name, path in links.items()), f"退订：{leave}", ""]
    headers = {"List_Unsubscribe": f"<{leave}>", "List_Unsubscribe_Post": "List-Unsubscribe=One-Click"}
    mailing.send(settings, address, subject, "\n".join(lines), f"digest-{row.id}-{row.period}", **headers)


def words(counts: dict[Topic, int]) -> str:
    """您有 3 项逾期、1 项待签收，5 条未读通知。"""
    parts = [f"{count} 项{TOPIC_LABELS[topic]}" for topic, count in counts.items() if count and topic != Topic.UNREAD]
    said = ["、".join(parts)] if parts else []
    if unread := counts.get(Topic.UNREAD):
        said.append(f"{unread}{' 条以上' if unread >= MOST else ' 条'}未读通知")
    return f"您有 {'，'.join(said)}。"


# Confirming an address


def send_code(work: Work) -> None:
    """Twice is no harm: it is the same code."""
    do = work.installation
    found = do.read(work.actor, _asked, work.subject_id)
    if found is None:
        return
    address, code = found
    lines = [
        f"您的确认码是 {code}，24 小时内有效。",
        f"请回到“我的通知设置”填写：{do.settings.site_url}/account/notices",
        "如果这不是您本人填写的，不必理会这封邮件。",
        "",
    ]
    text = "\n".join(lines)
    try:
        mailing.send(do.settings, address, "清廉工作平台：确认电子邮箱", text, f"confirm-{secrets.token_hex(8)}")
    except NotSent as failed:
        do.perform(work.actor, note_fault, work.subject_id, failed.fault)
        if failed.again:
            raise Unavailable(code=failed.fault.value) from None
    else:
        do.perform(work.actor, note_fault, work.subject_id, None)


def _asked(see: Reader, user_id: int) -> tuple[str, str] | None:
    choice = choice_of(see.connection, user_id)
    if choice is None or not mailing.is_on(see.settings):
        return None
    address, code = (opened(see.settings, user_id, each) for each in (choice.asked_address, choice.code))
    return None if address is None or code is None else (address, code)


def prune(tx: Tx) -> None:
    old = (DIGEST.c.district_id == tx.actor.district_id, DIGEST.c.created_at < tx.now - KEPT)
    tx.connection.execute(sa.delete(DIGEST).where(*old))
