"""A box goes out as one ZIP that any system unpacks, with a catalogue, a cover and hashes; or not at all."""

import hashlib
import io
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from app.boxes import packing
from app.boxes.models import SEAL
from app.boxes.naming import file_name, member_name
from app.core.calendar import now
from app.core.files import store_of
from tests.boxes.steps import BOXES, act, box, piece, sealed, work
from tests.conftest import As
from tests.exported import csv_lines
from tests.stock import Stock
from tests.walk.steps import ok
from tests.world import World
from web.site import size

HEADS = [
    "盒号",
    "盒名",
    "分项",
    "材料名称",
    "文号",
    "日期",
    "形成单位",
    "页数",
    "份数",
    "保管期限",
    "存放位置",
    "电子件",
]
AWKWARD = (
    "CON",
    "aux.2026",
    'a/b\\c:d*e?f"g<h>i|j',
    "说明. . .",
    "..",
    "Readme",
    "README",
    "长" * 190,
    "=1+1",
    "<script>alert(1)</script>",
)
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789")}


def fetched(as_: As, box_id: int, account: str = "school") -> zipfile.ZipFile:
    answer = as_(account).get(f"{BOXES}/{box_id}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_a_box_unpacks_on_every_system_and_its_hashes_hold(as_: As, stock: Stock, tmp_path: Path) -> None:
    made = sealed(as_, stock, *AWKWARD, name="议事 <决策>/2026. ", location="档案室 A2-03")
    archive = fetched(as_, made["id"])
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == len(AWKWARD) + 3 and {name.split("/")[0] for name in names} == {"2026-001 议事 _决策__2026"}
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name.encode("utf-16-le")) // 2 <= 190, name
        for part in name.split("/"):
            assert not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part) and len(part.encode()) <= 255, part
            assert part.split(".")[0].casefold() not in RESERVED and part not in ("", ".", ".."), part
    archive.extractall(tmp_path)
    root = tmp_path / names[0].split("/")[0]
    _check_hashes(root)
    lines = CalamineWorkbook.from_path(root / "卷内目录.xlsx").get_sheet_by_index(0).to_python()
    assert lines[0] == HEADS
    assert [line[3] for line in lines[1:]] == [entry["title"] for entry in made["entries"]]
    assert {tuple(line[:2]) for line in lines[1:]} == {("2026-001", "议事 <决策>/2026.")}
    assert all((root / line[11]).is_file() for line in lines[1:])
    assert {line[2] for line in lines[1:]} == {"第1项 健全议事决策制度 · 制度"}
    cover = (root / "封面与盒脊.html").read_text()
    assert "议事 &lt;决策&gt;/2026." in cover and "实验小学" in cover and "档案室 A2-03" in cover


def _check_hashes(root: Path) -> None:
    listed = [line.split("  ", 1)[1] for line in (root / "manifest.sha256").read_text().splitlines()]
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert set(listed) == files - {"manifest.sha256"} and len(listed) == len(set(listed))


def has(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed here")


def _ran(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("tool", ["unzip", "sha256sum", "soffice"])
def test_programs_that_people_have_open_what_is_in_a_box(as_: As, stock: Stock, tmp_path: Path, tool: str) -> None:
    has(tool)
    made = sealed(as_, stock, *AWKWARD, name="议事决策", location="档案室 A2-03")
    content = as_("school").get(f"{BOXES}/{made['id']}/export").content
    (tmp_path / "box.zip").write_bytes(content)
    if tool == "unzip":
        assert "No errors detected" in _ran("unzip", "-t", "box.zip", cwd=tmp_path)
        return
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    root = tmp_path / "2026-001 议事决策"
    if tool == "sha256sum":
        assert _ran("sha256sum", "-c", "--strict", "manifest.sha256", cwd=root).count(": OK") == len(AWKWARD) + 2
        return
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    into = ("--outdir", str(tmp_path), str(root / "卷内目录.xlsx"), str(root / "封面与盒脊.html"))
    _ran("soffice", profile, "--headless", "--convert-to", "pdf", *into, cwd=tmp_path)
    catalogue, cover = (PdfReader(tmp_path / f"{name}.pdf") for name in ("卷内目录", "封面与盒脊"))
    assert all(float(page.mediabox.width) > float(page.mediabox.height) for page in catalogue.pages), "landscape"
    text = _text_of(catalogue)
    assert all(word in text for word in (*HEADS, "2026-001", "议事决策", "=1+1", "README", "<script>alert(1)</script>"))
    assert f"第1页共{len(catalogue.pages)}页" in text
    assert all(word in _text_of(cover) for word in ("2026-001", "议事决策", "实验小学", "档案室A2-03"))


def _text_of(pdf: PdfReader) -> str:
    return "".join("".join(page.extract_text().split()) for page in pdf.pages)


def test_folders_follow_items_and_units_and_gaps_are_told(as_: As, stock: Stock, world: World) -> None:
    made = work(stock)
    theirs = stock.assignment(made.plan, made.items[1], "教育股", "in_progress", 60, role="lead")
    piece(as_, "议事规则", made.rows[0])
    joint = piece(as_, "联合检查方案", theirs, account="education")
    found = box(as_, made.plan)
    ok(act(as_, found["id"], "fill"))
    place = {"assignment_id": made.rows[0], "kind": "meeting", "note": "由党办统一归档。"}
    ok(act(as_, found["id"], "explain", **place))
    ok(act(as_, found["id"], "add", "supervisor", evidence_id=joint, plan_item_id=made.items[1]))
    ok(act(as_, found["id"], "seal", "supervisor"))
    archive = fetched(as_, found["id"], "supervisor")
    root = "2026-001 议事决策"
    assert [name for name in archive.namelist() if name.endswith(".pdf")] == [
        f"{root}/第1项 健全议事决策制度/实验小学/01 议事规则.pdf",
        f"{root}/第2项 开展教育收费自查/教育股/02 联合检查方案.pdf",
    ]
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read(f"{root}/卷内目录.xlsx")))
    assert book.get_sheet_by_name("缺件说明").to_python()[1] == [
        "第1项 健全议事决策制度",
        "会议",
        "",
        "由党办统一归档。",
    ]


def test_what_a_recurring_task_lacks_is_told_by_its_term_as_on_the_page(
    as_: As, browse: As, stock: Stock, world: World
) -> None:
    plan = stock.plan(year=2026)
    item = stock.item(plan, "健全议事决策制度", required_evidence=["policy", "meeting"])
    rows = [stock.assignment(plan, item, "实验小学", "in_progress", 60, period=f"2026-T{n}") for n in (1, 2)]
    piece(as_, "议事规则", rows[0])
    found = box(as_, plan)
    ok(act(as_, found["id"], "fill"))
    for row, kind in ((rows[0], "meeting"), (rows[1], "policy"), (rows[1], "meeting")):
        ok(act(as_, found["id"], "explain", assignment_id=row, kind=kind, note="由党办统一归档。"))
    page = browse("school").get(f"/archive-boxes/{found['id']}").text
    ok(act(as_, found["id"], "seal", "supervisor"))
    archive = fetched(as_, found["id"], "supervisor")
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("2026-001 议事决策/卷内目录.xlsx")))
    terms = [line[2] for line in book.get_sheet_by_name("缺件说明").to_python()[1:]]
    assert set(terms) == {"2026学年第一学期", "2026学年第二学期"} and all(term in page for term in terms)
    missing = csv_lines(as_("supervisor").get("/api/v1/archive-boxes/missing.csv").content)
    assert {line[missing[0].index("周期")] for line in missing[1:]} == set(terms)


def test_the_same_sealed_box_is_the_same_bytes_also_after_a_revision(as_: As, stock: Stock) -> None:
    made = sealed(as_, stock)
    path = f"{BOXES}/{made['id']}/export"
    first = as_("school").get(path).content
    newer = {"file": ("新.pdf", b"%PDF-1.4\nnewer\n%%EOF\n")}
    ok(as_("school").post(f"/api/v1/evidence/{made['entries'][0]['evidence_id']}/revisions", files=newer), 201)
    assert as_("school").get(path).content == first


@pytest.mark.parametrize("damage", ["missing", "other bytes"])
def test_a_damaged_file_makes_no_archive(app: FastAPI, as_: As, stock: Stock, damage: str) -> None:
    made = sealed(as_, stock, "议事规则", "会议纪要")
    path = store_of(app.state.settings).path(made["entries"][1]["sha256"])
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"x" * path.stat().st_size)
    refused = as_("school").get(f"{BOXES}/{made['id']}/export")
    assert (refused.status_code, refused.json()["code"]) == (503, "file_damaged")
    assert made["entries"][1]["title"] in refused.json()["detail"] and "备份" in refused.json()["detail"]


def test_a_changed_catalogue_makes_no_archive(app: FastAPI, as_: As, stock: Stock) -> None:
    made = sealed(as_, stock)
    other = {"box": {}, "entries": [], "missing": []}
    stock.do(lambda tx: tx.connection.execute(sa.update(SEAL).values(catalogue=other)))
    refused = as_("school").get(f"{BOXES}/{made['id']}/export")
    assert (refused.status_code, refused.json()["code"]) == (503, "catalogue_damaged")


def test_a_file_that_changes_under_way_breaks_the_archive_off(
    app: FastAPI, as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer fails; what was sent until then has no directory by which a program would find the box's files."""
    made = sealed(as_, stock, "议事规则", "会议纪要")
    path = store_of(app.state.settings).path(made["entries"][1]["sha256"])
    looked_at = packing.check

    def and_then_changed(parts: Any) -> None:
        looked_at(parts)
        path.write_bytes(path.read_bytes()[:-1])

    sent: list[bytes] = []
    packed = packing.pack

    def noting(*given: Any) -> Iterator[bytes]:
        for chunk in packed(*given):
            sent.append(chunk)
            yield chunk

    monkeypatch.setattr(packing, "check", and_then_changed)
    monkeypatch.setattr(packing, "pack", noting)
    with pytest.raises(OSError, match="is not what it was"):
        as_("school").get(f"{BOXES}/{made['id']}/export")
    assert len(sent) > 1
    broken = b"".join(sent)
    assert "议事规则.pdf".encode() in broken and not _directory(broken)


def _directory(archive: bytes) -> list[bytes]:
    """The box's own files in it, by which programs find them; a workbook within has a directory too."""
    listed = (archive[at.end() + 42 :] for at in re.finditer(b"PK\x01\x02", archive))
    return [name[:40] for name in listed if name.startswith(b"2026-001")]


def test_a_large_box_begins_before_it_is_read_through(
    app: FastAPI, as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not there is named all the same, and what has other bytes cuts the answer off."""
    made = sealed(as_, stock, "议事规则", "会议纪要")
    monkeypatch.setattr(packing, "READ_AHEAD", 0)
    path = store_of(app.state.settings).path(made["entries"][1]["sha256"])
    content = path.read_bytes()
    read: list[str] = []
    sent: list[bytes] = []
    packed, chunks = packing.pack, packing.Part.chunks

    def noting(*given: Any) -> Iterator[bytes]:
        for chunk in packed(*given):
            sent.append(chunk)
            assert len(read) <= len(sent) + 1, "read as it is sent"
            yield chunk

    def reading(part: packing.Part) -> Iterator[bytes]:
        assert sent or not read, "nothing is read through before the first byte"
        read.append(part.name)
        yield from chunks(part)

    monkeypatch.setattr(packing, "pack", noting)
    monkeypatch.setattr(packing.Part, "chunks", reading)
    assert fetched(as_, made["id"]).testzip() is None
    path.write_bytes(b"x" * len(content))
    read.clear()
    sent.clear()
    with pytest.raises(OSError, match="is not what it was"):
        as_("school").get(f"{BOXES}/{made['id']}/export")
    assert len(sent) > 1 and not _directory(b"".join(sent)), "nobody takes what came for the whole"
    path.unlink()
    assert as_("school").get(f"{BOXES}/{made['id']}/export").json()["code"] == "file_damaged"


def test_folders_sorted_by_name_stand_in_the_plans_order(as_: As, stock: Stock) -> None:
    plan = stock.plan(year=2026)
    for n in range(1, 12):
        row = stock.assignment(plan, stock.item(plan, f"任务{n}"), "实验小学", "in_progress", 60)
        if n in (2, 10, 11):
            piece(as_, f"材料{n}", row)
    found = box(as_, plan)
    ok(act(as_, found["id"], "fill"))
    folders = [name.split("/")[1] for name in fetched(as_, found["id"]).namelist() if name.endswith(".pdf")]
    assert folders == sorted(folders) == ["第02项 任务2", "第10项 任务10", "第11项 任务11"]


def test_no_more_of_a_box_is_in_memory_than_a_chunk(tmp_path: Path) -> None:
    large, size = tmp_path / "large", 40 * 2**20
    with large.open("wb") as file:
        file.truncate(size)
    with large.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    chunks = [len(chunk) for chunk in packing.pack("盒", [packing.Part("large.mp4", sha256, size, large)], now())]
    assert sum(chunks) > size and max(chunks) <= packing.CHUNK + 1024


def test_a_box_beyond_four_gibibytes_is_a_zip_that_programs_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if each file and place lay beyond the old format's limits: sizes, places and their number are ZIP64's."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 16)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    files = {f"{n}.mp4": f"第{n}段录像的全部内容".encode() for n in range(3)}
    content = b"".join(packing.pack("盒", [packing.made(*file) for file in files.items()], now()))
    monkeypatch.undo()
    assert b"PK\x06\x06" in content and b"PK\x06\x07" in content, "its end of the central directory"
    large = zipfile.ZipFile(io.BytesIO(content))
    assert {name: large.read(f"盒/{name}") for name in files} == files
    has("unzip")
    (tmp_path / "box.zip").write_bytes(content)
    assert "No errors detected" in _ran("unzip", "-t", "box.zip", cwd=tmp_path)


def test_how_large_a_box_is_stands_beside_its_download(as_: As, browse: As, stock: Stock) -> None:
    made = sealed(as_, stock, "议事规则", "会议纪要")
    held = sum(info.file_size for info in fetched(as_, made["id"]).infolist() if info.filename.endswith(".pdf"))
    assert made["size"] == held > 0
    assert f"2 份，共 {size(held)}" in browse("school").get(f"/archive-boxes/{made['id']}").text


def test_files_are_read_off_the_event_loop(as_: As, stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sealed(as_, stock)
    readers: set[str] = set()
    chunks = packing.Part.chunks

    def noting(part: packing.Part) -> Iterator[bytes]:
        readers.add(threading.current_thread().name)
        yield from chunks(part)

    monkeypatch.setattr(packing.Part, "chunks", noting)
    fetched(as_, made["id"])
    assert readers and all("AnyIO worker" in name for name in readers), readers


def test_names_are_cut_where_they_may_be() -> None:
    assert member_name("com1 .txt", 40) == "_com1 .txt" and member_name("COM¹", 40) == "_COM¹"
    assert member_name("console", 40) == "console" and member_name(" . ", 40) == "未命名"
    assert member_name("𠮷" * 30, 9) == "𠮷" * 4, "never half a character"
    assert file_name(7, "收费自查表.XLSX", "Scan.XLSX", 60) == "07 收费自查表.xlsx"
    assert file_name(7, "长" * 100, "a.pdf", 20) == "07 " + "长" * 13 + ".pdf"
    assert file_name(100, "无后缀", "说明", 20) == "100 无后缀"
