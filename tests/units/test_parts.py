"""Every kind of open work that a unit can have, one row of each: where it is after the unit was merged."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.accountability.models import RUNG, AccountabilityClaim
from app.appointments.models import Appointment
from app.appraisals.models import CRITERION
from app.briefs.models import BriefReviewer
from app.campaigns.models import CAMPAIGN, CampaignOffice
from app.cases.models import CaseOffice
from app.complaints.models import COMPLAINT
from app.core.audit import audited_write
from app.core.operation import Tx
from app.documents.models import RECIPIENT
from app.filings.models import FilingRequirement
from app.identity.models import RoleGrant
from app.indicators.models import Indicator
from app.inspections.models import MEMBER, TARGET
from app.integrity_risks.round_models import ROUND
from app.leading_groups.models import LeadingGroup
from app.liaison_visits.models import MATTER
from app.major_decisions.models import DecisionSupervision
from app.succession.parts import Dated, Ending, Standing
from app.succession.registry import PARTS
from app.units.models import LIAISON, UNIT, Liaison, UnitAlias, UnitGroup
from app.venue_activities.models import VenueReviewer
from tests.conftest import As
from tests.generated.rows import MAKE, SCHOOL
from tests.stock import Stock, day, stock
from tests.units.merging import API, NEW, OLD, merge, ok
from tests.world import World

__all__ = ["stock"]
assert SCHOOL == OLD, "the rows of every workflow are this unit's"
Made = Callable[[Stock, int], int]
"""One open row of the unit with that id; its own id."""


def made(workflow: str, state: str) -> Made:
    return lambda stock, old: MAKE[workflow](stock, state)


def added(model: type[Any], column: str = "unit_id", **fields: Any) -> Made:
    return lambda stock, old: stock.add(model, **{column: old}, **fields)


def named_in(workflow: str, state: str, table: sa.Table, column: str) -> Made:
    """A row of some workflow that gets the unit put into a column."""

    def make(stock: Stock, old: int) -> int:
        row_id = MAKE[workflow](stock, state)
        put(stock, table, row_id, **{column: old})
        return row_id

    return make


def put(stock: Stock, table: sa.Table, row_id: int, **values: Any) -> None:
    def put(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(table).where(table.c.id == row_id).values(**values))

    stock.do(put)


def _part_of(table: sa.Table, key: str, of: Made, column: str = "unit_id") -> Made:
    """The row of a table that hangs on one made."""

    def make(stock: Stock, old: int) -> int:
        mine = sa.select(table.c.id).where(table.c[key] == of(stock, old), table.c[column] == old)
        return int(stock.do(lambda tx: tx.connection.execute(mine).scalar_one()))

    return make


def _beneath(column: str) -> Made:
    def make(stock: Stock, old: int) -> int:
        put(stock, UNIT, stock.world.unit["柳林小学"], **{column: old})
        return stock.world.unit["柳林小学"]

    return make


def _claim(stock: Stock, old: int) -> int:
    rung = stock.do(lambda tx: tx.connection.execute(sa.select(RUNG.c.id).limit(1)).scalar_one())
    return stock.add(AccountabilityClaim, unit_id=old, rung_id=rung, source_id=1)


def _responsible(stock: Stock, old: int) -> int:
    plan = stock.plan()
    return stock.responsible(plan, stock.item(plan), OLD)


def _indicator(stock: Stock, old: int) -> int:
    words = {"code": "I1", "name": "课后服务", "definition": "覆盖率", "measure": "percent", "direction": "at_least"}
    figures = {"numerator_name": "参加", "denominator_name": "在校", "target": Decimal(1), "cadence": "termly"}
    group = stock.world.group["各学校（园）"]
    return stock.add(Indicator, office_id=old, unit_group_id=group, valid_from=day(-9), **words, **figures)


def _pair(stock: Stock, old: int) -> int:
    return stock.add(Liaison, office_id=stock.world.unit["人事股"], school_id=old, valid_from=day(-9))


def _requirement(stock: Stock, old: int) -> int:
    group = stock.world.group["各学校（园）"]
    return stock.add(FilingRequirement, kind="charter", unit_group_id=group, yearly=False, office_id=old)


def _in_charge(stock: Stock, old: int) -> int:
    duty = {"name": "王建国", "post": "副局长", "duty": "dual_duty", "valid_from": day(-9)}
    return stock.add(Appointment, unit_id=stock.world.district, in_charge_unit_ids=[old], **duty)


def _taking_part(stock: Stock, old: int) -> int:
    return stock.add(CampaignOffice, campaign_id=MAKE["campaign"](stock, "self_check"), unit_id=old)


def _inspecting(stock: Stock, old: int) -> int:
    return stock.inspection("第一幼儿园", team=OLD, state="planned")


STOCKED: dict[str, Made] = {
    "assignment": made("assignment", "in_progress"),
    "rectification": made("rectification", "in_progress"),
    "finding": made("finding", "draft"),
    "inspection_target": _part_of(TARGET, "inspection_id", lambda stock, old: stock.inspection(OLD, state="planned")),
    "inspection_member": _part_of(MEMBER, "inspection_id", _inspecting),
    "inspection": _inspecting,
    "accountability_action": made("accountability_action", "served"),
    "accountability_claim": _claim,
    "complaint.handling_unit_id": named_in("complaint", "accepted", COMPLAINT, "handling_unit_id"),
    "integrity_risk": made("integrity_risk", "assessed"),
    "venue_activity": made("venue_activity", "approved"),
    "brief": made("brief", "submitted"),
    "liaison_matter.school_id": made("liaison_matter", "open"),
    "liaison_matter": named_in("liaison_matter", "answered", MATTER, "unit_id"),
    "campaign": named_in("campaign", "inspection", CAMPAIGN, "unit_id"),
    "campaign_office": _taking_part,
    "self_check": made("self_check", "pending"),
    "archive_box": made("archive_box", "open"),
    "major_decision": made("major_decision", "registered"),
    "filing": made("filing", "draft"),
    "document_recipient": _part_of(RECIPIENT, "document_id", made("document", "served")),
    "responsibility": _responsible,
    "unit.parent_id": _beneath("parent_id"),
    "unit.answering_unit_id": _beneath("answering_unit_id"),
    "indicator.office_id": _indicator,
    "appraisal_criterion.office_id": named_in("appraisal_criterion", "waiting", CRITERION, "office_id"),
    "filing_requirement.office_id": _requirement,
    "brief_reviewer.office_id": added(BriefReviewer, "office_id", kind="highlight"),
    "venue_reviewer.office_id": added(VenueReviewer, "office_id", kind="lecture"),
    "decision_supervision.office_id": added(DecisionSupervision, "office_id", category="fund"),
    "case_office.office_id": added(CaseOffice, "office_id", category="ethics"),
    "risk_round.office_id": named_in("risk_round", "open", ROUND, "office_id"),
    "unit_host": lambda stock, old: stock.world.unit["实验小学党支部"],
    "unit_alias": added(UnitAlias, name="实小", folded="实小"),
    "unit_group": lambda stock, old: stock.add(UnitGroup, name="试点学校", rule={"includes": [old]}),
    "appointment.in_charge": _in_charge,
    "liaison": _pair,
    "appointment": added(Appointment, name="刘敏", post="校长", duty="dual_duty", valid_from=day(-9)),
    "leading_group": added(LeadingGroup, name="领导小组", leader="刘敏", valid_from=day(-9), since=day(-9)),
    "role_grant": lambda stock, old: stock.add(
        RoleGrant, user_id=stock.world.user["leader"], role="school", unit_id=old, valid_from=day(-9)
    ),
}
"""Of each part, by its name. A part without an entry fails."""
PROMISED = {"role_grant": "ends"} | {part.name: "ends" for part in PARTS if isinstance(part, Dated)}
PROMISED |= {part.name: "stays" for part in PARTS if isinstance(part, Standing)}
"""Every other part's row moves."""


def named(value: Any) -> set[int]:
    """The units that a column names: one, a list, or a group's rule."""
    match value:
        case dict():
            return {*value["includes"]}
        case list():
            return set(value)
    return {value}


def test_open_work_of_every_kind_is_where_its_part_promises(as_: As, stock: Stock, world: World) -> None:
    assert STOCKED.keys() == {part.name for part in PARTS}
    old, new = world.unit[OLD], world.unit[NEW]
    rows = {name: make(stock, old) for name, make in STOCKED.items()}
    units = sa.select(UNIT).where(UNIT.c.id.in_([old, new])).order_by(UNIT.c.id)

    def look(tx: Tx) -> dict[str, Any]:
        known = {row.id: row for row in tx.connection.execute(units)}
        ending = Ending(known[old], known[new], tx.today)
        return {part.name: part.look(tx, ending) for part in PARTS}

    looked = stock.do(look)
    promised = {name: PROMISED.get(name, "moves") for name in rows}
    assert {name: row for name, row in rows.items() if row not in looked[name].get(promised[name], ())} == {}
    ok(merge(as_, world))
    there = {"moves": {new}, "stays": {old}, "ends": {old}}
    wrong = {}
    for part in PARTS:
        column, row_id = part.columns[0], rows[part.name]
        table = column.table
        key = table.c.id if "id" in table.c else table.c.unit_id
        ends = table.c.valid_to if promised[part.name] == "ends" else sa.null()
        asked = sa.select(column, ends).where(key == row_id)
        value, last = stock.do(lambda tx, asked=asked: tx.connection.execute(asked).one())
        # Of a pair the row ends and another goes on from it.
        expected = {world.unit["人事股"]} if part.name == "liaison" else there[promised[part.name]]
        if named(value) != expected or last != (day(-1) if promised[part.name] == "ends" else None):
            wrong[part.name] = (value, last)
    assert wrong == {}
    going_on = sa.select(LIAISON.c.school_id, LIAISON.c.valid_from).where(
        LIAISON.c.office_id == world.unit["人事股"], LIAISON.c.school_id == new, LIAISON.c.valid_to.is_(None)
    )
    assert stock.do(lambda tx: tx.connection.execute(going_on).all())
    _carried_on(as_("middle"), rows, stock)


def _carried_on(successor: Any, rows: dict[str, int], stock: Stock) -> None:
    """What stands under the old unit is in the hands of the successor's people."""
    paper = sa.select(RECIPIENT.c.document_id).where(RECIPIENT.c.id == rows["document_recipient"])
    paper_id = stock.do(lambda tx: tx.connection.execute(paper).scalar_one())
    for path, body in {
        f"archive-boxes/{rows['archive_box']}/seal": {},
        f"major-decisions/{rows['major_decision']}/deliberate": {},
        f"filings/{rows['filing']}/file": {},
        f"documents/{paper_id}/receipt": {"receiver": "高远"},
    }.items():
        done = successor.post(f"{API}/{path}", json=body)
        assert done.status_code == 200, (path, done.text)
