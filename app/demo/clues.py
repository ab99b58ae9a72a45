"""The demo's cases: what the supervision office and the stationed team look into, in every state. All invented."""

from typing import NamedTuple

import sqlalchemy as sa

from app.cases import operations as ops
from app.cases.models import (
    CaseCategory,
    CaseCreate,
    CaseOfficePut,
    CasePatch,
    CaseSource,
    HandlerOf,
    NoteCreate,
)
from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.documents import operations as documents
from app.documents.models import DOCUMENT, DocumentPatch


class Clue(NamedTuple):
    by: str
    unit: str
    category: CaseCategory
    source: CaseSource
    title: str
    text: str
    until: str
    """The last step taken."""
    day: int


CLUES = (
    Clue(
        "supervisor",
        "石桥镇中心校",
        CaseCategory.PROCUREMENT,
        CaseSource.AUDIT,
        "校服采购没有比选记录",
        "审计发现校服采购没有三家比选，合同签订早于集体研究。",
        "file",
        -20,
    ),
    Clue(
        "supervisor",
        "育才小学",
        CaseCategory.ETHICS,
        CaseSource.COMPLAINT,
        "教师推荐购买练习册",
        "家长反映一名教师在家长群推荐购买指定练习册。",
        "circulate",
        -26,
    ),
    Clue(
        "supervisor",
        "清溪镇中心校",
        CaseCategory.ENROLMENT,
        CaseSource.DISCOVERED,
        "插班生审批没有集体研究",
        "检查插班生审批表时发现缺少集体研究记录。",
        "close",
        -15,
    ),
    Clue(
        "discipline",
        "第三中学",
        CaseCategory.CONSTRUCTION,
        CaseSource.TRANSFER,
        "操场维修工程量核算不实",
        "上级转办，反映操场维修结算工程量与实际不符。",
        "examine",
        -12,
    ),
    Clue(
        "discipline",
        "职业教育中心",
        CaseCategory.SCHOOL_ENTERPRISE,
        CaseSource.COMPLAINT,
        "实训基地收入没有入账",
        "反映实训基地对外加工收入没有全部入账。",
        "clue",
        -3,
    ),
    Clue(
        "discipline",
        "教研室",
        CaseCategory.RESEARCH_FUNDS,
        CaseSource.AUDIT,
        "课题经费报销凭证不齐",
        "审计发现两笔课题经费报销缺少验收单。",
        "conclude",
        -22,
    ),
)
STEPS = ("examine", "file", "conclude", "circulate")
NOTED = "与有关人员谈话并调取凭证，情况与反映基本一致。"
FOUND = CasePatch(conclusion="反映的问题部分属实。", measures="批评教育，限期整改，退还有关款项。")
TOLD = DocumentPatch(body="某校一名教师违规推荐购买教辅材料，已批评教育并责令退还，请各校引以为戒。")
_PAPER = sa.select(DOCUMENT.c.id).where(DOCUMENT.c.case_file_id == sa.bindparam("case"))
NOT_FILED = "经核实已集体研究，只是记录没有归档，不予立案。"


def note(diary: Diary, bureau: Bureau) -> None:
    supervisor, personnel = bureau.actors["supervisor"], bureau.of("人事股")
    ethics = CaseOfficePut(category=CaseCategory.ETHICS, office_id=bureau.unit["人事股"])
    diary.note(-30, 90, supervisor, lambda tx: ops.put_office(tx, ethics))
    assert personnel.user_id is not None
    for clue in CLUES:
        _Case(diary, bureau, clue, personnel.user_id).note()


class _Case:
    """One, and how far it went."""

    def __init__(self, diary: Diary, bureau: Bureau, clue: Clue, personnel: int) -> None:
        self.diary, self.bureau, self.clue, self.personnel = diary, bureau, clue, personnel
        self.case = self.paper = 0
        self.actor = bureau.actors[clue.by]

    def note(self) -> None:
        self.diary.note(self.clue.day, 200, self.actor, self._register)
        taken = STEPS[: STEPS.index(self.clue.until) + 1] if self.clue.until in STEPS else ()
        for number, step in enumerate(taken, 1):
            self.diary.note(self.clue.day + 2 * number, 210, self.actor, lambda tx, step=step: self._take(tx, step))  # type: ignore[misc]
        if self.clue.until == "circulate":
            last, personnel = self.clue.day + 2 * len(taken), self.bureau.of("人事股")
            self.diary.note(last, 230, personnel, lambda tx: documents.approve(tx, self.paper))
            self.diary.note(last, 240, self.actor, lambda tx: documents.serve(tx, self.paper))
        if self.clue.until == "close":
            self.diary.note(self.clue.day + 3, 210, self.actor, lambda tx: ops.close(tx, self.case, NOT_FILED))

    def _register(self, tx: Tx) -> None:
        _, unit, category, source, title, text, *_ = self.clue
        about = {"unit_id": self.bureau.unit[unit], "category": category, "source": source}
        self.case = ops.create(tx, CaseCreate(title=title, text=text, **about))
        if category == CaseCategory.ETHICS:
            ops.add_handler(tx, self.case, HandlerOf(user_id=self.personnel))

    def _take(self, tx: Tx, step: str) -> None:
        if step == "file":
            ops.add_note(tx, self.case, NoteCreate(text=NOTED))
        if step == "conclude":
            ops.edit(tx, self.case, FOUND)
        if step == "circulate":
            ops.STEPS["draw_up"](tx, self.case)
            self.paper = tx.connection.execute(_PAPER, {"case": self.case}).scalar_one()
            documents.edit(tx, self.paper, TOLD)
            documents.submit(tx, self.paper)
        else:
            ops.STEPS[step](tx, self.case)
