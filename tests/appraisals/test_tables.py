"""What goes out of an appraisal: a ranking by criteria, the criteria themselves, and a unit's own sheet."""

from tests.appraisals.steps import AT, RESULTS, finished, judged_by, results, started, step, taken_off
from tests.conftest import As
from tests.exported import csv_lines
from tests.walk.steps import ok
from tests.world import World


def test_a_rounds_ranking_has_a_column_of_each_criterion_and_a_unit_its_sheet(
    as_: As, browse: As, world: World
) -> None:
    supervisor, row = as_("supervisor"), started(as_("supervisor"), world)
    entered = judged_by(supervisor, row, "entered", office_id=world.unit["人事股"])
    judged_by(supervisor, row, "briefs", required=1)
    taken_off(as_("office"), entered, world.unit["实验小学"])
    finished(as_("office"), entered)
    step(supervisor, row, "score")
    head, *lines = csv_lines(supervisor.get(f"{RESULTS}.csv?appraisal_id={row['id']}").content)
    assert head[:6] == ["名次", "单位", "责任领导", "责任人", "得分", "满分"]
    assert head[6:] == ["指标entered（20）", "指标briefs（20）", "单位确认", "冻结时间"]
    assert next(line for line in lines if line[1] == "实验小学")[4:8] == ["17.5", "40", "17.5", "0"]
    assert "各项得分" in csv_lines(supervisor.get(f"{RESULTS}.csv").content)[0]
    browser = browse("supervisor")
    assert "指标briefs（20）" in browser.get(f"/appraisal-results/print?appraisal_id={row['id']}").text
    _, one, other = csv_lines(supervisor.get(f"{AT}/{row['id']}/criteria.csv").content)
    assert (one[1], one[5], other[1]) == ("指标entered", "人事股", "指标briefs")
    assert [each["name"] for each in ok(supervisor.get(f"{AT}/{row['id']}/criteria"))["data"]] == [one[1], other[1]]
    mine = results(supervisor, row)["实验小学"]["id"]
    sheet = browser.get(f"/appraisal-results/{mine}/print").text
    assert "实验小学得分单" in sheet and "扣 2.5 分：会议无故缺席。" in sheet


def test_a_criterion_whose_name_is_a_formula_is_a_text_in_every_heading(as_: As, world: World) -> None:
    supervisor, name = as_("supervisor"), '=HYPERLINK("http://evil.example","点这里")'
    row = started(supervisor, world)
    judged_by(supervisor, row, "briefs", name=name, required=1)
    (head,) = csv_lines(supervisor.get(f"{RESULTS}.csv?appraisal_id={row['id']}").content)[:1]
    assert f"'{name}（20）" in head and not any(cell.startswith("=") for cell in head)
