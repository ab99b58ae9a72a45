"""三重一大台账, with exactly the columns of its form; matters with those and then how each stands and which meetings
put it off; and who supervises what."""

from typing import Any

from app.appointments.holders import LEADER, with_leader
from app.core.operation import Reader
from app.core.tables import Cell, Column, Row, at_minute, figure, joined, labelled, narrowed_to, of_list, plain
from app.major_decisions import queries, supervision
from app.major_decisions.models import CATEGORY_LABELS, FLAG_LABELS, MEETING_LABELS, RESULT_LABELS, STATE_LABELS


def number_of(row: Any) -> str:
    """``实验小学 2026-003``: each unit counts its own."""
    return f"{row['unit_name']} {row['year']}-{row['number']:03}"


def _reviewed(row: Row) -> str:
    if row["legality_waived"]:
        return f"不需审查：{row['legality_waived']}"
    parts = [plain(row["legality_by"]), plain(row["legality_on"]), plain(row["legality_opinion"])]
    return " ".join(part for part in parts if part)


def _met(row: Row) -> str:
    if row["meeting_kind"]:
        return MEETING_LABELS[row["meeting_kind"]]
    return "未上会" if row["decided_on"] else ""


def _said(row: Row) -> str:
    return "\n".join(
        f"{place}.{each['speaker']}{'（主持）' if each['is_chair'] else ''}：{each['text']}"
        for place, each in enumerate(row["opinions"], 1)
    )


def _voted(row: Row) -> str:
    votes = {"赞成": row["votes_for"], "反对": row["votes_against"], "弃权": row["votes_abstain"]}
    return "，".join(f"{words} {count}" for words, count in votes.items() if count is not None)


def _disclosed(row: Row) -> str:
    if row["undisclosed_reason"]:
        return f"不公示：{row['undisclosed_reason']}"
    if row["disclosed_from"] is None:
        return ""
    return f"{row['disclosed_from']} 至 {plain(row['disclosed_to'])} {plain(row['disclosure_place'])}".strip()


def _of_meeting(met: Row) -> Row:
    present, expected = met["present"], met["expected"]
    return {
        "meeting": _met(met),
        "when": at_minute(met["held_at"]) or plain(met["decided_on"]),
        "heads": "" if expected is None and present is None else f"{plain(expected)}/{plain(present)}",
        "said": _said(met),
        "voted": _voted(met),
        "recused": "；".join(f"{each['name']}（{each['reason']}）" for each in met["recusals"]),
    }


def _earlier(met: Row) -> str:
    """A meeting that put the matter off, in one cell: what it was and how it ended, then who said what."""
    told = _of_meeting(met)
    parts = {
        "": f"{told['when']} {told['meeting']}",
        "应到/实到": told["heads"],
        "主持": plain(met["chair"]),
        "列席监督": plain(met["observer"]),
        "表决": told["voted"],
        "回避": told["recused"],
        "结果": RESULT_LABELS[met["result"]],
    }
    line = "；".join(f"{words} {said}".strip() for words, said in parts.items() if said)
    return "\n".join(filter(None, (line, told["said"])))


def line(see: Reader, row: Any) -> Row:
    """A matter in the words of its ledger."""
    shown = queries.present(see, row)
    return shown | {
        "written_number": number_of(shown),
        "legality": _reviewed(shown),
        **_of_meeting(shown),
        "disclosed": _disclosed(shown),
        "earlier": "\n".join(_earlier(met) for met in shown["earlier_meetings"]),
    }


def _yuan(value: Any, _known: Any = None) -> Cell:
    """A number, for a workbook to add up."""
    return figure(None if value is None else float(value) if "." in value else int(value))


FORM = (
    Column("编号", "written_number", width=24),
    Column("类别", "category", labelled(CATEGORY_LABELS), 14),
    Column("议题", "subject", width=40),
    Column("提出人", "proposer", width=10),
    Column("酝酿论证", "preparation", width=30),
    Column("合法性审查", "legality", width=24),
    Column("会议", "meeting", width=14),
    Column("时间", "when", width=16),
    Column("应到/实到", "heads", width=10),
    Column("主持", "chair", width=10),
    Column("列席监督", "observer", width=12),
    Column("意见", "said", width=40),
    Column("表决", "voted", width=20),
    Column("结果", "result", labelled(RESULT_LABELS), 8),
    Column("回避", "recused", width=20),
    Column("公示", "disclosed", width=30),
    Column("金额", "amount", _yuan, 14),
    Column("责任人", "responsible_person", width=10),
    Column("时限", "deadline_on"),
    Column("执行情况", "execution", width=30),
    Column("纪要", "minutes", lambda titles, known: "、".join(titles), 30),
)


def _complete(see: Reader, rows: list[Row]) -> None:
    queries.add_minutes(see, rows)
    with_leader(see, rows)


LEDGER = of_list("三重一大台账", FORM, queries.LIST, line, queries.add_minutes)
DECISIONS = of_list(
    "三重一大事项",
    (
        *FORM,
        LEADER,
        Column("状态", "state", labelled(STATE_LABELS), 10),
        Column("疑点", "flags", joined(labelled(FLAG_LABELS)), 24),
        Column("此前会议", "earlier", width=40),
    ),
    queries.LIST,
    line,
    _complete,
)


def in_form(see: Reader, rows: list[Row]) -> None:
    """Matters, as ``line`` has them, as lines of the ledger: its columns and nothing else."""
    queries.add_minutes(see, rows)
    narrowed_to(FORM, rows)


SUPERVISIONS = of_list(
    "三重一大监督分工",
    (
        Column("类别", "category", labelled(CATEGORY_LABELS), 14),
        Column("监督股室", "office_name", width=20),
        Column("依据", "basis", width=40),
    ),
    supervision.LIST,
    supervision.present,
)
