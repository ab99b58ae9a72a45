"""``qinglian audit …``: the audit log checked, kept elsewhere, exported and archived."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from app.events import chain, heads
from app.installation import Installation, open_current
from app.settings import Settings
from app.terminal import Data, err, out

audit_cli = typer.Typer(no_args_is_help=True, help="审计日志")
OneBureau = Annotated[str | None, typer.Option("--bureau", help="只看这个教育局（代码）；不写则全部")]


@audit_cli.command("verify")
def verify(
    bureau: OneBureau = None,
    head: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="留存在别处的封条")] = None,
    data: Data = None,
) -> None:
    """校验日志链：有没有一条被改动、删除、调换或塞入；有则退出码为 1。"""
    settings = Settings()
    with open_current(settings) as installation:
        kept = heads.read(head, settings) if head else []
        broken = False
        meant = dict(chains(installation, bureau))
        if bureau is None:
            meant = {each.district_id: f"第 {each.district_id} 号单位" for each in kept} | meant
        for district_id, name in meant.items():
            found = installation.database.read_now(chain.check, district_id)
            fault = found.fault or _lost(installation, district_id, kept)
            broken = broken or fault is not None
            if fault:
                err.print(f"✗ {name}：{fault.words}", style="red")
            else:
                archived = f"，另有 {found.archived} 条已归档" if found.archived else ""
                out.print(f"✓ {name}：{found.events} 条记录与 {found.seals} 个封条相符{archived}")
    if broken:
        raise typer.Exit(1)


def _lost(installation: Installation, district_id: int, kept: list[heads.Head]) -> chain.Fault | None:
    mine = [each for each in kept if each.district_id == district_id]
    found = (installation.database.read_now(heads.missing_head, each) for each in mine)
    return next((fault for fault in found if fault), None)


@audit_cli.command("head")
def print_heads(bureau: OneBureau = None, data: Data = None) -> None:
    """输出日志链末尾的封条，带签名，每局一行；请留存在数据库管理员够不到的地方。"""
    settings = Settings()
    with open_current(settings) as installation:
        key = heads.key_of(settings)
        for district_id, _ in chains(installation, bureau):
            typer.echo(heads.line_of(installation.database.read_now(heads.head_of, district_id), key))


def chains(installation: Installation, bureau: str | None) -> Iterator[tuple[int, str]]:
    """The chains meant: of one bureau, or all there are."""
    only = installation.bureau(bureau).district_id if bureau else None

    def query(connection: Connection) -> list[tuple[int, str]]:
        return [each for each in chain.districts(connection) if only in (None, each[0])]

    yield from installation.database.read_now(query)
