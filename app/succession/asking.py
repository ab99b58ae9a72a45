"""What a preview is asked for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.datastructures import QueryParams

from app.core.params import parse_date, parse_id, read_params

Params = QueryParams | Mapping[str, str]

OF_CLOSING: dict[str, Any] = {"effective_on": parse_date}
OF_MERGING: dict[str, Any] = {"successor_id": parse_id, **OF_CLOSING}


def merging(params: Params) -> tuple[int | None, date | None]:
    asked = read_params(params, OF_MERGING)
    return asked.get("successor_id"), asked.get("effective_on")


def closing(params: Params) -> date | None:
    day: date | None = read_params(params, OF_CLOSING).get("effective_on")
    return day
