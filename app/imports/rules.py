"""An import belongs to whoever made it; those of the command line to the administrators of the district's system."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import USER, Policy, Role, Roles, in_district
from app.core.workflow import Transition, Workflow
from app.imports.models import ROW, RUN, STATE_LABELS, RunState


def mine(roles: Roles) -> ColumnElement[bool]:
    own: ColumnElement[bool] = RUN.c.user_id == USER
    if Role.SYSADMIN in roles:
        own = sa.or_(own, RUN.c.user_id.is_(None))
    return sa.and_(in_district(RUN), own)


def of_mine(roles: Roles) -> ColumnElement[bool]:
    """Rows of imports that are the actor's."""
    run = sa.select(sa.literal(1)).select_from(RUN).where(RUN.c.id == ROW.c.import_run_id, mine(roles))
    return sa.and_(in_district(ROW), run.correlate(ROW).exists())


POLICY = Policy(RUN, mine, {"carry_out": mine})
ROWS = Policy(ROW, of_mine)
CHECKED, COMMITTED, UNDONE, DISCARDED = (state.value for state in RunState)
WORKFLOW = Workflow(
    "import_run",
    RunState,
    STATE_LABELS,
    POLICY,
    Transition("correct", (CHECKED,), None, "改正", "carry_out"),
    Transition("commit", (CHECKED,), COMMITTED, "全部写入", "carry_out"),
    Transition("commit_valid", (CHECKED,), COMMITTED, "只写入有效的行", "carry_out"),
    Transition("discard", (CHECKED,), DISCARDED, "取消导入", "carry_out"),
    Transition("undo", (COMMITTED,), UNDONE, "撤销导入", "carry_out", danger=True),
)
