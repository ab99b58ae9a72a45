"""Situation analyses go to the offices that the bureau named for them (党办, 安稳股), beside the supervision office."""

from tests.briefs.steps import AT, seen, taken, written
from tests.conftest import As, form
from tests.walk.steps import API, ok
from tests.world import World

REVIEWERS = f"{API}/brief-reviewers"


def test_a_named_office_sees_and_selects_what_was_submitted_of_its_kind(as_: As, browse: As, world: World) -> None:
    school, office, supervisor = as_("school"), as_("office"), browse("supervisor")
    analysis = taken(school, written(school, "situation_analysis", title="师德新情况研判"), "submit")
    draft = written(school, "situation_analysis", title="还没有写完")
    other = taken(school, written(school, title="家风课"), "submit")
    assert seen(office) == []
    for name, status in (("实验小学", 422), ("人事股", 303), ("人事股", 409), ("教育股", 303)):
        given = {"kind": "situation_analysis", "office_id": world.unit[name]}
        assert supervisor.post("/brief-reviewers", data=form(supervisor, **given)).status_code == status, name
    assert as_("office").post(REVIEWERS, json=given).status_code == 403
    assert seen(office) == seen(as_("education")) == [analysis["id"]]
    assert as_("central").get(f"{AT}/{draft['id']}").status_code == 404
    assert "师德新情况研判" in browse("office").get("/my-work").text
    for action in ("promote", "adopt"):
        assert office.post(f"{AT}/{analysis['id']}/{action}", json={}).status_code == 403
    assert office.post(f"{AT}/{other['id']}/select").status_code == 404
    assert taken(office, analysis, "select")["state"] == "selected"
    assert ok(school.get(f"{AT}/{analysis['id']}"))["state"] == "selected"
    # What an office sends in itself others look at; and without the duty nothing of it is left.
    own = taken(office, written(office, "situation_analysis", title="股室的研判"), "submit")
    assert office.post(f"{AT}/{own['id']}/select").status_code == 403
    assert taken(as_("education"), own, "select")["state"] == "selected"
    (first, _) = ok(office.get(REVIEWERS))["data"]
    assert supervisor.post(f"/brief-reviewers/{first['id']}/delete", data=form(supervisor)).status_code == 303
    assert seen(office) == [own["id"]]
