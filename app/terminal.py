"""What the commands share: where they write, how a program is told of a refusal, and the options in common."""

import os
from pathlib import Path
from typing import Annotated

import pydantic_core
import typer
from rich.console import Console

from app.core.errors import Problem

out = Console(highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def as_json(problem: Problem) -> str:
    """A refusal for ``--json``: what the API would answer with."""
    return pydantic_core.to_json(problem.body(), indent=1).decode()


def _use(folder: Path | None) -> Path | None:
    if folder is not None:
        os.environ["QL_DATA"] = str(folder)
    return folder


Data = Annotated[Path | None, typer.Option("--data", callback=_use, help="数据目录；不写则取 QL_DATA，再不然是 ./data")]
"""Sets ``QL_DATA`` for this process: after it, ``Settings()`` is the installation that was meant."""
Bureau = Annotated[str | None, typer.Option("--bureau", help="教育局的代码；只有一个时可以不写")]
