"""Files by receipt: what they say of their maker is taken out where that is simple, and kept apart from evidence."""

import hashlib
import os
import struct
from typing import Any

import sqlalchemy as sa
from fastapi import Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from app.complaints import intake, limiting, public, queries, telling
from app.complaints.forms import ByReceipt
from app.complaints.models import COMPLAINT, FILE
from app.complaints.rules import ASKING
from app.core.audit import audited_write, record
from app.core.errors import Conflict, Problem, Unavailable, invalid
from app.core.files import Received, Staged, has_size, parse_fields, store_of
from app.core.http import Ctx
from app.core.media import SHORT
from app.core.operation import Tx, operation
from app.core.params import parse_number, read_params
from app.core.stored import keep
from app.core.uploads import uploading
from app.settings import MIB

MOST = 10
"""Files of one complaint."""
NUMBER = parse_number(1, MOST)
MOST_MIB = 20
"""Of one file: whoever sends it is a stranger."""
ROUTE_LIMIT = (MOST_MIB + 2) * MIB
JPEG, PNG, HEIC = "image/jpeg", "image/png", "image/heic"
KEPT_OF_PNG = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"acTL", b"fcTL", b"fdAT"}
_FIRST_PRIVATE, _LAST_PRIVATE, _COMMENT, _SCAN = 0xE0, 0xEF, 0xFE, 0xDA
HARMLESS = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
"""Applications' segments without which a picture looks otherwise."""
AS_SENT = {
    HEIC: "刚才收到的是 HEIC 照片，其中的拍摄时间、地点和手机型号不能自动去除，已按原样保存，只有办理这一件的人能看到。"
    "不愿透露的，其余照片请先另存为 JPEG（JPG）或截图，再上传"
}
"""What is told of a picture that could not be cleaned, and how the next one can be."""
DAMAGED = "图片已损坏或格式不正常，请另存后再试"


# Receiving


async def received(ctx: Ctx, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """One file and its receipt, cleaned before anything of it is kept. Counted before anything of it is read.

    ``fields`` are filled with what came beside the file, also where that is refused.
    """
    await public.count_receipt(ctx)
    into, sent = Received(), {} if fields is None else fields
    try:
        return await _received(ctx, into)
    finally:
        sent.update(into.fields)


async def _received(ctx: Ctx, into: Received) -> dict[str, Any]:
    async with uploading(ctx, into=into, most_mib=MOST_MIB) as form:
        given = parse_fields(ByReceipt, form.values())
        staged = form.file()
        cleaned = await run_in_threadpool(clean, staged)
        return await public.opened(ctx, add, given, staged, cleaned)


@operation("complaint.add_file")
def add(tx: Tx, address: str, given: ByReceipt, staged: Staged, cleaned: bool) -> dict[str, Any] | Problem | None:
    """Under the next number of the complaint; its name is not kept, nor the time at which it came."""
    row = intake.known(tx, given.receipt, address)
    if row is None:
        return None
    if row.state not in ASKING:
        return Conflict("已经办结，不能再补充；有新的情况请另行反映", code="wrong_state")
    version = {"version": COMPLAINT.c.version + 1, "answered": True, "updated_at": intake.end_of(tx)}
    with audited_write(tx.connection):  # Of two files at once the second waits here, and gets the number after.
        tx.connection.execute(sa.update(COMPLAINT).where(COMPLAINT.c.id == row.id).values(version))
    held = tx.connection.execute(sa.select(sa.func.count()).where(FILE.c.complaint_id == row.id)).scalar_one()
    if held >= MOST:
        return Conflict(f"每件最多 {MOST} 份材料", code="too_many_files")
    keep(tx, staged)
    telling.answered(tx, row)
    told = {"size": staged.size, "media_type": staged.media_type, "sha256": staged.sha256}
    values = {"district_id": row.district_id, "complaint_id": row.id, "number": held + 1, **told}
    tx.connection.execute(sa.insert(FILE).values(**values, cleaned=cleaned, added_on=tx.today))
    record(tx, "complaint", row.id, after={"size": staged.size})
    return intake.status(tx, row.id) | {"notice": None if cleaned else AS_SENT.get(staged.media_type)}


# Cleaning


def clean(staged: Staged) -> bool:
    """Rewrite a picture without what it says beside the picture; False for kinds of which that is not simple.

    The staged file becomes the new one, with its own hash, dated by the day.
    """
    strip = {JPEG: jpeg, PNG: png}.get(staged.media_type)
    if strip is not None:
        content = strip(staged.path.read_bytes())
        staged.path.write_bytes(content)
        staged.sha256, staged.size = hashlib.sha256(content).hexdigest(), len(content)
        with staged.path.open("rb") as file:
            os.fsync(file.fileno())
    at = limiting.begun(limiting.today()).timestamp()
    os.utime(staged.path, (at, at))
    return strip is not None


def jpeg(content: bytes) -> bytes:
    """The segments without comments and without those of applications (EXIF, XMP, ICC), but for the plain JFIF head.

    What follows the end of the picture (a second one, a film) is cut off.
    """
    kept, at = [content[:2]], 2
    while True:
        if at + 4 > len(content) or content[at] != 0xFF:
            raise invalid("file", DAMAGED, code="bad_file")
        marker = content[at + 1]
        if marker == 0xFF:  # A filler.
            at += 1
            continue
        length = struct.unpack(">H", content[at + 2 : at + 4])[0]
        segment = content[at : at + 2 + length]
        if not _is_private(marker) or segment[4:].startswith(HARMLESS.get(marker, b"-")):
            kept.append(segment)
        at += 2 + length
        if marker == _SCAN:
            return b"".join([*kept, _scans(content, at)])


def _is_private(marker: int) -> bool:
    return _FIRST_PRIVATE <= marker <= _LAST_PRIVATE or marker == _COMMENT


def _scans(content: bytes, at: int) -> bytes:
    """From the first scan to the end of the picture; of a progressive one, the tables between its scans too."""
    begun = at
    while (at := content.find(b"\xff", at)) != -1 and at + 1 < len(content):
        marker = content[at + 1]
        if marker == 0xD9:
            return content[begun : at + 2]
        if _is_private(marker):
            raise invalid("file", DAMAGED, code="bad_file")
        at += 1 if marker == 0xFF else 2
    raise invalid("file", DAMAGED, code="bad_file")


def png(content: bytes) -> bytes:
    """The chunks that make the picture: no text, no time, no EXIF, nothing behind its end."""
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        length = struct.unpack(">I", content[at : at + 4])[0]
        kind, whole = content[at + 4 : at + 8], content[at : at + 12 + length]
        if len(whole) != 12 + length:
            break
        if kind in KEPT_OF_PNG:
            kept.append(whole)
        if kind == b"IEND":
            return b"".join(kept)
        at += 12 + length
    raise invalid("file", DAMAGED, code="bad_file")


# Sending


async def sent(ctx: Ctx, complaint_id: int) -> Response:
    """As an attachment that runs nothing, called by the complaint's code and its number."""
    number = read_params(ctx.request.query_params, {"number": NUMBER}).get("number", 1)
    found = await ctx.read(queries.stored, complaint_id, number)
    path = store_of(ctx.settings).path(found.sha256)
    if not await run_in_threadpool(has_size, path, found.size):
        raise Unavailable("这份材料在存储中缺失或已损坏，请联系系统管理员从备份恢复", code="file_damaged")
    name = f"{found.code}-{number}.{SHORT.get(found.media_type, 'bin').lower()}"
    headers = {"cache-control": "private, no-cache", "content-security-policy": "sandbox"}
    return FileResponse(path, headers=headers, media_type=found.media_type, filename=name)
