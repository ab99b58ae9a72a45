"""How points come about, and who may take off, appeal and decide."""

from datetime import timedelta
from html import escape

import sqlalchemy as sa

from app.briefs.models import Brief
from app.core.calendar import SHANGHAI, now
from tests.appraisals.steps import (
    APPEALS,
    AT,
    CRITERIA,
    TAKEN,
    YEAR,
    days_pass,
    deductions,
    finished,
    judged_by,
    published,
    results,
    started,
    step,
    taken_off,
)
from tests.conftest import As
from tests.stock import Stock
from tests.walk.steps import API, evidence, ok
from tests.world import World

PERIOD = {"starts_on": f"{YEAR - 1}-01-01", "ends_on": f"{YEAR + 1}-12-31"}


def test_each_source_takes_off_by_its_own_rows(as_: As, browse: As, world: World, stock: Stock) -> None:
    supervisor, unit = as_("supervisor"), world.unit["实验小学"]
    plan = stock.plan()
    for days, state, more in (
        (-4, "completed", {"submit_count": 2, "send_back_count": 1}),
        (-2, "in_progress", {}),
        (-1, "completed", {"submit_count": 1, "submitted_at": now() - timedelta(days=3)}),
        (20, "pending", {}),
    ):
        stock.assignment(plan, stock.item(plan), "实验小学", state, days=days, **more)
    stock.rectification("实验小学", "closed", days=-5)
    stock.rectification("实验小学", "pending", days=-5)
    stock.rectification("实验小学", "submitted", days=-5)
    asked = {"kind": "charter", "unit_group_id": world.group["各学校（园）"]}
    requirement = ok(supervisor.post("/api/v1/filing-requirements", json=asked), 201)["id"]
    inspection = stock.inspection("实验小学", mode="unannounced", state="released")
    hidden = stock.inspection("实验小学", mode="unannounced", state="reported")
    stock.finding(inspection, "实验小学"), stock.finding(hidden, "实验小学")
    stock.do(lambda tx: _scored(tx, {inspection: 9, hidden: 0}))
    words = {"title": "家风课", "text": "十二节。", "written_on": now().date(), "kind": "highlight"}
    stock.add(Brief, unit_id=unit, state="promoted", promoted_at=now(), **words)
    row = started(supervisor, world, **PERIOD)
    for source, more in (
        *((name, {}) for name in ("completed", "acknowledged", "sent_back", "rectified", "filings", "inspections")),
        ("overdue", {"each": "1.25"}),
        ("briefs", {"required": 3}),
    ):
        judged_by(supervisor, row, source, **more)
    step(supervisor, row, "score")
    mine = results(supervisor, row)["实验小学"]
    page = f"/appraisal-results/{mine['id']}"
    points = {each["name"].removeprefix("指标"): (each["score"], each["figure"]) for each in mine["detail"]}
    assert points == {
        "completed": ("6.67", "33.3%（1/3）"),  # Two of three, one of them handed in too late.
        "acknowledged": ("20", "100%（3/3）"),
        "sent_back": ("13.33", "一次通过 66.7%（2/3）"),
        "rectified": ("10", "50%（1/2）"),
        "filings": ("0", "0%（0/1）"),
        "inspections": ("18", "90%（1 次）"),  # Of what is not released nobody learns.
        "overdue": ("18.75", "1 项"),
        "briefs": ("6.67", "1 篇"),
    }
    (behind,) = (each["href"] for each in mine["detail"] if each["href"])
    assert ok(supervisor.get(f"{behind}&count=true"))["total"] == 1, "the briefs that the figure counts"
    assert f'<a href="{escape(behind.removeprefix(API))}">1 篇</a>' in browse("supervisor").get(page).text
    assert mine["score"] == "93.42" and mine["rank"] == len(results(supervisor, row))
    cited = {(each["cited"], each["cited_id"]) for each in deductions(supervisor, row, unit)}
    assert ("inspections", inspection) in cited and ("inspections", hidden) not in cited
    assert ("filing-requirements", requirement) in cited and (None, None) in cited  # Too few briefs: no row.
    again = deductions(supervisor, row, unit)
    step(supervisor, row, "reopen", "再核一遍。")
    assert results(supervisor, row) == {}
    step(supervisor, row, "score")
    assert [each["reason"] for each in deductions(supervisor, row, unit)] == [each["reason"] for each in again]
    stock.add(Brief, unit_id=unit, state="promoted", promoted_at=now() + timedelta(days=1), **words)
    assert ok(supervisor.get(f"{behind}&count=true"))["total"] == 1, "what is promoted afterwards is no part of it"


def test_what_was_handed_in_on_time_and_waits_for_its_reviewer_costs_nothing(
    as_: As, world: World, stock: Stock
) -> None:
    plan, early = stock.plan(), now() - timedelta(days=4)
    for state, submitted_at in (("submitted", early), ("completed", early), ("submitted", now())):
        stock.assignment(plan, stock.item(plan), "实验小学", state, days=-2, submitted_at=submitted_at)
    row = started(as_("supervisor"), world, **PERIOD)
    assert "待审核的算" in judged_by(as_("supervisor"), row, "completed")["formula"]
    step(as_("supervisor"), row, "score")
    (mine,) = results(as_("supervisor"), row)["实验小学"]["detail"]
    assert (mine["score"], mine["figure"]) == ("13.33", "66.7%（2/3）")


def test_a_filing_costs_nothing_before_its_day_has_passed(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    today = now().astimezone(SHANGHAI).date()
    asked = {"unit_group_id": world.group["各学校（园）"]}
    for kind, days in (("charter", 0), ("rules_of_procedure", 1), ("party_responsibility_list", -1)):
        day = (today + timedelta(days=days)).isoformat()
        ok(supervisor.post("/api/v1/filing-requirements", json={**asked, "kind": kind, "deadline_on": day}), 201)
    # Asked yearly from the next year on: nothing of it is asked in this one.
    later = {"kind": "responsibility_letter", "yearly": True, "deadline_on": f"{YEAR + 1}-01-01"}
    ok(supervisor.post("/api/v1/filing-requirements", json={**asked, **later}), 201)
    row = started(supervisor, world)
    assert "÷（已备案类数＋已到期未备案类数）" in judged_by(supervisor, row, "filings")["formula"]
    step(supervisor, row, "score")
    (mine,) = results(supervisor, row)["实验小学"]["detail"]
    assert (mine["score"], mine["figure"]) == ("0", "0%（0/1）")
    (taken,) = deductions(supervisor, row, world.unit["实验小学"])
    assert taken["reason"] == f"{YEAR}年党建责任清单没有备案"


def test_what_is_on_record_before_its_day_counts_for_the_unit(as_: As, world: World, stock: Stock) -> None:
    supervisor = as_("supervisor")
    day = (now().astimezone(SHANGHAI).date() + timedelta(days=9)).isoformat()
    asked = {"unit_group_id": world.group["各学校（园）"], "deadline_on": day}
    for kind in ("charter", "rules_of_procedure"):
        ok(supervisor.post("/api/v1/filing-requirements", json={**asked, "kind": kind}), 201)
    stock.filing("实验小学", "charter", "filed")
    row = started(supervisor, world)
    judged_by(supervisor, row, "filings")
    step(supervisor, row, "score")
    found = results(supervisor, row)
    figures = {name: found[name]["detail"][0]["figure"] for name in ("实验小学", "第一中学")}
    assert figures == {"实验小学": "100%（1/1）", "第一中学": None}
    assert found["第一中学"]["score"] == "20"


def _scored(tx: object, scores: dict[int, int]) -> None:
    from app.core.audit import audited_write
    from app.inspections.models import VISIT

    with audited_write(tx.connection):  # type: ignore[attr-defined]
        for inspection, score in scores.items():
            change = sa.update(VISIT).where(VISIT.c.inspection_id == inspection).values(score=score, max_score=10)
            tx.connection.execute(change)  # type: ignore[attr-defined]


def test_what_an_office_takes_off_has_its_reason_its_row_and_its_bounds(as_: As, world: World, stock: Stock) -> None:
    supervisor, office, unit = as_("supervisor"), as_("office"), world.unit["实验小学"]
    row = started(supervisor, world)
    mine = stock.rectification("实验小学", "pending", days=-3)
    theirs = stock.rectification("第一中学", "pending", days=-3)
    criterion = judged_by(supervisor, row, "entered", weight=5, office_id=world.unit["人事股"])
    body = {"unit_id": unit, "points": 3, "reason": "整改不力。", "cited": "rectifications"}
    at = f"{CRITERIA}/{criterion['id']}/deductions"
    for wrong, field in (
        ({"points": 6}, "points"),
        ({"points": 0}, "points"),
        ({"reason": " "}, "reason"),
        ({"cited_id": None}, "cited_id"),
        ({"cited_id": theirs}, "cited_id"),
        ({"cited": "inspections"}, "cited"),
        ({"unit_id": world.unit["党办"], "cited": None, "cited_id": None}, "unit_id"),
    ):
        sent = {"cited_id": mine, **body, **wrong}
        told = office.post(at, json=sent)
        assert told.status_code == 422 and told.json()["errors"][0]["pointer"] == f"/{field}", (wrong, told.text)
    assert supervisor.post(at, json={**body, "cited_id": mine}).status_code == 403  # It is another office that enters.
    # 人事股 reads no rectification of that school: what it may not read it cannot cite either.
    assert office.post(at, json={**body, "cited_id": mine}).status_code == 422
    for _ in range(2):
        taken_off(office, criterion, unit, points=3)
    finished(office, criterion)
    assert office.post(at, json={**body, "cited": None}).json()["code"] == "wrong_state"
    assert supervisor.post(f"{AT}/{row['id']}/score").status_code == 200
    assert results(supervisor, row)["实验小学"]["score"] == "0"  # Six points off five are five.
    assert ok(office.get(TAKEN))["data"][0]["allowed_actions"] == []  # The round is not open any more.


def test_an_office_proves_what_it_takes_off_by_a_file_that_the_unit_reads_once_published(
    as_: As, browse: As, world: World
) -> None:
    supervisor, office, school = as_("supervisor"), as_("office"), as_("school")
    row = started(supervisor, world)
    criterion = judged_by(supervisor, row, "entered", office_id=world.unit["人事股"])
    made = taken_off(office, criterion, world.unit["实验小学"])
    at = {"target": "appraisal-deductions", "target_id": made["id"]}
    form_at = f"/appraisal-deductions/{made['id']}"
    assert "上传文件" in browse("office").get(form_at).text
    paper = evidence(office, "会议签到表", kind="meeting", **{**at, "target_id": str(made["id"])})
    assert paper["unit_name"] == "人事股"
    held = ok(office.get(f"{TAKEN}/{made['id']}"))
    assert (held["evidence_count"], [each["title"] for each in held["evidence"]]) == (1, ["会议签到表"])
    theirs = evidence(school, "请假条")
    assert school.post(f"{API}/evidence/{theirs['id']}/links", json=at).status_code == 404
    file = f"{API}/evidence/{paper['id']}/file"
    assert school.get(file).status_code == 404, "nothing is known before the scores are published"
    assert as_("education").get(file).status_code == 404, "another office"
    ok(office.post(f"{CRITERIA}/{criterion['id']}/finish"))
    unlink = office.post(f"{API}/evidence/{paper['id']}/unlink", json=at)
    assert (unlink.status_code, unlink.json()["code"]) == (409, "target_closed")
    published(supervisor, row)
    assert school.get(file).status_code == 200 and as_("middle").get(file).status_code == 404
    page = browse("school").get(form_at).text
    assert "会议签到表" in page and "上传文件" not in page
    result = results(school, row)["实验小学"]
    assert "材料 1 份" in browse("school").get(f"/appraisal-results/{result['id']}").text


def test_what_is_offered_of_a_deduction_is_what_is_permitted(as_: As, browse: As, world: World) -> None:
    supervisor, office = as_("supervisor"), as_("office")
    row = started(supervisor, world)
    criterion = judged_by(supervisor, row, "entered", office_id=world.unit["人事股"])
    at = f"{TAKEN}/{taken_off(office, criterion, world.unit['实验小学'])['id']}"

    def offered() -> list[str]:
        (listed,) = ok(office.get(TAKEN))["data"]
        assert listed["allowed_actions"] == ok(office.get(at))["allowed_actions"]
        return list(listed["allowed_actions"])

    def edited() -> int:
        head = {"if-match": office.get(at).headers["etag"]}
        return int(office.patch(at, json={"points": 1}, headers=head).status_code)

    assert offered() == ["edit", "link_evidence", "delete"] and edited() == 200
    finished(office, criterion)
    assert offered() == [] and edited() == 409 and office.delete(at).status_code == 409
    page = browse("office").get(at.removeprefix(API)).text
    assert ">保存<" not in page and ">删除<" not in page
    ok(office.post(f"{CRITERIA}/{criterion['id']}/resume"))
    assert offered() == ["edit", "link_evidence", "delete"] and office.delete(at).status_code == 204


def test_appeals_are_decided_by_others_within_their_days(as_: As, world: World) -> None:
    supervisor, school, leader = as_("supervisor"), as_("school"), as_("leader")
    row = started(supervisor, world)
    criterion = judged_by(supervisor, row, "entered", office_id=world.unit["督查室"])
    one, other = (taken_off(supervisor, criterion, world.unit["实验小学"]) for _ in range(2))
    finished(supervisor, criterion)
    assert school.post(f"{TAKEN}/{one['id']}/appeals", json={"reason": "已请假。"}).status_code == 404
    shown = published(supervisor, row)
    assert shown["appeal_until"] > shown["published_at"][:10]
    assert as_("middle").post(f"{TAKEN}/{one['id']}/appeals", json={"reason": "已请假。"}).status_code == 404
    made = ok(school.post(f"{TAKEN}/{one['id']}/appeals", json={"reason": "已请假。"}), 201)
    assert school.post(f"{TAKEN}/{one['id']}/appeals", json={"reason": "已请假。"}).status_code in (403, 409)
    # Who entered it does not decide; the supervision office entered it, so a leader may.
    for client in (supervisor, school, as_("discipline")):
        assert client.post(f"{APPEALS}/{made['id']}/uphold", json={"note": "属实。"}).status_code == 403
    assert step_refused(supervisor, row) == "appeals_open"
    days_pass(supervisor, row)
    assert step_refused(supervisor, row) == "appeals_pending"
    assert school.post(f"{TAKEN}/{other['id']}/appeals", json={"reason": "已请假。"}).json()["code"] == "too_late"
    ok(leader.post(f"{APPEALS}/{made['id']}/dismiss", json={"note": "没有请假条。"}))
    step(supervisor, row, "freeze")
    ranking = results(supervisor, row)
    assert ranking["实验小学"]["score"] == "15" and ranking["实验小学"]["rank"] == len(ranking)
    own = results(school, row)  # This round does not show its ranking: each reads its own place.
    assert list(own) == ["实验小学"] and own["实验小学"]["rank"] == len(ranking)


def step_refused(client: object, row: dict[str, object]) -> str:
    answer = client.post(f"{AT}/{row['id']}/freeze")  # type: ignore[attr-defined]
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])
