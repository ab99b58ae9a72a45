"""A paper as .docx, laid out by GB/T 9704-2012 (党政机关公文格式). Fonts are named, never shipped.

A4; the text area of 156 × 225 mm begins 37 mm below the top and 28 mm from the left edge; 22 lines of 28 characters.
"""

import io
from datetime import datetime, time

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from app.documents.colophon import add_colophon, takes_text_along
from app.documents.paper import Annex, Grid, Line, Paper
from app.documents.typesetting import (
    ABOVE_MASTHEAD,
    BOTH,
    CENTRE,
    CLOSER,
    FACES,
    FANG,
    FOUR,
    HEI,
    HEIGHT,
    LEFT,
    OF_PARAGRAPH,
    OF_RUN,
    PITCH,
    RED,
    RIGHT,
    SMALL,
    SMALL_TITLE,
    SONG,
    TEXT_HEIGHT,
    TEXT_WIDTH,
    THREE,
    TOP,
    TWO,
    WIDTH,
    balanced,
    column_widths,
    element,
    field,
    first_line,
    indented,
    masthead_size,
    new_section,
    off_grid,
    put,
    small,
    typeface,
    width_of,
    write,
)

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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
        _grid(made, line) if isinstance(line, Grid) else _body(made, line)
    if paper.annex:
        made.add_paragraph()
        _body(made, Line(0, "", f"附件：{paper.annex.title}"))
    _signature(made, paper)
    if paper.annex:
        _annex(made, paper.annex)
    if paper.colophon:
        add_colophon(made, paper, paper.colophon)
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
    properties.append(element("w:docGrid", type="lines", linePitch=str(PITCH.twips)))
    made.settings.odd_and_even_pages_header_footer = True


def _styles(made: Docx) -> None:
    normal = made.styles["Normal"]
    normal.font.size = Pt(THREE)
    typeface(normal.element.get_or_add_rPr(), FANG)
    # 28 characters of 三号 are wider than the text area. A grid of characters as well as lines would press them closer
    # in Word, while LibreOffice gives each of them two cells: so they stand closer by themselves, in twentieths.
    put(normal.element.get_or_add_rPr(), "w:spacing", OF_RUN, val=str(CLOSER))
    properties = normal.element.get_or_add_pPr()
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        put(properties, name, OF_PARAGRAPH, val="0")
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
        indented(paragraph, **{side: FOUR})
        for part in ("— ", "PAGE", " —"):
            run = write(paragraph, "" if part == "PAGE" else part, SONG, FOUR)
            if part == "PAGE":
                field(run, part)


def _header(made: Docx, mark: str) -> None:
    section = made.sections[0]
    for header in (section.header, section.even_page_header):
        paragraph = header.paragraphs[0]
        paragraph.alignment = RIGHT
        write(paragraph, mark, HEI, FOUR)


# The head


def _masthead(made: Docx, paper: Paper) -> None:
    """发文机关标志 35 mm below the text area's edge; the number two lines on; 4 mm below it the red rule."""
    assert paper.masthead is not None
    paragraph = made.add_paragraph()
    paragraph.alignment = CENTRE
    size = masthead_size(paper.masthead)
    paragraph.paragraph_format.line_spacing = Pt(size * 1.2)
    paragraph.paragraph_format.space_before = Mm(ABOVE_MASTHEAD)
    write(paragraph, paper.masthead, SMALL_TITLE, size, RED)
    made.add_paragraph()
    made.add_paragraph()
    number = made.add_paragraph()
    number.alignment = CENTRE
    write(number, paper.number)
    rule = put(number._p.get_or_add_pPr(), "w:pBdr", OF_PARAGRAPH)
    rule.append(element("w:bottom", val="single", sz="12", space="11", color="FF0000"))


def _title(made: Docx, paper: Paper) -> None:
    if paper.masthead:
        for _ in range(2):
            made.add_paragraph()
    _heading(made, paper.title)
    made.add_paragraph()
    if paper.addressee:
        write(made.add_paragraph(), f"{paper.addressee}：")


def _heading(made: Docx, text: str) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = CENTRE
    paragraph.paragraph_format.line_spacing = Pt(TWO * 1.5)
    off_grid(paragraph)
    run = write(paragraph, "", SMALL_TITLE, TWO)
    for n, line in enumerate(balanced(text, int(Mm(TEXT_WIDTH).pt / TWO))):
        if n:
            run.add_break()
        run.add_text(line)


# The text


def _body(made: Docx, line: Line) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = BOTH
    first_line(paragraph)
    if line.head:
        write(paragraph, line.head, FACES[line.level])
    if line.text:
        write(paragraph, line.text, FANG if line.head else FACES[line.level])


def _grid(made: Docx, grid: Grid) -> None:
    title = made.add_paragraph()
    title.alignment = CENTRE
    title.paragraph_format.keep_with_next = True
    small(title)
    write(title, grid.title, HEI, SMALL)
    _table(made, grid)
    small(made.add_paragraph())


def _signature(made: Docx, paper: Paper) -> None:
    """署名 centred above 成文日期, which ends four characters from the right (as for a paper under seal).

    Both stand on a page with text: nobody could put a page with a seal alone behind another paper.
    """
    end = made.paragraphs[-3 if paper.annex else -1 :]
    before = [*end, made.add_paragraph(), made.add_paragraph()]
    if takes_text_along(paper):
        if paper.lines and isinstance(paper.lines[-1], Grid):
            # What stands behind a table is empty: the text that goes along is the table's last row.
            before += [Paragraph(cell.p_lst[0], made) for cell in made.tables[-1]._tbl.tr_lst[-1].tc_lst]
        for paragraph in before:
            paragraph.paragraph_format.keep_with_next = True
    longer = (width_of(paper.day) - width_of(paper.issuer)) / 2
    for text, right in ((paper.issuer, max(4 + longer, 0)), (paper.day, 4.0)):
        paragraph = made.add_paragraph()
        paragraph.alignment = RIGHT
        paragraph.paragraph_format.keep_with_next = text == paper.issuer
        indented(paragraph, right=right * THREE)
        write(paragraph, text)


def _annex(made: Docx, annex: Annex) -> None:
    """On a page of its own: 附件, its title, the table, and what is said of its figures."""
    new_section(made, WD_SECTION.NEW_PAGE)
    write(made.add_paragraph(), "附件", HEI)
    made.add_paragraph()
    _heading(made, annex.title)
    made.add_paragraph()
    _table(made, annex)
    for note in annex.notes:
        paragraph = made.add_paragraph()
        small(paragraph)
        write(paragraph, note, FANG, SMALL)


def _table(made: Docx, annex: Annex | Grid) -> None:
    table = made.add_table(rows=1 + len(annex.lines), cols=len(annex.headings), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = column_widths(annex)
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = Mm(width)
    # By the cells' own elements: python-docx looks a whole table through for each cell that is asked for.
    for n, (row, cells) in enumerate(zip(table._tbl.tr_lst, [annex.headings, *annex.lines], strict=True)):
        properties = row.get_or_add_trPr()
        properties.append(element("w:cantSplit"))
        if n == 0:
            properties.append(element("w:tblHeader"))
        for cell, value, width in zip(row.tc_lst, cells, widths, strict=True):
            cell.width = Mm(width)
            paragraph = Paragraph(cell.p_lst[0], table)
            is_name = n > 0 and isinstance(value, str) and value[-1:] not in "%0123456789"
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_name else CENTRE
            small(paragraph)
            write(paragraph, str(value), HEI if n == 0 else FANG, SMALL)
