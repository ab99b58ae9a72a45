"""What units say of themselves in a campaign, from a table (专项自查台账): into self-checks that they still fill in.

A central school fills in those of the schools beneath it at once. None is made here: each is made when its campaign
starts; nor is one handed in, since that takes its papers.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.campaigns import self_checks as ops
from app.campaigns.models import CAMPAIGN, SELF_CHECK, SelfCheck
from app.campaigns.rules import SELF_CHECK_WORKFLOW, SELF_CHECKS, in_time, refuse_late
from app.campaigns.schemas import SelfCheckPatch
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, day, labelled, narrow, plain
from app.imports.forms import Forms, filled
from app.imports.options import offered
from app.imports.registry import Draft, Importable
from app.indicators.amounts import amount_of, written
from app.units.importing.places import UNIT_COLUMN, Places
from app.units.reviewing import CARRIERS

LABEL = "专项自查"
FILLED_IN = tuple(SelfCheckPatch.model_fields)
_AMOUNTS = ("amount_involved", "amount_returned")
_OF = CAMPAIGN.alias("of_campaign")


class Known(Places):
    """The self-checks of the file's units, as far as the actor reads them, with their campaigns."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        roles = see.actor.roles
        of = (_OF.c.title.label("campaign_title"), _OF.c.state.label("campaign_state"), _OF.c.self_check_to)
        rows = sa.select(SELF_CHECK, *of, *SELF_CHECKS.columns(roles)).join(_OF, _OF.c.id == SELF_CHECK.c.campaign_id)
        rows = rows.where(within(SELF_CHECK.c.unit_id, many("named")), SELF_CHECKS.read(roles))
        binds = {**see.actor.binds, "named": self.named(drafts, "unit")}
        self.rows: dict[int, list[Any]] = defaultdict(list)
        for row in see.connection.execute(rows.order_by(SELF_CHECK.c.id), binds):
            self.rows[row.unit_id].append(row)


def _amount(cell: str, _known: Any = None) -> str | None:
    """As the ledger writes it: 1280.5."""
    try:
        return written(amount_of("".join(narrow(cell).removesuffix("元").replace(",", "").split())))
    except ValueError as error:
        raise Wrong(str(error)) from None


_PROBLEM = {True: "有", False: "没有"}
COLUMNS = (
    filled(
        *("campaign", "专项行动", "专项名称", "行动名称", "整治项目"),
        required=True,
        example="教育收费专项检查",
        width=30,
    ),
    UNIT_COLUMN,
    Column("deadline_on", "时限", ("自查时限", "截止日期"), day, plain, hint="有几项同名的专项行动时填写"),
    filled("situation", "自查情况", "自查内容", "自查结果", example="逐项核对了公示和票据。", width=40),
    Column(
        *("has_problem", "发现问题", ("有无问题", "是否发现问题", "是否有问题")),
        *(choice(_PROBLEM, {"是": True, "否": False, "无": False}), labelled(_PROBLEM)),
        choices=tuple(_PROBLEM.values()),
        example="有",
        width=10,
    ),
    filled("problem", "问题", "问题描述", "存在问题", "发现的问题", example="多收作业本费。", width=40),
    Column("amount_involved", "涉及金额（元）", ("金额", "违规金额"), _amount, plain, example="1280.5"),
    Column("amount_returned", "已清退金额（元）", ("清退金额", "已退金额"), _amount, plain, example="300"),
)


def check(known: Known, draft: Draft) -> None:
    title = alike(draft.values.get("campaign", ""))
    unit_id = known.home(
        draft, holds=lambda each: any(alike(row.campaign_title) == title for row in known.rows.get(each, ()))
    )
    forms.fits(draft, lambda: _given(draft.values))
    if draft.faults or unit_id is None or "campaign" not in draft.values:
        return
    row = _found(known, draft, known.rows[unit_id])
    if row is None:
        return
    forms.once(known.met, row.id, draft, "项自查")
    _aim(draft, row)
    if not draft.changes or draft.faults:
        return
    forms.allowed(draft, lambda: SELF_CHECK_WORKFLOW.admit(row, "edit"))
    forms.allowed(draft, lambda: refuse_late(row.state, row.campaign_title, row.campaign_state, "edit"))
    changes = _given({name: new for name, (_, new) in draft.changes.items()}).model_dump(exclude_unset=True)
    by_rule(draft, lambda: ops.check_amounts(row, changes))


def _given(values: dict[str, Any]) -> SelfCheckPatch:
    return SelfCheckPatch(**{name: values[name] for name in FILLED_IN if name in values})


def _found(known: Known, draft: Draft, rows: list[Any]) -> Any | None:
    """By the campaign's title, and the last day where that is told; of several one that the line leaves as it is, else
    the newest that may still be filled in. None, and said so, where there is none."""
    title, until = alike(draft.values["campaign"]), draft.values.get("deadline_on")
    of = [row for row in rows if alike(row.campaign_title) == title and until in (None, row.self_check_to)]
    if not of:
        near = list(dict.fromkeys(row.campaign_title for row in rows))
        why = "没有布置给这个单位的这项自查，请核对专项行动、单位和时限"
        draft.wrong("campaign", *offered(why, draft.values["campaign"], near))
        return None
    left = [row for row in of if row.id not in known.met] or of
    if same := [row for row in left if not _aim(draft, row)]:
        return same[0]
    return ([row for row in left if in_time(row.state, row.campaign_state, "edit")] or left)[-1]


def _aim(draft: Draft, row: Any) -> bool:
    """Whether the draft, aimed at this row, would change it."""
    forms.target(draft, row, FILLED_IN)
    assert draft.held is not None
    draft.held |= {name: written(getattr(row, name)) for name in _AMOUNTS}
    return bool(draft.changes)


def _create(_tx: Tx, _values: dict[str, Any]) -> int:
    raise AssertionError("a self-check is made when its campaign starts")


def _delete(_tx: Tx, _self_check_id: int) -> None:
    raise AssertionError("a self-check that no import made goes with none")


def _edit(tx: Tx, self_check_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, self_check_id, _given(changes), version)


_FORMS = Forms(SELF_CHECK, LABEL, _create, _edit, lambda tx, self_check_id: (), _delete)
SELF_CHECK_TABLE = Importable(
    name="self-checks",
    label=LABEL,
    model=SelfCheck,
    columns=COLUMNS,
    roles=frozenset(CARRIERS),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按专项行动和单位填入已经布置的自查；不新增自查，空着的格子不改动已有的内容。",
        "只填本单位（中心校含所属学校）待自查、退回补报的；导入后请上传自查报告，在页面上提交。",
    ),
)
