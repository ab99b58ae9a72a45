"""What a campaign comes to, in figures: each is the number of rows behind its link, for whoever asks.

Everything is counted through the lists' own rules of sight: an unannounced inspection is in nobody's figures who may
not know of it yet.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.campaigns.models import HANDED_IN, OFFICE, SELF_CHECK, SelfCheckState
from app.campaigns.rules import SELF_CHECKS
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.policy import Roles
from app.core.within import many, within
from app.inspections import found
from app.inspections import queries as inspections
from app.inspections.models import FINDING, INSPECTION, TARGET, InspectionState, Severity
from app.inspections.rules import POLICY as INSPECTIONS
from app.rectifications import queries as rectifications
from app.rectifications.models import RECTIFICATION
from app.units.models import UNIT

BEGUN = (InspectionState.PLANNED, InspectionState.ONGOING, InspectionState.REPORTED)
_OF = sa.bindparam("f_campaign_id", type_=sa.BigInteger)
_FOUND_ON, _CAUSED_BY = found.OCCASION, rectifications.OCCASION


def _rows(see: Reader, statement: Any, **binds: Any) -> Sequence[Any]:
    return see.connection.execute(statement, {**see.actor.binds, **binds}).all()


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


_RECTIFICATION_SUMS = (
    sa.func.count().label("total"),
    _sum(rectifications.OPEN).label("open"),
    _sum(sa.not_(rectifications.OPEN)).label("closed"),
    _sum(rectifications.LAMPS["red"]).label("overdue"),
)
_NO_RECTIFICATIONS = {"total": 0, "open": 0, "closed": 0, "overdue": 0}


def _rectifications(row: Any) -> dict[str, int]:
    return {name: int(getattr(row, name)) for name in _NO_RECTIFICATIONS}


# Of one campaign


@cache
def _self_checks_statement(roles: Roles) -> Any:
    handed_in = SELF_CHECK.c.state.in_(HANDED_IN)
    told = sa.and_(handed_in, sa.func.coalesce(SELF_CHECK.c.has_problem, sa.false()))
    return sa.select(
        sa.func.count().label("targets"),
        _sum(sa.not_(handed_in)).label("pending"),
        _sum(handed_in).label("handed_in"),
        _sum(SELF_CHECK.c.state == SelfCheckState.CONFIRMED).label("confirmed"),
        _sum(told).label("problems"),
        *(_cents(SELF_CHECK.c[name], told).label(name) for name in ("amount_involved", "amount_returned")),
    ).where(SELF_CHECKS.read(roles), SELF_CHECK.c.campaign_id == _OF)


def _cents(column: sa.ColumnElement[Any], condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    whole = sa.type_coerce(column, sa.BigInteger)
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, whole), else_=0)), 0), sa.BigInteger)


@cache
def _inspections_statement(roles: Roles) -> sa.Select[Any]:
    return (
        sa.select(INSPECTION.c.unit_id, sa.func.count().label("count"))
        .where(*inspections.LIST.where(roles, ("campaign_id",)))
        .group_by(INSPECTION.c.unit_id)
    )


@cache
def _findings_statement(roles: Roles) -> sa.Select[Any]:
    assert found.FINDINGS.source is not None
    return (
        sa.select(_FOUND_ON.c.unit_id, FINDING.c.severity, sa.func.count().label("count"))
        .select_from(found.FINDINGS.source)
        .where(*found.FINDINGS.where(roles, ("campaign_id",)))
        .group_by(_FOUND_ON.c.unit_id, FINDING.c.severity)
    )


@cache
def _rectifications_statement(roles: Roles) -> sa.Select[Any]:
    """By the office that found it; those of self-checks under None."""
    assert rectifications.LIST.source is not None
    return (
        sa.select(_CAUSED_BY.c.unit_id, *_RECTIFICATION_SUMS)
        .select_from(rectifications.LIST.source)
        .where(*rectifications.LIST.where(roles, ("campaign_id",)))
        .group_by(_CAUSED_BY.c.unit_id)
    )


@unbounded
def rollup(see: Reader, campaign: Mapping[str, Any]) -> dict[str, Any]:
    """``campaign``: as ``queries.one`` gives it."""
    of = {"f_campaign_id": campaign["id"]}
    roles = see.actor.roles
    (checks,) = _rows(see, _self_checks_statement(roles), **of)
    shown: dict[str, Any] = {
        name: int(getattr(checks, name)) for name in ("targets", "pending", "handed_in", "confirmed", "problems")
    }
    shown |= {name: _yuan(getattr(checks, name)) for name in ("amount_involved", "amount_returned")}
    by_office = {row.unit_id: row.count for row in _rows(see, _inspections_statement(roles), **of)}
    severity: dict[int | None, Counter[str]] = defaultdict(Counter)
    for row in _rows(see, _findings_statement(roles), **of):
        severity[row.unit_id][row.severity] += row.count
    lamps = rectifications.lamp_binds(see)
    put_right = {
        row.unit_id: _rectifications(row) for row in _rows(see, _rectifications_statement(roles), **of, **lamps)
    }
    shown["inspections"] = sum(by_office.values())
    kinds = {each.value: sum(of_office[each] for of_office in severity.values()) for each in Severity}
    shown["findings"] = {"total": sum(kinds.values()), **kinds}
    shown["rectifications"] = {name: sum(each[name] for each in put_right.values()) for name in _NO_RECTIFICATIONS}
    shown["offices"] = [
        office
        | {
            "inspections": by_office.get(office["unit_id"], 0),
            "findings": severity[office["unit_id"]].total(),
            "rectifications": put_right.get(office["unit_id"], _NO_RECTIFICATIONS),
        }
        for office in _offices(see, campaign, {*by_office, *severity, *put_right})
    ]
    return shown


_NAMED = (
    sa.select(UNIT.c.id.label("unit_id"), UNIT.c.name.label("unit_name"))
    .where(within(UNIT.c.id, many("further_units")))
    .order_by(UNIT.c.id)
)
"""Whose inspections count beside those of the offices."""


def _offices(see: Reader, campaign: Mapping[str, Any], busy: Set[int | None]) -> list[dict[str, Any]]:
    """The office that leads, those that take part, and whoever else is ``busy`` in it."""
    lead = {"unit_id": campaign["unit_id"], "unit_name": campaign["unit_name"], "summary": campaign["conclusion"]}
    shown = [
        {
            "unit_id": office["unit_id"],
            "unit_name": office["unit_name"],
            "leads": office is lead,
            "summarized": office["summary"] is not None,
        }
        for office in (lead, *campaign["offices"])
    ]
    further = {unit_id for unit_id in busy if unit_id is not None} - {office["unit_id"] for office in shown}
    if further:
        others = _rows(see, _NAMED, further_units=sorted(further))
        shown += [row._asdict() | {"leads": False, "summarized": None} for row in others]
    return shown


def _yuan(cents: int) -> str:
    whole, rest = divmod(int(cents), 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else str(whole)


# Unit by unit


@cache
def _by_unit_statements(roles: Roles) -> tuple[sa.Select[Any], sa.Select[Any], sa.Select[Any]]:
    campaigns, units = many("rows_campaigns"), many("rows_units")
    inspected = (
        sa.select(INSPECTION.c.campaign_id, TARGET.c.unit_id, sa.func.count().label("count"))
        .select_from(INSPECTION.join(TARGET, TARGET.c.inspection_id == INSPECTION.c.id))
        .where(INSPECTIONS.read(roles), within(INSPECTION.c.campaign_id, campaigns), within(TARGET.c.unit_id, units))
        .group_by(INSPECTION.c.campaign_id, TARGET.c.unit_id)
    )
    assert found.FINDINGS.source is not None and rectifications.LIST.source is not None
    problems = (
        sa.select(_FOUND_ON.c.campaign_id, FINDING.c.unit_id, sa.func.count().label("count"))
        .select_from(found.FINDINGS.source)
        .where(
            *found.FINDINGS.where(roles, ()),
            within(_FOUND_ON.c.campaign_id, campaigns),
            within(FINDING.c.unit_id, units),
        )
        .group_by(_FOUND_ON.c.campaign_id, FINDING.c.unit_id)
    )
    campaign_id = sa.func.coalesce(RECTIFICATION.c.campaign_id, _CAUSED_BY.c.campaign_id)
    put_right = (
        sa.select(campaign_id.label("campaign_id"), RECTIFICATION.c.unit_id, *_RECTIFICATION_SUMS)
        .select_from(rectifications.LIST.source)
        .where(
            *rectifications.LIST.where(roles, ()),
            within(campaign_id, campaigns),
            within(RECTIFICATION.c.unit_id, units),
        )
        .group_by(campaign_id, RECTIFICATION.c.unit_id)
    )
    return inspected, problems, put_right


def by_unit(see: Reader, campaign_ids: Iterable[int], unit_ids: Iterable[int]) -> Callable[[int, int], dict[str, Any]]:
    """(campaign, unit) → how many inspections, findings and rectifications, in three statements."""
    of = {"rows_campaigns": sorted(campaign_ids), "rows_units": sorted(unit_ids)}
    inspected, problems, put_right = _by_unit_statements(see.actor.roles)
    visits = {(row.campaign_id, row.unit_id): row.count for row in _rows(see, inspected, **of)}
    findings = {(row.campaign_id, row.unit_id): row.count for row in _rows(see, problems, **of)}
    rows = _rows(see, put_right, **of, **rectifications.lamp_binds(see))
    sums = {(row.campaign_id, row.unit_id): _rectifications(row) for row in rows}

    def of_unit(campaign_id: int, unit_id: int) -> dict[str, Any]:
        key = campaign_id, unit_id
        return {
            "inspection_count": visits.get(key, 0),
            "finding_count": findings.get(key, 0),
            "rectifications": sums.get(key, _NO_RECTIFICATIONS),
        }

    return of_unit


# What is open when it is to be closed

_UNSAID = sa.select(UNIT.c.name).select_from(OFFICE.join(UNIT, UNIT.c.id == OFFICE.c.unit_id))
_UNSAID = _UNSAID.where(OFFICE.c.campaign_id == _OF, OFFICE.c.summary.is_(None)).order_by(OFFICE.c.id)


def open_in(see: Reader, campaign_id: int) -> list[str]:
    """In words, as far as the actor sees it."""
    of, roles = {"f_campaign_id": campaign_id}, see.actor.roles
    (checks,) = _rows(see, _self_checks_statement(roles), **of)
    going_on = inspections.LIST.count(
        see, inspections.LIST.asked({"campaign_id": str(campaign_id), "state": ",".join(BEGUN)})
    )
    rows = _rows(see, _rectifications_statement(roles), **of, **rectifications.lamp_binds(see))
    unsaid = list(see.connection.execute(_UNSAID, of).scalars())
    figures = {
        "个单位没有报送自查": int(checks.pending),
        "份自查没有审核": int(checks.handed_in - checks.confirmed),
        "次督查没有发布": going_on,
        "项整改没有销号": sum(int(row.open) for row in rows),
    }
    told = [f"{count} {words}" for words, count in figures.items() if count]
    return told + ([f"{'、'.join(unsaid)}没有报送小结"] if unsaid else [])
