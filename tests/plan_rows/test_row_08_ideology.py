"""What the plan demands, row 8: the venues of ideology (lectures, forums, societies) are registered, checked, approved
and reported. (Regular risk checks and situation analyses have their own tables.)"""

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.venue_activities.steps import CHECK, WORDS, days_go_by, tomorrow
from tests.walk.steps import API, PDF, ok
from tests.world import World


def test_from_registering_to_what_was_held(as_: As, browse: As, world: World, stock: Stock) -> None:
    supervisor, office, school = browse("supervisor"), browse("office"), browse("school")
    named = {"kind": "lecture", "office_id": world.unit["人事股"]}
    assert supervisor.post("/venue-reviewers", data=form(supervisor, **named)).status_code == 303
    assert "人事股" in school.get("/venue-reviewers").text
    # Registered before its day; what was typed wrongly is shown again.
    fields = {"kind": "lecture", **WORDS, "speaker": "沈清和", "speaker_unit": "市教育学院", "begins": "14:30"}
    fields["unit_id"] = world.unit["实验小学"]
    late = school.post("/venue-activities", data=form(school, **fields, held_on="2026-01-01"))
    assert late.status_code == 422 and "不在今天以后" in late.text and 'value="沈清和"' in late.text
    sent = school.post("/venue-activities", data=form(school, **fields, held_on=tomorrow()))
    assert sent.status_code == 303, sent.text
    home = sent.headers["location"]
    # Without the content check nobody approves it, and it waits for the school alone.
    assert "补内容审核" in school.get("/my-work").text and "沈清和" in office.get(home).text
    refused = office.post(f"{home}/approve", data=form(office))
    assert refused.status_code == 409 and "内容审核人" in refused.text
    version = ok(as_("school").get(f"{API}{home}"))["version"]
    checked = {**fields, **CHECK, "held_on": tomorrow(), "version": version}
    del checked["unit_id"]
    assert school.post(f"{home}/edit", data=form(school, **checked)).status_code == 303
    assert "廉洁文化讲座" in office.get("/my-work").text
    assert office.post(f"{home}/refuse", data=form(office)).status_code == 422
    assert office.post(f"{home}/approve", data=form(office, note="同意。")).status_code == 303
    assert "已批准" in school.get(home).text
    # Its day goes by: the school has it among its matters until it says how many came.
    days_go_by(stock, int(home.rpartition("/")[2]))
    assert "登记举办" in school.get("/my-work").text
    assert "举办后未报" in supervisor.get(home).text
    assert "廉洁文化讲座" in supervisor.get("/venue-activities?unreported=true").text
    assert school.post(f"{home}/hold", data=form(school, attended="58")).status_code == 409
    target = {"target": "venue-activities", "target_id": home.rpartition("/")[2], "back": home, "kind": "activity"}
    upload = {"data": form(school, **target), "files": {"file": ("签到.pdf", PDF, "application/pdf")}}
    assert school.post("/evidence/upload", **upload).headers["location"] == home
    assert school.post(f"{home}/hold", data=form(school, attended="58")).status_code == 303
    assert "已举办" in supervisor.get(home).text and "58 人" in supervisor.get(home).text
    assert "廉洁文化讲座" not in school.get("/my-work").text
    (head, line) = csv_lines(office.get("/venue-activities.csv").content)
    shown = dict(zip(head, line, strict=True))
    assert (shown["主题"], shown["审核结果"], shown["到场人数"]) == ("廉洁文化讲座", "通过", "58")
    assert browse("middle").get(home).status_code == 404
    trail = ok(as_("auditor").get(f"{API}/events?resource=venue_activity&resource_id={home.rpartition('/')[2]}"))
    done = [event["operation"] for event in reversed(trail["data"]) if event["outcome"] == "done"]
    assert done == [f"venue_activity.{step}" for step in ("create", "edit", "approve", "hold")]
