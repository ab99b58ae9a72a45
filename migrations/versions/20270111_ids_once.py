"""ids that SQLite does not give again either, once a row is deleted

Revision: 20270111_ids_once
Follows: 20270110_export_format
"""

import re

from alembic import op

revision = "20270111_ids_once"
down_revision = "20270110_export_format"
branch_labels = None
depends_on = None

TABLES = (
    # Those with the most inserts first: SQLite looks for a table's number from the beginning of all.
    *("import_row", "notification", "job", "indicator_value", "webhook_delivery"),
    *("webhook_attempt", "evidence_link", "user_session", "digest", "robot_message", "schedule_run"),
    *("accountability_action", "accountability_trigger", "appointment", "appraisal", "appraisal_criterion"),
    *("appraisal_deduction", "appraisal_result", "archive_box_entry", "breakdown", "breakdown_step", "brief"),
    *("brief_reviewer", "calendar_day", "calendar_feed", "campaign", "campaign_office", "case_handler", "complaint"),
    *("decision_supervision", "document_citation", "filing", "filing_requirement", "finding", "indicator"),
    *("indicator_target", "inspection_member", "inspection_target", "integrity_risk", "leading_group"),
    *("leading_group_version", "liaison", "liaison_visit", "password_record", "plan", "plan_area", "plan_item"),
    *("recovery_code", "responsibility", "risk_measure", "risk_nil_report", "role_grant", "school_term"),
    *("second_factor", "unit", "unit_alias", "user", "venue_activity", "visit", "webhook_secret"),
    "webhook_standing",
)
KEY, KEY_ONCE = "PRIMARY KEY (id)", "PRIMARY KEY (id AUTOINCREMENT)"
ANEW = "made_anew"
IN_EVENTS = {"user_session": "session"}
"""Tables whose rows the audit log calls otherwise."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(KEY, KEY_ONCE)
        _number_on()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(KEY_ONCE, KEY)


def _write_anew(key: str, shall_be: str) -> None:
    """Each table by its own words, with one changed, and its rows copied: the order of sqlite.org/lang_altertable.html.

    What was reflected instead would lose generated columns, and the conditions and expressions of indexes. References
    of other tables go by the name, and hold again as soon as the new table has it; meanwhile nobody may look at them.
    """
    connection = op.get_bind()
    run, driver = connection.exec_driver_sql, connection.connection.driver_connection
    if run("PRAGMA foreign_keys").scalar_one():
        raise RuntimeError("a table cannot be made anew while foreign_keys is on: rows that refer to it would go")
    if not driver.in_transaction:  # The driver begins one with the first row that is written, which is too late.
        run("BEGIN IMMEDIATE")
    for table in TABLES:
        words = run("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).scalar_one()
        words, keys = re.subn(re.escape(key), shall_be, words)
        words, heads = re.subn(rf'\ACREATE TABLE "?{table}"?(?=\s*\()', f"CREATE TABLE {ANEW}", words)
        if (keys, heads) != (1, 1):
            raise RuntimeError(f"the definition of {table} is not as it was made: {words}")
        besides = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql <> ''"
        further = run(f"{besides} ORDER BY rowid", (table,)).scalars().all()
        # The generated columns (hidden) follow from the others.
        kept = run("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid", (table,)).scalars()
        columns = ", ".join(f'"{name}"' for name in kept)
        run(words)
        run(f'INSERT INTO {ANEW} ({columns}) SELECT {columns} FROM "{table}" ORDER BY id')
        run(f'DROP TABLE "{table}"')
        run(f'ALTER TABLE {ANEW} RENAME TO "{table}"')
        for each in further:
            run(each)
    if broken := run("PRAGMA foreign_key_check").all():
        raise RuntimeError(f"{len(broken)} broken references, the first in {broken[0][0]}")


def _number_on() -> None:
    """After the greatest id that a row has, or had as far as the audit log tells. What was refused may name any."""
    run = op.get_bind().exec_driver_sql
    for table in TABLES:
        last = run(f'SELECT coalesce(max(id), 0) FROM "{table}"').scalar_one()
        told = "SELECT resource_id FROM event WHERE resource = ? AND outcome = 'done' AND resource_id IS NOT NULL"
        gone = run(f"{told} ORDER BY resource_id DESC LIMIT 1", (IN_EVENTS.get(table, table),)).scalar() or 0
        run("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, max(last, gone)))
