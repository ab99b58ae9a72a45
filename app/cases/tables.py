"""Cases for their handlers, and what the district reads of them, as tables."""

from app.cases import handlers, queries
from app.cases.models import CASE_CATEGORY_LABELS, CASE_SOURCE_LABELS, CASE_STATE_LABELS
from app.core.tables import Column, labelled, of_list, on_day

CASES = of_list(
    "案件线索台账",
    (
        Column("编号", "id", width=14),
        Column("登记日期", "created_at", on_day),
        Column("来源", "source", labelled(CASE_SOURCE_LABELS), 14),
        Column("类别", "category", labelled(CASE_CATEGORY_LABELS), 12),
        Column("涉及单位", "unit_name", width=24),
        Column("当事人", "person", width=14),
        Column("线索", "title", width=30),
        Column("主要问题", "text", width=40),
        Column("状态", "state", labelled(CASE_STATE_LABELS), 10),
        Column("承办人", "handler_names", width=24),
        Column("立案日期", "filed_at", on_day),
        Column("结论", "conclusion", width=40),
        Column("处理措施", "measures", width=40),
        Column("结案日期", "concluded_at", on_day),
    ),
    queries.LIST,
    queries.present_in_full,
    complete=queries.with_handlers,
)
LEFT_ALONE = of_list(
    "无人承办线索",
    (
        Column("编号", "id", width=14),
        Column("登记日期", "created_at", on_day),
        Column("类别", "category", labelled(CASE_CATEGORY_LABELS), 12),
        Column("状态", "state", labelled(CASE_STATE_LABELS), 10),
    ),
    handlers.LEFT_ALONE,
    handlers.present_left_alone,
)
CIRCULARS = of_list(
    "案件通报",
    (
        Column("通报日期", "circulated_on"),
        Column("类别", "category", labelled(CASE_CATEGORY_LABELS), 12),
        Column("通报", "text", width=80),
    ),
    queries.CIRCULAR_LIST,
    queries.present_circular,
)
OFFICES = of_list(
    "承办股室",
    (
        Column("类别", "category", labelled(CASE_CATEGORY_LABELS), 14),
        Column("承办股室", "office_name", width=20),
    ),
    queries.OFFICE_LIST,
    queries.present_office,
)
