"""After each test: every row that an import wrote or took back has left its event."""

from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
