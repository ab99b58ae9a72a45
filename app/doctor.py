"""``qinglian doctor``: what an installation needs, checked one by one, with the mend for whatever is missing."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app import readiness
from app.assets import cdn_url, is_whole, local_path
from app.cases.models import CASE_CATEGORY_LABELS, CaseCategory
from app.cases.queries import without_office
from app.channels import mailing
from app.channels.models import MAIL_FAULT_LABELS
from app.core.audit import EVENT
from app.core.calendar import SHANGHAI, now
from app.core.db import Database
from app.core.errors import Problem
from app.core.files import store_of
from app.core.stored import damaged, missing
from app.installation import has_database, mend_of, shown
from app.readiness import Check
from app.reference import setting_rows
from app.settings import Settings
from app.units.models import UNIT, UnitKind

OLDEST_PYTHON = (3, 11)
MOST_SKEW_S = 5


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
        _mail(settings),
        _exposure(settings),
    ]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Check("Python", version, f"请换用 Python {'.'.join(map(str, OLDEST_PYTHON))} 或更新的版本")
    return Check("Python", version)


# Storage


def _storage(settings: Settings) -> Iterator[Check]:
    folder = readiness.folder(settings)
    yield folder
    if folder.passed:
        yield readiness.space(settings)
        mode = settings.data.stat().st_mode
        if mode & 0o007:
            yield Check("目录权限", oct(mode & 0o777), f"请运行 chmod 700 {settings.data}", grave=False)


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
    with closing(Database(settings.url, settings.pool_size, settings.database_timeout_s)) as database:
        try:
            yield from database.read_now(lambda connection: list(_of_database(connection, settings, where, read_files)))
        except (Problem, sa.exc.DBAPIError):
            yield Check("数据库", f"{where}（打不开）", mend_of(database.url))


def _of_database(connection: Connection, settings: Settings, where: str, read_files: bool) -> Iterator[Check]:
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        yield Check("数据库", f"{where}，SQLite {version}")
    else:
        yield Check("数据库", f"{where}，PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}")
    yield from readiness.durability(connection, settings)
    migrations = readiness.migrations(connection)
    yield migrations
    if migrations.passed:
        yield _clock(connection)
        yield _files(connection, settings, read_files)
        yield readiness.working(connection, settings)
        yield readiness.identity_key(connection, settings)
        yield _case_offices(connection)


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
    """Whether every record of a file has it, of its length; ``read``: with the recorded bytes."""
    store = store_of(settings)
    lost, spoilt = missing(connection, store), damaged(connection, store, read=read)
    if not lost and not spoilt:
        return Check("印证资料", "文件齐全，逐个核对过内容" if read else "文件齐全")
    mend = f"请从备份恢复到 {settings.files}：{'、'.join([*lost, *spoilt][:3])}"
    return Check("印证资料", f"缺少 {len(lost)} 个文件，损坏 {len(spoilt)} 个", mend)


def _case_offices(connection: Connection) -> Check:
    """Of each bureau: ethics violations, above all, are not handled without an office of its own (师德失范, 人事股)."""
    bureaus = connection.execute(sa.select(UNIT.c.id).where(UNIT.c.kind == UnitKind.BUREAU)).scalars().all()
    lacking = [each for unit_id in bureaus for each in without_office(connection, unit_id)]
    if not lacking:
        return Check("案件承办", "各类案件的承办股室已设置")
    words = "、".join(CASE_CATEGORY_LABELS[each] for each in CaseCategory if each in lacking)
    return Check(
        "案件承办", f"{words}没有承办股室", "请督查室在“案件线索”的“承办股室”中设置，不需要的选“不限”", grave=False
    )


# The rest


def _assets(settings: Settings) -> Check:
    if settings.assets == "cdn":
        return Check("页面脚本", f"由浏览器从 {cdn_url(settings)} 加载；内网请用 QL_ASSETS=local")
    path = local_path(settings)
    if is_whole(path):
        return Check("页面脚本", f"{path}，校验一致")
    return Check("页面脚本", f"{path}（{'校验不符' if path.exists() else '没有'}）", "请运行 qinglian assets")


def _mail(settings: Settings) -> Check:
    """Without it the product works, and notices stay within it."""
    if not settings.smtp_url.get_secret_value():
        return Check("电子邮件", "没有设置，通知只在系统内")
    if not mailing.is_on(settings):
        return Check("电子邮件", "不发送", "请一并设 QL_MAIL_FROM 和 QL_SITE_URL", grave=False)
    where = mailing.server_of(settings)
    try:
        mailing.look(settings)
    except mailing.NotSent as failed:
        mend = f"{MAIL_FAULT_LABELS[failed.fault]}，请核对 QL_SMTP_URL"
        return Check("电子邮件", f"{where.host}:{where.port}", mend, grave=False)
    return Check(
        "电子邮件", f"{where.host}:{where.port}，可以登录" if where.user else f"{where.host}:{where.port}，可以连接"
    )


def _exposure(settings: Settings) -> Check:
    if settings.https or settings.demo:
        return Check("HTTPS", "是" if settings.https else "演示数据，不要求")
    mend = "会话 Cookie 没有 Secure：经反向代理提供 HTTPS 时请设 QL_HTTPS=true，并用 QL_HOSTS 写明域名"
    return Check("HTTPS", "否", mend, grave=False)
