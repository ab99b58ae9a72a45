"""Taking a backup while the service goes on."""

import hashlib
import os
import secrets
import shutil
from pathlib import Path

import sqlalchemy as sa

from app import VERSION
from app.backup import tables
from app.backup.manifest import FORMAT, KEYS, Backup, Manifest, Member, sha256_of, write
from app.backup.progress import Shown
from app.backup.pruning import using
from app.core.calendar import now
from app.core.files import Store, store_of, sync
from app.core.stored import FILE
from app.settings import Settings

BLOCK = 1 << 20


def take(settings: Settings, target: Path, *, with_keys: bool, shown: Shown) -> Backup:
    """The database first, then the files that it records: one that is let go meanwhile stays for a day
    (``Store.release``)."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with using(target):
        return _take(settings, target, with_keys, shown)


def _take(settings: Settings, target: Path, with_keys: bool, shown: Shown) -> Backup:
    instant = now()
    making = target / f".making-{secrets.token_hex(6)}"
    making.mkdir(mode=0o700)
    try:
        with tables.snapshot(settings.url) as connection:
            revision, database = tables.revision(connection), connection.dialect.name
            members = _dump(connection, making, shown)
            recorded = [(row.sha256, row.size) for row in connection.execute(sa.select(FILE.c.sha256, FILE.c.size))]
        lacking = _copy(recorded, store_of(settings), Store(target / "files"), shown)
        manifest = Manifest(
            format=FORMAT,
            version=VERSION,
            revision=revision,
            database=database,
            taken_at=instant.isoformat(timespec="seconds"),
            tables=members,
            lacking=lacking,
            keys=_keys(settings, making) if with_keys else {},
        )
        write(making, manifest)
        folder = _settle(making, target / f"{instant:%Y%m%dT%H%M%SZ}")
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return Backup(folder, manifest)


def _dump(connection: sa.Connection, folder: Path, shown: Shown) -> dict[str, Member]:
    names = tables.names(connection)
    tick = shown("数据库", sum(tables.count(connection, name) for name in names))
    members = {}
    for name in names:
        path = folder / f"{name}.jsonl.gz"
        rows = tables.dump(connection, name, path, tick)
        members[name] = Member(columns=list(tables.columns(connection, name)), rows=rows, sha256=sha256_of(path))
    return members


def _copy(recorded: list[tuple[str, int]], source: Store, target: Store, shown: Shown) -> list[str]:
    """Copy the files that the target has not; those that cannot be had."""
    tick = shown("印证资料", sum(size for _, size in recorded))
    lacking = []
    for sha256, size in recorded:
        kept = target.path(sha256)
        if not (kept.is_file() and kept.stat().st_size == size) and not copy_file(source, target, sha256):
            lacking.append(sha256)
        tick(size)
    return lacking


def copy_file(source: Store, target: Store, sha256: str) -> bool:
    """Whether the file is now there, its content proved on the way."""
    final = target.path(sha256)
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = final.with_name(f".{secrets.token_hex(8)}")
    proved = hashlib.sha256()
    try:
        with source.path(sha256).open("rb") as given, making.open("xb") as file:
            while block := given.read(BLOCK):
                proved.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if proved.hexdigest() != sha256:
            return False
        making.replace(final)
        sync(final.parent)
    except FileNotFoundError:
        return False
    finally:
        making.unlink(missing_ok=True)
    return True


def _keys(settings: Settings, folder: Path) -> dict[str, str]:
    (folder / KEYS).mkdir(mode=0o700)
    kept = {}
    for name, path in settings.keys.items():
        if path.is_file():
            copied = folder / KEYS / name
            copied.touch(mode=0o600)
            copied.write_bytes(path.read_bytes())
            kept[name] = sha256_of(copied)
    return kept


def _settle(making: Path, folder: Path) -> Path:
    """On disk whole, and only then under its name."""
    for path in making.rglob("*"):
        sync(path)
    sync(making)
    making.rename(folder)
    sync(folder.parent)
    return folder
