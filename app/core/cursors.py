"""Where a page ends, as a client hands it back: what it belongs to, the last row's sort key and id, and the mark of a
client that mirrors the list.

A cursor is no secret and is not signed: whatever comes is checked like any other input.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from app.core.errors import invalid
from app.core.models import MAX_ID
from app.core.params import WRONG_PLACE
from app.core.syncing import Mark


def packed(*parts: Any) -> str:
    plain = [part.isoformat() if isinstance(part, date) else part for part in parts]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def unpacked(cursor: str) -> Any:
    """ValueError for what was never packed."""
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def close_cursor(place: str, key: Any, row_id: int, mark: Mark | None = None) -> str:
    return packed(place, key, row_id, *((mark.until, mark.view) if mark else ()))


def open_cursor(
    cursor: str, place: str, key_type: sa.types.TypeEngine[Any], load: Callable[[Any], Any]
) -> tuple[tuple[Any, int], Mark | None]:
    """(sort key, id) and the mark, if one was handed on; 422 for a cursor of another ``place``, or of no place.

    ``load`` turns the key back from its JSON form.
    """
    try:
        of, key, row_id, *marked = unpacked(cursor)
        if of != place or type(row_id) is not int or not 0 < row_id <= MAX_ID:
            raise ValueError
        if isinstance(key, str) and b"\0" in key.encode():
            raise ValueError
        key = load(key)
        if isinstance(key, bool) or not isinstance(key, _python_type(key_type)):
            raise ValueError
        if isinstance(key, int) and abs(key) > _most(key_type):
            raise ValueError
        if isinstance(key, datetime):
            key = _instant(key)
        return (key, row_id), _open_mark(*marked)
    except (ValueError, TypeError, OverflowError, RecursionError, NotImplementedError):
        raise invalid("cursor", WRONG_PLACE) from None


def _python_type(key_type: sa.types.TypeEngine[Any]) -> type[Any]:
    kind = key_type.impl_instance if isinstance(key_type, sa.TypeDecorator) else key_type
    return kind.python_type


def _most(key_type: sa.types.TypeEngine[Any]) -> int:
    """What either database can compare with a column of whole numbers: one of 32 bits takes no more on PostgreSQL."""
    return MAX_ID if isinstance(key_type, sa.BigInteger) else 2**31 - 1


def _open_mark(*marked: Any) -> Mark | None:
    """Two texts, or none."""
    if not marked:
        return None
    until, view = marked
    if not isinstance(view, str):
        raise ValueError
    return Mark(_instant(datetime.fromisoformat(until)), view)


def _instant(value: datetime) -> datetime:
    """OverflowError for one that lies before the first year or after the last in UTC: no database takes it."""
    if value.tzinfo is None:
        raise ValueError
    return value.astimezone(UTC)
