"""The command ``qinglian``: setting up, serving and checking one installation."""

import signal
import sys
from collections.abc import Iterable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Table

from app import assets, doctor, reference
from app.backup import cli as backup
from app.core import log
from app.core.errors import BadRequest, FieldError, Invalid, Problem
from app.core.operation import Tx
from app.core.policy import SYSTEM
from app.core.validation import field_errors
from app.events.cli import audit_cli
from app.identity.cli import token_cli, user_cli
from app.identity.founding import Administrator, BureauCreate, found
from app.imports.cli import import_table
from app.installation import has_database, open_current, prepare
from app.plans.cli import plan_cli
from app.readiness import require_durable
from app.settings import Settings
from app.terminal import Data, as_json, err, out

HOST, PORT = "127.0.0.1", 8000

cli = typer.Typer(
    name="qinglian",
    help="清廉：区教育局年度工作方案的落实与督查。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(user_cli, name="user")
cli.add_typer(token_cli, name="token")
cli.add_typer(plan_cli, name="plan")
cli.add_typer(audit_cli, name="audit")
backup.add_to(cli)


_USAGE: tuple[type[Exception], ...] = (typer.BadParameter.__mro__[1],)
"""What a command that is written wrongly raises; each release has it elsewhere."""


def main(arguments: list[str] | None = None) -> None:
    """A refusal is one line that says what to do, with ``--json`` the problem as the API tells it; exit code 1, and 2
    where the command itself is written wrongly."""
    given = sys.argv[1:] if arguments is None else arguments
    told_as_json = "--json" in given
    code: Any = 1
    try:
        code = cli(given, standalone_mode=not told_as_json)
    except Problem as problem:
        refused = problem
    except ValidationError as error:
        refused = Invalid(errors=_fields(error))
    except OSError as error:
        if error.filename is None:
            raise
        words = f"{error.filename} 用不了（{error.strerror}），请核对路径和权限，数据目录可用 --data 另选"
        refused = BadRequest(words, code="unusable_path")
    except _USAGE as error:
        words = getattr(error, "format_message", error.__str__)()
        refused, code = BadRequest(words, code="bad_usage", title="命令写得不对"), getattr(error, "exit_code", 2)
    else:
        raise SystemExit(code or 0)
    if told_as_json:
        typer.echo(as_json(refused))
    else:
        err.print(_wrong(refused.errors) or refused.detail or refused.title, style="red")
    raise SystemExit(code)


def _fields(error: ValidationError) -> list[FieldError]:
    """Each wrong value by its field, or by its variable where it is a setting, and how to mend it."""
    found = field_errors(error.errors())
    if error.title != Settings.__name__:
        return found
    return [FieldError(f"/QL_{each.pointer.strip('/').upper()}", each.detail) for each in found]


def _wrong(errors: Iterable[FieldError]) -> str:
    return "；".join(f"{error.pointer.strip('/')}：{error.detail}" for error in errors)


@token_cli.callback()
def know_the_api() -> None:
    import app.main  # noqa: F401  # It knows which nouns a token's scopes may name, and what can be imported.


@cli.command("import")
@wraps(import_table)
def import_(**given: Any) -> None:
    know_the_api()
    import_table(**given)


# Service


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="监听的地址；0.0.0.0 为所有网卡")] = HOST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口")] = PORT,
    data: Data = None,
) -> None:
    """提供网页与 JSON 接口。"""
    settings = Settings()
    with open_current(settings, newer=True) as installation:
        installation.database.read_now(require_durable, settings)
    run(host, port)


@cli.command()
def worker(data: Data = None) -> None:
    """做长时间的工作（大表格导入等），直到被停止；服务设 QL_WORKER=outside 时要另开。"""
    settings = Settings()
    know_the_api()
    from app.worker import Worker  # The registry of work, which the other commands need not wait for.

    log.configure(settings)
    with open_current(settings, newer=True) as installation:
        installation.database.read_now(require_durable, settings)
        working = Worker(installation)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: working.stop(0))
        working.start()
        working.wait()


def run(host: str, port: int) -> None:
    from app import serving  # The server, which the other commands need not wait for.

    serving.serve("web.main:create_app", host, port)


@cli.command("demo")
def demonstrate(
    plan: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="用这份方案（docx、txt）")] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="只准备数据，不启动")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口；不写则找一个空闲的")] = None,
    data: Data = None,
) -> None:
    """准备一套演示数据并启动；再次运行时数据保持原样。"""
    from app import demo  # It brings every resource along, which the other commands need not wait for.

    know_the_api()
    settings = demo.settings_for(data)
    demo.ensure(settings, plan, say=err.print)
    at = port or (PORT if no_serve else demo.free_port(HOST, PORT))
    out.print(demo.welcome(settings, f"http://{HOST}:{at}", command=sys.argv[0], served=not no_serve))
    if not no_serve:
        run(HOST, at)


# Setting up


@cli.command()
def init(
    bureau: Annotated[str, typer.Option(help="教育局的全称")],
    code: Annotated[str, typer.Option(help="代码，由字母、数字和 . _ - 组成")],
    data: Data = None,
) -> None:
    """建立一个教育局和它的三名管理员；一次性密码只显示这一次。"""
    settings = Settings()
    given = BureauCreate(bureau=bureau, code=code)
    if not has_database(settings):
        prepare(settings)
    with open_current(settings) as installation:
        administrators = installation.perform(SYSTEM, _begin, given)
    within = settings.one_time_password_hours
    out.print(f"{given.bureau}（{given.code}）已建立。三名管理员请由三个人担任，{within} 小时内登录并修改密码：")
    table = Table("职责", "账号", "一次性密码", box=None)
    for each in administrators:
        table.add_row(each.label, each.username, each.password)
    out.print(table)
    out.print("接下来由系统管理员登录，在“首次设置”里逐步填写、核对并启用。")


def _begin(tx: Tx, given: BureauCreate) -> list[Administrator]:
    # They bring most resources along, which the other commands need not wait for.
    from app.accountability import ladder
    from app.setup import operations as setup

    administrators = found(tx, given)
    ladder.lay_down(tx)
    setup.begin(tx)
    return administrators


@cli.command()
def migrate(data: Data = None) -> None:
    """建立数据库，或升级到程序需要的版本。"""
    prepare(Settings())
    out.print("数据库已是最新版本。")


@cli.command("assets")
def fill_assets(
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="已经下载好的 htmx.min.js")] = None,
    data: Data = None,
) -> None:
    """把页面脚本放进数据目录，供 QL_ASSETS=local 使用；校验不符时不保存。"""
    out.print(f"已保存并校验：{assets.fill(Settings(), file)}")


# Looking


@cli.command("doctor")
def examine(
    files: Annotated[bool, typer.Option("--files", help="逐个读出印证资料，核对内容与记录一致；文件多时较慢")] = False,
    data: Data = None,
) -> None:
    """列出设置，逐项检查运行环境，并说明怎样改正。"""
    settings = Settings()
    for name, value, description in doctor.current_settings(settings):
        out.print(f"{name}={value}  # {description}")
    out.print()
    checks = doctor.examine(settings, read_files=files)
    for check in checks:
        mark = "✓" if check.passed else "✗" if check.grave else "!"
        out.print(f"{mark} {check.name}：{check.found}")
        if check.mend:
            out.print(f"    {check.mend}", style="red" if check.grave else "yellow")
    if any(check.grave and not check.passed for check in checks):
        raise typer.Exit(1)


@cli.command("rules")
def show_rules(
    write: Annotated[list[Path] | None, typer.Option(exists=True, help="改为更新这份文档里生成的部分")] = None,
) -> None:
    """以 Markdown 列出各角色能对每类记录做什么。"""
    for file in write or ():
        changed = reference.regenerate(file)
        out.print(f"{file}：{'已更新' if changed else '没有变化'}")
    if not write:
        typer.echo(reference.matrix())
