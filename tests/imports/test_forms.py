"""Ledgers that are written as their forms write them: what each holds, with tables that fit the small bureau."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.filings.steps import ADOPTED, LAST, filed
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of, send
from tests.liaison_visits import steps as visits
from tests.venue_activities import steps as venues
from tests.walk.steps import API, evidence, ok
from tests.world import World


def day(n: int) -> str:
    on: date = today_of(now()) + timedelta(days=n)
    return on.isoformat()


class Table(NamedTuple):
    account: str
    heads: tuple[str, ...]
    new: tuple[Cells, ...]
    changed: Cells
    """The first row, put right."""
    field: str
    """Of the first row, what is put right."""
    wrong: dict[str, Cells]
    """Column → a row that is wrong there."""
    refused: str = "leader"
    """Who may not import it."""


GROUP = ("实验小学", "清廉学校建设领导小组", "林青", "高岩", "何静、方远", "实验小学", day(-30), "")
FILED = ("实验小学", "学校章程", "实验小学章程", "实小〔2026〕1号", ADOPTED, "")
VISIT = (day(-0), "教育股", "第一中学", "张晓梅", "查看收费公示和台账。", "")
HELD = ("", "讲座", "廉洁文化讲座", "德育处", "报告厅", day(5), "９：00", "全体教师", "60人", "")
BRIEF = ("", "亮点", "家风微课进课堂", "2026年1月5日", "开设微课十二节。", "")
SPANS = tuple(f"{day(10 * n)} 至 {day(10 * n + 9)}" for n in range(4))
CAMPAIGN = (
    "计财股",
    "教育收费专项检查",
    "要点第十四项",
    "纠正违规收费。",
    "是",
    "人事股、教育股",
    "各幼儿园",
    "",
    "",
    *SPANS,
)
TABLES = {
    "leading-groups": Table(
        "school",
        ("学校", "小组名称", "组长", "副组长", "小组成员", "办公室设在", "成立时间", "撤销时间"),
        (GROUP, ("", "收费整治小组", "林青", "", "", "", day(-90), day(-60))),
        (*GROUP[:4], "何静、郭岚", *GROUP[5:]),
        "members",
        {
            "unit": ("第一中学", *GROUP[1:]),
            "valid_from": ("", "后勤小组", *GROUP[2:6], day(1), ""),
            "valid_to": ("", "后勤小组", *GROUP[2:6], day(-9), day(-10)),
            "leader": ("", "后勤小组", "", *GROUP[3:]),
            "office_unit_id": ("", "后勤小组", *GROUP[2:5], "没有的股室", "", ""),
        },
    ),
    "filings": Table(
        "school",
        ("单位", "备案类别", "名称", "文号", "通过时间", "年度"),
        (FILED, ("", "一校一案", "减负方案", "", f"{LAST}-09-01", f"{LAST}年度")),
        ("", "章程", "实验小学章程（修订）", *FILED[3:]),
        "title",
        {
            "unit": ("第一中学", *FILED[1:]),
            "adopted_on": ("", "议事规则", "规则", "", day(1), ""),
            "kind": ("", "总结", *FILED[2:]),
            "title": ("", "议事规则", "", *FILED[3:]),
        },
    ),
    "liaison-visits": Table(
        "education",
        ("走访时间", "包联单位", "学校", "走访人员", "走访情况", "存在问题"),
        (VISIT, (VISIT[0], "", "第一中学", "陈立", "与校长交流整改。", "公示栏陈旧。")),
        ("", "", "", "", "", ""),
        "visitors",
        {
            "office": (VISIT[0], "人事股", *VISIT[2:]),
            "school": (VISIT[0], "", "实验小学", *VISIT[3:]),
            "visited_on": (day(-1), *VISIT[1:]),
            "content": (VISIT[0], "", "第一中学", "张晓梅", "", ""),
        },
        "school",
    ),
    "venue-activities": Table(
        "school",
        ("单位", "活动类别", "活动主题", "主办部门", "活动地点", "活动日期", "时间", "对象", "人数", "审核人"),
        (HELD, ("", "社团", "书法社汇报", "少先队", "操场", day(6), "", "五年级", "120", "高岩")),
        (*HELD[:4], "阶梯教室", *HELD[5:]),
        "place",
        {
            "unit": ("第一中学", *HELD[1:]),
            "held_on": ("", "讲座", "昨天的讲座", *HELD[3:5], day(0), *HELD[6:]),
            "begins": ("", "讲座", "晚讲座", *HELD[3:6], "25:00", *HELD[7:]),
            "expected": ("", "讲座", "大讲座", *HELD[3:8], "很多", ""),
            "host": ("", "讲座", "无主讲座", "", *HELD[4:]),
        },
    ),
    "campaigns": Table(
        "supervisor",
        (
            *("牵头股室", "专项名称", "文件依据", "目的", "是否涉及收费", "参加股室", "单位组", "自查单位", "领导小组"),
            *("自查阶段", "检查时间", "整改时间", "总结起止"),
        ),
        (CAMPAIGN, ("", "小金库清理", *CAMPAIGN[2:4], "", "", "", "实验小学，第一中学", "", *SPANS)),
        (*CAMPAIGN[:3], "查清违规收费。", *CAMPAIGN[4:]),
        "purpose",
        {
            "unit": ("实验小学", "甲", *CAMPAIGN[2:]),
            "title": ("", "", *CAMPAIGN[2:]),
            "office_ids": ("", "乙", *CAMPAIGN[2:5], "实验小学", *CAMPAIGN[6:]),
            "unit_group_id": ("", "丙", *CAMPAIGN[2:6], "没有的组", *CAMPAIGN[7:]),
            "unit_ids": ("", "丁", *CAMPAIGN[2:7], "派驻组", *CAMPAIGN[8:]),
            "leading_group_id": ("", "戊", *CAMPAIGN[2:8], "没有的小组", *SPANS),
            "self_check": ("", "己", *CAMPAIGN[2:9], f"{day(9)} 至 {day(0)}", *SPANS[1:]),
            "inspection": ("", "庚", *CAMPAIGN[2:9], SPANS[0], f"{day(5)} 至 {day(19)}", *SPANS[2:]),
        },
    ),
    "briefs": Table(
        "school",
        ("单位", "信息类别", "题目", "日期", "正文", "网址"),
        (BRIEF, ("实验小学", "宣传报道", "校园清风", day(-3), "见链接。", "https://www.example.com/a")),
        ("", "经验", *BRIEF[2:]),
        "kind",
        {
            "unit": ("第一中学", *BRIEF[1:]),
            "written_on": ("", "亮点", "明天的事", day(1), "正文。", ""),
            "link": ("", "宣传", "没有网址", day(-1), "正文。", ""),
            "text": ("", "亮点", "没有正文", day(-1), "", ""),
        },
    ),
}
TABLES["liaison-visits"] = TABLES["liaison-visits"]._replace(
    changed=(VISIT[0], "", "第一中学", "张晓梅、周敏", VISIT[4], "")
)


@pytest.fixture(params=list(TABLES))
def resource(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def imported(client: Any, resource: str, *rows: Cells, mode: str = "commit") -> dict[str, Any]:
    content = as_csv(*rows, heads=TABLES[resource].heads)
    return looked_through(client, content, "台账.csv", resource=resource, mode=mode)


def listed(client: Any, resource: str) -> list[dict[str, Any]]:
    """Oldest first, without what every write moves on."""
    found = ok(client.get(f"{API}/{resource}?limit=200&sort=id"))["data"]
    return sorted(found, key=lambda row: int(row["id"]))


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("version", "updated_at")}


def test_a_table_is_written_once_put_right_taken_back_and_goes_out_as_it_comes_in(as_: As, resource: str) -> None:
    table = TABLES[resource]
    client = as_(table.account)
    run = imported(client, resource, *table.new, mode="commit-valid")
    assert faults(rows_of(client, run)) == [] and counts(run) == (2, 0, 0, 0)
    made = listed(client, resource)
    assert len(made) == 2
    assert counts(imported(client, resource, *table.new)) == (0, 0, 2, 0)
    for suffix in ("csv", "xlsx"):
        ledger = client.get(f"{API}/{resource}.{suffix}").content
        again = looked_through(client, ledger, f"台账.{suffix}", resource=resource, mode="commit")
        assert counts(again) == (0, 0, 2, 0), (suffix, rows_of(client, again))
    assert listed(client, resource) == made
    # What is put right is told, and may be taken back; so may what was made.
    mended = imported(client, resource, table.changed, mode="commit-valid")
    assert counts(mended) == (0, 1, 0, 0), rows_of(client, mended)
    after = listed(client, resource)[0]
    assert after[table.field] != made[0][table.field] and after["version"] == made[0]["version"] + 1
    assert ok(client.post(f"{IMPORTS}/{mended['id']}/undo"))["state"] == "undone"
    assert [said(row) for row in listed(client, resource)] == [said(row) for row in made]
    assert client.post(f"{IMPORTS}/{run['id']}/undo").status_code == 409, "touched since"
    assert send(as_(table.refused), as_csv(*table.new, heads=table.heads), resource=resource).status_code == 403


def test_each_wrong_cell_is_named_and_what_is_made_may_be_taken_back(as_: As, resource: str) -> None:
    table = TABLES[resource]
    client = as_(table.account)
    run = imported(client, resource, *table.wrong.values(), mode="preview")
    found = {number: column for number, column, *_ in faults(rows_of(client, run))}
    assert list(found.values()) == list(table.wrong), rows_of(client, run)
    first = imported(client, resource, *table.new)
    assert ok(client.post(f"{IMPORTS}/{first['id']}/undo"))["state"] == "undone"
    assert listed(client, resource) == []


# What is no longer its unit's to change: the table says so, and goes out and comes in all the same


def _filed(as_: As, world: World) -> None:
    filed(as_("school"), title="实验小学章程", document_number="实小〔2026〕1号")


def _confirmed(as_: As, world: World) -> None:
    visits.visited(as_("education"), visits.pair(as_, world), content=VISIT[4], visitors="张晓梅")
    (row,) = listed(as_("middle"), "liaison-visits")
    ok(as_("middle").post(f"{API}/liaison-visits/{row['id']}/confirm"))


def _approved(as_: As, world: World) -> None:
    row = venues.registered(as_("school"), held_on=day(5))
    ok(as_("supervisor").post(f"{API}/venue-activities/{row['id']}/approve"))


def _submitted(as_: As, world: World) -> None:
    words = {"kind": "highlight", "title": "家风微课进课堂", "text": "开设微课十二节。", "written_on": "2026-01-05"}
    row = ok(as_("school").post(f"{API}/briefs", json=words), 201)
    ok(as_("school").post(f"{API}/briefs/{row['id']}/submit"))


def _dissolved(as_: As, world: World) -> None:
    words = {"name": GROUP[1], "leader": "林青", "members": ["何静"], "valid_from": day(-30)}
    row = ok(as_("school").post(f"{API}/leading-groups", json=words), 201)
    ok(as_("school").post(f"{API}/leading-groups/{row['id']}/dissolve"))


@pytest.mark.parametrize(
    ("name", "settle"),
    [
        ("leading-groups", _dissolved),
        ("filings", _filed),
        ("liaison-visits", _confirmed),
        ("venue-activities", _approved),
        ("briefs", _submitted),
    ],
)
def test_what_is_settled_stays(as_: As, world: World, name: str, settle: Callable[[As, World], None]) -> None:
    settle(as_, world)
    table = TABLES[name]
    client = as_(table.account)
    ledger = client.get(f"{API}/{name}.csv").content
    again = looked_through(client, ledger, "台账.csv", resource=name, mode="commit")
    assert counts(again) == (0, 0, 1, 0), rows_of(client, again)
    row = ("", "章程", "另一份章程", "", "", "1") if name == "filings" else table.changed
    heads = (*table.heads[:5], "版次") if name == "filings" else table.heads
    content = as_csv(row, heads=heads)
    run = looked_through(client, content, "台账.csv", resource=name, mode="preview")
    assert counts(run) == (0, 0, 0, 1), rows_of(client, run)


def test_a_new_composition_keeps_how_the_group_was_until_it_is_taken_back(as_: As) -> None:
    school = as_("school")
    imported(school, "leading-groups", GROUP)
    (first,) = listed(school, "leading-groups")
    heads = (*TABLES["leading-groups"].heads[:7], "现组成起")
    later = as_csv((*GROUP[:4], "何静、郭岚", *GROUP[5:7], day(-5)), heads=heads)
    run = looked_through(school, later, "小组.csv", resource="leading-groups", mode="commit")
    assert counts(run) == (0, 1, 0, 0)
    one = ok(school.get(f"{API}/leading-groups/{first['id']}"))
    assert (one["number"], one["since"], one["versions"][0]["content"]["members"]) == (2, day(-5), ["何静", "方远"])
    assert counts(looked_through(school, later, "小组.csv", resource="leading-groups")) == (0, 0, 1, 0)
    ok(school.post(f"{IMPORTS}/{run['id']}/undo"))
    back = ok(school.get(f"{API}/leading-groups/{first['id']}"))
    assert (back["number"], back["since"], back["members"], back["versions"]) == (1, day(-30), ["何静", "方远"], [])
    # The supervision office brings in any school's.
    both = (("第一中学", *GROUP[1:]), ("第一幼儿园", *GROUP[1:]))
    assert counts(imported(as_("supervisor"), "leading-groups", *both)) == (2, 0, 0, 0)


def test_what_got_its_papers_is_not_taken_back(as_: As) -> None:
    school = as_("school")
    run = imported(school, "filings", FILED)
    (row,) = listed(school, "filings")
    evidence(school, "章程全文", target="filings", target_id=str(row["id"]))
    refused = school.post(f"{IMPORTS}/{run['id']}/undo")
    assert refused.status_code == 409 and "第 2 行的备案已有资料" in refused.json()["detail"]
    assert len(listed(school, "filings")) == 1
