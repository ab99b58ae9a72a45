"""The page of GB/T 9704-2012 in figures, and what python-docx has no word for."""

import math
from typing import Any

from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from app.documents.paper import Annex, Grid

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


def masthead_size(name: str) -> float:
    """In points, so that the name takes one line if it can."""
    return min(float(Mm(TEXT_WIDTH).pt) / max(min(len(name), LONGEST_MASTHEAD), 1), 48.0)


def width_of(text: str) -> float:
    """In characters: figures take half of one."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)


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


def column_widths(annex: Annex | Grid) -> list[float]:
    """By the widest cell of each column, of whose heading two lines may be made; together the text area."""
    widest = []
    for heading, *cells in zip(annex.headings, *annex.lines, strict=True):
        longest = max((width_of(str(cell)) for cell in cells), default=0)
        widest.append(max(min(longest, 14), width_of(heading) / 2, 2) + 1.2)
    return [TEXT_WIDTH * each / sum(widest) for each in widest]


def new_section(made: Docx, start: WD_SECTION) -> Section:
    """What ends the section before is a paragraph, which must not take a line of its page."""
    section: Section = made.add_section(start)
    ending = Paragraph(made.element.body.p_lst[-1], made)
    ending.paragraph_format.line_spacing = Pt(1)
    off_grid(ending)
    return section


def write(
    paragraph: Paragraph, text: str, face: str = FANG, size: float = THREE, colour: RGBColor | None = None
) -> Any:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    typeface(run._r.get_or_add_rPr(), face)
    return run


def typeface(properties: Any, face: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for part in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{part}"), face)


def small(paragraph: Paragraph) -> None:
    paragraph.paragraph_format.line_spacing = Pt(SMALL * 1.5)
    off_grid(paragraph)


def off_grid(paragraph: Paragraph) -> None:
    put(paragraph._p.get_or_add_pPr(), "w:snapToGrid", OF_PARAGRAPH, val="0")


def first_line(paragraph: Paragraph) -> None:
    """Two characters: in hundredths of one, and as a length for programs that do not know those."""
    paragraph.paragraph_format.first_line_indent = Pt(2 * Mm(TEXT_WIDTH).pt / CHARACTERS)
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")


def indented(paragraph: Paragraph, left: float = 0, right: float = 0) -> None:
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.right_indent = Pt(left), Pt(right)


def field(run: Any, code: str) -> None:
    for kind in ("begin", None, "end"):
        part = element("w:instrText") if kind is None else element("w:fldChar", fldCharType=kind)
        if kind is None:
            part.text = code
        run._r.append(part)


OF_PARAGRAPH = (
    "w:framePr",
    "w:pBdr",
    "w:shd",
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


def put(properties: Any, name: str, order: tuple[str, ...], **attributes: str) -> Any:
    made = element(name, **attributes)
    properties.insert_element_before(made, *order[order.index(name) + 1 :])
    return made


def element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made
