"""Boxes in the browser: what is missing stands in its place, each act is a plain form, nothing typed is lost."""

import html
import re
from datetime import date
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.boxes.models import ENTRY, MOST_ENTRIES, ArchiveBoxEntry
from app.core.audit import audited_write, record
from app.core.calendar import now
from app.core.operation import Tx
from app.plans.models import ITEM
from tests.boxes.steps import FAR, SCHOOL, act, box, piece, read, titles, work
from tests.conftest import As, form
from tests.generated.forms import Form, forms_of
from tests.stock import Stock, day
from tests.walk.steps import ok

FIRST_OF_MARCH = date(2026, 3, 1)


def plain(answer: Any) -> str:
    """A page's words without its marks."""
    body = answer.text.partition("<main")[2]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def filled(school: TestClient, path: str, action: str) -> Form:
    return next(each for each in forms_of(school.get(path).text) if each.action == action)


def test_a_box_is_made_filled_explained_and_sealed_by_forms(browse: As, as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    school = browse("school")
    assert "还没有档案盒" in school.get("/archive-boxes").text
    given = form(school, plan_id=made.plan, name="议事决策（第1项）", category="校风", retention="ten_years")
    given["item_ids[]"] = [made.items[0]]
    refused = school.post("/archive-boxes", data=given | {"plan_id": made.plan + 999})
    assert refused.status_code == 422 and "没有这份方案" in refused.text
    sent = school.post("/archive-boxes", data=given)
    home = sent.headers["location"]
    assert sent.status_code == 303 and "议事决策（第1项）" in school.get("/archive-boxes").text
    sent = school.post(f"{home}/fill", data=form(school, from_on="2000-01-01"))
    assert sent.headers["location"] == home and "已放入 1 件" in school.get(home).text
    shown = plain(school.get(home))
    assert "还缺 1 件，暂不能封盒" in shown
    assert re.search("应有 2 件，已有 1 件 ?， ?缺 1 件", shown)
    assert re.search("第1项 健全议事决策制度 1 制度 议事规则 .* 缺 第1项 健全议事决策制度的会议材料", shown)
    assert re.search(r"<button[^>]*disabled[^>]*>封盒</button>", school.get(home).text)
    place = form(school, assignment_id=made.rows[0], kind="meeting")
    refused = school.post(f"{home}/explain", data=place | {"note": ""})
    assert refused.status_code == 422 and "请写明不归档的理由" in refused.text
    ok_ = school.post(f"{home}/explain", data=place | {"note": "由党办归档。"})
    assert ok_.status_code == 303 and "不归档：由党办归档。" in school.get(home).text
    assert school.post(f"{home}/seal", data=form(school)).status_code == 303
    shown = school.get(home).text
    assert "已封盒" in shown and f'action="{home}/remove"' not in shown and f"{home}/fill" not in shown
    assert school.get(f"{home}/export").headers["content-type"] == "application/zip"
    refused = school.post(f"{home}/hand-over", data=form(school, to="区档案馆", on="2199-01-01"))
    assert refused.status_code == 422 and 'value="区档案馆"' in refused.text and "还没有到" in refused.text
    assert school.post(f"{home}/hand-over", data=form(school, to="区档案馆")).status_code == 303
    assert "区档案馆" in plain(school.get(f"{home}?tab=handover"))


def test_a_missing_piece_is_chosen_or_uploaded_where_it_is_missing(browse: As, as_: As, stock: Stock) -> None:
    made = work(stock)
    done = stock.assignment(made.plan, made.items[0], SCHOOL, "completed", FAR, period="2025")
    minutes = piece(as_, "会议纪要", kind="meeting")
    piece(as_, "章程", kind="policy")
    school, home = browse("school"), f"/archive-boxes/{box(as_, made.plan)['id']}"
    links = re.findall(r'href="([^"]+)">(上传|从资料库选)<', school.get(f"{home}?tab=missing").text)
    assert len(links) == 8
    where = [html.unescape(href) for href, label in links if label == "从资料库选" and f"assignment_id={done}" in href][
        1
    ]
    page = school.get(where)
    assert "会议纪要" in page.text and "章程" not in page.text and "选一份会议材料" in page.text
    (given,) = [each for each in forms_of(page.text) if (each.action, each.method) == (f"{home}/add", "post")]
    assert (given.value("evidence_id"), given.value("assignment_id")) == (str(minutes), str(done))
    assert school.post(f"{home}/add", data=dict(given.fields)).headers["location"] == home
    found = read(as_, int(home.rpartition("/")[2]))
    assert titles(found) == ["会议纪要"] and len(found["missing"]) == 3
    upload = [html.unescape(href) for href, label in links if label == "上传"]
    assert sum(f"target_id={made.rows[0]}" in href for href in upload) == 2, "only what is open takes evidence"
    given = next(each for each in forms_of(school.get(upload[-1]).text) if each.action == "/evidence/upload")
    assert given.value("back").startswith(f"{home}/add?") and given.value("kind") == "meeting"


def test_the_catalogue_is_put_in_order_by_a_form_that_keeps_what_was_typed(browse: As, as_: As, stock: Stock) -> None:
    made = work(stock)
    for title in ("甲", "乙", "丙"):
        piece(as_, title, made.rows[0])
    found = ok(act(as_, box(as_, made.plan)["id"], "fill"))
    school, home = browse("school"), f"/archive-boxes/{found['id']}"
    given = filled(school, f"{home}/catalogue", f"{home}/catalogue")
    columns: dict[str, list[str]] = {}
    for name, value in given.fields:
        columns.setdefault(name, []).append(value)
    assert columns["positions[]"] == ["1", "2", "3"] and columns["copies[]"] == ["1", "1", "1"]
    columns |= {"positions[]": ["3", "1", "2"], "pages[]": ["5", "", "18"], "copies[]": ["1", "0", "1"]}
    refused = school.post(f"{home}/catalogue", data=columns)
    again = next(each for each in forms_of(refused.text) if each.action == f"{home}/catalogue")
    assert refused.status_code == 422
    assert [value for name, value in again.fields if name == "positions[]"] == ["3", "1", "2"]
    assert [value for name, value in again.fields if name == "pages[]"] == ["5", "", "18"]
    sent = school.post(f"{home}/catalogue", data=columns | {"copies[]": ["1", "2", "1"]})
    assert sent.status_code == 303
    told = [(e["title"], e["pages"], e["copies"]) for e in read(as_, found["id"])["entries"]]
    assert told == [("乙", None, 2), ("丙", 18, 1), ("甲", 5, 1)]


def test_a_full_box_is_put_in_order_by_one_form(browse: As, as_: As, stock: Stock) -> None:
    found, school = box(as_, work(stock).plan), browse("school")
    on_paper = {"archive_box_id": found["id"], "kind": "policy", "made_by": SCHOOL, "evidence_on": FIRST_OF_MARCH}
    for n in range(MOST_ENTRIES):
        stock.add(ArchiveBoxEntry, title=f"第{n}件", position=n + 1, **on_paper)
    home = f"/archive-boxes/{found['id']}"
    columns: dict[str, list[str]] = {}
    for name, value in filled(school, f"{home}/catalogue", f"{home}/catalogue").fields:
        columns.setdefault(name, []).append(value)
    columns["positions[]"] = [str(MOST_ENTRIES - n) for n in range(MOST_ENTRIES)]
    sent = school.post(f"{home}/catalogue", data=columns)
    assert sent.status_code == 303, plain(sent)[:300]
    assert titles(read(as_, found["id"]))[:2] == ["第299件", "第298件"]


def test_a_catalogue_saved_as_it_was_shown_changes_nothing(browse: As, as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "甲", made.rows[0], document_number="青教〔2026〕1号", evidence_on="2026-03-01")
    found = ok(act(as_, box(as_, made.plan)["id"], "fill"))
    school, home = browse("school"), f"/archive-boxes/{found['id']}"
    columns = dict(filled(school, f"{home}/catalogue", f"{home}/catalogue").fields)
    said = columns["document_numbers[]"], columns["evidence_ons[]"]
    assert said == ("青教〔2026〕1号", "2026-03-01")

    def sent(**others: str) -> tuple[int, list[Any]]:
        """The box's version, and what its line says otherwise than the piece."""
        version = str(read(as_, found["id"])["version"])
        changed = {f"{name}[]": value for name, value in others.items()}
        assert school.post(f"{home}/catalogue", data=columns | changed | {"version": version}).status_code == 303
        said = sa.select(ENTRY.c.document_number, ENTRY.c.evidence_on).where(ENTRY.c.archive_box_id == found["id"])
        line = stock.do(lambda tx: tx.connection.execute(said).one())
        return read(as_, found["id"])["version"] - int(version), [line.document_number, line.evidence_on]

    assert sent() == (0, [None, None])
    assert sent(document_numbers="青教〔2026〕2号") == (1, ["青教〔2026〕2号", None])
    assert sent(document_numbers="") == (1, [None, None])
    assert read(as_, found["id"])["entries"][0]["document_number"] == "青教〔2026〕1号"
    assert "文号、日期清空后照资料库的登记" in school.get(f"{home}/catalogue").text


def test_a_full_box_and_one_of_a_long_plan_are_saved_by_their_forms(browse: As, as_: As, stock: Stock) -> None:
    """A catalogue of 300 lines has eight fields each; a box may be of more than a thousand of a plan's items."""
    made, many = work(stock), 1_100
    kept = {"district_id": stock.world.district, "version": 1, "created_at": now(), "updated_at": now()}
    task = kept | {"plan_id": made.plan, "cadence": "once", "weight": 1, "required_evidence": [], "measures": ""}
    task |= {"for_information": False, "paired": False, "span_start": 0, "span_end": 0, "title": "巡查"}
    tasks = [task | {"key": f"many-{n}", "number": str(n), "position": n} for n in range(100, 100 + many)]
    found = box(as_, made.plan)
    line = {"district_id": stock.world.district, "archive_box_id": found["id"], "kind": "policy", "copies": 1}
    line |= {"title": "手写签到册", "evidence_on": day(0), "made_by": "党办"}

    def fill(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(sa.insert(ITEM), tasks)
            tx.connection.execute(sa.insert(ENTRY), [line | {"position": n} for n in range(MOST_ENTRIES)])
        record(tx, "plan", made.plan, after={"items": many})

    stock.do(fill)
    school, home = browse("school"), f"/archive-boxes/{found['id']}"
    columns: dict[str, list[str]] = {}
    for name, value in filled(school, f"{home}/catalogue", f"{home}/catalogue").fields:
        columns.setdefault(name, []).append(value)
    assert sum(map(len, columns.values())) > 8 * MOST_ENTRIES
    columns["pages[]"] = ["2"] * MOST_ENTRIES
    assert school.post(f"{home}/catalogue", data=columns).status_code == 303
    assert {entry["pages"] for entry in read(as_, found["id"])["entries"]} == {2}
    chosen = sorted(
        stock.do(
            lambda tx: tx.connection.execute(sa.select(ITEM.c.id).where(ITEM.c.plan_id == made.plan)).scalars().all()
        )
    )
    given = dict(filled(school, f"{home}/edit", f"{home}/edit").fields) | {"item_ids[]": list(map(str, chosen))}
    assert school.post(f"{home}/edit", data=given).status_code == 303
    assert read(as_, found["id"])["item_ids"] == chosen and len(chosen) > many


def test_the_table_of_what_is_missing_leads_to_each_place(browse: As, as_: As, stock: Stock) -> None:
    made = work(stock)
    piece(as_, "议事规则", made.rows[0])
    supervisor = browse("supervisor")
    page = supervisor.get("/archive-boxes/missing")
    (href,) = re.findall(r'href="([^"]+)"[^>]*>缺 1<', page.text)
    assert SCHOOL in plain(page)
    places = plain(supervisor.get(html.unescape(href)))
    assert "健全议事决策制度" in places and "会议" in places
    assert browse("kindergarten").get("/archive-boxes/missing").text.count("缺 1") == 0
