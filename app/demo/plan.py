"""The demo's plan on its way: imported, reviewed, issued and dispatched by the supervision office."""

import re
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments.dispatch import dispatch
from app.assignments.models import ASSIGNMENT
from app.core.operation import Tx
from app.demo.bureau import BODIES, Bureau
from app.demo.diary import Diary
from app.plans import items, operations, queries, review
from app.plans.models import ITEM, Cadence, EvidenceKind, ResponsibilityRole
from app.plans.reading import Reading, read_plan_now
from app.plans.schemas import PlanItemPatch, Resolution, Resolutions, ResponsibilitySet
from app.units.models import OFFICES, UNIT, UnitKind

SAMPLE = Path(__file__).with_name("sample_plan.txt")
WRITTEN_ON = date(2026, 9, 21)
"""The day the sample plan bears; its other dates are told from it."""
IMPORTED, ISSUED = -45, -42
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_YEAR = re.compile(rf"{WRITTEN_ON.year}(?=年(?!\d)|〕)")

REVISED_ON = -3
OUTSIDERS = "规范校外机构进校园活动"
SERVICES = "做好课后服务和作业管理"
REVISED = (
    ("作业总量由年级组统筹", "课后服务经费由中心校按月结算、统一公示，作业总量由年级组统筹"),
    (
        "\n\n四、工作要求",
        f"\n17.{OUTSIDERS}。\n主要措施：校外机构进校园一律先审批后进入，来访单位逐一登记，不得散发培训广告。\n"
        "牵头股室：职成股\n配合股室：安稳股，各学校（园）\n\n四、工作要求",
    ),
)
"""What its next edition changes, by what analyses say."""

REQUIRED = ((), ("policy",), (), (), ("inspection",), (), (), ("scheme",), (), ("meeting",), (), ("activity",))
"""Evidence that review asks for, item by item."""
DEADLINES = (-17, -10, 2, 11, None, 32, 0)
"""Days from today, for the items of a plan that states no deadlines."""


def sample_plan(issued_on: date, *changes: tuple[str, str]) -> Reading:
    """The sample plan as if written on that day: all its dates move along. ``changes``: words of it, and what
    stands in their place.
    """
    moved = issued_on - WRITTEN_ON

    def move(found: re.Match[str]) -> str:
        day = date(int(found[1]), int(found[2]), int(found[3])) + moved
        return f"{day.year}年{day.month}月{day.day}日"

    text = SAMPLE.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    text = _DATE.sub(move, _YEAR.sub(str(issued_on.year), text))
    return read_plan_now(text.encode(), f"清廉校园建设与督查工作方案（{issued_on.year}）.txt")


def launch(diary: Diary, bureau: Bureau, given: Reading | None) -> int:
    """The plan's id, once it is dispatched."""
    reading = given or sample_plan(diary.day(ISSUED))
    supervisor = bureau.actors["supervisor"]
    offices = [bureau.unit[body.name] for body in BODIES if body.kind == UnitKind.OFFICE]
    made: dict[str, int] = {}

    def read(tx: Tx) -> None:
        made["plan"] = operations.import_(tx, reading)
        if not reading.found["items"]:
            operations.use_table_rows(tx, made["plan"], True)

    diary.note(IMPORTED, 20, supervisor, read)
    diary.note(IMPORTED, 45, supervisor, lambda tx: _resolve(tx, made["plan"]))
    diary.note(IMPORTED, 70, supervisor, lambda tx: _set_items(tx, made["plan"], diary, offices, given is not None))
    diary.note(ISSUED, 30, supervisor, lambda tx: operations.issue(tx, made["plan"]))
    diary.note(ISSUED, 60, supervisor, lambda tx: dispatch(tx, made["plan"]))
    diary.perform()
    return made["plan"]


def revise(diary: Diary, bureau: Bureau) -> dict[str, int]:
    """The sample plan's next edition, being drawn up; its id is known under ``plan`` once that has happened."""
    reading = sample_plan(diary.day(ISSUED), *REVISED)
    made: dict[str, int] = {}

    def read(tx: Tx) -> None:
        made["plan"] = operations.import_(tx, reading)
        _resolve(tx, made["plan"])

    diary.note(REVISED_ON, 60, bureau.actors["supervisor"], read)
    return made


def _resolve(tx: Tx, plan_id: int) -> None:
    """Names nobody knows become what they are nearest to; the rest is dropped."""
    found = review.unresolved(tx, plan_id)["data"]
    if found:
        operations.resolve(tx, plan_id, Resolutions(resolutions=[_resolution(name) for name in found]))


def _resolution(unknown: dict[str, Any]) -> Resolution:
    if not unknown["suggestions"]:
        return Resolution(name=unknown["name"], drop_reason="演示的单位名录里没有这个单位")
    nearest = unknown["suggestions"][0]
    return Resolution(name=unknown["name"], unit_id=nearest["unit_id"], unit_group_id=nearest["unit_group_id"])


def _set_items(tx: Tx, plan_id: int, diary: Diary, offices: list[int], foreign: bool) -> None:
    for at, item in enumerate(queries.all_items(tx, plan_id)):
        changes: dict[str, Any] = {}
        if kinds := REQUIRED[at % len(REQUIRED)]:
            changes["required_evidence"] = [EvidenceKind(kind) for kind in kinds]
        undated = item["deadline_on"] is None and item["cadence"] == Cadence.ONCE
        if foreign and undated and (ahead := DEADLINES[at % len(DEADLINES)]) is not None:
            changes["deadline_on"] = diary.day(ahead)
        if not any(named["unit_id"] or named["unit_group_id"] for named in item["responsibilities"]):
            office = offices[at % len(offices)]
            changes["responsibilities"] = [ResponsibilitySet(unit_id=office, role=ResponsibilityRole.RESPONSIBLE)]
            changes["reason"] = "原文没有写明责任单位，演示时由各股室轮流承担"
        if changes:
            items.edit(tx, item["id"], PlanItemPatch(**changes))


def next_dispatch(diary: Diary) -> int:
    """How many days ago this month began, if the plan was out by then: recurring items got their new rows then."""
    first = diary.today.replace(day=1)
    ahead = (first - diary.today).days
    return ahead if ahead > ISSUED + 1 else -1


class Row(NamedTuple):
    """One assignment, and who has to do with it."""

    id: int
    unit_id: int
    unit_name: str
    item_title: str
    item_position: int
    required: list[str]
    deadline_on: date | None
    is_office: bool
    offices: tuple[int, ...]
    """Offices that review schools' rows: the leads, else all that are responsible."""


def rows(tx: Any, plan_id: int, since_id: int = 0) -> list[Row]:
    """The plan's assignments after ``since_id``, item by item."""
    statement = (
        sa.select(ASSIGNMENT, UNIT.c.name, UNIT.c.kind, ITEM.c.title, ITEM.c.position, ITEM.c.required_evidence)
        .join(UNIT, UNIT.c.id == ASSIGNMENT.c.unit_id)
        .join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
        .where(ASSIGNMENT.c.plan_id == plan_id)
        .order_by(ITEM.c.position, ASSIGNMENT.c.id)
    )
    found = tx.connection.execute(statement).all()
    strongest: dict[int, dict[str, list[int]]] = {}
    for row in found:
        if row.kind in OFFICES:
            strongest.setdefault(row.plan_item_id, {}).setdefault(row.role, []).append(row.unit_id)
    return [
        Row(
            row.id,
            row.unit_id,
            row.name,
            row.title,
            row.position,
            row.required_evidence,
            row.deadline_on,
            row.kind in OFFICES,
            tuple(_reviewing(strongest.get(row.plan_item_id, {}))),
        )
        for row in found
        if row.id > since_id
    ]


def _reviewing(by_role: dict[str, list[int]]) -> list[int]:
    return by_role.get(ResponsibilityRole.LEAD) or by_role.get(ResponsibilityRole.RESPONSIBLE) or []
