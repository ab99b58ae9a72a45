"""What the plan demands, row 18: a complaint channel for the public, for 职成股 and 督导室 to look into. From a report
without a name, on pages without scripts, to the reply that its receipt opens; the school complained of sees nothing."""

import re
from typing import Any

from starlette.testclient import TestClient

from tests.complaints.steps import TEXT
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import day
from tests.walk.steps import API, ok
from tests.world import World


def test_from_an_anonymous_report_to_the_reply_by_receipt(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    page = client.get(f"/report?bureau_id={world.district}")
    assert "<script" not in page.text and "set-cookie" not in page.headers and "110" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    nonce = re.findall(r'name="nonce" value="([^"]+)"', page.text)[0]
    unit = world.unit["实验小学"]
    sent = {"nonce": nonce, "unit_id": unit, "category": "paid_tutoring", "text": TEXT}
    done = client.post("/report", data=sent)
    receipt = re.findall(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", done.text)[0]
    assert client.post("/report", data=sent).text == done.text  # Pressed twice, it is one complaint.
    # The supervision office accepts it and gives it to an office, which asks.
    supervisor = browse("supervisor")
    rows = ok(as_("supervisor").get(f"{API}/complaints?count=true"))
    assert rows["total"] == 1 and rows["data"][0]["named"] is False
    home = f"/complaints/{rows['data'][0]['id']}"
    assert TEXT in supervisor.get(home).text
    assert supervisor.post(f"{home}/accept", data=form(supervisor)).status_code == 303
    office = browse("office")
    assert office.get(home).status_code == 404
    given = {"handling_unit_id": world.unit["人事股"], "handler_id": world.user["office"]}
    assert supervisor.post(f"{home}/assign", data=form(supervisor, **given)).status_code == 303
    assert rows["data"][0]["code"] in office.get("/my-work").text
    assert office.post(f"{home}/investigate", data=form(office)).status_code == 303
    question, note = "补课的地点在哪条街？", "拟于周六上午到现场核查。"
    assert office.post(f"{home}/ask", data=form(office, text=question)).status_code == 303
    assert office.post(f"{home}/remark", data=form(office, text=note)).status_code == 303
    found = _checked(as_, office, home, unit)
    # The reporter reads the question by the receipt, written down in small letters, and answers.
    seen = client.post("/report/status", data={"receipt": receipt.lower()})
    assert question in seen.text and note not in seen.text and receipt not in str(seen.url)
    told = client.post("/report/answers", data={"receipt": receipt, "text": "校门右手边第三间。"})
    assert told.status_code == 200 and "校门右手边第三间。" in office.get(home).text
    conclusion = "经查属实，已责成退费并对当事教师作出处理。"
    closed = {"result": "substantiated", "conclusion": conclusion}
    assert office.post(f"{home}/conclude", data=form(office, **closed)).status_code == 303
    assert conclusion not in client.post("/report/status", data={"receipt": receipt}).text
    assert office.post(f"{home}/reply", data=form(office)).status_code == 303
    assert conclusion in client.post("/report/status", data={"receipt": receipt}).text
    rated = client.post("/report/ratings", data={"receipt": receipt, "satisfaction": "satisfied"})
    assert rated.status_code == 200 and "满意" in supervisor.get(home).text
    mend = {"problem": "个别教师有偿补课，请开展专项整治。", "deadline_on": "2199-01-01"}
    assert supervisor.post(f"{home}/rectify", data=form(supervisor, **mend)).status_code == 303
    lines = csv_lines(as_("supervisor").get(f"{API}/complaints.csv").content)
    assert lines[1][3:5] == ["匿名", "实验小学"] and lines[1][11] == "属实"
    school = as_("school")
    assert found in ok(school.get(f"{API}/findings"))["data"][0]["description"]
    _nothing_of_it(browse("school"), school, rows["data"][0]["code"])
    assert "complaint" not in as_("auditor").get(f"{API}/events?resource=inspection").text
    assert browse("school").get(home).status_code == school.get(f"{API}{home}").status_code == 404
    assert ok(school.get(f"{API}/complaints?count=true"))["total"] == 0


def _checked(as_: As, office: Any, home: str, unit: int) -> str:
    """The office looks into it on the spot, unannounced; what it found stands on the complaint's page."""
    assert f"{home}/inspect" in office.get(home).text and "不要写出是举报引起的" in office.get(f"{home}/inspect").text
    plan = {"title": "周六托管检查", "mode": "unannounced", "kind": "routine", "unit_ids[]": [unit]}
    planned = office.post(f"{home}/inspect", data=form(office, **plan, starts_on=day(0), ends_on=day(3)))
    assert planned.status_code == 303, planned.text
    at, client, seen = f"{API}{planned.headers['location']}", as_("office"), "托管班内有十二名学生补习数学。"
    assert as_("school").get(at).status_code == 404
    ok(client.post(f"{at}/start"))
    said = {"unit_id": unit, "category": "师德师风", "severity": "major", "description": seen, "correction": "停止。"}
    number = ok(client.post(f"{at}/findings", json=said), 201)["id"]
    for action in ("report", "release"):
        ok(client.post(f"{at}/{action}"))
    ok(client.post(f"{API}/findings/{number}/issue"))
    page = office.get(home).text
    assert seen in page and f"/findings/{number}" in page and planned.headers["location"] in page
    return seen


def _nothing_of_it(browser: Any, client: Any, code: str) -> None:
    """Of the inspection the school sees all that there is to see, and nowhere that somebody complained."""
    (inspection,) = ok(client.get(f"{API}/inspections"))["data"]
    (finding,) = ok(client.get(f"{API}/findings"))["data"]
    opened = ok(client.get(f"{API}/rectifications?finding_id={finding['id']}"))["data"]
    at = [
        f"/inspections/{inspection['id']}",
        f"/findings/{finding['id']}",
        *(f"/rectifications/{r['id']}" for r in opened),
    ]
    told = [browser.get(path).text + client.get(f"{API}{path}").text for path in at]
    told += [client.get(f"{API}/{noun}.csv").text for noun in ("inspections", "findings")]
    for text in told:
        assert code not in text and TEXT[:12] not in text and "complaint" not in text and "举报" not in text
