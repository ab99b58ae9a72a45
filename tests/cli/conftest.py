"""The command line in this process: what it prints, and how it ends."""

from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from app.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


def run(*arguments: str) -> Ran:
    out, err = StringIO(), StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def qinglian(folder: Path) -> Iterator[Command]:
    """``qinglian("user", "list")`` on an empty data folder of its own; no setting of the machine counts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("QL_DATABASE_URL", "QL_ASSETS", "QL_HTTPS", "QL_CDN_BASE"):
            patch.delenv(name, raising=False)
        patch.setenv("QL_DATA", str(folder))
        yield run
