"""What was deleted before a backup does not lend its number to what is made after the restore."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from tests.backup.test_zone import command
from tests.briefs.steps import AT, written
from tests.conftest import As, Prepared
from tests.walk.steps import ok
from tests.world import World
from web.main import create_app


def test_a_restored_table_goes_on_after_what_had_been_deleted(
    prepared: Prepared, settings: Settings, as_: As, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = written(as_("school"))
    ok(as_("school").delete(f"{AT}/{gone['id']}"), 204)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with prepared.server.copy(folder) as url:
        elsewhere = Settings(data=folder, database_url=url, worker="outside")
        command(monkeypatch, settings, "backup", str(tmp_path / "kept"))
        command(monkeypatch, elsewhere, "restore", "--replace", str(tmp_path / "kept"))
        with TestClient(create_app(elsewhere), base_url="http://testserver") as client:
            client.headers["authorization"] = f"Bearer {world.token['school']}"
            assert written(client)["id"] > gone["id"]
