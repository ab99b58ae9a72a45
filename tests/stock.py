"""Work put straight into a test's database, in any state: for the views that count and list it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Connection

from app.assignments.models import ASSIGNMENT, Assignment, AssignmentState
from app.breakdowns.models import Breakdown, BreakdownStep
from app.cases.models import CaseFile, CaseHandler
from app.core.audit import audited_write
from app.core.calendar import now
from app.core.operation import Tx
from app.core.policy import Actor, bound
from app.extensions.models import Extension
from app.filings.models import Filing
from app.inspections.models import Finding, Inspection, InspectionMember, InspectionTarget, Visit
from app.liaison_visits.models import LiaisonVisit
from app.major_decisions.models import MajorDecision
from app.plans.models import Plan, PlanArea, PlanItem, PlanState, Responsibility, ResponsibilityRole
from app.rectifications.models import Rectification
from app.settings import Settings
from app.units.models import Liaison
from app.venue_activities.models import VenueActivity
from tests.world import World

T = TypeVar("T")
SINCE = {
    AssignmentState.IN_PROGRESS: ("acknowledged_at",),
    AssignmentState.SUBMITTED: ("acknowledged_at", "submitted_at"),
    AssignmentState.COMPLETED: ("acknowledged_at", "submitted_at", "completed_at"),
}

WHOLE: dict[str, Any] = {
    "category": "project",
    "subject": "维修教学楼屋面",
    "proposer": "林青",
    "preparation": "已征求教职工意见。",
    "legality_by": "区司法所",
    "legality_on": date(2020, 1, 2),
    "meeting_kind": "party_meeting",
    "chair": "林青",
    "expected": 9,
    "present": 8,
    "opinions": [{"speaker": "高岩", "text": "同意。"}, {"speaker": "林青", "text": "同意。"}],
    "recusals": [{"name": "何芳", "reason": "亲属投标。"}],
    "votes_for": 7,
    "votes_against": 0,
    "votes_abstain": 0,
    "result": "passed",
    "disclosure_place": "校务公开栏",
    "responsible_person": "高岩",
    "execution": "已完工。",
}
"""A major decision without a fault."""


@dataclass
class Stock:
    app: FastAPI
    world: World
    count: dict[str, int] = field(default_factory=dict)

    def do(self, act: Callable[[Tx], T], district: int | None = None) -> T:
        actor = Actor(user_id=None, district_id=district or self.world.district)
        actor = Actor(user_id=None, district_id=actor.district_id, binds=bound(actor))

        def job(connection: Connection) -> T:
            tx = Tx(connection, actor, Settings())
            with tx.performing("setup"):
                result = act(tx)
            tx.finish()
            return result

        result: T = self.app.state.database.write_now(job)
        return result

    def add(self, model: type[Any], **fields: Any) -> int:
        made: int = self.do(lambda tx: tx.add(model(district_id=self.world.district, **fields)).id)
        return made

    def next(self, name: str) -> int:
        self.count[name] = self.count.get(name, 0) + 1
        return self.count[name]

    def plan(self, title: str = "2023年清廉学校建设", **fields: Any) -> int:
        values = {"state": PlanState.ISSUED, "source_text": "", "source_name": "a.txt", "outline": {}} | fields
        values.setdefault("source_sha256", f"{self.next('plan'):064}")
        return self.add(Plan, title=title, issuer_unit_id=self.world.unit["督查室"], **values)

    def area(self, plan: int, title: str) -> int:
        n = self.next("area")
        return self.add(PlanArea, plan_id=plan, title=title, number=f"（{n}）", position=n)

    def item(self, plan: int, title: str = "推进廉洁文化融入校园文化建设", **fields: Any) -> int:
        n = self.next("item")
        return self.add(PlanItem, plan_id=plan, key=f"k{n}", number=str(n), title=title, position=n, **fields)

    def responsible(self, plan: int, item: int, name: str, role: str = "responsible") -> int:
        """A unit or a group of the world, as the plan names it."""
        unit, group = self.world.unit.get(name), self.world.group.get(name)
        return self.add(
            Responsibility,
            plan_id=plan,
            plan_item_id=item,
            name=name,
            role=ResponsibilityRole(role),
            unit_id=unit,
            unit_group_id=group,
            is_group=unit is None,
        )

    def assignment(
        self, plan: int, item: int, unit: str, state: str = "pending", days: int | None = None, **fields: Any
    ) -> int:
        """``days``: deadline so many days from today (negative: overdue); None: no deadline."""
        state = AssignmentState(state)
        due = None if days is None else day(days)
        marks = {name: now() for name in SINCE.get(state, ())}
        values = {"period": "once", "role": ResponsibilityRole.RESPONSIBLE, "deadline_on": due, **marks, **fields}
        values.setdefault("original_deadline_on", due)
        created = values.pop("created_at", None)
        made = self.add(
            Assignment, plan_id=plan, plan_item_id=item, unit_id=self.world.unit[unit], state=state, **values
        )
        if created:
            self.do(lambda tx: _set_created(tx, made, created))
        return made

    def rectification(self, unit: str, state: str = "pending", days: int | None = None, **fields: Any) -> int:
        due = None if days is None else day(days)
        values = {"problem": "课后服务收费公示不全", "deadline_on": due, "original_deadline_on": due, **fields}
        if state in ("submitted", "closed"):
            values.setdefault("submitted_at", now())
        if state == "closed":
            values.setdefault("closed_at", now())
        return self.add(Rectification, unit_id=self.world.unit[unit], state=state, **values)

    def filing(self, unit: str, kind: str, state: str = "draft", **fields: Any) -> int:
        values = {"title": "章程", "adopted_on": day(0), "year": day(0).year, **fields}
        if state != "draft":
            values = {"number": self.next("filing"), "filed_at": now(), **values}
        return self.add(Filing, unit_id=self.world.unit[unit], kind=kind, state=state, **values)

    def decision(self, unit: str, state: str = "registered", **fields: Any) -> int:
        """Filled in as far as any state asks, and nothing of it suspicious."""
        values = WHOLE | {"year": day(0).year, "number": 1000 + self.next("decision"), **fields}
        if state not in ("registered", "deliberated"):
            values = {"decided_on": day(-1), "disclose_by": day(6), **values}
        values.setdefault("held_at", now() - timedelta(days=1))
        values = {"disclosed_from": day(0), "disclosed_to": day(6), **values}
        return self.add(MajorDecision, unit_id=self.world.unit[unit], state=state, **values)

    def breakdown(self, assignment: int, unit: str, state: str = "draft", days: int = 9, **fields: Any) -> int:
        """With one step, due in so many days."""
        values = {"number": self.next("breakdown"), "measures": [], **fields}
        if state not in ("draft",):
            values = {"submitted_at": now(), **values}
        unit_id = self.world.unit[unit]
        made = self.add(Breakdown, assignment_id=assignment, unit_id=unit_id, state=state, **values)
        step = {"text": "修订议事规则", "person": "刘敏", "deadline_on": day(days), "line": 1, "position": 0}
        self.add(BreakdownStep, breakdown_id=made, unit_id=unit_id, created_at=now(), **step)
        return made

    def liaison_visit(self, office: str, school: str, **fields: Any) -> int:
        units = {"office_id": self.world.unit[office], "school_id": self.world.unit[school]}
        made = self.add(Liaison, **units, valid_from=day(-self.next("pair")))
        values = {"visited_on": day(0), "visitors": "张晓梅", "content": "查看公示。", **fields}
        unit = {"unit_id": units["office_id"], "school_id": units["school_id"]}
        return self.add(LiaisonVisit, liaison_id=made, **unit, **values)

    def venue_activity(self, unit: str, state: str = "registered", days: int = 0, **fields: Any) -> int:
        words = {"kind": "lecture", "topic": "廉洁讲座", "host": "德育处", "place": "报告厅", "audience": "全体教师"}
        check = {"checked_by": "高岩", "checked_on": day(0), "check_result": "passed"}
        values = {**words, **check, "expected": 60, "held_on": day(days), **fields}
        return self.add(VenueActivity, unit_id=self.world.unit[unit], state=state, **values)

    def case(self, unit: str, state: str = "clue", **fields: Any) -> int:
        words = {"category": "procurement", "source": "audit", "title": "大宗采购只有一家报价", "text": "两次如此。"}
        made = {"id": 10**9 + self.next("case"), "unit_id": self.world.unit[unit], "state": state}
        return self.add(CaseFile, **words, **made, **fields)

    def handle(self, case_id: int, *accounts: str) -> None:
        for account in accounts:
            self.add(CaseHandler, case_file_id=case_id, user_id=self.world.user[account])

    def inspection(self, *targets: str, team: str = "教育股", days: int = 0, **fields: Any) -> int:
        values = {"title": "第三季度明察", "mode": "announced", "kind": "routine", "state": "ongoing", **fields}
        made = self.add(Inspection, unit_id=self.world.unit[team], starts_on=day(-9), ends_on=day(days), **values)
        self.add(InspectionMember, inspection_id=made, unit_id=self.world.unit[team])
        for target in targets:
            self.add(InspectionTarget, inspection_id=made, unit_id=self.world.unit[target])
        return made

    def finding(self, inspection: int, unit: str, **fields: Any) -> int:
        visit = self.add(Visit, inspection_id=inspection, unit_id=self.world.unit[unit], visited_on=day(0))
        words = {"category": "教育收费", "severity": "minor", "description": "公示不全", "correction": "补公示"}
        return self.add(
            Finding, inspection_id=inspection, visit_id=visit, unit_id=self.world.unit[unit], **words, **fields
        )

    def extension(self, unit: str, days: int = 10, **fields: Any) -> int:
        values = {"from_deadline_on": day(days), "deadline_on": day(days + 20), "reason": "学校搬迁", **fields}
        return self.add(Extension, unit_id=self.world.unit[unit], **values)


def _set_created(tx: Tx, row_id: int, created: datetime) -> None:
    """The session stamps rows itself; a test that looks back sets the day of dispatch afterwards."""
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(ASSIGNMENT).where(ASSIGNMENT.c.id == row_id).values(created_at=created))


def day(offset: int) -> date:
    from app.core.calendar import today_of

    return today_of(now()) + timedelta(days=offset)


@pytest.fixture
def stock(app: FastAPI, world: World) -> Stock:
    return Stock(app, world)
