"""Reads of briefs: the list, one with its files, what a plan took up, and how many each unit has."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.briefs import sources
from app.briefs.models import BRIEF, BRIEF_KIND_LABELS, BriefKind, BriefState
from app.briefs.rules import CHOSEN, DECLINED, DRAFT, POLICY, PROMOTED, WORKFLOW
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_date, parse_id, read_params
from app.core.policy import BUSINESS, DISTRICT_WIDE, OWN, Roles, in_district
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import within
from app.dashboard.days import shanghai_day
from app.evidence.queries import linked
from app.identity.models import USER
from app.notifications.queries import titled
from app.plans.models import ITEM, PLAN, PlanState
from app.plans.rules import DRAFT_READERS
from app.plans.rules import POLICY as PLANS
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
AT, OF, ADOPTING = UNIT.alias("at"), PLAN.alias("of_plan"), PLAN.alias("adopting")
ADOPTING_ITEM = ITEM.alias("adopting_item")
SENDER, DECIDER = USER.alias("sender"), USER.alias("decider")
_NAMES = (
    *("id", "version", "unit_id", "kind", "title", "written_on", "link", "plan_id", "plan_item_id", "state"),
    *("submitted_at", "decided_at", "promoted_at", "adopted_plan_id", "adopted_plan_item_id", "adopted_at"),
    *("created_at", "updated_at"),
)
COLUMNS = [
    *(BRIEF.c[name] for name in _NAMES),
    AT.c.name.label("unit_name"),
    OF.c.title.label("plan_title"),
    ITEM.c.title.label("item_title"),
    ADOPTING.c.title.label("adopted_plan_title"),
    ADOPTING_ITEM.c.title.label("adopted_item_title"),
    ADOPTING.c.state.label("adopting_state"),
    SENDER.c.name.label("submitted_by_name"),
    DECIDER.c.name.label("decided_by_name"),
]
_SHOWN = [column.name for column in COLUMNS if column.name != "adopting_state"]
SOURCE = (
    BRIEF.join(AT, AT.c.id == BRIEF.c.unit_id)
    .outerjoin(OF, OF.c.id == BRIEF.c.plan_id)
    .outerjoin(ITEM, ITEM.c.id == BRIEF.c.plan_item_id)
    .outerjoin(ADOPTING, ADOPTING.c.id == BRIEF.c.adopted_plan_id)
    .outerjoin(ADOPTING_ITEM, ADOPTING_ITEM.c.id == BRIEF.c.adopted_plan_item_id)
    .outerjoin(SENDER, SENDER.c.id == BRIEF.c.submitted_by)
    .outerjoin(DECIDER, DECIDER.c.id == BRIEF.c.decided_by)
)


def _adopted_by(roles: Roles) -> sa.ColumnElement[bool]:
    """A plan that the actor may read: which draft takes an analysis up is not known to everybody."""
    plan = sa.bindparam("f_adopted_plan_id", type_=sa.BigInteger)
    here = sa.select(PLAN.c.id).where(PLAN.c.id == plan, PLANS.read(roles))
    return sa.and_(BRIEF.c.adopted_plan_id == plan, BRIEF.c.adopted_plan_id.in_(here.correlate(None)))


_KINDS = one_of(BRIEF.c.kind, "kind", BriefKind)
PERIOD: dict[str, sa.ColumnElement[bool]] = {
    "kind": BRIEF.c.kind.in_(sa.bindparam("f_kind", expanding=True)),
    "written_from": BRIEF.c.written_on >= sa.bindparam("f_written_from", type_=sa.Date),
    "written_to": BRIEF.c.written_on <= sa.bindparam("f_written_to", type_=sa.Date),
}
"""Of which time and kind, for the list and for what is counted of it."""
_PROMOTED_ON = shanghai_day(BRIEF.c.promoted_at)
FILTERS = {
    "unit_id": equals(BRIEF.c.unit_id, "unit_id"),
    "kind": Filter(PERIOD["kind"], _KINDS.parse),
    "state": one_of(BRIEF.c.state, "state", BriefState),
    "plan_id": equals(BRIEF.c.plan_id, "plan_id"),
    "plan_item_id": equals(BRIEF.c.plan_item_id, "plan_item_id"),
    "adopted_plan_id": Filter(_adopted_by, parse_id),
    **sources.FILTERS,
    "written_from": Filter(PERIOD["written_from"], parse_date),
    "written_to": Filter(PERIOD["written_to"], parse_date),
    "promoted_since": Filter(sa.bindparam("f_promoted_since", type_=sa.Date) <= _PROMOTED_ON, parse_date),
    "promoted_until": Filter(sa.bindparam("f_promoted_until", type_=sa.Date) >= _PROMOTED_ON, parse_date),
}
LIST = Listing(
    policy=POLICY,
    source=SOURCE,
    columns=COLUMNS,
    detail=[BRIEF.c.text],
    sorts={"id": by_id(BRIEF), "written_on": Sort(BRIEF.c.written_on, True, date.fromisoformat)},
    filters=FILTERS,
    search=[BRIEF.c.title, AT.c.name],
)
_OF_ADOPTION = ("adopted_plan_id", "adopted_plan_title", "adopted_plan_item_id", "adopted_item_title", "adopted_at")


def present(see: Reader, row: Any) -> dict[str, Any]:
    """What it was made of, ``sources.with_sources`` says."""
    shown = {name: getattr(row, name) for name in _SHOWN} | {"promoted_from": None, "promoted_from_title": None}
    if row.adopting_state == PlanState.DRAFT and not see.actor.has(*DRAFT_READERS):
        shown |= dict.fromkeys(_OF_ADOPTION)
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


# One


_LABELS = labels_of(WORKFLOW, create=("新建", "")) | {
    "brief.select": ("选用", "accept"),
    "brief.decline": ("不选用", "back"),
}
del _LABELS["brief.edit"]  # A draft saved is no news.


def one(see: Reader, brief_id: int) -> dict[str, Any]:
    return with_history(see, brief_id)[0]


def with_history(see: Reader, brief_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """A brief with its files, and what happened to it, newest first: known to its unit and to those who choose."""
    row = LIST.one(see, brief_id)
    shown = present(see, row) | {"text": row.text, "evidence": linked(see, "briefs", brief_id)}
    sources.with_sources(see, [shown])
    near = row.unit_id in see.actor.units or see.actor.has(*DISTRICT_WIDE) or row.may_choose
    told = timeline(see, "brief", brief_id, _LABELS) if near else []
    said = (entry.note for entry in told if entry.label == _LABELS["brief.decline"][0])
    return shown | {"declined_note": next(said, None) if row.state == DECLINED else None}, told


def adopted_by(see: Reader, plan_id: int) -> list[dict[str, Any]]:
    """The situation analyses that a plan took up, as far as the actor reads them: for its page."""
    rows, _ = LIST.page(see, LIST.asked({"adopted_plan_id": str(plan_id), "limit": "50"}), frozenset())
    return [present(see, row) for row in rows]


# How many each unit has

PARSERS = {name: FILTERS[name].parse for name in PERIOD}


@cache
def _counts_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    """Of the district for its overseers, else of one's own units: what others promoted says nothing of their number."""
    wide = not roles.isdisjoint(DISTRICT_WIDE)
    scope = sa.and_(in_district(BRIEF), sa.true() if wide else within(BRIEF.c.unit_id, OWN))
    state = BRIEF.c.state

    def those(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    return (
        sa.select(
            AT.c.id.label("unit_id"),
            AT.c.name.label("unit_name"),
            sa.func.count().label("submitted"),
            those(state.in_(CHOSEN)).label("selected"),
            those(state == PROMOTED).label("promoted"),
            those(state == DECLINED).label("declined"),
            those(BRIEF.c.adopted_at.is_not(None)).label("adopted"),
        )
        .select_from(BRIEF.join(AT, AT.c.id == BRIEF.c.unit_id))
        .where(scope, state != DRAFT, *(PERIOD[name] for name in shape))
        .group_by(AT.c.id, AT.c.name)
        .order_by(AT.c.id)
    )


@unbounded
def counts(see: Reader, params: Mapping[str, str]) -> list[dict[str, Any]]:
    """Unit by unit, for a period and a kind where asked: how many were handed in, and what became of them."""
    asked = read_params(params, PARSERS)
    if see.actor.roles.isdisjoint(BUSINESS):
        return []
    binds = {**see.actor.binds, **{f"f_{name}": value for name, value in asked.items()}}
    rows = see.connection.execute(_counts_statement(see.actor.roles, tuple(sorted(asked))), binds)
    return [dict(row._mapping) for row in rows]


def all_counts(see: Reader, params: Mapping[str, str]) -> Iterator[Sequence[dict[str, Any]]]:
    yield counts(see, params)


# What forms choose from


@cache
def _plans_statement(roles: Roles, drafts: bool) -> sa.Select[Any]:
    rows = sa.select(PLAN.c.id, PLAN.c.title, PLAN.c.edition).where(PLANS.read(roles))
    rows = rows.where((PLAN.c.state == PlanState.DRAFT) if drafts else (PLAN.c.state != PlanState.DRAFT))
    return rows.order_by(PLAN.c.id.desc()).limit(100)


def plans(see: Reader, *, drafts: bool = False) -> list[tuple[int, str]]:
    """(id, words), newest first: those that are issued or have ended, or else those that are being drawn up."""
    rows = see.connection.execute(_plans_statement(see.actor.roles, drafts), see.actor.binds)
    return [(row.id, f"{row.title}（第 {row.edition} 版）" if row.edition > 1 else row.title) for row in rows]


@cache
def _items_statement(roles: Roles, state: PlanState) -> sa.Select[Any]:
    rows = sa.select(ITEM.c.id, ITEM.c.number, ITEM.c.title).join(PLAN, PLAN.c.id == ITEM.c.plan_id)
    rows = rows.where(PLANS.read(roles), PLAN.c.state == state)
    return rows.order_by(PLAN.c.id.desc(), ITEM.c.position, ITEM.c.id).limit(300)


def items(see: Reader, state: PlanState = PlanState.ISSUED) -> list[tuple[int, str]]:
    """(id, words) of the items of the plans that are carried out, or in another state."""
    rows = see.connection.execute(_items_statement(see.actor.roles, state), see.actor.binds)
    return [(row.id, f"第{row.number}项 {row.title}") for row in rows]


def adopting(see: Reader, row: dict[str, Any]) -> dict[str, list[tuple[int, str]]]:
    """What may take an analysis up: the drafts and their items, and what took it up already."""
    offered = {"plans": plans(see, drafts=True), "items": items(see, PlanState.DRAFT)}
    held = {"plans": ("adopted_plan_id", "adopted_plan_title"), "items": ("adopted_plan_item_id", "adopted_item_title")}
    for name, (which, title) in held.items():
        if row[which] and row[which] not in dict(offered[name]):
            offered[name] = [(row[which], row[title]), *offered[name]]
    return offered


_KIND = sa.case(*((BRIEF.c.kind == kind, label) for kind, label in BRIEF_KIND_LABELS.items()))
titled(BRIEF, _KIND + " " + sa.cast(BRIEF.c.written_on, sa.String))
