"""What evidence may be linked to: a registry that the resources fill.

Evidence imports none of them. A resource registers when its ``rules`` module is imported (``app.main`` imports
every ``api``, which imports the rules), after its POLICY and WORKFLOW::

    from app.evidence import targets

    targets.register(
        "assignments",                      # the plural noun of its paths, as in {"target": "assignments"}
        "任务",                              # what people call it
        POLICY,                             # whose `read` says who sees evidence linked to a row
        workflow=WORKFLOW,                  # its action `link_evidence` (target None): who may link, in which states
        title=sa.select(ITEM.c.title).where(ITEM.c.id == ASSIGNMENT.c.plan_item_id).scalar_subquery(),
    )

The transition ``Transition("link_evidence", ("pending", "in_progress"), None, "上传资料", "carry_out")`` gives the
guard (404, 403, 409) and, by its sources, whether a row is *open*: only then may its evidence be unlinked or
revised. A resource without a workflow of its own (visits) passes ``guard`` and ``is_open`` instead. The row that
``guard`` returns has ``unit_id``: evidence uploaded for it belongs to that unit if the actor carries out its work.

What a page of the resource shows comes from ``app.evidence.queries.linked(see, "assignments", id)``; what a step
needs to know from ``kinds_linked``; ``operations.copy_links`` serves rows that go on in others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.errors import invalid
from app.core.operation import Tx
from app.core.policy import Policy, Roles
from app.core.workflow import Workflow
from app.evidence.models import LINK

Guard = Callable[[Tx, int], Any]


@dataclass(frozen=True)
class Target:
    name: str
    label: str
    policy: Policy
    guard: Guard
    """The row, if the actor may change its evidence now; 404, 403 or 409 otherwise."""
    is_open: ColumnElement[bool]
    """Over the policy's table: whether a row's evidence may still change."""
    title: ColumnElement[str]
    """Over the policy's table: how a row is called where its evidence is shown."""
    confidential: bool
    """Whoever may not read it may not see its evidence either, though their own unit uploaded it."""

    @property
    def table(self) -> sa.Table:
        return self.policy.table


TARGETS: dict[str, Target] = {}


def register(
    name: str,
    label: str,
    policy: Policy,
    *,
    workflow: Workflow | None = None,
    action: str = "link_evidence",
    guard: Guard | None = None,
    is_open: ColumnElement[bool] | None = None,
    title: ColumnElement[str] | None = None,
    confidential: bool = False,
) -> None:
    """Make a resource's rows targets of evidence; see above. Registering a name twice is a mistake."""
    assert name not in TARGETS, f"{name} is registered twice"
    if workflow is not None:
        guard = guard or _guarded(workflow, action)
        if is_open is None:
            is_open = policy.table.c.state.in_(workflow.transitions[action].sources)
    assert guard is not None and is_open is not None, f"{name}: give a workflow, or guard and is_open"
    shown = title if title is not None else sa.cast(policy.table.c.id, sa.String)
    TARGETS[name] = Target(name, label, policy, guard, is_open, shown, confidential)


def _guarded(workflow: Workflow, action: str) -> Guard:
    return lambda tx, row_id: workflow.guard(tx, row_id, action)


def find(name: str) -> Target:
    """A registered target; 422 on ``target`` for any other name."""
    if name not in TARGETS:
        raise invalid("target", f"没有这一类，可选：{'、'.join(TARGETS)}")
    return TARGETS[name]


# Conditions over evidence_link, for the statements that evidence builds


def readable(roles: Roles) -> ColumnElement[bool]:
    """The link's target exists for the actor."""
    return _any_target(lambda target: target.policy.read(roles))


def withheld(roles: Roles) -> ColumnElement[bool]:
    """The link's target is confidential and does not exist for the actor: an unannounced inspection's visit."""
    return sa.or_(
        sa.false(),
        *(
            sa.and_(LINK.c.target == target.name, sa.not_(_has(target, target.policy.read(roles))))
            for target in TARGETS.values()
            if target.confidential
        ),
    )


def is_open() -> ColumnElement[bool]:
    """The link's target is open."""
    return _any_target(lambda target: target.is_open)


def _any_target(condition: Callable[[Target], ColumnElement[bool]]) -> ColumnElement[bool]:
    return sa.or_(
        sa.false(),
        *(sa.and_(LINK.c.target == target.name, _has(target, condition(target))) for target in TARGETS.values()),
    )


def _has(target: Target, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Correlated with the link alone: a statement around it may hold the same tables for other purposes.
    row = sa.select(sa.literal(1)).select_from(target.table)
    return row.where(target.table.c.id == LINK.c.target_id, condition).correlate(LINK).exists()


def linked_ids(roles: Roles) -> list[sa.Select[Any]]:
    """Ids of all evidence linked to what the actor may read, one SELECT per kind of target."""
    found = []
    for target in TARGETS.values():
        rows = sa.select(target.table.c.id).where(target.policy.read(roles)).correlate(None)
        links = sa.select(LINK.c.evidence_id).where(LINK.c.target == target.name, LINK.c.target_id.in_(rows))
        found.append(links.correlate(None))
    return found
