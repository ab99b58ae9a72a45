"""Measures from a table (考核指标表): by what a unit assesses itself, task by task; the drafts go to review as those of
steps do."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.breakdowns import lines
from app.breakdowns import operations as ops
from app.breakdowns.lines import OF_TASK, Kind
from app.breakdowns.models import MOST_MEASURES, Breakdown, BreakdownCreate, BreakdownPatch, MeasureInput
from app.breakdowns.rules import MAKERS
from app.core.operation import Reader, Tx
from app.imports.checking import ask_share
from app.imports.columns import Column, doubtful_share, plain, whole
from app.imports.forms import filled
from app.imports.registry import Draft, Importable

CHANGED = ("weight", "standard")


class Known(lines.Known):
    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see, drafts)
        for versions in self.versions.values():
            for version in versions:
                for place, held in enumerate(version.measures):
                    self.hold(version.id, place, held["text"], {name: held.get(name) for name in CHANGED})


def _measure(values: dict[str, Any]) -> MeasureInput:
    return MeasureInput(**{name: values[name] for name in ("text", *CHANGED) if name in values})


KIND = Kind(_measure, CHANGED, MOST_MEASURES, f"一项任务最多 {MOST_MEASURES} 项指标，请合并相近的指标")
_whole = whole("请填写 0 到 100 的整数", after="%")


def _weight(cell: str, known: Any = None) -> Any:
    """40, 40%, or the 0.4 that a workbook keeps of 40%: a fraction can be nothing else."""
    near = doubtful_share(cell)
    return _whole(near[0] if near and near[0] != "100%" else cell, known)


COLUMNS = (
    *OF_TASK,
    filled("text", "考核指标", "指标", "指标名称", "考核内容", required=True, example="按期完成各步骤", width=40),
    Column(
        *("weight", "权重", ("权重（%）", "分值", "占比"), _weight, plain),
        example="40",
        hint="百分数，0 到 100",
        width=8,
    ),
    filled("standard", "评分标准", "标准", "计分办法", "考核办法", example="每逾期一步扣 5 分", width=40),
)


def check(known: Known, draft: Draft) -> None:
    lines.check(KIND, known, draft)
    # A workbook's 1% is 0.01, and nothing else.
    bare = doubtful_share(draft.cells.get("weight", ""))[:1] == ["100%"]
    if bare and draft.values.get("weight") == 1 and (draft.held is None or "weight" in draft.changes):
        ask_share(draft, "weight")


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    lines.write(tx, known, drafts, _begin, _amend)


def _begin(tx: Tx, task: int, drafts: list[Draft]) -> int:
    """Beside the steps of the version that serves, where there is one."""
    return ops.create(tx, BreakdownCreate(assignment_id=task, measures=[_measure(draft.values) for draft in drafts]))


def _amend(tx: Tx, version: int, drafts: list[Draft]) -> dict[str, Any]:
    """What is changed in its place, what is new behind it."""
    before = ops.measures_of(tx, version)
    changed = {draft.values["line"]: draft.changes for draft in drafts if draft.held is not None}
    measures = [
        MeasureInput(**held | {name: new for name, (_, new) in changed.get(place, {}).items()})
        for place, held in enumerate(before)
    ]
    measures += [_measure(draft.values) for draft in drafts if draft.held is None]
    ops.edit(tx, version, BreakdownPatch(measures=measures))
    return {"measures": before}


MEASURES = Importable(
    name="breakdown-measures",
    label="自定考核指标",
    model=Breakdown,
    columns=COLUMNS,
    roles=frozenset(MAKERS),
    known=Known,
    check=check,
    write=write,
    undo=lines.undo,
    notes=(
        "每行一项指标：按任务和指标的写法比对，已有的改权重和评分标准，没有的加在后面；没有草稿的任务新建草稿。",
        "已确认的版次不能改；要修订的留空版次，另编一版。导入的是草稿，请在页面上核对后提交审核。",
    ),
)
