"""What the plan demands, row 20: paired offices visit, inspect and urge their schools, regularly."""

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.liaison_visits.steps import pair, today, tomorrow, visited
from tests.walk.steps import API, PDF, ok
from tests.world import World

ALIKE = {
    "title": "包联督查",
    "mode": "announced",
    "kind": "liaison",
    "starts_on": today().isoformat(),
    "ends_on": today().isoformat(),
}


def test_from_what_a_pair_owes_to_what_was_urged_and_closed(as_: As, browse: As, world: World) -> None:
    supervisor, office, school = browse("supervisor"), browse("education"), browse("middle")
    assert supervisor.post("/liaison-quotas", data=form(supervisor, visits="1")).status_code == 303
    shown = office.get("/liaison-visits/coverage")
    assert "第一中学" in shown.text and "/liaison-visits/new?liaison_id=" in shown.text
    behind = ok(as_("supervisor").get(f"{API}/liaison-visits/coverage?standing=missing"))["data"]
    assert [row["school_name"] for row in behind] == ["第一中学"]
    # The office goes there and records it, with a photograph and something that the school is to do.
    liaison = behind[0]["id"]
    assert f'<option value="{liaison}" selected>' in office.get(f"/liaison-visits/new?liaison_id={liaison}").text
    fields = {
        "liaison_id": liaison,
        "visited_on": today().isoformat(),
        "visitors": "张晓梅",
        "content": "查看收费公示。",
    }
    wrong = office.post("/liaison-visits", data=form(office, **fields | {"visited_on": tomorrow()}))
    assert wrong.status_code == 422 and "还没有到" in wrong.text and "查看收费公示。" in wrong.text
    sent = office.post("/liaison-visits", data=form(office, **fields, problems="公示栏没有更新。"))
    assert sent.status_code == 303, sent.text
    home = sent.headers["location"]
    target = {"target": "liaison-visits", "target_id": home.rpartition("/")[2], "back": home, "kind": "inspection"}
    upload = {"data": form(office, **target), "files": {"file": ("现场.pdf", PDF, "application/pdf")}}
    assert office.post("/evidence/upload", **upload).headers["location"] == home
    urged = form(office, text="更新收费公示栏。", deadline_on=tomorrow())
    assert office.post(f"{home}/urge", data=urged).status_code == 303
    _becomes_a_finding(as_, browse, world, home)
    # The school finds both among its matters, comments, confirms what was mended, and answers.
    work = school.get("/my-work").text
    assert "包联走访 · 第一中学" in work and "督促事项 · 第一中学：更新收费公示栏。" in work
    assert "现场" in school.get(home).text
    assert school.post(f"{home}/comment", data=form(school)).status_code == 422
    assert school.post(f"{home}/comment", data=form(school, note="还有陈立同志。")).status_code == 303
    assert "还有陈立同志。" in office.get(home).text
    version = ok(as_("education").get(f"{API}{home}"))["version"]
    mended = {
        "version": version,
        "visited_on": today().isoformat(),
        "visitors": "张晓梅、陈立",
        "content": "查看公示。",
    }
    assert office.post(f"{home}/edit", data=form(office, **mended)).status_code == 303
    assert office.post(f"{home}/resubmit", data=form(office)).status_code == 303
    assert school.post(f"{home}/confirm", data=form(school)).status_code == 303
    matter = f"/liaison-matters/{ok(as_('middle').get(f'{API}{home}'))['urged'][0]['id']}"
    assert "更新收费公示栏。" in school.get(matter).text
    assert school.post(f"{matter}/answer", data=form(school, note="已更新，见照片。")).status_code == 303
    # The office closes it; the term's figures follow.
    assert "督促事项" in office.get("/my-work").text
    assert office.post(f"{matter}/close", data=form(office)).status_code == 303
    sums = ok(as_("supervisor").get(f"{API}/liaison-visits/summary"))
    assert (sums["pairs"], sums["missing"], sums["none"], sums["visits"]) == (1, 0, 0, 1)
    assert "没有符合条件的包联" in supervisor.get("/liaison-visits/coverage?standing=missing").text
    assert "柳林镇中心校" in supervisor.get("/liaison-visits/unpaired").text
    (head, line) = csv_lines(supervisor.get("/liaison-visits.csv").content)
    assert dict(zip(head, line, strict=True))["学校（园）"] == "第一中学"
    assert len(csv_lines(supervisor.get("/liaison-matters.csv").content)) == 2
    assert csv_lines(supervisor.get("/liaison-visits/coverage.csv").content)[1][-5:] == ["1", "1", "0", "0", "0"]
    assert browse("school").get(home).status_code == 404


def _becomes_a_finding(as_: As, browse: As, world: World, home: str) -> None:
    """What was found there goes on to an inspection and an issued finding; each shows where it comes from."""
    office, unit, on, visit_id = (
        browse("education"),
        world.unit["第一中学"],
        today().isoformat(),
        home.rpartition("/")[2],
    )
    offered = f"/inspections/new?liaison_visit_id={visit_id}"
    assert offered in office.get(home).text
    ready = office.get(offered).text
    assert f'value="{unit}" checked' in ready and f'value="{on}"' in ready and "公示栏没有更新。" in ready
    plan = {"title": "第一中学包联督查", "mode": "announced", "kind": "liaison", "starts_on": on, "ends_on": on}
    plan |= {"liaison_visit_id": visit_id, "by": "hand", "unit_ids[]": str(unit)}
    elsewhere = as_("office").post(
        f"{API}/inspections", json={**ALIKE, "unit_ids": [unit], "liaison_visit_id": int(visit_id)}
    )
    assert elsewhere.status_code in (403, 422), "neither paired with the school nor a reader of the visit"
    at = office.post("/inspections", data=form(office, **plan)).headers["location"]
    assert home in office.get(at).text
    assert office.post(f"{at}/start", data=form(office)).status_code == 303
    assert "公示栏没有更新。</textarea>" in office.get(f"{at}/visits/{unit}").text
    words = {
        "category": "教育收费",
        "severity": "minor",
        "description": "公示栏没有更新。",
        "correction": "更新公示栏。",
    }
    found = {"data": form(office, unit_id=unit, **words), "files": {"file": ("", b"", "application/octet-stream")}}
    assert office.post(f"{at}/findings", **found).status_code == 303
    (draft,) = ok(as_("education").get(f"{API}/findings?liaison_visit_id={visit_id}"))["data"]
    assert "问题草稿" in office.get(home).text and "问题草稿" not in browse("middle").get(home).text
    issued = office.post(f"/findings/{draft['id']}/issue", data=form(office))
    assert issued.status_code == 303, issued.text
    number = ok(as_("middle").get(f"{API}/findings/{draft['id']}"))["number"]
    for account in ("education", "middle", "supervisor"):
        shown = browse(account).get(home).text
        assert number in shown and at in shown, account


def test_an_unannounced_inspection_that_a_visit_led_to_is_not_there_for_its_target(
    as_: As, browse: As, world: World
) -> None:
    visit = visited(as_("education"), pair(as_, world), problems="公示栏没有更新。")
    home, unit = f"/liaison-visits/{visit['id']}", world.unit["第一中学"]
    sent = {**ALIKE, "title": "回头看", "mode": "unannounced", "unit_ids": [unit], "liaison_visit_id": visit["id"]}
    made = ok(as_("supervisor").post(f"{API}/inspections", json=sent), 201)
    assert made["liaison_visit"]["problems"] == "公示栏没有更新。"
    for account, sees in {"supervisor": True, "discipline": True, "middle": False, "education": False}.items():
        listed = ok(as_(account).get(f"{API}/inspections?liaison_visit_id={visit['id']}"))["data"]
        assert [row["id"] for row in listed] == [made["id"]] * sees, account
        assert ("回头看" in browse(account).get(home).text) == sees, account
    assert ok(as_("office").get(f"{API}/inspections?liaison_visit_id={visit['id']}"))["data"] == []
    for wrong, field in (
        ({"unit_ids": [world.unit["实验小学"]]}, "unit_ids"),
        ({"liaison_visit_id": 987_654}, "liaison_visit_id"),
    ):
        refused = as_("supervisor").post(f"{API}/inspections", json=sent | wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")
