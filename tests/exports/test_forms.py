"""What is too long to wait for in the one form or the other, and of lists that are no pages of rows."""

import pytest

from app.core import exports
from tests.conftest import As
from tests.exported import book_lines
from tests.exports.test_long import EXPORTS, UNITS, Do, again, asked
from tests.walk.steps import API, issued_plan, ok
from tests.world import World


def test_a_long_csv_is_refused_and_made_by_a_job_as_the_list_would(
    as_: As, browse: As, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = as_("school")
    whole = school.get(f"{UNITS}.csv?q=学")
    monkeypatch.setattr(exports, "MOST_OF_CSV", 3)
    assert school.get(f"{UNITS}.csv?q=小学").status_code == 200
    refused = school.get(f"{UNITS}.csv?q=学")
    assert (refused.status_code, refused.json()["code"], refused.json()["most"]) == (409, "too_many_rows", 3)
    assert "list 填 units，" in refused.json()["detail"] and "format 填 csv" in refused.json()["detail"]
    run = ok(school.post(EXPORTS, json={"list": "units", "filters": {"q": "学"}, "format": "csv"}), 202)
    work()
    assert (done := again(school, run))["state"] == "done" and done["format"] == "csv"
    made = school.get(f"{EXPORTS}/{run['id']}/file")
    assert made.content == whole.content and made.headers["content-type"] == whole.headers["content-type"]
    assert made.headers["content-disposition"].endswith(".csv")
    assert school.post(EXPORTS, json={"list": "units", "format": "pdf"}).json()["errors"][0]["pointer"] == "/format"
    person = browse("school")
    shown = person.get("/units.csv?q=学")
    assert shown.status_code == 409 and "后台生成 CSV" in shown.text
    assert 'name="format" value="csv"' in shown.text and "超过 3 行" in shown.text
    assert "下载 CSV" in person.get(f"/exports/{run['id']}").text


def test_no_list_has_a_filter_that_a_page_would_take_for_something_else() -> None:
    named = {name for listed in exports.LISTS.values() for name in listed.table.parsers}
    assert named.isdisjoint({"list", "format", "csrf"})


def test_a_dispatch_of_many_rows_is_counted_before_it_goes_out(
    as_: As, world: World, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = issued_plan(as_)["id"]
    path = f"{API}/plans/{plan}/dispatch"
    whole = book_lines(as_("supervisor").get(f"{path}.xlsx").content)
    assert len(whole) > 5
    monkeypatch.setattr(exports, "MOST_AT_ONCE", 3)
    refused = as_("supervisor").get(f"{path}.xlsx")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_rows")
    assert f"list 填 plans/{plan}/dispatch" in refused.json()["detail"]
    run = asked(as_("supervisor"), f"plans/{plan}/dispatch")
    work()
    assert again(as_("supervisor"), run)["state"] == "done"
    assert book_lines(as_("supervisor").get(f"{EXPORTS}/{run['id']}/file").content) == whole
