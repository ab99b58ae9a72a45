"""Every read of rectifications: the ledger (整改台账), and one with its finding and rounds."""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.core.calendar import Lamp, lamp, today_of
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_choice, parse_day_begun, parse_day_over, parse_flag
from app.core.policy import Roles
from app.core.timeline import Entry, labels_of, timeline
from app.evidence.models import EVIDENCE, LINK
from app.evidence.queries import linked
from app.identity.models import USER
from app.inspections.found import number_of, readable_findings, written
from app.inspections.models import FINDING, INSPECTION, Severity
from app.notifications.queries import by_id_alone, titled
from app.rectifications.models import RECTIFICATION, ROUND, RectificationState, Source
from app.rectifications.rules import CLOSED, PENDING, POLICY, WORKFLOW
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
RESPONSIBLE, FOUND, OCCASION = UNIT.alias("responsible"), FINDING.alias("found"), INSPECTION.alias("occasion")
VERIFIER = USER.alias("verifier")
OPEN = RECTIFICATION.c.state != CLOSED
REOPENED = RECTIFICATION.c.round > 1
_INSTANT = RECTIFICATION.c.created_at.type
_TODAY = sa.bindparam("lamp_today", type_=sa.Date)
_AMBER = sa.bindparam("lamp_amber", type_=sa.Date)
_KEY = RECTIFICATION.c.deadline_key
_HAS_DEADLINE = RECTIFICATION.c.deadline_on.is_not(None)
LAMPS = {
    "red": sa.and_(OPEN, _HAS_DEADLINE, _KEY < _TODAY),
    "amber": sa.and_(OPEN, _HAS_DEADLINE, _KEY >= _TODAY, _KEY <= _AMBER),
    "green": sa.and_(OPEN, _HAS_DEADLINE, _KEY > _AMBER),
    "none": sa.and_(OPEN, sa.not_(_HAS_DEADLINE)),
    "done": sa.not_(OPEN),
}


def lamp_binds(see: Reader) -> dict[str, Any]:
    """Today, and the last day that is amber."""
    return {"lamp_today": see.today, "lamp_amber": see.workdays.last_within(see.today, see.settings.lamp_days)}


def lamp_of(see: Reader, row: Any) -> Lamp:
    """A closed one no longer runs: 按期 or 逾期销号, never red."""
    if row.state == CLOSED:
        late = row.deadline_on is not None and today_of(row.closed_at) > row.deadline_on
        return Lamp("done", "逾期销号" if late else "已销号", "逾期销号" if late else "已销号")
    return lamp(row.deadline_on, see.today, see.workdays, see.settings.lamp_days)


_EVIDENCE_COUNT = (
    sa.select(sa.func.count())
    .select_from(LINK.join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id))
    .where(LINK.c.target == "rectifications", LINK.c.target_id == RECTIFICATION.c.id, EVIDENCE.c.voided_at.is_(None))
    .correlate(RECTIFICATION)
    .scalar_subquery()
)
_NAMES = (
    *("id", "version", "finding_id", "source", "problem", "unit_id", "state", "round"),
    *("original_deadline_on", "deadline_on", "cause", "goal", "measures", "responsible_leader", "responsible_person"),
    *("result", "opinion", "submitted_at", "closed_at", "created_at", "updated_at"),
)
_JOINED = ("inspection_id", "inspection_title", "severity", "category", "unit_name", "verifier_name", "evidence_count")
_FINDING = ("description", "correction", "basis", "visit_id")
_COLUMNS = [
    *(RECTIFICATION.c[name] for name in _NAMES),
    RESPONSIBLE.c.name.label("unit_name"),
    FOUND.c.inspection_id,
    FOUND.c.year,
    FOUND.c.number,
    FOUND.c.severity,
    FOUND.c.category,
    FOUND.c.immediate,
    OCCASION.c.title.label("inspection_title"),
    VERIFIER.c.name.label("verifier_name"),
    _EVIDENCE_COUNT.label("evidence_count"),
]
_SOURCE = (
    RECTIFICATION.join(RESPONSIBLE, RESPONSIBLE.c.id == RECTIFICATION.c.unit_id)
    .outerjoin(FOUND, FOUND.c.id == RECTIFICATION.c.finding_id)
    .outerjoin(OCCASION, OCCASION.c.id == FOUND.c.inspection_id)
    .outerjoin(VERIFIER, VERIFIER.c.id == RECTIFICATION.c.verified_by)
)


def _of_finding(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    row = sa.select(sa.literal(1)).select_from(FINDING).where(FINDING.c.id == RECTIFICATION.c.finding_id, condition)
    return row.correlate(RECTIFICATION).exists()


_CAMPAIGN = sa.bindparam("f_campaign_id", type_=sa.BigInteger)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    detail=[*(FOUND.c[name].label(f"finding_{name}") for name in _FINDING), OCCASION.c.mode.label("inspection_mode")],
    sorts={"id": by_id(RECTIFICATION), "deadline": Sort(_KEY, load=date.fromisoformat)},
    filters={
        "unit_id": equals(RECTIFICATION.c.unit_id, "unit_id"),
        "state": one_of(RECTIFICATION.c.state, "state", RectificationState),
        "source": one_of(RECTIFICATION.c.source, "source", Source),
        "lamp": Filter(LAMPS, parse_choice(list(LAMPS)), lamp_binds),
        "finding_id": equals(RECTIFICATION.c.finding_id, "finding_id"),
        "campaign_id": Filter(sa.or_(RECTIFICATION.c.campaign_id == _CAMPAIGN, OCCASION.c.campaign_id == _CAMPAIGN)),
        "inspecting_unit_id": Filter(OCCASION.c.unit_id == sa.bindparam("f_inspecting_unit_id", type_=sa.BigInteger)),
        "reopened": Filter(sa.bindparam("f_reopened", type_=sa.Boolean) == REOPENED, parse_flag),
        "since": Filter(RECTIFICATION.c.created_at >= sa.bindparam("f_since", type_=_INSTANT), parse_day_begun),
        "until": Filter(RECTIFICATION.c.created_at < sa.bindparam("f_until", type_=_INSTANT), parse_day_over),
        "inspection_id": Filter(
            _of_finding(FINDING.c.inspection_id == sa.bindparam("f_inspection_id", type_=sa.BigInteger))
        ),
        "severity": Filter(
            {each.value: _of_finding(FINDING.c.severity == each) for each in Severity},
            parse_choice([each.value for each in Severity]),
        ),
    },
    search=[RECTIFICATION.c.problem, RESPONSIBLE.c.name, written(FOUND)],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    colour, words, short = lamp_of(see, row)
    actions = WORKFLOW.allowed_actions(row)
    # An extension is asked for before the deadline has passed, and only where there is one.
    if "request_extension" in actions and (row.deadline_on is None or row.deadline_on < see.today):
        actions.remove("request_extension")
    # Straight from pending goes what is to be put right at once (立行立改) alone.
    if row.state == PENDING and "submit" in actions and not row.immediate:
        actions.remove("submit")
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    return shown | {
        "number": number_of(row.year, row.number),
        "lamp": colour,
        "lamp_words": words,
        "lamp_short": short,
        "allowed_actions": actions,
    }


SAVED = ("state", "lamp")
"""Filters of the page's chips: one takes the other's place."""


@lru_cache(maxsize=64)
def _tallies_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    lamps = [sa.func.count().filter(LAMPS[name]).label(name) for name in ("red", "amber")]
    columns = sa.select(sa.type_coerce(RECTIFICATION.c.state, sa.String).label("state"), sa.func.count().label("all"))
    rows = columns.add_columns(*lamps).select_from(_SOURCE).where(*LIST.where(roles, shape))
    return rows.group_by(RECTIFICATION.c.state)


@unbounded
def tallies(see: Reader, asked: Asked) -> dict[str, int]:
    """How many rows each chip would show beside the other filters: by state, by lamp, and ``all``."""
    others = {name: value for name, value in asked.filters.items() if name not in SAVED}
    base = replace(asked, filters=others, cursor=None)
    binds = {**see.actor.binds, **lamp_binds(see), **LIST.binds(see, base)}
    rows = see.connection.execute(_tallies_statement(see.actor.roles, LIST.shape(base)), binds).all()
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("all", "red", "amber")}
    return sums | {state.value: sum(row.all for row in rows if row.state == state) for state in RectificationState}


_ROUNDS = (
    sa.select(*(ROUND.c[name] for name in ("number", "content", "reopened_reason", "reopened_at")))
    .where(ROUND.c.rectification_id == sa.bindparam("rectification"))
    .order_by(ROUND.c.number)
)


def one(see: Reader, rectification_id: int) -> dict[str, Any]:
    """A rectification with its finding (None where it came from elsewhere) and its earlier rounds."""
    row = LIST.one(see, rectification_id)
    shown = present(see, row)
    rounds = see.connection.execute(_ROUNDS, {"rectification": rectification_id}).all()
    shown["rounds"] = [dict(each._mapping) for each in rounds]
    shown["finding"] = None
    if row.finding_id is not None:
        names = ("number", "severity", "category", "inspection_id", "inspection_title")
        shown["finding"] = {name: shown[name] for name in names} | {
            "id": row.finding_id,
            "inspection_mode": row.inspection_mode,
            "immediate": row.immediate,
            **{name: getattr(row, f"finding_{name}") for name in _FINDING},
        }
    return shown


_LABELS = labels_of(WORKFLOW, create=("登记问题", "")) | {
    "finding.issue": ("下达整改", ""),
    "extension.approve": ("批准延期", "accept"),
    "extension.refuse": ("不批准延期", "back"),
}
del _LABELS["rectification.edit"]  # Saved drafts are no news.


def history(see: Reader, rectification_id: int) -> list[Entry]:
    """What happened to a rectification that the actor may read, newest first."""
    return timeline(see, "rectification", rectification_id, _LABELS)


def proof_before(see: Reader, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What the inspectors photographed: the finding's evidence, where the actor may read the finding."""
    if row["finding"] is None or not readable_findings(see, [row["finding"]["id"]]):
        return []
    return linked(see, "findings", row["finding"]["id"])


def of_findings(see: Reader, finding_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Finding → id, state of its rectification, for an inspection's page that shows the findings."""
    rows = see.connection.execute(
        sa.select(RECTIFICATION.c.finding_id, RECTIFICATION.c.id, RECTIFICATION.c.state).where(
            RECTIFICATION.c.finding_id.in_(finding_ids), POLICY.read(see.actor.roles)
        ),
        see.actor.binds,
    ).all()
    return {row.finding_id: {"id": row.id, "state": row.state} for row in rows}


# What notices call one: its finding's number, where it has one

NUMBERED = sa.func.coalesce(written(FOUND), by_id_alone(RECTIFICATION))
titled(RECTIFICATION, NUMBERED, RECTIFICATION.outerjoin(FOUND, FOUND.c.id == RECTIFICATION.c.finding_id))
