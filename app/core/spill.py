"""Batches put aside on disk, however many there are, and taken out again as often as they are wanted."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pydantic_core

from app.core.files import full_disk

FEW = 1024 * 1024
"""Bytes that are no more than memory."""


class Spill:
    """In a file without a name, which goes with the process. What is put is JSON, and comes back as JSON has it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.SpooledTemporaryFile(FEW, dir=str(folder))  # noqa: SIM115

    def put(self, batch: Any) -> None:
        with full_disk("请联系系统管理员清理磁盘后再办理", title="存储空间不足，没有办理"):
            self._file.write(pydantic_core.to_json(batch) + b"\n")

    def __iter__(self) -> Iterator[Any]:
        self._file.seek(0)
        for line in self._file:
            yield pydantic_core.from_json(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
