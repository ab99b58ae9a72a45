"""Files that are not what they should be: 422 or as named, the same on both databases, and nothing is left on disk."""

import errno
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from app.core.files import display_name
from app.settings import Settings
from tests.conftest import As
from tests.evidence.test_upload import FIELDS, PDF, files_on_disk, upload, zipped
from tests.fuzz.answers import faults
from tests.fuzz.stored import Stored
from tests.rezipped import link, locked, rezipped

EVIDENCE = "/api/v1/evidence"
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 40


def office(*names: str, types: bytes = b"<Types/>") -> bytes:
    return rezipped(b"", {"[Content_Types].xml": types} | dict.fromkeys(names, b"x"))


class Row(NamedTuple):
    """What is sent → status, code, and the place that is named."""

    what: str
    sent: dict[str, Any]
    status: int
    code: str
    pointer: str | None = None


def file(what: str, name: str, content: bytes, status: int, code: str) -> Row:
    sent = {"data": FIELDS, "files": {"file": (name, content)}}
    return Row(what, sent, status, code, "/file" if status == 422 else None)


def field(what: str, status_pointer: str, **fields: Any) -> Row:
    data = {key: value for key, value in {**FIELDS, **fields}.items() if value is not None}
    return Row(what, {"data": data, "files": {"file": ("a.pdf", PDF)}}, 422, "invalid", status_pointer)


def raw(what: str, body: bytes, status: int, code: str, pointer: str | None = None) -> Row:
    return Row(what, {"content": body, "headers": MULTIPART}, status, code, pointer)


UNKNOWN = (415, "unsupported_media_type")
ROWS = (
    file("HTML called .pdf", "a.pdf", b"<html><script>alert(1)</script>", *UNKNOWN),
    file("HTML called .txt", "a.txt", b"<!DOCTYPE html><script>alert(1)</script>", *UNKNOWN),
    file("HTML behind a byte order mark", "a.txt", b"\xef\xbb\xbf<html>", *UNKNOWN),
    file("a scripted SVG", "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", *UNKNOWN),
    file("a scripted SVG called .csv", "a.csv", b"\n<svg onload='alert(1)'/>", *UNKNOWN),
    file("XML called .txt", "a.txt", b"<?xml version='1.0'?><x/>", *UNKNOWN),
    file("a program", "a.exe", b"MZ\x90\0", *UNKNOWN),
    file("an installer", "a.msi", OLE, *UNKNOWN),
    file("bytes called .txt", "a.txt", b"\0\1\2\3", *UNKNOWN),
    file("an archive of another kind", "a.rar", b"Rar!\x1a\x07\0", *UNKNOWN),
    file("a name without a type", "a", b"abc", *UNKNOWN),
    file("zero bytes", "a.zip", b"", 422, "invalid"),
    file("a zip cut off", "a.zip", zipped("a.txt")[:-30], 422, "bad_file"),
    file("a zip whose path leads out", "a.zip", zipped("../../etc/passwd"), 422, "bad_file"),
    file("a zip whose path leads out backwards", "a.zip", zipped("a\\..\\..\\b"), 422, "bad_file"),
    file("a zip of too many members", "a.zip", zipped(*(f"{n}.txt" for n in range(10_001))), 422, "bad_file"),
    file("a zip bomb", "a.zip", zipped("bomb.txt", content=b"0" * 40_000_000), 422, "bad_file"),
    file("a zip of noise", "a.zip", b"PK\x03\x04" + b"\xff" * 500, 422, "bad_file"),
    file("a locked zip", "a.zip", locked(zipped("a.txt")), 422, "bad_file"),
    file("a zip with a link for a member", "a.zip", rezipped(b"", {link("a"): b"/etc/passwd"}), 422, "bad_file"),
    file("a locked document", "a.docx", OLE, 422, "bad_file"),
    file("a document with macros", "a.docx", office("word/document.xml", "word/vbaProject.bin"), 422, "bad_file"),
    file("a workbook with macros", "a.xlsm", office("xl/workbook.xml", "xl/vbaProject.bin"), 422, "bad_file"),
    file("slides with macros by their type", "a.pptm", office("ppt/presentation.xml", types=b"macroEnabled"), 422, "bad_file"),
    field("no title", "/title", title=None),
    field("a title of 201 characters", "/title", title="长" * 201),
    field("NUL in a title", "/title", title="a\0b"),
    field("no such kind", "/kind", kind="photo"),
    field("an epoch number as a date", "/evidence_on", evidence_on="1696118400"),
    field("a day that is none", "/evidence_on", evidence_on="2024-02-30"),
    field("a smuggled state", "/state", state="voided"),
    field("a smuggled hash", "/sha256", sha256="0" * 64),
    field("a fraction as a unit", "/unit_id", unit_id="1.5"),
    field("a unit beyond all numbers", "/unit_id", unit_id="99999999999999999999"),
    field("a target without its row", "/target_id", target="assignments"),
    field("a target that takes none", "/target", target="plans", target_id="1"),
    Row("no multipart", {"json": FIELDS}, *UNKNOWN),
    Row("another name", {"data": FIELDS, "files": {"other": ("a.pdf", PDF)}}, 422, "invalid", "/file"),
    Row("two files", {"data": FIELDS, "files": [("file", ("a.pdf", PDF))] * 2}, 422, "invalid", "/file"),
    raw("a field twice", PART % (b"title", b"a") + PART % (b"title", b"b") + FILE_HEAD + PDF + b"\r\n--x--\r\n", 400, "duplicate_field"),
    raw("text that is no UTF-8", PART % (b"title", b"\xff\xfe") + b"--x--\r\n", 400, "invalid_utf8"),
    raw("no end", FILE_HEAD + PDF, 400, "invalid_multipart"),
    raw("a name of 3,000 Chinese characters", FILE_HEAD.replace(b"a.pdf", "长".encode() * 3000) + PDF + b"\r\n--x--\r\n", 400, "invalid_multipart"),
    raw("no end after a whole file", FILE_HEAD + PDF + b"\r\n--x", 400, "invalid_multipart"),
    raw("no boundary in the body", b"title=a", 400, "invalid_multipart"),
    raw("a part without a name", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n", 400, "invalid_multipart"),
    raw("texts of two megabytes", PART % (b"title", b"a" * (1 << 21)) + b"--x--\r\n", 400, "invalid_multipart"),
    raw("fields without end", PART % (b"a", b"") * 2600 + b"--x--\r\n", 400, "invalid_multipart"),
    Row("multipart without a boundary", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "invalid_multipart"),
)  # fmt: skip


def test_what_is_no_good_file_is_refused_and_leaves_nothing(app: Any, as_: As, settings: Settings) -> None:
    school, stored = as_("school"), Stored(app)
    before, wrong = stored.look(), []
    for row in ROWS:
        answer = school.post(EVIDENCE, **row.sent)
        body = answer.json()
        named = [error["pointer"] for error in body.get("errors", ())]
        if (answer.status_code, body.get("code")) != row[2:4] or (row.pointer and row.pointer not in named):
            wrong.append(f"{row.what}: {answer.status_code} {answer.text[:300]}")
        wrong += [f"{row.what}: {fault}" for fault in faults(answer)]
    assert wrong == [], "\n".join(wrong)
    assert stored.look() == before
    assert files_on_disk(settings) == []


# Too much


def endless(begin: bytes = FILE_HEAD + PDF) -> Iterator[bytes]:
    yield begin
    for _ in range(60):
        yield b"0" * 65_536


def unread() -> Iterator[bytes]:
    raise AssertionError("the body was read")
    yield b""


def test_a_body_over_the_limit_is_413_known_or_not(as_: As, settings: Settings) -> None:
    settings.evidence_max_mib = 1
    school = as_("school")
    announced = MULTIPART | {"content-length": str(2 << 30)}
    for what, sent in {
        "known": {"data": FIELDS, "files": {"file": ("a.pdf", PDF + b"0" * 3_000_000)}},
        "chunked": {"content": endless(), "headers": MULTIPART},
        "2 GiB announced": {"content": unread(), "headers": announced},
    }.items():
        answer = school.post(EVIDENCE, **sent)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), what
        assert files_on_disk(settings) == [], what


def test_a_stranger_leaves_no_temporary_file(client: TestClient, settings: Settings) -> None:
    assert upload(client).status_code == 401
    assert client.post(EVIDENCE, content=unread(), headers={"content-length": str(2 << 30)}).status_code == 401
    assert not settings.files.exists()


FULL: dict[str, tuple[str, int]] = {
    "as it is written": ("app.core.files._Stage.write", errno.ENOSPC),
    "beyond the quota": ("app.core.files._Stage.write", errno.EDQUOT),
    "beyond the largest file": ("app.core.files._Stage.write", errno.EFBIG),
    "as it is flushed": ("app.core.files.os.fsync", errno.ENOSPC),
    "as it is moved to its place": ("app.core.files.sync", errno.ENOSPC),
}


@pytest.mark.parametrize("when", FULL)
def test_a_full_disk_is_507_and_keeps_nothing(
    app: Any, as_: As, settings: Settings, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    place, number = FULL[when]
    before = Stored(app).look()

    def full(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(place, full)
    made = upload(as_("school"))
    monkeypatch.undo()
    assert (made.status_code, made.json()["code"]) == (507, "no_space"), made.text
    assert files_on_disk(settings) == [] and Stored(app).look() == before


def test_a_full_disk_under_the_database_is_507(app: Any, as_: As) -> None:
    """SQLite alone lets its pages be numbered; PostgreSQL's word for it is translated in the same place."""
    database = app.state.database
    if not database.is_sqlite:
        pytest.skip("SQLite 才能限定页数")
    stored = Stored(app)
    before = stored.look()

    def fill(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    database.write_now(fill)
    text = {"code": "F1", "name": "满", "kind": "school"}
    for number in range(200):
        answer = as_("sysadmin").post(
            "/api/v1/units", json=text | {"code": f"F{number}", "name": "满" * 90 + str(number)}
        )
        if answer.status_code != 201:
            break
        before = stored.look()
    assert (answer.status_code, answer.json()["code"]) == (507, "no_space"), answer.text
    assert stored.look() == before and as_("sysadmin").get("/api/v1/units").status_code == 200


# Names

NAMES: tuple[tuple[str, str], ...] = (
    ("../../x.pdf", "x.pdf"),
    ("a\\..\\b.pdf", "b.pdf"),
    ("", "未命名"),
    ("CON", "_CON"),
    ("con.pdf", "_con.pdf"),
    ("LPT1.pdf", "_LPT1.pdf"),
    ("\u202egpj.exe.pdf", "gpj.exe.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
    ("a\0b.pdf", "ab.pdf"),
    ('a"; filename="b.pdf', "a_; filename=_b.pdf"),
    ("<script>.pdf", "_script_.pdf"),
    ("x" * 3000 + ".pdf", "x" * 196 + ".pdf"),
    ("长" * 1000 + ".pdf", "长" * 196 + ".pdf"),
    ("...", "未命名"),
    (".pdf", "pdf"),
)


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_names_are_cleaned(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert len(display_name(name)) <= 200


def test_a_file_is_stored_under_its_hash_and_given_back_by_its_cleaned_name(as_: As, settings: Settings) -> None:
    school = as_("school")
    for number, (name, shown) in enumerate(NAMES):
        if not name:
            continue  # A file field left empty in a browser: no file.
        body = PDF + str(number).encode()
        quoted = name.encode().replace(b"\r\n", b"%0D%0A").replace(b'"', b"%22").replace(b"\\", b"\\\\")
        sent = b"".join(PART % (key.encode(), value.encode()) for key, value in FIELDS.items())
        sent += b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n\r\n' + body
        made = school.post(EVIDENCE, content=sent + b"\r\n--x--\r\n", headers=MULTIPART)
        assert made.status_code == 201, f"{name[:20]!r}: {made.text}"
        row = made.json()
        assert not set('\r\n\0/\\<>"\u202e') & set(row["filename"]) and len(row["filename"]) <= 200, row["filename"]
        if not set('\r\n"') & set(name):
            assert row["filename"] == shown
        got = school.get(f"{EVIDENCE}/{row['id']}/file")
        assert got.content == body and len(got.headers.get_list("content-disposition")) == 1
        assert got.headers["content-disposition"].startswith("attachment; filename") and "set-cookie" not in got.headers
    assert {len(path.name) for path in files_on_disk(settings)} == {64}
