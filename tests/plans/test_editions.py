"""A plan's next edition: what it follows, what it may not follow, and how items are told again."""

from fastapi import FastAPI

from tests.at_once import at_once
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.plan_rows.test_row_01_plan import CHANGED
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, import_plan, issued_plan, items, ok
from tests.world import World


def follow(as_: As, plan: dict[str, object], previous_id: int | None) -> object:
    etag = {"if-match": f'"{plan["version"]}"'}
    return as_("supervisor").patch(f"{API}/plans/{plan['id']}", json={"previous_id": previous_id}, headers=etag)


def test_a_draft_follows_what_it_is_said_to_or_nothing(as_: As, world: World) -> None:
    first = issued_plan(as_)
    other = import_plan(as_("supervisor"), PLAN.replace("清廉校园", "廉洁校园"))
    assert (other["edition"], other["previous_id"]) == (1, None), "another title is another plan"
    linked = ok(follow(as_, other, first["id"]))
    assert (linked["edition"], linked["previous"]["title"]) == (2, first["title"])
    apart = ok(follow(as_, linked, None))
    assert (apart["edition"], apart["previous"]) == (1, None)
    assert as_("supervisor").get(f"{API}/plans/{other['id']}/comparison").json()["code"] == "no_previous"
    for wrong in (other["id"], 999_999, import_plan(as_("supervisor"), CHANGED)["id"]):
        refused = follow(as_, apart, wrong)
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/previous_id", wrong


def test_of_two_next_editions_one_is_issued_however_many_press(app: FastAPI, as_: As, world: World) -> None:
    first = issued_plan(as_)
    drafts = [import_plan(as_("supervisor"), text)["id"] for text in (CHANGED, CHANGED.replace("按月", "按季"))]
    assert {ok(as_("supervisor").get(f"{API}/plans/{each}"))["previous_id"] for each in drafts} == {first["id"]}
    token = world.token["supervisor"]
    answers = at_once(app, token, lambda client, n: client.post(f"{API}/plans/{drafts[n % 2]}/issue"), 8)
    assert sorted(answer.status_code for answer in answers) == [200] + 7 * [409]
    late = next(each for each in drafts if ok(as_("supervisor").get(f"{API}/plans/{each}"))["state"] == "draft")
    refused = as_("supervisor").post(f"{API}/plans/{late}/issue")
    assert refused.json()["code"] == "previous_gone" and "下一版" in refused.text
    draft = ok(as_("supervisor").get(f"{API}/plans/{late}"))
    ok(follow(as_, draft, None))
    ok(as_("supervisor").post(f"{API}/plans/{late}/issue"))


def test_a_new_title_is_recognised_by_what_stayed_alike(as_: As, world: World) -> None:
    issued_plan(as_)
    retitled = import_plan(as_("supervisor"), PLAN.replace("2.开展教育收费自查", "2.开展教育收费自查自纠"))
    found = ok(as_("supervisor").get(f"{API}/plans/{retitled['id']}/comparison"))
    assert found["counts"] == {"added": 0, "changed": 1, "removed": 0, "unchanged": 2}
    (row,) = [each for each in found["data"] if each["change"] == "changed"]
    assert row["changed"] == ["title"] and {"op": "added", "text": "自纠"} in row["texts"]["title"]


def dated(text: str, year: int) -> str:
    """The same plan under a title that names no year, dated at its end."""
    return f"{text.replace('2026年推进', '推进', 1)}{year}年3月1日\n"


def test_the_next_years_plan_of_the_same_title_takes_nothing_over_by_itself(as_: As, world: World) -> None:
    first = issued_plan(as_, dated(PLAN, 2026))
    changed = import_plan(as_("supervisor"), dated(CHANGED, 2026))
    assert (changed["year"], changed["edition"], changed["previous_id"]) == (2026, 2, first["id"])
    following = import_plan(as_("supervisor"), dated(PLAN, 2027))
    assert (following["title"], following["year"]) == (first["title"], 2027)
    assert (following["edition"], following["previous_id"]) == (1, None)
    undated = import_plan(as_("supervisor"), CHANGED.replace("2026年推进", "推进", 1))
    assert (undated["year"], undated["previous_id"]) == (None, first["id"]), "an unknown year may be the same"


def put(as_: As, item: dict[str, object], **fields: object) -> object:
    headers = {"if-match": f'"{item["version"]}"'}
    return as_("supervisor").patch(f"{API}/plan-items/{item['id']}", json=fields, headers=headers)


def settings(as_: As, plan_id: int) -> list[tuple[object, ...]]:
    return [(row["weight"], row["required_evidence"], row["for_information"]) for row in items(as_, plan_id)]


def test_what_was_set_on_an_item_holds_of_the_one_that_continues_it_and_a_change_is_told(
    as_: As, browse: As, world: World
) -> None:
    supervisor = as_("supervisor")
    first = import_plan(supervisor)
    council, _, activity = items(as_, first["id"])
    ok(put(as_, council, weight=3, required_evidence=["policy"]))
    ok(put(as_, activity, for_information=True))
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    other = import_plan(supervisor, PLAN.replace("清廉校园", "廉洁校园"))
    ok(follow(as_, other, first["id"]))
    assert settings(as_, other["id"]) == settings(as_, first["id"])
    second = import_plan(supervisor, CHANGED)
    assert settings(as_, second["id"]) == [(3, ["policy"], False), (1, [], False), (1, [], True)]
    ok(put(as_, items(as_, second["id"])[0], weight=2, required_evidence=[]))
    at = f"/plans/{second['id']}/comparison"
    (row,) = [each for each in ok(supervisor.get(f"{API}{at}"))["data"] if each["change"] == "changed"]
    assert row["changed"] == ["measures", "required_evidence", "weight", "responsibilities"]
    (_, line) = csv_lines(supervisor.get(f"{API}{at}.csv?change=changed").content)
    assert "须附印证资料：制度 → 不要求\n权重：3 → 2" in line[-1]
    assert "制度 → 不要求" in browse("supervisor").get(at).text
    assert len(csv_lines(browse("supervisor").get(f"{at}.csv").content)) == 1 + 4
    assert supervisor.get(f"{API}/plans/{first['id']}/comparison.xlsx").status_code == 404


def test_a_person_says_which_item_goes_on_as_which(as_: As, browse: As, world: World) -> None:
    supervisor, browser = as_("supervisor"), browse("supervisor")
    first = import_plan(supervisor)
    ok(put(as_, items(as_, first["id"])[1], weight=5))
    for step in ("issue", "dispatch"):
        ok(supervisor.post(f"{API}/plans/{first['id']}/{step}"))
    council, fees, activity = (item["id"] for item in items(as_, first["id"]))
    draft = import_plan(supervisor, CHANGED)
    at = f"{API}/plans/{draft['id']}/comparison"

    def gone_on() -> list[object]:
        rows = ok(supervisor.get(at))["data"]
        return [row["before"] and row["before"]["id"] for row in rows if row["after"]]

    assert gone_on() == [council, None, activity]
    new = items(as_, draft["id"])
    for wrong, words in ((council, "已由第1项接续"), (new[0]["id"], "上一版没有这个任务项"), (999_999, "重新选择")):
        refused = put(as_, new[1], continues_id=wrong)
        assert refused.status_code == 422 and words in refused.text, wrong
        assert refused.json()["errors"][0]["pointer"] == "/continues_id"
    ok(put(as_, new[1], continues_id=fees))
    ok(put(as_, new[2], continues_id=None))
    assert gone_on() == [council, fees, None] and items(as_, draft["id"])[1]["weight"] == 5
    # On the page a wrong guess is undone, and an item saved without a look at it stays what it was taken for.
    shown = browser.get(f"/plans/{draft['id']}/review?item={new[0]['id']}").text
    assert f'<option value="{council}" selected>第1项' in shown and "不接续，是新任务" in shown
    sent = {"plan_id": draft["id"], "continued": council, "cadence": "once", "for_information": "false"}
    at_item = f"/plan-items/{new[0]['id']}"
    assert browser.post(at_item, data=form(browser, **sent, continues_id=council)).status_code == 303
    assert not ok(supervisor.get(f"{API}{at_item}"))["paired"]
    assert browser.post(at_item, data=form(browser, **sent, continues_id="")).status_code == 303
    assert gone_on() == [None, fees, None] and ok(supervisor.get(f"{API}{at_item}"))["paired"]
    # The work follows what was said; the text of what is issued stands, and so does this.
    ok(supervisor.post(f"{API}/plans/{draft['id']}/issue"))
    assert put(as_, items(as_, draft["id"])[1], continues_id=None, reason="改回。").json()["code"] == "issued_text"
    preview = ok(supervisor.get(f"{API}/plans/{draft['id']}/dispatch"))
    assert {row["plan_item_id"] for row in preview["retire"]} == {council, activity}
    assert {row["plan_item_id"] for row in preview["keep"]} == {new[1]["id"]}


def test_what_was_settled_of_a_name_and_of_a_worded_deadline_is_not_asked_again(as_: As, world: World) -> None:
    supervisor, words = as_("supervisor"), "春季、秋季开学后一个月内"
    text = PLAN.replace("2026年12月底前", words).replace("党办、人事股，", "党办、校园膳食专班、校外督学团，")
    first = import_plan(supervisor, text)
    checks = items(as_, first["id"])[1]
    assert (checks["deadline_text"], checks["deadline_on"]) == (words, None)
    warned = {each["code"]: each["item_ids"] for each in ok(supervisor.get(f"{API}/plans/{first['id']}"))["warnings"]}
    assert checks["id"] in warned["no_deadline"], "words that are no day never become overdue: that is told"
    ok(put(as_, checks, deadline_on="2026-10-31"))
    meant = {"name": "校园膳食专班", "unit_id": world.unit["人事股"], "remember": False}
    dropped = {"name": "校外督学团", "drop_reason": "不是本局单位"}
    ok(supervisor.post(f"{API}/plans/{first['id']}/resolve", json={"resolutions": [meant, dropped]}))
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    second = import_plan(supervisor, text.replace("逐项核对收费公示", "逐条核对收费公示"))
    assert second["previous_id"] == first["id"] and second["unresolved_count"] == 0
    council, again, _ = items(as_, second["id"])
    assert again["deadline_on"] == "2026-10-31"
    said = {each["name"]: (each["unit_id"], each["dropped_reason"]) for each in council["responsibilities"]}
    assert said["校园膳食专班"] == (world.unit["人事股"], None) and said["校外督学团"] == (None, "不是本局单位")
    compared = ok(supervisor.get(f"{API}/plans/{second['id']}/comparison"))
    assert [each["changed"] for each in compared["data"] if each["change"] == "changed"] == [["measures"]]
    for opening in ("2027年推进", "推进"):
        elsewhere = import_plan(supervisor, text.replace("2026年推进", opening, 1))
        if elsewhere["previous_id"] is None:
            ok(follow(as_, elsewhere, first["id"]))
        later = items(as_, elsewhere["id"])[1]
        assert later["deadline_on"] is None, "another year's opening of schools is another day, or may be"


def test_a_day_set_for_what_recurs_is_kept_with_its_kind(as_: As, world: World) -> None:
    supervisor, text = as_("supervisor"), PLAN.replace("2026年12月底前", "每学期开学后两周内")
    first = import_plan(supervisor, text)
    checks = items(as_, first["id"])[1]
    assert checks["deadline_kind"] == "recurring"
    ok(put(as_, checks, deadline_on="2026-09-14"))
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    again = items(as_, import_plan(supervisor, text.replace("逐项核对", "逐条核对"))["id"])[1]
    assert (again["deadline_on"], again["deadline_kind"]) == ("2026-09-14", "date")


def test_a_name_taken_off_one_item_is_not_dropped_from_all(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    text = PLAN.replace("党办、人事股，", "党办、校园膳食专班，").replace("督查室、教育股", "校园膳食专班")
    first = import_plan(supervisor, text)
    meant = {"name": "校园膳食专班", "unit_id": world.unit["人事股"], "remember": False}
    ok(supervisor.post(f"{API}/plans/{first['id']}/resolve", json={"resolutions": [meant]}))
    naming = [item for item in items(as_, first["id"]) if "校园膳食专班" in str(item["responsibilities"])]
    assert len(naming) > 1
    left = [each for each in naming[0]["responsibilities"] if each["unit_id"] != world.unit["人事股"]]
    kept = [{name: each[name] for name in ("unit_id", "unit_group_id", "role")} for each in left]
    ok(put(as_, naming[0], responsibilities=kept))
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    second = import_plan(supervisor, text.replace("逐项核对收费公示", "逐条核对收费公示"))
    said = [
        (each["unit_id"], each["dropped_reason"])
        for item in items(as_, second["id"])
        for each in item["responsibilities"]
        if each["name"] == "校园膳食专班"
    ]
    assert said == [(world.unit["人事股"], None)] * len(naming)
