"""Restoring: made whole aside, checked, and only then put in place."""

import secrets
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from app.backup import tables
from app.backup.manifest import KEYS, Backup, is_whole
from app.backup.noting import note_restores
from app.backup.progress import Shown
from app.backup.taking import copy_file
from app.core.calendar import now
from app.core.errors import Conflict, Invalid
from app.core.files import store_of, sync
from app.core.log import kind
from app.events.heads import key_of
from app.installation import address, has_database, mark
from app.schema import Unknown, upgrade
from app.settings import Settings

MAGIC = b"SQLite format 3\0"


class Restored(NamedTuple):
    lacking: list[str]
    """Files that could not be restored."""
    aside: Path | None
    """Where the SQLite file is now that was here before."""


def restore(settings: Settings, backup: Backup, *, replace: bool, shown: Shown) -> Restored:
    """Bring the installation to the backup's state.

    409 where there is data already, unless it is to be replaced: then a SQLite file is set aside, PostgreSQL's
    tables go in the same transaction that brings the new ones. A SQLite file that lies in the data folder of what is
    now PostgreSQL is set aside as well: whoever forgets to say which database is meant would find it.
    """
    url = address(settings)
    is_sqlite = url.get_backend_name() == "sqlite"
    if not replace and has_database(settings) and not _is_empty(url):
        raise Conflict("这里已经有数据，没有恢复。请换一个空的数据目录或数据库，或者加 --replace 换掉它")
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lacking = _restore_files(settings, backup, shown)
    keys = _keys_to_restore(settings, backup, replace)
    taken_at = datetime.fromisoformat(backup.manifest.taken_at)
    note = partial(note_restores, settings=settings, taken_at=taken_at, key=_signing_key(settings, keys))
    if is_sqlite:
        aside = _restore_sqlite(Path(str(url.database)), backup, shown, note)
    else:
        _fold_in(settings.sqlite_path)
        fill(url, backup, shown, replace=True, note=note)
        aside = _set_aside(settings.sqlite_path)
        mark(settings)
    for path, kept in keys.items():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(kept.read_bytes())
    return Restored(lacking, aside)


def _is_empty(url: sa.URL) -> bool:
    """A SQLite file that cannot be read is not nothing: only whoever says so has it set aside."""
    if url.get_backend_name() == "sqlite" and _is_spoilt(Path(str(url.database))):
        return False
    try:
        with tables.engine(url).connect() as connection:
            return tables.is_empty(connection)
    except sa.exc.DatabaseError:
        if url.get_backend_name() == "sqlite":
            return False
        raise


# The database


def fill(
    url: str | sa.URL,
    backup: Backup,
    shown: Shown,
    *,
    replace: bool = False,
    note: Callable[[Connection], None] = lambda connection: None,
) -> None:
    """The backup's rows in a schema of their revision, brought up to date, in one transaction. ``note`` is its last
    act.

    422 when the rows are not what the manifest says or do not fit together.
    """
    manifest = backup.manifest
    tick = shown("恢复数据库", sum(member.rows for member in manifest.tables.values()))
    made = tables.engine(url)
    with made.begin() as connection:
        if replace:
            _clear(connection)
        _upgrade(connection, manifest.revision)
        try:
            with tables.references_last(connection):
                for table, member in manifest.tables.items():
                    # A migration may have brought rows of its own; they are in the backup as they stood.
                    connection.exec_driver_sql(f'DELETE FROM "{table}"')
                    tables.load(connection, table, member.columns, backup.member(table), tick)
        except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error, ValueError, OSError, EOFError) as error:
            words = f"备份 {backup.folder.name} 的内容前后不符（{kind(error)}），没有恢复；请改用另一次备份"
            raise Invalid(words) from error
        tables.number_on(connection)
        _check(connection, backup)
        _upgrade(connection, "head")
        note(connection)
    if made.dialect.name == "postgresql":
        with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _upgrade(connection: Connection, revision: str) -> None:
    try:
        upgrade(connection, revision)
    except Unknown:
        raise Conflict(f"备份的数据库版本 {revision} 比程序新，请用写它的程序版本恢复") from None


def _clear(connection: Connection) -> None:
    others = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND application_name = 'qinglian'"
    ).scalar_one()
    if others:
        raise Conflict("还有程序连着这个数据库，请先停止每一个 qinglian serve")
    for table in sa.inspect(connection).get_table_names():
        connection.exec_driver_sql(f'DROP TABLE "{table}" CASCADE')


def _check(connection: Connection, backup: Backup) -> None:
    for table, member in backup.manifest.tables.items():
        if (found := tables.count(connection, table)) != member.rows:
            raise Invalid(f"{table} 恢复出 {found} 行，备份记为 {member.rows} 行，没有恢复")


def _restore_sqlite(file: Path, backup: Backup, shown: Shown, note: Callable[[Connection], None]) -> Path | None:
    making = file.with_name(f".restoring-{secrets.token_hex(6)}")
    try:
        fill(f"sqlite:///{making}", backup, shown, note=note)
        with tables.engine(f"sqlite:///{making}").connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() != "ok":
                raise Invalid("恢复出的数据库没有通过 integrity_check，请检查磁盘")
        making.chmod(0o600)
        sync(making)
        aside = _set_aside(file)
        making.replace(file)
        sync(file.parent)
    finally:
        making.unlink(missing_ok=True)
    return aside


def _set_aside(file: Path) -> Path | None:
    """An old database keeps its content under another name; which. Its log is folded in first, which needs it to
    oneself; of one that is damaged the log goes along as it is: beside the new database it would be taken for its own.
    """
    aside = file.with_name(f"{file.name}.before-{now():%Y%m%dT%H%M%SZ}")
    _fold_in(file)
    for part in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}{part}").rename(aside.with_name(f"{aside.name}{part}"))
    return aside if aside.exists() else None


def _is_spoilt(file: Path) -> bool:
    """It does not even begin as a database does: SQLite, which opens it all the same, would throw its log away."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) not in (b"", MAGIC)


def _fold_in(file: Path) -> None:
    """409 while a program has it open."""
    if not file.exists() or _is_spoilt(file):
        return
    try:
        with tables.engine(f"sqlite:///{file}").connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 1000")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE").scalar_one()
    except sa.exc.DatabaseError as error:
        if getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise Conflict("还有程序开着这个数据库，请先停止 qinglian serve") from error


# Files and keys


def _restore_files(settings: Settings, backup: Backup, shown: Shown) -> list[str]:
    files, store = backup.files(), store_of(settings)
    tick = shown("恢复印证资料", sum(size for _, size in files))
    lacking = []
    for sha256, size in files:
        if not is_whole(store.path(sha256), sha256) and not copy_file(backup.store, store, sha256):
            lacking.append(sha256)
        tick(size)
    return lacking


def _keys_to_restore(settings: Settings, backup: Backup, replace: bool) -> dict[Path, Path]:
    """Where each key goes that the backup has, and its copy there."""
    found = {}
    for name, path in settings.keys.items():
        # An earlier release called a key by its file, whatever other key bears that name.
        before = "" if path.name in settings.keys else path.name
        kept = next((each for each in (name, before) if each in backup.manifest.keys), None)
        if kept is not None and (replace or not path.exists()):
            found[path] = backup.folder / KEYS / kept
    return found


def _signing_key(settings: Settings, keys: Mapping[Path, Path]) -> Ed25519PrivateKey:
    """The one that signs heads once the restore is done."""
    kept = keys.get(settings.audit_key_path)
    return key_of(settings) if kept is None else Ed25519PrivateKey.from_private_bytes(kept.read_bytes())
