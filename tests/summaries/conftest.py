"""A year in which something happened everywhere, at two schools and in offices."""

from decimal import Decimal

import pytest

from app.accountability.models import AccountabilityAction
from app.appointments.models import Appointment
from app.appraisals.models import Appraisal, AppraisalResult
from app.assignments.models import ProgressReport
from app.briefs.models import Brief
from app.campaigns.models import Campaign, SelfCheck
from app.cases.models import CaseCircular
from app.complaints.models import Complaint
from app.core.calendar import now
from app.indicators.models import Indicator, IndicatorValue
from app.inspections.models import Inspection
from app.integrity_risks.models import IntegrityRisk
from app.integrity_risks.round_models import RiskRound
from app.leading_groups.models import LeadingGroup
from tests.integrity_risks.steps import WORDS as RISK
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture

YEAR = day(0).year
SCHOOLS = ("实验小学", "第一中学")


@pytest.fixture
def plan(stock: Stock) -> int:
    made = stock.plan(f"{YEAR}年清廉学校建设", year=YEAR)
    _tasks(stock, made)
    _inspected(stock)
    _mechanisms(stock, made)
    _answered_for(stock)
    return made


def _tasks(stock: Stock, plan: int) -> None:
    first, second = stock.area(plan, "清明政风"), stock.area(plan, "清正教风")
    one, two = stock.item(plan, "健全议事决策制度", area_id=first), stock.item(plan, "规范收费", area_id=second)
    stock.responsible(plan, one, "教育股", "lead")
    for item, days in ((one, -9), (two, 60)):
        stock.assignment(plan, item, "教育股", "in_progress", days, role="lead")
        stock.assignment(plan, item, "人事股", "in_progress", days, role="cooperate", counted=False)
        for school, state in zip(SCHOOLS, ("completed", "submitted"), strict=True):
            row = stock.assignment(plan, item, school, state, days)
            held = {"reported_on": day(0), "place": "报告厅", "participants": 30}
            stock.add(ProgressReport, assignment_id=row, text="开展廉洁讲座。", percent=50, **held)


def _inspected(stock: Stock) -> None:
    """Two inspections that found the same at one school, one that goes on, one draft of a finding."""
    for number, mode in enumerate(("announced", "unannounced"), 1):
        at = {"starts_on": day(0), "ends_on": day(0), "unit_id": stock.world.unit["督查室"]}
        made = stock.add(Inspection, title=f"第{number}次督查", mode=mode, kind="routine", state="released", **at)
        issued = {"state": "issued", "year": YEAR}
        stock.finding(made, SCHOOLS[0], number=10 * number, **issued)
        if number == 1:
            stock.finding(made, SCHOOLS[1], number=11, **issued)
    going = stock.inspection(SCHOOLS[0])
    stock.finding(going, SCHOOLS[0], state="draft")
    stock.rectification(SCHOOLS[0], "closed", days=9)
    stock.rectification(SCHOOLS[0], "in_progress", days=-3, round=2)
    stock.rectification(SCHOOLS[1], "pending", days=9, source="self_check")


def _mechanisms(stock: Stock, plan: int) -> None:
    world, school = stock.world, stock.world.unit[SCHOOLS[0]]
    acted = {"unit_id": school, "kind": "reminder", "reason": "逾期未办结。"}
    stock.add(AccountabilityAction, state="served", served_at=now(), reply_by=day(5), **acted)
    stock.add(AccountabilityAction, state="proposed", **acted)
    group = world.group["各学校（园）"]
    of = {"title": "年度排查", "deadline_on": day(9), "unit_group_id": group}
    searched = stock.add(RiskRound, year=YEAR, state="open", **of)
    stock.add(IntegrityRisk, round_id=searched, unit_id=school, state="controlled", review_on=day(300), **RISK)
    stock.decision(SCHOOLS[0], "decided")
    stock.decision(SCHOOLS[1], "decided", meeting_kind=None)
    stock.filing(SCHOOLS[0], "charter", "filed", reviewed_at=now())
    stock.filing(SCHOOLS[1], "charter", "sent_back")
    said = {"definition": "有需要的学生都参加。", "numerator_name": "参加", "denominator_name": "学生"}
    kept = {"office_id": world.unit["教育股"], "unit_group_id": group, "valid_from": day(-400)}
    kind = {"measure": "percent", "direction": "at_least", "cadence": "yearly", "target": Decimal(90)}
    counted = stock.add(Indicator, code="KH-1", name="课后服务覆盖率", **said, **kept, **kind)
    for unit, number in zip(SCHOOLS, (95, 60), strict=True):
        figures = {"numerator": Decimal(number), "denominator": Decimal(100), "reported_on": day(0)}
        stock.add(IndicatorValue, indicator_id=counted, unit_id=world.unit[unit], period=str(YEAR), **figures)
    complained(stock, "人事股", state="replied", accepted_on=day(0), concluded_on=day(0), replied_on=day(0))
    complained(stock, "教育股")
    stock.liaison_visit("教育股", SCHOOLS[0])
    stock.venue_activity(SCHOOLS[0], "held", attended=56)
    _briefs(stock, plan)


def _answered_for(stock: Stock) -> None:
    """A campaign at two schools, a frozen appraisal, who leads and answers, and what was circulated."""
    unit, phases = stock.world.unit, ("self_check", "inspection", "rectification", "summary")
    days = {f"{phase}_{end}": day(2 * n + m) for n, phase in enumerate(phases) for m, end in enumerate(("from", "to"))}
    words = {"title": "收费专项检查", "basis": "工作要点", "purpose": "规范收费。", "state": "inspection"}
    campaign = stock.add(Campaign, unit_id=unit["教育股"], unit_ids=[unit[each] for each in SCHOOLS], **words, **days)
    for school, state in zip(SCHOOLS, ("confirmed", "pending"), strict=True):
        stock.add(SelfCheck, campaign_id=campaign, unit_id=unit[school], state=state)
    of = {"unit_group_id": stock.world.group["各学校（园）"], "starts_on": day(-9), "ends_on": day(0)}
    appraisal = {"title": "年度作风考核", "year": YEAR, "appeal_workdays": 5, "frozen_at": now(), **of}
    judged = stock.add(Appraisal, state="frozen", **appraisal)
    for rank, (school, score) in enumerate(zip(SCHOOLS, ("96.5", "88"), strict=True), 1):
        got = {"unit_id": unit[school], "unit_name": school, "score": Decimal(score), "rank": rank}
        stock.add(AppraisalResult, appraisal_id=judged, detail=[], **got)
    since = {"unit_id": unit[SCHOOLS[0]], "valid_from": day(0)}
    stock.add(LeadingGroup, name="清廉学校建设领导小组", leader="林青", since=day(0), **since)
    stock.add(Appointment, name="林青", post="书记", duty="primary_responsible_person", **since)
    circulated = {"category": "procurement", "text": "某校采购未公示。", "circulated_on": day(0)}
    stock.add(CaseCircular, case_file_id=stock.case(SCHOOLS[0], "circulated"), **circulated)


def complained(stock: Stock, handling: str, school: str = SCHOOLS[0], **fields: object) -> int:
    number = stock.next("complaint")
    marks = {"code": f"X-{number}", "receipt_hash": f"{number:064x}", "channel": "web", "named": False}
    values = {"category": "fees", "text": "收费没有公示。", "received_on": day(0), "due_on": day(9), **fields}
    units = {"unit_id": stock.world.unit[school], "handling_unit_id": stock.world.unit[handling]}
    values.setdefault("state", "received")
    return stock.add(Complaint, **marks, **values, **units)


def _briefs(stock: Stock, plan: int) -> None:
    unit = {"unit_id": stock.world.unit[SCHOOLS[0]], "written_on": day(0)}
    stock.add(Brief, kind="highlight", title="清廉家风进课堂", text="微课十二节。", state="promoted", **unit)
    analysed = {"kind": "situation_analysis", "title": "课后服务经费的新情况", "text": "结算滞后。"}
    stock.add(Brief, state="selected", adopted_plan_id=plan, adopted_at=now(), **analysed, **unit)
