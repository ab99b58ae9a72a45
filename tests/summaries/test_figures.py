"""Every figure of a summary is that of the rows behind its link, for whoever asks; a year without data says so."""

import io
from decimal import Decimal
from typing import Any

import pytest
from docx import Document as Word
from starlette.testclient import TestClient

from app.indicators.models import Indicator, IndicatorValue
from tests.conftest import As
from tests.stock import Stock, day
from tests.summaries.conftest import YEAR, complained
from tests.walk.steps import API, ok

PLAIN = ("/plans/", "/plan-items/", "/units/", "/indicators/", "/briefs/", "/campaigns/", "/appraisals/")
MISSING = "/leading-groups/missing"
"""Links to one row, beside a name."""
EXPECTED = {
    "overview": {"应办": "6", "办结": "2", "逾期": "2", "办结率": "33.3%"},
    "inspections": {"督查": "2", "明察": "1", "暗访": "1"},
    "findings": {"问题": "3", "一般": "3"},
    "rectifications": {"整改事项": "3", "已销号": "1", "逾期未销号": "1", "重启整改": "1", "销号率": "33.3%"},
    "responsibility": {"领导小组": "1", "学校（园）领导小组": "1"},
    "appraisals": {"作风考核": "1", "“年度作风考核”考核单位": "2"},
    "campaigns": {"专项行动": "1", "进行中": "1", "已结束": "0"},
    "circulars": {"案件通报": "1"},
    "accountability": {"送达": "1", "待答复": "1"},
    "risks": {"风险点": "1", "二级（中）": "1"},
    "decisions": {"事项": "2", "有疑点": "1", "未上会决定": "1"},
    "filings": {"有效备案": "1", "已审核": "1", "退回待补": "1"},
    "indicators": {"填报数据": "2", "达标": "1", "达标率": "50.0%"},
    "complaints": {"收到": "2", "已答复": "1", "按期办结率": "100.0%", "按期答复率": "100.0%"},
    "visits": {"走访": "1"},
    "activities": {"任务活动": "4", "阵地活动": "1"},
    "highlights": {"选用未推广": "1", "推广": "1"},
}


def told(as_: As, account: str, plan: int, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = ok(as_(account).get(f"{API}/plans/{plan}/summary{query}"))
    return {**found, "sections": {section["key"]: section for section in found["sections"]}}


def cells(section: dict[str, Any]) -> list[dict[str, Any]]:
    table = section["table"] or {"lines": []}
    return [*section["figures"], *(cell for line in table["lines"] for cell in line)]


@pytest.mark.parametrize("account", ["supervisor", "education", "school"])
def test_every_figure_is_the_number_of_rows_behind_its_link(as_: As, plan: int, account: str) -> None:
    found, followed = told(as_, account, plan), 0
    for section in found["sections"].values():
        for cell in cells(section):
            if cell["href"] and "?" in cell["href"]:
                behind = ok(as_(account).get(f"{API}{cell['href']}&count=true&limit=1"))["total"]
                assert cell["text"] == str(behind), f"{section['key']}: {cell}"
                followed += 1
            known = cell["href"] and cell["href"].startswith((*PLAIN, MISSING))
            assert not cell["href"] or "?" in cell["href"] or known, cell
    assert followed >= 15


def test_the_supervisor_sees_the_year_as_it_was(as_: As, plan: int) -> None:
    sections = told(as_, "supervisor", plan)["sections"]
    for key, expected in EXPECTED.items():
        figures = {each["label"]: each["text"] for each in sections[key]["figures"]}
        assert expected.items() <= figures.items(), key
    item = next(line for line in sections["areas"]["table"]["lines"] if line[2]["text"] == "健全议事决策制度")
    assert [cell["text"] for cell in item[3:]] == ["教育股", "3", "1", "2", "33.3%"]
    again = [line for line in sections["findings"]["table"]["lines"] if "重复" in line[0]["text"]]
    assert [[cell["text"] for cell in line] for line in again] == [["教育收费（重复）", "实验小学", "2"]]
    assert {line[0]["text"] for line in sections["ranks"]["table"]["lines"]} == {"学校（园）", "股室和二级单位"}
    assert _texts(sections["campaigns"]) == [["收费专项检查", "教育股", "检查", "2", "1"]]
    marks = [["1", "实验小学", "96.5"], ["2", "第一中学", "88"]]
    assert [line[1:] for line in _texts(sections["appraisals"])] == marks
    assert _texts(sections["responsibility"]) == [["第一责任人", "1"]]
    assert _texts(sections["circulars"]) == [["招标采购", "1"]]
    assert sections["highlights"]["table"]["lines"][0][0]["text"] == "清廉家风进课堂"
    assert [each["text"] for each in sections["suggestions"]["proposals"]] == ["课后服务经费的新情况"]


def test_the_spring_term_is_one_of_the_year_in_which_it_begins(as_: As, plan: int, stock: Stock) -> None:
    """It has the name of the school year, which began in the autumn before."""
    world, said = stock.world, {"definition": "学生阅读覆盖率。", "numerator_name": "读", "denominator_name": "学生"}
    kept = {"office_id": world.unit["教育股"], "unit_group_id": world.group["各学校（园）"], "valid_from": day(-900)}
    kind = {"measure": "percent", "direction": "at_least", "cadence": "termly", "target": Decimal(90)}
    read = stock.add(Indicator, code="YD-1", name="阅读覆盖率", **said, **kept, **kind)
    for period in (f"{YEAR - 1}-T1", f"{YEAR - 1}-T2", f"{YEAR}-T1", f"{YEAR}-T2"):
        figures = {"numerator": Decimal(95), "denominator": Decimal(100), "reported_on": day(0)}
        of = {"indicator_id": read, "unit_id": world.unit["实验小学"], "period": period}
        stock.add(IndicatorValue, **of, **figures)
    section = told(as_, "supervisor", plan)["sections"]["indicators"]
    line = next(line for line in section["table"]["lines"] if line[0]["text"] == "阅读覆盖率")
    assert [cell["text"] for cell in line[1:]] == ["2", "2", "0", "100.0%"]
    behind = ok(as_("supervisor").get(f"{API}{line[1]['href']}&count=true"))
    assert {row["period"] for row in behind["data"]} == {f"{YEAR - 1}-T2", f"{YEAR}-T1"} and behind["total"] == 2


def _texts(section: dict[str, Any]) -> list[list[str]]:
    return [[cell["text"] for cell in line] for line in section["table"]["lines"]]


def test_the_ranking_counts_what_was_to_be_put_right_in_that_year(as_: As, stock: Stock) -> None:
    last = stock.plan("去年的方案", year=YEAR - 1)
    stock.assignment(last, stock.item(last), "实验小学", "completed", days=-9)
    stock.rectification("实验小学", "pending", days=-3)
    assert [line[-2] for line in _texts(told(as_, "supervisor", last)["sections"]["ranks"])] == ["—"]


def test_answers_are_in_time_by_the_days_that_the_bureau_set(
    as_: As, client: TestClient, monkeypatch: pytest.MonkeyPatch, stock: Stock
) -> None:
    done = {"state": "replied", "accepted_on": day(-18), "concluded_on": day(-18), "replied_on": day(0)}
    complained(stock, "人事股", **done)
    plan = stock.plan("方案", year=YEAR)
    for days, rate in ((15, "100.0%"), (5, "0.0%")):
        monkeypatch.setattr(client.app.state.settings, "complaint_reply_workdays", days)  # type: ignore[attr-defined]
        section = told(as_, "supervisor", plan)["sections"]["complaints"]
        figures = {each["label"]: each["text"] for each in section["figures"]}
        assert figures["按期答复率"] == rate and f"办结后 {days} 个工作日内" in section["notes"][0]


def test_a_unit_is_told_its_own_part(as_: As, plan: int) -> None:
    sections = told(as_, "school", plan)["sections"]
    assert [line[2] for line in _texts(sections["appraisals"])] == ["实验小学"]
    assert [line[-2:] for line in _texts(sections["campaigns"])] == [["1", "1"]]
    assert sections["ranks"]["table"] is None and sections["complaints"]["figures"] == []
    labels = {each["label"]: each["text"] for each in sections["overview"]["figures"]}
    assert (labels["应办"], labels["办结"]) == ("2", "2")
    assert as_("other_supervisor").get(f"{API}/plans/{plan}/summary").status_code == 404


def test_a_year_without_data_says_so_in_words(as_: As, browse: As, stock: Stock) -> None:
    empty = stock.plan("无事之年", year=1990)
    written = {"problems", "suggestions"}
    for key, section in told(as_, "supervisor", empty)["sections"].items():
        assert key in written or (section["sentences"] and not section["table"]), key
    page = browse("supervisor").get(f"/plans/{empty}/summary")
    assert page.status_code == 200 and "本年度没有整改事项。" in page.text
    assert as_("supervisor").get(f"{API}/plans/{empty}/summary.docx").status_code == 200
    draft = stock.plan("还没有印发", state="draft")
    assert as_("supervisor").get(f"{API}/plans/{draft}/summary").status_code == 404


def test_page_and_paper_show_the_same_figures_as_json(as_: As, browse: As, plan: int) -> None:
    made = ok(as_("supervisor").post(f"{API}/summaries", json={"plan_id": plan}), 201)
    prose = {"problems": "一是材料报送不及时。\n二是整改不到位。", "suggestions": "统一公示。"}
    path = f"{API}/summaries/{made['id']}"
    assert as_("supervisor").patch(path, json=prose).status_code == 428
    ok(as_("supervisor").patch(path, json=prose, headers={"if-match": f'"{made["version"]}"'}))
    found = told(as_, "supervisor", plan)
    page = browse("supervisor").get(f"/plans/{plan}/summary").text
    paper = Word(io.BytesIO(browse("supervisor").get(f"/plans/{plan}/summary.docx").content))
    lines = [paragraph.text for paragraph in paper.paragraphs]
    in_tables = {cell.text for table in paper.tables for row in table.rows for cell in row.cells}
    assert f"{YEAR}年度工作总结" in "".join(lines) and "草稿，未定稿" in paper.sections[0].header.paragraphs[0].text
    for section in found["sections"].values():
        for cell in cells(section):
            shown = (
                f'<a href="{cell["href"].replace("&", "&amp;")}">{cell["text"]}</a>' if cell["href"] else cell["text"]
            )
            assert shown in page and cell["text"] in in_tables, cell
        assert all(sentence in page and sentence in lines for sentence in section["sentences"])
        if section["plot"]:
            assert f'aria-label="{section["plot"]["title"]}：' in page
    assert "二是整改不到位。" in page and "二是整改不到位。" in lines and "统一公示。" in lines
    assert "<script" not in page.partition("<main")[2]
