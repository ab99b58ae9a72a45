"""Appointments from a table: a school's clerk brings in their own, the supervisor the district's."""

from datetime import date, timedelta
from typing import Any

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of, send
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("任职单位", "姓名", "职务", "责任类别", "分管", "分管科室", "任职时间", "离任日期")
SECRETARY = ("实验小学", "林青", "党支部书记", "第一责任人", "全面工作", "", "2026.9.1", "")


def day(n: int) -> str:
    on: date = today_of(now()) + timedelta(days=n)
    return on.isoformat()


def imported(client: Any, *rows: Cells, mode: str = "commit", heads: Cells = HEADS) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "任职.csv", resource="appointments", mode=mode)


def people(client: Any) -> list[tuple[str, ...]]:
    found = ok(client.get(f"{API}/appointments?limit=200"))["data"]
    return [(each["unit_name"], each["name"], each["post"], each["valid_from"], each["valid_to"]) for each in found]


def test_a_table_is_taken_in_and_an_exported_one_changes_nothing(as_: As) -> None:
    supervisor = as_("supervisor")
    leader = ("青川区教育局", "贺春明", "副局长", "一岗双责", "人事、财务", "人事股、计财股", "", "")
    run = imported(supervisor, SECRETARY, leader, ("实验小学", "高岩", "校长", "主要责任人", "", "", "", ""))
    assert counts(run) == (3, 0, 0, 0) and run["state"] == "committed"
    (bureau, *_) = ok(supervisor.get(f"{API}/appointments?q=贺春明"))["data"]
    assert (bureau["in_charge_unit_names"], bureau["valid_from"]) == (["人事股", "计财股"], day(0))
    for suffix in ("csv", "xlsx"):
        content = supervisor.get(f"{API}/appointments.{suffix}").content
        again = looked_through(supervisor, content, f"任职.{suffix}", resource="appointments", mode="commit")
        assert counts(again) == (0, 0, 3, 0), suffix
    own = as_("school").get("/appointments.csv").content
    again = looked_through(as_("school"), own, "任职.csv", resource="appointments", mode="commit")
    assert counts(again) == (0, 0, 2, 0)


def test_what_changes_is_told_and_may_be_taken_back(as_: As) -> None:
    school = as_("school")
    imported(school, SECRETARY)
    before = ok(school.get(f"{API}/appointments"))["data"][0]
    run = imported(school, ("实验小学", "林青", "党支部书记", "重要责任人", "行政工作", "", "", day(0)))
    assert counts(run) == (0, 1, 0, 0)
    now_ = ok(school.get(f"{API}/appointments"))["data"][0]
    assert (now_["duty"], now_["in_charge_of"]) == ("important_responsible_person", "行政工作")
    assert now_["valid_to"] == day(0) and now_["version"] == before["version"] + 1
    assert ok(school.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    after = ok(school.get(f"{API}/appointments"))["data"][0]
    beside = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in beside} == {k: v for k, v in before.items() if k not in beside}
    first = imported(school, ("实验小学", "高岩", "校长", "重要责任人", "", "", "", ""))
    assert ok(school.post(f"{IMPORTS}/{first['id']}/undo"))["state"] == "undone"
    assert len(people(school)) == 1


def test_a_unit_brings_in_its_own_people_alone(as_: As, world: World) -> None:
    run = imported(as_("school"), SECRETARY, ("第一中学", "郑宁", "书记", "第一责任人", "", "", "", ""), mode="preview")
    ((number, column, why, _),) = faults(rows_of(as_("school"), run, kind="wrong"))
    assert (number, column, why) == (3, "unit", "只能登记本单位的人员")
    refused = send(as_("leader"), as_csv(SECRETARY, heads=HEADS), "任职.csv", resource="appointments")
    assert refused.status_code == 403


def test_each_wrong_cell_is_named(as_: As) -> None:
    supervisor = as_("supervisor")
    ended = ("实验小学", "旧人", "校长", "重要责任人", "", "", day(-90), day(-30))
    imported(supervisor, SECRETARY, ended)
    rows = (
        ("实验小校", "甲", "书记", "第一责任人", "", "", "", ""),
        ("实验小学", "", "书记", "第一责任人", "", "", "", ""),
        ("实验小学", "乙", "书记", "第一", "", "", "", ""),
        ("实验小学", "丙", "书记", "第一责任人", "", "人事股", "", ""),
        ("青川区教育局", "丁", "副局长", "一岗双责", "", "实验小学", "", ""),
        ("实验小学", "戊", "书记", "第一责任人", "", "", "2026-02-30", ""),
        ("实验小学", "己", "书记", "第一责任人", "", "", day(0), day(-1)),
        (*ended[:4], "后勤", "", day(-90), ""),
        SECRETARY,
        SECRETARY,
        ("实验小学", "长" * 101, "书记", "第一责任人", "", "", "", ""),
    )
    run = imported(supervisor, *rows, mode="preview")
    assert counts(run) == (0, 0, 1, 10)
    found = {number: (column, why) for number, column, why, _ in faults(rows_of(supervisor, run, kind="wrong"))}
    assert {number: column for number, (column, _) in found.items()} == {
        2: "unit", 3: "name", 4: "duty", 5: "in_charge_units", 6: "in_charge_units", 7: "valid_from", 8: "valid_to",
        9: "", 11: "", 12: "name",
    }  # fmt: skip
    assert "已于" in found[9][1] and "同一项任职" in found[11][1]


def test_a_second_first_person_is_named_and_a_successor_taken_in(as_: As) -> None:
    school = as_("school")
    imported(school, SECRETARY)
    next_one = ("实验小学", "郭岚", "党支部书记", "第一责任人", "", "", day(5), "")
    run = imported(school, next_one, mode="preview")
    ((number, column, why, _),) = faults(rows_of(school, run, kind="wrong"))
    assert (number, column) == (2, "duty") and "已有第一责任人林青（2026-09-01 起）" in why
    handed_over = (*SECRETARY[:7], day(5)), next_one
    run = imported(school, *handed_over)
    assert counts(run) == (1, 1, 0, 0)
    assert counts(imported(school, *handed_over)) == (0, 0, 2, 0)
    # What one import did is not taken back where two would be first.
    later = imported(school, (*next_one[:7], day(9)), mode="commit")
    third = {"name": "方远", "post": "书记", "duty": "primary_responsible_person", "valid_from": day(9)}
    ok(school.post(f"{API}/appointments", json=third), 201)
    refused = school.post(f"{IMPORTS}/{later['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "two_first")


def test_people_of_other_units_come_back_unchanged_or_are_refused(as_: As) -> None:
    """An office reads those of the units that it answers for; what it does not keep it cannot change, nor guess."""
    supervisor, office = as_("supervisor"), as_("office")
    bureau = ("青川区教育局", "贺春明", "副局长", "一岗双责", "人事", "人事股", "2026-09-01", "")
    imported(supervisor, SECRETARY, bureau, ("教育股", "周敏", "股长", "直接责任人", "", "", "2026-09-01", ""))
    for suffix in ("csv", "xlsx"):
        content = office.get(f"{API}/appointments.{suffix}").content
        run = looked_through(office, content, f"任职.{suffix}", resource="appointments", mode="commit")
        assert counts(run)[:2] == (0, 0) and run["unchanged_count"] == run["row_count"] > 0, suffix
        assert faults(rows_of(office, run)) == []
    read = {person[1] for person in people(office)}
    assert "贺春明" in read
    run = imported(office, (*bureau[:4], "财务", *bureau[5:]), (*bureau[:2], "局长", *bureau[3:]), mode="preview")
    said = faults(rows_of(office, run))
    kept = "这是青川区教育局登记的人员，只能由它改动，请照原样填写，或删去这一行"
    assert [each[:3] for each in said] == [(2, "in_charge_of", kept), (3, "unit", "只能登记本单位的人员")]
    # Whom it may not read is answered alike, whether there or not.
    hidden = ("第一中学", "郑宁", "书记", "第一责任人", "", "", "2026-09-01", "")
    imported(as_("middle"), hidden)
    if "郑宁" not in {person[1] for person in people(office)}:
        run = imported(office, hidden, ("第一中学", "无此人", *hidden[2:]), mode="preview")
        assert [each[1:3] for each in faults(rows_of(office, run))] == [("unit", "只能登记本单位的人员")] * 2
