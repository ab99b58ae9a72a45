"""Inspections that look into a complaint: planned by whoever handles it, of the unit complained of. Neither the
inspection nor anything that is said of it names the complaint, which has the link for itself."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.complaints.models import INSPECTED
from app.complaints.rules import WORKFLOW
from app.core.audit import record
from app.core.errors import Conflict, invalid
from app.core.operation import Reader, Tx, operation
from app.core.policy import Roles
from app.core.within import many, within
from app.inspections import operations as inspections
from app.inspections.found import number_of
from app.inspections.models import FINDING, INSPECTION, InspectionCreate
from app.inspections.rules import FINDING_POLICY, POLICY
from app.inspections.team import Occasion
from app.units.operations import unit_of_district
from app.units.succession import stand_ins


def answering(see: Reader, unit_id: int) -> int:
    """The unit complained of, or the one that it was merged into since; 409 where nobody took it over, and where it is
    not there yet."""
    stands = stand_ins(see).get(unit_id, unit_id)
    if stands is None:
        unit = unit_of_district(see, unit_id)
        if unit.valid_from is not None and unit.valid_from > see.today:
            raise Conflict(
                f"被反映的单位（{unit.name}）{unit.valid_from} 才启用，还不能安排检查或移交整改", code="unit_not_open"
            )
        raise Conflict("被反映的单位已停用，没有单位承接，不能再安排检查或移交整改", code="unit_ended")
    return stands


def handled(see: Reader, complaint_id: int) -> tuple[Any, int]:
    """The complaint, and the unit to be inspected. 404, 403, 409 for whoever may not inspect for it now, or while it is
    not known whom it is about."""
    row = WORKFLOW.guard(see, complaint_id, "inspect")
    if row.unit_id is None:
        raise Conflict("还不清楚反映的是哪个单位，请先由派驻组认定", code="incomplete")
    return row, answering(see, row.unit_id)


@operation("complaint.inspect")
def inspect(tx: Tx, complaint_id: int, given: InspectionCreate) -> int:
    """The inspection. Without ``unit_ids`` of the unit complained of; others may be inspected with it by those who plan
    any."""
    _, about = handled(tx, complaint_id)
    if given.sample is not None:
        raise invalid("sample", "由举报引起的检查须选定被反映的单位，不能抽取")
    if given.unit_ids and about not in given.unit_ids:
        raise invalid("unit_ids", "被查单位里没有被反映的单位，请选上")
    whole = given.model_copy(update={"unit_ids": given.unit_ids or [about]})
    made = inspections.create(tx, whole, Occasion(frozenset({about})))
    values = {"district_id": tx.actor.district_id, "complaint_id": complaint_id, "inspection_id": made}
    tx.connection.execute(sa.insert(INSPECTED).values(values))
    record(tx, "complaint", complaint_id)
    return made


_NAMES = ("id", "title", "mode", "state", "starts_on")
_FOUND = ("id", "inspection_id", "year", "number", "severity", "description", "state")


@cache
def _inspections(roles: Roles) -> sa.Select[Any]:
    mine = INSPECTED.c.complaint_id == sa.bindparam("complaint", type_=sa.BigInteger)
    source = INSPECTION.join(INSPECTED, INSPECTED.c.inspection_id == INSPECTION.c.id)
    rows = sa.select(*(INSPECTION.c[name] for name in _NAMES)).select_from(source)
    return rows.where(mine, POLICY.read(roles)).order_by(INSPECTION.c.id)


@cache
def _findings(roles: Roles) -> sa.Select[Any]:
    of = within(FINDING.c.inspection_id, many("inspections"))
    rows = sa.select(*(FINDING.c[name] for name in _FOUND))
    return rows.where(of, FINDING_POLICY.read(roles)).order_by(FINDING.c.id)


def led_to(see: Reader, complaint_id: int) -> list[dict[str, Any]]:
    """The inspections that the actor, who reads the complaint, may see, with their findings."""
    roles, binds = see.actor.roles, see.actor.binds
    rows = see.connection.execute(_inspections(roles), {**binds, "complaint": complaint_id}).all()
    found: dict[int, list[dict[str, Any]]] = {row.id: [] for row in rows}
    if found:
        for each in see.connection.execute(_findings(roles), {**binds, "inspections": list(found)}):
            told = {name: getattr(each, name) for name in ("id", "severity", "description", "state")}
            found[each.inspection_id].append(told | {"number": number_of(each.year, each.number)})
    return [{name: getattr(row, name) for name in _NAMES} | {"findings": found[row.id]} for row in rows]
