"""With PostgreSQL, a command that was not told of it opens no SQLite: it would back up one that is empty or old."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from tests.cli.conftest import Command, run
from tests.cli.conftest import folder as folder  # the fixtures
from tests.cli.conftest import qinglian as qinglian
from tests.cli.test_commands import founded as founded
from tests.cli.test_commands import founding as founding
from tests.conftest import Prepared

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
QINGLIAN = f"{sys.executable} -c 'from app.cli import main; main()'"


def database_of(target: Path) -> str:
    manifest = max(target.glob("2*Z/manifest.json"))
    return str(json.loads(manifest.read_text())["database"])


def test_without_its_address_nothing_is_opened_where_it_is_postgresql(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, target = settings.data / "postgresql", tmp_path / "target"
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    # What is there from a release before is marked by any command.
    assert run("user", "list", "--bureau", "QC").code == 0
    assert mark.exists() == settings.url.startswith("postgresql")
    assert run("backup", str(target)).code == 0 and run("migrate").code == 0
    if settings.url.startswith("sqlite"):
        assert not mark.exists()
        return
    monkeypatch.delenv("QL_DATABASE_URL")
    for arguments in (
        *(("migrate",), ("serve",), ("user", "list"), ("backup", str(target)), ("restore", str(target), "--replace")),
        ("init", "--bureau", "北坪区教育局", "--code", "BP"),
        ("demo", "--no-serve"),
    ):
        ran = run(*arguments)
        told = ran.err.splitlines()
        assert ran.code == 1 and len(told) == 1 and "QL_DATABASE_URL" in told[0] and str(mark) in told[0], arguments
    checked = run("doctor")
    assert checked.code == 1 and "✗ 数据库：" in checked.out and str(mark) in checked.out
    assert not settings.sqlite_path.exists() and len(list(target.glob("2*Z"))) == 1
    mark.unlink()  # As whoever really goes back does.
    assert run("restore", str(target)).code == 0 and settings.sqlite_path.exists() and not mark.exists()


def test_a_bureau_that_moves_to_postgresql_leaves_no_sqlite_that_is_taken_for_its_own(
    qinglian: Command,
    founded: dict[str, str],
    folder: Path,
    prepared: Prepared,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target, file = tmp_path / "target", folder / "qinglian.sqlite3"
    assert qinglian("backup", str(target)).code == 0
    with prepared.server.copy(tmp_path) as url:
        monkeypatch.setenv("QL_DATABASE_URL", url)
        if url.startswith("sqlite"):  # Another file: what lies in the data folder is nobody's business.
            assert qinglian("restore", str(target), "--replace").code == 0 and file.exists()
            return
        with sqlite3.connect(file) as serving:
            serving.execute("PRAGMA journal_mode = WAL")
            serving.execute("SELECT count(*) FROM unit").fetchone()
            ran = qinglian("restore", str(target), "--replace")
        serving.close()
        assert ran.code == 1 and "先停止 qinglian serve" in ran.err and file.exists()
        ran = qinglian("restore", str(target), "--replace")
        [aside] = folder.glob("qinglian.sqlite3.before-*")
        assert ran.code == 0 and str(aside) in ran.out and not file.exists() and (folder / "postgresql").exists()
        with sqlite3.connect(aside) as old:
            assert old.execute("SELECT count(*) FROM unit").fetchone()[0] >= 1
        old.close()
        assert "sysadmin" in qinglian("user", "list").out
        monkeypatch.delenv("QL_DATABASE_URL")
        assert qinglian("backup", str(target)).code == 1 and not file.exists()


def cron_lines() -> list[str]:
    """What the operations page tells cron to do."""
    found = re.findall(r"^[\d*]+ [\d*]+ \* \* \* qinglian (.+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert len(found) == 2
    return found


@pytest.mark.parametrize("line", cron_lines(), ids=["backup", "head"])
def test_cron_means_the_database_that_the_service_has(settings: Settings, tmp_path: Path, line: str) -> None:
    """Each line as it stands on the page, in cron's own empty environment."""
    file, target = tmp_path / "qinglian.env", tmp_path / "backups"
    file.write_text(f"QL_DATA={settings.data}\nQL_DATABASE_URL='{settings.url}'\n")
    for stands, here in (
        ("/etc/qinglian.env", str(file)),
        ("/opt/qinglian/bin/qinglian", QINGLIAN),
        ("/backup/qinglian", str(target)),
        ("ssh heads@log.example.cn 'cat >> qinglian-heads.jsonl'", f"cat >> {tmp_path / 'heads'}"),
    ):
        line = line.replace(stands, here)
    ran = subprocess.run(
        ["sh", "-c", line],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    if target.exists():
        assert database_of(target) == settings.url.split("+")[0].split(":")[0]
    else:
        assert "district_id" in (tmp_path / "heads").read_text()
