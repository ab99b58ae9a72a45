"""Robots of chat groups (企业微信, 钉钉): where a unit's people are told each workday how much waits."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Id,
    Input,
    Line,
    Name,
    Owned,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    table_of,
)
from app.webhooks.models import Fault


class RobotKind(StrEnum):
    WECOM = "wecom"
    DINGTALK = "dingtalk"


KIND_LABELS = {RobotKind.WECOM: "企业微信", RobotKind.DINGTALK: "钉钉"}


class RobotState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


STATE_LABELS = {RobotState.ACTIVE: "启用", RobotState.DISABLED: "停用"}


class Why(StrEnum):
    """Why a robot is disabled."""

    BY_HAND = "by_hand"
    FAILING = "failing"


WHY_LABELS = {Why.BY_HAND: "由安全管理员停用", Why.FAILING: "连续多日没有一次送达"}


class MessageState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    EMPTY = "empty"
    FAILED = "failed"


MESSAGE_STATE_LABELS = {
    MessageState.WAITING: "待发送",
    MessageState.SENDING: "发送中",
    MessageState.SENT: "已送达",
    MessageState.EMPTY: "无事项，未发",
    MessageState.FAILED: "未送达",
}


class Robot(Audited, table=True):
    """Its address holds its key: it is kept sealed under the installation's secret, and never shown again."""

    __tablename__ = "robot"
    __table_args__ = (sa.Index("ix_robot_district_id", "district_id", "id"),)
    audit_name: ClassVar[str] = "robot"
    audit_omit: ClassVar[frozenset[str]] = frozenset({"sealed_url", "sealed_secret"})

    name: str = Field(max_length=100)
    unit_id: int = id_column("unit.id")
    kind: RobotKind = enum_column(RobotKind, "kind")
    host: str = Field(max_length=253)
    """All of its address that is shown."""
    sealed_url: bytes = Field(sa_type=sa.LargeBinary)
    sealed_secret: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    """What DingTalk's messages are signed with."""
    state: RobotState = enum_column(RobotState, "state", default=RobotState.ACTIVE)
    why: Why | None = enum_column(Why, "why", default=None, nullable=True)


class RobotMessage(Owned, table=True):
    """One to a robot for one day (or a test); whoever moves it on to ``sending`` sends it, and nobody does so again."""

    __tablename__ = "robot_message"
    __table_args__ = (
        sa.UniqueConstraint("robot_id", "period"),
        sa.Index("ix_robot_message_district_id", "district_id", "id"),
        IDS_ONCE,
    )

    robot_id: int = id_column("robot.id", index=False)
    period: str = Field(max_length=40)
    """``2026-11-27``, or ``test-…``."""
    state: MessageState = enum_column(MessageState, "state", default=MessageState.WAITING)
    fault: Fault | None = enum_column(Fault, "fault", default=None, nullable=True)
    status: int | None = Field(default=None)
    errcode: int | None = Field(default=None)
    """Of the answer: 0 where it was taken."""
    created_at: datetime = instant_column(nullable=False)
    finished_at: datetime | None = instant_column(default=None, nullable=True)


ROBOT, MESSAGE = table_of(Robot), table_of(RobotMessage)


class RobotCreate(Input):
    """``url``: as the chat program gives it, of the allowed hosts. ``secret``: of DingTalk's 加签, ``SEC…``."""

    name: Name
    unit_id: Id
    kind: RobotKind
    url: Line
    secret: Line | None = None


class RobotPatch(Input):
    """``url`` and ``secret`` absent: as they are."""

    name: Name | None = None
    url: Line | None = None
    secret: Line | None = None


class RobotRead(ReadBase):
    """A robot without its address, of which only the host is shown; and how its last message went."""

    name: str
    unit_id: int
    unit_name: str
    kind: RobotKind
    host: str
    signed: bool
    state: RobotState
    why: Why | None
    last_state: MessageState | None
    last_at: datetime | None
    last_fault: Fault | None
    last_errcode: int | None
    created_at: datetime
    updated_at: datetime
