"""Units and pairs from tables. A unit is found by code, else by name; what it refers to may stand in the same file."""

from app.core.policy import Role
from app.imports.registry import Importable
from app.units.importing import liaisons
from app.units.importing.checking import check
from app.units.importing.columns import COLUMNS
from app.units.importing.known import Known
from app.units.importing.writing import beside, finish, undo, write
from app.units.models import Liaison, Unit

UNITS = Importable(
    name="units",
    label="单位",
    model=Unit,
    columns=COLUMNS,
    roles=frozenset({Role.SYSADMIN}),
    known=Known,
    check=check,
    write=write,
    finish=finish,
    undo=undo,
    sweeps=True,
    beside=beside,
    notes=("已有的单位按编码比对，没有编码的按名称比对，不会重复。", "空着的格子不改动已有的内容；别名只增不减。"),
)
LIAISONS = Importable(
    name="liaisons",
    label="包联",
    model=Liaison,
    columns=liaisons.COLUMNS,
    roles=frozenset({Role.SUPERVISOR}),
    known=liaisons.Known,
    check=liaisons.check,
    write=liaisons.write,
    undo=liaisons.undo,
    sweeps=True,
    notes=(
        "同一单位与同一学校（园）的包联只改止的日期，不会重复；空着的格子不改动已有的内容。",
        "表里没有的包联不受影响；要结束一项包联，请填写止的日期。",
    ),
)
