"""Matters of the past, brought in from a table as they were decided: history, which is told to nobody as news.

A line of the table is a meeting. What one put off and a later one decided is one matter, with both of them.
"""

from collections.abc import Mapping
from typing import Any

from app.core.operation import Tx, operation
from app.core.workflow import changing
from app.major_decisions import checks
from app.major_decisions.models import MET, DecisionResult, MajorDecision
from app.major_decisions.operations import as_kept, outcome, refuse, register
from app.major_decisions.rules import WORKFLOW
from app.major_decisions.schemas import MajorDecisionCreate


@operation("major_decision.bring_in")
def bring_in(tx: Tx, given: MajorDecisionCreate) -> int:
    """As a form registers what was decided already, and as far on its way as what is filled in leads."""
    return register(tx, given, is_past=True)


@operation("major_decision.bring_in")
def bring_in_next(tx: Tx, decision_id: int, given: MajorDecisionCreate) -> int:
    """The next meeting on a matter that the one before had put off."""
    row = WORKFLOW.guard(tx, decision_id, "edit")
    fields = after_next({**row._mapping}, given)
    fields |= outcome(tx, fields)
    fields["state"] = checks.reached(fields)
    refuse(checks.faults(tx, fields))
    changes = {name: value for name, value in fields.items() if value != row._mapping[name]}
    changing(tx, MajorDecision, row).sqlmodel_update(changes)
    tx.session.flush()
    return decision_id


def after_next(before: Mapping[str, Any], given: MajorDecisionCreate) -> dict[str, Any]:
    """A matter that was put off, after its next meeting: the earlier one stays on record, and of all else what is said
    anew takes the place of what was said then."""
    earlier = [*before.get("earlier_meetings", ()), {name: as_kept(before[name]) for name in MET}]
    said = given.model_dump(exclude_unset=True, exclude={"unit_id", "subject"})
    met = given.model_dump(include={*MET})
    return {**before, **said, **met, "result": given.result or DecisionResult.PASSED, "earlier_meetings": earlier}
