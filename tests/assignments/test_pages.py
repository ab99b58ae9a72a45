"""The ledger, a row and the dispatch preview on pages, with scripts off."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.assignments.conftest import Ledger
from tests.assignments.test_dispatch import OUTLINE, named
from tests.conftest import As
from tests.exported import book_lines, csv_lines
from tests.stock import Stock, day
from tests.walk.steps import ok

API = "/api/v1/assignments"


def html(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.text[:2000]
    return unescape(answer.text)


def post(browser: TestClient, path: str, **fields: Any) -> Any:
    return browser.post(path, data={"csrf": browser.headers["x-csrf-token"], **fields})


@pytest.fixture
def mixed(ledger: Ledger) -> Ledger:
    ledger.row("人事股", "in_progress", days=-2)
    for n, (unit, state) in enumerate(
        [("实验小学", "pending"), ("第一中学", "submitted"), ("第一幼儿园", "completed"), ("柳林小学", "declined")]
    ):
        ledger.row(unit, state, days=n)
    ledger.row("柳林镇中心校", "waived")
    other = ledger.stock.item(ledger.plan, "健全议事决策制度")
    ledger.row("人事股", "pending", item=other)
    return ledger


@pytest.mark.parametrize("account", ["supervisor", "office", "school", "central"])
def test_every_chip_shows_as_many_rows_as_it_says(as_: As, browse: As, mixed: Ledger, account: str) -> None:
    page = html(browse(account).get("/assignments?view=unit"))
    chips = re.findall(r'<a href="(/assignments\?[^"]+)"[^>]*>(\S+) (\d+)</a>', page)
    assert len(chips) >= 7
    for href, label, count in chips:
        params = dict(parse_qsl(urlsplit(href).query))
        params.pop("view")
        rows = ok(as_(account).get(API, params={**params, "limit": 200}))["data"]
        assert len(rows) == int(count), label
        shown = html(browse(account).get(href))
        assert len(re.findall(r'class="btn" href="/assignments/\d+"', shown)) == int(count), label


def test_items_are_shown_with_their_rows_done_and_due(browse: As, as_: As, mixed: Ledger) -> None:
    page = html(browse("supervisor").get("/assignments"))
    assert "推进廉洁文化融入校园文化建设" in page and "健全议事决策制度" in page
    links = re.findall(r'<a href="(/assignments\?[^"]*plan_item_id=\d+[^"]*&state=[^"]+)">(\d+)</a>', page)
    assert [int(count) for _, count in links] == [1, 5, 1]
    for href, count in links:
        params = dict(parse_qsl(urlsplit(href).query))
        params.pop("view")
        assert len(ok(as_("supervisor").get(API, params=params))["data"]) == int(count)


def test_item_chips_count_items(browse: As, mixed: Ledger) -> None:
    page = html(browse("supervisor").get("/assignments?view=item"))
    counts = dict(re.findall(r">(全部|逾期|待签收|办理中|办结) (\d+)</a>", page))
    assert counts == {"全部": "2", "逾期": "1", "待签收": "1", "办理中": "1", "办结": "0"}
    late = html(browse("supervisor").get(f"/assignments?view=item&plan_id={mixed.plan}&lamp=red"))
    assert "推进廉洁文化" in late and "健全议事决策制度" not in late


def test_filters_live_in_the_address_and_empty_ones_are_none(browse: As, mixed: Ledger) -> None:
    page = html(browse("supervisor").get("/assignments?view=unit&state=&unit_id=&q=议事"))
    assert "健全议事决策制度" in page and "推进廉洁文化" not in page
    assert "没有符合条件的任务" in html(browse("supervisor").get("/assignments?q=没有的"))


def test_bulk_steps_tell_what_was_done_and_what_was_not(browse: As, mixed: Ledger) -> None:
    sent, wrong = mixed.row("实验小学", "submitted", period="2023"), mixed.row("实验小学", "in_progress", period="2024")
    browser = browse("supervisor")
    path = "/assignments/bulk?view=unit"
    told = html(post(browser, path, **{"ids[]": [str(sent), str(wrong)], "action": "complete"}))
    assert "已办结 1 项" in told and "另有 1 项没有办成" in told and "当前是“办理中”" in told
    again = post(
        browser, path, **{"ids[]": [str(mixed.row("第一中学", "submitted", period="2023"))], "action": "complete"}
    )
    assert (again.status_code, again.headers["location"]) == (303, "/assignments?view=unit")
    assert "请先勾选要办理的项" in html(post(browser, path, action="complete"))
    refused = post(browser, path, **{"ids[]": [str(wrong)], "action": "send_back"})
    assert refused.status_code == 422 and "退回时必须写明原因" in refused.text


def test_school_goes_through_a_row_by_forms_alone(browse: As, as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", days=20)
    school, home = browse("school"), f"/assignments/{row}"
    assert post(school, f"{home}/acknowledge").status_code == 303
    early = post(school, f"{home}/submit")
    assert early.status_code == 409 and "还没有填报过进展" in early.text
    bad = post(school, f"{home}/progress-reports", text="已开展活动。", percent="200")
    assert bad.status_code == 422 and "已开展活动。" in bad.text, "what was typed is kept"
    assert post(school, f"{home}/progress-reports", text="已开展活动。", percent="80").status_code == 303
    late = post(school, f"{home}/extensions", deadline_on=day(5).isoformat(), reason="评比改期。")
    assert late.status_code == 422 and "评比改期。" in late.text
    assert post(school, f"{home}/extensions", deadline_on=day(40).isoformat(), reason="评比改期。").status_code == 303
    assert post(school, f"{home}/submit").status_code == 303
    leader = browse("leader")
    asked = ok(as_("leader").get("/api/v1/extensions"))["data"][0]
    assert "批准" in html(leader.get(home))
    back = post(leader, f"/extensions/{asked['id']}/approve", back=home)
    assert (back.status_code, back.headers["location"]) == (303, home)
    supervisor = browse("supervisor")
    empty = post(supervisor, f"{home}/send-back", note="")
    assert empty.status_code == 422 and "退回时必须写明原因" in empty.text
    assert post(supervisor, f"{home}/send-back", note="缺总结。").status_code == 303
    assert "缺总结。" in html(school.get(home))
    assert post(school, f"{home}/submit").status_code == 303
    assert post(supervisor, f"{home}/complete", note="同意。").status_code == 303
    assert ok(as_("school").get(f"{API}/{row}"))["state"] == "completed"


def test_whoever_acknowledges_is_told_until_when(browse: As, ledger: Ledger) -> None:
    school, timed, untimed = browse("school"), ledger.row("实验小学", days=20), ledger.row("实验小学", period="2024")
    for row, words in ((timed, f"已签收，完成时限 {day(20).isoformat()}。请在办理中"), (untimed, "已签收。请在办理中")):
        assert words in html(school.get(post(school, f"/assignments/{row}/acknowledge").headers["location"]))


@pytest.mark.parametrize("account", ["supervisor", "office", "education", "school", "leader", "discipline"])
def test_forms_are_those_that_are_allowed(browse: As, as_: As, ledger: Ledger, account: str) -> None:
    ledger.row("人事股")
    for state in ("pending", "in_progress", "submitted", "completed", "declined", "waived", "cancelled"):
        row = ledger.row("实验小学", state, days=9, period=state)
        if as_(account).get(f"{API}/{row}").status_code == 404:
            assert browse(account).get(f"/assignments/{row}").status_code == 404
            continue
        page = html(browse(account).get(f"/assignments/{row}"))
        offered = set(re.findall(rf'(?:form)?action="/assignments/{row}/([a-z-]+)"', page))
        if 'action="/evidence/upload"' in page:
            offered.add("link-evidence")
        names = {"report": "progress-reports", "urge": "urgings", "request_extension": "extensions"}
        allowed = ok(as_(account).get(f"{API}/{row}"))["allowed_actions"]
        assert offered == {names.get(a, a.replace("_", "-")) for a in allowed}, state


def test_urging_by_page(browse: As, as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress")
    assert post(browse("supervisor"), f"/assignments/{row}/urgings", level="2", note="").status_code == 303
    assert ok(as_("school").get(f"{API}/{row}"))["urgings"][0]["level"] == 2


def test_dispatch_preview_says_what_the_button_does(browse: As, as_: As, stock: Stock) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    item = named(stock, plan, "人事股", "各学校（园）")
    stock.assignment(plan, item, "教育股", "in_progress", percent=40, report_count=1)
    stock.assignment(plan, item, "党办")
    supervisor = browse("supervisor")
    page = html(supervisor.get(f"/plans/{plan}/dispatch?item={item}"))
    assert "下发 6 项，收回 2 项" in page
    assert "已在办理" in page and "教育股 办理中 40%" in page
    assert "按“各学校（园）”规则列入" in page
    done = post(supervisor, f"/plans/{plan}/dispatch")
    assert done.status_code == 303
    again = html(supervisor.get(f"/plans/{plan}/dispatch"))
    assert "没有要新增、收回或调整的任务" in again
    assert browse("school").get(f"/plans/{plan}/dispatch").status_code == 403
    assert post(supervisor, f"/plans/{plan}/withdraw", note="上级停止。").headers["location"] == f"/plans/{plan}"
    assert post(supervisor, f"/plans/{plan}/dispatch").status_code == 409


def test_each_figure_of_the_preview_opens_as_many_rows_as_it_says(browse: As, stock: Stock) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    item = named(stock, plan, "人事股", "各学校（园）")
    stock.assignment(plan, item, "教育股", "in_progress", percent=40, report_count=1)
    supervisor = browse("supervisor")
    page = html(supervisor.get(f"/plans/{plan}/dispatch?item={item}"))
    figures = re.findall(r'<a class="tile" href="([^"]+)"><span>([^<]+)</span>\s*<b>(\d+)</b>', page)
    assert [(label, count) for _, label, count in figures] == [("新增", "6"), ("收回", "1"), ("下发后任务", "6")]
    cell = re.search(rf'href="([^"]+part=retire#item-{item})">1</a>', page)
    for href, count in [*((href, count) for href, _, count in figures), (cell and cell[1], "1")]:
        opened = html(supervisor.get(href or ""))
        assert re.findall(r"<dt>[^<\d]+(\d+)</dt>", opened) == [count]
        assert len(re.findall(r'class="chip[ "]', opened)) == int(count) and "全部名单" not in opened


def test_the_list_of_a_dispatch_goes_out_as_the_preview_counts_it(browse: As, as_: As, stock: Stock) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    item = named(stock, plan, "人事股", "各学校（园）")
    stock.assignment(plan, item, "教育股", "in_progress", percent=40, report_count=1)
    stock.assignment(plan, item, "人事股")
    supervisor = browse("supervisor")
    page = html(supervisor.get(f"/plans/{plan}/dispatch"))
    assert f'href="/plans/{plan}/dispatch.xlsx?"' in page and "导出名单" in page
    counts = ok(as_("supervisor").get(f"/api/v1/plans/{plan}/dispatch"))
    head, *lines = csv_lines(supervisor.get(f"/plans/{plan}/dispatch.csv").content)
    assert head[:5] == ["下发后", "序号", "重点任务", "单位", "分工"]
    told = [line[0] for line in lines]
    assert [told.count(word) for word in ("新增", "收回", "保留")] == [
        len(counts[part]) for part in ("add", "retire", "keep")
    ]
    school = next(line for line in lines if line[3] == "实验小学")
    assert (school[0], school[7]) == ("新增", "各学校（园）")
    gone = next(line for line in lines if line[0] == "收回")
    assert (gone[3], gone[8], gone[9]) == ("教育股", "办理中", "40")
    assert book_lines(supervisor.get(f"/plans/{plan}/dispatch.xlsx").content) == [head, *lines]
    after = csv_lines(supervisor.get(f"/plans/{plan}/dispatch.csv?part=after").content)[1:]
    assert len(after) == len(lines) - 1 and "收回" not in {line[0] for line in after}
    assert f"/plans/{plan}/dispatch.xlsx?part=retire" in html(supervisor.get(f"/plans/{plan}/dispatch?part=retire"))
    assert supervisor.get(f"/plans/{plan}/dispatch.csv?part=none").status_code == 422
    for account, status in (("school", 403), ("other_supervisor", 404)):
        assert as_(account).get(f"/api/v1/plans/{plan}/dispatch.csv").status_code == status, account


def test_a_row_says_by_which_group_the_school_has_it_and_who_reviews_it(browse: As, stock: Stock) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    item = named(stock, plan, "人事股", "各学校（园）")
    office = stock.assignment(plan, item, "人事股")
    row = stock.assignment(plan, item, "实验小学")
    page = html(browse("school").get(f"/assignments/{row}"))
    assert "（实验小学按“各学校（园）”列入）" in page and "<dt>审核单位</dt><dd>人事股、督查室</dd>" in page
    page = html(browse("supervisor").get(f"/assignments/{office}"))
    assert "列入）" not in page and "<dt>审核单位</dt><dd>督查室</dd>" in page


def test_search_finds_what_the_person_may_see(browse: As, ledger: Ledger) -> None:
    ledger.row("实验小学")
    ledger.row("第一中学")
    mine = html(browse("school").get("/search?q=廉洁文化"))
    tasks = re.findall(r'href="/assignments/\d+">', mine)
    assert len(tasks) == 1
    assert "没有找到" in html(browse("school").get("/search?q=不存在的词"))
    assert len(re.findall(r'href="/assignments/\d+">', html(browse("supervisor").get("/search?q=廉洁文化")))) == 2
    assert html(browse("auditor").get("/search?q=廉洁文化")).count("/assignments/") == 0
    assert browse("school").get("/search").status_code == 200


def test_extensions_have_a_list_and_a_page(browse: As, as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress", days=9)
    body = {"deadline_on": day(30).isoformat(), "reason": "评比改期。"}
    made = ok(as_("school").post(f"{API}/{row}/extensions", json=body), 201)
    assert "实验小学" in html(browse("leader").get("/extensions?state=requested"))
    assert "评比改期。" in html(browse("leader").get(f"/extensions/{made['id']}"))
    refused = post(browse("leader"), f"/extensions/{made['id']}/refuse", note="")
    assert refused.status_code == 422 and "不批准时必须写明原因" in refused.text


@pytest.mark.parametrize("view", ["item", "unit"])
def test_what_a_notice_of_a_dispatch_leads_to_can_be_taken_away_and_printed(
    browse: As, mixed: Ledger, view: str
) -> None:
    browser = browse("supervisor")
    page = html(browser.get(f"/assignments?plan_id={mixed.plan}&dispatch_id=1&view={view}"))
    links = re.findall(r'href="([^"]*(?:\.xlsx|\.csv|/print)\?[^"]*dispatch_id=1[^"]*)"', page)
    assert len(links) == 3
    assert [browser.get(link).status_code for link in links] == [200, 200, 200]
