"""Linking: one upload proves many things; who may link, see, revise, take off and void, and when."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.assignments.models import Assignment, AssignmentState
from app.core.operation import Tx
from app.core.policy import Role
from app.core.workflow import counted_anew
from app.evidence import operations as ops
from app.evidence import queries
from app.identity import operations as identity
from app.identity.models import GrantCreate
from app.venue_activities.models import ACTIVITY
from tests.conftest import As
from tests.evidence.test_upload import PDF, upload
from tests.generated.rows import proof
from tests.stock import Stock
from tests.world import World

FAR = 60


def link(as_: As, account: str, evidence: int, target_id: int, target: str = "assignments") -> Any:
    return as_(account).post(f"/api/v1/evidence/{evidence}/links", json={"target": target, "target_id": target_id})


def unlink(as_: As, account: str, evidence: int, target_id: int) -> Any:
    body = {"target": "assignments", "target_id": target_id}
    return as_(account).post(f"/api/v1/evidence/{evidence}/unlink", json=body)


def revise(as_: As, account: str, evidence: int, content: bytes = PDF + b"2") -> Any:
    return as_(account).post(f"/api/v1/evidence/{evidence}/revisions", files={"file": ("新.pdf", content)})


def ids(as_: As, account: str, **params: Any) -> list[int]:
    answer = as_(account).get("/api/v1/evidence", params=params)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


@pytest.fixture
def item(stock: Stock) -> tuple[int, int]:
    """A plan and an item that 教育股 leads."""
    plan = stock.plan()
    made = stock.item(plan)
    stock.assignment(plan, made, "教育股", "in_progress", FAR, role="lead")
    return plan, made


def test_link_is_made_once(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    row = stock.assignment(*item, "实验小学", "in_progress", FAR)
    made = upload(as_("school")).json()["id"]
    first, second = link(as_, "school", made, row), link(as_, "school", made, row)
    assert (first.status_code, second.status_code) == (201, 200)
    assert [(each["target"], each["target_id"]) for each in second.json()["links"]] == [("assignments", row)]
    assert first.json()["links"][0]["target_title"] == "推进廉洁文化融入校园文化建设"


def test_upload_links_at_once_and_belongs_to_the_targets_unit(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    row = stock.assignment(*item, "柳林小学", "in_progress", FAR)
    made = upload(as_("central"), target="assignments", target_id=row)
    assert made.status_code == 201, made.text
    assert made.json()["unit_id"] == stock.world.unit["柳林小学"]
    assert ids(as_, "central", target="assignments", target_id=row) == [made.json()["id"]]


def test_linking_needs_write_on_both(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    mine = stock.assignment(*item, "实验小学", "in_progress", FAR)
    theirs = stock.assignment(*item, "第一中学", "in_progress", FAR)
    made = upload(as_("school")).json()["id"]
    assert link(as_, "school", made, theirs).status_code == 404
    assert link(as_, "middle", made, theirs).status_code == 404, "the evidence does not exist for them"
    assert link(as_, "school", made, mine).status_code == 201
    foreign = upload(as_("education")).json()["id"]
    assert link(as_, "education", foreign, mine).status_code == 403, "readable, but not theirs to prove"
    assert link(as_, "education", made, mine).status_code == 403, "linked, so readable, but not their evidence"
    assert upload(as_("school"), target="assignments", target_id=theirs).status_code == 404


def test_nothing_is_linked_to_what_was_handed_in(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    sent = stock.assignment(*item, "实验小学", "submitted", FAR)
    made = upload(as_("school")).json()["id"]
    refused = link(as_, "school", made, sent)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert link(as_, "school", made, 1, "plans").status_code == 422


def test_linked_evidence_is_read_by_whoever_reads_the_target(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    row = stock.assignment(*item, "实验小学", "in_progress", FAR)
    made = upload(as_("school")).json()["id"]
    everyone = ("supervisor", "leader", "discipline", "education", "office", "middle", "central", "other_supervisor")
    for account in everyone:
        assert ids(as_, account) == [], account
        assert as_(account).get(f"/api/v1/evidence/{made}").status_code == 404
        assert as_(account).get(f"/api/v1/evidence/{made}/file").status_code == 404
    link(as_, "school", made, row)
    readers = {"supervisor", "leader", "discipline", "education"}
    for account in everyone:
        seen = account in readers
        assert ids(as_, account) == ([made] if seen else []), account
        assert as_(account).get(f"/api/v1/evidence/{made}/file").status_code == (200 if seen else 404)
        assert ids(as_, account, q="清廉校园") == ([made] if seen else []), account
    for account in ("sysadmin", "secadmin", "auditor"):
        assert ids(as_, account) == []


def test_links_to_unreadable_targets_are_not_shown(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    """A joint branch's evidence serves two schools' rows; each host sees its own."""
    plan, made_item = item
    branch = stock.assignment(plan, made_item, "城区联合党支部", "in_progress", FAR)
    own = stock.assignment(plan, stock.item(plan), "第一中学", "in_progress", FAR)
    made = upload(as_("middle"), unit_id=stock.world.unit["城区联合党支部"]).json()["id"]
    assert link(as_, "middle", made, branch).status_code == link(as_, "middle", made, own).status_code == 201
    shown = as_("kindergarten").get(f"/api/v1/evidence/{made}").json()
    assert [each["target_id"] for each in shown["links"]] == [branch]
    assert len(as_("middle").get(f"/api/v1/evidence/{made}").json()["links"]) == 2


def test_links_go_with_as_many_rows_as_a_table_may_have(as_: As, stock: Stock) -> None:
    """More than a statement may have parameters."""
    activity = stock.venue_activity("实验小学")
    piece = proof(stock, "venue-activities", activity)
    rows = [activity, *range(10**6, 10**6 + 70_000)]
    stock.do(lambda tx: counted_anew(tx, ACTIVITY, rows))
    stock.do(lambda tx: ops.drop_links(tx, "venue-activities", rows))
    assert as_("school").get(f"/api/v1/evidence/{piece}").json()["links"] == []


def test_taking_off_only_while_the_target_is_open(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    row = stock.assignment(*item, "实验小学", "in_progress", FAR, report_count=1)
    made = upload(as_("school")).json()["id"]
    assert unlink(as_, "school", made, row).status_code == 409
    link(as_, "school", made, row)
    assert unlink(as_, "middle", made, row).status_code == 404
    assert unlink(as_, "education", made, row).status_code == 403
    assert unlink(as_, "school", made, row).status_code == 200
    link(as_, "school", made, row)
    assert as_("school").post(f"/api/v1/assignments/{row}/submit").status_code == 200
    assert unlink(as_, "school", made, row).status_code == 409


def test_reviewers_keep_the_revision_that_was_handed_in(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    plan, made_item = item
    sent = stock.assignment(plan, made_item, "实验小学", "in_progress", FAR, report_count=1)
    still_open = stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", FAR)
    made = upload(as_("school")).json()["id"]
    link(as_, "school", made, sent)
    as_("school").post(f"/api/v1/assignments/{sent}/submit")
    refused = revise(as_, "school", made)
    assert (refused.status_code, refused.json()["code"]) == (409, "target_closed")
    link(as_, "school", made, still_open)
    revised = revise(as_, "school", made)
    assert revised.status_code == 201, revised.text
    assert revised.json()["revision"] == 2
    assert {each["target_id"]: each["revision"] for each in revised.json()["links"]} == {sent: 1, still_open: 2}

    def shown(see: Any) -> list[int]:
        return [each["revision"] for each in queries.linked(see, "assignments", sent)]

    assert stock.do(shown) == [1]
    first = as_("supervisor").get(f"/api/v1/evidence/{made}/file", params={"revision": 1})
    assert (first.status_code, first.content) == (200, PDF)
    assert as_("supervisor").get(f"/api/v1/evidence/{made}/file").content == PDF + b"2"
    assert as_("supervisor").get(f"/api/v1/evidence/{made}/file", params={"revision": 3}).status_code == 404


def test_same_file_is_no_new_revision(as_: As) -> None:
    made = upload(as_("school")).json()["id"]
    assert revise(as_, "school", made, PDF).status_code == 422
    assert revise(as_, "middle", made).status_code == 404


def test_voiding_needs_a_reason_and_keeps_the_file(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    row = stock.assignment(*item, "实验小学", "in_progress", FAR, report_count=1)
    made = upload(as_("school"), target="assignments", target_id=row).json()["id"]
    path = f"/api/v1/evidence/{made}/void"
    assert as_("school").post(path, json={}).status_code == 422
    assert as_("education").post(path, json={"note": "x"}).status_code == 403
    as_("school").post(f"/api/v1/assignments/{row}/submit")
    assert as_("school").post(path, json={"note": "x"}).status_code == 409, "handed in: not its unit's any more"
    voided = as_("supervisor").post(path, json={"note": "内容涉及学生姓名"})
    assert (voided.status_code, voided.json()["allowed_actions"]) == (200, [])
    assert as_("supervisor").post(path, json={"note": "again"}).status_code == 409
    assert as_("supervisor").get(f"/api/v1/evidence/{made}/file").status_code == 200
    assert stock.do(lambda tx: queries.kinds_linked(tx, "assignments", row)) == {}


def test_links_go_on_with_the_row(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    plan, made_item = item
    old = stock.assignment(plan, made_item, "柳林小学", "in_progress", FAR)
    new = stock.assignment(plan, made_item, "柳林镇中心校", "in_progress", FAR)
    upload(as_("central"), target="assignments", target_id=old)
    for _ in range(2):
        stock.do(lambda tx: ops.copy_links(tx, "assignments", {old: new}))
    assert len(ids(as_, "central", target="assignments", target_id=new)) == 1


def test_what_was_voided_does_not_go_on_with_the_row(as_: As, stock: Stock, item: tuple[int, int]) -> None:
    plan, made_item = item
    old = stock.assignment(plan, made_item, "柳林小学", "in_progress", FAR)
    new = stock.assignment(plan, made_item, "柳林镇中心校", "in_progress", FAR)
    kept = upload(as_("central"), target="assignments", target_id=old).json()["id"]
    gone = upload(as_("central"), target="assignments", target_id=old).json()["id"]
    assert as_("central").post(f"/api/v1/evidence/{gone}/void", json={"note": "传错了。"}).status_code == 200
    stock.do(lambda tx: ops.copy_links(tx, "assignments", {old: new}))
    assert ids(as_, "central", target="assignments", target_id=new) == [kept]


def test_nothing_is_held_for_who_may_not_link_it(
    as_: As, stock: Stock, item: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a piece nor a row of others' waits for a stranger, nor does the stranger wait, and learn that it is there."""
    row = stock.assignment(*item, "实验小学", "in_progress", FAR)
    theirs, mine = (upload(as_(account)).json()["id"] for account in ("school", "middle"))
    held: list[Any] = []
    hold = ops._hold

    def kept(tx: Tx, table: Any, which: Any) -> None:
        held.extend((table.name, each) for each in which)
        hold(tx, table, which)

    monkeypatch.setattr(ops, "_hold", kept)
    assert link(as_, "middle", theirs, row).status_code == 404 and held == []
    assert link(as_, "middle", mine, row).status_code == 404 and held == [("evidence", mine)]
    assert unlink(as_, "middle", mine, row).status_code in (404, 409) and held == [("evidence", mine)]
    assert link(as_, "school", theirs, row).status_code == 201
    assert held[1:] == [("evidence", theirs), ("assignment", row)]


def test_evidence_of_an_unannounced_visit_is_hidden_from_a_colleague_concerned(
    as_: As, stock: Stock, world: World
) -> None:
    """Someone of the inspecting office who also belongs to the target sees neither the visit nor its photographs."""
    office = world.unit["督查室"]
    stock.do(lambda tx: identity.add_grant(tx, world.user["school"], GrantCreate(role=Role.OFFICE, unit_id=office)))
    inspection = stock.inspection("实验小学", team="督查室", days=FAR, mode="unannounced")
    visits = as_("supervisor").post(
        f"/api/v1/inspections/{inspection}/visits", json={"unit_id": world.unit["实验小学"]}
    )
    assert visits.status_code in (200, 201), visits.text
    made = upload(as_("supervisor"), target="visits", target_id=visits.json()["id"])
    assert made.status_code == 201, made.text
    assert made.json()["unit_id"] == office
    plain = upload(as_("supervisor"), title="与检查无关").json()["id"]
    assert ids(as_, "supervisor") == [plain, made.json()["id"]]
    assert ids(as_, "school") == [plain], "its own unit's evidence but for that of the inspection"
    assert as_("school").get(f"/api/v1/evidence/{made.json()['id']}/file").status_code == 404
    assert ids(as_, "education") == []


def test_filters(as_: As, stock: Stock, world: World) -> None:
    scheme, meeting = (
        upload(as_("school")).json()["id"],
        upload(as_("school"), kind="meeting", title="会议").json()["id"],
    )
    assert ids(as_, "school", kind="meeting") == [meeting]
    assert ids(as_, "school", unit_id=world.unit["实验小学"]) == [meeting, scheme]
    assert ids(as_, "school", q="会议") == [meeting]
    assert ids(as_, "school", voided="true") == []
    assert as_("school").get("/api/v1/evidence", params={"target_id": 1}).status_code == 422
    assert as_("school").get("/api/v1/evidence", params={"target": "assignments", "target_id": 1}).json()["data"] == []


def test_nothing_is_taken_off_what_is_submitted_in_the_same_moment(
    as_: As, stock: Stock, item: tuple[int, int]
) -> None:
    """The row stands until the end of either: whoever takes a piece off waits for the step, and is refused then."""
    row = stock.assignment(*item, "实验小学", "in_progress", FAR)
    made = upload(as_("school"), target="assignments", target_id=row).json()["id"]
    begun, go = threading.Event(), threading.Event()

    def submit(tx: Tx) -> None:
        tx.session.get_one(Assignment, row).state = AssignmentState.SUBMITTED
        tx.session.flush()
        begun.set()
        assert go.wait(60)

    client = as_("school")
    with ThreadPoolExecutor(2) as threads:
        step = threads.submit(stock.do, submit)
        assert begun.wait(60)
        taken_off = threads.submit(unlink, lambda _: client, "school", made, row)
        with pytest.raises(TimeoutError):
            taken_off.result(timeout=1)
        go.set()
        step.result(timeout=60)
        answer = taken_off.result(timeout=60)
    assert answer.status_code == 409, answer.text
    assert ids(as_, "school", target="assignments", target_id=row) == [made]
