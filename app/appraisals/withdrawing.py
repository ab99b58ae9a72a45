"""What is taken back: a round that was started in error, and scores that were published with a mistake in them.

Appeals and what they are against stay for whoever made them: a deduction that is appealed against is never removed.
"""

from typing import Any

import sqlalchemy as sa

from app.appraisals.deduction_models import APPEAL, DEDUCTION, AppraisalDeduction
from app.appraisals.models import CRITERION, RESULT, Appraisal
from app.appraisals.rules import (
    APPEAL_WORKFLOW,
    APPEALING,
    DEDUCTION_WORKFLOW,
    PENDING,
    STANDING,
    WORKFLOW,
    held,
)
from app.appraisals.scoring import clear
from app.core.audit import audited_write, record
from app.core.errors import Conflict
from app.core.operation import Tx, operation
from app.core.workflow import changing
from app.evidence.operations import copy_links, drop_links
from app.notifications.operations import take_back

ENTERED = (
    "appraisal_id",
    "criterion_id",
    "unit_id",
    "points",
    "reason",
    "cited",
    "cited_id",
    "office_id",
    "entered_by",
)


@operation("appraisal.delete")
def delete(tx: Tx, appraisal_id: int) -> None:
    """With its criteria and what was entered under them. 409 for one whose scores were published once."""
    row = WORKFLOW.guard(tx, appraisal_id, "delete")
    appraisal = held(tx, appraisal_id)
    if appraisal.withdrawn_at is not None:
        raise Conflict("这一轮考核公布过评分，不能删除", code="published")
    entered = sa.select(DEDUCTION.c.id).where(DEDUCTION.c.appraisal_id == appraisal_id)
    drop_links(tx, "appraisal-deductions", tx.connection.execute(entered).scalars().all())
    for table in (DEDUCTION, CRITERION):
        with audited_write(tx.connection):
            gone = sa.delete(table).where(table.c.appraisal_id == appraisal_id).returning(table.c.id)
            count = len(tx.connection.execute(gone).all())
        if count:
            record(tx, table.name, None, after={"count": count})
    tx.session.delete(changing(tx, Appraisal, row))
    tx.session.flush()


@operation("appraisal.withdraw")
def withdraw(tx: Tx, appraisal_id: int, note: str | None = None) -> int:
    """What was published is taken back: nobody's points stand any more, appeals that wait end for that reason, and the
    round is changed and scored anew. What an office entered and a unit appealed against is entered again as it was,
    with what proves it, so that the unit may appeal again."""
    row = WORKFLOW.guard(tx, appraisal_id, "withdraw", note)
    held(tx, appraisal_id, APPEALING)
    results = sa.select(RESULT.c.id).where(RESULT.c.appraisal_id == appraisal_id)
    take_back(tx, "appraisal_result", list(tx.connection.execute(results).scalars()))
    _end_appeals(tx, appraisal_id, note)
    clear(tx, appraisal_id)
    none = dict.fromkeys(("scored_at", "published_at", "appeal_until"))
    WORKFLOW.step(tx, row, "withdraw", note, **none, withdrawn_at=tx.now)
    return appraisal_id


def _end_appeals(tx: Tx, appraisal_id: int, note: str | None) -> None:
    """Each that waits; and every deduction that was appealed against is void, be it decided or not, but for what an
    office entered and an appeal left standing."""
    waiting = sa.select(APPEAL).where(APPEAL.c.appraisal_id == appraisal_id, APPEAL.c.state == PENDING)
    ended = tx.connection.execute(waiting.order_by(APPEAL.c.id)).all()
    for appeal in ended:
        APPEAL_WORKFLOW.step(tx, appeal, "lapse", note, decided_at=tx.now, decision=note)
    undecided = {appeal.deduction_id for appeal in ended}
    opposed = sa.select(DEDUCTION).where(
        DEDUCTION.c.appraisal_id == appraisal_id,
        DEDUCTION.c.state == STANDING,
        DEDUCTION.c.id.in_(sa.select(APPEAL.c.deduction_id).where(APPEAL.c.appraisal_id == appraisal_id)),
    )
    heirs: dict[int, int] = {}
    for row in tx.connection.execute(opposed.order_by(DEDUCTION.c.id)).all():
        if row.office_id is None or row.id in undecided:
            DEDUCTION_WORKFLOW.step(tx, row, "void", note)
        if row.office_id is not None and row.id in undecided:
            again = tx.add(AppraisalDeduction(**_as_entered(row)))
            assert again.id is not None
            heirs[row.id] = again.id
    copy_links(tx, "appraisal-deductions", heirs)


def _as_entered(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ENTERED}


STEPS = {"withdraw": withdraw}
