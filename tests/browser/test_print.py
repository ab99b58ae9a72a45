"""What is printed: the ledgers and records as PDF pages, A4 landscape, on white, with heads and page numbers on each page."""

import io
import re
import unicodedata
from typing import Any

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.browser.conftest import DESKTOP, browsing, log_in
from tests.browser.pages import Demo
from web.tables import SHEETS

A4, A4_LANDSCAPE = (595, 842), (842, 595)
LONG = {"/assignments": 2, "/rectifications": 2}
"""Those that the demo fills more than a page of: a break that never comes would show nothing."""
PRINTED = {
    **{path: LONG.get(path.removesuffix("/print"), 1) for path in sorted(SHEETS)},
    "/assignments/{id}": 1,
    "/rectifications/{id}": 1,
    "/dashboard": 2,
}
"""Every sheet that a list's page leads to, and what is printed as it stands; on how many pages at least."""
NEWEST = {"assignments": "completed", "rectifications": "closed", "plans": "issued", "archive-boxes": "sealed"}
NEWEST |= {"documents": "served"}
"""Of what is printed one at a time, the newest in that state."""
WIDTH = int((297 - 2 * 12) * 96 / 25.4)
"""Of a sheet within its margins, in pixels."""
BEYOND = """(width) => [...document.querySelectorAll("table, th, td")].filter((each) => each.checkVisibility()
  && (each.getBoundingClientRect().right > width + 1 || each.scrollWidth > each.clientWidth + 2))
  .map((each) => `${each.localName} ${each.textContent.trim().slice(0, 20)}: ${each.scrollWidth} of ${each.clientWidth}`)"""
"""Tables that the paper is too narrow for, and cells that their words stand out of: what a browser would cut or shrink."""
ON_SCREEN_ONLY = (
    "退出登录",
    "我的待办",
    "筛选",
    "打印",
    "菜单",
    "跳到正文",
    "下一页",
    "上传资料",
    "其他操作",
    "演示数据",
)
WHOLE = "tbody tr, tfoot tr, .timeline li, .file, .tile"
"""What no page break may cut."""


RADICALS = str.maketrans(
    "⻚⻔⻩⻘⻓⻋⻅⻢⻛⻜⻝⻆⻄⻥⻦⻨⻬⻰⻮⻣⺠⺟⻁⻤⻳", "页门黄青长车见马风飞食角西鱼鸟麦齐龙齿骨民母虎鬼龟"
)
"""Some glyphs come out of a PDF as the radical they look like; those without a compatibility mapping."""


def bare(text: str) -> str:
    """Words and figures alone: spaces and dashes depend on where a line breaks."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).translate(RADICALS))


@pytest.fixture(scope="module")
def printed(demo: Demo, chromium: Browser) -> Any:
    """``printed("/assignments")``: the page as a supervisor prints it out of the dark scheme, and its PDF's texts."""
    context = browsing(chromium, demo.url, dark=True)
    page = log_in(context.new_page(), "supervisor")
    newest = {
        noun: page.request.get(f"/api/v1/{noun}?limit=1&state={state}").json()["data"][0]["id"]
        for noun, state in NEWEST.items()
    }

    def show(path: str) -> tuple[Any, PdfReader, list[str]]:
        page.goto(path.replace("{id}", str(newest.get(path.split("/")[1]))))
        page.emulate_media(media="print")
        reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
        return page, reader, [bare(sheet.extract_text()) for sheet in reader.pages]

    yield show
    context.close()


@pytest.mark.parametrize(("path", "least"), PRINTED.items(), ids=PRINTED)
def test_printed_as_pages(printed: Any, path: str, least: int) -> None:
    page, reader, sheets = printed(path)
    assert len(sheets) >= least
    for number, (sheet, text) in enumerate(zip(reader.pages, sheets, strict=True), 1):
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4_LANDSCAPE
        assert f"第{number}页共{len(sheets)}页" in text
        assert [word for word in ON_SCREEN_ONLY if word in text] == []
    # Nothing is lost, and nothing is cut in two.
    for part in page.locator(WHOLE).all_inner_texts():
        assert sum(bare(part) in text for text in sheets) >= 1, f"not whole on any page: {part}"
    heads = [[bare(cell) for cell in table.split("\t")] for table in page.locator("thead tr").all_inner_texts()]
    rows = page.evaluate(
        "[...document.querySelectorAll('table')].map((table) => [...table.tBodies].flatMap((body) => [...body.rows].map((row) => row.innerText)))"
    )
    for head, members in zip(heads, rows, strict=True):
        for text in sheets:
            if any(len(bare(row)) > 8 and bare(row) in text for row in members):
                assert "".join(head) in text, f"a page without the table's head: {head}"
    colours = page.evaluate(
        "(() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]; })()"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(31, 35, 40)"]
    page.set_viewport_size({"width": WIDTH, "height": 700})
    beyond = page.evaluate(BEYOND, WIDTH)
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    assert beyond == [], "the paper is too narrow"


def test_an_official_paper_is_printed_upright(printed: Any) -> None:
    page, reader, sheets = printed("/documents/{id}/print")
    for number, (sheet, text) in enumerate(zip(reader.pages, sheets, strict=True), 1):
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4
        assert text.endswith(str(number)) or text.startswith(str(number)), text
        assert [word for word in ON_SCREEN_ONLY if word in text] == []
    whole = "".join(sheets)
    parts = [bare(part) for part in page.locator(".paper").inner_text().splitlines() if bare(part)]
    assert len(parts) > 5 and [part for part in parts if part[:12] not in whole] == []
