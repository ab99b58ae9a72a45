"""Self-checks from a table: filled in by their units, as far as their form fills them in."""

from typing import Any

from tests.campaigns.steps import CHECKS, PAID, TOLD, WORDS, own, started, step, told
from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, counts, faults, looked_through, rows_of
from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
from tests.walk.steps import API, ok
from tests.world import World

TITLE = WORDS["title"]
SAID = {"自查情况": TOLD["situation"], "是否发现问题": "有", "存在问题": TOLD["problem"]}
PAID_CELLS = {"涉及金额（元）": "1,280.50 元", "已清退金额（元）": "300"}


def imported(client: Any, *lines: dict[str, str], mode: str = "commit") -> dict[str, Any]:
    heads = list(lines[0])
    content = as_csv(*([line[head] for head in heads] for line in lines), heads=heads)
    return looked_through(client, content, "自查.csv", resource="self-checks", mode=mode)


def test_a_unit_fills_in_its_own_by_a_table_and_hands_it_in_by_itself(as_: As, world: World) -> None:
    made = started(as_, world)
    school = as_("school")
    run = imported(school, {"专项名称": TITLE, **SAID, **PAID_CELLS})
    assert counts(run) == (0, 1, 0, 0), faults(rows_of(school, run))
    row = own(school, made)
    assert {name: row[name] for name in (*TOLD, *PAID)} == TOLD | PAID and row["state"] == "pending"
    assert counts(imported(school, {"专项名称": TITLE, **SAID, **PAID_CELLS})) == (0, 0, 1, 0)
    assert ok(school.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    row = own(school, made)
    assert {row[name] for name in (*TOLD, *PAID)} == {None}
    # What does not fit is told where it stands.
    for wrong, column in (
        ({**PAID_CELLS, "已清退金额（元）": "2000"}, "amount_returned"),
        ({"是否发现问题": "也许"}, "has_problem"),
        ({"专项名称": "别的行动"}, "campaign"),
        ({"专项名称": ""}, "campaign"),
        ({"单位": "第一中学"}, "campaign"),
        ({"时限": "2020-01-01"}, "campaign"),
    ):
        run = imported(school, {"专项名称": TITLE, **SAID, **wrong}, mode="preview")
        assert [each[1] for each in faults(rows_of(school, run))] == [column], wrong


def test_a_central_school_fills_in_those_of_its_schools_at_once(as_: As, world: World) -> None:
    units = [world.unit[name] for name in ("柳林镇中心校", "柳林小学", "实验小学")]
    started(as_, world, unit_ids=units)
    central = as_("central")
    lines = [{"单位": name, "专项名称": TITLE, **SAID} for name in ("柳林镇中心校", "柳林小学")]
    run = imported(central, *lines)
    assert counts(run) == (0, 2, 0, 0), faults(rows_of(central, run))
    rows = ok(central.get(CHECKS))["data"]
    assert {(row["unit_name"], row["problem"]) for row in rows} == {(line["单位"], TOLD["problem"]) for line in lines}
    assert counts(imported(central, {**lines[0], "单位": "实验小学"}, mode="preview")) == (0, 0, 0, 1)


def test_what_was_handed_in_or_is_over_stays_and_the_ledger_comes_back_unchanged(
    as_: As, browse: As, world: World
) -> None:
    made = started(as_, world)
    school, middle, lead = as_("school"), as_("middle"), as_("supervisor")
    told(school, own(school, made))
    changed = {"专项名称": TITLE, "自查情况": "没有问题。"}
    run = imported(school, changed, mode="preview")
    [(_, column, why, _)] = faults(rows_of(school, run))
    assert column == "" and "待审核" in why
    step(lead, made, "begin-inspection", "begin-rectification", "begin-summary")
    run = imported(middle, changed, mode="preview")
    [(_, column, why, _)] = faults(rows_of(middle, run))
    assert column == "" and "总结" in why
    for client in (school, middle):
        content = client.get(f"{CHECKS}.csv").content
        assert counts(looked_through(client, content, "台账.csv", resource="self-checks")) == (0, 0, 1, 0)
    assert as_("leader").get(f"{API}/imports/templates/self-checks").status_code == 403
    assert "导入自查" in browse("school").get("/self-checks").text
    assert "导入自查" not in browse("leader").get("/self-checks").text
