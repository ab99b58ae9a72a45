"""Names over time, schools that open later, what nobody may learn, and the page."""

import re
from typing import Any

from app.complaints.models import Complaint
from app.identity.models import RoleGrant
from tests.conftest import As, form
from tests.imports.tables import as_csv, faults, looked_through, rows_of, unit
from tests.stock import Stock, day, stock
from tests.units.merging import API, NEW, OLD, merge, ok, rename
from tests.world import World

__all__ = ["stock"]


def test_renamed_unit_is_found_by_both_names_and_history_keeps_the_old(as_: As, world: World) -> None:
    assert rename(as_, world, "第一中学").status_code == 422
    assert rename(as_, world, "新名", by="supervisor").status_code == 403
    unit = ok(rename(as_, world, "青川外国语小学", effective_on=day(-10).isoformat()))
    assert unit["name"] == "青川外国语小学"
    assert [(each["name"], each["used_until"]) for each in unit["aliases"]] == [(OLD, day(-11).isoformat())]
    assert unit["history"][0]["old_name"] == OLD
    for name in (OLD, "外国语"):
        found = ok(as_("school").get(f"{API}/units", params={"q": name}))["data"]
        assert world.unit[OLD] in [each["id"] for each in found]
    back = ok(rename(as_, world, OLD))
    assert back["name"] == OLD and len(back["history"]) == 2


def test_no_table_gives_a_merged_unit_another_last_day(as_: As, world: World) -> None:
    ok(merge(as_, world))
    client = as_("sysadmin")
    table = as_csv((OLD, "学校", "2199-12-31"), heads=("单位名称", "类别", "停用日期"))
    run = looked_through(client, table)
    (wrong,) = faults(rows_of(client, run, kind="wrong"))
    assert wrong[1] == "valid_to" and "已并入" in wrong[2]
    assert unit(client, OLD)["valid_to"] < "2199"


def test_moved_rows_are_kept_by_the_next_dispatch_and_a_new_school_is_taken_in(
    as_: As, stock: Stock, world: World
) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    stock.responsible(plan, item, OLD, "lead")
    group = stock.item(plan)
    stock.responsible(plan, group, "各学校（园）")
    supervisor = as_("supervisor")
    ok(supervisor.post(f"{API}/plans/{plan}/dispatch"))
    ok(merge(as_, world))
    new = {"code": "N9", "name": "新城小学", "kind": "school", "stages": ["primary"]}
    school = as_("sysadmin").post(f"{API}/units", json=new).json()["id"]
    seen = ok(supervisor.get(f"{API}/plans/{plan}/dispatch"))
    assert [(each["plan_item_id"], each["unit_id"]) for each in seen["add"]] == [(group, school)]
    assert seen["retire"] == []
    kept = {(each["plan_item_id"], each["unit_id"]) for each in seen["keep"]}
    assert (item, world.unit[NEW]) in kept and world.unit[OLD] not in {unit for _, unit in kept}


def test_complaint_about_the_old_unit_does_not_exist_for_the_successors_people(
    as_: As, stock: Stock, world: World
) -> None:
    words = {
        "code": "X2026-1",
        "channel": "web",
        "named": False,
        "category": "fees",
        "text": "收费",
        "receipt_hash": "h",
    }
    days = {"received_on": day(0), "due_on": day(60)}
    about = {"unit_id": world.unit[OLD], "handling_unit_id": world.unit["教育股"], "state": "accepted"}
    made = stock.add(Complaint, **words, **days, **about)
    stock.add(RoleGrant, user_id=world.user["education"], role="school", unit_id=world.unit[NEW], valid_from=day(-1))
    assert as_("education").get(f"{API}/complaints/{made}").status_code == 200
    ok(merge(as_, world))
    assert as_("education").get(f"{API}/complaints/{made}").status_code == 404
    assert as_("supervisor").get(f"{API}/complaints/{made}").status_code == 200


def test_supervisor_merges_a_school_by_page(browse: As, stock: Stock, world: World) -> None:
    plan = stock.plan()
    moved = stock.assignment(plan, stock.item(plan), OLD, "in_progress", 10)
    browser, page = browse("supervisor"), f"/units/{world.unit[OLD]}/merge"
    assert page in browser.get(f"/units/{world.unit[OLD]}").text
    asked = {"successor_id": str(world.unit[NEW]), "effective_on": day(0).isoformat()}
    seen = browser.get(page, params=asked)
    assert seen.status_code == 200 and re.search(r'任务</a></td><td class="num l" data-label="移交">1<', seen.text)
    bare = browser.post(page, data=form(browser, **asked))
    assert bare.status_code == 422 and "依据" in bare.text
    done = browser.post(page, data=form(browser, **asked, reason="青教〔2026〕3号"))
    assert done.status_code == 303
    told = browser.get(done.headers["location"]).text
    assert "青教〔2026〕3号" in told and "停用" in told and page not in told
    assert f"原由{OLD}承办" in browse("middle").get(f"/assignments/{moved}").text
    assert browser.get(page).status_code == 409
    assert OLD in browser.get(f"/units/{world.unit[NEW]}").text


def test_sysadmin_renames_by_page(browse: As, world: World) -> None:
    browser, unit = browse("sysadmin"), f"/units/{world.unit[OLD]}"
    wrong = browser.post(f"{unit}/rename", data=form(browser, name="外国语小学", reason="", effective_on=""))
    assert wrong.status_code == 422 and "外国语小学" in wrong.text
    typed = form(browser, name="外国语小学", reason="批复", effective_on="")
    assert browser.post(f"{unit}/rename", data=typed).status_code == 303
    assert "曾用名" in browser.get(unit).text


def test_what_was_confided_to_an_office_that_is_gone_is_not_confided_to_its_successor(
    as_: As, stock: Stock, world: World
) -> None:
    """A complaint that it had dealt with; one that is open goes over, to be given to someone anew."""
    words = {"channel": "web", "named": False, "category": "fees", "text": "收费"}
    days = {"received_on": day(0), "due_on": day(60)}
    about = {"unit_id": world.unit[OLD], "handling_unit_id": world.unit["教育股"]}
    ended, going_on = (
        stock.add(Complaint, code=f"X2026-{n}", receipt_hash=f"h{n}", state=state, **words, **days, **about)
        for n, state in enumerate(("replied", "accepted"))
    )
    assert as_("education").get(f"{API}/complaints/{ended}").status_code == 200
    ok(merge(as_, world, "教育股", "人事股"))
    assert as_("office").get(f"{API}/complaints/{going_on}").status_code == 200
    assert as_("office").get(f"{API}/complaints/{ended}").status_code == 404
    assert as_("supervisor").get(f"{API}/complaints/{ended}").status_code == 200


def test_who_lost_a_grant_by_a_merging_is_told_to_who_grants_anew_and_to_nobody_else(
    as_: As, browse: As, world: World
) -> None:
    ok(merge(as_, world))
    place, told = f"/units/{world.unit[OLD]}", "随之终止的授权"
    shown = browse("secadmin").get(place).text
    assert told in shown and "刘敏" in shown and "待授权" in shown
    for account in ("sysadmin", "supervisor", "middle"):
        assert told not in browse(account).get(place).text, account
    grant = {"role": "school", "unit_id": world.unit[NEW]}
    assert as_("secadmin").post(f"{API}/users/{world.user['school']}/role-grants", json=grant).status_code == 201
    assert "有其他授权" in browse("secadmin").get(place).text
    assert told not in browse("secadmin").get(f"/units/{world.unit['第一中学']}").text


def test_another_name_given_by_an_edit_is_a_renaming_too(as_: As, browse: As, world: World) -> None:
    client = as_("sysadmin")

    def edit(name: str) -> Any:
        held = ok(client.get(f"{API}/units/{world.unit[OLD]}"))
        headers = {"if-match": f'"{held["version"]}"'}
        return client.patch(f"{API}/units/{held['id']}", json={"name": name}, headers=headers)

    # The same name, spelt otherwise.
    assert ok(edit(f"局{OLD}"))["aliases"] == [] == ok(edit(OLD))["history"]
    taken = edit(f"局{NEW}")
    assert taken.status_code == 422 and taken.json()["errors"][0]["pointer"] == "/name"
    unit = ok(edit("外国语小学"))
    assert [(each["name"], each["used_until"]) for each in unit["aliases"]] == [(OLD, day(-1).isoformat())]
    (told,) = unit["history"]
    assert (told["kind"], told["old_name"], told["new_name"]) == ("renamed", OLD, "外国语小学")
    browser, page = browse("sysadmin"), f"/units/{world.unit[OLD]}"
    fields = {"name": "双语小学", "stages": "primary", "ownership": "public", "version": str(unit["version"])}
    assert browser.post(page, data=form(browser, **fields)).status_code == 303
    found = ok(as_("school").get(f"{API}/units", params={"q": OLD}))["data"]
    assert [each["name"] for each in found if each["id"] == world.unit[OLD]] == ["双语小学"]
    ok(merge(as_, world))
    gone = edit("原双语小学")
    assert gone.status_code == 409 and gone.json()["code"] == "unit_ended"
