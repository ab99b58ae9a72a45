"""Every write to cases: what is found out, who handles them, and what is said of them in the end."""

import secrets
from typing import Any

import sqlalchemy as sa

from app.cases import circulars, clues, handlers
from app.cases.models import (
    CASE,
    HANDLER,
    OFFICE,
    CaseCreate,
    CaseFile,
    CaseHandler,
    CaseNote,
    CaseOffice,
    CaseOfficePut,
    CasePatch,
    CaseSource,
    HandlerOf,
    NoteCreate,
    TakeOver,
)
from app.cases.rules import CLUE, HANDLING, NEWS, OFFICES, POLICY, WORKFLOW
from app.core.audit import record
from app.core.errors import Conflict, FieldError, NotFound, invalid
from app.core.naming import folded, is_named
from app.core.operation import Put, Tx, operation
from app.core.policy import Actor, Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.identity.access import resolve
from app.identity.models import USER
from app.notifications.models import Kind
from app.notifications.operations import tell_person
from app.notifications.rules import seen_by
from app.units.groups import absence, exists_on
from app.units.models import UnitKind
from app.units.operations import hold_district, office_of_district, unit_of_district

SMALLEST, HOW_MANY = 10**9, 9 * 10**9
"""Ten digits, drawn at random."""
CONCLUDING = {"conclusion": "结论", "measures": "处理措施"}
seen_by("case_file", POLICY)
seen_by("case_circular", NEWS)


@operation("case_file.create")
def create(tx: Tx, given: CaseCreate) -> int:
    """A clue, handled by whoever registers it; never about a unit of one's own."""
    require(tx.actor, *HANDLING)
    unit = _concerned(tx, clues.unit_of(tx, given))
    _refuse_own_name(tx, given.person)
    fields = given.model_dump(exclude={"unit_id"}) | {"person_folded": folded(given.person or "")}
    of_discipline = tx.actor.has(Role.DISCIPLINE)
    case_id = SMALLEST + secrets.randbelow(HOW_MANY)
    tx.add(CaseFile(id=case_id, **fields, unit_id=unit.id, of_discipline=of_discipline))
    if tx.actor.user_id is not None:
        tx.add(CaseHandler(district_id=unit.district_id, case_file_id=case_id, user_id=tx.actor.user_id))
    return case_id


def _concerned(tx: Tx, unit_id: int | None) -> Any:
    """A unit of the district that a case may be about; never one of the actor's own."""
    if unit_id is None:
        raise invalid("unit_id", "请选择涉及的单位")
    unit = unit_of_district(tx, unit_id)
    if unit.kind == UnitKind.BUREAU:
        raise invalid("unit_id", f"请选择{unit.name}所属的单位")
    if not tx.actor.is_stranger_to(unit_id):
        raise invalid("unit_id", "不能登记涉及本单位的线索，请交由督查室或派驻组登记")
    return unit


def _refuse_own_name(tx: Tx, person: str | None) -> None:
    """Whoever is called so sees the case no more."""
    if is_named(tx.actor.name, person or ""):
        raise invalid("person", "所写的被反映人含有您的姓名（本人、同名或部分相同），您应当回避，请交由他人登记或填写")


@operation("case_file.edit")
def edit(tx: Tx, case_id: int, given: CasePatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, case_id, "edit")
    case = changing(tx, CaseFile, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "unit_id", "category", "source", "title", "text")
    if changes.get("unit_id", row.unit_id) != row.unit_id:
        if row.state != CLUE:
            raise invalid("unit_id", "已开始初核，不能再改涉及的单位")
        _concerned(tx, changes["unit_id"])
    if "person" in changes:
        _refuse_own_name(tx, given.person)
        changes["person_folded"] = folded(given.person or "")
    source = changes.get("source", row.source)
    if source != row.source and CaseSource.FINDING in (source, row.source):
        raise invalid("source", "由督查问题转来的线索，来源不能改；其他线索的来源不能改为督查问题")
    if source != row.source and row.complaint_id is not None:
        raise invalid("source", "由信访举报转来的线索，来源不能改")
    case.sqlmodel_update(changes)
    tx.session.flush()
    return case_id


@operation("case_note.create")
def add_note(tx: Tx, case_id: int, given: NoteCreate) -> int:
    WORKFLOW.guard(tx, case_id, "add_note")
    tx.add(CaseNote(case_file_id=case_id, user_id=tx.actor.user_id, text=given.text))
    return case_id


# Who handles it


@operation("case_file.add_handler")
def add_handler(tx: Tx, case_id: int, given: HandlerOf) -> int:
    row = WORKFLOW.guard(tx, case_id, "add_handler")
    person = _person(tx, given.user_id)
    if not person.has(*HANDLING):
        raise invalid("user_id", f"{person.name}不是督查室、派驻组或股室的人员，不能承办")
    if handlers.must_withdraw(person, handlers.about(tx, case_id)):
        raise invalid("user_id", f"{person.name}属于涉及的单位，或被反映人含有其姓名，应当回避，请另选")
    if given.user_id in handlers.handlers_of(tx, case_id):
        raise Conflict(f"{person.name}已是承办人", code="handles_already")
    tx.add(CaseHandler(district_id=row.district_id, case_file_id=case_id, user_id=given.user_id))
    record(tx, "case_file", case_id, after={"user_id": given.user_id}, reason=person.name)
    tell_person(tx, given.user_id, Kind.ASSIGNED, "case_file", case_id)
    return case_id


def _person(tx: Tx, user_id: int) -> Actor:
    """Somebody of the district who may log in today."""
    known = sa.select(USER.c.id).where(USER.c.id == user_id, USER.c.district_id == tx.actor.district_id)
    found = tx.connection.execute(known).scalar_one_or_none()
    person = resolve(tx.connection, found, tx.today) if found is not None else None
    if person is None:
        raise invalid("user_id", f"没有编号为 {user_id} 的用户，请重新选择")
    return person


@operation("case_file.remove_handler")
def remove_handler(tx: Tx, case_id: int, given: HandlerOf) -> None:
    """Who knows nothing of it from now on; somebody is left who can act (409)."""
    row = WORKFLOW.guard(tx, case_id, "remove_handler")
    tx.connection.execute(sa.select(CASE.c.id).where(CASE.c.id == row.id).with_for_update())
    known = handlers.handlers_of(tx, case_id)
    if given.user_id not in known:
        raise Conflict("这位用户不是承办人", code="no_handler")
    if not handlers.somebody_can(tx, known.keys() - {given.user_id}, handlers.about(tx, case_id)):
        others = "至少要有一名能够承办的人员（已停用、调离和应当回避的不算），请先增加其他承办人"
        raise Conflict(others, code="last_handler")
    mine = sa.delete(HANDLER).where(HANDLER.c.case_file_id == case_id, HANDLER.c.user_id == given.user_id)
    tx.connection.execute(mine)
    record(tx, "case_file", case_id, before={"user_id": given.user_id}, reason=known[given.user_id])


@operation("case_file.take_over")
def take_over(tx: Tx, case_id: int, given: TakeOver) -> int:
    """By the supervisor or the stationed team, while nobody who handles it can act; else it does not exist for them."""
    tx.connection.execute(sa.select(CASE.c.id).where(CASE.c.id == case_id).with_for_update())
    row = handlers.to_take_over(tx, case_id)
    if row is None or tx.actor.user_id is None:
        raise NotFound()
    tx.add(CaseHandler(district_id=row.district_id, case_file_id=case_id, user_id=tx.actor.user_id))
    record(tx, "case_file", case_id, after={"user_id": tx.actor.user_id}, reason=given.note)
    return case_id


# Steps


def _check_office(tx: Tx, row: Any) -> None:
    """Of a category for which the bureau has named an office, somebody of it handles the case; not where the office
    itself has to do with the unit concerned, as all its people must withdraw then."""
    named = sa.select(OFFICE.c.office_id).where(
        OFFICE.c.district_id == row.district_id, OFFICE.c.category == row.category, OFFICE.c.office_id.is_not(None)
    )
    office_id = tx.connection.execute(named).scalar_one_or_none()
    if office_id is None or office_id in handlers.involved(tx, row.unit_id):
        return
    people = (resolve(tx.connection, user_id, tx.today) for user_id in handlers.handlers_of(tx, row.id))
    if not any(person is not None and office_id in person.offices for person in people):
        name = unit_of_district(tx, office_id).name
        missing = FieldError("/user_id", f"请先增加{name}的承办人")
        raise Conflict(f"这一类案件须有{name}的人员参加承办", code="office_missing", errors=[missing])


@operation("case_file.examine")
def examine(tx: Tx, case_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, case_id, "examine", note)
    _check_office(tx, row)
    WORKFLOW.step(tx, row, "examine", note)
    return case_id


@operation("case_file.file")
def file(tx: Tx, case_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, case_id, "file", note)
    _check_office(tx, row)
    WORKFLOW.step(tx, row, "file", note, filed_at=tx.now)
    return case_id


@operation("case_file.conclude")
def conclude(tx: Tx, case_id: int, note: str | None = None) -> int:
    """409 without conclusion and measures."""
    row = WORKFLOW.guard(tx, case_id, "conclude", note)
    _check_office(tx, row)
    lacking = [FieldError(f"/{name}", f"请填写{words}") for name, words in CONCLUDING.items() if not getattr(row, name)]
    if lacking:
        raise Conflict("还不能结案：结论和处理措施没有填完", code="incomplete", errors=lacking)
    WORKFLOW.step(tx, row, "conclude", note, concluded_at=tx.now)
    return case_id


@operation("case_file.close")
def close(tx: Tx, case_id: int, note: str | None = None) -> int:
    """Not filed."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, case_id, "close", note), "close", note)
    return case_id


@operation("case_file.reopen")
def reopen(tx: Tx, case_id: int, note: str | None = None) -> int:
    """It should have been looked into; a clue once more."""
    WORKFLOW.step(tx, WORKFLOW.guard(tx, case_id, "reopen", note), "reopen", note)
    return case_id


STEPS = {
    "examine": examine,
    "file": file,
    "conclude": conclude,
    "draw_up": circulars.draw_up,
    "close": close,
    "reopen": reopen,
}


# Which office takes part


def _check_taking_part(tx: Tx, office_id: int) -> None:
    office = office_of_district(tx, office_id, "参加承办的须是股室或二级单位")
    if not exists_on(office, tx.today):
        raise invalid("office_id", f"{office.name}{absence(office, tx.today)}，请选择在用的股室")


@operation("case_office.put")
def put_office(tx: Tx, given: CaseOfficePut) -> Put:
    """The office that takes part in cases of a category from now on."""
    require(tx.actor, Role.SUPERVISOR)
    if given.office_id is not None:
        _check_taking_part(tx, given.office_id)
    hold_district(tx)
    known = sa.select(OFFICE.c.id).where(
        OFFICE.c.district_id == tx.actor.district_id, OFFICE.c.category == given.category
    )
    row_id = tx.connection.execute(known).scalar_one_or_none()
    if row_id is None:
        made = tx.add(CaseOffice(**given.model_dump()))
        assert made.id is not None
        return Put(made.id, True)
    changing(tx, CaseOffice, find(tx, OFFICES, row_id)).office_id = given.office_id
    tx.session.flush()
    return Put(row_id, False)
