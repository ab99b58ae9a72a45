"""Whether what is due of a complaint was done in time, stage by stage."""

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel


class ComplaintStage(StrEnum):
    ACCEPT = "accept"
    CONCLUDE = "conclude"
    REPLY = "reply"


STAGE_LABELS = {ComplaintStage.ACCEPT: "受理", ComplaintStage.CONCLUDE: "办结", ComplaintStage.REPLY: "答复"}


class ComplaintStageRead(BaseModel):
    """A stage that was reached: by when it was to be over, and whether it was; None: it is going on, and in time."""

    stage: ComplaintStage
    due_on: date
    done_on: date | None
    kept: bool | None


class Stay(NamedTuple):
    stage: ComplaintStage
    due_on: date
    done_on: date | None
    kept: bool | None
    """None: it is going on, and there is time."""


def stages(row: Any, today: date) -> list[Stay]:
    """Those that the complaint reached. What was rejected or handed on ended the stage in which it stood."""
    accepted, concluded = row.accepted_on or row.ended_on, row.concluded_on or row.ended_on
    each = (
        (ComplaintStage.ACCEPT, row.accept_by, accepted),
        (ComplaintStage.CONCLUDE, row.conclude_by, concluded),
        (ComplaintStage.REPLY, row.reply_by, row.replied_on),
    )
    return [Stay(stage, by, done, _kept(by, done, today)) for stage, by, done in each if by is not None]


def _kept(by: date, done: date | None, today: date) -> bool | None:
    if done is not None:
        return done <= by
    return False if today > by else None
