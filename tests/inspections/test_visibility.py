"""An unannounced inspection is not there for its target, the central school above, or the liaison office."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.audit import audited_write
from app.core.policy import Role
from app.identity.models import TOKEN
from tests.conftest import As
from tests.inspections.people import hire
from tests.walk.steps import API, assignment, evidence, finding, inspection, issued_plan, ok
from tests.world import World

KNOWING = ["supervisor", "discipline", "leader"]
# The target, the central school above it, the office paired with another target; each alone in the know of nothing.
UNSUSPECTING = [("柳林小学", "central"), ("实验小学", "school"), ("第一中学", "middle"), ("第一中学", "education")]


def surprise(as_: As, world: World, unit: str, **fields: Any) -> tuple[int, int]:
    """An unannounced inspection that goes on, and a draft of a finding."""
    target = world.unit[unit]
    made = inspection(as_, [target], mode="unannounced", title="突击检查", **fields)
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    return made["id"], finding(as_, made["id"], target)["id"]


def test_nobody_concerned_finds_it_or_takes_a_step_in_it(as_: As, world: World) -> None:
    """What they see elsewhere is held by tests/generated/test_scope.py, in every state before release."""
    for unit, account in UNSUSPECTING:
        target, client = world.unit[unit], as_(account)
        row_id, found = surprise(as_, world, unit)
        for path in ("", "/targets", "/draws", "/visits", "/findings"):
            assert client.get(f"{API}/inspections/{row_id}{path}").status_code == 404, (account, path)
        for step in ("start", "report", "release", "cancel"):
            assert client.post(f"{API}/inspections/{row_id}/{step}", json={"note": "x"}).status_code == 404
        for path, body in (("visits", {"unit_id": target}), ("redraw", {"reason": "x"})):
            assert client.post(f"{API}/inspections/{row_id}/{path}", json=body).status_code == 404
        assert client.post(f"{API}/findings/{found}/issue").status_code == 404


def test_evidence_that_one_may_read_does_not_tell_of_a_hidden_finding(as_: As, world: World) -> None:
    """A teacher of another school in the team proves a finding with a paper that the liaison office knows already."""
    issued_plan(as_)
    member = as_("kindergarten")
    row = assignment(as_, "kindergarten", world.unit["第一幼儿园"], item=1)
    ok(member.post(f"{API}/assignments/{row['id']}/acknowledge"))
    paper = evidence(member, target="assignments", target_id=str(row["id"]))["id"]
    _, found = surprise(as_, world, "第一中学", team_user_ids=[world.user["kindergarten"]])
    ok(member.post(f"{API}/evidence/{paper}/links", json={"target": "findings", "target_id": found}), 201)
    office = as_("education")
    assert [each["target"] for each in ok(office.get(f"{API}/evidence/{paper}"))["links"]] == ["assignments"]
    for query in ("target=findings", f"target=findings&target_id={found}"):
        assert ok(office.get(f"{API}/evidence?{query}"))["data"] == [], query
        assert [each["id"] for each in ok(as_("supervisor").get(f"{API}/evidence?{query}"))["data"]] == [paper]


@pytest.mark.parametrize("account", KNOWING)
def test_it_exists_for_those_who_supervise(as_: As, world: World, account: str) -> None:
    row_id, found = surprise(as_, world, "柳林小学")
    assert [row["id"] for row in ok(as_(account).get(f"{API}/inspections"))["data"]] == [row_id]
    assert ok(as_(account).get(f"{API}/inspections?count=true"))["total"] == 1
    assert ok(as_(account).get(f"{API}/findings/{found}"))["state"] == "draft"


def test_it_exists_for_its_team_alone_among_the_offices(as_: As, world: World) -> None:
    row_id, _ = surprise(as_, world, "实验小学", team_unit_ids=[world.unit["人事股"]])
    assert as_("office").get(f"{API}/inspections/{row_id}").status_code == 200
    assert as_("education").get(f"{API}/inspections/{row_id}").status_code == 404
    assert as_("other_supervisor").get(f"{API}/inspections/{row_id}").status_code == 404


@pytest.mark.parametrize(
    ("role", "home"), [(Role.SUPERVISOR, "实验小学"), (Role.LEADER, "实验小学"), (Role.DISCIPLINE, "柳林镇中心校")]
)
def test_a_post_at_the_target_outweighs_any_role(as_: As, world: World, client: Any, role: Role, home: str) -> None:
    hire(client.app, world, "torn", (role, "青川区教育局"), (Role.SCHOOL, home))
    torn_target = "柳林小学" if home == "柳林镇中心校" else home
    row_id, found = surprise(as_, world, torn_target)
    other_id, _ = surprise(as_, world, "第一幼儿园")
    assert [row["id"] for row in ok(as_("torn").get(f"{API}/inspections"))["data"]] == [other_id]
    assert as_("torn").get(f"{API}/findings/{found}").status_code == 404
    assert as_("torn").get(f"{API}/inspections/{row_id}").status_code == 404


def test_a_narrower_token_does_not_hide_the_post(as_: As, world: World, client: Any) -> None:
    """A token may be limited to one of its owner's units; the owner still knows what the owner knows."""
    user = hire(client.app, world, "torn", (Role.SUPERVISOR, "青川区教育局"), (Role.SCHOOL, "实验小学"))
    narrow = sa.update(TOKEN).where(TOKEN.c.user_id == user).values(unit_id=world.district)

    def job(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(narrow)

    client.app.state.database.write_now(job)
    me = ok(as_("torn").get(f"{API}/me"))
    assert (me["roles"], me["unit_ids"]) == (["supervisor"], [])
    row_id, _ = surprise(as_, world, "实验小学")
    assert as_("torn").get(f"{API}/inspections/{row_id}").status_code == 404


def test_a_cancelled_surprise_stays_unknown(as_: As, world: World) -> None:
    made = inspection(as_, [world.unit["实验小学"]], mode="unannounced")
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/cancel", json={"note": "改期"}))
    assert as_("school").get(f"{API}/inspections/{made['id']}").status_code == 404


def test_after_release_the_target_sees_it_with_its_own_findings_only(as_: As, world: World) -> None:
    mine, theirs = world.unit["实验小学"], world.unit["第一幼儿园"]
    made = inspection(as_, [mine, theirs], mode="unannounced")
    path = f"{API}/inspections/{made['id']}"
    ok(as_("supervisor").post(f"{path}/start"))
    first, second = finding(as_, made["id"], mine), finding(as_, made["id"], theirs)
    ok(as_("supervisor").post(f"{path}/report", json={"note": "两校均有问题。"}))
    ok(as_("supervisor").post(f"{path}/release"))
    school = as_("school")
    seen = ok(school.get(path))
    assert seen["state"] == "released" and seen["summary"] == "两校均有问题。"
    assert seen["allowed_actions"] == [] and seen["visit_count"] is None
    assert ok(school.get(f"{path}/findings"))["data"] == []
    ok(as_("supervisor").post(f"{API}/findings/{first['id']}/issue"))
    ok(as_("supervisor").post(f"{API}/findings/{second['id']}/issue"))
    assert [row["id"] for row in ok(school.get(f"{path}/findings"))["data"]] == [first["id"]]
    assert [row["id"] for row in ok(school.get(f"{API}/findings"))["data"]] == [first["id"]]
    assert school.get(f"{API}/findings/{second['id']}").status_code == 404
    assert ok(school.get(f"{path}/visits"))["data"] == []
    targets = ok(school.get(f"{path}/targets"))["data"]
    assert all(set(target) == {"unit_id", "unit_name", "kind"} for target in targets)


def test_an_announced_one_is_known_from_its_plan_without_what_is_found(as_: As, world: World) -> None:
    target = world.unit["第一中学"]
    made = inspection(as_, [target])
    for account in ("middle", "education"):
        assert [row["id"] for row in ok(as_(account).get(f"{API}/inspections"))["data"]] == [made["id"]]
    assert as_("school").get(f"{API}/inspections/{made['id']}").status_code == 404
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    draft = finding(as_, made["id"], target)
    assert as_("middle").get(f"{API}/findings/{draft['id']}").status_code == 404
    ok(as_("supervisor").post(f"{API}/findings/{draft['id']}/issue"))
    assert ok(as_("middle").get(f"{API}/findings/{draft['id']}"))["state"] == "issued"
    assert ok(as_("education").get(f"{API}/findings/{draft['id']}"))["state"] == "issued"
    seen = ok(as_("middle").get(f"{API}/inspections/{made['id']}"))
    assert seen["summary"] is None


def test_supervisor_does_not_read_drafts_on_the_own_unit(as_: As, world: World) -> None:
    body = {"unit_ids": [world.unit["督查室"]], "mode": "announced", "kind": "routine", "title": "查督查室"}
    made = ok(
        as_("discipline").post(f"{API}/inspections", json={**body, "starts_on": "2023-10-11", "ends_on": "2023-10-12"}),
        201,
    )
    ok(as_("discipline").post(f"{API}/inspections/{made['id']}/start"))
    problem = {"category": "其他", "severity": "minor", "description": "记录不全。", "correction": "补记。"}
    draft = ok(
        as_("discipline").post(
            f"{API}/inspections/{made['id']}/findings", json={**problem, "unit_id": world.unit["督查室"]}
        ),
        201,
    )
    assert as_("supervisor").get(f"{API}/findings/{draft['id']}").status_code == 404
    ok(as_("discipline").post(f"{API}/findings/{draft['id']}/issue"))
    assert as_("supervisor").get(f"{API}/findings/{draft['id']}").status_code == 200
