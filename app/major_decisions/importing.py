"""Past matters from a table (三重一大台账): each that is not there yet is registered as it was decided."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError

from app.core.calendar import today_of
from app.core.errors import Conflict, FieldError, Invalid
from app.core.operation import Reader, Tx
from app.core.validation import field_errors
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, day, labelled, narrow, plain, text, words_of
from app.imports.forms import version_of
from app.imports.registry import Draft, Importable, Written
from app.indicators.amounts import amount_of
from app.indicators.importing import figure
from app.major_decisions import checks, past
from app.major_decisions.models import CATEGORY_LABELS, DECISION, MEETING_LABELS, RESULT_LABELS, DecisionResult
from app.major_decisions.rules import DECIDED, POLICY, UNITS
from app.major_decisions.schemas import MajorDecisionCreate, minute_of
from app.units.importing.naming import Units, title, unit

NO_MEETING = "none"
_MEETINGS: dict[Any, str] = {**MEETING_LABELS, NO_MEETING: "未上会"}


Matter = tuple[int, str, Any]


class Brought(NamedTuple):
    """A line that brings a meeting, and its matter as it is after it."""

    number: int
    fields: dict[str, Any]


class Known(Units):
    """The matters of the actor's own units."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.see, self.actor = see, see.actor
        mine = sa.select(DECISION).where(POLICY.may(see.actor.roles, "carry_out"))
        self.rows: dict[tuple[int, str, date | None], Any] = {}
        self.numbered: dict[str, Any] = {}
        self.put_off: dict[Matter, tuple[Any, date]] = {}
        """Those that wait for a further meeting, and when they were put off last."""
        for row in see.connection.execute(mine, see.actor.binds):
            self.rows[row.unit_id, alike(row.subject), row.decided_on] = row
            for met in row.earlier_meetings:
                self.rows.setdefault((row.unit_id, alike(row.subject), date.fromisoformat(met["decided_on"])), row)
            self.numbered[narrow(f"{self.titles[row.unit_id]} {row.year}-{row.number:03}")] = row
            if (put_off := _put_off_on(row)) is not None:
                self.put_off[row.unit_id, alike(row.subject), row.category] = row, put_off
        self.met: dict[tuple[int, str, date | None], int] = {}
        self.brought: dict[Matter, Brought] = {}
        """The last line of each matter so far."""
        self.after: dict[int, int] = {}
        """A line, and the one whose matter it goes on with."""
        self.made: dict[int, int] = {}
        """A line, and the matter that was made of it."""


def _put_off_on(row: Any) -> date | None:
    """None where no further meeting is awaited."""
    if row.decided_on is None:
        return date.fromisoformat(row.earlier_meetings[-1]["decided_on"]) if row.earlier_meetings else None
    on: date = row.decided_on
    return on if row.state == DECIDED and row.result == DecisionResult.DEFERRED else None


# Cells that say several things at once, as the ledger has them


def _when(cell: str, _known: Any = None) -> datetime | date:
    """2026-03-05 14:30, or the day alone."""
    written = narrow(cell).replace("/", "-")
    if found := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?", written):
        try:
            return minute_of(f"{found[1]}T{found[2]}")
        except ValueError as error:
            raise Wrong(str(error)) from None
    return day(cell)


def _heads(cell: str, _known: Any = None) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})\s*[/、]\s*(\d{1,6})", narrow(cell))
    if not found:
        raise Wrong("请按“应到/实到”填写，如 9/8")
    return int(found[1]), int(found[2])


def _votes(cell: str, _known: Any = None) -> tuple[int, int, int]:
    written = narrow(cell)
    found = [re.search(rf"{word}\D{{0,3}}(\d{{1,6}})", written) for word in checks.VOTES.values()]
    if found[0] is None:
        raise Wrong("请按“赞成 6，反对 1，弃权 0”填写")
    for_, against, abstain = (int(each[1]) if each else 0 for each in found)
    return for_, against, abstain


def _opinions(cell: str, _known: Any = None) -> list[dict[str, str]]:
    """``1.高岩：同意。``, one a line."""
    found = []
    for line in filter(str.strip, cell.splitlines()):
        said = re.fullmatch(r"(?:\d+[.、．])?\s*([^：:（(]+)(?:[（(]主持[）)])?\s*[：:]\s*(.+)", line.strip())
        if not said:
            raise Wrong("请按发言顺序填写，每人一行：姓名：意见")
        found.append({"speaker": said[1].strip(), "text": said[2].strip()})
    return found


def _recusals(cell: str, _known: Any = None) -> list[dict[str, str]]:
    """何芳（亲属投标）；郑宁（……）."""
    found = []
    for part in filter(str.strip, re.split(r"[；;\n]", cell)):
        said = re.fullmatch(r"([^（(：:]+)[（(：:](.+?)[）)]?", part.strip())
        if not said:
            raise Wrong("请写明谁因何回避，如 何芳（亲属投标）")
        found.append({"name": said[1].strip(), "reason": said[2].strip()})
    return found


def _review(cell: str, _known: Any = None) -> dict[str, Any]:
    if found := re.fullmatch(r"不需审查\s*[：:]\s*(.+)", cell.strip(), re.DOTALL):
        return {"legality_waived": found[1]}
    said = re.fullmatch(r"(\S+)\s+(\d{4}\S+?)(?:\s+(.+))?", cell.strip(), re.DOTALL)
    if not said:
        raise Wrong("请按“审查人 日期 意见”填写，如 区司法所 2026-03-01 同意；没有审查的写 不需审查：理由")
    return {"legality_by": said[1], "legality_on": day(said[2]), "legality_opinion": said[3]}


def _disclosure(cell: str, _known: Any = None) -> dict[str, Any]:
    if found := re.fullmatch(r"不公示\s*[：:]\s*(.+)", cell.strip(), re.DOTALL):
        return {"undisclosed_reason": found[1]}
    said = re.fullmatch(r"(\S+)\s*[至—~]\s*(\S+)(?:\s+(.+))?", cell.strip(), re.DOTALL)
    if not said:
        raise Wrong("请按“起 至 止 地点”填写，如 2026-03-06 至 2026-03-12 校务公开栏；不公示的写 不公示：理由")
    return {"disclosed_from": day(said[1]), "disclosed_to": day(said[2]), "disclosure_place": said[3]}


def _amount(cell: str, _known: Any = None) -> Any:
    try:
        return amount_of("".join(narrow(cell).replace(",", "").removesuffix("元").split()))
    except ValueError as error:
        raise Wrong(str(error)) from None


def _as_written(value: Any, _known: Any = None) -> str:
    """What was understood, for whoever looks through it."""
    parts = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    said = ("：".join(map(plain, part.values())) if isinstance(part, dict) else plain(part) for part in parts)
    return "；".join(each for each in said if each)


def _composite(name: str, heading: str, aliases: tuple[str, ...], read: Any, **more: Any) -> Column:
    return Column(name, heading, aliases, read, _as_written, **more)


def _text(name: str, heading: str, *aliases: str, **more: Any) -> Column:
    return Column(name, heading, aliases, text, plain, **more)


COLUMNS = (
    _text("number", "编号", "登记编号", "事项编号", hint="台账的编号，已有的不改动；没有的导入时另编"),
    Column(
        *("unit", "单位", ("学校", "单位名称", "登记单位"), unit, title),
        example="青山小学",
        hint="只有一个单位的可以不填",
        width=20,
    ),
    Column(
        *("category", "类别", ("类型", "事项类别"), choice(CATEGORY_LABELS), labelled(CATEGORY_LABELS)),
        required=True,
        choices=words_of(CATEGORY_LABELS),
        example="大额度资金",
    ),
    _text("subject", "议题", "事项", "决策事项", required=True, example="购置录播设备", width=34),
    _text("proposer", "提出人", "提议人", "动议人", required=True, example="林青"),
    _text("preparation", "酝酿论证", "酝酿", "论证情况", example="已征求教职工意见。", width=28),
    _composite("review", "合法性审查", ("法律审查", "合规审查"), _review, example="区司法所 2026-03-01 同意", width=24),
    Column(
        *("meeting", "会议", ("会议类型", "决策会议"), choice(_MEETINGS), labelled(_MEETINGS)),
        choices=words_of(_MEETINGS),
        example="党组织会议",
        hint="没有上会的写未上会或留空",
    ),
    _composite("when", "时间", ("会议时间", "决定日期", "决策时间"), _when, required=True, example="2026-03-05 14:30"),
    _composite("heads", "应到/实到", ("应到实到", "人数"), _heads, example="9/8"),
    _text("chair", "主持", "主持人", "会议主持", example="林青"),
    _text("observer", "列席监督", "列席", "监督人员"),
    _composite("opinions", "意见", ("讨论意见", "发言"), _opinions, example="1.高岩：同意。", width=34),
    _composite("votes", "表决", ("表决情况", "票数"), _votes, example="赞成 8，反对 0，弃权 0", width=20),
    Column(
        *("result", "结果", ("决策结果", "表决结果"), choice(RESULT_LABELS), labelled(RESULT_LABELS)),
        choices=words_of(RESULT_LABELS),
        example="通过",
        hint="留空为通过",
    ),
    _composite("recusals", "回避", ("回避情况", "回避人员"), _recusals, width=20),
    _composite("disclosure", "公示", ("公示情况", "公开情况"), _disclosure, width=28),
    Column("amount", "金额", ("资金", "涉及金额"), _amount, figure, example="48000", hint="元；大额度资金必填"),
    _text("responsible_person", "责任人", "负责人", "执行责任人", example="高岩"),
    Column("deadline_on", "时限", ("完成时限", "执行时限"), day, plain),
    _text("execution", "执行情况", "落实情况", "执行结果", example="已验收。", width=28),
)
_PLAIN = (
    *("category", "subject", "proposer", "preparation", "chair", "observer", "opinions", "recusals", "amount"),
    *("responsible_person", "deadline_on", "execution"),
)
_COLUMN_OF = {
    "legality_by": "review",
    "legality_on": "review",
    "legality_opinion": "review",
    "legality_waived": "review",
    "meeting_kind": "meeting",
    "held_at": "when",
    "decided_on": "when",
    "expected": "heads",
    "present": "heads",
    "votes_for": "votes",
    "votes_against": "votes",
    "votes_abstain": "votes",
    "disclosed_from": "disclosure",
    "disclosed_to": "disclosure",
    "disclosure_place": "disclosure",
    "undisclosed_reason": "disclosure",
}
"""Field → the column that says it."""


def _fields(draft: Draft) -> dict[str, Any]:
    values = draft.values
    given = {name: values[name] for name in _PLAIN if name in values}
    given |= {**values.get("review", {}), **values.get("disclosure", {})}
    when = values.get("when")
    if isinstance(when, datetime):
        given["decided_on"] = today_of(when)
    elif when is not None:
        given["decided_on"] = when
    if values.get("meeting", NO_MEETING) != NO_MEETING:
        given["meeting_kind"] = values["meeting"]
        given["held_at"] = when.isoformat(timespec="minutes") if isinstance(when, datetime) else f"{when}T00:00"
    for columns, name in ((("expected", "present"), "heads"), (tuple(checks.VOTES), "votes")):
        if name in values:
            given |= dict(zip(columns, values[name], strict=True))
    if "result" in values:
        given["result"] = values["result"]
    return given


def _create(draft: Draft) -> MajorDecisionCreate:
    return MajorDecisionCreate(**_fields(draft), unit_id=draft.values["unit"])


def check(known: Known, draft: Draft) -> None:
    if (row := known.numbered.get(narrow(draft.cells.get("number", "")))) is not None:
        _stays(draft, row)
        return
    homes = known.actor.home_units
    if not draft.cells.get("unit") and len(homes) == 1:
        draft.values["unit"] = homes[0]
    if draft.faults or not {"unit", "when", "subject"} <= draft.values.keys():
        if "unit" not in draft.values and not draft.cells.get("unit"):
            draft.wrong("unit", "请写明单位")
        return
    if draft.values["unit"] not in known.actor.units:
        draft.wrong("unit", "只能导入本单位的事项")
        return
    fields = _fields(draft)
    key = draft.values["unit"], alike(draft.values["subject"]), fields["decided_on"]
    if (first := known.met.setdefault(key, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一事项，请只留一行")
    elif (row := known.rows.get(key)) is not None:
        _stays(draft, row)
    else:
        _new(known, draft, fields["decided_on"])


def _new(known: Known, draft: Draft, decided_on: date) -> None:
    """A matter of its own; or the next meeting of one that a line above put off."""
    matter = draft.values["unit"], alike(draft.values["subject"]), draft.values.get("category")
    waiting, since = known.put_off.get(matter, (None, decided_on))
    if waiting is not None and since < decided_on:
        number = f"{waiting.year}-{waiting.number:03}"
        draft.wrong("when", f"这一事项已登记为 {number}，{since} 暂缓：请在它的页面上“再次上会”后填写这次会议")
        return
    before, deferred = known.brought.get(matter), DecisionResult.DEFERRED
    if before is not None and draft.values.get("result") == deferred and decided_on < before.fields["decided_on"]:
        draft.wrong("when", f"第 {before.number} 行是同一事项后来的会议，请把这一行移到它的上面")
        return
    if before is not None and not (before.fields["result"] == deferred and before.fields["decided_on"] < decided_on):
        before = None
    found: dict[str, Any] = {}
    by_rule(draft, lambda: found.update(_matter(known, draft, before and before.fields)), _COLUMN_OF)
    if draft.faults:
        return
    if before is not None:
        known.after[draft.number] = before.number
    known.brought[matter] = Brought(draft.number, found)


def _stays(draft: Draft, row: Any) -> None:
    """What is there is changed on its own page, step by step: nothing of the line is taken, whatever it says."""
    draft.target_id, draft.target_version, draft.held = row.id, row.version, {}
    draft.faults.clear()


def _matter(known: Known, draft: Draft, put_off: dict[str, Any] | None) -> dict[str, Any]:
    """As it is after the meeting of this line; 422 where something does not fit."""
    try:
        given = _create(draft)
    except ValidationError as error:
        faults = field_errors(error.errors(include_url=False))
        raise Invalid(errors=[FieldError(f"/{each.pointer.split('/')[1]}", each.detail) for each in faults]) from None
    if put_off is not None:
        fields = past.after_next(put_off, given)
    else:
        fields = given.model_dump() | {"result": given.result or DecisionResult.PASSED}
    if errors := checks.faults(known.see, fields):
        raise Invalid(errors=errors)
    return fields


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        given, before = _create(draft), known.after.get(draft.number)
        if before is None:
            draft.target_id = past.bring_in(tx, given)
        else:
            draft.target_id = past.bring_in_next(tx, known.made[before], given)
        known.made[draft.number] = draft.target_id
        draft.target_version, draft.undo = version_of(tx, DECISION, draft.target_id), {}


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    raise Conflict("导入的事项已经编号，编号不能收回；登记有误的请逐项修改", code="numbered")


MATTERS = Importable(
    name="major-decisions",
    label="三重一大事项",
    columns=COLUMNS,
    roles=frozenset(UNITS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "用于补登过去的事项：按单位、议题和日期比对，已有的不改动；编号在导入时另编，导入后不能整批撤销。",
        "公示、执行情况填齐的列为已公示、已执行；会议纪要请在事项页面上传后办结。",
        "暂缓后再次上会的，每次会议一行，先开的在前，单位、议题、类别相同，导入后是一个事项。",
        "系统里已有的暂缓事项，请在它的页面上再次上会。",
    ),
)
