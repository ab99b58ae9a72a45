"""整改台账, with the columns of DOMAIN §6."""

from typing import Any

from app.core.operation import Reader
from app.core.tables import Column, Row, figure, labelled, of_list, on_day, yes_no
from app.rectifications import queries
from app.rectifications.models import RECTIFICATION_STATE_LABELS, SOURCE_LABELS
from app.rectifications.rules import CLOSED


def _present(see: Reader, row: Any) -> Row:
    shown = queries.present(see, row)
    origin = f"{SOURCE_LABELS[shown['source']]} {shown['number'] or ''}".strip()
    return shown | {"origin": origin, "is_closed": shown["state"] == CLOSED}


LEDGER = of_list(
    "整改台账",
    (
        Column("序号", "id", figure, 8),
        Column("问题来源", "origin", width=16),
        Column("问题表现", "problem", width=40),
        Column("原因", "cause", width=30),
        Column("整改目标", "goal", width=30),
        Column("整改措施", "measures", width=40),
        Column("责任领导", "responsible_leader", width=10),
        Column("责任单位", "unit_name", width=20),
        Column("责任人", "responsible_person", width=10),
        Column("整改时限", "deadline_on"),
        Column("整改情况", "result", width=40),
        Column("完成程度", "state", labelled(RECTIFICATION_STATE_LABELS), 10),
        Column("验收意见", "opinion", width=24),
        Column("验收人", "verifier_name", width=10),
        Column("是否销号", "is_closed", yes_no, 10),
        Column("销号日期", "closed_at", on_day),
    ),
    queries.LIST,
    _present,
)
"""序号 is the matter's own number, the same under any filter: a row keeps it on paper and on its way back."""
