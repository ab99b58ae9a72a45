"""Grants from a table: what they open and close at the next request, and what the security administrator is spared."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.identity.conftest import race as race  # the fixture
from tests.identity.conftest import second as second  # the fixture
from tests.identity.test_accounts import newcomer
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("账号", "角色", "单位", "含下级", "起", "止")


def day(n: int) -> str:
    on: date = today_of(now()) + timedelta(days=n)
    return on.isoformat()


def imported(client: Any, *rows: Cells, heads: Cells = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "授权.csv", resource="role-grants", **fields)


def grants(as_: As, user_id: int) -> list[tuple[Any, ...]]:
    """(role, unit, beneath, from, to)."""
    found = ok(as_("secadmin").get(f"{API}/users/{user_id}"))["grants"]
    return [(g["role"], g["unit_name"], g["recursive"], g["valid_from"], g["valid_to"]) for g in found]


def wrong(client: Any, *rows: Cells, heads: Cells = HEADS) -> list[tuple[int, str, str, list[str]]]:
    return faults(rows_of(client, imported(client, *rows, heads=heads), kind="wrong"))


def test_what_is_meant_by_a_column_that_the_file_has_not_is_told_in_words(as_: As, world: World) -> None:
    """Nothing can be put right in it, by hand or by accepting what is suggested."""
    secadmin = as_("secadmin")
    row = ("office", "责任股室", "教育股", "", "", "")
    for begins, ends in ((day(10), day(15)), (day(20), "")):
        imported(secadmin, (*row[:4], begins, ends), mode="commit")
    run = imported(secadmin, row[:3], heads=HEADS[:3])
    (found,) = rows_of(secadmin, run)
    assert [(f["column"], f["suggestions"]) for f in found["faults"]] == [("valid_from", [])]
    assert all(begins in found["faults"][0]["detail"] for begins in (day(10), day(20))) and run["suggestion_count"] == 0
    assert secadmin.post(f"{IMPORTS}/{run['id']}/accept-suggestions").json()["code"] == "no_suggestions"
    sent = {"column": "valid_from", "value": day(10)}
    refused = secadmin.post(f"{API}/import-rows/{found['id']}/correct", json=sent)
    assert refused.status_code == 422 and "文件里没有这一列" in refused.text


def test_a_grant_opens_and_closes_at_the_next_request(as_: As, browse: As, world: World) -> None:
    secadmin, school = as_("secadmin"), browse("school")
    run = imported(
        secadmin, ("school", "责任股室", "教育股", "", "", ""), ("office", "学校", "柳林镇中心校", "是", "", "")
    )
    held = ok(as_("school").get(f"{API}/me"))
    assert counts(run) == (2, 0, 0, 0) and held["roles"] == ["school"]
    ok(secadmin.post(f"{IMPORTS}/{run['id']}/commit"))
    assert ok(as_("school").get(f"{API}/me"))["roles"] == ["office", "school"]
    assert school.get(f"{API}/me").status_code == 401
    beneath = {world.unit["柳林镇中心校"], world.unit["柳林小学"]}
    assert beneath < set(ok(as_("office").get(f"{API}/me"))["unit_ids"])
    told = ok(as_("auditor").get(f"{API}/events?operation=role_grant.create&limit=2"))["data"]
    assert {event["after"]["user_id"] for event in told} == {world.user["school"], world.user["office"]}
    narrower = ("school", "school", "实验小学", "", "", day(-1)), ("office", "学校", "柳林镇中心校", "否", "", "")
    assert "早于起始日期" in str(rows_of(secadmin, imported(secadmin, *narrower))[0]["faults"])
    later = imported(secadmin, ("school", "school", "实验小学", "", "", day(0)), narrower[1], mode="commit")
    assert counts(later) == (0, 2, 0, 0)
    assert not beneath <= set(ok(as_("office").get(f"{API}/me"))["unit_ids"])


def test_the_whole_time_of_a_grant_decides_what_a_row_means(as_: As) -> None:
    """Three times at one unit: one is over, one lasts, one is to come."""
    secadmin, user = as_("secadmin"), newcomer(as_)["id"]
    for first, last in ((-300, -200), (-100, 100), (200, 300)):
        grant = {"role": "office", "unit_id": unit_id(as_, "党办"), "valid_from": day(first), "valid_to": day(last)}
        ok(secadmin.post(f"{API}/users/{user}/role-grants", json=grant), 201)
    held = grants(as_, user)

    def kind_of(first: Any, last: Any) -> tuple[str, list[str]]:
        days = ["" if each is None else day(each) for each in (first, last)]
        [row] = rows_of(secadmin, imported(secadmin, ("newcomer", "责任股室", "党办", "", *days)))
        return row["kind"], [f"{f['column']}：{f['detail']}" for f in row["faults"]]

    assert kind_of(-100, None) == kind_of(-100, 100) == kind_of(200, 300) == kind_of(-300, -200) == ("unchanged", [])
    assert kind_of(-100, 150) == kind_of(-100, 50) == kind_of(200, 400) == ("changed", [])
    assert kind_of(301, None) == kind_of(-199, -101) == kind_of(-400, -301) == ("new", [])
    assert kind_of(101, 199) == ("new", []) and kind_of(-199, -100)[0] == kind_of(100, 199)[0] == "wrong"
    assert kind_of(-300, None) == ("unchanged", [])
    assert kind_of(-300, -250) == ("wrong", [f"：这项授权已于 {day(-200)} 结束，不能再改；重新开始请另写起始日期"])
    assert kind_of(-100, 250) == ("wrong", [f"valid_to：与同一项授权（{day(200)} 至 {day(300)}）重叠，请核对起止日期"])
    assert kind_of(-100, -101)[0] == kind_of(301, 300)[0] == "wrong"
    assert kind_of(-50, None) == (
        "wrong",
        [f"valid_from：与已有的同一项授权（{day(-100)} 至 {day(100)}）重叠，请核对起止日期"],
    )
    assert kind_of(None, None) == ("wrong", ["valid_from：这项授权有几段没有结束，请写明起始日期"])
    assert grants(as_, user) == held


def test_what_was_once_given_twice_imports_back_unchanged(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before it was refused."""
    monkeypatch.setattr("app.identity.operations._refuse_overlap", lambda *given: None)
    secadmin, user = as_("secadmin"), newcomer(as_)["id"]
    rows = [("newcomer", "责任股室", "党办", "否", day(first), "") for first in (-9, -9, -5)]
    for row in rows:
        grant = {"role": "office", "unit_id": unit_id(as_, "党办"), "valid_from": row[4]}
        ok(secadmin.post(f"{API}/users/{user}/role-grants", json=grant), 201)
    assert counts(imported(secadmin, *rows)) == (0, 0, 3, 0)
    assert counts(imported(secadmin, *rows, rows[0])) == (0, 0, 3, 1)
    for grant in ok(secadmin.get(f"{API}/role-grants?user_id={user}"))["data"]:
        ok(secadmin.post(f"{API}/role-grants/{grant['id']}/end"))
    # What is over is given anew by a row without a day.
    assert counts(imported(secadmin, ("newcomer", "责任股室", "党办", "", "", ""))) == (1, 0, 0, 0)


def unit_id(as_: As, name: str) -> int:
    found = ok(as_("supervisor").get(f"{API}/units?q={name}"))["data"]
    return next(each["id"] for each in found if each["name"] == name)


def test_each_wrong_cell_is_named_with_what_may_have_been_meant(as_: As) -> None:
    rows = (
        ("offise", "", "责任股室", "党办"),
        ("刘敏", "", "学校", "实验小学"),
        ("office", "刘敏", "责任股室", "党办"),
        ("office", "周 敏", "股室主任", "党办"),
        ("office", "", "责任股室", "实验小学"),
        ("office", "", "学校", "党办"),
        ("office", "", "局领导", "党办"),
        ("office", "", "责任股室", ""),
        ("office", "", "责任股室", "党办处"),
        ("office", "", "责任股室", "各股室"),
        ("office", "", "责任股室", "计财股"),
        ("office", "", "股室", "局计财股"),
        ("other_school", "", "局领导", ""),
        ("secadmin", "", "责任股室", "党办"),
    )
    found = wrong(as_("secadmin"), *rows, heads=("账号", "姓名", "角色", "单位"))
    roles = "督查室、责任股室、学校（园）、派驻组、局领导、系统管理员、安全管理员、审计管理员"
    bureau = "青川区教育局"
    assert [each[:3] for each in found] == [
        (2, "account", "没有这个账号，请先由系统管理员建立"),
        (3, "account", "没有这个账号，请先由系统管理员建立"),
        (4, "account", "账号 office 的姓名是“周敏”，表里是“刘敏”，请核对"),
        (5, "role", f"没有这一选项，可选：{roles}"),
        (6, "unit", "“实验小学”不是股室、二级单位或派驻组，不能授予股室角色"),
        (7, "unit", "“党办”不是学校、幼儿园或党组织，不能授予学校角色"),
        (8, "unit", "“局领导”这一角色管全区，请选择教育局"),
        (9, "unit", "“责任股室”须写明单位"),
        (10, "unit", "没有这个单位"),
        (11, "unit", "这是一个单位组，请写单位"),
        (13, "", "与第 12 行是同一项授权，请只留一行"),
        (14, "account", "没有这个账号，请先由系统管理员建立"),
        (15, "account", "不能给自己授权，请由另一位安全管理员办理"),
        (15, "role", "系统、安全、审计三员的职责不能由一人兼任，也不能兼任业务角色"),
    ]
    near = {number: suggested for number, _, _, suggested in found}
    assert near[2][0] == "office" and near[3] == near[4] == ["school"] and "责任股室" in near[5]
    assert near[8] == [bureau] and "党办" in near[10]


def test_duties_are_kept_apart_row_by_row_as_one_by_one(as_: As) -> None:
    """With what there is, and with what stands above in the file; after one another they may follow."""
    secadmin = as_("secadmin")
    for name in ("one", "two", "three"):
        newcomer(as_, name)
    rows = (
        ("leader", "审计管理员", "", "", "", ""),
        ("one", "系统管理员", "", "", "", day(30)),
        ("one", "局领导", "", "", day(30), ""),
        ("one", "局领导", "", "", day(31), ""),
        ("two", "安全管理员", "", "", "", ""),
        ("two", "审计管理员", "", "", day(400), ""),
        ("three", "督查室", "青川区教育局", "", "", ""),
        ("three", "责任股室", "督查室", "", "", ""),
    )
    run = imported(secadmin, *rows)
    assert [(number, column) for number, column, *_ in faults(rows_of(secadmin, run, kind="wrong"))] == [
        (2, "role"),
        (4, "role"),
        (7, "role"),
    ]
    assert counts(run) == (5, 0, 0, 3)
    assert ok(secadmin.post(f"{IMPORTS}/{run['id']}/commit-valid"))["written_count"] == 5


def test_ones_own_grant_may_stand_in_the_table_as_it_is(as_: As) -> None:
    assert counts(imported(as_("secadmin"), ("secadmin", "安全管理员", "", "", "", ""))) == (0, 0, 1, 0)
    assert counts(imported(as_("secadmin"), ("secadmin", "安全管理员", "", "", "", day(9)))) == (0, 0, 0, 1)


def test_grants_are_taken_back_unless_touched_or_joined_meanwhile(as_: As, world: World) -> None:
    secadmin, user = as_("secadmin"), newcomer(as_)["id"]
    grant = {"role": "leader", "unit_id": world.district, "valid_from": day(-9)}
    first = ok(secadmin.post(f"{API}/users/{user}/role-grants", json=grant), 201)["id"]
    held = grants(as_, user)
    run = imported(
        secadmin,
        ("newcomer", "局领导", "", "", "", day(5)),
        ("newcomer", "股室", "党办", "", "", day(5)),
        mode="commit",
    )
    assert [each[4] for each in grants(as_, user)] == [day(5), day(5)]
    assert ok(secadmin.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    assert grants(as_, user) == held
    # A duty that was given for the time after: taking back would lay the two over each other.
    run = imported(secadmin, ("newcomer", "局领导", "", "", "", day(5)), mode="commit")
    duty = {"role": "auditor", "unit_id": world.district, "valid_from": day(6)}
    ok(secadmin.post(f"{API}/users/{user}/role-grants", json=duty), 201)
    assert secadmin.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "separation_of_duties"
    ok(secadmin.post(f"{API}/role-grants/{first}/end"))
    refused = secadmin.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 2 行的授权" in refused.text


def test_a_grant_that_another_gave_meanwhile_is_noticed(as_: As, world: World) -> None:
    secadmin, user = as_("secadmin"), newcomer(as_)["id"]
    run = imported(secadmin, ("newcomer", "审计管理员", "", "", "", ""))
    grant = {"role": "office", "unit_id": world.unit["党办"]}
    ok(secadmin.post(f"{API}/users/{user}/role-grants", json=grant), 201)
    assert secadmin.post(f"{IMPORTS}/{run['id']}/commit").json()["code"] == "rows_moved"
    assert counts(ok(secadmin.get(f"{IMPORTS}/{run['id']}"))) == (0, 0, 0, 1)


def test_of_a_table_and_a_grant_at_once_no_two_duties_come(race: Any, as_: As, world: World) -> None:
    """Over two instances: whichever comes second is refused."""
    headers = {"authorization": f"Bearer {world.token['secadmin']}"}
    for name in ("one", "two", "three"):
        user = newcomer(as_, name)["id"]
        run = imported(as_("secadmin"), (name, "审计管理员", "", "", "", ""))
        grant = {"role": "leader", "unit_id": world.district}

        async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
            if n == 1:
                return await client.post(f"{IMPORTS}/{run['id']}/commit", headers=headers)  # noqa: B023
            return await client.post(f"{API}/users/{user}/role-grants", json=grant, headers=headers)  # noqa: B023

        answers = [answer.status_code for answer in race(send, 3)]
        assert set(answers) <= {200, 201, 409} and answers != [409, 409, 409]
        assert len({role for role, *_ in grants(as_, user)}) == 1


def test_of_a_table_and_the_same_grant_at_once_one_is_given(race: Any, as_: As, world: World) -> None:
    headers = {"authorization": f"Bearer {world.token['secadmin']}"}
    for name in ("one", "two", "three"):
        user = newcomer(as_, name)["id"]
        run = imported(as_("secadmin"), (name, "责任股室", "党办", "", "", ""))
        grant = {"role": "office", "unit_id": world.unit["党办"]}

        async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
            if n == 1:
                return await client.post(f"{IMPORTS}/{run['id']}/commit", headers=headers)  # noqa: B023
            return await client.post(f"{API}/users/{user}/role-grants", json=grant, headers=headers)  # noqa: B023

        answers = sorted(answer.status_code for answer in race(send, 4))
        assert answers in ([200, 409, 409, 409], [201, 409, 409, 409]) and len(grants(as_, user)) == 1, answers


def test_taking_back_lays_no_grant_over_another(as_: As, world: World) -> None:
    secadmin, user = as_("secadmin"), newcomer(as_)["id"]
    grant = {"role": "office", "unit_id": world.unit["党办"]}
    ok(secadmin.post(f"{API}/users/{user}/role-grants", json=grant), 201)
    run = imported(secadmin, ("newcomer", "责任股室", "党办", "", "", day(5)), mode="commit")
    ok(secadmin.post(f"{API}/users/{user}/role-grants", json=grant | {"valid_from": day(6)}), 201)
    refused = secadmin.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "overlap"), refused.text


def test_what_is_taken_back_is_told_of_each_person(as_: As, world: World) -> None:
    """As what was given was: by the file alone nobody could say who lost which role."""
    secadmin, user = as_("secadmin"), newcomer(as_)["id"]
    held = {"role": "school", "unit_id": world.unit["第一中学"], "valid_from": day(-9)}
    ok(secadmin.post(f"{API}/users/{user}/role-grants", json=held), 201)
    rows = ("newcomer", "责任股室", "党办", "", day(0), ""), ("newcomer", "学校（园）", "第一中学", "", "", day(5))
    run = imported(secadmin, *rows, mode="commit")
    ok(secadmin.post(f"{IMPORTS}/{run['id']}/undo"))
    (gone,) = ok(as_("auditor").get(f"{API}/events?operation=role_grant.delete"))["data"]
    lost = {"user_id": user, "role": "office", "unit_id": world.unit["党办"], "recursive": False}
    assert gone["before"] == {**lost, "valid_from": day(0)}
    back = ok(as_("auditor").get(f"{API}/events?operation=role_grant.edit"))["data"][0]
    assert (back["before"], back["after"]) == ({"valid_to": day(5)}, {"valid_to": None, "user_id": user})
