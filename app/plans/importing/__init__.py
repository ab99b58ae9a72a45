"""A plan's items from a table: into a draft, where those that it has are told by their title or number."""

from app.core.policy import Role
from app.imports.registry import Importable
from app.plans.importing.checking import check
from app.plans.importing.columns import COLUMNS
from app.plans.importing.known import Known
from app.plans.importing.writing import beside, undo, write
from app.plans.models import PlanItem

ITEMS = Importable(
    name="plan-items",
    label="重点任务",
    model=PlanItem,
    columns=COLUMNS,
    roles=frozenset({Role.SUPERVISOR}),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    sweeps=True,
    beside=beside,
    notes=(
        "写入草稿方案：先上传方案正文，再用表格补充或改动任务。",
        "已有的任务按任务名称比对，名称对不上的按序号；都对不上的是新任务。",
        "责任单位照方案原文写，几个单位用顿号隔开；没有写到的列和空着的格子不改动已有的内容。",
    ),
)
