"""An unannounced inspection is not there for its target, the central school above, or the liaison office."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.audit import audited_write
from app.core.policy import Role
from app.identity.models import TOKEN
from tests.conftest import As
from tests.inspections.people import hire
from tests.walk.steps import API, finding, inspection, ok
from tests.world import World

KNOWING = ["supervisor", "discipline", "leader"]
# The target, the central school above it, the office paired with another target; each alone in the know of nothing.
UNSUSPECTING = [("柳林小学", "central"), ("实验小学", "school"), ("第一中学", "middle"), ("第一中学", "education")]


def shown(client: Any, row_id: int, target: int, found: int | None = None) -> list[Any]:
    """Everything an account gets to see around an inspection: lists, counts, searches, ids."""
    paths = [
        "/inspections",
        "/inspections?count=true",
        "/inspections?q=突击",
        "/inspections?mode=unannounced",
        f"/inspections?target_unit_id={target}",
        "/findings",
        "/findings?count=true",
        f"/findings?inspection_id={row_id}",
        "/rectifications?count=true",
        f"/inspections/{row_id}",
        f"/inspections/{row_id}/targets",
        f"/inspections/{row_id}/draws",
        f"/inspections/{row_id}/visits",
        f"/inspections/{row_id}/findings",
    ]
    if found:
        paths.append(f"/findings/{found}")
    answers = [client.get(f"{API}{path}") for path in paths]
    return [(answer.status_code, answer.json().get("data"), answer.json().get("total")) for answer in answers]


def surprise(as_: As, world: World, unit: str, **fields: Any) -> tuple[int, int]:
    """An unannounced inspection that goes on, and a draft of a finding."""
    target = world.unit[unit]
    made = inspection(as_, [target], mode="unannounced", title="突击检查", **fields)
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    return made["id"], finding(as_, made["id"], target)["id"]


@pytest.mark.parametrize(("unit", "account"), UNSUSPECTING)
def test_it_does_not_exist_for_those_concerned_until_released(as_: As, world: World, unit: str, account: str) -> None:
    target = world.unit[unit]
    nothing = shown(as_(account), 1, target, 1)
    row_id, found = surprise(as_, world, unit)
    assert shown(as_(account), row_id, target, found) == nothing
    for step in ("start", "report", "release", "cancel"):
        assert as_(account).post(f"{API}/inspections/{row_id}/{step}", json={"note": "x"}).status_code == 404
    for path, body in (("visits", {"unit_id": target}), ("redraw", {"reason": "x"})):
        assert as_(account).post(f"{API}/inspections/{row_id}/{path}", json=body).status_code == 404
    assert as_(account).post(f"{API}/findings/{found}/issue").status_code == 404
    ok(as_("supervisor").post(f"{API}/inspections/{row_id}/report"))
    assert shown(as_(account), row_id, target, found) == nothing


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
