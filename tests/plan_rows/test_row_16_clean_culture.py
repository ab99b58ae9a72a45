"""What the plan demands, row 16 (and the themed study of row 9): clean-culture activities each term, with photos."""

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.walk.steps import API, issued_plan, ok
from tests.world import World

PLAN = """2026年清廉文化进校园实施方案
一、重点任务
（一）涵养清廉文化
1.开展清廉主题教育活动。主要措施：每学期开展一次主题教育和读书活动，留存照片。牵头股室：教育股；责任单位：各学校（园）；完成时限：每学期末
"""
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(13) + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def test_from_the_activity_with_its_photo_to_the_districts_list(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_, PLAN)
    school = browse("school")
    (row,) = ok(as_("school").get(f"{API}/assignments?plan_id={plan['id']}"))["data"]
    assert row["period"][5] == "T", "a term's"
    home = f"/assignments/{row['id']}"
    assert school.post(f"{home}/acknowledge", data=form(school)).status_code == 303
    # One form: what was done, where, by how many, and the photo.
    told = {"text": "举办清廉故事会和读书分享。", "percent": 100, "place": "阅览室", "participants": 320}
    beside = {"target": "assignments", "target_id": row["id"], "beside": "1", "kind": "activity"}
    photo = {"file[]": ("故事会.png", PHOTO, "image/png")}
    sent = school.post(f"{home}/progress-reports", data=form(school, **told, **beside), files=photo)
    assert sent.status_code == 303, sent.text
    # A contest in the same term, with two photos of its own; its place was told wrongly, and put right.
    contest = {"text": "举办书画比赛。", "percent": 100, "place": "操声", "participants": 85, "activity": "contest"}
    photos = [("file[]", (f"比赛{n}.png", PHOTO + bytes([n]), "image/png")) for n in range(2)]
    sent = school.post(f"{home}/progress-reports", data=form(school, **contest, **beside), files=photos)
    assert sent.status_code == 303, sent.text
    (wrong,) = ok(as_("school").get(f"{API}/activities?activity=contest"))["data"]
    corrected = {name: contest[name] for name in ("text", "participants", "activity")} | {"place": "操场", "version": 1}
    corrected |= {"reported_on": wrong["reported_on"], "evidence_ids[]": [piece["id"] for piece in wrong["evidence"]]}
    sent = school.post(f"/activities/{wrong['id']}", data=form(school, **corrected))
    assert sent.status_code == 303, sent.text
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    assert ok(as_("supervisor").post(f"{API}/assignments/{row['id']}/complete"))["state"] == "completed"
    # The bureau has both in its list of activities, each with its own photos, takes the list away and prints it.
    lines = ok(as_("supervisor").get(f"{API}/activities?plan_id={plan['id']}"))["data"]
    assert [(line["place"], line["participants"], line["evidence_count"]) for line in lines] == [
        ("操场", 85, 2),
        ("阅览室", 320, 1),
    ]
    supervisor = browse("supervisor")
    shown = supervisor.get("/activities?activity=contest").text
    assert "比赛0" in shown and "故事会" not in shown
    photo_of = lines[0]["evidence"][0]
    assert supervisor.get(f"/evidence/{photo_of['id']}/file?revision={photo_of['revision']}").content[:4] == PHOTO[:4]
    _, _, exported = csv_lines(as_("supervisor").get(f"{API}/activities.csv").content)
    assert ("阅览室" in exported) and ("320" in exported) and ("故事会" in exported)
    assert "书画比赛" in supervisor.get("/activities/print").text
    # What others read as well: themed study's coverage is an indicator of the bureau's (row 17).
    assert ok(as_("leader").get(f"{API}/activities"))["data"][1]["place"] == "阅览室"
