"""The demo's appraisals: last year's round, appealed against and frozen with its ranking, this year's, for which an
office still enters; and of this year one that was published anew and may be appealed against, and one that is
scored."""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.appraisals import deductions, proving, scoring, withdrawing
from app.appraisals import operations as ops
from app.appraisals.deduction_models import DEDUCTION, AppealCreate, DeductionCreate, DeductionState, Proof
from app.appraisals.models import RESULT, AppraisalCreate, CriterionCreate, Source
from app.core.files import Store
from app.core.operation import Tx
from app.demo import papers
from app.demo.bureau import Bureau, schools
from app.demo.diary import Diary
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.plans.models import EvidenceKind
from app.units.queries import group_choices

ENTERED = (
    ("会风会纪", 40, "办公室", "无故缺席会议每次扣 2 分，迟报材料每次扣 1 分。", "会议签到和材料报送登记表"),
    ("工作作风", 30, "人事股", "上下班纪律、服务态度等检查发现问题，每次扣 1 至 3 分。", "工作日抽查和来访接待记录"),
    ("信息报送", 30, "党办", "漏报、错报每次扣 1 分。", "月度信息报送登记表"),
)
"""Name, full points, office, standard, what proves it; of last year the system knows nothing itself."""
FAULTS = (
    (0, 2, "全区教育工作例会无故缺席。"),
    (0, 1, "清廉学校建设小结迟报 3 个工作日。"),
    (1, 3, "工作日抽查时 2 个办公室无人在岗。"),
    (1, 1.5, "来访群众反映接待不及时。"),
    (2, 1, "月度信息漏报一次。"),
)
"""Which criterion, points, reason."""
COMPUTED = (
    ("按时签收", 10, Source.ACKNOWLEDGED),
    ("按期办结", 30, Source.COMPLETED),
    ("一次办好", 10, Source.SENT_BACK),
    ("整改销号", 20, Source.RECTIFIED),
    ("备案齐全", 10, Source.FILINGS),
)
APPEALS = (
    ("第一中学", "已按规定请假，附请假条。", deductions.uphold, "经核实当日已书面请假。"),
    ("第二幼儿园", "当日系统故障无法报送。", deductions.dismiss, "经核实系统运行正常，且未电话说明。"),
)
DOCKED = {"第一中学": (0,), "第二幼儿园": (1, 4), "小荷幼儿园": (0, 1, 2, 3, 4), "石桥镇东坪小学": (0, 2, 3)}
"""Besides, every third school has one fault."""
BEGUN, SCORED, PUBLISHED, FROZEN, THIS_YEAR = -41, -36, -35, -15, -4
SPECIAL, ANEW, HALF_YEAR = -12, -6, -3
"""When the special round began and was published anew, and the half year's was scored."""
WITHDRAWN = "会风会纪一项误用了上月的签到表，撤回后按更正的签到表重新公布。"
AGAIN = "更正后的签到表仍把公务请假记为缺席。"


def note(diary: Diary, bureau: Bureau, store: Store) -> None:
    last, this = _Round(bureau, store, diary.today.year - 1), _Round(bureau, store, diary.today.year)
    supervisor = bureau.actors["supervisor"]
    _judged(diary, bureau, last, BEGUN, SCORED)
    diary.note(PUBLISHED, 0, supervisor, lambda tx: scoring.publish(tx, last.id))
    for number, school in enumerate(schools()):
        if number % 4:
            diary.note(PUBLISHED + 1, number, bureau.of(school.name), partial(last.confirm, school.name))
    for name, reason, decide, why in APPEALS:
        diary.note(PUBLISHED + 1, 240, bureau.of(name), partial(last.appeal, name, reason))
        diary.note(PUBLISHED + 2, 60, supervisor, partial(last.decide, name, decide, why))
    diary.note(FROZEN, 0, supervisor, lambda tx: scoring.freeze(tx, last.id))
    diary.note(THIS_YEAR, 0, supervisor, this.begin_with_figures)
    _published_anew(diary, bureau, _Round(bureau, store, diary.today.year, "师德师风专项考核", 15))
    half = _Round(bureau, store, diary.today.year, "上半年作风考核")
    _judged(diary, bureau, half, HALF_YEAR - 5, HALF_YEAR)


def _judged(diary: Diary, bureau: Bureau, of: "_Round", begun: int, scored: int) -> None:
    """Begun, entered by the offices, and scored."""
    supervisor = bureau.actors["supervisor"]
    diary.note(begun, 0, supervisor, of.begin)
    for place, (_, _, office, _, _) in enumerate(ENTERED):
        diary.note(begun + 3, 20 * place, bureau.of(office), partial(of.enter, place))
    diary.note(scored, 0, supervisor, lambda tx: scoring.score(tx, of.id))


def _published_anew(diary: Diary, bureau: Bureau, of: "_Round") -> None:
    """An appeal that waited ended with the withdrawal; another waits since the scores stand again."""
    supervisor, school = bureau.actors["supervisor"], APPEALS[0][0]
    _judged(diary, bureau, of, SPECIAL, SPECIAL + 4)
    diary.note(SPECIAL + 4, 30, supervisor, lambda tx: scoring.publish(tx, of.id))
    diary.note(SPECIAL + 5, 240, bureau.of(school), partial(of.appeal, school, APPEALS[0][1]))
    diary.note(ANEW, 0, supervisor, lambda tx: withdrawing.withdraw(tx, of.id, WITHDRAWN))
    diary.note(ANEW, 30, supervisor, lambda tx: scoring.score(tx, of.id))
    diary.note(ANEW, 60, supervisor, lambda tx: scoring.publish(tx, of.id))
    diary.note(ANEW + 1, 240, bureau.of(school), partial(of.appeal, school, AGAIN))


class _Round:
    def __init__(self, bureau: Bureau, store: Store, year: int, name: str = "作风考核", workdays: int = 3) -> None:
        self.bureau, self.store, self.year, self.id = bureau, store, year, 0
        self.title, self.workdays = f"{year}年{name}", workdays
        self.criteria: list[int] = []
        self.appeals: dict[str, int] = {}

    def begin(self, tx: Tx) -> None:
        groups = {name: group_id for group_id, name in group_choices(tx)}
        fields = {"title": self.title, "unit_group_id": groups["各学校（园）"], "appeal_workdays": self.workdays}
        self.id = ops.create(tx, AppraisalCreate(year=self.year, shows_ranking=True, **fields))
        for name, weight, office, standard, _ in ENTERED:
            self._judge(tx, name, weight, Source.ENTERED, office_id=self.bureau.unit[office], standard=standard)

    def begin_with_figures(self, tx: Tx) -> None:
        """This year most of it is what the system knows, and one office has still to enter."""
        groups = {name: group_id for group_id, name in group_choices(tx)}
        fields = {"title": self.title, "unit_group_id": groups["各学校（园）"]}
        self.id = ops.create(tx, AppraisalCreate(year=self.year, **fields))
        for name, weight, source in COMPUTED:
            self._judge(tx, name, weight, source)
        name, _, _, standard, _ = ENTERED[1]
        self._judge(tx, name, 20, Source.ENTERED, office_id=self.bureau.unit["人事股"], standard=standard)

    def _judge(self, tx: Tx, name: str, weight: int, source: Source, **fields: Any) -> None:
        given = CriterionCreate(name=name, weight=weight, source=source, **fields)
        self.criteria.append(ops.add_criterion(tx, self.id, given))

    def enter(self, place: int, tx: Tx) -> None:
        """Once everything is entered and proved, the office says that it is done."""
        for number, school in enumerate(schools()):
            faults = DOCKED.get(school.name, (number % len(FAULTS),) if number % 3 == 1 else ())
            for criterion, points, reason in (FAULTS[fault] for fault in faults):
                if criterion == place:
                    unit_id = self.bureau.unit[school.name]
                    given = DeductionCreate(unit_id=unit_id, points=points, reason=reason)
                    deductions.enter(tx, self.criteria[place], given)
        proving.prove(tx, self.criteria[place], Proof(evidence_id=self._paper(place, tx)))
        ops.finish(tx, self.criteria[place])

    def _paper(self, place: int, tx: Tx) -> int:
        """Of one office and round, for all that it takes off."""
        _, _, office, _, paper = ENTERED[place]
        title = f"{self.title}：{paper}"
        file = papers.staged(self.store, f"{title}.pdf", papers.pdf(title, ["演示文件，内容系虚构。"]))
        unit_id = self.bureau.unit[office]
        given = EvidenceCreate(title=title, kind=EvidenceKind.MEETING, evidence_on=tx.today, unit_id=unit_id)
        return evidence.create(tx, file, given)

    def confirm(self, name: str, tx: Tx) -> None:
        mine = sa.select(RESULT.c.id).where(
            RESULT.c.appraisal_id == self.id, RESULT.c.unit_id == self.bureau.unit[name]
        )
        scoring.confirm(tx, tx.connection.execute(mine).scalar_one())

    def appeal(self, name: str, reason: str, tx: Tx) -> None:
        """Against the first of its deductions."""
        mine = sa.select(sa.func.min(DEDUCTION.c.id)).where(
            DEDUCTION.c.appraisal_id == self.id,
            DEDUCTION.c.unit_id == self.bureau.unit[name],
            DEDUCTION.c.state == DeductionState.STANDING,
        )
        self.appeals[name] = deductions.appeal(
            tx, tx.connection.execute(mine).scalar_one(), AppealCreate(reason=reason)
        )

    def decide(self, name: str, decide: Callable[..., int], why: str, tx: Tx) -> None:
        decide(tx, self.appeals[name], why)
