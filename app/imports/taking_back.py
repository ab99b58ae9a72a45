"""Taking an import back: only what nobody touched since, and nothing that is in use."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.within import many, within
from app.imports.registry import Written

MOST_NAMED = 10
MOVED = "刚刚被他人改动，没有写入，请重新核对"


def refuse_touched(tx: Tx, table: sa.Table, rows: Sequence[Written], label: str) -> None:
    """409 where a row is not as the import left it; the others are locked until the end. What several lines were
    written into is as the last of them left it."""
    wanted: dict[int, int] = {}
    for row in rows:
        wanted[row.target_id] = max(row.target_version, wanted.get(row.target_id, 0))
    found = sa.select(table.c.id, table.c.version).where(within(table.c.id, many("ids"))).with_for_update()
    versions = {row.id: row.version for row in tx.connection.execute(found, {"ids": sorted(wanted)})}
    touched = [row.number for row in rows if versions.get(row.target_id) != wanted[row.target_id]]
    if touched:
        numbers = "、".join(str(number) for number in touched[:MOST_NAMED])
        raise Conflict(f"第 {numbers} 行的{label}在导入之后又改动过，不能整批撤销", code="rows_touched")


def referred(tx: Tx, table: sa.Table, ids: Collection[int], *, but: sa.Table) -> set[int]:
    """Those of these rows to which rows of other tables refer; ``but``: whose rows go with them."""
    others = (other for other in table.metadata.sorted_tables if other is not but)
    keys = (column for other in others for column in other.c if column.references(table.c.id))
    found = (sa.select(key).where(within(key, many("ids"))).distinct() for key in keys)
    return {each for rows in found for each in tx.connection.execute(rows, {"ids": sorted(ids)}).scalars()}


def unmake(tx: Tx, table: sa.Table, ids: Collection[int], in_use: str) -> None:
    """Delete rows that the import made; 409 with ``in_use`` where others refer to one."""
    if not ids:
        return
    try:
        with tx.savepoint():
            tx.connection.execute(sa.delete(table).where(within(table.c.id, many("ids"))), {"ids": sorted(ids)})
    except sa.exc.IntegrityError:
        raise Conflict(in_use, code="rows_in_use") from None
