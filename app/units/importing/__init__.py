"""Units from a table: found by code, else by name; what they refer to may stand in the same file."""

from app.core.policy import Role
from app.imports.registry import Importable
from app.units.importing.checking import check
from app.units.importing.columns import COLUMNS
from app.units.importing.known import Known
from app.units.importing.writing import finish, undo, write

UNITS = Importable(
    name="units",
    label="单位",
    columns=COLUMNS,
    roles=frozenset({Role.SYSADMIN}),
    known=Known,
    check=check,
    write=write,
    finish=finish,
    undo=undo,
    notes=("已有的单位按编码比对，没有编码的按名称比对，不会重复。", "空着的格子不改动已有的内容；别名只增不减。"),
)
