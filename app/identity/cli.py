"""``qinglian user …`` and ``qinglian token …``: accounts from the command line, by the installation itself."""

from collections.abc import Iterator
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.table import Table

from app.core.errors import invalid
from app.core.operation import Sight
from app.core.paging import Listing
from app.core.policy import ROLE_LABELS, Actor, Role, system_within
from app.identity import operations, queries, second_factor
from app.identity.models import GrantCreate, TokenCreate, UserCreate
from app.installation import Installation, open_current
from app.settings import Settings
from app.terminal import Bureau, Data, out
from app.units.models import UNIT
from app.units.names import directory

user_cli = typer.Typer(no_args_is_help=True, help="用户与授权")
token_cli = typer.Typer(no_args_is_help=True, help="API 令牌")
Username = Annotated[str, typer.Argument(help="账号")]


@user_cli.command("create")
def create_user(
    username: Username,
    name: Annotated[str, typer.Option(help="姓名")],
    bureau: Bureau = None,
    data: Data = None,
) -> None:
    """建立账号，显示一次性密码；接着用 user grant 授权。"""
    with open_current(Settings()) as installation:
        given = UserCreate(username=username, name=name)
        issued = installation.perform(installation.bureau(bureau), operations.create, given)
    out.print(f"已建立账号 {username}。一次性密码，只显示这一次：{issued.secret}")


@user_cli.command("list")
def list_users(bureau: Bureau = None, data: Data = None) -> None:
    """列出账号和它们的授权。"""

    def query(see: Sight) -> tuple[list[Any], list[Any]]:
        return list(_every(see, queries.LIST)), list(_every(see, queries.GRANT_LIST))

    with open_current(Settings()) as installation:
        users, grants = installation.read(installation.bureau(bureau), query)
    table = Table("账号", "姓名", "状态", "授权", box=None)
    for user in users:
        held = [f"{ROLE_LABELS[Role(g.role)]}·{g.unit_name}" for g in grants if g.user_id == user.id]
        table.add_row(user.username, user.name, "停用" if user.disabled_at else "启用", "，".join(held))
    out.print(table)


def _every(see: Sight, listing: Listing) -> Iterator[Any]:
    params = {"limit": "200"}
    while True:
        rows, following = listing.page(see, listing.asked(params))
        yield from rows
        if following is None:
            return
        params["cursor"] = following


@user_cli.command("reset-password")
def reset_password(username: Username, data: Data = None) -> None:
    """换成新的一次性密码；原密码和所有会话立即失效。"""
    with open_current(Settings()) as installation:
        user_id, system = _account(installation, username)
        issued = installation.perform(system, operations.reset_password, user_id)
    out.print(f"{username} 的一次性密码，只显示这一次：{issued.secret}")


@user_cli.command("reset-second-factor")
def reset_second_factor(
    username: Username,
    note: Annotated[str, typer.Option(help="原因，记入审计日志")],
    data: Data = None,
) -> None:
    """取消一个账号的动态验证码；之后凭密码登录，可重新设置。"""
    with open_current(Settings()) as installation:
        user_id, system = _account(installation, username)
        installation.perform(system, second_factor.reset, user_id, note)
    out.print(f"已取消 {username} 的动态验证码。")


@user_cli.command("grant")
def grant(
    username: Username,
    role: Role,
    unit: Annotated[str | None, typer.Option(help="单位名称或代码；不写则为本局")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="连同下级单位")] = False,
    valid_to: Annotated[str | None, typer.Option("--to", help="到哪一天为止，如 2026-12-31")] = None,
    data: Data = None,
) -> None:
    """授予角色，即刻生效。"""
    with open_current(Settings()) as installation:
        user_id, system = _account(installation, username)
        unit_id = installation.read(system, _unit_named, unit) if unit else system.district_id
        given = GrantCreate.model_validate(
            {"role": role, "unit_id": unit_id, "recursive": recursive, "valid_to": valid_to}
        )
        installation.perform(system, operations.grant, user_id, given)
    out.print(f"已授予 {username}：{ROLE_LABELS[role]}（{unit or '本局'}）。")


def _account(installation: Installation, username: str) -> tuple[int, Actor]:
    """Its id, and the installation itself in its district."""
    actor = installation.person(username)
    assert actor.user_id is not None and actor.district_id is not None
    return actor.user_id, system_within(actor.district_id)


def _unit_named(see: Sight, written: str) -> int:
    by_code = sa.select(UNIT.c.id).where(UNIT.c.district_id == see.actor.district_id, UNIT.c.code == written)
    unit_id: int | None = see.connection.execute(by_code).scalar()
    if unit_id is not None:
        return unit_id
    target = directory(see).match(written)
    if target is None or target.unit_id is None:
        raise invalid("unit", f"没有名称或代码为“{written}”的单位")
    return target.unit_id


@token_cli.command("create")
def create_token(
    user: Annotated[str, typer.Option(help="账号")],
    scope: Annotated[list[str] | None, typer.Option(help="范围，如 assignments:read，可写几次；不写则不限")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="几天后失效；不写则长期有效")] = None,
    name: Annotated[str, typer.Option(help="令牌的名称")] = "命令行",
    data: Data = None,
) -> None:
    """建立令牌；标准输出上只有令牌本身。"""
    with open_current(Settings()) as installation:
        user_id, system = _account(installation, user)
        given = TokenCreate(name=name, scopes=scope or None, days=days, user_id=user_id)
        issued = installation.perform(system, operations.create_token, given)
    typer.echo(issued.secret)
