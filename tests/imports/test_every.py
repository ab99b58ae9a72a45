"""What every importable resource holds, from its own columns: a new one joins with a table that fits the small bureau."""

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

import app.main  # noqa: F401  # Registers what can be imported.
from app.imports.examining import head_of
from app.imports.registry import IMPORTABLES
from app.imports.sheets import Sheet
from tests.at_once import at_once
from tests.conftest import As
from tests.generated.test_workflows import Hall
from tests.generated.test_workflows import hall as hall  # the fixture
from tests.imports.tables import IMPORTS, Cells, as_csv, as_xlsx, counts, faults, looked_through, rows_of, send
from tests.imports.test_forms import TABLES as FORMS
from tests.walk.steps import API, ok
from tests.world import World


class Table(NamedTuple):
    account: str
    """Who imports it; nobody else of the bureau may."""
    listed: str
    heads: tuple[str, ...]
    new: tuple[Cells, ...]
    """As people type: full-width, with spaces, the first column merged over the last two rows where it is None."""


TABLES = {
    "units": Table(
        "sysadmin",
        "units?limit=200",
        ("上级单位", "单位名称", "类别", "启用日期"),
        (("实验小学", " 青山小学 ", "学校", "２０２６年９月１日"), (None, "河湾小学", "小学", "2026.9.1")),
    ),
    "users": Table(
        "sysadmin",
        "users?limit=200",
        ("状态", "登录名", "姓名"),
        (("在用", " ＺＨＡＮＧ．san ", "张三"), (None, "LiSi", " 李四 ")),
    ),
    "role-grants": Table(
        "secadmin",
        "role-grants?limit=200",
        ("帐号", "角色", "单位", "含下级", "生效日期"),
        ((" ＯＦＦＩＣＥ ", "股室", "局教育股", "否", "２０２６－９－１"), (None, "责任股室", "办　公室", "", "")),
    ),
    "liaisons": Table(
        "supervisor",
        "liaisons?limit=200",
        ("包联股室", "学校（园）", "起", "止"),
        (("党　办", "实验小学", "２０２６．９．１", "20301231"), (None, "第一幼儿园", "2026/9/1", "")),
    ),
}


OF_WORK = {
    "plan-items": "test_plan_items.py",
    "assignments": "test_progress_taken_back.py",
    "findings": "test_findings.py",
    "rectifications": "test_rectifications.py",
    "appointments": "test_appointments.py",
    "indicator-values": "test_indicator_values.py",
    "indicators": "test_indicators.py",
    "integrity-risks": "test_integrity_risks.py",
    "major-decisions": "test_major_decisions.py",
    "breakdowns": "test_breakdowns.py",
    "breakdown-measures": "test_breakdown_measures.py",
    "accountability-actions": "../accountability/test_importing.py",
    "complaints": "../complaints/test_importing.py",
    "archive-boxes": "../boxes/test_importing.py",
    "appraisal-deductions": "../appraisals/test_importing.py",
    "appraisal-criteria": "../appraisals/test_importing_criteria.py",
    "self-checks": "../campaigns/test_importing_self_checks.py",
    **dict.fromkeys(FORMS, "test_forms.py"),
}
"""Several roles have some, or these need work under way: each is shown by tests of its own."""


def test_each_has_its_table() -> None:
    assert {*TABLES, *OF_WORK} == set(IMPORTABLES)


def test_of_each_it_is_asked_after_every_import_whether_its_rows_left_their_events() -> None:
    """Here by ``conftest.py``; elsewhere a file of tests says so itself."""
    elsewhere = {file for file in OF_WORK.values() if file.startswith("..")}
    texts = {file: (Path(__file__).parent / file).read_text("utf-8") for file in OF_WORK.values()}
    assert len(elsewhere) > 5 and [f for f in elsewhere if "import every_row_leaves_its_event" not in texts[f]] == []
    assert [file for file, text in texts.items() if "/undo" not in text] == []


def test_every_other_name_of_every_column_is_known(tmp_path: Path) -> None:
    """As people write them too: starred, with brackets and signs."""
    for name, importable in IMPORTABLES.items():
        words = [(column.name, word) for column in importable.columns for word in (column.heading, *column.aliases)]
        assert len(words) > 2 * len(importable.columns), name
        for column, word in words:
            lines = tmp_path / "lines"
            lines.write_text(json.dumps([[1, ["不认识", f" {word} *（必填）："]]]) + "\n", "utf-8")
            assert head_of(importable, Sheet(lines, 1)).fields == [None, column], (name, word)


@pytest.fixture(params=list(TABLES))
def resource(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def typed(resource: str) -> bytes:
    """As a workbook; where a cell is None the one above it is merged over it."""
    table = TABLES[resource]
    top = table.new[0][0]
    return as_xlsx(*table.new, heads=table.heads, merged=[(1, 0, 2, 0, top)])


def listed(client: Any, resource: str) -> Any:
    return ok(client.get(f"{API}/{TABLES[resource].listed}"))["data"]


def test_a_table_is_written_changes_nothing_again_and_is_taken_back(as_: As, resource: str) -> None:
    client, content = as_(TABLES[resource].account), typed(resource)
    before = listed(client, resource)
    run = looked_through(client, content, "表.xlsx", resource=resource, mode="commit-valid")
    assert faults(rows_of(client, run)) == []
    assert (counts(run), run["written_count"]) == ((2, 0, 0, 0), 2)
    after = listed(client, resource)
    assert len(after) == len(before) + 2
    again = looked_through(client, content, "表.xlsx", resource=resource, mode="commit")
    assert (counts(again), again["written_count"]) == ((0, 0, 2, 0), 0)
    assert listed(client, resource) == after
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    assert listed(client, resource) == before
    assert counts(looked_through(client, content, "表.xlsx", resource=resource)) == (2, 0, 0, 0)


def test_a_double_submit_writes_once(hall: Hall, client: TestClient, as_: As, world: World) -> None:
    """Twenty at once under one key, over two instances: one import, and the same answer for all. The key is claimed
    before any table is looked at: what holds of one resource holds of all."""
    resource = "role-grants"
    table = TABLES[resource]
    sent: dict[str, Any] = {"data": {"resource": resource, "mode": "commit"}, "headers": {"idempotency-key": resource}}
    content = typed(resource)

    async def post(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(IMPORTS, **sent, files={"file": ("表.xlsx", content)})

    before = len(listed(as_(table.account), resource))
    answers = at_once(hall.apps, world.token[table.account], post)
    won = {answer.content for answer in answers if answer.is_success}
    assert len(won) == 1 and {answer.status_code for answer in answers} <= {201, 409}
    assert len(ok(as_(table.account).get(IMPORTS))["data"]) == 1
    assert len(listed(as_(table.account), resource)) == before + 2


def test_nobody_else_imports_it(as_: As, world: World, resource: str) -> None:
    own = world.user[TABLES[resource].account]
    others = [name for name, user in world.user.items() if user != own and not name.startswith("other_")]
    assert len(others) > 9
    for account in others:
        refused = send(as_(account), typed(resource), "表.xlsx", resource=resource)
        assert refused.status_code == 403, account
        assert as_(account).get(f"{IMPORTS}/templates/{resource}").status_code == 403, account


def test_the_template_says_what_it_takes(as_: As, resource: str) -> None:
    client = as_(TABLES[resource].account)
    content = client.get(f"{IMPORTS}/templates/{resource}").content
    sheet, notes = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    heads = book.get_sheet_by_name(sheet).to_python()[0]
    assert heads == [column.heading for column in IMPORTABLES[resource].columns]
    explained = [row[0] for row in book.get_sheet_by_name(notes).to_python()]
    assert explained[1 : len(heads) + 1] == heads and set(IMPORTABLES[resource].notes) <= set(explained)
    # The example that was left in it is nobody's row.
    [row] = rows_of(client, looked_through(client, content, "样表.xlsx", resource=resource))
    assert row["kind"] == "wrong" and "这是样表里的例子" in str(row["faults"])
    # By whatever other names its columns come.
    others = {column.name: (column.heading, *column.aliases)[-1] for column in IMPORTABLES[resource].columns}
    run = looked_through(client, as_csv(("无",), heads=tuple(others.values())), resource=resource)
    assert run["columns"] == list(others)
