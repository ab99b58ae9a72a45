"""督查通报: what released inspections found, how a plan stands, and the ranking as it was that moment."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.calendar import long_day
from app.core.errors import Conflict, NotFound, invalid
from app.core.operation import Tx
from app.core.policy import Roles
from app.core.within import many, within
from app.dashboard.queries import dashboard
from app.dashboard.tables import RANKING
from app.documents.drafting import MOST_ROWS, NEVER_ADDRESSED, Draft
from app.documents.models import DocumentCreate
from app.inspections.models import FINDING, INSPECTION, SEVERITY_LABELS, TARGET, FindingState, Severity
from app.inspections.rules import POLICY as INSPECTIONS
from app.inspections.rules import RELEASED
from app.rectifications.models import RECTIFICATION
from app.rectifications.rules import CLOSED
from app.units import groups
from app.units.models import UNIT

NUMERALS = "一二三四五六七八九十"
DEMANDS = (
    "各单位要对照通报的问题举一反三、立查立改，按时完成整改并报送印证资料。"
    "对整改不力、屡查屡犯的，将按照有关规定予以约谈。"
)
MOST_LATE = 10
"""Units that are named for what is overdue; the annex names all."""
_IDS = many("inspections")


def of_inspections(tx: Tx, given: DocumentCreate) -> Draft:
    """About released inspections, about a plan, or both; with the ranking of the plan, of the newest that is
    carried out where none is named. What is not released is not spoken of (409).
    """
    if not given.inspection_ids and given.plan_id is None:
        raise invalid("inspection_ids", "请选择要通报的督查，或指明方案")
    inspections = _released(tx, given.inspection_ids)
    try:
        plan = dashboard(tx, given.plan_id)
    except NotFound:
        raise invalid("plan_id", "没有这份方案，请重新选择") from None
    parts = []
    if inspections:
        parts = [("基本情况", [_held(tx, row) for row in inspections]), ("主要问题", _problems(tx, inspections))]
    if plan["plan_id"] is not None:
        parts.append(("任务落实情况", _progress(tx, plan)))
    parts.append(("工作要求", [DEMANDS]))
    lines = [_opening(inspections, plan)]
    for numeral, (heading, text) in zip(NUMERALS, [part for part in parts if part[1]], strict=False):
        lines += [f"{numeral}、{heading}", *text]
    subject = f"“{inspections[0].title}”" if len(inspections) == 1 else "近期督查"
    title = f"关于{subject if inspections else _book(plan) + '落实'}情况的通报"
    cites: list[dict[str, int]] = [{"inspection_id": row.id} for row in inspections]
    cites += [{"plan_id": plan["plan_id"]}] if given.plan_id is not None else []
    return Draft(title, lines, _addressed(tx, inspections, plan), cites, figures_of(tx, plan))


def figures_of(tx: Tx, plan: dict[str, Any]) -> dict[str, Any] | None:
    """The ranking as the dashboard gives it away, with its formula and the time it was taken."""
    if not plan["ranking"]:
        return None
    shown = [(column.name, column.show) for column in RANKING.columns]
    lines = [[show(row[name], None) for name, show in shown] for row in plan["ranking"]]
    notes = [f"方案：{_book(plan)}", *RANKING.notes(tx)]
    told = {"plan_id": plan["plan_id"], "title": RANKING.title}
    return told | {"headings": RANKING.headings, "lines": lines, "notes": notes}


def _opening(inspections: Sequence[Any], plan: dict[str, Any]) -> str:
    if not inspections:
        return f"现将{_book(plan)}落实情况通报如下："
    return "近期，督查室组织开展了督查检查。现将有关情况通报如下："


def _book(plan: dict[str, Any]) -> str:
    return f"《{plan['plan_title'].strip('《》')}》"


# What inspections found


@cache
def _inspections_statement(roles: Roles) -> sa.Select[Any]:
    names = ("id", "title", "state", "starts_on", "ends_on")
    readable = sa.select(*(INSPECTION.c[name] for name in names)).where(
        within(INSPECTION.c.id, _IDS), INSPECTIONS.read(roles)
    )
    return readable.order_by(INSPECTION.c.starts_on, INSPECTION.c.id)


def _released(tx: Tx, ids: Sequence[int]) -> Sequence[Any]:
    if not ids:
        return []
    binds = {**tx.actor.binds, "inspections": list(ids)}
    rows = tx.connection.execute(_inspections_statement(tx.actor.roles), binds).all()
    if len(rows) != len(set(ids)):
        raise invalid("inspection_ids", "没有这次督查，请从已发布的督查中选择")
    early = [row.title for row in rows if row.state != RELEASED]
    if early:
        raise Conflict(f"“{early[0]}”还没有发布，发布后才能通报", code="not_released")
    return rows


_ISSUED = (
    sa.select(
        *(FINDING.c[name] for name in ("inspection_id", "category", "severity", "description")),
        UNIT.c.name.label("unit_name"),
        RECTIFICATION.c.state,
    )
    .select_from(
        FINDING.join(UNIT, UNIT.c.id == FINDING.c.unit_id).outerjoin(
            RECTIFICATION, RECTIFICATION.c.finding_id == FINDING.c.id
        )
    )
    .where(within(FINDING.c.inspection_id, _IDS), FINDING.c.state == FindingState.ISSUED)
    .order_by(FINDING.c.id)
)
_TARGETS = (
    sa.select(TARGET.c.inspection_id, UNIT)
    .join_from(TARGET, UNIT, UNIT.c.id == TARGET.c.unit_id)
    .where(within(TARGET.c.inspection_id, _IDS))
    .order_by(TARGET.c.id)
)


def _held(tx: Tx, row: Any) -> str:
    binds = {"inspections": [row.id]}
    found = tx.connection.execute(_ISSUED, binds).all()
    targets = len(tx.connection.execute(_TARGETS, binds).all())
    days = long_day(row.starts_on) + (f"至{long_day(row.ends_on)}" if row.ends_on != row.starts_on else "")
    said = f"“{row.title}”于{days}开展，检查{targets}个单位，"
    if not found:
        return f"{said}没有下达问题。"
    counted = Counter(each.severity for each in found)
    kinds = "、".join(f"{label}{counted[each]}个" for each, label in SEVERITY_LABELS.items() if counted[each])
    closed = sum(each.state == CLOSED for each in found)
    return f"{said}下达问题{len(found)}个，其中{kinds}；已销号{closed}个。"


def _problems(tx: Tx, inspections: Sequence[Any]) -> list[str]:
    """By category, the gravest first: whose it is and what was found."""
    found = tx.connection.execute(_ISSUED, {"inspections": [row.id for row in inspections]}).all()
    grave = sorted(found, key=lambda each: -list(Severity).index(each.severity))
    lines, named = [], 0
    for n, category in enumerate(dict.fromkeys(each.category for each in grave)):
        mine = [each for each in grave if each.category == category][: MOST_ROWS - named]
        if not mine:
            break
        named += len(mine)
        told = "；".join(f"{each.unit_name}{' '.join(each.description.split()).rstrip('。；')}" for each in mine)
        lines.append(f"（{_numeral(n + 1)}）{category}方面。{told}。")
    more = len(found) - named
    return [*lines, f"另有{more}个问题，已分别下达。"] if more else lines


def _numeral(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十") + (
        NUMERALS[ones - 1] if ones else ""
    )


# How the plan stands


def _progress(tx: Tx, plan: dict[str, Any]) -> list[str]:
    totals = plan["totals"]
    rate = "" if totals["rate"] is None else f"，办结率{totals['rate']:g}%"
    lines = [
        f"截至{long_day(tx.today)}，{_book(plan)}应办任务{totals['due']}项，已办结{totals['completed']}项{rate}；"
        f"免办{totals['waived']}项，逾期未办结{totals['late']}项。"
    ]
    behind = [(unit["unit_name"], unit["ranked_by"]["late"]) for unit in plan["units"] if unit["ranked_by"]]
    late = sorted((each for each in behind if each[1]), key=lambda each: -each[1])[:MOST_LATE]
    if late:
        named = "、".join(f"{name}（{count}项）" for name, count in late)
        lines.append(f"逾期较多的单位：{named}。")
    if plan["ranking"]:
        lines.append("各学校（园）按时签收率、按期办结率、退回率、逾期数、整改销号率和排名见附件。")
    return lines


def _addressed(tx: Tx, inspections: Sequence[Any], plan: dict[str, Any]) -> list[int]:
    """The units inspected; of a plan, those that carry it out."""
    if inspections:
        rows = tx.connection.execute(_TARGETS, {"inspections": [row.id for row in inspections]}).all()
    else:
        mine = sa.select(UNIT).where(within(UNIT.c.id, many("units"))).order_by(UNIT.c.id)
        rows = tx.connection.execute(mine, {"units": [unit["unit_id"] for unit in plan["units"]]}).all()
    may = [row.id for row in rows if row.kind not in NEVER_ADDRESSED and groups.exists_on(row, tx.today)]
    return list(dict.fromkeys(may))
