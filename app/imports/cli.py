"""``qinglian import units FILE``: what a table would do, and with ``--commit`` doing it."""

import hashlib
import signal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pydantic_core
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import terminal
from app.core.errors import Invalid, Problem
from app.core.files import display_name
from app.core.operation import Sight
from app.core.policy import Actor
from app.imports import operations, queries, sheets
from app.imports.beginning import Source
from app.imports.examining import MOST_NAMED
from app.imports.models import ImportCreate, Mode
from app.imports.operations import Tick
from app.imports.registry import IMPORTABLES
from app.imports.working import give_up, look_through
from app.installation import Installation, open_current
from app.jobs.registry import Work
from app.settings import Settings
from app.terminal import Bureau, Data, err, out

WRONG_ROWS, UNUSABLE = 1, 2
MOST_SHOWN = 60
"""Characters of a wrong cell that are said."""
_File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="xlsx、xls 或 csv")]


def import_table(
    resource: Annotated[str, typer.Argument(help="导入什么，如 units（单位）")],
    file: _File,
    commit: Annotated[bool, typer.Option("--commit", help="写入；有一行出错就全部不写")] = False,
    account: Annotated[str | None, typer.Option("--as", help="以这个账号导入，如学校填报进展；不写则为系统")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON")] = False,
    bureau: Bureau = None,
    data: Data = None,
) -> None:
    """导入表格：先逐行核对，加 --commit 才写入。退出码：0 没有错误，1 有行出错，2 文件不能用。

    --json 输出这次导入和其中有错的行；没有办成的，输出原因。
    """
    if resource not in IMPORTABLES:
        raise typer.BadParameter(f"没有这一类，可选：{'、'.join(IMPORTABLES)}")
    given = ImportCreate(resource=resource, mode=Mode.PREVIEW)
    with open_current(Settings()) as installation, tempfile.TemporaryDirectory() as folder:
        actor = installation.bureau(bureau) if account is None else installation.person(account)
        try:
            with _progress() as tick:
                source = _read(file, Path(folder) / "lines", IMPORTABLES[resource].headings)
                run_id = _look_through(installation, actor, source, given, tick)
                if commit and not installation.read(actor, queries.one, run_id)["wrong_count"]:
                    tick("写入", 0, source.sheet.rows)
                    installation.perform(actor, operations.commit_all, run_id)
                found = installation.read(actor, _found, run_id)
        except Invalid as problem:
            _refuse(problem, as_json)
            raise typer.Exit(UNUSABLE) from None
    _show(resource, found, as_json)
    if found["run"]["wrong_count"]:
        raise typer.Exit(WRONG_ROWS)


def _look_through(installation: Installation, actor: Actor, source: Source, given: ImportCreate, tick: Tick) -> int:
    """A long table as a job does it, so that whoever works meanwhile is not kept waiting."""
    if source.sheet.rows <= operations.AT_ONCE:
        return installation.perform(actor, operations.create, source, given, tick)
    with _told_to_end():
        run_id = installation.perform(actor, operations.begin, source, given)
        work = Work(installation, actor, run_id)
        try:
            look_through(work, installation.read(actor, queries.one, run_id), source.sheet, tick)
        except BaseException:
            give_up(work, operations.BROKEN_OFF)
            raise
    return run_id


@contextmanager
def _told_to_end() -> Iterator[None]:
    """By the system, or because the terminal is gone: what was begun is given up, as after Ctrl-C. Under ``nohup`` it
    goes on without the terminal. (What is killed outright is given back by the daily pruning.)"""

    def end(number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    heard = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) != signal.SIG_IGN]
    before = {each: signal.signal(each, end) for each in heard}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _found(see: Sight, run_id: int) -> dict[str, Any]:
    wrong = queries.rows_of(see, run_id, {"kind": "wrong", "limit": str(MOST_NAMED)})["data"]
    return {"run": queries.one(see, run_id), "wrong": wrong}


def _read(file: Path, into: Path, headings: Iterable[str]) -> Source:
    size = file.stat().st_size
    if size == 0:
        raise sheets.bad_file("这是空文件，请检查后重新选择")
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    kind = sheets.recognise(file, file.name)
    sheet = sheets.read(file, kind, into, headings)
    return Source(sheet, display_name(file.name), sha256, size)


@contextmanager
def _progress() -> Iterator[Tick]:
    """A bar on a terminal; nothing elsewhere."""
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*parts, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("读取", total=None)

        def tick(words: str, done: int, total: int) -> None:
            progress.update(task, description=words, completed=done, total=total)

        yield tick


def _refuse(problem: Problem, to_program: bool) -> None:
    if to_program:
        typer.echo(terminal.as_json(problem))
        return
    err.print(problem.detail or problem.title, style="red")


def _cell(run: dict[str, Any], row: dict[str, Any], column: str) -> str:
    """What stands in a row's cell, in quotation marks; nothing where that is empty or not in the file."""
    at = run["columns"].index(column) if column in run["columns"] else len(row["cells"])
    text = row["cells"][at] if at < len(row["cells"]) else ""
    return f"“{text[:MOST_SHOWN]}{'…' if len(text) > MOST_SHOWN else ''}”" if text else ""


def _show(resource: str, found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(pydantic_core.to_json(found, indent=1).decode())
        return
    run, columns = found["run"], IMPORTABLES[resource]
    out.print(f"{columns.label}：{run['filename']}，共 {run['row_count']} 行")
    out.print("新增 {new_count}　更新 {changed_count}　不变 {unchanged_count}　错误 {wrong_count}".format(**run))
    for note in run["notes"]:
        out.print(f"· {note}")
    for row in found["wrong"]:
        for fault in row["faults"]:
            heading = columns.column(fault["column"]).heading if fault["column"] else ""
            near = f"，可能是{'、'.join(fault['suggestions'])}" if fault["suggestions"] else ""
            said = _cell(run, row, fault["column"])
            out.print(f"· 第 {row['number']} 行 {heading}{said}：{fault['detail']}{near}", style="red")
    done = f"已写入 {run['written_count']} 行。" if run["state"] == "committed" else "还没有写入；加 --commit 写入。"
    out.print(done)
    if columns.following and run["state"] == "committed" and run["new_count"]:
        out.print(f"{columns.following.words}请在网页“导入记录”里打开这次导入，点“{columns.following.label}”。")
