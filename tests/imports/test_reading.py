"""Where the table is in what a clerk's program saved: among sheets, titles, sums and signatures, by whatever sign its
cells are parted."""

import io
import resource
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter  # type: ignore[import-untyped]
from fastapi import FastAPI
from python_calamine import CalamineWorkbook

from app.core.media import OLE_HEADER
from app.imports import sheets
from app.imports.models import RUN
from app.imports.queries import LIST
from tests.conftest import As
from tests.exported import csv_lines
from tests.imports.tables import HEADS, IMPORTS, as_csv, counts, faults, looked_through, rows_of, send, unit
from tests.imports.test_files import ROW, SHEET, XLS, bad, packed
from tests.rezipped import rezipped
from tests.walk.steps import ok

OTHER = ("N2", "红星小学", "学校", "实验小学", "小学")
FEET = (
    ("合  计", "", "2", "", ""),
    ("填表人：张三", "", "审核人：李四", "", ""),
    ("制表日期：2026年10月9日", "", "", "", ""),
    ("备注：以上为9月底的数", "", "", "", ""),
)


def book(*sheets_of: tuple[str, list[Any], bool]) -> bytes:
    """Sheets by name, lines, and whether they are seen."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        for name, lines, seen in sheets_of:
            sheet = made.add_worksheet(name)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
            if not seen:
                sheet.hide()
        next(sheet for sheet, (_, _, seen) in zip(made.worksheets(), sheets_of, strict=True) if seen).activate()
    return out.getvalue()


OFTEN = 30
TITLE = ["青川区单位名录，2026年10月；共一页"]


@pytest.mark.parametrize(
    "content",
    [
        f"青川区单位名录{',' * OFTEN}\n单位编码;单位名称;类别;上级单位;别名\nN1;青山小学;学校;实验小学;青小,青山\n",
        f"名录{';' * OFTEN}\n单位编码\t单位名称\t类别\t上级单位\t别名\nN1\t青山小学\t学校\t实验小学\t青小,青山\n",
        f'a{";" * OFTEN}b\n单位编码,单位名称,类别,上级单位,别名\nN1,青山小学,学校,实验小学,"青小,青山"\n',
        f"sep=|\n名录{';' * OFTEN}\n单位编码|单位名称|类别|上级单位|别名\nN1|青山小学|学校|实验小学|青小,青山\n",
    ],
    ids=["semicolon", "tab", "comma", "said"],
)
def test_the_cells_of_a_csv_are_parted_by_what_parts_its_head(as_: As, content: str) -> None:
    """Not by what is commonest: each file holds more of another sign than of its own."""
    run = looked_through(as_("sysadmin"), content.encode(), "名录.csv")
    assert run["columns"] == ["code", "name", "kind", "parent", "aliases"]
    assert [row["cells"] for row in rows_of(as_("sysadmin"), run)] == [
        ["N1", "青山小学", "学校", "实验小学", "青小,青山"]
    ]


@pytest.mark.parametrize(
    ("encoding", "sign", "said"),
    [("gb18030", ",", ""), ("utf-8-sig", ";", ""), ("utf-16", "\t", ""), ("gb18030", "|", "sep=|\r\n")],
)
def test_a_csv_comes_back_as_it_is_written_and_is_read_again(as_: As, encoding: str, sign: str, said: str) -> None:
    """Excel on a clerk's machine, and whatever else wrote it, reads no other."""
    client, other = as_("sysadmin"), OTHER[:2]
    sent = said + "".join(f"{sign.join(line)}\r\n" for line in (HEADS[:3], ROW[:3], (*other, "学样")))
    run = looked_through(client, sent.encode(encoding), "名录.csv")
    assert [row["number"] for row in rows_of(client, run)] == [2, 3], "as a spreadsheet counts them"
    back = client.get(f"{IMPORTS}/{run['id']}/file")
    assert back.headers["content-type"] == f"text/csv; charset={encoding.removesuffix('-sig')}"
    lines = back.content.decode(encoding).splitlines()
    assert lines[: bool(said)] == ([said.strip()] if said else [])
    told = [line.split(sign) for line in lines[bool(said) :]]
    assert [line[:4] for line in told] == [[*HEADS[:3], "结果"], [*ROW[:3], "新增"], [*other, "学样", "错误"]]
    assert counts(looked_through(client, back.content, "名录.csv")) == (1, 0, 0, 1)


def test_of_several_sheets_the_one_with_the_headings_is_read_and_that_is_told(as_: As, browse: As) -> None:
    client = as_("sysadmin")
    filled = [TITLE, HEADS, ROW]
    said = [["填写说明"], ["单位名称一律写全称"]]
    run = looked_through(client, book(("说明", said, True), ("名录", filled, True)), "a.xlsx")
    assert [row["cells"] for row in rows_of(client, run)] == [list(ROW)]
    assert run["notes"] == ["读取的是工作表“名录”，表头在那里"]
    # Another that has the same columns is not left out without a word.
    two = book(("名录", filled, True), ("停用的", [HEADS, OTHER], True), ("旧的", [HEADS, OTHER], False))
    run = looked_through(client, two, "a.xlsx")
    assert [row["cells"][0] for row in rows_of(client, run)] == ["N1"]
    assert run["notes"] == ["读取的是工作表“名录”；工作表“停用的”没有读取，要导入请另存为单独的文件"]
    assert run["notes"][0] in browse("sysadmin").get(f"/imports/{run['id']}").text
    # Plainly the first: nothing is to be told.
    assert looked_through(client, book(("名录", filled, True), ("说明", said, True)), "a.xlsx")["notes"] == []


def test_a_workbook_whose_table_is_hidden_says_so(as_: As) -> None:
    refused = send(as_("sysadmin"), book(("空的", [], True), ("名录", [HEADS, ROW], False)), "a.xlsx")
    assert refused.status_code == 422 and "隐藏的工作表“名录”请取消隐藏后再上传" in refused.json()["detail"]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_sums_signatures_and_notes_are_no_rows_and_come_back_with_the_file(as_: As, browse: As, name: str) -> None:
    client, lines = as_("sysadmin"), [TITLE, HEADS, ROW, ("小计", "", "1"), OTHER, ("3",), *FEET]
    heads = ("序号", *HEADS)
    numbered = [TITLE, heads, ("1", *ROW), ("", "小计", "", "1"), ("2", *OTHER), ("3",), ("4",), *FEET]
    for given, number_of_feet in ((lines[:5] + lines[6:], 5), (numbered, 5)):
        content = as_csv(*given[1:], heads=given[0]) if name.endswith("csv") else book(("名录", given, True))
        run = looked_through(client, content, name)
        assert counts(run) == (2, 0, 0, 0), faults(rows_of(client, run))
        assert run["notes"][0].startswith("第 4 行“小计”、") and "“填表人”、" in run["notes"][0]
        assert run["notes"][0].endswith("是合计、签名或说明，没有作为内容读取")
        assert run["notes"][1:] == (["有 2 行只写了序号，没有作为内容读取"] if given is numbered else [])
        assert run["notes"][0] in browse("sysadmin").get(f"/imports/{run['id']}").text
        back = client.get(f"{IMPORTS}/{run['id']}/file").content
        if name.endswith("csv"):
            told = csv_lines(back)
        else:
            told = CalamineWorkbook.from_filelike(io.BytesIO(back)).get_sheet_by_index(0).to_python()  # type: ignore[assignment]
        firsts = [line[0] or line[1] for line in told]
        assert firsts[0] == TITLE[0] and firsts[-number_of_feet + 1 :] == [foot[0] for foot in FEET]
        again = looked_through(client, back, name)
        assert counts(again) == (2, 0, 0, 0) and len(again["notes"]) == len(run["notes"])


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_of_what_stands_around_a_table_no_more_is_kept_than_a_page(as_: As, app: FastAPI, name: str) -> None:
    client, long = as_("sysadmin"), "长" * 30_000
    lines = [TITLE, (long, long), (long,), HEADS, ROW, *[("合计", long)] * 4, ("填表人：张三",)]
    content = as_csv(*lines[1:], heads=TITLE) if name.endswith("csv") else book(("名录", lines, True))
    run = looked_through(client, content, name)
    assert counts(run) == (1, 0, 0, 0)
    kept = app.state.database.read_now(
        lambda connection: connection.execute(sa.select(RUN.c.around).where(RUN.c.id == run["id"])).scalar_one()
    )
    assert (len(kept["above"]), len(kept["beneath"])) == (2, 2)
    assert client.get(f"{IMPORTS}/{run['id']}/file").status_code == 200
    # Nobody who looks at the list waits for that.
    assert "around" not in {column.name for column in LIST.columns}


COMPLAINTS = ("日期", "渠道", "被反映单位", "主要问题", "结果")
DECISIONS = ("类别", "议题", "时间", "结果")
BACK = [
    ("units", "sysadmin", HEADS, ROW),
    ("complaints", "discipline", COMPLAINTS, ("2026-10-09", "来信", "青山小学", "乱收费", "属实")),
    ("major-decisions", "school", DECISIONS, ("人事", "任免", "2026-10-09", "通过")),
]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize(("resource", "account", "heads", "row"), BACK)
def test_a_table_given_back_may_be_sent_and_given_back_again_and_again(
    as_: As, resource: str, account: str, heads: tuple[str, ...], row: tuple[str, ...], suffix: str
) -> None:
    client, name = as_(account), f"a.{suffix}"
    content = as_csv(row, (), ("合计", "1"), heads=heads)
    if suffix == "xlsx":
        content = book(("名录", [heads, row, (), ("合计", "1")], True))
    first = looked_through(client, content, name, resource=resource)
    for _ in range(3):
        content = client.get(f"{IMPORTS}/{first['id']}/file").content
        again = looked_through(client, content, name, resource=resource)
        assert again["headings"] == [*heads, "结果", "错误原因"]
        assert again["columns"] == [*first["columns"][: len(heads)], None, None] and counts(again) == counts(first)
        first = again


def test_what_is_like_a_foot_and_says_something_of_a_unit_is_a_row(as_: As) -> None:
    heads = ("单位名称", "类别", "别名")
    rows = (("合计小学", "学校", ""), ("负责人小学", "学校", "备注：旧名"), ("日期路小学", "学校", "2026年"))
    run = looked_through(as_("sysadmin"), as_csv(*rows, heads=heads))
    assert counts(run) == (3, 0, 0, 0) and run["notes"] == []


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_cells_beyond_the_head_come_back_and_a_day_stays_a_day(as_: As, name: str) -> None:
    client, heads = as_("sysadmin"), ("单位名称", "类别", "启用日期")
    rows = (("青山小学", "学样", "2026-09-01", "多的", "余的"), ("红星小学", "学校", "2026年9月1日"))
    content = as_csv(*rows, heads=heads) if name.endswith("csv") else book(("名录", [heads, *rows], True))
    run = looked_through(client, content, name)
    if name.endswith("xlsx"):
        # The workbook is no longer kept: a new one is made, in which what looks like a day is one.
        ok(client.post(f"{IMPORTS}/{run['id']}/discard"))
    back = client.get(f"{IMPORTS}/{run['id']}/file").content
    if name.endswith("csv"):
        head, first, second = csv_lines(back)
    else:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(back)).get_sheet_by_index(0)
        head, first, second = ([str(cell) for cell in line] for line in sheet.to_python())
        assert not isinstance(sheet.to_python()[1][2], str)
    assert head == [*heads, "", "", "结果", "错误原因"]
    assert first[:6] == ["青山小学", "学样", "2026-09-01", "多的", "余的", "错误"] and "多出 2 格" in first[6]
    assert second[:6] == ["红星小学", "学校", "2026年9月1日", "", "", "新增"]
    # Sent again as it is, what belongs nowhere is still named.
    again = looked_through(client, back, name)
    assert "这一行比表头多出 2 格" in str(rows_of(client, again)[0]["faults"])


def test_of_two_headings_for_one_column_the_one_that_is_called_so_is_it(as_: As, browse: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, as_csv(("旧名", "青山小学", "学校"), heads=("全称", "单位名称", "类别")))
    assert run["columns"] == [None, "name", "kind"] and counts(run) == (1, 0, 0, 0)
    assert "不认识这些列，没有导入：全称" in browse("sysadmin").get(f"/imports/{run['id']}").text
    # Where none is called so, it is the first of what the column may be called.
    run = looked_through(client, as_csv(("旧名", "青山小学", "学校"), heads=("全称", "名称", "类别")))
    assert run["columns"] == [None, "name", "kind"] and counts(run) == (1, 0, 0, 0)
    # What the file has twice is named as it stands there.
    refused = send(client, as_csv(("旧名", "青山小学", "甲", "学校"), heads=("名称", "名称", "学校", "类别")))
    assert refused.status_code == 422 and "第 1、2 列都是“名称”" in refused.json()["detail"]


TWO = [
    ("plan-items", "supervisor", ("工作内容", "任务名称"), (None, "title")),
    ("venue-activities", "school", ("承办单位", "主办单位"), (None, "host")),
    ("briefs", "school", ("报送日期", "撰写日期"), (None, "written_on")),
    ("leading-groups", "supervisor", ("文号", "依据文件"), (None, "basis")),
    ("findings", "supervisor", ("完成时间", "整改期限"), (None, "deadline_on")),
    ("rectifications", "school", ("进展", "办理情况", "完成情况"), (None, None, "result")),
]


@pytest.mark.parametrize(("resource", "account", "heads", "columns"), TWO)
def test_of_several_headings_that_may_mean_one_column_the_surest_is_read(
    as_: As, resource: str, account: str, heads: tuple[str, ...], columns: tuple[str | None, ...]
) -> None:
    run = looked_through(as_(account), as_csv(["一"] * len(heads), heads=heads), resource=resource)
    assert tuple(run["columns"]) == columns


def test_a_running_number_is_nobodys_code(as_: As) -> None:
    rows = (("1", "甲小学", "学校"), ("2", "乙小学", "学校"))
    run = looked_through(as_("sysadmin"), as_csv(*rows, heads=("编号", "单位名称", "类别")), mode="commit")
    assert run["columns"] == [None, "name", "kind"] and counts(run) == (2, 0, 0, 0)
    assert unit(as_("sysadmin"), "甲小学")["code"] != "1"
    run = looked_through(as_("supervisor"), as_csv(("1", "覆盖率"), heads=("编号", "指标")), resource="indicators")
    assert run["columns"] == [None, "name"] and faults(rows_of(as_("supervisor"), run))[0][1] == "code"


def test_a_day_without_its_year_is_asked_for_and_the_likely_one_offered(as_: As, browse: As) -> None:
    client, heads = as_("sysadmin"), ("单位名称", "类别", "启用日期")
    year = int(rows_of(client, looked_through(client, as_csv(("甲", "学校", "11月20日"), heads=heads)))[0]["faults"][0]["suggestions"][0][:4])  # fmt: skip
    for written in ("11月20日", "11月20号", "11-20", "11/20", "１１月２０日", "11月20日（星期五）"):
        run = looked_through(client, as_csv(("青山小学", "学校", written), heads=heads))
        ((_, column, why, near),) = faults(rows_of(client, run))
        assert (column, why, near[0]) == ("valid_from", "没有写年份，请写全年月日", f"{year}-11-20"), written
    assert f"改为“{year}-11-20”" in browse("sysadmin").get(f"/imports/{run['id']}").text
    mended = client.post(f"{IMPORTS}/{run['id']}/accept-suggestions").json()
    assert counts(mended) == (1, 0, 0, 0)
    run = looked_through(client, as_csv(("青山小学", "学校", "2月30日"), heads=heads))
    assert faults(rows_of(client, run))[0][2:] == ("没有这一天，2 月只有 29 天", [])


def test_of_a_day_with_its_hour_the_day_is_read(as_: As) -> None:
    written = (
        *("2023-10-31 00:00:00", "2023/10/31 14:30", "2023-10-31T14:30:05", "2023年10月31日 下午2时30分"),
        *("2023.10.31 9:05", "2023年10月31日（周二）", "2023年10月31日14：30", "45230.604"),
    )
    rows = [(f"第{n}小学", "学校", each) for n, each in enumerate(written)]
    run = looked_through(as_("sysadmin"), as_csv(*rows, heads=("单位名称", "类别", "启用日期")), mode="commit")
    assert counts(run) == (len(written), 0, 0, 0)
    units = as_("sysadmin").get("/api/v1/units?limit=200").json()["data"]
    assert {each["valid_from"] for each in units if each["name"].startswith("第") and each["name"][1].isdigit()} == {
        "2023-10-31"
    }


def test_a_table_that_takes_too_long_or_too_much_memory_is_refused(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child that reads it has a bound for each; whoever asks is answered, and the next table is read."""
    client, small = as_("sysadmin"), book(("名录", [HEADS, ROW], True))
    wide = ("名称,类别\n" + ("1," * 150 + "\n") * 60_000).encode()
    monkeypatch.setattr(sheets, "cpu_seconds", lambda path, kind: 1)
    refused = send(client, wide)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_file") and "超时" in refused.json()["detail"]
    monkeypatch.undo()
    cells = (f'<c t="str"><v>{n:0100}</v></c>' for n in range(600_000))
    lines = (f"<row>{next(cells)}{next(cells)}{next(cells)}{next(cells)}</row>" for _ in range(150_000))
    many = packed({SHEET: f"<worksheet><sheetData>{''.join(lines)}</sheetData></worksheet>".encode()})
    monkeypatch.setattr(sheets, "MEMORY", 64 * sheets.MIB)
    refused = send(client, many, "a.xlsx")
    # Within its bound the same file is read, and refused only because nobody knows its head.
    assert refused.status_code == 422 and "无法读取" in refused.json()["detail"], refused.text[:300]
    assert counts(looked_through(client, small, "a.xlsx")) == (1, 0, 0, 0)


def test_a_table_has_the_more_time_the_more_it_unpacks_to_and_never_more_than_half_a_minute(tmp_path: Path) -> None:
    csv, zipped = tmp_path / "a.csv", tmp_path / "a.xlsx"
    csv.write_bytes(b"1\n")
    zipped.write_bytes(rezipped(b"", {"xl/workbook.xml": b"0" * 40 * sheets.MIB}))
    assert sheets.cpu_seconds(csv, "csv") == 5 and sheets.cpu_seconds(zipped, "book") == 15
    zipped.write_bytes(rezipped(b"", {"xl/workbook.xml": b"0" * 200 * sheets.MIB}))
    assert sheets.cpu_seconds(zipped, "book") == 30


def test_an_old_workbook_that_ends_as_an_archive_does_is_answered(as_: As) -> None:
    """Its end is looked for from behind: any file may carry one."""
    tail = rezipped(b"", {"a": b"x"})
    damaged = tail.replace(b"PK\x01\x02", b"PK\x09\x09")
    for content in (OLE_HEADER + bytes(600) + tail, OLE_HEADER + bytes(600) + damaged):
        refused = send(as_("sysadmin"), content, "a.xls")
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_file"), refused.text
    assert counts(looked_through(as_("sysadmin"), XLS.read_bytes() + damaged, "a.xls")) == (1, 0, 0, 0)


def test_a_bomb_is_answered_in_about_a_second(as_: As) -> None:
    """Of what the machine computes, that is: it may be busy with something else."""
    bombs = [each for each in bad() if each[0] in BOMBS]
    assert len(bombs) == len(BOMBS)
    for what, content, name, status, _ in bombs:
        before = _computed()
        assert send(as_("sysadmin"), content, name).status_code == status, what
        assert _computed() - before < 2.5, what


BOMBS = {
    *("archives within archives", "a workbook whose member is a bomb", "2,001 members", "billion laughs"),
    *("a cell at the far end", "200,001 rows"),
}


def _computed() -> float:
    """Seconds, by this process and those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
