"""``qinglian plan parse`` and ``qinglian plan import``."""

import json
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from app.core.errors import invalid
from app.core.operation import Tx
from app.core.policy import Role
from app.identity.models import GRANT, USER
from app.installation import Installation, open_current
from app.plans import operations, queries
from app.plans.models import ROLE_WORDS
from app.plans.parser import UnreadableDocument, parse, read_document
from app.plans.reading import read_plan_now
from app.settings import Settings
from app.terminal import Data, out
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
        raise invalid("file", str(problem), code="unreadable_document") from None
    found = parse(source.text, source.tables).as_json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _show(found)


@plan_cli.command("import")
def import_file(
    file: _File,
    data: Data = None,
    user: Annotated[str | None, typer.Option(help="以哪个账号的名义；只有一个督查室账号时可以不写")] = None,
    issuer: Annotated[str | None, typer.Option(help="印发单位的代码；不写则为本局")] = None,
) -> None:
    """读取方案并存为草稿，等待审阅。"""
    with open_current(Settings()) as installation:
        reading = read_plan_now(file.read_bytes(), file.name)
        actor = installation.person(user or _only_supervisor(installation))

        def act(tx: Tx) -> dict[str, Any]:
            return queries.one(tx, operations.import_(tx, reading, _issuer(tx, issuer)))

        plan = installation.perform(actor, act)
    remarks = [remark["text"] for remark in (*plan["blockers"], *plan["warnings"])]
    out.print(f"已存为草稿 {plan['id']}：{plan['title']}")
    out.print(f"{len(plan['areas'])} 个方面，{plan['item_count']} 项任务，{plan['responsibility_count']} 条责任")
    for remark in remarks:
        out.print(f"· {remark}")


def _only_supervisor(installation: Installation) -> str:
    supervising = sa.select(USER.c.username).join(GRANT, GRANT.c.user_id == USER.c.id)
    supervising = supervising.where(GRANT.c.role == Role.SUPERVISOR, USER.c.disabled_at.is_(None)).distinct()
    known = installation.database.read_now(lambda c: sorted(c.execute(supervising).scalars()))
    if len(known) != 1:
        raise invalid("user", f"请用 --user 指定督查室的账号（{'、'.join(known) or '还没有'}）")
    return str(known[0])


def _issuer(tx: Tx, code: str | None) -> int | None:
    if code is None:
        return None
    mine = sa.and_(UNIT.c.district_id == tx.actor.district_id, UNIT.c.code == code)
    unit_id = tx.connection.execute(sa.select(UNIT.c.id).where(mine)).scalar_one_or_none()
    if unit_id is None:
        raise invalid("issuer", f"没有代码为 {code} 的单位")
    return int(unit_id)


def _show(found: dict[str, Any]) -> None:
    out.print(found["title"] or "（没有找到标题）", style="bold")
    out.print(f"{len(found['areas'])} 个方面，{len(found['items'])} 项任务，{len(found['table_rows'])} 行表格")
    titles = {(area["section"], area["number"]): area["title"] for area in found["areas"]}
    here = None
    for item in found["items"] or found["table_rows"]:
        area = (item["section"], item["area"])
        if area != here and area in titles:
            out.print(f"\n（{item['area']}）{titles[area]}", style="bold")
        here = area
        out.print(f"{item['number'] or '·'} {item['title']}")
        named = [f"{ROLE_WORDS[each['role']]} {each['name']}" for each in item["responsibilities"]]
        facts = ["、".join(named), item["deadline"]["text"] if item["deadline"] else ""]
        out.print("  " + "  ".join(fact for fact in facts if fact), style="dim")
    for warning in found["warnings"]:
        out.print(f"· {warning}")
