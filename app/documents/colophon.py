"""版记 (GB/T 9704-2012, 7.4): at the foot of the text area of the last page, which is an even one.

A document file does not know its pages: whoever opens it breaks them. So it is reckoned how far the text goes, on a
grid that leaves little room for doubt. Where the text surely ends on an even page with room below, the 版记 stands
there; otherwise on the next even page, and where that leaves a blank page before it, it bears no number (7.5).
"""

import math

from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Length, Mm, Pt
from docx.text.paragraph import Paragraph

from app.documents.paper import Colophon, Grid, Line, Paper
from app.documents.typesetting import (
    ABOVE_MASTHEAD,
    CHARACTERS,
    CLOSER,
    FOUR,
    LINES,
    OF_PARAGRAPH,
    PITCH,
    SMALL,
    TEXT_HEIGHT,
    TEXT_WIDTH,
    THREE,
    TOP,
    TWO,
    balanced,
    column_widths,
    indented,
    masthead_size,
    new_section,
    off_grid,
    put,
    width_of,
    write,
)

THICK, THIN = Mm(0.35), Mm(0.25)
"""The first and last rule, and those between."""
CHARACTER = FOUR + CLOSER / 20
COPIES = "抄送："
SURE = 2
"""Lines that the reckoning may be wrong by."""
SIGNATURE = 4
"""Lines of 署名 and 成文日期, with the two before them that leave room for the seal."""


def add_colophon(made: Docx, paper: Paper, colophon: Colophon) -> None:
    page, down, along = reckoned(paper)
    copies = _copies(colophon.copies)
    least, most = SURE * PITCH.pt, (LINES - SURE - 1 - len(copies)) * PITCH.pt
    if page % 2 or down < least or down + along > most:
        section = new_section(made, WD_SECTION.EVEN_PAGE)
        if page % 2 == 0:
            for footer in (section.footer, section.even_page_footer):
                footer.is_linked_to_previous = False
    _block(made, colophon, copies)
    anchor = made.add_paragraph()
    anchor.paragraph_format.line_spacing = Pt(1)
    off_grid(anchor)


def _block(made: Docx, colophon: Colophon, copies: list[str]) -> None:
    """A frame as wide as the text area, whose last rule is the area's lower edge wherever on the page the text ends.

    So its height must be known: the lines of 抄送 are broken here.
    """
    rules = 2 * THICK + (THIN if copies else 0)
    top = Mm(TOP + TEXT_HEIGHT) - (1 + len(copies)) * PITCH - rules
    _rule(made, top, THICK)
    if copies:
        paragraph = _framed(made, top)
        hanging = len(COPIES) * CHARACTER
        indented(paragraph, CHARACTER + hanging)
        paragraph.paragraph_format.first_line_indent = Pt(-hanging)
        run = write(paragraph, COPIES, size=FOUR)
        for n, line in enumerate(copies):
            if n:
                run.add_break()
            run.add_text(line)
        _rule(made, top, THIN)
    paragraph = _framed(made, top)
    indented(paragraph, CHARACTER)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(Mm(TEXT_WIDTH).pt - CHARACTER), WD_TAB_ALIGNMENT.RIGHT)
    write(paragraph, f"{colophon.printed_by}\t{colophon.day}", size=FOUR)
    _rule(made, top, THICK)


def _copies(names: list[str]) -> list[str]:
    """In lines that begin beneath the first name and leave a character free at the right; a name is not broken."""
    across = math.floor(Mm(TEXT_WIDTH).pt / CHARACTER - len(COPIES) - 2)
    lines: list[str] = []
    for part in [*(f"{name}，" for name in names[:-1]), *(f"{name}。" for name in names[-1:])]:
        if lines and width_of(lines[-1] + part) <= across:
            lines[-1] += part
        else:
            lines.append(part)
    return [line[at : at + across] for line in lines for at in range(0, len(line), across)]


def _rule(made: Docx, top: float, height: Length) -> None:
    """A black paragraph that high: with borders that differ, LibreOffice takes a frame's paragraphs out of it."""
    paragraph = _framed(made, top)
    paragraph.paragraph_format.line_spacing = height
    put(paragraph._p.get_or_add_pPr(), "w:shd", OF_PARAGRAPH, val="clear", color="auto", fill="000000")


def _framed(made: Docx, top: float) -> Paragraph:
    paragraph = made.add_paragraph()
    at = {"vAnchor": "page", "hAnchor": "margin", "xAlign": "left", "y": str(Length(int(top)).twips)}
    wide = str(Mm(TEXT_WIDTH).twips)
    put(paragraph._p.get_or_add_pPr(), "w:framePr", OF_PARAGRAPH, w=wide, wrap="notBeside", **at)
    off_grid(paragraph)
    return paragraph


# How far the text goes


def reckoned(paper: Paper) -> tuple[int, float, float]:
    """The page that the text ends on, and how far down it, in points; and how much further at most, where the
    signature takes the end of the text along to its page."""
    page, down = _flow(*_text(paper), [PITCH.pt] * SIGNATURE)
    if not paper.annex:
        return page + 1, down, PITCH.pt * _body(paper)[-1] if takes_text_along(paper) else 0
    annex = paper.annex
    widths = [width * CHARACTERS / TEXT_WIDTH * THREE / SMALL for width in column_widths(annex)]
    rows = [
        max(math.ceil(width_of(str(cell)) / max(width - 0.6, 1)) for cell, width in zip(cells, widths, strict=True))
        for cells in [annex.headings, *annex.lines]
    ]
    small = SMALL * 1.5
    heads = [PITCH.pt] * 3 + [TWO * 1.5] * _title_lines(annex.title)
    notes = [math.ceil(width_of(note) / (CHARACTERS * THREE / SMALL)) for note in annex.notes]
    page, down = _flow(page + 1, 0, [*heads, *(n * small + 0.5 for n in rows), *(n * small for n in notes)])
    return page + 1, down, 0


def takes_text_along(paper: Paper) -> bool:
    """Whether the signature may come upon a page by itself: then the end of the text has to go there with it.

    How high a table in the text becomes is not reckoned, so behind one that may be anywhere.
    """
    if any(isinstance(line, Grid) for line in paper.lines):
        return True
    _, down = _text(paper)
    line = float(PITCH.pt)
    return down <= (1 + _named(paper)) * line or down > (LINES - SIGNATURE - SURE) * line


def _text(paper: Paper) -> tuple[int, float]:
    """Where what is signed ends, its annex named."""
    return _flow(0, 0, _head(paper) + [PITCH.pt] * (sum(_body(paper)) + _named(paper)))


def _named(paper: Paper) -> int:
    """Lines that name the annex, with the one before."""
    return 2 if paper.annex else 0


def _flow(page: int, down: float, heights: list[float]) -> tuple[int, float]:
    for height in heights:
        if down + height > LINES * PITCH.pt + 1:
            page, down = page + 1, 0
        down += height
    return page, down


def _head(paper: Paper) -> list[float]:
    title = [TWO * 1.5] * _title_lines(paper.title) + [PITCH.pt] * (2 if paper.addressee else 1)
    if not paper.masthead:
        return title
    above = Mm(ABOVE_MASTHEAD).pt + masthead_size(paper.masthead) * 1.2
    return [above, *[PITCH.pt] * 5, *title]


def _title_lines(title: str) -> int:
    return len(balanced(title, int(Mm(TEXT_WIDTH).pt / TWO)))


def _body(paper: Paper) -> list[int]:
    """How many lines each paragraph takes."""
    found = [line for line in paper.lines if isinstance(line, Line)]
    return [math.ceil((2 + width_of(line.head + line.text)) / CHARACTERS) for line in found] or [0]
