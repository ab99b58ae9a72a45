"""The day an instant falls on in Asia/Shanghai, in SQL: China keeps UTC+8 the year round."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class shanghai_day(FunctionElement[Any]):
    """``shanghai_day(table.c.completed_at)`` is a date; NULL stays NULL."""

    type = sa.Date()
    inherit_cache = True


@compiles(shanghai_day, "sqlite")
def _sqlite(element: shanghai_day, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(shanghai_day, "postgresql")
def _postgresql(element: shanghai_day, compiler: Any, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)}) AT TIME ZONE 'Asia/Shanghai')::date"
