"""廉政风险点台账, with exactly the columns of its form; risk points with those and then what an import asks for and the
state; rounds, and how their units stand."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.operation import Reader
from app.core.tables import Column, Row, figure, labelled, narrowed_to, of_list, yes_no
from app.integrity_risks import queries, round_queries
from app.integrity_risks.models import RISK_LEVEL_LABELS, RISK_STATE_LABELS, SOURCE_KIND_LABELS
from app.integrity_risks.round_models import ROUND_STATE_LABELS, STANDING_LABELS


def each_once(values: Iterable[Any]) -> str:
    return "、".join(dict.fromkeys(str(value) for value in values if value is not None))


def told(measures: Sequence[dict[str, Any]]) -> dict[str, str]:
    """A risk's measures in the cells of its line: one a line, who and when each once."""
    return {
        "measures_told": "\n".join(measure["text"] for measure in measures),
        "persons": each_once(measure["responsible_person"] for measure in measures),
        "leaders": each_once(measure["responsible_leader"] for measure in measures),
        "deadlines": each_once(measure["deadline_on"] for measure in measures),
    }


def _complete(see: Reader, rows: Sequence[Row]) -> None:
    queries.with_measures(see, rows)
    for row in rows:
        row |= told(row["measures"])


FORM = (
    Column("序号", "id", figure, 8),
    Column("部门", "department", width=14),
    Column("岗位", "post", width=14),
    Column("职权事项", "duty_item", width=24),
    Column("风险点", "risk_point", width=30),
    Column("表现形式", "manifestation", width=36),
    Column("可能性", "likelihood", figure, 8),
    Column("危害程度", "impact", figure, 10),
    Column("等级", "level", labelled(RISK_LEVEL_LABELS), 12),
    Column("防控措施", "measures_told", width=40),
    Column("责任人", "persons", width=12),
    Column("责任领导", "leaders", width=12),
    Column("时限", "deadlines"),
    Column("复评日期", "review_on"),
)
"""序号 is the risk's own number, the same under any filter: a row keeps it on paper and on its way back."""
LEDGER = of_list("廉政风险点台账", FORM, queries.LIST, queries.present, _complete)
RISKS = of_list(
    "廉政风险点",
    (
        *FORM,
        Column("单位", "unit_name", width=20),
        Column("排查轮次", "round_title", width=20),
        Column("风险来源", "source", labelled(SOURCE_KIND_LABELS)),
        Column("三重一大", "by_rule", yes_no, 10),
        Column("状态", "state", labelled(RISK_STATE_LABELS), 10),
    ),
    queries.LIST,
    queries.present,
    _complete,
)


def in_form(see: Reader, rows: list[Row]) -> None:
    """Presented risks as lines of the ledger: its columns and nothing else."""
    _complete(see, rows)
    narrowed_to(FORM, rows)


ROUNDS = of_list(
    "廉政风险排查轮次",
    (
        Column("年度", "year", figure, 8),
        Column("名称", "title", width=40),
        Column("排查单位", "unit_group_name", width=24),
        Column("审核股室", "office_name", width=20),
        Column("时限", "deadline_on"),
        Column("状态", "state", labelled(ROUND_STATE_LABELS), 10),
    ),
    round_queries.LIST,
    round_queries.present,
)
UNITS = of_list(
    "廉政风险排查情况",
    (
        Column("编码", "code", width=12),
        Column("单位", "name", width=24),
        Column("第一责任人", "first_responsible_person", width=12),
        Column("填报情况", "standing", labelled(STANDING_LABELS), 12),
        Column("风险点", "risk_count", figure, 8),
        Column("零报告说明", "nil_note", width=40),
    ),
    round_queries.UNITS,
    round_queries.present_unit,
    round_queries.with_heads,
    within=round_queries.for_round,
)
