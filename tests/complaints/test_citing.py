"""A complaint that was found to be true reaches the ladder, and its unit is never shown that it was one."""

from typing import Any

from starlette.testclient import TestClient

from tests.accountability.steps import AT, run, take
from tests.complaints.steps import AT as COMPLAINTS
from tests.complaints.steps import newest, reported, step, under_way
from tests.conftest import As
from tests.walk.steps import ok
from tests.world import World

CONCLUDED = {"conclusion": "本校教师确在校外收费补课，已责令清退。"}


def test_of_two_complaints_the_true_one_is_held_against_its_school(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    supervisor = as_("supervisor")
    for result, about in (("unsubstantiated", "第一幼儿园"), ("substantiated", "实验小学")):
        row, _ = under_way(as_, client, world, unit=about)
        assert run(supervisor) == [], "while it is looked into nobody is held to account"
        step(as_("office"), row, "conclude", result=result, **CONCLUDED)
    (action,) = run(supervisor)
    assert (action["unit_id"], action["kind"]) == (world.unit["实验小学"], "reminder")
    assert [each["kind"] for each in action["triggers"]] == ["complaint"]
    assert run(supervisor) == [], "once is enough"
    _names_each_other(as_, browse, action)
    ok(as_("leader").post(f"{AT}/{action['id']}/approve"))
    served = take(supervisor, action, "serve")
    shown = as_("school").get(f"{AT}/{served['id']}")
    assert ok(shown)["triggers"] == [] and "举报" not in shown.text
    assert "举报" not in as_("school").get(f"{AT}.csv").content.decode("utf-8-sig")


def _names_each_other(as_: As, browse: As, action: dict[str, Any]) -> None:
    """The complaint leads to the action for whoever reads what is cited; the office that handles it learns nothing."""
    complaint, place = action["triggers"][0]["row_id"], f"/accountability-actions/{action['id']}"
    for account in ("supervisor", "leader", "discipline"):
        (cited,) = ok(as_(account).get(f"{COMPLAINTS}/{complaint}"))["accountability_actions"]
        assert (cited["id"], cited["kind"], cited["unit_name"]) == (action["id"], "reminder", "实验小学"), account
        assert place in browse(account).get(f"/complaints/{complaint}").text, account
    assert ok(as_("office").get(f"{COMPLAINTS}/{complaint}"))["accountability_actions"] == []
    assert place not in browse("office").get(f"/complaints/{complaint}").text
    others = [row["id"] for row in ok(as_("supervisor").get(COMPLAINTS))["data"] if row["id"] != complaint]
    shown = [ok(as_("supervisor").get(f"{COMPLAINTS}/{each}"))["accountability_actions"] for each in others]
    assert len(shown) == 1 and shown == [[]]


def test_what_exists_for_the_discipline_team_alone_is_cited_to_nobody_else(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    reported(client, world, "人事股")
    row, team, leader = newest(as_), as_("discipline"), as_("leader")
    step(team, row, "accept"), step(team, row, "assign", handling_unit_id=world.unit["派驻组"])
    step(team, row, "investigate"), step(team, row, "conclude", result="substantiated", **CONCLUDED)
    cited = {"triggers": [{"kind": "complaint", "source_id": row["id"]}]}
    body = {"unit_id": world.unit["人事股"], "kind": "reminder", "reason": "办事推诿。", **cited}
    action = ok(team.post(AT, json=body), 201)
    assert [each["kind"] for each in action["triggers"]] == ["complaint"]
    assert len(ok(team.get(f"{AT}?trigger=complaint"))["data"]) == 1
    for account in ("supervisor", "leader"):
        assert ok(as_(account).get(f"{AT}/{action['id']}"))["triggers"] == [], account
        assert ok(as_(account).get(f"{AT}?trigger=complaint"))["data"] == [], account
        for path in (f"{AT}.csv", f"{AT}/{action['id']}"):
            assert "举报" not in as_(account).get(path).content.decode("utf-8-sig"), account
        assert "经调查属实" not in browse(account).get(f"/accountability-actions/{action['id']}").text, account
    assert take(leader, action, "approve")["state"] == "approved"
