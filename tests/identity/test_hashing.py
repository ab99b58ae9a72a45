"""Passwords are compared a few at once: a stranger's forty logins take no more memory than two."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from app.identity import hashing, passwords
from tests.conftest import As
from tests.world import PASSWORD

SESSIONS = "/api/v1/sessions"


class _Slow:
    """In place of argon2: it counts how many are under way, and takes its time."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s, self.under_way, self.most = takes_s, 0, 0
        self._lock = threading.Lock()

    def verify(self, stored: str, password: str) -> bool:
        with self._lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(self.takes_s)
        with self._lock:
            self.under_way -= 1
        return password == PASSWORD

    def hash(self, password: str) -> str:
        return f"hashed${password}"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], _Slow]:
    def put(takes_s: float) -> _Slow:
        made = _Slow(takes_s)
        monkeypatch.setattr(passwords, "_HASHER", made)
        return made

    return put


async def _as_somebody_else(client: httpx.AsyncClient, n: int) -> httpx.Response:
    return await client.post(SESSIONS, json={"username": f"invented-{n}", "password": "guess"})


def test_forty_strangers_names_are_compared_two_at_once(
    race: Callable[..., list[httpx.Response]], slow: Callable[[float], _Slow]
) -> None:
    hasher = slow(0.02)
    answers = race(_as_somebody_else, 40)
    assert {answer.status_code for answer in answers} == {401}
    assert hasher.most == hashing.AT_ONCE <= 4


def test_whoever_gets_no_turn_is_told_so_and_locked_out_by_nothing(
    race: Callable[..., list[httpx.Response]],
    slow: Callable[[float], _Slow],
    monkeypatch: pytest.MonkeyPatch,
    client: TestClient,
) -> None:
    async def right(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(SESSIONS, json={"username": "school", "password": "no"})

    slow(0.6)
    monkeypatch.setattr(hashing, "PATIENCE_S", 0.3)
    answers = race(right, 4)
    assert [answer.status_code for answer in answers] == [503] * 4
    assert "没有轮到，请稍后再试" in answers[0].json()["detail"]
    monkeypatch.undo()
    for _ in range(4):  # Of five none was counted.
        assert client.post(SESSIONS, json={"username": "school", "password": "no"}).status_code == 401
    assert client.post(SESSIONS, json={"username": "school", "password": PASSWORD}).status_code == 201


def test_a_change_of_password_waits_for_the_same_turns(
    browse: As, slow: Callable[[float], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browse("school")
    body = {"old_password": PASSWORD, "new_password": "another-long-one"}
    slow(0.6)
    monkeypatch.setattr(hashing, "PATIENCE_S", 0.1)
    for _ in range(6):  # Not counted either.
        refused = browser.post("/api/v1/me/password", json=body)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    monkeypatch.setattr(hashing, "PATIENCE_S", 5)
    assert browser.post("/api/v1/me/password", json=body).status_code == 204
