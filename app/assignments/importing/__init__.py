"""Progress from a table: each row reports on one assignment, told by its item, unit and period."""

from app.assignments.importing.checking import check
from app.assignments.importing.columns import COLUMNS
from app.assignments.importing.known import Known
from app.assignments.importing.writing import keep, stands, undo, write
from app.assignments.models import Assignment
from app.assignments.tables import told
from app.core.policy import Role
from app.imports.registry import Importable, Straight
from app.plans.importing.known import LEDGER

LEDGER.append(told)
PROGRESS = Importable(
    name="assignments",
    label="任务进展",
    model=Assignment,
    columns=COLUMNS,
    roles=frozenset({Role.OFFICE, Role.SCHOOL}),
    known=Known,
    ahead=Known.ahead,
    check=check,
    straight=Straight(keep, stands, write, undo),
    notes=(
        "每一行对应一项任务：按方案、重点任务（或序号）、单位和周期比对。",
        "进展、完成程度和日期与最近一次填报相同的行不变；不同的，写入后成为新的一次填报。",
        "只能填报本单位办理中的任务；待签收的请先签收。",
        "任务分解台账可以原样导入：进展一格写文字，或把百分数改成新的；方案内容、时限、状态等不能在这里改，改了的会提示。",
    ),
)
