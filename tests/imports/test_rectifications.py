"""What was done about found problems, from a table: by the unit itself, while it works on them."""

from typing import Any

from tests.conftest import As
from tests.imports.tables import IMPORTS, RECTIFICATIONS, as_csv, counts, faults, looked_through, rows_of, send
from tests.walk.steps import API, ok, rectification, rectified
from tests.world import World

HEADS = ("编号", "责任单位", "问题表现", "原因分析", "整改措施", "责任人", "整改情况")
DONE = ("无人负责更新。", "明确总务主任负责。", "何芳", "已更新公示内容。")


def table(client: Any, *rows: Any, heads: Any = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "整改.csv", resource="rectifications", **fields)


def test_results_are_filled_in_by_number_or_by_problem_and_then_nothing_changes(as_: As, world: World) -> None:
    matter, client = rectification(as_, world), as_("school")
    run = table(client, (matter["number"], "", "", *DONE))
    assert counts(run) == (0, 1, 0, 0) and run["change_count"] == 4
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"))
    held = ok(client.get(f"{API}/rectifications/{matter['id']}"))
    assert (held["cause"], held["measures"], held["responsible_person"], held["result"]) == DONE
    assert held["state"] == "pending"
    newest = ok(as_("auditor").get(f"{API}/events"))["data"][1]
    assert (newest["operation"], newest["resource_id"]) == ("rectification.edit", matter["id"])
    by_problem = ("", "实验小学", "收费公示栏未按学期更新", *DONE)
    assert counts(table(client, by_problem, mode="commit")) == (0, 0, 1, 0)
    assert ok(client.get(f"{API}/rectifications/{matter['id']}")) == held
    # Of two that are written alike the number tells them apart.
    other = rectification(as_, world)
    run = table(client, by_problem)
    near = sorted([matter["number"], other["number"]])
    (fault,) = faults(rows_of(client, run))
    assert fault[1:] == ("number", f"有 2 个问题是这样写的，请填写编号，可选：{'、'.join(near)}", [])


def test_only_what_the_unit_still_works_on_can_be_filled_in(as_: As, world: World) -> None:
    mine, theirs = rectification(as_, world), rectification(as_, world, "第一中学")
    rectified(as_, "school", mine)
    client = as_("school")
    run = table(
        client,
        (mine["number"], "", "", "另一个原因。", "", "", ""),
        (theirs["number"], "", "", *DONE),
        ("2019-督-001", "", "", *DONE[:2], "长" * 300, DONE[3]),
        ("", "第一中学", "收费公示栏未按学期更新。", *DONE),
        ("", "第一中学", "没有这样的问题", *DONE),
        ("", "", "", *DONE),
        ("", "实验小", "收费公示栏未按学期更新。", *DONE),
    )
    found = faults(rows_of(client, run))
    assert found[3][:2] == (4, "responsible_person"), "along with what tells the row"
    del found[3]
    assert found[:6] == [
        (2, "", "当前是“待验收”，不能“填写整改”", []),
        (3, "number", "没有这个编号的整改", []),
        (4, "number", "没有这个编号的整改", []),
        (5, "problem", "没有“第一中学”的这个问题，请照台账填写，或填写编号", []),
        (6, "problem", "没有“第一中学”的这个问题，请照台账填写，或填写编号", []),
        (7, "problem", "请填写编号，或照台账填写问题表现", []),
    ]
    assert found[6][1:3] == ("unit", "没有这个单位") and found[6][3][0] == "实验小学"
    # An office that reads it since it found it, or is paired, fills nothing in.
    run = table(as_("education"), (theirs["number"], "", "", *DONE))
    assert faults(rows_of(as_("education"), run)) == [(2, "", "您不能对这一项“填写整改”", [])]
    for account in ("leader", "discipline", "sysadmin"):
        answer = send(as_(account), as_csv(("", *DONE), heads=HEADS), resource="rectifications")
        assert answer.status_code == (201 if account == "discipline" else 403), account


def test_the_ledger_comes_back_unchanged(as_: As, world: World) -> None:
    first, second = rectification(as_, world), rectification(as_, world)
    rectified(as_, "school", first)
    rows = []
    for row in (ok(as_("school").get(f"{API}/rectifications/{each['id']}")) for each in (first, second)):
        words = [row[name] or "" for name in ("problem", "cause", "goal", "measures", "responsible_leader")]
        origin = f"督查发现 {row['number']}"
        after = (row["responsible_person"] or "", row["deadline_on"], row["result"] or "", "待验收", "", "", "否", "")
        rows.append((row["id"], origin, *words, row["unit_name"], *after))
    assert counts(table(as_("school"), *rows, heads=RECTIFICATIONS)) == (0, 0, 2, 0)
    # Where nothing tells two of the same words apart but the ledger's own number, that does.
    assert counts(table(as_("school"), *((r[0], "", *r[2:]) for r in rows), heads=RECTIFICATIONS)) == (0, 0, 2, 0)


def test_a_batch_is_taken_back_as_long_as_nobody_touched_it(as_: As, world: World) -> None:
    matter, client = rectification(as_, world), as_("school")
    path = f"{API}/rectifications/{matter['id']}"
    run = table(client, (matter["number"], "", "", *DONE), mode="commit")
    assert ok(client.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    held = ok(client.get(path))
    assert [held[name] for name in ("cause", "measures", "responsible_person", "result")] == [None] * 4
    run = table(client, (matter["number"], "", "", *DONE), mode="commit")
    ok(client.post(f"{path}/start"))
    refused = client.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 2 行" in refused.text
