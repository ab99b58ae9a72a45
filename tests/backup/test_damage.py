"""A backup that is not whole is told from one that is, and nothing of it is restored."""

import gzip
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.events.heads import key_of
from app.settings import Settings
from tests.cli.conftest import run
from tests.conftest import As

TEXT = "会议记录".encode() * 50


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def one_file(target: Path) -> Path:
    (found,) = (path for path in (target / "files").rglob("*") if path.is_file())
    return found


def shorten(path: Path) -> None:
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).split(b"\n", 1)[1]))


def reword(path: Path) -> None:
    """As many rows, and each of them can be restored: its hash alone tells."""
    rows = gzip.decompress(path.read_bytes())
    assert "实验小学".encode() in rows
    path.write_bytes(gzip.compress(rows.replace("实验小学".encode(), "试验小学".encode())))


def recount(path: Path) -> None:
    manifest = json.loads(path.read_bytes())
    manifest["tables"]["unit"]["rows"] += 1
    path.write_text(json.dumps(manifest))


DAMAGE: tuple[tuple[Callable[[Path, Path], None], str], ...] = (
    (lambda target, folder: flip(folder / "unit.jsonl.gz"), "unit.jsonl.gz"),
    (lambda target, folder: reword(folder / "unit.jsonl.gz"), "unit.jsonl.gz"),
    (lambda target, folder: shorten(folder / "event.jsonl.gz"), "event.jsonl.gz"),
    (lambda target, folder: (folder / "user.jsonl.gz").unlink(), "user.jsonl.gz"),
    (lambda target, folder: (folder / "manifest.json").write_text("{}"), "manifest.json"),
    (lambda target, folder: recount(folder / "manifest.json"), "unit.jsonl.gz"),
    (lambda target, folder: (folder / "keys" / "secret").write_text("x"), "secret"),
    (lambda target, folder: flip(one_file(target)), "印证资料"),
    (lambda target, folder: one_file(target).unlink(), "印证资料"),
)


def test_damage_is_named_and_only_sound_backups_are_restored(
    as_: As, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"title": "记录", "kind": "meeting", "evidence_on": "2026-09-01"}
    assert as_("school").post("/api/v1/evidence", data=fields, files={"file": ("a.txt", TEXT)}).status_code == 201
    assert settings.secret
    signed = key_of(settings).private_bytes_raw()
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    sound, target = tmp_path / "sound", tmp_path / "target"
    assert run("backup", str(sound), "--with-keys").code == 0
    assert run("verify", str(sound)).code == 0
    empty = tmp_path / "empty"
    monkeypatch.setenv("QL_DATABASE_URL", f"sqlite:///{empty / 'qinglian.sqlite3'}")
    for damage, named in DAMAGE:
        shutil.copytree(sound, target)
        (folder,) = target.glob("2*Z")
        damage(target, folder)
        ran = run("verify", str(target))
        assert ran.code == 1 and named in ran.err and "Traceback" not in ran.err, (named, ran)
        if named != "印证资料":  # Without a file or two the rest is still worth having.
            assert run("restore", str(target), "--data", str(empty)).code == 1
            assert not (empty / "qinglian.sqlite3").exists()
        shutil.rmtree(target)
    ran = run("restore", str(sound), "--data", str(empty))
    assert ran.code == 0 and (empty / "secret").read_text() == settings.secret
    assert (empty / "audit.key").read_bytes() == signed
    assert run("restore", str(sound), "--data", str(empty)).code == 1
    assert "✓ 印证资料" in run("doctor", "--data", str(empty)).out


def test_over_a_damaged_sqlite_file_one_restores_as_over_any_data(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    target, here = tmp_path / "target", tmp_path / "here"
    assert run("backup", str(target)).code == 0
    here.mkdir()
    file = here / "qinglian.sqlite3"
    monkeypatch.setenv("QL_DATA", str(here))
    monkeypatch.setenv("QL_DATABASE_URL", f"sqlite:///{file}")
    file.write_bytes(b"no database at all" * 400)
    (here / "qinglian.sqlite3-wal").write_bytes(b"its log")
    refused = run("restore", str(target))
    assert refused.code == 1 and "--replace" in refused.err and "Traceback" not in refused.err
    ran = run("restore", str(target), "--replace")
    assert ran.code == 0, ran.err
    kept = sorted(path.name.partition(".before-")[2][16:] for path in here.glob("*.before-*"))
    assert kept == ["", "-wal"] and not (here / "qinglian.sqlite3-wal").exists()
    assert run("restore", str(target), "--replace").code == 0, "over a sound one, as before"
    content = bytearray(file.read_bytes())
    content[100:8192] = b"x" * 8092  # It begins as a database and holds none.
    file.write_bytes(content)
    assert run("restore", str(target)).code == 1
    assert run("restore", str(target), "--replace").code == 0 and run("backup", str(tmp_path / "after")).code == 0


def test_a_file_damaged_in_the_target_is_copied_anew_once_it_is_moved_away(
    as_: As, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"title": "记录", "kind": "meeting", "evidence_on": "2026-09-01"}
    assert as_("school").post("/api/v1/evidence", data=fields, files={"file": ("a.txt", TEXT)}).status_code == 201
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    target = tmp_path / "target"
    assert run("backup", str(target)).code == 0
    flip(one_file(target))
    named = run("verify", str(target), "--quick").err
    assert str(one_file(target)) in "".join(named.split()) and "移走" in named
    one_file(target).unlink()
    time.sleep(1.1)  # A backup is named by its second.
    assert run("backup", str(target)).code == 0 and run("verify", str(target)).code == 0
