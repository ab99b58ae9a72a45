"""What no backup of a target names any more goes from the files that all of them share.

Whoever backs up looks first which files are there, and relies on it: so nothing goes while a backup is under way, nor
does one begin meanwhile.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from app.backup.manifest import complete, open_backup, unreadable
from app.core.errors import Conflict

LOCK = ".lock"


class Pruned(NamedTuple):
    files: int
    size: int


@contextmanager
def using(target: Path) -> Iterator[None]:
    """A backup is under way. Where the target's disk knows no locks, nobody can prune it either."""
    with (target / LOCK).open("a") as lock:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Waits for the backups under way."""
    with (target / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            raise Conflict(f"{target} 所在的磁盘不支持文件锁，不能清理：另一次备份可能正在进行") from None
        yield


def prune(target: Path) -> Pruned:
    """Take away the files that no backup there names; 409 where one of them cannot be read, which may name any."""
    with _alone(target):
        named = set()
        for folder in complete(target):
            backup = open_backup(folder)
            if wrong := unreadable(backup, "stored_file"):
                raise Conflict(f"{folder} 有问题（{wrong}），不知道它用到哪些文件，没有清理；请先修复或删除这次备份")
            named |= {sha256 for sha256, _ in backup.files()}
        left = [path for path in (target / "files").glob("??/??/*") if path.is_file() and path.name not in named]
        sizes = [path.stat().st_size for path in left]
        for path in left:
            path.unlink()
    return Pruned(len(left), sum(sizes))
