"""Planning, recording on a phone, issuing: by the pages, as plain forms."""

import re
from typing import Any

import pytest

from app.core.policy import Role
from tests.conftest import As
from tests.inspections.people import hire
from tests.inspections.test_planning import TODAY
from tests.walk.steps import API, finding, inspection, ok
from tests.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 17
POINTS = [
    {"area": "政风", "text": "会议记录完整", "score": 10},
    {"area": "校风", "text": "收费公示齐全", "score": 15, "basis": "收费公示制度"},
]


def csrf(browser: Any) -> dict[str, str]:
    return {"csrf": browser.headers["x-csrf-token"]}


def plan_form(browser: Any, **fields: Any) -> dict[str, Any]:
    days = {"starts_on": TODAY, "ends_on": TODAY}
    return {**csrf(browser), "title": "第三季度明察", "mode": "announced", "kind": "routine", **days, **fields}


@pytest.fixture
def sheet(as_: As, world: World) -> tuple[int, int]:
    """An inspection under way with a checklist; its id and that of the school visited."""
    checklist = ok(as_("supervisor").post(f"{API}/checklists", json={"title": "检查表", "points": POINTS}), 201)
    made = inspection(as_, [world.unit["实验小学"]], checklist_id=checklist["id"])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    return made["id"], world.unit["实验小学"]


def test_a_plan_by_hand(as_: As, browse: As, world: World) -> None:
    browser = browse("supervisor")
    assert "双随机抽取" in browser.get("/inspections/new").text
    units = [world.unit["实验小学"], world.unit["第一中学"]]
    made = browser.post("/inspections", data=plan_form(browser, **{"by": "hand", "unit_ids[]": units}))
    assert made.status_code == 303, made.text
    page = browser.get(made.headers["location"]).text
    assert "实验小学" in page and "第一中学" in page and "开始检查" in page


def test_a_plan_by_draw_shows_its_record(as_: As, browse: As, world: World) -> None:
    browser = browse("supervisor")
    group, office = world.group["各学校（园）"], world.unit["督查室"]
    drawn = {"sample/group_id": group, "sample/size": 2, "sample/inspector_unit_id": office, "sample/team_size": 1}
    made = browser.post("/inspections", data=plan_form(browser, by="sample", **drawn))
    assert made.status_code == 303, made.text
    home = made.headers["location"]
    draw = ok(as_("supervisor").get(f"{API}{home}/draws"))["data"][0]
    page = browser.get(home).text
    assert draw["seed"] in page and "重新抽取" in page
    again = browser.post(f"{home}/redraw", data={**csrf(browser), "reason": ""})
    assert again.status_code == 422
    again = browser.post(f"{home}/redraw", data={**csrf(browser), "reason": "学校停课"})
    assert again.status_code == 303 and "学校停课" in browser.get(home).text


def test_a_refused_plan_keeps_what_was_typed(browse: As, world: World) -> None:
    browser = browse("supervisor")
    fields = {"by": "sample", "sample/size": "3", "ends_on": "1999-01-01", "title": "秋季检查"}
    answer = browser.post("/inspections", data=plan_form(browser, **fields))
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text and 'value="秋季检查"' in answer.text
    assert 'href="#f-sample/group_id">从哪一组抽取：必须填写' in answer.text and 'id="f-sample/group_id"' in answer.text
    assert re.search(r'value="sample" checked', answer.text)


def test_an_office_is_offered_its_paired_schools_alone(browse: As, world: World) -> None:
    browser = browse("education")
    page = browser.get("/inspections/new").text
    assert "第一中学" in page and "实验小学" not in page and "双随机" not in page
    assert browse("school").get("/inspections/new").status_code == 403


def test_the_sheet_is_kept_scored_and_shown_again(as_: As, browse: As, sheet: tuple[int, int]) -> None:
    row_id, unit_id = sheet
    browser = browse("supervisor")
    here = f"/inspections/{row_id}/visits/{unit_id}"
    assert "会议记录完整" in browser.get(here).text
    answers = {"p-1": "met", "p-1-score": "8", "p-2": "na", "p-2-score": ""}
    saved = browser.post(f"/inspections/{row_id}/visits", data={**csrf(browser), "unit_id": unit_id, **answers})
    assert saved.status_code == 303 and saved.headers["location"] == here
    page = browser.get(here).text
    assert "已检 <b>2</b> / 2 项" in page and "得分 <b>8</b> / 10" in page
    visit = ok(as_("supervisor").get(f"{API}/inspections/{row_id}/visits"))["data"][0]
    assert visit["answers"]["2"]["answer"] == "not_applicable"


def test_a_draft_saved_by_script_is_answered_with_how_far_the_sheet_is_now(browse: As, sheet: tuple[int, int]) -> None:
    browser = browse("supervisor")
    form = {**csrf(browser), "unit_id": sheet[1], "p-1": "unmet"}
    saved = browser.post(f"/inspections/{sheet[0]}/visits", data=form, headers={"x-draft": "1"})
    assert saved.status_code == 200
    fresh = " ".join(re.findall(r'id="(?:tally|noted-1)" data-fresh>.*?</(?:span|div)>', saved.text, re.S))
    assert "已检 <b>1</b> / 2 项" in fresh and "记录这一项的问题" in fresh


def test_the_record_is_finished_when_every_point_is_answered(browse: As, sheet: tuple[int, int]) -> None:
    browser = browse("supervisor")
    form = {**csrf(browser), "unit_id": sheet[1], "p-1": "met", "done": "1"}
    early = browser.post(f"/inspections/{sheet[0]}/visits", data=form)
    assert early.headers["location"].endswith(f"/visits/{sheet[1]}")
    assert "还有 1 项未检" in browser.get(early.headers["location"]).text
    done = browser.post(f"/inspections/{sheet[0]}/visits", data={**form, "p-2": "na"})
    assert done.headers["location"] == f"/inspections/{sheet[0]}"


def test_a_wrong_score_keeps_the_sheet_as_typed(browse: As, sheet: tuple[int, int]) -> None:
    browser = browse("supervisor")
    form = {**csrf(browser), "unit_id": sheet[1], "p-1": "met", "p-1-score": "99", "note": "上午到校"}
    answer = browser.post(f"/inspections/{sheet[0]}/visits", data=form)
    assert answer.status_code == 422
    assert "最多 10 分" in answer.text and 'value="99"' in answer.text and "上午到校" in answer.text


def test_a_point_that_fails_opens_its_finding_prefilled(browse: As, sheet: tuple[int, int]) -> None:
    browser = browse("supervisor")
    form = {**csrf(browser), "unit_id": sheet[1], "p-2": "unmet", "point": "2"}
    saved = browser.post(f"/inspections/{sheet[0]}/visits", data=form)
    assert saved.headers["location"].endswith("?point=2#finding")
    assert "收费公示制度" in browser.get(saved.headers["location"]).text


def problem_form(browser: Any, unit_id: int, **fields: Any) -> dict[str, Any]:
    words = {"category": "教育收费", "description": "未列课后服务收费。", "correction": "补列。", "severity": "serious"}
    return {**csrf(browser), "unit_id": unit_id, **words, **fields}


def deadline(page: str) -> tuple[str, str]:
    """The day in the field, and the day that was offered."""
    field = re.search(r'<input type="date" value="([^"]*)"[^>]*name="deadline_on"', page)
    offered = re.search(r'name="offered_on" value="([^"]*)"', page)
    assert field and offered, page
    return field[1], offered[1]


def test_the_deadline_follows_the_severity_unless_somebody_chose_a_day(
    as_: As, browse: As, sheet: tuple[int, int]
) -> None:
    here, browser = f"/inspections/{sheet[0]}/visits/{sheet[1]}", browse("supervisor")
    major, offered = deadline(browser.get(here).text)
    assert major == offered
    part = {"hx-request": "true", "hx-request-type": "partial"}

    def chosen(severity: str, day: str = major) -> Any:
        asked = {"severity": severity, "deadline_on": day, "offered_on": major}
        return browser.get(here, params=asked, headers=part)

    serious = chosen("serious")
    assert serious.text.lstrip().startswith('<div id="deadline">') and "自今日起 7 个工作日" in serious.text
    assert deadline(serious.text)[0] == deadline(serious.text)[1] < major
    assert deadline(chosen("minor").text)[0] > major
    kept = chosen("serious", "2199-01-01").text
    assert deadline(kept) == ("2199-01-01", deadline(serious.text)[1]) and "自今日起" not in kept
    assert chosen("dreadful").status_code == 422
    refused = browser.post(
        f"/inspections/{sheet[0]}/findings",
        data=problem_form(browser, sheet[1], correction="", deadline_on=major, offered_on=major),
    )
    assert refused.status_code == 422 and deadline(refused.text)[0] == deadline(serious.text)[0]


def test_a_deadline_left_empty_is_that_of_the_severity(as_: As, browse: As, sheet: tuple[int, int]) -> None:
    browser = browse("supervisor")
    assert "留空或不改" in browser.get(f"/inspections/{sheet[0]}/visits/{sheet[1]}").text
    form = problem_form(browser, sheet[1], deadline_on="", offered_on="2099-01-01")
    assert browser.post(f"/inspections/{sheet[0]}/findings", data=form).status_code == 303
    (found,) = ok(as_("supervisor").get(f"{API}/findings"))["data"]
    assert found["deadline_on"] is None


def test_a_finding_with_a_photograph(as_: As, browse: As, sheet: tuple[int, int]) -> None:
    row_id, unit_id = sheet
    browser = browse("supervisor")
    form = problem_form(browser, unit_id, point_key="2", deadline_on="2099-01-01", offered_on="2099-01-01")
    files = {"file[]": ("现场.png", PNG, "image/png")}
    saved = browser.post(f"/inspections/{row_id}/findings", data=form, files=files)
    assert saved.status_code == 303, saved.text
    (found,) = ok(as_("supervisor").get(f"{API}/findings"))["data"]
    assert found["deadline_on"] is None  # left as offered: it follows the severity on the day of issue
    proofs = ok(as_("supervisor").get(f"{API}/evidence?target=findings&target_id={found['id']}"))["data"]
    assert [proof["title"] for proof in proofs] == ["现场照片 1"]
    page = browser.get(f"/inspections/{row_id}/visits/{unit_id}").text
    assert "已记问题" in page and "未列课后服务收费" in page
    assert "现场照片 1" in browser.get(f"/findings/{found['id']}").text


def test_a_refused_finding_keeps_what_was_typed(browse: As, sheet: tuple[int, int]) -> None:
    row_id, unit_id = sheet
    browser = browse("supervisor")
    form = problem_form(browser, unit_id, correction="", point_key="2")
    answer = browser.post(f"/inspections/{row_id}/findings", data=form)
    assert answer.status_code == 422
    assert "整改要求：必须填写" in answer.text and "未列课后服务收费" in answer.text


def test_a_draft_is_changed_issued_and_leads_to_its_rectification(
    as_: As, browse: As, world: World, sheet: tuple[int, int]
) -> None:
    row_id, unit_id = sheet
    browser = browse("supervisor")
    draft, dropped = finding(as_, row_id, unit_id), finding(as_, row_id, unit_id)
    home = f"/findings/{draft['id']}"
    form = problem_form(browser, unit_id, version=draft["version"], deadline_on="", basis="", immediate="1")
    assert browser.post(home, data=form).status_code == 303
    changed = ok(as_("supervisor").get(f"{API}{home}"))
    assert changed["severity"] == "serious" and changed["immediate"] is True and changed["basis"] is None
    stale = browser.post(home, data={**form, "description": "另一种说法。"})
    assert stale.status_code == 412 and "另一种说法。" in stale.text
    assert browser.post(f"/findings/{dropped['id']}/delete", data=csrf(browser)).status_code == 303
    assert browser.post(f"{home}/issue", data=csrf(browser)).status_code == 303
    assert "看整改" in browser.get(home).text
    school = browse("school")
    assert "未列课后服务收费" in school.get(home).text
    assert "未列课后服务收费" in school.get("/findings").text
    assert "对本单位的问题" in school.get(f"/inspections/{row_id}").text


@pytest.mark.parametrize(
    ("left", "words"), [(0, "已发布，被查单位可以看到。<"), (1, "还有 1 个问题没有下达，请下达。")]
)
def test_a_release_asks_for_what_is_not_issued_yet(
    as_: As, browse: As, sheet: tuple[int, int], left: int, words: str
) -> None:
    row_id, unit_id = sheet
    supervisor, browser = as_("supervisor"), browse("supervisor")
    ok(supervisor.post(f"{API}/findings/{finding(as_, row_id, unit_id)['id']}/issue"))
    for _ in range(left):
        finding(as_, row_id, unit_id)
    ok(supervisor.post(f"{API}/inspections/{row_id}/report"))
    released = browser.post(f"/inspections/{row_id}/release", data=csrf(browser))
    assert words in browser.get(released.headers["location"]).text


def test_reporting_names_who_was_not_visited(as_: As, browse: As, world: World) -> None:
    made = inspection(as_, [world.unit["实验小学"], world.unit["第一中学"]])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    browser = browse("supervisor")
    refused = browser.post(f"/inspections/{made['id']}/report", data={**csrf(browser), "note": "总体较好。"})
    assert refused.status_code == 409
    assert "第一中学" in refused.text and "总体较好。" in refused.text


def test_the_pages_of_an_unannounced_inspection_are_not_there(as_: As, browse: As, world: World) -> None:
    unit = world.unit["第一中学"]
    made = inspection(as_, [unit], mode="unannounced", title="突击检查")
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    draft = finding(as_, made["id"], unit)
    paths = [f"/inspections/{made['id']}", f"/inspections/{made['id']}/visits/{unit}", f"/findings/{draft['id']}"]
    for account in ("middle", "education"):
        browser = browse(account)
        assert [browser.get(path).status_code for path in paths] == [404, 404, 404]
        assert "突击检查" not in browser.get("/inspections").text
        assert browser.post(f"/inspections/{made['id']}/start", data=csrf(browser)).status_code == 404


def test_checklist_lines_and_their_next_edition(as_: As, browse: As) -> None:
    browser = browse("supervisor")
    wrong = browser.post("/checklists", data={**csrf(browser), "title": "收费", "points": "校风 | 公示齐全"})
    assert wrong.status_code == 422 and "第 1 行不完整" in wrong.text and "校风 | 公示齐全" in wrong.text
    lines = "校风 | 公示齐全 | 15 | 公示制度\n\n教风｜装盒｜5"
    made = browser.post("/checklists", data={**csrf(browser), "title": "收费", "points": lines})
    assert made.status_code == 303
    home = made.headers["location"]
    assert "公示齐全" in browser.get(home).text
    form = browser.get(f"/checklists/new?from={home.rsplit('/', 1)[1]}").text
    assert "校风 | 公示齐全 | 15 | 公示制度" in form and "教风 | 装盒 | 5" in form
    assert browse("office").get("/checklists/new").status_code == 403


def test_names_of_people_are_offered_to_planners_only(browse: As, world: World, client: Any) -> None:
    hire(client.app, world, "检查员甲", (Role.OFFICE, "党办"))
    assert "检查员甲" in browse("supervisor").get("/inspections/new").text
    assert "检查员甲" not in browse("education").get("/inspections/new").text
