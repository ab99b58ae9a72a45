"""What the public does: report, and go on by receipt. Nothing tells who or from where, and no time but the day.

Rows and events that a reporter's act leaves carry the beginning of the day; ``updated_at`` carries its end, so that
whoever mirrors the list misses nothing.
"""

import base64
import secrets
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.complaints import identities, limiting, team, telling
from app.complaints.forms import ByReceipt, ComplaintSubmit, Reported, ReporterAnswer, ReporterRating
from app.complaints.models import (
    COMPLAINT,
    COMPLAINT_STATE_LABELS,
    FILE,
    MESSAGE,
    Category,
    Channel,
    ComplaintState,
    MessageKind,
)
from app.complaints.rules import ASKING, ENDED, NOT_ACCEPTED, REPLIED, TRANSFERRED
from app.core.audit import audited_write, record
from app.core.calendar import workdays
from app.core.db import insert_or_update, unbounded
from app.core.errors import Conflict, Problem, invalid
from app.core.naming import folded as name_folded
from app.core.operation import Reader, Tx, operation
from app.core.policy import Actor
from app.core.secrecy import keyed_hash
from app.units import groups
from app.units.models import OFFICES, SCHOOLS, UNIT, UnitKind
from app.units.queries import only_bureau

OFFERED = (*SCHOOLS, UnitKind.TRAINING_INSTITUTION, *OFFICES, UnitKind.BUREAU)
"""Kinds of units that may be complained of here; of the discipline team its own superiors hear (``team``)."""
_KEPT: set[str] = {"unit_id", "unit_named", "accused", "category", "text"}
CODE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BYTES = 15
"""Of a receipt: 120 bits, 24 characters."""
_ALIKE = str.maketrans("018", "OIB")


# Receipts


def receipt_of(secret: str, nonce: str, given: Reported) -> str:
    """The same for the same form sent twice: the second time is the first one's. ``nonce`` is the form's own, random.

    Whoever sends another's nonce with another text gets a receipt, and a complaint, of their own.
    """
    digest = bytes.fromhex(keyed_hash(secret, "complaint receipt", f"{nonce}\n{given.model_dump_json()}"))
    return base64.b32encode(digest[:BYTES]).decode()


def grouped(receipt: str) -> str:
    return "-".join(receipt[at : at + 4] for at in range(0, len(receipt), 4))


def folded(receipt: str) -> str:
    """As people copy it: small letters, spaces and hyphens, figures that look like letters."""
    return "".join(c for c in receipt.upper() if c.isalnum()).translate(_ALIKE)


def hash_of(secret: str, receipt: str) -> str:
    return keyed_hash(secret, "complaint receipt kept", folded(receipt))


# Reporting


def untraced(tx: Tx, district_id: int) -> None:
    """From here on the transaction is nobody's, of the day as a whole, and led to by no request."""
    tx.now, tx.request_id = limiting.begun(tx.today), ""
    tx.actor = Actor(user_id=None, district_id=district_id)


def end_of(tx: Tx) -> datetime:
    return limiting.begun(tx.today) + timedelta(days=1) - timedelta(seconds=1)


@operation("complaint.submit")
def submit(tx: Tx, given: ComplaintSubmit, nonce: str, channel: Channel = Channel.WEB) -> str:
    """A complaint, and its receipt: the only time that it is told."""
    check(given)
    district_id = _district(tx, given)
    team.refuse(tx, district_id, given)
    receipt = receipt_of(tx.settings.secret, nonce, given)
    untraced(tx, district_id)
    made = keep(tx, given, receipt, channel, tx.today, updated_at=end_of(tx))
    if made is not None:
        record(tx, "complaint", made, after={"state": "received", "category": given.category.value})
    return receipt


def keep(
    tx: Tx, given: Reported, receipt: str, channel: Channel, received_on: date, updated_at: datetime
) -> int | None:
    """The row, who reported it, and those who must know: in the district of whoever acts. None: it is there already.

    503 without the key for a name, and nothing is kept.
    """
    district_id = tx.actor.district_id
    assert district_id is not None
    due = accept_by(tx, given.category, received_on)
    values = {
        **given.model_dump(include=_KEPT),
        "accused_folded": name_folded(given.accused or ""),
        **{"district_id": district_id, "version": 1, "created_at": tx.now, "updated_at": updated_at},
        **{"code": code_of(received_on), "channel": channel, "named": given.name is not None},
        **{"received_on": received_on, "due_on": due, "accept_by": due},
        **{"receipt_hash": hash_of(tx.settings.secret, receipt), "state": ComplaintState.RECEIVED},
        **{"extended_days": 0, "answered": False},
    }
    once = insert_or_update(tx.connection, COMPLAINT).on_conflict_do_nothing(index_elements=[COMPLAINT.c.receipt_hash])
    with audited_write(tx.connection):
        made: int | None = tx.connection.execute(once.values(values).returning(COMPLAINT.c.id)).scalar_one_or_none()
    if made is not None:
        if given.name is not None:
            identities.seal(tx, made, district_id, given)
        telling.received(tx, made)
    return made


def code_of(received_on: date) -> str:
    """Drawn, not counted."""
    return f"{received_on.year}-" + "".join(secrets.choice(CODE) for _ in range(6))


def accept_by(tx: Tx, category: Category, received_on: date) -> date:
    """Harm to a minor waits for nobody: on the workday it comes in, or on the next."""
    assert tx.actor.district_id is not None
    calendar = workdays(tx.connection, tx.actor.district_id)
    if category != Category.HARM:
        return calendar.add(received_on, tx.settings.complaint_accept_workdays)
    return received_on if calendar.is_workday(received_on) else calendar.add(received_on, 1)


def check(given: Reported) -> None:
    if (given.name is None) != (given.contact is None):
        missing, words = ("contact", "电话或邮箱") if given.contact is None else ("name", "姓名")
        raise invalid(missing, f"实名举报请同时填写{words}；匿名举报请把姓名和联系方式都留空")
    if given.unit_id is not None and given.unit_named is not None:
        raise invalid("unit_named", "已在名单中选择单位，这里请留空")


def _district(tx: Tx, given: ComplaintSubmit) -> int:
    """Of the unit complained of, else of the bureau that was named, else of the only one."""
    if given.unit_id is not None:
        return int(offered_unit(tx, given.unit_id).district_id)
    if given.bureau_id is not None:
        of_bureau = sa.select(UNIT.c.id).where(UNIT.c.id == given.bureau_id, UNIT.c.kind == UnitKind.BUREAU)
        if (bureau_id := tx.connection.execute(of_bureau).scalar()) is None:
            raise invalid("bureau_id", "没有这个教育局，请重新选择")
        return int(bureau_id)
    bureau = only_bureau(tx)
    if bureau is None:
        raise invalid("bureau_id", "请选择向哪个教育局反映")
    return int(bureau.id)


def offered_unit(tx: Tx, unit_id: int) -> Any:
    unit = tx.connection.execute(sa.select(UNIT).where(UNIT.c.id == unit_id)).one_or_none()
    if unit is not None and unit.kind == UnitKind.DISCIPLINE_TEAM:
        raise invalid("unit_id", team.REFUSED)
    if unit is None or unit.kind not in OFFERED or not groups.exists_on(unit, tx.today):
        raise invalid("unit_id", "名单中没有这个单位，请重新选择，或在下面写出名称")
    return unit


# By receipt


def known(tx: Tx, receipt: str, address: str) -> Any:
    """The complaint that the receipt opens; the attempt does not count then. None for a wrong one."""
    mine = sa.select(COMPLAINT).where(COMPLAINT.c.receipt_hash == hash_of(tx.settings.secret, receipt))
    row = tx.connection.execute(mine).one_or_none()
    if row is not None:
        limiting.give_back(tx, limiting.receipts(tx.settings), address)
        untraced(tx, row.district_id)
    return row


@operation("complaint.look")
def look(tx: Tx, address: str, given: ByReceipt) -> dict[str, Any] | None:
    """How it stands; None for a receipt that opens nothing."""
    row = known(tx, given.receipt, address)
    return None if row is None else status(tx, row.id)


@operation("complaint.answer")
def answer(tx: Tx, address: str, given: ReporterAnswer) -> dict[str, Any] | Problem | None:
    """What the reporter adds, asked or not, while it is looked into."""
    row = known(tx, given.receipt, address)
    if row is None:
        return None
    if row.state not in ASKING:
        return Conflict("已经办结，不能再补充；有新的情况请另行反映", code="wrong_state")
    values = {"district_id": row.district_id, "complaint_id": row.id, "kind": MessageKind.ANSWER}
    tx.connection.execute(sa.insert(MESSAGE).values(**values, text=given.text, said_on=tx.today))
    telling.answered(tx, row)
    _touch(tx, row, answered=True)
    return status(tx, row.id)


@operation("complaint.rate")
def rate(tx: Tx, address: str, given: ReporterRating) -> dict[str, Any] | Problem | None:
    """Whether the reporter is satisfied with what came of it, said once."""
    row = known(tx, given.receipt, address)
    if row is None:
        return None
    if row.state not in ENDED or row.satisfaction is not None:
        return Conflict("答复后才能评价，每件评价一次", code="wrong_state")
    _touch(tx, row, satisfaction=given.satisfaction, feedback=given.feedback)
    return status(tx, row.id)


def _touch(tx: Tx, row: Any, **values: Any) -> None:
    """A reporter's change of the row, with its event: whoever edits it at the same time is told, as of any other."""
    changed = {"version": COMPLAINT.c.version + 1, "updated_at": end_of(tx), **values}
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(COMPLAINT).where(COMPLAINT.c.id == row.id).values(changed))
    record(tx, "complaint", row.id)


_STATUS = ("state", "received_on", "category", "named", "result", "satisfaction")
_SAID = sa.select(MESSAGE.c.kind, MESSAGE.c.text, MESSAGE.c.said_on).where(
    MESSAGE.c.complaint_id == sa.bindparam("complaint"), MESSAGE.c.kind != MessageKind.NOTE
)
_FILES = sa.select(sa.func.count()).where(FILE.c.complaint_id == sa.bindparam("complaint"))


def status(see: Reader, complaint_id: int) -> dict[str, Any]:
    """As its reporter sees it: neither who handles it nor what is noted within."""
    row = see.connection.execute(sa.select(COMPLAINT).where(COMPLAINT.c.id == complaint_id)).one()
    said = see.connection.execute(_SAID.order_by(MESSAGE.c.id), {"complaint": complaint_id})
    state = ComplaintState(row.state)
    told = state in (REPLIED, NOT_ACCEPTED, TRANSFERRED)
    return {name: getattr(row, name) for name in _STATUS} | {
        "state_label": COMPLAINT_STATE_LABELS[state],
        "may_answer": state in ASKING,
        "may_rate": state in ENDED and row.satisfaction is None,
        "result": row.result if told else None,
        "conclusion": row.conclusion if told else None,
        "messages": [dict(each._mapping) for each in said],
        "files": see.connection.execute(_FILES, {"complaint": complaint_id}).scalar_one(),
        "notice": None,
    }


# What the form offers

_BUREAUS = sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.kind == UnitKind.BUREAU).order_by(UNIT.c.id)
_UNITS = sa.select(UNIT).where(UNIT.c.kind.in_(OFFERED)).order_by(UNIT.c.district_id, UNIT.c.name, UNIT.c.id)
_ORDER = {kind: place for place, kind in enumerate(OFFERED)}


@unbounded
def offered(see: Reader) -> dict[str, Any]:
    """Bureaus, and the units that may be chosen, schools first."""
    units = [row for row in see.connection.execute(_UNITS) if groups.exists_on(row, see.today)]
    units.sort(key=lambda row: _ORDER[UnitKind(row.kind)])
    return {
        "bureaus": [{"id": row.id, "name": row.name} for row in see.connection.execute(_BUREAUS)],
        "units": [{"id": u.id, "bureau_id": u.district_id, "name": u.name, "kind": str(u.kind)} for u in units],
    }
