"""Word's automatic numbers, which stand in no text: read as Word shows them."""

from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.plans.parser import ParsedPlan, SourceText, parse, read_document
from app.plans.parser.docx_numerals import spelled

from .test_parser import titles, units
from .test_parser_files import saved

Lvl = tuple[str, str] | tuple[str, str, str]
"""The form of a number, its pattern, and further elements."""


def defined(document: Any, identity: str, *levels: Lvl, more: str = "", list_more: str = "") -> None:
    """A list of its own with these levels; lists and definitions bear the same identity."""
    root = document.part.numbering_part.element
    inner = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{level[0]}"/>{"".join(level[2:])}'
        f'<w:lvlText w:val="{level[1]}"/></w:lvl>'
        for depth, level in enumerate(levels)
    )
    root.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{identity}">{more}{inner}</w:abstractNum>')
    )
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{identity}"><w:abstractNumId w:val="{identity}"/>{list_more}</w:num>'
        )
    )


def numbered(document: Any, words: str, level: int | None, identity: str = "90", style: str | None = None) -> Any:
    paragraph = document.add_paragraph(words, style=style)
    depth = f'<w:ilvl w:val="{level}"/>' if level is not None else ""
    inner = f'{depth}<w:numId w:val="{identity}"/>' if identity else depth
    if inner:
        paragraph._p.get_or_add_pPr().append(parse_xml(f"<w:numPr {nsdecls('w')}>{inner}</w:numPr>"))
    return paragraph


def read(document: Any) -> tuple[SourceText, ParsedPlan]:
    source = read_document(saved(document), "方案.docx")
    return source, parse(source.text, source.tables)


def plan_document() -> Any:
    document = Document()
    document.add_paragraph("榆树区清廉学校工作方案")
    return document


OUTLINE: tuple[Lvl, ...] = (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3."))


def test_three_levels_begin_anew_beneath_each_heading() -> None:
    document = plan_document()
    defined(document, "90", *OUTLINE)
    for level, words in (
        (0, "总体要求"), (1, "指导思想。坚持立德树人。"), (0, "主要任务"), (1, "压实责任"), (2, "开展自查。责任股室：督查室"),
        (2, "建章立制。责任股室：党办"), (1, "营造氛围"), (2, "举办展览。责任股室：教育股，各学校（园）"),
    ):  # fmt: skip
        numbered(document, words, level)
    source, plan = read(document)
    assert "二、主要任务\n（一）压实责任\n1.开展自查。" in source.text
    assert [(item.area, item.number, item.title) for item in plan.items] == [
        ("一", "1", "开展自查"),
        ("一", "2", "建章立制"),
        ("二", "1", "举办展览"),
    ]


def test_items_that_count_on_across_headings_keep_their_numbers() -> None:
    document = plan_document()
    defined(document, "90", ("chineseCounting", "%1、"), ("decimal", "%2.", '<w:lvlRestart w:val="0"/>'))
    for level, words in (
        (0, "压实责任"), (1, "开展自查。责任股室：督查室"), (1, "建章立制。责任股室：党办"),
        (0, "营造氛围"), (1, "举办展览。责任股室：教育股"),
    ):  # fmt: skip
        numbered(document, words, level)
    _, plan = read(document)
    assert [(item.section, item.number, item.title) for item in plan.items] == [
        ("一", "1", "开展自查"),
        ("一", "2", "建章立制"),
        ("二", "3", "举办展览"),
    ]


def test_decimals_beneath_chinese_numerals_are_all_figures_where_word_says_so() -> None:
    document = plan_document()
    defined(document, "90", ("chineseCounting", "%1、"), ("decimal", "%1.%2", "<w:isLgl/>"))
    numbered(document, "主要任务", 0)
    numbered(document, "开展自查。责任股室：督查室", 1)
    numbered(document, "建章立制。责任股室：党办", 1)
    source, plan = read(document)
    assert "一、主要任务\n1.1 开展自查。" in source.text
    assert [item.number for item in plan.items] == ["1.1", "1.2"]


def test_plain_figures_without_a_sign_head_sections() -> None:
    document = plan_document()
    defined(document, "90", ("decimal", "%1"), ("decimal", "%1.%2"))
    for level, words in (
        (0, "总体要求"), (0, "主要任务"), (1, "开展自查。责任股室：督查室"), (1, "建章立制。责任股室：党办"), (0, "工作要求"),
        (1, "加强领导。各学校要高度重视。"),
    ):  # fmt: skip
        numbered(document, words, level)
    source, plan = read(document)
    assert "1 总体要求\n2 主要任务\n2.1 开展自查。" in source.text
    assert [section.title for section in plan.sections] == ["总体要求", "主要任务", "工作要求"]
    assert [(item.number, item.title) for item in plan.items] == [("2.1", "开展自查"), ("2.2", "建章立制")]


def test_numbers_of_a_list_style_and_of_heading_styles() -> None:
    document = plan_document()
    defined(document, "90", *OUTLINE, more='<w:styleLink w:val="Outline"/>')
    root, styles = document.part.numbering_part.element, document.styles.element
    root.insert(
        0,
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="91"><w:numStyleLink w:val="Outline"/></w:abstractNum>'
        ),
    )
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="91"><w:abstractNumId w:val="91"/></w:num>'))
    styles.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="numbering" w:styleId="Outline"><w:name w:val="Outline"/>'
            '<w:pPr><w:numPr><w:numId w:val="90"/></w:numPr></w:pPr></w:style>'
        )
    )
    for at, name in enumerate(("Heading1", "Heading2")):
        style = next(s for s in styles if s.get(f"{W}styleId") == name)
        properties = style.find(f"{W}pPr")
        depth = f'<w:ilvl w:val="{at}"/>' if at else ""
        properties.append(parse_xml(f'<w:numPr {nsdecls("w")}>{depth}<w:numId w:val="91"/></w:numPr>'))
    document.add_paragraph("主要任务", style="Heading 1")
    document.add_paragraph("压实责任", style="Heading 2")
    # Only the level is the paragraph's own; the list is its style's.
    numbered(document, "开展自查。责任股室：督查室", 2, "", style="Heading 2")
    source, plan = read(document)
    assert "一、主要任务\n（一）压实责任\n1.开展自查。" in source.text
    assert titles(plan) == ["开展自查"]


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def test_a_list_that_counts_otherwise_than_its_definition() -> None:
    document = plan_document()
    override = (
        '<w:lvlOverride w:ilvl="1"><w:startOverride w:val="5"/><w:lvl w:ilvl="1"><w:start w:val="1"/>'
        '<w:numFmt w:val="decimal"/><w:lvlText w:val="任务%2："/></w:lvl></w:lvlOverride>'
    )
    defined(document, "90", ("chineseLegalSimplified", "%1、"), ("decimal", "%2."), list_more=override)
    numbered(document, "主要任务", 0)
    numbered(document, "开展自查。责任股室：督查室", 1)
    numbered(document, "建章立制。责任股室：党办", 1)
    source, plan = read(document)
    assert "壹、主要任务\n任务5：开展自查。责任股室：督查室\n任务6：建章立制" in source.text
    assert titles(plan) == ["开展自查", "建章立制"]


def test_automatic_numbers_in_the_first_column_of_a_table() -> None:
    document = plan_document()
    defined(document, "90", ("decimal", "%1"))
    table = document.add_table(rows=3, cols=4)
    rows = (
        ["序号", "重点任务", "责任股室", "完成时限"],
        ["", "开展自查", "督查室", "5月"],
        ["", "建章立制", "党办", "6月"],
    )
    for at, cells in enumerate(rows):
        for column, words in enumerate(cells):
            table.cell(at, column).text = words
    for row in table.rows[1:]:
        row.cells[0].paragraphs[0]._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="90"/></w:numPr>')
        )
    _, plan = read(document)
    assert [(item.number, item.title, list(units(item))) for item in plan.items] == [
        ("1", "开展自查", ["督查室"]),
        ("2", "建章立制", ["党办"]),
    ]


@pytest.mark.parametrize(
    ("form", "count", "shown"),
    [
        ("chineseCounting", 10, "十"), ("chineseCountingThousand", 12, "十二"), ("chineseCounting", 21, "二十一"),
        ("chineseLegalSimplified", 3, "叁"), ("decimalEnclosedCircle", 3, "③"), ("decimalEnclosedParen", 2, "⑵"),
        ("decimalEnclosedFullstop", 1, "⒈"), ("decimalFullWidth", 12, "１２"), ("decimalZero", 7, "07"),
        ("upperRoman", 4, "IV"), ("lowerLetter", 3, "c"), ("ideographTraditional", 2, "乙"), ("unheard of", 5, "5"),
        ("decimalEnclosedCircle", 21, "21"),
    ],
)  # fmt: skip
def test_numbers_in_all_forms(form: str, count: int, shown: str) -> None:
    assert spelled(count, form) == shown


@pytest.mark.parametrize("restart", ["²", "٣", "9" * 5_000, "-1"])
def test_a_level_that_restarts_by_no_number_is_read_all_the_same(restart: str) -> None:
    document = Document()
    defined(document, "90", ("decimal", "%1."), ("decimal", "%1.%2", f'<w:lvlRestart w:val="{restart}"/>'))
    for words, level in (("制度", 0), ("修订", 1), ("监督", 0), ("检查", 1)):
        numbered(document, words, level)
    assert "2.1" in read_document(saved(document), "方案.docx").text
