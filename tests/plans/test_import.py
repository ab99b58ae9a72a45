"""Uploading a plan: what becomes of it, what is refused, and that a refusal leaves nothing."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.plans.models import AREA, ITEM, PLAN, RESPONSIBILITY
from app.settings import Settings
from tests.conftest import As
from tests.plans.texts import KNOWN, REPORT, draft, items_of, send
from tests.plans.texts import PLAN as TEXT
from tests.world import World

SEED = Path(__file__).parents[2].parent / "shared" / "plans" / "00-seed.txt"


def stored(app: FastAPI) -> list[int]:
    with app.state.database.reader.connect() as connection:
        tables = (PLAN, AREA, ITEM, RESPONSIBILITY)
        return [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]


def as_docx(text: str = TEXT, table: list[list[str]] | None = None) -> bytes:
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    if table:
        grid = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, words in zip(grid.add_row().cells, row, strict=True):
                cell.text = words
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_supervisor_gets_a_draft_with_what_was_found(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    made = send(supervisor)
    assert made.status_code == 201, made.text
    plan = made.json()
    assert made.headers["etag"] == '"1"'
    assert (plan["state"], plan["year"], plan["edition"]) == ("draft", 2026, 1)
    assert plan["title"] == "青川区教育局2026年清廉学校建设工作方案"
    assert plan["issuer_unit_id"] == world.district
    assert plan["basis"] == [{"issuer": None, "title": "关于推进清廉学校建设的意见"}]
    assert [area["title"] for area in plan["areas"]] == ["压实责任", "营造氛围"]
    assert (plan["item_count"], plan["unresolved_count"]) == (4, 2)
    assert {"issue", "resolve", "delete"} <= set(plan["allowed_actions"])
    items = items_of(supervisor, plan["id"])
    assert [(item["number"], item["area_title"]) for item in items] == [
        ("1", "压实责任"),
        ("2", "压实责任"),
        ("3", "营造氛围"),
        ("4", "营造氛围"),
    ]
    assert items[0]["measures"].startswith("修订责任清单")


def test_names_resolve_by_unit_prefix_and_group(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    items = items_of(supervisor, draft(supervisor)["id"])
    first, third = items[0]["responsibilities"], items[2]["responsibilities"]
    units = [world.unit[name] for name in ("党办", "人事股", "教育股")]
    assert [each["unit_id"] for each in first] == [*units, None]
    assert first[3]["unit_group_id"] == world.group["各学校（园）"]
    assert first[3]["unit_name"] == "各学校（园）"
    named = [(each["name"], each["role"], each["unit_name"]) for each in third]
    assert named == [
        ("教育股", "lead", "教育股"),
        ("局办公室", "cooperate", "办公室"),
        ("各学校(园)", "cooperate", "各学校（园）"),
    ]


def test_deadlines_and_cadence_follow_the_words(as_: As) -> None:
    supervisor = as_("supervisor")
    items = items_of(supervisor, draft(supervisor)["id"])
    found = [(item["deadline_text"], item["deadline_kind"], item["deadline_on"], item["cadence"]) for item in items]
    assert found == [
        ("2026年10月底前", "date", "2026-10-31", "once"),
        ("每季度末", "recurring", None, "quarterly"),
        ("长期坚持", "standing", None, "standing"),
        (None, None, None, "once"),
    ]


def test_span_is_the_piece_of_source_the_item_came_from(as_: As) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor)
    text = supervisor.get(f"/api/v1/plans/{plan['id']}/source-text").json()["text"]
    assert text == TEXT
    for item in items_of(supervisor, plan["id"]):
        start, end = item["span"]
        read = supervisor.get(f"/api/v1/plan-items/{item['id']}").json()
        assert read["source_excerpt"] == text[start:end]
        assert read["source_excerpt"].startswith(f"{item['number']}.{item['title']}")
        assert read["plan_state"] == "draft"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_txt_in_any_common_encoding_gives_the_same(as_: As, encoding: str) -> None:
    plan = draft(as_("supervisor"), TEXT.encode(encoding))
    assert (plan["item_count"], plan["responsibility_count"]) == (4, 12)


def test_docx_with_paragraphs_gives_the_same(as_: As) -> None:
    plan = draft(as_("supervisor"), as_docx(), "清廉学校 方案.docx")
    assert (plan["item_count"], plan["responsibility_count"]) == (4, 12)
    assert plan["source_name"] == "清廉学校 方案.docx"


def test_table_rows_may_take_the_place_of_items(as_: As) -> None:
    table = [["序号", "重点任务", "责任单位"], ["1", "排查风险", "督查室"], ["2", "公开收费", "计财股"]]
    supervisor = as_("supervisor")
    plan = draft(supervisor, as_docx(table=table), "方案.docx")
    assert (plan["table_row_count"], plan["uses_table_rows"]) == (2, False)
    path = f"/api/v1/plans/{plan['id']}/table-rows"
    assert as_("leader").post(path, json={"use": True}).status_code == 403
    taken = supervisor.post(path, json={"use": True})
    assert taken.status_code == 200, taken.text
    assert taken.json()["uses_table_rows"] is True
    assert [item["title"] for item in items_of(supervisor, plan["id"])] == ["排查风险", "公开收费"]
    back = supervisor.post(path, json={"use": False}).json()
    assert (back["item_count"], back["unresolved_count"]) == (4, 2)


def test_plan_without_table_has_no_rows_to_take(as_: As) -> None:
    supervisor = as_("supervisor")
    refused = supervisor.post(f"/api/v1/plans/{draft(supervisor)['id']}/table-rows", json={"use": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_items")


def test_same_bytes_from_same_issuer_are_one_plan(as_: As, app: FastAPI, world: World) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor)
    before = stored(app)
    again = send(supervisor, name="另一个名字.txt")
    assert (again.status_code, again.json()["code"]) == (409, "plan_exists")
    assert again.json()["plan_id"] == plan["id"]
    assert stored(app) == before
    assert send(supervisor, issuer_unit_id=world.unit["督查室"]).status_code == 201
    assert send(as_("other_supervisor")).status_code == 201


def test_racing_imports_of_one_file_make_one_plan(as_: As, app: FastAPI) -> None:
    clients = [as_("supervisor") for _ in range(6)]
    with ThreadPoolExecutor(len(clients)) as threads:
        codes = [answer.status_code for answer in threads.map(send, clients)]
    assert sorted(codes) == [201, 409, 409, 409, 409, 409]
    assert stored(app) == [1, 2, 4, 12]


def test_idempotency_key_replays_the_import(as_: As, app: FastAPI) -> None:
    supervisor = as_("supervisor")
    supervisor.headers["idempotency-key"] = "import-1"
    first, second = send(supervisor), send(supervisor)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert stored(app)[0] == 1
    assert send(supervisor, KNOWN).json()["code"] == "idempotency_key_reused"


BAD: list[tuple[str, bytes, str, str]] = [
    ("方案.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "unreadable_document", "请另存为 docx"),
    ("方案.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "unreadable_document", "请另存为 docx"),
    ("方案.pdf", b"%PDF-1.7\n%%EOF\n", "unreadable_document", "另存为 docx"),
    ("方案.xlsx", zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "unreadable_document", "docx"),
    ("方案.exe", b"MZ" + TEXT.encode(), "unreadable_document", "docx"),
    ("方案", TEXT.encode(), "unreadable_document", "docx"),
    ("方案.docx", b"not a zip", "unreadable_document", "docx"),
    ("方案.docx", zipped({"[Content_Types].xml": b"", "word/document.xml": b"<broken"}), "unreadable_document", "docx"),
    ("方案.docx", zipped({"readme.txt": b"x"}), "unreadable_document", "Word"),
    (
        "方案.docx",
        zipped({"[Content_Types].xml": b"", "word/document.xml": b"0" * 70_000_000}),
        "unreadable_document",
        "解压后过大",
    ),
    ("方案.txt", TEXT.encode("utf-16-le"), "unreadable_document", "编码"),
    ("方案.txt", b"\xff\x00\xfe" * 500, "unreadable_document", "编码"),
    ("方案.txt", b"  \n \n", "unreadable_document", "空"),
    ("报告.txt", REPORT.encode(), "no_items", "没有找到可以分解的任务"),
    ("方案.txt", ("好" * 400_001).encode(), "unreadable_document", "40 万字"),
]


@pytest.mark.parametrize(("name", "content", "code", "words"), BAD, ids=[f"{n}-{b[0]}" for n, b in enumerate(BAD)])
def test_bad_file_is_refused_and_leaves_nothing(
    as_: As, app: FastAPI, settings: Settings, name: str, content: bytes, code: str, words: str
) -> None:
    refused = send(as_("supervisor"), content, name)
    body = refused.json()
    assert (refused.status_code, body["code"]) == (422, code), body
    assert words in body["errors"][0]["detail"]
    assert body["errors"][0]["pointer"] == "/file"
    assert stored(app) == [0, 0, 0, 0]
    assert not [path for path in settings.files.rglob("*") if path.is_file()]


def test_file_above_the_limit_is_413(as_: As, app: FastAPI) -> None:
    refused = send(as_("supervisor"), b"a" * (20 * 1024 * 1024 + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert stored(app) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"files": {"other": ("方案.txt", TEXT.encode())}}, 422),
        ({"data": {"issuer_unit_id": "1"}}, 415),
        ({"json": {"file": "x"}}, 415),
        ({"files": {"file": ("方案.txt", b"")}}, 422),
        ({"files": {"file": ("方案.txt", TEXT.encode())}, "data": {"state": "issued"}}, 422),
        ({"files": {"file": ("方案.txt", TEXT.encode())}, "data": {"issuer_unit_id": "九"}}, 422),
        ({"files": {"file": ("方案.txt", TEXT.encode())}, "data": {"issuer_unit_id": "999999"}}, 422),
    ],
)
def test_bad_form_is_refused(as_: As, app: FastAPI, request_: dict[str, Any], status: int) -> None:
    assert as_("supervisor").post("/api/v1/plans/import", **request_).status_code == status
    assert stored(app) == [0, 0, 0, 0]


def test_issuer_of_another_district_is_unknown(as_: As, world: World) -> None:
    refused = send(as_("supervisor"), issuer_unit_id=world.other_district)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/issuer_unit_id")


@pytest.mark.parametrize("account", ["office", "school", "leader", "discipline", "sysadmin", "auditor"])
def test_only_a_supervisor_imports(as_: As, app: FastAPI, account: str) -> None:
    refused = send(as_(account))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert stored(app) == [0, 0, 0, 0]


def test_odd_characters_are_kept_or_cleaned_never_an_error(as_: As) -> None:
    odd = TEXT.replace("清廉文化", "清廉\u200b文化\x00\u202e𠮷%_\\<img>{{7*7}}")
    plan = draft(as_("supervisor"), odd, "..\\..\u202e方案\r\n.txt")
    assert plan["item_count"] == 4
    assert "\n" not in plan["source_name"]
    titles = [item["title"] for item in items_of(as_("supervisor"), plan["id"])]
    assert "建设清廉文化𠮷%_\\<img>{{7*7}}" in titles


def test_import_leaves_one_event(as_: As) -> None:
    plan = draft(as_("supervisor"))
    events = as_("auditor").get("/api/v1/events").json()["data"]
    mine = [event for event in events if event["operation"] == "plan.import"]
    assert [(event["resource"], event["resource_id"]) for event in mine] == [("plan", plan["id"])]
    assert mine[0]["after"]["items"] == 4


@pytest.mark.skipif(not SEED.exists(), reason="the seed plan lies beside the repository only")
def test_seed_gives_its_areas_items_and_mentions(as_: As) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor, SEED.read_bytes(), "00-seed.txt")
    assert (len(plan["areas"]), plan["item_count"], plan["responsibility_count"]) == (3, 11, 48)
    unknown = supervisor.get(f"/api/v1/plans/{plan['id']}/unresolved").json()["data"]
    assert [name["name"] for name in unknown] == ["执法办", "校建办", "培训中心"]
