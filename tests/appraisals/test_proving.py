"""What an office takes off has a row or a file behind it before the office says that it is done."""

from typing import Any

from app.appraisals.deduction_models import AppraisalDeduction
from tests.appraisals.steps import CRITERIA, TAKEN, deductions, judged_by, started, step, taken_off
from tests.conftest import As, form
from tests.imports.tables import as_csv, counts, looked_through
from tests.stock import Stock
from tests.walk.steps import API, evidence, ok, rectification
from tests.world import World

SCHOOLS = ("实验小学", "第一中学", "第一幼儿园", "柳林小学")
HEADS = ("考核指标", "单位", "扣分", "扣分原因")


def _criterion(as_: As, world: World, office: str = "教育股") -> tuple[dict[str, Any], dict[str, Any]]:
    row = started(as_("supervisor"), world)
    return row, judged_by(as_("supervisor"), row, "entered", name="会风会纪", weight=5, office_id=world.unit[office])


def test_an_office_is_done_once_each_deduction_has_its_row_or_its_file(as_: As, browse: As, world: World) -> None:
    row, criterion = _criterion(as_, world)
    office, finish = as_("education"), f"{CRITERIA}/{criterion['id']}/finish"
    bare, *others = (taken_off(office, criterion, world.unit[name], points=1) for name in SCHOOLS)
    refused = office.post(finish)
    told = refused.json()
    assert (refused.status_code, told["code"], told["count"]) == (409, "unproven", 4)
    assert (
        "有 4 条扣分没有依据（实验小学、第一中学、第一幼儿园等 4 个单位）" in told["detail"]
        and "上传材料" in told["detail"]
    )
    home = finish.removeprefix(API).removesuffix("/finish")
    page = browse("education").get(home).text
    assert "有 4 条扣分待补依据" in page
    for each in (bare, *others):
        assert f'href="/appraisal-deductions/{each["id"]}#f-evidence"' in page
        ok(office.delete(f"{TAKEN}/{each['id']}"), 204)
    # One with a row of the system's, and one with a file.
    matter = rectification(as_, world, "第一中学")
    cited = {"cited": "rectifications", "cited_id": matter["id"]}
    taken_off(office, criterion, world.unit["第一中学"], points=1, **cited)
    made = taken_off(office, criterion, world.unit["实验小学"], points=1)
    listed = f"criterion_id={criterion['id']}&unproven=true"
    assert [each["id"] for each in ok(office.get(f"{TAKEN}?{listed}"))["data"]] == [made["id"]]
    assert "实验小学" in browse("education").get(f"/appraisal-deductions?{listed}").text
    assert office.post(finish).json()["count"] == 1
    paper = evidence(office, "会议签到表", target="appraisal-deductions", target_id=str(made["id"]))
    ok(office.post(f"{API}/evidence/{paper['id']}/void", json={"note": "传错了。"}))
    assert office.post(finish).json()["code"] == "unproven", "what was voided proves nothing"
    evidence(office, "会议签到表", target="appraisal-deductions", target_id=str(made["id"]))
    assert ok(office.get(f"{TAKEN}/{made['id']}"))["unproven"] is False
    assert ok(office.post(finish))["state"] == "entered"
    step(as_("supervisor"), row, "score")


def test_what_was_taken_back_or_computed_is_proved_by_nobody(as_: As, world: World, stock: Stock) -> None:
    row, criterion = _criterion(as_, world)
    of = {"appraisal_id": row["id"], "criterion_id": criterion["id"], "unit_id": world.unit["实验小学"], "points": 1}
    stock.add(AppraisalDeduction, office_id=world.unit["教育股"], reason="缺席例会。", state="voided", **of)
    stock.add(AppraisalDeduction, reason="推广简报没有达到应有篇数", state="standing", **of)
    assert [each["unproven"] for each in deductions(as_("supervisor"), row, world.unit["实验小学"])] == [False, False]
    prove = {"evidence_id": evidence(as_("education"), "会议签到表")["id"]}
    nothing = as_("education").post(f"{CRITERIA}/{criterion['id']}/prove", json=prove)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "all_proven")
    ok(as_("education").post(f"{CRITERIA}/{criterion['id']}/finish"))


def test_what_was_finished_before_proof_was_asked_for_says_when_it_will_be(
    as_: As, browse: As, world: World, stock: Stock
) -> None:
    """Entered by an earlier release, which asked for no proof."""
    row, criterion = _criterion(as_, world)
    of = {"appraisal_id": row["id"], "criterion_id": criterion["id"], "unit_id": world.unit["实验小学"], "points": 1}
    ok(as_("education").post(f"{CRITERIA}/{criterion['id']}/finish"))
    made = stock.add(AppraisalDeduction, office_id=world.unit["教育股"], reason="缺席例会。", state="standing", **of)
    office, home = browse("education"), f"/appraisal-criteria/{criterion['id']}"
    told = "有 1 条扣分没有依据：已经录入完毕的照样评分。要补依据的，先按“恢复录入”"
    assert told in office.get(home).text and told not in browse("supervisor").get(home).text
    readers, page = (browse("education"), browse("supervisor"), browse("leader")), f"/appraisal-deductions/{made}"
    entered, scored = "里恢复录入。</p>", "退回修改，再由录入股室恢复录入。</p>"
    assert all(entered in each.get(page).text for each in readers)
    # Whoever scored it takes that back first: until then nothing can be entered again.
    step(as_("supervisor"), row, "score")
    assert all(scored in each.get(page).text and entered not in each.get(page).text for each in readers)
    step(as_("supervisor"), row, "reopen", "补依据。")
    assert all(entered in each.get(page).text for each in readers)
    ok(as_("education").post(f"{CRITERIA}/{criterion['id']}/resume"))
    assert "有 1 条扣分待补依据，补齐后才能录入完毕" in office.get(home).text
    assert "没有材料。</p>" in browse("supervisor").get(page).text, "nothing was finished that could be resumed"


def test_one_paper_proves_all_that_a_table_brought_in(as_: As, browse: As, world: World) -> None:
    row, criterion = _criterion(as_, world)
    office, home = browse("education"), f"/appraisal-criteria/{criterion['id']}"
    own = taken_off(as_("education"), criterion, world.unit["柳林小学"], points=1)
    other = evidence(as_("education"), "抽查记录", target="appraisal-deductions", target_id=str(own["id"]))
    lines = [("会风会纪", name, "1", "9月例会无故缺席。") for name in SCHOOLS[:3]]
    run = looked_through(
        as_("education"), as_csv(*lines, heads=HEADS), "扣分.csv", resource="appraisal-deductions", mode="commit"
    )
    assert counts(run) == (3, 0, 0, 0)
    sheet, foreign = evidence(as_("education"), "例会签到表"), evidence(as_("office"), "人事股的材料")
    assert "关联到 3 条扣分" in office.get(home).text
    for wrong, said in ((foreign["id"], "请从资料库选择"), ("", "没有关联成功")):
        refused = office.post(f"{home}/prove", data=form(office, evidence_id=wrong))
        assert refused.status_code == 422 and said in refused.text, wrong
    for account in ("office", "supervisor", "school"):
        asked = as_(account).post(f"{CRITERIA}/{criterion['id']}/prove", json={"evidence_id": sheet["id"]})
        assert asked.status_code == 403, account
    assert office.post(f"{home}/prove", data=form(office, evidence_id=sheet["id"])).status_code == 303
    for name in SCHOOLS[:3]:
        (made,) = deductions(as_("education"), row, world.unit[name])
        assert [each["id"] for each in ok(as_("education").get(f"{TAKEN}/{made['id']}"))["evidence"]] == [sheet["id"]]
    kept = ok(as_("education").get(f"{TAKEN}/{own['id']}"))["evidence"]
    assert [each["id"] for each in kept] == [other["id"]], "what was proved keeps its own proof"
    assert "待补依据" not in office.get(home).text
    trail = ok(as_("auditor").get(f"{API}/events?resource=appraisal_criterion&resource_id={criterion['id']}"))["data"]
    assert trail[0]["operation"] == "appraisal_criterion.prove"
    assert office.post(f"{home}/finish", data=form(office)).status_code == 303
    late = as_("education").post(f"{CRITERIA}/{criterion['id']}/prove", json={"evidence_id": sheet["id"]})
    assert late.json()["code"] == "wrong_state"
