"""Visits' finer rules: who may not do both halves, what no longer moves, and where a term begins and ends."""

from app.units.models import Liaison
from tests.conftest import As
from tests.liaison_visits.steps import AT, MATTERS, QUOTAS, pair, standing, today, urged, visited
from tests.stock import Stock, day
from tests.walk.steps import API, ok
from tests.world import World


def test_whoever_belongs_to_both_halves_takes_no_step(as_: As, world: World) -> None:
    row = visited(as_("education"), pair(as_, world))
    matter = urged(as_("education"), row)
    grant = {"role": "school", "unit_id": world.unit["第一中学"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['education']}/role-grants", json=grant), 201)
    seen = ok(as_("education").get(f"{AT}/{row['id']}"))
    assert seen["allowed_actions"] == []
    edited = {"json": {"content": "另写。"}, "headers": {"if-match": str(row["version"])}}
    assert as_("education").patch(f"{AT}/{row['id']}", **edited).status_code == 403
    assert as_("education").post(f"{AT}/{row['id']}/confirm").status_code == 403
    assert as_("education").post(f"{MATTERS}/{matter['id']}/answer", json={"note": "代答。"}).status_code == 403


def test_only_the_pairs_own_take_steps(as_: As, world: World) -> None:
    """Not a school nor an office that reads everything by another role."""
    row = visited(as_("education"), pair(as_, world))
    grant = {"role": "school", "unit_id": world.unit["实验小学"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['leader']}/role-grants", json=grant), 201)
    assert as_("leader").post(f"{AT}/{row['id']}/confirm").status_code == 403
    edited = {"json": {"content": "另写。"}, "headers": {"if-match": str(row["version"])}}
    assert as_("supervisor").patch(f"{AT}/{row['id']}", **edited).status_code == 403, "of another office"


def test_a_pair_of_another_bureau_is_none(as_: As, world: World) -> None:
    units = {"office_id": world.unit["临水督查室"], "school_id": world.unit["临水小学"]}
    theirs = ok(as_("other_supervisor").post(f"{API}/liaisons", json=units), 201)["id"]
    body = {"liaison_id": theirs, "visited_on": today().isoformat(), "visitors": "张晓梅", "content": "查看台账。"}
    for sent in (
        as_("education").post(AT, json=body),
        as_("supervisor").post(QUOTAS, json={"liaison_id": theirs, "visits": 2}),
    ):
        assert (sent.status_code, sent.json()["errors"][0]["pointer"]) == (422, "/liaison_id")
    ok(as_("supervisor").post(QUOTAS, json={"visits": 2}), 201)
    assert ok(as_("other_supervisor").get(QUOTAS))["data"] == []


def test_what_is_over_moves_no_more_and_each_end_has_its_hour(as_: As, world: World) -> None:
    office, school = as_("education"), as_("middle")
    row = visited(office, pair(as_, world))
    path = f"{AT}/{row['id']}"
    for name in ("visitors", "content", "visited_on"):
        emptied = office.patch(path, json={name: None}, headers={"if-match": str(row["version"])})
        assert (emptied.status_code, emptied.json()["errors"][0]["pointer"]) == (422, f"/{name}")
    matter = f"{MATTERS}/{urged(office, row, deadline_on=today().isoformat())['id']}"
    assert office.post(f"{matter}/close").json()["code"] == "wrong_state"
    assert ok(school.post(f"{matter}/answer", json={"note": "已更新。"}))["answered_at"]
    assert office.post(f"{matter}/cancel", json={"note": "不需要了。"}).json()["code"] == "wrong_state"
    assert office.post(f"{path}/void", json={"note": "重复。"}).json()["code"] == "matters_open"
    assert office.post(f"{matter}/send-back").status_code == 422
    assert ok(office.post(f"{matter}/close"))["closed_at"]
    done = ok(school.post(f"{path}/confirm"))
    assert done["confirmed_at"]
    late = office.patch(path, json={"content": "另写。"}, headers={"if-match": str(done["version"])})
    assert late.json()["code"] == "wrong_state"
    other = f"{AT}/{visited(office, pair(as_, world))['id']}"
    assert office.post(f"{other}/void").status_code == 422
    ok(office.post(f"{other}/void", json={"note": "重复。"}))
    urging = {"text": "更新公示。", "deadline_on": today().isoformat()}
    assert office.post(f"{other}/urge", json=urging).json()["code"] == "wrong_state"


def test_a_terms_last_day_counts_and_a_pair_that_ended_before_it_owes_nothing(
    as_: As, world: World, stock: Stock
) -> None:
    term = {"name": f"{today().year}-T1", "starts_on": day(-10).isoformat(), "ends_on": day(0).isoformat()}
    ok(as_("supervisor").post(f"{API}/school-terms", json=term), 201)
    units = {"office_id": world.unit["教育股"], "school_id": world.unit["实验小学"]}
    stock.add(Liaison, **units, valid_from=day(-100), valid_to=day(-11))
    visited(as_("education"), pair(as_, world))
    assert standing(as_("supervisor"), term=term["name"]) == {"第一中学": (1, 1, 0)}


def test_nobody_records_a_visit_to_their_own_school(as_: As, world: World) -> None:
    liaison = pair(as_, world)
    grant = {"role": "school", "unit_id": world.unit["第一中学"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['education']}/role-grants", json=grant), 201)
    body = {"liaison_id": liaison, "visited_on": today().isoformat(), "visitors": "张晓梅", "content": "查看台账。"}
    assert as_("education").post(AT, json=body).status_code == 403
    assert ok(as_("supervisor").get(AT))["data"] == []


def test_a_changed_number_leaves_what_was_owed_in_terms_that_are_over(as_: As, world: World, stock: Stock) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    present = {"starts_on": day(-9).isoformat(), "ends_on": day(90).isoformat()}
    body = {"name": f"{today().year - 1}-T2", "starts_on": day(-90).isoformat(), "ends_on": day(-10).isoformat()}
    ok(supervisor.post(f"{API}/school-terms", json=body), 201)
    ok(supervisor.post(f"{API}/school-terms", json={"name": f"{today().year}-T1", **present}), 201)
    units = {"office_id": world.unit["教育股"], "school_id": world.unit["实验小学"]}
    long = stock.add(Liaison, **units, valid_from=day(-100))
    visited(as_("education"), long, visited_on=day(-40).isoformat())
    of_all, of_this = {"visits": 2}, {"visits": 3, "liaison_id": long}
    for given, owed in ((of_all, 2), (of_this, 3), ({**of_this, "visits": 5}, 5)):
        supervisor.post(QUOTAS, json=given)
        assert standing(school) == {"实验小学": (owed, 0, owed)}
        assert standing(school, term=body["name"]) == {"实验小学": (1, 1, 0)}
    assert supervisor.get(f"{AT}/coverage?term={body['name']}&standing=missing").json()["data"] == []
