"""通报排名, with the figures of DOMAIN §6, the formula and the time it was taken."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.operation import Reader
from app.core.params import parse_id, read_params
from app.core.tables import Column, Row, Table, at_minute, figure
from app.dashboard import queries

PARSERS = {"plan_id": parse_id}


def _asked(params: Mapping[str, str]) -> int | None:
    return read_params(params, PARSERS).get("plan_id")


def _pages(see: Reader, plan_id: int | None) -> Iterator[Sequence[Row]]:
    yield queries.dashboard(see, plan_id)["ranking"]


def _rate(value: float | None, _known: Any = None) -> str:
    return "" if value is None else f"{value:g}%"


RANKING = Table(
    "通报排名",
    (
        Column("名次", "rank", figure, 8),
        Column("单位", "unit_name", width=24),
        Column("按时签收率", "signed_rate", _rate),
        Column("按期办结率", "in_time_rate", _rate),
        Column("退回率", "send_back_rate", _rate),
        Column("逾期数", "late", figure),
        Column("整改销号率", "closed_rate", _rate),
        Column("综合", "score", lambda score, known: f"{score:.1f}"),
    ),
    PARSERS,
    _asked,
    _pages,
    notes=lambda see: (queries.FORMULA, f"数据快照 {at_minute(see.now)}"),
)
