"""The ledgers of the domain: exactly the columns of their forms, the same rows on paper, as CSV and as a workbook."""

from typing import Any

import pytest

from tests.conftest import As
from tests.exported import book_lines, csv_lines, page_lines
from tests.generated import scenario
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok, rectification, rectified
from tests.world import World

TASKS = "序号|重点任务|具体措施|成果形式|牵头股室|配合股室|责任领导|责任人|完成时限|进展|状态|印证材料|备注"
FINDINGS = "编号|督查时间|方式|被查单位|督查人|问题类别|问题描述|依据|严重程度|证据|整改要求|时限|签收"
RECTIFICATIONS = (
    "序号|问题来源|问题表现|原因|整改目标|整改措施|责任领导|责任单位|责任人|整改时限|整改情况|完成程度|验收意见|验收人"
    "|是否销号|销号日期"
)
RISKS = "序号|部门|岗位|职权事项|风险点|表现形式|可能性|危害程度|等级|防控措施|责任人|责任领导|时限|复评日期"
DECISIONS = (
    "编号|类别|议题|提出人|酝酿论证|合法性审查|会议|时间|应到/实到|主持|列席监督|意见|表决|结果|回避|公示|金额|责任人"
    "|时限|执行情况|纪要"
)
LISTED = {
    "/integrity-risks": f"{RISKS}|单位|排查轮次|风险来源|三重一大|状态",
    "/major-decisions": f"{DECISIONS}|责任领导|状态|疑点|此前会议",
}
"""The lists of which a ledger is made: its columns, and then what else is known of a row."""
COMPLAINTS = "编号|日期|渠道|实名/匿名|被反映单位|主要问题|类别|受理单位|承办人|办理方式|时限|结果|反馈日|归档"
CATALOGUE = "盒号|盒名|分项|材料名称|文号|日期|形成单位|页数|份数|保管期限|存放位置|电子件"
RANKING = "名次|单位|按时签收率|按期办结率|退回率|逾期数|整改销号率|综合"
FORMS = {
    "/plans/{plan}/ledger": TASKS,
    "/findings": FINDINGS,
    "/rectifications": RECTIFICATIONS,
    "/integrity-risks/ledger": RISKS,
    "/major-decisions/ledger": DECISIONS,
    "/complaints": COMPLAINTS,
    "/archive-boxes/catalogue": CATALOGUE,
    "/archive-boxes/{box}/catalogue": CATALOGUE,
    "/dashboard/ranking": RANKING,
}


NOTHING_YET = "还没有内容，可打印空表填写"


@pytest.mark.parametrize("account", ["supervisor", "school"])
def test_paper_csv_and_workbook_agree_in_columns_and_rows(as_: As, browse: As, world: World, account: str) -> None:
    made = scenario.build(as_, world)
    client, browser = as_(account), browse(account)
    for form, headings in FORMS.items():
        path = form.format(plan=made.ids["plans"]["实验小学"], box=made.ids["archive-boxes"]["实验小学"])
        lines = csv_lines(ok_bytes(client.get(f"{API}{path}.csv")))
        assert lines[0] == headings.split("|"), form
        printed = page_lines(browser.get(path if form.endswith("s/ledger") else f"{path}/print").text)
        book = book_lines(ok_bytes(client.get(f"{API}{path}.xlsx")))
        from_page = ok_bytes(browser.get(f"{path}.csv?view=unit&cursor="))
        if form == "/dashboard/ranking":
            notes = lines[-2:] if len(lines) > 1 else []
            assert notes[0][0].startswith("按时签收率 = ") and notes[1][0].startswith("数据快照 20")
            lines, book = lines[:-3], [line for line in book[:-3] if any(line)]
            from_page = b""
        if account == "supervisor":
            assert len(lines) > 1, form
        unescaped = [[cell.removeprefix("'") for cell in line] for line in lines]
        assert unescaped == book, form
        assert (unescaped if len(lines) > 1 else [lines[0], [NOTHING_YET]]) == printed, form
        assert from_page == b"" or csv_lines(from_page) == lines


def ok_bytes(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.text
    content: bytes = answer.content
    return content


def rows_of(client: Any, path: str) -> list[dict[str, str]]:
    head, *lines = csv_lines(ok_bytes(client.get(f"{API}{path}")))
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_a_rectification_is_told_in_the_words_of_its_form(as_: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    (open_row,) = rows_of(as_("school"), "/rectifications.csv")
    assert open_row["序号"] == str(row["id"])
    assert open_row["问题来源"] == f"督查发现 {row['number']}"
    assert (open_row["完成程度"], open_row["是否销号"], open_row["销号日期"]) == ("待验收", "否", "")
    assert (open_row["原因"], open_row["责任单位"]) == ("无人负责更新。", "实验小学")
    ok(as_("supervisor").post(f"{API}/rectifications/{row['id']}/close", json={"note": "已核实。"}))
    (closed,) = rows_of(as_("school"), "/rectifications.csv?state=closed")
    assert (closed["完成程度"], closed["是否销号"]) == ("已销号", "是")
    assert closed["销号日期"].count("-") == 2 and closed["验收人"] and closed["验收意见"]
    assert rows_of(as_("school"), "/rectifications.csv?state=pending") == []
    assert rows_of(as_("middle"), "/rectifications.csv") == []


def test_a_finding_is_told_with_who_inspected_and_no_other_s_evidence(as_: As, world: World) -> None:
    made = scenario.build(as_, world)
    issued = [row for row in rows_of(as_("supervisor"), "/findings.csv") if row["编号"]]
    assert {row["方式"] for row in issued} == {"明察"} and {row["督查人"] for row in issued} == {"督查室"}
    assert {row["严重程度"] for row in issued} == {"较重"} and {row["签收"] for row in issued} == {""}
    inspection = made.ids["inspections"]["实验小学"]
    inside = rows_of(as_("supervisor"), f"/inspections/{inspection}/findings.csv")
    assert [row["方式"] for row in inside] == ["暗访"]
    # Of an unannounced inspection that is not released its target has neither the row nor a place for it.
    assert as_("school").get(f"{API}/inspections/{inspection}/findings.csv").status_code == 404
    assert {row["方式"] for row in rows_of(as_("school"), "/findings.csv")} == {"明察"}


def test_the_breakdown_of_a_plan_tells_who_leads_and_how_far_it_is(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    led = stock.item(plan, "推进廉洁文化", measures="每学期一次。", required_evidence=["activity", "summary"])
    stock.responsible(plan, led, "教育股", "lead")
    stock.responsible(plan, led, "各学校（园）")
    stock.responsible(plan, led, "党办", "cooperate")
    shared = stock.item(plan, "收费自查", deadline_text="长期坚持")
    stock.responsible(plan, shared, "计财股")
    stock.responsible(plan, shared, "教育股")
    stock.assignment(plan, led, "实验小学", "completed", days=9, percent=100)
    stock.assignment(plan, led, "第一中学", "in_progress", days=9, percent=50)
    stock.assignment(plan, shared, "计财股")
    first, second = rows_of(as_("supervisor"), f"/plans/{plan}/ledger.csv")
    assert (first["牵头股室"], first["配合股室"]) == ("教育股", "各学校（园）、党办")
    assert (first["具体措施"], first["成果形式"]) == ("每学期一次。", "活动、总结")
    assert (first["进展"], first["状态"], first["印证材料"]) == ("75%（办结 1/2）", "办理中", "0")
    assert (second["牵头股室"], second["配合股室"], second["完成时限"]) == ("计财股、教育股", "", "长期坚持")
    assert {row[name] for row in (first, second) for name in ("责任领导", "责任人", "备注")} == {""}
    # Each sees the sums of what is theirs, by the page's own filters.
    (own,) = rows_of(as_("school"), f"/plans/{plan}/ledger.csv")
    assert (own["重点任务"], own["进展"]) == ("推进廉洁文化", "100%（办结 1/1）")
    assert [row["序号"] for row in rows_of(as_("supervisor"), f"/plans/{plan}/ledger.csv?state=pending")] == [
        second["序号"]
    ]
    assert as_("other_supervisor").get(f"{API}/plans/{plan}/ledger.csv").status_code == 404


def test_pages_give_away_what_their_address_filters(as_: As, browse: As, world: World) -> None:
    rectification(as_, world)
    page = browse("supervisor").get("/rectifications?state=pending&cursor=").text
    assert 'href="/rectifications.xlsx?state=pending"' in page
    assert 'href="/rectifications/print?state=pending"' in page
    assert browse("supervisor").get("/rectifications.xlsx?state=pending&sort=id").status_code == 200
    assert browse("supervisor").get("/rectifications.xlsx?state=never").status_code == 422


LEDGERS = {"/integrity-risks": RISKS, "/major-decisions": DECISIONS}
STATES = {"/integrity-risks": "identified", "/major-decisions": "decided"}


@pytest.mark.parametrize("home", LEDGERS)
def test_a_ledger_has_its_form_s_columns_and_its_list_s_rows_under_every_filter(
    as_: As, browse: As, world: World, home: str
) -> None:
    scenario.build(as_, world)
    headings, met = LEDGERS[home].split("|"), set()
    unit = world.unit["实验小学"]
    for account in ("supervisor", "school", "middle", "other_supervisor", "sysadmin"):
        client, browser = as_(account), browse(account)
        for query in ("?", f"?unit_id={unit}&", "?year=2026&", "?q=实验&", "?q=没有这一项&", f"?state={STATES[home]}&"):
            listed = ok(client.get(f"{API}{home}{query}count=true"))
            told = ok(client.get(f"{API}{home}/ledger{query}count=true"))
            count = told["total"]
            assert count == listed["total"] == len(told["data"]) == len(listed["data"]), (account, query)
            assert all(len(line) == len(headings) for line in told["data"])
            lines = csv_lines(ok_bytes(client.get(f"{API}{home}/ledger.csv{query}")))
            assert lines == csv_lines(ok_bytes(browser.get(f"{home}/ledger.csv{query}"))) and lines[0] == headings
            unescaped = [[cell.removeprefix("'") for cell in line] for line in lines]
            assert book_lines(ok_bytes(client.get(f"{API}{home}/ledger.xlsx{query}"))) == unescaped
            printed = page_lines(browser.get(f"{home}/ledger{query}").text)
            nothing = NOTHING_YET if query == "?" else "没有符合条件的内容"
            assert printed == (unescaped if count else [headings, [nothing]])
            # The list's own files begin with the same columns.
            beside = csv_lines(ok_bytes(client.get(f"{API}{home}.csv{query}")))
            assert beside[0] == LISTED[home].split("|")
            assert [line[: len(headings)] for line in beside] == lines
            met.add(count)
    assert len(met) > 1


def test_a_line_of_a_ledger_as_json_is_in_the_order_of_its_columns(as_: As, world: World) -> None:
    scenario.build(as_, world)
    (risk,) = ok(as_("school").get(f"{API}/integrity-risks/ledger"))["data"]
    assert list(risk) == [
        *("id", "department", "post", "duty_item", "risk_point", "manifestation", "likelihood", "impact", "level"),
        *("measures_told", "persons", "leaders", "deadlines", "review_on"),
    ]
    assert risk["measures_told"] == "三家比价，两人验收。" and risk["persons"] == "何芳"
    (matter,) = ok(as_("school").get(f"{API}/major-decisions/ledger"))["data"]
    assert list(matter) == [
        *("written_number", "category", "subject", "proposer", "preparation", "legality", "meeting", "when", "heads"),
        *("chair", "observer", "said", "voted", "result", "recused", "disclosed", "amount", "responsible_person"),
        *("deadline_on", "execution", "minutes"),
    ]
    assert matter["said"] == "1.高岩：同意。" and matter["recused"] == "何芳（亲属投标。）"
