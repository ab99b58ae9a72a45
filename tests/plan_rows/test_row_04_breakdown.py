"""What the plan demands, row 4: a school breaks an assignment down into steps with persons and dates and sets its own
assessment indicators; the bureau reviews them."""

import re
from typing import Any

from starlette.testclient import TestClient

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import day
from tests.walk.steps import API, assignment, issued_plan, ok
from tests.world import World


def rows(browser: TestClient, home: str) -> dict[str, Any]:
    """The edit form's hidden fields as they stand: the version, and the lines of its rows."""
    page = browser.get(f"{home}/edit").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    return {"version": version[1], "step_line[]": re.findall(r'name="step_line\[\]" value="(\d*)"', page)}


def filled(lines: list[str], steps: list[tuple[str, str, str]]) -> dict[str, Any]:
    blank = [("", "", "")] * (len(lines) - len(steps))
    texts, persons, days = (list(column) for column in zip(*steps, *blank, strict=True))
    return {"step_line[]": lines, "step_text[]": texts, "step_person[]": persons, "step_deadline_on[]": days}


def test_from_an_assignment_to_steps_that_are_done(as_: As, browse: As, world: World) -> None:
    issued_plan(as_)
    school, supervisor = browse("school"), browse("supervisor")
    unit = world.unit["实验小学"]
    task = assignment(as_, "school", unit)
    person = {"unit_id": unit, "name": "刘敏", "post": "校长", "duty": "important_responsible_person"}
    ok(as_("school").post(f"{API}/appointments", json=person), 201)
    # The supervisor sees who has none; the school begins from its assignment's page.
    lacking = ok(as_("supervisor").get(f"{API}/breakdowns/missing?unit_id={unit}"))["data"]
    assert task["id"] in [row["id"] for row in lacking]
    assert f"/breakdowns/new?assignment_id={task['id']}" in school.get(f"/assignments/{task['id']}").text
    made = school.post("/breakdowns", data=form(school, assignment_id=task["id"]))
    home = made.headers["location"].removesuffix("/edit")
    assert '<option value="刘敏">校长</option>' in school.get(f"{home}/edit").text
    # Filled in row by row; a row too many to fit is added; a wrong one is shown where it stands, nothing lost.
    sent = rows(school, home)
    steps = [("修订议事规则", "刘敏", day(2).isoformat()), ("集体审议", "刘敏", day(9).isoformat())]
    measures = {"measure_text[]": ["按期印发"], "measure_weight[]": ["60"], "measure_standard[]": ["逾期不得分"]}
    typed = {"version": sent["version"], **filled(sent["step_line[]"], steps), **measures}
    wrong = school.post(f"{home}/edit", data=form(school, **{**typed, "measure_weight[]": ["101"]}))
    assert wrong.status_code == 422 and "第 1 行权重" in wrong.text and "集体审议" in wrong.text
    more = school.post(f"{home}/edit", data=form(school, **typed, more="1"))
    assert more.headers["location"] == f"{home}/edit"
    again = rows(school, home)
    assert again["step_line[]"] == ["1", "2", "", "", ""]
    steps.append(("公布结果", "高岩", day(20).isoformat()))
    typed = {"version": again["version"], **filled(again["step_line[]"], steps), **measures}
    assert school.post(f"{home}/edit", data=form(school, **typed)).headers["location"] == home
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    # The bureau sends it back with a note, the school mends it, the bureau confirms it.
    assert "任务分解 · 实验小学" in supervisor.get("/my-work").text
    note = "请补充教师代表审议。"
    assert supervisor.post(f"{home}/send-back", data=form(supervisor, note=note)).status_code == 303
    assert note in school.get(home).text and "任务分解 · 实验小学" in school.get("/my-work").text
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    assert supervisor.post(f"{home}/confirm", data=form(supervisor)).status_code == 303
    # It shows on the assignment's page, its near step among the school's matters; done, it counts.
    shown = supervisor.get(f"/assignments/{task['id']}").text
    assert "步骤 0/3 " in shown and "完成 0 / 3 步" in shown and "逾期不得分" in shown
    assert "步骤 · 实验小学：修订议事规则" in school.get("/my-work").text
    assert f'action="{home}/mark"' in school.get(home).text and "/mark" not in supervisor.get(home).text
    done = form(school, line=1, done_on=day(0).isoformat())
    assert school.post(f"{home}/mark", data=done).status_code == 303
    assert "步骤 · 实验小学" not in school.get("/my-work").text
    assert "完成 1 / 3 步" in supervisor.get(f"/assignments/{task['id']}").text
    table = csv_lines(as_("supervisor").get(f"{API}/breakdowns.csv?state=confirmed").content)
    assert len(table) == 2
    # Its own indicators stand among those of all units, on the bureau's page and as a table.
    assert "按期印发" in supervisor.get(f"/breakdown-measures?unit_id={unit}").text
    _, measure = csv_lines(as_("supervisor").get(f"{API}/breakdown-measures.csv?state=confirmed").content)
    assert measure[0] == "实验小学" and measure[7:] == ["按期印发", "60", "逾期不得分", "已确认"]
    after = ok(as_("supervisor").get(f"{API}/breakdowns/missing?unit_id={unit}"))["data"]
    assert [row["id"] for row in lacking if row["id"] != task["id"]] == [row["id"] for row in after]
    trail = ok(as_("auditor").get(f"{API}/events?resource=breakdown&limit=50"))["data"]
    steps_taken = ["create", "edit", "edit", "submit", "send_back", "submit", "confirm", "mark"]
    assert [event["operation"] for event in reversed(trail) if event["outcome"] == "done"] == [
        f"breakdown.{each}" for each in steps_taken
    ]
    assert "标记步骤" in browse("auditor").get("/events").text
