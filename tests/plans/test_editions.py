"""A plan's next edition: what it follows, what it may not follow, and how items are told again."""

from fastapi import FastAPI

from tests.at_once import at_once
from tests.conftest import As
from tests.plan_rows.test_row_01_plan import CHANGED
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, import_plan, issued_plan, ok
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
