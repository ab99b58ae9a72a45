"""Every write to visits, to what was urged on them, and to how many are owed."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.db import insert_or_ignore
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Put, Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, counted_anew, find
from app.liaison_visits.models import (
    EARLIER_QUOTA,
    MATTER,
    QUOTA,
    VISIT,
    LiaisonMatter,
    LiaisonQuota,
    LiaisonVisit,
    MatterCreate,
    QuotaPut,
    VisitCreate,
    VisitPatch,
)
from app.liaison_visits.rules import ANSWERED, MATTER_WORKFLOW, OPEN, QUOTAS, WORKFLOW
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units.models import LIAISON
from app.units.operations import hold_district
from app.units.succession import standing


@operation("liaison_visit.create")
def create(tx: Tx, given: VisitCreate) -> int:
    """By the pair's office; 422 for a day ahead or outside the pair's dates."""
    require(tx.actor, Role.OFFICE)
    pair = _pair(tx, given.liaison_id)
    if pair.office_id not in tx.actor.offices:
        raise Forbidden("只能记录本股室对包联学校的走访")
    if pair.school_id in tx.actor.units | tx.actor.concerned:
        raise Forbidden("不能记录对本人所在学校的走访，请由本股室其他人员记录")
    check_day(pair, given.visited_on, tx.today)
    units = {"unit_id": pair.office_id, "school_id": pair.school_id}
    made = tx.add(LiaisonVisit(**given.model_dump(), **units, recorded_by=tx.actor.user_id))
    assert made.id is not None
    return made.id


def _pair(tx: Tx, liaison_id: int) -> Any:
    mine = sa.select(LIAISON).where(LIAISON.c.id == liaison_id, LIAISON.c.district_id == tx.actor.district_id)
    pair = tx.connection.execute(mine).one_or_none()
    if pair is None:
        raise invalid("liaison_id", f"没有编号为 {liaison_id} 的包联关系，请重新选择")
    return pair


def check_day(pair: Any, visited_on: date, today: date) -> None:
    if visited_on > today:
        raise invalid("visited_on", f"{visited_on} 还没有到，请填写实际走访的日期")
    if visited_on < pair.valid_from or (pair.valid_to is not None and visited_on > pair.valid_to):
        until = f"至 {pair.valid_to}" if pair.valid_to else "起"
        raise invalid("visited_on", f"{visited_on} 不在包联期内（{pair.valid_from} {until}），请核对日期或另选包联关系")


@operation("liaison_visit.edit")
def edit(tx: Tx, visit_id: int, given: VisitPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, visit_id, "edit")
    visit = changing(tx, LiaisonVisit, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "visited_on", "visitors", "content")
    if "visited_on" in changes:
        check_day(_pair(tx, row.liaison_id), changes["visited_on"], tx.today)
    visit.sqlmodel_update(changes)
    tx.session.flush()
    return visit_id


# Steps


@operation("liaison_visit.confirm")
def confirm(tx: Tx, visit_id: int, note: str | None = None) -> int:
    """By the school: it was so."""
    row = WORKFLOW.guard(tx, visit_id, "confirm", note)
    WORKFLOW.step(tx, row, "confirm", note, confirmed_at=tx.now)
    return visit_id


@operation("liaison_visit.comment")
def comment(tx: Tx, visit_id: int, note: str | None = None) -> int:
    """By the school: what is to be put right."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, visit_id, "comment", note), "comment", note)
    return visit_id


@operation("liaison_visit.resubmit")
def resubmit(tx: Tx, visit_id: int, note: str | None = None) -> int:
    """By the office: it is put right, or stays as it was."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, visit_id, "resubmit", note), "resubmit", note)
    return visit_id


@operation("liaison_visit.void")
def void(tx: Tx, visit_id: int, note: str | None = None) -> int:
    """Recorded by mistake. 409 while something that was urged on it is under way."""
    row = WORKFLOW.guard(tx, visit_id, "void", note)
    under_way = sa.select(MATTER.c.id).where(
        MATTER.c.liaison_visit_id == visit_id, MATTER.c.state.in_((OPEN, ANSWERED))
    )
    if tx.connection.execute(under_way.limit(1)).first() is not None:
        raise Conflict("还有督促事项没有办结，请先办结或撤回", code="matters_open")
    WORKFLOW.step(tx, row, "void", note)
    return visit_id


STEPS = {"confirm": confirm, "comment": comment, "resubmit": resubmit, "void": void}


# What was urged


@operation("liaison_matter.create")
def urge(tx: Tx, visit_id: int, given: MatterCreate) -> int:
    row = WORKFLOW.guard(tx, visit_id, "urge")
    if given.deadline_on < tx.today:
        raise invalid("deadline_on", f"时限 {given.deadline_on} 已过，请改为今天或以后")
    office, school = standing(tx, row.unit_id), standing(tx, row.school_id)
    made = tx.add(LiaisonMatter(liaison_visit_id=visit_id, unit_id=office, school_id=school, **given.model_dump()))
    assert made.id is not None
    counted_anew(tx, VISIT, [visit_id])
    tell_unit(tx, school, Kind.GIVEN, "liaison_matter", made.id)
    return made.id


@operation("liaison_matter.answer")
def answer(tx: Tx, matter_id: int, note: str | None = None) -> int:
    """By the school; the note is its answer, and stands in the row."""
    row = MATTER_WORKFLOW.guard(tx, matter_id, "answer", note)
    MATTER_WORKFLOW.step(tx, row, "answer", note, answer=note, answered_at=tx.now)
    return matter_id


@operation("liaison_matter.close")
def close(tx: Tx, matter_id: int, note: str | None = None) -> int:
    row = MATTER_WORKFLOW.guard(tx, matter_id, "close", note)
    MATTER_WORKFLOW.step(tx, row, "close", note, closed_at=tx.now)
    counted_anew(tx, VISIT, [row.liaison_visit_id])
    return matter_id


@operation("liaison_matter.send_back")
def send_back(tx: Tx, matter_id: int, note: str | None = None) -> int:
    """To be answered anew; what was answered stays until then."""
    row = MATTER_WORKFLOW.guard(tx, matter_id, "send_back", note)
    MATTER_WORKFLOW.step(tx, row, "send_back", note)
    tell_unit(tx, row.school_id, Kind.SENT_BACK, "liaison_matter", matter_id)
    return matter_id


@operation("liaison_matter.cancel")
def cancel(tx: Tx, matter_id: int, note: str | None = None) -> int:
    row = MATTER_WORKFLOW.guard(tx, matter_id, "cancel", note)
    MATTER_WORKFLOW.step(tx, row, "cancel", note)
    counted_anew(tx, VISIT, [row.liaison_visit_id])
    return matter_id


MATTER_STEPS = {"answer": answer, "close": close, "send_back": send_back, "cancel": cancel}


# How many are owed


@operation("liaison_quota.put")
def put_quota(tx: Tx, given: QuotaPut) -> Put:
    """How many visits a term all pairs owe from the present term on, or the one named."""
    require(tx.actor, Role.SUPERVISOR)
    if given.liaison_id is not None:
        _pair(tx, given.liaison_id)
    hold_district(tx)
    of_pair = QUOTA.c.liaison_id.is_(None) if given.liaison_id is None else QUOTA.c.liaison_id == given.liaison_id
    known = sa.select(QUOTA.c.id, QUOTA.c.visits).where(QUOTA.c.district_id == tx.actor.district_id, of_pair)
    row = tx.connection.execute(known).one_or_none()
    if row is None:
        made = tx.add(LiaisonQuota(**given.model_dump()))
        assert made.id is not None
        _keep_earlier(tx, made.id, None)
        return Put(made.id, True)
    changing(tx, LiaisonQuota, find(tx, QUOTAS, row.id)).visits = given.visits
    tx.session.flush()
    if row.visits != given.visits:
        _keep_earlier(tx, row.id, row.visits)
    return Put(row.id, False)


def _keep_earlier(tx: Tx, quota_id: int, visits: int | None) -> None:
    """For the terms that are over. Of several changes on one day the first says what had held until then."""
    kept = {"district_id": tx.actor.district_id, "quota_id": quota_id, "changed_on": tx.today, "visits": visits}
    tx.connection.execute(insert_or_ignore(tx.connection, EARLIER_QUOTA).values(kept))
