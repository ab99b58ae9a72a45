"""Long files, made by a job: read out of one snapshot, written beside it, in memory that does not grow.

A worker that is killed leaves a file that no run names any more once the next attempt begins, which writes another and
takes the first away; so does the sweep (``pruning.py``). What is given out is what a run that is done names.
"""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from app.core.db import lengthy
from app.core.errors import Unavailable
from app.core.exports import room
from app.core.files import store_of, sync
from app.core.operation import Reader
from app.core.syncing import view_of
from app.core.tables import Extract, read_out
from app.exports import operations as ops
from app.exports.asking import Ask, admit, ask_of
from app.exports.models import FORMS
from app.exports.queries import MOVED
from app.jobs.registry import Kind, Work
from app.settings import Settings

TOLD_EVERY = 5000
"""Rows between two words of how far it is."""


def folder_of(settings: Settings) -> Path:
    return settings.files / "exports"


def make(work: Work) -> None:
    """By the right that its asker has now: the list's own rule of sight, through the asker's eyes."""
    do, actor = work.installation, work.actor
    run = do.perform(actor, ops.begin, work.subject_id, f"{work.subject_id}-{secrets.token_hex(8)}")
    if run is None:
        return
    if run.view != view_of(actor):
        give_up(work, MOVED)
        return
    admit(actor, run.path)
    path = folder_of(do.settings) / run.file
    try:
        with room():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in path.parent.glob(f"{run.id}-*"):
                left.unlink(missing_ok=True)
            rows = _write(work, run, ask_of(run.path, run.filters), path)
        do.perform(actor, ops.finish, run, path.stat().st_size, rows)
    except Unavailable:
        raise  # Whether it was committed nobody knows: a file that no run names is swept.
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(work: Work, run: Any, ask: Ask, path: Path) -> int:
    """How many rows."""
    do, actor = work.installation, work.actor
    staging = store_of(do.settings).staging
    staging.mkdir(parents=True, exist_ok=True)
    reading, writing = _Told(work, run, "read_count"), _Told(work, run, "written_count")

    @lengthy
    def read(see: Reader) -> Extract:
        lines = tempfile.TemporaryFile(dir=staging)  # noqa: SIM115
        return read_out(see, ask.listed.table, ask.asked, ask.row_id, lines, reading)

    extract = do.read(actor, read)
    do.perform(actor, ops.tell, run, {"read_count": reading.rows})
    with extract.lines, path.open("xb") as out:
        FORMS[run.format].write(extract._replace(tick=writing), out, staging)
        out.flush()
        os.fsync(out.fileno())
    sync(path.parent)
    return reading.rows


class _Told:
    """Counts rows, and says so every few thousand."""

    def __init__(self, work: Work, run: Any, name: str) -> None:
        self._work, self._run, self._name = work, run, name
        self.rows = self._said = 0

    def __call__(self, rows: int) -> None:
        self.rows = rows
        if rows - self._said >= TOLD_EVERY:
            self._said = rows
            self._work.installation.perform(self._work.actor, ops.tell, self._run, {self._name: rows})


def give_up(work: Work, why: str) -> None:
    work.installation.perform(work.actor, ops.end_in_vain, work.subject_id, why)


KINDS = {ops.MAKE: Kind(make, give_up, "生成导出文件", ops.take_up, is_long=True)}
