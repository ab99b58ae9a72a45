"""Reads of summaries: the list, the written part of one, and the whole with its figures, live or as they were kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.complaints.models import COMPLAINT
from app.complaints.rules import POLICY as COMPLAINTS
from app.core.db import unbounded
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Asked, Listing, by_id, equals, one_of
from app.core.params import parse_choice, parse_number, read_params
from app.core.policy import Roles
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.dashboard.queries import dashboard
from app.identity.models import USER
from app.plans.models import PLAN, PlanState
from app.plans.rules import POLICY as PLANS
from app.summaries.models import SNAPSHOT, SUMMARY, SummaryState
from app.summaries.rules import FROZEN, POLICY, WORKFLOW
from app.summaries.sections import COMPLAINTS as OF_COMPLAINTS
from app.summaries.sections import SECTIONS
from app.summaries.sections.prose import suggestions
from app.summaries.telling import Scene

# Aliases: the conditions bring the plain tables with them.
OF, FREEZER = PLAN.alias("of_plan"), USER.alias("freezer")
_NAMES = ("id", "version", "plan_id", "state", "texts", "frozen_at", "created_at", "updated_at")
_SNAPSHOTS = (
    sa.select(sa.func.count()).where(SNAPSHOT.c.summary_id == SUMMARY.c.id).correlate(SUMMARY).scalar_subquery()
)
_COLUMNS = [
    *(SUMMARY.c[name] for name in _NAMES),
    OF.c.title.label("plan_title"),
    FREEZER.c.name.label("frozen_by_name"),
    _SNAPSHOTS.label("snapshots"),
]
_JOINED = ("plan_title", "frozen_by_name", "snapshots")
_SOURCE = SUMMARY.join(OF, OF.c.id == SUMMARY.c.plan_id).outerjoin(FREEZER, FREEZER.c.id == SUMMARY.c.frozen_by)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(SUMMARY)},
    filters={
        "plan_id": equals(SUMMARY.c.plan_id, "plan_id"),
        "state": one_of(SUMMARY.c.state, "state", SummaryState),
    },
    search=[OF.c.title],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*_NAMES, *_JOINED)} | {
        "allowed_actions": WORKFLOW.allowed_actions(row)
    }


def one(see: Reader, summary_id: int) -> dict[str, Any]:
    return present(see, LIST.one(see, summary_id))


def _of_plan(see: Reader, plan_id: int) -> dict[str, Any] | None:
    rows, _ = LIST.page(see, Asked({"plan_id": plan_id}, sort="id", limit=1))
    return present(see, rows[0]) if rows else None


_LABELS = labels_of(WORKFLOW, create=("起草", "")) | {"summary.freeze": ("定稿", "accept")}


def history(see: Reader, summary_id: int) -> list[Entry]:
    """What happened to a summary that the actor may read, newest first."""
    return timeline(see, "summary", summary_id, _LABELS)


# The whole

LIVE, KEPT, COMPARED = "live", "frozen", "compare"
PARSERS = {"figures": parse_choice((KEPT, LIVE, COMPARED)), "number": parse_number(1, 9999)}
"""``number``: an earlier snapshot."""


class Of(NamedTuple):
    """The plan and its year: the one that it names, or in which it was issued."""

    plan_id: int
    title: str
    year: int


@cache
def _plan_statement(roles: Roles) -> sa.Select[Any]:
    mine = PLAN.c.id == sa.bindparam("row_id", type_=sa.BigInteger)
    columns = [PLAN.c[name] for name in ("id", "title", "year", "issued_on", "created_at")]
    return sa.select(*columns).where(mine, PLAN.c.state != PlanState.DRAFT, PLANS.read(roles))


def plan_of(see: Reader, plan_id: int) -> Of:
    """404 for a draft: nothing was done by it yet."""
    binds = {**see.actor.binds, "row_id": plan_id}
    row = see.connection.execute(_plan_statement(see.actor.roles), binds).one_or_none()
    if row is None:
        raise NotFound()
    return Of(row.id, row.title, row.year or (row.issued_on or row.created_at).year)


def live(see: Reader, of: Of) -> list[dict[str, Any]]:
    """Every section as the actor would count it now."""
    scene = Scene(see, of.plan_id, of.title, of.year, dashboard(see, of.plan_id))
    return [{"key": each.key, "title": each.title, **each.tell(scene).told()} for each in SECTIONS]


@unbounded
def whole(see: Reader, plan_id: int, params: Mapping[str, str]) -> dict[str, Any]:
    """A plan's summary: kept figures where it is final (to the overseers), else live ones. 404 for a plan out of sight
    and for a snapshot that is not there.
    """
    asked = read_params(params, PARSERS)
    of, summary = plan_of(see, plan_id), _of_plan(see, plan_id)
    kept = _kept(see, summary, asked)
    if kept is None:
        return _told(see, of, LIVE, None, see.now, live(see, of), summary, summary["texts"] if summary else {})
    sections, figures = kept.sections, KEPT
    recount = not _all_readable(see, kept.complaint_ids)
    if recount or asked.get("figures") == COMPARED:
        now = {section["key"]: section for section in live(see, of)}
        if recount:
            sections = [now[each["key"]] if each["key"] == OF_COMPLAINTS else each for each in sections]
        if asked.get("figures") == COMPARED:
            figures, sections = COMPARED, [_compared(each, now.get(each["key"])) for each in sections]
    return _told(see, of, figures, kept.number, kept.taken_at, sections, summary, kept.texts)


def _told(
    see: Reader,
    of: Of,
    figures: str,
    number: int | None,
    at: datetime,
    sections: Sequence[dict[str, Any]],
    summary: dict[str, Any] | None,
    texts: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "plan_id": of.plan_id,
        "plan_title": of.title,
        "year": of.year,
        "figures": figures,
        "number": number,
        "snapshot_at": at,
        "sections": [{**section, "text": texts.get(section["key"])} for section in sections],
        "summary": summary,
    }


_SNAPSHOT = (
    sa.select(SNAPSHOT)
    .where(SNAPSHOT.c.summary_id == sa.bindparam("row_id", type_=sa.BigInteger))
    .order_by(SNAPSHOT.c.number.desc())
    .limit(1)
)
_EARLIER = _SNAPSHOT.where(SNAPSHOT.c.number == sa.bindparam("number", type_=sa.Integer))


def _kept(see: Reader, summary: dict[str, Any] | None, asked: Mapping[str, Any]) -> Any:
    """The snapshot to show: a named one, or of a final summary the newest; None where live figures are wanted."""
    if "number" in asked:
        given = {"row_id": summary["id"] if summary else 0, "number": asked["number"]}
        row = see.connection.execute(_EARLIER, given).one_or_none()
        if row is None:
            raise NotFound()
        return row
    if summary is None or summary["state"] != FROZEN or asked.get("figures") == LIVE:
        return None
    return see.connection.execute(_SNAPSHOT, {"row_id": summary["id"]}).one_or_none()


# What a snapshot counted of complaints is shown to whoever may read all of them: never to whom one is about.


@cache
def _readable_complaints(roles: Roles) -> sa.Select[Any]:
    counted = within(COMPLAINT.c.id, many("counted"))
    return sa.select(sa.func.count()).select_from(COMPLAINT).where(counted, COMPLAINTS.read(roles))


def _all_readable(see: Reader, ids: Sequence[int]) -> bool:
    binds = {**see.actor.binds, "counted": list(ids)}
    readable: int = see.connection.execute(_readable_complaints(see.actor.roles), binds).scalar_one()
    return readable == len(ids)


def _compared(section: dict[str, Any], now: dict[str, Any] | None) -> dict[str, Any]:
    """With what each figure is now, where it differs."""
    values = {each["label"]: each["text"] for each in now["figures"]} if now else {}
    figures = [{**each, "now": _differing(each["text"], values.get(each["label"], "—"))} for each in section["figures"]]
    return {**section, "figures": figures}


def _differing(kept: str, now: str) -> str | None:
    return now if now != kept else None


# The plans that have one


@cache
def _index_statement(roles: Roles) -> sa.Select[Any]:
    mine = sa.and_(SUMMARY.c.plan_id == PLAN.c.id, POLICY.read(roles))
    columns = [PLAN.c[name] for name in ("id", "title", "year", "state", "issued_on")]
    rows = sa.select(*columns, SUMMARY.c.state.label("summary_state"), SUMMARY.c.frozen_at)
    rows = rows.select_from(PLAN.outerjoin(SUMMARY, mine))
    return rows.where(PLANS.read(roles), PLAN.c.state != PlanState.DRAFT).order_by(PLAN.c.id.desc()).limit(100)


def index(see: Reader) -> list[dict[str, Any]]:
    """The newest hundred plans that were issued, and how the written part of each stands for whoever may read it."""
    rows = see.connection.execute(_index_statement(see.actor.roles), see.actor.binds)
    return [dict(row._mapping) for row in rows]


def proposals(see: Reader, plan_id: int) -> list[dict[str, Any]]:
    """What whoever writes the suggestions may take up."""
    of = plan_of(see, plan_id)
    found: list[dict[str, Any]] = suggestions(Scene(see, of.plan_id, of.title, of.year, {})).told()["proposals"]
    return found
