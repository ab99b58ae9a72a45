"""Reads of campaigns: the list, and one with its offices and its leading group."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.campaigns.models import CAMPAIGN, DAYS, OFFICE, CampaignState
from app.campaigns.rules import CLOSED, POLICY, WORKFLOW
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import Roles
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.inspections import queries as inspections
from app.inspections.models import INSPECTION, InspectionState
from app.inspections.rules import POLICY as INSPECTIONS
from app.leading_groups.models import LEADING_GROUP
from app.leading_groups.rules import POLICY as LEADING_GROUPS
from app.units.models import GROUP, OFFICES, UNIT, UnitKind

# Aliases: the conditions bring the plain tables with them.
LEAD, RULE = UNIT.alias("lead"), GROUP.alias("rule")
_NAMES = (
    *("id", "version", "unit_id", "title", "basis", "purpose", "fees", "unit_group_id", "unit_ids", "leading_group_id"),
    *(*DAYS, "conclusion", "state", "started_at", "closed_at", "created_at", "updated_at"),
)
_JOINED = ("unit_name", "unit_group_name")
_COLUMNS = [
    *(CAMPAIGN.c[name] for name in _NAMES),
    LEAD.c.name.label("unit_name"),
    RULE.c.name.label("unit_group_name"),
]
_SOURCE = CAMPAIGN.join(LEAD, LEAD.c.id == CAMPAIGN.c.unit_id).outerjoin(RULE, RULE.c.id == CAMPAIGN.c.unit_group_id)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(CAMPAIGN)},
    filters={
        "unit_id": equals(CAMPAIGN.c.unit_id, "unit_id"),
        "state": one_of(CAMPAIGN.c.state, "state", CampaignState),
        "since": Filter(CAMPAIGN.c.self_check_from >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(CAMPAIGN.c.self_check_from <= sa.bindparam("f_until", type_=sa.Date), parse_date),
    },
    search=[CAMPAIGN.c.title, LEAD.c.name],
)
INSIDE = frozenset({"see_inside"})


def present(_see: Reader, row: Any) -> dict[str, Any]:
    """To those who are asked: whom else it asks is not told, nor the final summary before the end."""
    inside = bool(row.may_see_inside)
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    if not inside:
        shown["unit_ids"] = []
        shown["conclusion"] = row.conclusion if row.state == CLOSED else None
    return shown | {"inside": inside, "allowed_actions": WORKFLOW.allowed_actions(row)}


_OFFICES = (
    sa.select(
        OFFICE.c.campaign_id, OFFICE.c.unit_id, UNIT.c.name.label("unit_name"), OFFICE.c.summary, OFFICE.c.summary_at
    )
    .select_from(OFFICE.join(UNIT, UNIT.c.id == OFFICE.c.unit_id))
    .where(within(OFFICE.c.campaign_id, many("campaigns")))
    .order_by(OFFICE.c.id)
)
_PEOPLE = ("id", "name", "leader", "deputies", "members")
_GROUP = sa.select(*(LEADING_GROUP.c[name] for name in _PEOPLE)).where(LEADING_GROUP.c.id == sa.bindparam("group"))


def one(see: Reader, campaign_id: int) -> dict[str, Any]:
    """Whoever sees a campaign sees who leads it: that is made known with it."""
    row = LIST.one(see, campaign_id)
    shown = present(see, row)
    group = see.connection.execute(_GROUP, {"group": row.leading_group_id}).one_or_none()
    shown["leading_group"] = None if group is None else dict(group._mapping)
    shown["offices"] = offices_of(see, campaign_id, shown["inside"])
    return shown


def offices_of(see: Reader, campaign_id: int, inside: bool) -> list[dict[str, Any]]:
    found = []
    for each in see.connection.execute(_OFFICES, {"campaigns": [campaign_id]}):
        said = (
            {"summary": each.summary, "summary_at": each.summary_at}
            if inside
            else dict.fromkeys(("summary", "summary_at"))
        )
        found.append({"unit_id": each.unit_id, "unit_name": each.unit_name, **said})
    return found


def with_offices(see: Reader, rows: list[dict[str, Any]]) -> None:
    """Their names, for the table of a list."""
    named: dict[int, list[str]] = {}
    for each in see.connection.execute(_OFFICES, {"campaigns": [row["id"] for row in rows]}):
        named.setdefault(each.campaign_id, []).append(each.unit_name)
    for row in rows:
        row["offices"] = "、".join(named.get(row["id"], ()))


_LABELS = labels_of(WORKFLOW, create=("拟定", ""))


def history(see: Reader, campaign_id: int) -> list[Entry]:
    return timeline(see, "campaign", campaign_id, _LABELS)


# What its forms offer


def attachable(see: Reader) -> list[tuple[int, str]]:
    """Inspections that the actor manages and that belong to no campaign."""
    return [
        (row.id, row.title) for row in see.connection.execute(_attachable_statement(see.actor.roles), see.actor.binds)
    ]


@cache
def _attachable_statement(roles: Roles) -> sa.Select[Any]:
    free = sa.and_(INSPECTION.c.campaign_id.is_(None), INSPECTION.c.state != InspectionState.CANCELLED)
    rows = sa.select(INSPECTION.c.id, INSPECTION.c.title).where(free, INSPECTIONS.may(roles, "manage"))
    return rows.order_by(INSPECTION.c.id.desc()).limit(200)


_STANDING = (
    sa.select(LEADING_GROUP.c.id, UNIT.c.name.label("unit_name"), LEADING_GROUP.c.name)
    .select_from(LEADING_GROUP.join(UNIT, UNIT.c.id == LEADING_GROUP.c.unit_id))
    .where(
        LEADING_GROUP.c.district_id == sa.bindparam("actor_district"),
        LEADING_GROUP.c.valid_to.is_(None),
        UNIT.c.kind.in_([UnitKind.BUREAU, *OFFICES]),
    )
    .order_by(LEADING_GROUP.c.id)
)


def leading_groups(see: Reader) -> list[tuple[int, str]]:
    """Those of the bureau and of offices that the actor may read, to choose from."""
    return [
        (row.id, f"{row.name}（{row.unit_name}）")
        for row in see.connection.execute(_groups_statement(see.actor.roles), see.actor.binds)
    ]


@cache
def _groups_statement(roles: Roles) -> sa.Select[Any]:
    return _STANDING.where(LEADING_GROUPS.read(roles))


def attached(see: Reader, campaign_id: int) -> list[dict[str, Any]]:
    """Its inspections, as far as the actor sees them, the newest two hundred."""
    asked = inspections.LIST.asked({"campaign_id": str(campaign_id), "limit": "200"})
    rows, _ = inspections.LIST.page(see, asked)
    return [inspections.present(see, row) for row in rows]


def title_of(see: Reader, campaign_id: int | None) -> str | None:
    """How the campaign is called, for a page of what belongs to it; None where there is none for the actor."""
    if campaign_id is None:
        return None
    binds = {**see.actor.binds, "row_id": campaign_id}
    title: str | None = see.connection.execute(_title_statement(see.actor.roles), binds).scalar_one_or_none()
    return title


@cache
def _title_statement(roles: Roles) -> sa.Select[Any]:
    mine = CAMPAIGN.c.id == sa.bindparam("row_id", type_=sa.BigInteger)
    return sa.select(CAMPAIGN.c.title).where(mine, POLICY.read(roles))
