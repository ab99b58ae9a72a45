"""A file's table as lines of text: told by its content, read in a child process, kept on disk while it is worked on."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pydantic_core

from app.core.errors import Invalid, NoSpace, UnsupportedMedia, invalid
from app.core.media import OFFICE_MEMBERS, OLE_HEADER, zip_directory
from app.core.xml_parts import MACROS, fault_of

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 60
WALL_SECONDS = 120
LARGEST_CONTENT = 256 * 1024 * 1024
READABLE = "xlsx、xls、csv"
_ROOT = Path(__file__).parents[2]
_SAVE_ANEW = "请用 Excel 或 WPS 打开，另存为 xlsx 后再上传"
_LOCKED = "文件有密码保护，请用 Excel 或 WPS 打开，取消密码后再上传"
_WITHOUT_MACROS = f"{MACROS}，请用 Excel 或 WPS 打开，另存为不含宏的 xlsx 后再上传"
_LOCKED_STREAM = re.compile(rb"\x09\x08(?:\x10\0.{16}|\x08\0.{8})(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
"""An old workbook's first records: BOF, perhaps WRITEPROTECT, then FILEPASS, by which all that follows is ciphered."""


class Line(NamedTuple):
    """A row of the file: its number there, counted from 1, and the text of its cells."""

    number: int
    cells: list[str]


class Sheet(NamedTuple):
    """The rows that hold anything, so many with the head, in a file that can be gone through again, some on a line."""

    path: Path
    rows: int

    def lines(self) -> Iterator[Line]:
        with self.path.open("rb") as file:
            for some in file:
                yield from map(Line._make, pydantic_core.from_json(some))


def recognise(path: Path, name: str) -> str:
    """``book`` or ``csv``, from the content; 415 for what is no table, 422 for one that must not be opened."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK"):
        _check_archive(path)
        return "book"
    if head.startswith(OLE_HEADER):
        _check_ole(path)
        return "book"
    if Path(name).suffix.lower() in (".csv", ".txt") and not head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return "csv"
    raise UnsupportedMedia(f"这里可以上传 {READABLE}；其他格式{_SAVE_ANEW}")


def read(path: Path, kind: str, into: Path) -> Sheet:
    """Read the table of ``path`` into the file of lines ``into``. Not on the event loop: it may take a minute."""
    command = [sys.executable, "-m", "app.imports.sheet_child", kind, str(path.resolve()), str(into.resolve())]
    try:
        child = subprocess.run(
            [*command, str(MEMORY), str(CPU_SECONDS)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
            cwd=_ROOT,
            env={"PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        raise bad_file("文件过于复杂，读取超时，请只保留要导入的表格后再上传") from None
    if child.returncode == 3:
        raise bad_file(child.stdout.decode())
    if child.returncode == 4:
        raise NoSpace("请联系系统管理员清理磁盘后再上传")
    if child.returncode != 0:
        raise bad_file("文件已损坏，或在很远的行列里还有内容，无法读取，请只保留要导入的表格，另存为 xlsx 后再上传")
    return Sheet(into, int(child.stdout))


def bad_file(detail: str) -> Invalid:
    return invalid("file", detail, code="bad_file")


def _check_archive(path: Path) -> None:
    """Beside what every archive is asked: a workbook, without macros, of a size that is read at once."""
    with path.open("rb") as file:
        members = zip_directory(file)
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        raise UnsupportedMedia(f"这里可以上传 {READABLE}；压缩包请解压后上传其中的表格")
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
