"""Figures as they are counted: exact, with at most two digits after the point, and bounded."""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BeforeValidator, WithJsonSchema

MOST = Decimal("999999999.99")
_WRITTEN = re.compile(r"(\d{1,12})(?:\.(\d{1,12}))?")
_CENT = Decimal("0.01")


def amount_of(value: Any) -> Decimal:
    """A number, or one written as text; ValueError in Chinese for what is none, or out of bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("请填写数字")
    # The digits that were sent: 0.1 is a tenth, and no binary fraction near it.
    plain = str(value) if isinstance(value, str) else format(Decimal(str(value)), "f")
    if plain.startswith("-") and plain[1:2].isdigit():
        raise ValueError("不能小于 0")
    found = _WRITTEN.fullmatch(plain)
    if found is None or not plain.isascii():
        raise ValueError("请填写数字，如 96 或 96.5" if len(plain) <= 25 else f"不能大于 {MOST}")
    if len((found[2] or "").rstrip("0")) > 2:
        raise ValueError("最多两位小数")
    amount = Decimal(plain)
    if amount > MOST:
        raise ValueError(f"不能大于 {MOST}")
    return amount


_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": float(MOST)},
        {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,2})?$"},
    ],
    "description": "最多两位小数",
}
Amount = Annotated[Decimal, BeforeValidator(amount_of), WithJsonSchema(_SCHEMA)]
Figure = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,2})?$"})]
"""An amount as it is answered: a text, so that no reader makes a binary fraction of it."""


def written(amount: Decimal | None) -> str | None:
    """``98.5``, ``100``: without zeros that say nothing."""
    if amount is None:
        return None
    plain = format(amount, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def share(numerator: Decimal, denominator: Decimal, hundredfold: bool, at_least: bool) -> Decimal:
    """Cut to two digits on the side of not reaching a target: 97.999 of at least 98 never reads as 98."""
    exact = numerator * (100 if hundredfold else 1) / denominator
    return exact.quantize(_CENT, ROUND_FLOOR if at_least else ROUND_CEILING)


class Hundredths(sa.TypeDecorator[Decimal]):
    """An exact amount as a whole number of hundredths: SQLite has no decimals of its own."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        return None if value is None else int(value * 100)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value) / 100


def hundredths(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """The whole number itself, to reckon with."""
    return sa.type_coerce(column, sa.BigInteger)
