"""A table of progress taken back: what it reported counts no more, and stays in the histories of its rows."""

from tests.conftest import As
from tests.imports.tables import IMPORTS, counts
from tests.imports.test_progress import ACTIVITY, DONE, HEADS, RULES, begun, operations, table
from tests.walk.steps import API, issued_plan, ok
from tests.world import World


def test_a_batch_is_taken_back_as_long_as_nobody_touched_it(as_: As, world: World) -> None:
    issued_plan(as_)
    path, other, client = begun(as_, world), begun(as_, world, item=1), as_("school")
    ok(client.post(f"{path}/progress-reports", json={"text": "开始。", "percent": 10}), 201)
    untouched = ok(client.get(path))
    reports = ok(client.get(f"{path}/progress-reports"))["data"]
    rows = (DONE, ("3", ACTIVITY, "实验小学", "已举办。", "30", ""))
    run = table(client, *rows, mode="commit")
    assert counts(run) == (0, 2, 0, 0)
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    told = ok(client.get(path))
    names = ("percent", "report_count", "progress_reports")
    assert {name: told[name] for name in names} == {name: untouched[name] for name in names}
    assert ok(client.get(f"{path}/progress-reports"))["data"] == reports
    # What a reviewer saw meanwhile stays in the history, and so does its end.
    labels = [entry["label"] for entry in told["timeline"]]
    assert labels[:3] == ["撤销导入的进展 60%", "导入进展 60%", "填报进展 10%"]
    assert told["timeline"][1]["note"] == DONE[3] and told["timeline"][2:] == untouched["timeline"]
    assert ok(client.get(other))["percent"] == 0 and operations(as_)[0] == "import_run.undo"
    assert counts(table(client, *rows)) == (0, 2, 0, 0)

    # The same once more, and taken back once more: each is told of.
    again = table(client, DONE, mode="commit")
    ok(client.post(f"{IMPORTS}/{again['id']}/undo"))
    labels = [entry["label"] for entry in ok(client.get(path))["timeline"]]
    assert labels[:4] == ["撤销导入的进展 60%", "导入进展 60%"] * 2
    assert counts(table(client, ("1", RULES, "", "开始。", "10", ""))) == (0, 0, 1, 0), "as it was reported by itself"

    run = table(client, *rows, mode="commit")
    ok(client.post(f"{other}/progress-reports", json={"text": "又办了一场。", "percent": 50}), 201)
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 3 行" in refused.text
    assert ok(client.get(path))["percent"] == 60


def test_an_activity_of_a_table_that_was_taken_back_was_not_held(as_: As, world: World) -> None:
    issued_plan(as_)
    begun(as_, world, item=1)
    client, heads = as_("school"), (*HEADS, "活动地点")
    run = table(client, ("3", ACTIVITY, "", "已举办。", "30", "", "报告厅"), heads=heads, mode="commit")
    (held,) = ok(client.get(f"{API}/activities"))["data"]
    ok(client.post(f"{IMPORTS}/{run['id']}/undo"))
    assert ok(client.get(f"{API}/activities"))["data"] == []
    assert client.get(f"{API}/activities/{held['id']}").status_code == 404
