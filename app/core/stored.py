"""The record of each stored file, beside which nothing else says that it is there: made with the file, gone with it.

Whatever keeps a file names its record by a foreign key. So whether anybody still keeps one is read from the schema, and
no resource can be forgotten there.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field, SQLModel

from app.core.db import insert_or_ignore, insert_or_update
from app.core.files import Staged, Store, has_size, same_bytes, store_of
from app.core.models import instant_column, table_of
from app.core.operation import Tx


class StoredFile(SQLModel, table=True):
    """Bytes, kept once under their sha256; the media type is found from the content."""

    __tablename__ = "stored_file"

    sha256: str = Field(primary_key=True, max_length=64)
    size: int = Field(sa_type=sa.BigInteger)
    media_type: str = Field(max_length=120)
    stored_at: datetime = instant_column(nullable=False)


FILE = table_of(StoredFile)


def keep(tx: Tx, staged: Staged) -> None:
    """Record the file, then move it to its place. The record's key is the lock: see ``discard`` and ``let_go``."""
    values = {"sha256": staged.sha256, "size": staged.size, "media_type": staged.media_type, "stored_at": tx.now}
    insert = insert_or_update(tx.connection, FILE).values(values)
    # One that is there is held as well: whoever lets go of it waits, and then finds who keeps it now.
    tx.connection.execute(insert.on_conflict_do_update(index_elements=[FILE.c.sha256], set_={"size": staged.size}))
    store_of(tx.settings).keep(staged)


def discard(connection: Connection, store: Store, sha256: str, now: datetime) -> bool:
    """Take away a file that no transaction recorded, or that was let go; whether it was taken away.

    The insert waits for any transaction that is just recording the same content, or letting go of it. If it goes in,
    nobody has it. What was let go a short while ago stays all the same, whoever came with it again meanwhile: a backup
    may have found it recorded, and its own mark will end it.
    """
    mine = {"sha256": sha256, "size": 0, "media_type": "", "stored_at": now}
    insert = insert_or_ignore(connection, FILE).values(mine).returning(FILE.c.sha256)
    if connection.execute(insert).scalar_one_or_none() is None:
        return False
    goes = not store.lately_released(sha256)
    if goes:
        store.remove(sha256)
    connection.execute(sa.delete(FILE).where(FILE.c.sha256 == sha256))
    return goes


def let_go(tx: Tx, sha256: str) -> None:
    """Whoever calls has just ceased to keep the file. Where nobody else does, its record goes with the transaction,
    and its bytes a while later (``Store.release``)."""
    tx.connection.execute(sa.select(FILE.c.sha256).where(FILE.c.sha256 == sha256).with_for_update())
    # A statement of its own: it sees what was waited for.
    gone = sa.delete(FILE).where(FILE.c.sha256 == sha256, sa.not_(_is_kept(sha256)))
    if tx.connection.execute(gone).rowcount:
        store_of(tx.settings).release(sha256)


def _is_kept(sha256: str) -> sa.ColumnElement[bool]:
    """Whether any row of any table names it."""
    columns = [column for table in SQLModel.metadata.tables.values() for column in table.c]
    naming = [each for each in columns if any(key.target_fullname == "stored_file.sha256" for key in each.foreign_keys)]
    return sa.or_(*(sa.exists().where(column == sha256) for column in naming))


def orphans(connection: Connection, store: Store) -> list[str]:
    """Files in the store that no row records: what a crash between move and commit leaves, and what was let go."""
    found = {path.name for path in store.root.glob("??/??/*") if len(path.name) == 64}
    return sorted(found - set(connection.execute(sa.select(FILE.c.sha256)).scalars()))


def missing(connection: Connection, store: Store) -> list[str]:
    """Recorded files that are not there: never, unless someone removed them."""
    recorded = connection.execute(sa.select(FILE.c.sha256)).scalars()
    return sorted(sha256 for sha256 in recorded if not store.path(sha256).exists())


def damaged(connection: Connection, store: Store, *, read: bool = False) -> list[str]:
    """Recorded files that are there with other bytes: by their length, or with ``read`` by all of their content."""
    found = []
    for sha256, size in connection.execute(sa.select(FILE.c.sha256, FILE.c.size)):
        path = store.path(sha256)
        if path.exists() and not (has_size(path, size) and (not read or same_bytes(path))):
            found.append(sha256)
    return sorted(found)
