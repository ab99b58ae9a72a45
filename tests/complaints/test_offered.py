"""Who is offered as the handler of a complaint: exactly those to whom it may be given, and nobody of a school."""

import re

import pytest
from starlette.testclient import TestClient

from tests.complaints.steps import AT, newest, reported, step
from tests.conftest import As
from tests.units.merging import NEW, merge
from tests.walk.steps import API, ok
from tests.world import World

ACCOUNTS = (
    *("supervisor", "office", "education", "discipline", "leader", "school", "middle", "central"),
    *("sysadmin", "secadmin", "auditor"),
)
UNITS = ("督查室", "党办", "人事股", "教育股", "教研室", "派驻组", "实验小学")


def offered(browser: TestClient, complaint_id: int, name: str) -> dict[int, str]:
    """Value → words of a choice on the complaint's page."""
    page = browser.get(f"/complaints/{complaint_id}").text
    (choice,) = re.findall(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', page, re.S)
    return {int(value): words for value, words in re.findall(r'<option value="(\d+)"[^>]*>([^<]*)</option>', choice)}


def found_to_be_about(client: TestClient, as_: As, world: World, unit: str | None, **fields: str) -> int:
    """A complaint about that unit, named by whoever reports or found out by the discipline team."""
    named = {"unit_named": unit, **fields} if unit else fields
    reported(client, world, None, **named)
    row = newest(as_)
    if unit:
        at, version = f"{AT}/{row['id']}", {"if-match": f'"{row["version"]}"'}
        ok(as_("discipline").patch(at, json={"unit_id": world.unit[unit]}, headers=version))
    return int(row["id"])


def accepted(team: TestClient, world: World, complaint_id: int) -> tuple[set[str], set[str]]:
    """Units to which it may be given, and people of these."""
    at, units, people = f"{AT}/{complaint_id}/assign", set(), set()
    for unit in UNITS:
        given = {"handling_unit_id": world.unit[unit]}
        if team.post(at, json=given).status_code == 200:
            units.add(unit)
            found = (account for account in ACCOUNTS if account not in people)
            people |= {
                a for a in found if team.post(at, json={**given, "handler_id": world.user[a]}).status_code == 200
            }
    return units, people


@pytest.mark.parametrize(
    ("about", "fields", "granted", "left_out"),
    [
        ("实验小学", {}, None, set()),
        ("实验小学", {"accused": "周 敏"}, None, {"office"}),
        ("实验小学", {}, "实验小学", {"office"}),
        ("实验小学党支部", {}, "实验小学", {"office"}),
        ("柳林小学", {}, "柳林镇中心校", {"office"}),
        ("第一中学", {}, "柳林镇中心校", set()),
        ("党办", {}, None, {"office", "education", "supervisor"}),
        (None, {"unit_named": "城东的一所学校"}, None, {"office", "education", "supervisor"}),
    ],
)
def test_those_are_offered_to_whom_it_may_be_given(
    client: TestClient,
    as_: As,
    browse: As,
    world: World,
    about: str | None,
    fields: dict[str, str],
    granted: str | None,
    left_out: set[str],
) -> None:
    if granted:
        grant = {"role": "school", "unit_id": world.unit[granted]}
        ok(as_("secadmin").post(f"{API}/users/{world.user['office']}/role-grants", json=grant), 201)
    row_id = found_to_be_about(client, as_, world, about, **fields)
    page = browse("discipline")
    units, people = offered(page, row_id, "handling_unit_id"), offered(page, row_id, "handler_id")
    shown = {account for account in ACCOUNTS if world.user[account] in people}
    assert (shown, left_out & shown) == ({"supervisor", "office", "education", "discipline"} - left_out, set())
    may = accepted(as_("discipline"), world, row_id)
    assert ({unit for unit in UNITS if world.unit[unit] in units}, shown) == may


def test_whoever_is_offered_is_named_with_their_unit(client: TestClient, as_: As, browse: As, world: World) -> None:
    reported(client, world)
    people = offered(browse("supervisor"), newest(as_)["id"], "handler_id")
    assert people[world.user["office"]] == "周敏（人事股）" and "派驻组" in people[world.user["discipline"]]


def test_whoever_is_found_to_be_the_person_is_offered_no_more_and_a_namesake_is_again(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    reported(client, world, accused="周敏")
    row = newest(as_)
    found = {"accused_user_id": world.user["education"]}
    ok(as_("discipline").patch(f"{AT}/{row['id']}", json=found, headers={"if-match": f'"{row["version"]}"'}))
    people = offered(browse("supervisor"), row["id"], "handler_id")
    assert world.user["office"] in people and world.user["education"] not in people


def test_the_successors_people_are_not_offered(client: TestClient, as_: As, browse: As, world: World) -> None:
    grant = {"role": "school", "unit_id": world.unit[NEW]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['office']}/role-grants", json=grant), 201)
    reported(client, world)
    row_id, office = newest(as_)["id"], world.user["office"]
    assert office in offered(browse("supervisor"), row_id, "handler_id")
    ok(merge(as_, world))
    assert office not in offered(browse("supervisor"), row_id, "handler_id")
    step(as_("supervisor"), row_id, "assign", 422, handling_unit_id=world.unit["人事股"], handler_id=office)
