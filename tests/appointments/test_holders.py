"""Who answers for a row: the appointments that hold today, shown on rows and written into what begins."""

from typing import Any

from tests.appointments.test_appointments import AT, appointed, day
from tests.conftest import As
from tests.imports.tables import as_csv, looked_through
from tests.integrity_risks.steps import identified, opened
from tests.ledgers.test_forms import rows_of
from tests.walk.steps import API, assignment, issued_plan, ok, rectification
from tests.world import World

SCHOOL = "实验小学"
PRINCIPAL = ("高岩", "校长", "important_responsible_person")
CLERK = ("何静", "办公室主任", "direct_responsible_person")


def shown(as_: As, account: str, row_id: int) -> tuple[Any, Any]:
    row = ok(as_(account).get(f"{API}/assignments/{row_id}"))
    return row["responsible_leader"], row["responsible_person"]


def named(*both: Any) -> tuple[Any, ...]:
    return tuple(each and each["name"] for each in both)


def test_a_schools_row_shows_its_first_person_and_whoever_is_named_for_it(as_: As, world: World) -> None:
    issued_plan(as_)
    row_id = assignment(as_, "school", world.unit[SCHOOL])["id"]
    school = as_("school")
    assert shown(as_, "school", row_id) == (None, None)
    appointed(school)
    first = {"name": "林青", "post": "党支部书记"}
    assert shown(as_, "school", row_id) == (first, first)
    appointed(school, *PRINCIPAL)
    assert shown(as_, "school", row_id) == (first, {"name": "高岩", "post": "校长"})
    clerk = appointed(school, *CLERK)
    for account in ("school", "supervisor", "leader", "discipline", "office"):
        assert named(*shown(as_, account, row_id)) == ("林青", "何静"), account
    ok(school.post(f"{AT}/{clerk['id']}/end", json={"on": day(0)}))
    assert named(*shown(as_, "school", row_id)) == ("林青", "何静")  # The last day still counts.


def test_only_who_holds_the_post_today_is_shown_and_a_successor_at_once(as_: As, world: World) -> None:
    issued_plan(as_)
    row_id = assignment(as_, "school", world.unit[SCHOOL])["id"]
    school = as_("school")
    appointed(school, "前任", valid_from=day(-90), valid_to=day(-30))
    appointed(school, "候任", valid_from=day(1))
    assert shown(as_, "school", row_id) == (None, None)
    current = appointed(school, "现任", valid_from=day(-30), valid_to=day(1))
    assert named(*shown(as_, "school", row_id)) == ("现任", "现任")
    ok(school.post(f"{AT}/{current['id']}/end"))
    appointed(school, "接任", valid_from=day(0), valid_to=day(1))
    assert named(*shown(as_, "school", row_id)) == ("接任", "接任")


def test_an_offices_row_shows_the_leader_in_charge_and_its_head(as_: As, world: World) -> None:
    issued_plan(as_)
    row_id = assignment(as_, "office", world.unit["人事股"])["id"]
    supervisor = as_("supervisor")
    appointed(as_("office"), "周敏", "股长")
    assert named(*shown(as_, "office", row_id)) == (None, "周敏")
    in_charge = {"unit_id": world.district, "in_charge_unit_ids": [world.unit["人事股"]]}
    leader = appointed(supervisor, "贺春明", "副局长", "dual_duty", **in_charge)
    appointed(supervisor, "王建国", "局长", unit_id=world.district)
    assert named(*shown(as_, "office", row_id)) == ("贺春明", "周敏")
    ok(supervisor.patch(f"{AT}/{leader['id']}", json={"in_charge_unit_ids": []}, headers={"if-match": '"1"'}))
    assert named(*shown(as_, "office", row_id)) == (None, "周敏")


def test_a_party_branch_is_answered_for_at_its_host(as_: As, world: World) -> None:
    issued_plan(as_)
    branch = world.unit["实验小学党支部"]
    row_id = assignment(as_, "school", branch)["id"]
    appointed(as_("school"), unit_id=world.unit[SCHOOL])
    assert named(*shown(as_, "school", row_id)) == ("林青", "林青")
    appointed(as_("school"), "何静", "支部书记", unit_id=branch)
    assert named(*shown(as_, "school", row_id)) == ("何静", "何静")


def test_a_party_branch_without_a_first_person_of_its_own_is_headed_by_its_hosts(
    as_: As, browse: As, world: World
) -> None:
    """Wherever it is shown: on tasks, in what begins, in the risk round, on a risk and in a leading group's form."""
    issued_plan(as_)
    school, branch = as_("school"), world.unit["实验小学党支部"]
    row_id = assignment(as_, "school", branch)["id"]
    appointed(school, unit_id=world.unit[SCHOOL])
    appointed(school, *PRINCIPAL, unit_id=world.unit[SCHOOL])
    appointed(school, "何静", "组织委员", "dual_duty", unit_id=branch)
    assert named(*shown(as_, "school", row_id)) == ("林青", "林青")
    appointed(school, *CLERK, unit_id=branch)
    assert named(*shown(as_, "school", row_id)) == ("林青", "何静")
    own = ok(school.post(f"{API}/rectifications", json={"unit_id": branch, "problem": "台账不全。"}), 201)
    assert (own["responsible_leader"], own["responsible_person"]) == ("林青", "何静")
    group = world.group["各基层党组织"]
    risk_round = opened(as_("supervisor"), world, unit_group_id=group)
    units = ok(as_("supervisor").get(f"{API}/risk-rounds/{risk_round['id']}/units"))["data"]
    heads = {unit["name"]: unit["first_responsible_person"] for unit in units}
    assert heads["实验小学党支部"] == "林青" and heads["城区联合党支部"] is None
    risk = identified(school, unit_id=branch)
    measure = ok(school.post(f"{API}/integrity-risks/{risk['id']}/measures", json={"text": "三家比价。"}), 201)
    assert (measure["responsible_person"], measure["responsible_leader"]) == ("林青", "林青")
    assert ok(school.get(f"{API}/integrity-risks/{risk['id']}"))["first_responsible_person"] == "林青"
    assert 'value="林青"' in browse("school").get(f"/leading-groups/new?unit_id={branch}").text
    # One of its own takes the host's place.
    appointed(school, "谢安", "支部书记", unit_id=branch)
    assert named(*shown(as_, "school", row_id)) == ("谢安", "何静")
    assert ok(school.get(f"{API}/integrity-risks/{risk['id']}"))["first_responsible_person"] == "谢安"


def test_people_of_another_bureau_are_nobodys_holders(as_: As, world: World) -> None:
    issued_plan(as_)
    appointed(as_("other_supervisor"), "外人", unit_id=world.other_district)
    row_id = assignment(as_, "school", world.unit[SCHOOL])["id"]
    assert shown(as_, "supervisor", row_id) == (None, None)


def test_the_ledgers_name_them(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_)
    supervisor = as_("supervisor")
    appointed(as_("school"))
    appointed(as_("school"), *PRINCIPAL)
    appointed(supervisor, "段明", "股长", unit_id=world.unit["计财股"])
    charge = {"unit_id": world.district, "in_charge_unit_ids": [world.unit["计财股"], world.unit["人事股"]]}
    appointed(supervisor, "贺春明", "副局长", "dual_duty", **charge)
    first, second, _ = rows_of(supervisor, f"/plans/{plan['id']}/ledger.csv")
    assert (second["牵头股室"], second["责任领导"], second["责任人"]) == ("计财股", "贺春明", "段明")
    assert (first["责任领导"], first["责任人"]) == ("贺春明", "")  # 党办、人事股, of whom nobody is named.
    of_school = rows_of(supervisor, f"/plans/{plan['id']}/ledger.csv?unit_id={world.unit[SCHOOL]}")
    assert {(row["责任领导"], row["责任人"]) for row in of_school} == {("林青", "高岩")}
    rows = rows_of(supervisor, "/assignments.csv")
    assert {(row["责任领导"], row["责任人"]) for row in rows if row["单位"] == SCHOOL} == {("林青", "高岩")}
    assert {(row["责任领导"], row["责任人"]) for row in rows if row["单位"] == "第一中学"} == {("", "")}
    page = browse("school").get("/assignments?view=unit").text
    assert "责任领导 林青 · 责任人 高岩" in page


def test_a_ledger_names_nobody_whom_its_reader_may_not_see(as_: As, world: World) -> None:
    plan = issued_plan(as_)
    appointed(as_("supervisor"), "周敏", "股长", unit_id=world.unit["人事股"])
    first = rows_of(as_("school"), f"/plans/{plan['id']}/ledger.csv")[0]
    assert first["责任人"] == ""
    assert rows_of(as_("office"), f"/plans/{plan['id']}/ledger.csv")[0]["责任人"] == "周敏"


def test_an_office_knows_the_people_of_schools_under_its_items(as_: As, world: World) -> None:
    appointed(as_("school"))
    assert as_("office").get(f"{AT}?q=林青").json()["data"] == []
    issued_plan(as_)
    (known,) = as_("office").get(f"{AT}?q=林青").json()["data"]
    assert known["allowed_actions"] == []
    head = {"if-match": '"1"'}
    assert as_("office").patch(f"{AT}/{known['id']}", json={"post": "书记"}, headers=head).status_code == 403


def test_what_begins_has_its_responsible_persons_filled_in(as_: As, world: World) -> None:
    appointed(as_("school"))
    appointed(as_("school"), *PRINCIPAL)
    found = ok(as_("supervisor").get(f"{API}/rectifications/{rectification(as_, world)['id']}"))
    assert (found["responsible_leader"], found["responsible_person"]) == ("林青", "高岩")
    own = ok(as_("school").post(f"{API}/rectifications", json={"problem": "台账不全。"}), 201)
    assert (own["responsible_leader"], own["responsible_person"]) == ("林青", "高岩")
    # The unit may name another, and a reopened round keeps what was written.
    changed = {"responsible_person": "何静"}
    again = as_("school").patch(
        f"{API}/rectifications/{own['id']}", json=changed, headers={"if-match": f'"{own["version"]}"'}
    )
    assert ok(again)["responsible_person"] == "何静"
    other = ok(as_("supervisor").get(f"{API}/rectifications/{rectification(as_, world, '第一中学')['id']}"))
    assert (other["responsible_leader"], other["responsible_person"]) == (None, None)


def test_each_row_of_the_list_names_both_and_so_do_both_views_of_the_page(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_)
    appointed(as_("school"))
    appointed(as_("school"), *PRINCIPAL)
    appointed(as_("office"), "周敏", "股长")
    in_charge = {"unit_id": world.district, "in_charge_unit_ids": [world.unit["人事股"]]}
    appointed(as_("supervisor"), "贺春明", "副局长", "dual_duty", **in_charge)
    expected = {SCHOOL: ("林青", "高岩"), "人事股": ("贺春明", "周敏"), "第一中学": (None, None)}
    for unit, both in expected.items():
        found = ok(as_("supervisor").get(f"{API}/assignments?unit_id={world.unit[unit]}"))["data"]
        listed = {named(row["responsible_leader"], row["responsible_person"]) for row in found}
        assert found and listed == {both}, unit
        assert set(found[0]["responsible_leader"] or {}) in (set(), {"name", "post"})
    page = browse("supervisor").get(f"/assignments?view=unit&unit_id={world.unit[SCHOOL]}").text
    assert "责任领导 林青 · 责任人 高岩" in page and "责任领导 None" not in page
    page = browse("supervisor").get(f"/assignments?view=item&plan_id={plan['id']}").text
    assert "责任领导 贺春明 · 责任人 周敏" in page
    # A school that reads its own row is shown no people of an office that it does not reach.
    mine = ok(as_("school").get(f"{API}/assignments"))["data"]
    assert {named(row["responsible_leader"], row["responsible_person"]) for row in mine} >= {("林青", "高岩")}


def test_a_list_shows_a_change_of_persons_at_the_next_request(as_: As, world: World) -> None:
    issued_plan(as_)
    school, supervisor = as_("school"), as_("supervisor")

    def listed(account: str) -> set[tuple[Any, ...]]:
        found = ok(as_(account).get(f"{API}/assignments?unit_id={world.unit[SCHOOL]}"))["data"]
        return {named(row["responsible_leader"], row["responsible_person"]) for row in found}

    accounts = ("school", "supervisor", "office")
    assert [listed(account) for account in accounts] == [{(None, None)}] * 3
    first = appointed(school)
    assert [listed(account) for account in accounts] == [{("林青", "林青")}] * 3
    ok(school.patch(f"{AT}/{first['id']}", json={"name": "林青青"}, headers={"if-match": '"1"'}))
    assert [listed(account) for account in accounts] == [{("林青青", "林青青")}] * 3
    table = as_csv((SCHOOL, "高岩", "校长", "重要责任人"), heads=("单位", "姓名", "职务", "责任"))
    looked_through(supervisor, table, "任职.csv", resource="appointments", mode="commit")
    assert [listed(account) for account in accounts] == [{("林青青", "高岩")}] * 3
