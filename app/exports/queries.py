"""Every read of exports."""

from datetime import timedelta
from typing import Any, NamedTuple

from app.core.errors import Conflict, Forbidden, Problem
from app.core.operation import Reader
from app.core.paging import Listing, by_id, one_of
from app.core.syncing import view_of
from app.core.tables import on_day
from app.core.workflow import find
from app.exports.asking import admit, list_of
from app.exports.models import BUSY, FORMS, RUN, STATE_LABELS, ExportState
from app.exports.rules import POLICY

LIST = Listing(
    policy=POLICY,
    columns=list(RUN.c),
    sorts={"id": by_id(RUN)},
    filters={"state": one_of(RUN.c.state, "state", ExportState)},
)
MOVED = "发起之后您的角色或单位有变化，请重新导出"
_SHOWN = (
    "id", "version", "filters", "format", "state", "read_count", "written_count", "size", "problem", "created_at",
    "finished_at",
)  # fmt: skip


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SHOWN}
    shown |= {"list": row.path, "title": list_of(row.path)[0].table.title, "allowed_actions": []}
    kept = timedelta(days=see.settings.export_days)
    return shown | {"expires_at": row.finished_at + kept if row.state == ExportState.DONE else None}


def one(see: Any, run_id: int) -> dict[str, Any]:
    return present(see, find(see, POLICY, run_id))


class Made(NamedTuple):
    """A file that may be given out: its own name, its length, what it is called, and what it is."""

    file: str
    size: int
    name: str
    media_type: str


def made(see: Any, run_id: int) -> Made:
    """404 for another's; 409 for one that is not done; 410 for one whose time is over; 403 where the asker would see
    other rows by now."""
    run = find(see, POLICY, run_id)
    if run.state == ExportState.EXPIRED:
        raise gone()
    if run.state != ExportState.DONE:
        mend = "请等它完成" if run.state in BUSY else "请重新导出"
        raise Conflict(f"这份表格{STATE_LABELS[run.state]}，{mend}", code="not_done", state=str(run.state))
    admit(see.actor, run.path)
    if run.view != view_of(see.actor):
        raise Forbidden(MOVED, code="rights_changed")
    form = FORMS[run.format]
    name = f"{list_of(run.path)[0].table.title}-{on_day(run.finished_at)}{form.suffix}"
    return Made(run.file, run.size, name, form.media_type)


def gone() -> Problem:
    return Problem("请重新导出", status=410, code="expired", title="这份表格已过保存期")
