"""What a preview is asked for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.errors import invalid
from app.core.params import parse_date, parse_id

OF_CLOSING: dict[str, Any] = {"effective_on": parse_date}
OF_MERGING: dict[str, Any] = {"successor_id": parse_id, **OF_CLOSING}


def _parsed(params: Mapping[str, str], parsers: Mapping[str, Any]) -> dict[str, Any]:
    for name in params:
        if name not in parsers:
            raise invalid(name[:40], f"没有这个参数，可用：{'、'.join(parsers)}")
    return {name: parse(name, params[name]) for name, parse in parsers.items() if params.get(name)}


def merging(params: Mapping[str, str]) -> tuple[int | None, date | None]:
    asked = _parsed(params, OF_MERGING)
    return asked.get("successor_id"), asked.get("effective_on")


def closing(params: Mapping[str, str]) -> date | None:
    day: date | None = _parsed(params, OF_CLOSING).get("effective_on")
    return day
