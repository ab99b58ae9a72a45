"""Restoring: made whole aside, checked, and only then put in place."""

import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection

from app.backup import tables
from app.backup.manifest import KEYS, Backup, is_whole
from app.backup.progress import Shown
from app.backup.taking import copy_file
from app.core.calendar import now
from app.core.errors import Conflict, Invalid
from app.core.files import store_of, sync
from app.core.log import kind
from app.installation import address, has_database
from app.schema import Unknown, upgrade
from app.settings import Settings

MAGIC = b"SQLite format 3\0"


def restore(settings: Settings, backup: Backup, *, replace: bool, shown: Shown) -> list[str]:
    """Bring the installation to the backup's state; files that could not be restored.

    409 where there is data already, unless it is to be replaced: then a SQLite file is set aside, PostgreSQL's
    tables go in the same transaction that brings the new ones.
    """
    url = address(settings)
    is_sqlite = url.get_backend_name() == "sqlite"
    if not replace and has_database(settings) and not _is_empty(url):
        raise Conflict("这里已经有数据，没有恢复。请换一个空的数据目录或数据库，或者加 --replace 换掉它")
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lacking = _restore_files(settings, backup, shown)
    if is_sqlite:
        _restore_sqlite(Path(str(url.database)), backup, shown)
    else:
        fill(url, backup, shown, replace=True)
    _restore_keys(settings, backup, replace)
    return lacking


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


def fill(url: str | sa.URL, backup: Backup, shown: Shown, *, replace: bool = False) -> None:
    """The backup's rows in a schema of their revision, brought up to date, in one transaction.

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


def _restore_sqlite(file: Path, backup: Backup, shown: Shown) -> None:
    making = file.with_name(f".restoring-{secrets.token_hex(6)}")
    try:
        fill(f"sqlite:///{making}", backup, shown)
        with tables.engine(f"sqlite:///{making}").connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() != "ok":
                raise Invalid("恢复出的数据库没有通过 integrity_check，请检查磁盘")
        making.chmod(0o600)
        sync(making)
        _set_aside(file)
        making.replace(file)
        sync(file.parent)
    finally:
        making.unlink(missing_ok=True)


def _set_aside(file: Path) -> None:
    """An old database keeps its content under another name. Its log is folded in first, which needs it to oneself; of
    one that is damaged the log goes along as it is: beside the new database it would be taken for its own.
    """
    aside = file.with_name(f"{file.name}.before-{now():%Y%m%dT%H%M%SZ}")
    if file.exists() and not _is_spoilt(file):
        _fold_in(file)
    for part in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}{part}").rename(aside.with_name(f"{aside.name}{part}"))


def _is_spoilt(file: Path) -> bool:
    """It does not even begin as a database does: SQLite, which opens it all the same, would throw its log away."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) not in (b"", MAGIC)


def _fold_in(file: Path) -> None:
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


def _restore_keys(settings: Settings, backup: Backup, replace: bool) -> None:
    for path in settings.keys:
        if path.name in backup.manifest.keys and (replace or not path.exists()):
            path.touch(mode=0o600)
            path.write_bytes((backup.folder / KEYS / path.name).read_bytes())
