"""What a page loads: with ``QL_ASSETS=local`` nothing foreign, with ``cdn`` one pinned script and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from app.assets import HTMX_INTEGRITY, cdn_url
from app.demo import RECEIPT
from tests.browser.conftest import HTMX, browsing, log_in, serving
from tests.browser.pages import ACCOUNT, ROLES, Demo, addresses, import_draft, plain
from tests.browser.test_pages import Seen
from tests.cli.conftest import run
from tests.drawn import WORD, falls_to_this
from web.main import create_app

pytestmark = pytest.mark.skipif(not HTMX.exists(), reason="没有 .cache/htmx.min.js：.ci/run 会取来")
SCRIPT = "script[src*=htmx]"
STRANGERS = {"/unsubscribe"}
"""What people open from a mail, without an account: it has no script at all."""


@pytest.fixture(scope="module")
def local(demo: Demo) -> Iterator[Demo]:
    """The same bureau, served by an installation that ``qinglian assets`` has filled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QL_DATA", str(demo.settings.data))
        filled = run("assets", "--file", str(HTMX))
    assert filled.code == 0, filled.err
    settings = demo.settings.model_copy(update={"assets": "local"})
    app = create_app(settings)
    with serving(app) as url:
        yield Demo(app, url, settings)


def refused(request: Request) -> bool:
    """Failed, and not only left behind as the next page was asked for."""
    return "ERR_ABORTED" not in (request.failure or "")


class Watched:
    """A browser's page with all that it asks for, and what went wrong with it."""

    def __init__(self, chromium: Browser, url: str) -> None:
        self.url = url
        self.context = chromium.new_context(base_url=url)
        self.page = page = self.context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        note = self.wrong.append
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: note(f"failed: {request.url}") if refused(request) else None)
        page.on("response", lambda answer: note(f"{answer.status}: {answer.url}") if answer.status >= 500 else None)
        page.on("console", lambda said: note(said.text) if "violates" in said.text else None)

    def go(self, address: str) -> None:
        answer = self.page.goto(address)
        assert answer is not None
        self.allows_nothing_foreign(address, answer.headers)

    def allows_nothing_foreign(self, address: str, headers: dict[str, str]) -> None:
        if "http" in headers["content-security-policy"]:
            self.wrong.append(f"a foreign source is allowed: {address}")

    def ends_with_nothing_foreign(self, at_least: int) -> None:
        assert self.wrong == []
        assert len(self.asked) >= at_least
        assert {url for url in self.asked if not url.startswith((f"{self.url}/", "data:"))} == set()
        self.context.close()


@pytest.mark.parametrize("roles", [ROLES[:3], ROLES[3:6], ROLES[6:]], ids=" ".join)
def test_local_assets_load_nothing_foreign(local: Demo, chromium: Browser, roles: tuple[str, ...]) -> None:
    """Of each page that a role sees the words are looked at; those with an element that no page before had are loaded:
    without one there is nothing else to load. A landing draws one in sixteen of the addresses (tests/drawn.py)."""
    seen = Seen()
    for role in roles:
        watched = Watched(chromium, local.url)
        page = log_in(watched.page, ACCOUNT.get(role, role))
        for address in addresses(local.app, page, in_detail=False):
            if not falls_to_this(plain(address)):
                continue
            answer = page.request.get(address, headers={"sec-fetch-site": "none"})
            watched.allows_nothing_foreign(address, answer.headers)
            page_known, *_ = seen.before(address, answer.text())
            if page_known:
                continue
            watched.go(address)
            assert page.evaluate("window.htmx?.version ?? ''").startswith("4.") or address in STRANGERS, address
        watched.ends_with_nothing_foreign(at_least=2 if WORD else 20)


@pytest.mark.parametrize("assets", ["local", "cdn"])
def test_strangers_load_nothing_foreign(request: pytest.FixtureRequest, chromium: Browser, assets: str) -> None:
    """Wherever htmx comes from: the login and what the public reads have no use for it."""
    bureau: Demo = request.getfixturevalue("local" if assets == "local" else "demo")
    watched = Watched(chromium, bureau.url)
    page = watched.page
    for address in ("/login", "/report", "/unsubscribe?key=1-nothing", "/calendar/nobody-s.ics", "/report/status"):
        (watched.go if assets == "local" else page.goto)(address)
        assert page.locator("script").count() == 0, address
    page.get_by_label("回执码").fill((bureau.settings.data / RECEIPT).read_text().strip())
    page.get_by_role("button", name="查询").click()
    page.get_by_text("收到 ·").wait_for()
    assert page.locator("script").count() == 0
    watched.ends_with_nothing_foreign(at_least=8)


def test_htmx_from_the_data_folder_swaps_in_place(local: Demo, chromium: Browser) -> None:
    import_draft(local.url, again=True)
    context = chromium.new_context(base_url=local.url)
    page = log_in(context.new_page(), "supervisor")
    drafts = page.request.get("/api/v1/plans?state=draft").json()["data"]
    page.goto(f"/plans/{max(row['id'] for row in drafts)}/review")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("对应单位").fill("没有这个单位")
    page.get_by_role("button", name="确定").click()
    page.locator("#unresolved .error").wait_for()
    assert page.evaluate("window.sameDocument") is True
    context.close()


def test_cdn_is_the_only_foreign_address_and_pinned(demo: Demo, chromium: Browser) -> None:
    context = browsing(chromium, demo.url)
    asked: set[str] = set()
    page = context.new_page()
    page.on("request", lambda request: asked.add(request.url))
    log_in(page, "school")
    for path in ("/my-work", "/assignments", "/evidence"):
        page.goto(path)
        assert page.get_attribute(SCRIPT, "integrity") == HTMX_INTEGRITY
        assert page.get_attribute(SCRIPT, "crossorigin") == "anonymous"
    assert {url for url in asked if not url.startswith((f"{demo.url}/", "data:"))} == {cdn_url(demo.settings)}
    assert page.evaluate("window.htmx.version").startswith("4.")
    context.close()


def test_script_changed_on_its_way_does_not_run(demo: Demo, chromium: Browser, tmp_path: Path) -> None:
    context = browsing(chromium, demo.url)

    def change(route: Route) -> None:
        body = HTMX.read_bytes() + b"\nwindow.changed = true;"
        route.fulfill(body=body, content_type="text/javascript", headers={"access-control-allow-origin": "*"})

    context.route("**/htmx.min.js", change)
    page: Page = log_in(context.new_page(), "school")
    assert page.evaluate("[window.changed, window.htmx]") == [None, None]
    context.close()
