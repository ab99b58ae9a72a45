"""我的待办 as a table: every matter, in the order of its page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.operation import Reader
from app.core.paging import AT_ONCE
from app.core.params import parse_choice, parse_id, read_params
from app.core.tables import Column, Row, Table, labelled
from app.my_work import queries
from app.my_work.kinds import GROUPS

_PARSERS = {"unit": parse_id, "group": parse_choice(list(GROUPS))}
_NAMES = ("unit_name", "title", "why", "deadline_on", "lamp_words", "state_label", "verb")


def _asked(params: Mapping[str, str]) -> dict[str, Any]:
    return {"unit": None, "group": None} | read_params(params, _PARSERS)


def _pages(see: Reader, asked: dict[str, Any]) -> Iterator[Sequence[Row]]:
    for name in [asked["group"]] if asked["group"] else GROUPS:
        after, is_over = None, False
        while not is_over:
            found = queries.group(see, name, asked["unit"], AT_ONCE, after)
            yield [{"group": name, **{of: entry.get(of) for of in _NAMES}} for entry in found["data"]]
            after, is_over = found["next"], found["next"] is None


def _size(see: Reader, asked: dict[str, Any], most: int) -> int:
    return min(queries.count(see, asked["group"], asked["unit"]), most)


MATTERS = Table(
    "我的待办",
    (
        Column("分组", "group", labelled(GROUPS), 10),
        Column("单位", "unit_name", width=24),
        Column("事项", "title", width=40),
        Column("说明", "why", width=40),
        Column("时限", "deadline_on"),
        Column("亮灯", "lamp_words", width=16),
        Column("状态", "state_label", width=10),
        Column("要办的", "verb", width=10),
    ),
    _PARSERS,
    _asked,
    _pages,
    size=_size,
)
