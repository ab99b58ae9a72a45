"""Inspections, visits and checklists as tables; the findings are 督查问题清单, with the columns of DOMAIN §6."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.tables import Column, Row, at_minute, blank, figure, joined, labelled, of_list, of_whole, part_of, plain
from app.core.within import many, within
from app.evidence.queries import counts_linked
from app.identity.models import USER
from app.inspections import found, queries
from app.inspections.models import (
    INSPECTION_KIND_LABELS,
    INSPECTION_STATE_LABELS,
    MEMBER,
    MODE_LABELS,
    SEVERITY_LABELS,
)
from app.inspections.rules import POLICY
from app.units.models import KIND_LABELS, UNIT

INSPECTIONS = of_list(
    "督查检查",
    (
        Column("名称", "title", width=36),
        Column("方式", "mode", labelled(MODE_LABELS), 8),
        Column("类别", "kind", labelled(INSPECTION_KIND_LABELS), 12),
        Column("检查单位", "unit_name", width=20),
        Column("开始日期", "starts_on"),
        Column("结束日期", "ends_on"),
        Column("状态", "state", labelled(INSPECTION_STATE_LABELS), 10),
        Column("被查单位数", "target_count", figure, 10),
        Column("已查", "visit_count", figure, 8),
        Column("问题数", "finding_count", figure, 8),
        Column("检查情况", "summary", width=50),
    ),
    queries.LIST,
    queries.present,
    grounds=frozenset({"see_inside"}),
)
VISITS = of_list(
    "检查记录",
    (
        Column("被查单位", "unit_name", width=24),
        Column("检查日期", "visited_on"),
        Column("得分", "score", figure, 8),
        Column("满分", "max_score", figure, 8),
        Column("记录", "note", width=60),
    ),
    found.VISITS,
    found.present_visit,
    within=part_of(POLICY, "inspection_id"),
)


def _targets(see: Reader, inspection_id: int) -> list[Row]:
    """Whoever is inspected learns which units are, and no more."""
    unseen = dict.fromkeys(("visited_on", "score", "max_score", "finding_count"))
    return [unseen | target for target in queries.targets(see, inspection_id)["data"]]


def _draws(see: Reader, inspection_id: int) -> list[Row]:
    return [queries.with_names(see, draw) for draw in queries.draws(see, inspection_id)["data"]]


TARGETS = of_whole(
    "被查单位",
    (
        Column("单位", "unit_name", width=24),
        Column("类别", "kind", labelled(KIND_LABELS), 14),
        Column("检查日期", "visited_on"),
        Column("得分", "score", figure, 8),
        Column("满分", "max_score", figure, 8),
        Column("问题", "finding_count", figure, 8),
    ),
    _targets,
    POLICY,
)
DRAWS = of_whole(
    "双随机抽取名单",
    (
        Column("次序", "number", figure, 6),
        Column("抽取时间", "drawn_at", at_minute, 17),
        Column("抽取人", "drawn_by_name", width=12),
        Column("重抽原因", "reason", width=24),
        Column("抽中单位", "units", joined(plain), 60),
        Column("检查人员", "people", joined(plain), 30),
        Column("检查单位", "inspector_unit", width=20),
        Column("回避人员", "excused", joined(plain), 24),
        Column("未入范围", "left_out", joined(plain), 30),
        Column("种子", "seed", width=34),
    ),
    _draws,
    POLICY,
)
"""What of a draw its repetition needs besides, the frame, is in the list's JSON."""


def _points(points: list[dict[str, Any]], _known: Any = None) -> str:
    lines = (f"{point['area']}：{point['text']}（{point['score']}分）" for point in points)
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))


CHECKLISTS = of_list(
    "检查表",
    (
        Column("名称", "title", width=30),
        Column("版次", "edition", figure, 8),
        Column("条数", "points", lambda points, known: len(points), 8),
        Column("总分", "points", lambda points, known: sum(point["score"] for point in points), 8),
        Column("检查内容", "points", _points, 80),
    ),
    queries.CHECKLISTS,
    queries.present_checklist,
)


# Findings

_INSPECTORS = (
    sa.select(MEMBER.c.inspection_id, sa.func.coalesce(USER.c.name, UNIT.c.name).label("name"))
    .select_from(MEMBER.outerjoin(UNIT, UNIT.c.id == MEMBER.c.unit_id).outerjoin(USER, USER.c.id == MEMBER.c.user_id))
    .where(within(MEMBER.c.inspection_id, many("inspections")))
    .order_by(MEMBER.c.user_id.is_(None), MEMBER.c.id)
)


def _complete(see: Reader, rows: list[Row]) -> None:
    """Who inspected, and how much evidence there is. Whoever reads a finding reads its inspection with its team."""
    evidence = counts_linked(see, "findings", [row["id"] for row in rows])
    of = {"inspections": sorted({row["inspection_id"] for row in rows})}
    team: dict[int, list[str]] = {}
    for member in see.connection.execute(_INSPECTORS, of):
        team.setdefault(member.inspection_id, []).append(member.name)
    for row in rows:
        row["inspectors"] = "、".join(team.get(row["inspection_id"], [row["inspector_name"]]))
        row["evidence_count"] = evidence.get(row["id"], 0)


FINDINGS = of_list(
    "督查问题清单",
    (
        Column("编号", "number"),
        Column("督查时间", "visited_on"),
        Column("方式", "inspection_mode", labelled(MODE_LABELS), 8),
        Column("被查单位", "unit_name", width=20),
        Column("督查人", "inspectors", width=20),
        Column("问题类别", "category"),
        Column("问题描述", "description", width=40),
        Column("依据", "basis", width=30),
        Column("严重程度", "severity", labelled(SEVERITY_LABELS), 10),
        Column("证据", "evidence_count", figure, 8),
        Column("整改要求", "correction", width=40),
        Column("时限", "deadline_on"),
        blank("签收"),
    ),
    found.FINDINGS,
    found.present_finding,
    _complete,
    within=part_of(POLICY, "inspection_id"),
)
"""签收 is where the inspected unit signs on paper; a finding has no such step."""
