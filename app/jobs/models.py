"""Work that outlives the request which asked for it: one row each, in the same database as what it works on."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import IDS_ONCE, Owned, ReadBase, Row, enum_column, id_column, instant_column, table_of


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


STATE_LABELS = {
    JobState.WAITING: "等待",
    JobState.RUNNING: "进行中",
    JobState.DONE: "已完成",
    JobState.FAILED: "失败",
}

LOST, GIVING_UP = "lease_lost", "giving_up"
"""What an attempt ended in of which nothing was heard any more: its worker was killed, perhaps by the work. And that
this was the last one: it stands in the row until the job has failed, so that a worker which is lost at the giving up
leaves that to the next, and not the work.
"""
ERROR_LABELS = {LOST: "办理它的进程中断了", GIVING_UP: "办理它的进程多次中断，不再办理"}
"""Of what ended otherwise the code is shown, or the kind of the fault."""


class Job(Owned, table=True):
    """``kind`` names the work, ``subject_id`` the row it is about; the work finds everything else there."""

    __tablename__ = "job"
    __table_args__ = (
        sa.Index("ix_job_state", "state", "due_at"),
        sa.Index("ix_job_district_id", "district_id"),
        IDS_ONCE,
    )

    user_id: int | None = id_column("user.id", default=None, nullable=True)
    """Whose it is: the work may do what this person may do when it begins. None: the installation itself."""
    token_id: int | None = id_column("api_token.id", default=None, nullable=True)
    """The token it was asked for with, whose unit and end hold for the work too."""
    kind: str = Field(max_length=40)
    subject_id: int = Field(sa_type=sa.BigInteger)
    state: JobState = enum_column(JobState, "state", default=JobState.WAITING)
    due_at: datetime = instant_column()
    lease_until: datetime | None = instant_column(default=None, nullable=True)
    """Until then it is somebody's; a worker that died lets it pass."""
    attempts: int = 0
    created_at: datetime = instant_column()
    finished_at: datetime | None = instant_column(default=None, nullable=True)
    error: str | None = Field(default=None, max_length=80)
    """What its last attempt ended in: a problem's code, or the kind of a fault. Never the words, which may tell of
    people."""


class ScheduleRun(Row, table=True):
    """A period of something that comes again: whoever inserted it put in its jobs."""

    __tablename__ = "schedule_run"
    __table_args__ = (sa.UniqueConstraint("kind", "period"), IDS_ONCE)

    kind: str = Field(max_length=40)
    period: str = Field(max_length=20)
    claimed_at: datetime = instant_column(nullable=False)


JOB, RUN = table_of(Job), table_of(ScheduleRun)


class JobRead(ReadBase):
    """Work that nobody waits for: what kind, and how it stands. What it is about is not the administrator's to see."""

    kind: str
    label: str
    state: JobState
    attempts: int
    due_at: datetime | None
    """When it is tried next; null unless it waits."""
    lease_until: datetime | None
    """Until then it is a worker's; null unless one is at it."""
    error: str | None
    """What its last failed attempt ended in: a problem's code, or the kind of a fault."""
    created_at: datetime
    finished_at: datetime | None


class ScheduleRead(BaseModel):
    """What comes again by itself: when it was put in last, what became of that, and when it is next."""

    kind: str
    label: str
    last_at: datetime | None
    state: JobState | None
    next_at: datetime


class QueueRead(BaseModel):
    """``idle_since``: since when nothing has been worked on though something was to be done; null as long as all is
    well. ``worker``: who is to work on it, by ``QL_WORKER``."""

    idle_since: datetime | None
    worker: str
    schedules: list[ScheduleRead]
