"""A plan written anew: tasks moved, split, numbered otherwise, and several of one title. Who goes on as whom."""

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
