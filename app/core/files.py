"""Files by their content: received in bounded memory, kept once under their sha256.

An upload is written to a staging file and hashed as it arrives; it moves to its place only within the transaction
that records it, before the commit. So a recorded file is always there, and a file whose transaction failed is
taken away again (``app.core.stored`` does both, since it owns the record).
"""

import errno
import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from app.core.errors import BadRequest, Invalid, NoSpace, TooLarge, UnsupportedMedia, invalid
from app.core.forms import MOST_FIELDS, Parts, utf8
from app.core.media import media_type
from app.core.validation import field_errors
from app.settings import MIB, Settings

M = TypeVar("M", bound=BaseModel)
Recognise = Callable[[Path, str], str]
MAX_NAME = 200
MARK, RELEASED = ".moved", ".released"
RELEASED_FOR_S = 24 * 3600
"""However long a backup takes: a file that it found recorded is there until it has copied it."""
FORM_ROOM = MIB
"""What the fields beside the files may take together, in bytes."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_UNFIT = re.compile(r'[<>:"|?*]')


def display_name(name: str | None) -> str:
    """The name people see: no path, no control or formatting characters, nothing a system reserves."""
    last = re.split(r"[/\\]", name or "")[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    plain = _UNFIT.sub("_", plain).strip(" .")
    if _RESERVED.match(plain):
        plain = f"_{plain}"
    stem, dot, suffix = plain.rpartition(".")
    if dot and stem and len(suffix) <= 10:
        return f"{stem[: MAX_NAME - len(suffix) - 1]}.{suffix}"
    return plain[:MAX_NAME] or "未命名"


@dataclass
class Staged:
    """A received file, whole and on disk, not yet in its place."""

    path: Path
    sha256: str
    size: int
    name: str
    media_type: str
    kept: bool = False
    """Whether it was moved to its place: then a failed transaction must take it away."""

    @property
    def mark(self) -> Path:
        """In staging, one for each upload: two of the same content do not clear each other's."""
        return self.path.with_name(f"{self.sha256}.{self.path.name}{MARK}")


@dataclass
class Received:
    """A multipart form: its fields and its files, in the order they came. A refused one has the fields before it."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, Staged]] = field(default_factory=list)

    def values(self) -> dict[str, str]:
        """The fields. 400 when one comes twice."""
        found = dict(self.fields)
        if len(found) != len(self.fields):
            raise BadRequest("表单里有重复的项", code="duplicate_field")
        return found

    def file(self, name: str = "file") -> Staged:
        """The one file of that name; 422 without it or beside others."""
        if len(self.files) != 1 or self.files[0][0] != name:
            raise invalid(name, "请选择一个文件" if not self.files else f"只能有一个文件，放在 {name} 一项")
        return self.files[0][1]


class Store:
    """The files of one installation: ``files/ab/cd/abcd…``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / "staging"

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def keep(self, staged: Staged) -> None:
        """Move a staged file to its place, so that it survives a crash after the commit that follows.

        A mark stays in staging until the request has ended well: what a crash between the move and the commit leaves
        behind is found by it. A group of writes that fails is run again: then the file is in its place already.
        """
        final = self.path(staged.sha256)
        staged.kept = True
        with full_disk():
            staged.mark.touch()
            if not staged.path.exists() and final.exists():
                return
            final.parent.mkdir(parents=True, exist_ok=True)
            # Also over a file that is there: whatever became of its bytes, these are the ones recorded.
            staged.path.replace(final)
            for folder in (final.parent, final.parent.parent, self.root):
                sync(folder)

    def release(self, sha256: str) -> None:
        """A file whose record goes now is to go a while later. Marked before the commit, so that a crash after it
        leaves nothing that nobody finds; should it fail, the record is there and the mark says nothing."""
        self.staging.mkdir(parents=True, exist_ok=True)
        with full_disk():
            (self.staging / f"{sha256}.{secrets.token_hex(16)}{RELEASED}").touch()

    def marks(self) -> list[tuple[str, Path]]:
        """(sha256, mark) of files that were moved by requests that have not ended: under way, or killed."""
        return [(path.name[:64], path) for path in self.staging.glob(f"*{MARK}")]

    def released(self) -> list[tuple[str, Path]]:
        """(sha256, mark) of files that were let go, and have been there long enough since."""
        until = time.time() - RELEASED_FOR_S
        return [(path.name[:64], path) for path, since in self._released() if since < until]

    def lately_released(self, sha256: str) -> bool:
        """Whether the file was let go and has not been there for long enough since."""
        until = time.time() - RELEASED_FOR_S
        return any(since >= until for _, since in self._released(sha256))

    def _released(self, sha256: str = "*") -> Iterator[tuple[Path, float]]:
        """Marks, and since when they are there; another instance may be taking them away."""
        for path in self.staging.glob(f"{sha256}.*{RELEASED}"):
            with suppress(FileNotFoundError):
                yield path, path.stat().st_mtime

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """A rename is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def has_size(path: Path, size: int) -> bool:
    """Whether the file is there, whole by its length; whether byte for byte costs a reading of it (``same_bytes``)."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def same_bytes(path: Path) -> bool:
    """Whether a file's content is what its name says."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name


def store_of(settings: Settings) -> Store:
    return Store(settings.files)


# Receiving


@asynccontextmanager
async def receive(
    request: Request,
    settings: Settings,
    *,
    most_files: int = 1,
    most_mib: int | None = None,
    into: Received | None = None,
    recognise: Recognise = media_type,
) -> AsyncIterator[Received]:
    """A multipart body, its files staged; what is left in staging at the end goes away.

    413 for a file above the limit (known from Content-Length before anything is read), 415 for a type that is not
    accepted or a body that is not multipart, 422 for an empty or damaged file, 507 when the disk is full. A file
    field left empty in a browser is no file. ``into`` keeps what was read until then when it is refused.
    ``recognise`` finds a file's type where not all that evidence takes is accepted, or more.
    """
    limit = (most_mib or settings.evidence_max_mib) * MIB
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:19]) > limit * most_files + FORM_ROOM:
        raise _too_large(limit)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("请以 multipart/form-data 提交文件")
    store = store_of(settings)
    received = Received() if into is None else into
    parser = _Parser(request, store, limit, most_files, received, recognise)
    try:
        with full_disk():
            await parser.read()
        yield received
    finally:
        await run_in_threadpool(parser.clear)


class _Stage:
    """A file being received: what ``UploadFile`` writes to."""

    def __init__(self, store: Store, name: str, limit: int) -> None:
        store.staging.mkdir(parents=True, exist_ok=True)
        self.path = store.staging / secrets.token_hex(16)
        self.name = name
        self.limit = limit
        self.size = 0
        self.hash = hashlib.sha256()
        self.file = self.path.open("xb")

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise _too_large(self.limit)
        self.hash.update(data)
        self.file.write(data)

    def seek(self, offset: int) -> None:
        """The parser rewinds what it has read; here nothing is read back."""

    def close(self) -> None:
        self.file.close()

    def staged(self, recognise: Recognise) -> Staged:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        name = display_name(self.name)
        return Staged(self.path, self.hash.hexdigest(), self.size, name, recognise(self.path, name))


class _Parser(Parts):
    """Starlette's parser, with files that go straight to staging instead of a spool in the system's folder."""

    def __init__(
        self,
        request: Request,
        store: Store,
        limit: int,
        most_files: int,
        received: Received,
        recognise: Recognise,
    ) -> None:
        super().__init__(
            request.headers, request.stream(), max_files=most_files, max_fields=MOST_FIELDS, max_part_size=FORM_ROOM
        )
        self.store = store
        self.limit = limit
        self.received = received
        self.recognise = recognise
        self.stages: list[_Stage] = []
        self.taken = 0
        self.is_whole = False

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if (upload := self._current_part.file) is not None:
            upload.file.close()
            stage = _Stage(self.store, upload.filename or "", self.limit)
            self.stages.append(stage)
            self._current_part.file = UploadFile(cast(BinaryIO, stage), filename=upload.filename)

    def on_end(self) -> None:
        self.is_whole = True

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            self.taken += len(self._current_part.data)
            if self.taken > FORM_ROOM:
                raise TooLarge("填写的文字过长，请精简后再提交")
            self.received.fields.append((self._current_part.field_name, utf8(self._current_part.data)))
        super().on_part_end()

    async def read(self) -> None:
        try:
            form = await self.parse()
        except MultiPartException as error:
            if "Too many files" in error.message:
                raise invalid("file", f"一次最多 {int(self.max_files)} 个文件，请分次上传") from None
            raise _incomplete() from None
        except ClientDisconnect:
            raise BadRequest("上传中断，没有保存", code="invalid_multipart") from None
        if not self.is_whole:
            raise _incomplete()
        await run_in_threadpool(self._finish, form.multi_items())

    def _finish(self, items: list[tuple[str, Any]]) -> None:
        for name, value in items:
            if isinstance(value, str):
                continue
            stage: _Stage = value.file
            if stage.size == 0 and not stage.name:
                continue
            if stage.size == 0:
                raise invalid("file", f"“{display_name(stage.name)}”是空文件，请检查后重新选择")
            self.received.files.append((name, stage.staged(self.recognise)))

    def clear(self) -> None:
        for stage in self.stages:
            stage.close()
            stage.path.unlink(missing_ok=True)


@contextmanager
def full_disk(detail: str = "请联系系统管理员清理磁盘后再上传", **options: Any) -> Iterator[None]:
    """A full disk is a 507, wherever it shows."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoSpace(detail, **options) from error
        raise


def _incomplete() -> BadRequest:
    return BadRequest("上传的内容不完整，或文件名过长，请改正后重新上传", code="invalid_multipart")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"单个文件不能超过 {limit // MIB} MB，请压缩或拆分后再传")


def parse_fields(model: type[M], values: Mapping[str, str]) -> M:
    """A multipart form's fields as a model: empty ones are absent, figures get their type. 422 otherwise."""
    properties = model.model_json_schema()["properties"]
    given: dict[str, Any] = {name: value for name, value in values.items() if value != ""}
    for name, value in given.items():
        options = (properties.get(name, {}), *properties.get(name, {}).get("anyOf", ()))
        if any(option.get("type") == "integer" for option in options) and value.isascii() and value.isdigit():
            given[name] = int(value[:17])
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid("请改正标出的内容", errors=field_errors(error.errors(include_url=False))) from None


def sweep(store: Store, older_than_s: float, awaited: Collection[str] = ()) -> int:
    """Remove what a crash left in staging, marks apart; how many files. One still being received is younger.

    ``awaited``: names of files that somebody is still to work on, however old they are.
    """
    removed = 0
    with suppress(FileNotFoundError):
        for path in store.staging.iterdir():
            with suppress(FileNotFoundError):
                if path.suffix in (MARK, RELEASED) or path.name in awaited:
                    continue
                if time.time() - path.stat().st_mtime > older_than_s:
                    path.unlink()
                    removed += 1
    return removed
