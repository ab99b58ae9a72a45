"""Page forms take what their JSON twins take: the same texts, and nothing where it does not belong."""

import pytest

from tests.assignments.conftest import Ledger
from tests.conftest import As, form
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import inspection
from tests.world import World


@pytest.fixture
def row(stock: Stock) -> int:
    plan = stock.plan()
    return Ledger(stock, plan, stock.item(plan)).row("实验小学")


@pytest.mark.parametrize(
    ("note", "said"), [("a\x00b", "不可见的控制字符"), ("长" * 2001, "不能超过 2000 个字"), (" ", "必须写明原因")]
)
def test_a_note_is_refused_on_the_page_as_in_the_api(as_: As, browse: As, row: int, note: str, said: str) -> None:
    twin = as_("school").post(f"/api/v1/assignments/{row}/decline", json={"note": note})
    school = browse("school")
    page = school.post(f"/assignments/{row}/decline", data=form(school, note=note))
    assert twin.status_code == page.status_code == 422
    assert said in twin.json()["errors"][0]["detail"] and said in page.text
    assert as_("school").get(f"/api/v1/assignments/{row}").json()["state"] == "pending"


def test_a_note_is_kept_without_marks_that_nobody_sees(as_: As, browse: As, row: int) -> None:
    school = browse("school")
    school.post(f"/assignments/{row}/decline", data=form(school, note="\u202e不归\u200b我校办理"))
    assert "不归我校办理" in school.get(f"/assignments/{row}").text


def test_an_empty_text_and_a_long_one_are_called_so(as_: As, browse: As, row: int) -> None:
    school = as_("school")
    school.post(f"/api/v1/assignments/{row}/acknowledge")
    for text, said in (("  ", "不能为空"), ("长" * 10_001, "不能超过 10000 个字")):
        sent = {"text": text, "percent": 1}
        refused = school.post(f"/api/v1/assignments/{row}/progress-reports", json=sent)
        assert refused.json()["errors"][0]["detail"] == said


@pytest.mark.parametrize("field", ["p-1[]", "p-1-score[]", "unit_id[]"])
def test_a_field_of_one_value_takes_no_list(as_: As, browse: As, world: World, field: str) -> None:
    made = inspection(as_, [world.unit["实验小学"]])
    office = browse("supervisor")
    refused = office.post(f"/inspections/{made['id']}/visits", data=form(office, **{field: ["1", "2"]}))
    assert refused.status_code == 400 and "不能有多个值" in refused.text


@pytest.mark.parametrize("path", ["/checklists", "/inspections/{id}/visits", "/assignments/bulk"])
def test_a_file_is_refused_where_a_text_belongs(as_: As, browse: As, world: World, path: str) -> None:
    made = inspection(as_, [world.unit["实验小学"]])
    office = browse("supervisor")
    files = {"points": ("a.txt", b"x"), "unit_id": ("b.txt", b"y")}
    refused = office.post(path.format(id=made["id"]), data=form(office), files=files)
    assert refused.status_code == 400 and "不能是文件" in refused.text


def test_a_form_asks_first_for_the_unit_of_the_person_s_only_grant(browse: As, world: World) -> None:
    """A school's clerk acts for its party branch as well, and mostly for the school."""
    home = f'<option value="{world.unit["实验小学"]}" selected>实验小学</option>'
    for noun in ("filings", "major-decisions", "briefs"):
        form = browse("school").get(f"/{noun}/new").text
        assert home in form and "实验小学党支部" in form, noun
    branch = browse("school").get(f"/filings/new?unit_id={world.unit['实验小学党支部']}").text
    assert home not in branch and " selected>实验小学党支部</option>" in branch
