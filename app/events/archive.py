"""Whole files of the audit log: exported, or archived, which takes from the database what the file holds."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from app.core.calendar import SHANGHAI
from app.core.errors import Conflict
from app.core.policy import SYSTEM, Actor, Role, bound
from app.events import files, heads
from app.events.chain import Checked
from app.events.operations import note_export, remove_archived
from app.installation import Installation


class Archived(NamedTuple):
    district_id: int
    written: int
    removed: int


def export(installation: Installation, path: Path, districts: Iterable[int]) -> list[Checked]:
    """Write these districts' whole chains to a new file; what was written has been read and checked again."""
    chosen = list(districts)
    for district_id in chosen:
        installation.perform(auditor_within(district_id), note_export, ())
    _, checked = _written(installation, path, chosen, None)
    return checked


def archive(installation: Installation, path: Path, districts: Iterable[int], until: datetime) -> list[Archived]:
    """Write what is older than ``until`` to a new file, check it, and only then take it from the database."""
    ends, checked = _written(installation, path, list(districts), until)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    done = []
    for found in checked:
        if not found.seals:
            continue
        # Of all lanes, also those that had nothing to add: the newest event alone says what is archived.
        begin, through = (_numbers(each) for each in (found.covered, ends[found.district_id]))
        ids = list(files.event_ids(path, found.district_id))
        actor = auditor_within(found.district_id)
        removed = installation.perform(actor, remove_archived, ids, begin, through, sha256)
        done.append(Archived(found.district_id, len(ids), removed))
    return done


def _numbers(ends: Mapping[int, tuple[int, str]]) -> dict[int, int]:
    return {lane: seq for lane, (seq, _) in ends.items()}


def auditor_within(district_id: int) -> Actor:
    """The installation itself, as the auditor of its own log."""
    actor = replace(SYSTEM, roles=frozenset({Role.AUDITOR}), district_id=district_id or None)
    return replace(actor, binds=bound(actor))


def _written(
    installation: Installation, path: Path, districts: list[int], until: datetime | None
) -> tuple[dict[int, files.Ends], list[Checked]]:
    """A new file, whole and on disk under its name only once it was checked."""
    if path.exists():
        raise Conflict(f"{path} 已经存在，请另取文件名")
    key = heads.key_of(installation.settings)
    partial = path.with_name(f".{path.name}.partial")
    ends: dict[int, files.Ends] = {}
    try:
        partial.touch(mode=0o600)
        with partial.open("w", encoding="utf-8") as file:
            for district_id in districts:
                ends[district_id] = installation.database.read_now(files.write, file, district_id, key, until)
            file.flush()
            os.fsync(file.fileno())
        checked = list(files.check_file(partial, key.public_key().public_bytes_raw()))
        broken = next((found.fault for found in checked if found.fault), None)
        if broken or len(checked) != len(districts):
            raise Conflict(f"写出的文件校验不符，数据库没有改动：{broken.words if broken else '不完整'}")
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return ends, checked


def months_before(instant: datetime, months: int) -> datetime:
    """The first instant of the month so many whole months ago: at least so long is kept."""
    local = instant.astimezone(SHANGHAI)
    count = local.year * 12 + local.month - 1 - months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=SHANGHAI)
