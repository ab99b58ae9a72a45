"""Every read of inspections: the list, one with its team, its targets and draws, and what their forms offer."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import Role
from app.core.timeline import Entry, labels_of, timeline
from app.core.workflow import find
from app.identity.models import GRANT, USER
from app.inspections import liaison
from app.inspections.checklist_models import CHECKLIST
from app.inspections.models import (
    DRAW,
    FINDING,
    INSPECTION,
    MEMBER,
    TARGET,
    VISIT,
    InspectionKind,
    InspectionState,
    Mode,
)
from app.inspections.rules import CHECKLIST_POLICY, INSPECTING, PLANNERS, POLICY, RELEASED, WORKFLOW, has_target
from app.units.models import UNIT, UnitKind

# An alias: the conditions of other resources bring the plain table with them.
INSPECTOR = UNIT.alias("inspector")


def _count(table: sa.Table) -> sa.ScalarSelect[int]:
    rows = sa.select(sa.func.count()).select_from(table).where(table.c.inspection_id == INSPECTION.c.id)
    return rows.correlate(INSPECTION).scalar_subquery()


_NAMES = (
    *("id", "version", "unit_id", "title", "mode", "kind", "state", "starts_on", "ends_on"),
    *("checklist_id", "campaign_id", "updated_at"),
)
_COLUMNS = [
    *(INSPECTION.c[name] for name in (*_NAMES, "liaison_visit_id", "summary")),
    INSPECTOR.c.name.label("unit_name"),
    _count(TARGET).label("target_count"),
    _count(VISIT).label("visit_count"),
    _count(FINDING).label("finding_count"),
    _count(DRAW).label("draw_count"),
]
_SOURCE = INSPECTION.join(INSPECTOR, INSPECTOR.c.id == INSPECTION.c.unit_id)

LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(INSPECTION)},
    filters={
        "state": one_of(INSPECTION.c.state, "state", InspectionState),
        "mode": one_of(INSPECTION.c.mode, "mode", Mode),
        "kind": one_of(INSPECTION.c.kind, "kind", InspectionKind),
        "since": Filter(INSPECTION.c.starts_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(INSPECTION.c.starts_on <= sa.bindparam("f_until", type_=sa.Date), parse_date),
        "unit_id": equals(INSPECTION.c.unit_id, "unit_id"),
        "campaign_id": equals(INSPECTION.c.campaign_id, "campaign_id"),
        "liaison_visit_id": Filter(liaison.led_from(INSPECTION.c.liaison_visit_id)),
        "target_unit_id": Filter(
            has_target(TARGET.c.unit_id == sa.bindparam("f_target_unit_id", type_=sa.BigInteger)),
        ),
    },
    search=[INSPECTION.c.title],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    """What those inspected see leaves out how far the visits are, and the summary until it is released."""
    inside = bool(row.may_see_inside)
    actions = WORKFLOW.allowed_actions(row)
    if not row.draw_count and "redraw" in actions:
        actions.remove("redraw")
    shown = {name: getattr(row, name) for name in _NAMES}
    return shown | {
        "unit_name": row.unit_name,
        "summary": row.summary if inside or row.state == RELEASED else None,
        "target_count": row.target_count,
        "visit_count": row.visit_count if inside else None,
        "finding_count": row.finding_count if inside else None,
        "draw_count": row.draw_count,
        "inside": inside,
        "allowed_actions": actions,
    }


_TEAM = (
    sa.select(MEMBER.c.unit_id, MEMBER.c.user_id, sa.func.coalesce(UNIT.c.name, USER.c.name).label("name"))
    .select_from(MEMBER.outerjoin(UNIT, UNIT.c.id == MEMBER.c.unit_id).outerjoin(USER, USER.c.id == MEMBER.c.user_id))
    .where(MEMBER.c.inspection_id == sa.bindparam("inspection"))
    .order_by(MEMBER.c.id)
)


def one(see: Reader, inspection_id: int) -> dict[str, Any]:
    """An inspection with its team: units and persons."""
    row = LIST.one(see, inspection_id)
    team = see.connection.execute(_TEAM, {"inspection": inspection_id}).all()
    led = {"liaison_visit": liaison.visit_of(see, row.liaison_visit_id)}
    return present(see, row) | led | {"team": [dict(member._mapping) for member in team]}


_FOUND = sa.select(sa.func.count()).select_from(FINDING)
_TARGETS = (
    sa.select(
        TARGET.c.unit_id,
        UNIT.c.name.label("unit_name"),
        UNIT.c.kind,
        VISIT.c.id.label("visit_id"),
        VISIT.c.visited_on,
        VISIT.c.score,
        VISIT.c.max_score,
        _FOUND.where(FINDING.c.inspection_id == TARGET.c.inspection_id, FINDING.c.unit_id == TARGET.c.unit_id)
        .correlate(TARGET)
        .scalar_subquery()
        .label("finding_count"),
    )
    .select_from(
        TARGET.join(UNIT, UNIT.c.id == TARGET.c.unit_id).outerjoin(
            VISIT, sa.and_(VISIT.c.inspection_id == TARGET.c.inspection_id, VISIT.c.unit_id == TARGET.c.unit_id)
        )
    )
    .where(TARGET.c.inspection_id == sa.bindparam("inspection"))
    .order_by(TARGET.c.id)
)


def targets(see: Reader, inspection_id: int) -> dict[str, Any]:
    """All targets with their visits and findings; to those inspected, which units they are."""
    inside = find(see, POLICY, inspection_id).may_see_inside
    rows = see.connection.execute(_TARGETS, {"inspection": inspection_id}).all()
    names = ("unit_id", "unit_name", "kind")
    return {"data": [dict(r._mapping) if inside else {n: getattr(r, n) for n in names} for r in rows], "next": None}


_DRAWS = (
    sa.select(
        *(DRAW.c[name] for name in ("number", "seed", "frame", "result", "reason", "drawn_at")),
        USER.c.name.label("drawn_by_name"),
    )
    .select_from(DRAW.outerjoin(USER, USER.c.id == DRAW.c.drawn_by))
    .where(DRAW.c.inspection_id == sa.bindparam("inspection"))
    .order_by(DRAW.c.number)
)


def draws(see: Reader, inspection_id: int) -> dict[str, Any]:
    """Every draw, kept so that anyone can repeat it.

    ``random.Random(seed)``; for each stratum in order ``sample(sorted(unit_ids), size)``; then, of the inspectors
    without a conflict with a drawn unit, ``sample(sorted(ids), team_size)``.
    """
    find(see, POLICY, inspection_id)
    rows = see.connection.execute(_DRAWS, {"inspection": inspection_id}).all()
    return {"data": [dict(row._mapping) for row in rows], "next": None}


_LABELS = labels_of(WORKFLOW, create=("制定计划", ""))


def history(see: Reader, inspection_id: int) -> list[Entry]:
    """What happened to an inspection that the actor sees the whole of; newest first."""
    return timeline(see, "inspection", inspection_id, _LABELS)


# Checklists

CHECKLISTS = Listing(
    policy=CHECKLIST_POLICY,
    columns=[CHECKLIST.c[name] for name in ("id", "version", "title", "edition", "points")],
    sorts={"id": by_id(CHECKLIST)},
    search=[CHECKLIST.c.title],
)


def present_checklist(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "version", "title", "edition", "points")}
    return shown | {"allowed_actions": ["create"] if see.actor.has(*PLANNERS) else []}


def one_checklist(see: Reader, checklist_id: int) -> dict[str, Any]:
    return present_checklist(see, find(see, CHECKLIST_POLICY, checklist_id))


# What the plan's form offers


def may_plan(see: Reader) -> bool:
    return see.actor.has(*PLANNERS, Role.OFFICE)


def people(see: Reader) -> list[dict[str, Any]]:
    """Those who may be named to a team: who works for an office today, by unit and name."""
    grants = (
        sa.select(GRANT.c.user_id, USER.c.name, UNIT.c.id.label("unit_id"), UNIT.c.name.label("unit_name"))
        .distinct()
        .select_from(GRANT.join(USER, USER.c.id == GRANT.c.user_id).join(UNIT, UNIT.c.id == GRANT.c.unit_id))
        .where(
            GRANT.c.district_id == see.actor.district_id,
            GRANT.c.role == Role.OFFICE,
            UNIT.c.kind.in_(INSPECTING),
            GRANT.c.valid_from <= see.today,
            sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= see.today),
            USER.c.disabled_at.is_(None),
        )
        .order_by(UNIT.c.id, USER.c.name)
    )
    return [dict(row._mapping) for row in see.connection.execute(grants).all()]


def unit_names(see: Reader, unit_ids: list[int]) -> dict[int, str]:
    wanted = sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.id.in_(unit_ids), UNIT.c.kind != UnitKind.BUREAU)
    return {row.id: row.name for row in see.connection.execute(wanted).all()}


def with_names(see: Reader, draw: dict[str, Any]) -> dict[str, Any]:
    """A draw by the names of whom it drew, and of whom it did not."""
    frame, result = draw["frame"], draw["result"]
    units = unit_names(see, [*result["unit_ids"], *frame["left_out"], frame["inspector_unit_id"]])
    users = user_names(see, [*result["user_ids"], *result["excused"]])
    return draw | {
        "inspector_unit": units.get(frame["inspector_unit_id"], ""),
        "units": [units[unit_id] for unit_id in result["unit_ids"]],
        "people": [users[user_id] for user_id in result["user_ids"]],
        "excused": [users[user_id] for user_id in result["excused"]],
        "left_out": [units[unit_id] for unit_id in frame["left_out"] if unit_id in units],
    }


def user_names(see: Reader, user_ids: list[int]) -> dict[int, str]:
    wanted = sa.select(USER.c.id, USER.c.name).where(USER.c.id.in_(user_ids))
    return {row.id: row.name for row in see.connection.execute(wanted).all()}
