"""The demo's official documents: every kind, and one in every state."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, AssignmentState
from app.core.operation import Tx
from app.demo.bureau import Bureau
from app.demo.cases import INSPECTIONS
from app.demo.diary import Diary
from app.documents import operations, queries
from app.documents.drafting import NEVER_ADDRESSED
from app.documents.models import DocumentCreate, DocumentKind, DocumentPatch, DocumentReceipt
from app.inspections.models import INSPECTION, InspectionState
from app.rectifications.models import RECTIFICATION, RectificationState
from app.units.models import UNIT

_OPEN = (
    sa.select(RECTIFICATION.c.id)
    .where(RECTIFICATION.c.finding_id.is_not(None), RECTIFICATION.c.state == RectificationState.IN_PROGRESS)
    .order_by(RECTIFICATION.c.id)
)
_LATE = (
    sa.select(ASSIGNMENT.c.unit_id)
    .join(UNIT, UNIT.c.id == ASSIGNMENT.c.unit_id)
    .where(
        ASSIGNMENT.c.state.in_([AssignmentState.PENDING, AssignmentState.IN_PROGRESS]),
        ASSIGNMENT.c.deadline_on < sa.bindparam("today"),
        UNIT.c.kind.not_in(NEVER_ADDRESSED),
    )
    .group_by(ASSIGNMENT.c.unit_id)
    .order_by(sa.func.count().desc(), ASSIGNMENT.c.unit_id)
)
_RELEASED = sa.select(INSPECTION.c.id).where(INSPECTION.c.state == InspectionState.RELEASED).order_by(INSPECTION.c.id)
FIRST = INSPECTIONS[0].title
"""The inspection of which a circular tells that all its units have receipted."""
PLACE = "局机关三楼会议室"
STEPS = (
    ("supervisor", operations.submit),
    ("leader", operations.approve),
    ("supervisor", operations.serve),
)


def note(diary: Diary, bureau: Bureau, plan_id: int) -> None:
    """The bureau told of the first inspection; in the last days it wrote to those who were late."""
    Writing(diary, bureau).note(plan_id)


class Writing:
    """Each act finds its row when its day has come."""

    def __init__(self, diary: Diary, bureau: Bureau) -> None:
        self.diary = diary
        self.bureau = bureau
        self.ids: dict[str, int] = {}

    def note(self, plan_id: int) -> None:
        notice, order = DocumentKind.RECTIFICATION_NOTICE, DocumentKind.URGING_ORDER
        self._write("notice", -5, 0, lambda tx: _given(notice, rectification_id=_nth(tx, _OPEN, 0)), 4)
        self._write("second notice", -2, 30, lambda tx: _given(notice, rectification_id=_nth(tx, _OPEN, 1)), 3)
        self._write("order", -2, 60, lambda tx: _given(order, unit_id=_nth(tx, _LATE, 0)), 2)
        self._write("twice", -2, 90, lambda tx: _given(order, unit_id=_nth(tx, _LATE, 0)), 0)
        self._act(-2, 95, "supervisor", "twice", lambda tx, n: operations.void(tx, n, "与上一份督办单重复。"))
        about = DocumentKind.CIRCULAR
        self._write("first circular", -26, 0, lambda tx: _given(about, inspection_ids=_titled(tx, FIRST)), 3)
        for n in range(len(INSPECTIONS[0].units)):
            self._answered("first circular", n, -25, 20 + 15 * n)
        self._write("circular", -4, 0, lambda tx: _given(about, inspection_ids=_all(tx), plan_id=plan_id), 3)
        copies = DocumentPatch(copy_unit_ids=[self.bureau.unit["派驻组"]], copy_others="区纪委监委")
        self._act(-4, 2, "supervisor", "circular", lambda tx, n: operations.edit(tx, n, copies))
        for n in range(2):
            self._answered("circular", n, -3, 30 + n)
        self._talk()
        self._write("waiting", -1, 180, lambda tx: _given(order, unit_id=_nth(tx, _LATE, 3)), 1)
        self._write("sent back", -1, 200, lambda tx: _given(order, unit_id=_nth(tx, _LATE, 1)), 1)
        said = "请写明逾期的原因，办理时限再宽三天。"
        self._act(-1, 215, "leader", "sent back", lambda tx, n: operations.send_back(tx, n, said))

    def _talk(self) -> None:
        talk = DocumentKind.TALK_NOTICE
        when = {"talk_on": self.diary.day(-1), "talk_time": "09:30", "talk_place": PLACE}
        self._write("talk", -3, 100, lambda tx: _given(talk, unit_id=_nth(tx, _LATE, 2)), 0)
        self._act(-3, 110, "supervisor", "talk", lambda tx, n: operations.edit(tx, n, DocumentPatch(**when)))
        self._act(-3, 115, "supervisor", "talk", operations.submit)
        self._act(-3, 120, "leader", "talk", operations.approve)
        self._act(-3, 130, "supervisor", "talk", operations.serve)
        self._answered("talk", 0, -2, 10)
        self._write("record", -1, 120, lambda tx: _given(DocumentKind.TALK_RECORD, notice_id=self.ids["talk"]), 0)

    def _write(self, name: str, day: int, at: int, given: Callable[[Tx], DocumentCreate | None], steps: int) -> None:
        """Drawn up and taken so many steps on: submitted, approved, served, receipted."""

        def draw_up(tx: Tx) -> None:
            if asked := given(tx):
                self.ids[name] = operations.create(tx, asked)

        self.diary.note(day, at, self.bureau.actors["supervisor"], draw_up)
        for n, (who, step) in enumerate(STEPS[:steps], 1):
            self._act(day, at + 5 * n, who, name, step)
        if steps > len(STEPS):
            self._answered(name, 0, day + 1, at)

    def _act(self, day: int, at: int, who: str, name: str, step: Callable[[Tx, int], Any]) -> None:
        def act(tx: Tx) -> None:
            if name in self.ids:
                step(tx, self.ids[name])

        self.diary.note(day, at, self.bureau.actors[who], act)

    def _answered(self, name: str, n: int, day: int, at: int) -> None:
        """Receipted by the clerk of the n-th unit it was served to."""

        def receipt(tx: Tx) -> None:
            units = queries.one(tx, self.ids[name])["unit_ids"] if name in self.ids else []
            clerks = [self.bureau.of(unit) for unit in units if self.bureau.has_clerk(unit)]
            if n < len(clerks):
                tx.actor = clerks[n]
                given = DocumentReceipt(receiver=tx.actor.name, note="已收到，立即研究落实。")
                operations.receipt(tx, self.ids[name], given)

        self.diary.note(day, at, self.bureau.actors["supervisor"], receipt)


def _given(kind: DocumentKind, **asked: Any) -> DocumentCreate | None:
    """None where there is nothing to write about: a plan of one's own may have nothing late."""
    return DocumentCreate(kind=kind, **asked) if all(asked.values()) else None


def _nth(tx: Tx, statement: sa.Select[Any], n: int) -> int | None:
    binds = {"today": tx.today} if statement is _LATE else {}
    found: list[int] = list(tx.connection.execute(statement.limit(n + 1), binds).scalars())
    return found[n] if n < len(found) else None


def _titled(tx: Tx, title: str) -> list[int]:
    return list(tx.connection.execute(_RELEASED.where(INSPECTION.c.title == title)).scalars())


def _all(tx: Tx) -> list[int]:
    return list(tx.connection.execute(_RELEASED).scalars())
