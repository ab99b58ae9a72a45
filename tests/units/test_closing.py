"""What becomes of open work when a unit is closed and nothing follows it: it ends, is seen to first, or somebody else is
there to decide. Nothing is left that nobody could end."""

import re

from app.inspections.models import Visit
from app.integrity_risks.models import IntegrityRisk
from app.integrity_risks.round_models import RiskRound
from app.major_decisions.models import DECISION
from app.succession.registry import PARTS
from tests.conftest import As
from tests.generated.rows import MAKE
from tests.integrity_risks.steps import WORDS as RISK
from tests.stock import Stock, day, stock
from tests.units.merging import API, NEW, OLD, close, figures, merge, ok
from tests.units.test_parts import STOCKED, put
from tests.world import World

__all__ = ["stock"]
NOTE = {"note": "已核。"}
BLOCK = {
    *("rectification", "accountability_action", "liaison_matter", "self_check", "major_decision", "filing"),
    *("document_recipient", "campaign", "unit.parent_id", "unit.answering_unit_id", "indicator.office_id"),
    *("appraisal_criterion.office_id", "filing_requirement.office_id", "venue_reviewer.office_id"),
    *("brief_reviewer.office_id", "decision_supervision.office_id", "case_office.office_id", "risk_round.office_id"),
}
END = {
    *("integrity_risk", "venue_activity", "inspection_target", "inspection_member", "campaign_office"),
    *("liaison", "appointment", "leading_group", "role_grant"),
}
LEFT = {
    "assignment": "awaits the supervisor's decision",
    "finding": "is not issued any more",
    "inspection": "is carried on by whoever planned it",
    "accountability_claim": "says what was proposed once",
    "complaint.handling_unit_id": "is given to someone anew",
    "brief": "is chosen or not by its reviewers",
    "liaison_matter.school_id": "is ended by the office that raised it",
    "archive_box": "is sealed by the supervisor",
    "responsibility": "is passed over by the next dispatch",
    "unit_host": "is put right by the system administrator",
    "unit_alias": "stays the name of what there was",
    "unit_group": "holds only units that there are",
    "appointment.in_charge": "names what there was",
}


def test_open_work_of_every_kind_ends_or_blocks_or_is_left_to_someone(as_: As, stock: Stock, world: World) -> None:
    for make in STOCKED.values():
        make(stock, world.unit[OLD])
    seen = ok(as_("supervisor").get(f"{API}/units/{world.unit[OLD]}/close-preview"))
    told = set(re.findall(r"还有(\S+) \d+ 项", "\n".join(seen["obstacles"])))
    assert {part.name for part in PARTS if part.label in told} == BLOCK
    assert {name for name, verbs in figures(seen).items() if "ends" in verbs} == END
    assert BLOCK | END | LEFT.keys() == {part.name for part in PARTS}, "say here what a closing does with it"
    refused = close(as_, world)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_the_way")


def test_a_school_is_closed_once_what_it_must_put_right_and_answer_is_done(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    matter, action = MAKE["rectification"](stock, "submitted"), MAKE["accountability_action"](stock, "replied")
    refused = close(as_, world)
    assert refused.status_code == 409
    detail = refused.json()["detail"]
    assert "还有整改 1 项（“课后服务收费公示不全”），请先整改、验收销号" in detail
    assert "还有问责 1 项（“多次催办仍未办结”），请先办结或撤回" in detail
    ok(supervisor.post(f"{API}/rectifications/{matter}/close", json=NOTE))
    assert "整改" not in close(as_, world).json()["detail"]
    ok(supervisor.post(f"{API}/accountability-actions/{action}/close", json=NOTE))
    ok(close(as_, world))
    again = supervisor.post(f"{API}/rectifications/{matter}/reopen", json=NOTE)
    assert (again.status_code, again.json()["code"]) == (409, "unit_ended"), "nobody would put it right"


def test_where_nobody_can_put_it_right_the_refusal_says_who_is_to_be_named(as_: As, stock: Stock, world: World) -> None:
    """A training institution has no account; the office that answers for it carries out what is open."""
    body = {"code": "P1", "name": "启明培训中心", "kind": "training_institution"}
    made = as_("sysadmin").post(f"{API}/units", json=body).json()
    world.unit["启明培训中心"] = made["id"]
    matter = stock.rectification("启明培训中心")
    refused = close(as_, world, "启明培训中心")
    assert "请先由系统管理员为它指定代管股室，再整改、验收销号" in refused.json()["detail"]
    answered = {"answering_unit_id": world.unit["人事股"]}
    ok(as_("sysadmin").patch(f"{API}/units/{made['id']}", json=answered, headers={"if-match": '"1"'}))
    assert "代管股室" not in close(as_, world, "启明培训中心").json()["detail"]
    assert "start" in ok(as_("office").get(f"{API}/rectifications/{matter}"))["allowed_actions"]


def test_what_nobody_would_carry_on_ends_with_the_unit(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    lecture, risk = stock.venue_activity(OLD, "approved", 3), MAKE["integrity_risk"](stock, "controlled")
    inspection = stock.inspection(OLD, NEW)
    stock.add(Visit, inspection_id=inspection, unit_id=world.unit[NEW], visited_on=day(0))
    ok(close(as_, world))
    assert ok(supervisor.get(f"{API}/venue-activities/{lecture}"))["state"] == "cancelled"
    assert ok(supervisor.get(f"{API}/integrity-risks/{risk}"))["state"] == "closed"
    assert ok(supervisor.post(f"{API}/inspections/{inspection}/report"))["state"] == "reported"


def test_what_a_merged_school_left_ends_or_blocks_as_the_successors_own(as_: As, stock: Stock, world: World) -> None:
    """It stands under the old name and is carried on by the successor's people: after them there is nobody."""
    supervisor, old = as_("supervisor"), world.unit[OLD]
    plan = stock.plan()
    done = stock.assignment(plan, stock.item(plan), OLD, "completed")
    of = {"unit_group_id": world.group["各学校（园）"], "deadline_on": day(30)}
    over = stock.add(RiskRound, year=2026, title="去年排查", state="closed", **of)
    risk = stock.add(IntegrityRisk, round_id=over, unit_id=old, state="controlled", review_on=day(300), **RISK)
    decision = stock.decision(OLD, "decided", subject="教学楼维修")
    draft = stock.filing(OLD, "charter", "draft", title="章程草稿")
    ok(merge(as_, world))
    ok(supervisor.post(f"{API}/assignments/{done}/reopen", json=NOTE))
    seen = figures(ok(supervisor.get(f"{API}/units/{world.unit[NEW]}/close-preview")))
    assert (seen["major_decision"], seen["filing"]) == ({"stays": 1}, {"stays": 1})
    detail = close(as_, world, NEW).json()["detail"]
    assert "（“教学楼维修”）" in detail and "（“章程草稿”）" in detail
    assert as_("middle").delete(f"{API}/filings/{draft}").status_code == 204
    put(stock, DECISION, decision, state="completed")
    ok(close(as_, world, NEW))
    assert ok(supervisor.get(f"{API}/integrity-risks/{risk}"))["state"] == "closed"
    assert ok(supervisor.get(f"{API}/assignments/{done}"))["awaits_decision"] is True


def test_a_finding_is_not_issued_to_a_school_that_is_closed(as_: As, stock: Stock, world: World) -> None:
    finding = stock.finding(stock.inspection(OLD), OLD, state="draft")
    ok(close(as_, world))
    refused = as_("supervisor").post(f"{API}/findings/{finding}/issue")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_ended")
