"""Proving a backup: by its hashes and counts, and by restoring it aside."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.backup.manifest import KEYS, Backup, is_whole, unreadable
from app.backup.progress import Shown
from app.backup.restoring import fill
from app.core.errors import Problem


def verify(backup: Backup, *, quick: bool, shown: Shown) -> list[str]:
    """What is wrong with it; nothing when it is sound. ``quick`` leaves the trial restore out."""
    wrong = broken(backup)
    if wrong:
        return wrong
    wrong += _files(backup, shown)
    return wrong if quick else [*wrong, *_trial(backup, shown)]


def broken(backup: Backup) -> list[str]:
    """Why it cannot be restored: parts of the backup itself that are not as the manifest says."""
    return [*_members(backup), *_keys(backup)]


def _members(backup: Backup) -> Iterator[str]:
    for table in backup.manifest.tables:
        if wrong := unreadable(backup, table):
            yield wrong


def _keys(backup: Backup) -> Iterator[str]:
    for name, sha256 in backup.manifest.keys.items():
        if not is_whole(backup.folder / KEYS / name, sha256):
            yield f"密钥 {name} 缺少或与清单的 sha256 不符"


def _files(backup: Backup, shown: Shown) -> Iterator[str]:
    files = backup.files()
    tick = shown("印证资料", sum(size for _, size in files))
    for sha256, size in files:
        if not (kept := backup.store.path(sha256)).is_file():
            yield f"印证资料 {sha256} 缺少"
        elif not is_whole(kept, sha256):
            # A backup copies what is not there; it does not read anew each night what is.
            yield f"印证资料 {sha256} 已损坏：请移走 {kept}，下一次备份会重新复制"
        tick(size)


def _trial(backup: Backup, shown: Shown) -> Iterator[str]:
    """A backup is worth what can be restored from it: into an empty SQLite, whichever database it came from."""
    with tempfile.TemporaryDirectory(prefix="qinglian-verify-") as folder:
        try:
            fill(f"sqlite:///{Path(folder) / 'trial.sqlite3'}", backup, shown)
        except Problem as problem:
            yield f"试恢复没有成功：{problem.detail}"
