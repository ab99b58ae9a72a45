"""任务台账: the rows as a list, and 任务分解台账 of a plan with the columns of DOMAIN §6; reports and urgings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.appointments.holders import RESPONSIBLE, with_responsible
from app.assignments import dispatch, ledger, queries
from app.assignments.models import ACTIVITY_KIND_LABELS, ASSIGNMENT, ASSIGNMENT_STATE_LABELS
from app.assignments.rules import POLICY
from app.core.operation import Reader
from app.core.paging import AT_ONCE, Asked
from app.core.params import parse_choice, read_params
from app.core.tables import (
    Column,
    Row,
    Table,
    at_minute,
    blank,
    figure,
    joined,
    labelled,
    of_list,
    on_day,
    part_of,
    yes_no,
)
from app.core.workflow import find
from app.plans import queries as plans
from app.plans.models import EVIDENCE_KIND_LABELS, PLAN, ROLE_WORDS, ResponsibilityRole
from app.plans.rules import POLICY as PLANS
from app.plans.rules import WORKFLOW as PLANS_WORKFLOW

# An alias: the conditions bring the plain tables with them.
_OF_PLAN = PLAN.alias("of_plan")
_ROWS = replace(
    queries.LIST,
    source=queries.SOURCE.join(_OF_PLAN, _OF_PLAN.c.id == ASSIGNMENT.c.plan_id),
    columns=[*queries.LIST.columns, _OF_PLAN.c.title.label("plan_title")],
)


def _present(see: Reader, row: Any) -> Row:
    return queries.present(see, row) | {"plan_title": row.plan_title}


def _period(period: str, _known: Any = None) -> str:
    return "" if period == "once" else period


ROWS = of_list(
    "任务台账",
    (
        Column("方案", "plan_title", width=30),
        Column("序号", "item_number", width=8),
        Column("重点任务", "item_title", width=40),
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("期次", "period", _period, 10),
        Column("分工", "role", labelled(ROLE_WORDS), 8),
        Column("完成时限", "deadline_on"),
        Column("原定时限", "original_deadline_on"),
        Column("亮灯", "lamp_words", width=16),
        Column("进度", "percent", figure, 8),
        Column("状态", "state", labelled(ASSIGNMENT_STATE_LABELS), 10),
        Column("待处置", "awaits_decision", yes_no, 8),
        Column("填报次数", "report_count", figure, 10),
        Column("办结日期", "completed_at", on_day),
    ),
    _ROWS,
    _present,
    with_responsible,
)
REPORTS = of_list(
    "进展",
    (
        Column("日期", "reported_on"),
        Column("进度", "percent", figure, 8),
        Column("进展情况", "text", width=60),
        Column("活动地点", "place", width=20),
        Column("活动类别", "activity", labelled(ACTIVITY_KIND_LABELS), 10),
        Column("参加人数", "participants", figure, 10),
        Column("填报人", "author"),
        Column("填报时间", "created_at", at_minute, 17),
    ),
    queries.REPORTS,
    queries.present_part,
    within=part_of(POLICY, "assignment_id"),
)
URGINGS = of_list(
    "催办",
    (
        Column("催办时间", "created_at", at_minute, 17),
        Column("程度", "level", figure, 8),
        Column("内容", "note", width=60),
        Column("催办人", "author"),
    ),
    queries.URGINGS,
    queries.present_part,
    within=part_of(POLICY, "assignment_id"),
)


# 任务分解台账

_FILTERS = ("unit_id", "plan_item_id", "area_id", "period", "role", "counted", "lamp", "state", "dispatch_id", "q")
_PARSERS = {name: queries.LIST.parsers[name] for name in _FILTERS}


def _asked(params: Mapping[str, str]) -> Asked:
    given = read_params(params, _PARSERS)
    q = given.pop("q", "").strip() or None
    return Asked(given, q=q, sort="id")


def _of_plan(see: Reader, asked: Asked, plan_id: int) -> Asked:
    find(see, PLANS, plan_id)
    return replace(asked, filters={**asked.filters, "plan_id": plan_id})


def _pages(see: Reader, asked: Asked) -> Iterator[Sequence[Row]]:
    """``lamp`` and ``state`` are the items' own, as on the page."""
    chosen = {name: asked.filters[name] for name in ("lamp", "state") if name in asked.filters}
    if "lamp" in chosen:
        chosen["lamp"] = [chosen["lamp"]]
    items = ledger.in_full(see, asked)
    yield [_in_words(item) for item in ledger.matching(items, **chosen)]


def _in_words(item: dict[str, Any]) -> Row:
    """Where the plan names no lead, whoever is responsible stands in the lead's place: they answer for the item."""
    leads = [name for name, role in item["named"] if role == ResponsibilityRole.LEAD]
    answering = leads or [name for name, role in item["named"] if role == ResponsibilityRole.RESPONSIBLE]
    beside = [name for name, _ in item["named"] if name not in answering]
    done = f"{item['percent']}%（办结 {item['completed']}/{item['due']}）" if item["due"] else ""
    deadline = item["planned_on"] or item["deadline_text"]
    return item | {"leads": answering, "beside": beside, "done": done, "deadline": deadline}


_NAMES = joined(lambda name, known: str(name))
TASKS = Table(
    "任务分解台账",
    (
        Column("序号", "number", width=8),
        Column("重点任务", "title", width=36),
        Column("具体措施", "measures", width=50),
        Column("成果形式", "required_evidence", joined(labelled(EVIDENCE_KIND_LABELS)), 12),
        Column("牵头股室", "leads", _NAMES, 20),
        Column("配合股室", "beside", _NAMES, 20),
        Column("责任领导", "responsible_leaders", _NAMES, 10),
        Column("责任人", "responsible_persons", _NAMES, 10),
        Column("完成时限", "deadline"),
        Column("进展", "done", width=16),
        Column("状态", "state", labelled(ASSIGNMENT_STATE_LABELS), 10),
        Column("印证材料", "evidence_count", figure, 10),
        blank("备注"),
    ),
    _PARSERS,
    _asked,
    _pages,
    _of_plan,
)
"""责任领导 and 责任人 are those of the day; a remark has no field."""
READ_AS = {
    "序号": "number",
    "重点任务": "title",
    "具体措施": "measures",
    "成果形式": "required_evidence",
    "牵头股室": "lead",
    "配合股室": "cooperate",
    "责任领导": "leader",
    "责任人": "person",
    "完成时限": "deadline",
    "进展": "progress",
    "状态": "state",
    "印证材料": "evidence",
    "备注": "note",
}
"""Its headings, and the columns of an import that read them."""


def told(see: Reader, plan_id: int) -> dict[int, dict[str, str]]:
    """What it says of each item of a plan to the actor, by those columns."""
    rows = (row for page in _pages(see, Asked({"plan_id": plan_id}, q=None, sort="id")) for row in page)
    cells = [(READ_AS[column.heading], column.name, column.show) for column in TASKS.columns]
    return {row["id"]: {to: str(show(row[name] if name else None, None)) for to, name, show in cells} for row in rows}


# 下发名单: what a dispatch now would do, row by row

PARTS = {"add": "新增", "keep": "保留", "retire": "收回"}
AFTER = ("add", "keep")
_DISPATCH_PARSERS = {"part": parse_choice([*PARTS, "after"])}


def _dispatch_asked(params: Mapping[str, str]) -> dict[str, Any]:
    return read_params(params, _DISPATCH_PARSERS)


def _dispatch_of(see: Reader, asked: dict[str, Any], plan_id: int) -> dict[str, Any]:
    PLANS_WORKFLOW.guard(see, plan_id, "dispatch")
    return {**asked, "plan_id": plan_id}


def _to_dispatch(see: Reader, asked: dict[str, Any]) -> Iterator[Sequence[Row]]:
    """By item, what comes and what goes before what stays; ``part`` is what stands behind one of the page's figures."""
    run = dispatch.compare(see, asked["plan_id"])
    rows = _dispatch_rows(run, asked)
    items = {item["id"]: item for item in plans.all_items(see, asked["plan_id"])}
    for carried in run.carried:
        items |= {item["id"]: item for item in plans.all_items(see, carried.old_plan)}
    place = {item_id: n for n, item_id in enumerate(items)}
    rows.sort(key=lambda each: place[each[1].plan_item_id])
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at : at + AT_ONCE]
        yield [_dispatched(of, row, role, items[row.plan_item_id], run.units[row.unit_id]) for of, row, role in some]


def _dispatch_rows(run: Any, asked: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """(part, row, role)."""
    found: dict[str, list[tuple[Any, Any]]] = {
        "add": [(new, new.role) for new in run.add],
        "retire": [(row, row.role) for row in run.retire],
        "keep": list(run.keep),
    }
    part = asked.get("part")
    wanted = AFTER if part == "after" else (part,) if part else tuple(found)
    return [(name, row, role) for name in found if name in wanted for row, role in found[name]]


def _dispatch_size(see: Reader, asked: dict[str, Any], most: int) -> int:
    return min(len(_dispatch_rows(dispatch.compare(see, asked["plan_id"]), asked)), most)


def _dispatched(part: str, row: Any, role: Any, item: Row, unit: Any) -> Row:
    """A row that comes has no state yet, and the group by which its unit has it; one that is there has the state."""
    shown = {"part": part, "number": item["number"], "title": item["title"], "unit_name": unit.name, "role": role}
    own = {name: getattr(row, name, None) for name in ("period", "deadline_on", "state", "percent", "via")}
    return shown | own


DISPATCH = Table(
    "下发名单",
    (
        Column("下发后", "part", labelled(PARTS), 8),
        Column("序号", "number", width=8),
        Column("重点任务", "title", width=40),
        Column("单位", "unit_name", width=24),
        Column("分工", "role", labelled(ROLE_WORDS), 8),
        Column("期次", "period", _period, 10),
        Column("完成时限", "deadline_on"),
        Column("列入依据", "via", width=20),
        Column("现在状态", "state", labelled(ASSIGNMENT_STATE_LABELS), 10),
        Column("进度", "percent", figure, 8),
    ),
    _DISPATCH_PARSERS,
    _dispatch_asked,
    _to_dispatch,
    _dispatch_of,
    _dispatch_size,
)
"""Of what stays the deadline is the present one: an item's new one is told of as it is carried out."""
