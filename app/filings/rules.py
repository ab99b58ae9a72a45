"""Who sees a filing, who files it, and who reviews it; never its own unit nor the person who filed it."""

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
    never,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.filings.models import FILING, FILING_STATE_LABELS, REQUIREMENT, FilingState
from app.units import groups
from app.units.models import GROUP, UNIT
from app.units.reviewing import Reviewed

_AT = UNIT.alias("files")
_REVIEWED = (
    sa.select(REQUIREMENT.c.kind, _AT.c.id)
    .select_from(
        REQUIREMENT.join(GROUP, GROUP.c.id == REQUIREMENT.c.unit_group_id).join(
            _AT, _AT.c.district_id == REQUIREMENT.c.district_id
        )
    )
    .where(
        REQUIREMENT.c.district_id == DISTRICT,
        within(REQUIREMENT.c.office_id, OFFICES),
        groups.belonging(_AT, GROUP.c.rule),
    )
)
"""(kind, unit): what the actor's offices review, and whose."""
_BY_OFFICES = sa.tuple_(FILING.c.kind, FILING.c.unit_id).in_(_REVIEWED.correlate(None))
REVIEWED = Reviewed(FILING, FILING.c.filed_by, _BY_OFFICES)
POLICY = REVIEWED.policy({"by_itself": lambda roles: never()})
DRAFT, FILED, SENT_BACK, SUPERSEDED = (state.value for state in FilingState)
STANDING = (FILED, SENT_BACK)
"""What lies with the bureau; the next version that is filed takes its place."""
WORKING = (DRAFT, SENT_BACK)
WORKFLOW = Workflow(
    "filing",
    FilingState,
    FILING_STATE_LABELS,
    POLICY,
    Transition("edit", WORKING, None, "修改", "carry_out"),
    Transition("link_evidence", WORKING, None, "上传文件", "carry_out"),
    Transition("file", WORKING, FILED, "报送备案", "carry_out"),
    Transition("delete", (DRAFT,), None, "删除草稿", "carry_out", danger=True),
    Transition("confirm", (FILED,), None, "审核通过", "review"),
    Transition("send_back", (FILED,), SENT_BACK, "退回", "review", note=True, danger=True),
    Transition("supersede", STANDING, SUPERSEDED, "被新版取代", "by_itself"),
)
targets.register("filings", "备案", POLICY, workflow=WORKFLOW, title=FILING.c.title)

_supervisor = by(Role.SUPERVISOR, REQUIREMENT)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(REQUIREMENT)


REQUIREMENTS = Policy(REQUIREMENT, _everyone, {"edit": _supervisor, "delete": _supervisor})
LABELS = {"edit": "修改", "delete": "删除"}
