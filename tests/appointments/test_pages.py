"""Pages of appointments: what was typed wrongly is said at its field and kept; what may not be pressed is not there."""

from tests.appointments.test_appointments import AT, appointed, day
from tests.conftest import As, form
from tests.walk.steps import API, ok
from tests.world import World


def test_the_supervisor_chooses_a_unit_and_then_who(browse: As, world: World) -> None:
    browser = browse("supervisor")
    first = browser.get("/appointments/new").text
    assert "选定单位" in first and 'name="post"' not in first
    of_bureau = browser.get(f"/appointments/new?unit_id={world.district}").text
    assert 'name="in_charge_unit_ids[]"' in of_bureau
    assert 'name="in_charge_unit_ids[]"' not in browser.get(f"/appointments/new?unit_id={world.unit['党办']}").text
    fields = {"unit_id": world.district, "name": "贺春明", "post": "副局长", "duty": "dual_duty"}
    fields |= {"in_charge_unit_ids[]": [world.unit["人事股"], world.unit["计财股"]]}
    sent = browser.post("/appointments", data=form(browser, **fields))
    assert sent.status_code == 303
    shown = browser.get(sent.headers["location"]).text
    assert "人事股、计财股" in shown and "结束任职" in shown


def test_a_refused_form_keeps_what_was_typed(browse: As, world: World) -> None:
    browser = browse("school")
    fields = {"unit_id": world.unit["实验小学"], "name": "林青", "post": "", "duty": "dual_duty"}
    refused = browser.post("/appointments", data=form(browser, **fields, valid_from=day(0), valid_to=day(-1)))
    assert refused.status_code == 422
    assert 'value="林青"' in refused.text and "没有登记成功" in refused.text and "f-post-error" in refused.text


def test_offices_are_taken_from_a_leader_by_unticking_them(as_: As, browse: As, world: World) -> None:
    charge = {"unit_id": world.district, "in_charge_unit_ids": [world.unit["人事股"]]}
    made = appointed(as_("supervisor"), "贺春明", "副局长", "dual_duty", **charge)
    browser = browse("supervisor")
    fields = {"version": made["version"], "name": "贺春明", "post": "副局长", "duty": "dual_duty", "valid_from": day(0)}
    assert browser.post(f"/appointments/{made['id']}", data=form(browser, **fields)).status_code == 303
    assert ok(as_("supervisor").get(f"{AT}/{made['id']}"))["in_charge_unit_ids"] == []


def test_whoever_only_reads_sees_no_button(as_: As, browse: As, world: World) -> None:
    made = appointed(as_("school"))
    reader = browse("leader")
    page = reader.get("/appointments").text
    assert "林青" in page and "登记任职" not in page and "批量导入" not in page
    one = reader.get(f"/appointments/{made['id']}").text
    assert "林青" in one and "结束任职" not in one and 'name="version"' not in one
    assert reader.get("/appointments/new").status_code == 403
    assert browse("middle").get(f"/appointments/{made['id']}").status_code == 404


def test_an_end_before_the_beginning_is_said_at_its_field(as_: As, browse: As) -> None:
    made = appointed(as_("school"))
    browser = browse("school")
    refused = browser.post(f"/appointments/{made['id']}/end", data=form(browser, on=day(-3), note="调任。"))
    assert refused.status_code == 422
    assert "早于任职起始日期" in refused.text and "调任。" in refused.text and "f-end-on-error" in refused.text


def test_an_ended_one_is_history(as_: As, browse: As) -> None:
    made = appointed(as_("school"), valid_from=day(-9), valid_to=day(-1))
    browser = browse("school")
    page = browser.get(f"/appointments/{made['id']}").text
    assert "已离任" in page and 'name="version"' not in page
    again = browser.post(f"/appointments/{made['id']}/end", data=form(browser))
    assert again.status_code == 409 and "已于" in again.text
    assert ok(as_("school").get(f"{API}/appointments?valid_on={day(-1)}"))["data"][0]["id"] == made["id"]
