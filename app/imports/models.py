"""One file imported: what it would do, what it did, and every row of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, BeforeValidator, StringConstraints
from sqlmodel import Field, SQLModel

from app.core.models import (
    IDS_ONCE,
    Audited,
    Code,
    Input,
    Owned,
    ReadBase,
    clean,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
)


class RunState(StrEnum):
    CHECKED = "checked"
    COMMITTED = "committed"
    UNDONE = "undone"
    DISCARDED = "discarded"


STATE_LABELS = {
    RunState.CHECKED: "待写入",
    RunState.COMMITTED: "已写入",
    RunState.UNDONE: "已撤销",
    RunState.DISCARDED: "已取消",
}


class RowKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


KIND_LABELS = {
    RowKind.NEW: "新增",
    RowKind.CHANGED: "更新",
    RowKind.UNCHANGED: "不变",
    RowKind.WRONG: "错误",
}


class Mode(StrEnum):
    PREVIEW = "preview"
    COMMIT = "commit"
    COMMIT_VALID = "commit-valid"


class Busy(StrEnum):
    """What a long import is at, while nobody may touch it."""

    CHECKING = "checking"
    COMMITTING = "committing"
    UNDOING = "undoing"


BUSY_LABELS = {Busy.CHECKING: "逐行核对", Busy.COMMITTING: "写入", Busy.UNDOING: "撤销"}


UNFINISHED = "这份表格没有核对完，请取消导入后重新上传，或请系统管理员在后台工作里重试"
PRUNED = "这次导入的逐行记录已过保存期，只留下了数目，请重新上传"


class ImportRun(Audited, table=True):
    __tablename__ = "import_run"
    __table_args__ = (
        sa.Index("ix_import_run_user", "user_id", "id"),
        sa.Index("ix_import_run_district", "district_id", "id"),
    )
    audit_name: ClassVar[str] = "import_run"

    district_id: int = id_column("unit.id", index=False, default=None)
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)
    """None: the installation itself, by the command line."""
    resource: str = Field(max_length=40)
    filename: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    size: int = Field(sa_type=sa.BigInteger)
    state: RunState = enum_column(RunState, "state", default=RunState.CHECKED)
    mode: Mode = enum_column(Mode, "mode", default=Mode.PREVIEW)
    """What was asked for, or is under way."""
    busy: Busy | None = enum_column(Busy, "busy", default=None, nullable=True)
    lines: str | None = Field(default=None, max_length=80)
    """The file of lines in staging, until they are looked at."""
    line_count: int = 0
    done_count: int = 0
    """Rows done, of what it is at."""
    problem: str | None = Field(default=None, max_length=500)
    """Why the last long work on it came to nothing."""
    headings: list[str] = json_column(default_factory=list, nullable=False)
    """As the file has them, in its order."""
    columns: list[str | None] = json_column(default_factory=list, nullable=False)
    """The field of each heading; null where none is known."""
    notes: list[str] | None = json_column(default=None, nullable=True)
    """How the file was read, where that is not plain: from which sheet, without which lines."""
    upload: str | None = Field(default=None, foreign_key="stored_file.sha256", max_length=64, index=True)
    """The workbook itself, as long as it is kept: it is given back with what was found."""
    part: str | None = Field(default=None, max_length=255)
    head_number: int | None = None
    """Where in it the table stands: the part that is its sheet, and the row of the head."""
    around: dict[str, list[Any]] | None = json_column(default=None, nullable=True)
    """Lines ``above`` the head and ``beneath`` the rows, each its number and its cells: given back, never imported. So
    it is with how a CSV is ``written``: its encoding, the sign between its cells, the line that names it."""
    new_count: int = 0
    changed_count: int = 0
    unchanged_count: int = 0
    wrong_count: int = 0
    change_count: int = 0
    """Cells that differ, in all changed rows."""
    fault_count: int = 0
    suggestion_count: int = 0
    """Wrong cells for which there is a suggestion."""
    remark_count: int = 0
    written_count: int = 0
    committed_at: datetime | None = instant_column(default=None, nullable=True)
    pruned_at: datetime | None = instant_column(default=None, nullable=True)
    """Since when its rows are gone: it is too old to be written or taken back."""


class ImportUnit(SQLModel, table=True):
    """A unit for which an import was made, by one who had it from there: who has left it sees the import no more."""

    __tablename__ = "import_unit"

    import_run_id: int = id_column("import_run.id", index=False, primary_key=True)
    unit_id: int = id_column("unit.id", primary_key=True)


class ImportRow(Owned, table=True):
    """A row of the file, as it was read, and what came of it."""

    __tablename__ = "import_row"
    __table_args__ = (sa.UniqueConstraint("import_run_id", "number"), IDS_ONCE)

    import_run_id: int = id_column("import_run.id", index=False)
    number: int
    """Where it stands in the file, counted from 1."""
    kind: RowKind = enum_column(RowKind, "kind")
    cells: list[str] = json_column(nullable=False)
    as_read: list[str] | None = json_column(default=None, nullable=True)
    """Its cells as the file has them, where any may have been put right since."""
    changes: dict[str, list[str]] = json_column(nullable=False)
    """By field: the old words and the new."""
    faults: list[dict[str, Any]] = json_column(nullable=False)
    remarks: list[dict[str, Any]] = json_column(nullable=False)
    target_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    target_version: int | None = None
    """As it was compared; once written, as it was left."""
    undo: dict[str, Any] | None = json_column(default=None, nullable=True)
    """What its resource needs to take it back, once it is written; of one that is written straight, what it writes and
    replaces, from the preview on."""


RUN, ROW, OF_UNIT = table_of(ImportRun), table_of(ImportRow), table_of(ImportUnit)


Cell = Annotated[str, BeforeValidator(clean), StringConstraints(max_length=10_000)]


class ImportCreate(Input):
    """The fields beside the file. ``commit`` writes all or nothing, ``commit-valid`` what is not wrong."""

    resource: Code
    mode: Mode = Mode.PREVIEW


class Correction(Input):
    """A cell of a row put right: its field, and what shall stand there."""

    column: Code
    value: Cell


class ImportRead(ReadBase):
    """A file imported: counts of its rows by kind; ``change_count`` and ``fault_count`` count cells."""

    resource: str
    filename: str
    sha256: str
    size: int
    state: RunState
    mode: Mode
    busy: Busy | None
    """A long import is at work: ask again later. While it checks, ``done_count`` of ``line_count`` rows are done; what
    it commits is written all at once, ``new_count`` and ``changed_count`` rows, and so it is with what it undoes, the
    ``written_count`` rows."""
    line_count: int
    done_count: int
    problem: str | None
    """Why the last long work came to nothing: nothing was written then."""
    headings: list[str]
    columns: list[str | None]
    notes: list[str]
    """How the file was read, where that is not plain: from which sheet, without which lines."""
    row_count: int
    new_count: int
    changed_count: int
    unchanged_count: int
    wrong_count: int
    change_count: int
    fault_count: int
    suggestion_count: int
    remark_count: int
    written_count: int
    created_at: datetime
    committed_at: datetime | None
    pruned_at: datetime | None
    """Since when the rows are no longer kept; the counts are."""


class FaultRead(BaseModel):
    """A wrong cell: its field ("" for the row), why it is wrong, and up to three words that may have been meant."""

    column: str
    detail: str
    suggestions: list[str]


class ImportRowRead(BaseModel):
    """A row: ``cells`` in the order of the run's headings; ``changes`` by field, the old words and the new."""

    id: int
    number: int
    kind: RowKind
    cells: list[str]
    changes: dict[str, list[str]]
    faults: list[FaultRead]
    remarks: list[FaultRead]
    target_id: int | None
