"""Plans and their items as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.params import parse_choice, read_params
from app.core.tables import Column, Row, Table, figure, joined, labelled, of_list, of_whole
from app.core.workflow import find
from app.plans import queries, review
from app.plans.cells import ItemCells
from app.plans.comparison import CHANGES, COMPARED, TEXTS, akin_in_words, in_words
from app.plans.models import CADENCE_LABELS, EVIDENCE_KIND_LABELS, PLAN_STATE_LABELS, ROLE_WORDS, PlanState
from app.plans.rules import POLICY

PLANS = of_list(
    "工作方案",
    (
        Column("标题", "title", width=40),
        Column("年度", "year", figure, 8),
        Column("文号", "document_number", width=20),
        Column("版次", "edition", figure, 8),
        Column("印发单位", "issuer_name", width=20),
        Column("状态", "state", labelled(PLAN_STATE_LABELS), 10),
        Column("印发日期", "issued_on"),
        Column("来源文件", "source_name", width=24),
    ),
    queries.LIST,
    queries.present,
)


def _responsible(named: list[dict[str, Any]], _known: Any = None) -> str:
    """In the plan's own words and order, with what each is to do."""
    kept = (each for each in named if each["dropped_reason"] is None)
    return "、".join(f"{each['name']}（{ROLE_WORDS[each['role']]}）" for each in kept)


def _titles(see: Reader) -> dict[int, str]:
    """As an import knows them again: of several of one title each by its edition."""
    return ItemCells(see, *PlanState).titles


def _plan(plan_id: int, titles: dict[int, str]) -> str:
    return titles.get(plan_id, "")


def _present(see: Reader, row: Any) -> Row:
    shown = queries.present_item(see, row)
    return shown | {"area": " ".join(part for part in (row.area_number, row.area_title) if part)}


ITEMS = of_list(
    "方案任务",
    (
        Column("方案", "plan_id", _plan, 24),
        Column("序号", "number", width=8),
        Column("方面", "area", width=24),
        Column("重点任务", "title", width=40),
        Column("具体措施", "measures", width=60),
        Column("责任单位", "responsibilities", _responsible, 36),
        Column("周期", "cadence", labelled(CADENCE_LABELS), 10),
        Column("完成时限", "deadline_on"),
        Column("时限原文", "deadline_text", width=20),
        Column("成果形式", "required_evidence", joined(labelled(EVIDENCE_KIND_LABELS))),
        Column("权重", "weight", figure, 8),
    ),
    queries.ITEM_LIST,
    _present,
    queries.with_responsibilities,
    known=_titles,
)


# Names that nobody knows


def _unresolved(see: Reader, plan_id: int) -> list[Row]:
    return list(review.unresolved(see, plan_id)["data"])


def _places(items: list[dict[str, Any]], _known: Any = None) -> str:
    return "、".join(f"第{item['number']}项" for item in items)


def _near(suggestions: list[dict[str, Any]], _known: Any = None) -> str:
    return "；".join(f"{each['name']}（{each['reason']}）" for each in suggestions)


UNRESOLVED = of_whole(
    "未识别的责任单位",
    (
        Column("原文写法", "name", width=24),
        Column("出现", "items", _places, 30),
        Column("可能是", "suggestions", _near, 50),
    ),
    _unresolved,
    POLICY,
)


# Against the edition before

_PARSERS = {"change": parse_choice(list(CHANGES))}


def _asked(params: Mapping[str, str]) -> dict[str, Any]:
    return read_params(params, _PARSERS)


def _of_plan(see: Reader, asked: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """404 also for a plan that follows none: there is no such table."""
    if find(see, POLICY, plan_id).previous_id is None:
        raise NotFound()
    return {**asked, "plan_id": plan_id}


def _changes(see: Reader, asked: dict[str, Any]) -> Iterator[Sequence[Row]]:
    rows = queries.compared(see, asked["plan_id"])["data"]
    yield [_both(row) for row in rows if asked.get("change") in (None, row["change"])]


def _both(row: dict[str, Any]) -> Row:
    """Its words before and now, and in one cell what else changed."""
    before, after = row["before"] or {}, row["after"] or {}
    others = [name for name in row["changed"] if name not in TEXTS]
    said = [f"{COMPARED[name]}：{in_words(before, name)} → {in_words(after, name)}" for name in others]
    said += [words] if (words := akin_in_words(row)) else []
    texts = {f"{name}_{when}": item.get(name) for name in TEXTS for when, item in (("was", before), ("is", after))}
    numbers = {"number_was": before.get("number"), "number_is": after.get("number")}
    return {"change": row["change"], **numbers, **texts, "others": "\n".join(said)}


COMPARISON = Table(
    "与上一版对比",
    (
        Column("变化", "change", labelled(CHANGES), 8),
        Column("上一版序号", "number_was", width=10),
        Column("本版序号", "number_is", width=10),
        Column("上一版任务", "title_was", width=30),
        Column("本版任务", "title_is", width=30),
        Column("上一版措施", "measures_was", width=50),
        Column("本版措施", "measures_is", width=50),
        Column("其他改动", "others", width=40),
    ),
    _PARSERS,
    _asked,
    _changes,
    _of_plan,
)
