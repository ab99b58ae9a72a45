"""Every deadline that a unit has is told of: whatever the resource, from one list."""

from datetime import date, timedelta

import sqlalchemy as sa

from app.accountability.models import AccountabilityAction
from app.appraisals.models import AppraisalResult
from app.core.calendar import now
from app.documents.models import Document, DocumentRecipient
from app.filings.models import FilingRequirement
from app.indicators.models import Indicator
from app.integrity_risks.models import RiskMeasure
from app.my_work.deadlines import DEADLINES, EXPECTED
from app.notifications.models import NOTICE, Kind
from app.notifications.queries import NOUNS
from app.units.models import UnitGroup
from tests.conftest import As
from tests.generated.mechanisms import PHASES
from tests.generated.rows import MAKE, SCHOOL
from tests.notifications.conftest import On
from tests.notifications.test_happenings import heard
from tests.stock import Stock, day
from tests.walk.steps import API, ok

LONG_AFTER = date(2199, 6, 3)
STANDING = {
    "assignment": ("in_progress", day(30)),
    "rectification": ("in_progress", day(30)),
    "liaison_matter": ("open", day(9)),
    "self_check": ("pending", date.fromisoformat(PHASES["self_check_to"])),
    "accountability_action": ("served", day(5)),
    "integrity_risk": ("controlled", day(300)),
    "major_decision": ("decided", day(6)),
    "risk_round": ("open", day(30)),
}
HANDED_IN = {"assignment": "submitted", "rectification": "submitted", "liaison_matter": "answered"}
HANDED_IN |= {"self_check": "submitted", "accountability_action": "replied", "major_decision": "executed"}
HANDED_IN |= {"breakdown": "superseded", "document": "receipted"}


OVERDUE = sa.select(NOTICE.c.resource, NOTICE.c.resource_id).where(
    NOTICE.c.kind == Kind.OVERDUE, NOTICE.c.unit_id == sa.bindparam("unit", type_=sa.BigInteger)
)
"""What a unit was told of, by itself or along with another."""


def with_deadlines(stock: Stock) -> dict[tuple[str, int], date]:
    """(resource, id) → its day: one of each that there is."""
    made = {(name, MAKE[name](stock, state)): due for name, (state, due) in STANDING.items()}
    risk, by = MAKE["integrity_risk"](stock, "controlled"), {"responsible_person": "何芳", "deadline_on": day(9)}
    made["integrity_risk", risk] = day(300)
    made["risk_measure", stock.add(RiskMeasure, risk_id=risk, text="张榜公示。", **by)] = day(9)
    score = {"unit_id": stock.world.unit[SCHOOL], "unit_name": SCHOOL, "score": 10, "detail": []}
    score |= {"appraisal_id": MAKE["appraisal"](stock, "appeal"), "appeal_until": day(4)}
    made["appraisal_result", stock.add(AppraisalResult, **score)] = day(4)
    made["major_decision", stock.decision(SCHOOL, "disclosed", deadline_on=day(8))] = day(8)
    made["breakdown", stock.breakdown(MAKE["assignment"](stock, "in_progress"), SCHOOL, "confirmed", days=7)] = day(7)
    return made | _of_papers(stock) | _of_nothing_yet(stock)


def _of_papers(stock: Stock) -> dict[tuple[str, int], date]:
    unit, words = stock.world.unit[SCHOOL], {"issuer": "青川区教育局", "title": "督查通报", "body": "情况如下："}
    served = {"kind": "circular", "state": "served", "unit_ids": [unit], "served_at": now(), "reply_by": day(3)}
    paper = stock.add(Document, **words, **served)
    stock.add(DocumentRecipient, document_id=paper, unit_id=unit)
    return {("document", paper): day(3)}


def _of_nothing_yet(stock: Stock) -> dict[tuple[str, int], date]:
    """What is asked of the school alone, which has said nothing."""
    unit, year = stock.world.unit, day(0).year
    group = stock.add(UnitGroup, name="试点学校", rule={"includes": [unit[SCHOOL]]})
    share = {"measure": "percent", "numerator_name": "参加学生数", "denominator_name": "有需要学生数", "target": 98}
    words = {"code": "KHFW", "name": "课后服务覆盖率", "definition": "应开尽开。", "direction": "at_least"}
    kept = {"cadence": "yearly", "office_id": unit["教育股"], "valid_from": date(year, 1, 1)}
    asked = {"kind": "charter", "yearly": False, "deadline_on": day(12)}
    return {
        ("indicator", stock.add(Indicator, unit_group_id=group, **words, **share, **kept)): date(year, 12, 31),
        ("filing_requirement", stock.add(FilingRequirement, unit_group_id=group, **asked)): day(12),
    }


def test_each_is_told_of_on_its_day_and_after_it_while_it_is_with_its_unit(
    as_: As, browse: As, stock: Stock, on: On
) -> None:
    made = with_deadlines(stock)
    handed_in = {(NOUNS[name], MAKE[name](stock, state)) for name, state in HANDED_IN.items()}
    assert {name for name, _ in made} == {each.resource for each in (*DEADLINES, *EXPECTED)} | {"document"}
    for due in sorted(set(made.values())):
        eve = due
        while not stock.do(lambda tx, eve=eve: tx.workdays.is_workday(eve)):  # type: ignore[misc]
            eve -= timedelta(days=1)
        on(eve)
        assert on(eve) == 0
    mine = {(NOUNS[name], row_id) for name, row_id in made}
    (asked,) = {each for each in mine if each[0] == "risk-rounds"}
    appealable = {each for each in mine if each[0] == "appraisal-results"}

    def told(kind: str, account: str = "school") -> set[tuple[str, int]]:
        return {(noun, row_id) for found, noun, row_id in heard(as_, account) if found == kind}

    assert mine <= told("due") and not handed_in & told("due")
    on(LONG_AFTER)
    overdue = stock.do(lambda tx: tx.connection.execute(OVERDUE, {"unit": stock.world.unit[SCHOOL]}).all())
    late = {(NOUNS[row.resource], row.resource_id) for row in overdue}
    assert late & mine == mine - appealable and not handed_in & late
    assert {noun for noun, _ in told("overdue")} == {noun for noun, _ in late}, "each kind in one notice"
    assert asked in told("overdue", "middle"), "whoever is asked in the round"
    assert {noun for _, noun, _ in heard(as_, "middle")} == {"risk-rounds"} and heard(as_, "education") == []
    for noun, row_id in mine:
        assert browse("school").get(f"/{noun}/{row_id}").status_code == 200, noun
    texts = "\n".join(row["text"] for row in ok(as_("school").get(f"{API}/notifications?limit=200"))["data"])
    for said in (
        f"章程备案报送的时限是 {day(12)}，已逾期，请尽快办理",
        f"指标“课后服务覆盖率”填报的时限是 {day(0).year}-12-31，请按时办结",
        f"的任务分解有步骤的时限是 {day(7)}，已逾期，请尽快完成",
        f"的回执期限是 {day(3)}，已逾期，请尽快回执",
    ):
        assert said in texts


def test_a_talk_whose_reply_was_sent_back_is_told_of_again(as_: As, stock: Stock, on: On) -> None:
    def talk(**done: object) -> tuple[str, str, int]:
        fields = {"kind": "personal_talk", "person": "林青", "reason": "逾期。", "state": "served", "reply_by": day(5)}
        values = fields | {"unit_id": stock.world.unit[SCHOOL], "served_at": now(), **done}
        return ("overdue", "accountability-actions", stock.add(AccountabilityAction, **values))

    waiting, held = talk(), talk(performed_at=now(), performance="已约谈。")
    on(LONG_AFTER)
    assert held in heard(as_) and waiting not in heard(as_), "what is not held yet waits for nobody's reply"
