"""A box as it goes out: its parts by item and unit, looked at before a byte is sent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app.boxes import packing, papers
from app.boxes.catalogue import digest, sealed
from app.boxes.naming import file_name, member_name
from app.boxes.queries import LIST, one
from app.core.calendar import SHANGHAI
from app.core.db import consistent
from app.core.errors import Unavailable
from app.core.files import Store, store_of
from app.core.http import Ctx
from app.core.operation import Reader

ZIP = "application/zip"
COVER, CATALOGUE = "封面与盒脊.html", "卷内目录.xlsx"
FOLDER, ITEM, UNIT, FILE = 40, 40, 24, 60
"""UTF-16 units of each part of a path: together far from the 260 that Windows takes."""
_HEADERS = {"content-security-policy": "sandbox", "cache-control": "private, no-cache"}


class Packed(NamedTuple):
    folder: str
    parts: list[packing.Part]
    dated: datetime

    def chunks(self) -> Iterator[bytes]:
        return packing.pack(self.folder, self.parts, self.dated)


async def exported(ctx: Ctx, box_id: int) -> Response:
    """The whole box as the actor may read it, streamed. Files are read on threads, never on the event loop."""
    box = await ctx.read(whole, box_id)
    packed = await run_in_threadpool(prepare, box, store_of(ctx.settings))
    named = quote(f"{packed.folder}.zip")
    headers = _HEADERS | {"content-disposition": f"attachment; filename*=UTF-8''{named}"}
    return StreamingResponse(packed.chunks(), headers=headers, media_type=ZIP)


@consistent
def whole(see: Reader, box_id: int) -> dict[str, Any]:
    """What goes out. 503 where a sealed catalogue is not what was sealed."""
    found = one(see, box_id)
    if found["catalogue_sha256"]:
        kept = sealed(see, LIST.one(see, box_id))["whole"]
        if digest(kept) != found["catalogue_sha256"]:
            raise Unavailable("封盒时的目录已被改动，没有生成压缩包；请联系系统管理员核查", code="catalogue_damaged")
        # The box goes by the names it had.
        found |= {name: kept["box"][name] for name in ("name", "unit_name")}
    return found


def prepare(box: dict[str, Any], store: Store) -> Packed:
    """The parts in order, each file known to be there."""
    dated = (box["sealed_at"] or box["updated_at"]).astimezone(SHANGHAI)
    files = _files(box, store)
    packing.check([(title, part) for _, title, part in files])
    paths = {number: part.name for number, _, part in files}
    papers_ = [
        packing.made(COVER, papers.cover(box)),
        packing.made(CATALOGUE, papers.workbook(box, paths, dated)),
    ]
    parts = [*papers_, *(part for _, _, part in files)]
    folder = member_name(f"{box['number']} {box['name']}", FOLDER)
    return Packed(folder, [*parts, packing.manifest(parts)], dated)


def _files(box: dict[str, Any], store: Store) -> list[tuple[int, str, packing.Part]]:
    """(number, title, part) of each entry that has a file, in folders by item and unit."""
    known: dict[str, str] = {}
    found = []
    numbers = [entry["item_number"] or "" for entry in box["entries"]]
    figures = max((len(number) for number in numbers if number.isdigit()), default=0)
    for entry in box["entries"]:
        if entry["sha256"] is None:
            continue
        item, unit = member_name(_folder(entry, figures), ITEM), member_name(entry["unit_name"], UNIT)
        # Folders that differ only in case are one folder on Windows: here too.
        folder = known.setdefault(f"{item}/{unit}".casefold(), f"{item}/{unit}")
        name = file_name(entry["number"], entry["title"], entry["filename"], FILE)
        sha256 = entry["sha256"]
        part = packing.Part(f"{folder}/{name}", sha256, entry["size"], store.path(sha256))
        found.append((entry["number"], entry["title"], part))
    return found


def _folder(entry: dict[str, Any], figures: int) -> str:
    """``第05项 …`` where there is an item of two figures: sorted by name, folders stand in the plan's order."""
    number = entry["item_number"]
    if number is None or not number.isdigit():
        return papers.item_of(entry)
    return papers.item_of(entry | {"item_number": number.zfill(figures)})
