"""What a chart of an indicator's periods is drawn from; the table beside it holds the same figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.assignments.words import dated, period

MOST_DRAWN = 6
"""Of the newest periods: as many as their names have room for on a telephone."""


def trend(row: Mapping[str, Any], together: str) -> dict[str, Any]:
    drawn = row["periods"][-MOST_DRAWN:]
    targets = [_plain(each["target"]) for each in drawn]
    results = [_plain(each["result"]) for each in drawn]
    highest = max([_plain(row["target"]), *targets, *(value for value in results if value is not None)])
    unit = "%" if row["measure"] == "percent" else ""
    return {
        "periods": drawn,
        "ticks": [_tick(each["period"]) for each in drawn],
        "series": [("目标", targets, True), (together, results, False)],
        "top": _top(highest, percent=bool(unit)),
        "unit": unit,
        "drawn": any(value is not None for value in results),
    }


def _tick(name: str) -> str:
    """Its words, and beneath them its year: side by side they have no room."""
    words = period(name)
    year = dated(name).removesuffix(words)
    return f"{words}\n{year}" if year else words


def _plain(figure: str | None) -> Any:
    return None if figure is None else float(figure) if "." in figure else int(figure)


def _top(highest: float, *, percent: bool) -> float:
    """An upper end that three lines divide evenly; a hundred of percentages."""
    if percent and 30 < highest <= 100:
        return 100
    steps = (3, 6, 9, 15)
    tops: Sequence[float] = [
        *(step / 10 for step in steps),
        *(step * 10**power for power in range(10) for step in steps),
    ]
    return next(top for top in sorted(tops) if top >= highest)
