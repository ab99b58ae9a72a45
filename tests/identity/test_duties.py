"""The three administrators' separation: nobody gets two duties, gives themselves one, or borrows another's account."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest
from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from app.settings import Settings
from tests.cli.conftest import run
from tests.conftest import As
from tests.identity.test_accounts import newcomer
from tests.walk.steps import ok
from tests.world import World

API = "/api/v1"
Race = Callable[..., list[httpx.Response]]


def path(user_id: int) -> str:
    return f"{API}/users/{user_id}/role-grants"


def day(n: int) -> str:
    on: date = today_of(now()) + timedelta(days=n)
    return on.isoformat()


def test_of_excluding_roles_given_at_once_by_two_instances_one_is_given(race: Race, as_: As, world: World) -> None:
    for _ in range(3):
        user = newcomer(as_, f"newcomer{_}")["id"]
        headers = {"authorization": f"Bearer {world.token['secadmin']}"}

        async def give(client: httpx.AsyncClient, n: int) -> httpx.Response:
            role = ("sysadmin", "leader", "auditor", "supervisor")[n]
            return await client.post(path(user), json={"role": role, "unit_id": world.district}, headers=headers)  # noqa: B023

        given = [n for n, answer in enumerate(race(give, 4)) if answer.status_code == 201]
        held = {grant["role"] for grant in ok(as_("sysadmin").get(f"{API}/users/{user}"))["grants"]}
        assert given and (held <= {"leader", "supervisor"} or len(held) == 1), held


@pytest.mark.parametrize(
    ("held", "asked", "status"),
    [
        ((0, 30), (30, None), 409),
        ((0, 30), (10, 20), 409),
        ((0, 30), (31, None), 201),
        ((20, None), (0, 20), 409),
        ((20, None), (0, 19), 201),
        ((20, 30), (-99, None), 409),
        ((-10, -1), (-10, None), 201),
    ],
)
def test_duties_may_follow_but_not_overlap_on_any_day_to_come(
    as_: As, world: World, held: tuple[int, int | None], asked: tuple[int, int | None], status: int
) -> None:
    user = newcomer(as_)["id"]

    def give(role: str, days: tuple[int, int | None]) -> httpx.Response:
        ends = {} if days[1] is None else {"valid_to": day(days[1])}
        grant = {"role": role, "unit_id": world.district, "valid_from": day(days[0]), **ends}
        return as_("secadmin").post(path(user), json=grant)

    assert give("leader", held).status_code == 201
    assert give("auditor", asked).status_code == status


def test_of_the_same_grant_given_at_once_by_two_instances_one_is_given(race: Race, as_: As, world: World) -> None:
    user = newcomer(as_)["id"]
    headers = {"authorization": f"Bearer {world.token['secadmin']}"}
    grant = {"role": "office", "unit_id": world.unit["党办"], "valid_to": day(30)}

    async def give(client: httpx.AsyncClient, _: int) -> httpx.Response:
        return await client.post(path(user), json=grant, headers=headers)

    assert sorted(answer.status_code for answer in race(give, 4)) == [201, 409, 409, 409]
    again = as_("secadmin").post(path(user), json=grant | {"valid_from": day(30), "valid_to": None})
    assert (again.status_code, again.json()["code"]) == (409, "overlap") and "请先结束原有的一项" in again.text
    ok(as_("secadmin").post(path(user), json=grant | {"valid_from": day(31), "valid_to": None}), 201)
    for other in ({"unit_id": world.unit["人事股"]}, {"role": "leader", "unit_id": world.district}):
        ok(as_("secadmin").post(path(user), json=grant | other), 201)
    held = ok(as_("sysadmin").get(f"{API}/users/{user}"))["grants"]
    ok(as_("secadmin").post(f"{API}/role-grants/{min(each['id'] for each in held)}/end"))
    ok(as_("secadmin").post(path(user), json=grant), 201)


def test_secadmin_gives_nothing_to_oneself(as_: As, world: World) -> None:
    grant = {"role": "secadmin", "unit_id": world.district}
    refused = as_("secadmin").post(path(world.user["secadmin"]), json=grant)
    assert (refused.status_code, refused.json()["code"]) == (409, "own_account")
    refusals = ok(as_("auditor").get(f"{API}/events?operation=role_grant.create&outcome=refused"))["data"]
    assert Counter(event["code"] for event in refusals) == {"own_account": 1}


@pytest.mark.parametrize("watcher", ["secadmin", "auditor"])
def test_sysadmin_takes_over_neither_of_the_other_two(as_: As, client: TestClient, world: World, watcher: str) -> None:
    there = f"{API}/users/{world.user[watcher]}"
    refused = as_("sysadmin").post(f"{there}/reset-password")
    assert (refused.status_code, refused.json()["code"]) == (403, "separation_of_duties")
    assert as_("sysadmin").post(f"{there}/reset-second-factor", json={"note": "丢失"}).status_code == 403
    [event] = ok(as_("auditor").get(f"{API}/events?operation=user.reset_password"))["data"]
    assert (event["outcome"], event["user_id"]) == ("refused", world.user["sysadmin"])


def test_one_who_is_to_be_auditor_is_out_of_sysadmins_reach_already(as_: As, world: World) -> None:
    user = newcomer(as_)["id"]
    grant = {"role": "auditor", "unit_id": world.district, "valid_from": day(10)}
    ok(as_("secadmin").post(path(user), json=grant), 201)
    assert as_("sysadmin").post(f"{API}/users/{user}/reset-password").status_code == 403


def test_machine_itself_resets_them_and_the_auditor_sees_it(
    as_: As, client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    ran = run("user", "reset-password", "secadmin")
    secret = ran.out.rpartition("：")[2].strip()
    assert client.post(f"{API}/sessions", json={"username": "secadmin", "password": secret}).status_code == 201
    [event] = ok(as_("auditor").get(f"{API}/events?operation=user.reset_password"))["data"]
    assert (event["outcome"], event["user_id"]) == ("done", None)
    joined = run("user", "grant", "sysadmin", "auditor")
    assert joined.code == 1 and "不能由一人兼任" in joined.err


@pytest.mark.parametrize("other", ["sysadmin", "auditor"])
def test_secadmin_makes_no_token_in_another_administrators_name(as_: As, world: World, other: str) -> None:
    body = {"name": "代办", "user_id": world.user[other]}
    refused = as_("secadmin").post(f"{API}/api-tokens", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "separation_of_duties")
    assert as_(other).post(f"{API}/api-tokens", json={"name": "自己的"}).status_code == 201


def test_secadmins_token_for_somebody_is_limited_and_they_are_told(
    as_: As, browse: As, client: TestClient, world: World
) -> None:
    """A token of the discipline team's without limits would read who complained, in secadmin's own hands."""
    body = {"name": "代办", "user_id": world.user["discipline"]}
    for limits, wrong in (
        ({}, ["/scopes", "/days"]),
        ({"scopes": ["assignments:read"]}, ["/days"]),
        ({"days": 30}, ["/scopes"]),
        ({"scopes": [], "days": 30}, ["/scopes"]),
        ({"scopes": ["assignments:read", "complaints:write"], "days": 30}, ["/scopes/1"]),
        ({"scopes": ["cases:read"], "days": 30}, ["/scopes/0"]),
    ):
        refused = as_("secadmin").post(f"{API}/api-tokens", json=body | limits)
        assert refused.status_code == 422, limits
        assert [error["pointer"] for error in refused.json()["errors"]] == wrong, limits
    assert as_("discipline").post(f"{API}/api-tokens", json={"name": "自己的"}).status_code == 201
    told = f"{API}/notifications"
    assert ok(as_("discipline").get(told))["data"] == []
    made = ok(as_("secadmin").post(f"{API}/api-tokens", json=body | {"scopes": ["units:read"], "days": 30}), 201)
    [notice] = ok(as_("discipline").get(told))["data"]
    assert notice["text"].startswith(f"安全管理员以您的名义生成了令牌 #{made['id']}")
    assert made["id"] in [each["id"] for each in ok(as_("discipline").get(notice["href"]))["data"]]
    page = browse("discipline").get("/notifications").text
    assert 'href="/account"' in page and notice["text"] in page
    assert ok(as_("secadmin").get(told))["data"] == []
