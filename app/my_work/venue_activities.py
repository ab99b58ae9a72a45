"""The matters that are venue activities, in full: one statement for each kind."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.within import many, within
from app.my_work import words
from app.my_work.kinds import APPROVE_VENUE, CHECK_VENUE, REPORT_VENUE
from app.units.models import UNIT
from app.venue_activities.models import ACTIVITY, VENUE_KIND_LABELS, VENUE_STATE_LABELS, VenueKind, VenueState

Details = dict[int, dict[str, Any]]
_ACTIVITIES = (
    sa.select(
        *(ACTIVITY.c[name] for name in ("id", "unit_id", "kind", "topic", "held_on", "state", "created_at")),
        UNIT.c.name.label("unit_name"),
    )
    .join(UNIT, UNIT.c.id == ACTIVITY.c.unit_id)
    .where(within(ACTIVITY.c.id, many("matter_ids")))
)


def _shown(see: Reader, ids: list[int]) -> list[tuple[Any, dict[str, Any]]]:
    found = []
    for row in see.connection.execute(_ACTIVITIES, {"matter_ids": ids}):
        state = VenueState(row.state)
        entry = {
            "resource": "venue-activities",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"{VENUE_KIND_LABELS[VenueKind(row.kind)]} · {row.unit_name}：{words.short(row.topic)}",
            "state": state.value,
            "state_label": VENUE_STATE_LABELS[state],
        }
        found.append((row, entry))
    return found


def to_approve(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row, entry in _shown(see, ids):
        asked = words.ago(see, row.created_at, "登记")
        why = f"{row.unit_name}定于{words.month_day(row.held_on)}举办，由{words.judge(see)}审批，{asked}"
        found[row.id] = entry | {"why": why, "action": "approve", "verb": "审批"}
    return found


def to_check(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row, entry in _shown(see, ids):
        why = f"定于{words.month_day(row.held_on)}举办，内容审核没有填完，还不能批准"
        found[row.id] = entry | {"why": why, "action": "edit", "verb": "补内容审核"}
    return found


def to_report(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row, entry in _shown(see, ids):
        why = f"{words.month_day(row.held_on)}举办，请上传资料、填报到场人数，没有举办的请取消"
        found[row.id] = entry | {"why": why, "action": "hold", "verb": "登记举办"}
    return found


LOADERS = {APPROVE_VENUE: to_approve, CHECK_VENUE: to_check, REPORT_VENUE: to_report}
