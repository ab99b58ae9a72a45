"""A risk point that is no more: its unit asks that it be struck off, whoever reviews ratings decides."""

from typing import Any

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.integrity_risks.steps import (
    MEASURES,
    RISKS,
    controlled_by,
    day,
    day_comes,
    identified,
    opened,
    read,
    step,
    submitted,
)
from tests.walk.steps import API, evidence, ok
from tests.world import World

GONE = "改由区里统一采购，岗位已撤销。"


def carried_out(client: Any, row: dict[str, Any]) -> None:
    for measure in read(client, row)["measures"]:
        evidence(client, target="risk-measures", target_id=str(measure["id"]))
        ok(client.post(f"{MEASURES}/{measure['id']}/finish"))


def waiting(client: Any) -> list[tuple[str, str]]:
    found = ok(client.get(f"{API}/my-work"))["groups"]
    ours = ("integrity-risks", "risk-measures")
    return [(each["group"], entry["action"]) for each in found for entry in each["data"] if entry["resource"] in ours]


def mapped(client: Any) -> int:
    found = ok(client.get(f"{RISKS}/heat-map"))
    assert found["total"] == ok(client.get(RISKS, params={"ended": "false", "count": "true"}))["total"]
    return int(found["total"])


def test_what_is_struck_off_stays_in_the_ledger_and_owes_nothing(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    opened(supervisor, world)
    row = identified(school, review_on=day(60))
    controlled_by(school, row, deadline_on=day(-1))
    step(supervisor, step(school, row, "submit"), "confirm")
    day_comes(school, world, day(60))
    at = f"{RISKS}/{row['id']}"
    assert {action for _, action in waiting(school)} == {"reassess", "finish"} and mapped(supervisor) == 1
    # It takes a reason, and that what stood against it was carried out.
    assert school.post(f"{at}/request-close").json()["errors"][0]["pointer"] == "/note"
    undone = school.post(f"{at}/request-close", json={"note": GONE})
    assert (undone.status_code, undone.json()["errors"][0]["pointer"]) == (409, "/measures")
    carried_out(school, row)
    asked = step(school, row, "request-close", GONE)
    assert (asked["state"], asked["closing_note"], asked["submitted_by_name"]) == ("closing", GONE, "刘敏")
    assert asked["allowed_actions"] == [] and waiting(school) == [] and waiting(supervisor) == [("review", "close")]
    assert (
        school.post(f"{at}/close").status_code == school.post(f"{at}/send-back", json={"note": "否"}).status_code == 403
    )
    # Sent back it is the unit's again, and the rating that was confirmed stays so.
    back = step(supervisor, row, "send-back", "请附撤销岗位的文件。")
    assert (back["state"], back["sent_back_note"], back["closing_note"]) == ("identified", "请附撤销岗位的文件。", None)
    assert [each["verdict"] for each in back["ratings"]] == ["confirmed"] and waiting(school) == [("rectify", "edit")]
    step(school, row, "request-close", GONE)
    done = step(supervisor, row, "close")
    assert (done["state"], done["reviewed_by_name"], done["closing_note"]) == ("closed", "李卫东", GONE)
    day_comes(school, world, day(400))
    assert waiting(school) == waiting(supervisor) == [] and mapped(supervisor) == 0
    kept = read(school, row)
    assert kept["state"] == "closed" and kept["allowed_actions"] == kept["measures"][0]["allowed_actions"] == []
    assert [each["id"] for each in ok(school.get(RISKS, params={"state": "closed"}))["data"]] == [row["id"]]
    head, line = csv_lines(supervisor.get(f"{RISKS}.csv").content)
    assert dict(zip(head, line, strict=True))["状态"] == "已销号"


def test_what_was_never_submitted_is_deleted_and_not_struck_off(as_: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    row = identified(school)
    assert "delete" in row["allowed_actions"] and "request_close" not in row["allowed_actions"]
    refused = school.post(f"{RISKS}/{row['id']}/request-close", json={"note": GONE})
    assert (refused.status_code, refused.json()["code"]) == (409, "never_submitted")
    sent = submitted(school, department="教务处")
    step(as_("supervisor"), sent, "send-back", "请写明岗位。")
    mine = read(school, sent)["allowed_actions"]
    assert "request_close" in mine and "delete" not in mine


def test_striking_off_on_the_pages(as_: As, browse: As, world: World) -> None:
    opened(as_("supervisor"), world)
    row = submitted(as_("school"))
    step(as_("supervisor"), row, "confirm")
    school, supervisor, home = browse("school"), browse("supervisor"), f"/integrity-risks/{row['id']}"
    refused = school.post(f"{home}/request-close", data=form(school, note=GONE))
    assert refused.status_code == 409 and "没有落实" in refused.text and GONE in refused.text
    carried_out(as_("school"), row)
    assert school.post(f"{home}/request-close", data=form(school, note=GONE)).status_code == 303
    assert "的销号申请由" in supervisor.get("/my-work").text
    shown = supervisor.get(home).text
    assert "审核销号" in shown and GONE in shown
    assert supervisor.post(f"{home}/close", data=form(supervisor)).status_code == 303
    assert "已销号" in school.get("/integrity-risks").text
    assert "共 0 个风险点" in school.get("/integrity-risks/heat-map").text
