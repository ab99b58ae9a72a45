"""Every table, imported so that the metadata is whole; and bringing a database up to date."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import app.assignments.models
import app.calendars.models
import app.core.calendar
import app.core.epoch
import app.core.idempotency
import app.core.limits
import app.core.numbers
import app.core.seal
import app.evidence.models
import app.extensions.models
import app.identity.models
import app.inspections.models
import app.plans.models
import app.rectifications.models
import app.units.models  # noqa: F401

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def migrate(url: str) -> None:
    """Bring the database to the newest revision, in one transaction."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        settings = config(url)
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    engine.dispose()


def revisions(connection: sa.Connection, url: str) -> tuple[str | None, str | None]:
    """The database's revision and the newest one."""
    current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(config(url)).get_current_head()
