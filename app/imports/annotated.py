"""An uploaded workbook written on in a child process: it is a stranger's, and may be built to take for ever."""

import errno
import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from app.core.errors import NoSpace
from app.imports.annotating import Place, annotate
from app.imports.sheet_xml import Note, Unfit
from app.imports.sheets import MEMORY, cpu_seconds

_ROOT = Path(__file__).parents[2]
_FULL = 4


def annotated(book: Path, into: Path, place: Place, notes: Iterable[Note], *, changed: bool) -> None:
    """As ``annotate``, within the memory and the processor time that the reading of the same file has. ``Unfit`` where
    these do not suffice, too."""
    limits = [str(MEMORY), str(cpu_seconds(book, "book"))]
    told = json.dumps([str(book.resolve()), str(into.resolve()), *place, changed])
    command = [sys.executable, "-m", "app.imports.annotated", *limits, told]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=_ROOT, env={}
    ) as child:
        assert child.stdin is not None
        try:
            with suppress(BrokenPipeError):
                for note in notes:
                    child.stdin.write(json.dumps(note).encode() + b"\n")
            with suppress(BrokenPipeError):
                child.stdin.close()
            ended = child.wait()
        except BaseException:
            child.kill()
            raise
    if ended == _FULL:
        raise NoSpace("请联系系统管理员清理磁盘后再下载", title="存储空间不足，没有导出")
    if ended != 0:
        raise Unfit


def _notes() -> Iterator[Note]:
    for line in sys.stdin.buffer:
        number, look, words, changes = json.loads(line)
        yield Note(number, look, words, {int(column): (before, now) for column, (before, now) in changes.items()})


def main() -> None:
    """Arguments: bytes of memory, seconds of CPU, and as JSON the book, where to write, the place, and whether cells
    were put right; the notes come on stdin, one a line."""
    memory, seconds, told = sys.argv[1:4]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book, into, *place, changed = json.loads(told)
    try:
        annotate(Path(book), Path(into), Place(*place), _notes(), changed=changed)
    except OSError as fault:
        raise SystemExit(_FULL if fault.errno in (errno.ENOSPC, errno.EDQUOT) else 1) from None
    except Exception:
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
