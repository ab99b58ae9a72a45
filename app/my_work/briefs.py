"""The matters that are briefs: those among which the bureau chooses."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.briefs.models import BRIEF, BRIEF_KIND_LABELS, BRIEF_STATE_LABELS, BriefKind, BriefState
from app.core.operation import Reader
from app.core.within import many, within
from app.my_work import words
from app.my_work.kinds import CHOOSE
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
_BRIEFS = (
    sa.select(
        *(BRIEF.c[name] for name in ("id", "unit_id", "kind", "title", "state", "submitted_at")),
        UNIT.c.name.label("unit_name"),
    )
    .join(UNIT, UNIT.c.id == BRIEF.c.unit_id)
    .where(within(BRIEF.c.id, many("matter_ids")))
)


def to_choose(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_BRIEFS, {"matter_ids": ids}):
        state = BriefState(row.state)
        found[row.id] = {
            "resource": "briefs",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"{BRIEF_KIND_LABELS[BriefKind(row.kind)]} · {row.unit_name}：{words.short(row.title)}",
            "state": state.value,
            "state_label": BRIEF_STATE_LABELS[state],
            "why": f"{row.unit_name}报送，由{words.judge(see)}选用，{words.ago(see, row.submitted_at, '提交')}",
            "action": "select",
            "verb": "选用",
        }
    return found


LOADERS: dict[int, Callable[[Reader, list[int]], Details]] = {CHOOSE: to_choose}
