"""Every write to self-checks: by the unit, then by the office that leads the campaign."""

from collections.abc import Mapping
from typing import Any

from app.campaigns.models import SelfCheck
from app.campaigns.rules import SELF_CHECK_WORKFLOW, guard
from app.campaigns.schemas import SelfCheckPatch
from app.core.errors import Conflict, FieldError, invalid
from app.core.operation import Tx, operation
from app.core.workflow import changing
from app.evidence.queries import linked
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.rectifications import operations as rectifications
from app.rectifications.models import Source


@operation("self_check.edit")
def edit(tx: Tx, self_check_id: int, given: SelfCheckPatch, version: int | None = None) -> int:
    row, _ = guard(tx, self_check_id, "edit")
    self_check = changing(tx, SelfCheck, row, version)
    changes = given.model_dump(exclude_unset=True)
    check_amounts(row, changes)
    self_check.sqlmodel_update(changes)
    tx.session.flush()
    return self_check_id


def check_amounts(row: Any, changes: Mapping[str, Any]) -> None:
    """No more was given back than there was."""
    involved = changes.get("amount_involved", row.amount_involved)
    returned = changes.get("amount_returned", row.amount_returned)
    if returned is not None and returned > (involved or 0):
        raise invalid("amount_returned", "已清退金额大于涉及金额，请核对")


@operation("self_check.submit")
def submit(tx: Tx, self_check_id: int, note: str | None = None) -> int:
    """409 naming what is missing: what was looked at, whether there is a problem and which, its amounts where the
    campaign concerns fees, and a paper."""
    row, campaign = guard(tx, self_check_id, "submit", note)
    SELF_CHECK_WORKFLOW.step(tx, row, "submit", note, submitted_by=tx.actor.user_id, submitted_at=tx.now)
    # Under the row's lock, which the step took, as an assignment's: nobody takes its paper away meanwhile.
    missing = _missing(row, campaign)
    if not linked(tx, "self-checks", self_check_id):
        missing.append(FieldError("/evidence", "请至少上传或关联一份资料（自查报告等）"))
    if missing:
        detail = "；".join(error.detail for error in missing)
        raise Conflict(f"还不能提交：{detail}", code="incomplete", errors=missing)
    return self_check_id


def _missing(row: Any, campaign: Any) -> list[FieldError]:
    found = []
    if not row.situation:
        found.append(FieldError("/situation", "请填写自查情况"))
    if row.has_problem is None:
        found.append(FieldError("/has_problem", "请选择有没有发现问题"))
    if row.has_problem and not row.problem:
        found.append(FieldError("/problem", "请写明发现的问题"))
    if row.has_problem and campaign.fees and row.amount_involved is None:
        found.append(FieldError("/amount_involved", "请填写涉及金额，没有的填 0"))
    return found


@operation("self_check.confirm")
def confirm(tx: Tx, self_check_id: int, note: str | None = None) -> int:
    """A problem opens its rectification, due on the last day of that phase; confirmed again it opens no second one."""
    row, campaign = guard(tx, self_check_id, "confirm", note)
    opened = row.rectification_id
    if row.has_problem and opened is None:
        due = campaign.rectification_to if campaign.rectification_to >= tx.today else None
        opened = rectifications.opened(
            tx, row.unit_id, row.problem, Source.SELF_CHECK, due, campaign_id=row.campaign_id
        )
    values = {"reviewed_by": tx.actor.user_id, "reviewed_at": tx.now, "rectification_id": opened}
    SELF_CHECK_WORKFLOW.step(tx, row, "confirm", note, **values)
    return self_check_id


@operation("self_check.send_back")
def send_back(tx: Tx, self_check_id: int, note: str | None = None) -> int:
    return _back(tx, self_check_id, "send_back", note)


@operation("self_check.ask")
def ask(tx: Tx, self_check_id: int, note: str | None = None) -> int:
    """What was never handed in, or was confirmed too early, is to be handed in (again), in the summary phase too."""
    return _back(tx, self_check_id, "ask", note)


def _back(tx: Tx, self_check_id: int, action: str, note: str | None) -> int:
    row, _ = guard(tx, self_check_id, action, note)
    SELF_CHECK_WORKFLOW.step(tx, row, action, note, reviewed_by=tx.actor.user_id, reviewed_at=tx.now)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "self_check", self_check_id)
    return self_check_id


STEPS = {"submit": submit, "confirm": confirm, "send_back": send_back, "ask": ask}
