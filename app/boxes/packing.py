"""A box as one ZIP, written as it is sent: no more of it is in memory than the piece under way."""

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core.errors import Unavailable
from app.core.files import has_size

CHUNK = 256 * 1024
MANIFEST = "manifest.sha256"
READ_AHEAD = 64 * 2**20
"""Bytes that are read through in well under a second; of more, nobody waits for the first of them."""
_REGULAR_FILE = 0o100644 << 16


@dataclass(frozen=True)
class Part:
    """A member: bytes made here, or a file of the store."""

    name: str
    sha256: str
    size: int
    source: bytes | Path

    def chunks(self) -> Iterator[bytes]:
        if isinstance(self.source, bytes):
            yield self.source
            return
        with self.source.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


def made(name: str, content: bytes) -> Part:
    return Part(name, hashlib.sha256(content).hexdigest(), len(content), content)


def manifest(parts: Sequence[Part]) -> Part:
    """What ``sha256sum -c`` takes, beside the files it names."""
    return made(MANIFEST, "".join(f"{part.sha256}  {part.name}\n" for part in parts).encode())


def check(parts: Sequence[tuple[str, Part]]) -> None:
    """503 naming what is missing from the store or has other bytes than were recorded: before a byte is sent.

    An answer that has begun can only be cut off, which few people can tell from a bad line: so a small box is read
    through first. Of a large one only the lengths are looked at: it begins at once, and what ``pack`` then finds
    changed cuts it off.
    """
    files = {part.sha256: part for _, part in parts}
    looks = _is_whole if sum(part.size for part in files.values()) <= READ_AHEAD else _has_its_length
    whole = {sha256: looks(part) for sha256, part in files.items()}
    bad = [title for title, part in parts if not whole[part.sha256]]
    if bad:
        named = "、".join(f"“{title}”" for title in bad[:5])
        raise Unavailable(
            f"{named}{f'等 {len(bad)} 份' if len(bad) > 5 else ''}在存储中缺失或已损坏，没有生成压缩包；"
            "请联系系统管理员从备份恢复",
            code="file_damaged",
        )


def _has_its_length(part: Part) -> bool:
    return isinstance(part.source, Path) and has_size(part.source, part.size)


def _is_whole(part: Part) -> bool:
    hashed, size = hashlib.sha256(), 0
    try:
        for chunk in part.chunks():
            hashed.update(chunk)
            size += len(chunk)
    except OSError:
        return False
    return size == part.size and hashed.hexdigest() == part.sha256


class _Outgoing:
    """What the archive is written to; it cannot be gone back in, so the archive never tries to."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken


def pack(folder: str, parts: Sequence[Part], dated: datetime) -> Iterator[bytes]:
    """The archive, chunk by chunk. Files are kept as they are: most are compressed already.

    A file that is not what was looked at before breaks the answer off, and what was sent of the archive has no
    directory of its own.
    """
    out = _Outgoing()
    with _archive(out) as archive:
        for part in parts:
            info = zipfile.ZipInfo(f"{folder}/{part.name}", dated.timetuple()[:6])
            info.external_attr = _REGULAR_FILE
            info.file_size = part.size
            hashed = hashlib.sha256()
            with archive.open(info, "w") as member:
                for chunk in part.chunks():
                    hashed.update(chunk)
                    member.write(chunk)
                    yield out.take()
            if hashed.hexdigest() != part.sha256:
                raise OSError(f"{part.sha256} is not what it was")
    yield out.take()


@contextmanager
def _archive(out: _Outgoing) -> Iterator[zipfile.ZipFile]:
    """Closed, and so given its directory, only when all of it was written."""
    archive = zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True)  # type: ignore[call-overload]
    try:
        yield archive
    except BaseException:
        archive.fp = None  # Neither now nor when it is forgotten.
        raise
    archive.close()
