"""Risk points from a table: a unit brings in its own with their measures; its ledger brought back changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import As
from tests.identity.conftest import later as later  # the fixture
from tests.imports.tables import IMPORTS, as_csv, counts, faults, looked_through, rows_of, send
from tests.integrity_risks.steps import RISKS, ROUNDS, WORDS, controlled_by, day, identified, opened, read, step
from tests.integrity_risks.test_carrying import carry, stood
from tests.walk.steps import ok
from tests.world import World

HEADS = (
    "部门",
    "岗位",
    "职权事项",
    "廉政风险点",
    "表现形式",
    "风险类别",
    "可能性",
    "危害程度",
    "三重一大",
    "防控措施",
    "责任人",
    "时限",
)
ROW = (
    "总务处",
    "采购员",
    "采购",
    "价格虚高",
    "私下商定。",
    "工作流程",
    "３",
    "4.0",
    "",
    "三家比价。\n两人验收。",
    "何芳",
    "2199-01-02",
)


def table(client: Any, *rows: Any, heads: Any = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "台账.csv", resource="integrity-risks", **fields)


def test_risk_points_are_taken_in_with_their_measures_changed_and_taken_back(as_: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    run = table(school, ROW, (*ROW[:1], "出纳", *ROW[2:8], "是", *ROW[9:]), mode="commit")
    assert faults(rows_of(school, run)) == [] and counts(run) == (2, 0, 0, 0)
    other, first = (ok(school.get(f"{RISKS}/{row['id']}")) for row in ok(school.get(RISKS))["data"])
    assert (first["level"], other["level"], first["source"]) == ("medium", "high", "process")
    assert [each["text"] for each in first["measures"]] == ["三家比价。", "两人验收。"]
    assert {(each["responsible_person"], each["deadline_on"]) for each in first["measures"]} == {("何芳", "2199-01-02")}
    assert counts(table(school, ROW, mode="commit")) == (0, 0, 1, 0)
    changed = table(school, (*ROW[:6], "5", "5", *ROW[8:]), mode="commit")
    assert counts(changed) == (0, 1, 0, 0) and ok(school.get(f"{RISKS}/{first['id']}"))["level"] == "high"
    assert school.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "rows_touched"
    assert ok(school.post(f"{IMPORTS}/{changed['id']}/undo"))["state"] == "undone"
    assert ok(school.get(f"{RISKS}/{first['id']}"))["level"] == "medium"


def test_an_import_is_taken_back_while_nothing_was_submitted(as_: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    run = table(school, ROW, mode="commit")
    assert ok(school.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    assert ok(school.get(RISKS))["data"] == []


def test_a_changed_review_day_is_taken_back_also_once_the_old_one_has_come(
    as_: As, world: World, later: Callable[..., None]
) -> None:
    opened(as_("supervisor"), world)
    school, heads = as_("school"), (*HEADS, "复评日期")
    table(school, (*ROW, day(1)), heads=heads, mode="commit")
    changed = table(school, (*ROW, day(30)), heads=heads, mode="commit")
    assert counts(changed) == (0, 1, 0, 0)
    later(days=3)
    assert ok(school.post(f"{IMPORTS}/{changed['id']}/undo"))["state"] == "undone"
    assert [row["review_on"] for row in ok(school.get(RISKS))["data"]] == [day(1)]


def test_the_ledger_brought_back_changes_nothing(as_: As, world: World) -> None:
    asked = opened(as_("supervisor"), world, office_id=world.unit["人事股"])
    school = as_("school")
    for n in range(2):  # Two that are written alike are told by their numbers.
        row = identified(school, manifestation="=1+1")
        controlled_by(school, row, text=f"第 {n} 条", deadline_on=day(9))
        controlled_by(school, row, responsible_person="林青", responsible_leader="高岩")
    step(school, row, "submit")
    for account in ("school", "office"):
        for path in (f"{RISKS}.csv", f"{RISKS}.xlsx", f"{RISKS}/ledger.csv", f"{RISKS}/ledger.xlsx"):
            content, name = as_(account).get(path).content, f"台账{path[path.rindex('.') :]}"
            run = looked_through(as_(account), content, name, resource="integrity-risks", mode="commit")
            assert counts(run) == (0, 0, 2, 0), (account, path)
    # Also once the round is over; but neither its unit nor its round is changed by a table.
    ok(as_("supervisor").post(f"{ROUNDS}/{asked['id']}/close"))
    opened(as_("supervisor"), world, title="专项排查")
    content = school.get(f"{RISKS}.csv").content
    run = looked_through(school, content, "台账.csv", resource="integrity-risks", mode="commit")
    assert counts(run) == (0, 0, 2, 0)
    for old, new, wrong in (("年度廉政风险排查", "专项排查", "round"), ("实验小学", "第一中学", "unit")):
        table = content.decode("utf-8-sig").replace(old, new).encode("utf-8-sig")
        run = looked_through(school, table, "台账.csv", resource="integrity-risks", mode="preview")
        found = {column for _, column, _, _ in faults(rows_of(school, run, kind="wrong"))}
        assert counts(run) == (0, 0, 0, 2) and wrong in found, found


def test_each_wrong_cell_is_named(as_: As, world: World) -> None:
    opened(as_("supervisor"), world)
    school = as_("school")
    held = identified(school)
    controlled_by(school, held)
    step(school, held, "submit")
    known = ("总务处", "采购员", "食材采购与验收", "采购价格虚高", "与供货商私下商定价格。", "工作流程")
    one = (*ROW[:9], "三家比价。", *ROW[10:])
    new = (
        (*one[:5], "不知道", *one[6:]),
        (*one[:6], "6", *one[7:]),
        (*one[:9], "", *one[10:]),
        (*one[:10], "", one[11]),
        (*one[:11], "下周"),
        (*one[:4], "", *one[5:]),
        (*one[:9], "措" * 501, *one[10:]),
    )
    rows = (
        *((row[0], f"岗位{n}", *row[2:]) for n, row in enumerate(new)),
        (*known, "5", "5", "", "三家比价，两人验收。", "何芳", ""),
        (*known, "3", "4", "", "另一条措施。", "何芳", ""),
    )
    run = table(school, *rows, mode="preview")
    found = {number: column for number, column, _, _ in faults(rows_of(school, run, kind="wrong"))}
    assert found == {
        2: "source", 3: "likelihood", 4: "measures", 5: "person", 6: "deadline", 7: "manifestation",
        8: "measures", 9: "", 10: "measures",
    }  # fmt: skip
    for account in ("leader", "sysadmin"):
        refused = send(as_(account), as_csv(ROW, heads=HEADS), "台账.csv", resource="integrity-risks")
        assert refused.status_code == 403, account
    ((_, column, why, _),) = faults(rows_of(as_("office"), table(as_("office"), ROW, mode="preview")))
    assert column == "unit" and "不在本轮排查范围" in why


@pytest.mark.parametrize(
    ("likelihood", "impact", "manifestation"),
    [("5", "5", WORDS["manifestation"]), ("3", "5", WORDS["manifestation"]), ("3", "4", "与供货商串通。")],
)
def test_both_figures_of_a_table_rate_what_was_carried_over_until_it_is_taken_back(
    as_: As, world: World, likelihood: str, impact: str, manifestation: str
) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    opened(supervisor, world, year=2025)
    older = stood(school, supervisor, world)
    this = opened(supervisor, world)
    ok(carry(school, this, older["id"]), 201)
    (made,) = ok(school.get(RISKS, params={"round_id": this["id"]}))["data"]
    told = (*(WORDS[name] for name in ("department", "post", "duty_item", "risk_point")), manifestation, "工作流程")
    half = table(school, (*told[:4], "与人串通。", told[5], "2", *[""] * 5), mode="commit")
    assert counts(half) == (0, 1, 0, 0) and read(school, made)["unrated"], "one figure is no rating"
    ok(school.post(f"{IMPORTS}/{half['id']}/undo"))
    run = table(school, (*told, likelihood, impact, *[""] * 4), mode="commit")
    assert counts(run) == (0, 1, 0, 0) and not read(school, made)["unrated"]
    ok(school.post(f"{IMPORTS}/{run['id']}/undo"))
    back = read(school, made)
    assert (back["unrated"], back["likelihood"], back["impact"]) == (True, 3, 4)
    refused = school.post(f"{RISKS}/{made['id']}/submit").json()
    assert [each["pointer"] for each in refused["errors"]] == ["/likelihood"]
