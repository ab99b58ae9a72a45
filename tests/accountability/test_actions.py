"""Actions over JSON: who proposes, approves, serves, replies and closes, and what the unit sees before it is served."""

from typing import Any

import pytest

from app.accountability.models import ACTION
from app.core.audit import audited_write
from tests.accountability.steps import AT, NOTE, SCHOOL, late, proposed, run, take
from tests.conftest import As
from tests.notifications.test_happenings import heard
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, evidence, ok
from tests.world import World

TALK = {"talk_with": "党办负责人", "talk_on": "2027-03-01", "talk_time": "09:00", "talk_place": "三楼会议室"}
EDUCATION_SUPERVISION = {"duty": "education_supervision"}


def unit_duty(as_: As, world: World, unit: str, **fields: Any) -> None:
    path = f"{API}/units/{world.unit[unit]}"
    version = ok(as_("sysadmin").get(path))["version"]
    ok(as_("sysadmin").patch(path, headers={"if-match": str(version)}, json=fields))


def test_the_unit_knows_of_it_once_it_is_served(as_: As, stock: Stock, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    row = proposed(supervisor, world, late(stock))
    home = f"{AT}/{row['id']}"

    def unknown() -> bool:
        listed = ok(school.get(f"{AT}?count=true&q=催办"))
        told = ok(school.get(f"{API}/notifications"))["data"] + ok(school.get(f"{API}/my-work"))["groups"][4]["data"]
        lines = school.get(f"{AT}.csv").text.strip().splitlines()
        return school.get(home).status_code == 404 and listed["total"] == 0 and told == [] and len(lines) == 1

    assert unknown()
    row = take(as_("leader"), row, "approve")
    assert unknown() and school.post(f"{home}/reply", json=NOTE).status_code == 404
    row = take(supervisor, row, "serve")
    assert row["state"] == "served" and row["reply_by"] is not None
    assert not unknown() and ok(school.get(home))["allowed_actions"] == ["link_evidence", "reply"]
    notice = ok(school.get(f"{API}/notifications"))["data"][0]
    told = f"问责 {SCHOOL} 提醒已送达本单位，请在 {row['reply_by']} 前答复"
    assert (notice["resource"], notice["text"]) == ("accountability-actions", told)
    assert as_("middle").get(home).status_code == 404 and as_("office").get(home).status_code == 404
    evidence(school, "整改照片", target="accountability-actions", target_id=str(row["id"]))
    row = take(school, row, "reply")
    assert (row["state"], row["reply"], row["replied_by_name"]) == ("replied", NOTE["note"], "刘敏")
    assert school.post(f"{home}/close", json=NOTE).status_code == 403
    row = take(supervisor, row, "close")
    assert (row["state"], row["effect"], len(row["evidence"])) == ("closed", NOTE["note"], 1)


def test_whoever_proposed_does_not_approve_and_nobody_judges_their_own_unit(
    as_: As, stock: Stock, world: World
) -> None:
    supervisor, leader, discipline = as_("supervisor"), as_("leader"), as_("discipline")
    own = late(stock, "督查室")
    refused = supervisor.post(
        AT,
        json={
            "unit_id": world.unit["督查室"],
            "kind": "reminder",
            "reason": "逾期。",
            "triggers": [{"kind": "overdue_assignment", "source_id": own}],
        },
    )
    assert refused.status_code == 403
    row = proposed(discipline, world, own, "督查室", kind="urging_order")
    home = f"{AT}/{row['id']}"

    def unknown() -> bool:
        """To its own people, though they see across the district."""
        listed = ok(supervisor.get(f"{AT}?count=true"))["total"]
        refused = [supervisor.post(f"{home}/{act}", json=NOTE).status_code for act in ("approve", "withdraw", "serve")]
        lines = supervisor.get(f"{AT}.csv").text.strip().splitlines()
        return supervisor.get(home).status_code == 404 and refused == [404] * 3 and listed == 0 and len(lines) == 1

    assert unknown()
    row = take(leader, row, "approve")
    assert unknown()
    row = take(leader, row, "serve")
    assert supervisor.post(f"{home}/withdraw", json=NOTE).status_code == 403
    row = take(supervisor, row, "reply")
    assert supervisor.post(f"{AT}/{row['id']}/close", json=NOTE).status_code == 403
    assert take(leader, row, "close")["state"] == "closed"


def test_a_leader_does_not_approve_what_they_proposed_or_had_proposed(as_: As, stock: Stock, world: World) -> None:
    both = {"role": "leader", "unit_id": world.district}
    ok(as_("secadmin").post(f"{API}/users/{world.user['supervisor']}/role-grants", json=both), 201)
    supervisor = as_("supervisor")
    by_hand = proposed(supervisor, world, late(stock))
    late(stock, "第一中学")
    for row in (by_hand, *run(supervisor)):
        assert supervisor.post(f"{AT}/{row['id']}/approve").status_code == 403
        assert "approve" not in ok(supervisor.get(f"{AT}/{row['id']}"))["allowed_actions"]
        assert take(as_("leader"), row, "approve")["state"] == "approved"


def test_what_it_cites_is_the_units_own_and_persons_are_named(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    mine, others = late(stock), late(stock, "第一中学")
    post = {"unit_id": world.unit[SCHOOL], "name": "林青", "post": "校长", "duty": "dual_duty"}
    appointment = ok(as_("school").post(f"{API}/appointments", json=post), 201)["id"]
    body = {"unit_id": world.unit[SCHOOL], "kind": "reminder", "reason": "逾期。"}
    cited = {"triggers": [{"kind": "overdue_assignment", "source_id": mine}]}
    for wrong, at in (
        ({"triggers": []}, "/triggers"),
        ({"triggers": [{"kind": "overdue_assignment", "source_id": others}]}, "/triggers"),
        ({"triggers": [{"kind": "sunspots", "source_id": mine}]}, "/triggers"),
        ({"kind": "self_examination"}, "/person"),
        ({"person": "林青"}, "/person"),
        ({"kind": "referral", "appointment_id": 999_999}, "/appointment_id"),
        ({"unit_id": world.unit["派驻组"]}, "/unit_id"),
    ):
        answer = supervisor.post(AT, json=body | cited | wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, at), wrong
    row = proposed(supervisor, world, mine, kind="self_examination", appointment_id=appointment)
    assert row["person"] == "林青"
    patch = {"headers": {"if-match": str(row["version"])}, "json": {"kind": "talk", "person": None}}
    row = ok(supervisor.patch(f"{AT}/{row['id']}", **patch))
    assert (row["kind"], row["person"]) == ("talk", None)


def test_sanctions_are_served_by_the_education_supervision_office(as_: As, stock: Stock, world: World) -> None:
    supervisor, office, leader = as_("supervisor"), as_("office"), as_("leader")
    unit_duty(as_, world, "人事股", **EDUCATION_SUPERVISION)
    row = proposed(supervisor, world, late(stock), kind="supervision_talk")
    plain = take(leader, proposed(supervisor, world, late(stock)), "approve")
    home = f"{AT}/{row['id']}"
    assert office.get(home).status_code == 404
    row = take(leader, row, "approve")
    assert office.get(f"{AT}/{plain['id']}").status_code == 404
    assert supervisor.post(f"{home}/serve").status_code == 403
    row = take(office, row, "serve")
    early = as_("school").post(f"{home}/reply", json=NOTE)
    assert (early.status_code, early.json()["code"]) == (409, "not_performed")
    row = take(office, row, "perform")
    assert (row["performance"], take(as_("school"), row, "reply")["state"]) == (NOTE["note"], "replied")
    # About itself it neither knows before its time nor serves.
    about = proposed(supervisor, world, late(stock, "人事股"), "人事股", kind="open_criticism")
    about = take(leader, about, "approve")
    assert office.get(f"{AT}/{about['id']}").status_code == 404
    assert take(supervisor, about, "serve")["state"] == "served"


def test_an_action_and_its_paper_are_served_together(as_: As, stock: Stock, world: World) -> None:
    supervisor, leader = as_("supervisor"), as_("leader")
    row = take(leader, proposed(supervisor, world, late(stock), kind="talk"), "approve")
    home = f"{AT}/{row['id']}"
    bare = supervisor.post(f"{home}/serve")
    assert (bare.status_code, bare.json()["code"]) == (409, "paper_needed") and "serve" not in row["allowed_actions"]
    row = take(supervisor, row, "draw-up")
    again = supervisor.post(f"{home}/draw-up")
    assert (again.status_code, again.json()["code"]) == (409, "paper_exists")
    paper = f"{API}/documents/{row['document_id']}"
    shown = ok(supervisor.get(paper))
    assert (shown["kind"], shown["talk_with"]) == ("talk_notice", f"{SCHOOL}主要负责人")
    assert "已逾期" in shown["body"] and shown["unit_ids"] == [world.unit[SCHOOL]]
    assert [cited["resource"] for cited in shown["citations"]] == ["assignments"]
    when = {"talk_on": "2026-12-31", "talk_time": "09:30", "talk_place": "三楼会议室"}
    ok(supervisor.patch(paper, headers={"if-match": str(shown["version"])}, json=when))
    for client, step in ((supervisor, "submit"), (leader, "approve"), (supervisor, "serve")):
        assert as_("school").get(home).status_code == 404
        ok(client.post(f"{paper}/{step}"))
    served = ok(as_("school").get(home))
    assert served["state"] == "served" and served["document_number"].startswith("青教督谈")
    # Withdrawn, its paper goes nowhere.
    other = take(leader, proposed(supervisor, world, late(stock), kind="urging_order"), "approve")
    other = take(supervisor, other, "draw-up")
    paper = f"{API}/documents/{other['document_id']}"
    ok(supervisor.post(f"{paper}/submit"))
    ok(leader.post(f"{paper}/approve"))
    take(supervisor, other, "withdraw")
    refused = supervisor.post(f"{paper}/serve")
    assert (refused.status_code, refused.json()["code"]) == (409, "withdrawn")


def test_its_unit_is_told_once_of_an_action_with_its_paper_and_others_of_the_paper(
    as_: As, stock: Stock, world: World
) -> None:
    supervisor, leader = as_("supervisor"), as_("leader")
    for way in ("documents", "accountability-actions"):
        row = take(leader, proposed(supervisor, world, late(stock), kind="circular"), "approve")
        row = take(supervisor, row, "draw-up")
        paper = f"{API}/documents/{row['document_id']}"
        version = {"if-match": str(ok(supervisor.get(paper))["version"])}
        ok(supervisor.patch(paper, headers=version, json={"unit_ids": [world.unit[SCHOOL], world.unit["第一中学"]]}))
        ok(supervisor.post(f"{paper}/submit"))
        ok(leader.post(f"{paper}/approve"))
        before = len(heard(as_)), len(heard(as_, "middle"))
        ok(supervisor.post(f"{paper}/serve" if way == "documents" else f"{AT}/{row['id']}/serve"))
        mine, others = heard(as_), heard(as_, "middle")
        assert (len(mine), len(others)) == (before[0] + 1, before[1] + 1), way
        assert mine[0] == ("given", "accountability-actions", row["id"]), "where it replies"
        assert others[0] == ("given", "documents", row["document_id"]), way
    number = ok(as_("school").get(f"{AT}/{row['id']}"))["document_number"]
    assert ok(as_("school").get(f"{API}/notifications"))["data"][0]["text"].startswith(f"问责 {number}已送达本单位")


@pytest.mark.parametrize(
    ("account", "seen"), [("discipline", 2), ("leader", 2), ("central", 0), ("other_supervisor", 0)]
)
def test_who_sees_which(as_: As, stock: Stock, world: World, account: str, seen: int) -> None:
    for unit in (SCHOOL, "第一中学"):
        proposed(as_("supervisor"), world, late(stock, unit), unit)
    assert ok(as_(account).get(f"{AT}?count=true"))["total"] == seen


def test_the_ledger_filters_by_what_is_cited_and_by_what_is_overdue(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    row = proposed(supervisor, world, late(stock))
    row = take(supervisor, take(as_("leader"), row, "approve"), "serve")

    def age(tx: Any) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(ACTION.update().where(ACTION.c.id == row["id"]).values(reply_by=day(-1)))

    for params, found in (("trigger=overdue_assignment", 1), ("trigger=finding", 0), ("overdue=true", 0)):
        assert len(ok(supervisor.get(f"{AT}?{params}"))["data"]) == found, params
    stock.do(age)
    (late_one,) = ok(as_("school").get(f"{AT}?overdue=true"))["data"]
    assert late_one["overdue"] is True and ok(supervisor.get(f"{AT}?overdue=false"))["data"] == []
    lines = supervisor.get(f"{AT}.csv").text.splitlines()
    assert len(lines) == 2 and lines[0].split(",")[:3] == ["\ufeff序号", "被问责单位", "被问责人"]


def test_a_talk_is_replied_to_in_the_days_after_it_was_held(as_: As, stock: Stock, world: World) -> None:
    supervisor, leader, school = as_("supervisor"), as_("leader"), as_("school")
    row = take(leader, proposed(supervisor, world, late(stock), kind="personal_talk", person="林青"), "approve")
    row = take(supervisor, row, "serve")
    assert (row["reply_by"], row["overdue"]) == (None, False)
    assert ok(school.get(f"{AT}?overdue=false"))["data"][0]["id"] == row["id"]
    served = f"问责 {SCHOOL} 约谈责任人已送达本单位，请查阅，执行以后再答复"
    assert ok(school.get(f"{API}/notifications"))["data"][0]["text"] == served
    row = take(supervisor, row, "perform")
    assert row["reply_by"] > day(0).isoformat() and row["overdue"] is False
    told = f"问责 {SCHOOL} 约谈责任人的执行情况已记录，请在 {row['reply_by']} 前答复"
    assert ok(school.get(f"{API}/notifications"))["data"][0]["text"] == told
    row = take(supervisor, take(school, row, "reply"), "send-back")
    again = f"问责 {SCHOOL} 约谈责任人的答复被退回，请在 {row['reply_by']} 前重新答复"
    assert heard(as_)[0] == ("sent_back", "accountability-actions", row["id"])
    assert ok(school.get(f"{API}/notifications"))["data"][0]["text"] == again


def test_the_party_branch_of_the_supervision_office_is_judged_by_a_leader(as_: As, stock: Stock, world: World) -> None:
    hosted = {"code": "DZB1", "name": "督查支部", "kind": "party_organization", "host_ids": [world.unit["督查室"]]}
    world.unit["督查支部"] = ok(as_("sysadmin").post(f"{API}/units", json=hosted), 201)["id"]
    supervisor, leader = as_("supervisor"), as_("leader")
    row = proposed(as_("discipline"), world, late(stock, "督查支部"), "督查支部", kind="urging_order")
    assert supervisor.get(f"{AT}/{row['id']}").status_code == 404
    row = take(leader, row, "approve")
    assert "serve" in row["allowed_actions"]
    mine = [each for group in ok(leader.get(f"{API}/my-work"))["groups"] for each in group["data"]]
    assert [each["action"] for each in mine if each["resource"] == "accountability-actions"] == ["serve"]
    row = take(supervisor, take(leader, row, "serve"), "reply")
    assert take(leader, row, "close")["state"] == "closed"


def granted(as_: As, world: World, account: str, role: str, unit_id: int) -> None:
    body = {"role": role, "unit_id": unit_id}
    ok(as_("secadmin").post(f"{API}/users/{world.user[account]}/role-grants", json=body), 201)


def test_its_paper_is_hidden_from_its_units_people_until_it_is_served(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    """Also from a leader, who approves the others."""
    supervisor, leader = as_("supervisor"), as_("leader")
    row = take(leader, proposed(supervisor, world, late(stock, "党办"), "党办", kind="urging_order"), "approve")
    row = take(supervisor, row, "draw-up")
    paper, papers = f"{API}/documents/{row['document_id']}", f"{API}/documents"
    ok(supervisor.post(f"{paper}/submit"))
    assert [each["id"] for each in ok(leader.get(papers))["data"]] == [row["document_id"]]
    granted(as_, world, "leader", "office", world.unit["党办"])
    granted(as_, world, "education", "leader", world.district)
    assert ok(leader.get(papers))["data"] == [] and "党办有关事项" not in leader.get(f"{papers}.csv").text
    assert leader.get(paper).status_code == 404 and leader.post(f"{paper}/approve").status_code == 404
    assert "党办有关事项" not in browse("leader").get("/my-work").text
    ok(as_("education").post(f"{paper}/approve"))
    assert leader.get(paper).status_code == 404
    ok(supervisor.post(f"{paper}/serve"))
    assert ok(leader.get(paper))["state"] == "served"


def test_a_paper_that_was_voided_and_drawn_up_anew_stays_hidden_until_the_new_one_is_served(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    """With the record of its talk; of several, each."""
    supervisor, leader, papers = as_("supervisor"), as_("leader"), f"{API}/documents"
    row = take(leader, proposed(supervisor, world, late(stock, "党办"), "党办", kind="talk"), "approve")
    voided, records = list[int](), list[int]()
    for _ in range(2):
        voided.append(take(supervisor, row, "draw-up")["document_id"])
        paper = f"{papers}/{voided[-1]}"
        ok(supervisor.patch(paper, json=TALK, headers={"if-match": str(ok(supervisor.get(paper))["version"])}))
        ok(supervisor.post(f"{paper}/submit"))
        ok(leader.post(f"{paper}/approve"))
        asked = {"kind": "talk_record", "notice_id": voided[-1]}
        records.append(ok(supervisor.post(papers, json=asked), 201)["id"])
        ok(supervisor.post(f"{paper}/void", json={"note": "写错了。"}))
    row = take(supervisor, row, "draw-up")
    every = [*voided, *records, row["document_id"]]
    assert {each["id"] for each in ok(leader.get(papers))["data"]} == set(every)
    granted(as_, world, "leader", "office", world.unit["党办"])
    assert ok(leader.get(papers))["data"] == [] and ok(leader.get(f"{papers}?q=约谈"))["data"] == []
    for each in every:
        assert leader.get(f"{papers}/{each}").status_code == 404, each
        assert browse("leader").get(f"/documents/{each}").status_code == 404, each
    assert leader.post(f"{papers}/{records[0]}/void", json={"note": "不要了。"}).status_code == 404
    assert {each["id"] for each in ok(supervisor.get(papers))["data"]} == set(every), "nothing is lost to others"


def test_its_unit_reads_nothing_of_what_was_said_before_its_service(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    """Nor do those of its people who see across the district."""
    row = proposed(as_("discipline"), world, late(stock, "督查室"), "督查室")
    home = f"/accountability-actions/{row['id']}"
    ok(as_("leader").post(f"{AT}/{row['id']}/approve", json={"note": "同意，从严掌握。"}))
    take(as_("leader"), row, "serve")
    assert "同意，从严掌握。" in browse("discipline").get(home).text
    mine = browse("supervisor").get(home)
    assert mine.status_code == 200 and "同意，从严掌握。" not in mine.text
