"""What a running installation stands on, checked one by one: for ``qinglian doctor``, ``serve`` and ``/readyz``."""

import os
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.complaints import identities
from app.core.calendar import SHANGHAI, now
from app.core.errors import Unavailable
from app.jobs.standing import idle_since
from app.schema import Standing, newest, revision_of, standing
from app.settings import MIB, Settings

LEAST_FREE_MIB = 500


class Check(NamedTuple):
    """``mend`` says what to do; a check without one passed. ``grave`` ones make ``doctor`` fail."""

    name: str
    found: str
    mend: str = ""
    grave: bool = True

    @property
    def passed(self) -> bool:
        return not self.mend


_PRAGMAS: dict[str, tuple[Any, ...]] = {"journal_mode": ("wal",), "synchronous": (2,), "foreign_keys": (1,)}
_SERVER: dict[str, tuple[Any, ...]] = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
}


def durability(connection: Connection, settings: Settings) -> Iterator[Check]:
    """Whether what is committed is on disk: a kill cannot show it, only the settings can."""
    if connection.dialect.name == "sqlite":
        expected, ask, mend = _PRAGMAS, "PRAGMA {}", "请停止其他改动过它的程序后重新打开"
    else:
        expected, ask = _SERVER, "SHOW {}"
        mend = "否则断电会丢失已确认的写入：ALTER SYSTEM SET {} = on; SELECT pg_reload_conf();"
    for name, good in expected.items():
        found = connection.exec_driver_sql(ask.format(name)).scalar_one()
        wrong = "" if found in good else f"应为 {good[0]}。{mend.format(name)}"
        yield Check(name, str(found), wrong, grave=not settings.unsafe_database)


def migrations(connection: Connection) -> Check:
    revision, stands = revision_of(connection), standing(connection)
    if stands == Standing.CURRENT:
        return Check("数据库版本", str(revision))
    if stands == Standing.NEWER:
        return Check("数据库版本", f"{revision}，比程序新", "请把程序也升级到这一版", grave=False)
    return Check("数据库版本", f"{revision or '空'}，程序需要 {newest()}", "请先备份，再运行 qinglian migrate")


def free_bytes(settings: Settings) -> int:
    disk = os.statvfs(settings.data)
    return disk.f_bavail * disk.f_frsize


def space(settings: Settings) -> Check:
    mib = free_bytes(settings) // MIB
    mend = "" if mib >= LEAST_FREE_MIB else f"剩余空间不足 {LEAST_FREE_MIB} MiB，请清理磁盘，或把目录移到大一些的盘上"
    return Check("剩余空间", f"{mib} MiB", mend)


def folder(settings: Settings) -> Check:
    """Whether the data folder takes a file."""
    where = settings.data
    if where.exists() and not where.is_dir():
        return Check("数据目录", f"{where}（不是目录）", "请用 --data 另选一个目录")
    if not where.is_dir():
        return Check("数据目录", f"{where}（没有）", "运行 qinglian init 或 qinglian migrate 建立，或用 --data 指定")
    probe = where / f".probe-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        return Check("数据目录", f"{where}（{error.strerror}）", "请让运行本程序的账号能在这个目录里写文件")
    return Check("数据目录", f"{where.resolve()}，可写")


def working(connection: Connection, settings: Settings) -> Check:
    """Whether anybody works on the queue."""
    since = idle_since(connection, now())
    if since is None:
        return Check("后台工作", "正常")
    mend = "请在服务旁边运行 qinglian worker" if settings.worker == "outside" else "请启动服务 qinglian serve"
    return Check("后台工作", f"自 {since.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 起没有进程办理", mend, grave=False)


def identity_key(connection: Connection, settings: Settings) -> Check:
    """Whether who reported complaints can be read, and the next one be kept."""
    lost = identities.fault(connection, settings)
    return Check("举报人身份密钥", "不能用" if lost else "正常", lost)


# For /readyz: a word each, no paths and no values.


def of_database(connection: Connection, settings: Settings) -> dict[str, bool]:
    usable = standing(connection) in (Standing.CURRENT, Standing.NEWER)
    return {
        "database": True,
        "migrations": usable,
        "durability": all(check.passed or not check.grave for check in durability(connection, settings)),
        "worker": not usable or working(connection, settings).passed,
        "complaint_key": not usable or identity_key(connection, settings).passed,
    }


def of_disk(settings: Settings) -> dict[str, bool]:
    writable = folder(settings).passed
    return {"data_folder": writable, "disk": writable and space(settings).passed}


def require_durable(connection: Connection, settings: Settings) -> None:
    """503 with what to mend when a power failure would lose what was acknowledged."""
    wrong = [f"{check.name} 是 {check.found}，{check.mend}" for check in durability(connection, settings) if check.mend]
    if wrong and not settings.unsafe_database:
        raise Unavailable("；".join(wrong))
