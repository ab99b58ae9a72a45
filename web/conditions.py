"""What was asked of a list in which nothing is found, in the words of the page itself.

Each condition has its words on the page already: the option that is chosen, the day that is filled in, the pill or tile
that is marked. They are read there once the page is drawn, so that every list tells whatever its filters hold, and none
keeps a second copy of them. What a link alone brought, without a place among the filters, is told as well.
"""

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup, escape

from app.assignments.words import dated
from app.core.tables import PAGING

UNTOLD = Markup("<!--conditions-->")
"""Where ``ui.unmatched`` wants the conditions. Nothing that a person typed is drawn as a comment."""
UNWORDED = frozenset({"hidden", "checkbox", "radio"})
NO_CONDITION = frozenset({"view", "sort", "after", "open", *PAGING})
BY_LINK = {
    "unit_id": "指定的单位",
    "target_unit_id": "指定的被查单位",
    "handling_unit_id": "指定的承办单位",
    "inspecting_unit_id": "指定的督查单位",
    "school_id": "指定的学校（园）",
    "office_id": "指定的股室",
    "user_id": "指定的用户",
    "resource_id": "指定的对象",
    "plan_id": "指定的方案",
    "plan_item_id": "指定的任务项",
    "assignment_id": "指定的任务",
    "breakdown_id": "指定的分解",
    "campaign_id": "指定的专项行动",
    "inspection_id": "指定的督查",
    "appraisal_id": "指定的考核",
    "bulk": "批量",
}
"""Words of what came by a link and has none on the page."""
BY_VALUE: dict[str, Callable[[str], str]] = {
    "q": "“{}”".format,
    "year": "年度 {}".format,
    "period": dated,
    "since": "从 {}".format,
    "until": "到 {}".format,
}
OTHERS = "链接带来的其他条件"


class Pill(NamedTuple):
    path: str
    query: dict[str, str]
    is_marked: bool
    words: list[str]


class _Filters(HTMLParser):
    """The filters of a page: in ``fields`` what each holds by name, in ``rows`` the pills that stand together."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.rows: list[list[Pill]] = [[]]
        """The first row is that of the tiles."""
        self._labels: dict[str, list[str]] = {}
        self._options: list[tuple[str, bool, list[str]]] = []
        self._select = ""
        self._words: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if tag in ("form", "nav"):
            self._within = "filters" if "filters" in classes else "pills" if "pills" in classes else ""
            self.rows += [[]] if self._within == "pills" else []
        elif tag == "a" and (self._within == "pills" or "tile" in classes):
            parts, self._words = urlsplit(given.get("href", "")), []
            pill = Pill(parts.path, dict(parse_qsl(parts.query)), given.get("aria-current") == "true", self._words)
            self.rows[-1 if self._within == "pills" else 0].append(pill)
        elif self._within == "filters":
            self._filter(tag, given)

    def _filter(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "label":
            self._words = self._labels[given.get("for", "")] = []
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option":
            self._words = []
            self._options.append((given.get("value", ""), "selected" in given, self._words))
        elif tag == "input" and given.get("type") not in UNWORDED and (value := given.get("value", "").strip()):
            label = "".join(self._labels.get(given.get("id", ""), [])[:1])
            self.fields[given.get("name", "")] = f"“{value}”" if given.get("type") == "search" else f"{label} {value}"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("form", "nav"):
            self._within = ""
        elif tag == "select" and self._options:
            value, _, words = next((each for each in self._options if each[1]), self._options[0])
            if value:
                self.fields[self._select] = "".join(words)
            self._options = []
        if tag in ("a", "label", "option"):
            self._words = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._words.append(data.strip())


def conditions(page: str, asked: Mapping[str, str]) -> Markup:
    """What a page, up to where it has found nothing, is narrowed by; ``asked`` is what stands in its address."""
    filters = _Filters()
    filters.feed(page.partition(UNTOLD)[0])
    fields = {name: words for name, words in filters.fields.items() if name not in NO_CONDITION}
    told: list[str] = []
    known = set(fields)
    for row in filters.rows:
        for pill in (pill for pill in row if pill.is_marked):
            sets = {name for name in _governed(row, pill) if pill.query.get(name, "") == asked.get(name) != ""}
            if sets - known:
                told.append(re.sub(r"\s+[\d,]+$", "", "".join(pill.words[:1])))
                known |= sets
    told += fields.values()
    brought = [name for name, value in asked.items() if value.strip() and name not in known | NO_CONDITION]
    told += dict.fromkeys(
        BY_VALUE[name](asked[name]) if name in BY_VALUE else BY_LINK.get(name, OTHERS) for name in brought
    )
    return escape(f"当前条件：{'、'.join(told)}。" if told else "请换个条件再找。")


def _governed(row: list[Pill], pill: Pill) -> set[str]:
    """The parameters that the pills of a row change: all others they only pass on."""
    queries = [each.query for each in row if each.path == pill.path]
    return {name for query in queries for name in query if len({each.get(name) for each in queries}) > 1}
