"""How the demo's schools and party branches break their assignments down: most confirmed, some waiting, some not
begun."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, OPEN_STATES
from app.breakdowns import operations as ops
from app.breakdowns.models import BreakdownCreate, MeasureInput, StepInput, StepMark
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo.bureau import JOINT_BRANCH, schools
from app.demo.diary import Diary
from app.demo.plan import Row
from app.demo.work import Office

BEGUN = 3
"""Days after the dispatch."""
STEPS = (
    ("召开专题会议，传达任务要求，明确分工", "办公室主任", -30),
    ("对照主要措施开展自查，列出问题清单", "教导主任", -8),
    ("逐项落实措施，收集整理过程资料", "政教主任", 2),
    ("向教职工公布落实情况，听取意见", "工会主席", 12),
)
"""What, who, and when from today, unless the assignment ends before."""
MEASURES = (
    {"text": "按期完成各步骤", "weight": 40, "standard": "每逾期一步扣 5 分"},
    {"text": "过程资料齐全", "weight": 30, "standard": "缺一类扣 5 分"},
    {"text": "教职工知晓率", "weight": 30, "standard": "低于 95% 不得分"},
)
BRANCHES: dict[str, tuple[str, ...]] = {
    "实验小学党支部": ("submit", "confirm", "mark"),
    "第一中学党总支": ("submit", "send_back", "submit", "confirm"),
    JOINT_BRANCH: ("submit", "confirm"),
}
"""Party branches that broke their first assignment down, and what became of it."""
BRANCH_STEPS = (
    ("召开支委会研究，确定责任书条款和签订范围", "支部书记", -36),
    ("支部书记与委员、委员与党小组逐级签订", "组织委员", -24),
    ("公示责任书，受理党员群众意见", "纪检委员", -14),
)
MENDED = "请把自查这一步细化到处室，并写明向谁公布。"
EVERY = 6
"""Of so many rows of a school one is broken down."""
STORIES: tuple[tuple[str, ...], ...] = (
    ("submit", "confirm", "mark"),
    ("submit", "confirm"),
    ("submit",),
    ("submit", "confirm", "mark", "again", "submit", "confirm"),
    (),
    ("submit", "confirm", "mark"),
    ("submit", "confirm"),
    ("submit", "send_back"),
    ("submit", "send_back", "submit", "confirm", "again", "submit"),
)


def note(diary: Diary, office: Office, rows: Sequence[Row], dispatched: int) -> None:
    names = {school.name for school in schools()}
    own = [row for row in rows if row.unit_name in names and office.bureau.has_clerk(row.unit_id)]
    ahead = [row for row in own if row.deadline_on is None or row.deadline_on >= diary.today]
    for number, row in enumerate(ahead[::EVERY]):
        _Broken(diary, row, office).note(dispatched + BEGUN, number, STORIES[number % len(STORIES)])
    for row in [row for row in ahead if row.unit_name == office.featured and row not in ahead[::EVERY]][:1]:
        _Broken(diary, row, office).note(dispatched + BEGUN, 0, STORIES[0])
    for name, story in BRANCHES.items():
        for row in [row for row in rows if row.unit_name == name][:1]:
            _Broken(diary, row, office, BRANCH_STEPS).note(dispatched + 1, row.id, story)


class _Broken:
    """One assignment's breakdown. Where the assignment has ended meanwhile, nothing more is done."""

    def __init__(self, diary: Diary, row: Row, office: Office, steps: Sequence[tuple[str, str, int]] = STEPS) -> None:
        self.diary, self.row, self.steps = diary, row, steps
        self.school, self.reviewer = office.bureau.of(row.unit_id), office.reviewer(row)
        self.id = 0

    def note(self, day: int, number: int, story: tuple[str, ...]) -> None:
        for at, step in enumerate(("begin", *story)):
            actor = self.reviewer if step in ("confirm", "send_back") else self.school
            self._note(min(day + 3 * at, -1), number % 60 * 5 + 30 * at, actor, getattr(self, f"_{step}"))

    def _note(self, day: int, minutes: int, actor: Actor, act: Callable[[Tx], Any]) -> None:
        def if_open(tx: Tx) -> None:
            state = sa.select(ASSIGNMENT.c.state).where(ASSIGNMENT.c.id == self.row.id)
            if tx.connection.execute(state).scalar_one() in OPEN_STATES:
                act(tx)

        self.diary.note(day, minutes, actor, if_open)

    def _by(self, days: int) -> date:
        wanted = self.diary.today + timedelta(days=days)
        return min(wanted, self.row.deadline_on or wanted)

    def _begin(self, tx: Tx) -> None:
        steps = [StepInput(text=text, person=person, deadline_on=self._by(days)) for text, person, days in self.steps]
        measures = [MeasureInput(**each) for each in MEASURES]
        self.id = ops.create(tx, BreakdownCreate(assignment_id=self.row.id, steps=steps, measures=measures))

    def _again(self, tx: Tx) -> None:
        self.id = ops.create(tx, BreakdownCreate(assignment_id=self.row.id))

    def _submit(self, tx: Tx) -> None:
        ops.submit(tx, self.id)

    def _confirm(self, tx: Tx) -> None:
        ops.confirm(tx, self.id)

    def _send_back(self, tx: Tx) -> None:
        ops.send_back(tx, self.id, MENDED)

    def _mark(self, tx: Tx) -> None:
        ops.mark(tx, self.id, StepMark(line=1, done_on=tx.today))
