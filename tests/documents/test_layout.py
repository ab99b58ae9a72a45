"""The paper by GB/T 9704-2012: in the file itself, and as LibreOffice lays it out."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from pypdf import PdfReader

from app.documents.layout import docx_of
from app.documents.models import DocumentKind
from app.documents.paper import Grid, Line, line_of, number_of, paper_of
from app.documents.typesetting import OF_PARAGRAPH, balanced
from tests.documents.laid_out import PT, converted, lines_of, needs_libreoffice

APPROVED = datetime(2023, 10, 8, 17, 0, tzinfo=UTC)
"""Already the 9th in Shanghai."""
LONG = "重新征求意见，更换报名表样式，把结果在家长会上公布，并由学校的监督小组全程参与核实，做到件件有着落、事事有回音，不留死角。"
HEADINGS = ["名次", "单位", "按时签收率", "按期办结率", "退回率", "逾期数", "整改销号率", "综合"]
RANKS = [[n, f"第{n}小学", "83.3%", "100%", "0%", 2, "50%", "92.5"] for n in range(1, 51)]
FIGURES = {
    "plan_id": 1,
    "title": "通报排名",
    "headings": HEADINGS,
    "lines": RANKS,
    "notes": ["数据快照 2023-10-09 17:00"],
}


def shown(kind: DocumentKind, **others: Any) -> dict[str, Any]:
    words = {"title": "关于教育收费问题的整改通知书", "issuer": "青川区教育局", "addressee": None, "state": "served"}
    text = "\n".join(
        ["现通知如下：", "一、存在问题", "（一）教育收费方面。公示不全。", "1.第一项", "（1）其一", *[LONG] * 9]
    )
    talk = {"talk_with": "张三", "talk_on": date(2023, 10, 12), "talk_time": "09:30", "talk_place": "三楼会议室"}
    talk |= {"talk_by": "王建国", "talk_recorder": "李卫东"}
    talk |= {"printed_by": None, "copy_others": None}
    figures = FIGURES if kind == DocumentKind.CIRCULAR else None
    known = {"kind": kind, "number": "青教督改〔2023〕5号", "approved_at": APPROVED, "body": text, "figures": figures}
    return {**words, **known, **talk, **others}


def made(kind: DocumentKind = DocumentKind.RECTIFICATION_NOTICE, copies: Sequence[str] = (), **others: Any) -> bytes:
    return docx_of(paper_of(shown(kind, **others), ["实验小学"], copies), APPROVED)


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def face(run: Any) -> str:
    return str(run._r.rPr.rFonts.get(qn("w:eastAsia")))


def paragraph(document: Any, start: str) -> Any:
    return next(each for each in document.paragraphs if each.text.startswith(start))


def test_the_page_is_that_of_the_standard() -> None:
    document = opened(made())
    section = document.sections[0]
    wide, high, above, left = section.page_width, section.page_height, section.top_margin, section.left_margin
    area = (wide - left - section.right_margin, high - above - section.bottom_margin)
    assert [round(length / Mm(1)) for length in (wide, high, above, left, *area)] == [210, 297, 37, 28, 156, 225]
    grid = section._sectPr.find(qn("w:docGrid"))
    lines = Mm(225).twips / int(grid.get(qn("w:linePitch")))
    assert 22 <= lines < 22.1 and grid.get(qn("w:type")) == "lines"
    normal = document.styles["Normal"]
    assert normal.paragraph_format.line_spacing.twips == int(grid.get(qn("w:linePitch")))
    closer = int(normal.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 <= Mm(156).pt / (normal.font.size.pt + closer) < 28.2


def test_each_part_stands_in_its_own_type() -> None:
    document = opened(made())
    masthead, number, title = (
        paragraph(document, text) for text in ("青川区教育局", "青教督改〔2023〕5号", "关于教育")
    )
    assert (
        round(masthead.paragraph_format.space_before.mm, 1) == 35 and str(masthead.runs[0].font.color.rgb) == "FF0000"
    )
    assert number._p.pPr.find(f"{qn('w:pBdr')}/{qn('w:bottom')}").get(qn("w:color")) == "FF0000"
    assert (face(title.runs[0]), title.runs[0].font.size, title.alignment) == ("方正小标宋简体", Pt(22), 1)
    assert paragraph(document, "实验小学：").paragraph_format.first_line_indent is None
    for start, faces in {
        "一、": ["黑体"],
        "（一）": ["楷体_GB2312", "仿宋_GB2312"],
        "1.": ["仿宋_GB2312"],
        "（1）": ["仿宋_GB2312"],
        LONG[:9]: ["仿宋_GB2312"],
    }.items():
        line = paragraph(document, start)
        assert [face(run) for run in line.runs] == faces, start
        assert {run.font.size for run in line.runs} == {Pt(16)}
        assert line._p.pPr.ind.get(qn("w:firstLineChars")) == "200", start
    assert paragraph(document, "2023年10月9日").paragraph_format.right_indent == Pt(4 * 16)


def test_page_numbers_stand_outside_between_dashes() -> None:
    document = opened(made())
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    for footer, alignment in ((section.footer, 2), (section.even_page_footer, None)):
        line = footer.paragraphs[0]
        assert (line.text, line.alignment) == ("—  —", alignment)
        assert "PAGE" in line._p.xml and {(face(run), run.font.size) for run in line.runs} == {("宋体", Pt(14))}


def test_a_paper_that_does_not_hold_says_so_on_each_page() -> None:
    for state, mark in {"draft": "草稿，未经批准", "voided": "已作废", "served": ""}.items():
        section = opened(made(state=state)).sections[0]
        assert [head.paragraphs[0].text for head in (section.header, section.even_page_header)] == [mark, mark]
    unsigned = opened(made(state="draft", number=None, approved_at=None))
    assert paragraph(unsigned, "〔　　〕　号") and paragraph(unsigned, "　　年　月　日")


def test_the_ranking_is_an_annex_with_a_head_on_every_page() -> None:
    document = opened(made(DocumentKind.CIRCULAR))
    assert paragraph(document, "附件：通报排名") and len(document.sections) == 3, "and the colophon"
    table = document.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == HEADINGS and len(table.rows) == 51
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert sum(int(column.w) for column in table._tbl.tblGrid.gridCol_lst) == pytest.approx(Mm(156), rel=0.01)


def test_word_finds_each_property_where_it_looks_for_it() -> None:
    """Out of order, Word calls the whole file damaged."""
    document = opened(made(DocumentKind.CIRCULAR))
    for properties in document.element.body.iter(qn("w:pPr")):
        known = [
            OF_PARAGRAPH.index(name) for child in properties if (name := f"w:{child.tag.split('}')[1]}") in OF_PARAGRAPH
        ]
        assert known == sorted(known)


def test_numbers_levels_and_titles() -> None:
    assert number_of("青教督", 2023, 5) == "青教督〔2023〕5号"
    levels = {
        "一、基本情况": 1,
        "十二、其他": 1,
        "（三）收费": 2,
        "1.自查": 3,
        "12．整改": 3,
        "（1）其一": 4,
        "2023年": 0,
        "1.5万元": 0,
    }
    assert {text: line_of(text).level for text in levels} == levels
    assert line_of("（一）收费。公示不全。")[1:] == ("（一）收费。", "公示不全。")
    title = "关于“开学工作和收费公示督查”情况以及全区各学校整改落实情况的通报"
    lines = balanced(title, 20)
    assert "".join(lines) == title and max(map(len, lines)) <= 20 and min(map(len, lines)) > 10


@needs_libreoffice
def test_libreoffice_lays_each_kind_out_as_the_standard_says(tmp_path: Path) -> None:
    for kind in DocumentKind:
        (tmp_path / f"{kind.value}.docx").write_bytes(made(kind, COPIES))
    for name, count in (("short", 0), ("same", 5)):
        (tmp_path / f"{name}.docx").write_bytes(made(copies=COPIES, body="\n".join([SHORT, *[LONG] * count])))
    papers = converted(tmp_path)
    for kind in DocumentKind:
        _as_the_standard_says(papers[f"{kind.value}.docx"], kind)
    for name in ("short", "same"):
        pdf = papers[f"{name}.docx"]
        assert len(pdf.pages) == 2, name
        printed = next(line for line in lines_of(pdf.pages[1]) if "印发" in line[2])
        assert 35 < printed[0] < 42, f"{name}: above the area's lower edge, 35 mm from the page's"
        assert ("2023年10月9日\n" in pdf.pages[0].extract_text().replace(" ", "")) == (name == "short")


@needs_libreoffice
def test_no_page_bears_the_signature_alone(tmp_path: Path) -> None:
    """Wherever the text ends on its page; and the colophon stands at the foot of an even one, the last."""
    for count in range(18, 28):
        text = "\n".join(["现通知如下：", *[LONG[:20]] * count, LONG])
        (tmp_path / f"{count:02}.docx").write_bytes(made(copies=COPIES, body=text))
        (tmp_path / f"{count:02}-annex.docx").write_bytes(made(DocumentKind.CIRCULAR, body=text))
    for name, pdf in converted(tmp_path).items():
        pages = [page.extract_text().replace(" ", "") for page in pdf.pages]
        (signed,) = [text for text in pages if "2023年10月9日\n" in f"{text}\n".replace("2023年10月9日印发", "")]
        before = signed.partition("2023年10月9日")[0]
        assert any(part in before for part in (LONG[:5], LONG[-5:])), name
        assert [n for n, text in enumerate(pages, 1) if "印发" in text] == [len(pages)], name


def _as_the_standard_says(pdf: PdfReader, kind: DocumentKind) -> None:
    for n, page in enumerate(pdf.pages, 1):
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((210 * PT, 297 * PT), abs=1)
        assert f"— {n} —" in page.extract_text(), f"{kind}: page {n}"
    text = "".join(page.extract_text() for page in pdf.pages).replace(" ", "")
    assert "2023年10月9日" in text and ("约谈" in kind.value or "青川区教育局" in text)
    second = lines_of(pdf.pages[1])
    heights = [height for height, _, _ in second]
    assert len(second) == 22 or kind == DocumentKind.TALK_RECORD, f"{kind}: {len(second)} lines"
    assert all(above - below == pytest.approx(225 / 22, abs=0.1) for above, below in pairwise(heights))
    assert {round(left) for _, left, _ in second} <= {28, 39}, "at the edge, or two characters in"
    full = [text for _, left, text in second if round(left) == 28 and text not in LONG[-30:]]
    assert full and max(len(text) for text in full) == 28, kind


COPIES = [
    "区纪委监委",
    "区委组织部",
    "派驻组",
    "党政办公室",
    "教育股",
    "人事股",
    "区人民政府教育督导委员会办公室",
    "柳林镇中心校",
]
SHORT = "现通知如下：\n一、存在问题\n收费公示栏没有更新。\n请整改。"


def test_copies_who_prints_and_when_stand_between_rules_in_a_frame_at_the_areas_foot() -> None:
    document = opened(made(copies=COPIES, printed_by="青川区教育局办公室"))
    framed = [
        each
        for each in document.paragraphs
        if each._p.pPr is not None and each._p.pPr.find(qn("w:framePr")) is not None
    ]
    rules = [each for each in framed if not each.text]
    assert [round(each.paragraph_format.line_spacing.mm, 2) for each in rules] == [0.35, 0.25, 0.35]
    assert [each.text for each in framed if each.text] == [
        "抄送：区纪委监委，区委组织部，派驻组，党政办公室，教育股，\n人事股，区人民政府教育督导委员会办公室，柳林镇中心校。",
        "青川区教育局办公室\t2023年10月9日印发",
    ]
    assert {face(run) for each in framed for run in each.runs} == {"仿宋_GB2312"}
    assert {run.font.size for each in framed for run in each.runs} == {Pt(14)}
    tops = {each._p.pPr.find(qn("w:framePr")).get(qn("w:y")) for each in framed}
    lines = document.styles["Normal"].paragraph_format.line_spacing.mm * 3
    assert [round(int(top) / 20 / PT + lines + 0.35 + 0.25 + 0.35) for top in tops] == [37 + 225]
    assert "签发人" not in document.element.xml, "that is for papers that go upwards"


def test_a_record_has_no_colophon_and_one_without_copies_two_rules() -> None:
    assert "印发" not in opened(made(DocumentKind.TALK_RECORD)).element.xml
    alone = opened(made())
    assert alone.element.xml.count("w:framePr") == 3 and "抄送" not in alone.element.xml
    assert paragraph(alone, "青川区教育局\t2023年10月9日印发"), "the issuer, where nobody else is named"


def test_where_the_text_surely_ends_on_an_even_page_with_room_the_colophon_stands_there() -> None:
    """Otherwise on the next even page; with a blank page before it, without a number."""
    for count, sections, numbered in ((0, 2, True), (5, 1, True), (7, 2, False), (13, 2, True)):
        document = opened(made(body="\n".join([SHORT, *[LONG] * count])))
        last = document.sections[-1]
        assert len(document.sections) == sections, count
        assert (last.footer.is_linked_to_previous or sections == 1) == numbered, count


def test_the_signature_takes_the_last_row_of_a_table_along() -> None:
    """However far the text goes: how high a table becomes is not reckoned."""
    grid = Grid("主要数据", ["指标", "数据"], [["任务", "3"], ["办结", "2"]])
    paper = paper_of(shown(DocumentKind.TALK_RECORD), ["实验小学"], ())
    for count in range(6, 12):
        text = [Line(0, "", LONG)] * count
        document = opened(docx_of(paper._replace(lines=[*text, grid]), APPROVED))
        rows = document.tables[-1].rows
        kept = [[cell.paragraphs[0].paragraph_format.keep_with_next for cell in row.cells] for row in rows]
        assert kept == [[None, None], [None, None], [True, True]], count
        behind = opened(docx_of(paper._replace(lines=[*text, grid, Line(0, "", "说明：以上为快照。")]), APPROVED))
        assert paragraph(behind, "说明：以上为快照。").paragraph_format.keep_with_next, count
