"""Every page, for each role that sees it: readable and usable by everyone (WCAG 2.2 AA), light and dark, wide and narrow.

Each page is loaded once and looked at there in several lights. The suite looks at every address that each of the nine
roles sees, with one row of each kind, at one size: wide and narrow take turns from page to page, and so do the schemes;
there axe and our own audit run once, and where the page holds an element dressed as none was before, the contrast again
in the other scheme. A page that holds no kind of element that was not there for another role is looked at once; what is
around it, once for each of its kinds. A landing draws one in sixteen of the addresses (tests/drawn.py). Only
``QL_BROWSER=all`` (minutes) looks at every row's state and steps, and at each page both wide and narrow, for every role.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE, browsing, log_in
from tests.browser.pages import ACCOUNT, Demo, addresses, elements, looks, plain
from tests.drawn import WORD, falls_to_this

COMPLETE = os.environ.get("QL_BROWSER") == "all"
Light = tuple[tuple[int, int], str]
LIGHTS: tuple[Light, ...] = ((DESKTOP, "light"), (PHONE, "dark"), (PHONE, "light"), (DESKTOP, "dark"))
TAGS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
AXE = """async ([part, asked]) => (await axe.run(part, { ...asked, resultTypes: ["violations"] })).violations
  .map((found) => `${found.id}: ${found.nodes.length} × ${found.nodes[0].html.slice(0, 160)}`)"""
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
number = count()


def lights(both: bool) -> tuple[Light, ...]:
    """In which lights the next page is looked at: the first wholly, the other scheme of the same size for its colours."""
    if COMPLETE:
        return LIGHTS
    size, scheme = LIGHTS[next(number) % 4]
    return ((size, scheme), (size, "dark" if scheme == "light" else "light"))[: 1 + both]


def problems(page: Page, *, both: bool = False, part: str = "html", all_lights: bool = False) -> list[str]:
    """What is wrong with that part of the page that is loaded, in one scheme or ``both``, or at either size in either;
    left wide and light as it came."""
    page.evaluate(AXE_SCRIPT)
    wrong: list[str] = []
    looked_at: set[tuple[int, int]] = set()
    for size, scheme in LIGHTS if all_lights else lights(both):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": size[0], "height": size[1]})
        # As tall as the page: what a sticky foot happens to lie over is only a scroll away.
        whole = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size[0], "height": max(size[1], min(whole, 6000))})
        page.evaluate("scrollTo(0, 0)")
        seen = size in looked_at
        # In the second scheme at one size nothing but the colours can differ.
        found: list[str] = page.evaluate(AXE, [part, CONTRAST if seen else TAGS])
        if not seen:
            page.keyboard.press("Tab")
            found += page.evaluate(AUDIT, {"width": size[0], "phone": size == PHONE})
        looked_at.add(size)
        wrong += [f"{page.url} {size[0]} {scheme}: {each}" for each in found]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    return wrong


@contextmanager
def someone(chromium: Browser, url: str, account: str = "") -> Iterator[Page]:
    context = browsing(chromium, url)
    page = context.new_page()
    yield log_in(page, account) if account else page
    context.close()


class Seen:
    """What was there before: at each address, around it, and anywhere."""

    def __init__(self) -> None:
        self.elements: set[tuple[str, str]] = set()
        self.dresses: set[str] = set()

    def before(self, address: str, html: str) -> tuple[bool, bool, bool]:
        """Whether all of the page was there for the roles before; whether what is around it was; and whether every
        dress was on some page."""
        shell, _, own = html.partition("<main")
        dresses = looks(html)
        around = {("", element) for element in elements(shell)}
        found = around | {(plain(address), one) for one in elements(own)}
        known = found <= self.elements, around <= self.elements, dresses <= self.dresses
        self.elements |= found
        self.dresses |= dresses
        return known


def look(demo: Demo, page: Page, seen: Seen) -> tuple[list[str], int]:
    """Every page there is for whoever is logged in; and how many there were."""
    wrong: list[str] = []
    visited = 0
    for address in addresses(demo.app, page, in_detail=COMPLETE):
        if not falls_to_this(plain(address)):
            continue
        answer = page.request.get(address, headers={"sec-fetch-site": "none"})
        visited += answer.status == 200
        # A refusal is a page as well.
        assert answer.status in (200, 403, 404, 409), f"{address}: {answer.status}"
        page_known, shell_known, dresses_known = seen.before(address, answer.text())
        if not page_known or COMPLETE:
            page.goto(address)
            part = "main" if shell_known and not COMPLETE else "html"
            wrong += problems(page, both=not dresses_known, part=part)
    return wrong, visited


def check(demo: Demo, chromium: Browser, roles: tuple[str, ...]) -> None:
    seen = Seen()
    wrong: list[str] = []
    for role in roles:
        with someone(chromium, demo.url, ACCOUNT.get(role, role)) as page:
            found, visited = look(demo, page, seen)
            wrong += found
            assert WORD or visited >= 8, f"{role} saw {visited} pages"
    assert not wrong, "\n".join(wrong)


class TestThoseWhoCarryOut:
    def test_pages_are_for_everyone(self, demo: Demo, chromium: Browser) -> None:
        check(demo, chromium, ("school", "central", "office"))


class TestThoseWhoSupervise:
    def test_pages_are_for_everyone(self, demo: Demo, chromium: Browser) -> None:
        check(demo, chromium, ("supervisor", "discipline", "leader"))


class TestThoseWhoAdminister:
    def test_pages_are_for_everyone(self, demo: Demo, chromium: Browser) -> None:
        check(demo, chromium, ("sysadmin", "secadmin", "auditor"))
