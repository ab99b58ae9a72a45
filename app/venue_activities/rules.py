"""Who sees an activity, who registers it and who approves it; never its own unit nor the person who registered it."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT,
    OFFICES,
    Policy,
    Role,
    Roles,
    by,
    in_district,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.units.reviewing import Reviewed
from app.venue_activities.models import ACTIVITY, REVIEWER, VENUE_STATE_LABELS, VenueState

_REVIEWED = sa.select(REVIEWER.c.kind).where(REVIEWER.c.district_id == DISTRICT, within(REVIEWER.c.office_id, OFFICES))
"""The kinds that the actor's offices approve."""


REVIEWED = Reviewed(ACTIVITY, ACTIVITY.c.registered_by, ACTIVITY.c.kind.in_(_REVIEWED.correlate(None)))
POLICY = REVIEWED.policy()
REGISTERED, APPROVED, HELD, REFUSED, CANCELLED = (state.value for state in VenueState)
WORKFLOW = Workflow(
    "venue_activity",
    VenueState,
    VENUE_STATE_LABELS,
    POLICY,
    Transition("edit", (REGISTERED,), None, "修改", "carry_out"),
    Transition("link_evidence", (REGISTERED, APPROVED), None, "上传资料", "carry_out"),
    Transition("approve", (REGISTERED,), APPROVED, "批准", "review"),
    Transition("refuse", (REGISTERED,), REFUSED, "不批准", "review", note=True, danger=True),
    Transition("hold", (APPROVED,), HELD, "登记举办", "carry_out"),
    Transition("cancel", (REGISTERED, APPROVED), CANCELLED, "取消", "carry_out", note=True, danger=True),
)
targets.register("venue-activities", "阵地活动", POLICY, workflow=WORKFLOW, title=ACTIVITY.c.topic)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(REVIEWER)


REVIEWERS = Policy(REVIEWER, _everyone, {"edit": by(Role.SUPERVISOR, REVIEWER)})
