"""Files: encodings, docx with merged cells and automatic numbers, and what is refused with a word on how to mend it."""

import io
import zipfile
from typing import Any

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from app.plans.parser import LARGEST_FILE, UnreadableDocument, normalise, parse, read_document

from .test_parser import titles, units

PLAN = "柳湾区教育局清廉学校建设工作方案\r\n一、主要任务\r\n1.开展自查。责任股室：督查室，各学校（园）\r\n"


def saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_the_usual_encodings(encoding: str) -> None:
    source = read_document(PLAN.encode(encoding), "方案.txt")
    assert source.text == PLAN.replace("\r\n", "\n")
    assert units(parse(source.text, source.tables).items[0]) == {"督查室": "responsible", "各学校（园）": "responsible"}


def test_spans_count_in_the_stored_text() -> None:
    text = read_document(("\ufeff" + PLAN).encode(), "方案.txt").text
    item = parse(text).items[0]
    assert text[slice(*item.span)] == "1.开展自查。责任股室：督查室，各学校（园）"
    assert normalise(text) == text


def table_document() -> Any:
    """Two tasks of one area, merged downwards; a heading merged across; a cell of units with two paragraphs."""
    document = Document()
    document.add_paragraph("梧桐区教育系统2025年重点任务分解表")
    table = document.add_table(rows=5, cols=5)
    rows = [
        ["类别", "序号", "重点任务", "责任单位", "完成时限"],
        ["一、清廉建设", "", "", "", ""],
        ["制度", "1", "修订议事规则", "党办", "2025年5月底前"],
        ["", "2", "规范教育收费", "计财股\n督查室", "长期坚持"],
        ["文化", "3", "建设廉洁阵地", "各学校（园）", "2025年底"],
    ]
    for at, cells in enumerate(rows):
        for column, words in enumerate(cells):
            table.cell(at, column).text = words
    table.cell(1, 0).merge(table.cell(1, 4))
    table.cell(2, 0).merge(table.cell(3, 0))
    return document


def test_docx_table_with_merged_cells() -> None:
    source = read_document(saved(table_document()), "任务.docx")
    plan = parse(source.text, source.tables)
    assert plan.title == "梧桐区教育系统2025年重点任务分解表"
    assert titles(plan) == ["修订议事规则", "规范教育收费", "建设廉洁阵地"]
    assert [item.area for item in plan.items] == ["一", "一", "一"]
    assert list(units(plan.items[1])) == ["计财股", "督查室"]
    assert "制度\t2\t规范教育收费" in source.text
    assert source.text[slice(*plan.items[2].span)].startswith("文化\t3\t建设廉洁阵地")


def test_docx_paragraphs_and_tables_in_order() -> None:
    document = Document()
    for line in (
        "榆树区清廉学校工作要点",
        "一、重点工作",
        "1.开展自查。责任股室：督查室",
        "2.建章立制。责任股室：党办",
    ):
        document.add_paragraph(line)
    table = document.add_table(rows=2, cols=3)
    for at, words in enumerate(["序号", "项目", "负责股室", "1", "自查表", "督查室"]):
        table.cell(at // 3, at % 3).text = words
    document.add_paragraph("二、工作要求")
    source = read_document(saved(document), "要点.docx")
    plan = parse(source.text, source.tables)
    assert titles(plan) == ["开展自查", "建章立制"]
    assert [section.title for section in plan.sections] == ["重点工作", "工作要求"]
    assert [row.title for row in plan.table_rows] == ["自查表"]


def numbered(document: Any, words: str, level: int) -> None:
    paragraph = document.add_paragraph(words)
    properties = paragraph._p.get_or_add_pPr()
    number, depth, identity = (OxmlElement(f"w:{name}") for name in ("numPr", "ilvl", "numId"))
    depth.set(qn("w:val"), str(level))
    identity.set(qn("w:val"), "99")
    number.append(depth)
    number.append(identity)
    properties.append(number)


def test_docx_automatic_numbers_are_read_as_shown() -> None:
    document = Document()
    root = document.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), "99")
    for level, (form, pattern) in enumerate((("chineseCounting", "%1、"), ("decimal", "%2."))):
        definition = OxmlElement("w:lvl")
        definition.set(qn("w:ilvl"), str(level))
        for name, value in (("start", "1"), ("numFmt", form), ("lvlText", pattern)):
            child = OxmlElement(f"w:{name}")
            child.set(qn("w:val"), value)
            definition.append(child)
        abstract.append(definition)
    root.insert(0, abstract)
    instance, reference = OxmlElement("w:num"), OxmlElement("w:abstractNumId")
    instance.set(qn("w:numId"), "99")
    reference.set(qn("w:val"), "99")
    instance.append(reference)
    root.append(instance)
    document.add_paragraph("榆树区清廉学校工作方案")
    numbered(document, "重点工作", 0)
    numbered(document, "开展自查。责任股室：督查室", 1)
    numbered(document, "建章立制。责任股室：党办", 1)
    source = read_document(saved(document), "方案.docx")
    assert "一、重点工作\n1.开展自查。" in source.text
    assert [item.number for item in parse(source.text, source.tables).items] == ["1", "2"]


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


BOMB = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * 80_000_000})


@pytest.mark.parametrize(
    ("data", "name", "advice"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "方案.doc", "请另存为 docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "方案.wps", "请另存为 docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "方案.docx", "请另存为 docx"),
        (b"%PDF-1.7", "方案.pdf", "另存为 docx"),
        (b"\x89PNG", "方案.png", "另存为 docx"),
        (BOMB, "方案.docx", "解压后过大"),
        (b"no archive", "方案.docx", "另存为 docx"),
        (zipped({"a.txt": b"x"}), "方案.docx", "另存为 docx"),
        (zipped({"[Content_Types].xml": b"<", "word/document.xml": b"<broken"}), "方案.docx", "另存为 docx"),
        (zipped({"[Content_Types].xml": b"x", "word/document.xml": b"x", "../x": b"x"}), "方案.docx", "路径"),
        (b"", "方案.txt", "空的"),
        (b"x" * (LARGEST_FILE + 1), "方案.txt", "20 MB"),
        ("清廉学校建設工作方案の実施".encode("euc-jp") + b"\xff\xff\x80", "方案.txt", "UTF-8"),
        (b"\x00\x01\x02\x03" * 500, "方案.txt", "UTF-8"),
        (zipped({"a": b"x"}), "方案.txt", "另存为 docx"),
    ],
    ids=[
        "doc",
        "wps",
        "ole",
        "pdf",
        "png",
        "bomb",
        "junk",
        "zip",
        "broken",
        "escape",
        "empty",
        "large",
        "encoding",
        "bin",
        "zt",
    ],
)
def test_refused_with_the_way_to_mend_it(data: bytes, name: str, advice: str) -> None:
    with pytest.raises(UnreadableDocument, match=advice):
        read_document(data, name)
