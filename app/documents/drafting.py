"""The texts of documents, drawn up from what is known: nothing of it is asked for again.

Each ``of_…`` gives a ``Draft``; 422 or 409 where there is nothing to draw up, saying why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, ASSIGNMENT_STATE_LABELS, URGING, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.assignments.rules import WORKFLOW as ASSIGNMENT_STEPS
from app.assignments.words import item
from app.core.calendar import long_day
from app.core.errors import Conflict, NotFound, invalid
from app.core.operation import Tx
from app.core.policy import Roles, among
from app.core.within import many, within
from app.documents.models import DOCUMENT, DocumentCreate, DocumentKind
from app.documents.rules import APPROVED, POLICY, RECEIPTED, SERVED
from app.inspections.models import SEVERITY_LABELS, Severity
from app.plans.models import ITEM, PLAN
from app.rectifications import queries as rectifications
from app.rectifications.models import RECTIFICATION, RECTIFICATION_STATE_LABELS, SOURCE_LABELS, RectificationState
from app.rectifications.rules import CLOSED
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.groups import exists_on
from app.units.models import UNIT, WITHOUT_ACCOUNT, UnitKind
from app.units.operations import unit_of_district
from app.units.succession import stand_ins

ANSWER_WITHIN = 5
"""Workdays that a 督办单 gives."""
MOST_ROWS = 30
"""Rows that a text names one by one; the rest is counted."""
MOST_CITED = 100
"""Rows that a document cites; there may be more, and the text says of how many it is."""
NEVER_ADDRESSED = (*WITHOUT_ACCOUNT, UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM)
"""Who has nobody to receipt it; and the bureau urges neither itself nor the discipline team."""


@dataclass
class Draft:
    title: str
    lines: list[str]
    unit_ids: list[int]
    cites: list[dict[str, int]] = field(default_factory=list)
    figures: dict[str, Any] | None = None
    fields: dict[str, Any] = field(default_factory=dict)


# 整改通知书


def of_rectification(tx: Tx, given: DocumentCreate) -> Draft:
    """From an issued finding, or a problem registered otherwise: by the rectification it opened."""
    if given.rectification_id is None:
        raise invalid("rectification_id", "请指明要整改的问题")
    try:
        row = rectifications.one(tx, given.rectification_id)
    except NotFound:
        raise invalid("rectification_id", "没有这项整改，或不在您可见的范围") from None
    if row["state"] == CLOSED:
        raise Conflict("这项整改已销号，不再下发整改通知书", code="wrong_state")
    addressed(tx, row["unit_id"], "rectification_id")
    found = row["finding"]
    lines = [f"{_occasion(row)}发现你单位存在以下问题，现将整改有关事项通知如下："]
    lines += ["一、存在问题", _sentence(row["problem"])]
    if row["severity"]:
        lines.append(f"问题类别：{row['category']}；严重程度：{SEVERITY_LABELS[Severity(row['severity'])]}。")
    parts = [("整改依据", found["basis"]), ("整改要求", found["correction"])] if found else []
    due = f"请于{long_day(row['deadline_on'])}前完成整改，" if row["deadline_on"] else "请抓紧整改，"
    report = "并将原因分析、整改措施、整改情况和印证资料报督查室验收，验收合格后予以销号。"
    parts.append(("整改时限", f"{due}{report}"))
    for number, (heading, text) in zip("二三四", [part for part in parts if part[1]], strict=False):
        lines += [f"{number}、{heading}", _sentence(text)]
    lines.append("逾期未整改或者整改不到位的，将按照有关规定予以督办、约谈。")
    title = f"关于{row['category'] or ''}问题的整改通知书"
    return Draft(title, lines, [row["unit_id"]], [{"rectification_id": row["id"]}])


def _occasion(row: dict[str, Any]) -> str:
    number = f"（问题编号：{row['number']}）" if row["number"] else ""
    if row["finding"] is None:
        return f"经{SOURCE_LABELS[row['source']].removesuffix('发现')}"
    return f"在“{row['inspection_title']}”中{number}"


def _sentence(text: str) -> str:
    """One paragraph that ends as a sentence does."""
    line = " ".join(text.split())
    return line if line.endswith(("。", "！", "？", "；", "：")) else f"{line}。"


# 督办单


def of_unit_late(tx: Tx, given: DocumentCreate) -> Draft:
    """From the overdue or urged assignments of one unit: those named, or all."""
    if not given.assignment_ids and given.unit_id is None:
        raise invalid("unit_id", "请选择被督办的单位，或指明任务")
    rows = _late(tx, given)
    unit_id = rows[0].unit_id
    addressed(tx, unit_id, "unit_id")
    by = long_day(tx.workdays.add(tx.today, ANSWER_WITHIN))
    plan = rows[0].plan_title if len({row.plan_id for row in rows}) == 1 else None
    title = f"关于“{rows[0].title}”的督办单" if len(rows) == 1 else f"关于{_quoted(plan)}有关任务的督办单"
    lines = [
        f"你单位承担的{_quoted(plan)}下列任务至今没有办结，经研究，决定予以督办：",
        "一、督办事项",
        *_numbered([_late_row(tx, row) for row in rows], _count_of_late(tx, given, rows)),
        "二、办理要求",
        f"请你单位主要负责人牵头，查明原因，落实措施，于{by}前办结并报送印证资料；确实不能办结的，书面说明原因和完成时间。",
        "收到本单后请及时回执。逾期仍未办结的，将予以约谈、通报。",
    ]
    return Draft(title, lines, [unit_id], [{"assignment_id": row.id} for row in rows])


def _late(tx: Tx, given: DocumentCreate) -> Sequence[Any]:
    named = bool(given.assignment_ids)
    rows = tx.connection.execute(_late_statement(tx.actor.roles, named), _binds_of_late(tx, given)).all()
    if named and len(rows) != len(set(given.assignment_ids)):
        raise invalid("assignment_ids", "只能督办没有办结、已经逾期或者催办过的任务，请重新选择")
    if len({row.unit_id for row in rows}) > 1:
        raise invalid("assignment_ids", "一份督办单只发一个单位，请只选同一单位的任务")
    if not rows:
        raise invalid("unit_id", "这个单位没有逾期或者催办过的任务，不需要督办")
    return rows


def _binds_of_late(tx: Tx, given: DocumentCreate) -> dict[str, Any]:
    return {**tx.actor.binds, "ids": given.assignment_ids, "unit": given.unit_id, "today": tx.today}


def _count_of_late(tx: Tx, given: DocumentCreate, rows: Sequence[Any]) -> int:
    statement = _late_statement(tx.actor.roles, bool(given.assignment_ids))
    return _whole_count(tx, statement, _binds_of_late(tx, given), rows)


def _whole_count(tx: Tx, statement: sa.Select[Any], binds: dict[str, Any], rows: Sequence[Any]) -> int:
    """How many there are, of which ``rows`` are those that are cited."""
    if len(rows) < MOST_CITED:
        return len(rows)
    every = statement.with_only_columns(sa.literal(1)).limit(None).order_by(None).subquery()
    return int(tx.connection.execute(sa.select(sa.func.count()).select_from(every), binds).scalar_one())


def still_late(tx: Tx, ids: list[int]) -> list[int]:
    """Those of them that an order may still be about."""
    binds = {**tx.actor.binds, "ids": ids, "unit": None, "today": tx.today}
    return [row.id for row in tx.connection.execute(_late_statement(tx.actor.roles, True), binds)]


_URGED_IN = tuple(AssignmentState(state) for state in ASSIGNMENT_STEPS.transitions["urge"].sources)
"""What waits for its review is not the unit's delay."""
_URGED = (
    sa.select(sa.func.count()).where(URGING.c.assignment_id == ASSIGNMENT.c.id).correlate(ASSIGNMENT).scalar_subquery()
)
_OVERDUE = ASSIGNMENT.c.deadline_on < sa.bindparam("today", type_=sa.Date)
_UNIT = UNIT.alias("late_unit")


@cache
def _late_statement(roles: Roles, named: bool) -> sa.Select[Any]:
    chosen = within(ASSIGNMENT.c.id, many("ids")) if named else ASSIGNMENT.c.unit_id == sa.bindparam("unit")
    names = ("id", "unit_id", "plan_id", "period", "deadline_on", "state", "percent")
    return (
        sa.select(
            *(ASSIGNMENT.c[name] for name in names),
            *(ITEM.c.number, ITEM.c.title, PLAN.c.title.label("plan_title"), _URGED.label("urged")),
        )
        .select_from(
            ASSIGNMENT.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
            .join(PLAN, PLAN.c.id == ASSIGNMENT.c.plan_id)
            .join(_UNIT, _UNIT.c.id == ASSIGNMENT.c.unit_id)
        )
        .where(
            chosen,
            ASSIGNMENTS.read(roles),
            among(ASSIGNMENT.c.state, *_URGED_IN),
            sa.or_(_OVERDUE, _URGED > 0),
        )
        .order_by(ASSIGNMENT.c.deadline_key, ASSIGNMENT.c.id)
        .limit(MOST_CITED)
    )


def _late_row(tx: Tx, row: Any) -> str:
    said = [f"{item(row.number, row.title, row.period)}，{_due(tx, row.deadline_on)}"]
    said.append(f"目前{ASSIGNMENT_STATE_LABELS[AssignmentState(row.state)]}，进度{row.percent}%")
    if row.urged:
        said.append(f"已催办{row.urged}次")
    return "，".join(said)


def _due(tx: Tx, deadline: Any) -> str:
    if deadline is None:
        return "没有完成时限"
    late = f"，已逾期{(tx.today - deadline).days}天" if deadline < tx.today else ""
    return f"完成时限{long_day(deadline)}{late}"


def _numbered(rows: list[str], count: int) -> list[str]:
    """``count``: how many there are, named here or not."""
    lines = [f"{n}.{_sentence(row)}" for n, row in enumerate(rows[:MOST_ROWS], 1)]
    more = count - len(lines)
    return [*lines, f"另有{more}项，详见工作平台。"] if more else lines


def _quoted(title: str | None) -> str:
    return f"《{title.strip('《》')}》" if title else "工作方案"


# 约谈通知书 and 约谈记录


def of_unit_to_talk(tx: Tx, given: DocumentCreate) -> Draft:
    """Why a unit is called in: its overdue or urged assignments, and its rectifications past their deadline."""
    if given.unit_id is None:
        raise invalid("unit_id", "请选择约谈的单位")
    unit = addressed(tx, given.unit_id, "unit_id")
    binds = {**tx.actor.binds, "ids": [], "unit": unit.id, "today": tx.today}
    tardy, unrectified = _late_statement(tx.actor.roles, False), _unrectified_statement(tx.actor.roles)
    late, open_ = (tx.connection.execute(statement, binds).all() for statement in (tardy, unrectified))
    count = _whole_count(tx, tardy, binds, late) + _whole_count(tx, unrectified, binds, open_)
    if not late and not open_:
        raise invalid("unit_id", f"{unit.name}没有逾期或者催办过的任务，也没有逾期的整改，没有约谈的事由")
    reasons = [_late_row(tx, row) for row in late] + [_unrectified(tx, row) for row in open_]
    lines = [
        "一、约谈事由",
        "你单位有下列事项没有按时完成：",
        *_numbered(reasons, count),
        "二、有关要求",
        "请被约谈人准备书面材料，说明情况、原因和下一步措施，按时参加，不得由他人代替。收到本通知后请及时回执。",
    ]
    cites = [{"assignment_id": row.id} for row in late] + [{"rectification_id": row.id} for row in open_]
    fields = {"talk_with": f"{unit.name}主要负责人"}
    return Draft("约谈通知书", lines, [unit.id], cites, fields=fields)


@cache
def _unrectified_statement(roles: Roles) -> sa.Select[Any]:
    names = ("id", "problem", "deadline_on", "state")
    return (
        sa.select(*(RECTIFICATION.c[name] for name in names))
        .where(
            RECTIFICATION.c.unit_id == sa.bindparam("unit"),
            RECTIFICATION.c.state != RectificationState.CLOSED,
            RECTIFICATION.c.deadline_on < sa.bindparam("today", type_=sa.Date),
            RECTIFICATIONS.read(roles),
        )
        .order_by(RECTIFICATION.c.deadline_key, RECTIFICATION.c.id)
        .limit(MOST_CITED)
    )


def _unrectified(tx: Tx, row: Any) -> str:
    state = RECTIFICATION_STATE_LABELS[RectificationState(row.state)]
    problem = " ".join(row.problem.split()).rstrip("。；")
    late = (tx.today - row.deadline_on).days
    return f"问题整改：{problem}，整改时限{long_day(row.deadline_on)}，已逾期{late}天，目前{state}"


_NOTICE = sa.select(DOCUMENT).where(
    DOCUMENT.c.id == sa.bindparam("notice"), DOCUMENT.c.kind == DocumentKind.TALK_NOTICE
)
_RECORDS = sa.select(DOCUMENT.c.id).where(DOCUMENT.c.notice_id == sa.bindparam("notice"), DOCUMENT.c.state != "voided")


def of_notice(tx: Tx, given: DocumentCreate) -> Draft:
    """The record of a talk that was held, belonging to its notice."""
    if given.notice_id is None:
        raise invalid("notice_id", "请指明是哪一份约谈通知书的记录")
    mine = _NOTICE.where(POLICY.read(tx.actor.roles)).with_for_update()
    notice = tx.connection.execute(mine, {**tx.actor.binds, "notice": given.notice_id}).one_or_none()
    if notice is None:
        raise invalid("notice_id", "没有这份约谈通知书，请重新选择")
    if notice.state not in (APPROVED, SERVED, RECEIPTED):
        raise Conflict("约谈通知书批准以后才有约谈记录", code="wrong_state")
    if tx.connection.execute(_RECORDS, {"notice": notice.id}).first():
        raise Conflict("这次约谈已有记录，请修改那一份，或先作废", code="record_exists")
    reasons = notice.body.partition("\n二、")[0].split("\n")
    lines = [*reasons, "二、约谈情况", "三、被约谈人说明", "四、整改要求和承诺"]
    fields = {name: getattr(notice, name) for name in ("talk_with", "talk_on", "talk_time", "talk_place")}
    return Draft("约谈记录", lines, list(notice.unit_ids), fields=fields | {"notice_id": notice.id})


def addressed(tx: Tx, unit_id: int, field: str) -> Any:
    """The unit, if a document may go to it; 422 on ``field`` otherwise."""
    unit = unit_of_district(tx, unit_id, field)
    if unit.kind in NEVER_ADDRESSED:
        raise invalid(field, f"{unit.name}不在督查室的督办范围，或没有账号签收，请选择其他单位")
    if not exists_on(unit, tx.today):
        if unit.valid_from is not None and unit.valid_from > tx.today:
            raise invalid(field, f"{unit.name} {unit.valid_from} 才启用，请在启用后办理，或选择其他单位")
        if (heir := stand_ins(tx).get(unit_id)) is None:
            raise invalid(field, f"{unit.name}已停办，没有承接的单位，请选择现有的单位")
        into = unit_of_district(tx, heir, field).name
        raise invalid(field, f"{unit.name}已并入{into}，请选择{into}")
    return unit
