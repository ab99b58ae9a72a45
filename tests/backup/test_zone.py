"""A restored instant is the one that was backed up, whatever zone the database's server is set to."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.backup import tables
from app.settings import Settings
from tests.cli.conftest import run
from tests.conftest import Prepared


def tables_of(target: Path) -> Any:
    """But for the log: a restore leaves an event."""
    (manifest,) = target.glob("*/manifest.json")
    tables = json.loads(manifest.read_text())["tables"]
    return {name: told for name, told in tables.items() if name not in ("event", "event_seal")}


def test_times_are_restored_as_they_were_on_a_server_set_to_chinese_time(
    prepared: Prepared, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with prepared.server.copy(folder) as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET timezone = 'Asia/Shanghai'")
            with engine.connect() as connection:
                assert connection.exec_driver_sql("SHOW timezone").scalar_one() == "Asia/Shanghai"
        engine.dispose()
        instants = sa.text("SELECT id, at FROM event ORDER BY id")
        with tables.engine(settings.url).connect() as connection:
            before = connection.execute(instants).all()
        command(monkeypatch, settings, "backup", str(tmp_path / "first"))
        command(monkeypatch, Settings(data=folder, database_url=url), "restore", "--replace", str(tmp_path / "first"))
        with tables.engine(url).connect() as connection:
            found = connection.execute(instants).all()
            assert before and found[: len(before)] == before and len(found) > len(before), (
                "a restore is an event itself"
            )
        command(monkeypatch, Settings(data=folder, database_url=url), "backup", str(tmp_path / "again"))
        command(monkeypatch, Settings(data=folder, database_url=url), "audit", "verify")
    assert tables_of(tmp_path / "first") == tables_of(tmp_path / "again")


def command(patch: pytest.MonkeyPatch, settings: Settings, *arguments: str) -> None:
    patch.setenv("QL_DATA", str(settings.data))
    patch.setenv("QL_DATABASE_URL", settings.url)
    ran = run(*arguments)
    assert ran.code == 0, ran.out + ran.err
