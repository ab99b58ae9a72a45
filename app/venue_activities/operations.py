"""Every write to venue activities, and to which office approves which kind."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.errors import Conflict, FieldError, Forbidden, invalid
from app.core.operation import Put, Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.evidence.queries import linked
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units import groups
from app.units.models import WITHOUT_ACCOUNT, UnitKind
from app.units.operations import hold_district, office_of_district, unit_of_district
from app.units.reviewing import CARRIERS
from app.venue_activities.models import (
    REVIEWER,
    ActivityCreate,
    ActivityPatch,
    CheckResult,
    Held,
    ReviewerPut,
    VenueActivity,
    VenueReviewer,
)
from app.venue_activities.rules import REVIEWERS, WORKFLOW

NEVER_HOLDING = (UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM, *WITHOUT_ACCOUNT)
DECIDED = {"approve": Kind.APPROVED, "refuse": Kind.REFUSED}
CHECK = {"checked_by": "审核人", "checked_on": "审核日期", "check_result": "审核结果"}


@operation("venue_activity.create")
def create(tx: Tx, given: ActivityCreate) -> int:
    """Registered, and so asked for; 422 for a day that is not ahead."""
    require(tx.actor, *CARRIERS)
    unit_id = given.unit_id
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择单位")
        unit_id = tx.actor.home_units[0]
    unit = unit_of_district(tx, unit_id)
    if unit_id not in tx.actor.units:
        raise Forbidden("只能登记本单位的活动")
    if unit.kind in NEVER_HOLDING or not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}不登记活动，请选择其他单位")
    check_ahead(given.held_on, tx.today)
    check_checked(given.checked_on, tx.today)
    fields = given.model_dump(exclude={"unit_id"})
    made = tx.add(VenueActivity(**fields, unit_id=unit_id, registered_by=tx.actor.user_id))
    assert made.id is not None
    return made.id


def check_ahead(held_on: date, today: date) -> None:
    if held_on <= today:
        raise invalid("held_on", f"举办日期 {held_on} 不在今天以后；活动须在举办之前登记、批准")


def check_checked(checked_on: date | None, today: date) -> None:
    if checked_on is not None and checked_on > today:
        raise invalid("checked_on", f"{checked_on} 还没有到，请填写实际审核的日期")


@operation("venue_activity.edit")
def edit(tx: Tx, activity_id: int, given: ActivityPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, activity_id, "edit")
    activity = changing(tx, VenueActivity, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "kind", "topic", "host", "place", "held_on", "audience", "expected")
    if changes.get("held_on", row.held_on) != row.held_on:
        check_ahead(changes["held_on"], tx.today)
    check_checked(changes.get("checked_on"), tx.today)
    activity.sqlmodel_update(changes)
    tx.session.flush()
    return activity_id


# Steps


@operation("venue_activity.approve")
def approve(tx: Tx, activity_id: int, note: str | None = None) -> int:
    """409 without a content check that it passed, or after its day."""
    row = WORKFLOW.guard(tx, activity_id, "approve", note)
    if row.held_on < tx.today:
        raise Conflict(f"举办日期 {row.held_on} 已过，不能再批准；请注明情况后不批准", code="day_over")
    lacking = [FieldError(f"/{name}", f"请填写{words}") for name, words in CHECK.items() if getattr(row, name) is None]
    if lacking:
        raise Conflict("还不能批准：内容审核没有填完", code="unchecked", errors=lacking)
    if row.check_result == CheckResult.FAILED:
        raise Conflict("内容审核没有通过，不能批准", code="check_failed")
    return _decide(tx, row, "approve", note)


@operation("venue_activity.refuse")
def refuse(tx: Tx, activity_id: int, note: str | None = None) -> int:
    return _decide(tx, WORKFLOW.guard(tx, activity_id, "refuse", note), "refuse", note)


def _decide(tx: Tx, row: Any, action: str, note: str | None) -> int:
    WORKFLOW.step(tx, row, action, note, decided_by=tx.actor.user_id, decided_at=tx.now)
    tell_unit(tx, row.unit_id, DECIDED[action], "venue_activity", row.id)
    row_id: int = row.id
    return row_id


@operation("venue_activity.hold")
def hold(tx: Tx, activity_id: int, given: Held) -> int:
    """On its day or after: how many came. 409 before, and without a paper that shows it."""
    row = WORKFLOW.guard(tx, activity_id, "hold")
    if row.held_on > tx.today:
        raise Conflict(f"举办日期是 {row.held_on}，还没有到，届时再登记", code="too_early")
    WORKFLOW.step(tx, row, "hold", given.note or None, attended=given.attended)
    # Under the row's lock, which the step took, as an assignment's: nobody takes its paper away meanwhile.
    if not linked(tx, "venue-activities", activity_id):
        missing = FieldError("/evidence", "请至少上传或关联一份资料（照片、签到等）")
        raise Conflict(f"还不能登记举办：{missing.detail}", code="incomplete", errors=[missing])
    return activity_id


@operation("venue_activity.cancel")
def cancel(tx: Tx, activity_id: int, note: str | None = None) -> int:
    """It does not take place."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, activity_id, "cancel", note), "cancel", note)
    return activity_id


STEPS = {"approve": approve, "refuse": refuse, "cancel": cancel}


# Who approves


@operation("venue_reviewer.put")
def put_reviewer(tx: Tx, given: ReviewerPut) -> Put:
    """The office that approves a kind from now on; what waits goes over to it."""
    require(tx.actor, Role.SUPERVISOR)
    if given.office_id is not None:
        office_of_district(tx, given.office_id, "审批的须是股室或二级单位")
    hold_district(tx)
    known = sa.select(REVIEWER.c.id).where(
        REVIEWER.c.district_id == tx.actor.district_id, REVIEWER.c.kind == given.kind
    )
    row_id = tx.connection.execute(known).scalar_one_or_none()
    if row_id is None:
        made = tx.add(VenueReviewer(**given.model_dump()))
        assert made.id is not None
        return Put(made.id, True)
    changing(tx, VenueReviewer, find(tx, REVIEWERS, row_id)).office_id = given.office_id
    tx.session.flush()
    return Put(row_id, False)
