"""Documents are drawn up from what is known, numbered when they are approved, seen when they are served, receipted."""

import io

from docx import Document

from tests.conftest import As
from tests.documents.steps import DOCUMENTS, approved, draft, edit, receipt
from tests.walk.steps import ok, rectification
from tests.world import World


def test_a_notice_goes_from_a_finding_to_its_receipt(as_: As, world: World) -> None:
    matter = rectification(as_, world)
    made = draft(as_, "rectification_notice", rectification_id=matter["id"])
    assert (made["state"], made["number"], made["title"]) == ("draft", None, "关于教育收费问题的整改通知书")
    for known in ("收费公示栏未按学期更新。", "更新公示内容，明确专人负责。", matter["number"], "收费公示检查"):
        assert known in made["body"], known
    assert as_("school").get(f"{DOCUMENTS}/{made['id']}").status_code == 404
    changed = edit(as_, made, title="关于收费公示的整改通知书")
    assert approved(as_, changed)["number"] == f"青教督改〔{matter['created_at'][:4]}〕1号"
    assert as_("school").get(f"{DOCUMENTS}/{made['id']}").status_code == 404, "approved, and not yet served"
    ok(as_("supervisor").post(f"{DOCUMENTS}/{made['id']}/serve"))
    seen = ok(as_("school").get(f"{DOCUMENTS}/{made['id']}"))
    assert (seen["state"], seen["allowed_actions"]) == ("served", ["receipt"])
    done = ok(receipt(as_, "school", made, note="已收到，立即整改。"))
    assert done["state"] == "receipted" and done["recipients"][0]["opinion"] == "已收到，立即整改。"
    paper = as_("school").get(f"{DOCUMENTS}/{made['id']}.docx")
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(paper.content)).paragraphs)
    assert done["number"] in text and "关于收费公示的整改通知书" in text and "实验小学：" in text
