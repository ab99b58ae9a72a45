"""The official papers by which actions are served, drawn up from what they cite."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.accountability import triggers
from app.accountability.models import ACTION, ACTION_KIND_LABELS, TRIGGER, ActionKind
from app.accountability.rules import SUPERVISIONS_OWN
from app.core.calendar import long_day
from app.core.operation import Tx
from app.documents.drafting import Draft
from app.documents.models import DOCUMENT, DocumentKind, DocumentState
from app.units.models import UNIT

REPLY_WITHIN = 5
"""Workdays in which a unit is to reply to what was served to it."""
PAPERS = {
    ActionKind.URGING_ORDER: DocumentKind.URGING_ORDER,
    ActionKind.TALK: DocumentKind.TALK_NOTICE,
    ActionKind.SUPERVISION_TALK: DocumentKind.TALK_NOTICE,
    ActionKind.PERSONAL_TALK: DocumentKind.TALK_NOTICE,
    ActionKind.CIRCULAR: DocumentKind.CIRCULAR,
    ActionKind.OPEN_CRITICISM: DocumentKind.CIRCULAR,
    ActionKind.SUPERVISION_CIRCULAR: DocumentKind.CIRCULAR,
    ActionKind.CIRCULAR_CRITICISM: DocumentKind.CIRCULAR,
}
"""The paper of each kind that has one."""
NEEDED = (ActionKind.URGING_ORDER, ActionKind.TALK, ActionKind.CIRCULAR)
"""Served by their paper and not without. A 督导室 may have papers of its own series."""
IN_FORCE = (DocumentState.APPROVED, DocumentState.SERVED, DocumentState.RECEIPTED)


def may_serve(kind: str, document_state: str | None, supervisions_own: bool) -> bool:
    """What is to be served has its paper approved, or needs none: about the office that would draw it up, and the party
    organisation that this hosts, there is none.
    """
    if document_state is None:
        return kind not in NEEDED or supervisions_own
    return document_state in IN_FORCE


def may_draw_up(kind: str, document_state: str | None) -> bool:
    return kind in PAPERS and document_state in (None, DocumentState.VOIDED)


_STATE = sa.select(DOCUMENT.c.state).where(DOCUMENT.c.id == sa.bindparam("document"))
_CITED = (
    sa.select(TRIGGER.c.kind, TRIGGER.c.source_id, TRIGGER.c.said)
    .where(TRIGGER.c.action_id == sa.bindparam("action"))
    .order_by(TRIGGER.c.id)
)
_UNIT = sa.select(UNIT.c.name).where(UNIT.c.id == sa.bindparam("unit"))
_SUPERVISIONS_OWN = sa.select(SUPERVISIONS_OWN).where(ACTION.c.id == sa.bindparam("action"))


def is_supervisions_own(tx: Tx, action_id: int) -> bool:
    about = {**tx.actor.binds, "action": action_id}
    own: bool = tx.connection.execute(_SUPERVISIONS_OWN, about).scalar_one()
    return own


def state_of(tx: Tx, document_id: int | None) -> str | None:
    if document_id is None:
        return None
    state: str = tx.connection.execute(_STATE, {"document": document_id}).scalar_one()
    return state


def drawn_up(tx: Tx, row: Any) -> Draft:
    """The paper of an approved action. What is confidential is not told on it."""
    cited = [each for each in tx.connection.execute(_CITED, {"action": row.id}) if each.kind not in triggers.hidden()]
    unit: str = tx.connection.execute(_UNIT, {"unit": row.unit_id}).scalar_one()
    facts = [each.said for each in cited] or [row.reason]
    write = {DocumentKind.URGING_ORDER: _order, DocumentKind.TALK_NOTICE: _talk, DocumentKind.CIRCULAR: _circular}
    draft = write[PAPERS[ActionKind(row.kind)]](tx, row, unit, _numbered(facts))
    rows = [(triggers.SOURCES[each.kind].cites, each.source_id) for each in cited if each.kind in triggers.SOURCES]
    draft.unit_ids = [row.unit_id]
    draft.cites = [{column: source_id} for column, source_id in dict.fromkeys(rows) if column]
    return draft


def _numbered(facts: Sequence[str]) -> list[str]:
    return [f"{n}.{fact.rstrip('。')}。" for n, fact in enumerate(facts, 1)]


def _order(tx: Tx, row: Any, unit: str, facts: list[str]) -> Draft:
    by = long_day(tx.workdays.add(tx.today, REPLY_WITHIN))
    lines = [
        "你单位下列事项没有按要求完成，经研究，决定予以督办：",
        "一、督办事项",
        *facts,
        "二、办理要求",
        f"请你单位主要负责人牵头，查明原因，落实措施，于{by}前办结，并书面答复办理情况，附印证资料。",
        "收到本单后请及时回执。逾期仍未办结的，将予以约谈、通报。",
    ]
    return Draft(f"关于{unit}有关事项的督办单", lines, [])


def _talk(_tx: Tx, row: Any, unit: str, facts: list[str]) -> Draft:
    lines = [
        "一、约谈事由",
        "你单位有下列情形：",
        *facts,
        "二、有关要求",
        "请被约谈人准备书面材料，说明情况、原因和下一步措施，按时参加，不得由他人代替。"
        f"约谈后{REPLY_WITHIN}个工作日内书面答复整改情况。收到本通知后请及时回执。",
    ]
    whom = f"{unit}{row.person}" if row.person else f"{unit}主要负责人"
    return Draft("约谈通知书", lines, [], fields={"talk_with": whom})


def _circular(_tx: Tx, row: Any, unit: str, facts: list[str]) -> Draft:
    whom = f"{unit}{row.person or ''}"
    act = ACTION_KIND_LABELS[ActionKind(row.kind)]
    lines = [
        f"经核查，{unit}有下列情形，决定对{whom}予以{act}：",
        "一、有关情况",
        *facts,
        "二、工作要求",
        f"{unit}要认真整改，{REPLY_WITHIN}个工作日内书面答复整改情况，附印证资料。各单位要引以为戒，对照检查，举一反三。",
    ]
    return Draft(f"关于对{whom}予以{act}的通报", lines, [])
