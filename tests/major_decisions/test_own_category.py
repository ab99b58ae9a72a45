"""The office that supervises a category decides matters of it as well; and nothing is carried out before it is shown."""

from datetime import timedelta

from tests.conftest import As
from tests.major_decisions.steps import AT, DISCLOSED, TODAY, decided, edited, step, supervised
from tests.units.merging import merge
from tests.walk.steps import API, ok
from tests.world import World


def test_the_supervision_office_supervises_what_the_categorys_office_decides_itself(as_: As, world: World) -> None:
    supervised(as_("supervisor"), world, "project", "教育股")
    own, other = decided(as_("education")), decided(as_("school"))
    remark = {"text": "请补充比价记录。"}
    for account, row, status in (("supervisor", own, 201), ("education", own, 403), ("supervisor", other, 403)):
        assert as_(account).post(f"{AT}/{row['id']}/remarks", json=remark).status_code == status, account


def test_so_it_does_of_whom_the_office_hosts_or_answers_for_or_took_in(as_: As, world: World) -> None:
    supervised(as_("supervisor"), world, "project", "教育股")
    mine = world.unit["教育股"]
    branch = {"code": "JG1", "name": "机关党支部", "kind": "party_organization", "host_ids": [mine]}
    outside = {"code": "GA", "name": "区公安分局", "kind": "external_body", "answering_unit_id": mine}
    made = [ok(as_("sysadmin").post(f"{API}/units", json=each), 201)["id"] for each in (branch, outside)]
    own = [decided(as_("education"), unit_id=unit_id) for unit_id in made]
    grant = {"role": "office", "unit_id": world.unit["职成股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['office']}/role-grants", json=grant), 201)
    own.append(decided(as_("office"), unit_id=world.unit["职成股"]))
    ok(merge(as_, world, "职成股", "教育股"))
    for row in own:
        for account, status in (("education", 403), ("supervisor", 201)):
            told = as_(account).post(f"{AT}/{row['id']}/remarks", json={"text": "请补充比价记录。"})
            assert told.status_code == status, (account, row["unit_id"], told.text)


def test_so_it_does_of_what_lies_beneath_the_office_for_people_who_have_that_too(as_: As, world: World) -> None:
    """Whoever holds the office and all below it carries out the matters of these, and supervises none."""
    mine = world.unit["教育股"]
    centre = {"code": "ZX", "name": "教育技术中心", "kind": "subordinate_unit", "parent_id": mine}
    below = ok(as_("sysadmin").post(f"{API}/units", json=centre), 201)["id"]
    branch = {"code": "ZXD", "name": "技术中心党支部", "kind": "party_organization", "host_ids": [below]}
    units = [below, ok(as_("sysadmin").post(f"{API}/units", json=branch), 201)["id"]]
    supervised(as_("supervisor"), world, "project", "教育股")
    path = f"{API}/users/{world.user['office']}/role-grants"
    ok(as_("secadmin").post(path, json={"role": "office", "unit_id": below}), 201)
    own = [decided(as_("office"), unit_id=unit_id) for unit_id in units]
    remark = {"text": "请补充比价记录。"}

    def told(account: str) -> set[int]:
        return {as_(account).post(f"{AT}/{row['id']}/remarks", json=remark).status_code for row in own}

    assert (told("education"), told("supervisor")) == ({201}, {403}), "nobody of the office has what lies beneath"
    (grant,) = ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user['education']}"))["data"]
    ok(as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end", json={}))
    recursive = {"role": "office", "unit_id": mine, "recursive": True}
    ok(as_("secadmin").post(f"{API}/users/{world.user['education']}/role-grants", json=recursive), 201)
    assert (told("education"), told("supervisor")) == ({403}, {201})


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
