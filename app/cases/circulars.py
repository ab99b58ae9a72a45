"""The circular of a case (典型案例通报): an official document, drawn up from what was decided, known to the case's
handlers until it is served, and naming nobody; what it says is then read by the district."""

import re
from typing import Any

import sqlalchemy as sa

from app.cases import naming
from app.cases.models import CASE, CASE_CATEGORY_LABELS, CIRCULAR, CaseCategory, CaseCircular, CaseSource
from app.cases.rules import CONCLUDED, WORKFLOW
from app.core.audit import record
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.workflow import changing
from app.documents import operations as documents
from app.documents.drafting import Draft
from app.documents.models import DOCUMENT, MOST_UNITS, DocumentKind
from app.notifications.models import Kind
from app.notifications.operations import tell_holders
from app.units.groups import exists_on
from app.units.models import UNIT, UnitKind
from app.units.reviewing import CARRIERS

READERS = (
    *(UnitKind.OFFICE, UnitKind.SUBORDINATE_UNIT),
    *(UnitKind.CENTRAL_SCHOOL, UnitKind.SCHOOL, UnitKind.KINDERGARTEN),
)
"""To whom a circular goes unless its handlers choose: a party organization reads it with its host."""
COME_FROM = {
    CaseSource.COMPLAINT: "根据信访举报，",
    CaseSource.FINDING: "根据督查发现的问题，",
    CaseSource.TRANSFER: "根据上级转办、移送的线索，",
    CaseSource.AUDIT: "根据审计发现的问题，",
    CaseSource.DISCOVERED: "根据工作中发现的线索，",
    CaseSource.OTHER: "",
}
DEMANDS = "各单位要引以为戒，举一反三，对照检查，严格执行有关规定，防止类似问题发生。"
NAMED = "通报中出现了当事人的姓名，请隐去"
_SENTENCES = re.compile(r"[^。！？；\n]+[。！？；]?")


@operation("case_file.draw_up")
def draw_up(tx: Tx, case_id: int, note: str | None = None) -> int:
    """A draft for its handlers to look through; another of them approves it. One at a time (409)."""
    # Two at once: the second waits here and then finds the first.
    tx.connection.execute(sa.select(CASE.c.id).where(CASE.c.id == case_id).with_for_update())
    found = WORKFLOW.find(tx, case_id)
    if found.may_handle and found.state == CONCLUDED and not found.may_draw_up:
        raise Conflict("这件线索已有通报在办，请修改那一份，或先作废", code="circular_exists")
    row = WORKFLOW.guard(tx, case_id, "draw_up", note)
    documents.draw_up(tx, DocumentKind.CASE_CIRCULAR, _drawn_up(tx, row))
    record(tx, "case_file", case_id, reason=note or None)
    return case_id


def _drawn_up(tx: Tx, row: Any) -> Draft:
    category, unit = CASE_CATEGORY_LABELS[CaseCategory(row.category)], _unit(tx, row)
    other = row.category == CaseCategory.OTHER
    lines = [
        "现将一起典型案例通报如下：" if other else f"现将一起{category}方面的典型案例通报如下：",
        "一、基本情况",
        f"{COME_FROM[CaseSource(row.source)]}对{unit}有关问题进行了核查，现已结案。",
        "二、查处结论",
        *_nameless(row.conclusion, row.person),
        "三、处理措施",
        *_nameless(row.measures, row.person),
        "四、工作要求",
        DEMANDS,
    ]
    title = f"关于一起{'' if other else category}典型案例的通报"
    return Draft(title, lines, _readers(tx), fields={"case_file_id": row.id})


def _unit(tx: Tx, row: Any) -> str:
    name: str = tx.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == row.unit_id)).scalar_one()
    return "某单位" if row.person and naming.names(name, row.person) else name


def _nameless(text: str | None, person: str | None) -> list[str]:
    """What was decided, without the sentences that name somebody; whoever looks it through writes these anew."""
    lines = [" ".join(line.split()) for line in (text or "").splitlines()]
    if person is not None:
        lines = ["".join(each for each in _SENTENCES.findall(line) if not naming.names(each, person)) for line in lines]
    lines = [line for line in lines if line]
    return [] if person and naming.names("".join(lines), person) else lines


def _readers(tx: Tx) -> list[int]:
    units = sa.select(UNIT).where(UNIT.c.district_id == tx.actor.district_id, UNIT.c.kind.in_(READERS))
    rows = tx.connection.execute(units.order_by(UNIT.c.id)).all()
    found = [row.id for row in rows if exists_on(row, tx.today)]
    return found if len(found) <= MOST_UNITS else []


# What the documents are told of it


def _check(tx: Tx, document: Any, spoken: dict[str, str | None]) -> None:
    """422 where it names the person concerned, however spaced or wide; a surname with 某 is no name."""
    person = sa.select(CASE.c.person).where(CASE.c.id == document.case_file_id)
    known = tx.connection.execute(person).scalar_one_or_none()
    for name, text in spoken.items():
        if known and text and naming.names(text, known):
            raise invalid(name, NAMED)


def _of(tx: Tx, document_id: int) -> tuple[Any, Any] | None:
    """(document, its case); None where it is about none."""
    paper = tx.connection.execute(sa.select(DOCUMENT).where(DOCUMENT.c.id == document_id)).one()
    if paper.case_file_id is None:
        return None
    return paper, tx.connection.execute(sa.select(CASE).where(CASE.c.id == paper.case_file_id)).one()


def _mine(tx: Tx, case_id: int) -> Any | None:
    return tx.connection.execute(sa.select(CIRCULAR).where(CIRCULAR.c.case_file_id == case_id)).one_or_none()


def _circulate(tx: Tx, document_id: int) -> tuple[int, ...]:
    """Its document is served: from here on the whole district reads what it says. Whoever has the document hears of
    that, where they receipt it; the others of the circular (``NEWS``)."""
    if (found := _of(tx, document_id)) is None:
        return ()
    paper, case = found
    with tx.performing("case_file.circulate"):
        WORKFLOW.step(tx, case, "circulate")
        told = {"document_id": paper.id, "category": case.category, "text": paper.body, "circulated_on": tx.today}
        # One that was voided gives way to what is circulated in its place.
        before = _mine(tx, case.id)
        if before is None:
            circular = tx.add(CaseCircular(case_file_id=case.id, **told))
        else:
            circular = changing(tx, CaseCircular, before)
            circular.sqlmodel_update(told)
            tx.session.flush()
        assert circular.id is not None
        tell_holders(tx, CARRIERS, Kind.PUBLISHED, "case_circular", circular.id)
    return ()


def _recall(tx: Tx, document_id: int) -> None:
    """Its document is voided: what it said is circulated no more, and the case waits for another."""
    if (found := _of(tx, document_id)) is None:
        return
    paper, case = found
    if paper.served_at is not None:
        with tx.performing("case_file.recall"):
            WORKFLOW.step(tx, case, "recall")


documents.CHECKS[DocumentKind.CASE_CIRCULAR] = _check
documents.WHEN_SERVED.append(_circulate)
documents.WHEN_VOIDED.append(_recall)
