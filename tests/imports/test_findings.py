"""Findings from a table: drafts of an inspection that goes on, by its team; unknown to whoever must not know of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.identity.conftest import later as later  # the fixture
from tests.imports.tables import FINDINGS, IMPORTS, as_csv, counts, faults, looked_through, rows_of, send
from tests.walk.steps import API, finding, inspection, ok
from tests.world import World

HEADS = ("督查", "编号", "被查单位", "问题类别", "问题描述", "依据", "严重程度", "整改要求", "时限")
FOUND = ("", "", "实验小学", "教育收费", "收费公示不全。", "", "较重", "补齐公示。", "")


def table(client: Any, *rows: Any, heads: Any = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "问题.csv", resource="findings", **fields)


def ongoing(as_: As, world: World, *units: str, **fields: Any) -> dict[str, Any]:
    made = inspection(as_, [world.unit[name] for name in units], **fields)
    return ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))  # type: ignore[no-any-return]


def drafts(as_: As, made: dict[str, Any]) -> list[dict[str, Any]]:
    return ok(as_("supervisor").get(f"{API}/findings?inspection_id={made['id']}"))["data"]  # type: ignore[no-any-return]


def visits(as_: As, made: dict[str, Any]) -> list[str]:
    found = ok(as_("supervisor").get(f"{API}/inspections/{made['id']}/visits"))["data"]
    return sorted(visit["unit_name"] for visit in found)


def test_findings_become_drafts_and_then_nothing_changes(as_: As, world: World) -> None:
    made, client = ongoing(as_, world, "实验小学", "第一中学"), as_("supervisor")
    run = table(
        client, FOUND, ("收费公示检查", "", "第一中学", "其他", "无人值班。", "", "一般", "排班。", "2199-01-01")
    )
    assert counts(run) == (2, 0, 0, 0) and drafts(as_, made) == []
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    found = {each["unit_name"]: each for each in drafts(as_, made)}
    assert (found["实验小学"]["severity"], found["实验小学"]["state"]) == ("major", "draft")
    assert found["第一中学"]["deadline_on"] == "2199-01-01" and found["实验小学"]["number"] is None
    assert visits(as_, made) == ["实验小学", "第一中学"]
    operations = [event["operation"] for event in ok(as_("auditor").get(f"{API}/events"))["data"][:5]]
    assert operations == ["import_run.commit", *["finding.create"] * 2, *["visit.record"] * 2]
    again = table(client, FOUND, mode="commit")
    assert counts(again) == (0, 0, 1, 0) and len(drafts(as_, made)) == 2
    changed = table(client, (*FOUND[:6], "严重", "限期补齐公示。", ""), mode="commit")
    assert counts(changed) == (0, 1, 0, 0)
    assert {each["unit_name"]: each["severity"] for each in drafts(as_, made)}["实验小学"] == "serious"


def test_each_wrong_cell_is_named_with_what_may_have_been_meant(as_: As, world: World) -> None:
    ongoing(as_, world, "实验小学", "第一中学")
    yesterday = (today_of(now()) - timedelta(days=1)).isoformat()
    run = table(
        as_("supervisor"),
        ("", "", "柳林小学", *FOUND[3:]),
        ("", "", "实验小", *FOUND[3:]),
        (*FOUND[:4], "另一个问题。", "", "很重", "", yesterday),
        ("收费公示", *FOUND[1:]),
        ("", "2019-督-001", *FOUND[2:]),
        FOUND,
        FOUND,
        ("收费公示", "", "实验小", *FOUND[3:8], yesterday),
        ("", "2019-督-001", "实验小", "长" * 300, *FOUND[4:8], yesterday),
    )
    found = faults(rows_of(as_("supervisor"), run, kind="wrong"))
    assert [(number, column) for number, column, _, _ in found] == [
        (2, "unit"),
        (3, "unit"),
        (4, "severity"),
        (4, "deadline_on"),
        (4, "correction"),
        (5, "inspection"),
        (6, "number"),
        (8, "description"),
        *((9, column) for column in ("unit", "inspection", "deadline_on")),
        *((10, column) for column in ("number", "unit", "category")),
    ]
    assert found[0][2:] == ("不是这次督查的被查单位，可选：实验小学、第一中学", [])
    assert found[1][3][0] == "实验小学" and found[5][2:] == ("没有这次督查", ["收费公示检查"])
    assert found[3][2] == f"整改时限 {yesterday} 已过，请改为今天或以后"


def test_only_the_team_of_an_inspection_that_goes_on_records_in_it(as_: As, world: World) -> None:
    made = ongoing(as_, world, "实验小学")
    titled = ("收费公示检查", *FOUND[1:])
    for account in ("school", "leader", "education"):
        run = table(as_(account), titled)
        (fault,) = faults(rows_of(as_(account), run))
        known = account != "education"  # neither inspected nor in the team
        assert fault[2] == ("您不能对这一项“记录问题”" if known else "没有这次督查"), account
    for account in ("sysadmin", "secadmin", "auditor"):
        assert send(as_(account), as_csv(FOUND, heads=HEADS), resource="findings").status_code == 403, account
    finding(as_, made["id"], world.unit["实验小学"])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/report"))
    run = table(as_("supervisor"), titled, FOUND)
    assert [detail for _, _, detail, _ in faults(rows_of(as_("supervisor"), run))] == [
        "当前是“已报告”，不能“记录问题”",
        "没有您可以记录问题的、检查中的督查",
    ]


def test_an_unannounced_inspection_is_not_there_for_whoever_is_inspected(as_: As, world: World) -> None:
    """Word for word what is said of one that nobody ever planned: of its title, its findings and what may be meant."""
    for account, unit in (("school", "实验小学"), ("central", "柳林小学"), ("education", "第一中学")):
        title = f"{unit}夜间暗访"
        made = ongoing(as_, world, unit, mode="unannounced", title=title)
        found = finding(as_, made["id"], world.unit[unit], description="深夜无人值守。")
        rows = (
            (title, "", unit, "其他", "深夜无人值守。", "", "一般", "排班。", ""),
            ("从未有过的暗访", "", unit, "其他", "深夜无人值守。", "", "一般", "排班。", ""),
        )
        client = as_(account)
        told = faults(rows_of(client, table(client, *rows)))
        assert [each[1:] for each in told] == [("inspection", "没有这次督查", [])] * 2, account
        (bare,) = faults(rows_of(client, table(client, ("", *rows[0][1:]))))
        assert bare[2] == "没有您可以记录问题的、检查中的督查"
        assert ok(as_("supervisor").get(f"{API}/findings/{found['id']}"))["version"] == 1


def test_the_ledger_comes_back_unchanged_and_what_is_issued_stays(as_: As, world: World) -> None:
    made = ongoing(as_, world, "实验小学", "第一中学")
    issued = finding(as_, made["id"], world.unit["实验小学"])
    ok(as_("supervisor").post(f"{API}/findings/{issued['id']}/issue"))
    finding(as_, made["id"], world.unit["第一中学"], description="无人值班。", basis="值班制度")
    severity = {"minor": "一般", "major": "较重", "serious": "严重"}
    rows = []
    for each in drafts(as_, made):
        seen = (each["number"] or "", each["visited_on"], "明察", each["unit_name"], "督查室", each["category"])
        words = (each["description"], each["basis"] or "", severity[each["severity"]], 0, each["correction"])
        rows.append((*seen, *words, each["deadline_on"] or "", ""))
    assert counts(table(as_("supervisor"), *rows, heads=FINDINGS)) == (0, 0, 2, 0)
    row = next(row for row in rows if row[0])
    run = table(as_("supervisor"), (*row[:10], "另一个要求", *row[11:]), heads=FINDINGS)
    assert faults(rows_of(as_("supervisor"), run)) == [(2, "", "当前是“已下达”，不能“修改”", [])]


def test_a_batch_is_taken_back_with_the_visits_it_made(as_: As, world: World) -> None:
    made, client = ongoing(as_, world, "实验小学", "第一中学"), as_("supervisor")
    held = finding(as_, made["id"], world.unit["实验小学"], description="台账不全。")
    other = ("", "", "第一中学", "其他", "无人值班。", "", "一般", "排班。", "")
    change = ("", "", "实验小学", "其他", "台账不全。", "", "严重", "", "2199-01-01")
    run = table(client, FOUND, other, change, mode="commit")
    assert counts(run) == (2, 1, 0, 0) and visits(as_, made) == ["实验小学", "第一中学"]
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    (left,) = drafts(as_, made)
    assert {name: left[name] for name in ("id", "severity", "category", "deadline_on")} == {
        "id": held["id"],
        "severity": "major",
        "category": "教育收费",
        "deadline_on": None,
    }
    assert visits(as_, made) == ["实验小学"]
    run = table(client, FOUND, mode="commit")
    new = next(each for each in drafts(as_, made) if each["id"] != held["id"])
    ok(client.post(f"{API}/findings/{new['id']}/issue"))
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched")


def test_a_changed_deadline_is_taken_back_also_once_the_old_day_has_passed(
    as_: As, world: World, later: Callable[..., None]
) -> None:
    made, client = ongoing(as_, world, "实验小学"), as_("supervisor")
    tomorrow = (today_of(now()) + timedelta(days=1)).isoformat()
    finding(as_, made["id"], world.unit["实验小学"], description="台账不全。", deadline_on=tomorrow)
    run = table(client, ("", "", "实验小学", "", "台账不全。", "", "", "", "2199-01-01"), mode="commit")
    assert counts(run) == (0, 1, 0, 0)
    later(days=3)
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    (back,) = drafts(as_, made)
    assert back["deadline_on"] == tomorrow
    # Whoever writes the day by hand is told all the same that it has passed.
    patch = {"json": {"deadline_on": (today_of(now()) + timedelta(days=2)).isoformat()}}
    edited = client.patch(f"{API}/findings/{back['id']}", headers={"if-match": f'"{back["version"]}"'}, **patch)
    assert edited.status_code == 422
