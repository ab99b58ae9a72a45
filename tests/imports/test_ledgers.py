"""任务分解台账 as it goes out comes back: unchanged, or with what may be changed of it."""

from typing import Any

import pytest

from tests.conftest import As
from tests.exported import csv_lines
from tests.imports.tables import IMPORTS, TASKS, counts, faults, looked_through, rows_of
from tests.imports.test_progress import DONE, RULES, begun, table
from tests.walk.plan_text import PLAN
from tests.walk.steps import API, import_plan, issued_plan, ok
from tests.world import World

FEES = "开展教育收费自查"


def ledger_of(client: Any, plan_id: int, suffix: str = ".csv") -> bytes:
    """任务分解台账 as it goes out to somebody."""
    content: bytes = client.get(f"{API}/plans/{plan_id}/ledger{suffix}").content
    return content


@pytest.mark.parametrize("resource", ["assignments", "plan-items"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_ledger_comes_back_unchanged_to_whoever_took_it_out(
    as_: As, world: World, resource: str, suffix: str
) -> None:
    """Also the lines of items that are others' alone; beside a draft of the next year it is still the issued plan's."""
    plan = issued_plan(as_)
    begun(as_, world)
    table(as_("school"), DONE, mode="commit")
    import_plan(as_("supervisor"), PLAN.replace("2026", "2027"))
    accounts = ("school", "office", "education", "central") if resource == "assignments" else ("supervisor",)
    for account in accounts:
        client = as_(account)
        content = ledger_of(client, plan["id"], suffix)
        run = looked_through(client, content, f"台账{suffix}", resource=resource, mode="commit")
        assert run["headings"] == TASKS and None not in run["columns"]
        assert counts(run)[:2] == (0, 0) and counts(run)[3] == 0, (account, faults(rows_of(client, run)))
        assert run["row_count"] > 0 and run["remark_count"] == 0, (account, rows_of(client, run))
    # The supervisor's own office reports as any other does.
    run = looked_through(
        as_("supervisor"), ledger_of(as_("supervisor"), plan["id"]), "台账.csv", resource="assignments"
    )
    assert counts(run) == (0, 0, 3, 0) and run["remark_count"] == 0


def test_what_the_ledger_lets_be_changed_changes_and_the_rest_says_why_not(as_: As, world: World) -> None:
    plan = issued_plan(as_)
    path, client = begun(as_, world), as_("school")
    table(client, DONE, mode="commit")
    head, *lines = csv_lines(ledger_of(client, plan["id"]))

    def changed(**cells: str) -> Any:
        """The first line with other cells."""
        line = [cells.get(name, cell) for name, cell in zip(head, lines[0], strict=True)]
        return table(client, line, *lines[1:], heads=head)

    for said, percent in (("80%", "80%"), (lines[0][head.index("进展")].replace("60%", "75%"), "75%")):
        run = changed(进展=said)
        assert counts(run) == (0, 1, 1, 0), said
        assert rows_of(client, run, kind="changed")[0]["changes"] == {"percent": ["60%", percent]}
    run = changed(进展="已全部修订。")
    assert rows_of(client, run)[0]["changes"] == {"text": ["已修订议事规则。", "已全部修订。"]}
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    assert ok(client.get(path))["progress_reports"][0]["text"] == "已全部修订。"
    others = {
        "具体措施": "另一种措施",
        "牵头股室": "计财股",
        "完成时限": "2027-12-31",
        "状态": "办结",
        "印证材料": "9",
        "备注": "请核",
    }
    run = changed(**others)
    assert counts(run) == (0, 0, 2, 0) and run["remark_count"] == len(others)
    told = {each["detail"].split("，这一格没有采用")[0] for each in rows_of(client, run)[0]["remarks"]}
    assert told == {
        "这是方案里的内容，由督查室在方案里改",
        "时限照方案，要延长请在任务页面申请延期",
        "状态由签收、提交审核和办结得出，请在任务页面办理",
        "印证材料按已上传的件数统计，请在任务页面上传",
        "台账没有登记备注的地方，请写在进展里",
    }
    assert "现在是“办理中”" in str(rows_of(client, run)[0]["remarks"])
    # Where it is nobody's to report, the figures of all are no progress, and words are refused.
    other = as_("office")
    head, *lines = csv_lines(ledger_of(other, plan["id"]))
    at = head.index("进展")
    mine = [line for line in lines if line[at].endswith("/1）")]
    run = table(other, *([*line[:at], "已办。", *line[at + 1 :]] for line in lines), heads=head)
    assert run["wrong_count"] >= len(lines) - len(mine) > 0


def test_a_ledger_without_its_plan_s_name_is_of_the_plan_that_holds_it(as_: As, world: World) -> None:
    """Two are issued, with two of three titles in common."""
    this = issued_plan(as_)
    begun(as_, world)
    table(as_("school"), DONE, mode="commit")
    issued_plan(as_, PLAN.replace("2026", "2027").replace("开展教育收费自查", "清查教育收费"))
    for account, resource in (("school", "assignments"), ("supervisor", "plan-items")):
        run = looked_through(as_(account), ledger_of(as_("supervisor"), this["id"]), "台账.csv", resource=resource)
        assert counts(run)[:2] == (0, 0) and counts(run)[3] == 0, (account, faults(rows_of(as_(account), run)))
    heads = ("重点任务", "具体措施", "责任单位", "进展")
    line = (FEES, "", "实验小学", "做了。")
    run = table(as_("school"), line, (RULES, "", "实验小学", "又修订。"), heads=heads)
    (changed,) = rows_of(as_("school"), run, kind="changed")
    assert changed["remarks"][0]["detail"] == f"表里没有写方案，按“{this['title']}”核对"
