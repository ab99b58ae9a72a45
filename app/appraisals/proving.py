"""What proves a deduction that an office entered: the row that it cites, or a file. Before the office says that it is
done each has one or the other."""

from collections.abc import Collection

import sqlalchemy as sa

from app.appraisals.deduction_models import DEDUCTION, Proof
from app.appraisals.queries import UNPROVEN
from app.appraisals.rules import CRITERION_WORKFLOW, DEDUCTION_WORKFLOW, DEDUCTIONS, STANDING, held, still_entering
from app.core.audit import record
from app.core.errors import Conflict, NotFound, invalid
from app.core.operation import Tx, operation
from app.evidence.operations import link_all
from app.units.models import UNIT

NAMED = 3
"""So many units are told by name."""


@operation("appraisal_criterion.prove")
def prove(tx: Tx, criterion_id: int, given: Proof) -> int:
    """One piece of evidence for all that nothing proves yet, such as what a table brought in; 409 where all is."""
    criterion = CRITERION_WORKFLOW.guard(tx, criterion_id, "prove")
    held(tx, criterion.appraisal_id)
    still_entering(tx, criterion_id)
    may = DEDUCTIONS.columns(tx.actor.roles, frozenset({"enter"}))
    lacking = sa.select(DEDUCTION, *may).where(DEDUCTION.c.criterion_id == criterion_id, UNPROVEN)
    rows = tx.connection.execute(lacking.order_by(DEDUCTION.c.id), tx.actor.binds).all()
    if not rows:
        raise Conflict("这项指标没有待补依据的扣分，不用再关联材料", code="all_proven")
    for row in rows:
        DEDUCTION_WORKFLOW.admit(row, "link_evidence")
    prove_by(tx, given.evidence_id, [row.id for row in rows])
    record(tx, "appraisal_criterion", criterion_id, after={"evidence_id": given.evidence_id, "count": len(rows)})
    return criterion_id


def prove_by(tx: Tx, evidence_id: int, deduction_ids: Collection[int]) -> None:
    """Whoever calls has looked whether the actor enters these, and holds their round."""
    try:
        link_all(tx, evidence_id, "appraisal-deductions", deduction_ids)
    except NotFound as error:
        raise invalid("evidence_id", f"没有编号为 {evidence_id} 的资料，请从资料库选择") from error


def refuse_unproven(tx: Tx, criterion_id: int) -> None:
    """409 while something stands that nothing proves. What stands is held first: none of its files is voided between
    this look and the commit."""
    mine = DEDUCTION.c.criterion_id == criterion_id, DEDUCTION.c.state == STANDING
    standing = sa.select(DEDUCTION.c.id).where(*mine).order_by(DEDUCTION.c.id)
    tx.connection.execute(standing.with_for_update(key_share=True))
    lacking = sa.select(UNIT.c.name).join_from(DEDUCTION, UNIT, UNIT.c.id == DEDUCTION.c.unit_id).where(*mine, UNPROVEN)
    names = tx.connection.execute(lacking.order_by(DEDUCTION.c.id)).scalars().all()
    if not names:
        return
    units = list(dict.fromkeys(names))
    more = f"等 {len(units)} 个单位" if len(units) > NAMED else ""
    raise Conflict(
        f"还不能录入完毕：有 {len(names)} 条扣分没有依据（{'、'.join(units[:NAMED])}{more}）。请打开这些扣分上传材料，"
        "或用一份材料一次补齐；依据是系统内的记录的，删除后重新录入并选依据；扣错的请删除",
        code="unproven",
        count=len(names),
    )
