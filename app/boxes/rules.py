"""Who sees a box and who keeps it: its unit's own people, and the supervisor for the district."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.boxes.models import BOX, BOX_STATE_LABELS, BoxState
from app.core.policy import BUSINESS, DISTRICT_WIDE, OWN, PAIRED, Policy, Role, Roles, also_in_district, in_district
from app.core.within import within
from app.core.workflow import Transition, Workflow


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all; a unit its own; an office also its paired schools'.

    What is in a box is read by the rule of evidence beside this one: a box never shows a piece that its reader may not
    read.
    """
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(BOX)
    if Role.OFFICE in roles:
        return sa.and_(in_district(BOX), sa.or_(within(BOX.c.unit_id, OWN), within(BOX.c.unit_id, PAIRED)))
    return sa.and_(also_in_district(BOX), within(BOX.c.unit_id, OWN))


def keep(roles: Roles) -> ColumnElement[bool]:
    if Role.SUPERVISOR in roles:
        return in_district(BOX)
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return sa.false()
    return sa.and_(also_in_district(BOX), within(BOX.c.unit_id, OWN))


def own_by(roles: Roles) -> sa.Column[int] | None:
    return BOX.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


POLICY = Policy(BOX, read, {"keep": keep}, own_by)
OPEN, SEALED, HANDED_OVER, VOIDED = (state.value for state in BoxState)
WORKFLOW = Workflow(
    "archive_box",
    BoxState,
    BOX_STATE_LABELS,
    POLICY,
    Transition("edit", (OPEN,), None, "修改", "keep"),
    Transition("fill", (OPEN,), None, "按条件装盒", "keep"),
    Transition("add", (OPEN,), None, "放入", "keep"),
    Transition("add_paper", (OPEN,), None, "登记纸质件", "keep"),
    Transition("remove", (OPEN,), None, "取出", "keep"),
    Transition("arrange", (OPEN,), None, "整理目录", "keep"),
    Transition("explain", (OPEN,), None, "说明缺件", "keep"),
    Transition("seal", (OPEN,), SEALED, "封盒", "keep"),
    Transition("hand_over", (SEALED,), HANDED_OVER, "移交", "keep"),
    Transition("unseal", (SEALED,), OPEN, "启封", "keep", note=True, danger=True),
    Transition("void", (OPEN,), VOIDED, "作废盒号", "keep", note=True, danger=True),
)
