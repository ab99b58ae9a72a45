"""Actions of earlier years from a table (问责台账): each that is not there yet is brought in as it ended."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.accountability import past
from app.accountability.models import ACTION, ACTION_KIND_LABELS, TRIGGER, AccountabilityAction, ActionKind, PastAction
from app.accountability.rules import POLICY, PROPOSERS
from app.core.calendar import today_of
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.evidence.operations import drop_links
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, alike, choice, day, labelled, plain, words_of
from app.imports.forms import filled, version_of
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import refuse_touched, unmake
from app.units.importing.naming import meant
from app.units.importing.places import Places, title, unit

LABEL = "问责"
TOLD = ("performance", "reply", "effect")
Key = tuple[int, ActionKind, str, date | None, str]


class Known(Places):
    """What the units of the file were held to account for, as far as the actor may read it."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        named = self.named(drafts, "unit")
        self.rows: dict[Key, list[Any]] = {}
        for row in forms.readable(see, POLICY, within(ACTION.c.unit_id, many("named")), named=named):
            served_on = None if row.served_at is None else today_of(row.served_at)
            key = _key(row.unit_id, row.kind, row.person, served_on, row.reason)
            self.rows.setdefault(key, []).append(row)


def _key(unit_id: int, kind: str, person: str | None, served_on: date | None, reason: str) -> Key:
    return unit_id, ActionKind(kind), alike(person or ""), served_on, alike(reason)


_OTHER_KINDS = {"督办单": ActionKind.URGING_ORDER, "督促": ActionKind.URGING_ORDER, "书面提醒": ActionKind.REMINDER}


def _day(name: str, heading: str, *aliases: str, **more: Any) -> Column:
    return Column(name, heading, aliases, day, plain, **more)


COLUMNS = (
    Column(
        "unit",
        "被问责单位",
        (
            "单位",
            "单位名称",
            "问责对象",
            "责任单位",
            "责任主体",
            "学校",
            "学校（园）",
        ),
        unit,
        title,
        required=True,
        example="青山小学",
        hint="名称或编码",
        width=24,
    ),
    filled(
        "person",
        "被问责人",
        "责任人",
        "被问责人员",
        "当事人",
        "责任人员",
        "被问责人姓名",
        "姓名",
        hint="针对个人的填写",
    ),
    Column(
        "kind",
        "问责方式",
        ("方式", "处理方式", "问责种类", "问责形式", "问责类型", "处理形式"),
        choice(ACTION_KIND_LABELS, _OTHER_KINDS),
        labelled(ACTION_KIND_LABELS),
        required=True,
        choices=words_of(ACTION_KIND_LABELS),
        example="约谈",
    ),
    filled("said", "问责情形", "情形", "问责依据", "触发情形", hint="被问责单位看不到", width=40),
    filled(
        "reason",
        "事由",
        "问责事由",
        "问责原因",
        "原因",
        "问责事项",
        "主要问题",
        required=True,
        example="整改逾期未完成。",
        width=40,
    ),
    _day("approved_on", "批准日期", "批准时间", "审批日期"),
    filled("number", "文号", "发文字号", "文件号", "公文文号", width=20),
    _day(
        "served_on",
        "送达日期",
        "送达时间",
        "问责日期",
        "下达日期",
        "问责时间",
        "下发日期",
        "下达时间",
        required=True,
        example="2024-03-01",
    ),
    _day("reply_by", "答复期限", "答复时限", "答复截止"),
    filled("performance", "执行情况", "执行", "执行结果", "办理情况", "落实情况", width=30),
    filled("reply", "答复内容", "答复", "答复情况", width=40),
    _day("replied_on", "答复日期", "答复时间", "回复日期"),
    filled("effect", "整改成效", "成效", "整改情况", "整改落实情况", width=40),
    _day(
        "closed_on",
        "办结日期",
        "办结时间",
        "结案日期",
        "完成日期",
        required=True,
        example="2024-03-20",
        hint="送达即完成的，填送达日期",
    ),
)


def check(known: Known, draft: Draft) -> None:
    values = draft.values
    if draft.faults or not {"unit", "kind", "reason"} <= values.keys():
        return
    told = values["kind"], values.get("person"), values.get("served_on"), values["reason"]
    meant(known.cells.names, draft, lambda each: _key(each, *told) in known.rows)
    key = _key(values["unit"], *told)
    # The ladder may propose the same of a unit more than once: each line means the next of them.
    left = [row for row in known.rows.get(key, ()) if row.id not in known.met]
    if left:
        known.met[left[0].id] = draft.number
        _stays(draft, left[0])
        return
    forms.once(known.met, known.rows[key][-1].id if key in known.rows else key, draft, "项问责")
    forms.fits(draft, lambda: _given(values), {"unit_id": "unit"})
    if not draft.faults and {"served_on", "closed_on"} <= values.keys():
        by_rule(draft, lambda: past.check(known.see, _given(values)), {"unit_id": "unit"})


def _given(values: dict[str, Any]) -> PastAction:
    return PastAction(unit_id=values["unit"], **{name: values[name] for name in values if name != "unit"})


def _stays(draft: Draft, row: Any) -> None:
    """What is there is dealt with on its own page: nothing of the line is taken."""
    draft.target_id, draft.target_version, draft.held = row.id, row.version, {}
    for name in TOLD:
        if name in draft.values and alike(draft.values[name]) != alike(getattr(row, name) or ""):
            draft.remark(name, "台账里已有这一项，这一格没有采用")


def write(tx: Tx, _known: Known, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        draft.target_id = past.bring_in(tx, _given(draft.values))
        draft.target_version, draft.undo = version_of(tx, ACTION, draft.target_id), {}


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, ACTION, rows, LABEL)
    ids = sorted(row.target_id for row in rows)
    drop_links(tx, "accountability-actions", ids)
    tx.connection.execute(sa.delete(TRIGGER).where(within(TRIGGER.c.action_id, many("ids"))), {"ids": ids})
    unmake(tx, ACTION, ids, "导入的问责已被引用，不能整批撤销")


PAST_ACTIONS = Importable(
    name="accountability-actions",
    label="以前年度问责",
    model=AccountabilityAction,
    columns=COLUMNS,
    roles=frozenset(PROPOSERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "用于补登以前年度的问责：按单位、人员、方式、送达日期和事由比对，已有的不改动；送达日期须在今年以前。",
        "导入的都是已办结的，不再送达、不通知，也不影响问责阶梯；被问责单位能在台账里看到，但看不到问责情形。",
    ),
)
