"""What the plan demands, row 15: ethics violations are investigated with the personnel office, and circulated."""

from tests.cases.steps import FOUND, TOLD
from tests.conftest import As, form
from tests.walk.steps import API, ok
from tests.world import World

CLUE = {
    "category": "ethics",
    "source": "complaint",
    "title": "教师推荐购买教辅",
    "text": "家长反映推荐购买指定练习册。",
}


def test_an_ethics_violation_is_handled_with_the_personnel_office(as_: As, browse: As, world: World) -> None:
    supervisor, office, school = browse("supervisor"), browse("office"), browse("school")
    setting = {"category": "ethics", "office_id": world.unit["人事股"]}
    assert supervisor.post("/case-offices", data=form(supervisor, **setting)).status_code == 303
    assert "人事股" in school.get("/case-offices").text
    sent = supervisor.post("/cases", data=form(supervisor, **CLUE, unit_id=world.unit["实验小学"]))
    home = sent.headers["location"]
    refused = supervisor.post(f"{home}/examine", data=form(supervisor))
    assert refused.status_code == 409 and "请先增加人事股的承办人" in refused.text
    assert office.get(home).status_code == 404
    added = form(supervisor, user_id=world.user["office"])
    assert supervisor.post(f"{home}/add-handler", data=added).status_code == 303
    assert "教师推荐购买教辅" in office.get("/my-work").text
    for step in ("examine", "file"):
        assert office.post(f"{home}/{step}", data=form(office)).status_code == 303
    version = ok(as_("office").get(f"{API}{home}"))["version"]
    assert office.post(f"{home}/edit", data=form(office, **CLUE, **FOUND, version=version)).status_code == 303
    # Without the office's person it goes no further.
    removed = form(supervisor, user_id=world.user["office"])
    assert supervisor.post(f"{home}/remove-handler", data=removed).status_code == 303
    assert supervisor.post(f"{home}/conclude", data=form(supervisor)).status_code == 409
    assert supervisor.post(f"{home}/add-handler", data=added).status_code == 303
    assert office.post(f"{home}/conclude", data=form(office)).status_code == 303
    # Their circular is an official document: the one draws it up, the other approves it, then all read it.
    assert office.post(f"{home}/draw-up", data=form(office)).headers["location"] == home
    paper = f"/documents/{ok(as_('office').get(f'{API}{home}'))['document']['id']}"
    shown = office.get(paper).text
    assert "师德失范" in shown and "实验小学" in shown and FOUND["measures"] in shown and "信访举报" in shown
    chosen = ok(as_("office").get(f"{API}{paper}"))
    words = {"title": chosen["title"], "body": TOLD, "unit_ids[]": chosen["unit_ids"], "version": chosen["version"]}
    assert office.post(f"{paper}/edit", data=form(office, **words)).status_code == 303
    assert browse("middle").get(paper).status_code == browse("leader").get(paper).status_code == 404
    for person, step in ((office, "submit"), (supervisor, "approve"), (office, "serve")):
        assert person.post(f"{paper}/{step}", data=form(person)).status_code == 303, step
    assert browse("middle").get(paper).status_code == 200 and paper in browse("middle").get("/my-work").text
    circular = ok(as_("middle").get(f"{API}/case-circulars?category=ethics"))["data"][0]
    assert TOLD in browse("middle").get(f"/case-circulars/{circular['id']}").text
    assert browse("middle").get(home).status_code == 404
