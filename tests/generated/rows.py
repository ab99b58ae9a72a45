"""A row of any workflow in any of its states, with all that its steps ask for: filled in, proven, visited."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from app.accountability.models import AccountabilityAction, AccountabilityTrigger
from app.appraisals.deduction_models import AppraisalAppeal, AppraisalDeduction
from app.appraisals.models import Appraisal, AppraisalCriterion, AppraisalResult
from app.boxes.catalogue import digest
from app.boxes.models import ArchiveBox, ArchiveBoxEntry, ArchiveBoxSeal
from app.briefs.models import Brief
from app.campaigns.models import Campaign, SelfCheck
from app.complaints.models import Complaint
from app.core.audit import audited_write
from app.core.calendar import now
from app.core.operation import Tx
from app.core.stored import FILE
from app.documents.models import Document, DocumentRecipient
from app.evidence.models import Evidence, EvidenceLink, EvidenceRevision
from app.imports.models import ImportRun
from app.inspections.models import Visit
from app.integrity_risks.models import IntegrityRisk, RiskMeasure
from app.integrity_risks.round_models import RiskRound
from app.leading_groups.models import LeadingGroup
from app.liaison_visits.models import LiaisonMatter
from app.plans.queries import _FROM_OUTLINE
from app.robots.models import Robot
from app.summaries.models import Summary, SummarySnapshot
from app.webhooks import hearing
from app.webhooks.models import Webhook, WebhookDelivery
from app.webhooks.signing import TEST
from tests.generated.mechanisms import PHASES
from tests.integrity_risks.steps import WORDS as RISK
from tests.stock import Stock, day

SCHOOL = "实验小学"
GROUP_SINCE = {"valid_from": day(0), "since": day(0)}
OUTLINE = (*_FROM_OUTLINE, "items", "table_rows", "warnings")
WORDS = {"cause": "无人负责更新。", "measures": "明确专人负责。", "result": "已更新公示内容。"}


def plan(stock: Stock, state: str) -> int:
    made = stock.plan(f"第{stock.next('title')}号方案", state=state, outline={key: [] for key in OUTLINE})
    stock.responsible(made, stock.item(made), SCHOOL)
    return made


def assignment(stock: Stock, state: str) -> int:
    made = stock.plan()
    return stock.assignment(made, stock.item(made), SCHOOL, state, days=30, report_count=1)


def extension(stock: Stock, state: str) -> int:
    return stock.extension(SCHOOL, 30, assignment_id=assignment(stock, "in_progress"), state=state)


def inspection(stock: Stock, state: str) -> int:
    made = stock.inspection(SCHOOL, state=state)
    stock.add(Visit, inspection_id=made, unit_id=stock.world.unit[SCHOOL], visited_on=day(0))
    return made


def finding(stock: Stock, state: str) -> int:
    return stock.finding(stock.inspection(SCHOOL), SCHOOL, state=state)


def rectification(stock: Stock, state: str) -> int:
    made = stock.rectification(SCHOOL, state, days=30, **WORDS)
    proof(stock, "rectifications", made)
    return made


def proof(stock: Stock, target: str, target_id: int, kind: str = "rectification") -> int:
    """A piece of evidence linked to a row; of its file there is the record alone."""
    sha256, unit_id = f"{stock.next('proof'):064x}", stock.world.unit[SCHOOL]

    def add(tx: Tx) -> int:
        with audited_write(tx.connection):
            tx.connection.execute(
                FILE.insert().values(sha256=sha256, size=1, media_type="image/jpeg", stored_at=tx.now)
            )
        file = {"sha256": sha256, "filename": "照片.jpg"}
        made = tx.add(Evidence(unit_id=unit_id, title="照片", kind=kind, evidence_on=tx.today, **file))
        assert made.id is not None
        tx.add(EvidenceRevision(evidence_id=made.id, number=1, **file))
        link = {"target": target, "target_id": target_id, "linked_at": tx.now}
        tx.add(EvidenceLink(district_id=stock.world.district, evidence_id=made.id, **link))
        return made.id

    return stock.do(add)


def archive_box(stock: Stock, state: str) -> int:
    made = stock.plan()
    piece = proof(stock, "assignments", stock.assignment(made, stock.item(made), SCHOOL, "in_progress"))
    values = {"unit_id": stock.world.unit[SCHOOL], "plan_id": made, "year": 2020, "number": stock.next("box")}
    kept: dict[str, Any] = {"box": {"name": "议事决策", "unit_name": SCHOOL}, "entries": [], "missing": []}
    sealed = {"seal_count": 1, "sealed_at": now(), "catalogue_sha256": digest(kept)}
    closed = sealed if state in ("sealed", "handed_over") else {}
    box = stock.add(ArchiveBox, name="议事决策", state=state, **values, **closed)
    stock.add(ArchiveBoxEntry, archive_box_id=box, evidence_id=piece, position=1)
    if closed:
        stock.add(ArchiveBoxSeal, archive_box_id=box, number=1, catalogue=kept, sealed_at=now())
    return box


def document(stock: Stock, state: str) -> int:
    units = [stock.world.unit[SCHOOL]]
    words = {"issuer": "青川区教育局", "title": "关于课后服务情况的通报", "body": "现将有关情况通报如下："}
    plan = MAKE["plan"](stock, "issued")
    drawn = {
        "from": {"kind": "circular", "plan_id": plan},
        "title": words["title"],
        "lines": [words["body"]],
        "unit_ids": units,
    }
    values = {"drawn": drawn, "drawn_at": now(), "drafted_by": stock.world.user["supervisor"], **words}
    values |= {} if state == "draft" else {"submitted_by": stock.world.user["supervisor"]}
    made = stock.add(Document, kind="circular", state=state, unit_ids=units, **values)
    if state in ("served", "receipted"):
        done = {"receiver": "刘敏", "received_on": day(0), "receipted_at": now()} if state == "receipted" else {}
        stock.add(DocumentRecipient, document_id=made, unit_id=units[0], **done)
    return made


def breakdown(stock: Stock, state: str) -> int:
    return stock.breakdown(assignment(stock, "in_progress"), SCHOOL, state)


def brief(stock: Stock, state: str) -> int:
    words = {"title": "清廉家风进课堂", "text": "微课十二节。", "written_on": day(0)}
    made = stock.add(Brief, unit_id=stock.world.unit[SCHOOL], kind="situation_analysis", state=state, **words)
    proof(stock, "briefs", made)
    return made


def filing(stock: Stock, state: str) -> int:
    """Of a year of its own: a unit has one of a kind and year with the bureau, and one draft."""
    number = stock.next("made")
    numbered = {} if state == "draft" else {"number": 100 + number}
    made = stock.filing(SCHOOL, "responsibility_letter", state, year=2000 + number, **numbered)
    proof(stock, "filings", made)
    return made


def major_decision(stock: Stock, state: str) -> int:
    made = stock.decision(SCHOOL, state)
    proof(stock, "major-decisions", made, "meeting")
    return made


def accountability_action(stock: Stock, state: str) -> int:
    """About a task that is late: it may have a paper, and is served without one as well."""
    late = assignment(stock, "in_progress")
    served = {"served_at": now(), "reply_by": day(5)} if state in ("served", "performed", "replied", "closed") else {}
    approved = {"approved_at": now()} if served or state == "approved" else {}
    values = {"unit_id": stock.world.unit[SCHOOL], "kind": "open_criticism", "reason": "多次催办仍未办结。"}
    made = stock.add(AccountabilityAction, state=state, **values, **approved, **served)
    cited = {"kind": "overdue_assignment", "source_id": late, "said": "任务逾期。"}
    stock.add(AccountabilityTrigger, action_id=made, **cited)
    return made


def complaint(stock: Stock, state: str) -> int:
    """Given to the supervision office."""
    number = stock.next("complaint")
    values = {
        "code": f"X-{number}",
        "receipt_hash": f"{number:064x}",
        "channel": "web",
        "named": False,
        "category": "fees",
    }
    values |= {
        "text": "收费没有公示。",
        "received_on": day(0),
        "due_on": day(9),
        "result": "substantiated",
        "conclusion": "已改正。",
    }
    handled = {"handling_unit_id": stock.world.unit["督查室"], "unit_id": stock.world.unit[SCHOOL]}
    return stock.add(Complaint, state=state, **values, **handled)


def liaison_visit(stock: Stock, state: str) -> int:
    return stock.liaison_visit("教育股", SCHOOL, state=state)


def liaison_matter(stock: Stock, state: str) -> int:
    units = {"unit_id": stock.world.unit["教育股"], "school_id": stock.world.unit[SCHOOL]}
    visit = liaison_visit(stock, "recorded")
    return stock.add(LiaisonMatter, liaison_visit_id=visit, text="更新公示。", deadline_on=day(9), state=state, **units)


def venue_activity(stock: Stock, state: str) -> int:
    made = stock.venue_activity(SCHOOL, state)
    proof(stock, "venue-activities", made)
    return made


def campaign(stock: Stock, state: str) -> int:
    """Led by an office, asking a school; its final summary is written."""
    unit, number = stock.world.unit, stock.next("campaign")
    group = stock.add(LeadingGroup, unit_id=stock.world.district, name=f"第{number}组", leader="王建国", **GROUP_SINCE)
    words = {"title": "收费检查", "basis": "工作要点", "purpose": "规范收费。", "conclusion": "收费已规范。"}
    days = {name: date.fromisoformat(value) for name, value in PHASES.items()}
    asked = {"unit_id": unit["教育股"], "unit_ids": [unit[SCHOOL]], "leading_group_id": group}
    return stock.add(Campaign, state=state, **words, **days, **asked)


def self_check(stock: Stock, state: str) -> int:
    made = stock.add(
        SelfCheck,
        campaign_id=campaign(stock, "self_check"),
        unit_id=stock.world.unit[SCHOOL],
        state=state,
        situation="核对了公示。",
        has_problem=True,
        problem="多收作业本费。",
    )
    proof(stock, "self-checks", made)
    return made


def case_file(stock: Stock, state: str) -> int:
    """Handled by two offices' people."""
    made = stock.case(SCHOOL, state, conclusion="反映属实。", measures="批评教育。")
    stock.handle(made, "supervisor", "education")
    return made


def import_run(stock: Stock, state: str) -> int:
    file = {"filename": "名录.csv", "sha256": f"{stock.next('import'):064x}", "size": 1}
    heads = {"headings": ["单位名称"], "columns": ["name"]}
    return stock.add(
        ImportRun, user_id=stock.world.user["sysadmin"], resource="units", state=state, line_count=1, **file, **heads
    )


def webhook(stock: Stock, state: str) -> int:
    unit_id, url = stock.world.unit[SCHOOL], "https://hooks.example.com/in"
    made = stock.add(Webhook, name="学籍系统", unit_id=unit_id, url=url, state=state)
    stock.do(lambda tx: hearing.begin(tx.connection, made, stock.world.district))
    return made


def webhook_delivery(stock: Stock, state: str) -> int:
    """A message about nothing."""
    made = webhook(stock, "active")
    about = {"type": TEST, "happened_at": now(), "due_at": now(), "created_at": now(), "updated_at": now()}
    return stock.add(WebhookDelivery, webhook_id=made, message_id=f"msg_{made}", state=state, **about)


def summary(stock: Stock, state: str) -> int:
    made = stock.add(Summary, plan_id=plan(stock, "issued"), state=state, texts={"problems": "材料报送不及时。"})
    if state == "frozen":
        stock.add(SummarySnapshot, summary_id=made, number=1, taken_at=now())
    return made


def robot(stock: Stock, state: str) -> int:
    about = {"unit_id": stock.world.unit[SCHOOL], "kind": "wecom", "host": "qyapi.weixin.qq.com", "sealed_url": b"-"}
    return stock.add(Robot, name="工作群", state=state, **about)


def risk_round(stock: Stock, state: str) -> int:
    group, title = stock.world.group["各学校（园）"], f"第{stock.next('made')}次廉政风险排查"
    closed = {"closed_at": now()} if state == "closed" else {}
    values = {"year": 2026, "title": title, "deadline_on": day(30), "unit_group_id": group}
    return stock.add(RiskRound, state=state, **values, **closed)


def integrity_risk(stock: Stock, state: str) -> int:
    placed = {"round_id": risk_round(stock, "open"), "unit_id": stock.world.unit[SCHOOL]}
    made = stock.add(IntegrityRisk, state=state, review_on=day(300), **RISK, **placed)
    done = stock.add(RiskMeasure, risk_id=made, text="三家比价，两人验收。", responsible_person="何芳", state="done")
    proof(stock, "risk-measures", done)
    return made


def risk_measure(stock: Stock, state: str) -> int:
    of = integrity_risk(stock, "controlled")
    made = stock.add(RiskMeasure, risk_id=of, text="张榜公示。", responsible_person="何芳", state=state)
    proof(stock, "risk-measures", made)
    return made


def appraisal(stock: Stock, state: str) -> int:
    """By the number of promoted briefs; where the scores are published the days for appeals are over."""
    group, title = stock.world.group["各学校（园）"], f"第{stock.next('made')}次作风考核"
    values = {"year": 2026, "starts_on": day(-9), "ends_on": day(9), "appeal_workdays": 5, "unit_group_id": group}
    over = {"appeal_until": day(-1), "published_at": now()} if state in ("appeal", "frozen") else {}
    made = stock.add(Appraisal, title=title, state=state, **values, **over)
    by = {"name": "推广简报", "weight": 10, "source": "briefs", "required": 1, "state": "computed"}
    stock.add(AppraisalCriterion, appraisal_id=made, **by)
    return made


def appraisal_criterion(stock: Stock, state: str, of: str = "open") -> int:
    """Entered by the education office, or computed."""
    by = {"source": "overdue", "each": Decimal(1)}
    if state != "computed":
        by = {"source": "entered", "office_id": stock.world.unit["教育股"]}
    return stock.add(
        AppraisalCriterion, appraisal_id=appraisal(stock, of), name="会风会纪", weight=10, state=state, **by
    )


def appraisal_result(stock: Stock, state: str) -> int:
    unit = {"unit_id": stock.world.unit[SCHOOL], "unit_name": SCHOOL}
    made = appraisal(stock, "appeal")
    return stock.add(AppraisalResult, appraisal_id=made, score=Decimal(10), detail=[], state=state, **unit)


def appraisal_deduction(stock: Stock, state: str, of: str = "appeal") -> int:
    """Entered by the education office."""
    criterion = appraisal_criterion(stock, "waiting" if of == "open" else "entered", of)
    round_id = stock.do(lambda tx: tx.session.get_one(AppraisalCriterion, criterion).appraisal_id)
    by = {"office_id": stock.world.unit["教育股"], "unit_id": stock.world.unit[SCHOOL], "criterion_id": criterion}
    late = {"points": Decimal(2), "reason": "缺席例会。", "state": state}
    return stock.add(AppraisalDeduction, appraisal_id=round_id, **by, **late)


def appraisal_appeal(stock: Stock, state: str) -> int:
    against = appraisal_deduction(stock, "voided" if state == "upheld" else "standing")
    round_id = stock.do(lambda tx: tx.session.get_one(AppraisalDeduction, against).appraisal_id)
    whose = {"unit_id": stock.world.unit[SCHOOL], "office_id": stock.world.unit["教育股"]}
    made = {"appraisal_id": round_id, "deduction_id": against, "reason": "已请假。", "state": state}
    return stock.add(AppraisalAppeal, **made, **whose)


MAKE: dict[str, Callable[[Stock, Any], int]] = {
    "plan": plan,
    "assignment": assignment,
    "extension": extension,
    "inspection": inspection,
    "finding": finding,
    "rectification": rectification,
    "archive_box": archive_box,
    "document": document,
    "filing": filing,
    "risk_round": risk_round,
    "integrity_risk": integrity_risk,
    "risk_measure": risk_measure,
    "major_decision": major_decision,
    "accountability_action": accountability_action,
    "appraisal": appraisal,
    "appraisal_criterion": appraisal_criterion,
    "appraisal_result": appraisal_result,
    "appraisal_deduction": appraisal_deduction,
    "appraisal_appeal": appraisal_appeal,
    "complaint": complaint,
    "brief": brief,
    "breakdown": breakdown,
    "liaison_visit": liaison_visit,
    "liaison_matter": liaison_matter,
    "venue_activity": venue_activity,
    "case_file": case_file,
    "campaign": campaign,
    "self_check": self_check,
    "summary": summary,
    "import_run": import_run,
    "webhook": webhook,
    "webhook_delivery": webhook_delivery,
    "robot": robot,
}
"""By the workflow's name; a workflow without an entry fails the tests made from all of them."""
