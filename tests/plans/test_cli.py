"""``qinglian plan parse`` and ``qinglian plan import``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.plans.cli import plan_cli
from app.settings import Settings
from tests.conftest import As
from tests.plans.texts import PLAN, REPORT
from tests.world import World

RUN = CliRunner()


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "方案.txt"
    path.write_text(PLAN, encoding="gb18030")
    return path


def test_parse_prints_json_alone(plan_file: Path) -> None:
    done = RUN.invoke(plan_cli, ["parse", str(plan_file), "--json"])
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [item["number"] for item in found["items"]] == ["1", "2", "3", "4"]
    assert set(found) == {
        "title", "year", "document_number", "basis", "organization", "sections",
        "areas", "items", "table_rows", "requirements", "warnings",
    }  # fmt: skip


def test_parse_of_no_plan_succeeds_without_items(tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_text(REPORT)
    done = RUN.invoke(plan_cli, ["parse", str(path), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["items"] == []
    assert json.loads(done.stdout)["warnings"]


def test_parse_without_json_lists_items(plan_file: Path) -> None:
    done = RUN.invoke(plan_cli, ["parse", str(plan_file)])
    assert done.exit_code == 0
    assert "1 落实党建责任清单" in done.stdout
    assert "牵头 教育股、配合 局办公室" in done.stdout


def test_unreadable_file_says_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "方案.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600)
    done = RUN.invoke(plan_cli, ["parse", str(path), "--json"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "请另存为 docx" in done.stderr


def test_import_keeps_a_draft(
    plan_file: Path, settings: Settings, as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.database_url
    monkeypatch.setenv("QL_DATABASE_URL", settings.database_url)
    unnamed = RUN.invoke(plan_cli, ["import", str(plan_file)])
    assert unnamed.exit_code == 1
    assert "--user" in unnamed.stderr
    done = RUN.invoke(plan_cli, ["import", str(plan_file), "--user", "supervisor"])
    assert done.exit_code == 0, done.output
    assert "4 项任务" in done.stdout
    rows = as_("supervisor").get("/api/v1/plans").json()["data"]
    assert [(row["state"], row["source_name"]) for row in rows] == [("draft", "方案.txt")]
    again = RUN.invoke(plan_cli, ["import", str(plan_file), "--user", "supervisor"])
    assert again.exit_code == 1
    assert "已经上传过" in again.stderr
    assert RUN.invoke(plan_cli, ["import", str(plan_file), "--user", "school"]).exit_code == 1
    assert RUN.invoke(plan_cli, ["import", str(plan_file), "--user", "nobody"]).exit_code == 1
    strange = RUN.invoke(plan_cli, ["import", str(plan_file), "--user", "supervisor", "--issuer", "NONE"])
    assert "没有代码为 NONE 的单位" in strange.stderr
    assert len(as_("supervisor").get("/api/v1/plans").json()["data"]) == 1
