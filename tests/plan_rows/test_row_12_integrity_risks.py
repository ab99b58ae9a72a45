"""What the plan demands, row 12: integrity risks are searched for, rated, kept in a ledger and prevented, at least
once a year, each unit's head answering for them first."""

import re

from tests.conftest import As, form
from tests.exported import csv_lines, page_lines
from tests.integrity_risks.steps import WORDS, day, day_comes
from tests.walk.steps import API, PDF, ok
from tests.world import World

COLUMNS = (
    "序号|部门|岗位|职权事项|风险点|表现形式|可能性|危害程度|等级|防控措施|责任人|责任领导|时限|复评日期"
    "|单位|排查轮次|风险来源|三重一大|状态"
)


def test_from_the_round_to_the_rating_of_next_year_and_the_ledger(as_: As, browse: As, world: World) -> None:
    supervisor, school, office = browse("supervisor"), browse("school"), browse("office")
    for name, duty in (("林青", "primary_responsible_person"), ("高岩", "important_responsible_person")):
        post = {"name": name, "post": "书记", "duty": duty, "valid_from": day(-1)}
        ok(as_("school").post(f"{API}/appointments", json=post), 201)
    # The supervision office opens the round of the year and names who reviews.
    fields = {"year": 2026, "title": "2026年廉政风险排查", "deadline_on": day(30)}
    fields |= {"unit_group_id": world.group["各学校（园）"], "office_id": world.unit["人事股"]}
    opened = supervisor.post("/risk-rounds", data=form(supervisor, **fields))
    assert opened.status_code == 303, opened.text
    at = opened.headers["location"]
    # Each school finds it among its matters; one says that it found nothing, one registers a risk point.
    assert "廉政风险排查 · 2026年廉政风险排查" in school.get("/my-work").text
    assert "登记风险点" in school.get(at).text
    middle = browse("middle")
    assert middle.post(f"{at}/nil-reports", data=form(middle, note="已排查全部岗位。")).status_code == 303
    assert "廉政风险排查 ·" not in middle.get("/my-work").text
    made = school.post("/integrity-risks", data=form(school, **WORDS, review_on=day(90)))
    assert made.status_code == 303, made.text
    home = made.headers["location"]
    # The head answers for it unless another is named; without a measure nothing is submitted.
    assert 'value="林青"' in school.get(home).text
    assert school.post(f"{home}/submit", data=form(school)).status_code == 409
    measure = {"text": "三家比价，两人验收。", "responsible_person": "林青", "deadline_on": day(40)}
    assert school.post(f"{home}/measures", data=form(school, **measure)).status_code == 303
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    assert "廉政风险排查 ·" not in school.get("/my-work").text
    # The office named in the round finds it among its matters and sends it back; the school mends it.
    assert "采购价格虚高" in office.get("/my-work").text
    note = "按“三重一大”事项定级。"
    assert office.post(f"{home}/send-back", data=form(office, note=note)).status_code == 303
    assert "采购价格虚高" in school.get("/my-work").text and note in school.get(home).text
    version = ok(as_("school").get(f"{API}{home}"))["version"]
    mended = WORDS | {"version": version, "by_rule": "1", "review_on": day(90)}
    assert school.post(f"{home}/edit", data=form(school, **mended)).status_code == 303
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    assert office.post(f"{home}/confirm", data=form(office)).status_code == 303
    assert "防控中" in school.get(home).text and "一级（高）" in school.get(home).text
    # The round's page counts who has reported; every figure leads to its rows.
    page = supervisor.get(at).text
    for standing, units in (("risks", ["实验小学"]), ("nil", ["第一中学"])):
        assert f"{at}?standing={standing}#units" in page
        rows = ok(as_("supervisor").get(f"{API}{at}/units?standing={standing}"))["data"]
        assert [each["name"] for each in rows] == units
    # The measure is carried out; when its day has come the risk is rated anew, and the first rating stays.
    path = re.search(r"/risk-measures/\d+", school.get(home).text)
    assert path and "请至少上传或关联一份印证资料" in school.post(f"{path[0]}/finish", data=form(school)).text
    target = {"target": "risk-measures", "target_id": path[0].rpartition("/")[2], "back": path[0], "kind": "policy"}
    school.post("/evidence/upload", data=form(school, **target), files={"file": ("比价.pdf", PDF, "application/pdf")})
    assert school.post(f"{path[0]}/finish", data=form(school, back=home)).headers["location"] == home
    day_comes(as_("school"), world, day(90))
    assert "待复评" in school.get("/my-work").text and "复评日期" in school.get("/my-work").text
    assert school.post(f"{home}/reassess", data=form(school)).status_code == 303
    version = ok(as_("school").get(f"{API}{home}"))["version"]
    anew = WORDS | {"version": version, "likelihood": 1, "impact": 2, "review_on": day(400)}
    assert school.post(f"{home}/edit", data=form(school, **anew)).status_code == 303
    assert school.post(f"{home}/submit", data=form(school)).status_code == 303
    assert office.post(f"{home}/confirm", data=form(office)).status_code == 303
    told = ok(as_("school").get(f"{API}{home}"))
    assert [each["level"] for each in told["ratings"]] == ["low", "high", "medium"] and told["level"] == "low"
    # The ledger and the map.
    head, line = csv_lines(as_("supervisor").get(f"{API}/integrity-risks.csv").content)
    assert head == COLUMNS.split("|")
    assert dict(zip(head, line, strict=True))["防控措施"] == "三家比价，两人验收。"
    assert line[6:9] == ["1", "2", "三级（低）"]
    assert line[10:14] == ["林青", "林青", day(40), day(400)]
    whose = ["实验小学", "2026年廉政风险排查", "工作流程", "否", "防控中"]
    assert line[14:] == whose, "whose it is, what an import asks for, and how it stands"
    assert page_lines(school.get("/integrity-risks/ledger").text) == [head[:14], line[:14]]
    drawn = supervisor.get("/integrity-risks/heat-map").text
    assert (
        drawn.count('href="/integrity-risks?ended=false&amp;likelihood=1&amp;impact=2"') == 2
    )  # On the map and in its table.
    trail = ok(as_("auditor").get(f"{API}/events?resource=integrity_risk&resource_id={home.rpartition('/')[2]}"))[
        "data"
    ]
    steps = [
        "create",
        "submit",
        "send_back",
        "edit",
        "submit",
        "confirm",
        "fall_due",
        "reassess",
        "edit",
        "submit",
        "confirm",
    ]
    done = [event["operation"] for event in reversed(trail) if event["outcome"] == "done"]
    assert done == [f"integrity_risk.{step}" for step in steps]
    # It is over; nothing more is found in it.
    assert supervisor.post(f"{at}/close", data=form(supervisor)).status_code == 303
    late = school.post("/integrity-risks", data=form(school, **WORDS, round_id=at.rpartition("/")[2]))
    assert late.status_code == 409 and "已结束" in late.text
    # The heads of the offices answer for theirs in the same way.
    asked = {"year": 2026, "title": "2026年股室廉政风险排查", "deadline_on": day(30)}
    asked |= {"unit_group_id": world.group["各股室办"]}
    assert supervisor.post("/risk-rounds", data=form(supervisor, **asked)).status_code == 303
    head = {"name": "周敏", "post": "股长", "duty": "primary_responsible_person", "valid_from": day(-1)}
    ok(as_("office").post(f"{API}/appointments", json=head), 201)
    assert "2026年股室廉政风险排查" in office.get("/my-work").text
    own = office.post("/integrity-risks", data=form(office, **WORDS, review_on=day(90)))
    assert own.status_code == 303 and 'value="周敏"' in office.get(own.headers["location"]).text
