"""Uploading: what is accepted, what it becomes, what is refused, and that nothing is left behind."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.files import display_name, store_of
from app.evidence import operations as ops
from app.evidence.models import EVIDENCE, FILE
from app.settings import Settings
from tests.conftest import As
from tests.world import World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
FIELDS = {"title": "清廉校园文化建设实施方案", "kind": "scheme", "evidence_on": "2023-09-08"}


def zipped(*names: str, content: bytes = b"x", **options: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return made.getvalue()


def upload(client: TestClient, content: bytes = PDF, name: str = "方案.pdf", **fields: Any) -> Any:
    data = {key: value for key, value in {**FIELDS, **fields}.items() if value is not None}
    return client.post("/api/v1/evidence", data=data, files={"file": (name, content)})


def files_on_disk(settings: Settings) -> list[Path]:
    return [path for path in settings.files.rglob("*") if path.is_file()]


def test_school_uploads_and_downloads(as_: As, settings: Settings, world: World) -> None:
    made = upload(as_("school"), document_number="实小党发〔2023〕12号")
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["unit_id"] == world.unit["实验小学"]
    assert body["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (body["media_type"], body["size"], body["filename"]) == ("application/pdf", len(PDF), "方案.pdf")
    assert body["allowed_actions"] == ["link", "revise", "void"]
    assert made.headers["etag"] == '"1"'

    got = as_("school").get(f"/api/v1/evidence/{body['id']}/file")
    assert got.content == PDF
    assert got.headers["content-disposition"] == "attachment; filename*=utf-8''%E6%96%B9%E6%A1%88.pdf"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["etag"] == f'"{body["sha256"]}"'
    again = as_("school").get(f"/api/v1/evidence/{body['id']}/file", headers={"if-none-match": got.headers["etag"]})
    assert again.status_code == 304
    [stored] = files_on_disk(settings)
    assert stored.name == body["sha256"]


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"0" * 40, "image/jpeg"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40, "image/png"),
        ("a.heic", b"\0\0\0\x18ftypheic" + b"0" * 40, "image/heic"),
        ("a.mp4", b"\0\0\0\x18ftypisom" + b"0" * 40, "video/mp4"),
        ("a.mp3", b"ID3\x04" + b"0" * 40, "audio/mpeg"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 40, "application/msword"),
        ("a.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 40, "application/vnd.wps-office.wps"),
        ("a.txt", "清廉学校".encode("gb18030"), "text/plain"),
        ("a.csv", "\ufeff单位,数量\n".encode(), "text/csv"),
        ("a.zip", zipped("照片/1.jpg"), "application/zip"),
        (
            "a.zip",
            zipped("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_media_type_comes_from_content(as_: As, name: str, content: bytes, media_type: str) -> None:
    made = upload(as_("school"), content, name)
    assert (made.status_code, made.json().get("media_type")) == (201, media_type), made.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html><script>alert(1)</script>"),
        ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.exe", b"MZ\x90\0"),
        ("a.msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 40),
        ("a.txt", b"\0\1\2\3"),
        ("a.rar", b"Rar!\x1a\x07\0"),
    ],
)
def test_other_types_are_refused(as_: As, settings: Settings, name: str, content: bytes) -> None:
    made = upload(as_("school"), content, name)
    assert (made.status_code, made.json()["code"]) == (415, "unsupported_media_type")
    assert files_on_disk(settings) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        zipped("a.txt")[:-30],
        zipped("../../etc/passwd"),
        zipped(*(f"{n}.txt" for n in range(10_001))),
        zipped("bomb.txt", content=b"0" * 40_000_000),
        b"PK\x03\x04" + b"\xff" * 500,
    ],
    ids=["empty", "cut off", "path out", "too many members", "bomb", "noise"],
)
def test_damaged_files_are_refused(as_: As, settings: Settings, content: bytes) -> None:
    made = upload(as_("school"), content, "a.zip")
    assert made.status_code == 422, made.text
    assert made.json()["errors"][0]["pointer"] == "/file"
    assert files_on_disk(settings) == []


def test_encrypted_archive_is_refused(as_: As) -> None:
    locked = bytearray(zipped("a.txt"))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "密码" in upload(as_("school"), bytes(locked), "a.zip").json()["detail"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": None}, "/title"),
        ({"title": "长" * 201}, "/title"),
        ({"kind": "photo"}, "/kind"),
        ({"evidence_on": "1696118400"}, "/evidence_on"),
        ({"state": "voided"}, "/state"),
        ({"unit_id": "1.5"}, "/unit_id"),
        ({"unit_id": "99999999999999999999"}, "/unit_id"),
        ({"target": "assignments"}, "/target_id"),
        ({"target": "plans", "target_id": "1"}, "/target"),
    ],
)
def test_wrong_fields_are_named(as_: As, settings: Settings, fields: dict[str, Any], pointer: str) -> None:
    made = upload(as_("school"), **fields)
    assert made.status_code == 422, made.text
    assert pointer in [error["pointer"] for error in made.json()["errors"]]
    assert files_on_disk(settings) == []


def test_limit_holds_before_and_while_reading(as_: As, settings: Settings) -> None:
    settings.evidence_max_mib = 1
    known = upload(as_("school"), PDF + b"0" * 3_000_000)
    assert (known.status_code, known.json()["code"]) == (413, "too_large")
    boundary = "x" * 20
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode()

    def chunks() -> Any:
        yield head + PDF
        for _ in range(40):
            yield b"0" * 65_536

    content_type = f"multipart/form-data; boundary={boundary}"
    lying = as_("school").post("/api/v1/evidence", content=chunks(), headers={"content-type": content_type})
    assert (lying.status_code, lying.json()["code"]) == (413, "too_large")
    assert files_on_disk(settings) == []


def test_stranger_leaves_no_temporary_file(client: TestClient, settings: Settings) -> None:
    assert upload(client).status_code == 401
    assert not settings.files.exists()


def test_full_disk_is_507_and_keeps_nothing(as_: As, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.core.files._Stage.write", full)
    made = upload(as_("school"))
    assert (made.status_code, made.json()["code"]) == (507, "no_space")
    assert files_on_disk(settings) == []


def test_not_multipart_is_415(as_: As) -> None:
    answer = as_("school").post("/api/v1/evidence", json=FIELDS)
    assert answer.status_code == 415
    without = as_("school").post("/api/v1/evidence", data=FIELDS, files={"other": ("a.pdf", PDF)})
    assert without.status_code == 422


def test_duplicate_fields_and_bad_text_are_400(as_: As) -> None:
    head = {"content-type": "multipart/form-data; boundary=x"}
    part = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n%s\r\n'
    twice = as_("school").post("/api/v1/evidence", content=part % b"a" + part % b"b" + b"--x--\r\n", headers=head)
    assert twice.status_code in (400, 422)
    broken = as_("school").post("/api/v1/evidence", content=part % b"\xff\xfe" + b"--x--\r\n", headers=head)
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_utf8")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.pdf", "x.pdf"),
        ("a\\..\\b.pdf", "b.pdf"),
        ("", "未命名"),
        ("CON", "_CON"),
        ("con.pdf", "_con.pdf"),
        ("\u202egpj.exe.pdf", "gpj.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("长" * 3000 + ".pdf", "长" * 196 + ".pdf"),
        ("...", "未命名"),
    ],
)
def test_names_are_cleaned(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert len(display_name(name)) <= 200


def test_same_content_is_stored_once(as_: As, settings: Settings) -> None:
    assert upload(as_("school")).status_code == upload(as_("central"), unit_id=None).status_code == 201
    assert len(files_on_disk(settings)) == 1


def test_failed_transaction_takes_its_file_away(as_: As, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ops.Conflict("late failure")

    monkeypatch.setattr("app.evidence.operations._add_revision", fails)
    assert upload(as_("school")).status_code == 409
    assert files_on_disk(settings) == []
    monkeypatch.undo()
    assert upload(as_("school")).status_code == 201
    monkeypatch.setattr("app.evidence.operations._add_revision", fails)
    assert upload(as_("school")).status_code == 409
    assert len(files_on_disk(settings)) == 1, "recorded by the upload before: it stays"


def test_records_and_files_agree(as_: As, app: Any, settings: Settings) -> None:
    upload(as_("school"))
    store = store_of(settings)
    stray = store.path("ab" * 32)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"left by a crash")
    read = app.state.database.read_now
    assert read(lambda c: ops.orphans(c, store)) == ["ab" * 32]
    assert read(lambda c: ops.missing(c, store)) == []
    assert read(lambda c: c.execute(sa.select(sa.func.count()).select_from(FILE)).scalar_one()) == 1


def test_same_key_replays_and_another_file_is_refused(as_: As, app: Any) -> None:
    def send(content: bytes) -> Any:
        key = {"idempotency-key": "k1"}
        files = {"file": ("a.pdf", content)}
        return as_("school").post("/api/v1/evidence", data=FIELDS, files=files, headers=key)

    first, second, other = send(PDF), send(PDF), send(PDF + b"\n")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    count = app.state.database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(EVIDENCE)).scalar())
    assert count == 1


def test_unit_must_be_ones_own(as_: As, world: World) -> None:
    assert upload(as_("school"), unit_id=world.unit["第一中学"]).status_code == 422
    assert upload(as_("central"), unit_id=world.unit["柳林小学"]).json()["unit_id"] == world.unit["柳林小学"]
    assert upload(as_("leader")).status_code == 403
    assert upload(as_("auditor")).status_code == 403
