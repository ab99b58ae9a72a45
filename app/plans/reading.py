"""A file read and parsed, before any transaction: on the threads of all parsing, a docx moreover in a child process."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from app.core.errors import Invalid, invalid
from app.core.parsing import in_turn
from app.plans.parser import UnreadableDocument, parse, read_document

LONGEST_TEXT = 400_000
"""Code points. The longest plan seen had 43,000; what exceeds this is no plan but an appendix."""
MOST_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What an import stores: the source text and ``ParsedPlan.as_json()`` of it."""

    name: str
    sha256: str
    text: str
    found: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.found["title"] or PurePath(self.name).stem)[:500]


async def read_plan(path: Path, name: str) -> Reading:
    """Off the event loop; 422 as ``read_plan_now``, 503 while too many are read."""
    return await in_turn(lambda: read_plan_now(path.read_bytes(), name))


def read_plan_now(data: bytes, name: str) -> Reading:
    """422 ``unreadable_document`` when the file cannot be read, ``no_items`` when nothing in it is a task."""
    try:
        source = read_document(data, name)
    except UnreadableDocument as problem:
        raise invalid("file", str(problem), code="unreadable_document") from None
    if len(source.text) > LONGEST_TEXT:
        raise invalid("file", "正文超过 40 万字，请只保留方案正文，删去附件后再上传", code="unreadable_document")
    found = parse(source.text, source.tables).as_json()
    if not found["items"] and not found["table_rows"]:
        raise _no_items(found["warnings"])
    if max(len(found["items"]), len(found["table_rows"])) > MOST_ITEMS:
        raise invalid("file", f"任务超过 {MOST_ITEMS} 项，请分成几份方案上传", code="unreadable_document")
    return Reading(name, hashlib.sha256(data).hexdigest(), source.text, found)


def _no_items(remarks: list[str]) -> Invalid:
    mend = "方案要有带编号的任务，或一张责任分解表；请核对是否选错了文件"
    return invalid("file", f"没有找到可以分解的任务。{''.join(remarks)}{mend}", code="no_items")
