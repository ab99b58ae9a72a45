"""The audit page says in Chinese what was done, whatever it was."""

import re
from pathlib import Path

import web.main  # noqa: F401  # Its resources bring their workflows.
from app.core import audit
from app.events.words import noun, operation
from tests.conftest import As
from tests.exported import book_lines, csv_lines

APP = Path(__file__).parents[2] / "app"
NAMED = re.compile(r'@operation\("([a-z_.]+)"\)|\boperation="([a-z_.]+)"')


def test_every_operation_has_words() -> None:
    named = {one or other for file in APP.rglob("*.py") for one, other in NAMED.findall(file.read_text())}
    assert len(named) > 70
    assert sorted(name for name in named if re.search("[a-z]", operation(name))) == []


def test_every_audited_resource_has_a_word() -> None:
    named = {model.audit_name for model in audit._audited_models(audit.Audited)}
    assert len(named) > 20
    assert sorted(name for name in named if re.search("[a-z]", noun(name))) == []


def test_the_log_taken_away_says_what_the_page_says_and_keeps_the_codes(as_: As) -> None:
    as_("school").post("/api/v1/calendar-days", json={"on": "2026-10-10", "is_workday": True})
    (head, *lines) = csv_lines(as_("auditor").get("/api/v1/events.csv?operation=calendar_day.put").content)
    shown = dict(zip(head, lines[0], strict=True))
    assert (shown["操作"], shown["对象"], shown["结果"]) == ("设置工作日", "工作日历", "被拒绝")
    assert shown["操作代码"] == "calendar_day.put"
    assert [head, *lines] == book_lines(as_("auditor").get("/api/v1/events.xlsx?operation=calendar_day.put").content)
