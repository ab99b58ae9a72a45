"""The matters that are complaints, in full: by their code alone, since a list of matters lies open on a desk."""

from typing import Any

import sqlalchemy as sa

from app.complaints.models import CATEGORY_LABELS, COMPLAINT, COMPLAINT_STATE_LABELS, Category, ComplaintState
from app.core.operation import Reader
from app.core.within import many, within
from app.my_work import words
from app.my_work.kinds import HANDLE, TAKE_UP

Details = dict[int, dict[str, Any]]
_NAMES = ("id", "district_id", "code", "category", "state", "received_on", "due_on", "handling_unit_id", "answered")
_COMPLAINTS = sa.select(*(COMPLAINT.c[name] for name in _NAMES)).where(within(COMPLAINT.c.id, many("matter_ids")))
URGENT = {Category.HARM: "【紧急】"}
_NEXT = {
    ComplaintState.ACCEPTED: ("investigate", "开始调查", "已受理，尚未开始调查"),
    ComplaintState.INVESTIGATING: ("conclude", "办结", "正在调查"),
    ComplaintState.CONCLUDED: ("reply", "答复", "已办结，尚未答复举报人"),
}


def _complaint(row: Any) -> dict[str, Any]:
    state = ComplaintState(row.state)
    return {
        "resource": "complaints",
        "id": row.id,
        "unit_id": row.handling_unit_id or row.district_id,
        "unit_name": "",
        "title": f"{URGENT.get(row.category, '')}信访举报 {row.code} · {CATEGORY_LABELS[Category(row.category)]}",
        "state": state.value,
        "state_label": COMPLAINT_STATE_LABELS[state],
    }


def to_accept(see: Reader, ids: list[int]) -> Details:
    """To be accepted, or accepted and given to nobody yet."""
    found: Details = {}
    for row in see.connection.execute(_COMPLAINTS, {"matter_ids": ids}):
        waits = row.state == ComplaintState.RECEIVED
        why = f"{words.month_day(row.received_on)}收到，" + ("尚未决定是否受理" if waits else "已受理，尚未交办")
        step = {"action": "accept", "verb": "受理"} if waits else {"action": "assign", "verb": "交办"}
        found[row.id] = _complaint(row) | {"why": why, "came_on": row.received_on, **step}
    return found


def to_handle(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_COMPLAINTS, {"matter_ids": ids}):
        action, verb, why = _NEXT[ComplaintState(row.state)]
        why += "；举报人有新的答复" if row.answered else ""
        found[row.id] = _complaint(row) | {"why": f"由本单位承办，{why}", "action": action, "verb": verb}
    return found


LOADERS = {TAKE_UP: to_accept, HANDLE: to_handle}
