"""What the plan demands, row 20: paired offices visit, inspect and urge their schools, regularly."""

from tests.conftest import As, form
from tests.exported import csv_lines
from tests.liaison_visits.steps import today, tomorrow
from tests.walk.steps import API, PDF, ok
from tests.world import World


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
    assert f"/inspections/new?unit_id={world.unit['第一中学']}" in office.get(home).text
    ready = office.get(f"/inspections/new?unit_id={world.unit['第一中学']}").text
    assert f'value="{world.unit["第一中学"]}" checked' in ready  # A problem becomes a finding of a liaison inspection.
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
    assert csv_lines(supervisor.get("/liaison-visits/coverage.csv").content)[1][-3:] == ["1", "1", "0"]
    assert browse("school").get(home).status_code == 404
