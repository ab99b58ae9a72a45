"""Progress of long work, on a terminal; silent elsewhere, and for whoever does not want to see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.terminal import err

Tick = Callable[[int], None]
Shown = Callable[[str, int], Tick]
"""``shown("数据库", total)`` begins a bar and gives what moves it on."""


def unseen(_words: str, _total: int) -> Tick:
    return lambda _done: None


@contextmanager
def bars() -> Iterator[Shown]:
    parts = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*parts, console=err, transient=True, disable=not err.is_terminal) as progress:

        def begin(words: str, total: int) -> Tick:
            task = progress.add_task(words, total=total)
            return lambda done: progress.advance(task, done)

        yield begin
