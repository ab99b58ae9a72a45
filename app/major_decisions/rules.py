"""Who sees a major decision, who carries it through, and which office supervises it; never the unit itself."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    Policy,
    Role,
    Roles,
    also_in_district,
    among,
    by,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.identity.models import GRANT
from app.major_decisions.models import DECISION, STATE_LABELS, SUPERVISION, DecisionState
from app.units.models import HOST, UNIT
from app.units.succession_models import SUCCESSION

UNITS = (Role.OFFICE, Role.SCHOOL)
REGISTRARS = (Role.SUPERVISOR, *UNITS)
_OURS = sa.select(SUPERVISION.c.category).where(
    SUPERVISION.c.district_id == DISTRICT, within(SUPERVISION.c.office_id, OFFICES)
)
"""The categories that the actor's offices supervise."""
_TAKEN = sa.select(SUPERVISION.c.category).where(SUPERVISION.c.district_id == DISTRICT)
"""The categories that any office supervises."""


_RECURSIVE, _BELOW = GRANT.alias("recursive_grant"), UNIT.alias("below")
_TAKES_IN = (_RECURSIVE.c.recursive.is_(sa.true()), among(_RECURSIVE.c.role, Role.OFFICE))
"""Whether the grant is of today is not asked: where nobody of the office has these units any more, it supervises them,
and the supervision office may as well."""


def _office_and_its_units() -> sa.Select[Any]:
    """(category, unit): the office that supervises it, what lies beneath where its people have that too, whom these
    host or answer for, and what was merged into any of them. Its people carry out the matters of all of them, and
    supervise none."""
    beneath = sa.select(_RECURSIVE.c.id).where(_RECURSIVE.c.unit_id == SUPERVISION.c.office_id, *_TAKES_IN)
    named = (SUPERVISION.c.category, SUPERVISION.c.office_id.label("unit_id"), beneath.exists().label("takes_in"))
    office = sa.select(*named).where(SUPERVISION.c.district_id == DISTRICT).cte("offices", recursive=True)
    below = sa.and_(_BELOW.c.parent_id == office.c.unit_id, office.c.takes_in)
    office = office.union(sa.select(office.c.category, _BELOW.c.id, office.c.takes_in).join_from(office, _BELOW, below))
    each = (
        (office.c.unit_id, office),
        (HOST.c.unit_id, office.join(HOST, HOST.c.host_id == office.c.unit_id)),
        (UNIT.c.id, office.join(UNIT, UNIT.c.answering_unit_id == office.c.unit_id)),
    )
    today = sa.union(
        *(sa.select(office.c.category, unit.label("unit_id")).select_from(rows) for unit, rows in each)
    ).subquery()
    chain = sa.select(today).cte(recursive=True)
    merged = SUCCESSION.c.successor_id == chain.c.unit_id
    every = chain.union(sa.select(chain.c.category, SUCCESSION.c.unit_id).join_from(chain, SUCCESSION, merged))
    return sa.select(every.c.category, every.c.unit_id)


_ITS_OWN = sa.tuple_(DECISION.c.category, DECISION.c.unit_id).in_(_office_and_its_units())
"""The matter is one of the office that supervises its category."""


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all; a unit its own; an office also those of the categories that it supervises."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(DECISION)
    own = within(DECISION.c.unit_id, OWN)
    if Role.OFFICE in roles:
        return sa.and_(in_district(DECISION), sa.or_(own, DECISION.c.category.in_(_OURS.correlate(None))))
    return sa.and_(also_in_district(DECISION), own)


def carry_out(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(UNITS):
        return sa.false()
    return sa.and_(also_in_district(DECISION), within(DECISION.c.unit_id, OWN))


def supervise(roles: Roles) -> ColumnElement[bool]:
    """The office named for the category; of a category that has none, and of that office's own matters, the
    supervisor."""
    grounds: list[ColumnElement[bool]] = []
    if Role.OFFICE in roles:
        grounds.append(DECISION.c.category.in_(_OURS.correlate(None)))
    if Role.SUPERVISOR in roles:
        grounds.append(sa.or_(DECISION.c.category.not_in(_TAKEN.correlate(None)), _ITS_OWN))
    if not grounds:
        return sa.false()
    return sa.and_(in_district(DECISION), sa.or_(*grounds), stranger_to(DECISION.c.unit_id))


def own_by(roles: Roles) -> sa.Column[int] | None:
    return DECISION.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


POLICY = Policy(DECISION, read, {"carry_out": carry_out, "supervise": supervise}, own_by)
REGISTERED, DELIBERATED, DECIDED, DISCLOSED, EXECUTED, COMPLETED = (state.value for state in DecisionState)
EVERY = tuple(state.value for state in DecisionState)
OPEN = EVERY[:-1]
WORKFLOW = Workflow(
    "major_decision",
    DecisionState,
    STATE_LABELS,
    POLICY,
    Transition("edit", OPEN, None, "修改", "carry_out"),
    Transition("link_evidence", OPEN, None, "上传资料", "carry_out"),
    Transition("deliberate", (REGISTERED,), DELIBERATED, "酝酿完毕", "carry_out"),
    Transition("decide", (DELIBERATED,), DECIDED, "形成决定", "carry_out"),
    Transition("reconvene", (DECIDED,), DELIBERATED, "再次上会", "carry_out"),
    Transition("disclose", (DECIDED,), DISCLOSED, "公示", "carry_out"),
    Transition("execute", (DISCLOSED,), EXECUTED, "执行完毕", "carry_out"),
    Transition("complete", (EXECUTED,), COMPLETED, "办结", "carry_out"),
    Transition("close", (REGISTERED, DELIBERATED, DECIDED), COMPLETED, "了结", "carry_out", note=True, danger=True),
    Transition("answer", EVERY, None, "答复", "carry_out"),
    Transition("remark", EVERY, None, "提监督意见", "supervise"),
    Transition("check", EVERY, None, "疑点已核", "supervise"),
)
targets.register("major-decisions", "三重一大", POLICY, workflow=WORKFLOW, title=DECISION.c.subject)

_supervisor = by(Role.SUPERVISOR, SUPERVISION)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(SUPERVISION)


SUPERVISIONS = Policy(SUPERVISION, _everyone, {"edit": _supervisor, "delete": _supervisor})
LABELS = {"edit": "修改", "delete": "删除"}
