"""Rows that hold from one day to another, both included: ``valid_from`` and ``valid_to``, without which one goes on."""

from typing import Any

import sqlalchemy as sa


def lasting(table: sa.FromClause, day: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """A dated row holds on a day."""
    return sa.and_(table.c.valid_from <= day, sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= day))
