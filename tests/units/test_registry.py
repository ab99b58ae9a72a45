"""Every column that names a unit says what becomes of its rows when the unit goes."""

from collections import Counter
from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import SQLModel

import app.schema  # noqa: F401
from app.succession.registry import FOLLOW, PARTS, STAY


def naming_units() -> Iterator[str]:
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            named = any(key.column.table.name == "unit" for key in column.foreign_keys) and column.name != "district_id"
            listed = isinstance(column.type, sa.JSON) and column.name.endswith("unit_ids")
            if named or listed:
                yield f"{table.name}.{column.name}"
    yield "unit_group.rule"


def test_every_column_that_names_a_unit_is_decided_once() -> None:
    looked_after = [f"{column.table.name}.{column.name}" for part in PARTS for column in part.columns]
    decided = Counter([*looked_after, *FOLLOW, *STAY])
    assert set(decided) == set(naming_units())
    assert [name for name, times in decided.items() if times > 1] == []


def test_each_part_has_a_name_of_its_own() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)
