"""``qinglian plan parse`` and ``qinglian plan import``."""

import json
from pathlib import Path

import pytest

from app.cli import main
from app.settings import Settings
from tests.conftest import As
from tests.plans.texts import PLAN, REPORT


class Command:
    """``run("import", file)``: exit code, what was printed, and what was said on stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["plan", *map(str, arguments)])
        said = self.capsys.readouterr()
        return int(ended.value.code or 0), said.out, "".join(said.err.split("\n"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "方案.txt"
    path.write_text(PLAN, encoding="gb18030")
    return path


def test_parse_prints_json_alone(run: Command, plan_file: Path) -> None:
    code, printed, said = run("parse", plan_file, "--json")
    assert (code, said) == (0, "")
    found = json.loads(printed)
    assert [item["number"] for item in found["items"]] == ["1", "2", "3", "4"]
    assert set(found) == {
        "title", "year", "document_number", "basis", "organization", "sections",
        "areas", "items", "table_rows", "requirements", "warnings",
    }  # fmt: skip


def test_parse_of_no_plan_succeeds_without_items(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_text(REPORT)
    code, printed, _ = run("parse", path, "--json")
    assert code == 0
    assert json.loads(printed)["items"] == []
    assert json.loads(printed)["warnings"]


def test_parse_without_json_lists_items(run: Command, plan_file: Path) -> None:
    code, printed, _ = run("parse", plan_file)
    assert code == 0
    assert "1 落实党建责任清单" in printed
    assert "牵头 教育股、配合 局办公室" in printed


def test_unreadable_file_says_how_to_mend_it(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "方案.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600)
    code, printed, said = run("parse", path)
    assert (code, printed) == (1, "")
    assert "另存为 docx" in said
    code, printed, _ = run("parse", path, "--json")
    problem = json.loads(printed)
    assert (code, problem["code"]) == (1, "unreadable_document")
    assert "另存为 docx" in problem["detail"]


def test_import_keeps_a_draft(
    run: Command, plan_file: Path, settings: Settings, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.database_url
    monkeypatch.setenv("QL_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("QL_DATA", str(settings.data))
    code, _, said = run("import", plan_file)
    assert code == 1
    assert "--user" in said
    code, printed, said = run("import", plan_file, "--user", "supervisor")
    assert code == 0, said
    assert "4 项任务" in printed
    rows = as_("supervisor").get("/api/v1/plans").json()["data"]
    assert [(row["state"], row["source_name"]) for row in rows] == [("draft", "方案.txt")]
    code, _, said = run("import", plan_file, "--user", "supervisor")
    assert code == 1
    assert "已经上传过" in said
    assert run("import", plan_file, "--user", "school")[0] == 1
    assert run("import", plan_file, "--user", "nobody")[0] == 1
    assert "没有代码为 NONE 的单位" in run("import", plan_file, "--user", "supervisor", "--issuer", "NONE")[2]
    assert len(as_("supervisor").get("/api/v1/plans").json()["data"]) == 1
