"""A real browser against a live server. Without Debian's chromium these tests are skipped, saying so.

What a browser shows does not depend on the database: these run on SQLite alone, the API's own tests on both.
"""

import fcntl
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from app.demo import ensure
from app.settings import Settings
from tests import databases
from tests.browser.pages import Demo, import_draft
from tests.conftest import Prepared
from tests.world import PASSWORD
from web.main import create_app

CHROMIUM = Path("/usr/bin/chromium")
HTMX = Path(__file__).parents[2] / ".cache" / "htmx.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
DESKTOP, PHONE = (1366, 768), (390, 844)

Visit = Callable[..., Page]


@pytest.fixture(scope="session", params=[name for name in databases.NAMES if name == "sqlite"])
def prepared() -> Iterator[Prepared]:
    server = databases.Sqlite(databases.short_folder())
    yield Prepared(server)
    server.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Gone after each module: while it runs, Playwright keeps an event loop running on the worker's own thread."""
    if not CHROMIUM.exists():
        pytest.skip("没有 /usr/bin/chromium：apt-get install chromium fonts-noto-cjk 之后再运行")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The product with its demo data, for tests that only look. Made once, and copied for each worker."""
    shared, own = tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("demo") / "data"
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ensure(Settings(data=shared / "demo", database_url=None), None, lambda _: None)
        shutil.copytree(shared / "demo", own)
    settings = Settings(data=own, database_url=None)
    app = create_app(settings)
    with serving(app) as url:
        import_draft(url)
        yield Demo(app, url, settings)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port, in a thread."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        running = uvicorn.Server(uvicorn.Config(app, log_level="error", loop="asyncio"))
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        while not running.started:
            assert thread.is_alive(), "the server ended before it began"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join(10)


@pytest.fixture
def server(app: FastAPI) -> Iterator[str]:
    with serving(app) as url:
        yield url


def browsing(
    chromium: Browser, url: str, size: tuple[int, int] = DESKTOP, *, scripts: bool = True, dark: bool = False
) -> BrowserContext:
    """A browser of its own for one person: a window of that size, htmx from the file."""
    context = chromium.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
    )
    context.set_default_timeout(15_000)
    context.route("**/htmx.min.js", _serve_htmx)
    return context


def log_in(page: Page, account: str) -> Page:
    """Through the login form."""
    page.goto("/login")
    page.fill("[name=username]", account)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """``visit("school", "/my-work", size=PHONE, scripts=False)``: a page, logged in through the login form."""
    pages: dict[tuple[object, ...], Page] = {}

    def go(
        account: str, path: str, *, size: tuple[int, int] = DESKTOP, scripts: bool = True, dark: bool = False
    ) -> Page:
        key = (account, size, scripts, dark)
        if key not in pages:
            context = browsing(chromium, server, size, scripts=scripts, dark=dark)
            pages[key] = log_in(context.new_page(), account)
        if path:
            pages[key].goto(path)
        return pages[key]

    yield go
    for page in pages.values():
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
