"""What an installation keeps, in figures that move with every row written and every file put down."""

from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel

from app.core.audit import EVENT, Outcome
from app.core.db import Database
from app.core.limits import COUNT
from app.core.seal import SEAL
from app.settings import Settings

KEPT_OF_REFUSALS = {EVENT.name, SEAL.name, COUNT.name}
"""Tables in which a refusal itself may leave a row: its event under its seal, a counted attempt."""


class Stored:
    """``look()`` before and after: equal means that nothing was stored, changed or removed."""

    def __init__(self, app: FastAPI) -> None:
        self.database: Database = app.state.database
        self.settings: Settings = app.state.settings
        figures: list[sa.ScalarSelect[Any]] = []
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in KEPT_OF_REFUSALS:
                figures.append(sa.select(sa.func.count()).select_from(table).scalar_subquery())
                if "version" in table.c:
                    figures.append(sa.select(sa.func.sum(table.c.version)).scalar_subquery())
        done = sa.select(sa.func.count()).select_from(EVENT).where(EVENT.c.outcome == Outcome.DONE.value)
        self.statement = sa.select(*figures, done.scalar_subquery())

    def look(self) -> tuple[Any, ...]:
        rows = self.database.read_now(lambda connection: tuple(connection.execute(self.statement).one()))
        files = [path for path in self.settings.files.rglob("*") if path.is_file()]
        return (*rows, len(files))
