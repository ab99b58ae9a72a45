"""What the demo's units searched for and found: last year's round is over and some of it due to be rated anew, this
year's is under way, with risk points at every step, a few units that found nothing and some that have not answered."""

from app.core.files import Store
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo import papers
from app.demo.bureau import Bureau, schools
from app.demo.diary import Diary
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.integrity_risks import measures, rounds
from app.integrity_risks import operations as ops
from app.integrity_risks.carrying import carry_over
from app.integrity_risks.models import MeasureCreate, RiskCreate
from app.integrity_risks.round_models import CarryOver, NilReportCreate, RoundCreate
from app.plans.models import EvidenceKind
from app.units.queries import group_choices

POINTS = (
    ("总务处", "采购员", "食材采购与验收", "采购价格虚高", "与供货商私下商定价格，验收走过场。", "process", 3, 4),
    ("校长室", "校长", "基建维修项目发包", "化整为零规避招标", "把一项工程拆成几项直接发包。", "institution", 3, 5),
    ("教导处", "教导主任", "编班与学籍管理", "招生编班打招呼", "按请托调整班级或放宽入学条件。", "duty", 2, 4),
    ("财务室", "报账员", "收费与票据管理", "收费不公示", "超范围收费，公示栏不更新。", "process", 2, 3),
    ("政教处", "班主任", "评优评先", "收受家长礼品", "节日收受礼品礼金，影响评优公正。", "ideology", 2, 2),
    ("办公室", "公章管理员", "用印与合同签订", "先用印后审批", "未经集体研究签订合同。", "environment", 1, 3),
)
"""Department, post, duty, risk point, how it shows, where it comes from, likelihood, impact."""
BY_RULE = "校长室"
MEASURES = ("三家比价、两人验收，结果在校内公示。", "列入校务会议题，会议纪要存档。", "每学期自查一次，结果报督查室。")
BEGUN, LAST_YEAR = -28, -41
REVIEWER = "党办"
GONE = "已改为区里统一办理，这个风险点不再存在。"
NOTE = "涉及重大项目，请按“三重一大”事项定级，并补充公示措施。"
FEW_WAIT = 20
"""From this school on nothing waits to be decided."""
STORIES = ("missing", "nil", "draft", "assessed", "sent_back", "controlled", "controlled", "done", "closing", "closed")
DECIDED = {"assessed": "controlled", "closing": "closed"}


def note(diary: Diary, bureau: Bureau, store: Store, featured: str) -> None:
    supervisor = bureau.actors["supervisor"]
    this, last = _Round(bureau, store), _Round(bureau, store)
    year = diary.today.year
    diary.note(LAST_YEAR, -20, supervisor, lambda tx: last.open(tx, year - 1, diary.day(LAST_YEAR + 20)))
    diary.note(BEGUN - 1, 0, supervisor, lambda tx: last.close(tx))
    diary.note(BEGUN, -20, supervisor, lambda tx: this.open(tx, year, diary.day(15)))
    for number, school in enumerate(schools()):
        clerk = bureau.of(school.name)
        if number % 5 == 0 or school.name == featured:
            found = _Found(last, bureau.unit[school.name], clerk, number)
            found.note(diary, bureau, LAST_YEAR + 1 + number // 5, "controlled", diary.day(-1 if number % 2 else 20))
            if number % 20 == 10:
                _go_on(diary, this, found, BEGUN + 1 + number // 3)
        stories: tuple[str, ...] = (
            ("controlled", "sent_back") if school.name == featured else (STORIES[number % len(STORIES)],)
        )
        if number >= FEW_WAIT:
            stories = tuple(DECIDED.get(story, story) for story in stories)
        for place, story in enumerate(stories):
            found = _Found(this, bureau.unit[school.name], clerk, number + place)
            found.note(diary, bureau, BEGUN + 1 + number // 3, story, diary.day(300 + number))


def _go_on(diary: Diary, this: "_Round", found: "_Found", day: int) -> None:
    """Last year's point still stands: it goes on in this year's round, to be rated anew."""
    diary.note(day, 5, found.clerk, lambda tx: carry_over(tx, this.id, CarryOver(risk_ids=[found.risk])))


class _Round:
    """A round of the search in the schools."""

    def __init__(self, bureau: Bureau, store: Store) -> None:
        self.bureau, self.store, self.id = bureau, store, 0

    def open(self, tx: Tx, year: int, deadline_on: object) -> None:
        groups = {name: group_id for group_id, name in group_choices(tx)}
        asked = {"unit_group_id": groups["各学校（园）"], "office_id": self.bureau.unit[REVIEWER]}
        title = f"{year}年廉政风险排查"
        self.id = rounds.create(tx, RoundCreate(year=year, title=title, deadline_on=deadline_on, **asked))

    def close(self, tx: Tx) -> None:
        rounds.close(tx, self.id)


class _Found:
    """What one unit found in a round, and what became of it."""

    def __init__(self, of: _Round, unit_id: int, clerk: Actor, number: int) -> None:
        self.of, self.unit_id, self.clerk, self.number = of, unit_id, clerk, number
        self.risk = self.measure = 0

    def note(self, diary: Diary, bureau: Bureau, day: int, story: str, review_on: object) -> None:
        reviewer, minutes = bureau.of(REVIEWER), 7 * (self.number % 40)
        if story == "missing":
            return
        if story == "nil":
            nothing = NilReportCreate(unit_id=self.unit_id, note="已排查全部部门和岗位，未发现风险点。")
            diary.note(day, minutes, self.clerk, lambda tx: rounds.report_nil(tx, self.of.id, nothing))
            return
        submit = story != "draft"
        diary.note(day, minutes, self.clerk, lambda tx: self._identify(tx, review_on, submit=submit))
        if story in ("controlled", "done", "closing", "closed"):
            diary.note(day + 2, minutes, reviewer, lambda tx: ops.confirm(tx, self.risk))
        if story in ("done", "closing", "closed"):
            diary.note(day + 6, minutes, self.clerk, self._carry_out)
        if story in ("closing", "closed"):
            diary.note(day + 8, minutes, self.clerk, lambda tx: ops.request_close(tx, self.risk, GONE))
        if story == "closed":
            diary.note(day + 9, minutes, reviewer, lambda tx: ops.close(tx, self.risk))
        if story == "sent_back":
            diary.note(day + 2, minutes, reviewer, lambda tx: ops.send_back(tx, self.risk, NOTE))

    def _identify(self, tx: Tx, review_on: object, *, submit: bool) -> None:
        names = ("department", "post", "duty_item", "risk_point", "manifestation", "source", "likelihood", "impact")
        point = dict(zip(names, POINTS[self.number % len(POINTS)], strict=True))
        placed = {"round_id": self.of.id, "unit_id": self.unit_id, "review_on": review_on}
        by_rule = point["department"] == BY_RULE
        self.risk = ops.create(tx, RiskCreate(**point, **placed, by_rule=by_rule))
        text = MEASURES[self.number % len(MEASURES)]
        deadline = tx.today.replace(month=12, day=31)
        self.measure = measures.add(tx, self.risk, MeasureCreate(text=text, deadline_on=deadline))
        if submit:
            ops.submit(tx, self.risk)

    def _carry_out(self, tx: Tx) -> None:
        title = "食材采购比价和验收记录"
        target = {"target": "risk-measures", "target_id": self.measure}
        proof = EvidenceCreate(title=title, kind=EvidenceKind.INSPECTION, evidence_on=tx.today, **target)
        paper = papers.staged(self.of.store, f"{title}.pdf", papers.pdf(title, ["演示文件，内容系虚构。"]))
        evidence.create(tx, paper, proof)
        measures.finish(tx, self.measure)
