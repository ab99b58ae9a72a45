"""A file's table as lines of text: told by its content, read in a child process, kept on disk while it is worked on."""

import json
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pydantic_core

from app.core.errors import Invalid, NoSpace, invalid
from app.core.media import OFFICE_MEMBERS, OLE_HEADER, zip_directory
from app.core.xml_parts import MACROS, fault_of
from app.imports.headings import flat

MIB = 1024 * 1024
MEMORY = 1024 * MIB
CPU_SECONDS, MOST_CPU_SECONDS = 5, 30
"""What any table has, and no more however large: a second for each four MiB of what it unpacks to besides, ten times as
long as one takes that is what it seems."""
WALL_SECONDS = 45
"""With the wait for its turn, what a proxy waits."""
LARGEST_CONTENT = 192 * MIB
"""100,000 rows of the widest ledger, as it goes out, unpack to 150 MiB: decision 35."""
_TAKEN = "这里可以上传 xlsx、xls、csv"
_ROOT = Path(__file__).parents[2]
_SAVE_ANEW = "请用 Excel 或 WPS 打开，另存为 xlsx 后再上传"
_LOCKED = "文件有密码保护，请用 Excel 或 WPS 打开，取消密码后再上传"
_WITHOUT_MACROS = f"{MACROS}，请用 Excel 或 WPS 打开，另存为不含宏的 xlsx 后再上传"
_TOO_LONG = "文件过于复杂，读取超时，请只保留要导入的表格后再上传"
_LOCKED_STREAM = re.compile(rb"\x09\x08(?:\x10\0.{16}|\x08\0.{8})(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
"""An old workbook's first records: BOF, perhaps WRITEPROTECT, then FILEPASS, by which all that follows is ciphered."""


class Line(NamedTuple):
    """A row of the file: its number there, counted from 1, and the text of its cells."""

    number: int
    cells: list[str]


class Sheet(NamedTuple):
    """The rows that hold anything, so many with the head, in a file that can be gone through again, some on a line.

    ``notes``: what whoever looks through them should know of how they were read; ``beneath``: lines of the foot;
    ``part``: of a workbook (xlsx) the member that holds them; ``written``: of a CSV how it is (``Found``).
    """

    path: Path
    rows: int
    notes: tuple[str, ...] = ()
    beneath: tuple[Line, ...] = ()
    part: str = ""
    written: tuple[str, ...] = ()

    def lines(self) -> Iterator[Line]:
        with self.path.open("rb") as file:
            for some in file:
                yield from map(Line._make, pydantic_core.from_json(some))


_OTHERS = {
    b"Rar!": "压缩包",
    b"7z\xbc\xaf\x27\x1c": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"BZh": "压缩包",
    b"\xfd7zXZ": "压缩包",
    b"%PDF": " PDF 文件",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"MZ": "程序",
}
ARCHIVE = b"PK"
_UNPACK = "这是压缩包，不能直接导入，请解压后上传其中的表格"


def recognise(path: Path, name: str) -> str:
    """``book`` or ``csv``, from the content; 422 for what is no table, and for one that must not be opened."""
    head = _head(path)
    if head.startswith(ARCHIVE):
        _check_archive(path)
        return "book"
    if head.startswith(OLE_HEADER):
        _check_ole(path)
        return "book"
    what = next((words for mark, words in _OTHERS.items() if head.startswith(mark)), "")
    is_markup = head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<")
    if Path(name).suffix.lower() in (".csv", ".txt") and not is_markup and what in ("", "程序"):
        return "csv"  # Letters may begin a text as well as a program.
    if what == "压缩包":
        raise bad_file(f"{_UNPACK}；{_TAKEN}")
    raise bad_file(f"这是{what or ('网页' if is_markup else '别的文件')}，不是表格；{_TAKEN}，{_SAVE_ANEW}")


def is_archive(path: Path) -> bool:
    """Whether a workbook that was recognised is one of parts (xlsx), and no old one."""
    return _head(path).startswith(ARCHIVE)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def read(path: Path, kind: str, into: Path, headings: Iterable[str] = ()) -> Sheet:
    """Read the table of ``path`` into the file of lines ``into``; ``headings``: what its columns may be called, by
    which it is found among sheets, titles and signatures. Not on the event loop: it may take ``WALL_SECONDS``."""
    command = [sys.executable, "-m", "app.imports.sheet_child", kind, str(path.resolve()), str(into.resolve())]
    try:
        child = subprocess.run(
            [*command, str(MEMORY), str(cpu_seconds(path, kind))],
            input=json.dumps(sorted({flat(each) for each in headings})).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
            cwd=_ROOT,
            env={"PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        raise bad_file(_TOO_LONG) from None
    if child.returncode == 3:
        raise bad_file(child.stdout.decode())
    if child.returncode == 4:
        raise NoSpace("请联系系统管理员清理磁盘后再上传")
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise bad_file(_TOO_LONG)
    if child.returncode != 0:
        raise bad_file("文件已损坏，或在很远的行列里还有内容，无法读取，请只保留要导入的表格，另存为 xlsx 后再上传")
    found = json.loads(child.stdout)
    beneath = tuple(map(Line._make, found["beneath"]))
    return Sheet(into, found["rows"], tuple(found["notes"]), beneath, found["part"], tuple(found["written"]))


def cpu_seconds(path: Path, kind: str) -> int:
    """How long a table may be computed at, by what it unpacks to."""
    size = path.stat().st_size
    # By its head, as it was recognised: the end of an old workbook may look like that of an archive.
    if kind == "book" and is_archive(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    return min(CPU_SECONDS + size // (4 * MIB), MOST_CPU_SECONDS)


def bad_file(detail: str) -> Invalid:
    return invalid("file", detail, code="bad_file")


_OFFICE = {
    "word/document.xml": " Word 文档",
    "ppt/presentation.xml": "演示文稿",
    "xl/workbook.bin": " xlsb 工作簿",
    "content.xml": " ODF 文件",
}


def _check_archive(path: Path) -> None:
    """Beside what every archive is asked: a workbook, without macros, of a size that is read at once."""
    with path.open("rb") as file:
        members = zip_directory(file)
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        if what := next((words for name, words in _OFFICE.items() if name in names), ""):
            raise bad_file(f"这是{what}，不是这里能读的表格；{_TAKEN}，{_SAVE_ANEW}")
        raise bad_file(f"{_UNPACK}；{_TAKEN}")
    if len(members) > OFFICE_MEMBERS or len(names) != len(members):
        raise bad_file(f"文件内部的部件过多或重名，{_SAVE_ANEW}")
    if sum(member.file_size for member in members) > LARGEST_CONTENT:
        raise bad_file("文件解压后过大，请只保留要导入的表格后再上传")
    with zipfile.ZipFile(path) as archive:
        fault = fault_of(archive)
    if fault:
        raise bad_file(_WITHOUT_MACROS if fault == MACROS else f"{fault}，{_SAVE_ANEW}")


def _check_ole(path: Path) -> None:
    """An old workbook, or a new one that was locked: streams are named in UTF-16."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content or _LOCKED_STREAM.search(content):
        raise bad_file(_LOCKED)
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise bad_file(_WITHOUT_MACROS)


def discard(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
