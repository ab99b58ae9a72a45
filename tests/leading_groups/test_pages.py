"""Pages of leading groups: forming, changing, dissolving, and the list of schools that have none."""

from tests.appointments.test_appointments import day
from tests.conftest import As, form
from tests.leading_groups.test_leading_groups import AT, NAME, formed
from tests.walk.steps import ok
from tests.world import World


def test_names_are_written_one_after_another(as_: As, browse: As, world: World) -> None:
    browser = browse("school")
    fields = {"unit_id": world.unit["实验小学"], "name": NAME, "leader": "林青", "deputies": "高岩，方远"}
    sent = browser.post("/leading-groups", data=form(browser, **fields, members="何静、 郭岚\n马宁;"))
    assert sent.status_code == 303
    made = ok(as_("school").get(f"{AT}/{sent.headers['location'].rsplit('/', 1)[1]}"))
    assert (made["deputies"], made["members"]) == (["高岩", "方远"], ["何静", "郭岚", "马宁"])


def test_a_change_shows_the_earlier_one_beneath(as_: As, browse: As) -> None:
    made = formed(as_("school"), valid_from=day(-9))
    browser = browse("school")
    fields = {"version": made["version"], "name": NAME, "leader": "郭岚", "deputies": "高岩", "members": "何静、方远"}
    assert browser.post(f"/leading-groups/{made['id']}", data=form(browser, **fields)).status_code == 303
    page = browser.get(f"/leading-groups/{made['id']}").text
    assert "第 1 次组成" in page and f"{day(-9)} 至 {day(-1)}" in page and "林青" in page
    wrong = form(browser, **fields | {"version": made["version"] + 1, "leader": "", "since": day(-20)})
    refused = browser.post(f"/leading-groups/{made['id']}", data=wrong)
    assert refused.status_code == 422 and "没有调整成功" in refused.text and "何静、方远" in refused.text


def test_a_group_is_dissolved_on_its_page(as_: As, browse: As) -> None:
    made = formed(as_("school"))
    browser = browse("school")
    done = browser.post(f"/leading-groups/{made['id']}/dissolve", data=form(browser, note="任务完成。"))
    assert done.status_code == 303
    page = browser.get(f"/leading-groups/{made['id']}").text
    assert f"{day(0)} 撤销" in page and 'name="version"' not in page


def test_the_tabs_figure_is_the_number_of_schools_in_its_list(as_: As, browse: As) -> None:
    formed(as_("school"))
    browser = browse("supervisor")
    assert '未成立小组 <span class="badge">4</span>' in browser.get("/leading-groups").text
    page = browser.get("/leading-groups/missing").text
    assert page.count("登记成立") == 4 and "实验小学" not in page
    reader = browse("leader")
    assert "登记成立" not in reader.get("/leading-groups/missing").text
    assert reader.get("/leading-groups/new").status_code == 403
