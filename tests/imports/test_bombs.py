"""Workbooks whose directory is in order and whose content is meant to keep a reader busy: each is read or refused within
the seconds and the memory that its size is given.
"""

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.media import ZIP_RATIO
from app.imports import sheets
from tests.conftest import As
from tests.imports.tables import as_xlsx, counts, looked_through, send
from tests.imports.test_reading import _computed

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MIB = 20
_OF = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_BEGIN, _END = b"<worksheet " + _OF + b"><sheetData>", b"</sheetData></worksheet>"


def again_and_again(piece: bytes) -> Iterator[bytes]:
    block = piece * (1 + 65_536 // len(piece))
    for _ in range(MIB * sheets.MIB // len(block)):
        yield block


def rows(cell: bytes, count: int) -> Iterator[bytes]:
    yield _BEGIN
    yield from again_and_again(b"<row>" + cell * count + b"</row>")
    yield _END


def strings() -> Iterator[bytes]:
    yield b"<sst " + _OF + b">"
    yield from again_and_again(b"<si><t>a</t></si>")
    yield b"</sst>"


def merged() -> Iterator[bytes]:
    yield _BEGIN + b"<row><c><v>1</v></c></row></sheetData><mergeCells>"
    for n in range(1, MIB * sheets.MIB // 30):
        yield f'<mergeCell ref="A{n}:B{n}"/>'.encode()
    yield b"</mergeCells></worksheet>"


def spaces() -> Iterator[bytes]:
    yield _BEGIN
    yield from again_and_again(b" " * 65_536)
    yield _END


BOMBS: dict[str, tuple[str, Callable[[], Iterator[bytes]]]] = {
    "figures in every column": (SHEET, lambda: rows(b"<c><v>1</v></c>", 199)),
    "cells of nothing": (SHEET, lambda: rows(b"<c/>", 199)),
    "a text in each cell": (SHEET, lambda: rows(b'<c t="inlineStr"><is><t>a</t></is></c>', 8)),
    "failed formulas": (SHEET, lambda: rows(b'<c t="e"><v>#N/A</v></c>', 199)),
    "a million texts that no cell has": (TEXTS, strings),
    "a million merged cells": (SHEET, merged),
    "blanks between nothing": (SHEET, spaces),
}


def admitted(what: str) -> bytes:
    """With as many bytes that cannot be packed as the directory's ratio asks for."""
    name, parts = BOMBS[what]
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(as_xlsx(("N1",)))) as plain,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for member in plain.infolist():
            if member.filename != name:
                made.writestr(member, plain.read(member))
        with made.open(name, "w") as part:
            for some in parts():
                part.write(some)
        made.writestr("xl/media/noise", os.urandom(MIB * sheets.MIB // (ZIP_RATIO - 2)))
    return out.getvalue()


@pytest.mark.parametrize("what", BOMBS)
def test_what_the_directory_admits_is_read_or_refused_in_its_time(
    as_: As, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, given = admitted(what), []
    of = sheets.cpu_seconds
    monkeypatch.setattr(sheets, "cpu_seconds", lambda *of_file: given.append(of(*of_file)) or given[0])
    before = _computed()
    answer = send(as_("sysadmin"), content, "a.xlsx")
    assert answer.status_code in (201, 422), answer.text
    assert given, f"{answer.text}: the directory refused it"
    assert _computed() - before < given[0] + 2, what


def test_what_runs_longer_than_that_is_cut_off_and_said_so(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_CPU_SECONDS", 1)
    monkeypatch.setattr("tests.imports.test_bombs.MIB", 60)
    content, before = admitted("figures in every column"), _computed()
    answer = send(as_("sysadmin"), content, "a.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_file") and "超时" in answer.json()["detail"]
    assert _computed() - before < 4
    assert counts(looked_through(as_("sysadmin"), as_xlsx(("N1", "青山小学", "学校")), "a.xlsx")) == (1, 0, 0, 0)


def test_content_beyond_the_bound_is_refused_by_its_directory(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LARGEST_CONTENT", (MIB - 1) * sheets.MIB)
    monkeypatch.setattr(sheets, "read", None)
    refused: Any = send(as_("sysadmin"), admitted("blanks between nothing"), "a.xlsx")
    assert refused.status_code == 422 and "解压后过大" in refused.json()["detail"]
