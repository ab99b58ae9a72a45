"""Units from a table, through the API: what a clerk's file does, and what is said of what it cannot do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, counts, faults, looked_through, rows_of, send, unit
from tests.walk.steps import API, ok
from tests.world import World

CENTRAL = ("N1", "青山镇中心校", "中心校", "", "小学、初中")
SCHOOL = ("N2", "青山小学", "学校", "青山镇中心校", "小学")


def edit(client: Any, name: str, **fields: Any) -> None:
    held = unit(client, name)
    ok(client.patch(f"{API}/units/{held['id']}", json=fields, headers={"if-match": f'"{held["version"]}"'}))


def operations(as_: As) -> list[str]:
    return [event["operation"] for event in ok(as_("auditor").get(f"{API}/events?limit=200"))["data"]]


def test_a_table_is_looked_through_written_and_then_changes_nothing(as_: As) -> None:
    client = as_("sysadmin")
    # What a row refers to may stand beneath it.
    run = looked_through(client, as_csv(SCHOOL, CENTRAL))
    assert counts(run) == (2, 0, 0, 0) and run["state"] == "checked"
    assert ok(client.get(f"{API}/units?q=青山"))["data"] == []
    done = ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    assert (done["state"], done["written_count"]) == ("committed", 2)
    assert unit(client, "青山小学")["parent_id"] == unit(client, "青山镇中心校")["id"]
    assert unit(client, "青山镇中心校")["stages"] == ["primary", "junior"]
    # One of them all, of each its own, and of the school one more when the centre above it was there.
    assert operations(as_)[:6] == ["import_run.commit", *["unit.import"] * 4, "import_run.create"]
    before, versions = len(operations(as_)), ok(client.get(f"{API}/units?q=青山"))["data"]
    again = looked_through(client, as_csv(SCHOOL, CENTRAL), mode="commit")
    assert counts(again) == (0, 0, 2, 0) and again["written_count"] == 0
    assert ok(client.get(f"{API}/units?q=青山"))["data"] == versions
    assert len(operations(as_)) == before + 2


def test_what_differs_is_shown_old_and_new(as_: As) -> None:
    client = as_("sysadmin")
    table = as_csv(("实验小学", "学校", "", "2020年9月1日"), heads=("学校名称", "单位类型", "主管单位", "成立日期"))
    run = looked_through(client, table)
    assert counts(run) == (0, 1, 0, 0) and run["change_count"] == 1
    (row,) = rows_of(client, run, kind="changed")
    assert row["changes"] == {"valid_from": ["", "2020-09-01"]}
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    assert unit(client, "实验小学")["valid_from"] == "2020-09-01"


def test_each_wrong_cell_is_named_with_what_may_have_been_meant(as_: As) -> None:
    client = as_("sysadmin")
    table = as_csv(
        ("N1", "青山镇中心校", "中心校", "", "小学"),
        ("N2", "青山小学", "学样", "青山中心校", "小学、大学"),
        ("", "", "学校", "", ""),
        ("N1", "青山镇中心校", "中心校", "", ""),
        ("A B!", "河湾小学", "学校", "河湾小学", ""),
        ("N9", "实验小学", "学校", "", ""),
    )
    run = looked_through(client, table)
    found = faults(rows_of(client, run, kind="wrong"))
    assert found == [
        (3, "kind", found[0][2], ["学校"]),
        (3, "parent", "没有这个单位", ["青山镇中心校", *found[1][3][1:]]),
        (3, "stages", "“大学”：没有这一选项，可选：学前、小学、初中、高中、中职、特教", ["小学", "小学、学前"]),
        (4, "name", "单位名称必须填写", []),
        (5, "code", "与第 2 行是同一个单位，请只留一行", []),
        (6, "code", "格式不符，只能用字母、数字、点、横线和下划线", []),
        (6, "parent", "上级单位不能是它自己或它的下级", []),
        (7, "code", found[7][2], [unit(client, "实验小学")["code"]]),
    ]
    assert (run["wrong_count"], run["fault_count"], run["suggestion_count"]) == (5, 8, 4)
    refused = client.post(f"{IMPORTS}/{run['id']}/commit")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_wrong")
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit-valid"))["written_count"] == 1


def test_one_wrong_row_of_many_keeps_all_of_them_out(as_: As) -> None:
    client = as_("sysadmin")
    many = [(f"M{n}", f"第{n}小学", "学校", "", "小学") for n in range(1200)]
    many[1100] = ("M1100", "第1100小学", "学校", "没有这样的单位", "小学")
    refused = send(client, as_csv(*many), mode="commit")
    assert (refused.status_code, refused.json()["code"]) == (422, "rows_wrong")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/rows/1102/parent"]
    assert "第 1102 行 上级单位：没有这个单位" in refused.json()["errors"][0]["detail"]
    assert ok(client.get(f"{API}/units?q=第1100小学"))["data"] == ok(client.get(f"{IMPORTS}"))["data"] == []
    many[1100] = ("M1100", "第1100小学", "学校", "第1199小学", "小学")
    assert looked_through(client, as_csv(*many), mode="commit")["written_count"] == 1200
    assert unit(client, "第1100小学")["parent_id"] == unit(client, "第1199小学")["id"]


def test_a_suggestion_taken_looks_at_everything_again(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(
        client, as_csv(("N1", "青山镇中心校", "中心校", "", ""), ("N2", "青山小学", "学样", "青山中心校", ""))
    )
    row = rows_of(client, run, kind="wrong")[0]
    correct = f"{API}/import-rows/{row['id']}/correct"
    fixed = ok(client.post(correct, json={"column": "kind", "value": "学校"}))
    assert fixed["kind"] == "wrong" and fixed["cells"][2] == "学校"
    assert client.post(correct, json={"column": "duty", "value": "督查"}).status_code == 422
    done = ok(client.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))
    assert counts(done) == (2, 0, 0, 0) and rows_of(client, done)[1]["cells"][3] == "青山镇中心校"
    assert client.post(f"{IMPORTS}/{run['id']}/accept-suggestions").json()["code"] == "no_suggestions"


def test_what_another_changed_meanwhile_is_noticed(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, as_csv(("实验小学", "小学", "2020-09-01"), heads=("名称", "学段", "启用日期")))
    edit(client, "实验小学", valid_from="2019-09-01")
    refused = client.post(f"{IMPORTS}/{run['id']}/commit")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_moved")
    (row,) = rows_of(client, run)
    assert row["changes"] == {"valid_from": ["2019-09-01", "2020-09-01"]}
    assert [remark["detail"] for remark in row["remarks"]] == ["预览之后已被他人改动，请重新核对"]
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit"))["written_count"] == 1


def test_of_many_commits_at_once_one_is_done(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, as_csv(CENTRAL, SCHOOL))
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: client.post(f"{IMPORTS}/{run['id']}/commit").status_code, range(6)))
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    assert operations(as_).count("import_run.commit") == 6  # five of them refusals


def test_a_batch_is_taken_back_as_long_as_nobody_touched_it(as_: As) -> None:
    client = as_("sysadmin")
    heads = ("编码", "名称", "类别", "上级单位", "别名", "启用日期", "所在单位")
    rows = (
        ("N1", "青山镇中心校", "中心校", "", "青山中心校", "", ""),
        ("N2", "青山小学", "学校", "青山镇中心校", "", "", ""),
        ("N3", "青山党支部", "党组织", "", "", "", "青山小学、实验小学"),
        ("", "实验小学", "学校", "柳林镇中心校", "", "2020-09-01", ""),
        ("", "城区联合党支部", "", "", "", "", "青山小学"),
    )
    before = ok(client.get(f"{API}/units?limit=200"))["data"]
    hosts = unit(client, "城区联合党支部")["host_ids"]
    run = looked_through(client, as_csv(*rows, heads=heads), mode="commit")
    assert counts(run) == (3, 2, 0, 0) and run["written_count"] == 5
    assert unit(client, "青山镇中心校")["aliases"][0]["name"] == "青山中心校"
    assert unit(client, "城区联合党支部")["host_ids"] == [unit(client, "青山小学")["id"]]
    assert len(unit(client, "青山党支部")["host_ids"]) == 2
    edit(client, "青山小学", valid_from="2021-09-01")
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 3 行" in refused.text

    run = looked_through(client, as_csv(("N7", "河湾小学", "学校", "", "")), mode="commit")
    held = unit(client, "河湾小学")
    ok(
        client.post(
            f"{API}/units", json={"code": "N8", "name": "河湾教学点", "kind": "school", "parent_id": held["id"]}
        ),
        201,
    )
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_in_use")

    untouched = as_csv(
        ("X1", "东关小学", "学校", "实验小学", "东小", "", ""),
        ("", "城区联合党支部", "", "", "", "", "实验小学"),
        heads=heads,
    )
    run = looked_through(client, untouched, mode="commit")
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    assert ok(client.get(f"{API}/units?q=东关小学"))["data"] == []
    assert unit(client, "城区联合党支部")["host_ids"] == [unit(client, "青山小学")["id"]] != hosts
    assert operations(as_)[0] == "import_run.undo" and len(before) > 5
    assert looked_through(client, untouched)["new_count"] == 1


def test_who_may_not_make_units_may_not_import_them(as_: As, world: World) -> None:
    for account in ("supervisor", "school", "office", "secadmin", "auditor", "leader"):
        assert send(as_(account), as_csv(CENTRAL)).status_code == 403, account
        assert as_(account).get(f"{IMPORTS}/templates/units").status_code == 403, account
    run = looked_through(as_("sysadmin"), as_csv(CENTRAL))
    for account in ("supervisor", "other_sysadmin"):
        for path in ("", "/rows", "/file"):
            assert as_(account).get(f"{IMPORTS}/{run['id']}{path}").status_code == 404, account
    # Another district's names are nobody's: neither found nor suggested.
    run = looked_through(as_("other_sysadmin"), as_csv(("L1", "临水分校", "学校", "实验小学", "")))
    assert "实验小学" not in str(rows_of(as_("other_sysadmin"), run)[0]["faults"])


def test_names_of_units_are_given_by_those_who_keep_them(as_: As) -> None:
    """A new unit comes with its other names; those of one that is there are the supervision office's to keep."""
    client = as_("sysadmin")
    run = looked_through(client, as_csv(("实验小学", "实小"), ("东关小学", "东小"), heads=("名称", "别名")))
    assert faults(rows_of(client, run, kind="wrong")) == [
        (2, "aliases", "已有单位的别名由督查室维护，请把这一格改回原样或留空", []),
        (3, "kind", "类别必须填写", []),
    ]


@pytest.mark.parametrize("missing", ["units2", "", "{}"])
def test_a_resource_that_there_is_not(as_: As, missing: str) -> None:
    assert send(as_("sysadmin"), as_csv(CENTRAL), resource=missing).status_code in (404, 422)


def test_a_new_name_from_a_table_is_a_renaming_and_a_taken_one_is_refused(as_: As) -> None:
    client = as_("sysadmin")
    code = unit(client, "实验小学")["code"]
    heads = ("单位编码", "单位名称", "类别")
    taken = as_csv((code, "第一中学", "学校"), heads=heads)
    ((_, column, why, _),) = faults(rows_of(client, looked_through(client, taken), kind="wrong"))
    assert (column, why) == ("name", "已有同名的单位，请改用别的名称")
    run = looked_through(client, as_csv((code, "青川外国语小学", "学校"), heads=heads), mode="commit")
    named = unit(client, "青川外国语小学")
    assert [each["name"] for each in named["aliases"]] == ["实验小学"]
    assert [(each["old_name"], each["new_name"]) for each in named["history"]] == [("实验小学", "青川外国语小学")]
    beneath = looked_through(client, as_csv(("N1", "东关教学点", "学校", "实验小学", "")))
    assert counts(beneath) == (1, 0, 0, 0), "older tables still find it"
    ok(client.post(f"{IMPORTS}/{run['id']}/undo"))
    back = unit(client, "实验小学")
    assert [each["name"] for each in back["aliases"]] == ["青川外国语小学"] and len(back["history"]) == 2
    two = (unit(client, "第一中学")["code"], "外国语学校", "学校"), (code, "外国语学校", "学校")
    run = looked_through(client, as_csv(*two, heads=heads))
    assert [fault[:2] for fault in faults(rows_of(client, run, kind="wrong"))] == [(3, "name")]


NAMES = ("单位编码", "单位名称", "类别", "上级单位", "别名")


def test_the_schools_of_a_renamed_unit_may_call_it_by_its_new_name(as_: As) -> None:
    client = as_("sysadmin")
    central = unit(client, "柳林镇中心校")
    rows = (central["code"], "柳林学区中心校", "中心校", "", ""), ("N1", "柳林教学点", "学校", "柳林学区中心校", "")
    for order in (rows, rows[::-1]):
        assert counts(looked_through(client, as_csv(*order, heads=NAMES))) == (1, 1, 0, 0)
    looked_through(client, as_csv(*rows, heads=NAMES), mode="commit")
    assert unit(client, "柳林教学点")["parent_id"] == central["id"] == unit(client, "柳林学区中心校")["id"]


def test_a_unit_may_be_called_as_a_group_is(as_: As, world: World) -> None:
    """As by its page: a renaming is refused where another unit is called so."""
    client = as_("sysadmin")
    group = {"name": "教研室集体", "rule": {"includes": [world.unit["人事股"]]}}
    ok(as_("supervisor").post(f"{API}/unit-groups", json=group), 201)
    code = unit(client, "实验小学")["code"]
    run = looked_through(client, as_csv((code, "教研室集体", "学校", "", ""), heads=NAMES))
    assert counts(run) == (0, 1, 0, 0), rows_of(client, run)


def test_a_former_name_is_no_others_alias_in_the_same_file(as_: As) -> None:
    client = as_("sysadmin")
    code = unit(client, "实验小学")["code"]
    rows = (code, "青川外国语小学", "学校", "", ""), ("N1", "东关小学", "学校", "", "实验小学")
    run = looked_through(client, as_csv(*rows, heads=NAMES))
    assert [fault[:2] for fault in faults(rows_of(client, run, kind="wrong"))] == [(3, "aliases")]


def test_a_renaming_is_not_taken_back_where_another_is_called_so_by_now(as_: As) -> None:
    client = as_("sysadmin")
    code = unit(client, "实验小学")["code"]
    run = looked_through(client, as_csv((code, "青川外国语小学", "学校", "", ""), heads=NAMES), mode="commit")
    ok(client.post(f"{API}/units", json={"code": "N1", "name": "实验小学", "kind": "school"}), 201)
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "name_taken") and "N1" in refused.text
    assert unit(client, "青川外国语小学")["code"] == code


def test_the_log_says_of_each_unit_what_it_was_and_what_it_became(as_: As, world: World) -> None:
    client, auditor = as_("sysadmin"), as_("auditor")
    looked_through(client, as_csv(SCHOOL, CENTRAL), mode="commit")
    school, centre = unit(client, "青山小学"), unit(client, "青山镇中心校")

    def told(of: int, resource: str = "unit") -> list[tuple[str, Any, Any]]:
        events = ok(auditor.get(f"{API}/events?resource={resource}&resource_id={of}"))["data"]
        return [(each["operation"], each["before"], each["after"]) for each in events]

    (placed, made) = told(school["id"])
    assert placed == ("unit.import", {"parent_id": world.district}, {"parent_id": centre["id"]})
    assert made[1] is None and made[2]["kind"] == "school" and made[2]["stages"] == {"entries": 1}
    again = looked_through(client, as_csv((school["code"], "初中"), heads=("编码", "学段")), mode="commit")
    # Another list of as many entries is another list.
    assert told(school["id"])[0] == ("unit.import", {"stages": {"entries": 1}}, {"stages": {"entries": 1}})
    ok(client.post(f"{IMPORTS}/{again['id']}/undo"))
    assert told(school["id"])[0][0] == "unit.undo_import"
    named = as_csv(("N8", "河湾小学", "学校", "河湾校区"), heads=("编码", "名称", "类别", "别名"))
    run = looked_through(client, named, mode="commit")
    (alias,) = ok(auditor.get(f"{API}/events?resource=unit_alias&operation=unit.import"))["data"]
    assert alias["after"]["unit_id"] == unit(client, "河湾小学")["id"] and alias["before"] is None
    ok(client.post(f"{IMPORTS}/{run['id']}/undo"))
    (gone,) = ok(auditor.get(f"{API}/events?resource=unit_alias&operation=unit.undo_import"))["data"]
    assert (gone["before"], gone["after"]) == (alias["after"], None)
