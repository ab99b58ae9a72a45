"""Robots are the security administrator's, as webhooks are: both let something out of the house."""

from app.core.policy import Policy, Role, by
from app.core.workflow import Transition, Workflow
from app.robots.models import ROBOT, STATE_LABELS, RobotState

POLICY = Policy(ROBOT, by(Role.SECADMIN, ROBOT), {"manage": by(Role.SECADMIN, ROBOT)})
ACTIVE, DISABLED = (state.value for state in RobotState)
WORKFLOW = Workflow(
    "robot",
    RobotState,
    STATE_LABELS,
    POLICY,
    Transition("edit", (ACTIVE, DISABLED), None, "修改", "manage"),
    Transition("test", (ACTIVE,), None, "测试", "manage"),
    Transition("disable", (ACTIVE,), DISABLED, "停用", "manage", danger=True),
    Transition("enable", (DISABLED,), ACTIVE, "启用", "manage"),
)
