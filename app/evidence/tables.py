"""Evidence as a table."""

from app.core.tables import Column, at_minute, figure, labelled, of_list
from app.evidence import queries
from app.plans.models import EVIDENCE_KIND_LABELS

EVIDENCE = of_list(
    "印证资料",
    (
        Column("材料名称", "title", width=40),
        Column("类别", "kind", labelled(EVIDENCE_KIND_LABELS), 10),
        Column("文号", "document_number", width=20),
        Column("日期", "evidence_on"),
        Column("形成单位", "unit_name", width=24),
        Column("文件名", "filename", width=30),
        Column("大小（字节）", "size", figure),
        Column("版次", "revision", figure, 8),
        Column("上传人", "uploaded_by_name"),
        Column("上传时间", "created_at", at_minute, 17),
        Column("作废时间", "voided_at", at_minute, 17),
        Column("sha256", "sha256", width=20),
    ),
    queries.LIST,
    queries.present,
)
