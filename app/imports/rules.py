"""An import belongs to whoever made it, as long as they have what they made it by: the role that may import such a
table, and the units it was made for. Those of the command line belong to the administrators of the district's system.
"""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import OWN, USER, Policy, Role, Roles, in_district
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.imports.models import OF_UNIT, ROW, RUN, STATE_LABELS, RunState
from app.imports.registry import IMPORTABLES

_LEFT = (
    sa.select(sa.literal(1))
    .where(OF_UNIT.c.import_run_id == RUN.c.id, sa.not_(within(OF_UNIT.c.unit_id, OWN)))
    .correlate(RUN)
    .exists()
)


def mine(roles: Roles) -> ColumnElement[bool]:
    open_to: list[ColumnElement[str]] = [
        sa.literal_column(f"'{name}'") for name, each in IMPORTABLES.items() if roles & each.roles
    ]
    own = sa.and_(RUN.c.user_id == USER, RUN.c.resource.in_(open_to), sa.not_(_LEFT))
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
