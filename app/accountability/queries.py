"""Reads of actions and of the ladder: the lists, one with its evidence, and what may be cited against a unit."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.accountability import answering, papers, triggers
from app.accountability.ladder import in_words
from app.accountability.models import ACTION, ACTION_KIND_LABELS, RUNG, TO_PERFORM, TRIGGER, ActionKind, ActionState
from app.accountability.rules import (
    AWAITING_REPLY,
    LABELS,
    POLICY,
    PROPOSERS,
    RUNGS,
    SUPERVISIONS_OWN,
    WORKFLOW,
)
from app.appointments.holders import with_responsible
from app.core.db import unbounded
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_day_begun, parse_day_over, parse_flag, takes
from app.core.policy import DISTRICT_WIDE, Roles, require, stranger_to
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.documents import queries as documents
from app.documents.models import DOCUMENT
from app.documents.paper import number_of
from app.evidence.queries import linked
from app.identity.models import USER
from app.notifications.queries import titled
from app.units.models import UNIT
from app.units.succession import stand_ins

# Aliases: the conditions bring the plain tables with them.
AT, PAPER = UNIT.alias("at"), DOCUMENT.alias("paper")
_DONE = ("proposed_by", "approved_by", "served_by", "replied_by", "closed_by")
_USERS = {name: USER.alias(name.removesuffix("_by")) for name in _DONE}
_NAMES = (
    *("id", "version", "unit_id", "kind", "person", "state", "reason", "rung_id", "approved_at", "document_id"),
    *("served_at", "reply_by", "performance", "performed_at", "reply", "replied_at", "effect", "closed_at"),
    *("created_at", "updated_at", "is_past"),
)
_JOINED = ("unit_name", *(f"{name}_name" for name in _DONE))
_COLUMNS = [
    *(ACTION.c[name] for name in _NAMES),
    AT.c.name.label("unit_name"),
    SUPERVISIONS_OWN.label("supervisions_own"),
    ACTION.c.past_number,
    *(user.c.name.label(f"{name}_name") for name, user in _USERS.items()),
    *(PAPER.c[name].label(f"paper_{name}") for name in ("prefix", "year", "number", "state")),
]
_SOURCE: sa.FromClause = ACTION.join(AT, AT.c.id == ACTION.c.unit_id).outerjoin(
    PAPER, PAPER.c.id == ACTION.c.document_id
)
for _name, _user in _USERS.items():
    _SOURCE = _SOURCE.outerjoin(_user, _user.c.id == ACTION.c[_name])
_INSTANT = ACTION.c.served_at.type
_OVERDUE = sa.and_(
    ACTION.c.state.in_(AWAITING_REPLY),
    ACTION.c.reply_by.is_not(None),
    ACTION.c.reply_by < sa.bindparam("action_today", type_=sa.Date),
)


@takes(type="string", maxLength=40)
def _parse_trigger(name: str, value: str) -> str:
    if value not in triggers.SOURCES:
        raise invalid(name, f"没有这一选项，可选：{'、'.join(triggers.SOURCES)}")
    return value


_CITING = ACTION.alias("citing_action")
_OF_OTHERS = (
    sa.select(sa.literal(1))
    .where(_CITING.c.id == TRIGGER.c.action_id, stranger_to(_CITING.c.unit_id))
    .correlate(TRIGGER)
    .exists()
)


def _told(roles: Roles) -> sa.ColumnElement[bool]:
    """What an action cites, as far as the reader may know: of what is confidential whom it is about learns nothing, and
    others what they may read."""
    open_ = TRIGGER.c.kind.not_in(triggers.hidden())
    if roles.isdisjoint(DISTRICT_WIDE):
        return open_
    known = (
        sa.and_(TRIGGER.c.kind == kind, source.confidential(roles))
        for kind, source in triggers.SOURCES.items()
        if source.confidential is not None
    )
    return sa.or_(open_, sa.and_(_OF_OTHERS, sa.or_(*known)))


def _cites(roles: Roles) -> sa.ColumnElement[bool]:
    """What may not be known is found by a filter neither."""
    mine = sa.select(sa.literal(1)).where(
        TRIGGER.c.action_id == ACTION.c.id, TRIGGER.c.kind == sa.bindparam("f_trigger"), _told(roles)
    )
    return mine.correlate(ACTION).exists()


LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(ACTION)},
    filters={
        "kind": one_of(ACTION.c.kind, "kind", ActionKind),
        "state": one_of(ACTION.c.state, "state", ActionState),
        "unit_id": equals(ACTION.c.unit_id, "unit_id"),
        "trigger": Filter(_cites, _parse_trigger),
        "since": Filter(ACTION.c.served_at >= sa.bindparam("f_since", type_=_INSTANT), parse_day_begun),
        "until": Filter(ACTION.c.served_at < sa.bindparam("f_until", type_=_INSTANT), parse_day_over),
        "overdue": Filter(
            sa.bindparam("f_overdue", type_=sa.Boolean) == _OVERDUE, parse_flag, lambda see: {"action_today": see.today}
        ),
    },
    search=[AT.c.name, ACTION.c.reason, ACTION.c.person],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    actions = WORKFLOW.allowed_actions(row)
    closed = {
        "serve": papers.may_serve(row.kind, row.paper_state, row.supervisions_own),
        "draw_up": papers.may_draw_up(row.kind, row.paper_state),
        "perform": row.performed_at is None,
        "reply": not (row.kind in TO_PERFORM and row.performed_at is None),
    }
    late = row.state in AWAITING_REPLY and row.reply_by is not None and row.reply_by < see.today
    return {name: getattr(row, name) for name in (*_NAMES, *_JOINED)} | {
        "overdue": late,
        "document_number": number_of(row.paper_prefix, row.paper_year, row.paper_number) or row.past_number,
        "triggers": [],
        "allowed_actions": [action for action in actions if closed.get(action, True)],
    }


@cache
def _cited_statement(roles: Roles) -> sa.Select[Any]:
    columns = (TRIGGER.c[name] for name in ("action_id", "kind", "source_id", "said"))
    mine = sa.select(*columns).where(within(TRIGGER.c.action_id, many("actions")), _told(roles))
    return mine.order_by(TRIGGER.c.id)


def with_triggers(see: Reader, actions: Sequence[dict[str, Any]]) -> None:
    """Give presented actions what they cite, as far as the reader may know: a statement for each kind that occurs."""
    of = {action["id"]: action for action in actions}
    mine = {**see.actor.binds, "actions": list(of)}
    rows = see.connection.execute(_cited_statement(see.actor.roles), mine).all() if of else []
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.kind, set()).add(row.source_id)
    there = {
        kind: triggers.SOURCES[kind].may_read(see, sorted(wanted))
        for kind, wanted in ids.items()
        if kind in triggers.SOURCES
    }
    for row in rows:
        open_ = row.source_id in there.get(row.kind, ())
        told = {
            "kind": row.kind,
            "label": triggers.label(row.kind),
            "source_id": row.source_id,
            "said": row.said,
            "resource": triggers.SOURCES[row.kind].resource if open_ else None,
            "row_id": row.source_id if open_ else None,
        }
        of[row.action_id]["triggers"].append(told)


def complete(see: Reader, actions: list[dict[str, Any]]) -> None:
    """What each cites, and who answers for its unit."""
    with_triggers(see, actions)
    with_responsible(see, actions)


def one(see: Reader, action_id: int) -> dict[str, Any]:
    row = LIST.one(see, action_id)
    shown = present(see, row)
    complete(see, [shown])
    shown["records"] = documents.of(see, notice_id=row.document_id) if row.document_id else []
    return shown | {"document_state": row.paper_state, "evidence": linked(see, "accountability-actions", action_id)}


@cache
def _citing_statement(roles: Roles) -> sa.Select[Any]:
    citing = TRIGGER.join(ACTION, ACTION.c.id == TRIGGER.c.action_id).join(AT, AT.c.id == ACTION.c.unit_id)
    columns = [*(ACTION.c[name] for name in ("id", "unit_id", "kind", "person", "state")), AT.c.name.label("unit_name")]
    cited = (
        TRIGGER.c.source_id == sa.bindparam("cited", type_=sa.BigInteger),
        TRIGGER.c.kind == sa.bindparam("of_kind"),
    )
    return sa.select(*columns).select_from(citing).where(*cited, POLICY.read(roles)).order_by(ACTION.c.id)


def citing(see: Reader, kind: str, source_id: int) -> list[dict[str, Any]]:
    """The actions that cite a row, as far as the actor reads them: of what is confidential, the district-wide roles."""
    if kind in triggers.hidden() and see.actor.roles.isdisjoint(DISTRICT_WIDE):
        return []
    about = {**see.actor.binds, "cited": source_id, "of_kind": kind}
    return [dict(row._mapping) for row in see.connection.execute(_citing_statement(see.actor.roles), about)]


_LABELS = labels_of(WORKFLOW, propose=("提出", ""), bring_in=("补登", "")) | {
    "accountability_action.approve": ("批准", "accept"),
    "accountability_action.serve": ("送达", "urge"),
    "accountability_action.reply": ("答复", "submit"),
    "accountability_action.withdraw": ("撤回", "back"),
}
_FOR_UNITS = {
    name: said
    for name, said in _LABELS.items()
    if name.rpartition(".")[2] in ("serve", "perform", "reply", "send_back", "close")
}
"""A unit is told what happened since it knows."""


def history(see: Reader, action_id: int, unit_id: int) -> list[Entry]:
    """What happened to an action about that unit, which the actor may read, newest first."""
    all_of_it = see.actor.has(*DISTRICT_WIDE) and see.actor.is_stranger_to(unit_id)
    return timeline(see, "accountability_action", action_id, _LABELS if all_of_it else _FOR_UNITS)


@unbounded
def citable(see: Reader, unit_id: int) -> list[tuple[str, str]]:
    """(kind:id, in words) of all that may be cited against a unit by hand."""
    require(see.actor, *PROPOSERS)
    found: list[tuple[str, str]] = []
    gone = stand_ins(see)
    for source in triggers.SOURCES.values():
        rows = answering.found_of(see, source, unit_id, gone)
        found += [(f"{source.kind}:{one.source_id}", f"{source.label}：{one.said}") for one in rows]
    return found


# What notices call one: by the number of its paper, until it has one by its unit and kind

_KIND = sa.case(*((ACTION.c.kind == kind, label) for kind, label in ACTION_KIND_LABELS.items()))
_ITS_UNIT = ACTION.join(UNIT, UNIT.c.id == ACTION.c.unit_id)
titled(
    ACTION,
    sa.func.coalesce(documents.WRITTEN, UNIT.c.name + " " + _KIND),
    _ITS_UNIT.outerjoin(DOCUMENT, DOCUMENT.c.id == ACTION.c.document_id),
)


# The ladder

_OF_RUNG = ("id", "version", "trigger", "threshold", "proposes", "enabled", "created_at", "updated_at")
RUNG_LIST = Listing(
    policy=RUNGS,
    columns=[RUNG.c[name] for name in _OF_RUNG],
    sorts={"id": by_id(RUNG, descending=False)},
    filters={
        "trigger": equals(RUNG.c.trigger, "trigger", _parse_trigger),
        "enabled": equals(RUNG.c.enabled, "enabled", parse_flag),
    },
)


def present_rung(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _OF_RUNG} | {
        "trigger_label": triggers.label(row.trigger),
        "condition": in_words(row),
        "allowed_actions": [action for action in LABELS if getattr(row, f"may_{action}")],
    }


def one_rung(see: Reader, rung_id: int) -> dict[str, Any]:
    return present_rung(see, RUNG_LIST.one(see, rung_id))
