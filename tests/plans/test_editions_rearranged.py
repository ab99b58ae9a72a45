"""A plan written anew: tasks moved, split, numbered otherwise, and several of one title. Who goes on as whom."""

import re
from difflib import SequenceMatcher
from types import SimpleNamespace
from typing import Any

import pytest

from app.plans import editions
from tests.conftest import As
from tests.walk.steps import API, import_plan, items, ok
from tests.world import World

FIRST = """2026年推进廉洁从教专项实施方案
一、主要任务
（一）管住关键环节
1.规范食堂管理。主要措施：食材采购公开招标，每月公示一次账目。牵头股室：计财股；配合股室：督查室
2.加强监督检查。主要措施：每学期抽查食堂台账，发现问题限期整改。责任股室：督查室
3.健全招生制度并开展招生宣传。主要措施：修订招生办法，经教代会审议后公开招生计划、程序和录取结果；印发招生问答，在各村各社区设点讲解入学政策。责任股室：教育股
（二）涵养从教风气
4.签订师德承诺书。主要措施：全体教师逐人签订，存入个人档案。责任股室：人事股
5.加强监督检查。主要措施：明察暗访有偿补课，查实一起处理一起。责任股室：督查室、教育股
"""
REARRANGED = """2026年推进廉洁从教专项实施方案
一、主要任务
（一）涵养从教风气
1.签订师德承诺书。主要措施：全体教师逐人签订，存入个人档案。责任股室：人事股
2.加强监督检查。主要措施：明察暗访有偿补课，查实一起处理一起。责任股室：督查室、教育股
3.规范食堂管理。主要措施：食材采购公开招标，每月公示一次账目。牵头股室：计财股；配合股室：督查室
（二）管住关键环节
4.健全招生制度。主要措施：修订招生办法，经教代会审议后公开招生计划、程序和录取结果。责任股室：教育股
5.开展招生宣传。主要措施：印发招生问答，在各村各社区设点讲解入学政策。责任股室：教育股
"""


def compared(as_: As, second: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ok(as_("supervisor").get(f"{API}/plans/{second['id']}/comparison"))["data"]
    return rows


def test_what_was_moved_split_or_numbered_otherwise_goes_on_as_it_was(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    first = import_plan(supervisor, FIRST)
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    second = import_plan(supervisor, REARRANGED)
    rows = compared(as_, second)
    told = [(row["change"], row["before"] and row["before"]["number"], row["changed"]) for row in rows]
    assert told == [
        ("unchanged", "4", []),
        ("unchanged", "5", []),
        ("changed", "1", ["area"]),
        ("changed", "3", ["title", "measures"]),
        ("added", None, []),
        ("removed", "2", []),
    ]
    moved = rows[2]
    assert (moved["before"]["area"], moved["after"]["area"]) == ("管住关键环节", "涵养从教风气")
    removed = rows[-1]["before"]
    assert removed["measures"].startswith("每学期抽查食堂台账"), "not the other task of that title"
    keys = [{item["number"]: item["key"] for item in items(as_, plan["id"])} for plan in (first, second)]
    assert (keys[0]["4"], keys[0]["1"]) == (keys[1]["1"], keys[1]["3"])


def test_a_split_task_tells_where_its_other_half_came_from(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    first = import_plan(supervisor, FIRST)
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    second = import_plan(supervisor, REARRANGED)
    *_, added, _ = compared(as_, second)
    assert (added["change"], added["after"]["title"]) == ("added", "开展招生宣传")
    assert (added["akin"]["number"], added["akin"]["title"]) == ("3", "健全招生制度并开展招生宣传")
    page = browse("supervisor").get(f"/plans/{second['id']}/comparison").text
    assert "文字来自上一版第3项" in page
    assert "原 2</td>" in page, "the number of what is gone is the older edition's"


def test_two_sentences_are_told_one_after_the_other(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    first = import_plan(supervisor, FIRST)
    ok(supervisor.post(f"{API}/plans/{first['id']}/issue"))
    changed = FIRST.replace("食材采购公开招标，每月公示一次账目", "统一配送食材，账目按月向家长公布")
    (row,) = [row for row in compared(as_, import_plan(supervisor, changed)) if row["change"] == "changed"]
    pieces = row["texts"]["measures"]
    assert all(len(piece["text"]) > 2 for piece in pieces[1:-1] if piece["op"] == "same")
    assert "".join(piece["text"] for piece in pieces if piece["op"] != "added") == row["before"]["measures"]
    assert "".join(piece["text"] for piece in pieces if piece["op"] != "removed") == row["after"]["measures"]


def test_many_tasks_of_one_title_are_not_read_to_their_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compared stays the same work, whether two long tasks or forty bear a title."""
    compared: list[int] = []

    class Counting(SequenceMatcher[str]):
        def ratio(self) -> float:
            compared.append(len(self.a) * len(self.b))
            return 0.5

    def task(n: int) -> Any:
        return SimpleNamespace(id=n, key=f"k-{n}", title="加强监督检查", area=None, measures="明察暗访" * 1_000)

    monkeypatch.setattr(editions, "SequenceMatcher", Counting)
    for times in (2, 40):
        compared.clear()
        old, new = ([task(n) for n in range(first, first + times)] for first in (0, 100))
        assert len(list(editions._of_one_title(new, old))) == times
        assert len(compared) == times**2 and sum(compared) <= editions.MOST_COMPARED


JOINED = FIRST.replace(
    "4.签订师德承诺书。主要措施：全体教师逐人签订，存入个人档案。责任股室：人事股\n5.加强监督检查",
    "4.签订师德承诺书并管住食堂采购。主要措施：全体教师逐人签订，存入个人档案。食材采购公开招标，每月公示一次账目。"
    "责任股室：人事股\n5.加强监督检查",
).replace("1.规范食堂管理。主要措施：食材采购公开招标，每月公示一次账目。牵头股室：计财股；配合股室：督查室\n", "")


def drafted(as_: As, text: str) -> tuple[dict[str, Any], dict[str, int], dict[str, int], str]:
    """The next edition, and by number the ids of the older items and of its own."""
    supervisor = as_("supervisor")
    first = import_plan(supervisor, FIRST)
    for step in ("issue", "dispatch"):
        ok(supervisor.post(f"{API}/plans/{first['id']}/{step}"))
    second = import_plan(supervisor, text)
    old, new = ({item["number"]: item["id"] for item in items(as_, plan["id"])} for plan in (first, second))
    return second, old, new, f"/plans/{second['id']}/comparison"


def choice(browser: Any, at: str, words: str) -> tuple[str, dict[str, str]]:
    """What a button of the comparison sends, as the page has it now."""
    forms = re.findall(r'<form class="step"[^>]*action="([^"]+)">(.*?)</form>', browser.get(at).text, re.S)
    (found,) = [(action, inner) for action, inner in forms if f">{words}</button>" in inner]
    return found[0], dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[1]))


def test_a_split_is_named_and_whoever_issues_chooses_the_half_that_goes_on(as_: As, browse: As, world: World) -> None:
    second, old, new, at = drafted(as_, REARRANGED)
    supervisor, browser = as_("supervisor"), browse("supervisor")

    def split() -> Any:
        (row,) = ok(supervisor.get(f"{API}{at}"))["regroupings"]
        numbers = sorted(part["number"] for part in row["parts"])
        assert (row["kind"], row["whole"]["id"], numbers) == ("split", old["3"], ["4", "5"])
        return row["goes_on_id"]

    assert split() == new["4"], "as before: under the half that has more of the text"
    shown = browser.get(at).text
    assert "拆分" in shown and "在办的任务转到第4项，其余作为新任务下发" in shown and "改由第5项接续" in shown
    assert "在办的任务转到第4项" in browser.get(f"/plans/{second['id']}/review").text
    sent = {"compared_plan_id": second["id"], "continues_id": old["3"]}
    action, chosen = choice(browser, at, "改由第5项接续")
    assert action == f"/plan-items/{new['5']}" and chosen.items() >= {k: str(v) for k, v in sent.items()}.items()
    refused = browser.post(action, data=chosen | {"take_over": ""})
    assert refused.status_code == 422 and "已由第4项接续" in refused.text
    done = browser.post(action, data=chosen)
    assert done.status_code == 303 and done.headers["location"].startswith(at)
    assert split() == new["5"]
    work = {row["id"] for row in ok(supervisor.get(f"{API}/assignments?plan_item_id={old['3']}"))["data"]}
    ok(supervisor.post(f"{API}/plans/{second['id']}/issue"))
    assert "改由第4项接续" not in browser.get(at).text, "what is issued stands"
    ok(supervisor.post(f"{API}/plans/{second['id']}/dispatch"))
    rows = ok(supervisor.get(f"{API}/assignments?plan_id={second['id']}&limit=200"))["data"]
    assert {row["plan_item_id"] for row in rows if row["id"] in work} == {new["5"]}
    assert {row["plan_item_id"] for row in rows if row["id"] not in work} >= {new["4"]}, "the other half begins anew"


def test_neither_half_may_go_on(as_: As, browse: As, world: World) -> None:
    _, old, new, at = drafted(as_, REARRANGED)
    browser = browse("supervisor")
    for number in ("4", "5"):
        action, chosen = choice(browser, at, f"第{number}项作为新任务")
        assert action == f"/plan-items/{new[number]}" and chosen["continues_id"] == ""
        assert browser.post(action, data=chosen).status_code == 303
    (row,) = ok(as_("supervisor").get(f"{API}{at}"))["regroupings"]
    assert (row["whole"]["id"], row["goes_on_id"]) == (old["3"], None)
    assert "原任务没有接续的一项" in browser.get(at).text and "改由第4项接续" in browser.get(at).text


def test_a_joined_task_tells_what_it_was_and_takes_over_either(as_: As, browse: As, world: World) -> None:
    _, old, new, at = drafted(as_, JOINED)
    supervisor, browser = as_("supervisor"), browse("supervisor")

    def joined() -> Any:
        (row,) = ok(supervisor.get(f"{API}{at}"))["regroupings"]
        assert (row["kind"], row["whole"]["id"]) == ("joined", new["4"])
        assert {part["id"] for part in row["parts"]} == {old["1"], old["4"]}
        return row["goes_on_id"]

    first = joined()
    other = ({old["1"], old["4"]} - {first}).pop()
    assert "合并" in browser.get(at).text
    number = next(number for number, item in old.items() if item == other)
    action, chosen = choice(browser, at, f"改为接续原第{number}项")
    assert action == f"/plan-items/{new['4']}" and browser.post(action, data=chosen).status_code == 303
    assert joined() == other


def test_a_choice_on_a_page_that_is_out_of_date_changes_nothing(as_: As, browse: As, world: World) -> None:
    """Neither of an item that another changed meanwhile, nor of one that by now another item goes on from."""
    _, old, new, at = drafted(as_, REARRANGED)
    supervisor, browser = as_("supervisor"), browse("supervisor")

    def goes_on() -> Any:
        return ok(supervisor.get(f"{API}{at}"))["regroupings"][0]["goes_on_id"]

    action, stale = choice(browser, at, "改由第5项接续")
    item = f"{API}/plan-items/{new['5']}"
    version = {"if-match": str(ok(supervisor.get(item))["version"])}
    ok(supervisor.patch(item, json={"weight": 20}, headers=version))
    refused = browser.post(action, data=stale)
    assert refused.status_code == 412 and "已被他人更新" in refused.text and "改由第5项接续" in refused.text
    assert browser.post(action, data={name: stale[name] for name in stale if name != "version"}).status_code == 412
    assert goes_on() == new["4"]
    action, stale = choice(browser, at, "改由第5项接续")
    other = f"{API}/plan-items/{new['3']}"
    taken = {"continues_id": old["3"], "take_over": True}
    version = {"if-match": str(ok(supervisor.get(other))["version"])}
    assert supervisor.patch(other, json={**taken, "held_by_id": new["5"]}, headers=version).status_code == 412
    ok(supervisor.patch(other, json={**taken, "held_by_id": new["4"]}, headers=version))
    assert browser.post(action, data=stale).status_code == 412
    assert ok(supervisor.get(other))["continues_id"] == old["3"], "what another person just chose stands"
