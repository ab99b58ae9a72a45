"""The demo's special campaign over fees: led by one office with seven more, its self-check over, its joint inspection
under way; one that is still being drawn up and one that was called off; and four of a few schools: one that has begun,
one being put right, one being summed up and one closed."""

from datetime import date

from app.campaigns import inspecting, self_checks
from app.campaigns import operations as ops
from app.campaigns.models import SELF_CHECK
from app.campaigns.schemas import (
    Attached,
    CampaignCreate,
    CampaignPatch,
    GroupOfCampaign,
    OfficeSummary,
    SelfCheckPatch,
)
from app.core.files import Store
from app.core.operation import Tx
from app.demo import papers
from app.demo.bureau import Bureau, schools
from app.demo.diary import Diary
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.inspections import operations as inspections
from app.inspections import recording
from app.inspections.models import FindingCreate, InspectionCreate, InspectionKind, Mode, Severity, VisitCreate
from app.plans.models import EvidenceKind
from app.rectifications import operations as rectifications
from app.units.queries import group_choices

TITLE, NEXT = "教育收费专项检查", "校服和教辅材料征订专项治理"
LEAD = "计财股"
SEVEN = ("督查室", "办公室", "人事股", "教育股", "执法办", "督导室", "职成股")
BASIS = "《清廉校园建设与督查工作方案》第二部分第五项：规范教育收费和公示。"
PURPOSE = "查清各学校（园）收费项目、标准、公示和票据，纠正违规收费，清退多收的费用。"
PHASES = {"self_check": (-25, -11), "inspection": (-10, 12), "rectification": (13, 40), "summary": (41, 55)}
"""First and last day from today."""
CLEAN = "核对了收费公示、票据和台账，没有发现违规收费。"
PROBLEMS = (
    ("课后服务费按月预收，超过规定期限。", "4860", "4860"),
    ("伙食费结余没有按学期退还。", "2315.5", "0"),
    ("作业本费收取标准高于公示标准。", "1280", "900"),
)
JOINT = "教育收费联合检查"
INSPECTED = ("东关小学", "第二中学", "小荷幼儿园")
FOUND = (
    ("东关小学", Severity.MINOR, "收费公示栏没有注明减免政策。", "补充公示减免政策。"),
    ("小荷幼儿园", Severity.MAJOR, "另收兴趣班费用，没有备案。", "停止收取，已收的全部退还。"),
)


MENDING, ENDED = "食堂经费专项检查", "开学收费专项检查"
FEW = ("第一小学", "育才小学", "第三中学", "第二幼儿园")
MENDING_PHASES = {"self_check": (-40, -32), "inspection": (-31, -16), "rectification": (-15, 12), "summary": (13, 25)}
ENDED_PHASES = {"self_check": (-41, -34), "inspection": (-33, -29), "rectification": (-28, -22), "summary": (-21, -16)}
SUMMING, BEGUN, CALLED_OFF = "代收费清退检查", "学平险征订专项检查", "教辅材料进校园专项检查"
SUMMING_PHASES = {"self_check": (-40, -34), "inspection": (-33, -25), "rectification": (-24, -8), "summary": (-7, 6)}
BEGUN_PHASES = {"self_check": (-3, 8), "inspection": (9, 18), "rectification": (19, 30), "summary": (31, 40)}
WHY = "与市里部署的教辅专项治理内容重复，并入“校服和教辅材料征订专项治理”。"
SUMMED = "所查学校收费公示齐全，票据规范，没有发现违规收费。"


def note(diary: Diary, bureau: Bureau, store: Store) -> None:
    _Campaign(diary, bureau, store).note()
    _OfFew(diary, bureau, store, MENDING_PHASES, MENDING).note()
    _OfFew(diary, bureau, store, SUMMING_PHASES, SUMMING).note()
    _OfFew(diary, bureau, store, ENDED_PHASES, ENDED).note()
    _OfFew(diary, bureau, store, BEGUN_PHASES, BEGUN).begin()
    _OfFew(diary, bureau, store, BEGUN_PHASES, CALLED_OFF).call_off()


class _Campaign:
    def __init__(self, diary: Diary, bureau: Bureau, store: Store) -> None:
        self.diary, self.bureau, self.store = diary, bureau, store
        self.supervisor, self.lead = bureau.actors["supervisor"], bureau.of(LEAD)
        self.campaign = self.inspection = 0
        self.checks: dict[int, int] = {}
        """Unit → its self-check."""

    def note(self) -> None:
        self.diary.note(-27, 60, self.supervisor, lambda tx: self._draw_up(tx, TITLE, PHASES, fees=True))
        self.diary.note(-25, 30, self.supervisor, self._start)
        for number, school in enumerate(schools()):
            self._check(number, school.name)
        self.diary.note(-10, 30, self.lead, lambda tx: ops.STEPS["begin_inspection"](tx, self.campaign))
        self.diary.note(-9, 60, self.supervisor, self._inspect)
        self.diary.note(-7, 60, self.supervisor, self._find)
        later = {phase: (first + 60, last + 60) for phase, (first, last) in PHASES.items()}
        self.diary.note(-1, 200, self.supervisor, lambda tx: self._draw_up(tx, NEXT, later, led=False))

    def _draw_up(
        self,
        tx: Tx,
        title: str,
        phases: dict[str, tuple[int, int]],
        *,
        fees: bool = False,
        led: bool = True,
        units: tuple[str, ...] = (),
    ) -> None:
        groups = {name: group_id for group_id, name in group_choices(tx)}
        days: dict[str, date] = {}
        for phase, (first, last) in phases.items():
            days |= {f"{phase}_from": self.diary.day(first), f"{phase}_to": self.diary.day(last)}
        group = GroupOfCampaign(name=f"{title}领导小组", leader="王建国", deputies=["李卫东"], members=[self.lead.name])
        given = CampaignCreate(
            unit_id=self.bureau.unit[LEAD],
            title=title,
            basis=BASIS,
            purpose=PURPOSE,
            fees=fees,
            unit_group_id=None if units else groups["各学校（园）"],
            unit_ids=[self.bureau.unit[name] for name in units],
            office_ids=[self.bureau.unit[name] for name in SEVEN],
            leading_group=group if led else None,
            **days,
        )
        made = ops.create(tx, given)
        self.campaign = self.campaign or made

    def _start(self, tx: Tx) -> None:
        ops.start(tx, self.campaign)
        rows = tx.connection.execute(SELF_CHECK.select().where(SELF_CHECK.c.campaign_id == self.campaign))
        self.checks = {row.unit_id: row.id for row in rows}

    # Self-checks

    def _check(self, number: int, unit: str) -> None:
        """One in nine says nothing, one was sent back, two have a problem; of the others, which have none, two wait."""
        story = {3: "missing", 5: "waits", 7: "sent_back", 1: "problem", 6: "problem"}.get(number % 9, "clean")
        if story == "missing":
            return
        if story == "waits" and number >= 18:
            story = "clean"
        clerk, day = self.bureau.of(unit), -23 + number // 4
        self.diary.note(day, 40 + 5 * number, clerk, lambda tx: self._hand_in(tx, number, unit, story))
        if story == "sent_back":
            words = "请说明代收费的核对情况，并附票据清单。"
            self.diary.note(day + 1, 40, self.lead, lambda tx: self_checks.send_back(tx, self._of(unit), words))
        elif story != "waits":
            self.diary.note(day + 1, 40, self.lead, lambda tx: self_checks.confirm(tx, self._of(unit)))

    def _of(self, unit: str) -> int:
        return self.checks[self.bureau.unit[unit]]

    def _hand_in(self, tx: Tx, number: int, unit: str, story: str) -> None:
        given = SelfCheckPatch(situation=CLEAN, has_problem=False)
        if story == "problem":
            problem, involved, returned = PROBLEMS[number % len(PROBLEMS)]
            amounts = {"amount_involved": involved, "amount_returned": returned}
            given = SelfCheckPatch(situation="逐项核对了本学期收费。", has_problem=True, problem=problem, **amounts)
        self_checks.edit(tx, self._of(unit), given)
        title = f"{unit}教育收费自查报告"
        paper = papers.staged(self.store, f"{title}.pdf", papers.pdf(title, ["演示文件，内容系虚构。"]))
        target = {"target": "self-checks", "target_id": self._of(unit), "unit_id": self.bureau.unit[unit]}
        proof = EvidenceCreate(title=title, kind=EvidenceKind.INSPECTION, evidence_on=tx.today, **target)
        evidence.create(tx, paper, proof)
        self_checks.submit(tx, self._of(unit))

    # The joint inspection

    def _inspect(self, tx: Tx) -> None:
        given = InspectionCreate(
            mode=Mode.ANNOUNCED,
            kind=InspectionKind.JOINT,
            title=JOINT,
            starts_on=self.diary.day(-9),
            ends_on=self.diary.day(10),
            unit_ids=[self.bureau.unit[name] for name in INSPECTED],
            team_unit_ids=[self.bureau.unit[name] for name in (LEAD, *SEVEN)],
        )
        self.inspection = inspections.create(tx, given)
        ops.attach(tx, self.campaign, Attached(inspection_id=self.inspection))
        inspections.start(tx, self.inspection)

    def _find(self, tx: Tx) -> None:
        for unit, severity, description, correction in FOUND:
            unit_id = self.bureau.unit[unit]
            recording.record_visit(tx, self.inspection, VisitCreate(unit_id=unit_id, note="查阅收费台账和票据。"))
            words = {"description": description, "correction": correction, "basis": BASIS}
            problem = FindingCreate(unit_id=unit_id, category="教育收费", severity=severity, **words)
            rectifications.issue(tx, recording.create_finding(tx, self.inspection, problem))


class _OfFew(_Campaign):
    """Of a few schools, and told briefly, up to the phase in which it is today."""

    def __init__(
        self, diary: Diary, bureau: Bureau, store: Store, phases: dict[str, tuple[int, int]], title: str
    ) -> None:
        super().__init__(diary, bureau, store)
        self.phases, self.title = phases, title

    def note(self) -> None:
        begun = self.phases["self_check"][0]
        self.diary.note(begun, 20, self.supervisor, self._drawn)
        self.diary.note(begun, 40, self.supervisor, self._start)
        ended, clean = self.phases["summary"][1] < 0, self.phases["summary"][0] < 0
        for number, unit in enumerate(FEW):
            story = "problem" if number == 1 and not clean else "clean"
            self._handed_in(begun + 2 + number, number, unit, story)
        for phase in ("inspection", "rectification", "summary"):
            if self.phases[phase][0] < 0:
                self._go(self.phases[phase][0], f"begin_{phase}")
        self.diary.note(self.phases["inspection"][0] + 1, 60, self.lead, self._look)
        if ended:
            self._end(*self.phases["summary"])

    def begin(self) -> None:
        """Its schools check themselves; the first has handed in."""
        begun = self.phases["self_check"][0]
        self.diary.note(begun, 20, self.supervisor, self._drawn)
        self.diary.note(begun, 40, self.supervisor, self._start)
        self.diary.note(begun + 1, 50, self.bureau.of(FEW[0]), lambda tx: self._hand_in(tx, 0, FEW[0], "clean"))

    def call_off(self) -> None:
        begun = self.phases["self_check"][0]
        self.diary.note(begun, 80, self.supervisor, self._drawn)
        self.diary.note(begun + 1, 80, self.supervisor, lambda tx: ops.STEPS["cancel"](tx, self.campaign, WHY))

    def _drawn(self, tx: Tx) -> None:
        self._draw_up(tx, self.title, self.phases, fees=True, units=FEW)

    def _handed_in(self, day: int, number: int, unit: str, story: str) -> None:
        self.diary.note(day, 50, self.bureau.of(unit), lambda tx: self._hand_in(tx, number, unit, story))
        self.diary.note(day + 1, 50, self.lead, lambda tx: self_checks.confirm(tx, self._of(unit)))

    def _go(self, day: int, action: str) -> None:
        self.diary.note(day, 30, self.lead, lambda tx: ops.STEPS[action](tx, self.campaign))

    def _look(self, tx: Tx) -> None:
        """The office that leads it inspects one of the schools, and finds nothing."""
        first, last = (self.diary.day(day) for day in self.phases["inspection"])
        unit_id = self.bureau.unit[FEW[0]]
        given = InspectionCreate(
            mode=Mode.ANNOUNCED,
            kind=InspectionKind.SPECIAL_CAMPAIGN,
            title=self.title,
            starts_on=first,
            ends_on=last,
            unit_ids=[unit_id],
        )
        made = inspecting.inspect(tx, self.campaign, given)
        inspections.start(tx, made)
        recording.record_visit(tx, made, VisitCreate(unit_id=unit_id, note="查阅台账和票据，没有发现问题。"))
        inspections.report(tx, made, "没有发现问题。")
        inspections.release(tx, made)

    def _end(self, first: int, last: int) -> None:
        for minutes, name in enumerate(SEVEN, 60):
            said = OfficeSummary(text="参加了检查，没有其他情况。", unit_id=self.bureau.unit[name])
            self.diary.note(
                first + 1,
                minutes,
                self.bureau.of(name),
                lambda tx, said=said: ops.summarize(tx, self.campaign, said),  # type: ignore[misc]
            )
        summed = CampaignPatch(conclusion=SUMMED)
        self.diary.note(last, 60, self.lead, lambda tx: ops.edit(tx, self.campaign, summed))
        self.diary.note(last, 90, self.lead, lambda tx: ops.STEPS["close"](tx, self.campaign))
