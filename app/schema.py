"""Every table, imported so that the metadata is whole; and bringing a database up to date."""

from enum import StrEnum
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import app.accountability.models
import app.appointments.models
import app.appraisals.deduction_models
import app.appraisals.models
import app.assignments.models
import app.boxes.models
import app.breakdowns.models
import app.briefs.models
import app.calendars.models
import app.campaigns.models
import app.cases.models
import app.channels.models
import app.complaints.models
import app.core.calendar
import app.core.epoch
import app.core.idempotency
import app.core.limits
import app.core.numbers
import app.core.seal
import app.documents.models
import app.evidence.models
import app.exports.models
import app.extensions.models
import app.filings.models
import app.identity.models
import app.imports.models
import app.indicators.models
import app.inspections.checklist_models
import app.inspections.models
import app.integrity_risks.models
import app.integrity_risks.round_models
import app.jobs.models
import app.leading_groups.models
import app.liaison_visits.models
import app.major_decisions.models
import app.notifications.models
import app.plans.models
import app.rectifications.models
import app.robots.models
import app.setup.models
import app.summaries.models
import app.units.models
import app.units.succession_models
import app.venue_activities.models
import app.webhooks.models  # noqa: F401

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


class Unknown(Exception):
    """A revision that the program does not know: of a later release."""


def migrate(url: str) -> None:
    """Bring the database to the newest revision, in one transaction. ``Unknown`` when it is beyond that."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """To that revision, in the connection's transaction."""
    if standing(connection) == Standing.NEWER or revision not in ("head", *_known()):
        raise Unknown
    settings = config(str(connection.engine.url))
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


class Standing(StrEnum):
    """The database's schema beside the program's. A later one serves the release before it: it is only ever widened
    first and narrowed a release later, so that instances can be brought up to date one after the other.
    """

    CURRENT = "current"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"


def standing(connection: sa.Connection) -> Standing:
    current = revision_of(connection)
    if current is None:
        return Standing.EMPTY
    if current == newest():
        return Standing.CURRENT
    return Standing.OLDER if current in _known() else Standing.NEWER


def revision_of(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision that this program was written for."""
    return _known()[0]


@cache
def _known() -> tuple[str, ...]:
    """The program's revisions, the newest first."""
    return tuple(each.revision for each in ScriptDirectory.from_config(config("")).walk_revisions())
