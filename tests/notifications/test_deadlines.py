"""Every deadline that a unit has is told of: whatever the resource, from one list."""

from datetime import date, timedelta

from app.accountability.models import AccountabilityAction
from app.appraisals.models import AppraisalResult
from app.core.calendar import now
from app.integrity_risks.models import RiskMeasure
from app.my_work.deadlines import DEADLINES
from app.notifications.queries import NOUNS
from tests.conftest import As
from tests.generated.mechanisms import PHASES
from tests.generated.rows import MAKE, SCHOOL
from tests.notifications.conftest import On
from tests.notifications.test_happenings import heard
from tests.stock import Stock, day

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
HANDED_IN |= {"self_check": "submitted", "accountability_action": "replied", "major_decision": "disclosed"}


def with_deadlines(stock: Stock) -> dict[tuple[str, int], date]:
    """(resource, id) → its day: one of each that there is."""
    made = {(name, MAKE[name](stock, state)): due for name, (state, due) in STANDING.items()}
    risk, by = MAKE["integrity_risk"](stock, "controlled"), {"responsible_person": "何芳", "deadline_on": day(9)}
    made["integrity_risk", risk] = day(300)
    made["risk_measure", stock.add(RiskMeasure, risk_id=risk, text="张榜公示。", **by)] = day(9)
    score = {"unit_id": stock.world.unit[SCHOOL], "unit_name": SCHOOL, "score": 10, "detail": []}
    score |= {"appraisal_id": MAKE["appraisal"](stock, "appeal"), "appeal_until": day(4)}
    made["appraisal_result", stock.add(AppraisalResult, **score)] = day(4)
    return made


def test_each_is_told_of_on_its_day_and_after_it_while_it_is_with_its_unit(as_: As, stock: Stock, on: On) -> None:
    made = with_deadlines(stock)
    handed_in = {(NOUNS[name], MAKE[name](stock, state)) for name, state in HANDED_IN.items()}
    assert {name for name, _ in made} == {each.resource for each in DEADLINES} | {"risk_round"}
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
    assert told("overdue") & mine == mine - appealable and not handed_in & told("overdue")
    assert asked in told("overdue", "middle"), "whoever is asked in the round"
    assert {noun for _, noun, _ in heard(as_, "middle")} == {"risk-rounds"} and heard(as_, "education") == []


def test_a_talk_whose_reply_was_sent_back_is_told_of_again(as_: As, stock: Stock, on: On) -> None:
    def talk(**done: object) -> tuple[str, str, int]:
        fields = {"kind": "personal_talk", "person": "林青", "reason": "逾期。", "state": "served", "reply_by": day(5)}
        values = fields | {"unit_id": stock.world.unit[SCHOOL], "served_at": now(), **done}
        return ("overdue", "accountability-actions", stock.add(AccountabilityAction, **values))

    waiting, held = talk(), talk(performed_at=now(), performance="已约谈。")
    on(LONG_AFTER)
    assert held in heard(as_) and waiting not in heard(as_), "what is not held yet waits for nobody's reply"
