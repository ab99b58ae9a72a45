"""The matters that are accountability actions, in full: one statement for each kind."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.accountability.models import ACTION, ACTION_KIND_LABELS, ACTION_STATE_LABELS, ActionKind, ActionState
from app.accountability.papers import may_draw_up, may_serve
from app.accountability.rules import SUPERVISIONS_OWN
from app.core.operation import Reader
from app.core.within import many, within
from app.documents.models import DOCUMENT
from app.my_work import words
from app.my_work.kinds import APPROVE_ACTION, CLOSE_ACTION, PERFORM_ACTION, REPLY_TO_ACTION, SERVE_ACTION
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
_NAMES = ("id", "unit_id", "kind", "person", "state", "reason", "reply_by")
_ACTIONS = (
    sa.select(
        *(ACTION.c[name] for name in _NAMES),
        *(ACTION.c[name] for name in ("created_at", "approved_at", "served_at", "replied_at")),
        UNIT.c.name.label("unit_name"),
        SUPERVISIONS_OWN.label("supervisions_own"),
        DOCUMENT.c.state.label("paper_state"),
    )
    .select_from(
        ACTION.join(UNIT, UNIT.c.id == ACTION.c.unit_id).outerjoin(DOCUMENT, DOCUMENT.c.id == ACTION.c.document_id)
    )
    .where(within(ACTION.c.id, many("matter_ids")))
)


def _loader(why: Callable[[Reader, Any], str], action: str, verb: str) -> Callable[[Reader, list[int]], Details]:
    def load(see: Reader, ids: list[int]) -> Details:
        rows = see.connection.execute(_ACTIONS, {**see.actor.binds, "matter_ids": ids})
        return {row.id: _action(row) | {"why": why(see, row), "action": action, "verb": verb} for row in rows}

    return load


def _action(row: Any) -> dict[str, Any]:
    state, whom = ActionState(row.state), f"{row.unit_name}{row.person or ''}"
    return {
        "resource": "accountability-actions",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"问责 · {ACTION_KIND_LABELS[ActionKind(row.kind)]} · {whom}：{words.short(row.reason)}",
        "state": state.value,
        "state_label": ACTION_STATE_LABELS[state],
    }


to_approve = _loader(lambda see, row: f"由局领导批准，{words.ago(see, row.created_at, '提出')}", "approve", "审批")


def to_serve(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_ACTIONS, {**see.actor.binds, "matter_ids": ids}):
        action, verb, asked = "serve", "送达", "请送达"
        if not may_serve(row.kind, row.paper_state, row.supervisions_own):
            first = may_draw_up(row.kind, row.paper_state)
            action, verb = ("draw_up", "起草公文") if first else ("serve", "办理公文")
            asked = "请起草公文，批准后送达" if first else "公文批准后送达"
        why = f"{words.ago(see, row.approved_at, '批准')}，{asked}"
        found[row.id] = _action(row) | {"why": why, "action": action, "verb": verb}
    return found


to_perform = _loader(
    lambda see, row: f"{words.ago(see, row.served_at, '送达')}，执行后请记录情况", "perform", "记录执行情况"
)
to_reply = _loader(lambda see, row: f"已送达{row.unit_name}，请在 {row.reply_by} 前答复", "reply", "答复")
to_close = _loader(
    lambda see, row: f"{row.unit_name}{words.ago(see, row.replied_at, '答复')}，请核实成效后办结", "close", "办结"
)


LOADERS = {
    APPROVE_ACTION: to_approve,
    SERVE_ACTION: to_serve,
    PERFORM_ACTION: to_perform,
    REPLY_TO_ACTION: to_reply,
    CLOSE_ACTION: to_close,
}
