"""Webhooks: where another system is told that something changed, what it was told, and how each try went."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field, SQLModel

from app.core.models import (
    BIG_ID,
    IDS_ONCE,
    Audited,
    Flag,
    Id,
    Input,
    Line,
    Name,
    Owned,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
)


class WebhookState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


STATE_LABELS = {WebhookState.ACTIVE: "启用", WebhookState.DISABLED: "停用"}


class Why(StrEnum):
    """Why a webhook is disabled."""

    BY_HAND = "by_hand"
    GONE = "gone"
    FAILING = "failing"


WHY_LABELS = {
    Why.BY_HAND: "由安全管理员停用",
    Why.GONE: "对方答复 410，表示不再接收",
    Why.FAILING: "连续多日没有一次送达",
}


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


DELIVERY_STATE_LABELS = {
    DeliveryState.WAITING: "待送达",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.FAILED: "未送达",
}


class Fault(StrEnum):
    """What kept a message from arriving."""

    URL = "url"
    NAME = "name"
    ADDRESS = "address"
    PLAIN = "plain"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    ANSWER = "answer"
    REDIRECT = "redirect"
    STATUS = "status"
    SECRET = "secret"


FAULT_LABELS = {
    Fault.URL: "地址不合规定",
    Fault.NAME: "主机名解析不出地址",
    Fault.ADDRESS: "主机名指向内部网络，没有发送",
    Fault.PLAIN: "没有 TLS 的地址不在放行的网段内，没有发送",
    Fault.CONNECTION: "连接不上",
    Fault.TLS: "TLS 证书或握手有误",
    Fault.TIMEOUT: "10 秒内没有答复",
    Fault.ANSWER: "答复不是 HTTP，或头部过大",
    Fault.REDIRECT: "对方要求跳转，不跟随",
    Fault.STATUS: "对方没有接受",
    Fault.SECRET: "签名密钥打不开：数据目录里的 secret 换过，请更换密钥",
}


class Webhook(Audited, table=True):
    """It belongs to a unit and hears what that unit's people may read."""

    __tablename__ = "webhook"
    __table_args__ = (sa.Index("ix_webhook_district_id", "district_id", "id"),)
    audit_name: ClassVar[str] = "webhook"

    name: str = Field(max_length=100)
    unit_id: int = id_column("unit.id")
    recursive: bool = False
    """Also the units beneath it (a central school's schools)."""
    url: str = Field(max_length=500)
    resources: list[str] | None = json_column(default=None, nullable=True)
    """Nouns of the API, such as ``assignments``; None: all that there are."""
    state: WebhookState = enum_column(WebhookState, "state", default=WebhookState.ACTIVE)
    why: Why | None = enum_column(Why, "why", default=None, nullable=True)


class WebhookSecret(Owned, table=True):
    """What messages are signed with. After a rotation the one before is good for a while longer."""

    __tablename__ = "webhook_secret"
    __table_args__ = IDS_ONCE

    webhook_id: int = id_column("webhook.id")
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    """Under the installation's own, see ``core.secrecy``."""
    made_at: datetime = instant_column(nullable=False)
    ends_at: datetime | None = instant_column(default=None, nullable=True)


class WebhookStanding(Owned, table=True):
    """How it goes with a webhook; changes with every message and is no business of the audit log."""

    __tablename__ = "webhook_standing"
    __table_args__ = (sa.UniqueConstraint("webhook_id"), IDS_ONCE)

    webhook_id: int = id_column("webhook.id", index=False)
    lease_until: datetime | None = instant_column(default=None, nullable=True)
    """Until then one worker sends for it; one that died lets it pass."""
    rest_until: datetime | None = instant_column(default=None, nullable=True)
    """After a failure nothing is sent for a while, so that a receiver that is away costs one try, not one a message."""
    failing_since: datetime | None = instant_column(default=None, nullable=True)
    failures: int = 0
    """In a row."""


class WebhookCursor(SQLModel, table=True):
    """How far a webhook has heard one lane of the district's seals. Within a lane they are committed in order."""

    __tablename__ = "webhook_cursor"

    webhook_id: int = Field(primary_key=True, foreign_key="webhook.id", sa_type=BIG_ID)
    lane: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    seq: int = Field(default=0, sa_type=BIG_ID)


class WebhookDelivery(Owned, table=True):
    """One message to one webhook: the outbox, and its log."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("webhook_id", "event_id"),
        sa.Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
        sa.Index("ix_webhook_delivery_due", "webhook_id", "state", "due_at"),
        sa.Index("ix_webhook_delivery_district_id", "district_id", "id"),
        sa.Index("ix_webhook_delivery_created_at", "created_at"),
        IDS_ONCE,
    )

    version: int = Field(default=1, nullable=False)
    webhook_id: int = id_column("webhook.id", index=False)
    message_id: str = Field(max_length=40)
    """The same at every try. Drawn, not counted: a restored database must not give one out twice."""
    event_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    """None: a test. No foreign key: events are archived, the log of deliveries is pruned."""
    type: str = Field(max_length=80)
    resource: str | None = Field(default=None, max_length=40)
    resource_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    resource_version: int | None = Field(default=None)
    happened_at: datetime = instant_column(nullable=False)
    state: DeliveryState = enum_column(DeliveryState, "state", default=DeliveryState.WAITING)
    due_at: datetime = instant_column(nullable=False)
    attempts: int = 0
    """Since it was put in, or sent again."""
    status: int | None = Field(default=None)
    fault: Fault | None = enum_column(Fault, "fault", default=None, nullable=True)
    duration_ms: int | None = Field(default=None)
    created_at: datetime = instant_column(nullable=False)
    updated_at: datetime = instant_column(nullable=False)
    finished_at: datetime | None = instant_column(default=None, nullable=True)


class WebhookAttempt(Owned, table=True):
    """One try. Nothing of what the receiver answered is kept but its status."""

    __tablename__ = "webhook_attempt"
    __table_args__ = IDS_ONCE

    webhook_delivery_id: int = id_column("webhook_delivery.id")
    at: datetime = instant_column(nullable=False)
    status: int | None = Field(default=None)
    fault: Fault | None = enum_column(Fault, "fault", default=None, nullable=True)
    duration_ms: int


WEBHOOK, SECRET, STANDING, CURSOR, DELIVERY, ATTEMPT = (
    table_of(model)
    for model in (Webhook, WebhookSecret, WebhookStanding, WebhookCursor, WebhookDelivery, WebhookAttempt)
)


class WebhookCreate(Input):
    """``url`` with https://. ``resources``: nouns of the API such as ``assignments``; absent, all."""

    name: Name
    url: Line
    unit_id: Id
    recursive: Flag = False
    resources: list[Line] | None = None


class WebhookPatch(Input):
    name: Name | None = None
    url: Line | None = None
    resources: list[Line] | None = None


class WebhookRead(ReadBase):
    """A webhook without its secret, which was shown once."""

    name: str
    url: str
    unit_id: int
    unit_name: str
    recursive: bool
    resources: list[str] | None
    state: WebhookState
    why: Why | None
    failing_since: datetime | None
    """Since when not one message arrived; null while they do."""
    old_secret_until: datetime | None
    """After a rotation: until then messages are signed with the secret before, too."""
    created_at: datetime
    updated_at: datetime


class WebhookIssued(WebhookRead):
    secret: str
    """``whsec_…``, shown this once."""


class DeliveryRead(ReadBase):
    webhook_id: int
    webhook_name: str
    message_id: str
    """The header ``webhook-id``, the same at every try."""
    type: str
    resource: str | None
    resource_id: int | None
    resource_version: int | None
    happened_at: datetime
    state: DeliveryState
    attempts: int
    due_at: datetime
    """Of a waiting one, the next try."""
    status: int | None
    """Of the last answer."""
    fault: Fault | None
    duration_ms: int | None
    created_at: datetime
    finished_at: datetime | None


class AttemptRead(BaseModel):
    at: datetime
    status: int | None
    fault: Fault | None
    duration_ms: int


class DeliveryDetail(DeliveryRead):
    """A delivery with its last hundred tries, newest first."""

    tries: list[AttemptRead]
