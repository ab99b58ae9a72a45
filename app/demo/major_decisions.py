"""Major decisions of the demo's schools: most in order, one that earns each flag, some found by their office."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.core.calendar import today_of
from app.core.files import Store
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo import papers
from app.demo.bureau import Bureau, schools
from app.demo.diary import Diary
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.major_decisions import operations as ops
from app.major_decisions import queries, supervision
from app.major_decisions.models import DecisionCategory
from app.major_decisions.schemas import (
    AnswerCreate,
    MajorDecisionCreate,
    MajorDecisionPatch,
    RemarkCreate,
    SupervisionCreate,
)
from app.plans.models import EvidenceKind

SUPERVISED = (
    (DecisionCategory.DECISION, "党办"),
    (DecisionCategory.PERSONNEL, "人事股"),
    (DecisionCategory.PROJECT, "计财股"),
    (DecisionCategory.FUND, "计财股"),
)
BEGUN = -35
SUBJECTS: tuple[tuple[DecisionCategory, str, int | None], ...] = (
    (DecisionCategory.DECISION, "修订学校章程和议事规则", None),
    (DecisionCategory.FUND, "购置录播教室设备", 186_000),
    (DecisionCategory.PROJECT, "维修教学楼屋面防水", 92_500),
    (DecisionCategory.PERSONNEL, "调整年级组长", None),
)
STORIES = (
    *("completed", "completed", "executed", "disclosed", "decided", "deliberated", "registered"),
    *("chair_first", "no_review", "not_disclosed", "no_meeting", "no_quorum", "rejected", "put_off", "reconvened"),
)
REACHED = {
    "chair_first": "completed",
    "no_review": "executed",
    "not_disclosed": "decided",
    "rejected": "decided",
    "put_off": "decided",
    "reconvened": "executed",
}
"""How far those come that are not called after a state."""
OUTCOMES = {"rejected": (6, "rejected"), "put_off": (4, "deferred")}
"""How many were against, and the result; all else is passed by all."""
STEPS = ("deliberate", "decide", "disclose", "execute", "complete")
REMARK = "请说明没有上会的原因，并在下次党组织会议上通报。"
DROPPED = "多数不赞成，不再推进。"
ANSWER = "当时设备损坏影响上课，事后已在会上通报，今后先上会后实施。"


def note(diary: Diary, bureau: Bureau, store: Store, featured: str) -> None:
    diary.note(BEGUN, -20, bureau.actors["supervisor"], lambda tx: _supervise(tx, bureau))
    offices = dict(SUPERVISED)
    for number, school in enumerate(schools()):
        unit_id = bureau.unit[school.name]
        if not bureau.has_clerk(unit_id):
            continue
        stories = STORIES if school.name == featured else (STORIES[number % len(STORIES)],)
        for place, story in enumerate(stories):
            category, subject, amount = SUBJECTS[(number + place) % len(SUBJECTS)]
            given = {"unit_id": unit_id, "category": category, "subject": subject, "proposer": "林青", "amount": amount}
            matter = _Matter(given, store, bureau.of(unit_id), bureau.of(offices[category]))
            matter.note(diary, BEGUN + (number * 3 + place * 2) % 20, number + 7 * place, story)


def _supervise(tx: Tx, bureau: Bureau) -> None:
    for category, office in SUPERVISED:
        given = {"category": category, "office_id": bureau.unit[office], "basis": "清廉校园建设与督查工作方案"}
        supervision.create(tx, SupervisionCreate(**given))


class _Matter:
    """A matter and what became of it."""

    def __init__(self, given: dict[str, Any], store: Store, clerk: Actor, office: Actor) -> None:
        self.given, self.store, self.clerk, self.office = given, store, clerk, office
        self.decision = 0

    def note(self, diary: Diary, day: int, minutes: int, story: str) -> None:
        if story in ("no_meeting", "no_quorum"):
            self._found(diary, day, minutes, story)
            return
        reviewed = {} if story == "no_review" else {"legality_by": "法治副校长", "legality_on": diary.day(day)}
        prepared = {"preparation": "已征求教职工意见，并作了比较论证。", **reviewed}
        diary.note(day, minutes, self.clerk, lambda tx: self._register(tx, **prepared))
        reached = REACHED.get(story, story)
        done = ("registered", "deliberated", "decided", "disclosed", "executed", "completed").index(reached)
        # What is not to be overdue is decided of late.
        days = [day + 1, day + 3, day + 5, day + 9, day + 10]
        if story == "decided":
            days = [-3, -2, 0, 0, 0]
        taken = [(step, on, story) for step, on in zip(STEPS, days, strict=True)][:done]
        if story == "reconvened":
            taken[1:1] = [("decide", day + 2, "put_off"), ("reconvene", day + 3, story)]
        for step, on, told in taken:
            diary.note(on, minutes + 1, self.clerk, self._taking(step, told))
        if story == "rejected":
            diary.note(days[1], minutes + 30, self.clerk, lambda tx: ops.close(tx, self.decision, DROPPED))

    def _register(self, tx: Tx, **more: Any) -> None:
        self.decision = ops.create(tx, MajorDecisionCreate(**self.given, **more))

    def _taking(self, step: str, story: str) -> Callable[[Tx], Any]:
        def take(tx: Tx) -> None:
            self._prepare(tx, step, story)
            ops.STEPS[step](tx, self.decision)

        return take

    def _prepare(self, tx: Tx, step: str, story: str) -> None:
        if step == "decide":
            self._edit(tx, **_meeting(tx, story))
        elif step == "disclose":
            begun = today_of(tx.now)
            shown = {"disclosed_from": begun, "disclosed_to": begun + timedelta(days=6)}
            self._edit(tx, **shown, disclosure_place="校务公开栏")
        elif step == "execute":
            self._edit(tx, responsible_person="高岩", execution="已按决定办理完毕。")
        elif step == "complete":
            self._file_minutes(tx)

    def _edit(self, tx: Tx, **fields: Any) -> None:
        ops.edit(tx, self.decision, MajorDecisionPatch(**fields))

    def _file_minutes(self, tx: Tx) -> None:
        title = f"{self.given['subject']}会议纪要"
        target = {"target": "major-decisions", "target_id": self.decision}
        proof = EvidenceCreate(title=title, kind=EvidenceKind.MEETING, evidence_on=tx.today, **target)
        paper = papers.pdf(title, ["演示文件，内容系虚构。"])
        evidence.create(tx, papers.staged(self.store, f"{title}.pdf", paper), proof)

    def _found(self, diary: Diary, day: int, minutes: int, story: str) -> None:
        """Registered after it was decided: by the office that found it, or by the school itself."""

        def register(tx: Tx) -> None:
            met = _meeting(tx, story) if story == "no_quorum" else {}
            self._register(tx, decided_on=tx.today, legality_waived="金额较小，按制度不需审查", **met)

        diary.note(day, minutes, self.clerk if story == "no_quorum" else self.office, register)
        if story == "no_meeting":
            given = RemarkCreate(text=REMARK)
            diary.note(day + 1, minutes, self.office, lambda tx: ops.remark(tx, self.decision, given))
            if minutes % 2 == 0:
                diary.note(day + 3, minutes, self.clerk, self._answer)

    def _answer(self, tx: Tx) -> None:
        remark = queries.one(tx, self.decision)["remarks"][0]["id"]
        ops.answer(tx, self.decision, AnswerCreate(remark_id=remark, text=ANSWER))


def _meeting(tx: Tx, story: str) -> dict[str, Any]:
    said = [{"speaker": "高岩", "text": "同意。"}, {"speaker": "何芳", "text": "同意，注意公开。"}]
    chair = {"speaker": "林青", "text": "同意，按程序办理。"}
    present = 4 if story == "no_quorum" else 8
    against, result = OUTCOMES.get(story, (0, "passed"))
    return {
        "meeting_kind": "party_meeting",
        "held_at": tx.now.isoformat(timespec="seconds"),
        "chair": "林青",
        "expected": 9,
        "present": present,
        "observer": "纪检委员",
        "opinions": [chair, *said] if story == "chair_first" else [*said, chair],
        "recusals": [{"name": "郑宁", "reason": "与事项有利害关系"}],
        "votes_for": present - 1 - against,
        "votes_against": against,
        "votes_abstain": 0,
        "result": result,
    }
