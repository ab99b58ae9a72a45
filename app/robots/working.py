"""A day's message to each group, made and sent once, and what came of it."""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pydantic_core
import sqlalchemy as sa

from app.core.audit import record
from app.core.db import insert_or_ignore
from app.core.errors import Invalid, Unavailable
from app.core.operation import Reader, Tx, operation
from app.core.secrecy import Unreadable, decrypt
from app.jobs import queue
from app.jobs.registry import Kind, Work
from app.robots import queries
from app.robots.models import MESSAGE, ROBOT, MessageState, RobotState, Why
from app.robots.operations import PURPOSE, SEND, TEST, host_of
from app.robots.rules import ACTIVE, WORKFLOW
from app.settings import Settings
from app.units.models import UNIT
from app.webhooks import posting
from app.webhooks.models import Fault

GIVE_UP_AFTER = 5
"""Days in a row without one message that arrived: the robot is disabled."""
KEPT = timedelta(days=30)
BUSY = {45009, 45033, 130101, 410100}
"""Too many in a minute, of either program: later it may be taken."""
_ERRCODE = re.compile(rb'"errcode"\s*:\s*(-?\d{1,9})\b')


@operation("robot_message.prepare")
def prepare(tx: Tx) -> int:
    """On a workday: the day's message of each active robot; how many."""
    if not tx.workdays.is_workday(tx.today):
        return 0
    columns: dict[str, Any] = {
        "district_id": ROBOT.c.district_id,
        "robot_id": ROBOT.c.id,
        "period": sa.literal(tx.today.isoformat()),
        "state": sa.literal(MessageState.WAITING, MESSAGE.c.state.type),
        "created_at": sa.literal(tx.now, MESSAGE.c.created_at.type),
    }
    mine = (ROBOT.c.district_id == tx.actor.district_id, ROBOT.c.state == RobotState.ACTIVE)
    robots = sa.select(*columns.values()).where(*mine).order_by(ROBOT.c.id)
    put = insert_or_ignore(tx.connection, MESSAGE).from_select(list(columns), robots, include_defaults=False)
    made = list(tx.connection.execute(put.returning(MESSAGE.c.id)).scalars())
    for message_id in made:
        queue.put(tx.connection, SEND, message_id, tx.now, district_id=tx.actor.district_id)
    if made:
        record(tx, "robot_message", None, after={"on": tx.today.isoformat(), "count": len(made)})
    return len(made)


def send(work: Work) -> None:
    do = work.installation
    row = do.perform(work.actor, _claim, work.subject_id)
    if row is None:
        return
    text = do.read(work.actor, text_of, row)
    if text is None:
        do.perform(work.actor, note, row, MessageState.EMPTY, None)
        return
    got = _tried(do.settings, row, text)
    again = got.fault is not None and (got.errcode in BUSY or (got.errcode is None and got.fault in _PASSING))
    state = MessageState.SENT if got.fault is None else MessageState.WAITING if again else MessageState.FAILED
    do.perform(work.actor, note, row, state, got)
    if again:
        raise Unavailable(code=str(got.fault))


_PASSING = {Fault.NAME, Fault.CONNECTION, Fault.TLS}
"""It never reached the other end, and may tomorrow. After a time-out it may have been taken: it is not sent twice."""


class Got:
    """What came of a try."""

    def __init__(self, fault: Fault | None, status: int | None = None, errcode: int | None = None) -> None:
        self.fault = fault
        self.status = status
        self.errcode = errcode


def _tried(settings: Settings, row: Any, text: str) -> Got:
    try:
        url, secret = (_opened(settings, row.unit_id, each) for each in (row.sealed_url, row.sealed_secret))
    except Unreadable:
        return Got(Fault.SECRET)
    assert url is not None
    try:
        host_of(settings, url)  # The list may have become shorter since.
    except Invalid:
        return Got(Fault.URL)
    body = pydantic_core.to_json({"msgtype": "text", "text": {"content": text}})
    outcome, answered = posting.ask(signed(url, secret, row.now), body, {}, settings.webhook_ranges)
    if outcome.fault is not None:
        return Got(outcome.fault, outcome.status)
    found = _ERRCODE.search(answered)
    errcode = int(found[1]) if found else None
    return Got(None if errcode == 0 else Fault.STATUS, outcome.status, errcode)


def _opened(settings: Settings, unit_id: int, sealed: bytes | None) -> str | None:
    return None if sealed is None else decrypt(settings.secret, PURPOSE, str(unit_id), sealed)


def signed(url: str, secret: str | None, at: datetime) -> str:
    """DingTalk's 加签: HMAC-SHA256 of the milliseconds, a line feed and the secret, under the secret."""
    if secret is None:
        return url
    stamp = str(int(at.timestamp() * 1000))
    mark = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{url}{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(base64.b64encode(mark))}"


def text_of(see: Reader, row: Any) -> str | None:
    """How much waits for the unit, and where to look; None where nothing does."""
    if row.period.startswith(TEST):
        said = "测试消息，收到即表示设置成功。"
    else:
        counts = queries.counts_of(see, row.unit_id)
        parts = [f"{count} 项{queries.COUNTED[name]}" for name, count in counts.items() if count]
        if not parts:
            return None
        said = f"{row.unit_name}有 {'、'.join(parts)}。"
    link = f"\n{see.settings.site_url}/my-work" if see.settings.site_url else ""
    return f"【清廉工作平台】{said}{link}"


def _claim(tx: Tx, message_id: int) -> Any:
    """The message with its robot; None where another has it, or the robot was disabled meanwhile."""
    waiting = (MESSAGE.c.id == message_id, MESSAGE.c.state == MessageState.WAITING)
    taken = sa.update(MESSAGE).where(*waiting).values(state=MessageState.SENDING).returning(MESSAGE.c.id)
    if tx.connection.execute(taken).one_or_none() is None:
        return None
    robot = [ROBOT.c[name] for name in ("unit_id", "sealed_url", "sealed_secret")]
    now = sa.literal(tx.now, MESSAGE.c.created_at.type).label("now")
    found = sa.select(MESSAGE, *robot, UNIT.c.name.label("unit_name"), now).select_from(
        MESSAGE.join(ROBOT, ROBOT.c.id == MESSAGE.c.robot_id).join(UNIT, UNIT.c.id == ROBOT.c.unit_id)
    )
    active = (MESSAGE.c.id == message_id, ROBOT.c.state == RobotState.ACTIVE)
    row = tx.connection.execute(found.where(*active)).one_or_none()
    if row is None:
        _settle(tx, message_id, MessageState.FAILED)
    return row


def _settle(tx: Tx, message_id: int, state: MessageState, **told: Any) -> None:
    values = {"state": state, "finished_at": None if state == MessageState.WAITING else tx.now, **told}
    tx.connection.execute(sa.update(MESSAGE).where(MESSAGE.c.id == message_id).values(values))


@operation("robot.try")
def note(tx: Tx, row: Any, state: MessageState, got: Got | None) -> None:
    told = {} if got is None else {"fault": got.fault, "status": got.status, "errcode": got.errcode}
    _settle(tx, row.id, state, **told)
    if state == MessageState.FAILED:
        _disable_failing(tx, row.robot_id)


def give_up(work: Work, why: str) -> None:
    def end(tx: Tx) -> None:
        mine = (MESSAGE.c.id == work.subject_id, MESSAGE.c.state == MessageState.WAITING)
        ended = sa.update(MESSAGE).where(*mine).values(state=MessageState.FAILED, finished_at=tx.now)
        robot_id = tx.connection.execute(ended.returning(MESSAGE.c.robot_id)).scalar()
        if robot_id is not None:
            _disable_failing(tx, robot_id)

    work.installation.perform(work.actor, operation("robot.try")(end))


def _disable_failing(tx: Tx, robot_id: int) -> None:
    """What failed before it was enabled again, or had another address, is not held against it."""
    since = sa.select(ROBOT.c.updated_at).where(ROBOT.c.id == robot_id).scalar_subquery()
    days = (
        sa.select(MESSAGE.c.state)
        .where(
            MESSAGE.c.robot_id == robot_id,
            MESSAGE.c.created_at >= since,
            MESSAGE.c.state.in_([MessageState.SENT, MessageState.FAILED]),
            sa.not_(MESSAGE.c.period.startswith(TEST)),
        )
        .order_by(MESSAGE.c.id.desc())
        .limit(GIVE_UP_AFTER)
    )
    states = list(tx.connection.execute(days).scalars())
    row = WORKFLOW.find(tx, robot_id)
    if len(states) == GIVE_UP_AFTER and set(states) == {MessageState.FAILED} and row.state == ACTIVE:
        WORKFLOW.step(tx, row, "disable", why=Why.FAILING)


def prune(tx: Tx) -> None:
    old = (MESSAGE.c.district_id == tx.actor.district_id, MESSAGE.c.created_at < tx.now - KEPT)
    tx.connection.execute(sa.delete(MESSAGE).where(*old))


KINDS = {SEND: Kind(send, give_up, "发送群消息")}
