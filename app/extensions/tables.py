"""Extensions as a table."""

from app.appointments.holders import RESPONSIBLE, with_responsible
from app.core.tables import Column, at_minute, labelled, of_list
from app.extensions import queries
from app.extensions.models import EXTENSION_STATE_LABELS

EXTENSIONS = of_list(
    "延期申请",
    (
        Column("申请单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("事项", "title", width=40),
        Column("原定时限", "from_deadline_on"),
        Column("申请延至", "deadline_on"),
        Column("理由", "reason", width=40),
        Column("状态", "state", labelled(EXTENSION_STATE_LABELS), 10),
        Column("申请人", "requested_by_name"),
        Column("申请时间", "created_at", at_minute, 17),
        Column("批复人", "decided_by_name"),
        Column("批复时间", "decided_at", at_minute, 17),
        Column("批复意见", "decision_note", width=30),
    ),
    queries.LIST,
    queries.present,
    with_responsible,
)
