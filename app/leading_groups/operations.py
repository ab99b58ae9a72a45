"""Every write to leading groups."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.appointments.operations import unit_to_keep
from app.appointments.rules import KEEPERS
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.leading_groups.models import (
    CONTENT,
    VERSION,
    Dissolve,
    LeadingGroup,
    LeadingGroupCreate,
    LeadingGroupPatch,
)
from app.leading_groups.rules import POLICY
from app.units.operations import standing_unit, unit_or_held

NOT_YOURS = "领导小组由本单位和督查室维护"


@operation("leading_group.create")
def create(tx: Tx, given: LeadingGroupCreate) -> int:
    """Form a group. A unit has one of a name at a time (409)."""
    require(tx.actor, *KEEPERS)
    unit = unit_to_keep(tx, given.unit_id)
    formed = given.valid_from or tx.today
    if formed > tx.today:
        raise invalid("valid_from", f"成立日期 {formed} 还没有到，请在成立后登记")
    if given.office_unit_id is not None:
        standing_unit(tx, given.office_unit_id, "office_unit_id", tx.today)
    fields = given.model_dump(exclude={"unit_id", "valid_from"})
    made = tx.add(LeadingGroup(**fields, unit_id=unit.id, valid_from=formed, since=formed))
    assert made.id is not None
    return made.id


@operation("leading_group.change")
def change(tx: Tx, group_id: int, given: LeadingGroupPatch, version: int | None = None) -> int:
    """Who is in it from a day on; how it was until then is kept as a version."""
    row = find(tx, POLICY, group_id)
    if not row.may_change:
        raise Forbidden(NOT_YOURS)
    _refuse_dissolved(row)
    group = changing(tx, LeadingGroup, row, version)
    changes = given.model_dump(exclude_unset=True, exclude={"since"})
    refuse_emptied(changes, "name", "leader", "deputies", "members")
    if changes.get("office_unit_id") is not None:
        unit_or_held(tx, changes["office_unit_id"], "office_unit_id", {row.office_unit_id})
    if all(getattr(row, name) == value for name, value in changes.items()):
        return group_id
    since = given.since or tx.today
    if not row.since <= since <= tx.today:
        raise invalid("since", f"调整日期须在 {row.since} 与今天之间；与 {row.since} 同日的算作更正")
    if since > row.since:
        _keep_version(tx, row, since)
        group.since, group.number = since, row.number + 1
    group.sqlmodel_update(changes)
    tx.session.flush()
    return group_id


def _keep_version(tx: Tx, row: Any, until: date) -> None:
    tx.connection.execute(
        sa.insert(VERSION).values(
            district_id=row.district_id,
            leading_group_id=row.id,
            number=row.number,
            content={name: getattr(row, name) for name in CONTENT},
            valid_from=row.since,
            valid_to=until - timedelta(days=1),
        )
    )


@operation("leading_group.dissolve")
def dissolve(tx: Tx, group_id: int, given: Dissolve) -> int:
    """Its last day; the group and its versions stay readable."""
    row = find(tx, POLICY, group_id)
    if not row.may_dissolve:
        raise Forbidden(NOT_YOURS)
    _refuse_dissolved(row)
    last = given.on or tx.today
    if not row.since <= last <= tx.today:
        raise invalid("on", f"撤销日期须在 {row.since} 与今天之间")
    tx.reason = given.note or None
    changing(tx, LeadingGroup, row).valid_to = last
    tx.session.flush()
    return group_id


def _refuse_dissolved(row: Any) -> None:
    if row.valid_to is not None:
        raise Conflict(f"这个领导小组已于 {row.valid_to} 撤销，不能再改；重新成立请另行登记", code="ended")
