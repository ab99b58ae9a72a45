"""A person may do without some topics in the application; what is overdue or urged stays."""

from tests.conftest import As, form
from tests.generated.rows import MAKE, SCHOOL
from tests.notifications.conftest import On
from tests.notifications.test_deadlines import LONG_AFTER
from tests.notifications.test_happenings import NOTE, heard
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

OWN = f"{API}/me/notice-settings"


def test_a_person_does_without_some_topics_but_never_without_what_is_overdue(
    as_: As, browse: As, stock: Stock, world: World, on: On
) -> None:
    row = f"{API}/assignments/{MAKE['assignment'](stock, 'submitted')}"
    ok(as_("supervisor").post(f"{row}/send-back", json=NOTE))
    ok(as_("supervisor").post(f"{row}/urgings", json={"level": 1}), 201)
    on(LONG_AFTER)
    browser = browse("school")
    data = form(browser, **{"topics[]": ["near", "sent_back", "given"]})
    assert browser.post("/account/notices/topics", data=data).status_code == 303
    assert [kind for kind, _, _ in heard(as_)] == ["overdue", "urged"]
    assert ok(browser.get(OWN))["notices_left_out"] == ["near", "given", "sent_back"]
    assert "退回" not in browser.get("/notifications").text.partition("<table")[2]
    assert "2<span" in browser.get("/notifications").text.partition('href="/notifications"')[2][:400]
    # It is this person's own choice.
    grant = {"role": "school", "unit_id": world.unit[SCHOOL]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['middle']}/role-grants", json=grant), 201)
    assert [kind for kind, _, _ in heard(as_, "middle")] == ["overdue", "urged", "sent_back"]
    wrong = browser.post("/account/notices/topics", data=form(browser, **{"topics[]": ["overdue"]}))
    assert wrong.status_code == 422 and "没有保存成功" in wrong.text
    ok(as_("school").post(f"{OWN}/notices", json={}))
    assert len(heard(as_)) == 3
