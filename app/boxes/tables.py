"""Archive boxes, what is missing in them and what may go in, as tables. A box's own catalogue goes out with its ZIP."""

from dataclasses import replace

from app.assignments.models import ASSIGNMENT_STATE_LABELS
from app.boxes import queries, wanting
from app.boxes.models import BOX_STATE_LABELS, RETENTION_LABELS
from app.core.tables import Column, at_minute, figure, joined, labelled, of_list
from app.evidence.queries import present
from app.evidence.tables import EVIDENCE
from app.plans.models import EVIDENCE_KIND_LABELS

BOXES = of_list(
    "档案盒",
    (
        Column("盒号", "number", width=12),
        Column("盒名", "name", width=30),
        Column("分项", "category", width=20),
        Column("单位", "unit_name", width=24),
        Column("方案", "plan_title", width=30),
        Column("件数", "entry_count", figure, 8),
        Column("保管期限", "retention", labelled(RETENTION_LABELS), 10),
        Column("存放位置", "location", width=20),
        Column("状态", "state", labelled(BOX_STATE_LABELS), 10),
        Column("封盒人", "sealed_by_name"),
        Column("封盒时间", "sealed_at", at_minute, 17),
        Column("移交给", "handed_over_to", width=20),
        Column("移交日期", "handed_over_on"),
    ),
    queries.LIST,
    queries.present,
    queries.with_counts,
)
_kinds = joined(labelled(EVIDENCE_KIND_LABELS))
MISSING = of_list(
    "缺少的材料",
    (
        Column("单位", "unit_name", width=24),
        Column("序号", "item_number", width=8),
        Column("重点任务", "item_title", width=40),
        Column("周期", "period", width=10),
        Column("状态", "state", labelled(ASSIGNMENT_STATE_LABELS), 10),
        Column("应有材料", "required_evidence", _kinds, 24),
        Column("缺少", "missing", _kinds, 24),
    ),
    wanting.LIST,
    wanting.present,
)
CANDIDATES = of_list("可装盒的材料", EVIDENCE.columns, queries.CANDIDATES, present, within=queries.for_box)
CANDIDATES = replace(CANDIDATES, parsers={n: p for n, p in CANDIDATES.parsers.items() if n in queries.ASKED})
