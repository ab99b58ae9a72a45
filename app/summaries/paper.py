"""A summary as a paper by GB/T 9704: each section with its sentences, its prose and its tables."""

from typing import Any

import sqlalchemy as sa

from app.core.calendar import long_day, today_of
from app.core.operation import Reader
from app.core.tables import at_minute
from app.documents.paper import Grid, Line, Paper, lines_of
from app.plans.parser.docx_numerals import chinese
from app.summaries.rules import DRAFT
from app.units.models import UNIT

_NO_XML = {0xFFFE: None, 0xFFFF: None}
"""No XML may hold these."""


def title_of(told: dict[str, Any]) -> str:
    return f"{told['plan_title']}{told['year']}年度工作总结"


def paper_of(see: Reader, told: dict[str, Any]) -> Paper:
    """``told`` as ``queries.whole`` gives it."""
    bureau = see.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == see.actor.district_id)).scalar_one()
    lines: list[Line | Grid] = [Line(0, "", f"（数据快照 {at_minute(told['snapshot_at'])}）")]
    for place, section in enumerate(told["sections"], 1):
        lines.append(Line(1, f"{chinese(place)}、{section['title']}", ""))
        lines += _body(section)
    summary = told["summary"]
    return Paper(
        masthead=None,
        number="",
        title=_plain(title_of(told)),
        addressee="",
        lines=lines,
        issuer=bureau,
        day=long_day(today_of(told["snapshot_at"])),
        annex=None,
        colophon=None,
        mark="草稿，未定稿" if summary and summary["state"] == DRAFT and told["number"] is None else None,
    )


def _body(section: dict[str, Any]) -> list[Line | Grid]:
    found: list[Line | Grid] = [Line(0, "", _plain(each)) for each in section["sentences"]]
    found += lines_of(_plain(section["text"] or ""))
    if section["figures"]:
        pairs = [[each["label"], each["text"]] for each in section["figures"]]
        found.append(Grid(f"{section['title']}主要数据", ["指标", "数据"], pairs))
    if section["table"]:
        cells = [[_plain(cell["text"]) for cell in line] for line in section["table"]["lines"]]
        found.append(Grid(f"{section['title']}明细", section["table"]["headings"], cells))
    found += [Line(0, "", f"说明：{each}") for each in section["notes"]]
    return found or [Line(0, "", "（未填写）")]


def _plain(text: str) -> str:
    return text.translate(_NO_XML)
