"""What a backup holds: read and written in one place, checked before anything else is believed."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from app.backup.tables import read
from app.core.errors import Invalid, NotFound
from app.core.files import Store

FORMAT = 1
NAME = "manifest.json"
KEYS = "keys"


class Member(BaseModel):
    """One table: its rows as lines of a gzip file, which has this sha256."""

    model_config = ConfigDict(extra="forbid")

    columns: list[str]
    rows: int
    sha256: str


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: int
    version: str
    """Of the program that took it."""
    revision: str
    """Of the schema: rows are restored into exactly this one, then brought up to date."""
    database: str
    taken_at: str
    tables: dict[str, Member]
    lacking: list[str]
    """Files that were recorded but not there, or damaged, when the backup was taken."""
    keys: dict[str, str]
    """The installation's secrets among it, by name, with their sha256; none unless asked for."""


class Backup:
    """One backup on disk."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @property
    def store(self) -> Store:
        return Store(self.folder.parent / "files")

    def member(self, table: str) -> Path:
        return self.folder / f"{table}.jsonl.gz"

    def files(self) -> list[tuple[str, int]]:
        """(sha256, size) of every file that the database records."""
        columns = self.manifest.tables["stored_file"].columns
        sha256, size = columns.index("sha256"), columns.index("size")
        return [(row[sha256], row[size]) for row in read(self.member("stored_file"))]


def open_backup(path: Path) -> Backup:
    """The backup at ``path``, or the newest one in the target folder ``path``."""
    folder = path if (path / NAME).is_file() else max(complete(path), default=None)
    if folder is None:
        raise NotFound(f"{path} 里没有备份（找不到 {NAME}），请写备份的目录，或 qinglian backup 的目标目录")
    try:
        manifest = Manifest.model_validate_json((folder / NAME).read_bytes())
    except ValidationError:
        raise Invalid(f"{folder / NAME} 已损坏，请改用另一次备份") from None
    if manifest.format != FORMAT:
        raise Invalid(f"{folder} 是第 {manifest.format} 版格式的备份，请用写它的程序版本（{manifest.version}）恢复")
    return Backup(folder, manifest)


def complete(target: Path) -> Iterator[Path]:
    """Backups in a target folder; one that was interrupted has no name of its own yet."""
    return (found.parent for found in target.glob(f"[0-9]*Z/{NAME}"))


def unreadable(backup: Backup, table: str) -> str:
    """Why a table is not as the manifest says; nothing where it is."""
    member, path = backup.manifest.tables[table], backup.member(table)
    if not path.is_file():
        return f"缺少 {path.name}"
    if not is_whole(path, member.sha256):
        return f"{path.name} 与清单的 sha256 不符"
    if (rows := sum(1 for _ in read(path))) != member.rows:
        return f"{path.name} 有 {rows} 行，清单记为 {member.rows} 行"
    return ""


def write(folder: Path, manifest: Manifest) -> None:
    text = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1) + "\n"
    (folder / NAME).write_text(text)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256
