"""What a page loads: with ``QL_ASSETS=local`` nothing foreign, with ``cdn`` one pinned script and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from app.assets import HTMX_INTEGRITY, cdn_url
from tests.browser.conftest import HTMX, browsing, log_in, serving
from tests.browser.pages import Demo, addresses, import_draft
from tests.cli.conftest import run
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


def test_local_assets_load_nothing_foreign(local: Demo, chromium: Browser) -> None:
    context = chromium.new_context(base_url=local.url)
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}") if refused(request) else None)
    page.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 500 else None)
    page.on("console", lambda said: wrong.append(said.text) if "violates" in said.text else None)
    log_in(page, "supervisor")
    for address in addresses(local.app, page, in_detail=False):
        answer = page.goto(address)
        assert answer is not None
        assert "http" not in answer.headers["content-security-policy"], "a foreign source is allowed"
        assert page.evaluate("window.htmx?.version ?? ''").startswith("4.") or address in STRANGERS, address
    assert wrong == []
    assert len(asked) > 100
    assert {url for url in asked if not url.startswith((f"{local.url}/", "data:"))} == set()
    context.close()


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
