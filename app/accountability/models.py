"""Accountability (问责): what is done about a unit, or a person of it, that is slow or works poorly; what each cites;
and the ladder that proposes it.

The sanctions are the closed list of 《教育督导问责办法》 (国务院教育督导委员会, in force since 1 September 2021), its
chapter on the ways of holding to account: of units 公开批评, 约谈, 督导通报, 资源调整; of persons 责令检查, 约谈,
通报批评, 组织处理 and 移送. Its 行政处罚 and 处分 are other authorities' to impose, to whom one transfers.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.appointments.models import AnsweredFor
from app.core.models import (
    IDS_ONCE,
    Audited,
    Code,
    Date,
    Flag,
    Id,
    Input,
    Name,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
    whole,
)


class ActionKind(StrEnum):
    REMINDER = "reminder"
    URGING_ORDER = "urging_order"
    TALK = "talk"
    CIRCULAR = "circular"
    OPEN_CRITICISM = "open_criticism"
    SUPERVISION_TALK = "supervision_talk"
    SUPERVISION_CIRCULAR = "supervision_circular"
    RESOURCE_ADJUSTMENT = "resource_adjustment"
    SELF_EXAMINATION = "self_examination"
    PERSONAL_TALK = "personal_talk"
    CIRCULAR_CRITICISM = "circular_criticism"
    ORGANISATIONAL_HANDLING = "organisational_handling"
    REFERRAL = "referral"


ACTION_KIND_LABELS = {
    ActionKind.REMINDER: "提醒",
    ActionKind.URGING_ORDER: "督办",
    ActionKind.TALK: "约谈",
    ActionKind.CIRCULAR: "通报",
    ActionKind.OPEN_CRITICISM: "公开批评",
    ActionKind.SUPERVISION_TALK: "督导约谈",
    ActionKind.SUPERVISION_CIRCULAR: "督导通报",
    ActionKind.RESOURCE_ADJUSTMENT: "资源调整",
    ActionKind.SELF_EXAMINATION: "责令检查",
    ActionKind.PERSONAL_TALK: "约谈责任人",
    ActionKind.CIRCULAR_CRITICISM: "通报批评",
    ActionKind.ORGANISATIONAL_HANDLING: "组织处理",
    ActionKind.REFERRAL: "移送",
}
SANCTIONS_OF_UNITS = (
    ActionKind.OPEN_CRITICISM,
    ActionKind.SUPERVISION_TALK,
    ActionKind.SUPERVISION_CIRCULAR,
    ActionKind.RESOURCE_ADJUSTMENT,
)
SANCTIONS_OF_PERSONS = (
    ActionKind.SELF_EXAMINATION,
    ActionKind.PERSONAL_TALK,
    ActionKind.CIRCULAR_CRITICISM,
    ActionKind.ORGANISATIONAL_HANDLING,
    ActionKind.REFERRAL,
)
SANCTIONS = (*SANCTIONS_OF_UNITS, *SANCTIONS_OF_PERSONS)
OF_UNITS = tuple(kind for kind in ActionKind if kind not in SANCTIONS_OF_PERSONS)
"""What the ladder may propose: it knows units, not persons."""
TO_PERFORM = (
    ActionKind.TALK,
    ActionKind.SUPERVISION_TALK,
    ActionKind.RESOURCE_ADJUSTMENT,
    ActionKind.SELF_EXAMINATION,
    ActionKind.PERSONAL_TALK,
    ActionKind.ORGANISATIONAL_HANDLING,
    ActionKind.REFERRAL,
)
"""Not done by being served: what was done is recorded before the unit replies."""


class ActionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    SERVED = "served"
    PERFORMED = "performed"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


ACTION_STATE_LABELS = {
    ActionState.PROPOSED: "待批准",
    ActionState.APPROVED: "待送达",
    ActionState.SERVED: "已送达",
    ActionState.PERFORMED: "已执行",
    ActionState.REPLIED: "已答复",
    ActionState.CLOSED: "已办结",
    ActionState.WITHDRAWN: "已撤回",
}
MOST_TRIGGERS = 50
_OF_A_PERSON = " OR ".join(f"kind = '{kind.value}'" for kind in SANCTIONS_OF_PERSONS)


class AccountabilityAction(Audited, table=True):
    __tablename__ = "accountability_action"
    __table_args__ = (
        sa.CheckConstraint(f"(person IS NOT NULL) = ({_OF_A_PERSON})", name="person"),
        sa.Index("ix_accountability_action_district", "district_id", "id"),
        sa.Index("ix_accountability_action_state", "district_id", "state", "id"),
        sa.Index("ix_accountability_action_unit", "unit_id", "id"),
        sa.UniqueConstraint("document_id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "accountability_action"

    unit_id: int = id_column("unit.id", index=False)
    kind: ActionKind = enum_column(ActionKind, "kind")
    state: ActionState = enum_column(ActionState, "state", default=ActionState.PROPOSED)
    appointment_id: int | None = id_column("appointment.id", default=None, nullable=True)
    person: str | None = Field(default=None, max_length=100)
    """Whom a sanction of persons is about, as the appointment names them or as written."""
    reason: str = text_column()
    rung_id: int | None = id_column("accountability_rung.id", default=None, nullable=True)
    """Which rung of the ladder proposed it; None: a person did."""
    proposed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    """None: the daily run."""
    approved_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    approved_at: datetime | None = instant_column(default=None, nullable=True)
    document_id: int | None = id_column("document.id", index=False, default=None, nullable=True)
    """The paper by which it is served."""
    served_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    served_at: datetime | None = instant_column(default=None, nullable=True)
    """Since then its unit knows of it."""
    reply_by: date | None = None
    performance: str | None = text_column(default=None, nullable=True)
    """What was done: how the talk went, what was adjusted, to whom it was referred."""
    performed_at: datetime | None = instant_column(default=None, nullable=True)
    reply: str | None = text_column(default=None, nullable=True)
    replied_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    replied_at: datetime | None = instant_column(default=None, nullable=True)
    effect: str | None = text_column(default=None, nullable=True)
    """What came of it, as whoever closed it found."""
    closed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    closed_at: datetime | None = instant_column(default=None, nullable=True)
    is_past: bool = False
    """Of an earlier year, brought in as it ended: nothing of it is to be done any more."""
    past_number: str | None = Field(default=None, max_length=100)
    """How the paper of such a one was numbered; all others have theirs in the system."""


class AccountabilityTrigger(Owned, table=True):
    """What an action cites: a row of a registered kind (``triggers.py``), and what was to be said of it that day."""

    __tablename__ = "accountability_trigger"
    __table_args__ = (
        sa.UniqueConstraint("action_id", "kind", "source_id"),
        # From a row to what cites it.
        sa.Index("ix_accountability_trigger_source", "source_id", "kind"),
        IDS_ONCE,
    )

    district_id: int = id_column("unit.id", index=False)
    action_id: int = id_column("accountability_action.id", index=False)
    kind: str = Field(max_length=40)
    source_id: int = Field(sa_type=sa.BigInteger)
    said: str = text_column()


class AccountabilityFormerPaper(Owned, table=True):
    """A paper of an action that was voided and drawn up anew: nobody knows what it says sooner than the new one."""

    __tablename__ = "accountability_former_paper"
    __table_args__ = (sa.UniqueConstraint("document_id"),)

    district_id: int = id_column("unit.id", index=False)
    action_id: int = id_column("accountability_action.id")
    document_id: int = id_column("document.id", index=False)


class AccountabilityRung(Audited, table=True):
    """One rung of the ladder (问责阶梯): from which figure on a kind of trigger proposes what."""

    __tablename__ = "accountability_rung"
    __table_args__ = (sa.UniqueConstraint("district_id", "trigger", "threshold", "proposes"),)
    audit_name: ClassVar[str] = "accountability_rung"

    trigger: str = Field(max_length=40)
    threshold: int
    """Workdays overdue, times sent back, places from the bottom: as the kind of trigger says it."""
    proposes: ActionKind = enum_column(ActionKind, "proposes")
    enabled: bool = True


class AccountabilityClaim(Owned, table=True):
    """That a rung has been triggered by a source: once, however often and by however many it is run."""

    __tablename__ = "accountability_claim"
    __table_args__ = (sa.UniqueConstraint("rung_id", "unit_id", "source_id", "period"),)

    district_id: int = id_column("unit.id", index=False)
    rung_id: int = id_column("accountability_rung.id", index=False)
    unit_id: int = id_column("unit.id")
    source_id: int = Field(sa_type=sa.BigInteger)
    period: str = Field(default="", max_length=20)
    """Where a source comes again: a ranking each quarter, what is overdue with each of its deadlines."""


ACTION, TRIGGER, RUNG, CLAIM = (
    table_of(m) for m in (AccountabilityAction, AccountabilityTrigger, AccountabilityRung, AccountabilityClaim)
)
FORMER_PAPER = table_of(AccountabilityFormerPaper)


class Cited(Input):
    """A row that is cited: ``overdue_assignment``, ``overdue_rectification``, ``refused_recheck`` or ``finding`` with
    that row's id, ``bottom_rank`` with the plan's."""

    kind: Code
    source_id: Id


class ActionCreate(Input):
    """A proposal by hand. Sanctions of persons need ``appointment_id`` or ``person``; all others have neither."""

    unit_id: Id
    kind: ActionKind
    appointment_id: Id | None = None
    person: Name | None = None
    reason: Text
    triggers: list[Cited] = Field(min_length=1, max_length=MOST_TRIGGERS)


class PastAction(Input):
    """One of an earlier year as it ended, in the words of its ledger."""

    unit_id: Id
    kind: ActionKind
    person: Name | None = None
    reason: Text
    said: Text | None = None
    """What gave rise to it; its unit is not shown it."""
    number: Name | None = None
    approved_on: Date | None = None
    served_on: Date
    reply_by: Date | None = None
    performance: Text | None = None
    reply: Text | None = None
    replied_on: Date | None = None
    effect: Text | None = None
    closed_on: Date


class ActionPatch(Input):
    """While it waits to be approved."""

    kind: ActionKind | None = None
    person: Name | None = None
    reason: Text | None = None


class TriggerRead(BaseModel):
    kind: str
    label: str
    source_id: int
    said: str
    """As it stood when it was cited."""
    resource: str | None
    """The noun of the row in the API, where the reader may read it."""
    row_id: int | None


class ActionRead(ReadBase):
    unit_id: int
    unit_name: str
    kind: ActionKind
    person: str | None
    state: ActionState
    overdue: bool
    """The reply is awaited and its day is past."""
    reason: str
    triggers: list[TriggerRead]
    is_past: bool
    """Of an earlier year, brought in from a table; who proposed it is then who brought it in."""
    rung_id: int | None
    proposed_by_name: str | None
    """None: the ladder's daily run."""
    approved_by_name: str | None
    approved_at: datetime | None
    document_id: int | None
    document_number: str | None
    served_by_name: str | None
    served_at: datetime | None
    reply_by: date | None
    performance: str | None
    performed_at: datetime | None
    reply: str | None
    replied_by_name: str | None
    replied_at: datetime | None
    effect: str | None
    closed_by_name: str | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CitingRead(BaseModel):
    """An action that cites a row, as that row's page names it."""

    id: int
    unit_id: int
    unit_name: str
    kind: ActionKind
    person: str | None
    state: ActionState


class ActionDetail(AnsweredFor, ActionRead):
    """With its evidence, how its document stands, and the records of its talk."""

    document_state: str | None
    evidence: list[dict[str, Any]]
    records: list[dict[str, Any]]
    """约谈记录 that were drawn up for its notice, as far as the reader sees papers."""


class ProposalRead(BaseModel):
    """What a run would propose."""

    rung_id: int
    rung: str
    """The rung in words: 任务逾期满 10 个工作日."""
    kind: ActionKind
    unit_id: int
    unit_name: str
    said: list[str]


class PreviewRead(BaseModel):
    """``total`` proposals, the first of which are ``data``."""

    total: int
    data: list[ProposalRead]


class RunRead(BaseModel):
    """Ids of the actions that were proposed."""

    proposed: list[int]


class RungCreate(Input):
    trigger: Code
    threshold: whole(1, 400)  # type: ignore[valid-type]
    proposes: ActionKind
    enabled: Flag = True


class RungPatch(Input):
    threshold: whole(1, 400) | None = None  # type: ignore[valid-type]
    proposes: ActionKind | None = None
    enabled: Flag | None = None


class RungRead(ReadBase):
    trigger: str
    trigger_label: str
    condition: str
    """In words."""
    threshold: int
    proposes: ActionKind
    enabled: bool
    created_at: datetime
    updated_at: datetime
