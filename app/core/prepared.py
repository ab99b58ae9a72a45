"""Statements that nearly every request runs, written out once and handed to the driver as they are.

At each execution SQLAlchemy looks a statement up by its shape, gathers its parameters and works out how its result
reads: several times what the database does for one row. Here that is done when a statement is first run. What goes
wrong is told as by any other statement, and listeners (the guard of audited tables) hear of each.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Row
from sqlalchemy.engine.result import SimpleResultMetaData

Processor = Callable[[Any], Any] | None
Binds = Mapping[str, Any]


class _Written(NamedTuple):
    """A statement in one dialect: its text, and its parameters in order, with how the driver takes each."""

    text: str
    binds: Sequence[tuple[str, Processor]]
    fixed: dict[str, Any]
    """Values that stand in the statement."""
    positional: bool

    def sent(self, given: Binds) -> Any:
        values = {**self.fixed, **given} if self.fixed else given
        if self.positional:
            return tuple([values[name] if process is None else process(values[name]) for name, process in self.binds])
        return {name: values[name] if process is None else process(values[name]) for name, process in self.binds}


class Prepared:
    """``statement`` to be run over and over. An INSERT names its columns in ``columns``.

    What cannot be written out once (``IN`` with a parameter for each value, defaults of the program) runs as usual.
    """

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self.statement = statement
        self._columns = columns
        self._shown = list(statement.exported_columns) if statement.is_select or statement.is_dml else []
        self._names = SimpleResultMetaData([column.name for column in self._shown])
        self._written: dict[str, _Written | None] = {}
        self._readers: dict[str, list[Any]] = {}

    def one_or_none(self, connection: Connection, given: Binds) -> Row[Any] | None:
        """The row that there is, at most one."""
        found = self.all(connection, given)
        assert len(found) <= 1, "more than one row"
        return found[0] if found else None

    def all(self, connection: Connection, given: Binds) -> Sequence[Row[Any]]:
        """The rows in their order."""
        written = self._in(connection.dialect)
        if written is None:
            return connection.execute(self.statement, given).all()
        found, _ = self._run(connection, written, given)
        read, keys = self._readers.get(connection.dialect.name), self._names._key_to_index
        return [Row(self._names, read, keys, each) for each in found]

    def scalar_one(self, connection: Connection, given: Binds) -> Any:
        found = self.one_or_none(connection, given)
        assert found is not None, "no row"
        return found[0]

    def change(self, connection: Connection, given: Binds) -> int:
        """How many rows were changed."""
        written = self._in(connection.dialect)
        if written is None:
            return connection.execute(self.statement, given).rowcount
        return self._run(connection, written, given)[1]

    def _run(self, connection: Connection, written: _Written, given: Binds) -> tuple[Sequence[Any], int]:
        """What came back, and how many rows were changed."""
        dialect, sent = connection.dialect, written.sent(given)
        cursor: Any = connection.connection.cursor()
        try:
            for hear in connection.dispatch.before_cursor_execute:
                hear(connection, cursor, written.text, sent, None, False)
            dialect.do_execute(cursor, written.text, sent)
            # To its end: only there SQLite looks at foreign keys.
            found = cursor.fetchall() if self._shown else ()
            if found and dialect.name not in self._readers:
                self._readers[dialect.name] = self._reading(dialect, cursor.description)
            return found, cursor.rowcount
        except dialect.loaded_dbapi.Error as error:
            # As SQLAlchemy itself tells it: a connection that was lost is given up.
            connection._handle_dbapi_exception(error, written.text, sent, cursor, None)
        finally:
            cursor.close()

    def _in(self, dialect: Dialect) -> _Written | None:
        try:
            return self._written[dialect.name]
        except KeyError:
            made = self._written[dialect.name] = self._write(dialect)
            return made

    def _write(self, dialect: Dialect) -> _Written | None:
        compiled: Any = self.statement.compile(dialect=dialect, column_keys=self._columns)
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.prefetch:
            return None
        binds, processors = compiled.binds, {}
        for name, bind in binds.items():
            processors[name] = bind.type.dialect_impl(dialect).bind_processor(dialect)
        fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        order = compiled.positiontup if compiled.positional else list(binds)
        return _Written(compiled.string, [(name, processors[name]) for name in order], fixed, compiled.positional)

    def _reading(self, dialect: Dialect, description: Any) -> list[Any]:
        return [
            column.type.dialect_impl(dialect).result_processor(dialect, told[1])
            for column, told in zip(self._shown, description, strict=True)
        ]
