"""Double-random sampling: both sides are drawn, anyone can repeat it, conflicts stay out."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.policy import Role
from app.inspections.sampling import Candidate, repeat, stratify
from tests.conftest import As
from tests.inspections.people import hire
from tests.inspections.test_planning import plan
from tests.walk.steps import API, ok
from tests.world import World

units = st.lists(
    st.tuples(st.sampled_from(["school", "kindergarten"]), st.sampled_from([("primary",), ("junior", "primary"), ()])),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(units, st.data())
def test_strata_share_the_sample_in_proportion(made: list[tuple[str, tuple[str, ...]]], data: Any) -> None:
    size = data.draw(st.integers(1, len(made)))
    candidates = [Candidate(number, kind, stages) for number, (kind, stages) in enumerate(made)]
    strata = stratify(candidates, size)
    assert sum(s["size"] for s in strata) == size
    assert sorted(u for s in strata for u in s["unit_ids"]) == list(range(len(made)))
    for stratum in strata:
        share = size * len(stratum["unit_ids"]) / len(made)
        assert int(share) <= stratum["size"] <= min(int(share) + 1, len(stratum["unit_ids"]))


def sample(world: World, **fields: Any) -> dict[str, Any]:
    office, group = world.unit["督查室"], world.group["各学校（园）"]
    return {"group_id": group, "size": 3, "inspector_unit_id": office, "team_size": 2, **fields}


@pytest.fixture
def inspectors(client: Any, world: World) -> list[int]:
    hired = [hire(client.app, world, f"inspector{n}", (Role.OFFICE, "督查室")) for n in range(4)]
    return sorted([world.user["supervisor"], *hired])


def draws(as_: As, inspection_id: int) -> list[dict[str, Any]]:
    return ok(as_("supervisor").get(f"{API}/inspections/{inspection_id}/draws"))["data"]  # type: ignore[no-any-return]


def drawn_targets(as_: As, inspection_id: int) -> list[int]:
    rows = ok(as_("supervisor").get(f"{API}/inspections/{inspection_id}/targets"))["data"]
    return sorted(row["unit_id"] for row in rows)


def test_anyone_can_repeat_the_draw_from_its_record(as_: As, world: World, inspectors: list[int]) -> None:
    made = ok(as_("supervisor").post(f"{API}/inspections", json=plan(sample=sample(world))), 201)
    (record,) = draws(as_, made["id"])
    frame, result = record["frame"], record["result"]
    # Written out anew, as somebody outside would.
    chance = random.Random(record["seed"])
    chosen = [u for s in frame["strata"] for u in chance.sample(sorted(s["unit_ids"]), s["size"])]
    free = [i for i in sorted(frame["inspector_ids"]) if not set(chosen) & set(frame["conflicts"].get(str(i), []))]
    team = chance.sample(free, frame["team_size"])
    assert sorted(chosen) == result["unit_ids"] == drawn_targets(as_, made["id"])
    assert sorted(team) == result["user_ids"]
    members = ok(as_("supervisor").get(f"{API}/inspections/{made['id']}"))["team"]
    assert sorted(m["user_id"] for m in members) == result["user_ids"]
    assert frame["inspector_ids"] == inspectors
    assert repeat(record["seed"], frame).unit_ids == result["unit_ids"]


def test_two_draws_have_two_seeds(as_: As, world: World, inspectors: list[int]) -> None:
    made = [ok(as_("supervisor").post(f"{API}/inspections", json=plan(sample=sample(world))), 201) for _ in range(2)]
    seeds = {draws(as_, each["id"])[0]["seed"] for each in made}
    assert len(seeds) == 2


def test_redraw_needs_a_reason_and_keeps_the_earlier_draw(as_: As, world: World, inspectors: list[int]) -> None:
    made = ok(as_("supervisor").post(f"{API}/inspections", json=plan(sample=sample(world))), 201)
    path = f"{API}/inspections/{made['id']}"
    assert "redraw" in made["allowed_actions"]
    for body in ({}, {"reason": ""}, {"reason": "  "}):
        assert as_("supervisor").post(f"{path}/redraw", json=body).status_code == 422
    assert as_("discipline").post(f"{path}/redraw", json={"reason": "不应由我"}).status_code == 403
    first = draws(as_, made["id"])[0]
    ok(as_("supervisor").post(f"{path}/redraw", json={"reason": "两所学校停课"}))
    kept = draws(as_, made["id"])
    assert kept[0] == first and kept[1]["reason"] == "两所学校停课" and kept[1]["seed"] != first["seed"]
    assert drawn_targets(as_, made["id"]) == kept[1]["result"]["unit_ids"]
    ok(as_("supervisor").post(f"{path}/start"))
    assert as_("supervisor").post(f"{path}/redraw", json={"reason": "太晚"}).status_code == 409


def test_what_was_chosen_by_hand_is_not_redrawn(as_: As, world: World) -> None:
    made = ok(as_("supervisor").post(f"{API}/inspections", json=plan(unit_ids=[world.unit["第一中学"]])), 201)
    answer = as_("supervisor").post(f"{API}/inspections/{made['id']}/redraw", json={"reason": "换一批"})
    assert answer.status_code == 409


def test_inspectors_of_or_paired_with_a_drawn_unit_are_left_out(as_: As, world: World, client: Any) -> None:
    """Every school is drawn, so that whoever has a conflict with any of them must be out."""
    clean = hire(client.app, world, "clean", (Role.OFFICE, "督查室"))
    at_home = hire(client.app, world, "at_home", (Role.OFFICE, "督查室"), (Role.SCHOOL, "实验小学"))
    above = hire(client.app, world, "above", (Role.OFFICE, "督查室"), (Role.SCHOOL, "柳林镇中心校"))
    paired = hire(client.app, world, "paired", (Role.OFFICE, "督查室"), (Role.OFFICE, "教育股"))
    body = plan(sample=sample(world, size=5, team_size=2))
    made = ok(as_("supervisor").post(f"{API}/inspections", json=body), 201)
    (record,) = draws(as_, made["id"])
    assert record["result"]["user_ids"] == sorted([clean, world.user["supervisor"]])
    assert record["result"]["excused"] == sorted([at_home, above, paired])
    too_many = plan(sample=sample(world, size=5, team_size=3))
    answer = as_("supervisor").post(f"{API}/inspections", json=too_many)
    assert answer.status_code == 422, answer.text


def test_units_that_nobody_may_inspect_leave_the_frame(as_: As, world: World, inspectors: list[int]) -> None:
    """督查室 does not inspect itself, and 教育股, paired with 第一中学, does not draw it."""
    body = plan(sample=sample(world, group_id=world.group["各股室办"], size=8))
    made = ok(as_("supervisor").post(f"{API}/inspections", json=body), 201)
    (record,) = draws(as_, made["id"])
    assert record["frame"]["left_out"] == [world.unit["督查室"]]
    body = plan(sample=sample(world, size=4, inspector_unit_id=world.unit["教育股"], team_size=1))
    made = ok(as_("supervisor").post(f"{API}/inspections", json=body), 201)
    assert world.unit["第一中学"] not in drawn_targets(as_, made["id"])


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"size": 6}, "/sample/size"),
        ({"team_size": 9}, "/sample/team_size"),
        ({"group_id": 999_999}, "/sample/group_id"),
        ({"inspector_unit_id": 999_999}, "/sample/inspector_unit_id"),
    ],
)
def test_a_draw_from_too_few_is_refused_at_its_field(
    as_: As, world: World, inspectors: list[int], fields: dict[str, Any], pointer: str
) -> None:
    answer = as_("supervisor").post(f"{API}/inspections", json=plan(sample=sample(world, **fields)))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_only_those_drawn_record(as_: As, world: World, inspectors: list[int]) -> None:
    made = ok(as_("supervisor").post(f"{API}/inspections", json=plan(sample=sample(world))), 201)
    path = f"{API}/inspections/{made['id']}"
    ok(as_("supervisor").post(f"{path}/start"))
    drawn = draws(as_, made["id"])[0]["result"]
    visit = {"unit_id": drawn["unit_ids"][0]}
    accounts = {user_id: name for name, user_id in world.user.items()}
    inside = next(user for user in drawn["user_ids"] if user != world.user["supervisor"])
    outside = next(user for user in inspectors if user not in drawn["user_ids"] and user != world.user["supervisor"])
    ok(as_(accounts[inside]).post(f"{path}/visits", json=visit), 201)
    assert as_(accounts[outside]).post(f"{path}/visits", json=visit).status_code == 404
