"""A clerk's own workbook comes back as itself, with what was found behind each row of its table."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]

from app.imports import annotated
from tests.conftest import As
from tests.imports.books import (
    CHAIN,
    HEADS,
    SHEET,
    STYLES,
    around,
    cells,
    given_back,
    kept_by_a_clerk,
    listing,
    parts,
    values,
)
from tests.imports.tables import HEADS as PLAIN
from tests.imports.tables import IMPORTS, as_xlsx, counts, looked_through, rows_of
from tests.rezipped import Change, rezipped
from tests.walk.steps import API, ok


def corrected(as_: As, content: bytes, *put: tuple[int, str, str]) -> bytes:
    """Given back after cells were put right: (row, column, text)."""
    client = as_("sysadmin")
    run = looked_through(client, content, "名录.xlsx")
    for number, column, value in put:
        (row,) = [each for each in rows_of(client, run) if each["number"] == number]
        ok(client.post(f"{API}/import-rows/{row['id']}/correct", json={"column": column, "value": value}))
    back: bytes = client.get(f"{IMPORTS}/{run['id']}/file").content
    return back


def test_a_workbook_comes_back_as_itself_with_what_is_wrong_behind_each_row(as_: As) -> None:
    sent = kept_by_a_clerk()
    back = given_back(as_, sent)
    before, after = parts(sent), parts(back)
    assert [*before] == [*after]
    assert {name for name, content in before.items() if content != after[name]} == {SHEET, STYLES}
    for sheet in ("名录", "说明"):
        assert around(back, sheet) == around(sent, sheet), sheet
        now, was = cells(back, sheet), cells(sent, sheet)
        assert {at: now[at] for at in was} == was, sheet
    added = {at: cell[0] for at, cell in cells(back, "名录").items() if at[0] in "HI" and cell[0]}
    reason = added.pop("I4")
    assert added == {"H2": "结果", "I2": "错误原因", "H3": "新增", "H4": "错误", "H5": "新增"}
    assert reason.startswith("类别：") and "学校" in reason
    found = load_workbook(io.BytesIO(back))["名录"]
    assert found["I2"].font.b and str(found["I2"].fill) == str(found["G2"].fill), "as the headings beside it"
    assert {found[at].fill.fgColor.rgb for at in ("H4", "I4")} == {"FFFDE8E8"} != {found["H3"].fill.fgColor.rgb}


def test_what_is_written_between_the_tags_is_all_that_is_new_in_a_sheet(as_: As) -> None:
    sent, back = (parts(content)[SHEET] for content in (kept_by_a_clerk(), given_back(as_, kept_by_a_clerk())))
    without = re.sub(rb'<c r="[HI]\d+"[^<>]*(?:/>|>.*?</c>)', b"", back)
    assert without.replace(b'ref="A1:I6"', b'ref="A1:G6"') == re.sub(rb'(<row r="[2345]") spans="1:7"', rb"\1", sent)


def test_a_cell_put_right_is_changed_where_it_stands_and_keeps_its_looks(as_: As) -> None:
    sent = kept_by_a_clerk()
    put = (
        (4, "kind", "幼儿园"),
        (3, "valid_from", "2024-02-29"),
        (5, "school_code", "3136000077"),
        (5, "name", "<甲>&乙"),
    )
    back = corrected(as_, sent, *put)
    was, now = cells(sent, "名录"), cells(back, "名录")
    changed = {at: (was[at][0], now[at][0]) for at in was if was[at] != now[at]}
    days = changed.pop("E3")
    assert [str(each)[:10] for each in days] == ["2023-03-17", "2024-02-29"]
    assert changed == {"D4": ("学样", "幼儿园"), "F5": (3136000004, 3136000077), "C5": ("白云小学", "<甲>&乙")}
    assert all(was[at][2:] == now[at][2:] for at in was), "numbers stay numbers, and everything looks as it did"
    assert counts(looked_through(as_("sysadmin"), back, "名录.xlsx")) == (3, 0, 0, 0)


def test_suggestions_that_were_taken_stand_in_the_file(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, kept_by_a_clerk(), "名录.xlsx")
    ok(client.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))
    back = client.get(f"{IMPORTS}/{run['id']}/file").content
    assert [line[3] for line in values(back)[2:5]] == ["学校"] * 3
    assert [line[7:] for line in values(back)[1:5]] == [["结果", "错误原因"], *[["新增", None]] * 3]


def test_a_workbook_given_back_has_the_two_columns_once_however_often_it_is_sent(as_: As) -> None:
    content = kept_by_a_clerk()
    for _ in range(3):
        content = given_back(as_, content)
        assert values(content)[1] == [*HEADS, "结果", "错误原因"]
        assert [line[7] for line in values(content)[2:5]] == ["新增", "错误", "新增"]
    mended = load_workbook(io.BytesIO(content))
    mended["名录"]["D4"] = "学校"
    out = io.BytesIO()
    mended.save(out)
    assert [line[7:] for line in values(given_back(as_, out.getvalue()))[2:5]] == [["新增", None]] * 3


# However it is written

ROWS = (("N1", "青山小学", "学校", "实验小学", "小学"), ("N2", "红星小学", "学样", "", ""))
FORMULA = b'<c r="C3"><f>A1</f><v>1</v></c>'


def in_sheet(change: Callable[[bytes], bytes]) -> dict[Any, Change]:
    return {SHEET: change}


def prefixed(sheet: bytes) -> bytes:
    """As a program writes that gives each tag its namespace."""
    named = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", sheet)
    return named.replace(b"xmlns=", b"xmlns:x=")


def strict(content: bytes) -> bytes:
    return content.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    )


def each_way() -> Iterator[tuple[str, dict[Any, Change]]]:
    yield "with prefixes", in_sheet(prefixed)
    yield "without places", in_sheet(lambda sheet: re.sub(rb'(<(?:row|c)) r="[A-Z]*\d+"', rb"\1", sheet))
    yield "without a dimension", in_sheet(lambda sheet: re.sub(rb"<dimension[^<>]*>", b"", sheet))
    yield (
        "with empty cells behind",
        in_sheet(
            lambda sheet: re.sub(rb'(r="[E](\d)"[^<>]*>.*?)(?=</row>)', rb'\1<c r="F\2" s="0"/><c r="H\2"/>', sheet)
        ),
    )
    yield "in other quotes", in_sheet(lambda sheet: sheet.replace(b'"', b"'"))
    yield "strict", in_sheet(strict)
    yield "without styles", {STYLES: lambda styles: styles.replace(b"cellXfs", b"cellYfs")}


WAYS = dict(each_way())


@pytest.mark.parametrize("way", WAYS)
def test_however_a_workbook_is_written_it_is_written_on(as_: As, way: str) -> None:
    sent = rezipped(as_xlsx(*ROWS), WAYS[way])
    back = given_back(as_, sent)
    run = looked_through(as_("sysadmin"), back, "名录.xlsx")
    assert run["headings"] == [*PLAIN, "结果", "错误原因"] and counts(run) == (1, 0, 0, 1)
    assert [row["cells"][5] for row in rows_of(as_("sysadmin"), run)] == ["新增", "错误"]
    assert parts(back)["xl/sharedStrings.xml"] == parts(sent)["xl/sharedStrings.xml"]


def test_a_row_that_the_sheet_does_not_hold_is_written_all_the_same(as_: As) -> None:
    """Merged down in all its columns, and wrong for being there twice."""
    merged = [(1, at, 2, at, word) for at, word in enumerate(ROWS[0])]
    table = as_xlsx(ROWS[0], ROWS[0], ROWS[1], merged=merged)
    sent = rezipped(table, in_sheet(lambda sheet: re.sub(rb'<row r="3".*?</row>', b"", sheet)))
    lines = values(given_back(as_, sent), "Sheet1")
    assert lines[2][:5] == [None] * 5 and lines[2][5] == "错误" and "第 2 行" in lines[2][6]
    assert [line[5] for line in lines] == ["结果", lines[1][5], "错误", "错误"]


def test_what_is_merged_across_the_headings_does_not_hide_what_is_written(as_: As) -> None:
    back = given_back(as_, as_xlsx(*ROWS, merged=[(0, 4, 0, 6, "学段")]))
    assert values(back, "Sheet1")[0] == [*PLAIN, None, None, "结果", "错误原因"]
    assert looked_through(as_("sysadmin"), back, "名录.xlsx")["wrong_count"] == 1


def test_a_formula_that_gave_way_is_no_longer_named_where_workbooks_list_them(as_: As) -> None:
    """Excel would call the file damaged."""

    def computed(sheet: bytes) -> bytes:
        return re.sub(
            rb'<c r="C3".*?</c>', b'<c r="C3" s="0" t="str"><f>"\xe5\xad\xa6"</f><v>\xe5\xad\xa6</v></c>', sheet
        )

    sent = rezipped(as_xlsx(*ROWS), {SHEET: computed, **listing("C3")})
    assert parts(given_back(as_, sent))[CHAIN] == parts(sent)[CHAIN]
    back = parts(corrected(as_, sent, (3, "kind", "学校")))
    assert CHAIN not in back and not any(b"calcChain" in content for content in back.values())
    assert b"<f>" not in back[SHEET]


MERGED = as_xlsx(*ROWS, merged=[(1, 2, 2, 2, "学样")])
SHARED = rezipped(
    as_xlsx(*ROWS),
    in_sheet(
        lambda sheet: re.sub(
            rb'<c r="C3".*?</c>', b'<c r="C3" t="str"><f t="shared" ref="C3:C4" si="0">A3</f><v>N2</v></c>', sheet
        )
    ),
)


@pytest.mark.parametrize(
    ("sent", "put"),
    [
        (rezipped(as_xlsx(*ROWS), in_sheet(lambda sheet: sheet.replace(b"</row>", b"</row><!-- a -->", 1))), ()),
        (rezipped(as_xlsx(*ROWS), {"_xmlsignatures/origin.sigs": b""}), ()),
        (MERGED, ((3, "kind", "学校"),)),
        (SHARED, ((3, "kind", "学校"),)),
    ],
    ids=["a comment", "signed", "a merged cell put right", "a formula of several cells put right"],
)
def test_what_cannot_be_written_on_comes_back_as_a_new_workbook(
    as_: As, sent: bytes, put: tuple[tuple[int, str, str], ...]
) -> None:
    back = corrected(as_, sent, *put)
    assert parts(back).get("xl/sharedStrings.xml") != parts(sent)["xl/sharedStrings.xml"]
    lines = values(back, "Sheet1")
    assert lines[0] == [*PLAIN, "结果", "错误原因"] and lines[2][2] == (put[0][2] if put else "学样")


def damaged(sent: bytes) -> bytes:
    """With a part that nobody reads, packed as Excel packs none, whose bytes are others."""
    out, words = io.BytesIO(sent), b"0123456789" * 50
    with zipfile.ZipFile(out, "a") as book:
        book.writestr("docProps/t.bin", words, zipfile.ZIP_LZMA)
        begins = book.getinfo("docProps/t.bin").header_offset
    content = bytearray(out.getvalue())
    content[begins + 60 : begins + 70] = b"\xff" * 10
    return bytes(content)


@pytest.mark.parametrize(
    "sent",
    [
        rezipped(
            as_xlsx(*ROWS),
            in_sheet(lambda sheet: sheet.replace(b"</row>", b'<x a="' + b"<c>" * 60_000 + b'"/></row>', 1)),
        ),
        rezipped(
            as_xlsx(*ROWS),
            {STYLES: lambda styles: styles.replace(b"</fonts>", b"<font></font >" * 60_000 + b"</fonts>")},
        ),
        damaged(as_xlsx(*ROWS)),
    ],
    ids=["cells without an end", "fonts without an end", "a damaged part"],
)
def test_what_would_be_written_on_for_ever_or_breaks_comes_back_as_a_new_workbook(
    as_: As, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a child with the time that the file's reading has; here a second."""
    monkeypatch.setattr(annotated, "cpu_seconds", lambda book, kind: 1)
    lines = values(given_back(as_, sent), "Sheet1")
    assert lines[0] == [*PLAIN, "结果", "错误原因"]


# How much, and for whom


LONG = 100_000
ANNOTATED = f"""
import re, sys
from pathlib import Path
from app.imports.annotating import Place, annotate
from app.imports.sheet_xml import Note

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

notes = (Note(number, "wrong", ("错误", f"第 {{number}} 行：必须填写"), {{}}) for number in range(1, {LONG} + 1))
idle = peak()
annotate(Path(sys.argv[1]), Path(sys.argv[2]), Place("{SHEET}", 1, 2), notes, changed=False)
print(peak() - idle)
"""
"""In a process of its own, whose peak is nobody else's; in KiB."""


def test_a_hundred_thousand_rows_are_written_on_in_little_memory(tmp_path: Path) -> None:
    sent, back, padding = tmp_path / "sent.xlsx", tmp_path / "back.xlsx", b" " * 500
    with zipfile.ZipFile(io.BytesIO(as_xlsx(*ROWS))) as plain, zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as made:
        for name in plain.namelist():
            if name != SHEET:
                made.writestr(name, plain.read(name))
                continue
            before, _, behind = plain.read(name).partition(b"<sheetData>")
            with made.open(SHEET, "w") as sheet:
                sheet.write(before + b"<sheetData>")
                for number in range(1, LONG + 1):
                    sheet.write(b'<row r="%d"><c r="A%d"><v>1</v></c>%s</row>' % (number, number, padding))
                sheet.write(b"</sheetData>" + behind.partition(b"</sheetData>")[2])
    command = [sys.executable, "-c", ANNOTATED, str(sent), str(back)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 24 * 1024, "of 55 MiB that the sheet unpacks to"
    with zipfile.ZipFile(back) as archive:
        assert archive.read(SHEET).count("必须填写".encode()) == LONG


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed here")
def test_libreoffice_opens_what_comes_back(as_: As, tmp_path: Path) -> None:
    (tmp_path / "back.xlsx").write_bytes(corrected(as_, kept_by_a_clerk(), (5, "name", "白云山小学")))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    told = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        told,
        "--outdir",
        str(tmp_path),
        str(tmp_path / "back.xlsx"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (made,) = tmp_path.glob("*.csv")
    lines = [line.split(",") for line in made.read_text().splitlines()]
    assert lines[1] == [*HEADS, "结果", "错误原因"]
    assert lines[2][:4] == ["1", "N2", "青山小学", "学校"] and "2023" in lines[2][4] and lines[4][2] == "白云山小学"
    assert [line[7] for line in lines[2:5]] == ["新增", "错误", "新增"]
