"""Cases, from what is offered to what waits: who may be asked, what may still be changed, and what is lacking."""

import re

from tests.cases.steps import AT, OFFICES, circulated, concluded, opened
from tests.conftest import As
from tests.units.merging import close, merge
from tests.walk.steps import API, ok
from tests.world import World


def test_a_concluded_case_waits_for_its_circular(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    row = concluded(supervisor, opened(supervisor, world))
    assert "还没有通报" in supervisor.get(f"{API}/my-work").text
    circulated(as_, world, row)
    assert row["title"] not in supervisor.get(f"{API}/my-work").text


def test_a_case_that_was_wrongly_not_filed_is_reopened_with_a_note(as_: As, world: World) -> None:
    supervisor, row = as_("supervisor"), opened(as_("supervisor"), world)
    path = f"{AT}/{row['id']}"
    ok(supervisor.post(f"{path}/close", json={"note": "不属实。"}))
    assert supervisor.post(f"{path}/reopen").status_code == 422
    assert as_("office").post(f"{path}/reopen", json={"note": "有新证据。"}).status_code == 404
    assert ok(supervisor.post(f"{path}/reopen", json={"note": "有新证据。"}))["state"] == "clue"
    ok(supervisor.post(f"{path}/examine"))


def test_only_those_are_offered_whom_the_case_accepts(as_: As, browse: As, world: World) -> None:
    """Whoever belongs to the host of the unit, stands above it, or followed what answered for it is left out."""
    for account, unit in {"education": "实验小学", "office": "柳林镇中心校"}.items():
        grant = {"role": "school", "unit_id": world.unit[unit]}
        ok(as_("secadmin").post(f"{API}/users/{world.user[account]}/role-grants", json=grant), 201)
    assert merge(as_, world, "第一幼儿园", "实验小学", across_kinds=True).status_code == 200
    left_out = {}
    for unit in ("实验小学党支部", "柳林小学", "第一幼儿园", "第一中学"):
        row = opened(as_("supervisor"), world, unit)
        shown = browse("supervisor").get(f"/cases/{row['id']}").text
        offered = set(re.findall(r'value="(\d+)"', re.search(r'name="user_id".*?</select>', shown, re.S)[0]))  # type: ignore[index]
        accepted = set()
        for account, user_id in world.user.items():
            sent = as_("supervisor").post(f"{AT}/{row['id']}/add-handler", json={"user_id": user_id})
            accepted |= {str(user_id)} if sent.status_code == 200 else set()
            assert sent.status_code in ((409,) if account == "supervisor" else (200, 422)), (unit, account)
        assert offered == accepted, unit
        left_out[unit] = {name for name in ("education", "office") if str(world.user[name]) not in offered}
    assert left_out == {
        "实验小学党支部": {"education"},
        "柳林小学": {"office"},
        "第一幼儿园": {"education"},
        "第一中学": set(),
    }


def test_the_unit_concerned_is_put_right_while_it_is_a_clue(as_: As, world: World) -> None:
    supervisor, row = as_("supervisor"), opened(as_("supervisor"), world)
    path = f"{AT}/{row['id']}"

    def changed(unit_id: int) -> tuple[int, str]:
        version = ok(supervisor.get(path))["version"]
        sent = supervisor.patch(path, json={"unit_id": unit_id}, headers={"if-match": str(version)})
        return sent.status_code, sent.json().get("unit_name") or sent.json()["errors"][0]["pointer"]

    assert changed(world.unit["第一中学"]) == (200, "第一中学")
    for wrong in (world.unit["督查室"], world.district, world.unit["临水小学"]):
        assert changed(wrong) == (422, "/unit_id")
    ok(supervisor.post(f"{path}/examine"))
    assert changed(world.unit["实验小学"]) == (422, "/unit_id")
    assert changed(world.unit["第一中学"]) == (200, "第一中学")
    told = ok(as_("auditor").get(f"{API}/events?resource=case_file&resource_id={row['id']}"))["data"]
    assert not [event for event in told if (event["after"] or {}).get("unit_id")]


def test_a_category_without_its_office_says_so_and_takes_none_that_is_gone(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    row = opened(supervisor, world, category="ethics", source="audit")
    lacking = "还没有设置承办股室"
    assert lacking in browse("supervisor").get(f"/cases/{row['id']}").text
    assert close(as_, world, "职成股").status_code == 200
    gone = supervisor.post(OFFICES, json={"category": "ethics", "office_id": world.unit["职成股"]})
    assert (gone.status_code, gone.json()["errors"][0]["pointer"]) == (422, "/office_id")
    ok(supervisor.post(OFFICES, json={"category": "ethics", "office_id": world.unit["人事股"]}), 201)
    assert lacking not in browse("supervisor").get(f"/cases/{row['id']}").text


def test_the_printed_ledger_holds_what_the_list_does(as_: As, browse: As, world: World) -> None:
    row = opened(as_("supervisor"), world)
    for account in ("supervisor", "discipline", "leader", "school"):
        shown = browse(account).get("/cases/print")
        assert shown.status_code == 200 and (row["title"] in shown.text) == (account == "supervisor"), account
