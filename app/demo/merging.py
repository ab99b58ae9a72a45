"""A school that was merged into another in the midst of its work: the other goes on with what was open."""

from collections.abc import Sequence
from functools import partial

from app.assignments import operations as assignments
from app.assignments.models import ReportCreate
from app.core.operation import Tx
from app.demo.bureau import GONE, GONE_LOGIN, JUNIOR, Bureau
from app.demo.cases import PLAN_OF_ACTION
from app.demo.diary import Diary
from app.demo.plan import Row
from app.demo.work import Office, paper
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.plans.models import EvidenceKind
from app.rectifications import operations as rectifications
from app.rectifications.models import RectificationCreate, RectificationPatch
from app.succession.operations import merge
from app.units import operations as units
from app.units.models import Stage, UnitPatch
from app.units.succession_models import MergeCreate

SUCCESSOR = "青川中学"
MERGED = -12
REASON = "区政府批复：城北初级中学并入青川中学，实行完全中学办学，原校址作为青川中学城北校区。"
BEFORE = "已完成自查，并校筹备期间照常办理，资料随校移交。"
AFTER = "城北初级中学并入后由本校继续办理，已核对移交资料，按原要求推进。"
PROBLEM = "自查发现实验室耗材出入库登记不全，有三个月没有盘点记录。"


def note(diary: Diary, bureau: Bureau, office: Office, rows: Sequence[Row], dispatched: int) -> None:
    gone, successor = bureau.unit[GONE], bureau.unit[SUCCESSOR]
    clerk, heir = bureau.actors[GONE_LOGIN], bureau.of(SUCCESSOR)
    held = {row.item_position for row in rows if row.unit_id == successor}
    open_rows = [row for row in rows if row.unit_id == gone]
    for number, row in enumerate(open_rows):
        diary.note(dispatched + 1, 5 * number, clerk, partial(_acknowledge, row))
    for row in open_rows[:1]:
        diary.note(dispatched + 10, 30, clerk, partial(_prove, office, row))
    # What the successor has a row of its own for goes into that one; the rest becomes its own.
    for number, row in enumerate(row for row in open_rows if row.item_position not in held):
        diary.note(dispatched + 12, 40 + number, clerk, partial(_report, row, 50, BEFORE))
        diary.note(MERGED + 3, 40 + number, heir, partial(_report, row, 80, AFTER))
        if not row.required:
            diary.note(MERGED + 4, 40 + number, heir, partial(_submit, row))
            diary.note(MERGED + 6, 40 + number, office.reviewer(row), partial(_complete, row))
    mended: dict[str, int] = {}

    def find(tx: Tx) -> None:
        given = RectificationCreate(problem=PROBLEM, deadline_on=diary.day(18))
        mended["id"] = rectifications.create(tx, given)

    def go_on(tx: Tx) -> None:
        rectifications.edit(tx, mended["id"], RectificationPatch(**PLAN_OF_ACTION))

    def end(tx: Tx) -> None:
        merge(tx, gone, MergeCreate(successor_id=successor, reason=REASON))

    stages = UnitPatch(stages=[JUNIOR, Stage.SENIOR])
    diary.note(MERGED - 8, 60, clerk, find)
    diary.note(MERGED - 7, 60, clerk, lambda tx: rectifications.start(tx, mended["id"]))
    diary.note(MERGED, 60, bureau.actors["supervisor"], end)
    diary.note(MERGED, 90, bureau.actors["sysadmin"], lambda tx: units.edit(tx, successor, stages))
    diary.note(MERGED + 5, 60, heir, go_on)


def _acknowledge(row: Row, tx: Tx) -> None:
    assignments.acknowledge(tx, row.id)


def _report(row: Row, percent: int, text: str, tx: Tx) -> None:
    assignments.report(tx, row.id, ReportCreate(text=text, percent=percent))


def _submit(row: Row, tx: Tx) -> None:
    assignments.submit(tx, row.id)


def _complete(row: Row, tx: Tx) -> None:
    assignments.complete(tx, row.id)


def _prove(office: Office, row: Row, tx: Tx) -> None:
    title = f"{GONE}责任书签订材料"
    target = {"target": "assignments", "target_id": row.id, "unit_id": row.unit_id}
    given = EvidenceCreate(title=title, kind=EvidenceKind.POLICY, evidence_on=tx.today, **target)
    evidence.create(tx, paper(office.store, title, 0), given)
