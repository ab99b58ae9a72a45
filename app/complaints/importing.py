"""A paper ledger of complaints (历史信访举报台账) from a table: what is not there yet is brought in as it ended."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.complaints import past
from app.complaints.forms import PastComplaint
from app.complaints.intake import CODE
from app.complaints.models import (
    CATEGORY_LABELS,
    CHANNEL_LABELS,
    COMPLAINT,
    RESULT_LABELS,
    Channel,
    Complaint,
    ComplaintState,
    Result,
)
from app.complaints.rules import HANDLERS, POLICY
from app.core.errors import Conflict
from app.core.operation import Reader, Tx
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, day, flat, labelled, narrow, plain, text, words_of
from app.imports.forms import filled, version_of
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import MOST_NAMED, refuse_touched, unmake
from app.units.importing.naming import meant
from app.units.importing.places import Places, title, unit

LABEL = "信访举报"
Key = tuple[int, date, str]
_OWN = sa.select(COMPLAINT.c.receipt_hash).where(COMPLAINT.c.district_id == sa.bindparam("district"))


class Known(Places):
    """The complaints that the actor may read; and, without a look into them, those that were brought in."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.coded: dict[str, Any] = {}
        self.rows: dict[Key, list[Any]] = defaultdict(list)
        for row in forms.readable(see, POLICY):
            self.coded[row.code] = row
            self.rows[row.unit_id, row.received_on, alike(row.text)].append(row)
        brought = see.connection.execute(_OWN.where(COMPLAINT.c.is_past), {"district": see.actor.district_id})
        self.brought = set(brought.scalars())


# Whose identity it is, is asked of one complaint at a time

_WHO = re.compile(
    r"(?<!被)(?:举报|信访|反映|来信|来访|来电|投诉|检举|控告|上访|写信)(?:人|者)(?![数次])"
    r"|身份证|联系(?:人|电话|方式|地址)"
    r"|^(?:署名|姓名|电话|手机号?|电话号码|手机号码|住址|地址|家庭住址|邮箱|电子邮箱|微信号?)$"
)


def bars(heading: str) -> str:
    if not any(map(_WHO.search, (flat(heading), "".join(narrow(heading).split())))):
        return ""
    return (
        f"表里有“{heading[:20]}”一列：举报人的身份和联系方式不能批量导入，请删去这一列后重新上传；"
        "实名的请逐件登记，身份另行加密保存"
    )


# Cells


def _code(cell: str, known: Any) -> str:
    """Of one that is there. How a paper ledger numbers its own is not kept."""
    written = narrow(text(cell))
    if re.fullmatch(rf"\d{{4}}-[{CODE}]{{6}}", written) and written not in known.coded:
        raise Wrong("没有这个编号的举报，或您不能查看；新的请留空")
    return written


_NAMED = {True: "实名", False: "匿名"}
_CHANNELS = {each: label for each, label in CHANNEL_LABELS.items() if each != Channel.INTERFACE}
_OTHER_CHANNELS = {
    **{"信件": Channel.LETTER, "信函": Channel.LETTER, "走访": Channel.VISIT, "当面反映": Channel.VISIT},
    **{"电话": Channel.PHONE, "热线": Channel.PHONE, "网络": Channel.WEB, "网上": Channel.WEB, "邮件": Channel.WEB},
    **{"转办": Channel.TRANSFER, "上级交办": Channel.TRANSFER, "交办": Channel.TRANSFER},
}
_ENDINGS: dict[Any, str] = {
    **RESULT_LABELS,
    ComplaintState.NOT_ACCEPTED: "不予受理",
    ComplaintState.TRANSFERRED: "已移送",
}
_OTHER_ENDINGS = {
    **{"基本属实": Result.PARTLY, "部分不实": Result.PARTLY},
    **{"不实": Result.UNSUBSTANTIATED, "失实": Result.UNSUBSTANTIATED},
    **{"无法核实": Result.UNVERIFIABLE, "查无实据": Result.UNVERIFIABLE, "不受理": ComplaintState.NOT_ACCEPTED},
    **{"移送": ComplaintState.TRANSFERRED, "转办其他单位": ComplaintState.TRANSFERRED},
}
COLUMNS = (
    Column("code", "编号", ("举报编号", "件号"), _code, plain, hint="已在系统里的才有，新的留空，导入时另编"),
    Column(
        *(
            "received_on",
            "日期",
            ("收到日期", "来信日期", "登记日期", "时间", "收件日期", "接收日期", "来件日期", "收信日期"),
            day,
            plain,
        ),
        required=True,
        example="2024-03-01",
        hint="收到的那一天",
    ),
    Column(
        *("channel", "渠道", ("来源", "反映渠道", "来件方式", "受理渠道", "举报渠道", "来源渠道")),
        *(choice(_CHANNELS, _OTHER_CHANNELS), labelled(CHANNEL_LABELS)),
        required=True,
        choices=tuple(_CHANNELS.values()),
        example="来信",
    ),
    Column(
        *(
            "named",
            "实名/匿名",
            ("是否实名", "署名情况", "实名或匿名", "署名方式"),
            choice(_NAMED, {"是": True, "否": False}),
            labelled(_NAMED),
        ),
        choices=tuple(_NAMED.values()),
        hint="只记是否实名；留空为匿名",
        width=10,
    ),
    Column(
        *(
            "category",
            "类别",
            ("问题类别", "反映类别", "问题类型", "举报类别", "问题性质"),
            choice(CATEGORY_LABELS),
            labelled(CATEGORY_LABELS),
        ),
        required=True,
        choices=words_of(CATEGORY_LABELS),
        example="乱收费",
    ),
    Column(
        *(
            "unit",
            "被反映单位",
            ("被举报单位", "反映单位", "涉及单位", "单位", "被投诉单位", "涉事单位"),
            unit,
            title,
        ),
        required=True,
        example="青山小学",
        hint="名称或编码",
        width=24,
    ),
    filled("accused", "被反映人", "被举报人", "被控告人", hint="本人及其所在单位看不到这一件"),
    filled(
        *(
            "text",
            "主要问题",
            "内容摘要",
            "反映内容",
            "问题摘要",
            "内容",
            "摘要",
            "反映问题",
            "举报内容",
            "主要内容",
            "信访内容",
            "反映的主要问题",
        ),
        required=True,
        example="反映收取作业本费。",
        hint="请不要写出举报人",
        width=50,
    ),
    Column(
        *(
            "handling_unit",
            "受理单位",
            (
                "承办单位",
                "办理单位",
                "承办股室",
                "调查单位",
                "责任股室",
                "办理股室",
                "受理股室",
                "牵头单位",
                "牵头部门",
                "承办部门",
            ),
            unit,
            title,
        ),
        hint="反映局机关、股室和二级单位的由派驻组承办",
        width=20,
    ),
    Column(
        *(
            "ending",
            "结果",
            ("办理结果", "调查结果", "是否属实", "办结结果", "核查结果", "处理结果"),
            choice(_ENDINGS, _OTHER_ENDINGS),
            labelled(_ENDINGS),
        ),
        required=True,
        choices=words_of(_ENDINGS),
        example="部分属实",
    ),
    filled(
        "conclusion",
        "办理情况",
        "处理情况",
        "调查情况",
        "答复内容",
        "核查情况",
        "办理过程",
        "处理意见",
        "处置情况",
        width=40,
    ),
    Column(
        *("closed_on", "办结日期", ("结案日期", "办结时间", "结案时间", "完成日期", "办理完成日期"), day, plain),
        required=True,
        example="2024-03-20",
    ),
    Column(
        "replied_on", "反馈日", ("答复日期", "反馈日期", "答复时间", "反馈时间", "回复日期", "回复时间"), day, plain
    ),
)
_COLUMN_OF = {"unit_id": "unit", "handling_unit_id": "handling_unit", "result": "ending", "state": "ending"}


def check(known: Known, draft: Draft) -> None:
    values = draft.values
    if (row := known.coded.get(values.get("code", ""))) is not None:
        _stays(draft, row)
        return
    if draft.faults or not {"unit", "received_on", "text"} <= values.keys():
        return
    on, words = values["received_on"], alike(values["text"])
    meant(known.cells.names, draft, lambda each: _told(known, each, on, values["text"]))
    key = values["unit"], on, words
    same = known.rows.get(key, [])
    if left := [row for row in same if row.id not in known.met]:
        known.met[left[0].id] = draft.number
        _stays(draft, left[0])
        return
    forms.once(known.met, same[-1].id if same else key, draft, "件举报")
    if not same and past.mark(known.see, values["unit"], values["received_on"], values["text"]) in known.brought:
        draft.held = {}
        return
    forms.fits(draft, lambda: _given(values), _COLUMN_OF)
    if not draft.faults and {column.name for column in COLUMNS if column.required} <= values.keys():
        by_rule(draft, lambda: past.check(known.see, _given(values)), _COLUMN_OF)


def _told(known: Known, unit_id: int, on: date, text: str) -> bool:
    """Whether one of that unit is there, or was brought in."""
    there = known.rows.get((unit_id, on, alike(text)))
    return bool(there) or past.mark(known.see, unit_id, on, text) in known.brought


def _stays(draft: Draft, row: Any) -> None:
    """What is there is dealt with on its own page: nothing of the line is taken, whatever it says."""
    draft.target_id, draft.target_version, draft.held = row.id, row.version, {}
    draft.faults.clear()


_PLAIN = ("received_on", "channel", "named", "category", "accused", "text", "conclusion", "closed_on", "replied_on")


def _given(values: dict[str, Any]) -> PastComplaint:
    fields = {name: values[name] for name in _PLAIN if name in values}
    ending = values.get("ending")
    if isinstance(ending, Result):
        fields |= {"state": ComplaintState.REPLIED, "result": ending}
    elif ending is not None:
        fields["state"] = ending
    return PastComplaint(unit_id=values["unit"], handling_unit_id=values.get("handling_unit"), **fields)


def write(tx: Tx, _known: Known, drafts: Sequence[Draft]) -> None:
    """Of one that its importer may not see from now on, not even the id is told."""
    for draft in drafts:
        made = past.bring_in(tx, _given(draft.values))
        draft.undo = {}
        if past.readable(tx, made):
            draft.target_id, draft.target_version = made, version_of(tx, COMPLAINT, made)


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    if routed := [str(row.number) for row in rows if row.target_id is None]:
        numbers = "、".join(routed[:MOST_NAMED])
        raise Conflict(f"第 {numbers} 行的举报归派驻组，您不能查看，因此不能整批撤销", code="rows_in_use")
    refuse_touched(tx, COMPLAINT, rows, LABEL)
    unmake(tx, COMPLAINT, sorted(row.target_id for row in rows), "导入的举报已被引用，不能整批撤销")


PAST_COMPLAINTS = Importable(
    name="complaints",
    label="历史信访举报",
    model=Complaint,
    columns=COLUMNS,
    roles=frozenset(HANDLERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    bars=bars,
    keeps_upload=False,
    notes=(
        "用于补登纸质台账里已经办结的举报：不通知、没有时限、没有回执，也不影响问责阶梯；正在办理的请逐件登记。",
        "举报人的身份和联系方式不能导入，有这样的列整个文件不收。按单位、日期和内容比对，已有的不改动。",
        "谁能查看与逐件登记的一样：反映局机关、股室和二级单位的归派驻组，导入人也看不到；反映本单位或本人的不能导入。",
    ),
)
