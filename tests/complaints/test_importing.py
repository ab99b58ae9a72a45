"""A paper ledger of complaints: history that nobody is told of, seen by whom it would be seen, with nobody's identity."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.settings import Settings
from tests.accountability.steps import run as ladder
from tests.complaints.steps import AT
from tests.complaints.test_conflicts import EVERYONE, seen_by
from tests.complaints.test_traces import NAME, everything, raw
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, as_xlsx, columns, counts, faults, looked_through, rows_of, send
from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
from tests.stock import day
from tests.walk.steps import API, ok

HEADS = columns(
    "序号|收到日期|来源|是否实名|问题类别|被反映单位|被反映人|内容摘要|承办单位|办理结果|办理情况|结案日期|编号"
)
OF_SCHOOL = (
    *("1", "２０２４年3月1日", "信件", "是", "乱收费", "实验小学", "", "反映多收作业本费。", "人事股", "基本属实"),
    *("已清退。", "2024-03-20", "信〔2024〕3号"),
)
OF_OFFICE = (
    *(
        "2",
        "2023.5.6",
        "来访",
        "",
        "工程与采购",
        "计财股",
        "",
        "反映采购不公开。",
        "派驻组",
        "不实",
        "",
        "2023-06-30",
        "",
    ),
)
HANDED_ON = ("3", "2022/5/6", "来电", "否", "其他", "第一中学", "高远", "反映噪声。", "", "移送", "", "2022-05-09", "")


def imported(client: Any, *rows: Cells, heads: Cells = HEADS, mode: str = "commit") -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=heads), "台账.csv", resource="complaints", mode=mode)


def waiting(as_: As) -> list[Any]:
    """What anybody is told, or has to do."""
    accounts = [each for each in EVERYONE if each != "auditor"]
    paths = [f"{API}/{noun}" for noun in ("notifications", "my-work")]
    return [ok(as_(account).get(path)) for account in accounts for path in paths] + [ladder(as_("supervisor"))]


def test_what_is_brought_in_is_history_and_goes_to_whom_it_would_go(as_: As) -> None:
    supervisor, discipline = as_("supervisor"), as_("discipline")
    before = waiting(as_)
    run = imported(supervisor, OF_SCHOOL, OF_OFFICE)
    assert counts(run) == (2, 0, 0, 0), faults(rows_of(supervisor, run))
    assert seen_by(as_) == {"discipline", "supervisor", "leader", "office"}
    (row,) = ok(supervisor.get(AT))["data"]
    assert [each["unit_name"] for each in ok(discipline.get(AT))["data"]] == ["计财股", "实验小学"]
    assert (row["state"], row["result"], row["concluded_on"]) == ("replied", "partly", "2024-03-20")
    assert (row["due_on"], row["stages"], row["named"], row["is_past"]) == (None, [], True, True)
    assert not {"identify", "reply", "edit", "prolong"} & {*row["allowed_actions"]}
    assert waiting(as_) == before
    told = ok(as_("auditor").get(f"{API}/events?operation=complaint.bring_in"))["data"]
    assert [event["after"].keys() for event in told] == [{"state", "category", "channel"}] * 2
    # Of what went to the discipline team its importer is told no more; brought again it is known all the same.
    assert [bool(each["target_id"]) for each in rows_of(supervisor, run)] == [True, False]
    for client in (supervisor, discipline):
        assert counts(imported(client, OF_SCHOOL, OF_OFFICE)) == (0, 0, 2, 0)
    refused = supervisor.post(f"{IMPORTS}/{run['id']}/undo")
    assert refused.status_code == 409 and "第 3 行" in refused.json()["detail"]
    for account in ("supervisor", "discipline", "office"):
        for suffix in ("csv", "xlsx"):
            ledger, client = as_(account).get(f"{AT}.{suffix}").content, as_(account)
            again = looked_through(client, ledger, f"台账.{suffix}", resource="complaints", mode="commit")
            assert counts(again)[:2] + counts(again)[3:] == (0, 0, 0), (account, faults(rows_of(client, again)))
    run = imported(supervisor, HANDED_ON)
    row = ok(supervisor.get(AT))["data"][0]
    assert (row["state"], row["ended_on"], row["accused"]) == ("transferred", "2022-05-09", "高远")
    ok(supervisor.post(f"{IMPORTS}/{run['id']}/undo"))
    assert len(ok(discipline.get(AT))["data"]) == 2


@pytest.mark.parametrize(
    "heading", ["举报人", "来信人姓名", "姓名（必填）", "备注（举报人）", "联系 电话", "身份证号码"]
)
def test_a_table_that_tells_who_reported_is_not_taken(app: FastAPI, settings: Settings, as_: As, heading: str) -> None:
    lines = {"rows": [(*OF_SCHOOL, NAME)], "heads": [*HEADS, heading]}
    for content, name in ((as_csv(*lines["rows"], heads=lines["heads"]), "台账.csv"), (_book(lines), "台账.xlsx")):
        refused = send(as_("supervisor"), content, name, resource="complaints", mode="commit-valid")
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_file")
        assert "举报人的身份和联系方式不能批量导入" in refused.json()["detail"]
    held = everything(app, settings)
    assert NAME not in held and raw(NAME) not in held
    assert as_("discipline").get(AT).json()["data"] == []


def _book(lines: dict[str, Any]) -> bytes:
    return as_xlsx(*lines["rows"], heads=lines["heads"])


def test_what_does_not_fit_is_told_at_its_cell(as_: As) -> None:
    at = {name: place for place, name in enumerate(HEADS)}

    def row(**cells: str) -> list[str]:
        return [cells.get(name, OF_SCHOOL[place]) for name, place in at.items()]

    wrong = {
        "supervisor": (
            ("unit", row(被反映单位="派驻组", 内容摘要="甲。")),
            ("accused", row(被反映人="派驻组组长", 内容摘要="子。")),
            ("accused", row(被反映人="郑 严组长", 内容摘要="丑。")),
            ("accused", row(被反映单位="计财股", 被反映人="郑严", 内容摘要="寅。", 承办单位="")),
            ("handling_unit", row(被反映单位="计财股", 内容摘要="乙。")),
            ("handling_unit", row(承办单位="实验小学", 内容摘要="丙。")),
            ("received_on", row(收到日期=day(3).isoformat(), 内容摘要="丁。")),
            ("closed_on", row(结案日期="2024-02-01", 内容摘要="戊。")),
            ("closed_on", row(结案日期=day(3).isoformat(), 内容摘要="己。")),
            ("ending", row(办理结果="调查中", 内容摘要="庚。")),
            ("channel", row(来源="接口", 内容摘要="辛。")),
            ("code", row(编号="2024-ABCDEF", 内容摘要="壬。")),
            ("closed_on", row(结案日期="", 内容摘要="癸。")),
        ),
        "office": (
            ("unit", row(被反映单位="人事股", 内容摘要="甲。", 承办单位="")),
            ("accused", row(被反映人="周 敏", 内容摘要="乙。")),
        ),
    }
    for account, lines in wrong.items():
        run = imported(as_(account), *(cells for _, cells in lines), mode="preview")
        said = faults(rows_of(as_(account), run))
        assert [column for _, column, *_ in said] == [column for column, _ in lines], said
    # Other columns of such a ledger are read over, and whoever may not register one brings none in.
    heads = [*HEADS, "承办人", "举报人数", "被控告人职务"]
    assert counts(imported(as_("office"), [*OF_SCHOOL, "周敏", "3", ""], heads=heads)) == (1, 0, 0, 0)
    # 责任单位 is whoever handles it as often as whom it is about.
    heads = ["责任单位" if name == "被反映单位" else name for name in HEADS]
    run = imported(as_("supervisor"), OF_SCHOOL, heads=heads, mode="preview")
    assert counts(run) == (0, 0, 0, 1) and run["columns"][heads.index("责任单位")] is None
    for account in ("leader", "school", "sysadmin"):
        assert send(as_(account), as_csv(OF_SCHOOL, heads=HEADS), resource="complaints").status_code == 403
