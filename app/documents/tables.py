"""Documents as a table (公文台账)."""

from app.core.tables import Column, at_minute, figure, labelled, of_list, on_day
from app.documents import queries
from app.documents.models import DOCUMENT_KIND_LABELS, DOCUMENT_STATE_LABELS

DOCUMENTS = of_list(
    "公文台账",
    (
        Column("发文字号", "number", width=22),
        Column("文种", "kind", labelled(DOCUMENT_KIND_LABELS), 12),
        Column("标题", "title", width=50),
        Column("主送", "addressee", width=24),
        Column("状态", "state", labelled(DOCUMENT_STATE_LABELS), 10),
        Column("起草人", "drafted_by_name", width=10),
        Column("批准人", "approved_by_name", width=10),
        Column("成文日期", "approved_at", on_day),
        Column("送达时间", "served_at", at_minute, 17),
        Column("回执期限", "reply_by"),
        Column("送达单位数", "recipient_count", figure, 12),
        Column("已回执", "receipt_count", figure, 10),
    ),
    queries.LIST,
    queries.present,
    queries.with_counts,
)
