"""How large an installation grows: bytes a row on either database, and what a backup of them takes.

``python -m benchmarks.sizes [ROWS]`` restores the demo's data, adds so many assignments and as many events like those
that are there, and divides what the database grew by. Nothing is timed.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from app.assignments.models import ASSIGNMENT
from app.backup.manifest import open_backup
from app.backup.progress import unseen
from app.backup.restoring import fill
from app.backup.taking import take
from app.core.audit import EVENT
from app.settings import Settings
from tests import databases

FOUNDATION = Path(__file__).parent.parent / "tests" / "migrations" / "foundation"
TABLES = {"assignment": ASSIGNMENT, "event": EVENT}
BATCH = 5000


@contextmanager
def places(folder: Path) -> Iterator[list[str]]:
    server = databases.Postgresql(databases.short_folder())
    try:
        with server.copy(folder) as url:
            yield [f"sqlite:///{folder / 'qinglian.sqlite3'}", url]
    finally:
        server.stop()


def multiply(connection: sa.Connection, table: sa.Table, rows: int) -> None:
    """The demo's own rows again and again, under new numbers and periods."""
    stored = [column for column in table.columns if column.computed is None and column.name != "id"]
    given = [dict(row) for row in connection.execute(sa.select(*stored)).mappings()]
    made = 0
    while made < rows:
        batch = [given[n % len(given)] for n in range(made, min(made + BATCH, rows))]
        if "period" in table.c:
            batch = [{**row, "period": f"P{made + n}"} for n, row in enumerate(batch)]
        connection.execute(sa.insert(table), batch)
        made += len(batch)


def size(engine: sa.Engine) -> int:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM FULL")
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(str(engine.url.database)).stat().st_size


def measure(url: str, rows: int, folder: Path) -> Iterator[tuple[str, str]]:
    fill(url, open_backup(FOUNDATION), unseen)
    engine = sa.create_engine(url)
    yield "the demo's bureau, MiB", f"{size(engine) / 1024**2:.1f}"
    for name, table in TABLES.items():
        before = size(engine)
        with engine.begin() as connection:
            multiply(connection, table, rows)
        yield f"bytes per {name}", str(round((size(engine) - before) / rows))
    backup = take(Settings(data=folder, database_url=url), folder / engine.dialect.name, with_keys=False, shown=unseen)
    taken = sum(path.stat().st_size for path in backup.folder.iterdir())
    yield "bytes per row in a backup", str(round(taken / sum(m.rows for m in backup.manifest.tables.values())))
    engine.dispose()


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    shown = Table("database", "what", "size")
    with tempfile.TemporaryDirectory() as name, places(Path(name)) as urls:
        for url in urls:
            for what, found in measure(url, rows, Path(name)):
                shown.add_row(sa.make_url(url).get_backend_name(), what, found)
    Console().print(shown)


if __name__ == "__main__":
    main()
