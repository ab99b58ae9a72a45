"""What the plan demands, row 22: what was found is rectified in time, verified by another, and closed."""

from tests.conftest import As, form
from tests.ledgers.test_forms import rows_of
from tests.walk.steps import API, evidence, ok, rectification
from tests.world import World

WORDS = {"cause": "无人负责更新。", "measures": "明确总务主任负责。", "result": "已更新公示内容。"}


def test_from_the_finding_to_close_out_and_back(as_: As, browse: As, world: World) -> None:
    matter = rectification(as_, world)
    school, supervisor = browse("school"), browse("supervisor")
    page = f"/rectifications/{matter['id']}"
    assert matter["number"] in school.get("/my-work").text
    assert school.post(f"{page}/start", data=form(school)).status_code == 303
    version = ok(as_("school").get(f"{API}{page}"))["version"]
    assert school.post(page, data=form(school, version=version, **WORDS)).status_code == 303
    assert school.post(f"{page}/submit", data=form(school)).status_code == 409  # Nothing proves it yet.
    proof = evidence(as_("school"), "公示照片", kind="rectification")
    link = {"target": "rectifications", "target_id": matter["id"]}
    ok(as_("school").post(f"{API}/evidence/{proof['id']}/links", json=link), 201)
    assert school.post(f"{page}/submit", data=form(school)).status_code == 303
    # Who rectifies does not verify.
    assert school.post(f"{page}/close", data=form(school, note="已改。")).status_code == 403
    assert supervisor.post(f"{page}/send-back", data=form(supervisor, note="照片看不清。")).status_code == 303
    assert "照片看不清" in school.get(page).text
    assert school.post(f"{page}/submit", data=form(school)).status_code == 303
    assert supervisor.post(f"{page}/close", data=form(supervisor, note="现场核实，已更新。")).status_code == 303
    (line,) = rows_of(as_("supervisor"), "/rectifications.csv")
    assert (line["责任单位"], line["原因"], line["是否销号"]) == ("实验小学", WORDS["cause"], "是")
    # What comes back is opened again, with the earlier round kept.
    assert supervisor.post(f"{page}/reopen", data=form(supervisor, note="复查时又过期。")).status_code == 303
    again = ok(as_("school").get(f"{API}{page}"))
    assert (again["state"], again["round"]) == ("in_progress", 2)
