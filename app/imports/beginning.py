"""A file that was received: what is known of it from the first, the workbook itself where it is kept, and its units."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.audit import audited_write
from app.core.files import Staged
from app.core.operation import Tx
from app.core.policy import Role
from app.core.stored import keep
from app.imports.examining import Counts, Head, above
from app.imports.models import OF_UNIT, RUN, ImportCreate, RunState
from app.imports.registry import Importable
from app.imports.sheets import Sheet

MOST_OF_NAME = 255
"""Characters of how a part is called: no program that makes such files needs them."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was received and read."""

    sheet: Sheet
    filename: str
    sha256: str
    size: int
    upload: Staged | None = None
    """The file itself, where it is kept with the import."""


def begun(tx: Tx, source: Source, given: ImportCreate, resource: Importable, head: Head) -> int:
    """A file that nobody has looked through yet, and whose it is."""
    if source.upload is not None:
        keep(tx, source.upload)
    values = {
        "district_id": tx.actor.district_id,
        "user_id": tx.actor.user_id,
        "resource": resource.name,
        "filename": source.filename,
        "sha256": source.sha256,
        "size": source.size,
        "upload": source.upload and source.upload.sha256,
        "part": source.sheet.part[:MOST_OF_NAME] or None,
        "head_number": head.number,
        "state": RunState.CHECKED,
        "mode": given.mode,
        "line_count": source.sheet.rows,
        "done_count": 0,
        "headings": head.headings,
        "columns": head.fields,
        "notes": list(source.sheet.notes),
        "around": {
            "above": above(source.sheet, head),
            "beneath": [[*line] for line in source.sheet.beneath],
            "written": [*source.sheet.written],
        },
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
        "written_count": 0,
        **Counts().of_run,
    }
    with audited_write(tx.connection):
        run_id: int = tx.connection.execute(sa.insert(RUN).values(values).returning(RUN.c.id)).scalar_one()
        if tx.actor.roles & resource.roles <= {Role.OFFICE, Role.SCHOOL} and tx.actor.home_units:
            units = [{"import_run_id": run_id, "unit_id": unit_id} for unit_id in tx.actor.home_units]
            tx.connection.execute(sa.insert(OF_UNIT), units)
    return run_id
