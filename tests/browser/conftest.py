"""A real browser against a live server. Without Debian's chromium these tests are skipped, saying so."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.world import PASSWORD

CHROMIUM = Path("/usr/bin/chromium")
HTMX = Path(__file__).parents[2] / ".cache" / "htmx.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
DESKTOP, PHONE = (1366, 768), (390, 844)

Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def on_sqlite_alone(prepared: Any) -> None:
    """What a browser shows does not depend on the database; the API's own tests run on both."""
    if not prepared.server.url.startswith("sqlite"):
        pytest.skip("浏览器测试只在 SQLite 上运行")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("没有 /usr/bin/chromium：apt-get install chromium fonts-noto-cjk 之后再运行")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(app: FastAPI) -> Iterator[str]:
    """The application on a free port, in a thread."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", loop="asyncio"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """``visit("school", "/my-work", size=PHONE, scripts=False)``: a page, logged in through the login form."""
    contexts: dict[tuple[Any, ...], Any] = {}

    def go(
        account: str, path: str, *, size: tuple[int, int] = DESKTOP, scripts: bool = True, dark: bool = False
    ) -> Page:
        key = (account, size, scripts, dark)
        if key not in contexts:
            context = chromium.new_context(
                base_url=server,
                viewport={"width": size[0], "height": size[1]},
                java_script_enabled=scripts,
                color_scheme="dark" if dark else "light",
                locale="zh-CN",
            )
            context.route("**/htmx.min.js", _serve_htmx)
            page = context.new_page()
            page.goto("/login")
            page.fill("[name=username]", account)
            page.fill("[name=password]", PASSWORD)
            page.click("main button, form button[type=submit], form button")
            page.wait_for_url(lambda url: "/login" not in url)
            contexts[key] = page
        page = contexts[key]
        if path:
            page.goto(path)
        return page  # type: ignore[no-any-return]

    yield go
    for page in contexts.values():
        page.context.close()


def _serve_htmx(route: Route) -> None:
    """The pinned bytes where they were fetched before; else nothing, and the pages work without."""
    if HTMX.exists():
        route.fulfill(
            body=HTMX.read_bytes(),
            content_type="text/javascript",
            headers={"access-control-allow-origin": "*"},
        )
    else:
        route.abort()
