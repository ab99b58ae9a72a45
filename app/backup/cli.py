"""``qinglian backup``, ``verify`` and ``restore``."""

from pathlib import Path
from typing import Annotated

import typer

from app.backup import progress, pruning
from app.backup.manifest import NAME, Backup, open_backup, sha256_of
from app.backup.restoring import restore
from app.backup.taking import take
from app.backup.verifying import broken, verify
from app.events.heads import has_key
from app.installation import open_current
from app.settings import MIB, Settings
from app.terminal import Data, err, out

Where = Annotated[Path, typer.Argument(help="备份的目录；或 qinglian backup 的目标目录，取其中最新的一次")]
NO_KEYS = "密钥不在其中（加 --with-keys 才有）：请另存数据目录里的 secret，没有它，动态验证码等不能再用。"
NOT_YET = "数据目录里还没有密钥：第一次启动服务时生成。"
NEW_AUDIT_KEY = (
    "这里没有 audit.key，已新做一把：此前留存在别处的封条核对不了。如果另存有原来的 audit.key，"
    "请把它放回数据目录，再加 --replace 重做这次恢复。"
)
WITH_KEYS = "密钥也在其中：拿到这份备份的人能解开加密的内容，请妥善保管。"


def add_to(cli: typer.Typer) -> None:
    cli.command("backup")(back_up)
    cli.command("verify")(prove)
    cli.command("restore")(bring_back)


def back_up(
    target: Annotated[Path, typer.Argument(help="目标目录；每次备份在其中占一个目录，印证资料共用一份")],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="连同数据目录里的密钥")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="备份之后，删去目标目录里哪一次备份都不再用到的文件")] = False,
    data: Data = None,
) -> None:
    """备份数据库和印证资料；服务不必停止。"""
    settings = Settings()
    open_current(settings, newer=True).close()
    with progress.bars() as shown:
        backup = take(settings, target, with_keys=with_keys, shown=shown)
    rows = sum(member.rows for member in backup.manifest.tables.values())
    out.print(f"已备份到 {backup.folder}：{len(backup.manifest.tables)} 张表，{rows} 行。")
    out.print(f"清单的 sha256：{sha256_of(backup.folder / NAME)}")
    out.print(WITH_KEYS if backup.manifest.keys else NOT_YET if with_keys else NO_KEYS)
    _complain(backup.manifest.lacking, "这些印证资料在数据目录里缺少或已损坏，没有备份到：")
    if prune:
        gone = pruning.prune(target)
        out.print(f"已删去 {gone.files} 个哪一次备份都不再用到的文件，共 {gone.size / MIB:.1f} MiB。")


def prove(
    backup: Where,
    quick: Annotated[bool, typer.Option("--quick", help="只核对文件，不试恢复")] = False,
) -> None:
    """核对一次备份：逐个文件比对 sha256，再试着恢复到临时的数据库。"""
    opened = open_backup(backup)
    with progress.bars() as shown:
        wrong = verify(opened, quick=quick, shown=shown)
    _complain(wrong, f"{opened.folder} 有问题：")
    out.print(f"{opened.folder} 完好：{_summary(opened)}")


def bring_back(
    backup: Where,
    replace: Annotated[bool, typer.Option("--replace", help="换掉这里已有的数据")] = False,
    data: Data = None,
) -> None:
    """把一次备份恢复到这里（--data 或 QL_DATA、QL_DATABASE_URL 所指），SQLite 与 PostgreSQL 可以互换。"""
    settings, opened = Settings(), open_backup(backup)
    with progress.bars() as shown:
        _complain(broken(opened), f"{opened.folder} 有问题，没有恢复：")
        had_key = has_key(settings)
        lacking, aside = restore(settings, opened, replace=replace, shown=shown)
    out.print(f"已恢复到 {opened.manifest.taken_at} 的状态：{_summary(opened)}会话不恢复，各人须重新登录。")
    if not opened.manifest.keys:
        out.print("备份里没有密钥：请把另存的 secret 放回数据目录。")
    if aside is not None:
        out.print(f"这里原来的 SQLite 数据库已改名为 {aside}，不再使用。")
    if not had_key and "audit.key" not in opened.manifest.keys:
        out.print(NEW_AUDIT_KEY)
    _complain(lacking, "这些印证资料在备份里缺少或已损坏，没有恢复：")


def _summary(backup: Backup) -> str:
    manifest = backup.manifest
    rows = sum(member.rows for member in manifest.tables.values())
    files = manifest.tables["stored_file"].rows
    return (
        f"{len(manifest.tables)} 张表，{rows} 行，{files} 个文件，取自 {manifest.database}，版本 {manifest.revision}。"
    )


def _complain(lines: list[str], words: str) -> None:
    if not lines:
        return
    err.print(words, style="red")
    for line in lines:
        err.print(f"  {line}")
    raise typer.Exit(1)
