"""``qinglian audit …``: the audit log checked, kept elsewhere, exported and archived."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from app.core.calendar import now
from app.events import archive, chain, heads
from app.events.files import check_file
from app.installation import Installation, open_current
from app.settings import Settings
from app.terminal import Data, err, out

audit_cli = typer.Typer(no_args_is_help=True, help="审计日志")
OneBureau = Annotated[str | None, typer.Option("--bureau", help="只看这个教育局（代码）；不写则全部")]


@audit_cli.command("verify")
def verify(
    bureau: OneBureau = None,
    head: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="留存在别处的封条")] = None,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="改为校验这份导出的文件")] = None,
    data: Data = None,
) -> None:
    """校验日志链：有没有一条被改动、删除、调换或塞入；有则退出码为 1。"""
    settings = Settings()
    if file:
        _verify_file(file, settings)
        return
    with open_current(settings) as installation:
        public = heads.public_of(settings)
        kept = heads.read(head, settings) if head else []
        broken = False
        meant = dict(chains(installation, bureau))
        if bureau is None:
            meant = {each.district_id: f"第 {each.district_id} 号单位" for each in kept} | meant
        for district_id, name in meant.items():
            found = installation.database.read_now(chain.check, district_id, public)
            mine = [each for each in kept if each.district_id == district_id]
            lost = installation.database.read_now(heads.lost_heads, district_id, mine, found.restores)
            broken = _said(name, found) or broken
            broken = _said_lost(name, lost) or broken
    if broken:
        raise typer.Exit(1)


def _verify_file(file: Path, settings: Settings) -> None:
    """Without the data folder's key the signature still has to be that of the key in the file itself."""
    own = heads.key_of(settings).public_key().public_bytes_raw() if heads.has_key(settings) else None
    broken = [_said(f"第 {found.district_id} 号单位", found) for found in check_file(file, own)]
    if own is None:
        out.print("数据目录里没有 audit.key：签名只按文件自带的公钥核对过。")
    if any(broken):
        raise typer.Exit(1)


def _said(name: str, found: chain.Checked) -> bool:
    """Print what was found, each restore with it; whether it is broken."""
    if found.fault:
        err.print(f"✗ {name}：{found.fault.words}", style="red")
    else:
        archived = f"，另有 {found.archived} 条已归档" if found.archived else ""
        archived += f"。{chain.UNPROVEN.format(found.unproven)}" if found.unproven else ""
        out.print(f"✓ {name}：{found.events} 条记录与 {found.seals} 个封条相符{archived}")
    for each in found.restores:
        out.print(f"! {name}：{each.words}")
    return found.fault is not None


def _said_lost(name: str, lost: list[heads.Lost]) -> bool:
    """Print each head that was kept and is not in the chain; whether a restore leaves one unexplained."""
    for fault, by in lost:
        if by is None:
            err.print(f"✗ {name}：{fault.words}", style="red")
        else:
            out.print(f"  {name}：{fault.kept}不在日志链里，由这次恢复说明：{by.words}")
    return any(by is None for _, by in lost)


@audit_cli.command("head")
def print_heads(bureau: OneBureau = None, data: Data = None) -> None:
    """输出日志链末尾的封条，带签名，每局一行；请留存在数据库管理员够不到的地方。"""
    settings = Settings()
    with open_current(settings) as installation:
        key = heads.key_of(settings)
        for district_id, _ in chains(installation, bureau):
            typer.echo(heads.line_of(installation.database.read_now(heads.head_of, district_id), key))


NewFile = Annotated[Path, typer.Argument(dir_okay=False, help="新文件（JSON 行）")]


@audit_cli.command("export")
def export(file: NewFile, bureau: OneBureau = None, data: Data = None) -> None:
    """导出全部日志和封条；文件日后可用 audit verify --file 单独校验。"""
    with open_current(Settings()) as installation:
        meant = dict(chains(installation, bureau))
        for found in archive.export(installation, file, meant):
            _said(meant[found.district_id], found)


@audit_cli.command("archive")
def move_away(file: NewFile, bureau: OneBureau = None, data: Data = None) -> None:
    """把超过保存期限（QL_AUDIT_MONTHS）的日志写入文件，校验无误后才从库里移出；封条留在库里。"""
    settings = Settings()
    until = archive.months_before(now(), settings.audit_months)
    with open_current(settings) as installation:
        meant = dict(chains(installation, bureau))
        done = archive.archive(installation, file, meant, until)
        for each in done:
            kept = f"，{each.written - each.removed} 条仍被引用，留在库里" if each.removed < each.written else ""
            out.print(f"✓ {meant[each.district_id]}：{until:%Y-%m-%d} 前的 {each.removed} 条已归档到 {file}{kept}")
        if not done:
            file.unlink()
            out.print(f"没有 {until:%Y-%m-%d} 以前的日志，没有归档。")


def chains(installation: Installation, bureau: str | None) -> Iterator[tuple[int, str]]:
    """The chains meant: of one bureau, or all there are."""
    only = installation.bureau(bureau).district_id if bureau else None

    def query(connection: Connection) -> list[tuple[int, str]]:
        return [each for each in chain.districts(connection) if only in (None, each[0])]

    yield from installation.database.read_now(query)
