"""Whatever a clerk's program saved: the same rows are read, or it is said what to do."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.imports import sheets
from app.settings import Settings
from tests.conftest import As
from tests.evidence.test_upload import files_on_disk
from tests.fuzz import answers
from tests.fuzz.stored import Stored
from tests.imports.tables import HEADS, as_csv, as_xlsx, counts, faults, looked_through, rows_of, send
from tests.rezipped import Change, link, locked, rezipped
from tests.walk.steps import ok

ROW = ("N1", "青山小学", "学校", "实验小学", "小学")
XLS = Path(__file__).parent / "units.xls"


def every_form() -> Iterator[tuple[str, bytes, str]]:
    yield "UTF-8", as_csv(ROW), "a.csv"
    yield "UTF-8 with a mark", as_csv(ROW, encoding="utf-8-sig"), "a.csv"
    yield "GB18030", as_csv(ROW, encoding="gb18030"), "a.csv"
    yield "UTF-16", as_csv(ROW, encoding="utf-16"), "a.csv"
    yield "tabs", as_csv(ROW).replace(b",", b"\t"), "a.txt"
    yield "semicolons", as_csv(ROW).replace(b",", b";"), "a.csv"
    yield "xlsx", as_xlsx(ROW), "a.xlsx"
    yield "xlsx by another name", as_xlsx(ROW), "a.xls"
    yield "xls", XLS.read_bytes(), "a.xls"


def test_every_form_reads_alike(as_: As) -> None:
    client = as_("sysadmin")
    for what, content, name in every_form():
        run = looked_through(client, content, name)
        assert counts(run) == (1, 0, 0, 0), what
        assert rows_of(client, run)[0]["cells"] == list(ROW), what


def test_cells_are_read_as_people_mean_them(as_: As) -> None:
    """Full-width figures, days in every form, numbers for texts, spaces, merged cells, empty formatted rows."""
    client = as_("sysadmin")
    heads = ("单位名称*", "单位 类别", "上级单位（全称）", "启用日期", "停用日期", "学校标识码", "统一社会信用代码")
    table = as_xlsx(
        ("  甲小学 ", "学校", "实验小学", date(2020, 9, 1), 46304, 136000001, ""),
        (
            "乙小学",
            "学校",
            None,
            "２０２０．９．１",
            "2026年10月9日",
            "３１３６０００００２",
            "９１３５０１００Ｍ０００１００Ｙ４３",
        ),
        ("丙小学", "小学", None, "2020/9/1", "20261009", None, ""),
        ("", None, "", None, None, None, None),
        ("丁小学", "学校", "", "2020-09-01", "2026.10.9 ", 3136000004.0, ""),
        heads=heads,
        merged=[(1, 2, 3, 2, "实验小学")],
    )
    run = looked_through(client, table, "名录.xlsx", mode="commit-valid")
    assert faults(rows_of(client, run)) == []
    assert counts(run) == (4, 0, 0, 0)
    found = {each["name"]: each for each in ok(client.get("/api/v1/units?limit=200"))["data"]}
    made = [found[f"{name}小学"] for name in "甲乙丙丁"]
    assert {each["valid_from"] for each in made} == {"2020-09-01"}
    assert {each["valid_to"] for each in made} == {"2026-10-09"}
    parents = [each["parent_id"] for each in made]
    assert parents == [found["实验小学"]["id"]] * 3 + [parents[3]] and parents[3] != parents[0]
    assert [each["school_code"] for each in made] == ["0136000001", "3136000002", None, "3136000004"]
    assert made[1]["credit_code"] == "91350100M000100Y43"
    rows = rows_of(client, run)
    assert [r["number"] for r in rows] == [2, 3, 4, 6]
    assert [r["detail"] for r in rows[0]["remarks"]] == ["可能丢了开头的 0，已补成 0136000001"]


def test_titles_above_the_head_and_columns_unknown_do_no_harm(as_: As) -> None:
    client = as_("sysadmin")
    table = "青川区单位名录,,\n填报人：张三,,\n备注,名称,类别\n无,青山小学,学校\n".encode()
    run = looked_through(client, table)
    assert run["columns"] == [None, "name", "kind"] and [r["number"] for r in rows_of(client, run)] == [4]


def test_days_that_are_none_are_said_so(as_: As) -> None:
    client = as_("sysadmin")
    days = ("2024-02-30", "2023-13-01", "去年", "1800-01-01", "2026-10-09 30:30", "12345")
    run = looked_through(
        client,
        as_csv(*((f"D{n}", f"第{n}校", "学校", each) for n, each in enumerate(days)), heads=(*HEADS[:3], "启用日期")),
    )
    assert [fault[2] for fault in faults(rows_of(client, run))] == [
        "没有这一天，2 月只有 29 天",
        "没有 13 月，请按 2023-10-31 的格式填写",
        "看不出是哪一天，请按 2023-10-31 的格式填写",
        "日期须在 1949-10-01 与 2199-12-31 之间",
        "看不出是哪一天，请按 2023-10-31 的格式填写",
        "日期须在 1949-10-01 与 2199-12-31 之间",
    ]


# What is refused


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOOK = as_xlsx(ROW)
SHEET, TEXTS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
XXE = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def packed(changes: dict[Any, Change], **options: Any) -> bytes:
    return rezipped(BOOK, changes, **options)


def before_the_root(words: bytes, named: bytes = b"") -> Change:
    def change(content: bytes) -> bytes:
        head, rest = content.split(b"?>", 1)
        return head + b"?>" + words + (rest.replace("青山小学".encode(), named) if named else rest)

    return change


def in_utf_16(content: bytes) -> bytes:
    rest = content.split(b"?>", 1)[1].decode()
    return f'<?xml version="1.0" encoding="UTF-16"?>{XXE.decode()}{rest}'.encode("utf-16")


def far_cell(content: bytes) -> bytes:
    """A value at XFD1048576."""
    return content.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def of_macros(content: bytes) -> bytes:
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return content.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")


def old_locked(protected: bool) -> bytes:
    """An old workbook whose records after the first are ciphered, or said to be; it may be for reading only besides."""
    made = bytearray(XLS.read_bytes())
    begin = made.index(b"\x09\x08\x10\x00") + 20
    made[begin : begin + 6] = b"\x86\0\0\0\x2f\0" if protected else b"\x2f\0" + made[begin + 2 : begin + 6]
    return bytes(made)


def doubled() -> bytes:
    out = io.BytesIO(BOOK)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning):
        archive.writestr(SHEET, b"<x/>")
    return out.getvalue()


def bad() -> Iterator[tuple[str, bytes, str, int, str]]:
    """What is sent, called what, and the answer: made when it is asked for, some of it is large."""
    yield from (
        ("a program", b"MZ\x90\0", "a.xlsx", 422, "这是程序，不是表格；这里可以上传 xlsx、xls、csv，请用 Excel"),
        ("HTML called xls", b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", 422, "这是网页，不是表格；这里可以上传 xlsx、xls、csv"),
        ("a zip of something else", b"PK\x05\x06" + b"\0" * 18, "a.xlsx", 422, "请解压后上传其中的表格；这里可以上传 xlsx、xls、csv"),
        ("a workbook within an archive", rezipped(b"", {"a.xlsx": BOOK}), "a.xlsx", 422, "请解压后上传其中的表格"),
        ("archives within archives", rezipped(b"", {"0.zip": rezipped(b"", {"1.zip": b"0" * 1_000_000})}), "a.zip", 422, "请解压后上传"),
        ("a rar archive", b"Rar!\x1a\x07\x01\0" + b"\0" * 40, "a.rar", 422, "这是压缩包，不能直接导入，请解压后上传其中的表格；这里可以上传 xlsx、xls、csv"),
        ("a 7z archive called csv", b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 40, "a.csv", 422, "这是压缩包"),
        ("a gzip archive", b"\x1f\x8b\x08\0" + b"\0" * 40, "a.csv.gz", 422, "这是压缩包"),
        ("a Word document", rezipped(b"", {"word/document.xml": b"<x/>"}), "a.docx", 422, "这是 Word 文档，不是这里能读的表格"),
        ("a PDF", b"%PDF-1.7\n", "a.pdf", 422, "这是 PDF 文件，不是表格"),
        ("a picture", b"\x89PNG\r\n\x1a\n", "a.csv", 422, "这是图片，不是表格"),
        ("a workbook cut off", BOOK[:-40], "a.xlsx", 422, "损坏"),
        ("a part of changed bytes", BOOK.replace(BOOK[60:70], b"0123456789", 1), "a.xlsx", 422, "损坏"),
        ("a part packed as no workbook is", packed({}, method=zipfile.ZIP_BZIP2), "a.xlsx", 422, "损坏"),
        ("a part that is no XML", packed({SHEET: b"hello"}), "a.xlsx", 422, "损坏"),
        ("a workbook whose member is a bomb", packed({"xl/media/a": b"0" * 120_000_000}), "a.xlsx", 422, "解压后过大"),
        ("2,001 members", packed({f"xl/media/{n}": b"" for n in range(2001)}), "a.xlsx", 422, "部件过多"),
        ("a part that comes twice", doubled(), "a.xlsx", 422, "重名"),
        ("billion laughs", packed({TEXTS: before_the_root(LAUGHS, b"&c;")}), "a.xlsx", 422, "实体"),
        ("a file of the machine as an entity", packed({TEXTS: before_the_root(XXE, b"&x;")}), "a.xlsx", 422, "实体"),
        ("entities in another part", packed({"xl/styles.xml": before_the_root(LAUGHS)}), "a.xlsx", 422, "实体"),
        ("entities in the relationships", packed({"xl/_rels/workbook.xml.rels": before_the_root(XXE)}), "a.xlsx", 422, "实体"),
        ("a document type of the network", packed({SHEET: before_the_root(b'<!DOCTYPE a SYSTEM "http://192.0.2.1/x">')}), "a.xlsx", 422, "实体"),
        ("entities behind a comment", packed({SHEET: before_the_root(b"<!-- a --> <?a b?>" + XXE)}), "a.xlsx", 422, "实体"),
        ("entities in UTF-16", packed({SHEET: in_utf_16}), "a.xlsx", 422, "实体"),
        ("a workbook with macros", packed({"xl/vbaProject.bin": b"x"}), "a.xlsm", 422, "不含宏的 xlsx"),
        ("a workbook of macros by its type", packed({TYPES: of_macros}), "a.xlsx", 422, "不含宏的 xlsx"),
        ("a sheet of old macros", packed({"xl/macrosheets/sheet1.xml": b"<x/>"}), "a.xlsx", 422, "不含宏的 xlsx"),
        ("a workbook with a path that leads out", packed({"../../etc/passwd": b"x"}), "a.xlsx", 422, "路径"),
        ("a path that leads out backwards", packed({"xl\\..\\..\\x": b"x"}), "a.xlsx", 422, "路径"),
        ("a path from the root", packed({"/etc/passwd": b"x"}), "a.xlsx", 422, "路径"),
        ("a link for a member", packed({link("xl/media/a"): b"/etc/passwd"}), "a.xlsx", 422, "链接"),
        ("a locked member", locked(BOOK), "a.xlsx", 422, "密码"),
        ("a locked workbook", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", 422, "取消密码"),
        ("a locked old workbook", old_locked(False), "a.xls", 422, "取消密码"),
        ("a locked old workbook for reading only", old_locked(True), "a.xls", 422, "取消密码"),
        ("an old workbook with macros", OLE + b"\0" * 600 + "_VBA_PROJECT".encode("utf-16-le"), "a.xls", 422, "不含宏的 xlsx"),
        ("an old workbook of noise", OLE + b"\xff" * 4000, "a.xls", 422, "损坏"),
        ("a cell at the far end", packed({SHEET: far_cell}), "a.xlsx", 422, "很远的行列"),
        ("nothing but a head that nobody knows", "甲,乙\n1,2\n".encode(), "a.csv", 422, "没有找到表头"),
        ("no row at all", b"\n\n,,\n", "a.csv", 422, "没有内容"),
        ("two columns of one kind", "名称,名 称\n1,2\n".encode(), "a.csv", 422, "第 1、2 列都是“名称”"),
        ("a quote without its other", '名称,类别\n"青山小学,学校\n'.encode(), "a.csv", 422, "第 2 行的引号没有成对"),
        ("a field of 140,000 characters", ("名称,类别\n" + "长" * 140_000 + ",学校\n").encode(), "a.csv", 422, "第 2 行"),
        ("a field of 40,000 characters", ("名称,类别\n" + "长" * 40_000 + ",学校\n").encode(), "a.csv", 422, "第 2 行第 1 列"),
        ("300 columns", ("名称," + "," * 300 + "x\n").encode(), "a.csv", 422, "第 1 行有 302 列，最多 200 列"),
        ("200,001 rows", b"1\n" * 200_001, "a.csv", 422, "超过 200000 行"),
        ("bytes of no encoding", b"\xff\x00\xff\x81\n", "a.csv", 422, "编码"),
        ("zero bytes", b"", "a.csv", 422, "空文件"),
    )  # fmt: skip


def test_what_is_no_good_table_is_refused_and_leaves_nothing(app: Any, as_: As, settings: Settings) -> None:
    client, stored = as_("sysadmin"), Stored(app)
    before, wrong = stored.look(), []
    for what, content, name, status, said in bad():
        answer = send(client, content, name)
        if answer.status_code != status or said not in answer.json()["detail"]:
            wrong.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        wrong += [f"{what}: {fault}" for fault in answers.faults(answer)]
    assert wrong == [], "\n".join(wrong)
    assert stored.look() == before
    assert files_on_disk(settings) == []


def test_comments_before_the_root_do_no_harm(as_: As) -> None:
    fine = packed({SHEET: before_the_root(b"\n<!-- <!DOCTYPE a> --><?a b?>"), "xl/media/a.svg": LAUGHS + b"<svg/>"})
    assert counts(looked_through(as_("sysadmin"), fine, "a.xlsx")) == (1, 0, 0, 0)


def test_a_full_disk_while_a_table_is_read_is_507_and_keeps_nothing(
    app: Any, as_: As, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stored = as_("sysadmin"), Stored(app)
    before, read = stored.look(), sheets.read
    monkeypatch.setattr(sheets, "read", lambda path, kind, into, headings: read(path, kind, Path("/dev/full")))
    for content, name in ((as_csv(ROW), "a.csv"), (BOOK, "a.xlsx")):
        answer = send(client, content, name)
        assert (answer.status_code, answer.json()["code"]) == (507, "no_space"), answer.text
        assert "清理磁盘" in answer.json()["detail"]
    assert stored.look() == before and files_on_disk(settings) == []
    monkeypatch.undo()
    assert counts(looked_through(client, as_csv(ROW))) == (1, 0, 0, 0)
