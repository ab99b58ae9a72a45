"""Uploading: what is accepted, what it becomes, what is refused, and that nothing is left behind."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.files import store_of
from app.core.stored import FILE, missing, orphans
from app.evidence import operations as ops
from app.evidence.models import EVIDENCE
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
    assert read(lambda c: orphans(c, store)) == ["ab" * 32]
    assert read(lambda c: missing(c, store)) == []
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
