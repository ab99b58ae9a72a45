"""The demo's inspections, in every state and mode, and the rectifications that follow from their findings."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.core.files import Store
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo.bureau import Bureau
from app.demo.cases import (
    AGAIN,
    CHECKLIST,
    DRAWN,
    FILL,
    INSPECTIONS,
    PLAN_OF_ACTION,
    RESULT,
    SHOW,
    START,
    SUBMIT,
    Finding,
    Inspection,
)
from app.demo.diary import Diary
from app.demo.work import paper
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.extensions import operations as extensions
from app.extensions.models import ExtensionCreate
from app.inspections import operations as inspections
from app.inspections import recording
from app.inspections.checklist_models import ChecklistCreate, ChecklistPoint
from app.inspections.models import (
    Answer,
    FindingCreate,
    InspectionCreate,
    InspectionKind,
    Mode,
    PointAnswer,
    Sample,
    VisitCreate,
)
from app.plans.models import EvidenceKind
from app.rectifications import operations as rectifications
from app.rectifications.models import RECTIFICATION, RectificationCreate, RectificationPatch
from app.units.models import GROUP

CONFORMS, FAILS, APART = Answer.CONFORMS, Answer.FAILS, Answer.NOT_APPLICABLE


class Inspecting:
    """Notes inspections and rectifications in the diary."""

    def __init__(self, diary: Diary, bureau: Bureau, store: Store) -> None:
        self.diary = diary
        self.bureau = bureau
        self.store = store
        self.ids: dict[Any, int] = {}
        """By inspection's title, and by finding."""

    def note(self) -> None:
        supervisor = self.bureau.actors["supervisor"]
        points = [ChecklistPoint(area=area, text=text, score=score) for area, text, score in CHECKLIST]
        self._note(
            -40,
            0,
            supervisor,
            CHECKLIST,
            inspections.create_checklist,
            lambda: ChecklistCreate(title="清廉校园督查检查表", points=points),
        )
        for inspection in INSPECTIONS:
            self._inspect(inspection)
        self.diary.note(-2, 90, supervisor, self._draw)
        self._self_check()

    def _note(self, ahead: int, minutes: int, actor: Actor, key: Any, operation: Any, given: Callable[[], Any]) -> None:
        """An act whose result is kept under ``key``; what it is given may name earlier results."""

        def act(tx: Tx) -> None:
            self.ids[key] = operation(tx, given())

        self.diary.note(ahead, minutes, actor, act)

    # One inspection

    def _inspect(self, inspection: Inspection) -> None:
        first, last = inspection.days
        actor = self.bureau.actors[inspection.by]
        planned = first - 5
        self._note(planned, 100, actor, inspection.title, inspections.create, lambda: self._planned(inspection))
        if inspection.until == "cancel":
            note = "与市级检查时间冲突，改期另行安排。"
            self._step(planned + 2, 100, actor, inspections.cancel, inspection.title, note)
            return
        self._step(first, 0, actor, inspections.start, inspection.title)
        for at, unit in enumerate(inspection.units[: inspection.visited]):
            day = min(first + at * (last - first) // len(inspection.units), -1)
            self.diary.note(day, 60 + at * 90, actor, self._visit(inspection, unit, at))
        for at, finding in enumerate(inspection.findings):
            found = first + 1 if inspection.until == "start" else last
            self._find(inspection, finding, at, min(found, -1))
        if inspection.until in ("report", "release"):
            summary = f"共检查 {len(inspection.units)} 个单位，发现问题 {len(inspection.findings)} 个，已逐一交换意见。"
            self._step(last, 500, actor, inspections.report, inspection.title, summary)
        if inspection.until == "release":
            self._step(inspection.released, 0, actor, inspections.release, inspection.title)

    def _planned(self, inspection: Inspection) -> InspectionCreate:
        return InspectionCreate(
            mode=inspection.mode,
            kind=inspection.kind,
            title=inspection.title,
            starts_on=self.diary.day(inspection.days[0]),
            ends_on=self.diary.day(inspection.days[1]),
            unit_ids=[self.bureau.unit[name] for name in inspection.units],
            checklist_id=self.ids[CHECKLIST],
        )

    def _step(self, ahead: int, minutes: int, actor: Actor, operation: Any, key: Any, *note: str) -> None:
        self.diary.note(ahead, minutes, actor, lambda tx: operation(tx, self.ids[key], *note))

    def _visit(self, inspection: Inspection, unit: str, number: int) -> Callable[[Tx], Any]:
        failed = {finding.unit for finding in inspection.findings}
        answers = {}
        for at in range(1, len(CHECKLIST) + 1):
            answer = (
                FAILS if unit in failed and (at + number) % 4 == 0 else APART if (at + number) % 7 == 0 else CONFORMS
            )
            answers[str(at)] = PointAnswer(answer=answer)
        given = VisitCreate(
            unit_id=self.bureau.unit[unit], note="查阅资料、走访班级，与负责人当面交换意见。", answers=answers
        )
        return lambda tx: recording.record_visit(tx, self.ids[inspection.title], given)

    def _draw(self, tx: Tx) -> None:
        """双随机: units and inspectors drawn by the server, for next week."""
        groups = sa.select(GROUP.c.id).where(
            GROUP.c.district_id == tx.actor.district_id, GROUP.c.name == "各学校（园）"
        )
        sample = Sample(
            group_id=tx.connection.execute(groups).scalar_one(),
            size=6,
            inspector_unit_id=self.bureau.unit["督查室"],
            team_size=2,
        )
        given = InspectionCreate(
            mode=Mode.ANNOUNCED,
            kind=InspectionKind.ROUTINE,
            title=DRAWN,
            starts_on=self.diary.day(7),
            ends_on=self.diary.day(11),
            sample=sample,
            checklist_id=self.ids[CHECKLIST],
        )
        inspections.create(tx, given)

    # Findings and what follows

    def _find(self, inspection: Inspection, finding: Finding, number: int, day: int) -> None:
        actor = self.bureau.actors[inspection.by]

        def write_down(tx: Tx) -> None:
            given = FindingCreate(
                unit_id=self.bureau.unit[finding.unit],
                category=finding.category,
                severity=finding.severity,
                description=finding.description,
                correction=finding.correction,
                basis="《清廉校园建设与督查工作方案》及检查表",
                deadline_on=None if finding.due is None else self.diary.day(finding.due),
                immediate=finding.immediate,
            )
            self.ids[finding] = recording.create_finding(tx, self.ids[inspection.title], given)
            if number % 2 == 0:
                self._photograph(tx, finding)

        self.diary.note(day, 400 + number, actor, write_down)
        announced_open = inspection.mode == Mode.ANNOUNCED and inspection.until == "start"
        if inspection.until == "release" or announced_open:
            issued = inspection.released or day
            self.diary.note(issued, 450 + number, actor, lambda tx: rectifications.issue(tx, self.ids[finding]))
            self._rectify(finding)

    def _photograph(self, tx: Tx, finding: Finding) -> None:
        given = EvidenceCreate(
            title=f"{finding.unit}现场情况",
            kind=EvidenceKind.INSPECTION,
            evidence_on=tx.today,
            target="findings",
            target_id=self.ids[finding],
        )
        evidence.create(tx, paper(self.store, given.title, 1), given)

    def _rectify(self, finding: Finding) -> None:
        unit, supervisor = self.bureau.of(finding.unit), self.bureau.actors["supervisor"]
        steps: dict[str, tuple[Actor, Callable[[Tx, int], Any]]] = {
            START: (unit, rectifications.start),
            FILL: (unit, _fill),
            SHOW: (unit, lambda tx, row_id: self._show(tx, row_id, finding.unit)),
            SUBMIT: (unit, rectifications.submit),
            "close": (supervisor, lambda tx, row_id: rectifications.close(tx, row_id, "现场核查属实，同意销号。")),
            "send_back": (
                supervisor,
                lambda tx, row_id: rectifications.send_back(tx, row_id, "没有附退费凭据，请补充后再提交。"),
            ),
            "ask": (unit, lambda tx, row_id: self._ask(tx, row_id, finding)),
            "approve": (
                self.bureau.actors["leader"],
                lambda tx, _: extensions.approve(tx, self.ids["extension", finding]),
            ),
            "reopen": (supervisor, lambda tx, row_id: rectifications.reopen(tx, row_id, AGAIN)),
        }
        for at, (day, name) in enumerate(finding.story):
            actor, step = steps[name]
            self.diary.note(day, 480 + at, actor, _on_rectification(self.ids, finding, step))

    def _show(self, tx: Tx, rectification_id: int, unit: str) -> None:
        given = EvidenceCreate(
            title=f"{unit}整改情况说明",
            kind=EvidenceKind.RECTIFICATION,
            evidence_on=tx.today,
            target="rectifications",
            target_id=rectification_id,
        )
        evidence.create(tx, paper(self.store, given.title, 0), given)

    def _ask(self, tx: Tx, rectification_id: int, finding: Finding) -> None:
        given = ExtensionCreate(deadline_on=self.diary.day(30), reason="须等教代会召开后才能表决，申请顺延。")
        asked = extensions.request_for_rectification(tx, rectification_id, given)
        self.ids["extension", finding] = asked

    def _self_check(self) -> None:
        """A school that registers a problem of its own."""
        given = RectificationCreate(problem="自查发现图书采购验收单缺少经办人签字。", deadline_on=self.diary.day(20))
        self.diary.note(-11, 30, self.bureau.of("东关小学"), lambda tx: rectifications.create(tx, given))


def _fill(tx: Tx, rectification_id: int) -> None:
    rectifications.edit(tx, rectification_id, RectificationPatch(**PLAN_OF_ACTION, result=RESULT))


def _on_rectification(ids: dict[Any, int], finding: Finding, step: Callable[[Tx, int], Any]) -> Callable[[Tx], Any]:
    """``step`` on the rectification that the finding opened."""
    opened = sa.select(RECTIFICATION.c.id).where(RECTIFICATION.c.finding_id == sa.bindparam("finding"))
    return lambda tx: step(tx, tx.connection.execute(opened, {"finding": ids[finding]}).scalar_one())
