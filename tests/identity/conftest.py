"""Two instances of the product on one database, and a clock that can be moved."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import calendar
from app.settings import Settings
from web.main import create_app

STRANGER = "203.0.113.9"
Send = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


@pytest.fixture
def second(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """Another instance beside ``client``'s: caches, threads and connections of its own."""
    made = create_app(settings.model_copy())
    with TestClient(made, base_url="http://testserver", follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def race(app: FastAPI, second: TestClient) -> Callable[..., list[httpx.Response]]:
    """``race(send, 20)``: so many requests under way at once, in turn to the one instance and the other."""
    apps = [app, second.app]

    def run(send: Send, times: int) -> list[httpx.Response]:
        async def all_at_once() -> list[httpx.Response]:
            clients = [
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(each, client=(STRANGER, 1)), base_url="http://testserver"
                )
                for each in apps
            ]
            answers = await asyncio.gather(*(send(clients[n % 2], n) for n in range(times)))
            for client in clients:
                await client.aclose()
            return answers

        return asyncio.run(all_at_once())

    return run


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``later(minutes=16)``: from now on it is so much later, wherever the program asks for the time."""
    gone = timedelta()
    real = calendar.now

    def move(**by: Any) -> None:
        nonlocal gone
        gone += timedelta(**by)
        for module in ("app.identity.gate", "app.identity.login", "app.core.operation"):
            monkeypatch.setattr(f"{module}.now", lambda: real() + gone)
        monkeypatch.setattr("app.core.operation.begun", lambda connection: None)

    return move


def same_browser(browser: TestClient, elsewhere: TestClient) -> TestClient:
    """The same cookies and token, sent to another instance."""
    other = TestClient(elsewhere.app, base_url="http://testserver", follow_redirects=False)
    other.portal = elsewhere.portal
    other.cookies.update(browser.cookies)
    other.headers.update(
        {name: browser.headers[name] for name in ("x-csrf-token", "authorization") if name in browser.headers}
    )
    return other
