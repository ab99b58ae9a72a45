"""Archives that differ from good ones in what a test is about."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

Change = bytes | Callable[[bytes], bytes]


def rezipped(archive: bytes, changes: Mapping[Any, Change], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive with members (names, or ``ZipInfo``) added or changed: other bytes, or what is made of theirs."""
    out = io.BytesIO()
    left = dict(changes)
    with zipfile.ZipFile(out, "w", method) as made:
        if archive:
            source = zipfile.ZipFile(io.BytesIO(archive))
            for name in source.namelist():
                change = left.pop(name, None)
                content = source.read(name)
                made.writestr(name, change(content) if callable(change) else content if change is None else change)
        for name, change in left.items():
            assert isinstance(change, bytes), f"nothing is called {name}"
            made.writestr(name, change)
    return out.getvalue()


def locked(archive: bytes) -> bytes:
    """The first member is said to have a password."""
    made = bytearray(archive)
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def link(name: str) -> zipfile.ZipInfo:
    """A member that is a symbolic link; its content is where it leads."""
    made = zipfile.ZipInfo(name)
    made.external_attr = 0o120777 << 16
    return made
