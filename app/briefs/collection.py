"""The collection (选编): selected and promoted briefs of a period as one paper, to print or to hand on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.briefs.models import BRIEF, BRIEF_KIND_LABELS, BriefKind
from app.briefs.queries import COLUMNS, FILTERS, SOURCE, present
from app.briefs.rules import CHOSEN, POLICY, PROMOTED
from app.core.calendar import long_day
from app.core.db import unbounded
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Listing, Sort
from app.core.params import parse_choice, parse_date, parse_id, parse_text, read_params
from app.documents.paper import Line, Paper
from app.plans.parser.docx_numerals import chinese
from app.units.models import UNIT

MOST = 300
"""Briefs of one collection."""
TITLE = "清廉学校建设简报选编"
PARSERS = {
    "kind": FILTERS["kind"].parse,
    "written_from": parse_date,
    "written_to": parse_date,
    "plan_id": parse_id,
    "state": parse_choice(list(CHOSEN)),
    "title": parse_text,
}
"""``state=promoted``: without those that were only selected. ``title``: what stands above it."""
_LISTING = Listing(
    policy=POLICY,
    source=SOURCE,
    columns=[*COLUMNS, BRIEF.c.text],
    sorts={"written_on": Sort(BRIEF.c.written_on, False, date.fromisoformat)},
    filters={name: FILTERS[name] for name in ("kind", "written_from", "written_to", "plan_id", "state")},
)


@unbounded
def collected(see: Reader, params: Mapping[str, str]) -> tuple[Paper, datetime, int]:
    """The paper, its day, and how many briefs are in it. 422 for more than fit one."""
    given = read_params(params, PARSERS)
    asked = {name: value for name, value in params.items() if name != "title"}
    asked.setdefault("state", ",".join(CHOSEN))
    rows: list[Any] = []
    for some in _LISTING.every(see, _LISTING.asked(asked)):
        rows += some
        if len(rows) > MOST:
            raise invalid("written_from", f"超过 {MOST} 篇，请缩小日期范围或只选一类")
    bureau = see.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == see.actor.district_id)).scalar_one()
    paper = Paper(
        masthead=None,
        number="",
        title=_plain(given.get("title") or TITLE),
        addressee="",
        lines=_lines([present(see, row) | {"text": row.text} for row in rows]),
        issuer=bureau,
        day=long_day(see.today),
        annex=None,
        colophon=None,
        mark=None,
    )
    return paper, see.now, len(rows)


_NO_XML = {0xFFFE: None, 0xFFFF: None}


def _plain(text: str) -> str:
    """One line, without the two characters that no XML may hold."""
    return " ".join(text.translate(_NO_XML).split())


def _lines(briefs: list[dict[str, Any]]) -> list[Line]:
    """By kind, in the order of their days: 一、亮点, （一）the title, who and when, the text as it was written."""
    lines: list[Line] = []
    kinds = [kind for kind in BriefKind if any(each["kind"] == kind for each in briefs)]
    for place, kind in enumerate(kinds, 1):
        lines.append(Line(1, f"{chinese(place)}、{BRIEF_KIND_LABELS[kind]}", ""))
        for number, brief in enumerate((each for each in briefs if each["kind"] == kind), 1):
            lines.append(Line(2, f"（{chinese(number)}）{_plain(brief['title'])}", ""))
            promoted = "，全区推广" if brief["state"] == PROMOTED else ""
            lines.append(Line(0, "", f"（{brief['unit_name']}，{long_day(brief['written_on'])}{promoted}）"))
            lines += [Line(0, "", _plain(text)) for text in brief["text"].split("\n") if _plain(text)]
            if brief["link"]:
                lines.append(Line(0, "", f"链接：{brief['link']}"))
    return lines
