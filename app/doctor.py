"""``qinglian doctor``: what an installation needs, checked one by one, with the mend for whatever is missing."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.assets import cdn_url, is_whole, local_path
from app.core.audit import EVENT
from app.core.calendar import SHANGHAI, now
from app.core.db import Database
from app.core.errors import Problem
from app.core.files import store_of
from app.evidence.operations import damaged, missing
from app.installation import has_database, mend_of, shown
from app.reference import setting_rows
from app.schema import revisions
from app.settings import Settings

OLDEST_PYTHON = (3, 11)
LEAST_FREE_MIB = 500
MOST_SKEW_S = 5


class Check(NamedTuple):
    """``mend`` says what to do; a check without one passed. ``grave`` ones make the command fail."""

    name: str
    found: str
    mend: str = ""
    grave: bool = True

    @property
    def passed(self) -> bool:
        return not self.mend


def current_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """(environment variable, value now, description); a password in an address is not shown."""
    rows = []
    for name, _default, description in setting_rows():
        value = getattr(settings, name.removeprefix("QL_").lower())
        if name == "QL_DATABASE_URL" and value:
            value = shown(settings)
        rows.append((name, "" if value is None else str(value), description))
    return rows


def examine(settings: Settings, *, read_files: bool = False) -> list[Check]:
    return [
        _python(),
        *_storage(settings),
        *_database(settings, read_files),
        _assets(settings),
        _exposure(settings),
    ]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Check("Python", version, f"请换用 Python {'.'.join(map(str, OLDEST_PYTHON))} 或更新的版本")
    return Check("Python", version)


# Storage


def _storage(settings: Settings) -> Iterator[Check]:
    folder = settings.data
    if folder.exists() and not folder.is_dir():
        yield Check("数据目录", f"{folder}（不是目录）", "请用 --data 另选一个目录")
        return
    if not folder.is_dir():
        yield Check("数据目录", f"{folder}（没有）", "运行 qinglian init 或 qinglian migrate 建立，或用 --data 指定")
        return
    probe = folder / f".probe-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        yield Check("数据目录", f"{folder}（{error.strerror}）", "请让运行本程序的账号能在这个目录里写文件")
        return
    free = os.statvfs(folder)
    mib = free.f_bavail * free.f_frsize // 1024**2
    mend = "" if mib >= LEAST_FREE_MIB else f"剩余空间不足 {LEAST_FREE_MIB} MiB，请清理磁盘，或把目录移到大一些的盘上"
    yield Check("数据目录", f"{folder.resolve()}，可写，剩余 {mib} MiB", mend)
    if folder.stat().st_mode & 0o007:
        yield Check("目录权限", oct(folder.stat().st_mode & 0o777), f"请运行 chmod 700 {folder}", grave=False)


# Database


def _database(settings: Settings, read_files: bool) -> Iterator[Check]:
    where = shown(settings)
    try:
        if not has_database(settings):
            yield Check("数据库", f"{where}（没有）", "运行 qinglian init（正式使用）或 qinglian demo（体验）")
            return
    except Problem as problem:
        yield Check("数据库", where, problem.detail)
        return
    with closing(Database(settings.url, settings.pool_size)) as database:
        try:
            yield from database.read_now(lambda connection: list(_of_database(connection, settings, where, read_files)))
        except (Problem, sa.exc.DBAPIError):
            yield Check("数据库", f"{where}（打不开）", mend_of(database.url))


def _of_database(connection: Connection, settings: Settings, where: str, read_files: bool) -> Iterator[Check]:
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        yield Check("数据库", f"{where}，SQLite {version}")
        yield from _values(connection, _PRAGMAS, lambda name: f"PRAGMA {name}", "请停止其他改动过它的程序后重新打开")
    else:
        yield Check("数据库", f"{where}，PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}")
        mend = "否则断电会丢失已确认的写入：ALTER SYSTEM SET {0} = on; SELECT pg_reload_conf();"
        yield from _values(connection, _DURABILITY, lambda name: f"SHOW {name}", mend)
    migrations = _migrations(connection, settings)
    yield migrations
    if migrations.passed:
        yield _clock(connection)
        yield _files(connection, settings, read_files)


_PRAGMAS = {"journal_mode": ("wal",), "synchronous": (2,), "foreign_keys": (1,)}
_DURABILITY = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")}


def _values(
    connection: Connection, expected: dict[str, tuple[Any, ...]], ask: Callable[[str], str], mend: str
) -> Iterator[Check]:
    for name, good in expected.items():
        found = connection.exec_driver_sql(ask(name)).scalar_one()
        yield Check(name, str(found), "" if found in good else f"应为 {good[0]}。{mend.format(name)}")


def _migrations(connection: Connection, settings: Settings) -> Check:
    current, newest = revisions(connection, settings.url)
    if current == newest:
        return Check("数据库版本", str(current))
    return Check("数据库版本", f"{current or '空'}，程序需要 {newest}", "请先备份，再运行 qinglian migrate")


def _clock(connection: Connection) -> Check:
    """Against the database's clock, or a file's newest event: deadlines, sessions and the audit log live by it."""
    here = now()
    shown = f"{here.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}（东八区）"
    if connection.dialect.name == "postgresql":
        theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        skew = abs((here - theirs).total_seconds())
        mend = f"与数据库相差 {skew:.0f} 秒，请在两台机器上开启网络校时（chrony、ntpd）" if skew > MOST_SKEW_S else ""
        return Check("时钟", shown, mend)
    last = connection.execute(sa.select(EVENT.c.at).order_by(EVENT.c.id.desc()).limit(1)).scalar()
    late = last is not None and (last - here).total_seconds() > MOST_SKEW_S
    return Check("时钟", shown, f"比最近一条审计记录（{last}）还早，请校正系统时间" if late else "")


def _files(connection: Connection, settings: Settings, read: bool) -> Check:
    """Whether every recorded piece of evidence has its file, of its length; ``read``: with the recorded bytes."""
    store = store_of(settings)
    lost, spoilt = missing(connection, store), damaged(connection, store, read=read)
    if not lost and not spoilt:
        return Check("印证资料", "文件齐全，逐个核对过内容" if read else "文件齐全")
    mend = f"请从备份恢复到 {settings.files}：{'、'.join([*lost, *spoilt][:3])}"
    return Check("印证资料", f"缺少 {len(lost)} 个文件，损坏 {len(spoilt)} 个", mend)


# The rest


def _assets(settings: Settings) -> Check:
    if settings.assets == "cdn":
        return Check("页面脚本", f"由浏览器从 {cdn_url(settings)} 加载；内网请用 QL_ASSETS=local")
    path = local_path(settings)
    if is_whole(path):
        return Check("页面脚本", f"{path}，校验一致")
    return Check("页面脚本", f"{path}（{'校验不符' if path.exists() else '没有'}）", "请运行 qinglian assets")


def _exposure(settings: Settings) -> Check:
    if settings.https or settings.demo:
        return Check("HTTPS", "是" if settings.https else "演示数据，不要求")
    mend = "会话 Cookie 没有 Secure：经反向代理提供 HTTPS 时请设 QL_HTTPS=true，并用 QL_HOSTS 写明域名"
    return Check("HTTPS", "否", mend, grave=False)
