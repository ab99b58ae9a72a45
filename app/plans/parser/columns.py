"""The columns of a table, understood by their heads: which one holds the task, who answers for it and by when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .folding import Folded
from .model import Span

ColumnKind = Literal[
    "number", "title", "measures", "lead", "cooperate", "responsible", "person", "deadline", "time", "area", "other"
]

_BODY = r"(?:单位|部门|股室|科室|处室|股|科|处)"
_WHO = r"(?:第一|直接|主要)?(?:责任人|负责人|联系人|责任领导)"
_HEADS: tuple[tuple[ColumnKind, re.Pattern[str]], ...] = (
    ("number", re.compile(r"^(?:序号|编号|序|号|项次|项目序号|任务序号|问题编号|NO\.?|No\.?)$")),
    ("cooperate", re.compile(r"配合|协办|协同|协助|参与(?:单位|部门)|参加单位|支持单位")),
    # 责任单位及责任人 holds units, with persons among them.
    ("lead", re.compile(rf"(?:牵头|主办){_BODY}[及和与、/(]{{1,2}}{_WHO}")),
    ("responsible", re.compile(rf"{_BODY}[及和与、/(]{{1,2}}{_WHO}|{_WHO}[及和与、/(]{{1,2}}(?:责任|负责)?{_BODY}")),
    ("person", re.compile(r"领导|责任人|负责人|联系人|经办人|承办人|督查人|校长|验收人|填报人|姓名|联络员|责任督学")),
    ("lead", re.compile(r"牵头|主办|主责|主要责任")),
    (
        "responsible",
        re.compile(
            r"(?:责任|负责|承办|落实|实施|执行|承担|整改|完成|主管)(?:落实|整改|主体)?(?:单位|部门|股室|科室|处室"
            r"|组室|机构|主体|学校|年级|年段|股|科|处|室|\(单位|\(部门)"
            r"|被查单位|被督查单位|受检(?:单位|学校)|问题单位|责任(?:处|科|股)\(室\)|^(?:单位|部门|学校|责任)$"
            r"|^(?:涉及|所属)(?:单位|学校)$|^(?:单位|学校|部门|机构)名称$"
        ),
    ),
    ("measures", re.compile(r"(?:措施|举措|内容|任务).{0,2}(?:时间|时限|进度|节点)")),
    (
        "deadline",
        re.compile(
            r"时限|期限|(?:完成|整改|办结|推进|达标|销号|截止)(?:的)?(?:时间|日期|节点)|时间(?:节点|要求|进度|安排)"
            r"|进度(?:安排|要求)|^(?:计划|预计)时间$"
        ),
    ),
    (
        "other",
        re.compile(
            r"情况|结果|进展|备注|是否|销号|来源|签收|状态|意见|证据|依据|印证|得分|分值"
            r"|记录|电话|日期|严重程度|^类型$"
            r"|原因|成果|方式"
        ),
    ),
    (
        "measures",
        re.compile(
            r"措施|举措|要求|做法|具体(?:任务|内容|工作)|目标|标准|描述" r"|细化|整改建议|落实|检查内容|工作安排"
        ),
    ),
    ("area", re.compile(r"^(?:任务|问题|工作)?(?:类别|分类|领域|板块|方面|大类|类型|指标)$|一级(?:指标|任务|目录)")),
    ("title", re.compile(r"任务|项目|事项|工作|问题|风险点|内容|要点|清单|活动|名称|职权|表现|主题|指标|条款")),
    ("time", re.compile(r"^(?:时间|时段|时刻|作息)$")),
)
ROW_NUMBER = re.compile(
    r"\d{1,3}(?:\s*[-.]\s*\d{1,3}){0,2}|\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}"
)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells as spans of the source, one for each column."""

    cells: tuple[Span, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    span: Span
    columns: tuple[ColumnKind, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    title_column: int | None = None
    number_column: int | None = None
    is_routine: bool = False

    @property
    def names_units(self) -> bool:
        return any(kind in ("lead", "cooperate", "responsible") for kind in self.columns)

    @property
    def is_tasks(self) -> bool:
        """Rows that say what is to be done, and by whom, how or by when."""
        said = self.names_units or any(kind in ("measures", "deadline", "person") for kind in self.columns)
        return self.title_column is not None and said

    @property
    def is_ledger(self) -> bool:
        """Rows that *are* tasks or problems: somebody answers for them, or they have a date."""
        answerable = self.names_units or any(kind in ("deadline", "person") for kind in self.columns)
        scored = any(re.search(r"分值|得分|评分|扣分|分数", head) for head in self.heads)
        return self.is_tasks and answerable and not self.is_routine and not scored


def column_kind(head: str) -> ColumnKind:
    bare = re.sub(r"\s", "", head)
    for kind, pattern in _HEADS:
        if pattern.search(bare):
            return kind
    return "other"


def named_columns(
    source: Folded, columns: list[ColumnKind], rows: Sequence[Row]
) -> tuple[list[ColumnKind], int | None, int | None]:
    """Of several columns that could be the title, the first whose cells differ row by row; of numbers, the finest."""
    columns = list(columns)
    if "responsible" in columns and "cooperate" in columns and "lead" not in columns:
        # Beside a column of cooperating units, the plain column is the lead: a distinction is stated.
        columns = ["lead" if kind == "responsible" else kind for kind in columns]
    numbers = [n for n, kind in enumerate(columns) if kind == "number"]
    titles = [n for n, kind in enumerate(columns) if kind == "title"]
    for column in list(titles):
        cells = [source.flat[slice(*row.cells[column])].strip() for row in rows]
        if cells and all(ROW_NUMBER.fullmatch(cell) for cell in cells if cell) and any(cells):
            titles.remove(column)
            numbers.append(column)
            columns[column] = "number"
    if not titles:
        titles = [n for n, kind in enumerate(columns) if kind == "measures"][:1]
    variety = {n: len({source.flat[slice(*row.cells[n])].strip() for row in rows}) for n in titles}
    best = max(variety.values(), default=0)
    title = next((n for n in titles if variety[n] >= 0.9 * best), None)
    for column in titles:
        if title is not None and column > title and columns[column] == "title":
            columns[column] = "measures"
    if title is not None:
        columns[title] = "title"
    return columns, title, numbers[-1] if numbers else None
