"""What an office takes off, many units at once: from a table, and from one form; and what it may cite is offered."""

from typing import Any

from tests.appraisals.steps import CRITERIA, TAKEN, YEAR, deductions, finished, judged_by, started
from tests.conftest import As, form
from tests.imports.tables import IMPORTS, as_csv, counts, faults, looked_through, rows_of
from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
from tests.stock import Stock
from tests.walk.steps import evidence, ok, rectification
from tests.world import World

HEADS = ("考核指标", "单位", "分值", "扣分原因", "依据", "编号")
LATE = ("会风会纪", "实验小学", "2分", "９月例会无故缺席。", "", "")
OTHER = ("会风会纪", "第一中学", "1.5", "９月例会无故缺席。", "", "")


def _criterion(as_: As, world: World, **fields: Any) -> dict[str, Any]:
    row = started(as_("supervisor"), world, **fields)
    return judged_by(as_("supervisor"), row, "entered", name="会风会纪", weight=5, office_id=world.unit["人事股"])


def _imported(client: Any, *rows: Any, mode: str = "commit") -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=HEADS), "扣分.csv", resource="appraisal-deductions", mode=mode)


def test_an_offices_deductions_come_from_a_table_and_its_ledger_comes_back_unchanged(as_: As, world: World) -> None:
    office = as_("office")
    last = _criterion(as_, world, year=YEAR - 1)  # It is called the same.
    ok(office.post(f"{CRITERIA}/{last['id']}/finish"))
    criterion = _criterion(as_, world)
    run = _imported(office, LATE, OTHER)
    assert counts(run) == (2, 0, 0, 0), faults(rows_of(office, run))
    assert counts(_imported(office, LATE, OTHER)) == (0, 0, 2, 0)
    assert counts(_imported(office, (*LATE[:2], "2.5", *LATE[3:]), OTHER)) == (0, 1, 1, 0)
    made = ok(office.get(f"{TAKEN}?criterion_id={criterion['id']}"))["data"]
    assert [(each["unit_name"], each["points"]) for each in made] == [("实验小学", "2.5"), ("第一中学", "1.5")]
    for kind in ("csv", "xlsx"):
        ledger = office.get(f"{TAKEN}.{kind}").content
        again = looked_through(office, ledger, f"台账.{kind}", resource="appraisal-deductions", mode="commit")
        assert counts(again) == (0, 0, 2, 0), rows_of(office, again)
    wrong = (
        (*LATE[:2], "6", "迟到。", "", ""),
        ("会风会纪", "党办", *LATE[2:]),
        ("没有的指标", *LATE[1:]),
        (*LATE[:3], "迟报。", "整改", "99"),
        (*LATE[:3], "早退。", "整改", ""),
    )
    run = _imported(office, *wrong, mode="preview")
    columns = [each["faults"][0]["column"] for each in rows_of(office, run)]
    assert columns == ["points", "unit", "criterion", "cited_id", "cited_id"]
    run = _imported(office, (*LATE[:3], "迟报。", "", ""))
    ok(office.post(f"{IMPORTS}/{run['id']}/undo"))
    assert len(ok(office.get(TAKEN))["data"]) == 2
    finished(office, criterion)
    assert counts(_imported(office, LATE, (*LATE[:3], "迟报。", "", ""), mode="preview")) == (0, 0, 0, 2)


def test_a_deduction_that_got_its_proof_is_not_taken_back(as_: As, world: World) -> None:
    office = as_("office")
    _criterion(as_, world)
    run = _imported(office, LATE)
    (made,) = ok(office.get(TAKEN))["data"]
    evidence(office, "签到表", target="appraisal-deductions", target_id=str(made["id"]))
    refused = office.post(f"{IMPORTS}/{run['id']}/undo")
    assert refused.status_code == 409 and "第 2 行的考核扣分已有资料" in refused.json()["detail"]
    assert len(ok(office.get(TAKEN))["data"]) == 1


def test_one_piece_proves_what_is_taken_off_several_units(as_: As, browse: As, world: World) -> None:
    row = started(as_("supervisor"), world)
    by = {"name": "会风会纪", "weight": 5, "office_id": world.unit["教育股"]}
    home = f"/appraisal-criteria/{judged_by(as_('supervisor'), row, 'entered', **by)['id']}"
    office, units = browse("education"), [world.unit["实验小学"], world.unit["第一中学"]]
    proof, foreign = evidence(as_("education"), "例会签到表"), evidence(as_("office"), "人事股的材料")
    page = office.get(home).text
    assert "例会签到表" in page and "人事股的材料" not in page
    given = {"points": "1", "reason": "例会无故缺席。", "unit_ids[]": units}
    refused = office.post(f"{home}/enter", data=form(office, **given, evidence_id=foreign["id"]))
    assert refused.status_code == 422 and "请从资料库选择" in refused.text
    assert office.post(f"{home}/enter", data=form(office, **given, evidence_id=proof["id"])).status_code == 303
    for unit in units:
        (made,) = deductions(as_("education"), row, unit)
        assert made["evidence_count"] == 1


def test_several_units_at_once_and_what_may_be_cited_is_chosen_after_the_unit(
    as_: As, browse: As, world: World, stock: Stock
) -> None:
    row = started(as_("supervisor"), world)
    by = {"name": "会风会纪", "weight": 5, "office_id": world.unit["教育股"]}
    home = f"/appraisal-criteria/{judged_by(as_('supervisor'), row, 'entered', **by)['id']}"
    office, units = browse("education"), [world.unit["实验小学"], world.unit["第一中学"]]
    given = {"points": "1", "reason": "例会无故缺席。"}
    sent = form(office, **given, **{"unit_ids[]": [*units, world.unit["党办"]]})
    assert office.post(f"{home}/enter", data=sent).status_code == 422
    done = office.post(f"{home}/enter", data=form(office, **given, **{"unit_ids[]": units}))
    assert done.status_code == 303, done.text
    assert [len(deductions(as_("education"), row, unit)) for unit in units] == [1, 1]
    # 第一中学 is paired with the office, which may read what it has to put right; of 实验小学 it may not.
    theirs, hidden = rectification(as_, world, "第一中学"), rectification(as_, world, "实验小学")
    page = office.get(f"{home}?unit_id={units[1]}").text
    assert f'value="rectifications/{theirs["id"]}"' in page and f'value="findings/{theirs["finding_id"]}"' in page
    assert f"rectifications/{hidden['id']}" not in office.get(f"{home}?unit_id={units[0]}").text
    cited = {**given, "unit_id": units[1], "cited_id": f"rectifications/{theirs['id']}"}
    assert office.post(f"{home}/deductions", data=form(office, **cited)).status_code == 303
    newest = deductions(as_("education"), row, units[1])[-1]
    assert (newest["cited"], newest["cited_id"]) == ("rectifications", theirs["id"])
    refused = office.post(f"{home}/deductions", data=form(office, **{**cited, "points": "9"}))
    assert refused.status_code == 422 and f'value="rectifications/{theirs["id"]}" selected' in refused.text
