"""Risk points over JSON: found and rated by their unit, reviewed by someone else, rated anew, each rating kept."""

from datetime import date
from pathlib import Path

import pytest

from app.integrity_risks.models import RISK_LEVEL_LABELS, SCALE, THRESHOLDS, level_of
from app.integrity_risks.operations import in_a_year
from tests.conftest import As
from tests.integrity_risks.steps import (
    MEASURES,
    RISKS,
    ROUNDS,
    WORDS,
    controlled_by,
    day,
    day_comes,
    identified,
    opened,
    read,
    step,
    submitted,
)
from tests.walk.steps import API, assignment, evidence, issued_plan, ok
from tests.world import World

DOCS = Path(__file__).parents[2] / "docs" / "integrity-risks.md"


def test_the_level_is_computed_once_for_all(as_: As, world: World) -> None:
    """The database's column says what ``level_of`` says, over the whole scale."""
    opened(as_("supervisor"), world)
    school = as_("school")
    for likelihood, impact in ((1, 5), (2, 3), (2, 5), (3, 5), (5, 5), (1, 1)):
        row = identified(school, likelihood=likelihood, impact=impact)
        assert row["level"] == level_of(likelihood, impact), (likelihood, impact)
    assert identified(school, likelihood=1, impact=1, by_rule=True)["level"] == "high"
    levels = {level_of(likelihood, impact) for likelihood in SCALE for impact in SCALE}
    assert levels == set(THRESHOLDS) == set(RISK_LEVEL_LABELS)
    high, medium, low = THRESHOLDS.values()
    table = DOCS.read_text()
    for said in (f"from {high}, or by rule", f"{medium} to {high - 1}", f"{low} to {medium - 1}"):
        assert f"| {said} |" in table


def test_submitting_needs_a_measure_and_a_day_to_come(as_: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    row = identified(school)
    assert (row["state"], row["review_on"], row["ratings"]) == (
        "identified",
        in_a_year(date.fromisoformat(day(0))).isoformat(),
        [],
    )
    refused = school.post(f"{RISKS}/{row['id']}/submit")
    assert (refused.status_code, refused.json()["code"]) == (409, "incomplete")
    assert refused.json()["errors"][0]["pointer"] == "/measures"
    controlled_by(school, row)
    done = step(school, row, "submit")
    assert (done["state"], done["rating_count"], done["submitted_by_name"]) == ("assessed", 1, "刘敏")
    assert not {"edit", "add_measure", "submit"} & set(done["allowed_actions"])
    assert done["measures"][0]["allowed_actions"] == []  # It stays as it is while it is looked at.
    late = school.post(RISKS, json=WORDS | {"review_on": day(0)})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/review_on")


def test_sent_back_mended_confirmed_due_and_rated_anew(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    opened(supervisor, world)
    row = submitted(school, review_on=day(60))
    bare = supervisor.post(f"{RISKS}/{row['id']}/send-back")
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/note")
    back = step(supervisor, row, "send-back", "危害程度偏低。")
    assert (back["state"], back["sent_back_note"], back["ratings"][0]["verdict"]) == (
        "identified", "危害程度偏低。", "sent_back",
    )  # fmt: skip
    assert school.delete(f"{RISKS}/{row['id']}").status_code == 409
    fields = {"headers": {"if-match": str(read(school, row)["version"])}, "json": {"impact": 5}}
    ok(school.patch(f"{RISKS}/{row['id']}", **fields))
    again = step(school, row, "submit")
    assert (again["level"], again["sent_back_note"]) == ("high", None)
    held = step(supervisor, row, "confirm")
    assert (held["state"], held["reviewed_by_name"]) == ("controlled", "李卫东")
    day_comes(school, world, day(59))
    assert read(school, row)["state"] == "controlled"
    day_comes(school, world, day(60))
    assert read(school, row)["state"] == "due_for_review"
    anew = step(school, row, "reassess")
    assert (anew["state"], anew["review_on"]) == ("identified", in_a_year(date.fromisoformat(day(0))).isoformat())
    fields = {"headers": {"if-match": str(anew["version"])}, "json": {"likelihood": 1, "impact": 3}}
    ok(school.patch(f"{RISKS}/{row['id']}", **fields))
    step(school, row, "submit")
    step(supervisor, row, "confirm")
    told = read(school, row)["ratings"]
    assert [(each["number"], each["level"], each["verdict"]) for each in told] == [
        (3, "low", "confirmed"),
        (2, "high", "confirmed"),
        (1, "medium", "sent_back"),
    ]


def test_no_one_reviews_the_own_units(as_: As, world: World) -> None:
    supervisor, office = as_("supervisor"), as_("office")
    opened(supervisor, world, office_id=world.unit["人事股"])
    opened(supervisor, world, title="股室排查", unit_group_id=world.group["各股室办"], office_id=world.unit["人事股"])
    of_offices = next(row["id"] for row in ok(supervisor.get(ROUNDS))["data"] if row["title"] == "股室排查")
    of_schools = next(row["id"] for row in ok(supervisor.get(ROUNDS))["data"] if row["title"] != "股室排查")
    schools = submitted(as_("school"), round_id=of_schools)
    own = submitted(office, round_id=of_offices)
    theirs = submitted(supervisor, round_id=of_offices, unit_id=world.unit["督查室"])
    for action in ("confirm", "send-back"):
        for account, row in ((office, own), (as_("school"), schools), (supervisor, theirs)):
            assert account.post(f"{RISKS}/{row['id']}/{action}", json={"note": "自审。"}).status_code == 403
    assert step(office, schools, "confirm")["state"] == "controlled"
    assert step(supervisor, own, "confirm")["state"] == "controlled"
    assert step(as_("leader"), theirs, "confirm")["state"] == "controlled"


def test_who_sees_and_registers_whose(as_: As, world: World) -> None:
    row = opened(as_("supervisor"), world, office_id=world.unit["人事股"])
    own = identified(as_("school"))
    beneath = identified(as_("central"), unit_id=world.unit["柳林小学"])
    every = {own["id"], beneath["id"]}
    for account, seen in {
        "supervisor": every,
        "leader": every,
        "discipline": every,
        "office": every,
        "education": set(),
        "school": {own["id"]},
        "central": {beneath["id"]},
        "middle": set(),
        "sysadmin": set(),
        "other_supervisor": set(),
    }.items():
        assert {each["id"] for each in ok(as_(account).get(RISKS))["data"]} == seen, account
        assert {i for i in every if as_(account).get(f"{RISKS}/{i}").status_code == 200} == seen, account
        if account in ("office", "school", "middle", "education"):
            units = ok(as_(account).get(f"{ROUNDS}/{row['id']}/units"))["data"]
            assert {each["name"] for each in units if each["risk_count"]} == (
                {"office": {"实验小学", "柳林小学"}, "school": {"实验小学"}}.get(account, set())
            ), account
    elsewhere = as_("school").post(RISKS, json=WORDS | {"unit_id": world.unit["第一中学"]})
    assert elsewhere.status_code == 403
    unasked = as_("office").post(RISKS, json=WORDS)
    assert (unasked.status_code, unasked.json()["errors"][0]["pointer"]) == (422, "/unit_id")
    assert as_("leader").post(RISKS, json=WORDS).status_code == 403


def test_a_measures_page_leads_to_the_task_by_which_it_is_done(as_: As, browse: As, world: World) -> None:
    issued_plan(as_)
    opened(as_("supervisor"), world)
    school = as_("school")
    task = assignment(as_, "school", world.unit["实验小学"])
    row = identified(school)
    done_by, alone = (controlled_by(school, row, assignment_id=each) for each in (task["id"], None))
    link = f'<a href="/assignments/{task["id"]}">{task["item_title"]}</a>'
    for account in ("school", "supervisor"):
        assert link in browse(account).get(f"/risk-measures/{done_by['id']}").text, account
        assert "所属任务" not in browse(account).get(f"/risk-measures/{alone['id']}").text


def test_a_measure_names_the_head_unless_another_is_named(as_: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    row = identified(school)
    nobody = school.post(f"{RISKS}/{row['id']}/measures", json={"text": "三家比价。"})
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/responsible_person")
    for name, duty in (("林青", "primary_responsible_person"), ("何芳", "direct_responsible_person")):
        body = {"name": name, "post": "书记", "duty": duty, "valid_from": day(-1)}
        ok(school.post(f"{API}/appointments", json=body), 201)
    made = ok(school.post(f"{RISKS}/{row['id']}/measures", json={"text": "三家比价。", "deadline_on": day(9)}), 201)
    assert (made["responsible_person"], made["responsible_leader"], made["state"]) == ("林青", "林青", "in_progress")
    assert read(school, row)["first_responsible_person"] == "林青"
    foreign = school.post(f"{RISKS}/{row['id']}/measures", json={"text": "另一条。", "assignment_id": 987654})
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/assignment_id")
    step(school, row, "submit")
    assert school.post(f"{MEASURES}/{made['id']}/finish").status_code == 403
    step(as_("supervisor"), row, "confirm")
    # It is carried out when a file shows it.
    unproven = school.post(f"{MEASURES}/{made['id']}/finish").json()
    assert (unproven["code"], unproven["errors"][0]["pointer"]) == ("incomplete", "/evidence")
    proof = evidence(school, target="risk-measures", target_id=str(made["id"]))
    assert as_("middle").get(f"{API}/evidence/{proof['id']}").status_code == 404
    done = ok(school.post(f"{MEASURES}/{made['id']}/finish"))
    assert done["state"] == "done" and [each["id"] for each in done["evidence"]] == [proof["id"]]
    assert as_("supervisor").get(f"{API}/evidence/{proof['id']}").status_code == 200
    assert as_("supervisor").post(f"{MEASURES}/{made['id']}/resume").status_code == 403


def test_a_measure_presses_its_unit_when_its_day_is_near(as_: As, browse: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    row = identified(school)
    late = controlled_by(school, row, deadline_on=day(-1))
    controlled_by(school, row, text="张榜公示。", deadline_on=day(60))
    groups = {each["group"]: each["data"] for each in ok(school.get(f"{API}/my-work"))["groups"]}
    [entry] = [each for each in groups["overdue"] if each["resource"] == "risk-measures"]
    assert (entry["id"], entry["lamp"], entry["verb"]) == (late["id"], "red", "落实")
    assert "risk-measures" not in str(groups["soon"])
    assert "risk-measures" not in as_("middle").get(f"{API}/my-work").text
    page = browse("school").get(f"/integrity-risks/{row['id']}").text
    assert f"{day(-1)} 逾期" in page and f"{day(60)} 正常" in page
    # While it is with the reviewers it is left as it is.
    step(school, row, "submit")
    assert "risk-measures" not in school.get(f"{API}/my-work").text


@pytest.mark.parametrize("by", ["unit", "department"])
def test_every_figure_of_the_heat_map_is_its_list(as_: As, world: World, by: str) -> None:
    row = opened(as_("supervisor"), world)
    for account, likelihood, department in (("school", 3, "总务处"), ("school", 5, "教务处"), ("middle", 3, "总务处")):
        identified(as_(account), likelihood=likelihood, department=department)
    identified(as_("middle"), by_rule=True, likelihood=1, impact=1)
    for account, total in (("supervisor", 4), ("school", 2), ("education", 0)):
        client = as_(account)
        found = ok(client.get(f"{RISKS}/heat-map", params={"by": by, "round_id": row["id"]}))
        assert found["total"] == sum(cell["count"] for cell in found["cells"]) == total and len(found["cells"]) == 25
        for cell in found["cells"]:
            place = {"likelihood": cell["likelihood"], "impact": cell["impact"], "count": "true"}
            if cell["count"] or cell["likelihood"] == cell["impact"]:
                assert ok(client.get(RISKS, params=place))["total"] == cell["count"], (account, cell)
                by_rule = ok(client.get(RISKS, params={**place, "by_rule": "true"}))["total"]
                assert by_rule == cell["by_rule"], (account, cell)
        for line in found["lines"]:
            of = {"unit_id": line["unit_id"]} if by == "unit" else {"department": line["name"]}
            for level in ("high", "medium", "low"):
                assert ok(client.get(RISKS, params={**of, "level": level, "count": "true"}))["total"] == line[level]
        assert sum(line["total"] for line in found["lines"]) == total


def test_what_is_high_by_rule_is_marked_on_the_map_and_in_its_table(as_: As, browse: As, world: World) -> None:
    """The cell is coloured by likelihood × impact; 三重一大 among its points are of the first level all the same."""
    opened(as_("supervisor"), world)
    for by_rule in (True, True, False):
        identified(as_("school"), by_rule=by_rule, likelihood=1, impact=1)
    identified(as_("school"), likelihood=5, impact=5)
    cells = ok(as_("school").get(f"{RISKS}/heat-map"))["cells"]
    marked = {(cell["likelihood"], cell["impact"]): cell["by_rule"] for cell in cells if cell["by_rule"]}
    assert marked == {(1, 1): 2}
    page = browse("school").get("/integrity-risks/heat-map").text
    picture = page.partition('<svg class="line"')[2].partition("</svg>")[0]
    table = page.partition("每行一级可能性")[2].partition("</table>")[0]
    assert picture.count("按规则 2") == table.count("按规则 2") == 1
    assert "3 个，其中按规则定为一级（高）的 2 个" in picture and picture.count('class="by-rule"') == 1
    link = 'href="/integrity-risks?ended=false&amp;likelihood=1&amp;impact=1&amp;by_rule=true"'
    assert link in table and "一律为一级（高）" in page
