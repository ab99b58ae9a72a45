"""Every write to campaigns; self-checks are in ``self_checks``."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from app.campaigns import rollup
from app.campaigns.expanding import expand
from app.campaigns.models import CAMPAIGN_STATE_LABELS, DAYS, OFFICE, PHASES, Campaign, CampaignOffice
from app.campaigns.rules import DRAFT, LEADERS, SUMMARIZING, WORKFLOW
from app.campaigns.schemas import Attached, CampaignCreate, CampaignPatch, GroupOfCampaign, OfficeSummary
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, invalid
from app.core.operation import Reader, Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.inspections import team
from app.inspections.models import Inspection, InspectionState
from app.inspections.rules import POLICY as INSPECTIONS
from app.leading_groups import operations as leading_groups
from app.leading_groups.models import LEADING_GROUP, LeadingGroupCreate
from app.leading_groups.rules import POLICY as LEADING_GROUPS
from app.units import groups
from app.units.models import OFFICES, UNIT, UnitKind
from app.units.operations import check_group, unit_of_district

SETTLED = {"fees": "是否涉及收费", "unit_group_id": "单位组"}
"""What stands once it runs."""


@operation("campaign.create")
def create(tx: Tx, given: CampaignCreate) -> int:
    """A draft, led by an office of the actor's, or by any for the supervisor."""
    require(tx.actor, *LEADERS)
    fields = checked_new(tx, given)
    office_ids = fields.pop("office_ids")
    if given.leading_group is not None:
        if given.leading_group_id is not None:
            raise invalid("leading_group_id", "领导小组或者选定，或者新成立，两者选一")
        fields["leading_group_id"] = _form(tx, fields["unit_id"], given.leading_group, given.basis)
    made = tx.add(Campaign(**fields))
    assert made.id is not None
    for unit_id in office_ids:
        tx.add(CampaignOffice(campaign_id=made.id, unit_id=unit_id))
    return made.id


def checked_new(see: Reader, given: CampaignCreate) -> dict[str, Any]:
    """The fields of a new one, with its offices; 422 and 403 for what cannot be."""
    fields = given.model_dump(exclude={"leading_group"})
    lead = _lead(see, given.unit_id)
    _check_days(fields)
    _check_units(see, fields)
    return fields | {"unit_id": lead.id, "office_ids": _offices(see, given.office_ids, lead.id)}


def _lead(tx: Reader, unit_id: int | None) -> Any:
    if unit_id is None:
        own = [each for each in tx.actor.home_units if each in tx.actor.offices]
        if len(own) != 1:
            raise invalid("unit_id", "请选择牵头股室")
        unit_id = own[0]
    unit = unit_of_district(tx, unit_id)
    if unit.kind not in OFFICES or not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", f"{unit.name}不能牵头，请选择在用的股室或二级单位")
    if unit_id not in tx.actor.offices and not tx.actor.has(Role.SUPERVISOR):
        raise Forbidden("只能由本股室牵头；其他股室牵头的由督查室安排")
    return unit


def _check_days(fields: Mapping[str, Any]) -> None:
    """Each phase ends on its first day or later, and before the next begins."""
    for phase in PHASES:
        first, last = fields[f"{phase}_from"], fields[f"{phase}_to"]
        if last < first:
            raise invalid(f"{phase}_to", f"结束日期 {last} 早于开始日期 {first}，请改为同日或以后")
    for one, following in pairwise(PHASES):
        last, first = fields[f"{one}_to"], fields[f"{following}_from"]
        if first <= last:
            label, before = CAMPAIGN_STATE_LABELS[following], CAMPAIGN_STATE_LABELS[one]
            raise invalid(f"{following}_from", f"{label}开始日期 {first} 须在{before}结束日期 {last} 之后")


def _check_units(tx: Reader, fields: dict[str, Any], known: Iterable[int] = ()) -> None:
    """The group, the units by hand (beside those ``known`` already) and the leading group, as far as they are given."""
    if fields.get("unit_group_id") is not None:
        check_group(tx, fields["unit_group_id"])
    if fields.get("unit_ids"):
        wanted = set(fields["unit_ids"])
        team.targets_by_hand(tx, sorted(wanted - set(known)))
        fields["unit_ids"] = sorted(wanted)
    if fields.get("leading_group_id") is not None:
        _check_group(tx, fields["leading_group_id"])


def _check_group(tx: Reader, group_id: int) -> None:
    """One that stands today, of the bureau or of an office."""
    ours = sa.select(LEADING_GROUP.c.valid_to).select_from(
        LEADING_GROUP.join(UNIT, UNIT.c.id == LEADING_GROUP.c.unit_id)
    )
    ours = ours.where(
        LEADING_GROUP.c.id == group_id,
        LEADING_GROUPS.read(tx.actor.roles),
        UNIT.c.kind.in_([UnitKind.BUREAU, *OFFICES]),
    )
    row = tx.connection.execute(ours, tx.actor.binds).one_or_none()
    if row is None:
        raise invalid("leading_group_id", f"没有编号为 {group_id} 的局级或股室领导小组，请重新选择")
    if row.valid_to is not None:
        raise invalid("leading_group_id", "这个领导小组已撤销，请重新选择或新成立")


def _form(tx: Tx, lead_id: int, given: GroupOfCampaign, basis: str) -> int:
    at = tx.actor.district_id if tx.actor.has(Role.SUPERVISOR) else lead_id
    try:
        return leading_groups.create(tx, LeadingGroupCreate(unit_id=at, basis=basis, **given.model_dump()))
    except Invalid as problem:
        errors = [FieldError(f"/leading_group{error.pointer}", error.detail) for error in problem.errors]
        raise Invalid(problem.detail, errors=errors) from None


def _offices(tx: Reader, unit_ids: list[int], lead_id: int) -> list[int]:
    """The lead takes part anyway, and is not named again."""
    for unit_id in unit_ids:
        unit = unit_of_district(tx, unit_id, "office_ids")
        if unit.kind not in OFFICES or not groups.exists_on(unit, tx.today):
            raise invalid("office_ids", f"{unit.name}不能参加，请选择在用的股室或二级单位")
    return sorted(set(unit_ids) - {lead_id})


@operation("campaign.edit")
def edit(tx: Tx, campaign_id: int, given: CampaignPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, campaign_id, "edit")
    campaign = changing(tx, Campaign, row, version)
    changed = checked_change(tx, row, given.model_dump(exclude_unset=True))
    office_ids = changed.pop("office_ids", None)
    campaign.sqlmodel_update(changed)
    if office_ids is not None and _put_offices(tx, campaign_id, office_ids):
        campaign.updated_at = tx.now
    tx.session.flush()
    if row.state != DRAFT and "unit_ids" in changed:
        expand(tx, campaign_id, changed["unit_ids"], None)
    return campaign_id


def checked_change(see: Reader, row: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What an edit changes of a campaign; 422 and 409 for what may not be so."""
    refuse_emptied(changes, "title", "basis", "purpose", "fees", "unit_ids", "office_ids", *DAYS)
    if changes.get("conclusion") and row.state != SUMMARIZING:
        raise Conflict(
            "进入总结阶段后再写总结", code="not_in_time", errors=[FieldError("/conclusion", "还没有到总结阶段")]
        )
    _check_days({**row._mapping, **changes})
    changed = {name: value for name, value in changes.items() if name == "office_ids" or value != getattr(row, name)}
    if set(changed.get("unit_ids", ())) == set(row.unit_ids):
        changed.pop("unit_ids", None)
    if row.state != DRAFT:
        _refuse_settled(row, changed)
    _check_units(see, changed, row.unit_ids)
    if "office_ids" in changed:
        changed["office_ids"] = _offices(see, changed["office_ids"], row.unit_id)
        _refuse_reported(see, row.id, changed["office_ids"])
    return changed


_REPORTED = sa.select(OFFICE.c.unit_id).where(
    OFFICE.c.campaign_id == sa.bindparam("campaign"), OFFICE.c.summary.is_not(None)
)


def _refuse_reported(see: Reader, campaign_id: int, wanted: list[int]) -> None:
    """An office that has handed in its summary stays."""
    reported = set(see.connection.execute(_REPORTED, {"campaign": campaign_id}).scalars())
    if left_out := reported - set(wanted):
        raise invalid("office_ids", f"{team.names(see, left_out)}已报送小结，不能去掉")


def _refuse_settled(row: Any, changed: Mapping[str, Any]) -> None:
    settled = [FieldError(f"/{name}", f"已启动，不能再改{label}") for name, label in SETTLED.items() if name in changed]
    if set(row.unit_ids) - set(changed.get("unit_ids", row.unit_ids)):
        settled.append(FieldError("/unit_ids", "已启动，只能增加单位，不能去掉"))
    if settled:
        raise Conflict(settled[0].detail, code="settled", errors=settled)


def _put_offices(tx: Tx, campaign_id: int, wanted: list[int]) -> bool:
    """Whether anything changed."""
    known = {
        row.unit_id: row for row in tx.connection.execute(sa.select(OFFICE).where(OFFICE.c.campaign_id == campaign_id))
    }
    for unit_id in known.keys() - set(wanted):
        tx.session.delete(tx.session.get_one(CampaignOffice, known[unit_id].id))
    for unit_id in sorted(set(wanted) - known.keys()):
        tx.add(CampaignOffice(campaign_id=campaign_id, unit_id=unit_id))
    tx.session.flush()
    return known.keys() != set(wanted)


# Steps


@operation("campaign.start")
def start(tx: Tx, campaign_id: int, note: str | None = None) -> int:
    """Each unit that its group's rule takes in today, or that was chosen, is asked to check itself. 409 without a
    leading group, or without units."""
    row = WORKFLOW.guard(tx, campaign_id, "start", note)
    if row.leading_group_id is None:
        raise _lacking("leading_group_id", "请选定或成立领导小组")
    WORKFLOW.step(tx, row, "start", note, started_at=tx.now)
    if not expand(tx, campaign_id, row.unit_ids, row.unit_group_id):
        raise _lacking("unit_group_id", "没有一个单位在范围之内，请选择单位组或单位")
    return campaign_id


def _lacking(field: str, detail: str) -> Conflict:
    return Conflict(f"还不能启动：{detail}", code="incomplete", errors=[FieldError(f"/{field}", detail)])


def _onward(action: str) -> Any:
    @operation(f"campaign.{action}")
    def go_on(tx: Tx, campaign_id: int, note: str | None = None) -> int:
        WORKFLOW.step(tx, WORKFLOW.guard(tx, campaign_id, action, note), action, note)
        return campaign_id

    return go_on


@operation("campaign.close")
def close(tx: Tx, campaign_id: int, note: str | None = None) -> int:
    """409 without the final summary; what is still open is named, and then a note says why it ends all the same."""
    row = WORKFLOW.guard(tx, campaign_id, "close", note)
    if not row.conclusion:
        missing = FieldError("/conclusion", "请先写总结")
        raise Conflict("还不能结束：牵头股室还没有写总结", code="incomplete", errors=[missing])
    if not note and (left := rollup.open_in(tx, campaign_id)):
        detail = f"还有未了结的：{'；'.join(left)}。确要结束，请写明怎样处理"
        raise Conflict(detail, code="left_open", errors=[FieldError("/note", detail)])
    WORKFLOW.step(tx, row, "close", note, closed_at=tx.now)
    return campaign_id


STEPS = {
    "start": start,
    **{action: _onward(action) for action in ("begin_inspection", "begin_rectification", "begin_summary")},
    "close": close,
    "cancel": _onward("cancel"),
}


# Inspections within it, and what the offices say of it


@operation("campaign.attach")
def attach(tx: Tx, campaign_id: int, given: Attached) -> int:
    """An inspection that the actor manages becomes part of it. The event is the inspection's: of one that is not to
    be known, nothing is known here either."""
    WORKFLOW.guard(tx, campaign_id, "attach")
    row = _managed(tx, given.inspection_id)
    if row.state == InspectionState.CANCELLED:
        raise Conflict("这次督查已取消，不能列入", code="wrong_state")
    if row.campaign_id not in (None, campaign_id):
        raise Conflict("这次督查已列入另一个专项行动", code="attached")
    changing(tx, Inspection, row).campaign_id = campaign_id
    tx.session.flush()
    return campaign_id


@operation("campaign.detach")
def detach(tx: Tx, campaign_id: int, given: Attached) -> int:
    WORKFLOW.guard(tx, campaign_id, "detach")
    row = _managed(tx, given.inspection_id)
    if row.campaign_id != campaign_id:
        raise invalid("inspection_id", "这次督查没有列入这个专项行动")
    changing(tx, Inspection, row).campaign_id = None
    tx.session.flush()
    return campaign_id


def _managed(tx: Tx, inspection_id: int) -> Any:
    try:
        row = find(tx, INSPECTIONS, inspection_id, frozenset({"manage"}))
    except NotFound:
        raise invalid("inspection_id", f"没有编号为 {inspection_id} 的督查，请重新选择") from None
    if not row.may_manage:
        raise Forbidden("这次督查由安排它的单位列入")
    return row


@operation("campaign.summarize")
def summarize(tx: Tx, campaign_id: int, given: OfficeSummary) -> int:
    """What an office that takes part says at the end; again, until the campaign is closed."""
    WORKFLOW.guard(tx, campaign_id, "summarize")
    rows = tx.connection.execute(sa.select(OFFICE).where(OFFICE.c.campaign_id == campaign_id)).all()
    own = [row for row in rows if row.unit_id in tx.actor.offices and given.unit_id in (None, row.unit_id)]
    if len(own) != 1:
        raise invalid("unit_id", "请选择本人所在的参加股室")
    office = changing(tx, CampaignOffice, own[0])
    office.summary, office.summary_at = given.text, tx.now
    tx.session.flush()
    return campaign_id
