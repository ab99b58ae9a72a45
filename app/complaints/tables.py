"""信访举报台账: what was reported and what came of it, never by whom."""

from typing import Any

from app.complaints import queries
from app.complaints.models import CATEGORY_LABELS, CHANNEL_LABELS, RESULT_LABELS, ComplaintState
from app.complaints.models import COMPLAINT_STATE_LABELS as LABELS
from app.complaints.stages import STAGE_LABELS
from app.core.operation import Reader
from app.core.tables import Column, labelled, of_list

HOW = {ComplaintState.TRANSFERRED: "移送", ComplaintState.NOT_ACCEPTED: "不予受理"}


def _limits(stages: list[dict[str, Any]]) -> str:
    """受理 2026-01-20 按期；办结 2026-03-11 逾期: whichever stages it reached."""
    kept = {True: " 按期", False: " 逾期", None: ""}
    return "；".join(f"{STAGE_LABELS[each['stage']]} {each['due_on']}{kept[each['kept']]}" for each in stages)


def _line(see: Reader, row: Any) -> dict[str, Any]:
    shown = queries.present(see, row)
    by_unit = "交办" if shown["handling_unit_id"] else ""
    return shown | {
        "by_whom": "实名" if shown["named"] else "匿名",
        "how": HOW.get(ComplaintState(shown["state"]), by_unit),
        "came_of_it": RESULT_LABELS[shown["result"]] if shown["result"] else LABELS[ComplaintState(shown["state"])],
        "limits": _limits(shown["stages"]),
        "archived": "已归档" if shown["archived_on"] else "",
    }


LEDGER = of_list(
    "信访举报台账",
    (
        Column("编号", "code", width=14),
        Column("日期", "received_on"),
        Column("渠道", "channel", labelled(CHANNEL_LABELS), 10),
        Column("实名/匿名", "by_whom", width=10),
        Column("被反映单位", "unit_name", width=24),
        Column("主要问题", "text", width=50),
        Column("类别", "category", labelled(CATEGORY_LABELS), 14),
        Column("受理单位", "handling_unit_name", width=20),
        Column("承办人", "handler_name"),
        Column("办理方式", "how", width=10),
        Column("时限", "limits", width=34),
        Column("结果", "came_of_it", width=12),
        Column("反馈日", "replied_on"),
        Column("归档", "archived", width=8),
    ),
    queries.LIST,
    _line,
)
