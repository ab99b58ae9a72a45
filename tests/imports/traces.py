"""What every import leaves in the audit log, of each of its rows: looked for after each test that imports anything."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.assignments.models import REPORT
from app.core.audit import EVENT, Outcome
from app.imports.models import ROW, RUN, RowKind, RunState
from app.imports.registry import IMPORTABLES

WRITTEN = sa.and_(
    RUN.c.state.in_((RunState.COMMITTED, RunState.UNDONE)),
    ROW.c.kind.in_((RowKind.NEW, RowKind.CHANGED)),
    # Of a complaint that its importer may not see, not even the id is told.
    ROW.c.target_id.is_not(None),
)


@pytest.fixture(autouse=True)
def every_row_leaves_its_event(request: pytest.FixtureRequest) -> Iterator[None]:
    """An event with what the row was before and is after it, when it is written and when it is taken back."""
    if "client" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("client")  # Open until this has looked.
    database = request.getfixturevalue("app").state.database
    yield
    assert database.read_now(untold) == []


def untold(connection: sa.Connection) -> list[tuple[Any, ...]]:
    """(resource, what was done, row of the file) of which the log has no event that tells of it."""
    names = (RUN.c.id.label("run_id"), RUN.c.resource, RUN.c.committed_at, RUN.c.state)
    rows = sa.select(*names, ROW.c.number, ROW.c.kind, ROW.c.target_id).join(ROW, ROW.c.import_run_id == RUN.c.id)
    return [
        (row.resource, verb, row.number)
        for row in connection.execute(rows.where(WRITTEN))
        for verb, at in _acts(connection, row)
        if not _is_told(connection, row, verb, at)
    ]


def _acts(connection: sa.Connection, row: Any) -> list[tuple[str, Any]]:
    undone = sa.select(EVENT.c.at, EVENT.c.after).where(
        EVENT.c.resource == "import_run",
        EVENT.c.resource_id == row.run_id,
        EVENT.c.operation == "import_run.undo",
        EVENT.c.outcome == Outcome.DONE,
    )
    # Of a long one an event before tells only that a job is to do it.
    done = [at for at, after in connection.execute(undone) if after.get("state") == RunState.UNDONE]
    return [("import", row.committed_at), *(("undo_import", at) for at in done)]


def _is_told(connection: sa.Connection, row: Any, verb: str, at: Any) -> bool:
    resource = IMPORTABLES[row.resource]
    if resource.straight is not None:
        # Its reports tell it, each of which the next one replaces: they refer to the table's one event.
        refers = {"import": REPORT.c.import_event_id, "undo_import": REPORT.c.taken_back_event_id}[verb]
        of_report = sa.select(EVENT.c.after).join(REPORT, refers == EVENT.c.id)
        return bool(
            connection.execute(of_report.where(REPORT.c.assignment_id == row.target_id, EVENT.c.at == at)).all()
        )
    name = resource.model.audit_name
    mine = sa.select(EVENT.c.before, EVENT.c.after).where(
        EVENT.c.resource == name, EVENT.c.resource_id == row.target_id, EVENT.c.at == at
    )
    events = connection.execute(mine).all()
    made = row.kind == RowKind.NEW
    return any((made or event.before) and event.after if verb == "import" else event.before for event in events)
