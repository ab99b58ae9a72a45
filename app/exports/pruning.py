"""The files of exports go after some days, and what killed workers left goes with them; the rows stay."""

import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.calendar import now
from app.exports import operations as ops
from app.exports.models import RUN, ExportState
from app.exports.working import folder_of
from app.jobs.registry import Work

SLACK_S = 24 * 3600
"""A file that no run names is younger than those that one did name and are about to go."""


def prune_all(work: Work) -> int:
    """Of a bureau, each in a transaction of its own; how many."""
    do, folder = work.installation, folder_of(work.installation.settings)
    kept = timedelta(days=do.settings.export_days)
    old = do.database.read_now(_old, work.subject_id, now() - kept)
    gone = sum(do.perform(work.actor, ops.expire, run, folder) for run in old)
    sweep(folder, kept.total_seconds() + SLACK_S)
    return gone


def _old(connection: Connection, district_id: int, before: datetime) -> list[Any]:
    over = sa.and_(RUN.c.state == ExportState.DONE, RUN.c.finished_at < before)
    rows = sa.select(RUN.c.id, RUN.c.file).where(RUN.c.district_id == district_id, over).order_by(RUN.c.id)
    return list(connection.execute(rows).all())


def sweep(folder: Path, older_than_s: float) -> None:
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > older_than_s:
                    path.unlink()
