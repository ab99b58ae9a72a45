"""Importing by hand: every page works with scripts off, and swaps the preview with them on."""

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.conftest import As, form
from tests.generated.forms import Form, forms_of
from tests.imports.tables import IMPORTS, as_csv, as_xlsx, looked_through, rows_of, unit
from tests.walk.steps import ok

CENTRAL = ("N1", "青山镇中心校", "中心校", "", "")
WRONG = ("N2", "青山小学", "学样", "青山中心校", "")


@pytest.fixture
def clerk(browse: As) -> Any:
    return browse("sysadmin")


def upload(clerk: Any, content: bytes, name: str = "名录.csv") -> Any:
    data = form(clerk, resource="units", mode="preview")
    return clerk.post("/imports", data=data, files={"file": (name, content)})


def press(clerk: Any, html: str, ending: str, **headers: str) -> Any:
    """The form of a page whose address ends so, sent as it stands."""
    found: list[Form] = [each for each in forms_of(html) if each.action.endswith(ending)]
    assert len(found) >= 1, f"no form to {ending}"
    fields = dict(found[0].fields) | form(clerk)
    return clerk.post(found[0].action, data=fields, headers=headers)


def test_a_table_goes_through_the_four_steps(clerk: Any, as_: As) -> None:
    new = clerk.get("/imports/new?resource=units").text
    assert "必填列：单位名称、类别" in new and "/api/v1/imports/templates/units" in new
    made = upload(clerk, as_csv(CENTRAL, WRONG))
    assert made.status_code == 303
    address = made.headers["location"]
    shown = clerk.get(address).text
    assert "1 行有错，还没有写入任何内容。" in shown and "只写入有效的 1 行" in shown
    assert "改为“学校”" in shown and "改为“青山镇中心校”" in shown and "没有这个单位。" in shown
    # With scripts off the page comes again where it stood.
    once = press(clerk, shown, "/correct")
    assert once.status_code == 303 and once.headers["location"].startswith(f"{address}?kind=")
    # With scripts on the preview alone is swapped.
    part = press(clerk, clerk.get(address).text, "/correct", **{"hx-request-type": "partial"})
    assert part.status_code == 200 and part.text.lstrip().startswith('<div id="preview"')
    assert "没有错误，可以写入 2 行" in part.text and "全部写入" in part.text
    written = press(clerk, clerk.get(address).text, "/commit")
    assert written.status_code == 303 and "已写入 2 行" in clerk.get(address).text
    assert unit(as_("sysadmin"), "青山小学")["parent_id"] == unit(as_("sysadmin"), "青山镇中心校")["id"]
    assert press(clerk, clerk.get(address).text, "/undo").status_code == 303
    assert "已撤销" in clerk.get(address).text and "名录.csv" in clerk.get("/imports").text


def test_tiles_hold_as_many_rows_as_they_say(clerk: Any, as_: As) -> None:
    rows = (CENTRAL, WRONG, ("", "实验小学", "学校", "柳林镇中心校", ""), ("", "教育股", "股室", "", ""))
    address = upload(clerk, as_csv(*rows)).headers["location"]
    for kinds, numbers in (
        ("new,changed,wrong", (2, 3, 4)),
        ("new", (2,)),
        ("changed", (4,)),
        ("unchanged", (5,)),
        ("wrong", (3,)),
    ):
        page = clerk.get(f"{address}?kind={kinds}").text
        assert tuple(n for n in range(2, 6) if f'id="row-{n}"' in page) == numbers
        assert f"?kind={kinds}" in page and f"<b>{len(numbers)}</b>" in page
    assert "<del>青川区教育局</del> → <ins>柳林镇中心校</ins>" in clerk.get(address).text


def test_what_cannot_be_read_is_said_on_the_form(clerk: Any) -> None:
    refused = upload(clerk, b"MZ", "a.xlsx")
    assert refused.status_code == 422 and "可以上传 xlsx、xls、csv" in refused.text
    refused = upload(clerk, "甲,乙\n1,2\n".encode())
    assert refused.status_code == 422 and "没有找到表头" in refused.text and 'name="file"' in refused.text
    assert (
        clerk.post("/imports", data={"resource": "units"}, files={"file": ("a.csv", as_csv(CENTRAL))}).status_code
        == 403
    )


def test_another_change_meanwhile_is_shown_at_its_row(clerk: Any, as_: As) -> None:
    address = upload(clerk, as_csv(("实验小学", "2020-09-01"), heads=("名称", "启用日期"))).headers["location"]
    held = unit(as_("sysadmin"), "实验小学")
    patch = {"json": {"valid_from": "2019-09-01"}, "headers": {"if-match": f'"{held["version"]}"'}}
    ok(as_("sysadmin").patch(f"/api/v1/units/{held['id']}", **patch))
    refused = press(clerk, clerk.get(address).text, "/commit")
    assert refused.status_code == 409 and "有 1 行在预览之后已被他人改动" in refused.text
    assert "<del>2019-09-01</del> → <ins>2020-09-01</ins>" in refused.text and "请重新核对" in refused.text


def test_the_template_is_filled_in_and_comes_back(clerk: Any, as_: As) -> None:
    template = clerk.get(f"{IMPORTS}/templates/units")
    assert template.headers["content-type"].endswith("spreadsheetml.sheet")
    book = CalamineWorkbook.from_filelike(io.BytesIO(template.content))
    assert book.sheet_names == ["单位", "填写说明"]
    heads, example = book.get_sheet_by_index(0).to_python()[:2]
    assert heads[:3] == ["单位编码", "单位名称", "类别"] and example[1]
    run = looked_through(as_("sysadmin"), template.content, "样表.xlsx")
    assert [row["kind"] for row in rows_of(as_("sysadmin"), run)] == [
        "wrong"
    ]  # The example's unit above is none of ours.
    assert clerk.get(f"{IMPORTS}/templates/units").content == template.content


@pytest.mark.parametrize("name", ["名录.csv", "名录.xlsx"])
def test_ones_own_file_comes_back_with_what_is_wrong(clerk: Any, as_: As, name: str) -> None:
    make = as_csv if name.endswith("csv") else as_xlsx
    heads = ("备注", "单位编码", "单位名称", "类别", "上级单位")
    client = as_("sysadmin")
    run = looked_through(client, make(("甲", *CENTRAL[:4]), ("乙", *WRONG[:4]), heads=heads), name)
    back = client.get(f"{IMPORTS}/{run['id']}/file")
    assert back.status_code == 200 and "attachment" in back.headers["content-disposition"]
    if name.endswith("csv"):
        table = [line.split(",") for line in back.content.decode("utf-8-sig").splitlines()]
    else:
        table = CalamineWorkbook.from_filelike(io.BytesIO(back.content)).get_sheet_by_index(0).to_python()  # type: ignore[assignment]
    assert table[0] == [*heads, "结果", "错误原因"]
    assert table[1][:6] == ["甲", *CENTRAL[:4], "新增"] and table[2][:6] == ["乙", *WRONG[:4], "错误"]
    assert "上级单位：没有这个单位（可能是青山镇中心校" in table[2][6]
    # It may be sent again as it is: its two further columns belong to nobody.
    again = looked_through(client, back.content, name)
    assert again["columns"] == [*run["columns"], None, None] and again["wrong_count"] == 1
