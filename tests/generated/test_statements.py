"""That a statement goes through the whole of a table is seen, whatever it calls the table and whichever way it goes."""

import pytest
import sqlalchemy as sa

from tests.generated.statements import going_through

MADE = (
    "CREATE TABLE assignment (id INTEGER PRIMARY KEY, unit_id INTEGER, state TEXT, note TEXT)",
    "CREATE TABLE evidence_link (id INTEGER PRIMARY KEY, target_id INTEGER, note TEXT)",
    "CREATE TABLE unit (id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE INDEX ix_assignment_unit_id_state ON assignment (unit_id, state)",
    "CREATE INDEX ix_evidence_link_target_id ON evidence_link (target_id)",
)
WHOLE = {
    "row by row": "SELECT assignment.note FROM assignment",
    "by another name": "SELECT work.note FROM assignment AS work WHERE work.note = 'a'",
    "in a part of its own": "SELECT 1 WHERE EXISTS (SELECT 1 FROM evidence_link AS proof WHERE proof.note = 'a')",
    "joined": "SELECT unit.name FROM unit JOIN assignment AS work ON work.note = unit.name WHERE unit.id = 1",
    "along an index": "SELECT count(*) FROM assignment",
    "along an index, by another name": "SELECT work.state FROM assignment AS work ORDER BY work.unit_id, work.state",
    "to change it": "UPDATE assignment SET note = 'b' WHERE state = 'pending'",
    "to take it away": "DELETE FROM evidence_link WHERE note = 'a'",
    "to put it elsewhere": "INSERT INTO unit (name) SELECT work.note FROM assignment AS work",
}
PART = {
    "by its id": "SELECT work.note FROM assignment AS work WHERE work.id = 1",
    "by an index": "SELECT work.note FROM assignment AS work WHERE work.unit_id = 1 ORDER BY work.state",
    "a table that hardly grows": "SELECT unit.name FROM unit",
    "another by a name like one that grows": "SELECT assignment_1.name FROM unit AS assignment_1",
    "a list of parameters": "SELECT held.value FROM json_each('[1]') AS held, assignment AS held_2 WHERE held_2.id = 1",
    "what was found before": (
        "WITH mine AS (SELECT id FROM assignment WHERE unit_id = 1 LIMIT 9) SELECT mine.id FROM mine ORDER BY mine.id"
    ),
}


@pytest.fixture
def connection() -> sa.Connection:
    opened = sa.create_engine("sqlite://").connect()
    for statement in MADE:
        opened.exec_driver_sql(statement)
    return opened


@pytest.mark.parametrize("how", WHOLE)
def test_a_table_gone_through_is_seen(connection: sa.Connection, how: str) -> None:
    assert going_through(connection, {WHOLE[how]: ()}), how


@pytest.mark.parametrize("how", PART)
def test_a_part_found_by_an_index_is_none(connection: sa.Connection, how: str) -> None:
    assert going_through(connection, {PART[how]: ()}) == {}
