"""Who may see a piece of evidence: its unit, and whoever may read something it is linked to."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.errors import Conflict, Forbidden
from app.core.operation import Tx
from app.core.policy import BUSINESS, OWN, Policy, Role, Roles, also_in_district, in_district
from app.core.within import within
from app.core.workflow import find
from app.evidence import targets
from app.evidence.models import EVIDENCE, LINK


def _links(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    links = sa.select(sa.literal(1)).select_from(LINK).where(LINK.c.evidence_id == EVIDENCE.c.id, *conditions)
    return links.correlate(EVIDENCE).exists()


def read(roles: Roles) -> ColumnElement[bool]:
    """Its unit's, or linked to a target the actor may read.

    A school reads little of the district: the ids of what it may read are gathered by its units' indexes. For
    all others most rows pass, and looking at each row's links keeps a page's cost at the page.
    """
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if roles == {Role.SCHOOL}:
        ours = sa.select(_MINE.c.id).where(within(_MINE.c.unit_id, OWN))
        gathered = EVIDENCE.c.id.in_(sa.union(ours, *targets.linked_ids(roles)))
        return sa.and_(in_district(EVIDENCE), gathered, sa.not_(_links(targets.withheld(roles))))
    linked = _links(targets.readable(roles))
    return sa.and_(in_district(EVIDENCE), sa.or_(_of_ours(roles), linked))


_MINE = EVIDENCE.alias("mine")


def _of_ours(roles: Roles) -> ColumnElement[bool]:
    return sa.and_(within(EVIDENCE.c.unit_id, OWN), sa.not_(_links(targets.withheld(roles))))


def own(roles: Roles) -> ColumnElement[bool]:
    """Its unit's own and in use; the ground of every act but the supervisor's voiding."""
    return sa.and_(also_in_district(EVIDENCE), _of_ours(roles), EVIDENCE.c.voided_at.is_(None))


def unlink(roles: Roles) -> ColumnElement[bool]:
    return sa.and_(own(roles), _links(targets.is_open()))


def revise(roles: Roles) -> ColumnElement[bool]:
    """While nothing is linked yet or some target is open; closed ones keep the revision they were given."""
    return sa.and_(own(roles), sa.or_(sa.not_(_links()), _links(targets.is_open())))


def void(roles: Roles) -> ColumnElement[bool]:
    """By its unit while every linked target is open; by the supervisor always."""
    if Role.SUPERVISOR in roles:
        return sa.and_(in_district(EVIDENCE), EVIDENCE.c.voided_at.is_(None))
    return sa.and_(own(roles), sa.not_(_links(sa.not_(targets.is_open()))))


POLICY = Policy(EVIDENCE, read, {"link": own, "unlink": unlink, "revise": revise, "void": void})
LABELS = {"link": "关联", "unlink": "撤下", "revise": "更新", "void": "作废"}


def allowed_actions(row: sa.Row[Any]) -> list[str]:
    return [action for action in LABELS if getattr(row, f"may_{action}")]


def guard(tx: Tx, evidence_id: int, action: str) -> sa.Row[Any]:
    """The evidence, if the actor may take ``action`` on it now; 404, 403 or 409 otherwise."""
    row = find(tx, POLICY, evidence_id)
    if getattr(row, f"may_{action}"):
        return row
    mine = row.unit_id in tx.actor.units
    if not mine and not (action == "void" and tx.actor.has(Role.SUPERVISOR)):
        raise Forbidden(f"这份资料由其他单位上传，您不能“{LABELS[action]}”")
    if row.voided_at is not None:
        raise Conflict("这份资料已作废，请重新上传", code="voided")
    if action == "unlink":
        raise Conflict("这份资料没有关联可以改动的事项", code="target_closed")
    raise Conflict(f"关联的事项已提交或已办结，不能“{LABELS[action]}”；退回后可以办理", code="target_closed")
