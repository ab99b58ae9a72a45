"""A clerk's formulas stay where they are in a workbook that is given back, also where they come to nothing."""

import re
from collections.abc import Callable

import pytest

from app.imports import annotated
from tests.conftest import As
from tests.imports.books import CHAIN, SHEET, given_back, listing, parts, values
from tests.imports.tables import HEADS, IMPORTS, as_xlsx, looked_through, rows_of, unit
from tests.rezipped import rezipped
from tests.walk.steps import API, ok

ROWS = (("N1", "青山小学", "学校", "实验小学", "小学"), ("N2", "红星小学", "学样", "", ""))


def drawn_down(column: str) -> Callable[[bytes], bytes]:
    """A formula without a heading, shared by the two rows, of which nothing is to be seen."""

    def put(row: re.Match[bytes]) -> bytes:
        number = row[2].decode()
        words = {"2": f't="shared" ref="{column}2:{column}3" si="0">IF(A2="","","")</f>', "3": 't="shared" si="0"/>'}
        cell = f'<c r="{column}{number}" t="str"><f {words[number]}<v></v></c>' if number in words else ""
        return row[1] + cell.encode()

    return lambda sheet: re.sub(rb'(<row r="(\d)".*?)(?=</row>)', put, sheet)


@pytest.mark.parametrize(("helper", "said"), [("F", "GH"), ("G", "HI"), ("H", "FG")])
def test_what_is_said_of_the_rows_stands_behind_formulas_that_come_to_nothing(as_: As, helper: str, said: str) -> None:
    sent = rezipped(as_xlsx(*ROWS), {SHEET: drawn_down(helper), **listing(f"{helper}2", f"{helper}3")})
    back = given_back(as_, sent)
    before, after = parts(sent), parts(back)
    assert after[CHAIN] == before[CHAIN], "and each cell that it names still has its formula"
    written = rb'<c r="[%s]\d"[^<>]*t="inlineStr">.*?</c>|<c r="[%s]\d"[^<>]*/>' % ((said.encode(),) * 2)
    plain = [re.sub(rb'<dimension[^<>]*>| spans="[\d:]*"', b"", each[SHEET]) for each in (before, after)]
    assert re.sub(written, b"", plain[1]) == plain[0]
    at = ord(said[0]) - ord("A")
    assert [line[at] for line in values(back, "Sheet1")] == ["结果", "新增", "错误"]


def test_formulas_whose_place_is_not_told_or_that_stand_where_it_was_said_before_lead_to_a_new_workbook(
    as_: As,
) -> None:
    placeless = rezipped(as_xlsx(*ROWS), {SHEET: drawn_down("F")})
    placeless = rezipped(placeless, {SHEET: lambda sheet: re.sub(rb'(<(?:row|c)) r="[A-Z]*\d+"', rb"\1", sheet)})

    def computed(sheet: bytes) -> bytes:
        return re.sub(rb'<c r="F2".*?</c>', b'<c r="F2" t="str"><f>"A"</f><v>A</v></c>', sheet)

    before = given_back(as_, as_xlsx(*ROWS))
    for sent in (placeless, rezipped(before, {SHEET: computed})):
        back = given_back(as_, sent)
        assert b"<f" in parts(sent)[SHEET] and b"<f" not in parts(back)[SHEET]
        assert values(back, "Sheet1")[0] == [*HEADS, "结果", "错误原因"]
        assert [line[5] for line in values(back, "Sheet1")] == ["结果", "新增", "错误"]


def test_where_no_cell_was_put_right_workbooks_go_on_listing_their_formulas(as_: As) -> None:
    """Also where rows were looked at once more, since others had changed what they mean."""
    client, heads = as_("sysadmin"), ("名称", "学段", "启用日期")
    held = unit(client, "实验小学")
    sent = rezipped(as_xlsx(("实验小学", "小学", "2020-09-01"), heads=heads), listing("C2"))
    run = looked_through(client, sent, "名录.xlsx")
    earlier = {"valid_from": "2019-09-01"}
    ok(client.patch(f"{API}/units/{held['id']}", json=earlier, headers={"if-match": f'"{held["version"]}"'}))
    assert client.post(f"{IMPORTS}/{run['id']}/commit").json()["code"] == "rows_moved"

    def chain() -> bytes | None:
        return parts(client.get(f"{IMPORTS}/{run['id']}/file").content).get(CHAIN)

    (row,) = rows_of(client, run)
    assert row["remarks"] and chain() == parts(sent)[CHAIN]
    for value, is_listed in (("2020-09-01", True), ("2021-09-01", False)):
        ok(client.post(f"{API}/import-rows/{row['id']}/correct", json={"column": "valid_from", "value": value}))
        assert (chain() is not None) is is_listed, value


def test_a_full_disk_is_told_as_of_a_download(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    client = as_("sysadmin")
    run = looked_through(client, rezipped(as_xlsx(*ROWS), {"_xmlsignatures/origin.sigs": b""}), "名录.xlsx")
    monkeypatch.setattr(annotated, "_FULL", 1)
    refused = client.get(f"{IMPORTS}/{run['id']}/file")
    assert (refused.status_code, refused.json()["title"]) == (507, "存储空间不足，没有导出")
