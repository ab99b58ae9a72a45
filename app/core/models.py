"""Base classes and field types that every table and schema is built from.

Tables are never accepted from or returned to a client: SQLModel does not validate them. A resource
declares one ``Fields`` class; its table and its Create, Read and Patch schemas derive from it.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictBool,
    StringConstraints,
    create_model,
)
from pydantic import Field as Constraint
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MAX_ID = 2**53 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = date(1949, 10, 1), date(2199, 12, 31)

MOST_CHARACTERS = 40_000
"""More than any text may have: a longer one is not even looked through."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category, blank by their looks."""
_FILLED = re.compile(f"[{''.join(sorted(_FILLERS))}]")


def is_invisible(character: str) -> bool:
    """Zero-width, bidirectional and other formatting: what would let one text pass for another."""
    return unicodedata.category(character) == "Cf" or character in _FILLERS


def clean(value: Any) -> Any:
    """NFC text without control or invisible characters, trimmed at both ends."""
    if not isinstance(value, str):
        return value
    if len(value) > MOST_CHARACTERS:
        raise ValueError("文字过长，请精简后再提交")
    if value.isprintable() and unicodedata.is_normalized("NFC", value) and not _FILLED.search(value):
        return value.strip()
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("含有不完整的字符，请重新输入") from None
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    for character in set(value):
        if unicodedata.category(character) == "Cc" and character not in "\n\t":
            raise ValueError("含有不可见的控制字符，请删除后再提交")
        if is_invisible(character):
            value = value.replace(character, "")
    return value.strip()


def day_of(value: Any) -> date:
    """``YYYY-MM-DD`` within reach as a date; ValueError in Chinese otherwise."""
    return _within_reach(_calendar_date(value))


def _calendar_date(value: Any) -> Any:
    """``YYYY-MM-DD`` and nothing else; pydantic's own ``date`` would take epoch numbers."""
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        digits = value.replace("-", "")
        if len(digits) == 8 and digits.isascii() and digits.isdigit():
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError("没有这一天，请按 2023-10-31 的格式填写") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("请按 2023-10-31 的格式填写日期")


def _within_reach(value: date) -> date:
    if not EARLIEST <= value <= LATEST:
        raise ValueError("日期须在 1949-10-01 与 2199-12-31 之间")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("请填写整数")
    return value


Date = Annotated[date, BeforeValidator(_calendar_date), AfterValidator(_within_reach)]
Flag = StrictBool
Id = Annotated[int, BeforeValidator(_whole), Constraint(ge=1, le=MAX_ID)]
Percent = Annotated[int, BeforeValidator(_whole), Constraint(ge=0, le=100)]
Name = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=500)]
Text = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=10_000)]
Note = Annotated[str, BeforeValidator(clean), StringConstraints(max_length=2_000)]
Code = Annotated[
    str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")
]


def whole(low: int, high: int) -> Any:
    """An integer between ``low`` and ``high``; neither a boolean nor a text is taken for one."""
    return Annotated[int, BeforeValidator(_whole), Constraint(ge=low, le=high)]


class Input(BaseModel):
    """What a client may send: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Step(Input):
    """The body of every step: an optional note, required where the transition says so."""

    note: Note | None = None


def enum_type(enum: type[StrEnum], name: str) -> sa.Enum:
    """A VARCHAR with a named CHECK over the enum's values (not its member names)."""
    return sa.Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def enum_column(enum: type[StrEnum], name: str, **options: Any) -> Any:
    return Field(sa_type=enum_type(enum, name), **options)


def id_column(target: str | None = None, *, index: bool = True, **options: Any) -> Any:
    """A key column; with ``target`` a foreign key, indexed unless another index covers it."""
    if target is None:
        return Field(default=None, primary_key=True, sa_type=BIG_ID, **options)
    return Field(foreign_key=target, sa_type=BIG_ID, index=index, **options)


def text_column(**options: Any) -> Any:
    return Field(sa_type=sa.Text, **options)


def json_column(**options: Any) -> Any:
    """JSON is assigned anew, never changed in place: such changes are not seen."""
    return Field(sa_type=sa.JSON, **options)


def instant_column(**options: Any) -> Any:
    return Field(sa_type=UTCDateTime, **options)


IDS_ONCE = {"sqlite_autoincrement": True}
"""Last in ``__table_args__`` of a table whose rows can be deleted: SQLite too then never gives a row's id to another
row, which events, notices, links and whoever still holds the address would take for the old one. It costs each insert a
little: where nothing is deleted it is left out (``tests/architecture/test_ids_once.py`` knows where that is).
"""


class Row(SQLModel):
    """A table's key."""

    id: int | None = id_column()


class Owned(Row):
    """A row of one district: the bureau at the root of its unit's tree."""

    district_id: int = id_column("unit.id", index=False)


class Audited(Owned):
    """A business row: versioned, dated, and each change of it leaves an event."""

    audit_name: ClassVar[str]
    """The resource's name in events, such as ``assignment``."""
    audit_omit: ClassVar[frozenset[str]] = frozenset()
    """Columns whose values never reach an event (a password's hash)."""

    version: int = Field(default=1, nullable=False)
    created_at: datetime = instant_column(default=None, nullable=False)
    updated_at: datetime = instant_column(default=None, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        table = cls.__dict__.get("__table__")
        return {} if table is None else {"version_id_col": table.c.version}


def table_of(model: type[SQLModel]) -> sa.Table:
    table: sa.Table = model.__table__  # type: ignore[attr-defined]
    return table


def patch_of(fields: type[BaseModel], name: str, *only: str) -> type[Input]:
    """A Patch schema: the named fields of ``fields`` (all when none is named), each optional."""
    chosen = {key: info for key, info in fields.model_fields.items() if not only or key in only}
    members: dict[str, Any] = {}
    for key, info in chosen.items():
        annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        members[key] = (annotation, None)
    return create_model(name, __base__=Input, **members)


Shown = TypeVar("Shown", bound=BaseModel)


class Page(BaseModel, Generic[Shown]):
    """A page of a list: ``next`` is the cursor of the following one, null on the last; ``total`` with count=true.

    With ``updated_since``: ``synced_until`` is what to ask ``updated_since`` next, the same on all pages of a pass;
    ``view`` differs from the last time when the account's roles or units do, and all is to be read anew.
    """

    data: list[Shown]
    next: str | None
    total: int = 0
    synced_until: datetime = EPOCH
    view: str = ""


class ReadBase(BaseModel):
    """What every read carries."""

    model_config = ConfigDict(extra="forbid")

    id: int
    version: int
    allowed_actions: list[str]
