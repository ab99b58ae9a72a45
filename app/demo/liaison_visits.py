"""What the demo's offices record of the schools they are paired with: most visited once, some not yet, a few urged."""

from functools import partial
from typing import Any

from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.liaison_visits import operations as ops
from app.liaison_visits.models import MatterCreate, QuotaPut, VisitCreate
from app.units.queries import LIAISON_LIST

CONTENT = (
    "听取开学以来清廉学校建设情况，查看收费公示、食堂采购台账和师德学习记录，与三名教师座谈。",
    "随班听课两节，查看课后服务安排和作业公示，核对家长委员会会议记录。",
    "查看“三重一大”议事记录和财务公开栏，走访门卫、食堂，了解教职工思想动态。",
)
PROBLEM = "收费公示栏的课后服务标准还是上学期的，没有更新。"
URGED = "更新收费公示栏，公示照片报包联股室。"
ANSWER = "已于当日更新公示，照片已存入资料库。"
BEGUN = -28
EVERY, MENDED = 6, 5
"""Of so many pairs one has not been visited; of so many visits one is urged."""


def note(diary: Diary, bureau: Bureau) -> None:
    supervisor = bureau.actors["supervisor"]
    diary.note(BEGUN, -20, supervisor, lambda tx: ops.put_quota(tx, QuotaPut(visits=1)))
    for number, pair in enumerate(diary.installation.read(supervisor, _pairs)):
        school, office = pair.school_id, bureau.name[pair.office_id]
        if number % EVERY and bureau.has_clerk(school) and office in bureau.login:
            _Visited(diary, bureau, pair).note(number)


def _pairs(see: Any) -> Any:
    return LIAISON_LIST.page(see, LIAISON_LIST.asked({"limit": "200"}))[0]


class _Visited:
    """A pair's visit, and what became of it."""

    def __init__(self, diary: Diary, bureau: Bureau, pair: Any) -> None:
        self.diary, self.pair = diary, pair
        self.clerk, self.school = bureau.of(pair.office_id), bureau.of(pair.school_id)
        self.visit = self.matter = 0

    def note(self, number: int) -> None:
        day = BEGUN + number * 13 % 24
        self.diary.note(day, 60 + number, self.clerk, partial(self._record, number))
        story = number % 11
        if story == 3:
            self.diary.note(day + 1, number, self.clerk, lambda tx: ops.void(tx, self.visit, "同一次走访重复登记。"))
        elif story == 4:
            said = "走访人中还有陈立同志，请补上。"
            self.diary.note(day + 1, number, self.school, lambda tx: ops.comment(tx, self.visit, said))
        elif story != 5:
            self.diary.note(day + 2, number, self.school, lambda tx: ops.confirm(tx, self.visit))
        if number % MENDED == 1 and story != 3:
            self._urge(day, number)

    def _record(self, number: int, tx: Tx) -> None:
        words = {"visitors": self.clerk.name, "content": CONTENT[number % len(CONTENT)]}
        problems = PROBLEM if number % MENDED == 1 else None
        given = VisitCreate(liaison_id=self.pair.id, visited_on=tx.today, problems=problems, **words)
        self.visit = ops.create(tx, given)

    def _urge(self, day: int, number: int) -> None:
        def urge(tx: Tx) -> None:
            deadline = self.diary.day(number % 7 - 2)
            self.matter = ops.urge(tx, self.visit, MatterCreate(text=URGED, deadline_on=max(deadline, tx.today)))

        self.diary.note(day, 90 + number, self.clerk, urge)
        story = number // MENDED % 4
        if story == 0:
            self.diary.note(day + 1, 90, self.clerk, lambda tx: ops.cancel(tx, self.matter, "学校已当场改正。"))
        if story in (1, 2):
            self.diary.note(day + 2, 90, self.school, lambda tx: ops.answer(tx, self.matter, ANSWER))
        if story == 1:
            self.diary.note(day + 3, 90, self.clerk, lambda tx: ops.close(tx, self.matter))
