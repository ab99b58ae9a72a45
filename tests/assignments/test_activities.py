"""Activities that were held: what came with each, putting one right, and taking many in from a table."""

from typing import Any

import pytest

from tests.assignments.conftest import Ledger
from tests.assignments.conftest import ledger as ledger  # the fixture
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.imports.tables import as_csv, counts, faults, looked_through, rows_of
from tests.indicators.test_indicators import pointers
from tests.inspections.test_pages import PNG
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, evidence, ok
from tests.world import World

AT = f"{API}/activities"
HELD = {"text": "举办书画比赛。", "percent": 50, "place": "操场", "participants": 320, "activity": "contest"}


@pytest.fixture
def task(ledger: Ledger) -> int:
    return ledger.row("实验小学", "in_progress", days=9)


def told(as_: As, task: int, **more: Any) -> Any:
    return ok(as_("school").post(f"{API}/assignments/{task}/progress-reports", json={**HELD, **more}), 201)


def titles(entry: Any) -> list[str]:
    return [piece["title"] for piece in entry["evidence"]]


def test_each_activity_has_the_photos_that_came_with_it(as_: As, browse: As, task: int) -> None:
    school = browse("school")
    beside = {"target": "assignments", "target_id": task, "beside": "1", "kind": "activity"}
    told_ = {"text": "举办故事会。", "percent": 40, "place": "阅览室", "activity": "culture"}
    photo = {"file[]": ("故事会.png", PNG, "image/png")}
    # Refused for its day, the photo is kept and comes with the report once that is put right.
    refused = school.post(
        f"/assignments/{task}/progress-reports",
        data=form(school, **told_, **beside, reported_on="2199-01-01"),
        files=photo,
    )
    assert refused.status_code == 422 and 'name="brought"' in refused.text
    (kept,) = ok(as_("school").get(f"{API}/evidence"))["data"]
    none = {"file[]": ("", b"")}
    again = form(school, **told_, **beside, brought=kept["id"])
    assert school.post(f"/assignments/{task}/progress-reports", data=again, files=none).status_code == 303
    other = evidence(as_("school"), "评分表", target="assignments", target_id=task)
    evidence(as_("school"), "议事规则", target="assignments", target_id=task)
    told(as_, task, evidence_ids=[other["id"]])
    contest, story = ok(as_("supervisor").get(AT))["data"]
    assert (titles(contest), titles(story)) == (["评分表"], ["故事会"])
    assert contest["evidence_count"] == story["evidence_count"] == 1
    shown = browse("supervisor").get("/activities").text
    assert f'href="/evidence/{other["id"]}"' in shown and f'href="/evidence/{kept["id"]}"' in shown
    head, *lines = csv_lines(as_("supervisor").get(f"{AT}.csv").content)
    assert [dict(zip(head, line, strict=True))["印证资料"] for line in lines] == ["评分表", "故事会"]
    # Another unit's evidence, and the task's own that is taken off, come with nothing.
    foreign = evidence(as_("middle"), "别校资料")
    wrong = {**HELD, "evidence_ids": [foreign["id"]]}
    refused = as_("school").post(f"{API}/assignments/{task}/progress-reports", json=wrong)
    assert pointers(refused) == ["/evidence_ids"]
    target = {"target": "assignments", "target_id": task}
    ok(as_("school").post(f"{API}/evidence/{other['id']}/unlink", json=target))
    assert ok(as_("school").get(f"{AT}/{contest['id']}"))["evidence"] == []


def test_its_unit_puts_an_activity_right_while_the_task_is_open(as_: As, browse: As, task: int) -> None:
    proof = evidence(as_("school"), "现场照片", target="assignments", target_id=task)
    made = told(as_, task)
    path, head = f"{AT}/{made['id']}", {"if-match": '"1"'}
    changed = ok(as_("school").patch(path, json={"place": "体育馆", "evidence_ids": [proof["id"]]}, headers=head))
    assert (changed["place"], changed["participants"], titles(changed)) == ("体育馆", 320, ["现场照片"])
    assert as_("school").patch(path, json={"place": "操场"}, headers=head).status_code == 412
    assert pointers(as_("school").patch(path, json={"place": None}, headers={"if-match": '"2"'})) == ["/place"]
    assert as_("supervisor").patch(path, json={"place": "操场"}, headers={"if-match": '"2"'}).status_code == 403
    assert as_("middle").patch(path, json={"place": "操场"}, headers={"if-match": '"2"'}).status_code == 404
    school = browse("school")
    assert f'value="{proof["id"]}" checked' in school.get(f"/activities/{made['id']}").text
    fields = {
        "version": 2,
        "text": "举办书画比赛，展出作品。",
        "activity": "contest",
        "place": "体育馆",
        "participants": "300",
    }
    sent = school.post(f"/activities/{made['id']}", data=form(school, **fields, reported_on=made["reported_on"]))
    assert sent.status_code == 303, sent.text
    after = ok(as_("school").get(path))
    assert (after["participants"], after["evidence"], after["allowed_actions"]) == (300, [], ["edit"])
    assert 'name="version"' not in browse("supervisor").get(f"/activities/{made['id']}").text
    ok(as_("school").post(f"{API}/assignments/{task}/submit"))
    assert as_("school").patch(path, json={"place": "操场"}, headers={"if-match": '"3"'}).status_code == 409
    assert ok(as_("school").get(path))["allowed_actions"] == []
    trail = ok(as_("auditor").get(f"{API}/events?operation=progress_report.edit"))["data"]
    assert len([event for event in trail if event["outcome"] == "done"]) >= 2


def test_a_table_brings_in_activities(as_: As, ledger: Ledger, task: int, world: World) -> None:
    client = as_("school")
    heads = ("重点任务", "单位", "活动情况", "完成程度", "活动日期", "地点", "活动类型", "人数")
    title = ok(client.get(f"{API}/assignments/{task}"))["item_title"]
    row = (title, "实验小学", "举办书画比赛。", "50%", "2026-10-09", "操场", "比赛", "320人")
    run = looked_through(client, as_csv(row, heads=heads), "活动.csv", resource="assignments", mode="commit")
    assert faults(rows_of(client, run)) == [] and counts(run) == (0, 1, 0, 0)
    (held,) = ok(client.get(AT))["data"]
    assert {name: held[name] for name in ("place", "activity", "participants", "text")} == {
        "place": "操场", "activity": "contest", "participants": 320, "text": "举办书画比赛。",
    }  # fmt: skip
    again = looked_through(client, as_csv(row, heads=heads), "活动.csv", resource="assignments", mode="commit")
    assert counts(again) == (0, 0, 1, 0)
    # What is reported later without a place is no activity; people without a place are refused at it.
    later = (title, "实验小学", "整理作品。", "60%", "", "", "", "")
    assert counts(
        looked_through(client, as_csv(later, heads=heads), "活动.csv", resource="assignments", mode="commit")
    ) == (0, 1, 0, 0)
    assert len(ok(client.get(AT))["data"]) == 1
    nowhere = (title, "实验小学", "又一次比赛。", "70%", "", "", "比赛", "0人")
    run = looked_through(client, as_csv(nowhere, heads=heads), "活动.csv", resource="assignments")
    assert [each[1] for each in faults(rows_of(client, run))] == ["participants", "place"]
    # One that was put right since is not taken back with its table.
    ok(client.patch(f"{AT}/{held['id']}", json={"participants": 300}, headers={"if-match": '"1"'}))
