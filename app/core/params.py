"""A query string's parameters: what each takes, and what is said of a value that it does not."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from app.core.calendar import SHANGHAI
from app.core.errors import invalid
from app.core.models import MAX_ID, day_of

MAX_TEXT = 200
MAX_CURSOR = 4000
WRONG_PLACE = "翻页位置无效，请从第一页重新读取"
Parse = Callable[[str, str], Any]
P = TypeVar("P", bound=Parse)


def takes(**schema: Any) -> Callable[[P], P]:
    """Say in OpenAPI's words what a parser takes."""

    def decorate(parse: P) -> P:
        parse.__dict__["takes"] = schema
        return parse

    return decorate


@takes(type="integer", minimum=1, maximum=MAX_ID)
def parse_id(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= len(value) <= 16 and 1 <= int(value) <= MAX_ID):
        raise invalid(name, "请填写正整数编号")
    return int(value)


def parse_number(low: int, high: int) -> Parse:
    @takes(type="integer", minimum=low, maximum=high)
    def parse(name: str, value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) <= 9 and low <= int(value) <= high):
            raise invalid(name, f"请填写 {low} 到 {high} 的整数")
        return int(value)

    return parse


@takes(type="string", maxLength=MAX_TEXT)
def parse_text(name: str, value: str) -> str:
    if len(value) > MAX_TEXT or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise invalid(name, f"请填写 {MAX_TEXT} 字以内的文字")
    return value


@takes(type="string", format="date")
def parse_date(name: str, value: str) -> date:
    try:
        return day_of(value)
    except ValueError as error:
        raise invalid(name, str(error)) from None


@takes(type="string", format="date")
def parse_day_begun(name: str, value: str) -> datetime:
    """The instant at which a day begins in Asia/Shanghai, for a list that keeps instants."""
    return datetime.combine(parse_date(name, value), time(), SHANGHAI)


@takes(type="string", format="date")
def parse_day_over(name: str, value: str) -> datetime:
    """The instant at which it is over."""
    return parse_day_begun(name, value) + timedelta(days=1)


@takes(type="string", format="date-time")
def parse_instant(name: str, value: str) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=SHANGHAI)
        if not 1970 <= instant.year <= 2199:
            raise ValueError
        return instant
    except (ValueError, OverflowError):
        raise invalid(name, "请按 2023-10-31T08:00:00+08:00 的格式填写时间") from None


@takes(type="boolean")
def parse_flag(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(name, "请填写 true 或 false")
    return value == "true"


def parse_choice(choices: Sequence[str]) -> Parse:
    @takes(type="string", enum=list(choices))
    def parse(name: str, value: str) -> str:
        if value not in choices:
            raise invalid(name, f"没有这一选项，可选：{'、'.join(choices)}")
        return value

    return parse


@takes(type="string", minLength=1, maxLength=MAX_CURSOR)
def parse_cursor(name: str, value: str) -> str:
    """Opened once the sort is known."""
    if not 1 <= len(value) <= MAX_CURSOR:
        raise invalid(name, WRONG_PLACE)
    return value


def read_params(params: QueryParams | Mapping[str, str], parsers: Mapping[str, Parse]) -> dict[str, Any]:
    """A query string, each parameter by its parser. 422 for one that is unknown, comes twice or holds a bad value."""
    found: dict[str, Any] = {}
    for name, value in params.multi_items() if isinstance(params, QueryParams) else params.items():
        if name in found:
            raise invalid(name, "这个参数重复了，请只留一个")
        if name not in parsers:
            raise invalid(name, "没有这个参数，请去掉")
        found[name] = parsers[name](name, value)
    return found
