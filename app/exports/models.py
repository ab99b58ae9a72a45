"""A file too long to wait for: what was asked for, how far it is, and where it lies until it is taken away."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import sqlalchemy as sa
from pydantic import BeforeValidator, StringConstraints
from sqlmodel import Field

from app.core.models import (
    Audited,
    Code,
    Input,
    Line,
    ReadBase,
    clean,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
)
from app.core.tables import CSV, XLSX


class ExportState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


STATE_LABELS = {
    ExportState.WAITING: "排队中",
    ExportState.RUNNING: "生成中",
    ExportState.DONE: "已完成",
    ExportState.FAILED: "没有完成",
    ExportState.EXPIRED: "已过期",
}
BUSY = (ExportState.WAITING, ExportState.RUNNING)


class ExportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


FORMS = {ExportFormat.XLSX: XLSX, ExportFormat.CSV: CSV}


class ExportRun(Audited, table=True):
    __tablename__ = "export_run"
    __table_args__ = (
        sa.Index("ix_export_run_user", "user_id", "id"),
        sa.Index("ix_export_run_district", "district_id", "state", "finished_at"),
    )
    audit_name: ClassVar[str] = "export_run"

    district_id: int = id_column("unit.id", index=False, default=None)
    user_id: int = id_column("user.id", index=False)
    path: str = Field(max_length=80)
    """Of the list, behind ``/api/v1/``."""
    filters: dict[str, str] = json_column(nullable=False)
    """As in the list's address."""
    format: ExportFormat = enum_column(ExportFormat, "format", default=ExportFormat.XLSX)
    view: str = Field(max_length=16)
    """What the asker saw by when it was asked for: with other roles or units nothing is made, and nothing given."""
    state: ExportState = enum_column(ExportState, "state", default=ExportState.WAITING)
    read_count: int = 0
    written_count: int = 0
    file: str | None = Field(default=None, max_length=80)
    """The name of what the last attempt writes, or wrote. It is given out when the state is done, and not before."""
    size: int | None = Field(default=None, sa_type=sa.BigInteger)
    problem: str | None = Field(default=None, max_length=500)
    finished_at: datetime | None = instant_column(default=None, nullable=True)


RUN = table_of(ExportRun)

ListPath = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=80)]


class ExportCreate(Input):
    """``list``: a list's path behind ``/api/v1/``, such as ``assignments`` or ``plans/7/ledger``; ``filters``: its
    parameters as in its address, without those of its pages; ``format``: a workbook unless said otherwise."""

    list: ListPath
    filters: dict[Code, Line] = {}
    format: ExportFormat = ExportFormat.XLSX


class ExportRead(ReadBase):
    """A file that a job makes: ``read_count`` rows were read of the list, ``written_count`` of them stand in it."""

    list: str
    title: str
    filters: dict[str, str]
    format: ExportFormat
    state: ExportState
    read_count: int
    written_count: int
    size: int | None
    """Bytes."""
    problem: str | None
    """Why nothing came of it."""
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    """When the file goes."""
