"""Units, groups and pairs by page: forms work without scripts and lose nothing that was typed."""

from tests.conftest import As, form
from tests.world import World


def test_sysadmin_makes_and_edits_a_unit(browse: As) -> None:
    browser = browse("sysadmin")
    new = form(browser, code="N1", name="新学校", kind="school", ownership="public", valid_from="2026-09-01")
    made = browser.post("/units", data=new | {"stages[]": ["primary"], "parent_id": "", "school_code": ""})
    assert made.status_code == 303
    place = made.headers["location"]
    edited = form(browser, version="1", name="新小学", ownership="private") | {"stages[]": ["primary", "junior"]}
    assert browser.post(place, data=edited).status_code == 303
    assert "新小学" in browser.get(place).text


def test_what_was_typed_stays_when_another_was_faster(browse: As, world: World) -> None:
    browser = browse("sysadmin")
    place = f"/units/{world.unit['实验小学']}"
    late = browser.post(place, data=form(browser, version="99", name="实验小学东校区"))
    assert late.status_code == 412
    assert "已被他人更新" in late.text and "实验小学东校区" in late.text


def test_wrong_credit_code_is_named_at_its_field(browse: As) -> None:
    browser = browse("sysadmin")
    wrong = form(browser, code="N2", name="新学校", kind="school", credit_code="91350100M000100Y44")
    shown = browser.post("/units", data=wrong)
    assert shown.status_code == 422
    assert "校验位不符" in shown.text and "91350100M000100Y44" in shown.text


def test_school_can_keep_no_unit(browse: As) -> None:
    browser = browse("school")
    assert browser.get("/units/new").status_code == 403
    assert browser.post("/units", data=form(browser, code="N3", name="自建", kind="school")).status_code == 403


def test_supervisor_names_groups_and_pairs(browse: As, world: World) -> None:
    browser = browse("supervisor")
    rule = form(browser, name="各民办学校", ownership="private") | {"kinds[]": ["school"]}
    made = browser.post("/unit-groups", data=rule)
    assert made.status_code == 303
    assert browser.get(made.headers["location"]).status_code == 200
    pair = form(browser, office_id=str(world.unit["教育股"]), school_id=str(world.unit["实验小学"]))
    assert browser.post("/liaisons", data=pair).status_code == 303
    assert "实验小学" in browser.get("/liaisons").text
    wrong = pair | {"office_id": str(world.unit["实验小学"])}
    assert browser.post("/liaisons", data=wrong).status_code == 422


def test_form_without_the_sessions_token_is_refused(browse: As) -> None:
    assert browse("sysadmin").post("/units", data={"code": "N4", "name": "无令牌", "kind": "school"}).status_code == 403


def test_party_organisation_sent_as_it_stands_keeps_its_version(browse: As, as_: As, world: World) -> None:
    sysadmin, unit = browse("sysadmin"), f"/units/{world.unit['城区联合党支部']}"
    before = as_("sysadmin").get(f"/api/v1{unit}").json()
    typed = {"name": before["name"], "version": before["version"], "host_ids[]": before["host_ids"]}
    told = sysadmin.get(sysadmin.post(unit, data=form(sysadmin, **typed)).headers["location"]).text
    assert "没有改动" in told and as_("sysadmin").get(f"/api/v1{unit}").json() == before
    sysadmin.post(unit, data=form(sysadmin, **typed | {"host_ids[]": before["host_ids"][:1]}))
    after = as_("sysadmin").get(f"/api/v1{unit}").json()
    assert (after["host_ids"], after["version"]) == (before["host_ids"][:1], before["version"] + 1)
