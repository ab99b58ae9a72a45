"""A document as it stands on paper, whatever it is printed by: masthead, number, title, paragraphs by level, annex."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from app.core.calendar import long_day, today_of
from app.documents.models import TALKS, DocumentKind, DocumentState

LEVELS = (
    re.compile(r"[一二三四五六七八九十]{1,3}、"),
    re.compile(r"（[一二三四五六七八九十]{1,3}）"),
    re.compile(r"[0-9]{1,2}[.．](?![0-9])"),
    re.compile(r"[（(][0-9]{1,2}[）)]"),
)
"""一、（一）1.（1）: the four levels of GB/T 9704-2012, 7.3.3."""
MOST_NAMED = 5
"""Units that 主送 names one by one."""
_BETWEEN = re.compile(r"[，、；,;]")
MARKS = {
    DocumentState.DRAFT: "草稿，未经批准",
    DocumentState.SUBMITTED: "送审稿，未经批准",
    DocumentState.VOIDED: "已作废",
}


class Line(NamedTuple):
    """A paragraph: ``head`` is what stands in its level's own typeface, ``text`` the rest. Level 0 has no number."""

    level: int
    head: str
    text: str


SIGNED = Line(0, "", "约谈人（签名）：　　　　　　　被约谈人（签名）：")


class Grid(NamedTuple):
    """A table among the paragraphs, its title above it."""

    title: str
    headings: list[str]
    lines: list[list[Any]]


class Annex(NamedTuple):
    title: str
    headings: list[str]
    lines: list[list[Any]]
    notes: list[str]


class Colophon(NamedTuple):
    """版记, at the foot of the last page: 抄送, 印发机关 and 印发日期."""

    copies: list[str]
    printed_by: str
    day: str


class Paper(NamedTuple):
    masthead: str | None
    """发文机关标志, in red; a record has none."""
    number: str
    title: str
    addressee: str
    lines: Sequence[Line | Grid]
    issuer: str
    day: str
    annex: Annex | None
    colophon: Colophon | None
    """A record has none: it is kept, not sent out."""
    mark: str | None
    """What the head of each page says of a paper that does not hold: 草稿, 已作废."""


def line_of(text: str) -> Line:
    """A heading of the first two levels ends with its line, or with the first sentence of a longer one."""
    level = next((n for n, pattern in enumerate(LEVELS, 1) if pattern.match(text)), 0)
    if level not in (1, 2):
        return Line(level, "", text)
    head, stop, rest = text.partition("。")
    return Line(level, head + stop if rest else text, rest)


def lines_of(body: str) -> list[Line]:
    return [line_of(text) for each in body.split("\n") if (text := " ".join(each.split()))]


def number_of(prefix: str | None, year: int | None, number: int | None) -> str | None:
    """发文字号: the year in 〔〕, the number neither padded nor with 第."""
    return None if number is None else f"{prefix}〔{year}〕{number}号"


def paper_of(shown: dict[str, Any], names: Sequence[str], copies: Sequence[str] = ()) -> Paper:
    """``shown``: a document as ``queries.one`` gives it. ``names``: of its first units; ``copies``: of those of 抄送,
    behind the bodies that are no units here, which are higher or equal ones."""
    record = shown["kind"] == DocumentKind.TALK_RECORD
    figures = shown["figures"]
    approved = shown["approved_at"]
    others = [name for each in _BETWEEN.split(shown["copy_others"] or "") if (name := each.strip())]
    day = long_day(today_of(approved)) if approved else "　　年　月　日"
    return Paper(
        masthead=None if record else shown["issuer"],
        number=(shown["number"] or "") if record or shown["number"] else "〔　　〕　号",
        title=shown["title"],
        addressee="" if record else shown["addressee"] or named(names),
        lines=[*_talk(shown), *lines_of(shown["body"]), *([SIGNED] if record else [])],
        issuer=shown["issuer"],
        day=day,
        annex=Annex(figures["title"], figures["headings"], figures["lines"], figures["notes"]) if figures else None,
        # A paper is printed when it is approved: the day stands on it already when it is served.
        colophon=None if record else Colophon([*others, *copies], shown["printed_by"] or shown["issuer"], f"{day}印发"),
        mark=MARKS.get(shown["state"]),
    )


def named(names: Sequence[str]) -> str:
    return "、".join(names) if len(names) <= MOST_NAMED else "各有关单位"


def _talk(shown: dict[str, Any]) -> list[Line]:
    """Who, when and where stands at the head of both papers of a talk."""
    if shown["kind"] not in TALKS:
        return []
    on: date | None = shown["talk_on"]
    when = f"{long_day(on)}{_clock(shown['talk_time'])}" if on else None
    told = {"约谈对象": shown["talk_with"], "约谈时间": when, "约谈地点": shown["talk_place"]}
    if shown["kind"] == DocumentKind.TALK_RECORD:
        told |= {"约谈人": shown["talk_by"], "记录人": shown["talk_recorder"], "约谈通知书": shown["number"]}
    facts = [Line(0, "", f"{name}：{value or ''}") for name, value in told.items()]
    if shown["kind"] == DocumentKind.TALK_RECORD:
        return facts
    return [Line(0, "", "经研究，决定对你单位有关负责人进行约谈，现将有关事项通知如下："), *facts]


def _clock(time: str | None) -> str:
    """9时30分, 9时."""
    if not time:
        return ""
    hours, minutes = (int(part) for part in time.split(":"))
    return f"{hours}时{f'{minutes:02}分' if minutes else ''}"
