"""Every write to inspections and checklists. Visits and findings are in ``recording``."""

from datetime import date

import sqlalchemy as sa

from app.core.audit import record
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.inspections import liaison, sampling, team
from app.inspections.checklist_models import CHECKLIST, Checklist, ChecklistCreate
from app.inspections.models import (
    DRAW,
    MEMBER,
    TARGET,
    VISIT,
    Inspection,
    InspectionCreate,
    InspectionPatch,
    Mode,
    Redraw,
    Sample,
)
from app.inspections.rules import CHECKLIST_POLICY, PLANNERS, WORKFLOW


@operation("inspection.create")
def create(tx: Tx, given: InspectionCreate, occasion: team.Occasion | None = None) -> int:
    """Plan an inspection; its targets are named or drawn, its team is the creator's unit unless named or drawn. An
    ``occasion`` comes from what it is planned for, whose rules say who may."""
    if (given.sample is None) == (not given.unit_ids):
        raise invalid("unit_ids", "请选择被查单位，或写明抽取办法，两者选一")
    _check_days(given.starts_on, given.ends_on)
    by_hand = None if given.sample else team.targets_by_hand(tx, given.unit_ids)
    team.may_plan(tx, given, by_hand, occasion)
    if given.checklist_id is not None:
        _check_checklist(tx, given.checklist_id)
    if given.liaison_visit_id is not None:
        liaison.check_visit(tx, given.liaison_visit_id, by_hand)
    unit_id = team.inspecting_unit(tx, given.unit_id)
    team_units, team_users = list(given.team_unit_ids), list(given.team_user_ids)
    if not (team_units or team_users or given.sample) or not tx.actor.has(*PLANNERS):
        team_units.append(unit_id)
    draw = None
    if given.sample:
        frame = team.frame(tx, given.mode, given.sample)
        draw = frame, *team.draw(frame)
        by_hand, team_users = draw[2].unit_ids, team_users + draw[2].user_ids
    assert by_hand is not None
    team.refuse_conflicts(tx, given.mode, by_hand, team_units, team_users)
    inspection = tx.add(
        Inspection(
            unit_id=unit_id,
            title=given.title,
            mode=given.mode,
            kind=given.kind,
            starts_on=given.starts_on,
            ends_on=given.ends_on,
            checklist_id=given.checklist_id,
            campaign_id=occasion.campaign_id if occasion else None,
            liaison_visit_id=given.liaison_visit_id,
            created_by=tx.actor.user_id,
        )
    )
    assert inspection.id is not None
    if draw:
        _keep_draw(tx, inspection.id, 1, *draw)
    _set_targets(tx, inspection.id, by_hand)
    _set_team(tx, inspection.id, team_units, team_users)
    return inspection.id


@operation("inspection.redraw")
def redraw(tx: Tx, inspection_id: int, given: Redraw) -> int:
    """Draw again with a new seed, for a reason; the earlier draw is kept, targets and team become the new ones."""
    row = WORKFLOW.guard(tx, inspection_id, "redraw", given.reason)
    last = tx.connection.execute(
        sa.select(DRAW).where(DRAW.c.inspection_id == inspection_id).order_by(DRAW.c.number.desc()).limit(1)
    ).one_or_none()
    if last is None:
        raise Conflict("被查单位是选定的，不是抽取的，不能重新抽取", code="not_drawn")
    names = ("group_id", "size", "inspector_unit_id", "team_size")
    sample = Sample(**{name: last.frame[name] for name in names})
    frame = team.frame(tx, Mode(row.mode), sample)
    seed, drawn = team.draw(frame)
    tx.reason = given.reason
    _touch(tx, inspection_id)
    _keep_draw(tx, inspection_id, last.number + 1, frame, seed, drawn, given.reason)
    tx.connection.execute(sa.delete(TARGET).where(TARGET.c.inspection_id == inspection_id))
    of_draw = sa.and_(MEMBER.c.inspection_id == inspection_id, MEMBER.c.user_id.in_(last.result["user_ids"]))
    tx.connection.execute(sa.delete(MEMBER).where(of_draw))
    _set_targets(tx, inspection_id, drawn.unit_ids)
    named = tx.connection.execute(sa.select(MEMBER).where(MEMBER.c.inspection_id == inspection_id)).all()
    team_units, team_users = [m.unit_id for m in named if m.unit_id], [m.user_id for m in named if m.user_id]
    team.refuse_conflicts(tx, Mode(row.mode), drawn.unit_ids, team_units, team_users)
    _set_team(tx, inspection_id, [], [user for user in drawn.user_ids if user not in team_users])
    return inspection_id


@operation("inspection.edit")
def edit(tx: Tx, inspection_id: int, given: InspectionPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, inspection_id, "edit")
    inspection = changing(tx, Inspection, row, version)
    changes = given.model_dump(exclude_unset=True)
    changes |= {"summary": ""} if changes.get("summary", "") is None else {}
    refuse_emptied(changes, *changes)
    _check_days(changes.get("starts_on", row.starts_on), changes.get("ends_on", row.ends_on))
    inspection.sqlmodel_update(changes)
    tx.session.flush()
    return inspection_id


@operation("inspection.start")
def start(tx: Tx, inspection_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, inspection_id, "start", note)
    WORKFLOW.step(tx, row, "start", note)
    return inspection_id


@operation("inspection.report")
def report(tx: Tx, inspection_id: int, note: str | None = None) -> int:
    """Each target must have a visit or a finding (409 naming those without); a note becomes the summary."""
    row = WORKFLOW.guard(tx, inspection_id, "report", note)
    visited = sa.select(VISIT.c.unit_id).where(VISIT.c.inspection_id == inspection_id)
    unvisited = sa.select(TARGET.c.unit_id).where(
        TARGET.c.inspection_id == inspection_id, TARGET.c.unit_id.not_in(visited)
    )
    if missing := tx.connection.execute(unvisited).scalars().all():
        detail = f"还有 {len(missing)} 个被查单位没有检查记录：{team.names(tx, missing)}"
        raise Conflict(detail, code="not_visited", unit_ids=sorted(missing))
    WORKFLOW.step(tx, row, "report", note, **({"summary": note} if note else {}))
    return inspection_id


@operation("inspection.release")
def release(tx: Tx, inspection_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, inspection_id, "release", note)
    WORKFLOW.step(tx, row, "release", note)
    return inspection_id


@operation("inspection.cancel")
def cancel(tx: Tx, inspection_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, inspection_id, "cancel", note)
    WORKFLOW.step(tx, row, "cancel", note)
    return inspection_id


STEPS = {"start": start, "report": report, "release": release, "cancel": cancel}


@operation("checklist.create")
def create_checklist(tx: Tx, given: ChecklistCreate) -> int:
    """A checklist; under a title that is known already, its next edition."""
    require(tx.actor, *PLANNERS)
    points = [{"key": str(number), **point.model_dump()} for number, point in enumerate(given.points, 1)]
    same = sa.and_(CHECKLIST.c.district_id == tx.actor.district_id, CHECKLIST.c.title == given.title)
    last = tx.connection.execute(sa.select(sa.func.max(CHECKLIST.c.edition)).where(same)).scalar_one()
    made = tx.add(Checklist(title=given.title, edition=(last or 0) + 1, points=points))
    assert made.id is not None
    return made.id


def _check_days(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise invalid("ends_on", f"结束日期 {ends_on} 早于开始日期 {starts_on}，请改为同日或以后")


def _check_checklist(tx: Tx, checklist_id: int) -> None:
    known = sa.select(CHECKLIST.c.id).where(CHECKLIST_POLICY.read(tx.actor.roles), CHECKLIST.c.id == checklist_id)
    if tx.connection.execute(known, tx.actor.binds).one_or_none() is None:
        raise invalid("checklist_id", f"没有编号为 {checklist_id} 的检查表，请重新选择")


def _touch(tx: Tx, inspection_id: int) -> None:
    """Raise the version, so that of two redraws at once one is refused, and leave the event of it."""
    inspection = tx.session.get_one(Inspection, inspection_id)
    inspection.updated_at = tx.now
    tx.session.flush()
    record(tx, "inspection", inspection_id, district_id=inspection.district_id)


def _keep_draw(
    tx: Tx,
    inspection_id: int,
    number: int,
    frame: sampling.Frame,
    seed: str,
    drawn: sampling.Drawn,
    reason: str | None = None,
) -> None:
    tx.connection.execute(
        sa.insert(DRAW).values(
            district_id=tx.actor.district_id,
            inspection_id=inspection_id,
            number=number,
            seed=seed,
            frame=frame,
            result=drawn._asdict(),
            reason=reason,
            drawn_at=tx.now,
            drawn_by=tx.actor.user_id,
        )
    )


def _set_targets(tx: Tx, inspection_id: int, unit_ids: list[int]) -> None:
    mine = {"district_id": tx.actor.district_id, "inspection_id": inspection_id}
    tx.connection.execute(sa.insert(TARGET), [{**mine, "unit_id": unit_id} for unit_id in unit_ids])


def _set_team(tx: Tx, inspection_id: int, unit_ids: list[int], user_ids: list[int]) -> None:
    mine = {"district_id": tx.actor.district_id, "inspection_id": inspection_id}
    rows = [{**mine, "unit_id": unit_id, "user_id": None} for unit_id in sorted(set(unit_ids))]
    rows += [{**mine, "unit_id": None, "user_id": user_id} for user_id in sorted(set(user_ids))]
    if rows:
        tx.connection.execute(sa.insert(MEMBER), rows)
