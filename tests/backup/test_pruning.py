"""A target holds what its backups need: what none of them names any more can go, and no key takes another's place."""

import fcntl
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backup.pruning import LOCK
from app.settings import Settings
from tests.backup.test_damage import TEXT, flip, shorten
from tests.cli.conftest import run
from tests.conftest import As, Prepared


def put(files: Path, content: bytes) -> Path:
    """A file in the store, as a backup copied it when its record was still there."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = files / sha256[:2] / sha256[2:4] / sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_prune_takes_what_no_backup_there_names_and_nothing_else(
    as_: As, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"title": "记录", "kind": "meeting", "evidence_on": "2026-09-01"}
    assert as_("school").post("/api/v1/evidence", data=fields, files={"file": ("a.txt", TEXT)}).status_code == 201
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    target = tmp_path / "target"
    assert run("backup", str(target)).code == 0
    (named,) = (path for path in (target / "files").rglob("*") if path.is_file())
    workbook = put(target / "files", b"let go after 90 days")
    (oldest,) = target.glob("2*Z")
    time.sleep(1.1)  # A backup is named by its second.
    assert run("backup", str(target)).code == 0 and workbook.exists(), "unless it is asked for"

    # One that cannot be read may name any: nothing goes.
    held = (oldest / "stored_file.jsonl.gz").read_bytes()
    damages: tuple[Callable[[Path], None], ...] = (flip, shorten, Path.unlink)
    for damage in damages:
        damage(oldest / "stored_file.jsonl.gz")
        time.sleep(1.1)
        ran = run("backup", str(target), "--prune")
        assert ran.code == 1 and oldest.name in ran.err and "没有清理" in ran.err and workbook.exists()
        (oldest / "stored_file.jsonl.gz").write_bytes(held)

    time.sleep(1.1)
    ran = run("backup", str(target), "--prune")
    assert ran.code == 0 and "已删去 1 个" in ran.out and not workbook.exists() and named.exists()
    for folder in target.glob("2*Z"):
        assert run("verify", str(folder), "--quick").code == 0
    # The last that names a file goes by hand, as the page says: then the file is nobody's.
    for folder in target.glob("2*Z"):
        shutil.rmtree(folder)
    empty = tmp_path / "empty"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QL_DATABASE_URL", f"sqlite:///{empty / 'qinglian.sqlite3'}")
        assert run("init", "--bureau", "临水区教育局", "--code", "LS", "--data", str(empty)).code == 0
        assert "已删去 1 个" in run("backup", str(target), "--prune").out
    assert not named.exists()


def test_prune_waits_for_a_backup_under_way(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which has seen that a file is there, and relies on it."""
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    target = tmp_path / "target"
    workbook = put(target / "files", b"named by the backup under way")
    pruning = threading.Thread(target=run, args=("backup", str(target), "--prune"))
    with (target / LOCK).open("a") as under_way:
        fcntl.flock(under_way, fcntl.LOCK_SH)
        pruning.start()
        until = time.monotonic() + 60
        while not list(target.glob("2*Z")) and time.monotonic() < until:
            time.sleep(0.05)
        pruning.join(0.5)
        assert list(target.glob("2*Z")) and pruning.is_alive() and workbook.exists()
    pruning.join(60)
    assert not pruning.is_alive() and not workbook.exists()


def test_each_key_keeps_its_own_name_whatever_its_file_is_called(
    prepared: Prepared, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart, elsewhere, target = tmp_path / "apart" / "secret", tmp_path / "elsewhere", tmp_path / "target"
    apart.parent.mkdir()
    apart.write_text("who reported")
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    monkeypatch.setenv("QL_COMPLAINT_KEY_FILE", str(apart))
    assert settings.secret != "who reported"
    assert run("backup", str(target), "--with-keys").code == 0 and run("verify", str(target), "--quick").code == 0
    elsewhere.mkdir()
    with prepared.server.copy(elsewhere) as url:
        place = tmp_path / "by itself" / "reporters.key"
        monkeypatch.setenv("QL_DATABASE_URL", url)
        monkeypatch.setenv("QL_COMPLAINT_KEY_FILE", str(place))
        assert run("restore", str(target), "--replace", "--data", str(elsewhere)).code == 0
        assert place.read_text() == "who reported" and (elsewhere / "secret").read_text() == settings.secret

        # By a release that called each by its file.
        (manifest,) = target.glob("2*Z/manifest.json")
        told = json.loads(manifest.read_text())
        told["keys"]["reporters.key"] = told["keys"].pop("complaint-key")
        manifest.write_text(json.dumps(told))
        (manifest.parent / "keys" / "complaint-key").rename(manifest.parent / "keys" / "reporters.key")
        place.unlink()
        assert run("restore", str(target), "--replace", "--data", str(elsewhere)).code == 0
        assert place.read_text() == "who reported" and (elsewhere / "secret").read_text() == settings.secret
