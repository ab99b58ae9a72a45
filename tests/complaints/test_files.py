"""What reporters send: cleaned, kept apart from evidence, and given to nobody but those who handle it."""

import struct
import zlib
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.settings import Settings
from tests.complaints.steps import AT, PUBLIC, newest, reported, status
from tests.complaints.test_traces import everything
from tests.conftest import As
from tests.walk.steps import API, PDF, ok
from tests.world import World

WHERE = b"GPS 31.2304N canary-place"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
PICTURE = segment(0xDB, bytes(65)) + segment(0xC0, bytes(9)) + segment(0xDA, bytes(6)) + b"\x12\xff\x00\x34\xff\xd9"
JPEG = b"\xff\xd8" + JFIF + segment(0xE1, b"Exif\0\0" + WHERE) + segment(0xFE, WHERE) + PICTURE + WHERE
HEAD, DATA = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), chunk(b"IDAT", zlib.compress(b"\0\0"))
PNG = b"\x89PNG\r\n\x1a\n" + HEAD + chunk(b"tEXt", WHERE) + chunk(b"eXIf", WHERE) + DATA + chunk(b"IEND", b"") + WHERE


def send(client: TestClient, receipt: str, name: str, content: bytes) -> Any:
    return client.post(f"{PUBLIC}/files", data={"receipt": receipt}, files={"file": (name, content)})


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("我家楼下.jpg", JPEG, b"\xff\xd8" + JFIF + PICTURE),
        ("截图.png", PNG, PNG[:8] + HEAD + DATA + chunk(b"IEND", b"")),
    ],
)
def test_what_a_picture_says_of_its_maker_is_taken_out(
    client: TestClient, as_: As, world: World, app: FastAPI, settings: Settings, name: str, content: bytes, kept: bytes
) -> None:
    receipt = reported(client, world)
    assert ok(send(client, receipt, name, content))["files"] == 1
    row = newest(as_)
    shown = ok(as_("supervisor").get(f"{AT}/{row['id']}"))["files"]
    assert [(each["number"], each["cleaned"]) for each in shown] == [(1, True)] and row["answered"]
    sent = as_("supervisor").get(f"{AT}/{row['id']}/file?number=1")
    assert sent.content == kept and "attachment" in sent.headers["content-disposition"]
    assert row["code"] in sent.headers["content-disposition"]
    held = everything(app, settings)
    assert WHERE.decode() not in held and "我家楼下" not in held
    assert as_("school").get(f"{AT}/{row['id']}/file?number=1").status_code == 404
    assert ok(as_("supervisor").get(f"{API}/evidence?count=true"))["total"] == 0


def test_of_a_heic_photograph_it_is_said_that_it_cannot_be_cleaned_and_how_to_mend_it(
    client: TestClient, as_: As, world: World
) -> None:
    heic = struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + b"Exif" + WHERE
    receipt = reported(client, world)
    field = client.post("/report/status", data={"receipt": receipt}).text
    assert "HEIC 照片" in field and "另存为 JPEG" in field
    told = ok(send(client, receipt, "IMG_0001.heic", heic))
    assert told["files"] == 1 and "HEIC" in told["notice"] and "另存为 JPEG" in told["notice"]
    page = client.post("/report/files", data={"receipt": receipt}, files={"file": ("IMG_0002.heic", heic)})
    assert page.status_code == 200 and told["notice"] in page.text
    assert ok(send(client, receipt, "截图.png", PNG))["notice"] is None
    shown = ok(as_("supervisor").get(f"{AT}/{newest(as_)['id']}"))["files"]
    told_within = [(each["media_type"], each["cleaned"]) for each in shown]
    assert told_within == [("image/heic", False), ("image/heic", False), ("image/png", True)]


def test_other_files_are_taken_as_they_are_and_bad_ones_refused(
    client: TestClient, as_: As, world: World, settings: Settings
) -> None:
    receipt = reported(client, world)
    page = client.post("/report/files", data={"receipt": receipt}, files={"file": ("证明.pdf", PDF)})
    assert page.status_code == 200 and "1 份" in page.text
    assert send(client, receipt, "坏的.jpg", JPEG[:40]).status_code == 422
    assert send(client, receipt, "page.pdf", b"<html><script>1</script>").status_code == 415
    assert send(client, receipt, "空.txt", b"").status_code == 422
    assert send(client, receipt, "大.pdf", PDF + bytes(21 * 1024 * 1024)).status_code == 413
    assert send(client, "AAAA", "证明.pdf", PDF).status_code == 404
    again = client.post("/report/files", data={"receipt": receipt}, files={"file": ("page.pdf", b"<html>")})
    assert again.status_code == 415 and "的内容不是pdf，可能已损坏" in again.text
    row = newest(as_)
    assert [each["cleaned"] for each in ok(as_("discipline").get(f"{AT}/{row['id']}"))["files"]] == [False]
    assert status(client, receipt)["files"] == 1 and not list((settings.files / "staging").glob("*"))
