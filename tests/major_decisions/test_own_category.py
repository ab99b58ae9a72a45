"""The office that supervises a category decides matters of it as well; and nothing is carried out before it is shown."""

from datetime import timedelta

from tests.conftest import As
from tests.major_decisions.steps import AT, DISCLOSED, TODAY, decided, edited, step, supervised
from tests.walk.steps import ok
from tests.world import World


def test_the_supervision_office_supervises_what_the_categorys_office_decides_itself(as_: As, world: World) -> None:
    supervised(as_("supervisor"), world, "project", "教育股")
    own, other = decided(as_("education")), decided(as_("school"))
    remark = {"text": "请补充比价记录。"}
    for account, row, status in (("supervisor", own, 201), ("education", own, 403), ("supervisor", other, 403)):
        assert as_(account).post(f"{AT}/{row['id']}/remarks", json=remark).status_code == status, account


def test_nothing_is_carried_out_before_it_is_shown(as_: As) -> None:
    school = as_("school")
    row = decided(school)
    coming = (TODAY + timedelta(days=1)).isoformat()
    ok(edited(school, row, **{**DISCLOSED, "disclosed_from": coming}, responsible_person="林青", execution="已完工。"))
    step(school, row, "disclose")
    told = school.post(f"{AT}/{row['id']}/execute", json={})
    assert (told.status_code, told.json()["code"]) == (409, "not_disclosed_yet")
    assert coming in told.json()["detail"] and told.json()["errors"][0]["pointer"] == "/disclosed_from"
    ok(edited(school, row, disclosed_from=TODAY.isoformat()))
    assert step(school, row, "execute")["state"] == "executed"
