"""Evidence taken away, or made another, just while a row is submitted that must have it: one of the two comes first, and
both are right."""

import threading
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from app.assignments import operations as assignments
from app.campaigns import self_checks
from app.evidence import operations, rules
from app.filings import operations as filings
from app.integrity_risks import measures
from app.major_decisions import operations as decisions
from app.rectifications import operations as rectifications
from app.venue_activities import operations as activities
from tests.conftest import As
from tests.evidence.test_upload import PDF, upload
from tests.generated.rows import MAKE
from tests.stock import Stock
from tests.walk.steps import ok

API = "/api/v1"


@pytest.mark.parametrize("way", ["unlink", "void", "revisions"])
def test_what_is_submitted_has_its_required_evidence(
    as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    plan = stock.plan()
    row = stock.assignment(plan, stock.item(plan, required_evidence=["scheme"]), "实验小学", "in_progress")
    school, other = as_("school"), as_("school")
    ok(school.post(f"{API}/assignments/{row}/progress-reports", json={"text": "已办。", "percent": 100}), 201)
    piece = ok(upload(school, target="assignments", target_id=row), 201)
    assert piece["kind"] == "scheme"
    ways: dict[str, dict[str, Any]] = {
        "unlink": {"json": {"target": "assignments", "target_id": row}},
        "void": {"json": {"note": "传错了。"}},
        "revisions": {"files": {"file": ("新.pdf", PDF + b"2")}},
    }
    answers: list[Any] = []
    looked_at = assignments.missing_evidence

    def taken_away_meanwhile(see: Any, asked: Any) -> Any:
        found = looked_at(see, asked)
        taking = threading.Thread(
            target=lambda: answers.append(other.post(f"{API}/evidence/{piece['id']}/{way}", **ways[way]))
        )
        taking.start()
        threads.append(taking)
        taking.join(1)  # It waits for the submission; without a lock it would be done by now.
        return found

    threads: list[threading.Thread] = []
    monkeypatch.setattr(assignments, "missing_evidence", taken_away_meanwhile)
    ok(school.post(f"{API}/assignments/{row}/submit"))
    threads[0].join(10)
    [answer] = answers
    assert answer.status_code == 409 and answer.json()["code"] in ("target_closed", "wrong_state")
    held = ok(school.get(f"{API}/assignments/{row}"))
    assert held["state"] == "submitted" and held["missing_evidence"] == []


class Step(NamedTuple):
    """A step that asks for a piece of evidence, on a row that has just one."""

    resource: str
    state: str
    action: str
    module: ModuleType
    looks: str = "linked"
    more: tuple[tuple[str, Any], ...] = ()


ASKING = {
    "rectifications": Step("rectification", "in_progress", "submit", rectifications),
    "filings": Step("filing", "draft", "file", filings),
    "self-checks": Step("self_check", "pending", "submit", self_checks),
    "venue-activities": Step("venue_activity", "approved", "hold", activities, more=(("attended", 56),)),
    "risk-measures": Step("risk_measure", "in_progress", "finish", measures),
    "major-decisions": Step("major_decision", "executed", "complete", decisions, looks="kinds_linked"),
}
"""By their nouns. An assignment asks for kinds of it (above), an appraisal's criterion for many at once (there)."""


@pytest.mark.parametrize("way", ["unlink", "void"])
@pytest.mark.parametrize("noun", ASKING)
def test_what_asks_for_evidence_keeps_it_while_the_step_is_taken(
    as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch, noun: str, way: str
) -> None:
    step = ASKING[noun]
    row = MAKE[step.resource](stock, step.state)
    here = {"target": noun, "target_id": row}
    school, other = as_("school"), as_("school")
    [piece] = ok(school.get(f"{API}/evidence", params=here))["data"]
    body = here if way == "unlink" else {"note": "传错了。"}
    answers, threads = list[Any](), list[threading.Thread]()
    looked_at = getattr(step.module, step.looks)

    def take_away() -> None:
        answers.append(other.post(f"{API}/evidence/{piece['id']}/{way}", json=body))

    def taken_away_meanwhile(see: Any, *asked: Any) -> Any:
        found = looked_at(see, *asked)
        threads.append(threading.Thread(target=take_away))
        threads[-1].start()
        threads[-1].join(0.5)  # It waits for the step; without a lock it would be done by now.
        return found

    monkeypatch.setattr(step.module, step.looks, taken_away_meanwhile)
    ok(school.post(f"{API}/{noun}/{row}/{step.action}", json=dict(step.more)))
    [taking] = threads
    taking.join(10)
    [answer] = answers
    assert answer.status_code == 409 and answer.json()["code"] in ("target_closed", "wrong_state")
    kept = ok(school.get(f"{API}/evidence", params={**here, "voided": "false"}))["data"]
    assert [each["id"] for each in kept] == [piece["id"]]


def test_a_piece_is_linked_to_nothing_while_it_is_voided(
    as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would prove a row that is submitted at once."""
    plan = stock.plan()
    row = stock.assignment(plan, stock.item(plan, required_evidence=["scheme"]), "实验小学", "in_progress")
    school, other = as_("school"), as_("school")
    ok(school.post(f"{API}/assignments/{row}/progress-reports", json={"text": "已办。", "percent": 100}), 201)
    piece = f"{API}/evidence/{ok(upload(school), 201)['id']}"
    answers: list[Any] = []
    may, threads, asked = rules.guard, list[threading.Thread](), list[str]()

    def link_and_submit() -> None:
        answers.append(other.post(f"{piece}/links", json={"target": "assignments", "target_id": row}))
        answers.append(other.post(f"{API}/assignments/{row}/submit"))

    def linked_meanwhile(tx: Any, evidence_id: int, action: str) -> Any:
        found = may(tx, evidence_id, action)
        asked.append(action)
        if action == "void" and asked.count("void") == 2:  # Once more as it is held.
            threads.append(threading.Thread(target=link_and_submit))
            threads[0].start()
            threads[0].join(1)  # It waits for the voiding; without a lock it would be done by now.
        return found

    monkeypatch.setattr(rules, "guard", linked_meanwhile)
    ok(school.post(f"{piece}/void", json={"note": "传错了。"}))
    threads[0].join(10)
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(409, "voided"), (409, "missing_evidence")]
    assert ok(school.get(f"{API}/assignments/{row}"))["state"] == "in_progress"


def test_a_piece_that_is_revised_while_its_row_goes_on_in_another_goes_on_as_it_is_then(
    as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    old = stock.assignment(plan, item, "柳林小学", "in_progress")
    new = stock.assignment(plan, item, "柳林镇中心校", "in_progress")
    central, other = as_("central"), as_("central")
    piece = ok(upload(central, target="assignments", target_id=old), 201)
    revised, threads = list[Any](), list[threading.Thread]()
    insert = operations._insert_links

    def revise() -> None:
        revised.append(other.post(f"{API}/evidence/{piece['id']}/revisions", files={"file": ("新.pdf", PDF + b"2")}))

    def revised_meanwhile(tx: Any, *given: Any) -> int:
        threads.append(threading.Thread(target=revise))
        threads[0].start()
        threads[0].join(1)  # It waits for the copy; without a lock it would be done by now.
        return insert(tx, *given)

    monkeypatch.setattr(operations, "_insert_links", revised_meanwhile)
    stock.do(lambda tx: operations.copy_links(tx, "assignments", {old: new}))
    threads[0].join(10)
    assert [answer.status_code for answer in revised] == [201]
    links = ok(central.get(f"{API}/evidence/{piece['id']}"))["links"]
    assert {each["target_id"]: each["revision"] for each in links} == {old: 2, new: 2}
