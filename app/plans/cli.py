"""``qinglian plan parse`` and ``qinglian plan import``."""

import json
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.console import Console
from sqlalchemy import Connection

from app.core import audit
from app.core.calendar import now, today_of
from app.core.db import Database
from app.core.errors import Problem
from app.core.operation import Tx
from app.core.policy import Actor, Role
from app.identity.access import resolve
from app.identity.models import GRANT, USER
from app.plans import operations, queries
from app.plans.models import ROLE_WORDS
from app.plans.parser import UnreadableDocument, parse, read_document
from app.plans.reading import Reading, read_plan_now
from app.settings import Settings
from app.units.models import UNIT

plan_cli = typer.Typer(no_args_is_help=True, help="读取与导入方案")
_File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="docx 或 txt（UTF-8、GB18030）")
]


@plan_cli.command("parse")
def parse_file(file: _File, as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON")] = False) -> None:
    """读取方案，列出找到的任务、责任单位和时限；不保存。"""
    try:
        source = read_document(file.read_bytes(), file.name)
    except UnreadableDocument as problem:
        raise _failed(str(problem)) from None
    found = parse(source.text, source.tables).as_json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _show(found)


@plan_cli.command("import")
def import_file(
    file: _File,
    data: Annotated[Path | None, typer.Option(help="数据目录（QL_DATA）")] = None,
    user: Annotated[str | None, typer.Option(help="以哪个账号的名义；只有一个督查室账号时可以不写")] = None,
    issuer: Annotated[str | None, typer.Option(help="印发单位的代码；不写则为本局")] = None,
) -> None:
    """读取方案并存为草稿，等待审阅。"""
    settings = Settings() if data is None else Settings(data=data)
    database = Database(settings.url, settings.pool_size)
    audit.watch(database.writer)
    try:
        reading = read_plan_now(file.read_bytes(), file.name)
        plan = database.write_now(lambda connection: _import(connection, settings, reading, user, issuer))
    except Problem as problem:
        raise _failed(problem.detail or problem.title) from None
    finally:
        database.close()
    remarks = [remark["text"] for remark in (*plan["blockers"], *plan["warnings"])]
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"已存为草稿 {plan['id']}：{plan['title']}")
    console.print(f"{len(plan['areas'])} 个方面，{plan['item_count']} 项任务，{plan['responsibility_count']} 条责任")
    for remark in remarks:
        console.print(f"· {remark}")


def _import(
    connection: Connection, settings: Settings, reading: Reading, username: str | None, issuer: str | None
) -> dict[str, Any]:
    tx = Tx(connection, _actor(connection, username), settings, request_id="cli")
    plan_id = operations.import_(tx, reading, _issuer(connection, tx.actor, issuer))
    tx.finish()
    return queries.one(tx, plan_id)


def _actor(connection: Connection, username: str | None) -> Actor:
    today = today_of(now())
    if username is None:
        supervising = sa.select(USER.c.username).join(GRANT, GRANT.c.user_id == USER.c.id)
        supervising = supervising.where(GRANT.c.role == Role.SUPERVISOR, USER.c.disabled_at.is_(None)).distinct()
        known = sorted(connection.execute(supervising).scalars())
        if len(known) != 1:
            raise _failed(f"请用 --user 指定督查室的账号（{'、'.join(known) or '还没有'}）")
        username = known[0]
    user_id = connection.execute(sa.select(USER.c.id).where(USER.c.username == username)).scalar_one_or_none()
    actor = None if user_id is None else resolve(connection, user_id, today)
    if actor is None:
        raise _failed(f"没有账号 {username}，或已停用")
    return actor


def _issuer(connection: Connection, actor: Actor, code: str | None) -> int | None:
    if code is None:
        return None
    mine = sa.and_(UNIT.c.district_id == actor.district_id, UNIT.c.code == code)
    unit_id = connection.execute(sa.select(UNIT.c.id).where(mine)).scalar_one_or_none()
    if unit_id is None:
        raise _failed(f"没有代码为 {code} 的单位")
    return int(unit_id)


def _failed(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(1)


def _show(found: dict[str, Any]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(found["title"] or "（没有找到标题）", style="bold")
    console.print(f"{len(found['areas'])} 个方面，{len(found['items'])} 项任务，{len(found['table_rows'])} 行表格")
    titles = {(area["section"], area["number"]): area["title"] for area in found["areas"]}
    here = None
    for item in found["items"] or found["table_rows"]:
        area = (item["section"], item["area"])
        if area != here and area in titles:
            console.print(f"\n（{item['area']}）{titles[area]}", style="bold")
        here = area
        console.print(f"{item['number'] or '·'} {item['title']}")
        named = [f"{ROLE_WORDS[each['role']]} {each['name']}" for each in item["responsibilities"]]
        facts = ["、".join(named), item["deadline"]["text"] if item["deadline"] else ""]
        console.print("  " + "  ".join(fact for fact in facts if fact), style="dim")
    for warning in found["warnings"]:
        console.print(f"· {warning}")
