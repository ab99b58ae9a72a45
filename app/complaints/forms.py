"""What the public sends, and what it is told."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, StringConstraints

from app.complaints.models import Arrival, Category, Channel, ComplaintState, MessageTold, Result, Satisfaction
from app.core.models import Date, Flag, Id, Input, Name, Note, Text, clean
from app.settings import Settings

NOTICE = (
    "未成年人正在受到伤害或面临危险的，请立即拨打 110 报警；也可拨打 12355（青少年服务台）、12309（检察服务）。"
    "学校和教职工发现的，依法必须立即报案，不能以在这里反映代替。"
)


DUTY = (
    "反映的是伤害未成年人：依照未成年人保护法，应当立即向公安机关报案，并报告本局主要负责人，不等核实；"
    "当日受理，不得要求举报人或未成年人反复陈述，不得向被反映的单位和个人透露。"
)
"""For whoever handles it (强制报告)."""


def notice_of(settings: Settings) -> str:
    """Whom to call at once where a minor is being harmed (强制报告)."""
    return settings.report_notice or NOTICE


Receipt = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=60)]
Contact = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=5, max_length=100)]


class Reported(Input):
    """``unit_id`` of the list, or ``unit_named`` in the reporter's own words, or both empty where only a person is
    known. A name makes it a real-name report (实名): a telephone number or an e-mail address goes with it.
    """

    unit_id: Id | None = None
    unit_named: Name | None = None
    accused: Name | None = None
    category: Category
    text: Text
    name: Name | None = None
    contact: Contact | None = None


class ComplaintSubmit(Reported):
    """``unit_id`` of the list, or ``unit_named`` in the reporter's own words, or both empty where only a person is
    known. ``bureau_id`` is needed where several bureaus share the installation and no unit was chosen.

    A name makes it a real-name report (实名): a telephone number or an e-mail address goes with it.
    """

    bureau_id: Id | None = None


class ComplaintRegister(Reported):
    """What came by letter, visit or telephone, or was handed down; ``received_on`` is the day on which it came in, from
    which deadlines run: not ahead, and not more than a year ago. Whom it is about as for a report of the public's own;
    name and contact are kept apart and sealed like theirs.
    """

    channel: Arrival
    received_on: Date


class PastComplaint(Input):
    """A line of a paper ledger, as it ended: ``replied`` with a result, ``not_accepted`` or ``transferred``."""

    channel: Channel
    received_on: Date
    named: Flag = False
    """Whether the reporter gave a name; which, is not taken."""
    category: Category
    unit_id: Id
    accused: Name | None = None
    text: Text
    handling_unit_id: Id | None = None
    state: ComplaintState
    result: Result | None = None
    conclusion: Text | None = None
    closed_on: Date
    replied_on: Date | None = None


class ByReceipt(Input):
    receipt: Receipt


class ReporterAnswer(ByReceipt):
    text: Text


class ReporterRating(ByReceipt):
    satisfaction: Satisfaction
    feedback: Note | None = None


class ReceiptRead(BaseModel):
    """Shown once: nobody can find it out again."""

    receipt: str
    """24 characters in groups of four; spaces, hyphens and small letters are taken as well."""
    received_on: date


class RegisteredRead(ReceiptRead):
    """``receipt`` is for whoever brought it, and shown once; ``code`` for the letter."""

    code: str
    complaint_id: int | None
    """Null where whoever registered it may not see it from now on."""


class BureauOffered(BaseModel):
    id: int
    name: str


class UnitOffered(BaseModel):
    id: int
    bureau_id: int
    name: str
    kind: str


class FormRead(BaseModel):
    """What a form of one's own needs to know."""

    bureaus: list[BureauOffered]
    units: list[UnitOffered]
    categories: dict[Category, str]
    notice: str
    """Whom to call at once where a minor is being harmed."""


class StatusRead(BaseModel):
    """What a reporter sees of their own complaint. ``conclusion`` comes with the reply."""

    state: ComplaintState
    state_label: str
    received_on: date
    category: Category
    named: bool
    may_answer: bool
    may_rate: bool
    result: Result | None
    conclusion: str | None
    satisfaction: Satisfaction | None
    messages: list[MessageTold]
    files: int
    notice: str | None
    """What could not be taken out of the file just sent (the metadata of a HEIC photograph), and how to mend it."""
