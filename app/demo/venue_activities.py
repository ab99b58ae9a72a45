"""The demo's lectures, forums and societies: approved and held, some waiting, one refused, one called off, one that
nobody reported."""

from datetime import timedelta
from typing import NamedTuple

from app.core.files import Store
from app.core.operation import Tx
from app.demo import papers
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.plans.models import EvidenceKind
from app.venue_activities import operations as ops
from app.venue_activities.models import ActivityCreate, CheckResult, Held, ReviewerPut, VenueKind


class Occasion(NamedTuple):
    unit: str
    kind: VenueKind
    topic: str
    speaker: str
    held: int
    """The day from today."""
    story: str
    people: int = 80


OFFICES = {VenueKind.LECTURE: "党办", VenueKind.FORUM: "党办", VenueKind.ONLINE_PLATFORM: "安稳股"}
OCCASIONS = (
    Occasion("实验小学", VenueKind.LECTURE, "家校共育与师德修养报告会", "沈清和", -14, "held", 120),
    Occasion("实验小学", VenueKind.SOCIETY, "清风朗诵社展示活动", "", 9, "asked"),
    Occasion("实验小学", VenueKind.PERFORMANCE, "清廉主题书画展", "", -3, "unreported", 200),
    Occasion("第一中学", VenueKind.LECTURE, "廉洁文化进校园专题讲座", "顾以安", -9, "held", 300),
    Occasion("第一中学", VenueKind.FORUM, "青年教师成长论坛", "", 6, "approved", 60),
    Occasion("青川中学", VenueKind.LECTURE, "生涯规划公益讲座", "马一帆", 4, "refused", 240),
    Occasion("职业教育中心", VenueKind.ONLINE_PLATFORM, "校园公众号“清风专栏”", "", 12, "unchecked"),
    Occasion("第二中学", VenueKind.FORUM, "作业设计研讨会", "", 8, "cancelled"),
    Occasion("教研室", VenueKind.FORUM, "全区德育课程研讨会", "方知行", 7, "asked", 90),
)
REFUSED = "主讲人单位和讲稿没有说明，请补充后另行登记。"
CALLED_OFF = "与期中测试时间冲突，取消。"


def note(diary: Diary, bureau: Bureau, store: Store) -> None:
    supervisor = bureau.actors["supervisor"]
    for kind, office in OFFICES.items():
        given = ReviewerPut(kind=kind, office_id=bureau.unit[office])
        diary.note(-30, 60, supervisor, lambda tx, given=given: ops.put_reviewer(tx, given))  # type: ignore[misc]
    for number, occasion in enumerate(OCCASIONS):
        _Occasion(diary, bureau, store, occasion).note(min(occasion.held - 6, -2), number)


class _Occasion:
    """One, and what became of it."""

    def __init__(self, diary: Diary, bureau: Bureau, store: Store, occasion: Occasion) -> None:
        self.diary, self.bureau, self.store, self.occasion = diary, bureau, store, occasion
        self.clerk, self.row = bureau.of(occasion.unit), 0

    def note(self, day: int, number: int) -> None:
        office = OFFICES.get(self.occasion.kind)
        reviewer = self.bureau.of(office) if office else self.bureau.actors["supervisor"]
        story, minutes = self.occasion.story, 100 + 10 * number
        self.diary.note(day, minutes, self.clerk, self._register)
        if story in ("held", "unreported", "approved"):
            self.diary.note(day + 1, minutes, reviewer, lambda tx: ops.approve(tx, self.row))
        if story == "refused":
            self.diary.note(day + 1, minutes, reviewer, lambda tx: ops.refuse(tx, self.row, REFUSED))
        if story == "cancelled":
            self.diary.note(day + 1, minutes, self.clerk, lambda tx: ops.cancel(tx, self.row, CALLED_OFF))
        if story == "held":
            self.diary.note(self.occasion.held + 1, minutes, self.clerk, self._hold)

    def _register(self, tx: Tx) -> None:
        unit, kind, topic, speaker, held, story, people = self.occasion
        check = {"checked_by": self.clerk.name, "checked_on": tx.today, "check_result": CheckResult.PASSED}
        given = ActivityCreate(
            unit_id=self.bureau.unit[unit],
            kind=kind,
            topic=topic,
            host=f"{unit}德育处" if kind != VenueKind.FORUM else unit,
            speaker=speaker or None,
            place="报告厅" if kind != VenueKind.ONLINE_PLATFORM else "本校公众号",
            held_on=self.diary.today + timedelta(days=held),
            begins="14:30",
            audience="教师和学生代表",
            expected=people,
            **({} if story == "unchecked" else check),
        )
        self.row = ops.create(tx, given)

    def _hold(self, tx: Tx) -> None:
        title = f"{self.occasion.topic}签到表"
        target = {"target": "venue-activities", "target_id": self.row}
        proof = EvidenceCreate(title=title, kind=EvidenceKind.ACTIVITY, evidence_on=tx.today, **target)
        paper = papers.staged(self.store, f"{title}.pdf", papers.pdf(title, ["演示文件，内容系虚构。"]))
        evidence.create(tx, paper, proof)
        ops.hold(tx, self.row, Held(attended=self.occasion.people - 4))
