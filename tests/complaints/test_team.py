"""What is said of the stationed discipline team or its people is handled by nobody in the district."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.complaints.models import COMPLAINT
from tests.appointments.test_appointments import appointed
from tests.complaints.steps import AT, PUBLIC, TEXT, newest, reported, step, under_way
from tests.complaints.test_registering import letter
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

OUT = "12388"


def kept(app: FastAPI) -> int:
    count = sa.select(sa.func.count()).select_from(COMPLAINT)
    return int(app.state.database.read_now(lambda connection: connection.execute(count).scalar_one()))


@pytest.mark.parametrize(
    ("unit", "fields", "field"),
    [
        ("派驻组", {}, "unit_id"),
        (None, {"unit_named": "青川区教育局 派驻组"}, "unit_named"),
        (None, {"unit_named": "驻区教育局纪检监察组"}, "unit_named"),
        (None, {"unit_named": "监督一组"}, "unit_named"),
        ("实验小学", {"accused": "派驻组的一位同志"}, "accused"),
        ("实验小学", {"accused": "郑 严 组长"}, "accused"),
        (None, {"accused": "钱正副组长"}, "accused"),
        (None, {"accused": "李红和郑严"}, "accused"),
        ("党办", {"accused": "郑严同志"}, "accused"),
    ],
)
def test_it_is_taken_in_nowhere_and_told_who_hears_it(
    app: FastAPI, client: TestClient, as_: As, world: World, unit: str | None, fields: dict[str, str], field: str
) -> None:
    supervisor = as_("supervisor")
    alias = {"name": "监督一组", "unit_id": world.unit["派驻组"]}
    ok(supervisor.post(f"{API}/unit-aliases", json=alias), 201)
    appointed(supervisor, "钱正", "副组长", unit_id=world.unit["派驻组"])
    about = {"unit_id": world.unit[unit]} if unit else {"bureau_id": world.district}
    sent = [client.post(PUBLIC, json={**about, "category": "other", "text": TEXT, **fields})]
    sent += [as_(account).post(AT, json=letter(world, unit, **fields)) for account in ("supervisor", "discipline")]
    for refused in sent:
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["pointer"]) == (422, f"/{field}") and OUT in error["detail"]
    assert kept(app) == 0


def test_the_pages_say_the_way_out_and_a_namesake_is_reported_all_the_same(
    app: FastAPI, client: TestClient, as_: As, world: World
) -> None:
    form = client.get(f"/report?bureau_id={world.district}").text
    assert OUT in form and "www.12388.gov.cn" in form
    nonce = re.findall(r'name="nonce" value="([^"]+)"', form)[0]
    sent: dict[str, Any] = {"nonce": nonce, "bureau_id": world.district, "unit_id": ""}
    sent |= {"category": "ethics", "text": TEXT, "accused": "郑严"}
    refused = client.post("/report", data=sent)
    assert refused.status_code == 422 and "www.12388.gov.cn" in refused.text and TEXT in refused.text
    assert "请选择其所在的学校（园）" in refused.text and kept(app) == 0
    taken = client.post("/report", data={**sent, "unit_id": world.unit["实验小学"]})
    assert taken.status_code == 200 and newest(as_, "supervisor")["accused"] == "郑严"
    assert ok(as_("discipline").get(AT))["data"] == [], "whoever is called so does not see it"


@pytest.mark.parametrize("accused", ["钱正华", "小钱正", "钱正老师", "赵钱正、李红"])
def test_whose_name_is_longer_than_one_of_the_team_is_reported_like_anybody(
    client: TestClient, as_: As, world: World, accused: str
) -> None:
    appointed(as_("supervisor"), "钱正", "副组长", unit_id=world.unit["派驻组"])
    reported(client, world, None, accused=accused)
    assert newest(as_)["accused"] == accused


@pytest.mark.parametrize(
    ("called", "accused"),
    [
        ("阿依·古丽", "阿依古丽"),
        ("阿依·古丽", "阿依•古丽组长"),
        ("阿依∙古丽", "组长阿依⋅古丽、李红"),
        ("阿依古丽", "阿依 · 古丽"),
    ],
)
def test_a_name_of_two_parts_is_the_teams_however_they_are_joined(
    app: FastAPI, client: TestClient, as_: As, world: World, called: str, accused: str
) -> None:
    appointed(as_("supervisor"), called, "副组长", unit_id=world.unit["派驻组"])
    body = {"bureau_id": world.district, "category": "other", "text": TEXT, "accused": accused}
    refused = client.post(PUBLIC, json=body)
    assert (refused.status_code, kept(app)) == (422, 0) and OUT in refused.text
    body["accused"] = "阿依古丽娜"
    ok(client.post(PUBLIC, json=body), 201)


def test_found_to_be_about_the_team_it_is_handed_on(client: TestClient, as_: As, browse: As, world: World) -> None:
    row, team = under_way(as_, client, world)[0], as_("discipline")
    for found in ({"unit_id": world.unit["派驻组"]}, {"accused_user_id": world.user["discipline"]}):
        head = {"if-match": team.get(f"{AT}/{row['id']}").headers["etag"]}
        refused = team.patch(f"{AT}/{row['id']}", json=found, headers=head)
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["pointer"]) == (422, f"/{next(iter(found))}") and "移送" in error["detail"]
    offered = browse("discipline").get(f"/complaints/{row['id']}").text.partition("认定被反映对象")[2]
    assert "实验小学" in offered and ">派驻组<" not in offered
    handed_on = step(team, row, "transfer", note="已移送区纪委监委。")
    assert handed_on["state"] == "transferred" and handed_on["due_on"] is None


def test_whoever_left_the_team_is_like_anybody(client: TestClient, as_: As, world: World) -> None:
    keeper = as_("secadmin")
    for grant in ok(keeper.get(f"{API}/role-grants?user_id={world.user['discipline']}"))["data"]:
        ok(keeper.post(f"{API}/role-grants/{grant['id']}/end"))
    reported(client, world, "实验小学", accused="郑严组长")
    assert newest(as_, "supervisor")["accused"] == "郑严组长"
