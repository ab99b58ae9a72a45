"""Documents as a table (公文台账)."""

from app.core.operation import Reader
from app.core.tables import Column, Row, at_minute, figure, labelled, of_list, of_whole, on_day
from app.documents import queries, series
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


def _series(see: Reader) -> list[Row]:
    return list(series.listed(see)["data"])


SERIES = of_whole(
    "发文字号",
    (
        Column("文种", "kind", labelled(DOCUMENT_KIND_LABELS), 14),
        Column("机关代字", "prefix", width=12),
        Column("年度", "year", figure, 8),
        Column("最后一号", "last", figure, 10),
    ),
    _series,
)
