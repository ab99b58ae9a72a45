"""What the demo's schools have filed: most of what is asked, some of it waiting, one sent back, one revised, some
missing."""

from datetime import timedelta

from app.core.files import Store
from app.core.operation import Tx
from app.core.policy import Actor
from app.demo import papers
from app.demo.bureau import JUNIOR, PRIMARY, Bureau, schools
from app.demo.diary import Diary
from app.evidence import operations as evidence
from app.evidence.models import EvidenceCreate
from app.filings import operations as ops
from app.filings.models import FILING_KIND_LABELS, YEARLY, FilingCreate, FilingKind, RequirementCreate
from app.plans.models import EvidenceKind
from app.units.queries import group_choices

ASKED = (
    (FilingKind.CHARTER, "各学校（园）", "制定或修订后一个月内", "办公室"),
    (FilingKind.RULES_OF_PROCEDURE, "各学校（园）", "制定或修订后一个月内", "党办"),
    (FilingKind.PARTY_RESPONSIBILITY_LIST, "各基层党组织", "每年三月底前", "党办"),
    (FilingKind.SCHOOL_SPECIFIC_PLAN, "各学校（园）", "方案印发后一个月内", None),
    (FilingKind.ASSESSMENT_METHOD, "各义务教育学校", "制定或修订后一个月内", "人事股"),
    (FilingKind.RESPONSIBILITY_LETTER, "各学校（园）", "每年三月底前", None),
)
"""Kind, group, deadline, who looks through it."""
BEGUN = -30
"""The day on which the first unit files; the others follow, a few a day."""
WITHIN = timedelta(days=33)
EARLIER = FilingKind.SCHOOL_SPECIFIC_PLAN, "各幼儿园", "学校集中审核前两日", timedelta(days=31)
"""Asked of a part of those units until another day: the earlier one counts."""
AGAIN = "（修订）"
MENDED = "请补充“议事决策”一章，写明“三重一大”事项的范围后再报。"
EVERY = 7
"""Of so many places one is missing, and beside it one is a draft."""


def note(diary: Diary, bureau: Bureau, store: Store, featured: str) -> None:
    supervisor = bureau.actors["supervisor"]
    diary.note(BEGUN, -30, supervisor, lambda tx: _ask(tx, bureau))
    every = {
        "各学校（园）": [school.name for school in schools()],
        "各义务教育学校": [school.name for school in schools() if {PRIMARY, JUNIOR} & set(school.stages)],
        "各基层党组织": [bureau.name[unit_id] for unit_id in bureau.hosts if bureau.has_clerk(unit_id)],
    }
    for place, (kind, group, _, office) in enumerate(ASKED):
        reviewer = bureau.of(office) if office else supervisor
        for number, unit in enumerate(every[group]):
            story = "revised" if unit == featured else _STORIES.get((number + 2 * place) % EVERY, "reviewed")
            if story == "waits" and number >= EVERY:
                story = "reviewed"
            if unit == featured and kind == FilingKind.RULES_OF_PROCEDURE:
                story = "sent_back"
            day = BEGUN + number // 2
            _Filed(bureau.unit[unit], unit, kind, store, bureau.of(unit)).note(diary, day, 20 * place, story, reviewer)


_STORIES = {0: "missing", 1: "draft", 2: "waits"}
"""Of each kind the first alone waits to be looked through."""


def _ask(tx: Tx, bureau: Bureau) -> None:
    groups = {name: group_id for group_id, name in group_choices(tx)}
    for kind, group, deadline, office in ASKED:
        office_id = bureau.unit[office] if office else None
        yearly = deadline.startswith("每年") or None
        asked = {"unit_group_id": groups[group], "deadline": deadline, "yearly": yearly, "office_id": office_id}
        if kind == FilingKind.SCHOOL_SPECIFIC_PLAN:
            asked["deadline_on"] = tx.today + WITHIN
        ops.create_requirement(tx, RequirementCreate(kind=kind, **asked))
    kind, group, deadline, within = EARLIER
    until = {"deadline": deadline, "deadline_on": tx.today + within}
    ops.create_requirement(tx, RequirementCreate(kind=kind, unit_group_id=groups[group], **until))


class _Filed:
    """A unit's filing of one kind, and what became of it."""

    def __init__(self, unit_id: int, unit: str, kind: FilingKind, store: Store, clerk: Actor) -> None:
        self.unit_id, self.unit, self.kind, self.store, self.clerk = unit_id, unit, kind, store, clerk
        self.filing = 0

    def note(self, diary: Diary, day: int, minutes: int, story: str, reviewer: Actor) -> None:
        if story == "missing":
            return
        diary.note(day, minutes, self.clerk, lambda tx: self._draw_up(tx, diary.today.year, file=story != "draft"))
        if story in ("reviewed", "revised"):
            diary.note(day + 3, minutes, reviewer, lambda tx: ops.confirm(tx, self.filing))
        if story == "sent_back":
            diary.note(day + 3, minutes, reviewer, lambda tx: ops.send_back(tx, self.filing, MENDED))
        if story == "revised" and self.kind == FilingKind.CHARTER:
            diary.note(-2, minutes, self.clerk, lambda tx: self._draw_up(tx, diary.today.year, AGAIN))

    def _draw_up(self, tx: Tx, year: int, again: str = "", *, file: bool = True) -> None:
        title = f"{self.unit}{FILING_KIND_LABELS[self.kind]}{again}"
        given = {"unit_id": self.unit_id, "kind": self.kind, "title": title, "adopted_on": tx.today}
        self.filing = ops.create(tx, FilingCreate(**given, year=year if self.kind in YEARLY else None))
        if not file:
            return
        target = {"target": "filings", "target_id": self.filing}
        proof = EvidenceCreate(title=title, kind=EvidenceKind.POLICY, evidence_on=tx.today, **target)
        evidence.create(
            tx, papers.staged(self.store, f"{title}.pdf", papers.pdf(title, ["演示文件，内容系虚构。"])), proof
        )
        ops.file(tx, self.filing)
