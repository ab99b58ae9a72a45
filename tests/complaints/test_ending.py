"""How a complaint ends for whoever reported it: not accepted, with the reason; or replied to, and rated once."""

from starlette.testclient import TestClient

from tests.complaints.steps import AT, PUBLIC, newest, reported, status, step, under_way
from tests.conftest import As
from tests.walk.steps import ok
from tests.world import World


def test_what_is_not_accepted_tells_its_reporter_why(client: TestClient, as_: As, world: World) -> None:
    receipt = reported(client, world)
    row = newest(as_)
    assert as_("supervisor").post(f"{AT}/{row['id']}/reject", json={}).status_code == 422, "not without a reason"
    assert as_("office").post(f"{AT}/{row['id']}/reject", json={"note": "不归我管。"}).status_code == 404
    step(as_("supervisor"), row, "reject", note="反映的机构不在本区，请向其所在地反映。")
    shown = status(client, receipt)
    assert shown["state"] == "not_accepted" and "请向其所在地反映" in str(shown)
    assert as_("supervisor").post(f"{AT}/{row['id']}/accept").status_code == 409


def test_a_reporter_rates_what_came_of_it_once_after_the_reply(client: TestClient, as_: As, world: World) -> None:
    row, receipt = under_way(as_, client, world)
    rating = {"receipt": receipt, "satisfaction": "dissatisfied", "feedback": "没有退费。"}
    assert client.post(f"{PUBLIC}/ratings", json=rating).status_code == 409, "there is no reply yet"
    step(as_("supervisor"), row, "conclude", result="substantiated", conclusion="已责令退费。")
    step(as_("supervisor"), row, "reply")
    ok(client.post(f"{PUBLIC}/ratings", json=rating))
    again = client.post("/report/ratings", data={**rating, "satisfaction": "satisfied"})
    assert again.status_code == 409 and "每件评价一次" in again.text
    read = ok(as_("supervisor").get(f"{AT}/{row['id']}"))
    assert (read["satisfaction"], read["feedback"]) == ("dissatisfied", "没有退费。")
