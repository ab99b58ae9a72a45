"""Small files for the demo's evidence, made here: a one-page PDF, a picture, a list as text."""

import hashlib
import secrets
import struct
import zlib
from pathlib import Path

from app.core.files import Staged, Store
from app.core.media import media_type

A4 = (595, 842)


def staged(store: Store, name: str, data: bytes) -> Staged:
    """The bytes as an upload leaves them before its transaction."""
    store.staging.mkdir(parents=True, exist_ok=True)
    path: Path = store.staging / secrets.token_hex(16)
    path.write_bytes(data)
    return Staged(path, hashlib.sha256(data).hexdigest(), len(data), name, media_type(path, name))


def pdf(title: str, lines: list[str]) -> bytes:
    """One page in a reader's own Chinese font: nothing is embedded."""
    shown = [(22, title), *((14, line) for line in lines)]
    text, y = ["BT"], A4[1] - 110
    for size, line in shown:
        text.append(f"/F1 {size} Tf 1 0 0 1 72 {y} Tm <{line.encode('utf-16-be').hex()}> Tj")
        y -= size * 2
    stream = "\n".join([*text, "ET"]).encode()
    font = "/Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R]"
    system = "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] "
        "/Resources << /Font << /F1 4 0 R >> >> /Contents 6 0 R >>".encode(),
        f"<< {font} >>".encode(),
        f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light {system} /DW 1000 >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    return _with_table(objects)


def _with_table(objects: list[bytes]) -> bytes:
    """PDF objects numbered from 1, with the table of where each begins."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def picture(words: str, width: int = 480, height: int = 320) -> bytes:
    """A PNG that stands in for a photograph: sky, ground and a house, tinted by ``words``."""
    tint = hashlib.sha256(words.encode()).digest()
    sky, ground, wall = (bytes(150 + value % 90 for value in tint[at : at + 3]) for at in (0, 3, 6))
    rows = []
    for y in range(height):
        inside = height * 2 // 5 < y < height * 4 // 5
        back = sky if y < height * 3 // 5 else ground
        margin = width // 4 if inside else width // 2
        rows.append(b"\0" + back * margin + wall * (width - 2 * margin) + back * margin)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def listing(title: str, lines: list[str]) -> bytes:
    return "\n".join([title, "", *lines, ""]).encode()
