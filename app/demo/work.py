"""How the demo's units carry out their assignments: each row lives one of a few stories, told by real operations."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from app.assignments import operations as assignments
from app.assignments.models import ACTIVITY_KIND_LABELS, ActivityKind, ReportCreate, UrgingCreate
from app.core.files import Staged, Store
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo import papers
from app.demo.bureau import Bureau
from app.demo.diary import Diary
from app.demo.plan import Row
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.extensions import operations as extensions
from app.extensions.models import ExtensionCreate
from app.plans.models import EVIDENCE_KIND_LABELS, EvidenceKind

REPORTS = (
    (20, "已召开专题会议传达任务要求，明确了分管负责人和联络员，正在起草本单位的落实办法。"),
    (35, "落实办法已经会议研究通过，分工和时间安排已在校内公布，各部门开始自查。"),
    (50, "自查完成过半，发现的两处不规范已当场改正，其余事项按计划推进。"),
    (70, "主要措施已经落实，正在收集过程资料，按分项整理归档。"),
    (80, "公示期间没有收到异议，相关台账已建立，待整理印证资料后提交审核。"),
)
DONE = (100, "各项措施已全部落实，资料已整理归档，现提交审核。")
HALLS = ("报告厅", "操场", "阅览室")
HELD = {
    "练兵": ActivityKind.DRILL,
    "比赛": ActivityKind.CONTEST,
    "意识形态风险": ActivityKind.RISK_CHECK,
    "思想动态": ActivityKind.SITUATION_ANALYSIS,
    "法治工作": ActivityKind.RULE_OF_LAW_REPORT,
    "活动": ActivityKind.CULTURE,
}
"""What an item's title tells of that is held; the first word that stands in it."""
AT_TABLE = (ActivityKind.RISK_CHECK, ActivityKind.SITUATION_ANALYSIS, ActivityKind.RULE_OF_LAW_REPORT)
"""What is held in a meeting room."""
SENT_BACK = "资料里没有会议记录和签到表，请补齐后再提交；进展说明请写出具体做法和日期。"
URGED = "期限将近，请抓紧办理并及时填报进展。"

Steps = tuple[str, ...]
WITHIN: tuple[tuple[int, Steps], ...] = (
    (4, ("acknowledge", "report", "evidence", "finish", "submit", "complete")),
    (1, ("acknowledge", "report", "finish", "evidence", "submit", "send_back", "finish", "submit", "complete")),
    (1, ("acknowledge", "report", "report", "evidence", "finish", "submit", "complete")),
)
"""Stories that end before the deadline; (how often, steps)."""
LATE: tuple[tuple[int, Steps], ...] = (
    (1, ("acknowledge", "report", "urge", "evidence", "finish", "submit", "complete")),
)
EXTENDED: tuple[tuple[int, Steps], ...] = ((1, ("acknowledge", "ask", "approve", "report")),)
"""Asked and granted before the deadline: the new one is today."""
OVERDUE: tuple[tuple[int, Steps], ...] = (
    (3, ("acknowledge", "report", "urge")),
    (1, ("acknowledge", "report", "evidence", "finish", "submit")),
    (1, ("urge",)),
    (1, ("acknowledge", "report", "evidence", "finish", "submit", "send_back")),
    (1, ("acknowledge", "report", "evidence", "finish", "submit", "complete", "reopen")),
)
OPEN: tuple[tuple[int, Steps], ...] = (
    (4, ("acknowledge", "report")),
    (3, ("acknowledge", "report", "evidence", "report")),
    (3, ("acknowledge", "report", "evidence", "finish", "submit")),
    (3, ()),
    (2, ("acknowledge",)),
    (1, ("acknowledge", "report", "evidence", "finish", "submit", "send_back")),
    (1, ("acknowledge", "report", "evidence", "finish", "submit", "withdraw")),
    (3, ("acknowledge", "report", "evidence", "finish", "submit", "complete")),
    (1, ("acknowledge", "report", "ask")),
    (1, ("acknowledge", "ask", "approve", "report")),
    (1, ("acknowledge", "ask", "refuse", "report")),
    (1, ("decline",)),
    (1, ("decline", "redispatch")),
    (1, ("waive",)),
    (1, ("acknowledge", "cancel")),
    (1, ("urge",)),
)
"""Stories of rows whose deadline is ahead, or that have none."""
FEATURED: dict[str, tuple[Steps, ...]] = {
    "overdue": (
        ("acknowledge", "report", "urge"),
        ("acknowledge", "report", "evidence", "finish", "submit", "complete"),
    ),
    "open": (
        ("acknowledge", "report", "evidence", "finish", "submit", "send_back"),
        ("acknowledge", "report", "evidence", "finish", "submit"),
        (),
        ("acknowledge", "report", "evidence", "report"),
        ("acknowledge", "ask", "approve", "report"),
    ),
}
"""The rows of the unit that most visitors log in as: something in every group of its 我的待办."""


DECIDED = {"submit": "complete", "decline": "redispatch", "ask": "approve"}
"""What waits for someone's decision, and how that is mostly taken."""
WAITS = 4
"""Of so many of these one waits still."""


class Span(NamedTuple):
    """Days from today between which a story is told."""

    start: int
    end: int

    def day(self, step: int, steps: int, number: int) -> int:
        """Most acknowledge within two days; the rest spreads over the span, a little differently for each row."""
        last = max(self.end - number % 6, self.start)
        begun = min(self.start + 2, last)
        if step == 0:
            late = 5 if number % 11 == 0 else 0
            return min(self.start + (number % 5) // 2 + late, self.day(1, steps, number))
        return begun + (last - begun) * (step + 1) // (steps + 1)


class Office:
    """Notes the stories of many rows in the diary."""

    def __init__(self, diary: Diary, bureau: Bureau, store: Store, featured: str) -> None:
        self.diary = diary
        self.bureau = bureau
        self.store = store
        self.featured = featured
        self.told: Counter[str] = Counter()

    def carry_out(self, rows: Sequence[Row], dispatched: int) -> None:
        """``dispatched``: the day from which the rows were there, counted from today."""
        for number, row in enumerate(rows):
            if not self.bureau.has_clerk(row.unit_id):
                continue
            steps, span = self._story(row, dispatched, number)
            Telling(self, row, number).note(steps, span)

    def _story(self, row: Row, dispatched: int, number: int) -> tuple[Steps, Span]:
        left = None if row.deadline_on is None else (row.deadline_on - self.diary.today).days
        kind = "open" if left is None or left >= 0 else "overdue"
        if row.unit_name == self.featured:
            return self._next(f"featured {kind}", [(1, s) for s in FEATURED[kind]]), Span(dispatched, 0)
        if kind == "open" or left is None:
            return self._decided(self._next("open", OPEN)), Span(dispatched, 0)
        if left <= dispatched:
            # It was overdue when it was dispatched: an old plan.
            return self._decided(self._next("overdue", OVERDUE)), Span(dispatched, 0)
        match number % 10:
            case 3 | 7:
                return self._decided(self._next("overdue", OVERDUE)), Span(dispatched, 0)
            case 5:
                return self._next("late", LATE), Span(max(dispatched, left - 6), 0)
            case 9:
                return self._next("extended", EXTENDED), Span(dispatched, left)
        return self._next("within", WITHIN), Span(dispatched, left)

    def _next(self, kind: str, stories: Sequence[tuple[int, Steps]]) -> Steps:
        """Each story as often as it says, mixed; always the same for the same plan."""
        every = [steps for often, steps in stories for _ in range(often)]
        stride = next(n for n in (7, 5, 3, 1) if len(every) % n or n == 1)
        chosen = every[self.told[kind] * stride % len(every)]
        self.told[kind] += 1
        return chosen

    def _decided(self, steps: Steps) -> Steps:
        """In a district at work little waits for those who decide."""
        last = steps[-1] if steps else ""
        if last not in DECIDED:
            return steps
        self.told[last] += 1
        return steps if self.told[last] % WAITS == 1 else (*steps, DECIDED[last])

    def reviewer(self, row: Row) -> Actor:
        """Schools' work is accepted by the responsible office, offices' by the supervisor, 督查室's own by a leader."""
        if row.unit_name == "督查室":
            return self.bureau.actors["leader"]
        if row.offices and not row.is_office:
            return self.bureau.of(row.offices[row.id % len(row.offices)])
        return self.bureau.actors["supervisor"]


class Telling:
    """One row's story. The steps are methods; each gives the act of one person."""

    def __init__(self, office: Office, row: Row, number: int) -> None:
        self.office = office
        self.row = row
        self.number = number
        self.unit = office.bureau.of(row.unit_id)
        self.reports = 0
        self.extension = 0

    def note(self, steps: Steps, span: Span) -> None:
        if self.row.unit_name == "派驻组":
            # The bureau neither urges nor reviews it: its work is complete when it submits.
            own = (step for step in steps if step in ("acknowledge", "report", "evidence", "finish", "submit"))
            steps = tuple(dict.fromkeys(own)) if self.number % 2 else ()
        if self.row.is_office and "cancel" in steps:
            # An office without its row is no longer responsible, and could not review the schools'.
            steps = ("acknowledge", "report")
        for at, step in enumerate(steps):
            if step in ("ask", "approve", "refuse") and self.row.deadline_on is None:
                continue
            if step == "urge" and self.row.unit_name == "督查室":
                continue
            actor, act = getattr(self, f"_{step}")()
            self.office.diary.note(span.day(at, len(steps), self.number), self.number * 7 % 480 + at, actor, act)

    def _by_unit(self, operation: Callable[..., Any]) -> tuple[Actor, Callable[[Tx], Any]]:
        return self.unit, lambda tx: operation(tx, self.row.id)

    def _acknowledge(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._by_unit(assignments.acknowledge)

    def _submit(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._by_unit(assignments.submit)

    def _withdraw(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._by_unit(assignments.withdraw)

    def _report(self) -> tuple[Actor, Callable[[Tx], Any]]:
        percent, text = REPORTS[min(self.reports * 2 + self.number % 3, len(REPORTS) - 1)]
        self.reports += 1
        return self._reporting(percent, text)

    def _finish(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._reporting(*DONE)

    def _reporting(self, percent: int, text: str) -> tuple[Actor, Callable[[Tx], Any]]:
        # What is reported on the way of an activity is that it was held, with its photo.
        held = next((kind for word, kind in HELD.items() if word in self.row.item_title and percent < DONE[0]), None)
        place, many = (HALLS[self.number % 3], 30 + self.number % 90) if held else (None, None)
        if held in AT_TABLE:
            place, many = "会议室", 8 + self.number % 9
        given = ReportCreate(text=text, percent=percent, place=place, participants=many, activity=held)

        def report(tx: Tx) -> None:
            photos = [self._photo(tx, ACTIVITY_KIND_LABELS[held])] if held and self.number % 3 else []
            assignments.report(tx, self.row.id, given.model_copy(update={"evidence_ids": photos}))

        return self.unit, report

    def _photo(self, tx: Tx, words: str) -> int:
        title = f"{words}现场照片"
        given = EvidenceCreate(
            title=title,
            kind=EvidenceKind.ACTIVITY,
            evidence_on=tx.today,
            unit_id=self.row.unit_id,
            target="assignments",
            target_id=self.row.id,
        )
        picture = papers.staged(self.office.store, f"现场照片{self.number:03}.png", papers.picture(title))
        return evidence.create(tx, picture, given)

    def _evidence(self) -> tuple[Actor, Callable[[Tx], Any]]:
        """What the item asks for, or else whatever there is."""
        kinds = [EvidenceKind(kind) for kind in self.row.required] or [list(EvidenceKind)[self.number % 7]]

        def upload(tx: Tx) -> None:
            for kind in kinds:
                title = f"{self.row.item_title[:40]}：{EVIDENCE_KIND_LABELS[kind]}材料"
                given = EvidenceCreate(
                    title=title,
                    kind=kind,
                    evidence_on=tx.today,
                    unit_id=self.row.unit_id,
                    target="assignments",
                    target_id=self.row.id,
                )
                evidence.create(tx, paper(self.office.store, title, self.number), given)

        return self.unit, upload

    def _decline(self) -> tuple[Actor, Callable[[Tx], Any]]:
        note = "本单位没有这项业务，建议由相关股室办理，请督查室核实。"
        return self.unit, lambda tx: assignments.decline(tx, self.row.id, note)

    def _ask(self) -> tuple[Actor, Callable[[Tx], Any]]:
        assert self.row.deadline_on is not None
        today = self.office.diary.today
        wanted = self.row.deadline_on + timedelta(days=14) if self.row.deadline_on >= today else today
        given = ExtensionCreate(deadline_on=wanted, reason="校舍维修占用了公示场地，公示须顺延两周。")

        def ask(tx: Tx) -> None:
            self.extension = extensions.request_for_assignment(tx, self.row.id, given)

        return self.unit, ask

    def _approve(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self.office.bureau.actors["leader"], lambda tx: extensions.approve(tx, self.extension)

    def _refuse(self) -> tuple[Actor, Callable[[Tx], Any]]:
        note = "这项工作与期末考核相关，请按原期限完成。"
        return self.office.bureau.actors["leader"], lambda tx: extensions.refuse(tx, self.extension, note)

    # Reviewers and the supervisor

    def _complete(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self.office.reviewer(self.row), lambda tx: assignments.complete(tx, self.row.id)

    def _send_back(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self.office.reviewer(self.row), lambda tx: assignments.send_back(tx, self.row.id, SENT_BACK)

    def _urge(self) -> tuple[Actor, Callable[[Tx], Any]]:
        given = UrgingCreate(level=1 + self.number % 2, note=URGED)
        return self._pressing(lambda tx: assignments.urge(tx, self.row.id, given))

    def _reopen(self) -> tuple[Actor, Callable[[Tx], Any]]:
        note = "实地核查时公示栏里没有这份责任书，与填报不符，请重新办理。"
        return self._pressing(lambda tx: assignments.reopen(tx, self.row.id, note))

    def _redispatch(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._pressing(lambda tx: assignments.redispatch(tx, self.row.id))

    def _waive(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._pressing(lambda tx: assignments.waive(tx, self.row.id, "新建校区今年尚未启用，本期免办。"))

    def _cancel(self) -> tuple[Actor, Callable[[Tx], Any]]:
        return self._pressing(lambda tx: assignments.cancel(tx, self.row.id, "与另一项任务重复，撤销这一条。"))

    def _pressing(self, act: Callable[[Tx], Any]) -> tuple[Actor, Callable[[Tx], Any]]:
        return self.office.bureau.actors["supervisor"], act


def paper(store: Store, title: str, number: int) -> Staged:
    """A small file on the matter: a document, a picture or a list, in turn. One content is stored once."""
    note = "演示文件，内容系虚构。"
    match number % 3:
        case 0:
            return papers.staged(store, f"{title[-12:]}.pdf", papers.pdf(title, [note]))
        case 1:
            return papers.staged(store, f"现场照片{number:03}.png", papers.picture(title))
    return papers.staged(store, f"{title[-12:]}清单.txt", papers.listing(title, [note]))
