"""Notices within the application: to a unit, whose people each read them for themselves, or to one person."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field, SQLModel

from app.core.models import BIG_ID, IDS_ONCE, Input, Owned, ReadBase, enum_column, id_column, instant_column, table_of


class Kind(StrEnum):
    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"
    WEBHOOK_DISABLED = "webhook_disabled"
    DECLINED = "declined"
    RECEIVED = "received"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    URGED = "urged"
    GIVEN = "given"
    SENT_BACK = "sent_back"
    REOPENED = "reopened"
    SENT_AGAIN = "sent_again"
    WAIVED = "waived"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    REFUSED = "refused"
    SELECTED = "selected"
    PROMOTED = "promoted"
    FINAL = "final"
    PUBLISHED = "published"


class Notification(Owned, table=True):
    """What it says is made from its kind and the row it is about: no text is kept, and no name."""

    __tablename__ = "notification"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "kind", "resource", "resource_id", "deadline_on"),
        sa.Index("ix_notification_user_id", "user_id", "id"),
        sa.Index("ix_notification_unit_id", "unit_id", "id"),
        sa.Index("ix_notification_district_id", "district_id", "id"),
        sa.CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name="one_recipient"),
        IDS_ONCE,
    )

    version: int = Field(default=1, nullable=False)
    unit_id: int | None = id_column("unit.id", index=False, default=None, nullable=True)
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)
    kind: Kind = enum_column(Kind, "kind")
    resource: str = Field(max_length=40)
    resource_id: int = Field(sa_type=sa.BigInteger)
    deadline_on: date | None = None
    """Once for each deadline that a row has had. Without one, as often as it happens: NULL is no other NULL."""
    at: datetime = instant_column(nullable=False)
    told_with_id: int | None = id_column("notification.id", default=None, nullable=True)
    """The notice of the same morning that tells of this one too: it is not shown by itself."""


class NotificationRead(SQLModel, table=True):
    """That a person has read it."""

    __tablename__ = "notification_read"

    notification_id: int = Field(primary_key=True, foreign_key="notification.id", sa_type=BIG_ID)
    user_id: int = Field(primary_key=True, foreign_key="user.id", sa_type=BIG_ID, index=True)
    at: datetime = instant_column(nullable=False)


class NoticeTopic(StrEnum):
    """What a person may do without in the application. What is overdue, urged, or theirs to take up always stays."""

    NEAR = "near"
    GIVEN = "given"
    SENT_BACK = "sent_back"
    DECIDED = "decided"
    PUBLISHED = "published"


NOTICE_TOPIC_LABELS = {
    NoticeTopic.NEAR: "时限临近和到期",
    NoticeTopic.GIVEN: "新下达的事项",
    NoticeTopic.SENT_BACK: "退回和重启",
    NoticeTopic.DECIDED: "审批、选用和评定的结果",
    NoticeTopic.PUBLISHED: "公布和通报",
}
KINDS_OF = {
    NoticeTopic.NEAR: (Kind.SOON, Kind.DUE),
    NoticeTopic.GIVEN: (Kind.GIVEN, Kind.SENT_AGAIN),
    NoticeTopic.SENT_BACK: (Kind.SENT_BACK, Kind.REOPENED),
    NoticeTopic.DECIDED: (
        *(Kind.DECLINED, Kind.APPROVED, Kind.REFUSED, Kind.SELECTED, Kind.PROMOTED, Kind.WAIVED, Kind.CANCELLED),
        Kind.FINAL,
    ),
    NoticeTopic.PUBLISHED: (Kind.PUBLISHED,),
}


class NoticeLeftOut(SQLModel, table=True):
    """A kind of which a person wants no notices: all of a topic's together."""

    __tablename__ = "notice_left_out"

    user_id: int = Field(primary_key=True, foreign_key="user.id", sa_type=BIG_ID)
    kind: str = Field(primary_key=True, max_length=40)


NOTICE, READ, LEFT_OUT = (table_of(model) for model in (Notification, NotificationRead, NoticeLeftOut))


class NoticeRead(ReadBase):
    kind: Kind
    unit_id: int | None
    """Whose people it is to; null: to oneself."""
    resource: str
    """The noun of the API, such as ``assignments``; ``dispatches`` for rows that were dispatched together."""
    resource_id: int
    deadline_on: date | None
    also: int
    """How many more rows of the same morning it tells of."""
    text: str
    href: str
    """Of the row, in the API; of those that were dispatched or are overdue together, the list that shows them."""
    at: datetime
    read_at: datetime | None
    """When one read it oneself."""


class AllRead(BaseModel):
    count: int


class NoticesLeftOut(Input):
    """``topics``: of which one wants no notices in the application; absent, none."""

    topics: list[NoticeTopic] = []
