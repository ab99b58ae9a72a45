"""The schema the migrations make is the one the models describe, going up with data, down, and up again."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from app.accountability.models import CLAIM, RUNG
from app.backup import tables as rows
from app.backup.manifest import open_backup
from app.backup.progress import unseen
from app.backup.restoring import fill
from app.cases.models import CASE, CIRCULAR
from app.core.calendar import now
from app.demo.people import PASSWORD
from app.documents.models import DOCUMENT, RECIPIENT
from app.rectifications.models import RECTIFICATION, Rectification
from app.schema import Standing, config, standing, upgrade
from app.settings import Settings
from app.units.models import UNIT
from tests.conftest import Prepared
from web.main import create_app

Content = dict[str, dict[str, list[Any]]]
"""Table, column, values in the order of the key."""
FOUNDATION = Path(__file__).parent / "foundation"
LADDER, PAPERS = "20261226_mechanism", "20261230_case_document"
NAMED = {LADDER: {"accountability_rung"}}
"""Tables in which a migration lays down rows of its own."""


@pytest.fixture
def engine(prepared: Prepared, tmp_path: Path) -> Iterator[sa.Engine]:
    """A migrated database with the small bureau in it."""
    with prepared.server.copy(tmp_path) as url:
        made = sa.create_engine(url)
        yield made
        made.dispose()


def alembic(engine: sa.Engine, act: Any, revision: str) -> None:
    with engine.begin() as connection:
        settings = config(str(engine.url))
        settings.attributes["connection"] = connection
        act(settings, revision)


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_database_is_at_the_newest_revision(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert standing(connection) == Standing.CURRENT


def test_models_need_no_further_migration(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(config("sqlite://")).get_heads()) == 1


def test_schema_goes_down_to_nothing_and_up_again(engine: sa.Engine) -> None:
    alembic(engine, command.downgrade, "base")
    assert tables(engine) == set()
    alembic(engine, command.upgrade, "head")
    assert tables(engine) == set(SQLModel.metadata.tables)


@pytest.fixture
def founded(engine: sa.Engine) -> sa.Engine:
    """A database of the first migration with two months of a bureau's work in it: a backup taken then."""
    alembic(engine, command.downgrade, "base")
    kept = open_backup(FOUNDATION)
    with engine.begin() as connection:
        upgrade(connection, kept.manifest.revision)
        with rows.references_last(connection):
            for table, member in kept.manifest.tables.items():
                assert rows.load(connection, table, member.columns, kept.member(table), lambda _: None) == member.rows
        rows.number_on(connection)
    return engine


def test_each_migration_goes_up_with_data_down_and_up_again(founded: sa.Engine) -> None:
    """What a migration does not know of stays as it was; what it changes comes back when it is taken back."""
    chain = revisions_from_first()
    before = content(founded)
    assert chain[0] == open_backup(FOUNDATION).manifest.revision and sum(map(count, before.values())) > 40_000
    for lower, upper in pairwise(chain):
        alembic(founded, command.upgrade, upper)
        after = content(founded)
        kept = {table: columns for table, columns in before.items() if table not in NAMED.get(upper, ())}
        assert shared(kept, after) == shared(after, kept), f"{upper} changes what it does not name"
        alembic(founded, command.downgrade, lower)
        assert content(founded) == before, f"{upper} does not go down to what was"
        alembic(founded, command.upgrade, upper)
        assert content(founded) == after, f"{upper} goes up otherwise the second time"
        before = after
    with founded.connect() as connection:
        assert standing(connection) == Standing.CURRENT


def test_what_triggered_a_rung_stays_claimed_with_its_deadline(engine: sa.Engine) -> None:
    chain, due, at = revisions_from_first(), date(2026, 3, 2), {"created_at": now(), "updated_at": now(), "version": 1}
    with engine.begin() as connection:
        rung = connection.execute(sa.select(RUNG).where(RUNG.c.trigger == "overdue_rectification")).first()
        assert rung is not None
        own = {"district_id": rung.district_id, "unit_id": rung.district_id}
        late = Rectification(**own, problem="公示不全", deadline_on=due, original_deadline_on=due)
        made = sa.insert(RECTIFICATION).values(late.model_dump(exclude_none=True) | at).returning(RECTIFICATION.c.id)
        claim = own | {"rung_id": rung.id, "source_id": connection.execute(made).scalar_one()}
        connection.execute(sa.insert(CLAIM).values(**claim, period=due.isoformat()))
    before = chain[chain.index(LADDER) - 1]
    for act, revision, period in ((command.downgrade, before, ""), (command.upgrade, LADDER, due.isoformat())):
        alembic(engine, act, revision)
        with engine.begin() as connection:
            assert connection.execute(sa.select(CLAIM.c.period)).scalars().all() == [period]


def test_what_was_circulated_of_cases_stays_with_its_document_and_without(engine: sa.Engine) -> None:
    chain, at = revisions_from_first(), {"created_at": now(), "updated_at": now(), "version": 1}
    with engine.begin() as connection:
        unit = connection.execute(sa.select(UNIT.c.id, UNIT.c.district_id).where(UNIT.c.kind == "school")).first()
        assert unit is not None
        own = {"district_id": unit.district_id}
        case = own | {"category": "ethics", "source": "audit", "title": "线索", "text": "内容。", "state": "circulated"}
        connection.execute(
            sa.insert(CASE), [{**case, **at, "id": n, "unit_id": unit.id, "of_discipline": False} for n in (7, 8)]
        )
        paper = own | {"kind": "case_circular", "state": "served", "issuer": "局", "title": "通报", "body": "二。"}
        held = sa.insert(DOCUMENT).values(**paper, **at, unit_ids=[unit.id], case_file_id=8).returning(DOCUMENT.c.id)
        document = connection.execute(held).scalar_one()
        connection.execute(sa.insert(RECIPIENT).values(**own, document_id=document, unit_id=unit.id))
        told = own | at | {"category": "ethics", "circulated_on": date(2026, 3, 2)}
        papers = {7: ("一。", None), 8: ("二。", document)}
        values = [{**told, "case_file_id": n, "text": text, "document_id": of} for n, (text, of) in papers.items()]
        connection.execute(sa.insert(CIRCULAR), values)
    for act, revision in ((command.downgrade, chain[chain.index(PAPERS) - 1]), (command.upgrade, PAPERS)):
        alembic(engine, act, revision)
        with engine.begin() as connection:
            kept = connection.execute(sa.select(CIRCULAR.c.text).order_by(CIRCULAR.c.case_file_id)).scalars().all()
            assert kept == ["一。", "二。"]
            assert not connection.execute(sa.text("SELECT 1 FROM document")).first()


def content(engine: sa.Engine) -> Content:
    found = {}
    with engine.begin() as connection:
        for table in rows.names(connection):
            names = list(rows.columns(connection, table))
            held = list(rows.rows(connection, table))
            found[table] = {name: [row[n] for row in held] for n, name in enumerate(names)}
    return found


def shared(one: Content, other: Content) -> Content:
    return {
        table: {name: values for name, values in columns.items() if name in other[table]}
        for table, columns in one.items()
        if table in other
    }


def count(columns: dict[str, list[Any]]) -> int:
    return sum(map(len, columns.values()))


def revisions_from_first() -> list[str]:
    walked = ScriptDirectory.from_config(config("sqlite://")).walk_revisions()
    return [each.revision for each in walked][::-1]


def test_a_backup_of_the_first_schema_restores_today(prepared: Prepared, tmp_path: Path) -> None:
    with prepared.server.copy(tmp_path) as url:
        if url.startswith("sqlite"):
            (tmp_path / "test.sqlite3").unlink()
        fill(url, open_backup(FOUNDATION), unseen, replace=not url.startswith("sqlite"))
        app = create_app(Settings(data=tmp_path, database_url=url))
        with TestClient(app, base_url="http://testserver") as client:
            login = client.post("/api/v1/sessions", json={"username": "sysadmin", "password": PASSWORD})
            assert login.status_code == 201, login.text
            client.headers["x-csrf-token"] = login.json()["csrf_token"]
            # A new row's number follows those that came with the backup.
            made = client.post("/api/v1/units", json={"code": "NEXT", "name": "新建小学", "kind": "school"})
            assert made.status_code == 201 and made.json()["id"] > 50, made.text


def enums() -> list[Any]:
    """(table, column, values) of every enum in the models."""
    return [
        pytest.param(table.name, column.name, set(column.type.enums), id=f"{table.name}.{column.name}")
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]


def test_enums_are_found_at_all() -> None:
    assert len(enums()) > 15


@pytest.mark.parametrize(("table", "column", "values"), enums())
def test_check_constraint_admits_exactly_the_enum(engine: sa.Engine, table: str, column: str, values: set[str]) -> None:
    """Autogenerate does not notice a member added to an enum: the CHECK would refuse it in production."""
    admitted = [
        found
        for check in sa.inspect(engine).get_check_constraints(table)
        if re.search(rf'\(*"?\b{column}\b"?\)*(?:::text)?\)? (?:IN|= ANY)', check["sqltext"])
        for found in [set(re.findall(r"'([a-z_-]+)'", check["sqltext"]))]
    ]
    assert admitted == [values]


def test_every_foreign_key_has_an_index(engine: sa.Engine) -> None:
    """A reference without one costs a scan of the referring table, in checks and in joins.

    Columns that only say who or which event, never asked for by themselves, are left out.
    """
    inspector = sa.inspect(engine)
    bare = []
    for table in SQLModel.metadata.sorted_tables:
        led = {index["column_names"][0] for index in inspector.get_indexes(table.name)}
        led |= {unique["column_names"][0] for unique in inspector.get_unique_constraints(table.name)}
        led |= set(inspector.get_pk_constraint(table.name)["constrained_columns"][:1])
        for column in table.columns:
            if column.foreign_keys and column.name not in led and not _names_a_doer(column):
                bare.append(f"{table.name}.{column.name}")
    assert bare == []


def _names_a_doer(column: sa.Column[Any]) -> bool:
    target = next(iter(column.foreign_keys)).column.table.name
    return column.name == "district_id" or target in ("user", "event", "api_token")
