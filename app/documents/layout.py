"""A paper as .docx, laid out by GB/T 9704-2012 (党政机关公文格式). Fonts are named, never shipped.

A4; the text area of 156 × 225 mm begins 37 mm below the top and 28 mm from the left edge; 22 lines of 28 characters.
"""

import io
import math
from datetime import datetime, time
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from app.documents.paper import Annex, Line, Paper

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WIDTH, HEIGHT, TOP, LEFT, TEXT_WIDTH, TEXT_HEIGHT = 210, 297, 37, 28, 156, 225
"""Millimetres."""
ABOVE_MASTHEAD = 35
LINES, CHARACTERS = 22, 28
SMALL_TITLE, SONG, FANG, KAI, HEI = "方正小标宋简体", "宋体", "仿宋_GB2312", "楷体_GB2312", "黑体"
TWO, THREE, FOUR, SMALL = 22.0, 16.0, 14.0, 10.5
"""二号, 三号, 四号 and 五号 in points."""
FACES = {0: FANG, 1: HEI, 2: KAI, 3: FANG, 4: FANG}
"""By a paragraph's level."""
PITCH = Pt(int(Mm(TEXT_HEIGHT).twips / LINES) / 20)
"""From line to line; a twip more and the 22nd would not fit."""
CLOSER = math.floor((Mm(TEXT_WIDTH).pt / CHARACTERS - THREE) * 20)
RED = RGBColor(0xFF, 0, 0)
CENTRE, RIGHT, BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
LONGEST_MASTHEAD = 26
"""Characters at the least size; a longer name goes on in a second line."""


def docx_of(paper: Paper, day: datetime) -> bytes:
    """The same paper of the same day is the same bytes but for the archive's own time stamps."""
    made = Document()
    _page(made)
    _styles(made)
    _footers(made)
    if paper.mark:
        _header(made, paper.mark)
    if paper.masthead:
        _masthead(made, paper)
    _title(made, paper)
    for line in paper.lines:
        _body(made, line)
    if paper.annex:
        made.add_paragraph()
        _body(made, Line(0, "", f"附件：{paper.annex.title}"))
    _signature(made, paper)
    if paper.annex:
        _annex(made, paper.annex)
    made.core_properties.title = paper.title
    made.core_properties.author = paper.issuer
    made.core_properties.created = made.core_properties.modified = datetime.combine(day.date(), time())
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


# The page


def _page(made: Docx) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Mm(WIDTH), Mm(HEIGHT)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(HEIGHT - TOP - TEXT_HEIGHT)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(WIDTH - LEFT - TEXT_WIDTH)
    section.header_distance = Mm(15)
    # The dash of the page number lies 7 mm below the text area.
    section.footer_distance = Mm(HEIGHT - TOP - TEXT_HEIGHT - 7 - 3)
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(_element("w:docGrid", type="lines", linePitch=str(PITCH.twips)))
    made.settings.odd_and_even_pages_header_footer = True


def _styles(made: Docx) -> None:
    normal = made.styles["Normal"]
    normal.font.size = Pt(THREE)
    _face(normal.element.get_or_add_rPr(), FANG)
    # 28 characters of 三号 are wider than the text area. A grid of characters as well as lines would press them closer
    # in Word, while LibreOffice gives each of them two cells: so they stand closer by themselves, in twentieths.
    _put(normal.element.get_or_add_rPr(), "w:spacing", OF_RUN, val=str(CLOSER))
    properties = normal.element.get_or_add_pPr()
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        _put(properties, name, OF_PARAGRAPH, val="0")
    form = normal.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH
    form.widow_control = False


def _footers(made: Docx) -> None:
    """— 1 —: on odd pages at the right, on even ones at the left, each a character from the edge."""
    section = made.sections[0]
    for footer, at, side in ((section.footer, RIGHT, "right"), (section.even_page_footer, None, "left")):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = at
        _indent(paragraph, **{side: FOUR})
        for part in ("— ", "PAGE", " —"):
            run = _run(paragraph, "" if part == "PAGE" else part, SONG, FOUR)
            if part == "PAGE":
                _field(run, part)


def _header(made: Docx, mark: str) -> None:
    section = made.sections[0]
    for header in (section.header, section.even_page_header):
        paragraph = header.paragraphs[0]
        paragraph.alignment = RIGHT
        _run(paragraph, mark, HEI, FOUR)


# The head


def _masthead(made: Docx, paper: Paper) -> None:
    """发文机关标志 35 mm below the text area's edge; the number two lines on; 4 mm below it the red rule."""
    assert paper.masthead is not None
    paragraph = made.add_paragraph()
    paragraph.alignment = CENTRE
    size = min(Mm(TEXT_WIDTH).pt / max(min(len(paper.masthead), LONGEST_MASTHEAD), 1), 48.0)
    paragraph.paragraph_format.line_spacing = Pt(size * 1.2)
    paragraph.paragraph_format.space_before = Mm(ABOVE_MASTHEAD)
    _run(paragraph, paper.masthead, SMALL_TITLE, size, RED)
    made.add_paragraph()
    made.add_paragraph()
    number = made.add_paragraph()
    number.alignment = CENTRE
    _run(number, paper.number)
    rule = _put(number._p.get_or_add_pPr(), "w:pBdr", OF_PARAGRAPH)
    rule.append(_element("w:bottom", val="single", sz="12", space="11", color="FF0000"))


def _title(made: Docx, paper: Paper) -> None:
    if paper.masthead:
        for _ in range(2):
            made.add_paragraph()
    _heading(made, paper.title)
    made.add_paragraph()
    if paper.addressee:
        _run(made.add_paragraph(), f"{paper.addressee}：")


def _heading(made: Docx, text: str) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = CENTRE
    paragraph.paragraph_format.line_spacing = Pt(TWO * 1.5)
    _off_grid(paragraph)
    run = _run(paragraph, "", SMALL_TITLE, TWO)
    for n, line in enumerate(balanced(text, int(Mm(TEXT_WIDTH).pt / TWO))):
        if n:
            run.add_break()
        run.add_text(line)


BREAKS = "》”）、的和及与：，"
"""After these a title breaks best."""


def balanced(title: str, most: int) -> list[str]:
    """Lines of about the same length, none over ``most`` characters, broken at a word's end where one is near."""
    if width_of(title) <= most:
        return [title]
    count = math.ceil(width_of(title) / most)
    share = math.ceil(len(title) / count)
    near = [at for at in range(share - 4, min(share + 5, most, len(title))) if title[at - 1] in BREAKS]
    cut = min(near, key=lambda at: abs(at - share), default=min(share, most))
    return [title[:cut], *balanced(title[cut:], most)]


# The text


def _body(made: Docx, line: Line) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = BOTH
    _first_line(paragraph)
    if line.head:
        _run(paragraph, line.head, FACES[line.level])
    if line.text:
        _run(paragraph, line.text, FANG if line.head else FACES[line.level])


def _signature(made: Docx, paper: Paper) -> None:
    """署名 centred above 成文日期, which ends four characters from the right (as for a paper under seal)."""
    made.add_paragraph()
    made.add_paragraph()
    longer = (width_of(paper.day) - width_of(paper.issuer)) / 2
    for text, right in ((paper.issuer, max(4 + longer, 0)), (paper.day, 4.0)):
        paragraph = made.add_paragraph()
        paragraph.alignment = RIGHT
        paragraph.paragraph_format.keep_with_next = text == paper.issuer
        _indent(paragraph, right=right * THREE)
        _run(paragraph, text)


def width_of(text: str) -> float:
    """In characters: figures take half of one."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def _annex(made: Docx, annex: Annex) -> None:
    """On a page of its own: 附件, its title, the table, and what is said of its figures."""
    made.add_section(WD_SECTION.NEW_PAGE)
    _run(made.add_paragraph(), "附件", HEI)
    made.add_paragraph()
    _heading(made, annex.title)
    made.add_paragraph()
    _table(made, annex)
    for note in annex.notes:
        paragraph = made.add_paragraph()
        _small(paragraph)
        _run(paragraph, note, FANG, SMALL)


def _table(made: Docx, annex: Annex) -> None:
    table = made.add_table(rows=1 + len(annex.lines), cols=len(annex.headings), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = _widths(annex)
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = Mm(width)
    # By the cells' own elements: python-docx looks a whole table through for each cell that is asked for.
    for n, (row, cells) in enumerate(zip(table._tbl.tr_lst, [annex.headings, *annex.lines], strict=True)):
        properties = row.get_or_add_trPr()
        properties.append(_element("w:cantSplit"))
        if n == 0:
            properties.append(_element("w:tblHeader"))
        for element, value, width in zip(row.tc_lst, cells, widths, strict=True):
            element.width = Mm(width)
            paragraph = Paragraph(element.p_lst[0], table)
            is_name = n > 0 and isinstance(value, str) and value[-1:] not in "%0123456789"
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_name else CENTRE
            _small(paragraph)
            _run(paragraph, str(value), HEI if n == 0 else FANG, SMALL)


def _widths(annex: Annex) -> list[float]:
    """By the widest cell of each column, of whose heading two lines may be made; together the text area."""
    widest = []
    for heading, *cells in zip(annex.headings, *annex.lines, strict=True):
        longest = max((width_of(str(cell)) for cell in cells), default=0)
        widest.append(max(min(longest, 14), width_of(heading) / 2, 2) + 1.2)
    return [TEXT_WIDTH * each / sum(widest) for each in widest]


# What python-docx has no word for


def _run(paragraph: Paragraph, text: str, face: str = FANG, size: float = THREE, colour: RGBColor | None = None) -> Any:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    _face(run._r.get_or_add_rPr(), face)
    return run


def _face(properties: Any, face: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for part in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{part}"), face)


def _small(paragraph: Paragraph) -> None:
    paragraph.paragraph_format.line_spacing = Pt(SMALL * 1.5)
    _off_grid(paragraph)


def _off_grid(paragraph: Paragraph) -> None:
    _put(paragraph._p.get_or_add_pPr(), "w:snapToGrid", OF_PARAGRAPH, val="0")


def _first_line(paragraph: Paragraph) -> None:
    """Two characters: in hundredths of one, and as a length for programs that do not know those."""
    paragraph.paragraph_format.first_line_indent = Pt(2 * Mm(TEXT_WIDTH).pt / CHARACTERS)
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")


def _indent(paragraph: Paragraph, left: float = 0, right: float = 0) -> None:
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.right_indent = Pt(left), Pt(right)


def _field(run: Any, code: str) -> None:
    for kind in ("begin", None, "end"):
        part = _element("w:instrText") if kind is None else _element("w:fldChar", fldCharType=kind)
        if kind is None:
            part.text = code
        run._r.append(part)


OF_PARAGRAPH = (
    "w:pBdr",
    "w:autoSpaceDE",
    "w:autoSpaceDN",
    "w:snapToGrid",
    "w:spacing",
    "w:ind",
    "w:jc",
    "w:rPr",
    "w:sectPr",
)
OF_RUN = ("w:spacing", "w:kern", "w:sz", "w:szCs", "w:lang")
"""The order in which Word wants to find what is put in here, and what comes after it."""


def _put(properties: Any, name: str, order: tuple[str, ...], **attributes: str) -> Any:
    made = _element(name, **attributes)
    properties.insert_element_before(made, *order[order.index(name) + 1 :])
    return made


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made
