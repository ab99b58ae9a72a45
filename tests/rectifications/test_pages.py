"""The ledger and a rectification's page: forms, what was typed, rounds, verification."""

import re
from html import unescape
from typing import Any

import pytest

from tests.conftest import As
from tests.rectifications.test_walk import WORDS, prove
from tests.walk.steps import API, ok, rectification, rectified
from tests.world import World


def csrf(browser: Any) -> dict[str, str]:
    return {"csrf": browser.headers["x-csrf-token"]}


def test_what_is_typed_is_kept_before_it_is_submitted(as_: As, browse: As, world: World) -> None:
    row = rectification(as_, world, immediate=True)
    home, browser = f"/rectifications/{row['id']}", browse("school")
    form = {**csrf(browser), "version": row["version"], **WORDS, "goal": ""}
    refused = browser.post(f"{home}/submit", data=form)
    assert refused.status_code == 409
    assert "没有提交成功，请先改正 1 处" in refused.text and 'href="#f-evidence"' in refused.text
    assert WORDS["cause"] in refused.text
    assert ok(as_("school").get(f"{API}{home}"))["cause"] == WORDS["cause"]
    prove(as_, "school", row)
    assert browser.post(f"{home}/submit", data=csrf(browser)).status_code == 303
    assert "待验收" in browser.get(home).text


def test_what_is_not_to_be_put_right_at_once_is_begun_first(as_: As, browse: As, world: World) -> None:
    row = rectification(as_, world)
    home, browser = f"/rectifications/{row['id']}", browse("school")
    page = browser.get(home).text
    assert "开始整改</button>" in page and "提交验收</button>" not in page and "开始整改后，" in page
    form = {**csrf(browser), "version": row["version"], **WORDS}
    early = browser.post(f"{home}/submit", data=form)
    assert early.status_code == 409 and "请先“开始整改”" in early.text and WORDS["cause"] in early.text
    at_once = rectification(as_, world, immediate=True)
    page = browser.get(f"/rectifications/{at_once['id']}").text
    assert "提交验收</button>" in page and "可以直接提交验收" in page


def test_saving_and_starting_with_the_form(as_: As, browse: As, world: World) -> None:
    row = rectification(as_, world)
    home, browser = f"/rectifications/{row['id']}", browse("school")
    form = {**csrf(browser), "version": row["version"], "cause": "分工不清。"}
    assert browser.post(f"{home}/start", data=form).status_code == 303
    started = ok(as_("school").get(f"{API}{home}"))
    assert started["state"] == "in_progress" and started["cause"] == "分工不清。"
    emptied = {**csrf(browser), "version": started["version"], "cause": "", "measures": "专人负责。"}
    assert browser.post(home, data=emptied).status_code == 303
    assert ok(as_("school").get(f"{API}{home}"))["cause"] is None


def test_a_stale_form_keeps_what_was_typed(as_: As, browse: As, world: World) -> None:
    row = rectification(as_, world)
    home, browser = f"/rectifications/{row['id']}", browse("school")
    form = {**csrf(browser), "version": row["version"], "cause": "甲"}
    assert browser.post(home, data=form).status_code == 303
    stale = browser.post(home, data={**form, "cause": "乙的说法"})
    assert stale.status_code == 412
    assert "已被他人更新</b>。您填写的内容还在" in stale.text and "乙的说法" in stale.text


def test_the_rectifier_sees_no_verification_form(as_: As, browse: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    home = f"/rectifications/{row['id']}"
    assert "销号</button>" not in browse("school").get(home).text
    assert "销号</button>" in browse("supervisor").get(home).text
    assert browse("kindergarten").get(home).status_code == 404


def test_why_it_came_back_stands_on_top_until_it_is_handed_in_again(as_: As, browse: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    home = f"/rectifications/{row['id']}"
    ok(as_("supervisor").post(f"{API}{home}/send-back", json={"note": "照片不清楚，请补拍。"}))
    assert "验收退回意见：</b>照片不清楚，请补拍。" in browse("school").get(home).text
    ok(as_("school").post(f"{API}{home}/submit"))
    assert "验收退回意见" not in browse("school").get(home).text


def test_sending_back_without_a_reason_is_said_at_the_field(as_: As, browse: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    home, browser = f"/rectifications/{row['id']}", browse("supervisor")
    refused = browser.post(f"{home}/send-back", data={**csrf(browser), "note": " "})
    assert refused.status_code == 422
    assert "没有退回成功，请先改正 1 处" in refused.text and 'id="f-note-error"' in refused.text
    closed = browser.post(f"{home}/close", data={**csrf(browser), "note": "现场核实。"})
    assert closed.status_code == 303
    page = browser.get(home).text
    assert page.count("验收意见</dt>") == 1 and "现场核实。" in page
    again = browser.post(f"{home}/close", data={**csrf(browser), "note": "重复点了一次"})
    assert again.status_code == 409
    assert "现场核实。" in browser.get(home).text


def test_earlier_rounds_stand_under_their_tabs(as_: As, browse: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    home, browser = f"/rectifications/{row['id']}", browse("supervisor")
    browser.post(f"{home}/close", data={**csrf(browser), "note": "首轮意见"})
    assert browser.post(f"{home}/reopen", data={**csrf(browser), "note": "又恢复旧标准"}).status_code == 303
    present = browser.get(home).text
    assert "第 2 轮" in present and "又恢复旧标准" in present and "已更新公示内容。" not in present
    first = browser.get(f"{home}?round=1").text
    assert "已更新公示内容。" in first and "首轮意见" in first and "公示照片" in first
    every = browser.get(f"{home}?round=all").text
    assert "已更新公示内容。" in every and "又恢复旧标准" in every
    assert "第 1 轮" in browse("school").get(home).text
    assert browser.get(f"{home}?round=x").status_code == 200


def test_asking_for_an_extension(as_: As, browse: As, world: World) -> None:
    row = rectification(as_, world)
    home, browser = f"/rectifications/{row['id']}", browse("school")
    early = {**csrf(browser), "deadline_on": "2020-01-01", "reason": "施工延误"}
    refused = browser.post(f"{home}/extensions", data=early)
    assert refused.status_code == 422 and "施工延误" in refused.text and 'value="2020-01-01"' in refused.text
    assert browser.post(f"{home}/extensions", data={**early, "deadline_on": "2199-01-01"}).status_code == 303
    assert "2199-01-01" in browser.get(home).text
    assert "不批准" in browse("leader").get(home).text
    assert "不批准" not in browse("supervisor").get(home).text


def test_the_ledger_filters_by_its_address(as_: As, browse: As, world: World) -> None:
    rectification(as_, world)
    ok(as_("kindergarten").post(f"{API}/rectifications", json={"problem": "消防通道堆放杂物。"}), 201)
    browser = browse("supervisor")
    everything = browser.get("/rectifications").text
    assert "消防通道" in everything and "收费公示栏" in everything
    own = browser.get("/rectifications?source=self_check&state=pending&lamp=&q=").text
    assert "消防通道" in own and "收费公示栏" not in own
    assert "没有符合条件的问题" in browser.get("/rectifications?lamp=red").text
    assert browser.get("/rectifications?lamp=blue").status_code == 422
    assert "消防通道" not in browse("school").get("/rectifications").text


@pytest.mark.parametrize("account", ["supervisor", "school"])
def test_every_chip_of_the_ledger_shows_as_many_rows_as_it_says(
    as_: As, browse: As, world: World, account: str
) -> None:
    rectification(as_, world)
    ok(as_("kindergarten").post(f"{API}/rectifications", json={"problem": "消防通道堆放杂物。"}), 201)
    browser = browse(account)
    page = unescape(browser.get("/rectifications?source=self_check").text)
    assert "source=self_check&state=pending" in page, "the other filters stay"
    page = unescape(browser.get("/rectifications").text)
    chips = re.findall(r'<a href="/rectifications(\?[^"]*)"( aria-current="true")?>(\S+) (\d+)</a>', page)
    assert [label for _, _, label, _ in chips] == ["全部", "逾期", "临期", "待整改", "整改中", "待验收", "已销号"]
    assert [label for _, current, label, _ in chips if current] == ["全部"]
    assert {label: count for _, _, label, count in chips}["待整改"] == ("2" if account == "supervisor" else "1")
    assert f"共 {chips[0][3]} 项" in page
    refused = unescape(browser.get("/rectifications?lamp=red&q=校服").text)
    assert "当前条件：逾期、“校服”。" in refused and "清除条件" in refused
    for query, _, label, count in chips:
        rows = ok(as_(account).get(f"{API}/rectifications{query}{'&' if query != '?' else ''}limit=200"))["data"]
        assert len(rows) == int(count), label


def test_one_is_printed_by_its_button(as_: As, browse: As, world: World) -> None:
    page = browse("supervisor").get(f"/rectifications/{rectification(as_, world)['id']}").text
    assert re.search(r'<button class="btn js desk" type="button" data-print>', page.partition("</header>")[2])


def test_registering_a_problem(as_: As, browse: As, world: World) -> None:
    browser = browse("school")
    assert "责任单位" in browser.get("/rectifications/new").text
    refused = browser.post("/rectifications", data={**csrf(browser), "problem": "", "deadline_on": "2199-01-01"})
    assert refused.status_code == 422 and 'value="2199-01-01"' in refused.text
    form = {**csrf(browser), "problem": "档案柜无目录。", "unit_id": world.unit["实验小学"]}
    made = browser.post("/rectifications", data=form)
    assert made.status_code == 303 and "档案柜无目录" in browser.get(made.headers["location"]).text
    assert browse("leader").get("/rectifications/new").status_code == 403
