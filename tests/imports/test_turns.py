"""Tables and plans are read two at once, whoever sends how many of them; everything else goes on beside that."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import parsing
from app.imports import sheets
from app.plans import reading
from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, counts, looked_through, send
from tests.walk.steps import API, ok

HEADS = ("单位名称", "类别")


class _Slow:
    """In place of a child: counts how many are under way, and is done when it is told."""

    def __init__(self) -> None:
        self.under_way = self.most = 0
        self.done = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def slowly(*args: Any) -> Any:
            with self._lock:
                self.under_way += 1
                self.most = max(self.most, self.under_way)
            self.done.wait(20)
            try:
                return work(*args)
            finally:
                with self._lock:
                    self.under_way -= 1

        return slowly


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Slow]:
    made = _Slow()
    monkeypatch.setattr(sheets, "read", made(sheets.read))
    monkeypatch.setattr(reading, "read_plan_now", made(reading.read_plan_now))
    yield made
    made.done.set()


def _plan(client: Any, n: int = 0) -> Any:
    text = f"一、重点任务\n1.健全制度{n}。责任单位：实验小学\n"
    return client.post(f"{API}/plans/import", files={"file": (f"方案{n}.txt", text.encode())})


def _table(client: Any, n: int = 0) -> Any:
    return send(client, as_csv(("青山小学", "学校"), heads=HEADS))


def test_of_many_tables_and_plans_two_are_read_at_once_and_the_others_in_their_turn(as_: As, slow: _Slow) -> None:
    clerk, planner = as_("sysadmin"), as_("supervisor")
    with ThreadPoolExecutor(12) as pool:
        sent = [pool.submit(*((_table, clerk) if n % 2 else (_plan, planner)), n) for n in range(12)]
        time.sleep(0.5)
        assert slow.most == parsing.AT_ONCE == 2
        # Whoever sends no table is kept waiting by none: files go on being received and sent.
        assert clerk.get(f"{API}/units.csv").status_code == 200
        proof = {"title": "会议记录", "kind": "meeting", "evidence_on": "2026-03-01"}
        photo = ("a.txt", "会议记录。".encode())
        assert as_("school").post(f"{API}/evidence", data=proof, files={"file": photo}).status_code == 201
        slow.done.set()
        answers = [each.result() for each in sent]
    assert slow.most == 2
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]


def test_whoever_gets_no_turn_is_told_when_to_come_back_and_leaves_nothing(
    as_: As, browse: As, slow: _Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "PATIENCE_S", 0.3)
    clerk, browser = as_("sysadmin"), browse("sysadmin")
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(_table, clerk) for _ in range(parsing.AT_ONCE)]
        while slow.under_way < parsing.AT_ONCE:
            time.sleep(0.01)
        refused = [_table(clerk), _plan(as_("supervisor"))]
        fields = {"csrf": browser.headers["x-csrf-token"], "resource": "units"}
        page = browser.post("/imports", data=fields, files={"file": ("a.csv", as_csv(("甲小学", "学校"), heads=HEADS))})
        slow.done.set()
        assert {each.result().status_code for each in sent} == {201}
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "没有轮到，请半分钟后再上传" in answer.json()["detail"]
        assert answer.headers["retry-after"] == "30"
    assert page.status_code == 503 and "没有轮到，请半分钟后再上传" in page.text
    assert len(ok(clerk.get(IMPORTS))["data"]) == parsing.AT_ONCE
    assert counts(looked_through(clerk, as_csv(("青山小学", "学校"), heads=HEADS))) == (1, 0, 0, 0)
