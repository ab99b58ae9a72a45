"""No case is lost with its handlers: the team gives its own to someone, what is left alone is taken over, and the last
who can act does not leave."""

from collections.abc import Callable

import pytest

from tests.cases.steps import AT, joined, opened
from tests.conftest import As, form
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

LEFT_ALONE = f"{AT}/left-alone"
Goes = Callable[[As, World, str], None]


def disable(as_: As, world: World, account: str) -> None:
    at = f"{API}/users/{world.user[account]}"
    version = ok(as_("sysadmin").get(at))["version"]
    ok(as_("sysadmin").patch(at, json={"disabled": True}, headers={"if-match": str(version)}))


def move(as_: As, world: World, account: str) -> None:
    for grant in ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user[account]}"))["data"]:
        ok(as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end", json={}))


def join_the_unit(as_: As, world: World, account: str) -> None:
    grant = {"role": "school", "unit_id": world.unit["实验小学"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user[account]}/role-grants", json=grant), 201)


@pytest.mark.parametrize("goes", [disable, move, join_the_unit])
def test_a_case_whose_handlers_are_gone_is_taken_over_with_a_reason(
    as_: As, browse: As, world: World, goes: Goes
) -> None:
    row = opened(as_("office"), world, person="高岩")
    joined(as_("office"), row, world.user["education"])
    path, why = f"{AT}/{row['id']}/take-over", {"note": "承办人已调离。"}
    goes(as_, world, "office")
    for account in ("supervisor", "discipline", "leader", "school"):  # One of them can still act.
        assert ok(as_(account).get(LEFT_ALONE))["data"] == [], account
        assert as_(account).post(path, json=why).status_code == 404, account
    goes(as_, world, "education")
    for account in ("leader", "kindergarten", "sysadmin", "other_supervisor", "other_discipline"):
        assert ok(as_(account).get(LEFT_ALONE))["data"] == [], account
        assert as_(account).post(path, json=why).status_code == 404, account
    for account in ("supervisor", "discipline"):
        (seen,) = ok(as_(account).get(LEFT_ALONE))["data"]
        assert seen["id"] == row["id"] and not {"title", "text", "unit_id", "person"} & seen.keys()
        assert as_(account).get(f"{AT}/{row['id']}").status_code == 404
    browser = browse("supervisor")
    assert str(row["id"]) in (shown := browser.get("/cases/left-alone").text) and "大宗采购" not in shown
    assert browser.post(f"/cases/{row['id']}/take-over", data=form(browser)).status_code == 422
    assert browser.post(f"/cases/{row['id']}/take-over", data=form(browser, **why)).status_code == 303
    assert "close" in ok(as_("supervisor").get(f"{AT}/{row['id']}"))["allowed_actions"]
    assert why["note"] in browser.get(f"/cases/{row['id']}").text
    assert as_("discipline").post(path, json=why).status_code == 404
    assert ok(as_("supervisor").get(LEFT_ALONE))["data"] == []
    told = ok(as_("auditor").get(f"{API}/events?resource=case_file&resource_id={row['id']}"))["data"]
    assert ("case_file.take_over", {"user_id": world.user["supervisor"]}) in [
        (event["operation"], event["after"]) for event in told if event["outcome"] == "done"
    ]


def test_the_team_gives_its_own_cases_to_someone(as_: As, world: World, stock: Stock) -> None:
    row_id = stock.case("实验小学", of_discipline=True)
    path, team = f"{AT}/{row_id}", as_("discipline")
    assert ok(team.get(path))["allowed_actions"] == ["add_handler"]
    assert team.post(f"{path}/notes", json={"text": "谈话。"}).status_code == 403
    for account in ("supervisor", "leader", "office"):
        assert as_(account).post(f"{path}/take-over", json={"note": "接手。"}).status_code == 404, account
        assert as_(account).post(f"{path}/add-handler", json={"user_id": world.user[account]}).status_code == 404
    ok(team.post(f"{path}/add-handler", json={"user_id": world.user["discipline"]}))
    assert "examine" in ok(team.get(path))["allowed_actions"]


def test_a_handler_who_was_taken_off_it_knows_nothing_of_it_any_more(as_: As, browse: As, world: World) -> None:
    """Nor by the notice that it was given to them: that is gone, and its page is like any that there is not."""
    row = opened(as_("supervisor"), world)
    joined(as_("supervisor"), row, world.user["education"])
    former, page = as_("education"), browse("education")
    (notice,) = ok(former.get(f"{API}/notifications?kind=assigned"))["data"]
    assert notice["text"] == f"案件线索 #{row['id']}已交由您承办" and ok(former.get(notice["href"]))["id"] == row["id"]
    ok(as_("supervisor").post(f"{AT}/{row['id']}/remove-handler", json={"user_id": world.user["education"]}), 204)
    assert ok(former.get(AT))["data"] == [] and ok(former.get(f"{API}/notifications"))["data"] == []
    assert former.get(notice["href"]).status_code == 404
    assert former.post(f"{API}/notifications/{notice['id']}/mark-read").status_code == 404
    assert "案件线索 #" not in page.get("/notifications").text
    shown, none = page.get(f"/cases/{row['id']}"), page.get("/cases/999999")
    assert (shown.status_code, none.status_code) == (404, 404)
    assert shown.text.partition("<main")[2] == none.text.partition("<main")[2]


def test_the_last_handler_who_can_act_does_not_leave(as_: As, world: World) -> None:
    row = opened(as_("supervisor"), world)
    joined(as_("supervisor"), row, world.user["education"])
    disable(as_, world, "education")
    path = f"{AT}/{row['id']}/remove-handler"
    last = as_("supervisor").post(path, json={"user_id": world.user["supervisor"]})
    assert (last.status_code, last.json()["code"]) == (409, "last_handler")
    ok(as_("supervisor").post(path, json={"user_id": world.user["education"]}), 204)
