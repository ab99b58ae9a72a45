"""A round that was started in error, and scores that were published with a mistake in them."""

from typing import Any

from tests.appraisals.steps import (
    APPEALS,
    AT,
    CRITERIA,
    TAKEN,
    deductions,
    judged_by,
    published,
    results,
    started,
    step,
    taken_off,
)
from tests.conftest import As
from tests.walk.steps import API, evidence, ok
from tests.world import World


def test_withdrawn_scores_end_the_appeals_and_are_made_anew(as_: As, world: World) -> None:
    supervisor, office, school = as_("supervisor"), as_("office"), as_("school")
    row, unit = started(supervisor, world), world.unit["实验小学"]
    entered = judged_by(supervisor, row, "entered", office_id=world.unit["人事股"])
    judged_by(supervisor, row, "briefs", required=1)
    for points in ("2.5", "3"):
        made = taken_off(office, entered, unit, points=points)
        evidence(office, f"签到表{points}", target="appraisal-deductions", target_id=str(made["id"]))
    ok(office.post(f"{CRITERIA}/{entered['id']}/finish"))
    published(supervisor, row)
    taken = {each["points"]: each["id"] for each in deductions(supervisor, row, unit)}
    waits, computed = (_appeal(school, taken[points]) for points in ("2.5", "20"))
    ok(supervisor.post(f"{APPEALS}/{computed['id']}/dismiss", json={"note": "没有推广。"}))
    assert supervisor.post(f"{AT}/{row['id']}/withdraw").status_code == 422
    back = step(supervisor, row, "withdraw", "指标权重有误。")
    assert (back["state"], back["published_at"], back["appeals"]) == ("open", None, 0)
    assert results(supervisor, row) == {} and ok(school.get(f"{API}/notifications?kind=published"))["data"] == []
    told = ok(school.get(f"{APPEALS}/{waits['id']}"))
    assert (told["state"], told["decision"]) == ("lapsed", "指标权重有误。")
    assert ok(school.get(f"{APPEALS}/{computed['id']}"))["state"] == "dismissed"
    assert "delete" not in back["allowed_actions"]
    assert supervisor.delete(f"{AT}/{row['id']}").json()["code"] == "published"
    # What was taken off comes again, each once; and what nobody decided on may be appealed against again.
    published(supervisor, row)
    assert results(school, row)["实验小学"]["score"] == "14.5"
    standing = [each for each in deductions(school, row, unit) if each["state"] == "standing"]
    assert sorted(each["points"] for each in standing) == ["2.5", "20", "3"]
    again = next(each["id"] for each in standing if each["points"] == "2.5")
    assert again != taken["2.5"]
    assert [each["title"] for each in ok(school.get(f"{TAKEN}/{again}"))["evidence"]] == ["签到表2.5"]
    _appeal(school, again)


def test_what_an_appeal_took_back_is_not_taken_off_again(as_: As, world: World) -> None:
    """The mistake for which the scores are withdrawn is another one."""
    supervisor, school = as_("supervisor"), as_("school")
    row, unit = started(supervisor, world), world.unit["实验小学"]
    judged_by(supervisor, row, "briefs", required=1)
    judged_by(supervisor, row, "briefs", required=2, name="推广简报（加倍）")
    published(supervisor, row)
    before = results(supervisor, row)["实验小学"]["score"]
    opposed, other = (each["id"] for each in deductions(supervisor, row, unit))
    ok(supervisor.post(f"{APPEALS}/{_appeal(school, opposed)['id']}/uphold", json={"note": "已在市级推广。"}))
    upheld = results(school, row)["实验小学"]["score"]
    assert upheld != before
    step(supervisor, row, "withdraw", "另一项指标有误。")
    published(supervisor, row)
    assert results(school, row)["实验小学"]["score"] == upheld
    taken = deductions(school, row, unit)
    assert sorted(each["state"] for each in taken) == ["standing", "voided"]
    assert next(each["id"] for each in taken if each["state"] == "voided") == opposed
    assert other not in [each["id"] for each in taken]


def _appeal(school: Any, deduction_id: int) -> dict[str, Any]:
    return ok(school.post(f"{TAKEN}/{deduction_id}/appeals", json={"reason": "已请假。"}), 201)  # type: ignore[no-any-return]


def test_a_round_that_was_never_published_is_deleted_with_what_was_entered(as_: As, world: World) -> None:
    supervisor, office = as_("supervisor"), as_("office")
    row = started(supervisor, world)
    criterion = judged_by(supervisor, row, "entered", office_id=world.unit["人事股"])
    made = taken_off(office, criterion, world.unit["实验小学"])
    assert office.delete(f"{AT}/{row['id']}").status_code == 403
    assert supervisor.delete(f"{AT}/{row['id']}").status_code == 204
    for gone in (f"{AT}/{row['id']}", f"{CRITERIA}/{criterion['id']}", f"{TAKEN}/{made['id']}"):
        assert supervisor.get(gone).status_code == 404
    started(supervisor, world)  # Its title is free again.
    scored = started(supervisor, world, title="半年考核")
    judged_by(supervisor, scored, "briefs", required=1)
    step(supervisor, scored, "score")
    assert supervisor.delete(f"{AT}/{scored['id']}").json()["code"] == "wrong_state"
