"""The demo's inspections, in every state and mode, and the rectifications that follow from their findings."""

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.files import Store
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.demo.work import paper
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.extensions import operations as extensions
from app.extensions.models import ExtensionCreate
from app.inspections import operations as inspections
from app.inspections import recording
from app.inspections.models import (
    Answer,
    ChecklistCreate,
    ChecklistPoint,
    FindingCreate,
    InspectionCreate,
    InspectionKind,
    Mode,
    PointAnswer,
    Sample,
    Severity,
    VisitCreate,
)
from app.plans.models import EvidenceKind
from app.rectifications import operations as rectifications
from app.rectifications.models import RECTIFICATION, RectificationCreate, RectificationPatch
from app.units.models import GROUP

CHECKLIST = (
    ("制度与责任", "责任书逐级签订，公示满十五天", 10),
    ("制度与责任", "议事规则已修订，重大事项清单完整", 10),
    ("收费与采购", "收费项目、依据和标准公示齐全", 15),
    ("收费与采购", "大宗采购有比选记录和双人验收", 15),
    ("师德与服务", "师德专题学习有方案、有签到、有记录", 10),
    ("师德与服务", "课后服务自愿参加，一校一案", 10),
    ("资料与台账", "过程资料分项归档，目录与实物一致", 10),
)
CONFORMS, FAILS, APART = Answer.CONFORMS, Answer.FAILS, Answer.NOT_APPLICABLE
MINOR, MAJOR, SERIOUS = Severity.MINOR, Severity.MAJOR, Severity.SERIOUS
PLAN_OF_ACTION = {
    "cause": "分管负责人更换后交接不清，日常检查没有跟上，制度停留在纸面。",
    "goal": "一个月内全部改正，今后不再发生同类问题。",
    "measures": "一、指定专人负责，当周完成补正；二、修订校内检查办法，每月自查一次；三、结果在行政会上通报。",
    "responsible_leader": "分管副校长",
    "responsible_person": "办公室主任",
}
RESULT = "已按要求补正并公示，重新核对了同类事项，没有发现新的问题；修订后的检查办法自本月起执行。"
AGAIN = "回访时发现公示内容又已过期，整改没有保持，请重新整改并说明长效办法。"


class Finding(NamedTuple):
    unit: str
    category: str
    severity: Severity
    description: str
    correction: str
    story: tuple[tuple[int, str], ...] = ()
    """What becomes of its rectification: (day from today, step)."""
    due: int | None = None
    """Deadline, in days from today; by severity unless said."""
    immediate: bool = False


class Inspection(NamedTuple):
    title: str
    mode: Mode
    kind: InspectionKind
    by: str
    days: tuple[int, int]
    units: tuple[str, ...]
    until: str
    """The last step taken: planned, cancel, start, report, release."""
    released: int = 0
    visited: int = 99
    """How many of the targets were visited."""
    findings: tuple[Finding, ...] = ()


START, FILL, SHOW, SUBMIT = "start", "fill", "show", "submit"
DONE = ((-24, START), (-22, FILL), (-20, SHOW), (-20, SUBMIT), (-17, "close"))

INSPECTIONS = (
    Inspection(
        "开学工作和收费公示督查",
        Mode.ANNOUNCED,
        InspectionKind.ROUTINE,
        "supervisor",
        (-34, -30),
        ("实验小学", "第一中学", "柳林镇中心校", "第二幼儿园", "石桥镇中心校"),
        "release",
        released=-28,
        findings=(
            Finding(
                "实验小学",
                "资料归档",
                MINOR,
                "责任书签订资料缺少两个年级组的原件，目录与实物不一致。",
                "补齐原件，重新核对目录。",
                DONE,
            ),
            Finding(
                "第一中学",
                "教育收费",
                MAJOR,
                "校服费代收代付明细没有公示，家长不清楚结算办法。",
                "公示代收明细，建立每学期结算公布的办法。",
                (*DONE, (-9, "reopen"), (-7, FILL)),
                due=-14,
            ),
            Finding(
                "柳林镇中心校",
                "廉政风险",
                SERIOUS,
                "食堂食材采购连续两周只有一家报价，验收单由一人签字。",
                "重新比选，落实双人验收，对经办人员进行提醒。",
                (*DONE, (-12, "reopen"), (-10, FILL), (-8, SHOW), (-8, SUBMIT), (-5, "close")),
            ),
            Finding(
                "第二幼儿园",
                "制度建设",
                MINOR,
                "议事规则没有列出须回避的情形。",
                "修订规则，经教职工会议讨论后报备。",
                ((-25, START), (-20, "ask"), (-18, "approve"), (-15, FILL), (-4, SHOW), (-3, SUBMIT)),
            ),
            Finding(
                "石桥镇中心校",
                "课后服务",
                MAJOR,
                "课后服务报名表里预先勾选了同意，没有体现自愿。",
                "重新征求意见，更换报名表样式。",
                ((-26, START), (-18, FILL)),
                due=-8,
            ),
        ),
    ),
    Inspection(
        "课后服务和师德专题暗访",
        Mode.UNANNOUNCED,
        InspectionKind.ROUTINE,
        "supervisor",
        (-20, -17),
        ("育才小学", "第三中学", "实验小学"),
        "release",
        released=-13,
        findings=(
            Finding(
                "育才小学",
                "师德师风",
                SERIOUS,
                "一名教师在家长群推荐购买指定练习册。",
                "停止推荐并退还费用，按规定处理当事人，开展警示教育。",
                ((-12, START), (-10, FILL), (-8, SHOW), (-8, SUBMIT), (-6, "send_back")),
                due=1,
            ),
            Finding(
                "第三中学",
                "课后服务",
                MAJOR,
                "课后服务时间统一讲授新课。",
                "立即停止，按方案安排作业辅导和社团活动。",
                due=-2,
            ),
            Finding(
                "第三中学",
                "安全稳定",
                MINOR,
                "放学时段校门口没有值班登记。",
                "当天补设登记簿，明确值班人员。",
                ((-12, FILL), (-12, SHOW), (-12, SUBMIT), (-10, "close")),
                immediate=True,
            ),
            Finding(
                "实验小学",
                "课后服务",
                MINOR,
                "两个班的课后服务点名册缺少当日签退记录。",
                "补登签退，增加值班教师核对。",
                ((-9, "ask"),),
                due=10,
            ),
        ),
    ),
    Inspection(
        "招生与大宗采购专项检查",
        Mode.UNANNOUNCED,
        InspectionKind.SPECIAL_CAMPAIGN,
        "discipline",
        (-9, -6),
        ("清溪镇中心校", "白鹤镇中心幼儿园"),
        "report",
        findings=(
            Finding(
                "清溪镇中心校", "招生考试", MAJOR, "插班生审批表缺少集体研究记录。", "补充说明情况，完善审批程序。"
            ),
            Finding("白鹤镇中心幼儿园", "教育收费", MINOR, "伙食费结余没有按月公布。", "公布近三个月的收支明细。"),
        ),
    ),
    Inspection(
        "期中作业与课后服务暗访",
        Mode.UNANNOUNCED,
        InspectionKind.ROUTINE,
        "supervisor",
        (-1, 3),
        ("启明双语学校", "实验小学"),
        "start",
        visited=1,
        findings=(
            Finding("启明双语学校", "师德师风", MINOR, "教师值班表与实际在岗人员不一致。", "核对并公布值班安排。"),
        ),
    ),
    Inspection(
        "包联学校进度督导",
        Mode.ANNOUNCED,
        InspectionKind.LIAISON,
        "jiaoyu",
        (-6, 2),
        ("石桥镇东坪小学", "双河镇中心幼儿园", "第二中学"),
        "start",
        visited=2,
        findings=(
            Finding(
                "石桥镇东坪小学",
                "制度建设",
                MINOR,
                "责任书没有写明监督电话。",
                "补充后重新公示。",
                ((-5, START), (-4, FILL)),
                due=2,
            ),
        ),
    ),
    Inspection(
        "校园周边联合检查",
        Mode.ANNOUNCED,
        InspectionKind.JOINT,
        "supervisor",
        (-10, -8),
        ("青川中学", "职业教育中心"),
        "cancel",
    ),
)
DRAWN = "期末清廉校园双随机督查"


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
