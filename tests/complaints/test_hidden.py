"""The school complained of learns nothing of it, on whichever page or list it looks (SECURITY.md, promise 11)."""

from starlette.testclient import TestClient

from tests.complaints.steps import AT, TEXT, step, under_way
from tests.conftest import As
from tests.generated.routes import routes
from tests.walk.steps import API
from tests.world import World


def test_no_page_and_no_list_of_the_schools_says_what_was_reported(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    row, _ = under_way(as_, client, world)
    step(as_("office"), row, "conclude", result="substantiated", conclusion="经查属实。")
    mend = {"problem": "个别教师有偿补课，请开展专项整治。", "deadline_on": "2199-01-01"}
    step(as_("supervisor"), row, "rectify", **mend)
    browser, system, looked_at = browse("school"), as_("school"), 0
    assert mend["problem"] in browser.get("/my-work").text
    assert browser.get(f"/complaints/{row['id']}").status_code == system.get(f"{AT}/{row['id']}").status_code == 404
    for route in routes(client.app):  # type: ignore[arg-type]
        if route.method == "GET" and "{" not in route.path:
            answer = (system if route.is_json else browser).get(route.path)
            assert TEXT[:12] not in answer.text and row["code"] not in answer.text, route.path
            looked_at += 1
    assert looked_at > 60
    assert not system.get(f"{API}/complaints").json()["data"]
