"""The command ``qinglian``: set-up, service, accounts and checks. What it changes goes through operations."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.table import Table

from app import assets, demo, doctor, reference
from app.core.calendar import now, today_of
from app.core.errors import Problem, invalid
from app.core.paging import Listing
from app.core.policy import ROLE_LABELS, Role
from app.identity import founding, queries
from app.identity import operations as identity
from app.identity.models import GrantCreate, TokenCreate, UserCreate
from app.installation import Installation, has_database, itself, open_current, prepare
from app.plans.cli import plan_cli
from app.settings import Settings
from app.units import names

HOST, PORT = "127.0.0.1", 8000

cli = typer.Typer(
    name="qinglian",
    help="清廉：区教育局年度工作方案的落实与督查系统。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
user_cli = typer.Typer(no_args_is_help=True, help="用户与授权")
token_cli = typer.Typer(no_args_is_help=True, help="API 令牌")
cli.add_typer(user_cli, name="user")
cli.add_typer(token_cli, name="token")
cli.add_typer(plan_cli, name="plan")

out = Console(highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def _use(folder: Path | None) -> Path | None:
    if folder is not None:
        os.environ["QL_DATA"] = str(folder)
    return folder


Data = Annotated[Path | None, typer.Option("--data", callback=_use, help="数据目录；不写则取 QL_DATA，再不然是 ./data")]
Bureau = Annotated[str | None, typer.Option("--bureau", help="教育局的代码；只有一个时可以不写")]
Host = Annotated[str, typer.Option(help="监听的地址")]


# Service


@cli.command()
def serve(host: Host = HOST, port: Annotated[int, typer.Option(help="端口")] = PORT, data: Data = None) -> None:
    """提供网页与 JSON 接口。"""
    open_current(Settings()).close()
    run(host, port)


def run(host: str, port: int) -> None:
    """asyncio's own loop: at 100 clients uvloop let some wait for seconds at equal throughput."""
    uvicorn.run(
        "web.main:create_app",
        factory=True,
        host=host,
        port=port,
        loop="asyncio",
        access_log=False,
        server_header=False,
        log_level=Settings().log_level.lower(),
    )


@cli.command()
def migrate(data: Data = None) -> None:
    """把数据库升级到程序需要的版本；没有数据库就建立。"""
    prepare(Settings())
    out.print("数据库已是最新版本。")


@cli.command("demo")
def show_demo(
    plan: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="改用这份方案（docx、txt）")] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="只准备数据，不启动服务")] = False,
    port: Annotated[int | None, typer.Option(help="端口；不写则找一个空闲的")] = None,
    data: Data = None,
) -> None:
    """准备一套演示数据并启动服务；再次运行不会改动已有的数据。"""
    settings = demo.settings(data)
    demo.ensure(settings, plan, err.print)
    at = port or demo.free_port(HOST, PORT)
    out.print(demo.welcome(settings, f"http://{HOST}:{at}", sys.argv[0]))
    if not no_serve:
        run(HOST, at)


# A bureau begins


@cli.command()
def init(
    bureau: Annotated[str, typer.Option("--bureau", help="教育局全称")],
    code: Annotated[str, typer.Option(help="代码：字母、数字和 . _ -")],
    data: Data = None,
) -> None:
    """建立一个教育局和它的三名管理员；一次性密码只显示这一次。"""
    settings = Settings()
    if not has_database(settings):
        prepare(settings)
    with open_current(settings) as installation:
        founded = installation.found(bureau, code)
    out.print(f"{bureau}（{code}）已建立。三名管理员由三个人担任，首次登录时须修改密码：")
    for username, label, password in founded:
        out.print(f"  {label}  {username}  {password}")
    out.print("接下来由系统管理员登录，建立单位和用户。")


# Accounts


@user_cli.command("create")
def create_user(
    username: str,
    name: Annotated[str, typer.Option(help="姓名")],
    bureau: Bureau = None,
    data: Data = None,
) -> None:
    """建立账号，显示一次性密码；随后用 user grant 授权。"""
    with open_current(Settings()) as installation:
        given = UserCreate(username=username, name=name)
        issued = installation.perform(installation.bureau(bureau), identity.create, given)
    out.print(f"已建立 {username}。一次性密码（只显示这一次）：{issued.secret}")


@user_cli.command("list")
def list_users(bureau: Bureau = None, data: Data = None) -> None:
    """列出账号与授权。"""
