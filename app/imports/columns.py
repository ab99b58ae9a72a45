"""What a resource's columns are called, how their cells are read, and how their values look.

A reader turns the text of one cell into a value; ``Wrong`` says why it cannot and what may have been meant. Reading
depends on nothing but the text and ``known``, what the resource looked up for the whole file.
"""

import difflib
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.core.models import clean, day_of
from app.core.tables import joined as joined
from app.core.tables import labelled as labelled
from app.core.tables import plain as plain
from app.core.validation import field_errors
from app.imports.headings import flat as flat

MOST_SUGGESTIONS = 3
Read = Callable[[str, Any], Any]
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Show = Callable[[Any, Any], str]


class Wrong(Exception):
    """A cell that cannot be taken: why, and what may have been meant; ``column`` where several are read together."""

    def __init__(self, why: str, suggestions: Sequence[str] = (), column: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.suggestions = tuple(suggestions)[:MOST_SUGGESTIONS]
        self.column = column


def once(read: Callable[[K], T]) -> Callable[[K], T]:
    """``read``, asked once for each text, also where it ends in ``Wrong``: a column says the same again and again."""
    held: dict[K, T | Wrong] = {}

    def remembered(given: K) -> T:
        if given not in held:
            try:
                held[given] = read(given)
            except Wrong as wrong:
                held[given] = wrong
        found = held[given]
        if isinstance(found, Wrong):
            raise Wrong(found.why, found.suggestions, found.column)
        return found

    return remembered


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field, its heading and what else it may be called, how it is read and shown.

    ``aliases``: the surest first, for of several in one table that is read.

    ``required``: of a new row. An empty cell never takes a value away: it leaves what is there.
    """

    name: str
    heading: str
    aliases: tuple[str, ...]
    read: Read
    show: Show
    required: bool = False
    choices: tuple[str, ...] = ()
    example: str = ""
    hint: str = ""
    width: int = 14
    told: str = ""
    """Of what the ledger tells beside, and no table changes: why not. Such a column is in no template."""


_SIGNS = re.compile(r"[\W_]+")


def alike(words: str) -> str:
    """Titles and problems are the same in this form: without width, spaces and any sign."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", words).casefold()) or words.strip()


def beside(name: str, heading: str, aliases: tuple[str, ...], why: str) -> Column:
    """What the ledger tells beside."""
    return Column(name, heading, aliases, lambda cell, known: cell, plain, told=why)


def as_told(cell: str, words: str) -> bool:
    """Whether a cell says what the ledger does: in any form of a day, its parts in any order."""
    if alike(cell) == alike(words):
        return True
    if _parts_of(cell) == _parts_of(words):
        return True
    try:
        return day(cell) == day(words)
    except Wrong:
        return False


def _parts_of(cell: str) -> set[str]:
    return {alike(part) for part in _SEVERAL.split(cell) if part.strip()}


# Readers


def narrow(text: str) -> str:
    """Figures, letters and signs in their narrow form, without the spaces around."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def text(cell: str, _known: Any = None) -> str:
    try:
        return str(clean(cell))
    except ValueError as error:
        raise Wrong(str(error)) from None


def typed(kind: Any) -> Callable[..., Any]:
    """What the API's own type makes of it, or why it refuses it."""
    check = TypeAdapter(kind).validator.validate_python

    def read(cell: Any, _known: Any = None) -> Any:
        try:
            return check(cell)
        except ValidationError as error:
            raise Wrong(field_errors(error.errors(include_url=False))[0].detail) from None

    return read


def code(cell: str, _known: Any = None) -> str:
    return "".join(narrow(text(cell)).split())


def whole(why: str, before: str = "", after: str = "", digits: int = 6) -> Read:
    """A whole number as it is written or as a sheet keeps it (3.0), with or without the words around it."""

    def read(cell: str, _known: Any = None) -> int:
        written = narrow(cell).removeprefix(before).removesuffix(after).removesuffix(".0").strip()
        if not written.isascii() or not written.isdigit() or len(written) > digits:
            raise Wrong(why)
        return int(written)

    return read


def doubtful_share(cell: str) -> list[str]:
    """The two percentages that a bare 1 or 0.98 may mean, the likelier first; nothing for any other cell: a workbook
    keeps 98% as 0.98."""
    found = _BARE.fullmatch(narrow(cell))
    if not found or not 0 < (share := Decimal(found[0])) <= 1:
        return []
    return [f"{share * 100:f}".rstrip("0").removesuffix(".") + "%" if share < 1 else "100%", f"{found[0]}%"]


_BARE = re.compile(r"[01](?:\.\d{1,15})?")


edition = whole("请填写版次的数字，新的留空", "第", "版")


_CLOCK = r"(?:[ T]*(?:上午|下午)?\s*(?:[01]?\d|2[0-4])[:时点](?:[0-5]?\d[:分]?)?(?:[0-5]\d(?:\.\d+)?秒?)?)?"
_WEEKDAY = r"(?:\s*\(?(?:星期|周)[一二三四五六日天]\)?)?"
_DAY = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_WEEKDAY}{_CLOCK}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WITHOUT_YEAR = re.compile(rf"(\d{{1,2}})\s*[-/月]\s*(\d{{1,2}})\s*[日号]?{_WEEKDAY}{_CLOCK}")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_FIRST_SERIAL = date(1899, 12, 30)


def day(cell: str, known: Any = None) -> date:
    """2026-10-09, 2026/10/9, 2026.10.9, 2026年10月9日, 20261009, or the number Excel keeps for a day; of an instant its
    day. ``known.today`` tells which year may have been meant where none is written."""
    plain = narrow(cell)
    if found := _SERIAL.fullmatch(plain):
        return _reachable((_FIRST_SERIAL + timedelta(days=int(found[1]))).isoformat())
    if found := _DAY.fullmatch(plain) or _COMPACT.fullmatch(plain):
        year, month, number = (int(part) for part in found.groups())
        return _of(year, month, number)
    if found := _WITHOUT_YEAR.fullmatch(plain):
        month, number = (int(part) for part in found.groups())
        _of(LEAP, month, number)
        raise Wrong("没有写年份，请写全年月日", _likely(getattr(known, "today", None), month, number))
    raise Wrong("看不出是哪一天，请按 2023-10-31 的格式填写")


LEAP = 2024


def _of(year: int, month: int, number: int) -> date:
    if not 1 <= month <= 12:
        raise Wrong(f"没有 {month} 月，请按 2023-10-31 的格式填写")
    last = monthrange(max(year, 1), month)[1]
    if not 1 <= number <= last:
        raise Wrong(f"没有这一天，{month} 月只有 {last} 天")
    return _reachable(f"{year:04}-{month:02}-{number:02}")


def _likely(today: date | None, month: int, number: int) -> list[str]:
    """That day of this year first, then of the year before or to come, where that is nearer."""
    if today is None:
        return []
    years = (today.year, today.year - 1, today.year + 1)
    days = [date(year, month, number) for year in years if number <= monthrange(year, month)[1]]
    near = min(days, key=lambda each: abs(each - today), default=None)
    return list(dict.fromkeys(each.isoformat() for each in (*days[:1], near) if each is not None))


def _reachable(written: str) -> date:
    try:
        return day_of(written)
    except ValueError as error:
        raise Wrong(str(error)) from None


def choice(labels: Mapping[Any, str], also: Mapping[str, Any] | None = None) -> Read:
    """One of a few words; ``also`` are further words for them."""
    known = {flat(label): value for value, label in labels.items()}
    known |= {flat(word): value for word, value in (also or {}).items()}
    words = "、".join(labels.values())

    def read(cell: str, _known: Any = None) -> Any:
        found = known.get(flat(cell))
        if found is None:
            near = difflib.get_close_matches(flat(cell), list(known), MOST_SUGGESTIONS, 0.4)
            raise Wrong(f"没有这一选项，可选：{words}", list(dict.fromkeys(labels[known[word]] for word in near)))
        return found

    return read


_SEVERAL = re.compile(r"[、,，;；/|\n]")


def several(read: Read) -> Read:
    """Some of them, in any order, with any of the usual signs between."""

    def read_all(cell: str, known: Any = None) -> list[Any]:
        parts = [part for each in _SEVERAL.split(cell) if (part := each.strip())]
        return list(dict.fromkeys(_read_part(read, parts, at, known) for at in range(len(parts))))

    return read_all


def _read_part(read: Read, parts: list[str], at: int, known: Any) -> Any:
    """What is suggested for one part is said of the whole cell, the other parts as they are."""
    try:
        return read(parts[at], known)
    except Wrong as wrong:
        whole = ("、".join(dict.fromkeys([*parts[:at], word, *parts[at + 1 :]])) for word in wrong.suggestions)
        raise Wrong(f"“{parts[at]}”：{wrong.why}" if len(parts) > 1 else wrong.why, tuple(whole)) from None


def words_of(labels: Mapping[Any, str], *, without: Iterable[Any] = ()) -> tuple[str, ...]:
    left_out = set(without)
    return tuple(label for value, label in labels.items() if value not in left_out)
