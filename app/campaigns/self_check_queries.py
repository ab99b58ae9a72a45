"""Reads of self-checks: the list, which is a campaign unit by unit, and one with its papers."""

from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.campaigns import rollup
from app.campaigns.models import CAMPAIGN, SELF_CHECK, SelfCheckState
from app.campaigns.rules import OPEN, RUNNING, SELF_CHECK_WORKFLOW, SELF_CHECKS, in_time
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_flag
from app.core.timeline import Entry, labels_of, timeline
from app.evidence.queries import linked
from app.identity.models import USER
from app.indicators.amounts import written
from app.notifications.queries import titled
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
OF, AT, SUBMITTER, REVIEWER = CAMPAIGN.alias("of"), UNIT.alias("at"), USER.alias("submitter"), USER.alias("reviewer")
_NAMES = (
    *("id", "version", "campaign_id", "unit_id", "state", "situation", "has_problem", "problem", "submitted_at"),
    *("reviewed_at", "rectification_id", "created_at", "updated_at"),
)
_AMOUNTS = ("amount_involved", "amount_returned")
_JOINED = (
    "campaign_title",
    "campaign_state",
    "fees",
    "deadline_on",
    "unit_name",
    "submitted_by_name",
    "reviewed_by_name",
)
_COLUMNS = [
    *(SELF_CHECK.c[name] for name in (*_NAMES, *_AMOUNTS)),
    OF.c.title.label("campaign_title"),
    OF.c.state.label("campaign_state"),
    OF.c.fees,
    OF.c.self_check_to.label("deadline_on"),
    AT.c.name.label("unit_name"),
    SUBMITTER.c.name.label("submitted_by_name"),
    REVIEWER.c.name.label("reviewed_by_name"),
]
_SOURCE = (
    SELF_CHECK.join(OF, OF.c.id == SELF_CHECK.c.campaign_id)
    .join(AT, AT.c.id == SELF_CHECK.c.unit_id)
    .outerjoin(SUBMITTER, SUBMITTER.c.id == SELF_CHECK.c.submitted_by)
    .outerjoin(REVIEWER, REVIEWER.c.id == SELF_CHECK.c.reviewed_by)
)
_OVERDUE = sa.and_(
    SELF_CHECK.c.state.in_(OPEN),
    OF.c.state.in_(RUNNING),
    OF.c.self_check_to < sa.bindparam("f_today", type_=sa.Date),
)
LIST = Listing(
    policy=SELF_CHECKS,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(SELF_CHECK, descending=False)},
    filters={
        "campaign_id": equals(SELF_CHECK.c.campaign_id, "campaign_id"),
        "unit_id": equals(SELF_CHECK.c.unit_id, "unit_id"),
        "state": one_of(SELF_CHECK.c.state, "state", SelfCheckState),
        "has_problem": Filter(
            sa.func.coalesce(SELF_CHECK.c.has_problem, sa.false()) == sa.bindparam("f_has_problem", type_=sa.Boolean),
            parse_flag,
        ),
        "overdue": Filter(
            sa.bindparam("f_overdue", type_=sa.Boolean) == _OVERDUE, parse_flag, lambda see: {"f_today": see.today}
        ),
    },
    search=[AT.c.name, SELF_CHECK.c.problem, OF.c.title],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    shown |= {name: written(getattr(row, name)) for name in _AMOUNTS}
    late = row.state in OPEN and row.campaign_state in RUNNING and row.deadline_on < see.today
    allowed = SELF_CHECK_WORKFLOW.allowed_actions(row)
    actions = [action for action in allowed if in_time(row.state, row.campaign_state, action)]
    return shown | {"overdue": late, "allowed_actions": actions}


def complete(see: Reader, rows: list[dict[str, Any]]) -> None:
    """What each row's campaign came to at its unit, and who answers for it."""
    with_responsible(see, rows)
    found = rollup.by_unit(see, {row["campaign_id"] for row in rows}, {row["unit_id"] for row in rows})
    for row in rows:
        row |= found(row["campaign_id"], row["unit_id"])


_LABELS = labels_of(SELF_CHECK_WORKFLOW) | {
    "self_check.confirm": ("确认", "accept"),
    "self_check.ask": ("要求补报", "back"),
}
del _LABELS["self_check.edit"]  # Saved drafts are no news.
_BACK = {_LABELS[f"self_check.{action}"][0] for action in ("send_back", "ask")}


def one(see: Reader, self_check_id: int) -> dict[str, Any]:
    return with_history(see, self_check_id)[0]


def with_history(see: Reader, self_check_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """One with its papers and what it was sent back for; and what happened to it, newest first."""
    row = LIST.one(see, self_check_id)
    told = timeline(see, "self_check", self_check_id, _LABELS)
    back = (entry.note for entry in told if entry.label in _BACK)
    shown = present(see, row) | {"said": next(back, None) if row.state == SelfCheckState.SENT_BACK else None}
    with_responsible(see, [shown])
    return shown | {"evidence": linked(see, "self-checks", self_check_id)}, told


titled(SELF_CHECK, UNIT.c.name, SELF_CHECK.join(UNIT, UNIT.c.id == SELF_CHECK.c.unit_id))
