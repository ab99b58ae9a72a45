"""Ways to be told beside the bell: what a person chose, their digests by mail, and the feed of their calendar."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Input,
    Line,
    Name,
    Owned,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
)
from app.notifications.models import NoticeTopic


class Frequency(StrEnum):
    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


FREQUENCY_LABELS = {Frequency.NONE: "不发", Frequency.DAILY: "每个工作日早晨", Frequency.WEEKLY: "每周一次"}


class Topic(StrEnum):
    """What a digest counts: the groups of 我的待办, and notices that were not read."""

    OVERDUE = "overdue"
    SOON = "soon"
    ACKNOWLEDGE = "acknowledge"
    REVIEW = "review"
    RECTIFY = "rectify"
    UNREAD = "unread"


TOPIC_LABELS = {
    Topic.OVERDUE: "逾期",
    Topic.SOON: "三日内到期",
    Topic.ACKNOWLEDGE: "待签收",
    Topic.REVIEW: "待审核",
    Topic.RECTIFY: "待整改",
    Topic.UNREAD: "未读通知",
}


class MailFault(StrEnum):
    """What kept a mail from being taken."""

    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    LOGIN = "login"
    SENDER = "sender"
    REFUSED = "refused"
    LATER = "later"
    UNSURE = "unsure"
    SECRET = "secret"


MAIL_FAULT_LABELS = {
    MailFault.CONNECTION: "连接不上发信服务器",
    MailFault.TLS: "发信服务器的 TLS 证书或握手有误",
    MailFault.TIMEOUT: "发信服务器没有及时答复",
    MailFault.LOGIN: "发信服务器不接受本系统的账号",
    MailFault.SENDER: "发信服务器不接受本系统的发件人或邮件",
    MailFault.REFUSED: "邮箱被拒收，请核对地址",
    MailFault.LATER: "邮箱暂时不能收信",
    MailFault.UNSURE: "发信服务器中途断开，不能确定是否已收下，没有重发",
    MailFault.SECRET: "邮箱地址打不开：数据目录里的 secret 换过，请重新填写",
}


class NoticeChoice(Owned, table=True):
    """A person's own. Addresses are kept sealed under the installation's secret, and are in no event."""

    __tablename__ = "notice_choice"
    __table_args__ = (sa.UniqueConstraint("user_id"), sa.Index("ix_notice_choice_district_id", "district_id", "id"))

    user_id: int = id_column("user.id", index=False)
    digest: Frequency = enum_column(Frequency, "digest", default=Frequency.NONE)
    left_out: list[str] = json_column(default_factory=list)
    """Topics that are not counted."""
    address: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    """Confirmed by a code that was sent to it."""
    asked_address: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    code: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    asked_at: datetime | None = instant_column(default=None, nullable=True)
    fault: MailFault | None = enum_column(MailFault, "fault", default=None, nullable=True)
    """Of the last mail; None once one was taken."""
    fault_at: datetime | None = instant_column(default=None, nullable=True)


class DigestState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    EMPTY = "empty"
    FAILED = "failed"


class Digest(Owned, table=True):
    """One to a person for one period; whoever moves it on to ``sending`` sends it, and nobody does so again."""

    __tablename__ = "digest"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "period"),
        sa.Index("ix_digest_district_id", "district_id", "id"),
        IDS_ONCE,
    )

    user_id: int = id_column("user.id", index=False)
    period: str = Field(max_length=20)
    """``2026-11-27``, or ``2026-W48``."""
    state: DigestState = enum_column(DigestState, "state", default=DigestState.WAITING)
    created_at: datetime = instant_column(nullable=False)
    finished_at: datetime | None = instant_column(default=None, nullable=True)


class CalendarFeed(Owned, table=True):
    """A secret address that a calendar program fetches; its token is shown once, and kept as a hash."""

    __tablename__ = "calendar_feed"
    __table_args__ = (sa.UniqueConstraint("user_id"), sa.UniqueConstraint("token_sha256"), IDS_ONCE)

    user_id: int = id_column("user.id", index=False)
    token_sha256: str = Field(max_length=64)
    made_at: datetime = instant_column(nullable=False)


CHOICE, DIGEST, FEED = (table_of(model) for model in (NoticeChoice, Digest, CalendarFeed))


class ChoicesPut(Input):
    """``left_out``: topics that a digest does not count; absent, none."""

    digest: Frequency
    left_out: list[Topic] = []


class AddressAsk(Input):
    email: Line = Field(max_length=200)


class AddressConfirm(Input):
    code: Name


class Unsubscribe(Input):
    key: str = Field(max_length=200)
    """As it stands in the mail's own link."""


class Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoticeSettings(Shown):
    """One's own choices. ``mail_on``: whether this installation sends mail at all."""

    mail_on: bool
    digest: Frequency
    left_out: list[Topic]
    notices_left_out: list[NoticeTopic]
    """What one gets no notices of in the application."""
    email: str | None
    """Confirmed. To a token only its first letter and its host."""
    asked_email: str | None
    """A code was sent to it and is waited for."""
    fault: MailFault | None
    fault_at: datetime | None
    feed_since: datetime | None
    """Since when there is a calendar feed; null: there is none."""


class FeedIssued(Shown):
    path: str
    """``/calendar/….ics`` of this site, shown this once: whoever has it reads the calendar."""


class Unsubscribed(Shown):
    digest: Frequency
