"""A box also holds what is on paper alone: registered, catalogued, sealed, and in no archive."""

import io
import zipfile

from python_calamine import CalamineWorkbook

from tests.boxes.steps import BOXES, SCHOOL, act, box, piece, read, titles, work
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.stock import Stock
from tests.walk.steps import ok

PAPER = {"title": "手写签到册", "kind": "meeting", "evidence_on": "2026-03-09"}


def test_paper_stands_for_what_is_required_and_is_sealed_with_the_rest(as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    found = ok(act(as_, box(as_, made.plan, location="A2-01")["id"], "fill"))
    assert [gap["kind"] for gap in found["missing"]] == ["meeting"]
    place = {"assignment_id": made.rows[0], "pages": 12, "copies": 2, "document_number": "会〔2026〕3号"}
    found = ok(act(as_, found["id"], "add-paper", **PAPER, **place))
    assert found["missing"] == [] and titles(found) == ["议事规则", "手写签到册"]
    line = found["entries"][1]
    assert [line[name] for name in ("evidence_id", "sha256", "filename", "size", "unit_name", "pages", "copies")] == [
        *(None, None, None, 0, SCHOOL, 12, 2)
    ]
    listed = ok(as_("school").get(f"{BOXES}?plan_id={made.plan}"))["data"]
    assert listed[0]["entry_count"] == 2
    before = csv_lines(as_("school").get(f"{BOXES}/{found['id']}/catalogue.csv").content)
    assert before[2] == [
        *(found["number"], "议事决策", "第1项 健全议事决策制度 · 会议", "手写签到册", "会〔2026〕3号", "2026-03-09"),
        *(SCHOOL, "12", "2", "10年", "A2-01", ""),
    ]
    sealed = ok(act(as_, found["id"], "seal"))
    assert titles(sealed) == ["议事规则", "手写签到册"] and sealed["size"] == found["entries"][0]["size"]
    assert csv_lines(as_("school").get(f"{BOXES}/{found['id']}/catalogue.csv").content) == before
    archive = zipfile.ZipFile(io.BytesIO(as_("school").get(f"{BOXES}/{found['id']}/export").content))
    names = archive.namelist()
    assert len([name for name in names if name.endswith(".pdf")]) == 1
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read(next(n for n in names if n.endswith(".xlsx")))))
    assert [line[3:] for line in book.get_sheet_by_index(0).to_python()[2:]] == [
        ["手写签到册", "会〔2026〕3号", "2026-03-09", SCHOOL, 12, 2, "10年", "A2-01", ""]
    ]
    cover = archive.read(next(name for name in names if name.endswith(".html"))).decode()
    assert "2 件（其中只有纸质的 1 件）" in cover


def test_paper_in_a_box_is_not_missing_over_all_until_it_is_taken_out(as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    found = box(as_, made.plan)

    def missing() -> tuple[list[list[str]], list[tuple[int, int]]]:
        listed = ok(as_("school").get(f"{BOXES}/missing?plan_id={made.plan}"))["data"]
        table = ok(as_("school").get(f"{BOXES}/completeness?plan_id={made.plan}"))["data"]
        return [row["missing"] for row in listed], [(unit["required"], unit["missing"]) for unit in table]

    assert missing() == ([["meeting"]], [(2, 1)])
    ok(act(as_, found["id"], "add-paper", **PAPER | {"kind": "policy"}, assignment_id=made.rows[0]))
    ok(act(as_, found["id"], "add-paper", **PAPER))
    assert missing() == ([["meeting"]], [(2, 1)]), "of another kind, and of no task"
    told = ok(act(as_, found["id"], "add-paper", **PAPER, assignment_id=made.rows[0]))
    assert told["missing"] == [] and missing() == ([], [(2, 0)])
    ok(
        act(
            as_,
            found["id"],
            "remove",
            entry_id=next(e for e in told["entries"] if e["assignment_id"] and e["kind"] == "meeting")["entry_id"],
        )
    )
    assert missing() == ([["meeting"]], [(2, 1)])
    ok(act(as_, found["id"], "add-paper", **PAPER, assignment_id=made.rows[0]))
    ok(act(as_, found["id"], "void", note="建错了。"))
    assert missing() == ([["meeting"]], [(2, 1)]), "nothing lies in a box that is none"


def test_paper_is_arranged_and_taken_out_by_its_line(as_: As, stock: Stock) -> None:
    made = work(stock)
    found = box(as_, made.plan)
    for title in ("甲", "乙"):
        found = ok(act(as_, found["id"], "add-paper", **PAPER | {"title": title}, made_by="党办"))
    first, second = (entry["entry_id"] for entry in found["entries"])
    lines = [
        {"entry_id": second, "document_number": "3号", "plan_item_id": made.items[1]},
        {"entry_id": first, "pages": 4, "evidence_on": "2026-05-01"},
    ]
    etag = {"if-match": f'"{found["version"]}"'}
    told = ok(as_("school").patch(f"{BOXES}/{found['id']}/catalogue", json={"entries": lines}, headers=etag))
    assert [(e["title"], e["item_title"], e["document_number"], e["evidence_on"]) for e in told["entries"]] == [
        ("乙", "开展教育收费自查", "3号", "2026-03-09"),
        ("甲", None, None, "2026-05-01"),
    ]
    assert act(as_, found["id"], "remove").status_code == 422
    assert act(as_, found["id"], "remove", entry_id=second + 999).json()["code"] == "not_boxed"
    assert titles(ok(act(as_, found["id"], "remove", entry_id=second))) == ["甲"]
    for wrong in ({"title": ""}, {"kind": "photo"}, {"evidence_on": "2026-02-30"}, {"copies": 0}):
        assert act(as_, found["id"], "add-paper", **PAPER | wrong).status_code == 422, wrong
    nowhere = act(as_, found["id"], "add-paper", **PAPER, assignment_id=made.rows[0] + 999)
    assert nowhere.status_code == 422 and nowhere.json()["errors"][0]["pointer"] == "/assignment_id"
    assert act(as_, found["id"], "add-paper", "leader", **PAPER).status_code == 403
    ok(act(as_, found["id"], "seal"), 409)
    assert read(as_, found["id"])["state"] == "open"


def test_paper_is_registered_by_a_form_where_it_is_missing(browse: As, as_: As, stock: Stock) -> None:
    made = work(stock)
    school, home = browse("school"), f"/archive-boxes/{box(as_, made.plan)['id']}"
    where = f"{home}/add-paper?assignment_id={made.rows[0]}&amp;kind=meeting"
    assert where in school.get(f"{home}?tab=missing").text
    page = school.get(where.replace("&amp;", "&")).text
    assert "归入第1项 健全议事决策制度" in page and '<option value="meeting" selected>' in page
    given = form(school, **PAPER, assignment_id=made.rows[0], copies="1")
    refused = school.post(f"{home}/add-paper", data=given | {"evidence_on": ""})
    assert refused.status_code == 422 and 'value="手写签到册"' in refused.text
    assert school.post(f"{home}/add-paper", data=given).headers["location"] == home
    shown = school.get(home).text
    assert "手写签到册" in shown and '<span class="mute">纸质</span>' in shown and "只有纸质的 1 件" in shown
    (entry,) = read(as_, int(home.rpartition("/")[2]))["entries"]
    sent = school.post(f"{home}/remove", data=form(school, entry_id=entry["entry_id"]))
    assert sent.status_code == 303 and "手写签到册" not in school.get(home).text
