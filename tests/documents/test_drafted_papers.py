"""Each kind as the program draws it up from what was done, approved, and laid out by LibreOffice."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.documents.models import DocumentKind
from tests.cases.steps import circulated, concluded, opened
from tests.conftest import As
from tests.documents.laid_out import PT, converted, needs_libreoffice
from tests.documents.steps import DOCUMENTS, approved, draft, edit, served
from tests.documents.test_documents import late, long, released
from tests.stock import Stock, day
from tests.walk.steps import ok, rectification
from tests.world import World

SCHOOL = "实验小学"


def drawn_up(as_: As, stock: Stock, world: World) -> dict[DocumentKind, dict[str, Any]]:
    """One of each kind, from work that is there; a record goes by the number of its notice."""
    late(stock)
    stock.rectification(SCHOOL, days=-5, problem="食堂采购只有一家报价。")
    notice = draft(as_, "talk_notice", unit_id=world.unit[SCHOOL])
    notice = served(as_, edit(as_, notice, talk_on=day(3).isoformat(), talk_time="09:30", talk_place="三楼会议室"))
    record = draft(as_, "talk_record", notice_id=notice["id"])
    held = released(as_, world, SCHOOL, "第一中学")
    plan = stock.plan("2026年清廉学校建设方案")
    for unit in (SCHOOL, "第一中学", "柳林小学"):
        stock.assignment(plan, stock.item(plan), unit, "submitted", days=-3, submit_count=1)
    case = circulated(as_, world, concluded(as_("supervisor"), opened(as_("supervisor"), world)))
    made = {
        DocumentKind.RECTIFICATION_NOTICE: approved(
            as_, draft(as_, "rectification_notice", rectification_id=rectification(as_, world)["id"])
        ),
        DocumentKind.URGING_ORDER: approved(as_, draft(as_, "urging_order", unit_id=world.unit[SCHOOL])),
        DocumentKind.TALK_NOTICE: notice,
        DocumentKind.TALK_RECORD: approved(as_, edit(as_, record, talk_by="王建国", talk_recorder="李卫东")),
        DocumentKind.CIRCULAR: approved(as_, draft(as_, "circular", inspection_ids=[held["id"]], plan_id=plan)),
        DocumentKind.CASE_CIRCULAR: case["document"],
    }
    assert made.keys() == set(DocumentKind)
    return made


@needs_libreoffice
@pytest.mark.timeout(240)
def test_what_is_drawn_up_of_each_kind_is_a_whole_paper_in_libreoffice(
    as_: As, stock: Stock, world: World, tmp_path: Path
) -> None:
    made = {
        kind: ok(as_("supervisor").get(f"{DOCUMENTS}/{row['id']}")) for kind, row in drawn_up(as_, stock, world).items()
    }
    for kind, paper in made.items():
        content = as_("supervisor").get(f"{DOCUMENTS}/{paper['id']}.docx").content
        (tmp_path / f"{kind.value}.docx").write_bytes(content)
    printed = converted(tmp_path)
    for kind, paper in made.items():
        pdf = printed[f"{kind.value}.docx"]
        for page in pdf.pages:
            size = (float(page.mediabox.width), float(page.mediabox.height))
            assert size == pytest.approx((210 * PT, 297 * PT), abs=1), kind
        text = re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.pages))
        assert paper["number"] in text and long(0) in text, kind
        # All of the text, in its order; but for signs of another typeface, and the pages' own numbers.
        body = re.sub(r"\W", "", paper["body"])
        assert body in re.sub(r"—\d+—|\W", "", text), kind
        assert ("印发" in text) == (kind != DocumentKind.TALK_RECORD), kind
        if paper["figures"]:
            for line in paper["figures"]["lines"]:
                assert "".join(str(cell) for cell in line if cell is not None) in text, (kind, line)
        assert "None" not in text and "{" not in text, kind
