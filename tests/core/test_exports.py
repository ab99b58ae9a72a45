"""What goes out of a list: files that Excel opens as they are, whole, out of one snapshot, and in nobody's way."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI

from app.core import exports, paging, tables
from app.core.paging import Listing
from tests.conftest import As
from tests.exported import book_lines, csv_lines, part
from tests.imports.tables import counts, looked_through
from tests.walk.steps import API, ok
from tests.world import World

UNITS = f"{API}/units"
TYPED = ("=1+1", "+86", "-5", "@SUM(A1)", "007", "1e5", "12345678901234567890")


def named(as_: As, *names: str) -> None:
    for n, name in enumerate(names):
        ok(as_("sysadmin").post(UNITS, json={"code": f"X{n}", "name": name, "kind": "school"}), 201)


def test_csv_is_as_excel_takes_it(as_: As, app: FastAPI) -> None:
    named(as_, *TYPED)
    answer = as_("sysadmin").get(f"{UNITS}.csv?sort=code&kind=school")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%8D%95%E4%BD%8D")
    assert answer.headers["content-disposition"].endswith(".csv")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.count(b"\r\n") == answer.content.count(b"\n")
    cells = {cell for line in csv_lines(answer.content) for cell in line}
    assert {"'=1+1", "'+86", "'-5", "'@SUM(A1)", "007", "1e5"} <= cells
    assert list((app.state.settings.files / "staging").iterdir()) == []


def test_workbook_has_a_frozen_head_that_filters_and_text_stays_text(as_: As) -> None:
    named(as_, *TYPED)
    content = as_("sysadmin").get(f"{UNITS}.xlsx?kind=school&sort=code").content
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    heads = book_lines(content)[0]
    assert f'<autoFilter ref="A1:{chr(64 + len(heads))}{len(book_lines(content))}"/>' in sheet
    assert sheet.count("<col ") > 3
    for name in TYPED:
        assert f"<is><t>{name}</t></is>" in sheet, name
    assert "<f>" not in sheet
    assert {name for line in book_lines(content) for name in line} >= set(TYPED)


def test_numbers_are_numbers_for_the_workbook_to_add(as_: As) -> None:
    groups = as_("supervisor").get(f"{API}/unit-groups.xlsx").content
    assert "<v>" in part(groups, "xl/worksheets/sheet1.xml")


def test_a_workbook_goes_on_on_the_next_sheet(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    total = ok(as_("sysadmin").get(f"{UNITS}?count=true"))["total"]
    content = as_("sysadmin").get(f"{UNITS}.xlsx").content
    assert f'sheetId="{-(-total // 3)}"' in part(content, "xl/workbook.xml")
    assert book_lines(content) == [
        [cell.removeprefix("'") for cell in line] for line in csv_lines(as_("sysadmin").get(f"{UNITS}.csv").content)
    ]


def test_a_text_that_no_cell_holds_says_that_it_goes_on() -> None:
    fitting, long = "𠮷" * 16_000, "𠮷" * 16_001
    assert tables._fitting(fitting) == fitting
    cut = tables._fitting(long)
    assert cut.endswith(tables.CUT) and len(cut.encode("utf-16-le")) // 2 <= 32_767


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_units_exported_are_imported_with_no_change(as_: As, suffix: str) -> None:
    named(as_, *TYPED, "青山 小学")
    supervisor, sysadmin = as_("supervisor"), as_("sysadmin")
    held = {unit["name"]: unit for unit in ok(sysadmin.get(f"{UNITS}?limit=200"))["data"]}
    alias = {"name": "'=青小", "unit_id": held["青山 小学"]["id"]}
    ok(supervisor.post(f"{API}/unit-aliases", json=alias), 201)
    more = {"stages": ["primary", "junior"], "valid_from": "2020-09-01", "school_code": "0136000001"}
    school = held["青山 小学"]
    ok(sysadmin.patch(f"{UNITS}/{school['id']}", json=more, headers={"if-match": f'"{school["version"]}"'}))
    content = sysadmin.get(f"{UNITS}{suffix}").content
    run = looked_through(sysadmin, content, f"单位名录{suffix}")
    assert counts(run) == (0, 0, len(held), 0), run


def test_an_export_is_one_snapshot(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that comes behind the key while the list is read is not in it; one that goes is not missed."""
    monkeypatch.setattr(paging, "AT_ONCE", 5)
    sysadmin, page, came = as_("sysadmin"), Listing.page, threading.Event()
    total = ok(sysadmin.get(f"{UNITS}?count=true"))["total"]

    def meanwhile(self: Listing, see: Any, asked: Any, *grounds: Any, **how: Any) -> Any:
        found = page(self, see, asked, *grounds, **how)
        if not came.is_set():
            came.set()
            ok(sysadmin.post(UNITS, json={"code": "ZZZ", "name": "后来的", "kind": "school"}), 201)
        return found

    monkeypatch.setattr(Listing, "page", meanwhile)
    lines = csv_lines(sysadmin.get(f"{UNITS}.csv?sort=code").content)
    assert came.is_set() and len(lines) == total + 1
    assert "后来的" not in {cell for line in lines for cell in line}
    assert len(csv_lines(sysadmin.get(f"{UNITS}.csv?sort=code").content)) == total + 2


def test_exports_keep_nobody_else_waiting(app: FastAPI, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than there are threads and connections for anything: a count is answered all the same."""
    page, go_on, under_way = Listing.page, threading.Event(), threading.Semaphore(0)

    def slow(self: Listing, see: Any, asked: Any, *grounds: Any, **how: Any) -> Any:
        if asked.limit == paging.AT_ONCE:
            under_way.release()
            assert go_on.wait(60)
        return page(self, see, asked, *grounds, **how)

    monkeypatch.setattr(Listing, "page", slow)
    supervisor, many = as_("supervisor"), 9
    ok(supervisor.get(f"{API}/me"))
    with ThreadPoolExecutor(many) as askers:
        waiting = [askers.submit(as_("supervisor").get, f"{UNITS}.csv") for _ in range(many)]
        assert under_way.acquire(timeout=30) and under_way.acquire(timeout=30)
        try:
            assert supervisor.get(f"{UNITS}?count=true").status_code == 200
            assert supervisor.get(f"{UNITS}?q=学").status_code == 200
        finally:
            go_on.set()
        assert {answer.result().status_code for answer in waiting} == {200}


def test_a_full_disk_is_said_and_leaves_nothing(app: FastAPI, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "")

    for module, while_it in ((exports, "read_out"), (tables, "_fitting")):
        with monkeypatch.context() as patch:
            patch.setattr(module, while_it, full)
            answer = as_("supervisor").get(f"{UNITS}.xlsx")
        assert answer.status_code == 507 and answer.json()["detail"].endswith("再导出")
        assert list((app.state.settings.files / "staging").iterdir()) == []


def test_the_audit_log_taken_away_as_a_table_is_noted(as_: As) -> None:
    ok(as_("auditor").get(f"{API}/events"))
    assert as_("auditor").get(f"{API}/events.csv?outcome=done").status_code == 200
    newest = ok(as_("auditor").get(f"{API}/events?limit=1"))["data"][0]
    assert (newest["operation"], newest["after"]) == ("audit.export", {"filters": ["outcome"]})
    assert len(csv_lines(as_("school").get(f"{API}/events.csv").content)) == 1
    assert ok(as_("auditor").get(f"{API}/events?limit=1"))["data"][0]["id"] == newest["id"]


def test_a_token_reads_the_exports_of_its_scopes_alone(as_: As, world: World) -> None:
    made = ok(as_("supervisor").post(f"{API}/api-tokens", json={"name": "抄送", "scopes": ["units:read"]}), 201)
    client = as_("supervisor")
    client.headers["authorization"] = f"Bearer {made['token']}"
    assert client.get(f"{UNITS}.csv").status_code == 200
    assert client.get(f"{API}/assignments.csv").status_code == 403
