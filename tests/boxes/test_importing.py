"""A catalogue comes back from a table: what the paper says is put right in open boxes, and nothing else is changed."""

import io
import zipfile
from typing import Any

import pytest

from tests.boxes.steps import BOXES, FAR, SCHOOL, act, box, piece, read, sealed, work
from tests.conftest import As
from tests.exported import csv_lines
from tests.imports.tables import IMPORTS, as_csv, columns, counts, faults, looked_through, rows_of, send
from tests.imports.traces import every_row_leaves_its_event as every_row_leaves_its_event
from tests.stock import Stock
from tests.walk.steps import API, ok

HEADS = columns("盒号|盒名|分项|材料名称|文号|日期|形成单位|页数|份数|保管期限|存放位置|电子件")
AT = {name: n for n, name in enumerate(HEADS)}


def exported(as_: As, account: str = "school") -> list[list[str]]:
    heads, *rows = csv_lines(as_(account).get(f"{BOXES}/catalogue.csv").content)
    assert heads == HEADS
    return rows


def changed(row: list[str], **cells: str) -> list[str]:
    after = list(row)
    for name, cell in cells.items():
        after[AT[name]] = cell
    return after


def table(as_: As, *rows: list[str], account: str = "school", heads: Any = HEADS, **fields: str) -> dict[str, Any]:
    return looked_through(as_(account), as_csv(*rows, heads=heads), "目录.csv", resource="archive-boxes", **fields)


def filled(as_: As, stock: Stock, *titles: str, **fields: Any) -> dict[str, Any]:
    made = work(stock)
    for title in titles:
        piece(as_, title, made.rows[1])
    return ok(act(as_, box(as_, made.plan, **fields)["id"], "fill"))  # type: ignore[no-any-return]


def said(entry: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(entry[name] for name in ("document_number", "evidence_on", "pages", "copies", "retention"))


def test_what_the_paper_says_is_put_right_and_taken_back(as_: As, stock: Stock) -> None:
    made = filled(as_, stock, "甲", "乙", location="A2-01")
    rows = exported(as_)
    assert counts(table(as_, *rows)) == (0, 0, 2, 0)
    paper = {"文号": "实小〔2026〕3号", "日期": "2026年3月5日", "页数": "１８", "份数": "2.0", "保管期限": "永久"}
    first, second = (changed(row, 存放位置="档案室 B1-07") for row in rows)
    run = table(as_, changed(first, **paper), second)
    assert counts(run) == (0, 2, 0, 0), faults(rows_of(as_("school"), run))
    assert rows_of(as_("school"), run)[0]["changes"]["pages"] == ["", "18"]
    ok(as_("school").post(f"{IMPORTS}/{run['id']}/commit"))
    told = read(as_, made["id"])
    assert said(told["entries"][0]) == ("实小〔2026〕3号", "2026-03-05", 18, 2, "permanent")
    assert said(told["entries"][1]) == said(made["entries"][1]) and told["location"] == "档案室 B1-07"
    record = ok(as_("school").get(f"{API}/evidence/{told['entries'][0]['evidence_id']}"))
    assert record["document_number"] is None, "the piece's own record was reviewed, and stays"
    assert exported(as_)[0][AT["文号"]] == "实小〔2026〕3号"
    assert counts(table(as_, *exported(as_))) == counts(table(as_, changed(first, **paper), second)) == (0, 0, 2, 0)
    newest = ok(as_("auditor").get(f"{API}/events?resource=archive_box&resource_id={made['id']}"))["data"]
    whole = ["archive_box.arrange", "archive_box.edit"]
    assert [event["operation"] for event in newest[:4]] == ["archive_box.import"] * 2 + whole
    line = newest[1]
    assert line["before"]["pages"] is None and line["after"]["pages"] == 18
    assert line["after"]["entry_id"] == told["entries"][0]["entry_id"]
    ok(as_("school").post(f"{IMPORTS}/{run['id']}/undo"))
    told = read(as_, made["id"])
    assert [said(entry) for entry in told["entries"]] == [said(entry) for entry in made["entries"]]
    assert told["location"] == "A2-01" and exported(as_) == rows


def test_a_box_that_was_touched_since_is_not_taken_back(as_: As, stock: Stock) -> None:
    made = filled(as_, stock, "甲")
    run = table(as_, changed(exported(as_)[0], 页数="3"), mode="commit")
    etag = {"if-match": f'"{read(as_, made["id"])["version"]}"'}
    ok(as_("school").patch(f"{BOXES}/{made['id']}", json={"name": "另一名"}, headers=etag))
    refused = as_("school").post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 2 行" in refused.text


def test_a_sealed_box_is_unsealed_with_a_reason_first(as_: As, stock: Stock) -> None:
    made = sealed(as_, stock, "议事规则", location="A2-01")
    row = exported(as_)[0]
    assert counts(table(as_, row)) == (0, 0, 1, 0)
    for cells in ({"页数": "3"}, {"文号": "实小〔2026〕3号"}, {"存放位置": "B1"}):
        (fault,) = faults(rows_of(as_("school"), table(as_, changed(row, **cells))))
        assert fault[1:3] == ("", "这一盒已封盒，目录已固定，请先写明理由启封")
    new = changed(row, 材料名称="漏装的", 电子件="")
    (fault,) = faults(rows_of(as_("school"), table(as_, new)))
    assert fault[1] == "title" and "没有这份材料" in fault[2] and "启封" in fault[2]
    ok(act(as_, made["id"], "hand-over", to="区档案馆"))
    (fault,) = faults(rows_of(as_("school"), table(as_, changed(row, 页数="3"))))
    assert "已移交" in fault[2] and "启封" not in fault[2]


def test_what_does_not_fit_is_told_at_its_cell_and_how_to_mend_it(as_: As, stock: Stock) -> None:
    made = filled(as_, stock, "甲", "乙", location="A2-01")
    row, other = exported(as_)
    gone = box(as_, made["plan_id"], name="作废")
    ok(act(as_, gone["id"], "void", note="建错了。"))
    run = table(
        as_,
        changed(row, 页数="0"),
        changed(row, 页数="5"),
        changed(other, 存放位置="B1"),
        changed(row, 材料名称="没有的"),
        changed(row, 材料名称=""),
        changed(row, 盒号="2019-001"),
        changed(row, 盒号="第一盒"),
        changed(row, 盒号=gone["number"], 盒名=""),
    )
    found = faults(rows_of(as_("school"), run))
    assert [fault[:2] for fault in found] == [
        (2, "pages"),
        (3, ""),
        (4, "location"),
        (5, "filename"),
        (6, "title"),
        (7, "box_number"),
        (8, "box_number"),
        (9, "box_number"),
    ]
    words = [fault[2] for fault in found]
    assert words[0] == "不能小于 1" and words[1] == "与第 2 行是同一份材料，请只留一行"
    assert words[2] == "与第 2 行写的“A2-01”不同，一盒只有一个存放位置" and found[2][3] == ["A2-01"]
    assert words[3].startswith("盒里没有这份材料。") and "从资料库放入" in words[3] and "留空" in words[3]
    assert words[4] == "请填写材料名称" and "没有这个盒号" in words[5] and "2023-012" in words[6]
    assert "已作废" in words[7]
    fixed = table(as_, changed(row, 盒名="别的盒", 分项="其他", 形成单位="教育股", 电子件="x.pdf"))
    assert [fault[1] for fault in faults(rows_of(as_("school"), fixed))] == [
        "box_name",
        "classified",
        "unit_name",
        "filename",
    ]
    assert send(as_("leader"), as_csv(row, heads=HEADS), resource="archive-boxes").status_code == 403


def test_pieces_of_one_title_are_told_apart_by_all_else(as_: As, stock: Stock) -> None:
    made = work(stock)
    for on in ("2026-03-01", "2026-03-02", "2026-03-02"):
        piece(as_, "会议记录", made.rows[1], evidence_on=on, content=f"%PDF-1.4\n{on}\n%%EOF\n".encode())
    found = ok(act(as_, box(as_, made.plan)["id"], "fill"))
    rows = exported(as_)
    assert rows[1] == rows[2]
    assert counts(table(as_, *rows)) == (0, 0, 3, 0), "two that are the same in every column are two"
    run = table(as_, rows[0], rows[1], changed(rows[2], 页数="4"), mode="commit")
    assert counts(run) == (0, 1, 2, 0)
    assert [entry["pages"] for entry in read(as_, found["id"])["entries"]] == [None, None, 4]
    (fault,) = faults(rows_of(as_("school"), table(as_, changed(rows[0], 日期="2026-05-05", 页数="9"))))
    assert fault[1] == "filename" and "看不出是哪一份" in fault[2]


def test_each_unit_numbers_its_own_boxes(as_: As, stock: Stock) -> None:
    """The whole ledger of the district comes back from the supervisor; a unit names its box where two are alike."""
    plan = stock.plan(year=2026)
    item = stock.item(plan)
    for account, unit in (("school", SCHOOL), ("middle", "第一中学")):
        row = stock.assignment(plan, item, unit, "in_progress", FAR)
        piece(as_, "校务公开", row, account=account)
        ok(act(as_, box(as_, plan, account)["id"], "fill", account))
    rows = exported(as_, "supervisor")
    assert [row[0] for row in rows] == ["2026-001", "2026-001"]
    assert counts(table(as_, *rows, account="supervisor")) == (0, 0, 2, 0)
    (fault,) = faults(
        rows_of(as_("supervisor"), table(as_, changed(rows[0], 形成单位="", 页数="3"), account="supervisor"))
    )
    assert fault[1] == "unit" and "看不出" in fault[2]
    named = table(
        as_, ["第一中学", *changed(rows[0], 形成单位="", 页数="3")], account="supervisor", heads=["装盒单位", *HEADS]
    )
    assert counts(named) == (0, 1, 0, 0)
    # An office reads its paired schools' boxes, and changes nothing there.
    (theirs,) = exported(as_, "education")
    assert counts(table(as_, theirs, account="education")) == (0, 0, 1, 0)
    (fault,) = faults(rows_of(as_("education"), table(as_, changed(theirs, 页数="3"), account="education")))
    assert "您不能" in fault[2]


def test_the_catalogue_of_a_boxs_archive_comes_back_too(as_: As, stock: Stock) -> None:
    made = filled(as_, stock, "甲", "乙")
    archive = zipfile.ZipFile(io.BytesIO(as_("school").get(f"{BOXES}/{made['id']}/export").content))
    (name,) = [each for each in archive.namelist() if each.endswith("卷内目录.xlsx")]
    run = looked_through(as_("school"), archive.read(name), "卷内目录.xlsx", resource="archive-boxes")
    assert counts(run) == (0, 0, 2, 0), faults(rows_of(as_("school"), run))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_catalogue_of_one_box_comes_back_unchanged(as_: As, stock: Stock, suffix: str) -> None:
    made = filled(as_, stock, "甲", "=1+1", "乙", location="A2-01")
    content = as_("school").get(f"{BOXES}/{made['id']}/catalogue{suffix}").content
    run = looked_through(as_("school"), content, f"目录{suffix}", resource="archive-boxes", mode="commit")
    assert counts(run) == (0, 0, 3, 0), faults(rows_of(as_("school"), run))


def test_a_row_without_a_file_registers_a_piece_on_paper(as_: As, stock: Stock) -> None:
    made = filled(as_, stock, "甲", location="A2-01")
    first = exported(as_)
    paper = changed(
        first[0], 材料名称="手写签到册", 分项="第1项 健全议事决策制度 · 会议", 日期="2026.3.9", 电子件="", 页数="12"
    )
    other = changed(paper, 材料名称="剪报", 分项="其他材料 · 活动", 形成单位="党办", 文号="", 保管期限="永久")
    run = table(as_, first[0], paper, other)
    assert counts(run) == (2, 0, 1, 0), faults(rows_of(as_("school"), run))
    ok(as_("school").post(f"{IMPORTS}/{run['id']}/commit"))
    told = read(as_, made["id"])
    lines = {entry["title"]: entry for entry in told["entries"]}
    assert [lines["手写签到册"][name] for name in ("kind", "item_number", "pages", "unit_name", "evidence_id")] == [
        "meeting",
        "1",
        12,
        SCHOOL,
        None,
    ]
    assert [lines["剪报"][name] for name in ("kind", "item_number", "unit_name", "retention")] == [
        "activity",
        None,
        "党办",
        "permanent",
    ]
    assert counts(table(as_, *exported(as_))) == counts(table(as_, first[0], paper, other)) == (0, 0, 3, 0)
    ok(as_("school").post(f"{IMPORTS}/{run['id']}/undo"))
    assert exported(as_) == first
    run = table(
        as_,
        changed(paper, 分项="", 日期=""),
        changed(paper, 分项="第9项 没有 · 会议"),
        changed(other, 分项="其他材料 · 证书"),
        changed(other, 材料名称="画报", 存放位置="B9"),
    )
    found = faults(rows_of(as_("school"), run))
    assert [fault[:2] for fault in found] == [
        (2, "classified"),
        (2, "evidence_on"),
        (3, "classified"),
        (4, "classified"),
        (5, "location"),
    ]
    assert "制度、方案" in found[3][2] and "其他材料" in found[2][2]
