"""What lies in a box beside its files: the catalogue as a workbook, and a cover with the spine, ready to print.

Cover and spine are a page for any browser rather than a document: the same box gives the same bytes, millimetres come
out of the printer as millimetres, and no office program is needed on the machine where a box is opened.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from app.assignments.words import dated
from app.boxes.models import BOX_STATE_LABELS, RETENTION_LABELS, BoxState, Retention
from app.core.calendar import SHANGHAI, long_day
from app.plans.models import EVIDENCE_KIND_LABELS, EvidenceKind

COLUMNS = (
    ("盒号", 10),
    ("盒名", 16),
    ("分项", 20),
    ("材料名称", 26),
    ("文号", 14),
    ("日期", 11),
    ("形成单位", 13),
    ("页数", 6),
    ("份数", 6),
    ("保管期限", 9),
    ("存放位置", 11),
    ("电子件", 28),
)
"""In characters: as many as stand readable beside one another on A4 landscape; longer texts go on below."""
LINE = 15
"""Points."""
GAPS = (("分项", 36), ("资料类别", 12), ("期间", 12), ("不归档的理由", 60))
_AS_TEXT = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
"""Whatever a cell begins with, it stays the text it was."""


def workbook(box: dict[str, Any], paths: dict[int, str], dated: datetime) -> bytes:
    """卷内目录: a line for each piece, 电子件 its path in the archive; what is explained away on a second sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _AS_TEXT) as book:
        book.set_properties({"title": f"{box['number']} {box['name']}", "created": dated.replace(tzinfo=None)})
        lines = [_line(box, entry, paths) for entry in box["entries"]]
        _sheet(book, "卷内目录", COLUMNS, lines)
        gaps = [gap for gap in box["missing"] if gap["explanation"]]
        if gaps:
            _sheet(book, "缺件说明", GAPS, [_gap(gap) for gap in gaps])
    return out.getvalue()


def _line(box: dict[str, Any], entry: dict[str, Any], paths: dict[int, str]) -> list[str | int]:
    return [
        box["number"],
        box["name"],
        f"{item_of(entry)} · {EVIDENCE_KIND_LABELS[EvidenceKind(entry['kind'])]}",
        entry["title"],
        entry["document_number"] or "",
        entry["evidence_on"].isoformat(),
        entry["unit_name"],
        entry["pages"] or "",
        entry["copies"],
        RETENTION_LABELS[Retention(entry["retention"])],
        box["location"] or "",
        paths.get(entry["number"], ""),
    ]


def _gap(gap: dict[str, Any]) -> list[str | int]:
    kind = EVIDENCE_KIND_LABELS[EvidenceKind(gap["kind"])]
    return [item_of(gap), kind, dated(gap["period"]), gap["explanation"]]


def _sheet(book: Any, name: str, columns: tuple[tuple[str, int], ...], lines: list[list[str | int]]) -> None:
    head = book.add_format({"bold": True, "bg_color": "#F0F2F5", "border": 1, "valign": "vcenter"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("第 &P 页 共 &N 页")
    sheet.freeze_panes(1, 0)
    for at, (heading, width) in enumerate(columns):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, heading, head)
    for row, line in enumerate(lines, 1):
        # Not every program makes a row as high as its text when it opens a workbook.
        sheet.set_row(row, LINE * max(_lines(value, width) for value, (_, width) in zip(line, columns, strict=True)))
        for at, value in enumerate(line):
            write = sheet.write_number if isinstance(value, int) else sheet.write_string
            write(row, at, value, cell)
    sheet.autofilter(0, 0, max(len(lines), 1), len(columns) - 1)


def _lines(value: str | int, width: int) -> int:
    """How many lines a cell's text takes in a column that wide; a Chinese character is as wide as two others."""
    taken = sum(2 if ord(character) > 0x2E7F else 1 for character in str(value))
    return max(1, -(-taken // (width - 1)))


def item_of(place: Mapping[str, Any]) -> str:
    """第5项 依法治教、依法办学、依法治校."""
    if place["item_number"] is None:
        return "其他材料"
    number = place["item_number"]
    return f"{f'第{number}项' if number.isdigit() else number} {place['item_title']}"


def cover(box: dict[str, Any]) -> bytes:
    """The cover on one page of A4, the spine to cut out on the next."""
    sealed = box["sealed_at"].astimezone(SHANGHAI).date() if box["sealed_at"] else None
    closed = f"{long_day(sealed)} {box['sealed_by_name'] or ''}" if sealed else BOX_STATE_LABELS[BoxState(box["state"])]
    counted = [entry["pages"] for entry in box["entries"]]
    on_paper = sum(entry["evidence_id"] is None for entry in box["entries"])
    pages = f"{sum(filter(None, counted))} 页" if counted and all(counted) else "—"
    over = f"{box['handed_over_to']}（{long_day(box['handed_over_on'])}）" if box["handed_over_to"] else "—"
    facts = {
        "方案": box["plan_title"],
        "年度": f"{box['year']}年",
        "件数": f"{len(box['entries'])} 件" + (f"（其中只有纸质的 {on_paper} 件）" if on_paper else ""),
        "页数": pages,
        "保管期限": RETENTION_LABELS[Retention(box["retention"])],
        "存放位置": box["location"] or "—",
        "整理人": box["created_by_name"] or "—",
        "封盒": closed,
        "移交": over,
    }
    rows = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return _PAGE.format(
        number=box["number"],
        year=box["year"],
        short=box["number"].partition("-")[2],
        name=escape(box["name"]),
        unit=escape(box["unit_name"]),
        category=escape(box["category"] or ""),
        retention=facts["保管期限"],
        rows=rows,
    ).encode()


_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{number} 封面与盒脊</title>
<style>
@page {{ size: A4; margin: 20mm }}
body {{ font-family: "FangSong", "仿宋", "Noto Serif CJK SC", serif; color: #000; margin: 0; font-size: 14pt }}
section {{ break-after: page }}
section:last-child {{ break-after: auto }}
.cover {{ height: 255mm; display: flex; flex-direction: column; align-items: center; text-align: center }}
.cover .unit {{ font-size: 18pt; margin: 18mm 0 0 }}
h1 {{ font-family: "SimHei", "黑体", "Noto Sans CJK SC", sans-serif; font-size: 26pt; margin: 12mm 0 4mm }}
.cover .number {{ font-size: 20pt; margin: 0 0 20mm }}
table {{ border-collapse: collapse; width: 140mm; text-align: left }}
th, td {{ border: 1px solid #000; padding: 3mm 4mm; vertical-align: top }}
th {{ width: 28mm; font-weight: normal; white-space: nowrap }}
.spine {{ width: 30mm; height: 240mm; border: 1px dashed #666; text-align: center; display: flex;
  flex-direction: column; justify-content: space-between; padding: 6mm 0; box-sizing: border-box }}
.spine p {{ margin: 0 }}
.spine .name {{ writing-mode: vertical-rl; align-self: center; flex: 1; margin: 6mm 0; font-size: 16pt;
  font-family: "SimHei", "黑体", "Noto Sans CJK SC", sans-serif; max-width: 24mm; overflow: hidden }}
.spine .number {{ font-size: 16pt }}
.hint {{ font-size: 10pt; color: #444 }}
@media print {{ .hint {{ display: none }} }}
</style>
</head>
<body>
<section class="cover">
<p class="unit">{unit}</p>
<h1>{name}</h1>
<p class="number">盒号 {number}</p>
<table>{rows}</table>
</section>
<section>
<p class="hint">盒脊：按虚线裁下，贴在盒脊上（30 毫米宽）。</p>
<div class="spine"><p>{year}</p><p>{category}</p><p class="name">{name}</p><p>{unit}</p><p>{retention}</p>\
<p class="number">{short}</p></div>
</section>
</body>
</html>
"""
